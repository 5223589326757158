package srapssim

import (
	"bytes"
	"encoding/json"
	"slices"
	"sort"
	"strings"
)

// perms are the permission flags of a setting (Snom wiki, Permission Flags).
var perms = []string{"RW", "R", "!", "$", "&", "V", "", " "}

// boolField accepts true and "true" (client code in production: one client
// sends the string). A field that is left out falls back to the default, also
// in a PUT, which replaces everything (client code in production; that the
// default is true is assumed).
func boolField(fields map[string]json.RawMessage, name string) (bool, *answer) {
	raw, ok := fields[name]
	if !ok {
		return true, nil
	}
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fieldError(name, "Must be a valid boolean.")
}

// optionalText takes a string or null.
func optionalText(fields map[string]json.RawMessage, name string) (string, *answer) {
	raw, ok := fields[name]
	if !ok || string(raw) == "null" {
		return "", nil
	}
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "", fieldError(name, "Not a valid string.")
	}
	if len(text) > 4*nameLimit {
		return "", fieldError(name, "Ensure this field has no more than 255 characters.")
	}
	return text, nil
}

// settingsField reads a settings_manager: setting uuid → value and
// attrs.perm (client code in production). A uuid that does not exist is
// refused (assumed); one that exists and does nothing for the device is taken
// without a word (client code in production: that broke redirection).
func settingsField(fields map[string]json.RawMessage) ([]setting, *answer) {
	const name = "settings_manager"
	raw, ok := fields[name]
	if !ok || string(raw) == "null" {
		return nil, nil
	}
	var entries map[string]struct {
		Value json.RawMessage `json:"value"`
		Attrs struct {
			Perm *string `json:"perm"`
		} `json:"attrs"`
	}
	if json.Unmarshal(raw, &entries) != nil {
		return nil, fieldError(name, "An object of setting uuids with value and attrs is expected.")
	}
	var settings []setting
	for id, e := range entries {
		v := setting{id: id, value: e.Value, perm: "RW"}
		if e.Attrs.Perm != nil {
			v.perm = *e.Attrs.Perm
		}
		if _, known := theCatalogue().byID[id]; !known {
			return nil, fieldError(name, "Unknown setting: "+id)
		}
		if len(v.value) == 0 || bytes.ContainsAny(v.value[:1], "{[n") {
			return nil, fieldError(name, "A value is required: "+id)
		}
		if !slices.Contains(perms, v.perm) {
			return nil, fieldError(name, "Unknown permission flag: "+id)
		}
		settings = append(settings, v)
	}
	sort.Slice(settings, func(i, j int) bool { return settings[i].id < settings[j].id })
	return settings, nil
}

func settingsView(settings []setting) map[string]any {
	view := make(map[string]any, len(settings))
	for _, v := range settings {
		view[v.id] = map[string]any{"value": v.value, "attrs": map[string]string{"perm": v.perm}}
	}
	return view
}

// text is a value as a phone gets it.
func (v setting) text() string {
	var s string
	if json.Unmarshal(v.value, &s) == nil {
		return s
	}
	return string(v.value)
}

// extraFields keeps what people set in the portal and a read-modify-write has
// to give back. Fields that nobody knows are ignored, as Django REST framework
// does (assumed).
func extraFields(fields map[string]json.RawMessage, names []string) map[string]json.RawMessage {
	var extra map[string]json.RawMessage
	for _, name := range names {
		if raw, ok := fields[name]; ok {
			if extra == nil {
				extra = map[string]json.RawMessage{}
			}
			extra[name] = slices.Clone(raw)
		}
	}
	return extra
}
