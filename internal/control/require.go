package control

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// secretStoreTimeout bounds the question to the secret store before an action.
const secretStoreTimeout = 5 * time.Second

// addressTimeout bounds the proof of a provisioning URL.
const addressTimeout = 5 * time.Second

// need is something an action uses, and so has to be there before it starts.
type need string

const (
	needWrites        need = "writes"
	needConfiguration need = "configuration"
	needReseller      need = "reseller"
	needToken         need = "token"
	needAddress       need = "address"
	needThaw          need = "thaw"
)

// requirements lists what an action uses, in the order in which it is checked. A
// forced Disable uses nothing: it is for when nothing answers any more.
func (c *Control) requirements(kind ztp.OperationKind, l ztp.Link, force bool) []need {
	switch kind {
	case ztp.KindOnboard, ztp.KindAdopt:
		return []need{needWrites, needConfiguration, needReseller, needToken, needThaw, needAddress}
	case ztp.KindRebuild: // the address goes into a profile that is missing
		return []need{needWrites, needConfiguration, needReseller, needAddress}
	case ztp.KindConnect, ztp.KindUpdateAddress:
		return []need{needWrites, needConfiguration, needToken, needThaw, needAddress}
	case ztp.KindRotate, ztp.KindDisable, ztp.KindOffboard, ztp.KindRevokeKey, ztp.KindTidy:
		switch {
		case force:
			return nil
		case l.Connected:
			return []need{needWrites}
		}
		return []need{needWrites, needReseller}
	case ztp.KindPauseForeign:
		return []need{needWrites}
	case ztp.KindCheck:
		if l.Active == 0 && !l.Connected {
			return []need{needReseller}
		}
	}
	return nil
}

// require checks one need and returns the refusal, or nil.
func (c *Control) require(ctx context.Context, n need, p ztp.Platform, info ztp.VendorInfo) error {
	switch n {
	case needWrites:
		all, err := c.cfg.Store.WritesOff(ctx)
		if off := ztp.WritesOffFor(all, info.Name); err == nil && off != nil {
			err = off.Err()
		}
		return err
	case needConfiguration:
		if ztp.TemplateFor(p, c.cfg.URL).IsZero() {
			return ztp.Errorf(ztp.CodeConfigurationMissing, "ZEROTOUCH_PROVISIONING_URL is not set, and this platform has no provisioning URL of its own.")
		}
	case needReseller:
		ctx, cancel := context.WithTimeout(ctx, secretStoreTimeout)
		defer cancel()
		_, err := c.cfg.Reseller.Reseller(ctx, info.Name)
		return err
	case needToken:
		return c.requireToken(ctx, p)
	case needThaw:
		return c.requireThaw(ctx, p, info)
	case needAddress:
		ctx, cancel := context.WithTimeout(ctx, addressTimeout)
		defer cancel()
		return c.cfg.Address.Check(ctx, ztp.TemplateFor(p, c.cfg.URL))
	}
	return nil
}

// proves is the template that requirements have proven, "" where that is none of them.
func (c *Control) proves(needs []need, p ztp.Platform) string {
	if !slices.Contains(needs, needAddress) {
		return ""
	}
	return ztp.TemplateFor(p, c.cfg.URL).String()
}

// requireThaw refuses, while settings are frozen, what tells phones another URL.
func (c *Control) requireThaw(ctx context.Context, p ztp.Platform, info ztp.VendorInfo) error {
	frozen := thawed(ctx, c.cfg.Store)
	if !ztp.IsCode(frozen, ztp.CodeSettingsFrozen) {
		return frozen
	}
	n, err := c.earlierURLs(ctx, p, info)
	if err != nil || n == 0 {
		return err
	}
	refused := *ztp.AsError(frozen)
	refused.Detail += " This would tell " + ztp.Counted(n, "phone", "phones") + " another URL."
	return &refused
}

// earlierURLs counts phones that are told another URL than the platform's present one.
func (c *Control) earlierURLs(ctx context.Context, p ztp.Platform, info ztp.VendorInfo) (int, error) {
	present := ztp.TemplateFor(p, c.cfg.URL)
	if present.IsZero() {
		return 0, nil
	}
	unconfirmed := ztp.TemplateOf(ztp.Endpoint{}, p, c.cfg.URL)
	return c.cfg.Store.CountEarlierURLs(ctx, p.ID, info.Name, present, unconfirmed.ForProfile().String())
}

func (c *Control) requireToken(ctx context.Context, p ztp.Platform) error {
	if p.Primary == "" {
		return ztp.Errorf(ztp.CodeProvisioningTokenMissing, "Platform %q has no account with a provisioning token yet.", p.Name)
	}
	acc, err := c.cfg.Store.Account(ctx, p.ID, string(p.Primary))
	if err != nil {
		return err
	}
	if !acc.HasToken() {
		return ztp.Errorf(ztp.CodeProvisioningTokenMissing, "The primary account %q has none.", acc.Name)
	}
	return nil
}
