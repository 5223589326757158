package web

import (
	"net/http"
	"net/url"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// platformPage is a platform with its card, accounts, phones and activity.
type platformPage struct {
	basePage
	Platform ztp.Platform
	Crumbs   []crumb
	Rows     []rowView
	Accounts accountsView
	Phones   phonesView
	Activity activityView
	// Waiting leads to the phones that wait here, and says how many.
	Waiting NavLink
}

// activityView is the newest part of a platform's audit log.
type activityView struct {
	Slug   string
	Events []eventView
	// OOB: sent beside a row, to take the place of the one on the page.
	OOB bool
}

func platformCrumbs(p ztp.Platform) []crumb {
	return []crumb{{"Platforms", "/platforms"}, {p.Name, "/platforms/" + p.Slug}}
}

// platform shows one.
func (p *portal) platform(w http.ResponseWriter, r *http.Request) error {
	return p.renderPlatform(w, r, http.StatusOK, r.PathValue("p"), nil)
}

// renderPlatform shows a platform; answered is a row that was just answered and
// is shown with what it was answered.
func (p *portal) renderPlatform(w http.ResponseWriter, r *http.Request, code int, ref string, answered *rowInput) error {
	view, err := p.ctl.PlatformView(r.Context(), p.actor(r), ref)
	if err != nil {
		return err
	}
	if ref != view.Slug && code == http.StatusOK {
		http.Redirect(w, r, "/platforms/"+view.Slug, http.StatusSeeOther) // found by id
		return nil
	}
	if code == http.StatusOK && wants(r, "phone-list") {
		list, err := p.phonesOf(r, view)
		if err != nil {
			return err
		}
		return p.renderBlock(w, r, code, "platform", "phone-list", list)
	}
	page := platformPage{
		basePage: p.base(r, "platforms", view.Name), Platform: view.Platform,
		Crumbs: []crumb{{"Platforms", "/platforms"}, {Title: view.Name}},
	}
	if page.Rows, err = p.cardRows(r, view, answered); err != nil {
		return err
	}
	if page.Waiting, err = p.waitingLink(r, view.Platform); err != nil {
		return err
	}
	if answered != nil {
		page.Title = "Error: " + page.Title
	}
	if page.Accounts, err = p.accountsOf(r, view.Platform); err != nil {
		return err
	}
	if page.Phones, err = p.phonesOf(r, view); err != nil {
		return err
	}
	if page.Activity, err = p.activity(r, view.Platform); err != nil {
		return err
	}
	return p.render(w, r, code, "platform", page)
}

// cardRows draws one row for every vendor of this build.
func (p *portal) cardRows(r *http.Request, view control.PlatformView, answered *rowInput) ([]rowView, error) {
	var rows []rowView
	for _, l := range view.Links {
		in, err := p.rowInput(r, linkAction{p: view.Platform, vendor: l.Info.Name, view: l})
		if err != nil {
			return nil, err
		}
		in.Fresh = in.Own != nil || in.Note != ""
		if answered != nil && answered.View.Info.Name == l.Info.Name {
			in.Refused, in.Tried, in.Fresh = answered.Refused, answered.Tried, true
		}
		rows = append(rows, buildRow(in))
	}
	return rows, nil
}

// activity is the newest few events of a platform.
func (p *portal) activity(r *http.Request, pl ztp.Platform) (activityView, error) {
	page, err := p.ctl.Events(r.Context(), p.actor(r), ztp.EventQuery{Platform: pl.ID, Limit: 10})
	if err != nil {
		return activityView{}, err
	}
	v := activityView{Slug: pl.Slug, OOB: isFragment(r)}
	for _, e := range page.Items {
		v.Events = append(v.Events, p.named(r, e, pl.Slug))
	}
	return v, nil
}

// newPlatform shows the empty form.
func (p *portal) newPlatform(w http.ResponseWriter, r *http.Request) error {
	return p.platformForm(w, r, http.StatusOK, url.Values{}, nil)
}

// createPlatform makes one and goes to its page.
func (p *portal) createPlatform(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	created, _, err := p.ctl.CreatePlatform(r.Context(), p.actor(r), control.NewPlatform{
		Submission: submissionOf(r), Name: trimmed(f, "name"), Slug: trimmed(f, "slug"), ExternalID: trimmed(f, "external_id"), URLTemplate: trimmed(f, "url_template"),
	})
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.platformForm(w, r, status, f, e) })
	}
	p.forgetPlatforms()
	return seeOther(w, r, "/platforms/"+created.Slug)
}

func (p *portal) platformForm(w http.ResponseWriter, r *http.Request, status int, f url.Values, e *ztp.Error) error {
	fields := []field{
		{Name: "name", Label: "Name", Hint: "As your people call this tenant. It can be changed later.", Type: "text", Value: f.Get("name"), Required: true, Max: 120, Complete: "off"},
		{Name: "slug", Label: "Slug", Hint: "Part of addresses, never changed: a-z, 0-9 and dashes, up to 40. Left empty, it is made from the name.", Type: "text", Value: f.Get("slug"), Max: 40, Complete: "off", Mono: true},
		{Name: "external_id", Label: "External id", Hint: "Your own id of this tenant, if it has one.", Type: "text", Value: f.Get("external_id"), Max: 120, Complete: "off", Mono: true},
		urlTemplateField(f.Get("url_template")),
	}
	return p.form(w, r, status, formPage{
		Heading: "Add platform", Crumbs: []crumb{{"Platforms", "/platforms"}, {Title: "Add platform"}}, Hidden: []hidden{{"op", ztp.NewID()}},
		Intro:  "A platform is one tenant's voice service: its accounts, its phones and its provisioning URL.",
		Fields: fields, Action: "/platforms", Submit: "Add platform", Cancel: "/platforms",
	}, e)
}

func urlTemplateField(value string) field {
	return field{Name: "url_template", Label: "Provisioning URL of its own", Type: "text", Value: value, Max: 500, Complete: "off", Mono: true,
		Hint: "Only where it differs from this installation's, such as https://prov.brand.example/p/{account_token}/{mac}. Somebody else's server may name {device_token}, the phone's own token; here it is added by itself."}
}

// ownURLField is the field for a platform that has phones: those keep the URL that they have.
func (p *portal) ownURLField(r *http.Request, pl ztp.Platform, value string) (field, error) {
	f := urlTemplateField(value)
	v, err := p.ctl.PlatformView(r.Context(), p.actor(r), pl.Slug)
	if err != nil {
		return f, err
	}
	phones, earlier := 0, 0
	for _, l := range v.Links {
		n := 0
		if l.AddressOutdated {
			if n, err = p.ctl.EarlierURLs(r.Context(), p.actor(r), pl.Slug, l.Vendor); err != nil {
				return f, err
			}
		}
		phones, earlier = phones+l.Counts.Held()+l.Counts.Wanted+l.Counts.Failed, earlier+n
	}
	if phones > 0 {
		f.Hint += " A change tells nobody anything by itself: the platform's " + plural(phones, "phone", "phones") +
			" will be told the new URL at the next fetch after Update address, which proves it."
	}
	if earlier > 0 {
		f.Hint += " Of these " + thousands(earlier) + " are told an earlier one now."
	}
	return f, nil
}

// editPlatform shows the form with the present values.
func (p *portal) editPlatform(w http.ResponseWriter, r *http.Request) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	f := url.Values{"name": {pl.Name}, "external_id": {pl.ExternalID}, "url_template": {pl.URLTemplate}, "phone_proof": {string(pl.PhoneProof)}, "version": {version(pl.Version)}}
	return p.editForm(w, r, http.StatusOK, pl, f, nil)
}

// updatePlatform writes the form, unless somebody else did meanwhile.
func (p *portal) updatePlatform(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	name, external, template := trimmed(f, "name"), trimmed(f, "external_id"), trimmed(f, "url_template")
	pl, err := p.ctl.UpdatePlatform(r.Context(), p.actor(r), r.PathValue("p"), control.PlatformPatch{
		Name: &name, ExternalID: &external, URLTemplate: &template, PhoneProof: proofOf(f), Version: number(f.Get("version")),
	})
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error {
			now, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
			if err != nil {
				return err
			}
			if e.Code == ztp.CodeFormOutdated { // shown as it is now
				f = url.Values{"name": {now.Name}, "external_id": {now.ExternalID}, "url_template": {now.URLTemplate}, "phone_proof": {string(now.PhoneProof)}, "version": {version(now.Version)}}
			}
			return p.editForm(w, r, status, now, f, e)
		})
	}
	p.forgetPlatforms()
	return seeOther(w, r, "/platforms/"+pl.Slug)
}

func (p *portal) editForm(w http.ResponseWriter, r *http.Request, status int, pl ztp.Platform, f url.Values, e *ztp.Error) error {
	path := "/platforms/" + pl.Slug
	own, err := p.ownURLField(r, pl, f.Get("url_template"))
	if err != nil {
		return err
	}
	return p.form(w, r, status, formPage{
		Heading: "Edit platform", Crumbs: append(platformCrumbs(pl), crumb{Title: "Edit platform"}), Platform: &pl,
		Intro: "Its slug " + code(pl.Slug) + " stays: addresses and programs rely on it.",
		Fields: []field{
			{Name: "name", Label: "Name", Type: "text", Value: f.Get("name"), Required: true, Max: 120, Complete: "off"},
			{Name: "external_id", Label: "External id", Hint: "Your own id of this tenant, if it has one.", Type: "text", Value: f.Get("external_id"), Max: 120, Complete: "off", Mono: true},
			own,
			proofField(f.Get("phone_proof")),
		},
		Hidden: []hidden{{"version", f.Get("version")}},
		Action: path + "/edit", Submit: "Save", Cancel: path,
		Other: &button{Label: "Remove platform…", On: pl.Name, Kind: "quiet", Href: path + "/remove"},
	}, e)
}

// confirmRemovePlatform asks for the name to be typed: this can't be undone.
func (p *portal) confirmRemovePlatform(w http.ResponseWriter, r *http.Request) error {
	return p.removeForm(w, r, http.StatusOK, nil)
}

func (p *portal) removeForm(w http.ResponseWriter, r *http.Request, status int, e *ztp.Error) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	path := "/platforms/" + pl.Slug
	return p.form(w, r, status, formPage{
		Heading: "Remove platform?", Crumbs: append(platformCrumbs(pl), crumb{Title: "Remove platform"}), Platform: &pl,
		Intro: "Removes the platform with its accounts and their tokens. It is refused while anything is left at a vendor: off-board it first.",
		Fields: []field{{Name: "confirm", Label: "Type the platform's name to remove it", Hint: pl.Name, Type: "text",
			Required: true, Max: 120, Complete: "off"}},
		Action: path + "/remove", Submit: "Remove platform", Danger: true, Cancel: path,
	}, e)
}

func (p *portal) removePlatform(w http.ResponseWriter, r *http.Request) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	if p.actor(r).MayChange() && trimmed(r.PostForm, "confirm") != pl.Name {
		err = ztp.Invalid("confirm", "This is not the name of the platform.")
	} else {
		err = p.ctl.DeletePlatform(r.Context(), p.actor(r), pl.Slug)
	}
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.removeForm(w, r, status, e) })
	}
	p.forgetPlatforms()
	return seeOther(w, r, "/platforms")
}
