// Package control holds the use cases: the only door through which anything is
// changed. Every method takes the actor who asks, checks permission, existence,
// body and idempotency in the order of docs/architecture.md, and writes state,
// audit event and queued operation in one transaction. The portal, the API and
// the orchestrator's own checks all come through here.
//
// It calls no vendor. What needs one becomes an operation that the orchestrator
// runs; only the reseller's companies are listed at once, to match them with platforms or
// to rebuild from: that is before there is a link that an operation could belong to. Start
// reading at actions.go, which has Onboard, Rotate and Disable.
package control

import (
	"context"
	"log/slog"
	"time"

	"zerotouch.example/internal/ztp"
)

// Config is what New needs. Store, Vendors, Reseller and Address are required.
type Config struct {
	Store ztp.Store
	// Vendors are those of this build, in the order of the card.
	Vendors []ztp.Vendor
	// Reseller says where reseller credentials come from.
	Reseller ztp.ResellerSource
	// Address proves that a provisioning URL reaches this installation.
	Address AddressChecker
	// Companies lists what the reseller has at a vendor, for adoptions of many and for
	// rebuilds; nil where that is not offered.
	Companies func(ctx context.Context, v ztp.VendorName) ([]ztp.VendorCompany, error)
	// Installation is the installation's name.
	Installation string
	// URL is the template of the installation's provisioning URL; zero when none
	// is configured.
	URL ztp.URLTemplate
	// SIPProxy is through which phones are told to look for their settings again, as it is
	// shown; "" where none is configured.
	SIPProxy string
	// Wake tells the orchestrator that an operation was queued; may be nil.
	Wake func()
	// Listeners tells what the listeners of this process know of themselves; nil for
	// nothing.
	Listeners func() ztp.ListenerState
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
	// RotateEvery is the rotation policy: the age at which a key is replaced by itself;
	// zero for none. KeyAge is the age after which a credential is shown as old: that
	// of the policy when zero, or 90 days without one.
	RotateEvery time.Duration
	KeyAge      time.Duration
}

// AddressChecker proves a provisioning URL before it is sent to a vendor.
type AddressChecker interface {
	// Check returns nil when the template's address reaches this installation (or,
	// for a foreign server, completes a TLS handshake), else an *ztp.Error with
	// code provisioning_url_unreachable. It takes at most 5 s.
	Check(ctx context.Context, t ztp.URLTemplate) error
}

// Control implements the use cases. It is safe for concurrent use.
type Control struct {
	cfg     Config
	vendors map[ztp.VendorName]ztp.Vendor
	uploads uploads
	book    ztp.SettingBook
	looks   looks
	trusted trusted
	// resyncPart is ztp.ResyncPart; tests have fewer phones.
	resyncPart int
}

// New returns a Control.
func New(cfg Config) *Control {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Wake == nil {
		cfg.Wake = func() {}
	}
	if cfg.Listeners == nil {
		cfg.Listeners = func() ztp.ListenerState { return ztp.ListenerState{} }
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.KeyAge == 0 {
		cfg.KeyAge = cfg.RotateEvery
	}
	if cfg.KeyAge == 0 {
		cfg.KeyAge = 90 * 24 * time.Hour
	}
	c := &Control{cfg: cfg, vendors: map[ztp.VendorName]ztp.Vendor{}, book: ztp.NewSettingBook(cfg.Vendors), resyncPart: ztp.ResyncPart}
	for _, v := range cfg.Vendors {
		c.vendors[v.Describe().Name] = v
	}
	return c
}

// now is the clock cut to the store's resolution, so that what is returned
// equals what is read back.
func (c *Control) now() time.Time { return c.cfg.Now().UTC().Truncate(time.Millisecond) }

// Vendors returns what each vendor of this build declares, in the card's order.
func (c *Control) Vendors() []ztp.VendorInfo {
	infos := make([]ztp.VendorInfo, 0, len(c.cfg.Vendors))
	for _, v := range c.cfg.Vendors {
		infos = append(infos, v.Describe())
	}
	return infos
}

// Vendor returns one vendor's declaration; not_found for others.
func (c *Control) Vendor(name ztp.VendorName) (ztp.VendorInfo, error) {
	v, ok := c.vendors[name]
	if !ok {
		known := make([]ztp.VendorName, 0, len(c.cfg.Vendors))
		for _, info := range c.Vendors() {
			known = append(known, info.Name)
		}
		return ztp.VendorInfo{}, ztp.UnknownVendor(known...)
	}
	return v.Describe(), nil
}

// knownVendor refuses a filter by a vendor that this build does not have: its empty list
// would say that there is nothing. "" is every vendor.
func (c *Control) knownVendor(name ztp.VendorName) error {
	if name == "" {
		return nil
	}
	_, err := c.Vendor(name)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return ztp.Invalid("vendor", ztp.AsError(err).Detail)
	}
	return err
}

// Installation returns the installation's name, which every page shows.
func (c *Control) Installation() string { return c.cfg.Installation }

// mayChange refuses viewers, and records that they tried.
func (c *Control) mayChange(ctx context.Context, a ztp.Actor, action string, p ztp.PlatformID, v ztp.VendorName) error {
	if a.MayChange() {
		return nil
	}
	err := &ztp.Error{Code: ztp.CodeNotAllowed, Detail: "Your role is viewer."}
	c.refused(ctx, a, action, p, v, "", err)
	return err
}

func maySee(a ztp.Actor) error {
	if !a.MaySee() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	return nil
}

// refused writes the audit row of something that was not done. A failure to
// write it is logged; the refusal itself stands either way.
func (c *Control) refused(ctx context.Context, a ztp.Actor, action string, p ztp.PlatformID, v ztp.VendorName, target string, err error) {
	e := c.event(a, action, p, v, target)
	e.Outcome, e.Code = ztp.OutcomeRefused, ztp.CodeOf(err)
	if werr := c.cfg.Store.AppendEvent(context.WithoutCancel(ctx), e); werr != nil {
		c.cfg.Log.Error("audit row not written", "action", action, "err", werr)
	}
}

// event starts the audit row of something that is done.
func (c *Control) event(a ztp.Actor, action string, p ztp.PlatformID, v ztp.VendorName, target string) ztp.Event {
	e := a.Event(c.now(), action, target)
	e.Platform, e.Vendor = p, v
	return e
}
