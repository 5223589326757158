package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

var reconciliationTests = map[string]func(*env){
	"NeverAsked": func(e *env) {
		got, err := e.Reconciliation(e.ctx, vendor, "")
		e.must(err)
		same(e, ztp.Reconciliation{Vendor: vendor, Counts: map[ztp.RowClass]int{}}, got)
		_, err = e.ClaimReconciliation(e.ctx, "a", lease)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.ReconciliationRow(e.ctx, vendor, "none")
		e.wantCode(ztp.CodeNotFound, err)
	},
	"FromTheQuestionToTheEnd": func(e *env) {
		e.wantAsked(true, "")
		e.wantAsked(false, "")
		r := e.claim("a")
		if r.Run == "" || r.AskedBy != "ada" || r.Owner != "a" || !r.StartedAt.Equal(start) || !r.LeaseUntil.Equal(start.Add(lease)) {
			e.Errorf("claimed %+v", r)
		}
		_, err := e.ClaimReconciliation(e.ctx, "b", lease)
		e.wantCode(ztp.CodeNotFound, err)
		r.Done, r.Total = 3, 7
		e.clock.pass(lease / 2)
		e.must(e.SaveReconciliation(e.ctx, r, lease))
		e.clock.pass(lease / 2)
		_, err = e.ClaimReconciliation(e.ctx, "b", lease) // the lease was renewed
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.CompleteReconciliation(e.ctx, r, []ztp.ReconciliationRow{notOurs("c1")}, 5))
		got, err := e.Reconciliation(e.ctx, vendor, "")
		e.must(err)
		if got.Run != "" || !got.CompleteSince.Equal(start) || !got.CompleteAt.Equal(start.Add(lease)) || got.CompleteBy != "ada" || got.Counts[ztp.RowNotOurs] != 5 {
			e.Errorf("complete: %+v", got)
		}
		e.wantCode(ztp.CodeInternal, e.CompleteReconciliation(e.ctx, r, nil, 0))
		e.wantAsked(true, "")
	},
	"AnEndWithoutAResultKeepsTheLastComplete": func(e *env) {
		e.complete("", notOurs("c1"))
		e.clock.pass(time.Hour)
		e.wantAsked(true, "")
		r := e.claim("a")
		r.Attempt, r.Waiting, r.NextAt, r.Error = 1, "asks us to wait", e.clock.now().Add(time.Minute), &ztp.Problem{Code: ztp.CodeVendorUnavailable, At: start}
		e.must(e.SaveReconciliation(e.ctx, r, lease))
		e.wantCode(ztp.CodeInternal, e.SaveReconciliation(e.ctx, r, lease)) // it was given back
		_, err := e.ClaimReconciliation(e.ctx, "b", lease)
		e.wantCode(ztp.CodeNotFound, err)
		e.clock.pass(time.Minute)
		if r = e.claim("b"); r.Attempt != 1 || r.Error == nil || r.Done != 0 {
			e.Errorf("claimed again %+v", r)
		}
		r.Run = ""
		e.must(e.SaveReconciliation(e.ctx, r, lease))
		got, err := e.Reconciliation(e.ctx, vendor, "")
		e.must(err)
		if got.Run != "" || got.Error == nil || !got.CompleteAt.Equal(start) || got.Counts[ztp.RowNotOurs] != 1 {
			e.Errorf("after the end: %+v", got)
		}
	},
	"AnotherTakesOverWhenTheLeaseEnds": func(e *env) {
		e.wantAsked(true, "")
		dead := e.claim("a")
		e.clock.pass(lease)
		r := e.claim("b")
		e.wantCode(ztp.CodeInternal, e.SaveReconciliation(e.ctx, dead, lease))
		e.wantCode(ztp.CodeInternal, e.CompleteReconciliation(e.ctx, dead, []ztp.ReconciliationRow{notOurs("c1")}, 1))
		e.must(e.CompleteReconciliation(e.ctx, r, []ztp.ReconciliationRow{notOurs("c2")}, 1))
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor}, "c2")
	},
	"OneOfManyClaims": func(e *env) {
		e.wantAsked(true, "")
		var claimed atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if _, err := e.ClaimReconciliation(e.ctx, fmt.Sprint(i), lease); err == nil {
					claimed.Add(1)
				} else if !ztp.IsCode(err, ztp.CodeNotFound) {
					e.Error(err)
				}
			})
		}
		wg.Wait()
		if claimed.Load() != 1 {
			e.Errorf("claimed %d times", claimed.Load())
		}
	},
	"WhatWasCompleteIsReplacedWhole": func(e *env) {
		a, b := e.platform("acme"), e.platform("best")
		e.link(a)
		e.link(b)
		e.complete("", e.row(a, ztp.ReasonMatches, ""), e.row(b, ztp.ReasonKeyGone, "k1"), notOurs("c1"))
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor}, "best k1", "acme ", "c1")
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor, Class: ztp.RowMatching}, "acme ")
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor, Platform: b.ID}, "best k1")
		row := e.row(b, ztp.ReasonKeyGone, "k1")
		got, err := e.ReconciliationRow(e.ctx, vendor, row.ID)
		e.must(err)
		same(e, row, got)
		e.clock.pass(time.Second)
		e.complete("", e.row(a, ztp.ReasonProfilePaused, "p1"))
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor}, "acme p1")
		_, err = e.ReconciliationRow(e.ctx, vendor, row.ID)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"OnePlatformAlone": func(e *env) {
		a, b := e.platform("acme"), e.platform("best")
		e.link(a)
		e.link(b)
		e.complete("", e.row(a, ztp.ReasonMatches, ""), e.row(b, ztp.ReasonMatches, ""), notOurs("c1"))
		e.clock.pass(time.Minute)
		e.wantAsked(true, "")
		all := e.claim("a")
		e.wantAsked(false, a.ID) // answered by the open one
		e.must(e.SaveReconciliation(e.ctx, func() ztp.Reconciliation { r := all; r.Run = ""; return r }(), lease))
		e.wantAsked(true, a.ID)
		own := e.claim("a")
		e.wantAsked(true, "") // one platform does not answer for all
		all = e.claim("b")
		e.clock.pass(time.Second)
		e.must(e.CompleteReconciliation(e.ctx, own, []ztp.ReconciliationRow{e.row(a, ztp.ReasonKeyGone, "new")}, 0))
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor}, "acme new", "best ", "c1")
		e.must(e.CompleteReconciliation(e.ctx, all, []ztp.ReconciliationRow{
			e.rowAt(a, ztp.ReasonKeyGone, "old", start.Add(time.Minute)), e.rowAt(b, ztp.ReasonKeyGone, "k2", start.Add(time.Minute)),
		}, 0))
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor}, "acme new", "best k2")
		got, err := e.Reconciliation(e.ctx, vendor, a.ID)
		e.must(err)
		same(e, map[ztp.RowClass]int{ztp.RowOursOnly: 1}, got.Counts)
	},
	"RowsGoWithTheirPlatform": func(e *env) {
		a := e.platform("acme")
		l := e.link(a)
		e.complete("", e.row(a, ztp.ReasonKeyGone, "k1"))
		e.wantAsked(true, a.ID)
		r := e.claim("a")
		l.State = ztp.LinkNotConfigured
		e.must(e.SaveLink(e.ctx, l))
		e.must(e.DeletePlatform(e.ctx, a.ID))
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor})
		e.wantCode(ztp.CodeInternal, e.CompleteReconciliation(e.ctx, r, nil, 0))
		_, err := e.AskReconciliation(e.ctx, vendor, a.ID, "ada")
		e.wantCode(ztp.CodeNotFound, err)
		b := e.platform("best") // whose link does not exist: its row is left out
		e.complete("", e.row(b, ztp.ReasonKeyGone, "k1"), e.row(a, ztp.ReasonKeyGone, "k1"))
		e.wantRows(ztp.ReconciliationQuery{Vendor: vendor})
	},
	"ThousandsOfRows": func(e *env) {
		var rows []ztp.ReconciliationRow
		for i := range 2500 {
			rows = append(rows, notOurs(fmt.Sprintf("c%04d", i)))
		}
		e.complete("", rows...)
		all := pages(e, 1000, func(cursor string) (ztp.Page[ztp.ReconciliationRow], error) {
			return e.ReconciliationRows(e.ctx, ztp.ReconciliationQuery{Vendor: vendor, Cursor: cursor, Limit: 1000})
		})
		same(e, rows, all)
		_, err := e.ReconciliationRows(e.ctx, ztp.ReconciliationQuery{Vendor: vendor, Cursor: "x"})
		e.wantField("cursor", err)
	},
}

func (e *env) wantAsked(want bool, p ztp.PlatformID) {
	e.Helper()
	opened, err := e.AskReconciliation(e.ctx, vendor, p, "ada")
	e.must(err)
	if opened != want {
		e.Errorf("asked for %q: opened %t, want %t", p, opened, want)
	}
}

func (e *env) claim(owner string) ztp.Reconciliation {
	e.Helper()
	r, err := e.ClaimReconciliation(e.ctx, owner, lease)
	e.must(err)
	return r
}

// complete runs a reconciliation that finds rows.
func (e *env) complete(p ztp.PlatformID, rows ...ztp.ReconciliationRow) {
	e.Helper()
	e.wantAsked(true, p)
	e.must(e.CompleteReconciliation(e.ctx, e.claim("a"), rows, 1))
}

func (e *env) row(p ztp.Platform, reason ztp.RowReason, object string) ztp.ReconciliationRow {
	return e.rowAt(p, reason, object, e.clock.now())
}

func (e *env) rowAt(p ztp.Platform, reason ztp.RowReason, object string, at time.Time) ztp.ReconciliationRow {
	return ztp.ReconciliationRow{
		Vendor: vendor, Platform: p.ID, Kind: ztp.RowKey, Reason: reason, CompanyID: "c-" + p.Slug, ObjectID: object, Number: 2,
		Name: p.Slug, Detail: "more", SeenAt: at,
	}.WithID()
}

func notOurs(company string) ztp.ReconciliationRow {
	return ztp.ReconciliationRow{
		Vendor: vendor, Kind: ztp.RowCompany, Reason: ztp.ReasonCompanyNotOurs, CompanyID: company, SeenAt: start,
	}.WithID()
}

// wantRows compares rows by name and object, others by company.
func (e *env) wantRows(q ztp.ReconciliationQuery, want ...string) {
	e.Helper()
	page, err := e.ReconciliationRows(e.ctx, q)
	e.must(err)
	var got []string
	for _, r := range page.Items {
		if r.Platform == "" {
			got = append(got, r.CompanyID)
			continue
		}
		got = append(got, r.Name+" "+r.ObjectID)
	}
	same(e, want, got)
}
