package orchestrator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zerotouch.example/internal/ztp"
)

// maxLost is how many of the rows that a file is refused for are told one by one.
const maxLost = 1000

// takeRows makes the rows of a file phones here, and items of what is to be written at
// the vendor. They are taken by MAC, whatever their order in the file. Each part is one
// commit under the fence, with the MAC to go on from, so that a kill between two loses
// nothing and takes no row twice. Every row is looked at once more: what was free at the
// check may have been taken since.
func (r *run) takeRows(ctx context.Context) error {
	i, err := r.o.cfg.Store.Import(ctx, r.op.Params.Import)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return fail(ztp.Errorf(ztp.CodeNotFound, "The file of this import was removed."))
	}
	if err != nil {
		return &storeError{err}
	}
	order, err := r.o.cfg.Store.ImportOrder(ctx, i.ID)
	if err != nil {
		return &storeError{err}
	}
	if r.op.Data.Import == nil {
		r.op.Data.Import = &ztp.ImportProgress{Taken: i.Tally.Left(), Left: i.Tally.Left()}
	}
	if p := *r.op.Data.Import; !r.op.Params.SkipInvalid && !p.Checked {
		if err := r.checkRows(ctx, i, order); err != nil {
			return err
		}
		p.Checked = true
		r.op.Data.Import = &p
	}
	if err := r.takeParts(ctx, i, order); err != nil {
		return err
	}
	if err := r.putWords(ctx); err != nil {
		return err
	}
	p := r.op.Data.Import
	r.stepNote(ztp.StepSaveRows, "%s new, %d to change, %d left out", ztp.Counted(p.New, "phone", "phones"), p.Changed, p.Left)
	if p.Cancelled {
		r.stepNote(ztp.StepSaveRows, "%s new, %d to change, the rest cancelled before it was saved", ztp.Counted(p.New, "phone", "phones"), p.Changed)
	}
	return nil
}

// cancelledImport reports whether the operation was cancelled meanwhile. What was saved
// after that is cancelled, too.
func (r *run) cancelledImport(ctx context.Context, id ztp.ImportID) (bool, error) {
	i, err := r.o.cfg.Store.Import(ctx, id)
	if err != nil {
		return false, &storeError{err}
	}
	if i.CancelledAt.IsZero() {
		return false, nil
	}
	p := *r.op.Data.Import
	p.Cancelled = true
	return true, r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		r.op.Data.Import = &p
		_, err := s.CancelPhoneItems(ctx, r.op.ID, r.o.now())
		return err
	})
}

// checkRows refuses the whole file when one of its rows can't be taken any more, before
// the first one is. What is lost to somebody else after that, while the parts are taken,
// is left out alone.
func (r *run) checkRows(ctx context.Context, i ztp.Import, order []ztp.ImportPlace) error {
	var were, lost []ztp.ImportRow
	left := i.Tally.Left() // found before a kill
	for places := range slices.Chunk(order, r.o.cfg.ImportPart) {
		rows, err := r.o.cfg.Store.ImportRowsAt(ctx, i.ID, places)
		if err != nil {
			return &storeError{err}
		}
		if err := r.alive(ctx); err != nil {
			return err
		}
		now, _, err := r.judgeRows(ctx, r.o.cfg.Store, i, rows)
		if err != nil {
			return &storeError{err}
		}
		for n, row := range now {
			if row.Outcome.OK() {
				continue
			}
			if left++; len(lost) < maxLost {
				were, lost = append(were, rows[n]), append(lost, row)
			}
		}
	}
	if left == 0 {
		return nil
	}
	if err := r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error { return r.settleRows(ctx, s, i, were, lost) }); err != nil {
		return err
	}
	return fail(ztp.Errorf(ztp.CodeInvalid, "%s can't be taken any more%s. Nothing of the file was taken. Look at the rows, then check the file again.",
		ztp.Counted(left, "row", "rows"), lostLines(lost)))
}

// lostLines names the first lines that can't be taken.
func lostLines(lost []ztp.ImportRow) string {
	var words []string
	for _, row := range lost[:min(len(lost), 5)] {
		words = append(words, fmt.Sprintf("line %d: %s", row.Line, row.Faults[0].Text))
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.TrimSuffix(strings.Join(words, "; "), ".") + ")"
}

// judgeRows looks at rows that could be taken at the check as things are by now, and
// returns the phones that are there.
func (r *run) judgeRows(ctx context.Context, s ztp.Store, i ztp.Import, rows []ztp.ImportRow) ([]ztp.ImportRow, map[ztp.MAC]ztp.Endpoint, error) {
	var macs []ztp.MAC
	for _, row := range rows {
		if row.Outcome.OK() {
			macs = append(macs, row.MAC)
		}
	}
	have, err := s.EndpointsByMACs(ctx, i.Platform, macs)
	if err != nil {
		return nil, nil, err
	}
	elsewhere, err := s.MACsElsewhere(ctx, i.Platform, macs)
	if err != nil {
		return nil, nil, err
	}
	out := slices.Clone(rows)
	for n, row := range rows {
		if !row.Outcome.OK() {
			continue
		}
		there, err := r.accountThere(ctx, s, row.Account)
		if err != nil {
			return nil, nil, err
		}
		if !there {
			out[n] = row.Faulty("account", "The account was removed since the check, or has no provisioning token.", "Name another one.")
			continue
		}
		var e *ztp.Endpoint
		if h, ok := have[row.MAC]; ok {
			e = &h
		}
		out[n] = row.Against(i.Vendor, e, elsewhere[row.MAC], row.Outcome != ztp.RowNew && !slices.Contains(row.Changes, "pin"))
	}
	return out, have, nil
}

// accountThere tells whether phones can be the account's. What it says of one that is
// removed meanwhile comes out when its phone is saved; then the step begins again.
func (r *run) accountThere(ctx context.Context, s ztp.Store, id ztp.AccountID) (bool, error) {
	if there, ok := r.holders[id]; ok {
		return there, nil
	}
	a, err := s.Account(ctx, r.op.Platform, string(id))
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return false, err
	}
	if r.holders == nil {
		r.holders = map[ztp.AccountID]bool{}
	}
	r.holders[id] = err == nil && a.HasToken()
	return r.holders[id], nil
}
