package storetest

import (
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

// forMany is an operation for many phones, and that many phones of it.
func (e *env) forMany(p ztp.Platform, kind ztp.OperationKind, n int) (ztp.Operation, []ztp.PhoneItem) {
	e.Helper()
	o := e.operation(p, kind)
	var items []ztp.PhoneItem
	for i := range n {
		items = append(items, ztp.PhoneItem{Operation: o.ID, MAC: e.mac(fmt.Sprintf("0004130000%02x", i+1)), Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, Line: n - i, UpdatedAt: start})
	}
	e.must(e.AddPhoneItems(e.ctx, p.ID, vendor, items))
	return o, items
}

// saveItems saves items of which none is cancelled.
func (e *env) saveItems(items []ztp.PhoneItem) {
	e.Helper()
	cancelled, err := e.SavePhoneItems(e.ctx, items)
	e.must(err)
	same(e, 0, len(cancelled))
}

func (e *env) phoneItems(q ztp.PhoneItemQuery) []ztp.PhoneItem {
	e.Helper()
	return pages(e, 2, func(cursor string) (ztp.Page[ztp.PhoneItem], error) {
		q.Cursor, q.Limit = cursor, 2
		return e.ListPhoneItems(e.ctx, q)
	})
}

var phoneItemTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		p := e.platform("a")
		o, items := e.forMany(p, ztp.KindImport, 5)
		same(e, items, e.phoneItems(ztp.PhoneItemQuery{Operation: o.ID}))
		items[1].State, items[1].Deadline, items[1].UpdatedAt = ztp.PhoneItemSent, start.Add(time.Minute), start.Add(time.Second)
		items[3].State, items[3].Error = ztp.PhoneItemFailed, &ztp.Problem{Code: ztp.CodeEndpointTaken, At: start}
		e.saveItems([]ztp.PhoneItem{items[1], items[3]})
		same(e, items, e.phoneItems(ztp.PhoneItemQuery{Operation: o.ID}))
		same(e, items[1:2], e.phoneItems(ztp.PhoneItemQuery{Operation: o.ID, State: ztp.PhoneItemSent}))
		named, err := e.PhoneItemsOf(e.ctx, o.ID, []ztp.MAC{items[3].MAC, e.mac("00041300ffff"), items[1].MAC})
		e.must(err)
		same(e, []ztp.PhoneItem{items[3], items[1]}, named)
	},
	"Twice": func(e *env) {
		p := e.platform("a")
		o, items := e.forMany(p, ztp.KindBulk, 2)
		items[0].State = ztp.PhoneItemDone
		e.saveItems(items[:1])
		e.must(e.AddPhoneItems(e.ctx, p.ID, vendor, []ztp.PhoneItem{{Operation: o.ID, MAC: items[0].MAC, Action: ztp.ItemRelease, State: ztp.PhoneItemQueued, UpdatedAt: start}}))
		same(e, items, e.phoneItems(ztp.PhoneItemQuery{Operation: o.ID}))
	},
	// A move that is not legal is refused, and the ones beside it with it.
	"IllegalMove": func(e *env) {
		o, items := e.forMany(e.platform("a"), ztp.KindBulk, 2)
		items[0].State, items[0].Deadline, items[1].State = ztp.PhoneItemSent, start, ztp.PhoneItemWritten
		if _, err := e.SavePhoneItems(e.ctx, items); err == nil {
			e.Error("taken by the vendor, and never sent")
		}
		items[1].State = ztp.PhoneItemFailed
		e.saveItems(items[1:])
		items[1].State = ztp.PhoneItemDone
		if _, err := e.SavePhoneItems(e.ctx, items); err == nil {
			e.Error("failed, and done after that")
		}
		tally, err := e.CountPhoneItems(e.ctx, o.ID)
		e.must(err)
		same(e, ztp.PhoneTally{ztp.PhoneItemQueued: 1, ztp.PhoneItemFailed: 1}, tally)
		_, err = e.SavePhoneItems(e.ctx, []ztp.PhoneItem{{Operation: o.ID, MAC: e.mac("0004130000ff"), State: ztp.PhoneItemSent, Deadline: start, UpdatedAt: start}})
		e.wantCode(ztp.CodeNotFound, err)
	},
	"Cancelled": func(e *env) {
		o, items := e.forMany(e.platform("a"), ztp.KindBulk, 4)
		items[0].State = ztp.PhoneItemDone
		items[1].State, items[1].Deadline = ztp.PhoneItemSent, start
		e.saveItems(items[:2])
		n, err := e.CancelPhoneItems(e.ctx, o.ID, start.Add(time.Minute))
		e.must(err)
		same(e, 2, n)
		tally, err := e.CountPhoneItems(e.ctx, o.ID)
		e.must(err)
		same(e, ztp.PhoneTally{ztp.PhoneItemDone: 1, ztp.PhoneItemSent: 1, ztp.PhoneItemCancelled: 2}, tally)
		same(e, 4, tally.Total())
		same(e, 3, tally.Over())
		items[2].State, items[2].Deadline = ztp.PhoneItemSent, start
		cancelled, err := e.SavePhoneItems(e.ctx, items[1:3]) // by who has picked them before
		e.must(err)
		same(e, []ztp.MAC{items[2].MAC}, cancelled)
		after, err := e.CountPhoneItems(e.ctx, o.ID)
		e.must(err)
		same(e, tally, after)
	},
	"Ended": func(e *env) {
		p := e.platform("a")
		o, items := e.forMany(p, ztp.KindBulk, 4)
		items[0].State = ztp.PhoneItemDone
		items[1].State, items[1].Deadline = ztp.PhoneItemSent, start
		items[2].State, items[2].Deadline = ztp.PhoneItemSent, start
		e.saveItems(items[:3])
		items[2].State = ztp.PhoneItemWritten
		e.saveItems(items[2:3])
		a := e.account(p, "main")
		for i, state := range []ztp.EndpointState{ztp.EndpointListed, ztp.EndpointWanted, ztp.EndpointListed, ztp.EndpointWanted} {
			x := ztp.Endpoint{Platform: p.ID, Vendor: vendor, MAC: items[i].MAC, Account: a.ID, ProductGroup: "D-Series", State: state, CreatedAt: start, UpdatedAt: start}
			e.must(e.SaveEndpoint(e.ctx, x))
		}
		why := &ztp.Problem{Code: ztp.CodeVendorKeyRejected, At: start}
		e.must(e.EndPhoneItems(e.ctx, o.ID, p.ID, why, start.Add(time.Minute)))
		tally, err := e.CountPhoneItems(e.ctx, o.ID)
		e.must(err)
		same(e, ztp.PhoneTally{ztp.PhoneItemDone: 1, ztp.PhoneItemFailed: 2, ztp.PhoneItemCancelled: 1}, tally)
		for i, want := range []ztp.EndpointState{ztp.EndpointListed, ztp.EndpointFailed, ztp.EndpointListed, ztp.EndpointFailed} {
			x, err := e.Endpoint(e.ctx, p.ID, items[i].MAC)
			e.must(err)
			same(e, want, x.State)
			same(e, i > 0, x.Error != nil) // the first one is done
		}
	},
	"ClaimedApart": func(e *env) {
		p := e.platform("a")
		many, _ := e.forMany(p, ztp.KindImport, 1)
		one := e.operation(p, ztp.KindRotate)
		for which, want := range map[ztp.Claim]ztp.OperationID{ztp.ClaimMany: many.ID, ztp.ClaimOthers: one.ID} {
			got, err := e.ClaimOperation(e.ctx, "w", time.Minute, which)
			e.must(err)
			same(e, want, got.ID)
			_, err = e.ClaimOperation(e.ctx, "w", time.Minute, which)
			e.wantCode(ztp.CodeNotFound, err)
		}
	},
	"Missing": func(e *env) {
		o, items := e.forMany(e.platform("a"), ztp.KindBulk, 1)
		items[0].MAC = e.mac("000413000099")
		_, err := e.SavePhoneItems(e.ctx, items)
		e.wantCode(ztp.CodeNotFound, err)
		same(e, 1, len(e.phoneItems(ztp.PhoneItemQuery{Operation: o.ID})))
	},
	"OneForManyPerLink": func(e *env) {
		a, b := e.platform("a"), e.platform("b")
		o, _ := e.forMany(a, ztp.KindImport, 1)
		for _, kind := range []ztp.OperationKind{ztp.KindImport, ztp.KindSync, ztp.KindBulk} {
			err := e.CreateOperation(e.ctx, e.newOperation(a, kind))
			e.wantCode(ztp.CodeOperationRunning, err)
			same(e, o.ID, ztp.AsError(err).Operation.ID)
			same(e, true, kind.ForMany())
		}
		e.operation(b, ztp.KindImport)
		same(e, false, ztp.KindRotate.ForMany())
	},
}
