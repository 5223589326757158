package storetest

import (
	"time"

	"zerotouch.example/internal/ztp"
)

var restoreTests = map[string]func(*env){
	"WritesOff": func(e *env) {
		all, err := e.WritesOff(e.ctx)
		e.must(err)
		same(e, 0, len(all))
		e.wantCode(ztp.CodeNotFound, e.SwitchWritesOn(e.ctx, ""))
		everywhere := ztp.WritesOff{Reason: ztp.WritesSwitchedOff, Detail: "audit", Since: start, By: "ada"}
		copied := ztp.WritesOff{Vendor: vendor, Reason: ztp.WritesAnotherCopy, Detail: "key 7", Since: start.Add(time.Hour), By: "system:orchestrator"}
		for _, w := range []ztp.WritesOff{copied, everywhere} {
			added, err := e.SwitchWritesOff(e.ctx, w)
			e.must(err)
			same(e, true, added)
		}
		again := everywhere
		again.By, again.Since = "bob", start.Add(2*time.Hour)
		added, err := e.SwitchWritesOff(e.ctx, again)
		e.must(err)
		same(e, false, added) // who was first stays named
		all, err = e.WritesOff(e.ctx)
		e.must(err)
		same(e, []ztp.WritesOff{everywhere, copied}, all)
		e.must(e.SwitchWritesOn(e.ctx, ""))
		all, err = e.WritesOff(e.ctx)
		e.must(err)
		same(e, []ztp.WritesOff{copied}, all)
		_, err = e.SwitchWritesOff(e.ctx, ztp.WritesOff{Vendor: vendor + "2", Reason: ztp.WritesSwitchedOff, Since: start})
		e.wantRefused("a person switches them off for all vendors", err)
	},
	"MarkRestored": func(e *env) {
		p, at := e.platform("acme"), start.Add(time.Hour)
		l := e.link(p)
		e.active(&l, 1, "one")
		e.credential(l, 2)
		e.sealed(l, 3, "three")
		e.endpoint(e.account(p, "main"), "000413A11FA7")
		l.State = ztp.LinkRotating
		e.must(e.SaveLink(e.ctx, l))
		e.operation(p, ztp.KindRotate)
		running, err := e.ClaimOperation(e.ctx, "worker", time.Minute, ztp.ClaimAny)
		e.must(err)
		other := e.platform("other") // its link was never touched

		n, err := e.MarkRestored(e.ctx, "yealink", at)
		e.must(err)
		same(e, 0, n)
		n, err = e.MarkRestored(e.ctx, "", at)
		e.must(err)
		same(e, 1, n)

		got, err := e.Link(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, ztp.LinkNeedsAttention, got.State)
		same(e, at, got.RestoredAt)
		same(e, ztp.CodeDatabaseRestored, got.Error.Code)
		same(e, 1, got.Active)
		same(e, 10, got.NextCredential) // no number is given twice
		attention, err := e.CountAttention(e.ctx)
		e.must(err)
		same(e, map[ztp.VendorName]int{vendor: 1}, attention)
		rows, err := e.Credentials(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, 1, len(rows))
		_, err = e.OpenCredential(e.ctx, p.ID, vendor, 1)
		e.must(err)

		op, err := e.Operation(e.ctx, running.ID)
		e.must(err)
		same(e, ztp.OperationNeedsOperator, op.State)
		same(e, ztp.StepFailed, op.Steps[0].State)
		same(e, ztp.CodeDatabaseRestored, op.Error.Code)
		if err := e.SaveOperation(e.ctx, running, time.Minute); err != ztp.ErrLeaseLost {
			e.Errorf("a worker from before writes on: %v", err)
		}
		phone, err := e.Endpoint(e.ctx, p.ID, e.mac("000413A11FA7"))
		e.must(err)
		same(e, ztp.EndpointFailed, phone.State)
		same(e, ztp.CodeDatabaseRestored, phone.Error.Code)
		untouched, err := e.Link(e.ctx, other.ID, vendor)
		e.must(err)
		same(e, int64(0), untouched.Version)
	},
	"LaterKeys": func(e *env) {
		l := e.link(e.platform("acme"))
		l.RestoredAt, l.Later = start, []ztp.VendorKey{{ID: "ck_7", Name: "zt:test:…:7", Role: "r"}}
		e.must(e.SaveLink(e.ctx, l))
		got, err := e.Link(e.ctx, l.Platform, vendor)
		e.must(err)
		same(e, l.Later, got.Later)
		same(e, start, got.RestoredAt)
	},
}
