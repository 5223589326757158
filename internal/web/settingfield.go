package web

import (
	"net/url"
	"strings"

	"zerotouch.example/internal/ztp"
)

// fieldName is that of a setting's field. Where a form has one setting alone, it has
// further fields, and this is the one with its value.
func fieldName(i ztp.SettingInfo) string {
	switch groupOf(i) {
	case groupDevice, groupLine:
		return string(i.Name)
	}
	return "value"
}

// own is the value that this layer has, and ok whether it has one.
func (e settingsEdit) own(i ztp.SettingInfo, n int) (ztp.EffectiveSetting, bool) {
	for _, s := range e.Effective.All() {
		if s.Name == i.Name && s.Index == n && s.Layer == e.Scope.Layer() {
			return s, true
		}
	}
	return ztp.EffectiveSetting{}, false
}

// inherited is the value that counts without the one of this form.
func (e settingsEdit) inherited(i ztp.SettingInfo) (ztp.EffectiveSetting, bool) {
	if e.n > 0 && i.EveryLine {
		if s, ok := e.own(i, 0); ok {
			return s, true
		}
	}
	return e.above.At(i.Name, e.n)
}

// state is what this layer says: "" for nothing, else the value after a "=".
func (e settingsEdit) state(i ztp.SettingInfo) string {
	s, ok := e.own(i, e.n)
	if !ok {
		return ""
	}
	return "=" + s.Value
}

// typed is what a form says, written as state is.
func (e settingsEdit) typed(f url.Values, i ztp.SettingInfo) string {
	name := fieldName(i)
	value := f.Get(name)
	switch i.Kind {
	case ztp.ValuePassword:
	case ztp.ValueKey:
		if f.Get("type") == "" {
			return ""
		}
		// Numbers are often typed with spaces; in a value a space ends them.
		value = ztp.FunctionKey{Type: ztp.KeyType(f.Get("type")), Value: strings.Join(strings.Fields(value), ""), Label: trimmed(f, "label")}.String()
	case ztp.ValueBookEntry:
		value = ztp.BookEntry{Number: strings.Join(strings.Fields(value), ""), Name: trimmed(f, "who")}.String()
	case ztp.ValueCertificates: // browsers have line ends of their own
		value = strings.TrimSpace(strings.ReplaceAll(value, "\r\n", "\n"))
	default:
		value = strings.TrimSpace(value)
	}
	if value == "" && f.Get("none-"+name) == "" {
		return ""
	}
	return "=" + value
}

// fields are those of one setting; f is what was typed, nil for what is there.
func (e settingsEdit) fields(i ztp.SettingInfo, f url.Values) []field {
	out := field{Name: fieldName(i), Label: i.Title, Hint: e.hint(i, f), Type: "text", Max: i.Most, Complete: "off"}
	is, state := e.state(i), ""
	if state = is; f != nil {
		state = e.typed(f, i)
	}
	value, set := strings.CutPrefix(state, "=")
	switch {
	case i.Secret:
		return e.secretFields(i, out, is != "", f)
	case i.Kind == ztp.ValueKey:
		return e.keyFields(out, value, f)
	case i.Kind == ztp.ValueBookEntry:
		b := ztp.ParseBookEntry(value)
		out.Label, out.Value, out.Max, out.Mono = "Number", b.Number, 150, true
		out.Hint = strings.TrimSpace("A number or a SIP address; spaces are left out. " + out.Hint)
		return []field{{Name: "who", Label: "Name", Type: "text", Value: b.Name, Max: i.Most, Complete: "off"}, out}
	case i.Kind == ztp.ValueChoice:
		out.Type, out.Options = "select", e.choices(i, value)
		return []field{out}
	case i.Kind == ztp.ValueWindow:
		out.Max = 11
	case i.Kind == ztp.ValueCertificates:
		out.Type, out.Mono = "textarea", true
		if _, why := ztp.CACertificates(value); why != "" {
			f, value = nil, "" // it may be a key, which is not shown again
		}
	case i.Kind == ztp.ValueURL, i.Kind == ztp.ValueHost, groupOf(i) == groupOwn:
		out.Mono = true
	}
	out.Value = value
	if f != nil && value == "" { // a refused one is not lost
		out.Value = f.Get(out.Name)
	}
	all := []field{out}
	above, has := e.inherited(i)
	if i.Kind != ztp.ValueWindow && (has && above.Value != "" || set && value == "") {
		all = append(all, field{Name: "none-" + out.Name, Label: i.Title + ": empty, whatever farther layers say", Type: "checkbox", Checked: set && value == ""})
	}
	return all
}

func (e settingsEdit) secretFields(i ztp.SettingInfo, out field, set bool, f url.Values) []field {
	out.Type, out.Complete = "password", "new-password"
	if !set {
		return []field{out}
	}
	return []field{out, {Name: "unset-" + out.Name, Label: "Remove it here: " + i.Title, Type: "checkbox", Checked: f.Get("unset-"+out.Name) != ""}}
}

func (e settingsEdit) keyFields(out field, value string, f url.Values) []field {
	k := ztp.ParseFunctionKey(value)
	if f != nil { // as typed, right or wrong
		k = ztp.FunctionKey{Type: ztp.KeyType(f.Get("type")), Value: f.Get(out.Name), Label: f.Get("label")}
	}
	kind := field{Name: "type", Label: "What the key does", Type: "select", Hint: out.Hint, Options: []option{{Label: "Not set here"}}}
	for _, t := range ztp.KeyTypes {
		kind.Options = append(kind.Options, option{Value: string(t), Label: keyTitles[t], Selected: t == k.Type})
	}
	out.Label, out.Hint, out.Value, out.Max, out.Mono = "Number", "Who is called or watched: a number or a SIP address; the tones to send; or, of a line key, its line. Spaces are left out.", k.Value, 300, true
	return []field{kind, out, {Name: "label", Label: "Label", Hint: "What the display shows beside it, if you like.", Type: "text", Value: k.Label, Max: 64, Complete: "off"}}
}

// choices are the values to pick from, after that of the layers above.
func (e settingsEdit) choices(i ztp.SettingInfo, value string) []option {
	first := option{Label: "Not set here"}
	if above, ok := e.inherited(i); ok {
		first.Label += ": " + above.Value + " counts"
	}
	all := []option{first}
	for _, c := range i.Choices {
		all = append(all, option{Value: c, Label: c, Selected: c == value})
	}
	return all
}

// hint says what a setting is, who set it here, and what counts without that.
func (e settingsEdit) hint(i ztp.SettingInfo, f url.Values) string {
	var parts []string
	if i.Kind != ztp.ValueKey && i.Kind != ztp.ValueBookEntry { // fields of their own say how it is written
		parts = append(parts, i.Help)
	}
	if i.AdminOnly {
		parts = append(parts, adminsAlone(i))
	}
	if s, ok := e.own(i, e.n); ok {
		here := "Set here by " + s.SetBy + " on " + s.SetAt.UTC().Format("2 Jan 2006")
		switch {
		case i.Secret:
			here += "; left empty, it stays"
		case f != nil && e.typed(f, i) != e.state(i):
			here += " to " + quoted(valueWords(i, s.Value))
		}
		parts = append(parts, here)
	}
	above, ok := e.inherited(i)
	from := "(" + e.place.from(above.Layer, e.Scope.Layer()).Title + ")"
	switch {
	case !ok || i.Kind == ztp.ValueChoice: // the first choice says so
	case i.Secret:
		parts = append(parts, "Without one here that of a farther layer counts "+from)
	default:
		parts = append(parts, "Without a value here "+quoted(valueWords(i, above.Value))+" counts "+from)
	}
	return sentences(parts)
}
