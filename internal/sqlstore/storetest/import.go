package storetest

import (
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

// imported is an import of the platform with that many rows, alternately new and invalid.
func (e *env) imported(a ztp.Account, rows int) (ztp.Import, []ztp.ImportRow) {
	e.Helper()
	i := ztp.Import{
		ID: ztp.ImportID(ztp.NewID()), Platform: a.Platform, Vendor: vendor, State: ztp.ImportReading, File: "phones.csv",
		Actor: ztp.System("test"), CreatedAt: start, ExpiresAt: start.Add(ztp.ImportPreviewKept),
	}
	e.must(e.CreateImport(e.ctx, i))
	i.Version = 1
	var all []ztp.ImportRow
	for n := range rows {
		r := ztp.ImportRow{Line: n + 2, MAC: e.mac(fmt.Sprintf("00041301%04x", n)), Account: a.ID, AccountRef: a.Slug, Name: "Réception",
			ProductGroup: "D-Series", Model: "D785", Serial: "s", Outcome: ztp.RowNew}
		if n%2 == 1 {
			r = ztp.ImportRow{Line: n + 2, Written: "1.23E+11", AccountRef: "x"}.Faulty("mac", "lost", "write it again")
		}
		all = append(all, r)
	}
	e.must(e.AddImportRows(e.ctx, a.Platform, i.ID, all))
	return i, all
}

func (e *env) importRows(q ztp.ImportRowQuery) []ztp.ImportRow {
	e.Helper()
	return pages(e, 2, func(cursor string) (ztp.Page[ztp.ImportRow], error) {
		q.Cursor, q.Limit = cursor, 2
		return e.ListImportRows(e.ctx, q)
	})
}

var importTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		i, rows := e.imported(a, 5)
		got, err := e.Import(e.ctx, i.ID)
		e.must(err)
		same(e, i, got)
		same(e, rows, e.importRows(ztp.ImportRowQuery{Import: i.ID}))
		same(e, rows[3:], e.importRows(ztp.ImportRowQuery{Import: i.ID, After: 4}))
		same(e, []ztp.ImportRow{rows[1], rows[3]}, e.importRows(ztp.ImportRowQuery{Import: i.ID, Outcome: ztp.RowInvalid}))
		tally, err := e.CountImportRows(e.ctx, i.ID)
		e.must(err)
		same(e, ztp.ImportTally{ztp.RowNew: 3, ztp.RowInvalid: 2}, tally)
		same(e, 5, tally.Total())
		i.State, i.Encoding, i.Separator, i.Ignored, i.Tally = ztp.ImportReady, "UTF-8", ";", []string{"notes"}, tally
		e.must(e.SaveImport(e.ctx, i))
		e.wantCode(ztp.CodeFormOutdated, e.SaveImport(e.ctx, i))
		i.Version = 2
		got, err = e.Import(e.ctx, i.ID)
		e.must(err)
		same(e, i, got)
		rows[0].Outcome, rows[0].Changes = ztp.RowChange, []string{"name"}
		e.must(e.SettleImportRows(e.ctx, i.ID, rows[:1]))
		same(e, rows[:1], e.importRows(ztp.ImportRowQuery{Import: i.ID, Outcome: ztp.RowChange}))
	},
	"Order": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		i, rows := e.imported(a, 4)
		more := rows[0]
		more.Line, more.MAC, more.Outcome = 20_009, e.mac("000413000001"), ztp.RowUnchanged // far behind, where another reads
		taken := ztp.ImportRow{Line: 10, MAC: e.mac("000413000002"), Account: a.ID, Outcome: ztp.RowTaken}
		e.must(e.AddImportRows(e.ctx, a.Platform, i.ID, []ztp.ImportRow{more, taken}))
		order, err := e.ImportOrder(e.ctx, i.ID)
		e.must(err)
		same(e, []ztp.ImportPlace{{MAC: more.MAC, Line: 20_009}, {MAC: rows[0].MAC, Line: 2}, {MAC: rows[2].MAC, Line: 4}}, order)
		got, err := e.ImportRowsAt(e.ctx, i.ID, order)
		e.must(err)
		same(e, []ztp.ImportRow{more, rows[0], rows[2]}, got)
	},
	"Results": func(e *env) {
		p := e.platform("acme")
		i, rows := e.imported(e.account(p, "main"), 4)
		o := e.operation(p, ztp.KindImport)
		i.State, i.Mode, i.Operation = ztp.ImportStarted, ztp.ImportSkipInvalid, o.ID
		e.must(e.SaveImport(e.ctx, i))
		bad := &ztp.Problem{Code: ztp.CodeEndpointTaken, At: start}
		e.must(e.AddPhoneItems(e.ctx, p.ID, vendor, []ztp.PhoneItem{
			{Operation: o.ID, MAC: rows[0].MAC, Action: ztp.ItemWrite, State: ztp.PhoneItemDone, Line: rows[0].Line, UpdatedAt: start},
			{Operation: o.ID, MAC: rows[2].MAC, Action: ztp.ItemWrite, State: ztp.PhoneItemFailed, Line: rows[2].Line, Error: bad, UpdatedAt: start},
		}))
		rows[0].State, rows[2].State, rows[2].Error = ztp.PhoneItemDone, ztp.PhoneItemFailed, bad
		same(e, rows, e.importRows(ztp.ImportRowQuery{Import: i.ID}))
		same(e, rows[2:3], e.importRows(ztp.ImportRowQuery{Import: i.ID, State: ztp.PhoneItemFailed}))
	},
	"PINs": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		i, _ := e.imported(a, 0)
		one, two, three := e.endpoint(a, "000413000001"), e.endpoint(a, "000413000002"), e.mac("000413000003")
		row := func(line int, mac ztp.MAC, outcome ztp.RowOutcome) ztp.ImportRow {
			return ztp.ImportRow{Line: line, MAC: mac, Account: a.ID, PIN: ztp.NewSecret("4711"), HasPIN: true, Outcome: outcome}
		}
		e.must(e.AddImportRows(e.ctx, a.Platform, i.ID, []ztp.ImportRow{row(2, one.MAC, ztp.RowChange), row(3, two.MAC, ztp.RowChange), row(4, three, ztp.RowTaken)}))
		pins := map[ztp.MAC]ztp.Secret{one.MAC: ztp.NewSecret("4711"), two.MAC: ztp.NewSecret("4712"), three: ztp.NewSecret("4711")}
		known, err := e.SamePINs(e.ctx, a.Platform, pins)
		e.must(err)
		same(e, map[ztp.MAC]bool{}, known)
		e.must(e.MoveImportPINs(e.ctx, a.Platform, i.ID, []ztp.ImportPlace{{MAC: one.MAC, Line: 2}}))
		known, err = e.SamePINs(e.ctx, a.Platform, pins)
		e.must(err)
		same(e, map[ztp.MAC]bool{one.MAC: true}, known)
		e.must(e.MoveImportPINs(e.ctx, a.Platform, i.ID, []ztp.ImportPlace{{MAC: two.MAC, Line: 3}, {MAC: three, Line: 4}}))
		known, err = e.SamePINs(e.ctx, a.Platform, pins)
		e.must(err)
		same(e, map[ztp.MAC]bool{one.MAC: true, two.MAC: false}, known)
		for _, r := range e.importRows(ztp.ImportRowQuery{Import: i.ID}) {
			same(e, true, r.HasPIN)
			same(e, true, r.PIN.IsZero()) // it never comes out
		}
	},
	"Removed": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		old, _ := e.imported(a, 3)
		running, _ := e.imported(a, 1)
		o := e.operation(p, ztp.KindImport)
		running.State, running.Mode, running.Operation = ztp.ImportStarted, ztp.ImportAllOrNothing, o.ID
		e.must(e.SaveImport(e.ctx, running))
		e.must(e.DropImports(e.ctx, old.ExpiresAt.Add(-time.Millisecond)))
		same(e, 2, len(pages(e, 1, func(cursor string) (ztp.Page[ztp.Import], error) {
			return e.ListImports(e.ctx, ztp.ImportQuery{Platform: p.ID, Cursor: cursor, Limit: 1})
		})))
		e.must(e.DropImports(e.ctx, old.ExpiresAt))
		_, err := e.Import(e.ctx, old.ID)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.ListImportRows(e.ctx, ztp.ImportRowQuery{Import: old.ID})
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.Import(e.ctx, running.ID)
		e.must(err)
		e.wantCode(ztp.CodeInUse, e.DeleteImport(e.ctx, running.ID))
		finish(e, o)
		seen, err := e.Import(e.ctx, running.ID)
		e.must(err)
		e.must(e.ExpireImport(e.ctx, running.ID))
		e.wantCode(ztp.CodeFormOutdated, e.SaveImport(e.ctx, seen)) // by who starts it meanwhile
		e.must(e.DeleteImport(e.ctx, running.ID))
		e.wantCode(ztp.CodeNotFound, e.DeleteImport(e.ctx, running.ID))
		e.wantCode(ztp.CodeNotFound, e.CreateImport(e.ctx, ztp.Import{ID: "x", Platform: "none", Vendor: vendor, State: ztp.ImportReading, CreatedAt: start, ExpiresAt: start}))
	},
	"ManyEndpoints": func(e *env) {
		a, b := e.account(e.platform("acme"), "main"), e.account(e.platform("other"), "main")
		theirs, ours := e.endpoint(b, "000413000001"), e.endpoint(a, "000413000002")
		macs := []ztp.MAC{theirs.MAC, ours.MAC, e.mac("000413000003")}
		elsewhere, err := e.MACsElsewhere(e.ctx, a.Platform, macs)
		e.must(err)
		same(e, map[ztp.MAC]bool{theirs.MAC: true}, elsewhere)
		ours.Name, ours.Model = "Büro", "D785"
		fresh := ours
		fresh.MAC, fresh.Version = macs[2], 0
		lostOne := fresh
		lostOne.MAC = theirs.MAC
		lost, err := e.SaveEndpoints(e.ctx, a.Platform, []ztp.Endpoint{fresh, ours, lostOne})
		e.must(err)
		same(e, []ztp.MAC{theirs.MAC}, lost)
		fresh.Version, ours.Version = 1, ours.Version+1
		have, err := e.EndpointsByMACs(e.ctx, a.Platform, macs)
		e.must(err)
		same(e, map[ztp.MAC]ztp.Endpoint{ours.MAC: ours, fresh.MAC: fresh}, have)
		ours.Version--
		_, err = e.SaveEndpoints(e.ctx, a.Platform, []ztp.Endpoint{ours})
		e.wantCode(ztp.CodeFormOutdated, err)
		ours.Version++
		ours.Account = "none"
		_, err = e.SaveEndpoints(e.ctx, a.Platform, []ztp.Endpoint{ours})
		e.wantCode(ztp.CodeFormOutdated, err)
	},
}
