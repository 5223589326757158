package control

import (
	"context"
	"fmt"
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
	if err := c.checkSIP(f); err != nil {
		return ztp.Endpoint{}, err
	}
	if e.SIP, err = c.cfg.Store.SetSIP(ctx, p.ID, mac, f); err != nil {
		return ztp.Endpoint{}, err
	}
	return e, nil
}

// checkSIP says what is wrong with a word of the voice service.
func (c *Control) checkSIP(f ztp.SIPFact) error {
	switch {
	case f.At.IsZero():
		return ztp.Invalid("at", "Say when that was so, such as 2026-03-01T12:00:00Z.")
	case f.At.After(c.now().Add(sipAhead)):
		return ztp.Invalid("at", "This is in the future. Set the clock of the voice service right, or send the time at which it was seen.")
	case f.At.Before(time.Unix(1, 0)):
		return ztp.Invalid("at", "This is before there were such phones. Send the time at which it was seen.")
	case f.Reason != "" && f.Registered:
		return ztp.Invalid("reason", "A phone that is registered has none.")
	case f.Reason != "" && !slices.Contains(ztp.SIPReasons, f.Reason):
		return ztp.Invalid("reason", "A reason is one of: wrong_password, unknown_user, gone.")
	}
	return nil
}

// SIPAnswer is what came of one word of SetSIPs.
type SIPAnswer struct {
	MAC ztp.MAC
	// Stands is what is known of the phone now: what was said, or something later. It is
	// zero with an Err.
	Stands ztp.SIPFact
	// Err is nil when the phone is there and the word in order. A phone of another platform
	// is not_found, as one of nobody is.
	Err error
}

// SetSIPs is SetSIP for up to MaxBulk words about phones of a platform, with an answer for
// each in their order. What is in order is committed at once, whatever came of the rest, and
// may be told again.
func (c *Control) SetSIPs(ctx context.Context, a ztp.Actor, ref string, said []ztp.SIPWord) ([]SIPAnswer, error) {
	if err := c.mayChange(ctx, a, "endpoint.sip", "", ""); err != nil {
		return nil, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return nil, err
	}
	if len(said) == 0 || len(said) > MaxBulk {
		return nil, ztp.Invalid("registrations", fmt.Sprintf("One request takes 1 to %d.", MaxBulk))
	}
	answers, right := make([]SIPAnswer, len(said)), make([]ztp.SIPWord, 0, len(said))
	for i, w := range said {
		answers[i] = SIPAnswer{MAC: w.MAC, Err: c.checkSIP(w.SIPFact)}
		if w.MAC == (ztp.MAC{}) {
			answers[i].Err = ztp.Invalid("mac", "This is not a MAC address.")
		}
		if answers[i].Err == nil {
			right = append(right, w)
		}
	}
	stands, err := c.cfg.Store.SetSIPs(ctx, p.ID, right)
	if err != nil {
		return nil, err
	}
	for i, answer := range answers {
		f, there := stands[answer.MAC]
		switch {
		case answer.Err != nil:
		case there:
			answers[i].Stands = f
		default:
			answers[i].Err = ztp.NotFound("phone")
		}
	}
	return answers, nil
}
