package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// settingsEdit is a form for some settings of one layer: those of the device, of a line,
// or a single one.
type settingsEdit struct {
	settingsView
	above ztp.EffectiveSettings
	group string
	// n is the line, key or entry; 0 for what counts for all lines and exists once.
	n     int
	infos []ztp.SettingInfo
	// adding: which key or entry it is, the form says.
	adding bool
}

// editSettings shows a form.
func (p *portal) editSettings(w http.ResponseWriter, r *http.Request) error {
	e, err := p.settingsEdit(r, r.URL.Query())
	if err != nil {
		return again(err, func(code int, bad *ztp.Error) error { return p.settingByName(w, r, code, bad) })
	}
	if group := groupOf(e.infos[0]); e.group == groupOwn && group != groupOwn { // one of our names
		return seeOther(w, r, e.form(group, "n="+strconv.Itoa(e.n)))
	}
	return p.settingsForm(w, r, http.StatusOK, e, nil, nil)
}

// settingByName asks which setting is meant, and says what is wrong with a name.
func (p *portal) settingByName(w http.ResponseWriter, r *http.Request, code int, bad *ztp.Error) error {
	place, err := p.settingsPlace(r)
	if err != nil {
		return err
	}
	name := clip(trimmed(r.URL.Query(), "name"), 100)
	if name == "" {
		code, bad = http.StatusOK, nil
	}
	return p.form(w, r, code, formPage{
		Heading: "Set by name", Platform: place.platform, basePage: basePage{Nav: place.nav}, Asks: true, Submit: "Go on", Action: place.path + "/" + groupOwn, Cancel: place.path + "#own",
		Crumbs: append(place.crumbs, crumb{"Settings of phones", place.path}, crumb{Title: "Set by name"}),
		Intro:  "Names are those of the vendor's documentation. Phones pass over a name that their firmware does not know.",
		Fields: []field{{Name: "name", Label: "Name", Hint: ownHint, Type: "text", Value: name, Required: true, Max: 100, Complete: "off", Mono: true}},
	}, bad)
}

// settingsEdit finds what a form is about; f are the values in its address or in what it
// has sent.
func (p *portal) settingsEdit(r *http.Request, f url.Values) (e settingsEdit, err error) {
	e.group, e.p, e.change = r.PathValue("group"), p, p.actor(r).MayChange()
	if e.place, err = p.settingsPlace(r); err != nil {
		return e, err
	}
	if e.SettingsView, err = p.ctl.Settings(r.Context(), p.actor(r), e.place.at); err != nil {
		return e, err
	}
	if e.above, err = p.aboveSettings(r, e.place); err != nil {
		return e, err
	}
	if e.group == groupOwn {
		return e.named(trimmed(f, "name"))
	}
	most := map[string]int{groupLine: ztp.MaxLines, groupKey: ztp.MaxKeys, groupBook: ztp.MaxContacts}[e.group]
	if f.Get("n") != "" {
		if e.n, err = strconv.Atoi(f.Get("n")); err != nil || e.n < 0 || e.n > most {
			return e, ztp.NotFound("page")
		}
	}
	e.infos = p.settingsIn(e.group, e.Scope.Layer(), e.n)
	e.adding = e.n == 0 && (e.group == groupKey || e.group == groupBook)
	if len(e.infos) == 0 {
		return e, ztp.NotFound("page")
	}
	return e, nil
}

// named is the form for one setting, by its name.
func (e settingsEdit) named(label string) (settingsEdit, error) {
	name, n, err := ztp.ParseSettingLabel(label)
	if err != nil {
		return e, err
	}
	info, err := e.p.ctl.SettingInfo(name)
	if err != nil {
		return e, err
	}
	if n > info.Indexes {
		return e, ztp.Invalid("name", "The number is 1 to "+strconv.Itoa(info.Indexes)+", or there is none.")
	}
	e.n, e.infos = n, []ztp.SettingInfo{info}
	return e, nil
}

// changeSettings writes what a form says, as far as it is another than what is there.
func (p *portal) changeSettings(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	if !p.actor(r).MayChange() { // refused before it is said whether there is such a place
		_, err := p.ctl.ChangeSettings(r.Context(), p.actor(r), control.SettingsAt{}, control.SettingsRequest{})
		return err
	}
	e, err := p.settingsEdit(r, f)
	if err != nil {
		return err
	}
	changes, err := e.changes(f)
	to := e.place.path + "#" + anchorOf[e.group]
	if err == nil && len(changes) > 0 {
		seen, bad := strconv.ParseInt(f.Get("version"), 10, 64)
		if bad != nil {
			seen = -1 // which none is
		}
		var v control.SettingsView
		v, err = p.ctl.ChangeSettings(r.Context(), p.actor(r), e.place.at, control.SettingsRequest{Changes: changes, Version: &seen})
		if v.Rollout != nil { // the values are as before, and what became of the change stands above them
			to = e.place.path
		}
	}
	if err != nil {
		return again(err, func(code int, bad *ztp.Error) error {
			if e, err = p.settingsEdit(r, f); err != nil { // as it is now
				return err
			}
			return p.settingsForm(w, r, code, e, f, bad)
		})
	}
	return seeOther(w, r, to)
}

var anchorOf = map[string]string{groupDevice: "device", groupLine: "lines", groupKey: "keys", groupBook: "book", groupOwn: "own"}

// settingsForm draws the form, with what was typed where it was refused.
func (p *portal) settingsForm(w http.ResponseWriter, r *http.Request, code int, e settingsEdit, f url.Values, bad *ztp.Error) error {
	page := formPage{
		Heading: e.heading(), Platform: e.place.platform, basePage: basePage{Nav: e.place.nav}, Submit: "Save",
		Intro:  "For " + e.place.whose + ". What is left empty is not set here: a farther layer's value counts.",
		Action: e.form(e.group, ""), Cancel: e.place.path + "#" + anchorOf[e.group],
		Hidden: []hidden{{"version", version(e.Version)}, {"n", strconv.Itoa(e.n)}},
	}
	page.Crumbs = append(e.place.crumbs, crumb{"Settings of phones", e.place.path}, crumb{Title: page.Heading})
	if e.adding {
		page.Hidden = page.Hidden[:1]
	}
	if e.group == groupOwn {
		page.Hidden = append(page.Hidden[:1], hidden{"name", e.infos[0].Name.Label(e.n)})
	}
	outdated := bad != nil && bad.Code == ztp.CodeFormOutdated
	if outdated {
		bad = ztp.Errorf(bad.Code, "What you typed stands below. Where somebody has set another value, it is named above the field.")
	}
	for _, i := range e.infos {
		typed := f
		if outdated && e.typed(f, i) == f.Get("was-"+fieldName(i)) && !i.Secret {
			typed = nil // left alone, so that the other's value stays
		}
		page.Fields = append(page.Fields, e.fields(i, typed)...)
		if !i.Secret {
			page.Hidden = append(page.Hidden, hidden{"was-" + fieldName(i), e.state(i)})
		}
	}
	if e.adding {
		page.Fields = append([]field{e.numberField(f)}, page.Fields...)
	}
	return p.form(w, r, code, page, e.besideFields(bad))
}

func (e settingsEdit) heading() string {
	switch e.group {
	case groupLine:
		if e.n == 0 {
			return "Change all lines"
		}
		return "Change line " + strconv.Itoa(e.n)
	case groupKey, groupBook:
		word := map[string]string{groupKey: "key", groupBook: "entry"}[e.group]
		if e.adding {
			return "Add " + word
		}
		return "Change " + word + " " + strconv.Itoa(e.n)
	case groupOwn:
		return "Set " + e.infos[0].Name.Label(e.n)
	}
	return "Change device settings"
}

// besideFields names what is wrong as the form names its fields.
func (e settingsEdit) besideFields(bad *ztp.Error) *ztp.Error {
	if bad == nil || len(bad.Fields) == 0 {
		return bad
	}
	moved := *bad
	moved.Fields = map[string]string{}
	for label, text := range bad.Fields {
		if i := slices.IndexFunc(e.infos, func(i ztp.SettingInfo) bool { return strings.HasPrefix(label+"[", string(i.Name)+"[") }); i >= 0 {
			label = fieldName(e.infos[i])
		}
		moved.Fields[label] = text
	}
	return &moved
}

// numberField asks which key or entry is added.
func (e settingsEdit) numberField(f url.Values) field {
	i := e.infos[0]
	out := field{Name: "number", Label: "Number", Hint: "Which one: 1 to " + strconv.Itoa(i.Indexes) + ". Of the same number the nearest layer's counts.",
		Type: "text", Value: f.Get("number"), Required: true, Max: 3, Complete: "off"}
	if next := nextFree(e.Effective.Indexes(i.Name), i.Indexes); f == nil && next > 0 {
		out.Value = strconv.Itoa(next)
	}
	return out
}

// changes are what a form says that is not so yet.
func (e settingsEdit) changes(f url.Values) ([]ztp.SettingChange, error) {
	if e.adding {
		n, err := strconv.Atoi(trimmed(f, "number"))
		most := e.infos[0].Indexes
		if err != nil || n < 1 || n > most {
			return nil, ztp.Invalid("number", "The number is 1 to "+strconv.Itoa(most)+".")
		}
		if e.n = n; e.state(e.infos[0]) != "" {
			return nil, ztp.Invalid("number", "This one is set here already. Change it from the list, or take another number.")
		}
	}
	var all []ztp.SettingChange
	for _, i := range e.infos {
		c := ztp.SettingChange{Name: i.Name, Index: e.n}
		is, typed := e.state(i), e.typed(f, i)
		switch value, set := strings.CutPrefix(typed, "="); {
		case i.Secret && f.Get("unset-"+fieldName(i)) != "" && !set && is != "":
			c.Unset = true
		case i.Secret && !set || !i.Secret && typed == is:
			continue
		case set:
			c.Value = ztp.NewSecret(value)
		default:
			c.Unset = true
		}
		all = append(all, c)
	}
	if e.adding && len(all) == 0 {
		return nil, ztp.Invalid(fieldName(e.infos[0]), "Say what it is.")
	}
	return all, nil
}
