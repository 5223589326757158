package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// How one phone at the vendor compares with its row here.

// judge notes in which way a phone differs, if it does.
func (c *comparison) judge(ctx context.Context, e ztp.VendorEndpoint, row ztp.Endpoint) error {
	f := finding{name: e.Name, group: c.groupOf(e), enabled: e.Enabled}
	if !c.r.knows(row) {
		return c.judgeUnknown(ctx, e, f)
	}
	if row.Found {
		return nil // it is there, with an address that we have never written
	}
	ours, err := c.hasItsAddress(ctx, e, row)
	if err != nil {
		return err
	}
	if !ours {
		f.class, f.host = ztp.DriftOtherURL, c.word(ztp.HostOf(e.URL))
	} else if f.differs = differences(e, row); len(f.differs) > 0 {
		f.class = ztp.DriftChanged
	}
	if f.class != "" {
		c.found[e.MAC] = f
	}
	return nil
}

// judgeUnknown notes whose address a phone without a row has.
func (c *comparison) judgeUnknown(ctx context.Context, e ztp.VendorEndpoint, f finding) (err error) {
	f.class = ztp.DriftUnknown
	if f.holder, err = c.holderOf(ctx, e.URL); err != nil {
		return err
	}
	if f.holder == nil {
		f.host = c.word(ztp.HostOf(e.URL))
	}
	c.found[e.MAC] = f
	return nil
}

// differences says what was changed by hand of a phone that has its address. The vendor
// may leave a name or a product group out.
func differences(e ztp.VendorEndpoint, row ztp.Endpoint) (out []string) {
	if row.Name != "" && e.Name != row.Name {
		out = append(out, ztp.DiffersName)
	}
	if e.Group != "" && e.Group != row.ProductGroup {
		out = append(out, ztp.DiffersGroup)
	}
	if e.Enabled != (row.State == ztp.EndpointListed) {
		out = append(out, ztp.DiffersRedirection)
	}
	return out
}

// hasItsAddress reports whether a phone that is registered here has an address of ours
// for it: the only place where a sync compares addresses. One that was adopted with an
// earlier token of its account keeps that.
func (c *comparison) hasItsAddress(ctx context.Context, e ztp.VendorEndpoint, row ztp.Endpoint) (bool, error) {
	ours, err := c.r.phoneIsOurs(ctx, e, row)
	if err != nil || ours || row.AddressTokenID != "" {
		return ours, err
	}
	h, err := c.holderOf(ctx, e.URL)
	return h != nil && !h.device && h.account == row.Account, err
}

// addressHolder is the account whose token is in an address.
type addressHolder struct {
	account ztp.AccountID
	// template and token make the address; token is "" for an earlier one of the account.
	template, token string
	// device: a phone's own token stands in the address. Unless its row knows that, the
	// phone is to get another address, and is adopted without one.
	device bool
}

// holderOf finds the account in an address that is one of this platform's; nil when it
// is not.
func (c *comparison) holderOf(ctx context.Context, url ztp.Secret) (*addressHolder, error) {
	if url.IsZero() {
		return nil, nil
	}
	r := c.r
	for _, template := range []string{ztp.TemplateFor(r.platform, r.o.cfg.URL).String(), r.link.AddressTemplate} {
		t, err := ztp.ParseURLTemplate(template)
		if err != nil {
			continue
		}
		token, device, ok := t.Tokens(url)
		if !ok {
			continue
		}
		h, err := r.holderOf(ctx, token)
		switch {
		case err != nil:
			return nil, err
		case h.unknown || h.elsewhere:
		case !device.IsZero():
			return c.shared(addressHolder{account: h.account, device: true}), nil
		default:
			return c.shared(addressHolder{account: h.account, template: template, token: h.tokenID}), nil
		}
	}
	return nil, nil
}

// shared is one copy of what many phones share.
func (c *comparison) shared(h addressHolder) *addressHolder {
	if c.holders[h] == nil {
		c.holders[h] = &h
	}
	return c.holders[h]
}

// groupOf is the product group of a phone: of its address, else of its profile, "" when
// neither tells.
func (c *comparison) groupOf(e ztp.VendorEndpoint) string {
	if e.Group != "" {
		return c.word(e.Group)
	}
	for group, id := range c.r.link.Profiles {
		if id == e.Profile {
			return group
		}
	}
	return ""
}

// word returns one copy of a text that many phones share.
func (c *comparison) word(s string) string {
	if one, ok := c.words[s]; ok {
		return one
	}
	c.words[s] = s
	return s
}
