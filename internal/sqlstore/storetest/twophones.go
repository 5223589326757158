package storetest

import (
	"zerotouch.example/internal/ztp"
)

// twoPhonesTests are about operations that hold two phones, and the life of a MAC.
var twoPhonesTests = map[string]func(*env){
	"BothPhonesAreHeld": func(e *env) {
		p, q := e.platform("a"), e.platform("b")
		old, fresh, third := e.mac("000413000001"), e.mac("000413000002"), e.mac("000413000003")
		first := e.newOperation(p, ztp.KindReplace)
		first.MAC, first.Also, first.Key = fresh, ztp.HeldPhone{Platform: p.ID, MAC: old}, "key"
		e.must(e.CreateOperation(e.ctx, first))
		got, err := e.Operation(e.ctx, first.ID)
		e.must(err)
		same(e, first.Also, got.Also)
		ask := func(platform ztp.Platform, mac ztp.MAC, also ztp.HeldPhone) ztp.Operation {
			o := e.newOperation(platform, ztp.KindRegister)
			o.MAC, o.Also = mac, also
			return o
		}
		none := ztp.HeldPhone{}
		for name, o := range map[string]ztp.Operation{
			"the new phone": ask(p, fresh, none), "the old phone": ask(p, old, none), "the old phone as a second one": ask(p, third, ztp.HeldPhone{Platform: p.ID, MAC: old}),
			"the new phone as a second one": ask(p, third, ztp.HeldPhone{Platform: p.ID, MAC: fresh}),
		} {
			err := e.CreateOperation(e.ctx, o)
			if !ztp.IsCode(err, ztp.CodeOperationRunning) || ztp.AsError(err).Operation == nil || ztp.AsError(err).Operation.ID != first.ID {
				e.Errorf("%s: want operation_running with the replacement, got %v", name, err)
			}
		}
		again := ask(p, old, none)
		again.Key = "key" // its own first submission, whatever holds the phone
		if err := e.CreateOperation(e.ctx, again); ztp.AsError(err).Operation == nil || ztp.AsError(err).Operation.ID != first.ID {
			e.Errorf("the same key: %v", err)
		}
		e.clock.pass(1e9)
		e.must(e.CreateOperation(e.ctx, ask(q, old, none))) // another platform's phones are none of it
		open, err := e.ListOperations(e.ctx, ztp.OperationQuery{Platform: p.ID, MAC: old, Open: true})
		e.must(err)
		same(e, 1, len(open.Items))
		finish(e, first)
		e.must(e.CreateOperation(e.ctx, ask(p, old, none)))
	},
	"OneOfManyToBeGivenUpIsHeld": func(e *env) {
		p := e.platform("a")
		many, items := e.forMany(p, ztp.KindBulk, 2)
		release := ztp.PhoneItem{Operation: many.ID, MAC: e.mac("000413000099"), Action: ztp.ItemRelease, State: ztp.PhoneItemQueued, UpdatedAt: start}
		e.must(e.AddPhoneItems(e.ctx, p.ID, vendor, []ztp.PhoneItem{release}))
		ask := func(mac ztp.MAC, also ztp.HeldPhone) error {
			o := e.newOperation(p, ztp.KindRegister)
			o.MAC, o.Also = mac, also
			return e.CreateOperation(e.ctx, o)
		}
		for _, err := range []error{ask(release.MAC, ztp.HeldPhone{}), ask(e.mac("000413000098"), ztp.HeldPhone{Platform: p.ID, MAC: release.MAC})} {
			if !ztp.IsCode(err, ztp.CodeOperationRunning) || ztp.AsError(err).Operation == nil || ztp.AsError(err).Operation.ID != many.ID {
				e.Errorf("want operation_running with the one for many, got %v", err)
			}
		}
		e.must(ask(items[0].MAC, ztp.HeldPhone{})) // which is only to be written
		held, err := e.HeldPhones(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, 1, len(held))
		same(e, ztp.KindRegister, held[items[0].MAC].Kind)
		release.State = ztp.PhoneItemDone
		e.saveItems([]ztp.PhoneItem{release})
		e.must(ask(release.MAC, ztp.HeldPhone{}))
	},
	"MoveIsFoundInBothPlatforms": func(e *env) {
		p, q := e.platform("a"), e.platform("b")
		o := e.newOperation(p, ztp.KindMove)
		o.MAC = e.mac("000413000001")
		o.Also = ztp.HeldPhone{Platform: q.ID, MAC: o.MAC}
		e.must(e.CreateOperation(e.ctx, o))
		for _, x := range []ztp.Platform{p, q} {
			open, err := e.ListOperations(e.ctx, ztp.OperationQuery{Platform: x.ID, MAC: o.MAC, Open: true})
			e.must(err)
			same(e, 1, len(open.Items))
		}
	},
	"LifeOfAMAC": func(e *env) {
		a, b := e.account(e.platform("a"), "main"), e.account(e.platform("b"), "main")
		old := e.endpoint(a, "000413000001")
		old.State, old.MovedTo = ztp.EndpointReleased, b.Platform
		e.must(e.SaveEndpoint(e.ctx, old))
		e.clock.pass(1e9)
		e.endpoint(b, "000413000001")
		e.endpoint(b, "000413000002")
		rows, err := e.EndpointsOfMAC(e.ctx, old.MAC)
		e.must(err)
		same(e, 2, len(rows))
		moving, err := e.MovingEndpoints(e.ctx, 10)
		e.must(err)
		same(e, 1, len(moving))
		same(e, old.MAC, moving[0].MAC)
		for i, target := range []string{old.MAC.String(), "other", old.MAC.String(), "", old.MAC.String()} {
			ev := e.event("x")
			ev.Target, ev.Detail = target, string(rune('0'+i))
			e.must(e.AppendEvent(e.ctx, ev))
		}
		events := pages(e, 2, func(cursor string) (ztp.Page[ztp.Event], error) {
			return e.ListEvents(e.ctx, ztp.EventQuery{Target: old.MAC.String(), Cursor: cursor, Limit: 2})
		})
		var details string
		for _, ev := range events {
			details += ev.Detail
		}
		same(e, "420", details)
	},
}
