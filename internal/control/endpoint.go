package control

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// PutEndpoint registers a phone, or changes account, group, name or pause of a
// registered one. What is written to the vendor is an operation; one that changes
// the pause alone is called by that.
func (c *Control) PutEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, r EndpointRequest) (EndpointResult, error) {
	p, info, err := c.endpointDoor(ctx, a, ztp.KindRegister, ref, r.Vendor, mac)
	if err != nil {
		return EndpointResult{}, err
	}
	if err := validateEndpoint(&r, info); err != nil {
		return EndpointResult{}, err
	}
	acc, err := c.cfg.Store.Account(ctx, p.ID, r.Account)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return EndpointResult{}, ztp.Invalid("account", "This platform has no such account.")
	}
	if err != nil {
		return EndpointResult{}, err
	}
	kind := ztp.KindRegister
	if e, err := c.cfg.Store.Endpoint(ctx, p.ID, mac); err == nil {
		kind = putKind(e, acc.ID, r)
	}
	// The same request again finds the phone changed: its hash is that of a PUT.
	hash := endpointBodyHash(p, info, ztp.KindRegister, mac, endpointHash(r))
	return c.writeEndpoint(ctx, a, p, info, kind, mac, r.Submission, hash, func(e *ztp.Endpoint) error {
		return r.onto(e, acc, kind)
	}, func(s ztp.Store) error {
		if r.PIN == nil {
			return nil
		}
		return s.SetPIN(ctx, p.ID, mac, *r.PIN)
	})
}

// onto changes a phone as the request wants it, in the account that it names.
func (r EndpointRequest) onto(e *ztp.Endpoint, acc ztp.Account, kind ztp.OperationKind) error {
	e.Account, e.ProductGroup = acc.ID, r.ProductGroup
	set(&e.Name, r.Name)
	set(&e.Model, r.Model)
	set(&e.Serial, r.Serial)
	if r.ExpectedAt != nil {
		e.ExpectedAt = r.ExpectedAt.UTC().Truncate(time.Millisecond)
	}
	if r.Paused != nil {
		e.WantPaused = *r.Paused
	}
	if kind == ztp.KindPause {
		return nil
	}
	if kind == ztp.KindResume {
		e.PausedBy = ""
	}
	if !acc.HasToken() {
		return ztp.Errorf(ztp.CodeProvisioningTokenMissing, "Account %q has none, so the phone would have no address.", acc.Slug)
	}
	return nil
}

// putKind is what a PUT of a phone comes to. One that names the pause alone is a
// pause or a resume even where the phone is as asked.
func putKind(e ztp.Endpoint, account ztp.AccountID, r EndpointRequest) ztp.OperationKind {
	switch {
	case e.State != ztp.EndpointListed && e.State != ztp.EndpointPaused, r.Paused == nil,
		e.Account != account, e.ProductGroup != r.ProductGroup, r.Name != nil && *r.Name != e.Name,
		r.Model != nil && *r.Model != e.Model, r.Serial != nil && *r.Serial != e.Serial, r.PIN != nil, r.ExpectedAt != nil:
		return ztp.KindRegister
	case *r.Paused && (!e.WantPaused || r.Name == nil):
		return ztp.KindPause
	case !*r.Paused && (e.WantPaused || e.State == ztp.EndpointPaused || r.Name == nil):
		return ztp.KindResume
	}
	return ztp.KindRegister
}

// PauseEndpoint keeps the MAC at the vendor without redirecting the phone.
func (c *Control) PauseEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, s Submission) (EndpointResult, error) {
	return c.changeEndpoint(ctx, a, ztp.KindPause, ref, mac, s, func(e *ztp.Endpoint) { e.WantPaused = true })
}

// ResumeEndpoint redirects a paused phone again.
func (c *Control) ResumeEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, s Submission) (EndpointResult, error) {
	return c.changeEndpoint(ctx, a, ztp.KindResume, ref, mac, s, func(e *ztp.Endpoint) { e.WantPaused, e.PausedBy = false, "" })
}

// ReleaseEndpoint gives the MAC up at the vendor. It also works below a disabled link.
func (c *Control) ReleaseEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, s Submission) (EndpointResult, error) {
	return c.changeEndpoint(ctx, a, ztp.KindRelease, ref, mac, s, func(*ztp.Endpoint) {})
}

func (c *Control) changeEndpoint(ctx context.Context, a ztp.Actor, kind ztp.OperationKind, ref string, mac ztp.MAC, s Submission, change func(*ztp.Endpoint)) (EndpointResult, error) {
	p, _, err := c.endpointDoor(ctx, a, kind, ref, "", mac)
	if err != nil {
		return EndpointResult{}, err
	}
	e, err := c.cfg.Store.Endpoint(ctx, p.ID, mac)
	if err != nil {
		return EndpointResult{}, err
	}
	info, err := c.Vendor(e.Vendor)
	if err != nil {
		return EndpointResult{}, err
	}
	if e.State == ztp.EndpointReleased {
		// It exists for whoever repeats the request that gave it up.
		op, err := c.repeated(ctx, a, s.Key, endpointBodyHash(p, info, kind, mac, string(kind)))
		if op == nil && err == nil {
			err = ztp.NotFound("phone")
		}
		return c.endpointResult(ctx, p, mac, op, err)
	}
	return c.writeEndpoint(ctx, a, p, info, kind, mac, s, endpointBodyHash(p, info, kind, mac, string(kind)), func(e *ztp.Endpoint) error { change(e); return nil })
}

// endpointDoor checks permission, then existence.
func (c *Control) endpointDoor(ctx context.Context, a ztp.Actor, kind ztp.OperationKind, ref string, v ztp.VendorName, mac ztp.MAC) (ztp.Platform, ztp.VendorInfo, error) {
	if err := c.mayChange(ctx, a, "endpoint."+string(kind)+".asked", "", v); err != nil {
		return ztp.Platform{}, ztp.VendorInfo{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Platform{}, ztp.VendorInfo{}, err
	}
	if v == "" && len(c.cfg.Vendors) > 0 {
		v = c.cfg.Vendors[0].Describe().Name
	}
	info, err := c.Vendor(v)
	if err != nil {
		err = ztp.Invalid("vendor", "This build has no such vendor.")
	}
	return p, info, err
}

func validateEndpoint(r *EndpointRequest, info ztp.VendorInfo) error {
	fields := map[string]string{}
	if r.Account == "" {
		fields["account"] = "Name the account the phone belongs to."
	}
	if r.ProductGroup == "" && len(info.ProductGroups) > 0 {
		r.ProductGroup = info.ProductGroups[0]
	}
	known := false
	for _, g := range info.ProductGroups {
		known = known || g == r.ProductGroup
	}
	if !known {
		fields["product_group"] = "This installation does not serve that product group. It is one of ZEROTOUCH_SNOM_PRODUCT_GROUPS."
	}
	if r.Name != nil && *r.Name != "" && !ztp.ValidName(*r.Name) {
		fields["name"] = "A name has at most 120 characters, no control characters and no space at its ends."
	}
	validateHardware(r, fields)
	return ztp.InvalidFields(fields)
}

func endpointHash(r EndpointRequest) string {
	h := r.Account + "\x00" + r.ProductGroup
	if r.Name != nil {
		h += "\x00name=" + *r.Name
	}
	if r.Model != nil {
		h += "\x00model=" + *r.Model
	}
	if r.Serial != nil {
		h += "\x00serial=" + *r.Serial
	}
	if r.PIN != nil {
		h += "\x00pin" // not which: so few of them are possible that a hash would tell
	}
	if r.ExpectedAt != nil {
		h += "\x00expected=" + r.ExpectedAt.UTC().Format(time.RFC3339Nano)
	}
	if r.Paused != nil && *r.Paused {
		h += "\x00paused"
	} else if r.Paused != nil {
		h += "\x00redirected"
	}
	return h
}

func endpointBodyHash(p ztp.Platform, info ztp.VendorInfo, kind ztp.OperationKind, mac ztp.MAC, body string) string {
	return action{kind: kind, params: ztp.OperationParams{KeyID: mac.String() + "\x00" + body}}.bodyHash(p.ID, info.Name)
}

// writeEndpoint saves the wish and queues the vendor write in one commit. also are
// writes beside the row itself.
func (c *Control) writeEndpoint(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, kind ztp.OperationKind, mac ztp.MAC, sub Submission, hash string, change func(*ztp.Endpoint) error, also ...func(ztp.Store) error) (EndpointResult, error) {
	if op, err := c.repeated(ctx, a, sub.Key, hash); op != nil || err != nil {
		return c.endpointResult(ctx, p, mac, op, err)
	}
	if err := c.endpointAddress(ctx, p, info, kind); err != nil {
		c.refused(ctx, a, "endpoint."+string(kind)+".asked", p.ID, info.Name, mac.String(), err)
		return EndpointResult{}, err
	}
	var op ztp.Operation
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		e, err := c.wishedEndpoint(ctx, s, p, info, mac)
		if err != nil {
			return err
		}
		if err := change(&e); err != nil {
			return err
		}
		if err := s.SaveEndpoint(ctx, e); err != nil {
			return err
		}
		for _, write := range also {
			if err := write(s); err != nil {
				return err
			}
		}
		op = c.operation(a, kind, p.ID, info.Name, ztp.OperationParams{Version: e.Version + 1}, sub.Key, hash)
		op.MAC = mac
		if err := s.CreateOperation(ctx, op); err != nil {
			return err
		}
		ev := c.event(a, "endpoint."+string(kind)+".asked", p.ID, info.Name, mac.String())
		ev.Operation = op.ID
		return s.AppendEvent(ctx, ev)
	})
	if err != nil {
		var won *ztp.Operation
		if won, err = c.racedEndpoint(ctx, a, sub.Key, hash, err); err == nil {
			return c.endpointResult(ctx, p, mac, won, nil)
		}
		c.refused(ctx, a, "endpoint."+string(kind)+".asked", p.ID, info.Name, mac.String(), err)
		return EndpointResult{}, c.named(ctx, a, p, mac, err)
	}
	c.cfg.Wake()
	return c.endpointResult(ctx, p, mac, &op, nil)
}

func (c *Control) racedEndpoint(ctx context.Context, a ztp.Actor, key, hash string, err error) (*ztp.Operation, error) {
	if op, rerr := c.repeated(ctx, a, key, hash); op != nil || rerr != nil {
		return op, rerr
	}
	if e := ztp.AsError(err); e.Code == ztp.CodeOperationRunning && e.Operation != nil {
		return nil, running(*e.Operation)
	}
	return nil, err
}

// wishedEndpoint returns the phone's row to be changed, new when there is none.
func (c *Control) wishedEndpoint(ctx context.Context, s ztp.Store, p ztp.Platform, info ztp.VendorInfo, mac ztp.MAC) (ztp.Endpoint, error) {
	now := c.now()
	e, err := s.Endpoint(ctx, p.ID, mac)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return ztp.Endpoint{Platform: p.ID, Vendor: info.Name, MAC: mac, State: ztp.EndpointWanted, CreatedAt: now, UpdatedAt: now}, nil
	}
	if err != nil {
		return e, err
	}
	if e.Vendor != info.Name && e.State != ztp.EndpointReleased {
		return e, ztp.Invalid("vendor", "This phone is registered at another vendor. Release it there first.")
	}
	if e.State == ztp.EndpointReleased {
		e.Revive(info.Name)
	}
	e.UpdatedAt, e.Error = now, nil
	return e, nil
}

// endpointAddress refuses what cannot reach the vendor now. Phones are written with the URL
// that is in use, which was proven; on the way from or to somebody else's server that may be
// one which the vendor does not have yet, and it is proven here.
func (c *Control) endpointAddress(ctx context.Context, p ztp.Platform, info ztp.VendorInfo, kind ztp.OperationKind) error {
	if err := c.require(ctx, needWrites, p, info); err != nil {
		return err
	}
	l, err := c.cfg.Store.Link(ctx, p.ID, info.Name)
	if err != nil {
		return err
	}
	if kind == ztp.KindRelease {
		return nil
	}
	if !l.TakesPhones() {
		return &ztp.Error{Code: ztp.CodeNotOnboarded}
	}
	if kind == ztp.KindPause {
		return nil
	}
	if err := c.require(ctx, needConfiguration, p, info); err != nil {
		return err
	}
	if t := ztp.TemplateInUse(p, c.cfg.URL); t.ForProfile().String() != l.AddressTemplate {
		return c.require(ctx, needAddress, p, info)
	}
	return nil
}

func (c *Control) endpointResult(ctx context.Context, p ztp.Platform, mac ztp.MAC, op *ztp.Operation, err error) (EndpointResult, error) {
	if err != nil {
		return EndpointResult{}, err
	}
	e, err := c.cfg.Store.Endpoint(ctx, p.ID, mac)
	return EndpointResult{Operation: op, Endpoint: e}, err
}

// Endpoint returns one phone of the platform.
func (c *Control) Endpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) (ztp.Endpoint, error) {
	if err := maySee(a); err != nil {
		return ztp.Endpoint{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Endpoint{}, err
	}
	return c.cfg.Store.Endpoint(ctx, p.ID, mac)
}

// ListEndpoints returns a page of the platform's phones; the query's Platform is set here.
func (c *Control) ListEndpoints(ctx context.Context, a ztp.Actor, ref string, q ztp.EndpointQuery) (ztp.Page[ztp.Endpoint], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.Endpoint]{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Page[ztp.Endpoint]{}, err
	}
	q.Platform = p.ID
	return c.cfg.Store.ListEndpoints(ctx, q)
}

// AccountSlugs are those of these phones' accounts.
func (c *Control) AccountSlugs(ctx context.Context, a ztp.Actor, phones []ztp.Endpoint) (map[ztp.AccountID]string, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	var ps []ztp.PlatformID
	var ids []ztp.AccountID
	for _, e := range phones {
		ps, ids = append(ps, e.Platform), append(ids, e.Account)
	}
	slices.Sort(ps)
	slices.Sort(ids)
	return c.cfg.Store.AccountSlugs(ctx, slices.Compact(ps), slices.Compact(ids))
}

// ListModels are the models of the platform's phones, up to so many.
func (c *Control) ListModels(ctx context.Context, a ztp.Actor, p ztp.PlatformID, limit int) ([]string, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	return c.cfg.Store.ListModels(ctx, p, limit)
}

// FindEndpoints looks up who has a phone, on all platforms: by digits of the MAC, name,
// model or serial number.
func (c *Control) FindEndpoints(ctx context.Context, a ztp.Actor, text string, limit int) (found []ztp.Endpoint, more bool, err error) {
	if err := maySee(a); err != nil {
		return nil, false, err
	}
	return c.cfg.Store.FindEndpoints(ctx, text, limit)
}
