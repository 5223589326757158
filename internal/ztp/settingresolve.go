package ztp

import (
	"slices"
	"sort"
)

// EffectiveSetting is a value that counts, and where it comes from.
type EffectiveSetting struct {
	Setting
	Layer SettingLayer
}

// EffectiveSettings are the values that count, in the order of pages.
type EffectiveSettings struct {
	list []EffectiveSetting
	at   map[settingKey]int
}

type settingKey struct {
	name  SettingName
	index int
}

// ResolveSettings puts layers, given the farthest first, on top of each other and all of
// them on the defaults. Of the values for one line the nearest layer's counts, and in one
// layer that for the line before that for all lines: so what an account says for all its
// lines is nearer than what its platform says of line 1.
func ResolveSettings(layers ...ScopeSettings) EffectiveSettings {
	found := map[settingKey]EffectiveSetting{}
	for _, info := range SettingCatalogue {
		if info.Default != "" {
			found[settingKey{info.Name, 0}] = EffectiveSetting{Setting{Name: info.Name, Value: info.Default}, LayerDefault}
		}
	}
	for _, l := range layers {
		for _, s := range l.Settings {
			if s.Index == 0 {
				overrideLines(found, s.Name)
			}
		}
		for _, s := range l.Settings {
			found[settingKey{s.Name, s.Index}] = EffectiveSetting{s, l.Scope.Layer()}
		}
	}
	e := EffectiveSettings{list: make([]EffectiveSetting, 0, len(found)), at: make(map[settingKey]int, len(found))}
	for _, s := range found {
		e.list = append(e.list, s)
	}
	sort.Slice(e.list, func(i, j int) bool { return compareSettings(e.list[i].Setting, e.list[j].Setting) < 0 })
	for i, s := range e.list {
		e.at[settingKey{s.Name, s.Index}] = i
	}
	return e
}

// overrideLines drops what farther layers say of single lines: a nearer one has said
// something for all of them.
func overrideLines(found map[settingKey]EffectiveSetting, n SettingName) {
	i, ok := settingOrder[n]
	if !ok || !SettingCatalogue[i].EveryLine {
		return
	}
	for line := 1; line <= MaxLines; line++ {
		delete(found, settingKey{n, line})
	}
}

// All lists them.
func (e EffectiveSettings) All() []EffectiveSetting { return e.list }

// At finds the value for an index, or for a line the one that counts for every line.
func (e EffectiveSettings) At(n SettingName, index int) (EffectiveSetting, bool) {
	i, ok := e.at[settingKey{n, index}]
	if !ok {
		i, ok = e.at[settingKey{n, 0}]
	}
	if !ok {
		return EffectiveSetting{}, false
	}
	return e.list[i], true
}

// Text is the value found by At, "" without one and for a secret.
func (e EffectiveSettings) Text(n SettingName, index int) string {
	s, _ := e.At(n, index)
	return s.Value
}

// Indexes lists those for which there is a value of their own, in order.
func (e EffectiveSettings) Indexes(n SettingName) []int {
	var found []int
	for _, s := range e.list {
		if s.Name == n && s.Index > 0 {
			found = append(found, s.Index)
		}
	}
	return found
}

// Lines lists the lines that are in use: those that have a user.
func (e EffectiveSettings) Lines() []int {
	return slices.DeleteFunc(e.Indexes(SettingLineUser), func(i int) bool { return e.Text(SettingLineUser, i) == "" })
}

// Lacks names what the first line in use has none of and can't work without, as
// "line_registrar[2]"; "" when every line is whole. A phone without a line lacks nothing: it
// may have lines from elsewhere, and keeps them.
func (e EffectiveSettings) Lacks() string {
	for _, n := range e.Lines() {
		if e.Text(SettingLineRegistrar, n) == "" {
			return SettingLineRegistrar.Label(n)
		}
		if _, ok := e.At(SettingLinePassword, n); !ok {
			return SettingLinePassword.Label(n)
		}
	}
	return ""
}

// secretMask stands for a secret in a preview.
const secretMask = "********"

// Masked returns them with a mask for every secret, opened or not: what is rendered from
// it differs from the real file in nothing else.
func (e EffectiveSettings) Masked() EffectiveSettings {
	e.list = slices.Clone(e.list)
	for i := range e.list {
		if e.list[i].Secret {
			e.list[i].Opened = NewSecret(secretMask)
		}
	}
	return e
}

// MaskedSecret stands for a token or a password in a preview.
func MaskedSecret() Secret { return NewSecret(secretMask) }
