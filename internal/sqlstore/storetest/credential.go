package storetest

import (
	"time"

	"zerotouch.example/internal/ztp"
)

var credentialTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		l := e.link(e.platform("acme"))
		c := e.credential(l, 1)
		got, err := e.Credential(e.ctx, l.Platform, vendor, 1)
		e.must(err)
		same(e, c, got)
		_, err = e.OpenCredential(e.ctx, l.Platform, vendor, 1)
		e.wantCode(ztp.CodeNotFound, err)
		c.State, c.VendorID, c.Sealed = ztp.CredentialCreated, "ck_1", true
		e.must(e.SealCredential(e.ctx, c, ztp.NewSecret("the secret"), ztp.CredentialPlanned))
		got, err = e.Credential(e.ctx, l.Platform, vendor, 1)
		e.must(err)
		same(e, c, got)
		key, err := e.OpenCredential(e.ctx, l.Platform, vendor, 1)
		e.must(err)
		same(e, ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret("the secret")}, key)
	},
	"NotFound": func(e *env) {
		l := e.link(e.platform("acme"))
		_, err := e.Credential(e.ctx, l.Platform, vendor, 1)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.OpenCredential(e.ctx, l.Platform, vendor, 1)
		e.wantCode(ztp.CodeNotFound, err)
		c := ztp.Credential{Platform: l.Platform, Vendor: vendor, Number: 1, State: ztp.CredentialCreated, VendorID: "x"}
		e.wantCode(ztp.CodeNotFound, e.SealCredential(e.ctx, c, ztp.NewSecret("s"), ztp.CredentialPlanned))
		c.State = ztp.CredentialRevoked
		e.wantCode(ztp.CodeNotFound, e.MoveCredential(e.ctx, c, ztp.CredentialPlanned))
		c.Platform, c.State, c.CreatedAt = "none", ztp.CredentialPlanned, start
		e.wantRefused("a credential of no link", e.PlanCredential(e.ctx, c))
	},
	"NumbersAreUsedOnce": func(e *env) {
		l := e.link(e.platform("acme"))
		c := e.credential(l, 1)
		e.wantCode(ztp.CodeFormOutdated, e.PlanCredential(e.ctx, c))
		revoked := c
		revoked.State, revoked.RevokedAt = ztp.CredentialRevoked, start
		e.must(e.MoveCredential(e.ctx, revoked, ztp.CredentialPlanned))
		e.wantCode(ztp.CodeFormOutdated, e.PlanCredential(e.ctx, c))
		c.Number = 0
		e.wantRefused("number 0", e.PlanCredential(e.ctx, c))
	},
	"LostRace": func(e *env) {
		l := e.link(e.platform("acme"))
		c := e.sealed(l, 1, "one")
		e.wantCode(ztp.CodeFormOutdated, e.SealCredential(e.ctx, c, ztp.NewSecret("two"), ztp.CredentialPlanned))
		key, err := e.OpenCredential(e.ctx, l.Platform, vendor, 1)
		e.must(err)
		same(e, ztp.NewSecret("one"), key.Secret)
		c.State = ztp.CredentialRevoked
		e.wantCode(ztp.CodeFormOutdated, e.MoveCredential(e.ctx, c, ztp.CredentialPlanned))
	},
	"IllegalMoves": func(e *env) {
		l := e.link(e.platform("acme"))
		c := e.credential(l, 1)
		c.State = ztp.CredentialActive
		e.wantRefused("planned to active", e.MoveCredential(e.ctx, c, ztp.CredentialPlanned))
		c.State = "blessed"
		e.wantRefused("no such state", e.MoveCredential(e.ctx, c, ztp.CredentialPlanned))
		c.State = ztp.CredentialCreated
		e.wantRefused("created without a secret", e.MoveCredential(e.ctx, c, ztp.CredentialPlanned))
		c.State = ztp.CredentialUnknown
		e.wantRefused("a secret of a key that is unknown", e.SealCredential(e.ctx, c, ztp.NewSecret("s"), ztp.CredentialPlanned))
	},
	"ActiveIsProven": func(e *env) {
		l := e.link(e.platform("acme"))
		c := e.sealed(l, 1, "one")
		c.State = ztp.CredentialActive
		e.wantRefused("active and never verified", e.MoveCredential(e.ctx, c, ztp.CredentialCreated))
		c.VerifiedAt, c.VendorID = start, ""
		e.wantRefused("active without the vendor's id", e.MoveCredential(e.ctx, c, ztp.CredentialCreated))
		c.VendorID = "ck_one"
		e.must(e.MoveCredential(e.ctx, c, ztp.CredentialCreated))
		d := e.sealed(l, 2, "two")
		d.State, d.VerifiedAt = ztp.CredentialActive, start
		e.wantRefused("two active ones", e.MoveCredential(e.ctx, d, ztp.CredentialCreated))
	},
	"TheSecretGoesWithTheState": func(e *env) {
		l := e.link(e.platform("acme"))
		for n, to := range []ztp.CredentialState{ztp.CredentialOrphan, ztp.CredentialRevoked} {
			c := e.sealed(l, n+1, "s")
			c.State = to
			e.must(e.MoveCredential(e.ctx, c, ztp.CredentialCreated))
			got, err := e.Credential(e.ctx, l.Platform, vendor, n+1)
			e.must(err)
			if got.Sealed || got.State != to {
				e.Errorf("want %s without a secret, got %+v", to, got)
			}
			_, err = e.OpenCredential(e.ctx, l.Platform, vendor, n+1)
			e.wantCode(ztp.CodeNotFound, err)
		}
	},
	"TheFlip": func(e *env) {
		p := e.platform("acme")
		l := e.link(p)
		old := e.active(&l, 1, "old")
		fresh := e.sealed(l, 2, "new")
		err := e.Tx(e.ctx, func(s ztp.Store) error { // the link's row first, then the credentials
			l.Active, l.SetAt = 2, start.Add(time.Hour)
			if err := s.SaveLink(e.ctx, l); err != nil {
				return err
			}
			old.State = ztp.CredentialRetiring
			if err := s.MoveCredential(e.ctx, old, ztp.CredentialActive); err != nil {
				return err
			}
			fresh.State, fresh.VerifiedAt = ztp.CredentialActive, start.Add(time.Hour)
			return s.MoveCredential(e.ctx, fresh, ztp.CredentialCreated)
		})
		e.must(err)
		key, err := e.OpenCredential(e.ctx, p.ID, vendor, 1) // in-flight calls may still need it
		e.must(err)
		same(e, ztp.NewSecret("old"), key.Secret)
		all, err := e.Credentials(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, []ztp.Credential{old, fresh}, all)
		same(e, 0, len(mustLinks(e, "yealink")))
	},
	"Loose": func(e *env) {
		l, m := e.link(e.platform("acme")), e.link(e.platform("other"))
		e.active(&l, 1, "used")
		loosen := func(l ztp.Link, n int, at time.Duration) {
			c := ztp.Credential{Platform: l.Platform, Vendor: vendor, Number: n, State: ztp.CredentialPlanned, CreatedAt: start.Add(at)}
			e.must(e.PlanCredential(e.ctx, c))
			c.State = ztp.CredentialUnknown
			e.must(e.MoveCredential(e.ctx, c, ztp.CredentialPlanned))
		}
		loosen(l, 2, 3*time.Hour)
		loosen(m, 1, time.Hour)
		loosen(l, 3, 2*time.Hour)
		got, err := e.LooseCredentials(e.ctx, 2)
		e.must(err)
		if len(got) != 2 || got[0].Platform != m.Platform || got[1].Number != 3 {
			e.Errorf("want the two oldest, got %+v", got)
		}
	},
	"OfItsLinkAlone": func(e *env) {
		l, m := e.link(e.platform("acme")), e.link(e.platform("other"))
		e.sealed(l, 1, "one")
		_, err := e.OpenCredential(e.ctx, m.Platform, vendor, 1)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.OpenCredential(e.ctx, l.Platform, "yealink", 1)
		e.wantCode(ztp.CodeNotFound, err)
		all, err := e.Credentials(e.ctx, m.Platform, vendor)
		e.must(err)
		same(e, 0, len(all))
	},
}

func mustLinks(e *env, v ztp.VendorName) []ztp.Link {
	e.Helper()
	links, err := e.ListLinks(e.ctx, "", v)
	e.must(err)
	return links
}
