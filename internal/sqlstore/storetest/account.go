package storetest

import (
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

var accountTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		p := e.platform("acme")
		a := ztp.Account{ID: ztp.AccountID(ztp.NewID()), Platform: p.ID, Slug: "bakery", Name: "Bäckerei", ExternalID: "e-1", CreatedAt: start, UpdatedAt: start}
		e.must(e.CreateAccount(e.ctx, a))
		a.Version = 1
		for _, ref := range []string{"bakery", string(a.ID)} {
			got, err := e.Account(e.ctx, p.ID, ref)
			e.must(err)
			same(e, a, got)
		}
		got, err := e.AccountByExternalID(e.ctx, p.ID, "e-1")
		e.must(err)
		same(e, a, got)
		a.Name, a.ExternalID, a.UpdatedAt = "Bakery", "e-2", start.Add(time.Hour)
		e.must(e.UpdateAccount(e.ctx, a))
		e.wantCode(ztp.CodeFormOutdated, e.UpdateAccount(e.ctx, a))
		a.Version = 2
		got, err = e.Account(e.ctx, p.ID, "bakery")
		e.must(err)
		same(e, a, got)
	},
	"OfItsPlatformAlone": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		a := e.account(p, "main")
		e.account(q, "main") // the same slug elsewhere is free
		_, err := e.Account(e.ctx, q.ID, string(a.ID))
		e.wantCode(ztp.CodeNotFound, err)
		stolen := a
		stolen.Platform = q.ID
		e.wantCode(ztp.CodeNotFound, e.UpdateAccount(e.ctx, stolen))
		e.wantCode(ztp.CodeNotFound, e.DeleteAccount(e.ctx, q.ID, a.ID))
		e.wantCode(ztp.CodeNotFound, e.IssueToken(e.ctx, q.ID, a.ID, "t", ztp.NewSecret("x"), start))
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t", ztp.NewSecret("x"), start))
		_, err = e.OpenToken(e.ctx, q.ID, a.ID, "t")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.AccountByExternalID(e.ctx, q.ID, "")
		e.wantCode(ztp.CodeNotFound, err)
	},
	"UsedNames": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		a.ExternalID = "e-1"
		e.must(e.UpdateAccount(e.ctx, a))
		fresh := ztp.Account{ID: ztp.AccountID(ztp.NewID()), Platform: p.ID, Slug: "other", Name: "Other", CreatedAt: start, UpdatedAt: start}
		for field, change := range map[string]func(*ztp.Account){
			"slug":        func(b *ztp.Account) { b.Slug = "main" },
			"external_id": func(b *ztp.Account) { b.ExternalID = "e-1" },
			"id":          func(b *ztp.Account) { b.ID = a.ID },
		} {
			b := fresh
			change(&b)
			e.wantField(field, e.CreateAccount(e.ctx, b))
		}
		e.must(e.CreateAccount(e.ctx, fresh))
		fresh.ExternalID, fresh.Version = "e-1", 1
		e.wantField("external_id", e.UpdateAccount(e.ctx, fresh))
		fresh.ID, fresh.Platform = ztp.AccountID(ztp.NewID()), "none"
		e.wantCode(ztp.CodeNotFound, e.CreateAccount(e.ctx, fresh))
	},
	"List": func(e *env) {
		p := e.platform("acme")
		e.account(e.platform("other"), "stranger")
		for i := range 7 {
			e.must(e.CreateAccount(e.ctx, ztp.Account{
				ID: ztp.AccountID(ztp.NewID()), Platform: p.ID, Slug: fmt.Sprintf("a%d", i), Name: "A",
				CreatedAt: start.Add(time.Duration(i/2) * time.Second), UpdatedAt: start,
			}))
		}
		all := pages(e, 3, func(c string) (ztp.Page[ztp.Account], error) { return e.ListAccounts(e.ctx, p.ID, c, 3) })
		same(e, 7, len(all))
		for i := 1; i < len(all); i++ {
			if b, a := all[i-1], all[i]; b.CreatedAt.After(a.CreatedAt) || (b.CreatedAt.Equal(a.CreatedAt) && b.ID >= a.ID) {
				e.Errorf("%v before %v", b, a)
			}
		}
		_, err := e.ListAccounts(e.ctx, p.ID, "WyJ4IiwieSJd", 3) // ["x","y"]: x is no time
		e.wantField("cursor", err)
	},
	"Tokens": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		first, second := ztp.NewToken(), ztp.NewToken()
		_, err := e.OpenToken(e.ctx, p.ID, a.ID, "t1")
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t1", first, start))
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t2", second, start.Add(time.Hour)))
		got, err := e.Account(e.ctx, p.ID, "main")
		e.must(err)
		if got.TokenID != "t2" || !got.TokenSetAt.Equal(start.Add(time.Hour)) || got.Version != 3 {
			e.Errorf("want t2 to be the current token, got %+v", got)
		}
		for id, want := range map[string]ztp.Secret{"t1": first, "t2": second} {
			opened, err := e.OpenToken(e.ctx, p.ID, a.ID, id)
			e.must(err)
			same(e, want, opened)
			found, err := e.AccountByToken(e.ctx, want) // phones with the first token are still served
			e.must(err)
			same(e, a.ID, found.ID)
		}
		_, err = e.AccountByToken(e.ctx, ztp.NewToken())
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.AccountByToken(e.ctx, ztp.Secret{})
		e.wantCode(ztp.CodeNotFound, err)
		b := e.account(p, "second")
		e.wantField("token", e.IssueToken(e.ctx, p.ID, b.ID, "t9", first, start))
		e.wantField("token", e.IssueToken(e.ctx, p.ID, a.ID, "t1", ztp.NewToken(), start))
	},
	"Delete": func(e *env) {
		p := e.platform("acme")
		a, b := e.account(p, "main"), e.account(p, "second")
		e.must(e.IssueToken(e.ctx, p.ID, b.ID, "t", ztp.NewSecret("b-token"), start))
		p.Primary = a.ID
		e.must(e.UpdatePlatform(e.ctx, p))
		e.wantCode(ztp.CodeInUse, e.DeleteAccount(e.ctx, p.ID, a.ID))
		ep := e.endpoint(b, "000413000001")
		e.wantCode(ztp.CodeInUse, e.DeleteAccount(e.ctx, p.ID, b.ID))
		ep.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, ep))
		e.must(e.DeleteAccount(e.ctx, p.ID, b.ID))
		e.wantCode(ztp.CodeNotFound, e.DeleteAccount(e.ctx, p.ID, b.ID))
		_, err := e.AccountByToken(e.ctx, ztp.NewSecret("b-token"))
		e.wantCode(ztp.CodeNotFound, err)
		// The released phone keeps its row, of nobody, and can come back.
		ep, err = e.Endpoint(e.ctx, p.ID, ep.MAC)
		e.must(err)
		same(e, "", ep.Account)
		ep.State = ztp.EndpointWanted
		e.wantRefused("a phone without an account", e.SaveEndpoint(e.ctx, ep))
		ep.Account = a.ID
		e.must(e.SaveEndpoint(e.ctx, ep))
	},
}
