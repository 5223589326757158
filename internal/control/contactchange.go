package control

import (
	"context"
	"errors"
	"net/netip"

	"zerotouch.example/internal/ztp"
)

// contactChange changes what is kept of a phone, and may give it another password.
type contactChange func(ztp.Contact) (ztp.Contact, ztp.Secret, error)

// errAsIs: it is so already, and nothing is written.
var errAsIs = errors.New("as it is")

func plainly(change func(ztp.Contact) ztp.Contact) contactChange {
	return func(k ztp.Contact) (ztp.Contact, ztp.Secret, error) { return change(k), ztp.Secret{}, nil }
}

// eventAdmitted is the admission of a phone; its detail says for which network it is.
const eventAdmitted = "endpoint.admitted"

// AdmitEndpoint opens the first-contact window of a phone again: who waits by its URL in that
// network gets its settings at the next fetch, and what was given out before ends. from is
// the network that was shown to whoever admits the phone, or the zero one; who is admitted
// then, and what is refused, Contact.Admission says.
func (c *Control) AdmitEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, from netip.Prefix) (ztp.Endpoint, ztp.Contact, error) {
	return c.changeContact(ctx, a, eventAdmitted, ref, mac, func(k ztp.Contact) (ztp.Contact, ztp.Secret, error) {
		who, err := k.Admission(from)
		if err != nil {
			return k, ztp.Secret{}, err
		}
		return k.AdmitFrom(who, a.String(), c.now()), ztp.Secret{}, nil
	})
}

// DismissEndpoint takes note that somebody has looked at the alarm of a phone: whoever
// has waited goes on waiting, and the phone keeps what it has.
func (c *Control) DismissEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) (ztp.Endpoint, ztp.Contact, error) {
	return c.changeContact(ctx, a, "endpoint.alarm_dismissed", ref, mac, plainly(ztp.Contact.Dismiss))
}

// HoldEndpoint keeps the settings of a phone from whoever comes by its URL, until
// UnholdEndpoint or AdmitEndpoint. Of a phone that is held already nothing changes.
func (c *Control) HoldEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) (ztp.Endpoint, ztp.Contact, error) {
	return c.changeContact(ctx, a, "endpoint.held", ref, mac, func(k ztp.Contact) (ztp.Contact, ztp.Secret, error) {
		if k.Waiting == ztp.WaitingHeld {
			return k, ztp.Secret{}, errAsIs
		}
		return k.Hold(c.now()), ztp.Secret{}, nil
	})
}

// UnholdEndpoint ends a hold: the phone is judged as before. Of a phone that is not held
// nothing changes.
func (c *Control) UnholdEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) (ztp.Endpoint, ztp.Contact, error) {
	return c.changeContact(ctx, a, "endpoint.hold_ended", ref, mac, func(k ztp.Contact) (ztp.Contact, ztp.Secret, error) {
		if k.Waiting != ztp.WaitingHeld {
			return k, ztp.Secret{}, errAsIs
		}
		return k.Unhold(), ztp.Secret{}, nil
	})
}

// RotateEndpointPassword gives a phone another HTTP password with its next settings. The one
// that it has counts until it has come with the new one, so that no lost answer locks it out.
func (c *Control) RotateEndpointPassword(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) (ztp.Endpoint, ztp.Contact, error) {
	return c.changeContact(ctx, a, "endpoint.password_rotated", ref, mac, func(k ztp.Contact) (ztp.Contact, ztp.Secret, error) {
		if why := k.WhyNoNewPassword(); why != "" {
			return k, ztp.Secret{}, &ztp.Error{Code: ztp.CodeInUse, Case: ztp.CasePassword, Detail: why}
		}
		password := ztp.NewToken()
		return k.WithPassword(ztp.HashToken(password), c.now()), password, nil
	})
}

func (c *Control) changeContact(ctx context.Context, a ztp.Actor, action, ref string, mac ztp.MAC, change contactChange) (e ztp.Endpoint, k ztp.Contact, err error) {
	if err := c.mayChange(ctx, a, action, "", ""); err != nil {
		return e, k, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return e, k, err
	}
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if e, k, err = contactToChange(ctx, s, p.ID, mac); err != nil {
			return err
		}
		var password ztp.Secret
		if k, password, err = change(k); err != nil {
			return err
		}
		if err := s.SaveContact(ctx, k, password); err != nil {
			return err
		}
		event := c.event(a, action, p.ID, e.Vendor, mac.String())
		if action == eventAdmitted && k.AdmittedNetwork.IsValid() {
			event.Detail = "from " + k.AdmittedNetwork.String()
		}
		return s.AppendEvent(ctx, event)
	})
	if errors.Is(err, errAsIs) {
		err = nil
	}
	return e, k, err
}

// contactToChange is what is kept of a phone that has a URL of its own.
func contactToChange(ctx context.Context, s ztp.Store, p ztp.PlatformID, mac ztp.MAC) (e ztp.Endpoint, k ztp.Contact, err error) {
	if e, err = s.Endpoint(ctx, p, mac); err != nil {
		return e, k, err
	}
	if e.State == ztp.EndpointReleased {
		return e, k, ztp.NotFound("phone")
	}
	if e.DeviceTokenHash == "" {
		return e, k, ztp.Errorf(ztp.CodeInUse, "The phone has no URL of its own yet; it gets one when it is written to its vendor.")
	}
	if k, err = s.Contact(ctx, p, mac); err != nil {
		return e, k, err
	}
	if !k.Of(e) { // nobody has come in this life
		k = ztp.Contact{Platform: e.Platform, MAC: e.MAC, DeviceTokenHash: e.DeviceTokenHash, Former: k.Former, Version: k.Version}
	}
	return e, k, nil
}
