package web

import (
	"net/http"
	"net/url"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// hardwareFields are what is known of the phone itself. A PIN is asked for only where
// the vendor takes phones by it, and never shown again.
func hardwareFields(f url.Values, needsPIN bool) []field {
	fields := []field{
		{Name: "model", Label: "Model", Hint: "Such as D785, if you like.", Type: "text", Value: f.Get("model"), Max: 64, Complete: "off"},
		{Name: "serial", Label: "Serial number", Hint: "As printed on the phone, if you like.", Type: "text", Value: f.Get("serial"), Max: 64, Complete: "off", Mono: true},
	}
	if needsPIN {
		fields = append(fields, field{Name: "pin", Label: "PIN", Hint: "As printed on the phone. It is kept sealed and not shown again; left empty, it stays as it is.", Type: "password", Max: 64, Complete: "off"})
	}
	return fields
}

// hardwareOf adds to a request what such a form says.
func hardwareOf(r *control.EndpointRequest, f url.Values) {
	for name, to := range map[string]**string{"model": &r.Model, "serial": &r.Serial} {
		if f.Has(name) {
			value := trimmed(f, name)
			*to = &value
		}
	}
	if pin := trimmed(f, "pin"); pin != "" {
		secret := ztp.NewSecret(pin)
		r.PIN = &secret
	}
}

// phoneChange is the question before a registered phone is changed; false when the form
// changes nothing that needs one, or says something that will be refused anyway. A PIN
// is not carried through another page.
func (p *portal) phoneChange(r *http.Request, found foundPhone) (confirmView, bool, error) {
	f, e := r.PostForm, found.e
	if f.Get("confirmed") != "" || f.Get("pin") != "" {
		return confirmView{}, false, nil
	}
	acc, err := p.ctl.Account(r.Context(), p.actor(r), found.p.Slug, f.Get("account"))
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return confirmView{}, false, nil
	}
	if err != nil {
		return confirmView{}, false, err
	}
	c := confirmView{ID: "ask-change", Platform: found.p, Env: p.cfg.Installation, Action: phonePath(found.p, e.MAC), Cancel: phonePath(found.p, e.MAC)}
	for _, name := range []string{"account", "product_group", "name", "model", "serial"} {
		if f.Has(name) {
			c.Hidden = append(c.Hidden, hidden{name, trimmed(f, name)})
		}
	}
	c.Hidden = append(c.Hidden, hidden{"confirmed", "1"}, hidden{"op", f.Get("op")})
	return c, p.phoneChanges(&c, e, acc, f), nil
}

// phoneChanges says what becomes of the phone; false when nothing changes.
func (p *portal) phoneChanges(c *confirmView, e ztp.Endpoint, acc ztp.Account, f url.Values) bool {
	vendor := p.vendorTitle(e.Vendor)
	name, moved := trimmed(f, "name"), acc.ID != e.Account
	group := f.Get("product_group")
	c.Title, c.Confirm = "Change this phone?", "Save changes"
	if name != e.Name {
		c.Title, c.Confirm = "Rename this phone?", "Rename phone"
		c.Will = append(c.Will, nameEffect(name, vendor))
	}
	if group != "" && group != e.ProductGroup {
		c.Title, c.Confirm = "Change this phone?", "Save changes"
		c.Will = append(c.Will, "Register it under the product group "+quoted(group)+" at "+vendor)
	}
	for _, x := range []struct{ name, label, was string }{{"model", "model", e.Model}, {"serial", "serial number", e.Serial}} {
		if value := trimmed(f, x.name); f.Has(x.name) && value != x.was {
			c.Will = append(c.Will, "Note another "+x.label+" of it here: "+orNothing(value))
		}
	}
	if moved {
		c.Title, c.Confirm = "Move this phone to another account?", "Move phone"
		c.Will = append([]string{
			"Make it a phone of the account " + quoted(acc.Name) + ", and write that account's address for it at " + vendor,
			"Tell it its new address by the one that it has now, until it is seen there; if it has never fetched its settings, it finds it at the next factory reset",
		}, c.Will...)
	} else {
		c.Wont = append(c.Wont, "Change its address: the phone finds its settings as before")
	}
	c.Wont = append(c.Wont, "Restart it or stop it while it is in service")
	if e.WantPaused {
		c.Wont = append(c.Wont, "Redirect it: it stays paused")
	}
	return len(c.Will) > 0
}

func nameEffect(name, vendor string) string {
	if name == "" {
		return "Take its name away, here, at " + vendor + " and in the settings that it fetches next"
	}
	return "Call it " + quoted(name) + " here, at " + vendor + " and in the settings that it fetches next"
}

func orNothing(s string) string {
	if s == "" {
		return "none"
	}
	return quoted(s)
}

// askChange shows the question.
func (p *portal) askChange(w http.ResponseWriter, r *http.Request, found foundPhone, c confirmView) error {
	mac := found.e.MAC.String()
	return p.render(w, r, http.StatusOK, "confirm", confirmPage{
		basePage: p.base(r, "platforms", c.Title), Confirm: c,
		Crumbs: append(platformCrumbs(found.p), crumb{mac, phonePath(found.p, found.e.MAC)}, crumb{Title: "Change"}),
	})
}

// sipWords is what the voice service said last of a phone.
func sipWords(f ztp.SIPFact) string {
	switch {
	case f.At.IsZero():
		return "Nothing said yet"
	case f.Registered:
		return "Registered"
	}
	if why := f.Reason.Title(); why != "" {
		return "Not registered: " + why
	}
	return "Not registered"
}
