package orchestrator

import (
	"context"
	"errors"
	"slices"

	"zerotouch.example/internal/ztp"
)

// What goes beyond the operation's own link: a second platform's link that it works on
// as on its own, and other platforms' companies that it reads.

// at lets f work on another platform's link: with that one's gate, key and rows, and
// events that belong to it. The operation stays the same one under the same fence. What
// f leaves for the next commit is committed before the run turns back; f gets the
// platform that it turns back to.
func (r *run) at(ctx context.Context, p ztp.PlatformID, f func(ctx context.Context, home ztp.PlatformID) error) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	home, platform, link := r.op.Platform, r.platform, r.link
	if err := r.turnTo(ctx, p); err != nil {
		return err
	}
	err := f(ctx, home)
	if ferr := r.flush(ctx); ferr != nil {
		err = ferr
	}
	r.stand(home, platform, link)
	return err
}

func (r *run) turnTo(ctx context.Context, p ztp.PlatformID) error {
	platform, err := r.o.cfg.Store.Platform(ctx, string(p))
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return fail(ztp.Errorf(ztp.CodeNotFound, "The other platform was removed meanwhile."))
	}
	if err != nil {
		return &storeError{err}
	}
	link, err := r.o.cfg.Store.Link(ctx, p, r.op.Vendor)
	if err != nil {
		return &storeError{err}
	}
	r.stand(p, platform, link)
	return nil
}

// stand makes a platform's link the one that steps work on. The key last borrowed was
// another link's.
func (r *run) stand(p ztp.PlatformID, platform ztp.Platform, link ztp.Link) {
	r.op.Platform, r.platform, r.link = p, platform, link
	r.labels, r.gate, r.borrowed = link.Labels(r.o.cfg.Installation), r.o.gates.of(p, r.op.Vendor), 0
}

// maxSiblings is how many companies are read to find out who has a MAC.
const maxSiblings = 20

// nameHolder adds to a MAC that is taken which platform of this installation has it, if
// that can be told. Only super-admins are.
func (r *run) nameHolder(ctx context.Context, mac ztp.MAC, taken error) error {
	var stop *end
	if !ztp.IsCode(taken, ztp.CodeEndpointTaken) || !errors.As(taken, &stop) {
		return taken
	}
	holder, err := r.whoHas(ctx, mac)
	if err != nil {
		return err
	}
	e := *ztp.AsError(stop.err)
	if e.Holder = holder; holder != "" {
		e.Detail = "Another platform of this installation has it."
	}
	return fail(&e)
}

// whoHas finds the platform in whose company the vendor has a MAC that was refused as
// taken, "" when that can't be told. It reads at most maxSiblings companies, with the
// reseller credential and one call each: first those of platforms with a row of the MAC,
// then those changed last; none any more once the vendor does not let it. Its errors are
// of our own database alone.
func (r *run) whoHas(ctx context.Context, mac ztp.MAC) (ztp.PlatformID, error) {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok || r.pasted() {
		return "", nil
	}
	siblings, err := r.siblings(ctx, mac)
	if err != nil || len(siblings) == 0 {
		return "", err
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return "", onlyStore(err)
	}
	for _, l := range siblings {
		err := r.call(ctx, func(ctx context.Context) error {
			_, err := reg.Endpoint(ctx, by, l.CompanyID, mac)
			return err
		})
		switch {
		case err == nil:
			return l.Platform, nil
		case !ztp.IsVendorNotFound(err):
			return "", onlyStore(err)
		}
	}
	return "", nil
}

// siblings are the links whose companies may have the MAC, the likeliest first.
func (r *run) siblings(ctx context.Context, mac ztp.MAC) ([]ztp.Link, error) {
	rows, err := r.o.cfg.Store.EndpointsOfMAC(ctx, mac)
	if err != nil {
		return nil, &storeError{err}
	}
	had := map[ztp.PlatformID]bool{}
	for _, e := range rows {
		had[e.Platform] = true
	}
	all, err := r.o.cfg.Store.ListLinks(ctx, "", r.op.Vendor)
	if err != nil {
		return nil, &storeError{err}
	}
	all = slices.DeleteFunc(all, func(l ztp.Link) bool { return l.Platform == r.op.Platform || l.CompanyID == "" || l.Connected })
	slices.SortStableFunc(all, func(a, b ztp.Link) int {
		if had[a.Platform] != had[b.Platform] {
			if had[a.Platform] {
				return -1
			}
			return 1
		}
		return b.UpdatedAt.Compare(a.UpdatedAt)
	})
	return all[:min(len(all), maxSiblings)], nil
}

// onlyStore drops what a vendor has refused or not answered.
func onlyStore(err error) error {
	if isStoreError(err) {
		return err
	}
	return nil
}
