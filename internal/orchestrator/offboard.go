package orchestrator

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"zerotouch.example/internal/ztp"
)

// An off-boarding is a Disable that gives up what a Disable keeps: first the phones, as
// items of the operation and batch by batch like those of a bulk (releaseAll), then the
// profiles, then the keys. What signs goes last. Until the first step is over it can be
// cancelled between two phones. What became of it is written into the receipt by the
// operation's last commit.

// offboard is what the operation has found and done beside the phones.
func (r *run) offboard() *ztp.OffboardData {
	if r.op.Data.Offboard == nil {
		r.op.Data.Offboard = &ztp.OffboardData{}
	}
	return r.op.Data.Offboard
}

// releaseAll gives every phone of the link up, and goes on only when the vendor's list
// shows none of them any more. Nothing else of the link writes phones meanwhile; what was
// sent before and got no answer is waited for.
func (r *run) releaseAll(ctx context.Context) error {
	ctx = r.inTurn(ctx)
	reg, err := r.whole()
	if err != nil {
		return err
	}
	err = r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		_, err := s.AddReleaseItems(ctx, r.op.Platform, r.op.Vendor, r.op.ID, r.o.now())
		return err
	})
	if err == nil {
		err = r.countItems(ctx)
	}
	if err != nil {
		return err
	}
	if r.link.CompanyID == "" {
		err = r.releaseHere(ctx)
	} else if err = r.releaseDoubts(ctx); err == nil {
		_, err = r.writeQueued(ctx, reg)
	}
	if err != nil {
		return r.otherSigner(ctx, err)
	}
	over, err := r.releasesEnded(ctx)
	if err != nil || over || r.link.CompanyID == "" {
		return err
	}
	return r.otherSigner(ctx, r.noneListed(ctx, reg))
}

// releaseDoubts gives up too what the vendor may have got from another operation last,
// whatever its row says.
func (r *run) releaseDoubts(ctx context.Context) error {
	doubtful, err := r.takeDoubts(ctx)
	if err != nil || len(doubtful) == 0 {
		return err
	}
	now := r.o.now()
	items := make([]ztp.PhoneItem, len(doubtful))
	for i, mac := range doubtful {
		items[i] = ztp.PhoneItem{Operation: r.op.ID, MAC: mac, Action: ztp.ItemRelease, State: ztp.PhoneItemSent, Deadline: now, UpdatedAt: now}
	}
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error { return s.AddPhoneItems(ctx, r.op.Platform, r.op.Vendor, items) })
}

// releaseHere is for a link without a company: the vendor has nothing of its phones.
func (r *run) releaseHere(ctx context.Context) error {
	b := &bulk{size: 500}
	for {
		items, err := r.nextItems(ctx, b, false)
		if err != nil || len(items) == 0 {
			return err
		}
		macs := make([]ztp.MAC, len(items))
		for i, item := range items {
			macs[i] = item.MAC
			r.note("endpoint.removed", item.MAC.String(), r.info.Title+" held nothing under it")
		}
		err = r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
			rows, err := s.EndpointsByMACs(ctx, r.op.Platform, macs)
			if err != nil {
				return err
			}
			for i, mac := range macs {
				items[i].State, items[i].UpdatedAt = ztp.PhoneItemDone, r.op.UpdatedAt
				e := rows[mac]
				if e.State == ztp.EndpointReleased {
					continue
				}
				e.State, e.Error, e.PausedBy, e.MovedTo, e.UpdatedAt = ztp.EndpointReleased, nil, "", "", r.op.UpdatedAt
				if err := s.SaveEndpoint(ctx, e); err != nil {
					return err
				}
			}
			_, err = s.SavePhoneItems(ctx, items)
			return err
		})
		if err != nil {
			return err
		}
	}
}

// givesUpAsReseller reports whether phones are given up with the reseller credential, which
// may not be allowed to.
func (r *run) givesUpAsReseller() bool {
	return r.op.Kind == ztp.KindOffboard && r.op.Data.Mode == modeReseller
}

// releaseKey signs what an off-boarding does with phones: the platform's key as long as
// there is one, else the reseller credential if it may, else a key made for it.
func (r *run) releaseKey(ctx context.Context) (ztp.APIKey, error) {
	if r.op.Data.Mode == "" {
		rows, err := r.credentials(ctx)
		if err != nil {
			return ztp.APIKey{}, err
		}
		r.op.Data.Mode = modeReseller
		for _, c := range rows {
			if r.pasted() || c.Sealed && (c.State == ztp.CredentialActive || c.State == ztp.CredentialCreated) {
				r.op.Data.Mode = modePlatform
			}
		}
	}
	by, err := r.disabler(ctx, r.op.Data.Mode)
	if err == nil && by.ID == "" {
		err = fail(ztp.Errorf(ztp.CodeVendorKeyRejected, "No key is left that could give the phones up. Connect the platform once more with a key made in the portal of %s, then off-board it.", r.info.Title))
	}
	return by, err
}

// otherSigner takes another key where the one that was used may not do this, or is dead.
func (r *run) otherSigner(ctx context.Context, err error) error {
	if err == nil || isEnd(err) {
		return err
	}
	switch v := ztp.VendorErrorOf(err); {
	case r.op.Data.Mode == modeReseller && v.Denied:
		r.settled(false)
		r.op.Data.Mode = modePlatform
		return &rest{until: r.o.now(), reason: "The reseller credential may not write below the company; going on with a key of the platform"}
	case r.op.Data.Mode == modeReseller:
		return r.resellerError(err)
	case keyRefused(err):
		r.settled(false)
		switch gone, err := r.companyGone(ctx); {
		case err != nil:
			return err
		case gone: // it took its keys along
			return &rest{until: r.o.now(), reason: "The company is gone at the vendor"}
		}
		by, derr := r.disabler(ctx, modePlatform)
		if derr != nil && !keyRefused(derr) {
			return derr
		}
		return r.keyIsDead(ctx, by)
	}
	return err
}

// releasesEnded reports whether the off-boarding ends here, because phones were refused
// or somebody has cancelled: profile and keys stay as they are then.
func (r *run) releasesEnded(ctx context.Context) (over bool, err error) {
	if err := r.flush(ctx); err != nil {
		return false, err
	}
	t, err := r.o.cfg.Store.CountPhoneItems(ctx, r.op.ID)
	if err != nil {
		return false, &storeError{err}
	}
	r.op.Data.Total, r.op.Data.Handled = t.Total(), t.Over()
	r.stepNote(ztp.StepReleaseAll, "%s", releaseNote(t))
	switch {
	case t[ztp.PhoneItemFailed] > 0:
		return true, r.phonesRefused(ctx, t[ztp.PhoneItemFailed])
	case t[ztp.PhoneItemCancelled] > 0:
		return true, r.offboardCancelled(ctx)
	}
	return false, nil
}

// releaseNote counts in the words of a release.
func releaseNote(t ztp.PhoneTally) string {
	parts := []string{fmt.Sprintf("%d given up", t[ztp.PhoneItemDone])}
	if n := t[ztp.PhoneItemFailed]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d refused", n))
	}
	if n := t[ztp.PhoneItemCancelled]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d left as they are", n))
	}
	return strings.Join(parts, ", ")
}

// phonesRefused ends an off-boarding whose phones the vendor does not let go of all.
func (r *run) phonesRefused(ctx context.Context, n int) error {
	page, err := r.o.cfg.Store.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: r.op.ID, State: ztp.PhoneItemFailed, Limit: 5})
	if err != nil {
		return &storeError{err}
	}
	var some []string
	why := ""
	for _, i := range page.Items {
		some = append(some, i.MAC.String())
		if why == "" && i.Error != nil {
			why = i.Error.Detail
		}
	}
	return fail(ztp.Errorf(ztp.CodeVendorRejected, "%s refused to give %s up: %s. Profile and keys are untouched. %s",
		r.info.Title, ztp.Counted(n, "phone", "phones"), strings.Join(some, ", "), why))
}

// offboardCancelled skips what is left. A link without a key in force still revokes what
// was made for this; else the link goes on with its key.
func (r *run) offboardCancelled(ctx context.Context) error {
	r.offboard().Cancelled = true
	kept := r.link.Active != 0
	for i := range r.op.Steps {
		s := &r.op.Steps[i]
		keys := s.Name == ztp.StepRevokeKeys || s.Name == ztp.StepConfirm
		if s.State == ztp.StepPending && (kept || !keys) {
			s.State, s.At = ztp.StepSkipped, r.o.now()
		}
	}
	if !kept {
		return nil
	}
	return r.laterLink(ctx, func(l *ztp.Link) (err error) {
		to := l.Rest()
		if r.op.Data.From == ztp.LinkNeedsAttention {
			to = ztp.LinkNeedsAttention
		}
		*l, err = l.Move(to)
		return err
	})
}

// maxStrangers is how many phones of the company that are not registered here are named.
const maxStrangers = 50

// noneListed reads the vendor's list. What this operation has given up and is still in it
// is given up once more, a few times; what nobody here has registered is counted and stays.
func (r *run) noneListed(ctx context.Context, reg ztp.BulkRegistrar) error {
	by, err := r.releaseKey(ctx)
	if err != nil {
		return err
	}
	var still []ztp.PhoneItem
	d := r.offboard()
	d.Strangers, d.StrangerMACs = 0, nil
	err = eachPage(func(cursor string) (page []ztp.VendorEndpoint, next string, err error) {
		err = r.call(ctx, func(ctx context.Context) (err error) {
			page, next, err = reg.ListEndpoints(ctx, by, r.link.CompanyID, cursor)
			return err
		})
		return page, next, err
	}, func(page []ztp.VendorEndpoint) error {
		rows, err := r.rowsOf(ctx, page)
		if err != nil {
			return err
		}
		for _, e := range page {
			row, known := rows[e.MAC]
			if known && (row.State != ztp.EndpointReleased || !row.UpdatedAt.Before(r.op.CreatedAt)) {
				still = append(still, ztp.PhoneItem{Operation: r.op.ID, MAC: e.MAC, Action: ztp.ItemRelease, State: ztp.PhoneItemSent, Deadline: r.o.now(), UpdatedAt: r.o.now()})
				continue
			}
			if d.Strangers++; len(d.StrangerMACs) < maxStrangers {
				d.StrangerMACs = append(d.StrangerMACs, e.MAC)
			}
		}
		return nil
	})
	switch {
	case ztp.IsVendorNotFound(err):
		if gone, gerr := r.companyGone(ctx); gone || gerr != nil {
			return gerr
		}
		if r.op.Attempt >= len(patientDelays) {
			return fail(err)
		}
		return &rest{until: r.o.now().Add(listLag), try: true, reason: r.info.Title + " has the company, and not the list of its phones"}
	case err != nil:
		return err
	case len(still) > 0:
		return r.releaseAgain(ctx, still)
	}
	return nil
}

// releaseAgain gives phones up once more that the vendor took the release of and lists.
func (r *run) releaseAgain(ctx context.Context, still []ztp.PhoneItem) error {
	if r.op.Data.Round >= maxRounds {
		return fail(ztp.Errorf(ztp.CodeVendorRejected, "%s took the release of %s and still lists them, %s among them. Profile and keys are untouched.",
			r.info.Title, ztp.Counted(len(still), "phone", "phones"), still[0].MAC))
	}
	r.op.Data.Round++
	err := r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		if err := s.AddPhoneItems(ctx, r.op.Platform, r.op.Vendor, still); err != nil {
			return err
		}
		_, err := s.SavePhoneItems(ctx, still)
		return err
	})
	if err != nil {
		return err
	}
	return r.giveTime()
}

// dropProfiles deletes the profiles, which are switched off by now. One that the vendor
// does not let us delete stays so.
func (r *run) dropProfiles(ctx context.Context) error {
	remover, ok := r.vendor.(ztp.ProfileRemover)
	if !ok || r.link.CompanyID == "" || len(r.link.Profiles) == 0 {
		return nil
	}
	by, err := r.disabler(ctx, r.op.Data.Mode)
	if err != nil {
		return r.otherSigner(ctx, err)
	}
	d := r.offboard()
	d.Off = 0
	for _, group := range sortedKeys(r.link.Profiles) {
		id := r.link.Profiles[group]
		if by.ID == "" { // a connected link whose key is dead
			d.Off++
			continue
		}
		if err := r.intent(ctx, "delete_profile", id, nil); err != nil {
			return err
		}
		err := r.call(ctx, func(ctx context.Context) error { return remover.DeleteProfile(ctx, by, r.link.CompanyID, id) })
		switch {
		case err == nil || ztp.IsVendorNotFound(err):
			r.settled(err == nil)
			d.Removed++
			r.note("profile.deleted", id, group)
			if err := r.laterLink(ctx, func(l *ztp.Link) error {
				l.Profiles = maps.Clone(l.Profiles)
				delete(l.Profiles, group)
				return nil
			}); err != nil {
				return err
			}
		case keyRefused(err) || r.op.Data.Mode == modeReseller && ztp.VendorErrorOf(err).Denied:
			return r.otherSigner(ctx, err)
		case refusedForGood(err):
			r.settled(false)
			d.Off++
			r.noteFailed("profile.not_deleted", id, err)
		default:
			return err
		}
	}
	r.stepNote(ztp.StepDropProfile, "%d deleted, %d only switched off", d.Removed, d.Off)
	return nil
}
