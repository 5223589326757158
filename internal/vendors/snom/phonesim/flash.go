package phonesim

import (
	"cmp"
	"fmt"
	"sort"
	"time"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

const (
	settingOrder    = "provisioning_order"
	settingHTTPUser = "http_client_user"
	settingPeriod   = "prov_polling_period"
	settingRefresh  = "settings_refresh_timer"
	settingHTTPPass = "http_client_pass"
)

// key is what makes a setting one and the same: its name and index, -1 without one.
type key struct {
	name  string
	index int
}

func keyOf(s settingsxml.Setting) key {
	if s.Index == nil {
		return key{s.Name, -1}
	}
	return key{s.Name, *s.Index}
}

// flash is what survives a reboot of the phone. Settings that were never written are not in it: they have the value
// they have ex works.
type flash struct {
	settings   map[key]settingsxml.Setting
	boots      int
	lastBoot   time.Time
	lastSource string
}

func newFlash() flash { return flash{settings: map[key]settingsxml.Setting{}} }

// apply takes over the settings of one file and returns how many it took. A setting stored with the flag "!" is left
// as it is: a file does not change it any more (wiki, and code: it was how a setting_server got stuck for good).
// Everything else is overwritten, read-only settings too: that flag is for the user (wiki).
func (f *flash) apply(settings []settingsxml.Setting) int {
	taken := 0
	for _, s := range settings {
		k := keyOf(s)
		if old, ok := f.settings[k]; ok && old.Perm == settingsxml.UserKeeps {
			continue
		}
		f.settings[k] = s
		taken++
	}
	return taken
}

func (f *flash) userSet(s settingsxml.Setting) error {
	k := keyOf(s)
	old := f.settings[k]
	if old.Perm == settingsxml.ReadOnly {
		return fmt.Errorf("%s is read-only on the phone", s.Label())
	}
	s.Perm, s.Secret = old.Perm, settingsxml.IsSecret(s.Name)
	f.settings[k] = s
	return nil
}

// dropVolatile forgets the settings with the flag V (wiki: not kept over a reboot).
func (f *flash) dropVolatile() {
	for k, s := range f.settings {
		if s.Perm == settingsxml.Volatile {
			delete(f.settings, k)
		}
	}
}

// get returns the value of a setting without index, and whether it was ever written.
func (f *flash) get(name string) (string, bool) {
	s, ok := f.settings[key{name, -1}]
	return s.Value, ok
}

// sorted returns the settings by name and index.
func (f *flash) sorted() []settingsxml.Setting {
	out := make([]settingsxml.Setting, 0, len(f.settings))
	for _, s := range f.settings {
		out = append(out, s)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := keyOf(out[i]), keyOf(out[j])
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.index, b.index)) < 0
	})
	return out
}
