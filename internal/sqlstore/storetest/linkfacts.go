package storetest

import "zerotouch.example/internal/ztp"

// linkFactTests: what is asked of many platforms together is what is asked of each.
var linkFactTests = map[string]func(*env){
	"OfMany": func(e *env) {
		var ps []ztp.Platform
		var ids []ztp.PlatformID
		for _, slug := range []string{"acme", "bare", "calm", "other"} {
			p := e.platform(slug)
			ps, ids = append(ps, p), append(ids, p.ID)
		}
		l := e.link(ps[0])
		e.active(&l, 1, "one")
		orphan := e.credential(l, 2)
		orphan.State = ztp.CredentialUnknown
		e.must(e.MoveCredential(e.ctx, orphan, ztp.CredentialPlanned))
		a := e.account(ps[0], "main")
		e.endpoint(a, "000413000001")
		e.endpoint(a, "000413000002")
		op := e.operation(ps[0], ztp.KindRotate)
		e.link(ps[2])
		done, _ := e.drifts(ps[2], ztp.DriftMissing, 2)
		e.counts(ps[2], done)
		e.link(ps[3])

		got, err := e.LinkFacts(e.ctx, ids[:3])
		e.must(err)
		same(e, 2, len(got)) // "bare" has none, "other" was not asked for
		for _, p := range []ztp.Platform{ps[0], ps[2]} {
			same(e, e.factsOneByOne(p), got[p.ID][vendor])
		}
		same(e, op.ID, got[ids[0]][vendor].Operation.ID)
		same(e, ztp.EndpointCounts{Wanted: 2}, got[ids[0]][vendor].Counts)
		same(e, 1, len(got[ids[0]][vendor].Loose))
		same(e, done.ID, got[ids[2]][vendor].Sync.Operation)
		none, err := e.LinkFacts(e.ctx, nil)
		e.must(err)
		same(e, 0, len(none))
	},
	"Accounts": func(e *env) {
		p, q := e.platform("acme"), e.platform("bare")
		a, b := e.account(p, "main"), e.account(q, "main")
		p.Primary = a.ID
		e.must(e.UpdatePlatform(e.ctx, p))
		primaries, err := e.PrimaryAccounts(e.ctx, []ztp.PlatformID{p.ID, q.ID})
		e.must(err)
		same(e, map[ztp.PlatformID]ztp.Account{p.ID: a}, primaries)
		slugs, err := e.AccountSlugs(e.ctx, []ztp.PlatformID{p.ID}, []ztp.AccountID{a.ID, b.ID, "none", ""})
		e.must(err)
		same(e, map[ztp.AccountID]string{a.ID: "main"}, slugs)
		slugs, err = e.AccountSlugs(e.ctx, nil, nil)
		e.must(err)
		same(e, 0, len(slugs))
	},
}

func (e *env) factsOneByOne(p ztp.Platform) (f ztp.LinkFacts) {
	e.Helper()
	var err error
	f.Link, err = e.Link(e.ctx, p.ID, vendor)
	e.must(err)
	if o, err := e.OpenOperation(e.ctx, p.ID, vendor); err == nil {
		f.Operation = &o
	}
	f.Counts, err = e.CountEndpoints(e.ctx, p.ID, vendor)
	e.must(err)
	f.Sync, err = e.PhoneSync(e.ctx, p.ID, vendor)
	e.must(err)
	all, err := e.LooseCredentials(e.ctx, 100)
	e.must(err)
	for _, c := range all {
		if c.Platform == p.ID {
			f.Loose = append(f.Loose, c)
		}
	}
	return f
}
