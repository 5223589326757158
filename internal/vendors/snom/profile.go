package snom

import (
	"context"
	"net/http"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// ListProfiles returns the company's profiles, with group and URL where the list
// shows the settings (assumed: public clients only read uuid and name of it) and the
// catalogue that explains them is known; it is not read for a list.
func (v *Vendor) ListProfiles(ctx context.Context, by ztp.APIKey, company string) ([]ztp.VendorProfile, error) {
	all, err := v.client.Profiles(ctx, wire(by), company)
	if err != nil {
		return nil, companyRead(err)
	}
	out := make([]ztp.VendorProfile, 0, len(all))
	for _, o := range all {
		p := ztp.VendorProfile{ID: o.Text("uuid"), Name: o.Text("name"), Enabled: o.Bool("autoprovisioning_enabled"), Partial: true}
		if o["settings_manager"] != nil && v.freshCatalogue() != nil {
			if p, err = v.profileOf(ctx, by, o, ""); err != nil {
				return nil, err
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// Profile reads one profile with its URL.
func (v *Vendor) Profile(ctx context.Context, by ztp.APIKey, company, id string) (ztp.VendorProfile, error) {
	o, err := v.client.Profile(ctx, wire(by), company, id)
	if err != nil {
		return ztp.VendorProfile{}, read(err)
	}
	return v.profileOf(ctx, by, o, "")
}

// profileOf reads the URL by the setting of the profile's own product group. Where
// the vendor names none that we know, group counts, as which it was written; else
// the URL is that under any setting that redirects phones, so that none stays unseen.
func (v *Vendor) profileOf(ctx context.Context, by ztp.APIKey, o sraps.Object, group string) (ztp.VendorProfile, error) {
	p := ztp.VendorProfile{ID: o.Text("uuid"), Name: o.Text("name"), Enabled: o.Bool("autoprovisioning_enabled")}
	c, err := v.readCatalogue(ctx, by)
	if err != nil {
		return p, err
	}
	if own := c.groupName(o.Text("product_group")); own != "" {
		group = own
	}
	groups := []string{group}
	if group == "" {
		groups = v.groups(c)
	}
	p.Group = group
	for _, g := range groups {
		if i, err := c.ids(g); err == nil && p.URL.IsZero() {
			p.URL = urlIn(o, i.setting)
		}
	}
	return p, nil
}

// CreateProfile makes a profile for a product group and reads it back.
func (v *Vendor) CreateProfile(ctx context.Context, by ztp.APIKey, company string, p ztp.VendorProfile) (ztp.VendorProfile, error) {
	c, err := v.lookup(ctx, by, p.Group)
	if err != nil {
		return ztp.VendorProfile{}, before(err)
	}
	o := sraps.Object{}
	o.Set("name", p.Name)
	o.Set("product_group", c.group)
	o.Set("autoprovisioning_enabled", p.Enabled)
	setURL(o, c.setting, p.URL)
	made, err := v.client.CreateProfile(ctx, wire(by), company, o)
	if err != nil {
		v.forgetOnRefusal(err)
		return ztp.VendorProfile{}, write(err)
	}
	return v.readBack(ctx, by, company, made.Text("uuid"), p.Group)
}

// readBack is what the vendor shows after a write of a profile of the group. When
// that can't be learnt, it is not known whether the write did what was asked.
func (v *Vendor) readBack(ctx context.Context, by ztp.APIKey, company, id, group string) (ztp.VendorProfile, error) {
	o, err := v.client.Profile(ctx, wire(by), company, id)
	if err != nil {
		return ztp.VendorProfile{}, afterwards(read(err))
	}
	p, err := v.profileOf(ctx, by, o, group)
	if err != nil {
		return p, afterwards(err)
	}
	return p, nil
}

// WriteProfile changes name, URL and, unless AsItIs, Enabled of a profile, keeps what people set
// in the portal, and returns what a read then shows.
func (v *Vendor) WriteProfile(ctx context.Context, by ztp.APIKey, company string, p ztp.VendorProfile) (ztp.VendorProfile, error) {
	have, err := v.client.Profile(ctx, wire(by), company, p.ID)
	if err != nil {
		return ztp.VendorProfile{}, before(read(err))
	}
	o := have.Writable()
	o.Set("name", p.Name)
	if !p.AsItIs {
		o.Set("autoprovisioning_enabled", p.Enabled)
	}
	if !p.URL.IsZero() {
		c, err := v.lookup(ctx, by, p.Group)
		if err != nil {
			return ztp.VendorProfile{}, before(err)
		}
		o.Set("product_group", c.group)
		setURL(o, c.setting, p.URL)
	}
	if err := v.client.PutProfile(ctx, wire(by), company, p.ID, o); err != nil {
		v.forgetOnRefusal(err)
		return ztp.VendorProfile{}, write(err)
	}
	return v.readBack(ctx, by, company, p.ID, p.Group)
}

// forgetOnRefusal drops the catalogue when the vendor calls a value wrong: its
// ids may have changed.
func (v *Vendor) forgetOnRefusal(err error) {
	if refusedValue(err) {
		v.forget()
	}
}

// refusedValue reports that the vendor calls a value wrong, and not the MAC taken.
func refusedValue(err error) bool {
	e, ok := sraps.AsError(err)
	return ok && e.Status == http.StatusBadRequest && !sraps.IsTaken(err)
}

// DeleteProfile deletes a profile; one that the company does not have is NotFound.
func (v *Vendor) DeleteProfile(ctx context.Context, by ztp.APIKey, company, id string) error {
	return write(v.client.DeleteProfile(ctx, wire(by), company, id))
}
