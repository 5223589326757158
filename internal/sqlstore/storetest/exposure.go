package storetest

import (
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

var exposureTests = map[string]func(*env){
	"Lists": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		for _, id := range []ztp.PlatformID{p.ID, q.ID} {
			e.must(e.SaveLink(e.ctx, ztp.Link{Platform: id, Vendor: vendor, State: ztp.LinkNotConfigured, UpdatedAt: start}))
		}
		add := func(id ztp.PlatformID, op ztp.OperationID, a ztp.ForeignAddress) {
			e.Helper()
			e.must(e.AddForeignAddress(e.ctx, id, vendor, op, a))
		}
		var want []ztp.ForeignAddress
		for i := range 7 {
			a := ztp.ForeignAddress{Target: fmt.Sprintf("00:04:13:00:00:%02X", i), What: ztp.ForeignPhone, Host: "elsewhere.example", FoundAt: start}
			want = append(want, a)
			add(p.ID, "op1", a)
			add(p.ID, "op1", a) // a list may show a phone twice
		}
		add(p.ID, "op2", want[0])
		add(q.ID, "op1", want[0])
		profile := ztp.ForeignAddress{Target: "p1", What: ztp.ForeignProfile, FoundAt: start}
		add(p.ID, "op1", profile)
		want = append(want, profile)
		same(e, want, pages(e, 3, func(c string) (ztp.Page[ztp.ForeignAddress], error) {
			return e.ForeignAddresses(e.ctx, ztp.ForeignAddressQuery{Platform: p.ID, Vendor: vendor, Operation: "op1", Cursor: c, Limit: 3})
		}))
		got, err := e.ForeignAddress(e.ctx, p.ID, vendor, "op1", "p1")
		e.must(err)
		same(e, profile, got)
		_, err = e.ForeignAddress(e.ctx, p.ID, vendor, "op2", "p1")
		e.wantCode(ztp.CodeNotFound, err)

		settled := func(want bool, target string) {
			e.Helper()
			was, err := e.SettleForeignAddress(e.ctx, p.ID, vendor, target)
			e.must(err)
			same(e, want, was)
		}
		settled(true, want[0].Target)
		settled(false, want[0].Target)
		was, err := e.SettleForeignProfiles(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, true, was)
		counted := func(want int, id ztp.PlatformID, op ztp.OperationID) {
			e.Helper()
			n, err := e.CountForeignAddresses(e.ctx, id, vendor, op)
			e.must(err)
			same(e, want, n)
		}
		counted(6, p.ID, "op1")
		counted(0, p.ID, "op2") // put right is put right, whoever found it
		counted(1, q.ID, "op1")
		e.must(e.DropForeignAddresses(e.ctx, p.ID, vendor, "op1"))
		counted(0, p.ID, "op1")
		e.must(e.DeletePlatform(e.ctx, q.ID))
	},
	"Refused": func(e *env) {
		p := e.platform("acme")
		e.must(e.SaveLink(e.ctx, ztp.Link{Platform: p.ID, Vendor: vendor, State: ztp.LinkNotConfigured, UpdatedAt: start}))
		for name, a := range map[string]ztp.ForeignAddress{"no target": {What: ztp.ForeignPhone}, "of nothing": {Target: "x", What: "car"}} {
			a.FoundAt = start
			e.wantRefused(name, e.AddForeignAddress(e.ctx, p.ID, vendor, "op1", a))
		}
		e.wantRefused("no link", e.AddForeignAddress(e.ctx, "none", vendor, "op1", ztp.ForeignAddress{Target: "x", What: ztp.ForeignPhone, FoundAt: start}))
	},
	"LinkKeepsTheProof": func(e *env) {
		p := e.platform("acme")
		l := ztp.Link{Platform: p.ID, Vendor: vendor, State: ztp.LinkNotConfigured, UpdatedAt: start, ForeignAddresses: 2,
			Proof: &ztp.ExposureProof{At: start.Add(time.Minute), Operation: "op1", ForeignKeys: 1, EndpointsCompared: 5, ProfilesCompared: 1, ForeignURLs: 3, Listed: 3}}
		e.must(e.SaveLink(e.ctx, l))
		got, err := e.Link(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, l.Proof, got.Proof)
		same(e, 2, got.ForeignAddresses)
		n, err := e.CountAttention(e.ctx)
		e.must(err)
		same(e, 1, n[vendor])
		got.Proof, got.ForeignAddresses = nil, 0
		e.must(e.SaveLink(e.ctx, got))
		got, err = e.Link(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, true, got.Proof == nil && got.ForeignAddresses == 0)
	},
}
