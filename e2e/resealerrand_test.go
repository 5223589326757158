package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"
)

// keyRotation has `zerotouch key rotate` killed beside a server that goes on, and
// powerCut both at once.
var (
	keyRotation = resealing("KeyRotate", "key rotation", false)
	powerCut    = resealing("KeyRotatePowerCut", "key rotation", true)
)

func resealing(name, operation string, all bool) errand {
	return errand{
		name: name, operation: operation, worlds: 1, writes: writesAnything,
		begin: func(t *testing.T, v *victim) func(t *testing.T, n int) once {
			t.Helper()
			for _, slug := range []string{"one-1", "two-2"} {
				v.in.platform(t, slug)
				onboarded(t, v.in, slug)
			}
			env := v.in.env
			if v.direct != "" { // the points are those of the verb
				through := ""
				v.pg, through = newPGBetween(t, v.direct, writesAnything)
				env = append(slices.Clone(env), "ZEROTOUCH_DATABASE="+through)
			}
			return func(t *testing.T, _ int) once {
				t.Helper()
				r := &resealer{victim: v, t: t, env: env, all: all, before: v.keys(t)}
				return once{run: r.run, killed: r.killed, between: r.opens, check: r.check}
			}
		},
	}
}

// keyStatus is what key status says.
type keyStatus struct {
	Rotation string
	Keys     []struct {
		ID      string
		Primary bool
		Values  int
	}
	Lost int
}

func (v *victim) keys(t *testing.T) (s keyStatus) {
	t.Helper()
	if err := json.Unmarshal([]byte(v.in.verb(t, "", "key", "status", "--json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// resealer is one rotation of the keyset.
type resealer struct {
	*victim
	t      *testing.T
	env    []string
	all    bool
	before keyStatus
	mu     sync.Mutex
	verb   *process
}

var sealedAgain = regexp.MustCompile(`No older key opens any`)

func (r *resealer) run(ctx context.Context) error {
	r.mu.Lock()
	p, said := spawn(r.t, r.in.program, sealedAgain, r.env, "key", "rotate", "--wait", "0s")
	r.verb = p
	r.mu.Unlock()
	select {
	case <-p.ended:
	case <-ctx.Done():
		return errors.Join(errKilled, ctx.Err())
	}
	select {
	case <-said:
		return nil
	default:
	}
	if !p.cmd.ProcessState.Exited() {
		return errKilled
	}
	return fmt.Errorf("key rotate: %w\n%s", p.err, p.log.String())
}

func (r *resealer) killed() []*process {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all {
		return []*process{r.verb, r.in.server}
	}
	return []*process{r.verb}
}

// opens has the server use every key that is sealed.
func (r *resealer) opens(t *testing.T) {
	t.Helper()
	for _, slug := range []string{"one-1", "two-2"} {
		a, err := r.in.client.Check(t.Context(), slug, "snom")
		r.in.done(t, a, err)
	}
}

// check: there is one key, another than before, and everything hangs on it.
func (r *resealer) check(t *testing.T) {
	t.Helper()
	now := r.keys(t)
	if now.Rotation != "steady" || len(now.Keys) != 1 || now.Lost != 0 || now.Keys[0].ID == r.before.Keys[0].ID || now.Keys[0].Values < r.before.Keys[0].Values {
		t.Errorf("want everything under another key: before %+v, now %+v", r.before, now)
	}
	r.opens(t)
}
