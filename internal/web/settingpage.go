package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// phoneSettingsPage is what counts in one layer of the settings of phones, and where each
// value comes from.
type phoneSettingsPage struct {
	basePage
	Platform *ztp.Platform
	Crumbs   []crumb
	Whose    string
	Layer    ztp.SettingLayer
	Groups   []settingGroup
	// Change is a change of these settings that has not gone to every phone, Frozen says that
	// none goes out.
	Change, Frozen *message
	// Warned is what may do harm of what is set here, nil when nothing does.
	Warned *message
	// Preview leads to the file that comes of it, for a phone.
	Preview string
	// ByName asks for any setting by its name.
	ByName *field
	Own    string
}

// settingGroup is a part of the page with an anchor.
type settingGroup struct {
	ID, Title, Note string
	Parts           []settingPart
	// Empty is said where there is nothing.
	Empty   string
	Buttons []button
}

// settingPart is a table of values: one line of a phone, or the whole group.
type settingPart struct {
	Title  string
	Change *button
	Rows   []settingRow
}

// settingRow is one value.
type settingRow struct {
	Title string
	// Href leads to the form of this value alone.
	Href string
	Mono bool
	// Note says who alone may set it.
	Note   string
	Set    bool
	Secret bool
	Value  string
	From   NavLink
	At     time.Time
	By     string
}

// The groups of settings, as they stand in addresses.
const (
	groupDevice = "device"
	groupLine   = "line"
	groupKey    = "key"
	groupBook   = "book"
	groupOwn    = "own"
)

// groupOf is the group that a setting is shown in.
func groupOf(i ztp.SettingInfo) string {
	_, _, free := i.Name.Free()
	switch {
	case free:
		return groupOwn
	case i.Name == ztp.SettingKey:
		return groupKey
	case i.Name == ztp.SettingPhoneBook:
		return groupBook
	case i.Indexes > 0:
		return groupLine
	}
	return groupDevice
}

// settingsIn are the settings of our names in a group that a layer can have a value of.
// line is 0 for what counts for all lines.
func (p *portal) settingsIn(group string, l ztp.SettingLayer, line int) (found []ztp.SettingInfo) {
	for _, i := range p.ctl.SettingInfos() {
		if groupOf(i) != group || i.PhoneOnly && l != ztp.LayerEndpoint || group == groupLine && line == 0 && !i.EveryLine {
			continue
		}
		found = append(found, i)
	}
	return found
}

// settingsView draws one layer.
type settingsView struct {
	p     *portal
	place settingsPlace
	control.SettingsView
	change bool // the reader may change it
}

// edits reports whether something can be changed here now: while a change goes out, or is
// stopped on its way, another one is refused.
func (v settingsView) edits() bool {
	return v.change && (v.Rollout == nil || v.Rollout.State == ztp.RolloutProposed)
}

func (p *portal) phoneSettings(w http.ResponseWriter, r *http.Request) error {
	place, err := p.settingsPlace(r)
	if err != nil {
		return err
	}
	v := settingsView{p: p, place: place, change: p.actor(r).MayChange()}
	if v.SettingsView, err = p.ctl.Settings(r.Context(), p.actor(r), place.at); err != nil {
		return err
	}
	page := phoneSettingsPage{
		basePage: p.base(r, place.nav, "Settings of "+place.whose), Platform: place.platform, Whose: place.whose, Layer: v.Scope.Layer(),
		Crumbs: append(place.crumbs, crumb{Title: "Settings of phones"}), Groups: []settingGroup{v.device(), v.lines(), v.keys(), v.book(), v.own()},
	}
	page.Change = v.onItsWay()
	if len(v.Warnings) > 0 {
		page.Warned = &message{Kind: "warn", Level: 2, Title: "Too many phones ask at the same time", Paras: v.Warnings}
	}
	if page.Frozen, err = p.frozen(r); err != nil {
		return err
	}
	if !place.at.MAC.IsZero() {
		page.Preview = strings.TrimSuffix(place.path, "/settings") + "/preview"
	}
	if v.edits() {
		page.Own, page.ByName = v.form(groupOwn, ""), &field{Name: "name", Label: "Name", Hint: ownHint, Type: "text", Max: 100, Complete: "off", Mono: true}
	}
	return p.render(w, r, http.StatusOK, "phonesettings", page)
}

const ownHint = "The vendor, a colon and the vendor's own name, such as snom:dim_timer; for one line with its number, as snom:user_dtmf_info[2]."

// form is the address of a form; query may be "".
func (v settingsView) form(group, query string) string {
	at := v.place.path + "/" + group
	if query != "" {
		at += "?" + query
	}
	return at
}

func (v settingsView) button(label, on, group, query string) *button {
	if !v.edits() {
		return nil
	}
	return &button{Label: label, On: on, Href: v.form(group, query)}
}

// row is the value of a setting that counts for an index.
func (v settingsView) row(title string, i ztp.SettingInfo, n int) settingRow {
	row := settingRow{Title: title, Secret: i.Secret, Note: adminsAlone(i)}
	s, ok := v.Effective.At(i.Name, n)
	if !ok {
		return row
	}
	row.Set, row.Value, row.At, row.By = true, valueWords(i, s.Value), s.SetAt, s.SetBy
	row.From = v.place.from(s.Layer, v.Scope.Layer())
	return row
}

func (v settingsView) device() settingGroup {
	part := settingPart{Change: v.button("Change…", "device settings", groupDevice, "")}
	for _, i := range v.p.settingsIn(groupDevice, v.Scope.Layer(), 0) {
		part.Rows = append(part.Rows, v.row(i.Title, i, 0))
	}
	return settingGroup{ID: "device", Title: "Device", Parts: []settingPart{part}}
}

// linesSet are the lines of which there is a value of their own.
func (v settingsView) linesSet() (lines []int) {
	for _, i := range v.p.settingsIn(groupLine, ztp.LayerEndpoint, 1) {
		lines = append(lines, v.Effective.Indexes(i.Name)...)
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func (v settingsView) lines() settingGroup {
	g := settingGroup{ID: "lines", Title: "Lines", Note: "User, password and display name of a line are set on the phone; what its lines have in common, on any layer."}
	phone := v.Scope.Layer() == ztp.LayerEndpoint
	if !phone || v.hasOwnForAll() {
		g.Parts = append(g.Parts, v.linePart("All lines", 0))
	}
	set := v.linesSet()
	for _, n := range set {
		g.Parts = append(g.Parts, v.linePart("Line "+strconv.Itoa(n), n))
	}
	if !phone {
		return g
	}
	if len(g.Parts) == 0 {
		g.Empty = "This phone has no line here, and keeps those it has. From the first line on, all others are switched off."
	}
	if next := nextFree(set, ztp.MaxLines); next > 0 && v.edits() {
		g.Buttons = []button{*v.button("Set up line "+strconv.Itoa(next)+"…", "", groupLine, "n="+strconv.Itoa(next))}
	}
	return g
}

// hasOwnForAll reports whether this layer says something for all lines.
func (v settingsView) hasOwnForAll() bool {
	return slices.ContainsFunc(v.Effective.All(), func(s ztp.EffectiveSetting) bool {
		return s.Layer == v.Scope.Layer() && s.Index == 0 && strings.HasPrefix(string(s.Name), "line_")
	})
}

func (v settingsView) linePart(title string, n int) settingPart {
	part := settingPart{Title: title, Change: v.button("Change…", strings.ToLower(title), groupLine, "n="+strconv.Itoa(n))}
	for _, i := range v.p.settingsIn(groupLine, v.Scope.Layer(), n) {
		part.Rows = append(part.Rows, v.row(i.Title, i, n))
	}
	return part
}

func (v settingsView) keys() settingGroup {
	g := v.numbered(groupKey, ztp.SettingKey, "Key ")
	g.ID, g.Title, g.Empty = "keys", "Function keys", "No function key is set: phones have those of their maker."
	return g
}

func (v settingsView) book() settingGroup {
	g := v.numbered(groupBook, ztp.SettingPhoneBook, "Entry ")
	g.ID, g.Title, g.Empty = "book", "Phone book", "There is no entry."
	return g
}

// numbered is a list of values each of which has a form of its own.
func (v settingsView) numbered(group string, name ztp.SettingName, title string) settingGroup {
	var g settingGroup
	info, err := v.p.ctl.SettingInfo(name)
	if err != nil {
		return g
	}
	var part settingPart
	for _, n := range v.Effective.Indexes(name) {
		row := v.row(title+strconv.Itoa(n), info, n)
		if v.edits() {
			row.Href = v.form(group, "n="+strconv.Itoa(n))
		}
		part.Rows = append(part.Rows, row)
	}
	if len(part.Rows) > 0 {
		g.Parts = []settingPart{part}
	}
	if v.edits() {
		g.Buttons = []button{*v.button("Add "+strings.ToLower(strings.TrimSpace(title))+"…", "", group, "")}
	}
	return g
}

func (v settingsView) own() settingGroup {
	g := settingGroup{ID: "own", Title: "By the vendor's own names", Empty: "None is set.",
		Note: "Any other setting of the phones, given to them as it is. Those that can cut a phone off are for super-admins alone."}
	var part settingPart
	for _, s := range v.Effective.All() {
		info, err := v.p.ctl.SettingInfo(s.Name)
		if err != nil || groupOf(info) != groupOwn { // of a vendor that this build has no more
			continue
		}
		row := v.row(s.Label(), info, s.Index)
		row.Mono = true
		if v.edits() {
			row.Href = v.form(groupOwn, url.Values{"name": {s.Label()}}.Encode())
		}
		part.Rows = append(part.Rows, row)
	}
	if len(part.Rows) > 0 {
		g.Parts = []settingPart{part}
	}
	return g
}
