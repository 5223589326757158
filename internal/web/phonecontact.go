package web

import (
	"net/http"
	"time"

	"zerotouch.example/internal/ztp"
)

// contactView is how a phone comes here, on its page.
type contactView struct {
	// Proof is how it has proven itself, "" for not yet.
	Proof string
	// Waits is why it gets holding settings, nil when it does not; Until completes the sentence,
	// which Resumed takes the place of once the phone itself has come again.
	Waits                    *status
	Until, Resumed, HeldHref string
	// Other: it is somebody else who gets them, as it seems.
	Other bool
	// Password is what is known of its HTTP password, given out At; "" for none.
	Password string
	At       time.Time
}

func (p *portal) contactOf(r *http.Request, f foundPhone) contactView {
	k := f.contact
	v := contactView{Until: "somebody admits it", Resumed: p.resumed(k, f.e.FetchedAt), HeldHref: waitingPath(f.p) + "?mac=" + f.e.MAC.Bare(), Other: k.Waiting.Alarming(), At: k.PasswordAt}
	v.Waits, _ = p.waits(r, f.p, f.e, k)
	if k.Assurance != "" {
		v.Proof = k.Assurance.Title() + " (" + string(k.Assurance) + ")"
		if k.Less {
			v.Proof += ", without the device certificate of its model"
		}
	}
	switch {
	case k.PasswordHash == "":
	case k.PreviousHash != "":
		v.Password = "the one before counts until it comes with this"
	case k.PasswordUsedAt.IsZero():
		v.Password = "not used yet"
	default:
		v.Password = "in use"
	}
	switch k.Waiting {
	case ztp.WaitingElsewhere, ztp.WaitingOther:
		v.Until = "somebody admits them"
	case ztp.WaitingHeld:
		v.Until = "somebody ends the hold"
	case ztp.WaitingSettings:
		v.Until = "they are"
	}
	return v
}

// contactActions are for phones that have a URL of their own.
func contactActions(f foundPhone) []button {
	if f.e.State == ztp.EndpointReleased || f.e.DeviceTokenHash == "" || nothingHeld(f.e) {
		return nil
	}
	at, on := phonePath(f.p, f.e.MAC)+"/contact", f.e.MAC.String()
	hold := button{ID: "b-hold", Label: "Hold…", On: on, Href: at + "/hold", Disabled: f.op != nil}
	if f.contact.Waiting == ztp.WaitingHeld {
		hold = button{ID: "b-unhold", Label: "End hold", On: "of " + on, Kind: "act", Post: at + "/unhold", Disabled: f.op != nil}
	}
	if f.contact.WhyNoNewPassword() != "" {
		return []button{hold}
	}
	return []button{hold, {ID: "b-password", Label: "New password…", On: "for " + on, Href: at + "/rotate-password", Disabled: f.op != nil}}
}

// contactForms ask before what changes how a phone comes here, as they stand in addresses.
var contactForms = map[string]formPage{
	"hold": {
		Heading: "Hold this phone?", Submit: "Hold phone",
		Intro: "For a phone that is lost, or in the wrong hands.",
		effects: effects{
			Will: []string{"Give holding settings to whoever comes by its URL, even with its password or certificate, until somebody ends the hold or admits the phone"},
			Wont: []string{"Take away what the phone has: its lines work until the voice service ends them", "Change anything at its vendor, or give the MAC up"},
		},
	},
	"rotate-password": {
		Heading: "Give this phone a new password?", Submit: "New password",
		Intro: "The HTTP password by which the phone proves itself when it asks for its settings.",
		effects: effects{
			Will: []string{"Make a new one and give it to the phone with its next settings", "Let the one that it has count until it has come with the new one"},
			Wont: []string{"Restart the phone, or change its lines and SIP passwords"},
			Note: "Somebody who knows the one before, and comes first, gets the new one. Against that, hold the phone.",
		},
	},
}

func (p *portal) askContact(w http.ResponseWriter, r *http.Request) error {
	return p.contactForm(w, r, http.StatusOK, nil)
}

func (p *portal) contactForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	f, ok := contactForms[r.PathValue("action")]
	if !ok {
		return ztp.NotFound("page")
	}
	found, err := p.findPhone(r)
	if err != nil {
		return err
	}
	at := phonePath(found.p, found.e.MAC)
	f.Platform, f.Action, f.Cancel = &found.p, at+"/contact/"+r.PathValue("action"), at
	f.Crumbs = append(platformCrumbs(found.p), crumb{found.e.MAC.String(), at}, crumb{Title: f.Submit})
	return p.form(w, r, code, f, e)
}

// changeContact carries out what was confirmed, or ends a hold.
func (p *portal) changeContact(w http.ResponseWriter, r *http.Request) error {
	mac, err := ztp.ParseMAC(r.PathValue("mac"))
	if err != nil {
		return ztp.NotFound("phone")
	}
	ctx, who, ref := r.Context(), p.actor(r), r.PathValue("p")
	switch r.PathValue("action") {
	case "hold":
		_, _, err = p.ctl.HoldEndpoint(ctx, who, ref, mac)
	case "unhold":
		_, _, err = p.ctl.UnholdEndpoint(ctx, who, ref, mac)
	case "rotate-password":
		_, _, err = p.ctl.RotateEndpointPassword(ctx, who, ref, mac)
	default:
		err = ztp.NotFound("action")
	}
	if _, asks := contactForms[r.PathValue("action")]; err != nil && !asks {
		return err
	}
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.contactForm(w, r, code, e) })
	}
	pl, err := p.ctl.Platform(ctx, who, ref)
	if err != nil {
		return err
	}
	return seeOther(w, r, phonePath(pl, mac))
}
