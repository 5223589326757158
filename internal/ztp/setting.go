package ztp

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SettingName names a setting of phones: one of SettingCatalogue, the same for every
// vendor, or a vendor's own as "<vendor>:<its name>".
type SettingName string

// Free splits the name of a vendor's own setting; ok is false for those of the catalogue.
func (n SettingName) Free() (vendor VendorName, name string, ok bool) {
	v, name, ok := strings.Cut(string(n), ":")
	if !ok {
		return "", "", false
	}
	return VendorName(v), name, true
}

// Label names a value with its index, as requests and messages do: line_user[2].
func (n SettingName) Label(index int) string {
	if index == 0 {
		return string(n)
	}
	return string(n) + "[" + strconv.Itoa(index) + "]"
}

// ParseSettingLabel is the inverse of Label.
func ParseSettingLabel(label string) (SettingName, int, error) {
	name, rest, indexed := strings.Cut(label, "[")
	if !indexed {
		return SettingName(name), 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSuffix(rest, "]"))
	if err != nil || n < 1 || !strings.HasSuffix(rest, "]") {
		return "", 0, Invalid("name", "A setting is written as name or name[number], such as line_user[2].")
	}
	return SettingName(name), n, nil
}

// SettingLayer is where a value stands. A nearer layer wins over a farther one.
type SettingLayer string

const (
	// LayerDefault is what this program says of itself.
	LayerDefault      SettingLayer = "default"
	LayerInstallation SettingLayer = "installation"
	LayerPlatform     SettingLayer = "platform"
	LayerAccount      SettingLayer = "account"
	LayerEndpoint     SettingLayer = "endpoint"
)

// SettingLayers lists them, the farthest first.
var SettingLayers = []SettingLayer{LayerDefault, LayerInstallation, LayerPlatform, LayerAccount, LayerEndpoint}

// SettingScope is whose settings these are: those of the installation for the zero value,
// of a platform, of an account of it, or of a phone of it. A phone's stay its own when it
// changes its account.
type SettingScope struct {
	Platform PlatformID
	Account  AccountID
	MAC      MAC
}

// Layer is the layer of the scope.
func (s SettingScope) Layer() SettingLayer {
	switch {
	case !s.MAC.IsZero():
		return LayerEndpoint
	case s.Account != "":
		return LayerAccount
	case s.Platform != "":
		return LayerPlatform
	}
	return LayerInstallation
}

// Above returns the scopes whose values count in s, the farthest first and s itself last.
// account is that of a phone.
func (s SettingScope) Above(account AccountID) []SettingScope {
	all := []SettingScope{{}}
	if s.Platform != "" {
		all = append(all, SettingScope{Platform: s.Platform})
	}
	if s.Account != "" {
		account = s.Account
	}
	if account != "" {
		all = append(all, SettingScope{Platform: s.Platform, Account: account})
	}
	if !s.MAC.IsZero() {
		all = append(all, s)
	}
	return all
}

// SettingScopes are those whose values count for the phone, the farthest first.
func (e Endpoint) SettingScopes() []SettingScope {
	return SettingScope{Platform: e.Platform, MAC: e.MAC}.Above(e.Account)
}

// Setting is one value as it stands in a scope.
type Setting struct {
	Name SettingName
	// Index is the line, key or entry that the value is for, from 1 on. 0 is for a
	// setting that exists once, and for a value that counts for every line.
	Index int
	// Value is "" for a secret, which only OpenSettings returns, in Opened.
	Value  string
	Secret bool
	Opened Secret
	SetAt  time.Time
	SetBy  string
}

// Label names the value with its index.
func (s Setting) Label() string { return s.Name.Label(s.Index) }

// ScopeSettings is everything that is set in one scope. Version grows with every change
// of it, and never goes back; it is 0 where nothing was ever set.
type ScopeSettings struct {
	Scope    SettingScope
	Version  int64
	Settings []Setting
	// Next are changes of it on their way to some of its phones, nil without any: see For.
	Next *NextSettings
}

// SettingChange sets one value of a scope or takes it away. Value is a Secret whatever
// the setting is, since what comes in may be anything.
type SettingChange struct {
	Name   SettingName
	Index  int
	Value  Secret
	Unset  bool
	Secret bool // the value is to be sealed: SettingBook.Check says so
}

// Label names what is changed.
func (c SettingChange) Label() string { return c.Name.Label(c.Index) }

// DescribeSettings tells of changes for the audit log: names, no values.
func DescribeSettings(changes []SettingChange) string {
	const most = 20
	var set, unset []string
	for _, c := range changes {
		if c.Unset {
			unset = append(unset, c.Label())
		} else {
			set = append(set, c.Label())
		}
	}
	var parts []string
	for _, p := range []struct {
		verb  string
		names []string
	}{{"set ", set}, {"removed ", unset}} {
		switch n := len(p.names); {
		case n > most:
			parts = append(parts, fmt.Sprintf("%s%s and %d more", p.verb, strings.Join(p.names[:most], ", "), n-most))
		case n > 0:
			parts = append(parts, p.verb+strings.Join(p.names, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
