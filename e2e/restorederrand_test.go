package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// movedOn are platforms to which something happens after the backup.
var movedOn = []string{"rotated-1", "disabled-2", "phoned-3", "onboarded-4"}

// restoredStart starts on the database of a while ago, and looks at every platform.
var restoredStart = errand{
	name: "RestoredStart", operation: "restored start", worlds: 1, writes: writesAnything,
	begin: func(t *testing.T, v *victim) func(t *testing.T, n int) once {
		t.Helper()
		beforeBackup(t, v.in)
		v.in.server.signal(t, syscall.SIGTERM)
		back := v.backup(t)
		v.in.start(t)
		sinceBackup(t, v.in)
		v.in.quiet(t, "")
		vendor := v.sim.Snapshot()
		return func(t *testing.T, n int) once {
			t.Helper()
			v.in.kill(t)
			back(t)
			v.sim.Restore(vendor)
			s := &starting{victim: v, t: t, mark: len(v.sim.Calls()), before: v.sim.State()}
			return once{run: s.run, killed: s.killed, check: s.check}
		}
	},
}

// backup keeps the database of a stopped server, and returns what puts it back.
func (v *victim) backup(t *testing.T) (back func(t *testing.T)) {
	t.Helper()
	if v.direct != "" {
		kept := pgtest.Keep(t, v.direct)
		return func(t *testing.T) {
			t.Helper()
			kept.Restore(t)
			// A dump brings with it of which database it is.
			mustExec(t, v.db, `UPDATE installation SET home = 'the one that was dumped'`)
		}
	}
	file := filepath.Join(v.in.dir, "zerotouch.db")
	hour, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) {
		t.Helper()
		for _, side := range []string{"-wal", "-shm"} {
			_ = os.Remove(file + side)
		}
		if err := os.WriteFile(file, hour, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// starting is a start that may be cut short itself.
type starting struct {
	*victim
	t      *testing.T
	mu     sync.Mutex
	mark   int // of the vendor's calls
	before srapssim.State
}

func (s *starting) killed() []*process {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []*process{s.in.server}
}

// run starts the server unless it runs, and has every platform checked.
func (s *starting) run(ctx context.Context) error {
	if err := s.start(); err != nil {
		return err
	}
	for _, slug := range movedOn[:3] {
		a, err := s.in.client.Check(ctx, slug, "snom", api.IdempotencyKey(fmt.Sprint(slug, s.rounds)))
		if _, err := follow(ctx, s.in.client, a, err); err != nil {
			return err
		}
	}
	return nil
}

func (s *starting) start() error {
	s.mu.Lock()
	if !s.in.server.hasEnded() {
		s.mu.Unlock()
		return nil
	}
	s.in.ended = append(s.in.ended, s.in.server)
	p, ready := spawn(s.t, s.in.program, serveReady, s.in.env, "serve")
	s.in.server = p
	s.mu.Unlock()
	select {
	case <-ready:
		return nil
	case <-p.ended:
		return fmt.Errorf("%w: %w", errKilled, p.err)
	}
}

// check: nothing was changed by itself, it is said what is known, and the buttons put it
// in order.
func (s *starting) check(t *testing.T) {
	t.Helper()
	if i := slices.IndexFunc(s.sim.Calls()[s.mark:], srapssim.Call.Mutation); i >= 0 {
		t.Errorf("changed by itself: %+v", s.sim.Calls()[s.mark+i])
	}
	if diff := cmp.Diff(s.before, s.sim.State()); diff != "" {
		t.Errorf("the vendor has changed:\n%s", diff)
	}
	s.says(t)
	inOrder(t, s.in, s.snom)
}

// says looks for what is known of each platform. That of the phones is in the audit log at
// least: a person's next check takes it off the row.
func (s *starting) says(t *testing.T) {
	t.Helper()
	for slug, words := range map[string]string{"rotated-1": "rotated since", "disabled-2": "disabled since"} {
		l, err := s.in.client.Link(t.Context(), slug, "snom")
		if err != nil || l.Error == nil || !strings.Contains(l.Error.Detail, words) {
			t.Errorf("%s does not say %q: %+v, %+v, %v", slug, words, l, l.Error, err)
		}
	}
	for e, err := range s.in.client.Events(t.Context(), api.EventFilter{Platform: "phoned-3"}) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(e.Detail, "Phones differ from the backup") {
			return
		}
	}
	t.Error("it is not said that the phones differ")
}

// beforeBackup is what the backup has.
func beforeBackup(t *testing.T, in *installation) {
	t.Helper()
	for _, slug := range movedOn[:3] {
		in.platform(t, slug)
		onboarded(t, in, slug)
	}
	in.platform(t, movedOn[3])
}

// sinceBackup is what happens after the backup.
func sinceBackup(t *testing.T, in *installation) {
	t.Helper()
	a, err := in.client.Rotate(t.Context(), "rotated-1", "snom", api.Rotate{})
	in.done(t, a, err)
	a, err = in.client.Disable(t.Context(), "disabled-2", "snom", api.Disable{})
	in.done(t, a, err)
	a, err = in.client.PutEndpoint(t.Context(), "phoned-3", mac("phoned-3", 4), api.PutEndpoint{Account: "main"})
	in.done(t, a, err)
	onboarded(t, in, "onboarded-4")
}

// inOrder presses the buttons that put it in order.
func inOrder(t *testing.T, in *installation, s *snom) {
	t.Helper()
	a, err := in.client.Rotate(t.Context(), "rotated-1", "snom", api.Rotate{})
	in.done(t, a, err)
	a, err = in.client.Disable(t.Context(), "disabled-2", "snom", api.Disable{})
	in.done(t, a, err)
	for slug, keys := range map[string]int{"disabled-2": 0, "phoned-3": 1, "onboarded-4": 1} {
		if c := s.companies(t, slug); len(c) != 1 || len(c[0].Keys) != keys {
			t.Errorf("%s: want one company with %d keys, got %+v", slug, keys, c)
		}
	}
	// The key from after the backup is named, and a person removes it.
	l, err := in.client.Link(t.Context(), "rotated-1", "snom")
	if err != nil || len(l.LaterKeys) != 1 {
		t.Fatalf("want the later key named, got %+v, %v", l, err)
	}
	a, err = in.client.RevokeKey(t.Context(), "rotated-1", "snom", l.LaterKeys[0].ID)
	in.done(t, a, err)
	if c := s.companies(t, "rotated-1"); len(c) != 1 || len(c[0].Keys) != 1 {
		t.Errorf("want one key, got %+v", c)
	}
}
