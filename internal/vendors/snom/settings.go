package snom

import (
	"net/url"
	"strconv"
	"strings"

	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/ztp"
)

// settingsType is the content type of settings files (client code in production).
const settingsType = "text/xml; charset=utf-8"

// factoryServer is the setting server of a phone ex works (Snom wiki).
const factoryServer = "https://secure-provisioning.snom.com"

// home is where phones ask ex works: the service itself, or what stands in for it.
func (v *Vendor) home() string {
	base, err := url.Parse(v.cfg.BaseURL)
	if err != nil || base.Host == "" || strings.HasSuffix(base.Hostname(), ".snom.com") {
		return factoryServer
	}
	return base.Scheme + "://" + base.Host
}

// holding are settings for a phone that waits: it keeps what it has, its setting server
// too. Firmware knows one or the other of the two ways to come again (Gigaset's wiki, and
// client code in production).
func holding(s ztp.PhoneSettings) settingsxml.Document {
	every := strconv.Itoa(int(s.Poll.Seconds()))
	return settingsxml.Document{Settings: []settingsxml.Setting{
		{Name: "prov_polling_enabled", Perm: settingsxml.ReadWrite, Value: "on"},
		{Name: "prov_polling_mode", Perm: settingsxml.ReadWrite, Value: "rel"},
		{Name: "prov_polling_period", Perm: settingsxml.ReadWrite, Value: every},
		{Name: "settings_refresh_timer", Perm: settingsxml.ReadWrite, Value: every},
		{Name: "user_idle_text", Index: new(1), Perm: settingsxml.ReadWrite, Value: s.Holding},
	}}
}

// settled is what ends holding settings, where nothing else is set, and the password that
// the phone is to say from now on.
func settled(s ztp.PhoneSettings) []settingsxml.Setting {
	return []settingsxml.Setting{
		{Name: "http_client_user", Perm: settingsxml.ReadWrite, Value: s.User},
		{Name: "http_client_pass", Perm: settingsxml.ReadWrite, Value: s.Password.RevealSecret()},
		{Name: "prov_polling_enabled", Perm: settingsxml.ReadWrite, Value: "off"},
		{Name: "settings_refresh_timer", Perm: settingsxml.ReadWrite, Value: "0"},
		{Name: "user_idle_text", Index: new(1), Perm: settingsxml.ReadWrite},
	}
}

// RenderSettings writes the file for a Snom desk phone. Every setting has the flag RW, so
// that a later file changes it; none has the one that lets a user's value win for good.
func (v *Vendor) RenderSettings(s ztp.PhoneSettings) ([]byte, string, error) {
	m, err := modelOf(s)
	if err != nil {
		return nil, "", err
	}
	if s.Holding != "" {
		text, err := holding(s).Encode()
		return text, settingsType, err
	}
	f := file{values: s.Values}
	if s.Home {
		f.set(settingsxml.SettingServer, v.home())
	} else {
		f.device(s, m)
		if !s.Password.IsZero() {
			for _, one := range settled(s) {
				f.add(one)
			}
		}
		if s.Secrets {
			f.admin(m)
			f.lines()
			f.keys()
			f.book()
			f.authorities()
		}
		f.free(s.Secrets)
	}
	text, err := f.doc.Encode()
	return text, settingsType, err
}
