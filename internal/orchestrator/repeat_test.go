package orchestrator_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestParallelOnboards is two admins, double clicks and a retrying proxy at once:
// one operation, one company, one key, one round of vendor calls.
func TestParallelOnboards(t *testing.T) {
	t.Parallel()
	reference := newWorld(t, worldOptions{})
	reference.press(ztp.KindOnboard)
	want := requests(reference.calls(0))

	keys := map[string]func(i int) string{
		"SameKey":    func(int) string { return "the-same-key" },
		"OtherKeys":  func(i int) string { return fmt.Sprint("key-", i) },
		"WithoutKey": func(int) string { return "" },
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{})
			ids := w.fifty(key)
			if len(ids) != 1 {
				t.Errorf("%d operations: %v", len(ids), ids)
			}
			if d := cmp.Diff(want, requests(w.calls(0))); d != "" {
				t.Errorf("vendor calls (-one Onboard +fifty):\n%s", d)
			}
			if n := len(w.sim.Companies(w.own())); n != 1 {
				t.Errorf("%d companies", n)
			}
			if n := len(w.sim.Keys(w.link().CompanyID)); n != 1 {
				t.Errorf("%d keys", n)
			}
			w.sound()
		})
	}
}

// fifty presses Onboard 50 times at once, as two actors, while the orchestrator
// works, and returns the operations that were answered or named.
func (w *world) fifty(key func(i int) string) []ztp.OperationID {
	w.t.Helper()
	work, end := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- w.orch.Run(work) }()
	w.wakes()
	actors := []ztp.Actor{admin, {Kind: ztp.ActorToken, Name: "billing", Role: ztp.SuperAdmin}}
	var mu sync.Mutex
	var ids []ztp.OperationID
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			r, err := w.control.Onboard(context.Background(), actors[i%2], w.p.Slug, "snom", control.Submission{Key: key(i)})
			op := r.Operation
			switch {
			case ztp.IsCode(err, ztp.CodeOperationRunning):
				op = ztp.AsError(err).Operation
			case err != nil:
				w.t.Error(err)
			}
			if op == nil && !r.AlreadyOnboarded {
				w.t.Errorf("neither an operation nor already onboarded: %+v", r)
			}
			mu.Lock()
			defer mu.Unlock()
			if op != nil && !slices.Contains(ids, op.ID) {
				ids = append(ids, op.ID)
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		op, err := w.control.WaitOperation(context.Background(), admin, id, time.Minute)
		if err != nil || op.State != ztp.OperationDone {
			w.t.Errorf("%s is %s with error %+v (%v)", id, op.State, op.Error, err)
		}
	}
	end()
	if err := <-ran; err != nil {
		w.t.Error(err)
	}
	return ids
}

func requests(calls []srapssim.Call) []string {
	var out []string
	for _, c := range calls {
		out = append(out, c.Method+" "+c.Resource)
	}
	return out
}

// TestRepeatedRequest sends each request again under the same key, at once, after
// its end, and after the state that it asked for is gone.
func TestRepeatedRequest(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	foreign := w.foreignKey(w.link().CompanyID)
	ctx, slug := t.Context(), w.p.Slug
	requests := []struct {
		name string
		send func(a ztp.Actor, s control.Submission) (*ztp.Operation, error)
	}{
		{"rotate", func(a ztp.Actor, s control.Submission) (*ztp.Operation, error) {
			r, err := w.control.Rotate(ctx, a, slug, "snom", control.RotateRequest{Submission: s})
			return r.Operation, err
		}},
		{"check", func(a ztp.Actor, s control.Submission) (*ztp.Operation, error) {
			r, err := w.control.Check(ctx, a, slug, "snom", s)
			return r.Operation, err
		}},
		{"revoke-key", func(a ztp.Actor, s control.Submission) (*ztp.Operation, error) {
			r, err := w.control.RevokeKey(ctx, a, slug, "snom", foreign, s)
			return r.Operation, err
		}},
		{"update-address", func(a ztp.Actor, s control.Submission) (*ztp.Operation, error) {
			r, err := w.control.UpdateAddress(ctx, a, slug, "snom", s)
			return r.Operation, err
		}},
		{"register", func(a ztp.Actor, s control.Submission) (*ztp.Operation, error) {
			r, err := w.control.PutEndpoint(ctx, a, slug, phone, control.EndpointRequest{Submission: s, Account: w.account.Slug})
			return r.Operation, err
		}},
		{"release", func(a ztp.Actor, s control.Submission) (*ztp.Operation, error) {
			r, err := w.control.ReleaseEndpoint(ctx, a, slug, phone, s)
			return r.Operation, err
		}},
		{"disable", func(a ztp.Actor, s control.Submission) (*ztp.Operation, error) {
			r, err := w.control.Disable(ctx, a, slug, "snom", control.DisableRequest{Submission: s})
			return r.Operation, err
		}},
	}
	first := map[string]ztp.OperationID{}
	for _, q := range requests {
		key := control.Submission{Key: "key of " + q.name}
		op, err := q.send(admin, key)
		if err != nil {
			t.Fatalf("%s: %v", q.name, err)
		}
		first[q.name] = op.ID
		if again, err := q.send(admin, key); err != nil || again.ID != op.ID {
			t.Errorf("%s at once again: want %s, got %+v (%v)", q.name, op.ID, again, err)
		}
		w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	}
	mark := w.mark()
	for _, q := range requests {
		again, err := q.send(admin, control.Submission{Key: "key of " + q.name})
		if err != nil || again == nil || again.ID != first[q.name] || again.State != ztp.OperationDone {
			t.Errorf("%s after its end: want %s done, got %+v (%v)", q.name, first[q.name], again, err)
		}
	}
	for _, q := range requests {
		for _, other := range requests {
			if other.name == q.name {
				continue
			}
			if _, err := q.send(admin, control.Submission{Key: "key of " + other.name}); !ztp.IsCode(err, ztp.CodeIdempotencyMismatch) {
				t.Errorf("%s under the key of %s: want idempotency_mismatch, got %v", q.name, other.name, err)
			}
		}
	}
	w.settle()
	if n := len(w.calls(mark)); n != 0 {
		t.Errorf("repeating sent %d calls", n)
	}
}

// TestRepeatedRequestWithAnotherBody is refused, also where only a secret differs.
func TestRepeatedRequestWithAnotherBody(t *testing.T) {
	t.Parallel()
	p := newPortal(t, srapssim.Options{})
	ctx, key := t.Context(), control.Submission{Key: "k1"}
	other := ztp.APIKey{ID: p.key.ID, Secret: ztp.NewSecret("another-secret")}
	if _, err := p.control.Connect(ctx, admin, p.p.Slug, "snom", control.ConnectRequest{Submission: key, APIKey: p.key}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.control.Connect(ctx, admin, p.p.Slug, "snom", control.ConnectRequest{Submission: key, APIKey: other}); !ztp.IsCode(err, ztp.CodeIdempotencyMismatch) {
		t.Errorf("another secret: want idempotency_mismatch, got %v", err)
	}
	p.settle()
	if _, err := p.control.Disable(ctx, admin, p.p.Slug, "snom", control.DisableRequest{Submission: control.Submission{Key: "k2"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.control.Disable(ctx, admin, p.p.Slug, "snom", control.DisableRequest{Submission: control.Submission{Key: "k2"}, Force: true}); !ztp.IsCode(err, ztp.CodeIdempotencyMismatch) {
		t.Errorf("force: want idempotency_mismatch, got %v", err)
	}
	// The key is the actor's own.
	other2 := ztp.Actor{Kind: ztp.ActorToken, Name: "billing", Role: ztp.SuperAdmin}
	if _, err := p.control.Disable(ctx, other2, p.p.Slug, "snom", control.DisableRequest{Submission: control.Submission{Key: "k2"}, Force: true}); !ztp.IsCode(err, ztp.CodeOperationRunning) {
		t.Errorf("another actor: want operation_running, got %v", err)
	}
}

// interrupts does something else while the address is being checked, once.
type interrupts struct{ once func() }

func (i *interrupts) Check(context.Context, ztp.URLTemplate) error {
	if f := i.once; f != nil {
		i.once = nil
		f()
	}
	return nil
}

// TestOnboardOvertaken: a request that takes longer than another one with all that
// follows is answered like one that comes after it.
func TestOnboardOvertaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	other := &interrupts{once: func() { w.press(ztp.KindOnboard) }}
	w.address = other
	w.start()
	r, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	if err != nil || !r.AlreadyOnboarded {
		t.Errorf("want already onboarded, got %+v, %v", r, err)
	}
	w.sound()
}
