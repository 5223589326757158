package orchestrator

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// takeParts takes what is not taken yet.
func (r *run) takeParts(ctx context.Context, i ztp.Import, order []ztp.ImportPlace) error {
	parts := slices.Collect(slices.Chunk(order[afterPlace(order, r.op.Data.Import.MAC):], r.o.cfg.ImportPart))
	var reading sync.WaitGroup
	defer reading.Wait()
	var ahead aheadPart
	read := func(n int) {
		if n < len(parts) {
			reading.Go(func() { ahead.part, ahead.err = r.readPart(ctx, i, parts[n]) })
		}
	}
	read(0)
	words := r.putWordsBeside(ctx)
	defer words.end()
	for n := range parts {
		if over, err := r.cancelledImport(ctx, i.ID); over || err != nil {
			return err
		}
		reading.Wait()
		if ahead.err != nil {
			return &storeError{ahead.err}
		}
		if r.stopping() {
			return errStopped
		}
		t := ahead.part
		t.before = *r.op.Data.Import // the commit may run more than once
		read(n + 1)
		if err := r.savePart(ctx, i, t, &reading); err != nil {
			return err
		}
		if err := words.after(ctx, len(t.phones)); err != nil {
			return err
		}
	}
	if err := words.wait(ctx); err != nil {
		return err
	}
	_, err := r.cancelledImport(ctx, i.ID) // while the last part was saved
	return err
}

// savePart commits a part. Should something have changed since it was judged, it is
// judged again once the next one is read, which looks at accounts, too.
func (r *run) savePart(ctx context.Context, i ztp.Import, t part, reading *sync.WaitGroup) error {
	err := r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error { return r.takePart(ctx, s, i, t) })
	if ztp.IsCode(err, ztp.CodeFormOutdated) {
		reading.Wait()
		err = r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error { return r.takeAgain(ctx, s, i, t) })
	}
	return err
}

// afterPlace is where the places after a MAC begin.
func afterPlace(order []ztp.ImportPlace, last ztp.MAC) int {
	at, _ := slices.BinarySearchFunc(order, last, func(p ztp.ImportPlace, mac ztp.MAC) int {
		if p.MAC.Compare(mac) <= 0 {
			return -1
		}
		return 1
	})
	return at
}

// aheadPart is the part that is read while another one is saved.
type aheadPart struct {
	part
	err error
}

// readPart reads a part and judges it, outside of a transaction. What it finds new is so
// as long as no row of the MAC stands in the way of its own, and what it finds here is as
// it was while its version is: both are what saving them goes by.
func (r *run) readPart(ctx context.Context, i ztp.Import, places []ztp.ImportPlace) (part, error) {
	rows, err := r.o.cfg.Store.ImportRowsAt(ctx, i.ID, places)
	if err != nil {
		return part{}, err
	}
	return r.judgePart(ctx, r.o.cfg.Store, i, part{places: places, checked: rows})
}

// judgePart makes phones of the rows that are to be written.
func (r *run) judgePart(ctx context.Context, s ztp.Store, i ztp.Import, t part) (part, error) {
	now, have, err := r.judgeRows(ctx, s, i, t.checked)
	if err != nil {
		return part{}, err
	}
	t.now, t.at, t.phones = now, r.o.now(), nil
	for _, row := range now {
		if !row.Outcome.Writes() {
			continue
		}
		var e *ztp.Endpoint
		if h, ok := have[row.MAC]; ok {
			e = &h
		}
		t.phones = append(t.phones, row.Onto(e, i.Platform, i.Vendor, r.info.ProductGroups[0], t.at))
	}
	return t, nil
}

// part is what a commit takes: where the rows are, what they were at the check and are
// now, the phones to write, and what was taken before.
type part struct {
	places       []ztp.ImportPlace
	checked, now []ztp.ImportRow
	phones       []ztp.Endpoint
	before       ztp.ImportProgress
	at           time.Time
}

// takePart is the transaction of a part.
func (r *run) takePart(ctx context.Context, s ztp.Store, i ztp.Import, t part) error {
	lost, err := s.TakeEndpoints(ctx, i.Platform, r.op.ID, t.phones)
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		t.now = slices.Clone(t.now)
	}
	for n, row := range t.now {
		if row.Outcome.Writes() && slices.Contains(lost, row.MAC) {
			t.now[n] = row.Against(i.Vendor, nil, true, true)
		}
	}
	return r.tookPart(ctx, s, i, t)
}

// takeAgain is the transaction of a part of which something has changed since it was
// judged.
func (r *run) takeAgain(ctx context.Context, s ztp.Store, i ztp.Import, t part) error {
	r.holders = nil
	now, err := r.judgePart(ctx, s, i, t)
	if err != nil {
		return err
	}
	return r.takePart(ctx, s, i, now)
}

// tookPart records what became of a part whose phones are saved.
func (r *run) tookPart(ctx context.Context, s ztp.Store, i ztp.Import, t part) error {
	var items []ztp.PhoneItem
	var were, moved []ztp.ImportRow
	pins := false
	for n, row := range t.now {
		pins = pins || row.HasPIN
		if row.Outcome.Writes() {
			items = append(items, ztp.PhoneItem{Operation: r.op.ID, MAC: row.MAC, Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, Line: row.Line, UpdatedAt: t.at})
		}
		if row.Outcome != t.checked[n].Outcome || !slices.Equal(row.Changes, t.checked[n].Changes) {
			were, moved = append(were, t.checked[n]), append(moved, row)
		}
	}
	if err := s.AddPhoneItems(ctx, i.Platform, i.Vendor, items); err != nil {
		return err
	}
	if err := r.settleRows(ctx, s, i, were, moved); err != nil {
		return err
	}
	if pins {
		if err := s.MoveImportPINs(ctx, i.Platform, i.ID, t.places); err != nil {
			return err
		}
	}
	r.op.Data.Import = t.after()
	if len(items) == 0 {
		return nil
	}
	return s.AppendEvent(ctx, ztp.Event{
		At: t.at, Actor: ztp.System("orchestrator").String(), Action: "endpoints.imported", Platform: i.Platform, Vendor: i.Vendor, Target: i.File,
		Operation: r.op.ID, Outcome: ztp.OutcomeOK, Detail: ztp.Counted(len(items), "phone", "phones"), RequestID: r.op.Actor.RequestID,
	})
}

// after is what was taken when this part was, too.
func (t part) after() *ztp.ImportProgress {
	p := t.before
	for _, row := range t.now {
		switch row.Outcome {
		case ztp.RowNew:
			p.New++
		case ztp.RowChange:
			p.Changed++
		case ztp.RowTaken, ztp.RowInvalid:
			p.Left++
		}
	}
	p.MAC, p.Taken = t.places[len(t.places)-1].MAC, p.Taken+len(t.now)
	return &p
}

// settleRows writes rows of which something else is true than at the check, and what
// that makes of the import's tally.
func (r *run) settleRows(ctx context.Context, s ztp.Store, i ztp.Import, were, rows []ztp.ImportRow) error {
	if len(rows) == 0 {
		return nil
	}
	if err := s.SettleImportRows(ctx, i.ID, rows); err != nil {
		return err
	}
	now, err := s.Import(ctx, i.ID)
	if err != nil {
		return err
	}
	for n, row := range rows {
		now.Tally[were[n].Outcome]--
		now.Tally[row.Outcome]++
	}
	maps.DeleteFunc(now.Tally, func(_ ztp.RowOutcome, n int) bool { return n == 0 })
	return s.SaveImport(ctx, now)
}
