package storetest

import (
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

// drifts is the list of a sync: as many phones of a class, none of which counts yet.
func (e *env) drifts(p ztp.Platform, class ztp.DriftClass, n int) (ztp.Operation, []ztp.Drift) {
	e.Helper()
	o := e.operation(p, ztp.KindCheck) // one for many would bar the next
	var found []ztp.Drift
	for i := range n {
		found = append(found, ztp.Drift{Platform: p.ID, Vendor: vendor, Operation: o.ID, MAC: e.mac(fmt.Sprintf("0004130000%02x", i+1)), Class: class, Enabled: true, FoundAt: start})
	}
	e.must(e.AddDrifts(e.ctx, found))
	return o, found
}

// counts makes a list the one that counts.
func (e *env) counts(p ztp.Platform, o ztp.Operation) ztp.PhoneSync {
	e.Helper()
	y := ztp.PhoneSync{Platform: p.ID, Vendor: vendor, Operation: o.ID, BeganAt: start, CompleteAt: start.Add(time.Minute), By: "ops", Pages: 2, Phones: 9, Matching: 3, LeftOut: 1}
	e.must(e.CompletePhoneSync(e.ctx, y))
	got, err := e.PhoneSync(e.ctx, p.ID, vendor)
	e.must(err)
	y.Counts = got.Counts
	same(e, y, got)
	return got
}

func (e *env) listed(q ztp.DriftQuery) []ztp.Drift {
	e.Helper()
	return pages(e, 2, func(cursor string) (ztp.Page[ztp.Drift], error) {
		q.Cursor, q.Limit = cursor, 2
		return e.Drifts(e.ctx, q)
	})
}

var driftTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		p := e.platform("a")
		e.link(p)
		before, err := e.PhoneSync(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, ztp.PhoneSync{Platform: p.ID, Vendor: vendor}, before)
		o, _ := e.drifts(p, ztp.DriftMissing, 0)
		found := []ztp.Drift{
			{Class: ztp.DriftChanged, Differs: []string{ztp.DiffersName, ztp.DiffersRedirection}, Name: "by hand", ProductGroup: "D-Series", Enabled: true},
			{Class: ztp.DriftMissing}, {Class: ztp.DriftOtherURL, Host: "elsewhere.example"},
			{Class: ztp.DriftUnknown, Account: "account", AddressTemplate: "https://prov.example/{account_token}/{mac}", AddressTokenID: "token"},
		}
		for i := range found {
			found[i].Platform, found[i].Vendor, found[i].Operation, found[i].FoundAt = p.ID, vendor, o.ID, start
			found[i].MAC = e.mac(fmt.Sprintf("0004130000%02x", i+1))
		}
		e.must(e.AddDrifts(e.ctx, found))
		same(e, found, e.listed(ztp.DriftQuery{Operation: o.ID}))
		same(e, found[2:3], e.listed(ztp.DriftQuery{Operation: o.ID, Class: ztp.DriftOtherURL}))
		one, err := e.Drift(e.ctx, o.ID, found[3].MAC)
		e.must(err)
		same(e, found[3], one)
		_, err = e.Drift(e.ctx, o.ID, e.mac("000413000099"))
		e.wantCode(ztp.CodeNotFound, err)
		y := e.counts(p, o)
		same(e, map[ztp.DriftClass]int{ztp.DriftChanged: 1, ztp.DriftMissing: 1, ztp.DriftOtherURL: 1, ztp.DriftUnknown: 1}, y.Counts)
		all, err := e.PhoneSyncs(e.ctx, vendor)
		e.must(err)
		same(e, []ztp.PhoneSync{y}, all)
		n, without, err := e.CountDrifts(e.ctx, o.ID, ztp.DriftUnknown)
		e.must(err)
		same(e, []int{1, 0}, []int{n, without})
	},
	"TheNextListTakesItsPlace": func(e *env) {
		p, other := e.platform("a"), e.platform("b")
		e.link(p)
		e.link(other)
		first, _ := e.drifts(p, ztp.DriftMissing, 5)
		e.counts(p, first)
		kept, _ := e.drifts(other, ztp.DriftMissing, 2) // staged, of another link
		next, found := e.drifts(p, ztp.DriftMissing, 3)
		more, err := e.DropDrifts(e.ctx, p.ID, vendor, next.ID, 2)
		e.must(err)
		same(e, false, more) // the first one counts
		e.counts(p, next)
		for range 3 {
			more, err := e.DropDrifts(e.ctx, p.ID, vendor, next.ID, 2)
			e.must(err)
			same(e, true, more)
		}
		more, err = e.DropDrifts(e.ctx, p.ID, vendor, next.ID, 2)
		e.must(err)
		same(e, false, more)
		same(e, 0, len(e.listed(ztp.DriftQuery{Operation: first.ID})))
		same(e, found, e.listed(ztp.DriftQuery{Operation: next.ID}))
		same(e, 2, len(e.listed(ztp.DriftQuery{Operation: kept.ID})))
	},
	"MovedAway": func(e *env) {
		p, other := e.platform("a"), e.platform("b")
		e.link(p)
		e.link(other)
		there, _ := e.drifts(other, ztp.DriftUnknown, 1)
		missing, _ := e.drifts(p, ztp.DriftMissing, 2)
		same(e, map[ztp.DriftClass]int{ztp.DriftMissing: 2}, e.counts(p, missing).Counts) // what is staged says nothing
		e.counts(other, there)
		same(e, map[ztp.DriftClass]int{ztp.DriftMissing: 1, ztp.DriftMoved: 1}, e.counts(p, missing).Counts)
		moved := e.listed(ztp.DriftQuery{Operation: missing.ID, Class: ztp.DriftMoved})
		same(e, other.ID, moved[0].Elsewhere)
	},
	"FoundLater": func(e *env) {
		p, third, other := e.platform("a"), e.platform("b"), e.platform("c")
		for _, x := range []ztp.Platform{p, third, other} {
			e.link(x)
		}
		old, _ := e.drifts(p, ztp.DriftMissing, 1)
		missing, found := e.drifts(p, ztp.DriftMissing, 3)
		e.counts(p, missing)
		e.counts(third, e.operation(third, ztp.KindCheck)) // one that misses nothing
		_, err := e.PickDrifts(e.ctx, missing.ID, e.operation(p, ztp.KindBulk).ID, "", []ztp.MAC{found[1].MAC})
		e.must(err)
		there, _ := e.drifts(other, ztp.DriftUnknown, 2)
		e.counts(other, there)
		y, err := e.PhoneSync(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, map[ztp.DriftClass]int{ztp.DriftMissing: 2, ztp.DriftMoved: 1}, y.Counts) // what is picked is left to whoever picked it
		moved := e.listed(ztp.DriftQuery{Operation: missing.ID, Class: ztp.DriftMoved})
		same(e, []string{found[0].MAC.String(), string(other.ID)}, []string{moved[0].MAC.String(), string(moved[0].Elsewhere)})
		same(e, 1, len(e.listed(ztp.DriftQuery{Operation: old.ID, Class: ztp.DriftMissing}))) // a list that does not count
	},
	"Picked": func(e *env) {
		p := e.platform("a")
		e.link(p)
		o, found := e.drifts(p, ztp.DriftUnknown, 5)
		e.counts(p, o)
		by := e.operation(p, ztp.KindBulk)
		n, err := e.PickDrifts(e.ctx, o.ID, by.ID, "", []ztp.MAC{found[1].MAC, e.mac("000413000099")})
		e.must(err)
		same(e, 1, n)
		n, err = e.PickDrifts(e.ctx, o.ID, by.ID, ztp.DriftUnknown, nil)
		e.must(err)
		same(e, 5, n)
		same(e, 3, len(e.listed(ztp.DriftQuery{PickedBy: by.ID, After: found[1].MAC})))
		e.must(e.LeaveDrift(e.ctx, o.ID, found[0].MAC))
		still, err := e.StillPicked(e.ctx, by.ID, found)
		e.must(err)
		same(e, 4, len(still))
		e.must(e.SettleDrifts(e.ctx, p.ID, vendor, by.ID, found[1].MAC))
		e.must(e.AddPhoneItems(e.ctx, p.ID, vendor, []ztp.PhoneItem{{Operation: by.ID, MAC: found[3].MAC, Action: ztp.ItemWrite, State: ztp.PhoneItemDone, UpdatedAt: start}}))
		e.must(e.SettleDoneDrifts(e.ctx, p.ID, vendor, by.ID, start))
		var left []ztp.MAC
		for _, d := range e.listed(ztp.DriftQuery{Operation: o.ID}) {
			left = append(left, d.MAC)
		}
		same(e, []ztp.MAC{found[0].MAC, found[2].MAC, found[4].MAC}, left)
		n, err = e.UnpickDrifts(e.ctx, by.ID)
		e.must(err)
		same(e, 2, n)
		same(e, 0, len(e.listed(ztp.DriftQuery{PickedBy: by.ID})))
		y, err := e.PhoneSync(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, 3, y.Findings())
	},
	"AddEndpoints": func(e *env) {
		p, other := e.platform("a"), e.platform("b")
		acc, theirs := e.account(p, "main"), e.account(other, "main")
		phone := func(p ztp.Platform, a ztp.Account, mac string) ztp.Endpoint {
			return ztp.Endpoint{Platform: p.ID, Vendor: vendor, MAC: e.mac(mac), Account: a.ID, ProductGroup: "D-Series", Name: "Desk", State: ztp.EndpointListed, Found: true,
				CreatedAt: start, ConfirmedAt: start, UpdatedAt: start}
		}
		e.must(e.SaveEndpoint(e.ctx, phone(p, acc, "000413000001")))
		e.must(e.SaveEndpoint(e.ctx, phone(other, theirs, "000413000002")))
		gone := phone(p, acc, "000413000003")
		gone.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, gone))
		all := []ztp.Endpoint{phone(p, acc, "000413000001"), phone(p, acc, "000413000002"), phone(p, acc, "000413000003"), phone(p, acc, "000413000004")}
		taken, err := e.Store.AddEndpoints(e.ctx, p.ID, all)
		e.must(err)
		same(e, []ztp.MAC{all[0].MAC, all[1].MAC}, taken)
		got, err := e.Endpoint(e.ctx, p.ID, all[3].MAC)
		e.must(err)
		all[3].Version = 1
		same(e, all[3], got)
		back, err := e.Endpoint(e.ctx, p.ID, all[2].MAC)
		e.must(err)
		same(e, ztp.EndpointListed, back.State)
		same(e, int64(2), back.Version)
		nobody := phone(p, acc, "000413000005")
		nobody.Account = "nobody"
		_, err = e.Store.AddEndpoints(e.ctx, p.ID, []ztp.Endpoint{nobody})
		e.wantCode(ztp.CodeNotFound, err)
	},
}
