package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// wish is what the vendor should have of a phone.
type wish struct {
	ztp.VendorEndpoint
	// newToken is the phone's own token where it has had none: SetDeviceTokens keeps it
	// in the commit of the intent, so that no URL goes out which nobody knows after.
	newToken ztp.Secret
}

// wishedAtVendor is what the vendor should have of the phone. It notes in e which
// address that is.
func (r *run) wishedAtVendor(ctx context.Context, e *ztp.Endpoint) (wish, error) {
	t, acc, token, err := r.fill(ctx, e.Account)
	if err != nil {
		return wish{}, err
	}
	t = t.ForPhone()
	var w wish
	device, err := r.deviceToken(ctx, t, *e)
	if err != nil {
		return wish{}, err
	}
	if t.NamesDevice() && device.IsZero() {
		device = ztp.NewToken()
		w.newToken = device
	}
	e.AddressTemplate, e.AddressTokenID = t.String(), acc.TokenID
	w.VendorEndpoint = ztp.VendorEndpoint{
		MAC: e.MAC, Name: e.Name, Group: e.ProductGroup, Profile: r.link.Profiles[e.ProductGroup],
		URL: t.FillPhone(token, device), Enabled: !e.WantPaused,
	}
	if r.info.NeedsPIN {
		w.Serial = e.Serial
		w.PIN, err = r.o.cfg.Store.PIN(ctx, r.op.Platform, e.MAC)
	}
	return w, openFailure(err)
}

// openFailure is what a sealed value means that cannot be had.
func openFailure(err error) error {
	if ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		return needsOperator(err)
	}
	return storeFailure(err)
}

// deviceToken is the phone's own token, zero when it has none or the template asks for
// none.
func (r *run) deviceToken(ctx context.Context, t ztp.URLTemplate, e ztp.Endpoint) (ztp.Secret, error) {
	if !t.NamesDevice() || e.DeviceTokenHash == "" {
		return ztp.Secret{}, nil
	}
	if token := r.devices[e.MAC]; ztp.HashToken(token) == e.DeviceTokenHash {
		return token, nil
	}
	tokens, err := r.o.cfg.Store.DeviceTokens(ctx, r.op.Platform, []ztp.MAC{e.MAC})
	if err == nil && tokens[e.MAC].IsZero() { // released since it was read
		err = &ztp.Error{Code: ztp.CodeFormOutdated}
	}
	return tokens[e.MAC], openFailure(err)
}

// openDevices opens the tokens of phones that are about to be written, all with one
// question. One that has another by then is asked for again.
func (r *run) openDevices(ctx context.Context, rows []ztp.Endpoint) error {
	var macs []ztp.MAC
	for _, e := range rows {
		if e.DeviceTokenHash != "" {
			macs = append(macs, e.MAC)
		}
	}
	if len(macs) == 0 {
		return nil
	}
	var err error
	r.devices, err = r.o.cfg.Store.DeviceTokens(ctx, r.op.Platform, macs)
	return openFailure(err)
}
