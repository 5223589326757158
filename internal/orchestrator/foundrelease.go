package orchestrator

import (
	"context"
	"slices"

	"zerotouch.example/internal/ztp"
)

// What is given up because of what a sync has found is looked at once more, right before:
// since then somebody may have changed the phone in the vendor's portal, and a phone that
// a list did not show may have been there all along. A release can't be taken back.

// foundAs are the findings of phones that are to be given up for them; nil for an
// operation that was not asked for that. A phone without one any more, as of an operation
// that was taken up again after another sync, has an empty finding.
func (r *run) foundAs(ctx context.Context, items []ztp.PhoneItem) (map[ztp.MAC]*ztp.Drift, error) {
	if r.op.Params.Findings != ztp.DriftRelease {
		return nil, nil
	}
	list, err := r.o.cfg.Store.PhoneSync(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return nil, err
	}
	found := map[ztp.MAC]*ztp.Drift{}
	for _, i := range items {
		d, err := r.o.cfg.Store.Drift(ctx, list.Operation, i.MAC)
		if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return nil, err
		}
		found[i.MAC] = &d
	}
	return found, nil
}

// stillAsFound reads a phone, and reports whether it is to be given up: the vendor has
// it as it was found.
func (r *run) stillAsFound(ctx context.Context, reg ztp.BulkRegistrar, key ztp.APIKey, company string, t *turn) bool {
	have, err := reg.Whole(ctx, key, company, t.item.MAC)
	switch {
	case ztp.IsVendorNotFound(err):
		t.fail(err) // it is gone already
		return false
	case err != nil:
		t.err, t.effect = err, ztp.EffectNotSent
		if ztp.VendorErrorOf(err).Effect == ztp.EffectLimited {
			t.effect = ztp.EffectLimited
		}
		return false
	}
	t.otherwise = !r.asFound(*t.found, have.VendorEndpoint)
	return !t.otherwise
}

// asFound compares what the vendor has with what was found.
func (r *run) asFound(d ztp.Drift, e ztp.VendorEndpoint) bool {
	same := func(now, found string) bool { return now == "" || found == "" || now == found } // a list may leave it out
	switch d.Class {
	case ztp.DriftUnknown, ztp.DriftOtherURL, ztp.DriftChanged:
		return e.Enabled == d.Enabled && same(e.Name, d.Name) && same(e.Group, d.ProductGroup) && r.hostAsFound(d, e)
	}
	return false // it was not there, or is no finding any more
}

// hostAsFound compares the hosts of addresses: the address itself is not kept. A finding
// of an address that is ours names none.
func (r *run) hostAsFound(d ztp.Drift, e ztp.VendorEndpoint) bool {
	host := ztp.HostOf(e.URL)
	if d.Host != "" || host == "" {
		return host == d.Host
	}
	var ours []string
	for _, template := range []string{ztp.TemplateFor(r.platform, r.o.cfg.URL).String(), r.link.AddressTemplate, d.AddressTemplate} {
		ours = append(ours, ztp.HostOf(ztp.NewSecret(template)))
	}
	return slices.Contains(ours, host)
}

// leftAsFound records that a phone was left alone: its finding stays, and a row that was
// made only to say what is being done is none any more.
func (r *run) leftAsFound(ctx context.Context, s ztp.Store, o outcome, e ztp.Endpoint, item *ztp.PhoneItem) error {
	now := r.o.now()
	item.Error = ztp.ProblemOf(ztp.Errorf(ztp.CodeFormOutdated, "%s has it otherwise than the sync has found it, so it was left alone. Compare anew.", r.info.Title), now, r.op.Actor.RequestID)
	if o.found.Operation != "" {
		if err := s.LeaveDrift(ctx, o.found.Operation, o.item.MAC); err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return err
		}
	}
	if o.found.Class != ztp.DriftUnknown || e.MAC.IsZero() || e.State == ztp.EndpointReleased {
		return nil
	}
	e.State, e.PausedBy, e.UpdatedAt = ztp.EndpointReleased, "", now
	return s.SaveEndpoint(ctx, e)
}
