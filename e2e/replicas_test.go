package e2e_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

const (
	// takenOver is how soon another replica goes on after one was killed, and
	// handedOver after one was told to stop.
	takenOver  = 60 * time.Second
	handedOver = 5 * time.Second
)

// beside starts another replica on the database of the first.
func (in *installation) beside(t *testing.T) *installation {
	t.Helper()
	admin, phone, ops := freeAddress(t), freeAddress(t), freeAddress(t)
	other := &installation{program: program, dir: in.dir, token: in.token, admin: "http://" + admin, phone: "http://" + phone, ops: "http://" + ops}
	for _, v := range in.env {
		switch name, _, _ := strings.Cut(v, "="); name {
		case "ZEROTOUCH_ADMIN_LISTEN":
			v = name + "=" + admin
		case "ZEROTOUCH_PHONE_LISTEN":
			v = name + "=" + phone
		case "ZEROTOUCH_OPS_LISTEN":
			v = name + "=" + ops
		}
		other.env = append(other.env, v)
	}
	other.start(t)
	var err error
	if other.client, err = api.New(other.admin, other.token); err != nil {
		t.Fatal(err)
	}
	return other
}

// replicas are three servers on one PostgreSQL database, with a platform that has a
// key and two phones.
func replicas(t *testing.T, slug string) (s *snom, all []*installation) {
	t.Helper()
	_, _, s = newSnomHere(t, srapssim.Options{Latency: 300 * time.Millisecond}) // long beside the time that all requests take
	first := newInstallation(t, pgtest.DSN(t), s.base)
	all = []*installation{first, first.beside(t), first.beside(t)}
	first.seed(t, s)
	first.platform(t, slug)
	onboarded(t, first, slug)
	return s, all
}

// works finds the replica that has taken an operation up, and the others.
func works(t *testing.T, all []*installation, op string) (worker *installation, others []*installation) {
	t.Helper()
	until(t, "a replica has taken the operation up", startTimeout, func() bool {
		i := slices.IndexFunc(all, func(in *installation) bool { return strings.Contains(in.server.log.String(), op) })
		if i < 0 {
			return false
		}
		worker, others = all[i], slices.Delete(slices.Clone(all), i, i+1)
		return true
	})
	return worker, others
}

// goOn waits until one of the replicas works on the operation.
func goOn(t *testing.T, all []*installation, op string, patience time.Duration) {
	t.Helper()
	until(t, "another replica goes on", patience, func() bool {
		return slices.ContainsFunc(all, func(in *installation) bool { return strings.Contains(in.server.log.String(), op) })
	})
}

// interruptedAt asks one replica for a rotation and waits until a new key was asked for,
// the answer to which is held until it is let go.
func interruptedAt(t *testing.T, s *snom, in *installation, slug string) (r interrupted, letGo func()) {
	t.Helper()
	r = interrupted{in: in, snom: s, action: actions["Rotate"], slug: slug}
	return r, r.beginHeld(t)
}

// TestReplicas: three servers behave as one, and one that is told to stop hands over
// at once.
func TestReplicas(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	s, all := replicas(t, "rotate-1")
	h, err := all[2].client.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Replicas) != 3 || slices.ContainsFunc(h.Replicas, func(r api.Replica) bool { return !r.Live || r.Version == "" || r.Schema == 0 }) {
		t.Errorf("want three replicas that live, got %+v", h.Replicas)
	}

	op := everybodyAsks(t, all)
	if got := all[0].outcome(t, op, startTimeout); got.State != api.OperationDone {
		t.Errorf("the rotation is %s: %+v", got.State, got.Error)
	}
	keys := s.companies(t, "rotate-1")[0].Keys
	if len(keys) != 1 {
		t.Errorf("want one key, got %+v", keys)
	}

	r, letGo := interruptedAt(t, s, all[1], "rotate-1")
	worker, others := works(t, all, r.op)
	if err := worker.server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	letGo()
	goOn(t, others, r.op, handedOver)
	r.in = others[0]
	r.check(t, takenUp)
	worker.server.signal(t, os.Signal(syscall.SIGTERM))
	if h, err = others[0].client.Health(t.Context()); err != nil || len(h.Replicas) != 2 {
		t.Errorf("want two replicas left, got %+v, %v", h.Replicas, err)
	}
}

// everybodyAsks asks every replica for the same rotation many times at once, under one
// idempotency key and under others, and returns the one operation that this made.
func everybodyAsks(t *testing.T, all []*installation) string {
	t.Helper()
	var mu sync.Mutex
	named := map[string]bool{}
	var asking sync.WaitGroup
	for i, in := range all {
		for n := range 4 {
			asking.Go(func() {
				key := "the same"
				if n%2 == 1 {
					key = fmt.Sprint("another ", i, n)
				}
				a, err := in.client.Rotate(t.Context(), "rotate-1", "snom", api.Rotate{}, api.IdempotencyKey(key))
				mu.Lock()
				defer mu.Unlock()
				var refused *api.Error
				switch {
				case err == nil && a.Operation != nil:
					named[a.Operation.ID] = true
				case errors.As(err, &refused) && refused.Code == "operation_running" && refused.Operation != nil:
					named[refused.Operation.ID] = true
				default:
					t.Errorf("want the one operation, got %+v, %v", a, err)
				}
			})
		}
	}
	asking.Wait()
	if len(named) != 1 {
		t.Fatalf("%d operations for one link: %v", len(named), named)
	}
	for id := range named {
		return id
	}
	return ""
}

// TestReplicas_Killed kills the replica that works on a rotation.
func TestReplicas_Killed(t *testing.T) {
	if !full {
		t.Skip("waits for a lease to end: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	s, all := replicas(t, "rotate-1")
	r, letGo := interruptedAt(t, s, all[1], "rotate-1")
	worker, others := works(t, all, r.op)
	worker.kill(t)
	letGo()
	goOn(t, others, r.op, takenOver)
	r.in = others[0]
	r.check(t, takenOver+settled)
	// It is named until it is forgotten.
	h, err := others[0].client.Health(t.Context())
	if err != nil || len(h.Replicas) != 3 || !slices.ContainsFunc(h.Replicas, func(r api.Replica) bool { return !r.Live }) {
		t.Errorf("want the killed replica named as lost, got %+v, %v", h.Replicas, err)
	}
}

// TestReplicas_Frozen stops the replica that works on a rotation until another one has
// ended it, and lets it go on then: it changes nothing any more.
func TestReplicas_Frozen(t *testing.T) {
	if !full {
		t.Skip("waits for a lease to end: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	s, all := replicas(t, "rotate-1")
	r, letGo := interruptedAt(t, s, all[1], "rotate-1")
	worker, others := works(t, all, r.op)
	if err := worker.server.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	letGo()
	goOn(t, others, r.op, takenOver)
	r.in = others[0]
	r.check(t, takenOver+settled)
	before := len(s.calls(t))
	if err := worker.server.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	until(t, "the frozen replica notices", startTimeout, func() bool {
		return strings.Contains(worker.server.log.String(), "operation interrupted")
	})
	for _, c := range s.calls(t)[before:] {
		if c.Mutation() {
			t.Errorf("the frozen replica went on: %s %s", c.Method, c.Path)
		}
	}
	r.check(t, takenUp)
	// It works as before otherwise.
	a, err := worker.client.Rotate(t.Context(), "rotate-1", "snom", api.Rotate{})
	worker.done(t, a, err)
}

// TestReplicas_RollingUpgrade runs the program before this one and this one on one
// database: the new one migrates it while the old one works, both act on the same
// platform in turns, and the old one can be started once more. Where there is no build
// of the old one, packages sqlstore and orchestrator show it without.
func TestReplicas_RollingUpgrade(t *testing.T) {
	previous := os.Getenv("ZEROTOUCH_TEST_PREVIOUS")
	if previous == "" {
		t.Skip("needs a build of the program before this one: set ZEROTOUCH_TEST_PREVIOUS to what scripts/previous.sh prints")
	}
	t.Parallel()
	s := newSnom(t, latency)
	old := newInstallationOf(t, previous, pgtest.DSN(t), s.base)
	old.seed(t, s)
	old.platform(t, "rotate-1")
	onboarded(t, old, "rotate-1")
	old.platform(t, "rotate-2")
	next := old.beside(t)
	onboarded(t, next, "rotate-2")
	for range 3 {
		for _, slug := range []string{"rotate-1", "rotate-2"} {
			for _, in := range []*installation{old, next} {
				a, err := in.client.Rotate(t.Context(), slug, "snom", api.Rotate{})
				in.done(t, a, err)
				a, err = in.client.PutEndpoint(t.Context(), slug, mac(slug, 0), api.PutEndpoint{Account: "main"})
				in.done(t, a, err)
			}
		}
		old.server.signal(t, syscall.SIGTERM)
		old.start(t)
	}
	for _, slug := range []string{"rotate-1", "rotate-2"} {
		if keys := s.companies(t, slug)[0].Keys; len(keys) != 1 {
			t.Errorf("%s: want one key, got %+v", slug, keys)
		}
		link, err := old.client.Link(t.Context(), slug, "snom")
		if err != nil || link.State != api.LinkConfigured || link.Error != nil {
			t.Errorf("%s: %+v, %v", slug, link, err)
		}
	}
}
