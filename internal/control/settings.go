package control

import (
	"context"
	"slices"

	"zerotouch.example/internal/ztp"
)

// SettingsAt names whose settings of phones are meant: those of the installation when it
// is zero, of a platform, of an account of it, or of a phone of it.
type SettingsAt struct {
	Platform string // slug or id
	Account  string // slug or id
	MAC      ztp.MAC
}

// SettingsView is what counts somewhere. Of what is set there, everything counts.
type SettingsView struct {
	Scope ztp.SettingScope
	// Version is what a change made by this view is to name.
	Version   int64
	Effective ztp.EffectiveSettings
	// Rollout is the change of this scope that has not gone to everybody yet, nil without
	// one. Effective are the values that count without it, but for a phone that has it.
	Rollout *ztp.Rollout
	// Changes are what it changes.
	Changes []ztp.RolloutChange
	// Warnings say what is taken and may do harm all the same, in sentences: see
	// ztp.CrowdedWindow.
	Warnings []string
}

// Settings returns the values that count there and where each comes from. Secrets are
// named, and never opened.
func (c *Control) Settings(ctx context.Context, a ztp.Actor, at SettingsAt) (SettingsView, error) {
	if err := maySee(a); err != nil {
		return SettingsView{}, err
	}
	scope, account, err := settingScope(ctx, c.cfg.Store, at)
	if err != nil {
		return SettingsView{}, err
	}
	return settingsView(ctx, c.cfg.Store, scope, account)
}

func settingsView(ctx context.Context, s ztp.Store, scope ztp.SettingScope, account ztp.AccountID) (SettingsView, error) {
	layers, err := s.Settings(ctx, scope.Above(account)...)
	if err != nil {
		return SettingsView{}, err
	}
	view := SettingsView{Scope: scope, Version: layers[len(layers)-1].Version, Effective: ztp.ResolveSettings(layers...)}
	if scope.Layer() == ztp.LayerEndpoint {
		view.Effective = ztp.SettingsOfPhone(scope.MAC, layers...)
		return view, nil
	}
	open, err := s.OpenRollout(ctx, scope)
	switch {
	case err == nil:
		view.Rollout = &open
		if view.Changes, err = s.RolloutDiff(ctx, open); err != nil {
			return view, err
		}
	case !ztp.IsCode(err, ztp.CodeNotFound):
		return SettingsView{}, err
	}
	view.Warnings, err = crowded(ctx, s, view)
	return view, err
}

// crowded warns of windows, set in this layer or on their way to it, in which too many of
// the phones below ask at once. One that it has from above is told of there.
func crowded(ctx context.Context, s ztp.Store, v SettingsView) (warnings []string, err error) {
	var windows []string
	if own, ok := v.Effective.At(ztp.SettingPollWindow, 0); ok && own.Layer == v.Scope.Layer() {
		windows = append(windows, own.Value)
	}
	for _, c := range v.Changes {
		if c.Name == ztp.SettingPollWindow && c.After != nil {
			windows = append(windows, *c.After)
		}
	}
	if len(windows) == 0 {
		return nil, nil
	}
	below, err := phonesBelow(ctx, s, v.Scope)
	for _, w := range windows {
		if text := ztp.CrowdedWindow(w, below); text != "" {
			warnings = append(warnings, text)
		}
	}
	return warnings, err
}

// settingScope finds what at names; account is that of a phone. A phone that was released
// has no settings.
func settingScope(ctx context.Context, s ztp.Store, at SettingsAt) (scope ztp.SettingScope, account ztp.AccountID, err error) {
	if at.Platform == "" {
		return scope, "", nil
	}
	p, err := s.Platform(ctx, at.Platform)
	if err != nil {
		return scope, "", err
	}
	scope.Platform = p.ID
	switch {
	case !at.MAC.IsZero():
		e, err := s.Endpoint(ctx, p.ID, at.MAC)
		if err == nil && e.State == ztp.EndpointReleased {
			err = ztp.NotFound("phone")
		}
		scope.MAC = at.MAC
		return scope, e.Account, err
	case at.Account != "":
		acc, err := s.Account(ctx, p.ID, at.Account)
		scope.Account = acc.ID
		return scope, "", err
	}
	return scope, "", nil
}

// SettingsRequest changes settings somewhere; what it does not name stays.
type SettingsRequest struct {
	Changes []ztp.SettingChange
	// Version is that of the view which the change was made by; nil for whatever is there.
	Version *int64
}

// ChangeSettings sets values and takes values away, all or none, and returns what counts
// then. Phones get it when they ask next; a change above many phones is proposed instead,
// and goes out ring by ring, see AdvanceRollout.
func (c *Control) ChangeSettings(ctx context.Context, a ztp.Actor, at SettingsAt, r SettingsRequest) (SettingsView, error) {
	const verb = "settings.change"
	if err := c.mayChange(ctx, a, verb, "", ""); err != nil {
		return SettingsView{}, err
	}
	scope, _, err := settingScope(ctx, c.cfg.Store, at)
	if err != nil {
		return SettingsView{}, err
	}
	changes, err := c.book.Check(a.Role, scope, r.Changes)
	if err == nil {
		err = ztp.RefuseEnded(changes, c.now())
	}
	if err != nil {
		if ztp.IsCode(err, ztp.CodeNotAllowed) {
			c.refused(ctx, a, verb, scope.Platform, "", settingsTarget(scope), err)
		}
		return SettingsView{}, err
	}
	r.Changes = changes
	below, err := phonesBelow(ctx, c.cfg.Store, scope)
	if err != nil {
		return SettingsView{}, err
	}
	var view SettingsView
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		scope, account, err := settingScope(ctx, s, at) // it may have been released meanwhile
		if err != nil {
			return err
		}
		if err := c.putSettings(ctx, s, a, scope, below, r); err != nil {
			return err
		}
		view, err = settingsView(ctx, s, scope, account)
		return err
	})
	return view, err
}

// putSettings changes them at once, or proposes the change where many phones are below.
func (c *Control) putSettings(ctx context.Context, s ztp.Store, a ztp.Actor, scope ztp.SettingScope, below int, r SettingsRequest) error {
	e := c.event(a, "settings.changed", scope.Platform, "", settingsTarget(scope))
	e.Detail = ztp.DescribeSettings(r.Changes)
	proposed, err := c.proposal(ctx, s, a, scope, below)
	switch {
	case err != nil:
		return err
	case proposed != nil:
		e.Action, e.Target = "settings.proposed", string(proposed.ID)
		err = s.ProposeSettings(ctx, *proposed, r.Version, r.Changes)
	default:
		if err = thawed(ctx, s); err == nil {
			_, err = s.ChangeSettings(ctx, scope, r.Version, r.Changes, a.String(), c.now())
		}
	}
	if err != nil {
		return err
	}
	return s.AppendEvent(ctx, e)
}

// settingsTarget names the scope in the audit log; its row says which platform.
func settingsTarget(s ztp.SettingScope) string {
	switch s.Layer() {
	case ztp.LayerEndpoint:
		return s.MAC.String()
	case ztp.LayerAccount:
		return string(s.Account)
	}
	return ""
}

// SettingInfos is the catalogue of settings with a name of ours.
func (c *Control) SettingInfos() []ztp.SettingInfo { return slices.Clone(ztp.SettingCatalogue) }

// SettingInfo tells what is known of one setting, a vendor's own too.
func (c *Control) SettingInfo(n ztp.SettingName) (ztp.SettingInfo, error) { return c.book.Info(n) }

// Preview is the file that a phone would get.
type Preview struct {
	ContentType string
	File        []byte
}

// PreviewSettings renders exactly the file that the phone would get once it has shown what
// it takes, with masks for tokens and secrets: none of them is opened for it.
func (c *Control) PreviewSettings(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) (Preview, error) {
	e, err := c.Endpoint(ctx, a, ref, mac)
	if err != nil {
		return Preview{}, err
	}
	if e.State == ztp.EndpointReleased {
		return Preview{}, ztp.NotFound("phone")
	}
	p, err := c.cfg.Store.Platform(ctx, string(e.Platform))
	if err != nil {
		return Preview{}, err
	}
	return c.preview(ctx, p, e)
}

func (c *Control) preview(ctx context.Context, p ztp.Platform, e ztp.Endpoint) (Preview, error) {
	renderer, ok := c.vendors[e.Vendor].(ztp.SettingsRenderer)
	if !ok {
		return Preview{}, ztp.Errorf(ztp.CodeNotRendered, "Phones of the vendor %s get no settings from here.", e.Vendor)
	}
	wanted := ztp.SettingsFor(e)
	wanted.Home = !p.HomeSince.IsZero()
	if !wanted.Home {
		view, err := settingsView(ctx, c.cfg.Store, ztp.SettingScope{Platform: e.Platform, MAC: e.MAC}, e.Account)
		if err != nil {
			return Preview{}, err
		}
		password := ztp.Secret{}
		if e.DeviceTokenHash != "" {
			password = ztp.MaskedSecret()
		}
		template := ztp.TemplateOf(e, p, c.cfg.URL)
		if template.ServedHere() { // else all that it gets is where to go
			wanted = wanted.Settled(view.Effective.Masked(), password)
		}
		if wanted.URL, err = maskedURL(template, e); err != nil {
			return Preview{}, err
		}
	}
	var out Preview
	var err error
	out.File, out.ContentType, err = renderer.RenderSettings(wanted)
	return out, err
}

// maskedURL is the URL that the phone's file names, without its tokens.
func maskedURL(template ztp.URLTemplate, e ztp.Endpoint) (ztp.Secret, error) {
	switch {
	case template.IsZero():
		return ztp.Secret{}, ztp.Errorf(ztp.CodeConfigurationMissing, "ZEROTOUCH_PROVISIONING_URL is not set.")
	case e.DeviceTokenHash == "":
		return template.ForProfile().Fill(ztp.MaskedSecret()), nil
	}
	return template.ForSettled().FillPhone(ztp.MaskedSecret(), ztp.MaskedSecret()), nil
}
