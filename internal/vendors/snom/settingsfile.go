package snom

import (
	"strings"

	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/ztp"
)

// file is a settings file being written.
type file struct {
	values ztp.EffectiveSettings
	doc    settingsxml.Document
}

func (f *file) set(name, value string) {
	f.doc.Settings = append(f.doc.Settings, settingsxml.Setting{Name: name, Perm: settingsxml.ReadWrite, Value: value})
}

func (f *file) setLine(name string, line int, value string) {
	f.doc.Settings = append(f.doc.Settings, settingsxml.Setting{Name: name, Index: &line, Perm: settingsxml.ReadWrite, Value: value})
}

// given writes a setting that somebody has set, in the phone's words.
func (f *file) given(of ztp.SettingName, words map[string]string, names ...string) {
	s, ok := f.values.At(of, 0)
	if !ok {
		return
	}
	value := s.Value
	if words != nil {
		if value = words[s.Value]; value == "" {
			return // of a newer program; the phone keeps what it has
		}
	}
	for _, name := range names {
		f.set(name, value)
	}
}

// device writes what is no secret and belongs to no line.
func (f *file) device(s ztp.PhoneSettings, m model) {
	f.doc.Settings = append(f.doc.Settings, settingsxml.Setting{
		Name: settingsxml.SettingServer, Perm: settingsxml.ReadWrite, Value: s.URL.RevealSecret(), Secret: true})
	// Without it a phone may fetch firmware by itself (Snom wiki).
	if firmware := f.values.Text(ztp.SettingFirmwareURL, 0); firmware != "" {
		f.set("update_policy", "auto_update")
		f.set("firmware", firmware)
	} else {
		f.set("update_policy", "settings_only")
	}
	if own, ok := f.values.At(ztp.SettingPhoneName, 0); ok {
		f.set("phone_name", own.Value)
	} else if s.Name != "" {
		f.set("phone_name", s.Name)
	}
	f.given(ztp.SettingTimeZone, timeZones, "timezone")
	f.given(ztp.SettingLanguage, languages, "language", "web_language")
	f.given(ztp.SettingToneScheme, toneSchemes, "tone_scheme")
	f.given(ztp.SettingNTPServer, nil, "ntp_server")
	f.polling()
	f.given(ztp.SettingNetworkFallback, orders, "provisioning_order")
	if remote := f.values.Text(ztp.SettingRemoteManagement, 0); m.tr369 && remote != "" {
		f.setLine("tr369_enable", 1, remote) // the controller of Snom's own service (Snom wiki)
	}
}

// orders are the sources of settings that a phone asks one after the other, the first that
// has some being the last: those ex works, or the redirection service and what it led to
// alone (Snom wiki, provisioning_order).
var orders = map[string]string{ztp.On: "redirection:stop pnp:stop dhcp:stop tr69:stop", ztp.Off: "redirection:stop"}

func (f *file) polling() {
	window, ok := f.values.At(ztp.SettingPollWindow, 0)
	if !ok {
		return
	}
	from, to, on := ztp.ParseWindow(window.Value)
	if !on {
		f.set("prov_polling_enabled", ztp.Off)
		return
	}
	f.set("prov_polling_enabled", ztp.On)
	f.set("prov_polling_mode", "random")
	f.set("prov_polling_period", "86400")
	f.set("prov_polling_time", from)
	f.set("prov_polling_time_rand_end", to)
}

// admin writes the password of menu and web page. The user of the page is fixed.
func (f *file) admin(m model) {
	password, ok := f.values.At(ztp.SettingAdminPassword, 0)
	if !ok {
		return
	}
	value := password.Opened.RevealSecret()
	f.set("admin_mode_password", value)
	f.set("admin_mode_password_confirm", value)
	f.set("http_user", "admin")
	f.set("http_pass", value)
	if m.webserver {
		f.set("webserver_admin_name", "admin")
		f.set("webserver_admin_password", value)
	}
}

// lines writes all identities of a phone that has one here. One that has none may have
// them from elsewhere, and keeps them: an empty user here is what switches off.
func (f *file) lines() {
	if len(f.values.Indexes(ztp.SettingLineUser)) == 0 {
		return
	}
	for line := 1; line <= ztp.MaxLines; line++ {
		f.line(line)
	}
}

// line writes one identity. One that is not in use is named and switched off, and its
// password wiped: else a phone would keep what a former owner had there.
func (f *file) line(n int) {
	text := func(name ztp.SettingName) string { return f.values.Text(name, n) }
	user, host := text(ztp.SettingLineUser), text(ztp.SettingLineRegistrar)
	if user == "" || host == "" {
		f.setLine("user_active", n, ztp.Off)
		f.setLine("user_pass", n, "")
		return
	}
	auth := text(ztp.SettingLineAuthUser)
	if auth == "" {
		auth = user
	}
	password, _ := f.values.At(ztp.SettingLinePassword, n)
	f.setLine("user_active", n, ztp.On)
	f.setLine("user_realname", n, text(ztp.SettingLineDisplayName))
	f.setLine("user_name", n, user)
	f.setLine("user_pname", n, auth)
	f.setLine("user_pass", n, password.Opened.RevealSecret())
	f.setLine("user_host", n, host)
	f.setLine("user_outbound", n, outbound(host, text(ztp.SettingLineProxy), text(ztp.SettingLineTransport)))
	f.setLine("user_mailbox", n, text(ztp.SettingLineMailbox))
	switch text(ztp.SettingLineSRTP) {
	case ztp.Off:
		f.setLine("user_srtp", n, ztp.Off)
	case "optional":
		f.setLine("user_srtp", n, ztp.On)
		f.setLine("user_savp", n, "optional")
	case "required":
		f.setLine("user_srtp", n, ztp.On)
		f.setLine("user_savp", n, "mandatory")
	}
}

// outbound is where calls go through; the transport stands there too.
func outbound(registrar, proxy, transport string) string {
	switch {
	case transport == "":
		return proxy
	case proxy == "":
		proxy = registrar
	}
	return proxy + ";transport=" + transport
}

func (f *file) keys() {
	for _, i := range f.values.Indexes(ztp.SettingKey) {
		key := ztp.ParseFunctionKey(f.values.Text(ztp.SettingKey, i))
		out := settingsxml.Key{Index: i - 1, Context: "active", Label: key.Label}
		switch key.Type {
		case ztp.KeyLine:
			out.Value = "line"
			if key.Value != "" {
				out.Context = key.Value
			}
		case ztp.KeyBLF:
			out.Value = "blf " + f.address(key.Value)
		case ztp.KeySpeedDial:
			out.Value = "speed " + key.Value
		case ztp.KeyPark:
			out.Value = "orbit " + f.address(key.Value)
		case ztp.KeyTransfer:
			out.Value = "transfer " + key.Value
		case ztp.KeyDTMF:
			out.Value = "dtmf " + key.Value
		default:
			out.Value = "none"
		}
		f.doc.Keys = append(f.doc.Keys, out)
	}
}

// address makes a SIP address of a number, at the registrar of the first line.
func (f *file) address(number string) string {
	host := ""
	if lines := f.values.Lines(); len(lines) > 0 {
		host = f.values.Text(ztp.SettingLineRegistrar, lines[0])
	}
	if host == "" || strings.HasPrefix(number, "sip:") || strings.HasPrefix(number, "sips:") {
		return number
	}
	return "sip:" + number + "@" + host
}

// book writes the whole phone book where there is one: an empty entry alone empties it.
func (f *file) book() {
	for _, i := range f.values.Indexes(ztp.SettingPhoneBook) {
		if f.doc.Book == nil {
			f.doc.Book = []settingsxml.Entry{}
		}
		if c := ztp.ParseBookEntry(f.values.Text(ztp.SettingPhoneBook, i)); c.Number != "" {
			f.doc.Book = append(f.doc.Book, settingsxml.Entry{Name: c.Name, Number: c.Number})
		}
	}
}

// authorities writes the certificates that the phone is to trust. What this program can't read
// is of a newer one; the phone keeps what it has.
func (f *file) authorities() {
	all, _ := ztp.CACertificates(f.values.Text(ztp.SettingCACertificates, 0))
	for _, c := range all {
		f.doc.Certificates = append(f.doc.Certificates, c.DER)
	}
}

// free writes settings by Snom's own names. They take the place of what stands there
// already; the one that says whether a change restarts the phone acts from the top of the
// file alone (client code).
func (f *file) free(secrets bool) {
	for _, s := range f.values.All() {
		vendor, name, free := s.Name.Free()
		if !free || vendor != "snom" || s.Secret && !secrets {
			continue
		}
		one := settingsxml.Setting{Name: name, Perm: settingsxml.ReadWrite, Value: s.Value, Secret: s.Secret}
		if s.Secret {
			one.Value = s.Opened.RevealSecret()
		}
		if s.Index > 0 {
			one.Index = &s.Index
		}
		if name == "auto_reboot_on_setting_change" {
			f.doc.Settings = append([]settingsxml.Setting{one}, f.doc.Settings...)
			continue
		}
		f.put(one)
	}
}

// add appends a setting unless it is there.
func (f *file) add(one settingsxml.Setting) {
	for _, there := range f.doc.Settings {
		if there.Label() == one.Label() {
			return
		}
	}
	f.doc.Settings = append(f.doc.Settings, one)
}

// put takes the place of a setting that is there.
func (f *file) put(one settingsxml.Setting) {
	for i, there := range f.doc.Settings {
		if there.Label() == one.Label() {
			f.doc.Settings[i] = one
			return
		}
	}
	f.doc.Settings = append(f.doc.Settings, one)
}
