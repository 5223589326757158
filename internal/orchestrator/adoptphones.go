package orchestrator

import (
	"context"
	"fmt"
	"slices"

	"zerotouch.example/internal/ztp"
)

// What is done about findings of a sync that somebody has picked. The pick is one
// statement of the commit that asks for the operation; the work goes through it in
// chunks, each one commit with how far it has come, so that a restart goes on there.

// adoptAtOnce is how many phones one commit takes.
const adoptAtOnce = 1000

// adoptPhones registers here what the vendor has, as it is. No vendor is called.
func (r *run) adoptPhones(ctx context.Context) error {
	for {
		if r.stopping() {
			return errStopped
		}
		page, err := r.o.cfg.Store.Drifts(ctx, ztp.DriftQuery{PickedBy: r.op.ID, Limit: adoptAtOnce})
		if err != nil {
			return &storeError{err}
		}
		if len(page.Items) == 0 {
			r.stepNote(ztp.StepAdoptPhones, "%s adopted%s", ztp.Counted(r.op.Data.Handled, "phone", "phones"), r.notPicked())
			return nil
		}
		if err := r.adoptSome(ctx, page.Items); err != nil {
			return err
		}
	}
}

// adoptSome registers phones and takes them off the list. One that somebody else has
// meanwhile stays in it.
func (r *run) adoptSome(ctx context.Context, some []ztp.Drift) error {
	before := r.op.Data
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		r.op.Data = before // it may run again
		rows, alone, err := r.adopted(ctx, s, some)
		if err != nil {
			return err
		}
		taken, err := s.AddEndpoints(ctx, r.op.Platform, rows)
		if err != nil {
			return err
		}
		alone = append(alone, taken...)
		if err := r.leave(ctx, s, some[0].Operation, alone); err != nil {
			return err
		}
		r.op.Data.Handled += len(some) - len(alone)
		r.stepNote(ztp.StepAdoptPhones, "%d of %d adopted", r.op.Data.Handled, r.op.Data.Total)
		return s.SettleDrifts(ctx, r.op.Platform, r.op.Vendor, r.op.ID, some[len(some)-1].MAC)
	})
}

// leave gives back what this operation has picked and does nothing about.
func (r *run) leave(ctx context.Context, s ztp.Store, list ztp.OperationID, macs []ztp.MAC) error {
	for _, mac := range macs {
		if err := s.LeaveDrift(ctx, list, mac); err != nil {
			return err
		}
		r.op.Data.NotPicked++
	}
	return nil
}

// notPicked says how many phones were left alone.
func (r *run) notPicked() string {
	if r.op.Data.NotPicked == 0 {
		return ""
	}
	return fmt.Sprintf("; %d left alone, which were changed since or are registered elsewhere", r.op.Data.NotPicked)
}

// adopted are the rows of phones as the vendor has them, and those for which there is no
// account any more.
func (r *run) adopted(ctx context.Context, s ztp.Store, some []ztp.Drift) (rows []ztp.Endpoint, alone []ztp.MAC, err error) {
	there := map[ztp.AccountID]bool{"": false}
	for _, d := range some {
		for _, id := range []ztp.AccountID{d.Account, r.op.Params.Account} {
			if _, known := there[id]; known {
				continue
			}
			_, err := s.Account(ctx, r.op.Platform, string(id))
			if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
				return nil, nil, err
			}
			there[id] = err == nil
		}
		if !there[d.Account] {
			d.Account, d.AddressTemplate, d.AddressTokenID = "", "", ""
		}
		row := r.adoptedRow(d)
		if !there[row.Account] {
			alone = append(alone, d.MAC)
			continue
		}
		rows = append(rows, row)
	}
	return rows, alone, nil
}

// adoptedRow is the row of a phone as the vendor has it, of the account in its address,
// or else of the one that the request names.
func (r *run) adoptedRow(d ztp.Drift) ztp.Endpoint {
	now := r.o.now()
	e := ztp.Endpoint{
		Platform: d.Platform, Vendor: d.Vendor, MAC: d.MAC, Account: d.Account, ProductGroup: d.ProductGroup, State: ztp.EndpointListed,
		AddressTemplate: d.AddressTemplate, AddressTokenID: d.AddressTokenID, Found: d.Account == "",
		CreatedAt: now, ConfirmedAt: d.FoundAt, UpdatedAt: now,
	}
	if e.Account == "" {
		e.Account = r.op.Params.Account
	}
	if e.ProductGroup == "" {
		e.ProductGroup = r.info.ProductGroups[0]
	}
	if d.Name != "" && ztp.ValidName(d.Name) {
		e.Name = d.Name
	}
	if !d.Enabled {
		e.State, e.WantPaused, e.PausedBy = ztp.EndpointPaused, true, r.op.ID
	}
	return e
}

// takePicked makes items of what was picked, to be written or given up by the steps that
// follow. What was changed here since it was found is left alone. A phone that is to be
// given up and is not registered here is registered first, as what the vendor has, so
// that a row says what is being done at the vendor.
func (r *run) takePicked(ctx context.Context) error {
	for {
		if r.stopping() {
			return errStopped
		}
		page, err := r.o.cfg.Store.Drifts(ctx, ztp.DriftQuery{PickedBy: r.op.ID, After: r.op.Data.Picked, Limit: adoptAtOnce})
		if err != nil {
			return &storeError{err}
		}
		if len(page.Items) == 0 {
			t, err := r.o.cfg.Store.CountPhoneItems(ctx, r.op.ID)
			if err != nil {
				return &storeError{err}
			}
			r.stepNote(ztp.StepTakePicked, "%s taken%s", ztp.Counted(t.Total(), "phone", "phones"), r.notPicked())
			return nil
		}
		if err := r.takeSome(ctx, page.Items); err != nil {
			return err
		}
	}
}

// takeSome makes items of a page of what was picked, but for what somebody has taken back
// by cancelling.
func (r *run) takeSome(ctx context.Context, page []ztp.Drift) error {
	before, now := r.op.Data, r.o.now()
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		r.op.Data = before // it may run again
		r.op.Data.Picked = page[len(page)-1].MAC
		some, err := s.StillPicked(ctx, r.op.ID, page)
		if err != nil || len(some) == 0 {
			return err
		}
		alone, err := r.rowsForPicked(ctx, s, some)
		if err != nil {
			return err
		}
		item := ztp.PhoneItem{Operation: r.op.ID, Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, UpdatedAt: now}
		if r.op.Params.Findings == ztp.DriftRelease {
			item.Action = ztp.ItemRelease
		}
		var items []ztp.PhoneItem
		for _, d := range some {
			if item.MAC = d.MAC; !slices.Contains(alone, d.MAC) {
				items = append(items, item)
			}
		}
		return s.AddPhoneItems(ctx, r.op.Platform, r.op.Vendor, items)
	})
}

// rowsForPicked sees to it that each has a row, and gives back those that are to be left
// alone.
func (r *run) rowsForPicked(ctx context.Context, s ztp.Store, some []ztp.Drift) (alone []ztp.MAC, err error) {
	macs := make([]ztp.MAC, len(some))
	for i, d := range some {
		macs[i] = d.MAC
	}
	rows, err := s.EndpointsByMACs(ctx, r.op.Platform, macs)
	if err != nil {
		return nil, err
	}
	held, err := s.HeldPhones(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return nil, err
	}
	unknown, known, alone := r.sorted(some, rows, held)
	// Saved as they are: of two who ask for something about a phone, one finds the other.
	if _, err := s.SaveEndpoints(ctx, r.op.Platform, known); err != nil {
		return nil, err
	}
	made, without, err := r.adopted(ctx, s, unknown)
	if err != nil {
		return nil, err
	}
	taken, err := s.AddEndpoints(ctx, r.op.Platform, made)
	if err != nil {
		return nil, err
	}
	alone = append(append(alone, without...), taken...)
	return alone, r.leave(ctx, s, some[0].Operation, alone)
}

// sorted are the phones that need a row, those that have one, and those that are to be
// left alone.
func (r *run) sorted(some []ztp.Drift, rows map[ztp.MAC]ztp.Endpoint, held map[ztp.MAC]ztp.Operation) (unknown []ztp.Drift, known []ztp.Endpoint, alone []ztp.MAC) {
	for _, d := range some {
		row := rows[d.MAC]
		_, asked := held[d.MAC]
		switch knows := r.knows(row); {
		case knows != (d.Class != ztp.DriftUnknown), knows && row.UpdatedAt.After(d.FoundAt), row.MovedTo != "", asked:
			alone = append(alone, d.MAC)
		case !knows:
			unknown = append(unknown, d)
		default:
			known = append(known, row)
		}
	}
	return unknown, known, alone
}
