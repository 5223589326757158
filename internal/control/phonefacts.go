package control

import (
	"context"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	maxHardware = 64
	maxPIN      = 64
	// sipAhead is how far the voice service's clock may be ahead of ours.
	sipAhead = time.Minute
)

// validateHardware checks what is said of the phone itself.
func validateHardware(r *EndpointRequest, fields map[string]string) {
	const shape = "At most 64 characters, no control characters and no space at its ends."
	for name, value := range map[string]*string{"model": r.Model, "serial": r.Serial} {
		if value != nil && *value != "" && (!ztp.ValidName(*value) || len([]rune(*value)) > maxHardware) {
			fields[name] = shape
		}
	}
	if r.PIN != nil && !validPIN(r.PIN.RevealSecret()) {
		fields["pin"] = "A PIN has at most 64 letters, digits and signs, without spaces."
	}
}

func validPIN(pin string) bool {
	return len(pin) <= maxPIN && !strings.ContainsFunc(pin, func(r rune) bool { return r <= ' ' || r > '~' })
}

// SetSIP takes the voice service's word on whether a phone is registered there, and
// returns the phone as it is then: of two words the later one stands, whichever comes
// first. It concerns neither the vendor nor what is wished, so it makes no operation, and
// is too frequent for the audit log.
func (c *Control) SetSIP(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, f ztp.SIPFact) (ztp.Endpoint, error) {
	if err := c.mayChange(ctx, a, "endpoint.sip", "", ""); err != nil {
		return ztp.Endpoint{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Endpoint{}, err
	}
	e, err := c.cfg.Store.Endpoint(ctx, p.ID, mac)
	if err != nil {
		return ztp.Endpoint{}, err
	}
	switch {
	case f.At.IsZero():
		return ztp.Endpoint{}, ztp.Invalid("at", "Say when that was so, such as 2026-03-01T12:00:00Z.")
	case f.At.After(c.now().Add(sipAhead)):
		return ztp.Endpoint{}, ztp.Invalid("at", "This is in the future. Set the clock of the voice service right, or send the time at which it was seen.")
	case f.At.Before(time.Unix(1, 0)):
		return ztp.Endpoint{}, ztp.Invalid("at", "This is before there were such phones. Send the time at which it was seen.")
	case f.Reason != "" && f.Registered:
		return ztp.Endpoint{}, ztp.Invalid("reason", "A phone that is registered has none.")
	case f.Reason != "" && !slices.Contains(ztp.SIPReasons, f.Reason):
		return ztp.Endpoint{}, ztp.Invalid("reason", "A reason is one of: wrong_password, unknown_user, gone.")
	}
	if e.SIP, err = c.cfg.Store.SetSIP(ctx, p.ID, mac, f); err != nil {
		return ztp.Endpoint{}, err
	}
	return e, nil
}
