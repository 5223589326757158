package control

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"zerotouch.example/internal/ztp"
)

// RebuildState is what is known here of a company that carries this installation's label.
type RebuildState string

const (
	// RebuildNew: nothing is known of it; a rebuild takes it up.
	RebuildNew RebuildState = "new"
	// RebuildAgain: a rebuild of it ended without success, or left phones out; the next one
	// goes on with it, or reads the phones once more.
	RebuildAgain RebuildState = "again"
	// RebuildRunning: a rebuild of it is under way.
	RebuildRunning RebuildState = "running"
	// RebuildKnown: it is a platform's already.
	RebuildKnown RebuildState = "known"
	// RebuildAmbiguous: another company carries the same label. None of them is taken.
	RebuildAmbiguous RebuildState = "ambiguous"
)

// RebuildCompany is a company at the vendor whose whole name is a label of this installation.
type RebuildCompany struct {
	ztp.VendorCompany
	// Name is the platform's name in the label, Nonce the link's.
	Name, Nonce string
	State       RebuildState
	// Platform is the one here whose company it is, nil without one.
	Platform *ztp.Platform
	// Operation is its rebuild, where one is under way.
	Operation *ztp.Operation
}

// Rebuild is what a rebuild finds, or what it was asked to do.
type Rebuild struct {
	Vendor    ztp.VendorInfo
	Companies []RebuildCompany
	// Others counts the reseller's companies that carry no label of this installation.
	Others int
}

// RebuildRequest names the companies that somebody has seen and confirmed.
type RebuildRequest struct {
	// Companies are vendor ids out of a RebuildPreview.
	Companies []string
	// RevokeOld revokes the keys of ours whose secret is lost, once a new key is in force.
	RevokeOld bool
}

// RebuildPreview lists the companies that a rebuild would take up. It changes nothing,
// here or at the vendor.
func (c *Control) RebuildPreview(ctx context.Context, a ztp.Actor, v ztp.VendorName) (Rebuild, error) {
	if err := maySee(a); err != nil {
		return Rebuild{}, err
	}
	info, err := c.Vendor(v)
	if err != nil {
		return Rebuild{}, err
	}
	return c.rebuildable(ctx, info)
}

// Rebuild takes companies up as platforms: each in one transaction with its link and the
// operation that reads everything back. What is here already stays as it is, so that it
// may be asked for again, whatever became of the first time.
func (c *Control) Rebuild(ctx context.Context, a ztp.Actor, v ztp.VendorName, req RebuildRequest) (Rebuild, error) {
	if err := c.mayChange(ctx, a, "rebuild.asked", "", v); err != nil {
		return Rebuild{}, err
	}
	info, err := c.Vendor(v)
	if err != nil {
		return Rebuild{}, err
	}
	if n := len(req.Companies); n == 0 || n > ztp.MaxRebuild {
		return Rebuild{}, ztp.Invalid("companies", fmt.Sprintf("Name 1 to %d companies by their ids, as the preview shows them.", ztp.MaxRebuild))
	}
	for _, n := range c.requirements(ztp.KindRebuild, ztp.Link{}, false) {
		if err := c.require(ctx, n, ztp.Platform{}, info); err != nil {
			c.refused(ctx, a, "rebuild.asked", "", info.Name, "", err)
			return Rebuild{}, err
		}
	}
	found, err := c.rebuildable(ctx, info)
	if err == nil {
		found.Companies, err = confirmed(found.Companies, req.Companies)
	}
	if err != nil {
		c.refused(ctx, a, "rebuild.asked", "", info.Name, "", err)
		return Rebuild{}, err
	}
	for i := range found.Companies {
		if err := c.takeUp(ctx, a, info, &found.Companies[i], req.RevokeOld); err != nil {
			return Rebuild{}, err
		}
	}
	c.cfg.Wake()
	return found, nil
}

// confirmed are the companies of those ids, each of which has to be one that may be taken.
func confirmed(found []RebuildCompany, ids []string) ([]RebuildCompany, error) {
	var out []RebuildCompany
	var wrong []string
	for _, id := range ids {
		i := slices.IndexFunc(found, func(f RebuildCompany) bool { return f.ID == id })
		switch {
		case i < 0 && ztp.ValidKeyID(id):
			wrong = append(wrong, id+" carries no label of this installation")
		case i < 0:
			return nil, ztp.Invalid("companies", "An id has letters, digits, dashes and underscores.")
		case found[i].State == RebuildAmbiguous:
			wrong = append(wrong, id+" carries the same label as another company")
		case !slices.ContainsFunc(out, func(o RebuildCompany) bool { return o.ID == id }):
			out = append(out, found[i])
		}
	}
	if len(wrong) > 0 {
		return nil, ztp.Invalid("companies", "Nothing was taken up. "+strings.Join(wrong[:min(len(wrong), 10)], "; ")+". Look at the preview again.")
	}
	return out, nil
}

// rebuildable lists the reseller's companies and sets those with our label against what
// is here. The nonces in the labels count alone because a person confirms them.
func (c *Control) rebuildable(ctx context.Context, info ztp.VendorInfo) (Rebuild, error) {
	out := Rebuild{Vendor: info}
	all, err := c.companies(ctx, info.Name)
	if err != nil {
		return out, err
	}
	links, err := c.cfg.Store.ListLinks(ctx, "", info.Name)
	if err != nil {
		return out, err
	}
	seen, nonces := map[string]bool{}, map[string]int{}
	for _, co := range all {
		l, ok := ztp.ParseCompanyLabel(co.Name)
		switch {
		case seen[co.ID]:
		case !ok || l.Installation != c.cfg.Installation:
			out.Others++
		default:
			nonces[l.Nonce]++
			out.Companies = append(out.Companies, RebuildCompany{VendorCompany: co, Name: l.Name, Nonce: l.Nonce, State: RebuildNew})
		}
		seen[co.ID] = true
	}
	for i := range out.Companies {
		co := &out.Companies[i]
		if err := c.setAgainst(ctx, co, links); err != nil {
			return out, err
		}
		if co.State == RebuildNew && nonces[co.Nonce] > 1 {
			co.State = RebuildAmbiguous
		}
	}
	sort.Slice(out.Companies, func(i, j int) bool {
		a, b := &out.Companies[i], &out.Companies[j]
		return a.Name+"\x00"+a.ID < b.Name+"\x00"+b.ID
	})
	return out, nil
}

// setAgainst says what is known of the company: by its id, or by its nonce alone, which
// is another company of the same link.
func (c *Control) setAgainst(ctx context.Context, co *RebuildCompany, links []ztp.Link) error {
	if i := slices.IndexFunc(links, func(l ztp.Link) bool { return l.CompanyID == co.ID }); i >= 0 {
		return c.knownHere(ctx, c.cfg.Store, co, links[i])
	}
	i := slices.IndexFunc(links, func(l ztp.Link) bool { return l.Nonce == co.Nonce })
	if i < 0 {
		return nil
	}
	p, err := c.cfg.Store.Platform(ctx, string(links[i].Platform))
	co.State, co.Platform = RebuildAmbiguous, &p
	return err
}

// knownHere says what has become of the company in the link that records it.
func (c *Control) knownHere(ctx context.Context, s ztp.Store, co *RebuildCompany, l ztp.Link) error {
	p, err := s.Platform(ctx, string(l.Platform))
	if err != nil {
		return err
	}
	co.State, co.Platform, co.Operation = RebuildKnown, &p, nil
	op, err := lastRebuild(ctx, s, l)
	switch {
	case err != nil || op == nil:
		return err
	case !op.State.Final():
		co.State, co.Operation = RebuildRunning, op
	case op.State != ztp.OperationDone, l.Active != 0 && op.Data.Rebuilt != nil && op.Data.Rebuilt.NotTaken() > 0:
		co.State = RebuildAgain
	}
	return nil
}

// lastRebuild is the rebuild that was the last thing to change the link, nil when it was
// something else. Of a link on which nothing stands, everything has been looked at.
func lastRebuild(ctx context.Context, s ztp.Store, l ztp.Link) (*ztp.Operation, error) {
	if l.Active != 0 && l.Error == nil {
		return nil, nil
	}
	page, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: l.Platform, Vendor: l.Vendor, Limit: 100})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(page.Items, func(op ztp.Operation) bool { return op.Kind.ChangesLink() })
	if i < 0 || page.Items[i].Kind != ztp.KindRebuild {
		return nil, nil
	}
	return &page.Items[i], nil
}
