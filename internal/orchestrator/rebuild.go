package orchestrator

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// A rebuild takes up a company of which nothing is known here but what its label says:
// the database that made it is lost, and the keys with it. Its link counts as from a
// backup until its own key is in force, so that keys of ours that are in the company are
// taken note of and left alone. It writes nothing at the vendor but its key and, as a
// proof, our profile as it was read: phones in service notice nothing.

// readKeys learns which keys of ours are in the company, so that no number is given twice.
func (r *run) readKeys(ctx context.Context) error {
	_, _, s, err := r.companyKeys(ctx)
	if err != nil {
		return err
	}
	r.op.Data.Foreign = s.foreign
	r.stepNote(ztp.StepReadKeys, "%d of ours from before, %d that we did not make", len(r.link.Later), len(s.foreign))
	return r.laterLink(ctx, func(l *ztp.Link) error {
		l.NextCredential = max(l.NextCredential, firstAfterLoss(s.highest))
		return nil
	})
}

// firstAfterLoss is the first number for new keys. Those above the highest one that is
// seen may have been given too, to keys that are gone or were refused; and should the
// lost database be alive somewhere, it sees at once that it is not alone.
func firstAfterLoss(highest int) int { return (highest/100+1)*100 + 1 }

// makeRoom is for a company that takes no further key, while those of a lost database
// are in it.
func (r *run) makeRoom(ctx context.Context, cause error) error {
	if ztp.CodeOf(cause) != ztp.CodeVendorKeyQuota || len(r.link.Later) == 0 {
		return cause
	}
	if !r.op.Params.RevokeOld {
		return fail(&ztp.Error{
			Code: ztp.CodeVendorKeyQuota, Keys: r.link.Later, Err: cause,
			Detail: "The keys named are ours, and their secrets are lost. If no other copy of this installation is running, rebuild with --revoke-old-keys.",
		})
	}
	if err := r.revokeLost(ctx); err != nil {
		return err
	}
	return &rest{until: r.o.now(), reason: "Room was made for the new key"}
}

// revokeLost ends the keys of ours whose secret is lost, as somebody has asked for.
func (r *run) revokeLost(ctx context.Context) error {
	by, err := r.reseller(ctx)
	if err != nil {
		return err
	}
	for len(r.link.Later) > 0 {
		err := r.revokeForeign(ctx, by, r.link.Later[0].ID, sorted{later: r.link.Later, foreign: r.op.Data.Foreign})
		if err == nil {
			continue
		}
		if err = r.resellerError(err); r.link.Active == 0 || !refusedForGood(err) {
			return err
		}
		return needsOperator(&ztp.Error{
			Code: ztp.CodeOf(err), Err: err, Keys: r.link.Later,
			Detail: "The new key is in force and everything was read back. The keys named are ours from before, and were not revoked. " + ztp.AsError(err).Detail,
		})
	}
	return nil
}

// proveAfterLoss is the proof of a rebuild's key: our profiles are written as they are
// read. Where one is paused nothing is written, and nothing put in force: the platform
// was disabled, and only a person starts it again.
func (r *run) proveAfterLoss(ctx context.Context, key ztp.APIKey) error {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil
	}
	all, err := r.listProfiles(ctx, keeper, key)
	if err != nil {
		return r.notProven(ctx, err)
	}
	ours := r.labelledProfiles(all)
	if anyPaused(ours) {
		if err := r.readAddress(ctx, key, ours); err != nil {
			return r.notProven(ctx, err)
		}
		r.leaveOff(ztp.ProfilePaused)
		return r.firstIsPrimary(ctx)
	}
	if slices.ContainsFunc(r.info.ProductGroups, func(group string) bool { return ours[group].ID == "" }) {
		if err := r.firstIsPrimary(ctx); err != nil { // its address goes into what is missing
			return err
		}
		if err := r.flush(ctx); err != nil {
			return err
		}
		if p, err := r.o.cfg.Store.Platform(ctx, string(r.op.Platform)); err != nil || p.Primary == "" {
			r.leaveOff(ztp.NothingToProve)
			return storeFailure(err)
		}
	}
	if err := r.writeProfiles(ctx, key, false); err != nil {
		return r.notProven(ctx, err)
	}
	return r.firstIsPrimary(ctx)
}

func storeFailure(err error) error {
	if err == nil {
		return nil
	}
	return &storeError{err}
}

// labelledProfiles are ours by product group, those of groups that are not configured
// here included.
func (r *run) labelledProfiles(all []ztp.VendorProfile) map[string]ztp.VendorProfile {
	ours := map[string]ztp.VendorProfile{}
	for _, p := range all {
		if group, ok := r.labels.ProfileGroup(p.Name); ok && ours[group].ID == "" {
			ours[group] = p
		}
	}
	return ours
}

func anyPaused(ours map[string]ztp.VendorProfile) bool {
	for _, p := range ours {
		if !p.Enabled {
			return true
		}
	}
	return false
}

// readAddress learns the address of the profile where it is not written.
func (r *run) readAddress(ctx context.Context, key ztp.APIKey, ours map[string]ztp.VendorProfile) error {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	p := ours[r.info.ProductGroups[0]]
	if !ok || p.ID == "" {
		return nil
	}
	var got ztp.VendorProfile
	err := r.call(ctx, func(ctx context.Context) (err error) {
		got, err = keeper.Profile(ctx, key, r.link.CompanyID, p.ID)
		return err
	})
	if err != nil {
		return err
	}
	return r.takeAddress(ctx, r.info.ProductGroups[0], got.URL)
}

// leaveOff plans the end of a rebuild that puts no key in force: its key is revoked.
func (r *run) leaveOff(why ztp.NotInForce) {
	r.rebuilt(func(b *ztp.Rebuilt) { b.NotInForce = why })
	for i := range r.op.Steps {
		if r.op.Steps[i].Name == ztp.StepActivate {
			r.op.Steps[i] = ztp.Step{Name: ztp.StepRevokeMade, State: ztp.StepPending}
		}
	}
}

// rebuilt changes what the operation has learnt; the next commit keeps it.
func (r *run) rebuilt(change func(b *ztp.Rebuilt)) {
	var b ztp.Rebuilt
	if r.op.Data.Rebuilt != nil {
		b = *r.op.Data.Rebuilt
	}
	change(&b)
	r.op.Data.Rebuilt = &b
}

// rebuiltEnd is the link at the end of a rebuild: what it could not take is said, until
// somebody has looked at it.
func (r *run) rebuiltEnd(l *ztp.Link) (err error) {
	r.rebuilt(func(b *ztp.Rebuilt) { b.Cursor, b.OldKeys = "", slices.Clone(l.Later) })
	keys := append(slices.Clone(l.Later), r.op.Data.Foreign...)
	l.Error = ztp.ProblemOf(ztp.RebuiltFinding(r.info.Title, *r.op.Data.Rebuilt, keys), r.o.now(), r.op.Actor.RequestID)
	if l.Active == 0 {
		l.CheckedAt = r.o.now()
		l.RestoredAt = time.Time{}
		*l, err = l.Move(ztp.LinkNotConfigured)
	}
	return err
}
