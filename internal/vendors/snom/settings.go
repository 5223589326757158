package snom

import (
	"net/url"
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

// RenderSettings writes the file for a Snom desk phone. It holds no secret but the
// phone's own provisioning URL, which the phone has just used.
func (v *Vendor) RenderSettings(s ztp.PhoneSettings) ([]byte, string, error) {
	if s.Home {
		d := settingsxml.Document{Settings: []settingsxml.Setting{{Name: settingsxml.SettingServer, Perm: settingsxml.ReadWrite, Value: v.home()}}}
		file, err := d.Encode()
		return file, settingsType, err
	}
	d := settingsxml.Document{Settings: []settingsxml.Setting{
		{Name: settingsxml.SettingServer, Perm: settingsxml.ReadWrite, Value: s.URL.RevealSecret(), Secret: true},
		// Without it a phone may fetch firmware by itself (Snom wiki).
		{Name: "update_policy", Perm: settingsxml.ReadWrite, Value: "settings_only"},
	}}
	if s.Name != "" {
		d.Settings = append(d.Settings, settingsxml.Setting{Name: "phone_name", Perm: settingsxml.ReadWrite, Value: s.Name})
	}
	file, err := d.Encode()
	return file, settingsType, err
}
