package snom

import (
	"context"
	"slices"
	"strings"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// Endpoint reads one phone.
func (v *Vendor) Endpoint(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) (ztp.VendorEndpoint, error) {
	o, err := v.client.Endpoint(ctx, wire(by), company, mac.Bare())
	if err != nil {
		return ztp.VendorEndpoint{}, read(err)
	}
	return v.endpointOf(ctx, by, o, mac)
}

// endpointOf translates an endpoint. Its URL is the one under a setting that
// redirects phones: of the configured product groups first, then of the others, so
// that no redirection stays unseen.
func (v *Vendor) endpointOf(ctx context.Context, by ztp.APIKey, o sraps.Object, mac ztp.MAC) (ztp.VendorEndpoint, error) {
	c, err := v.readCatalogue(ctx, by)
	if err != nil {
		return ztp.VendorEndpoint{}, err
	}
	for _, group := range v.groups(c) {
		if e := c.endpointIn(o, mac, group); !e.URL.IsZero() {
			return e, nil
		}
	}
	return c.endpointIn(o, mac, ""), nil
}

// groups are all product groups by name, the configured ones first.
func (v *Vendor) groups(c *catalogue) []string {
	names := slices.Clone(v.cfg.ProductGroups)
	for _, o := range c.groups {
		names = append(names, o.Text("name"))
	}
	return names
}

// endpointIn translates an endpoint as one of the group: a value under the setting
// of another group counts as none.
func (c *catalogue) endpointIn(o sraps.Object, mac ztp.MAC, group string) ztp.VendorEndpoint {
	e := ztp.VendorEndpoint{MAC: mac, Name: o.Text("name"), Profile: o.Text(profileField), Enabled: o.Bool("autoprovisioning_enabled")}
	if i, err := c.ids(group); err == nil {
		e.URL = urlIn(o, i.setting)
	}
	if !e.URL.IsZero() {
		e.Group = group
	}
	return e
}

// WriteEndpoint registers or changes a phone: read, change what is ours, write,
// read back. A zero URL changes only whether it is redirected.
func (v *Vendor) WriteEndpoint(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint) (ztp.VendorEndpoint, error) {
	have, err := v.client.Endpoint(ctx, wire(by), company, e.MAC.Bare())
	if err != nil && !(sraps.IsNotFound(err) && !e.URL.IsZero()) {
		return ztp.VendorEndpoint{}, before(read(err))
	}
	o := have.Writable()
	if err := v.describe(ctx, by, o, e); err != nil {
		return ztp.VendorEndpoint{}, before(err)
	}
	if err := v.putEndpoint(ctx, by, company, e.MAC, o); err != nil {
		v.forgetOnRefusal(err)
		return ztp.VendorEndpoint{}, write(err)
	}
	return v.readBackEndpoint(ctx, by, company, e)
}

// profileField is where an endpoint names its profile.
const profileField = "provisioning_profile"

// putEndpoint writes an endpoint. Where the vendor refuses it and the profile that
// it names is not in the company any more, because somebody deleted it in the
// portal, it is written without: the endpoint's own setting redirects the phone
// (client code in production registers phones without a profile).
func (v *Vendor) putEndpoint(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC, o sraps.Object) error {
	if v.profileIsGone(o.Text(profileField)) {
		delete(o, profileField)
	}
	err := v.client.PutEndpoint(ctx, wire(by), company, mac.Bare(), o)
	profile := o.Text(profileField)
	if profile == "" || !refusedValue(err) || !v.profileIsMissing(ctx, by, company, profile) {
		return err
	}
	delete(o, profileField)
	if err = v.client.PutEndpoint(ctx, wire(by), company, mac.Bare(), o); err == nil {
		v.mu.Lock()
		v.goneProfiles[profile] = true
		v.mu.Unlock()
	}
	return err
}

// profileIsGone is profileIsMissing from memory.
func (v *Vendor) profileIsGone(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.goneProfiles[id]
}

// profileIsMissing asks for the company's profiles. A list that can't be read says
// nothing.
func (v *Vendor) profileIsMissing(ctx context.Context, by ztp.APIKey, company, id string) bool {
	all, err := v.client.Profiles(ctx, wire(by), company)
	return err == nil && !slices.ContainsFunc(all, func(o sraps.Object) bool { return o.Text("uuid") == id })
}

// readBackEndpoint is what the vendor shows after a write, as a phone of the group
// that was written.
func (v *Vendor) readBackEndpoint(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint) (ztp.VendorEndpoint, error) {
	if e.URL.IsZero() {
		got, err := v.Endpoint(ctx, by, company, e.MAC)
		if err != nil {
			return got, afterwards(err)
		}
		return got, nil
	}
	o, err := v.client.Endpoint(ctx, wire(by), company, e.MAC.Bare())
	if err != nil {
		return ztp.VendorEndpoint{}, afterwards(read(err))
	}
	c, err := v.readCatalogue(ctx, by)
	if err != nil {
		return ztp.VendorEndpoint{}, afterwards(err)
	}
	return c.endpointIn(o, e.MAC, e.Group), nil
}

// describe puts what is ours into an endpoint's object. Fields that are left out
// fall back to defaults at the vendor, so everything read before stays in it;
// warranty_exp_warning_period is never made up (a null overwrote the server's
// default; client code in production).
func (v *Vendor) describe(ctx context.Context, by ztp.APIKey, o sraps.Object, e ztp.VendorEndpoint) error {
	o.Set("mac", e.MAC.Bare())
	o.Set("autoprovisioning_enabled", e.Enabled)
	for k, raw := range o {
		if string(raw) == "null" {
			delete(o, k)
		}
	}
	if e.URL.IsZero() {
		return nil
	}
	c, err := v.lookup(ctx, by, e.Group)
	if err != nil {
		return err
	}
	if e.Name != "" {
		o.Set("name", e.Name)
	}
	if e.Profile != "" {
		o.Set(profileField, e.Profile)
	}
	setURL(o, c.setting, e.URL)
	return nil
}

// afterwards marks a failed read-back: the write itself went through, but whether
// it did what was asked is not known. Not found proves nothing here: a list or a
// read may lag behind the write.
func afterwards(err error) error {
	v := *ztp.VendorErrorOf(err)
	v.Effect, v.Temporary, v.NotFound = ztp.EffectUnknown, true, false
	return &v
}

// ListEndpoints reads one page of the company's phones; its cursors are addresses at
// the vendor.
func (v *Vendor) ListEndpoints(ctx context.Context, by ztp.APIKey, company, cursor string) ([]ztp.VendorEndpoint, string, error) {
	page, next, err := v.client.Endpoints(ctx, wire(by), company, cursor)
	if err != nil {
		return nil, "", companyRead(err)
	}
	out := make([]ztp.VendorEndpoint, 0, len(page))
	for _, o := range page {
		mac, err := ztp.ParseMAC(strings.TrimSpace(o.Text("mac")))
		if err != nil {
			continue // not a phone that we could have made
		}
		e, err := v.endpointOf(ctx, by, o, mac)
		if err != nil {
			return nil, "", err
		}
		out = append(out, e)
	}
	return out, next, nil
}

// DeleteEndpoint gives the MAC up; one that the company does not hold is NotFound.
func (v *Vendor) DeleteEndpoint(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) error {
	return write(v.client.DeleteEndpoint(ctx, wire(by), company, mac.Bare()))
}
