package storetest

import (
	"time"

	"zerotouch.example/internal/ztp"
)

var linkTests = map[string]func(*env){
	"NeverSaved": func(e *env) {
		p := e.platform("acme")
		got, err := e.Link(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, ztp.Link{Platform: p.ID, Vendor: vendor, State: ztp.LinkNotConfigured, Profiles: map[string]string{}, NextCredential: 1}, got)
		links, err := e.ListLinks(e.ctx, "", "")
		e.must(err)
		same(e, 0, len(links))
	},
	"RoundTrip": func(e *env) {
		p := e.platform("acme")
		l := ztp.Link{
			Platform: p.ID, Vendor: vendor, State: ztp.LinkNeedsAttention, Nonce: ztp.NewNonce(), CompanyID: "c1", CompanyName: "Acme [zt:x:y]",
			Profiles: map[string]string{"D-Series": "p1", "M-Series": "p2"}, NextCredential: 3,
			SetAt: start, SetBy: "ada", Connected: true, AddressTemplate: "https://x/{account_token}/{mac}", AddressTokenID: "t1",
			DisabledAt: start.Add(time.Minute), DisabledBy: "bob", Unconfirmed: true, CheckedAt: start.Add(2 * time.Minute),
			Error: &ztp.Problem{
				Code: ztp.CodeForeignKeyFound, Detail: "One", Changed: true, At: start.Add(1500 * time.Microsecond), RequestID: "r",
				RetryAt: start.Add(time.Hour), Keys: []ztp.VendorKey{{ID: "k", Name: "n"}}, Companies: []ztp.VendorCompany{{ID: "c", Name: "m"}},
			},
			UpdatedAt: start,
		}
		e.must(e.SaveLink(e.ctx, l))
		want := l
		want.Version = 1
		problem := *l.Error
		problem.At = start.Add(time.Millisecond)
		want.Error = &problem
		got, err := e.Link(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, want, got)
		got, err = e.LinkByCompany(e.ctx, vendor, "c1")
		e.must(err)
		same(e, want, got)
		got.Error, got.Connected, got.SetAt, got.Profiles = nil, false, time.Time{}, nil
		e.must(e.SaveLink(e.ctx, got))
		again, err := e.Link(e.ctx, p.ID, vendor)
		e.must(err)
		got.Version, got.Profiles = 2, map[string]string{}
		same(e, got, again)
	},
	"LostRace": func(e *env) {
		p := e.platform("acme")
		l := e.link(p)
		e.must(e.SaveLink(e.ctx, l))
		e.wantCode(ztp.CodeFormOutdated, e.SaveLink(e.ctx, l))
		l.Version = 0
		e.wantCode(ztp.CodeFormOutdated, e.SaveLink(e.ctx, l))
		l.Version, l.Vendor = 1, "yealink"
		e.wantCode(ztp.CodeNotFound, e.SaveLink(e.ctx, l))
		l.Version, l.Platform = 0, "none"
		e.wantCode(ztp.CodeNotFound, e.SaveLink(e.ctx, l))
	},
	"List": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		e.link(p)
		e.link(q)
		l, err := e.Link(e.ctx, p.ID, "yealink")
		e.must(err)
		l.UpdatedAt = start
		e.must(e.SaveLink(e.ctx, l))
		for _, tc := range []struct {
			p    ztp.PlatformID
			v    ztp.VendorName
			want int
		}{{"", "", 3}, {p.ID, "", 2}, {"", vendor, 2}, {q.ID, "yealink", 0}, {q.ID, vendor, 1}} {
			links, err := e.ListLinks(e.ctx, tc.p, tc.v)
			e.must(err)
			if len(links) != tc.want {
				e.Errorf("%q %q: want %d, got %d", tc.p, tc.v, tc.want, len(links))
			}
		}
	},
	"CountAttention": func(e *env) {
		want := func(snom, yealink int) {
			e.Helper()
			got, err := e.CountAttention(e.ctx)
			e.must(err)
			if got[vendor] != snom || got["yealink"] != yealink {
				e.Errorf("want %d and %d, got %v", snom, yealink, got)
			}
		}
		l, m := e.link(e.platform("acme")), e.link(e.platform("other"))
		want(0, 0)
		l.State = ztp.LinkUnknown
		e.must(e.SaveLink(e.ctx, l))
		m.State, m.Error = ztp.LinkNotConfigured, &ztp.Problem{Code: ztp.CodeForeignKeyFound, At: start}
		e.must(e.SaveLink(e.ctx, m))
		e.must(e.SaveLink(e.ctx, ztp.Link{Platform: l.Platform, Vendor: "yealink", State: ztp.LinkNeedsAttention, UpdatedAt: start}))
		want(2, 1)
		l.State, l.Version = ztp.LinkOnboarding, l.Version+1
		e.must(e.SaveLink(e.ctx, l))
		want(1, 1)
	},
	"OneLinkPerCompany": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		l, m := e.link(p), e.link(q)
		l.CompanyID = "c1"
		e.must(e.SaveLink(e.ctx, l))
		m.CompanyID = "c1"
		e.wantCode(ztp.CodeVendorCompanyInUse, e.SaveLink(e.ctx, m))
		_, err := e.LinkByCompany(e.ctx, "yealink", "c1")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.LinkByCompany(e.ctx, vendor, "")
		e.wantCode(ztp.CodeNotFound, err)
		r := ztp.Link{Platform: e.platform("third").ID, Vendor: vendor, State: ztp.LinkOnboarding, CompanyID: "c1", UpdatedAt: start}
		e.wantCode(ztp.CodeVendorCompanyInUse, e.SaveLink(e.ctx, r))
		r.Vendor = "yealink" // another vendor's ids are others
		e.must(e.SaveLink(e.ctx, r))
	},
	"NamesOnlyAnActiveCredential": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		l := e.link(p)
		c := e.sealed(l, 1, "one")
		name := func(change func(*ztp.Link)) error {
			m := l
			m.State, m.Active = ztp.LinkConfigured, 1
			change(&m)
			return e.SaveLink(e.ctx, m)
		}
		e.wantRefused("a credential that is not active", name(func(*ztp.Link) {}))
		c.State, c.VerifiedAt = ztp.CredentialActive, start
		e.must(e.MoveCredential(e.ctx, c, ztp.CredentialCreated))
		e.wantRefused("a number that is not there", name(func(l *ztp.Link) { l.Active = 2 }))
		e.wantRefused("a number at the counter or above", name(func(l *ztp.Link) { l.NextCredential = 1 }))
		e.wantRefused("configured without a credential", name(func(l *ztp.Link) { l.Active = 0 }))
		e.wantRefused("a credential while not configured", name(func(l *ztp.Link) { l.State = ztp.LinkNotConfigured }))
		e.wantRefused("a credential while onboarding", name(func(l *ztp.Link) { l.State = ztp.LinkOnboarding }))
		e.wantRefused("an unknown state", name(func(l *ztp.Link) { l.State = "resting" }))
		other := e.link(q)
		other.State, other.Active = ztp.LinkConfigured, 1
		e.wantRefused("a credential of another platform", e.SaveLink(e.ctx, other))
		e.must(name(func(*ztp.Link) {}))
		for version, state := range []ztp.LinkState{ztp.LinkRotating, ztp.LinkDisabling, ztp.LinkUnknown, ztp.LinkNeedsAttention} {
			e.must(name(func(l *ztp.Link) { l.State, l.Version = state, int64(version+2) }))
		}
		c.State = ztp.CredentialRetiring
		e.wantRefused("to retire the credential that the link names", e.MoveCredential(e.ctx, c, ztp.CredentialActive))
	},
}
