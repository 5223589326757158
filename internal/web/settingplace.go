package web

import (
	"net/http"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// installationSettings is the page of the settings that all phones get.
const installationSettings = "/settings/phones"

// settingRoutes are the same pages for each layer of the settings of phones.
var settingRoutes = []string{
	installationSettings, "/platforms/{p}/settings", "/platforms/{p}/accounts/{a}/settings", "/platforms/{p}/phones/{mac}/settings",
}

// settingsPlace is whose settings a page is about.
type settingsPlace struct {
	at   control.SettingsAt
	path string
	// above is the next farther layer, nil for the installation.
	above *control.SettingsAt
	// Whose completes a sentence: all phones of ...
	whose    string
	platform *ztp.Platform
	nav      string
	crumbs   []crumb
	// layers are where values may come from.
	layers map[ztp.SettingLayer]NavLink
}

func (p *portal) settingsPlace(r *http.Request) (settingsPlace, error) {
	s := settingsPlace{
		path: installationSettings, whose: "all phones of this installation", nav: "settings", crumbs: []crumb{{"Settings", "/settings"}},
		layers: map[ztp.SettingLayer]NavLink{ztp.LayerDefault: {Title: "Default"}, ztp.LayerInstallation: {"Installation", installationSettings}},
	}
	if r.PathValue("p") == "" {
		return s, nil
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return s, err
	}
	s.enter(control.SettingsAt{Platform: pl.Slug}, "/platforms/"+pl.Slug+"/settings", "all phones of the platform "+quoted(pl.Name))
	s.platform, s.nav, s.crumbs = &pl, "platforms", platformCrumbs(pl)
	s.layers[ztp.LayerPlatform] = NavLink{"Platform", s.path}
	switch {
	case r.PathValue("a") != "":
		return p.ofAccount(r, s, r.PathValue("a"))
	case r.PathValue("mac") != "":
		return p.ofPhone(r, s)
	}
	return s, nil
}

// enter goes one layer nearer.
func (s *settingsPlace) enter(at control.SettingsAt, path, whose string) {
	above := s.at
	s.above, s.at, s.path, s.whose = &above, at, path, whose
}

func (p *portal) ofAccount(r *http.Request, s settingsPlace, ref string) (settingsPlace, error) {
	acc, err := p.ctl.Account(r.Context(), p.actor(r), s.platform.Slug, ref)
	if err != nil {
		return s, err
	}
	at := accountPath(*s.platform, acc)
	s.enter(control.SettingsAt{Platform: s.platform.Slug, Account: acc.Slug}, at+"/settings", "all phones of the account "+quoted(acc.Name))
	s.crumbs = append(s.crumbs, crumb{acc.Name, at})
	s.layers[ztp.LayerAccount] = NavLink{"Account", s.path}
	return s, nil
}

func (p *portal) ofPhone(r *http.Request, s settingsPlace) (settingsPlace, error) {
	mac, err := ztp.ParseMAC(r.PathValue("mac"))
	if err != nil {
		return s, ztp.NotFound("phone")
	}
	e, err := p.ctl.Endpoint(r.Context(), p.actor(r), s.platform.Slug, mac)
	if err != nil {
		return s, err
	}
	if s, err = p.ofAccount(r, s, string(e.Account)); err != nil {
		return s, err
	}
	at := phonePath(*s.platform, mac)
	s.enter(control.SettingsAt{Platform: s.platform.Slug, MAC: mac}, at+"/settings", "the phone "+mac.String())
	s.crumbs = append(platformCrumbs(*s.platform), crumb{mac.String(), at})
	s.layers[ztp.LayerEndpoint] = NavLink{"Phone", s.path}
	return s, nil
}

// from says where a value comes from, as seen from a layer.
func (s settingsPlace) from(l, seen ztp.SettingLayer) NavLink {
	if l == seen {
		return NavLink{Title: "Here"}
	}
	return s.layers[l]
}

// aboveSettings are the values that count without those of the place itself.
func (p *portal) aboveSettings(r *http.Request, s settingsPlace) (ztp.EffectiveSettings, error) {
	if s.above == nil {
		return ztp.ResolveSettings(), nil
	}
	v, err := p.ctl.Settings(r.Context(), p.actor(r), *s.above)
	return v.Effective, err
}
