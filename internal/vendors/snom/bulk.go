package snom

import (
	"context"
	"encoding/json"
	"strings"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// ListWhole reads one page of the company's phones, each with its object.
func (v *Vendor) ListWhole(ctx context.Context, by ztp.APIKey, company, cursor string) ([]ztp.WholeEndpoint, string, error) {
	page, next, err := v.client.Endpoints(ctx, wire(by), company, cursor)
	if err != nil {
		return nil, "", companyRead(err)
	}
	out := make([]ztp.WholeEndpoint, 0, len(page))
	for _, o := range page {
		mac, err := ztp.ParseMAC(strings.TrimSpace(o.Text("mac")))
		if err != nil {
			continue // not a phone that we could have made
		}
		e, err := v.whole(ctx, by, o, mac)
		if err != nil {
			return nil, "", err
		}
		// Whether lists show phones whole is not documented. One without its settings, or
		// without what tells whether it is redirected, is certainly not whole.
		_, settings := o["settings_manager"]
		_, enabled := o["autoprovisioning_enabled"]
		e.Partial = !settings || !enabled
		out = append(out, e)
	}
	return out, next, nil
}

// Whole reads one phone with its object.
func (v *Vendor) Whole(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) (ztp.WholeEndpoint, error) {
	o, err := v.client.Endpoint(ctx, wire(by), company, mac.Bare())
	if err != nil {
		return ztp.WholeEndpoint{}, read(err)
	}
	return v.whole(ctx, by, o, mac)
}

func (v *Vendor) whole(ctx context.Context, by ztp.APIKey, o sraps.Object, mac ztp.MAC) (ztp.WholeEndpoint, error) {
	e, err := v.endpointOf(ctx, by, o, mac)
	if err != nil {
		return ztp.WholeEndpoint{}, err
	}
	// The same object gives the same text: keys are sorted.
	text, err := json.Marshal(o.Writable())
	if err != nil {
		return ztp.WholeEndpoint{}, &ztp.VendorError{Code: ztp.CodeInternal, Effect: ztp.EffectNotSent, Err: err}
	}
	return ztp.WholeEndpoint{VendorEndpoint: e, Kept: ztp.NewSecret(string(text))}, nil
}

// Overwrite writes a phone with one request. Where its profile is gone from the
// company, putEndpoint needs another one.
func (v *Vendor) Overwrite(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint, have ztp.WholeEndpoint) error {
	o := sraps.Object{}
	if text := have.Kept.RevealSecret(); text != "" {
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			return &ztp.VendorError{Code: ztp.CodeInternal, Effect: ztp.EffectNotSent, Err: err}
		}
	}
	if err := v.describe(ctx, by, o, e); err != nil {
		return before(err)
	}
	if err := v.putEndpoint(ctx, by, company, e.MAC, o); err != nil {
		v.forgetOnRefusal(err)
		return write(err)
	}
	return nil
}
