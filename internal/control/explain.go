package control

import (
	"context"
	"slices"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// PhoneExplanation is why a phone is in service, or is not.
type PhoneExplanation struct {
	ztp.Explanation
	Endpoint ztp.Endpoint
	// Vendor is its vendor's title.
	Vendor string
}

// ExplainEndpoint walks what stands between a phone and its first call. No vendor is asked;
// the provisioning URL is looked at as a phone would, once a minute at most.
func (c *Control) ExplainEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) (PhoneExplanation, error) {
	var out PhoneExplanation
	if err := maySee(a); err != nil {
		return out, err
	}
	f := ztp.PhoneFacts{Now: c.now()}
	var err error
	if f.Platform, err = c.cfg.Store.Platform(ctx, ref); err != nil {
		return out, err
	}
	if f.Endpoint, err = c.cfg.Store.Endpoint(ctx, f.Platform.ID, mac); err != nil {
		return out, err
	}
	for _, learn := range []func(context.Context, *ztp.PhoneFacts) error{c.learnEntry, c.learnTokens, c.learnWay, c.learnContact, c.learnSettings} {
		if err := learn(ctx, &f); err != nil {
			return out, err
		}
	}
	return PhoneExplanation{Explanation: ztp.Explain(f), Endpoint: f.Endpoint, Vendor: f.Vendor}, nil
}

// learnEntry is what is known of its entry at the vendor.
func (c *Control) learnEntry(ctx context.Context, f *ztp.PhoneFacts) error {
	e := f.Endpoint
	info, err := c.Vendor(e.Vendor)
	if err != nil {
		return err
	}
	f.Vendor = info.Title
	if f.Link, err = c.cfg.Store.Link(ctx, e.Platform, e.Vendor); err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return err
	}
	if f.Link.Version == 0 {
		f.Link = ztp.UnsavedLink(e.Platform, e.Vendor)
	}
	if f.Open, err = c.underWay(ctx, e); err != nil {
		return err
	}
	return c.learnDrift(ctx, f)
}

// underWay reports whether an open operation is about the phone, alone or among others.
func (c *Control) underWay(ctx context.Context, e ztp.Endpoint) (bool, error) {
	own, err := c.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: e.Platform, MAC: e.MAC, Open: true, Limit: 1})
	if err != nil || len(own.Items) > 0 || e.State != ztp.EndpointPaused && e.State != ztp.EndpointWanted {
		return len(own.Items) > 0, err
	}
	all, err := c.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: e.Platform, Vendor: e.Vendor, Open: true, Limit: 1000})
	if err != nil {
		return false, err
	}
	for _, op := range all.Items {
		if !op.MAC.IsZero() {
			continue
		}
		if e.State == ztp.EndpointPaused && op.Ahead(ztp.StepResumePhones) {
			return true, nil // whose items may not be gathered yet
		}
		items, err := c.cfg.Store.PhoneItemsOf(ctx, op.ID, []ztp.MAC{e.MAC})
		if err != nil || slices.ContainsFunc(items, func(i ztp.PhoneItem) bool { return !i.State.Final() }) {
			return err == nil, err
		}
	}
	return false, nil
}

// learnDrift is what the last comparison with the vendor found of it, unless it was written
// since.
func (c *Control) learnDrift(ctx context.Context, f *ztp.PhoneFacts) error {
	e := f.Endpoint
	sync, err := c.cfg.Store.PhoneSync(ctx, e.Platform, e.Vendor)
	if err != nil || sync.Operation == "" {
		return err
	}
	d, err := c.cfg.Store.Drift(ctx, sync.Operation, e.MAC)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return nil
	case err != nil:
		return err
	case e.ConfirmedAt.After(d.FoundAt):
		return nil
	}
	f.Drift = &d
	if d.Elsewhere == "" {
		return nil
	}
	other, err := c.cfg.Store.Platform(ctx, string(d.Elsewhere))
	if err == nil {
		f.Elsewhere = other.Slug
	}
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil
	}
	return err
}

// learnTokens finds its account, and whether the token in its URL counts.
func (c *Control) learnTokens(ctx context.Context, f *ztp.PhoneFacts) error {
	acc, err := c.cfg.Store.Account(ctx, f.Platform.ID, string(f.Endpoint.Account))
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil // a released phone may outlive it
	}
	if err != nil {
		return err
	}
	f.Account = acc
	all, err := tokensOf(ctx, c.cfg.Store, acc)
	for _, t := range all {
		f.TokenServed = f.TokenServed || t.ID == f.Endpoint.AddressTokenID
	}
	return err
}

// learnWay is what is known of the way to us.
func (c *Control) learnWay(ctx context.Context, f *ztp.PhoneFacts) error {
	state, err := c.listeners(ctx)
	if err != nil {
		return err
	}
	f.Certificates, f.Handshakes = state.Certificates, state.Handshakes
	f.Template, f.Present = ztp.TemplateOf(f.Endpoint, f.Platform, c.cfg.URL), ztp.TemplateFor(f.Platform, c.cfg.URL)
	if off, ok := c.cfg.Address.(addressCheckOff); ok && off.Off() || f.Template.IsZero() || !f.Template.ServedHere() {
		return nil
	}
	f.Address = c.looks.at(ctx, f.Template, c.now, c.cfg.Address)
	return nil
}

func (c *Control) learnContact(ctx context.Context, f *ztp.PhoneFacts) error {
	k, err := c.cfg.Store.Contact(ctx, f.Platform.ID, f.Endpoint.MAC)
	if err != nil {
		return err
	}
	if k.Of(f.Endpoint) {
		f.Contact = k
	}
	f.Fetches, err = c.cfg.Store.ListFetches(ctx, f.Platform.ID, f.Endpoint.MAC)
	return err
}

// learnSettings makes its file, as a preview does.
func (c *Control) learnSettings(ctx context.Context, f *ztp.PhoneFacts) error {
	e := f.Endpoint
	view, err := settingsView(ctx, c.cfg.Store, ztp.SettingScope{Platform: e.Platform, MAC: e.MAC}, e.Account)
	if err != nil {
		return err
	}
	f.Values = view.Effective
	if e.State != ztp.EndpointReleased && !f.Template.IsZero() && f.Template.ServedHere() {
		_, f.Rendered = c.preview(ctx, f.Platform, e)
	}
	return nil
}

// looks remembers what came of looking at our own addresses.
type looks struct {
	mu   sync.Mutex
	last map[string]*look
}

type look struct {
	mu    sync.Mutex
	check ztp.AddressCheck
}

const (
	// lookEvery is how often an address is looked at, and looksKept how many are remembered.
	lookEvery = time.Minute
	looksKept = 100
)

// at looks at an address, unless that was done a short while ago. Who asks at the same time
// waits for the same answer.
func (l *looks) at(ctx context.Context, t ztp.URLTemplate, now func() time.Time, by AddressChecker) ztp.AddressCheck {
	l.mu.Lock()
	if l.last == nil || len(l.last) >= looksKept {
		l.last = map[string]*look{}
	}
	one := l.last[t.Base()]
	if one == nil {
		one = &look{}
		l.last[t.Base()] = one
	}
	l.mu.Unlock()
	one.mu.Lock()
	defer one.mu.Unlock()
	if at := now(); one.check.At.IsZero() || at.Sub(one.check.At) >= lookEvery || at.Before(one.check.At) {
		err := by.Check(ctx, t)
		if ctx.Err() != nil {
			return ztp.AddressCheck{} // whoever asked has gone: that says nothing
		}
		one.check = ztp.AddressCheck{At: at, Err: err}
	}
	return one.check
}
