package web

import (
	"net/http"
	"net/url"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// What is asked before a phone is replaced or moved: each needs to know more than yes.

// askReplace adds to a confirmation which phone takes the place of this one.
func askReplace(c *confirmView, f foundPhone, vendor string, values url.Values) {
	mac := code(f.e.MAC.String())
	c.Title, c.Confirm = "Replace this phone?", "Replace phone"
	c.effects = effects{
		Will: []string{"Register the new phone at " + vendor + " with the account, product group, name and model of " + mac, "Then release " + mac + ", or pause it; only once the new phone is registered"},
		Wont: []string{"Change anything about " + mac + " when " + vendor + " refuses the new phone", "Stop the old phone while it is in service"},
	}
	old := field{Name: "old", Label: "The old phone", Type: "select", Hint: "Released, anybody can register it; paused, this platform keeps its MAC address."}
	for _, o := range []option{{Value: "release", Label: "Release it"}, {Value: "pause", Label: "Pause it"}} {
		o.Selected = o.Value == values.Get("old")
		old.Options = append(old.Options, o)
	}
	c.Fields = []field{
		{Name: "new_mac", Label: "MAC address of the new phone", Hint: "As printed on the phone, in any usual spelling.", Type: "text", Value: clip(values.Get("new_mac"), 32), Required: true, Max: 32, Complete: "off", Mono: true},
		old,
	}
}

// askMove adds to a confirmation where the phone goes.
func (p *portal) askMove(r *http.Request, c *confirmView, f foundPhone, vendor string, values url.Values) error {
	mac := code(f.e.MAC.String())
	c.Title, c.Confirm, c.Danger = "Move this phone?", "Move phone", true
	c.effects = effects{
		Will: []string{"Give up " + mac + " in the company of " + f.p.Name + " at " + vendor, "Register it in the other platform's company, with that account's address; when that is refused, register it here again"},
		Wont: []string{"Touch the phone while it is in service: it finds its new address at its next factory reset"},
		Note: "For a moment nobody has the MAC address. Should neither platform get it, Health and this page say so.",
	}
	views, err := p.allPlatforms(r.Context(), p.actor(r), pollAge)
	if err != nil {
		return err
	}
	to := field{Name: "platform", Label: "To platform", Type: "select", Required: true}
	for _, v := range views {
		if v.ID != f.p.ID {
			to.Options = append(to.Options, option{Value: v.Slug, Label: v.Name, Selected: v.Slug == values.Get("platform")})
		}
	}
	c.Fields = []field{to, {Name: "account", Label: "Account there", Hint: "Its slug, as on that platform's page.", Type: "text", Value: clip(values.Get("account"), 40), Required: true, Max: 40, Complete: "off"}}
	return nil
}

// askTwo completes a confirmation that has fields.
func (p *portal) askTwo(r *http.Request, c *confirmView, f foundPhone, vendor string) (bool, error) {
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		values = r.PostForm
	}
	switch r.PathValue("action") {
	case "replace":
		askReplace(c, f, vendor, values)
	case "move":
		return true, p.askMove(r, c, f, vendor, values)
	default:
		return false, nil
	}
	return true, nil
}

// movable lets a phone be moved from a platform that has no row of it: the vendor was
// found to have it in that company.
func (p *portal) movable(r *http.Request, f foundPhone, err error) (foundPhone, error) {
	mac, merr := ztp.ParseMAC(r.PathValue("mac"))
	if !ztp.IsCode(err, ztp.CodeNotFound) || f.p.ID == "" || merr != nil || r.PathValue("action") != "move" {
		return f, err
	}
	f.e = ztp.Endpoint{Platform: f.p.ID, MAC: mac, Vendor: p.firstVendor(), State: ztp.EndpointFailed}
	l, err := p.ctl.Link(r.Context(), p.actor(r), f.p.Slug, f.e.Vendor)
	f.link = l.Link
	return f, err
}

// replacePhone and movePhone carry out what was confirmed.
func (p *portal) replacePhone(r *http.Request, mac ztp.MAC) (control.EndpointResult, error) {
	fresh, err := ztp.ParseMAC(r.PostForm.Get("new_mac"))
	if err != nil && p.actor(r).MayChange() {
		return control.EndpointResult{}, ztp.Invalid("new_mac", ztp.AsError(err).Fields["mac"])
	}
	return p.ctl.ReplaceEndpoint(r.Context(), p.actor(r), r.PathValue("p"), mac, control.ReplaceRequest{
		Submission: submissionOf(r), NewMAC: fresh, PauseOld: r.PostForm.Get("old") == "pause",
	})
}

func (p *portal) movePhone(r *http.Request, mac ztp.MAC) (control.EndpointResult, error) {
	return p.ctl.MoveEndpoint(r.Context(), p.actor(r), r.PathValue("p"), mac, control.MoveRequest{
		Submission: submissionOf(r), Platform: r.PostForm.Get("platform"), Account: trimmed(r.PostForm, "account"),
	})
}

// phoneNotes are what else is to be known of a phone.
func (p *portal) phoneNotes(r *http.Request, f foundPhone) (notes []string) {
	if info, err := p.ctl.Vendor(f.e.Vendor); err == nil {
		if hint := info.OUIHint(f.e.MAC); hint != "" {
			notes = append(notes, hint)
		}
	}
	if !f.e.Replaces.IsZero() {
		notes = append(notes, "It took the place of "+code(f.e.Replaces.String())+".")
	}
	if !f.e.ReplacedBy.IsZero() {
		notes = append(notes, "Its place was taken by "+code(f.e.ReplacedBy.String())+".")
	}
	if f.e.MovedTo != "" && f.op != nil {
		to := string(f.e.MovedTo)
		if pl, err := p.ctl.Platform(r.Context(), p.actor(r), to); err == nil {
			to = pl.Name
		}
		notes = append(notes, "It is being moved to "+to+".")
	}
	return notes
}

// moveHere offers to move a phone from the platform that has it to this one.
func (p *portal) moveHere(r *http.Request, f foundPhone) []button {
	if f.e.Error == nil || f.e.Error.Holder == "" || !p.actor(r).MayChange() {
		return nil
	}
	from, err := p.ctl.Platform(r.Context(), p.actor(r), string(f.e.Error.Holder))
	if err != nil {
		return nil
	}
	q := url.Values{"platform": {f.p.Slug}}
	if acc, err := p.ctl.Account(r.Context(), p.actor(r), f.p.Slug, string(f.e.Account)); err == nil {
		q.Set("account", acc.Slug)
	}
	return []button{{Label: "Move it here from " + from.Name + "…", Kind: "act", Href: "/platforms/" + from.Slug + "/phones/" + strings.ToLower(f.e.MAC.Bare()) + "/move?" + q.Encode()}}
}
