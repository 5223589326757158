package orchestrator

import (
	"context"
	"errors"
	"slices"
	"sort"

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
		e.Detail = takenHere
	}
	return fail(&e)
}

// whoHas finds the platform in whose company the vendor has a MAC that was refused as
// taken, "" when that can't be told. It reads at most maxSiblings companies, with the
// reseller credential and one call each: first those of platforms with a row of the MAC,
// then those changed last; none any more once the vendor does not let it. Its errors are
// of our own database alone.
func (r *run) whoHas(ctx context.Context, mac ztp.MAC) (ztp.PlatformID, error) {
	all, err := r.siblings(ctx)
	if err != nil {
		return "", err
	}
	s := search{links: all, left: maxSiblings}
	return r.lookFor(ctx, mac, &s)
}

// search is the looking for phones in other platforms' companies.
type search struct {
	links []ztp.Link
	left  int // calls that it may still take
}

// lookFor is whoHas within a search. The company in which a phone is found is asked first
// for the next one; a search that the vendor does not let is over.
func (r *run) lookFor(ctx context.Context, mac ztp.MAC, s *search) (ztp.PlatformID, error) {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok || r.pasted() || s.left == 0 || len(s.links) == 0 {
		return "", nil
	}
	likely, err := r.likeliest(ctx, mac, s.links)
	if err != nil {
		return "", err
	}
	by, err := r.reseller(ctx)
	if err != nil {
		s.left = 0
		return "", onlyStore(err)
	}
	for _, l := range likely[:min(len(likely), maxSiblings, s.left)] {
		s.left--
		err := r.call(ctx, func(ctx context.Context) error {
			_, err := reg.Endpoint(ctx, by, l.CompanyID, mac)
			return err
		})
		switch {
		case err == nil:
			i := slices.IndexFunc(s.links, func(x ztp.Link) bool { return x.Platform == l.Platform })
			s.links = slices.Insert(slices.Delete(s.links, i, i+1), 0, l)
			return l.Platform, nil
		case !ztp.IsVendorNotFound(err):
			s.left = 0
			return "", onlyStore(err)
		}
	}
	return "", nil
}

// siblings are the links whose companies may have a MAC, those changed last first.
func (r *run) siblings(ctx context.Context) ([]ztp.Link, error) {
	all, err := r.o.cfg.Store.ListLinks(ctx, "", r.op.Vendor)
	if err != nil {
		return nil, &storeError{err}
	}
	all = slices.DeleteFunc(all, func(l ztp.Link) bool { return l.Platform == r.op.Platform || l.CompanyID == "" || l.Connected })
	sort.SliceStable(all, func(i, j int) bool { return all[j].UpdatedAt.Before(all[i].UpdatedAt) })
	return all, nil
}

// likeliest puts the links of platforms with a row of the MAC first.
func (r *run) likeliest(ctx context.Context, mac ztp.MAC, links []ztp.Link) ([]ztp.Link, error) {
	rows, err := r.o.cfg.Store.EndpointsOfMAC(ctx, mac)
	if err != nil {
		return nil, &storeError{err}
	}
	had := func(l ztp.Link) bool {
		return slices.ContainsFunc(rows, func(e ztp.Endpoint) bool { return e.Platform == l.Platform })
	}
	links = slices.Clone(links)
	sort.SliceStable(links, func(i, j int) bool { return had(links[i]) && !had(links[j]) })
	return links, nil
}

// maxLooks is how many companies an operation for many reads to find out who has its
// phones that are taken.
const maxLooks = 200

// takenBy is the error of a phone of a batch that is taken: elsewhere, or by a platform of
// this installation where that can be told. Only super-admins are.
func (r *run) takenBy(ctx context.Context, b *bulk, t *turn) (*ztp.Error, error) {
	if b.search == nil {
		all, err := r.siblings(ctx)
		if err != nil {
			return nil, err
		}
		b.search = &search{links: all, left: maxLooks}
	}
	e := &ztp.Error{Code: ztp.CodeEndpointTaken, Err: t.err}
	holder, err := r.lookFor(ctx, t.item.MAC, b.search)
	if e.Holder = holder; holder != "" {
		e.Detail = takenHere
	}
	return e, err
}

// takenHere is all that is said to everybody about a MAC that another platform has.
const takenHere = "Another platform of this installation has it."

// onlyStore drops what a vendor has refused or not answered.
func onlyStore(err error) error {
	if isStoreError(err) {
		return err
	}
	return nil
}
