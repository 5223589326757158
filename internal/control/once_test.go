package control_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// audited counts the audit rows of an action.
func (w *world) audited(action string) int {
	w.t.Helper()
	page, err := w.store.ListEvents(context.Background(), ztp.EventQuery{Action: action, Limit: 1000})
	w.must(err)
	return len(page.Items)
}

// TestCreateAgain: the same request under the same key makes nothing more and gives
// what it gave at first, the token included.
func TestCreateAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := control.Submission{Key: "k"}
	platform := func(n control.NewPlatform) (ztp.Platform, bool) {
		t.Helper()
		n.Submission = control.Submission{Key: "platform"}
		p, created, err := w.control.CreatePlatform(t.Context(), admin, n)
		w.must(err)
		return p, created
	}
	p, _ := platform(control.NewPlatform{Name: "Acme"})
	if again, created := platform(control.NewPlatform{Name: "Acme"}); again != p || !created {
		t.Errorf("want %+v, got %+v, created %t", p, again, created)
	}
	_, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Submission: control.Submission{Key: "platform"}, Name: "Other"})
	w.wantCode(ztp.CodeIdempotencyMismatch, err)

	account := func() (ztp.Account, ztp.Secret) {
		t.Helper()
		acc, token, created, err := w.control.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Submission: key, Name: "Main"})
		w.must(err)
		if !created {
			t.Error("the answer is not that of the first time")
		}
		return acc, token
	}
	acc, token := account()
	if again, shown := account(); again != acc || !shown.Equal(token) || token.IsZero() {
		t.Errorf("want %+v with its token, got %+v", acc, again)
	}
	if shown, issued := w.audited("account.token_shown_again"), w.audited("account.created"); shown != 1 || issued != 2 {
		t.Errorf("want the token shown again once and two accounts made, got %d and %d", shown, issued)
	}
	issue := control.NewToken{Submission: control.Submission{Key: "token"}, Replaces: &acc.TokenID}
	acc2, second, err := w.control.IssueToken(t.Context(), admin, p.Slug, acc.Slug, issue)
	w.must(err)
	if again, shown, err := w.control.IssueToken(t.Context(), admin, p.Slug, acc.Slug, issue); err != nil || again != acc2 || !shown.Equal(second) || second.Equal(token) {
		t.Errorf("want the second token, got %+v, %v", again, err)
	}
	if _, shown := account(); !shown.Equal(token) {
		t.Error("want the token of that request, though there is a newer one")
	}
	_, _, err = w.control.IssueToken(t.Context(), admin, p.Slug, acc.Slug, control.NewToken{Replaces: &acc.TokenID})
	w.wantCode(ztp.CodeFormOutdated, err)
}

// TestKeysDoNotMix: a key belongs to one request of one actor, with or without an
// operation, and to nothing after a day.
func TestKeysDoNotMix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := control.Submission{Key: "k"}
	create := func(a ztp.Actor, name string) error {
		_, _, err := w.control.CreatePlatform(t.Context(), a, control.NewPlatform{Submission: key, Name: name})
		return err
	}
	w.must(create(admin, "Acme"))
	_, _, _, err := w.control.CreateAccount(t.Context(), admin, "acme", control.NewAccount{Submission: key, Name: "Acme"})
	w.wantCode(ztp.CodeIdempotencyMismatch, err)
	_, _, err = w.control.IssueToken(t.Context(), admin, w.p.Slug, w.account.Slug, control.NewToken{Submission: key})
	w.wantCode(ztp.CodeIdempotencyMismatch, err)
	_, err = w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", key)
	w.wantCode(ztp.CodeIdempotencyMismatch, err)
	_, err = w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{Key: "op"})
	w.must(err)
	_, _, err = w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Submission: control.Submission{Key: "op"}, Name: "Other"})
	if e := ztp.AsError(err); e.Code != ztp.CodeIdempotencyMismatch || e.Operation == nil {
		t.Errorf("want idempotency_mismatch with the operation, got %v", err)
	}
	other := admin
	other.Name = "second@example.net"
	w.must(create(other, "Other"))
	w.wantCode(ztp.CodeNotAllowed, create(viewer, "Acme"))

	w.must(w.control.DeletePlatform(t.Context(), admin, "acme"))
	err = create(admin, "Acme")
	if e := ztp.AsError(err); e.Code != ztp.CodeNotFound || e.Detail != "The platform that this request made was removed since." {
		t.Errorf("want not_found that says why, got %v", err)
	}
	w.advance(ztp.SubmissionKept - time.Second)
	w.must(w.orch.Schedule(t.Context()))
	w.wantCode(ztp.CodeNotFound, create(admin, "Acme"))
	w.advance(time.Second)
	w.must(w.orch.Schedule(t.Context()))
	w.must(create(admin, "Acme"))
}

// TestCreateInParallel: of many equal requests one makes something, and all have
// the same answer.
func TestCreateInParallel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 20
	var tokens [n]ztp.Secret
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			_, token, created, err := w.control.CreateAccount(context.Background(), admin, w.p.Slug,
				control.NewAccount{Submission: control.Submission{Key: "k"}, Name: "Branch", ExternalID: "4711"})
			if tokens[i] = token; err != nil || !created {
				t.Errorf("number %d: created %t, %v", i, created, err)
			}
		})
	}
	wg.Wait()
	for i, token := range tokens {
		if token.IsZero() || !token.Equal(tokens[0]) {
			t.Errorf("number %d has another token", i)
		}
	}
	page, err := w.store.ListAccounts(t.Context(), w.p.ID, "", 100)
	w.must(err)
	if len(page.Items) != 2 {
		t.Errorf("want the first account and one more, got %d", len(page.Items))
	}
}

// beforehand is a store where what others have made is not seen by the first look for an
// external id: at PostgreSQL it is committed only after that.
type beforehand struct {
	ztp.Store
	looked *bool
}

func (b beforehand) Tx(ctx context.Context, f func(ztp.Store) error) error {
	return b.Store.Tx(ctx, func(s ztp.Store) error { return f(beforehand{s, b.looked}) })
}

func (b beforehand) first() error {
	defer func() { *b.looked = true }()
	if !*b.looked {
		return &ztp.Error{Code: ztp.CodeNotFound}
	}
	return nil
}

func (b beforehand) PlatformByExternalID(ctx context.Context, id string) (ztp.Platform, error) {
	if err := b.first(); err != nil {
		return ztp.Platform{}, err
	}
	return b.Store.PlatformByExternalID(ctx, id)
}

func (b beforehand) AccountByExternalID(ctx context.Context, p ztp.PlatformID, id string) (ztp.Account, error) {
	if err := b.first(); err != nil {
		return ztp.Account{}, err
	}
	return b.Store.AccountByExternalID(ctx, p, id)
}

// TestCreateBeside: of two requests with one external id that arrive together the later one
// has what the other has made. A wish that is refused for something else stays refused.
func TestCreateBeside(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	beside := func() *control.Control {
		return control.New(control.Config{Store: beforehand{w.store, new(bool)}, Vendors: []ztp.Vendor{w.snom}, Reseller: w.secrets, Address: w.address, URL: w.url, Now: w.now})
	}
	p, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Twin", ExternalID: "crm-1"})
	w.must(err)
	same, created, err := beside().CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Twin", ExternalID: "crm-1"})
	if same != p || created || err != nil {
		t.Errorf("platform: created %t, %v, %+v", created, err, same)
	}
	_, _, err = beside().CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Twin", ExternalID: "crm-2"})
	if fields := ztp.AsError(err).Fields; fields["slug"] == "" {
		t.Errorf("a slug that is used: want that, got %v", err)
	}
	a, _, _, err := w.control.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Name: "Branch", ExternalID: "crm-1"})
	w.must(err)
	other, token, created, err := beside().CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Name: "Branch", ExternalID: "crm-1"})
	if other != a || created || !token.IsZero() || err != nil {
		t.Errorf("account: created %t, %v, %+v", created, err, other)
	}
}

// overtaken is a store where somebody else comes in right after the first look for
// what the request may have made before.
type overtaken struct {
	ztp.Store
	once sync.Once
	by   func()
}

func (o *overtaken) OperationByKey(ctx context.Context, actor, key string) (ztp.Operation, error) {
	op, err := o.Store.OperationByKey(ctx, actor, key)
	o.once.Do(o.by)
	return op, err
}

// TestActInParallel: of two requests under one key that arrive together both get the
// one operation, also when it has ended by then; the later is not told that another
// change is running, or that there is nothing to do.
func TestActInParallel(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]bool{"it runs": false, "it has ended": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			key := control.Submission{Key: "k"}
			var first control.Result
			s := &overtaken{Store: w.store, by: func() {
				var err error
				first, err = w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", key)
				w.must(err)
				if ended {
					w.settle()
				}
			}}
			later := control.New(control.Config{Store: s, Vendors: []ztp.Vendor{w.snom}, Reseller: w.secrets, Address: w.address, URL: w.url, Now: w.now})
			got, err := later.Onboard(t.Context(), admin, w.p.Slug, "snom", key)
			if err != nil || got.Operation == nil || got.Operation.ID != first.Operation.ID {
				t.Errorf("want operation %s, got %+v, %v", first.Operation.ID, got.Operation, err)
			}
		})
	}
}
