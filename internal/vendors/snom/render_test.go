package snom_test

import (
	"bytes"
	"crypto/x509"
	_ "embed"
	"encoding/base64"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func vendor(t testing.TB) *snom.Vendor {
	t.Helper()
	v, err := snom.New(snom.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// values resolves settings given as label=value; those whose name speaks of a password
// are secrets.
func values(labels ...string) ztp.EffectiveSettings {
	l := ztp.ScopeSettings{Scope: ztp.SettingScope{Platform: "p", MAC: phone}}
	for _, label := range labels {
		text, value, _ := strings.Cut(label, "=")
		n, i, _ := ztp.ParseSettingLabel(text)
		s := ztp.Setting{Name: n, Index: i, Value: value}
		if strings.Contains(text, "pass") {
			s.Secret, s.Value, s.Opened = true, "", ztp.NewSecret(value)
		}
		l.Settings = append(l.Settings, s)
	}
	return ztp.ResolveSettings(l)
}

// everything has each setting of the catalogue, with what needs care in an XML file.
func everything() []string {
	return []string{
		"phone_name=Müller & Søn <\"Empfang\">", "time_zone=Europe/Berlin", "language=fr", "tone_scheme=DE", "ntp_server=ntp.example.net",
		"admin_password=a]]>b&c\"'", "poll_window=23:30-04:00", "vendor_remote_management=off", "network_fallback=off", "firmware_url=https://fw.example.net/x?a=1&b=2",
		"line_registrar=sip.example.net", "line_transport=tls", "line_srtp=required", "line_outbound_proxy[2]=[2001:db8::1]:5061", "line_srtp[2]=off",
		"line_display_name[1]=日本 🙂 <1>", "line_user[1]=1001", "line_password[1]=<secret>&1", "line_mailbox[1]=*97",
		"line_user[2]=1002", "line_auth_user[2]=auth2", "line_password[2]=secret2", "line_user[12]=1012",
		"function_key[1]=line 2 Zwei", "function_key[2]=blf 201 Anna \"B\" & <C>", "function_key[3]=speed_dial +49301234567", "function_key[4]=none",
		"function_key[5]=park 8001", "function_key[6]=transfer sip:a@b.example", "function_key[7]=dtmf *21#", "function_key[200]=line",
		"phone_book[1]=+49301234567 Anna & Co", "phone_book[2]=", "phone_book[500]=201 Berg",
		"snom:dim_timer=30", "snom:ring_sound[2]=Ringer3", "snom:timezone=CAN-3.5", "snom:auto_reboot_on_setting_change=on", "snom:ldap_password=secret3",
		"acme:other=never", "ca_certificates=" + authority,
	}
}

//go:embed testdata/authority.pem
var authority string

func rendered(t testing.TB, s ztp.PhoneSettings) []byte {
	t.Helper()
	s.MAC, s.URL = phone, ztp.NewSecret("https://prov.example.net/p/TOKEN/DEVICE/{mac}")
	file, _, err := vendor(t).RenderSettings(s)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRender_Golden keeps one file for each family of models, with everything, one of a
// phone with nothing set, and one without secrets. Each is read by another parser too.
func TestRender_Golden(t *testing.T) {
	t.Parallel()
	all := values(everything()...)
	for name, s := range map[string]ztp.PhoneSettings{
		"d3xx":       {Model: "D385", Values: all, Secrets: true},
		"d7xx":       {Model: "snom D735", Values: all, Secrets: true},
		"d8xx":       {Model: "D865", Values: all, Secrets: true},
		"d120":       {Model: "D120", Values: all, Secrets: true},
		"unset":      {ProductGroup: "D-Series", Name: "Empfang", Values: ztp.ResolveSettings(), Secrets: true},
		"no-secrets": {ProductGroup: "D-Series", Name: "Empfang", Values: all},
	} {
		got := rendered(t, s)
		path := filepath.Join("testdata", "rendered", name+".xml")
		if *update {
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, got, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if elements := mustElements(t, got); len(elements) < 5 {
			t.Errorf("%s: another parser finds %d settings", name, len(elements))
		}
		if bytes.Contains(got, []byte(`perm="!"`)) || bytes.Contains(got, []byte("never")) {
			t.Errorf("%s: what is never to be in a file is in it", name)
		}
		if !s.Secrets && bytes.Contains(got, []byte("secret")) || !s.Secrets && bytes.Contains(got, []byte("user_")) {
			t.Errorf("%s has something of lines in it", name)
		}
	}
}

// mustElements reads a file with the generic parser alone: the text of every element, by
// its path with all attributes but flags.
func mustElements(t testing.TB, file []byte) map[string]string {
	t.Helper()
	d, found, path, text := xml.NewDecoder(bytes.NewReader(file)), map[string]string{}, []string{}, ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		switch e := token.(type) {
		case xml.StartElement:
			name := e.Name.Local
			for _, a := range e.Attr {
				if a.Name.Local != "perm" && a.Name.Local != "e" {
					name += " " + a.Name.Local + "=" + a.Value
				}
			}
			path, text = append(path, name), ""
		case xml.CharData:
			text += string(e)
		case xml.EndElement:
			label := strings.Join(path, "/")
			if _, twice := found[label]; twice {
				t.Errorf("%s stands there twice", label)
			}
			if len(path) > 2 {
				found[label] = strings.TrimSpace(text)
			}
			path, text = path[:len(path)-1], ""
		}
	}
}

// TestRender_Meaning wants what a phone would read, told by the other parser.
func TestRender_Meaning(t *testing.T) {
	t.Parallel()
	got := mustElements(t, rendered(t, ztp.PhoneSettings{Model: "D785", Values: values(everything()...), Secrets: true}))
	const set, keys = "settings/phone-settings/", "settings/functionKeys/"
	for label, want := range map[string]string{
		set + "phone_name": "Müller & Søn <\"Empfang\">", set + "http_pass": "a]]>b&c\"'", set + "firmware": "https://fw.example.net/x?a=1&b=2",
		set + "timezone": "CAN-3.5", set + "web_language": "Français", set + "prov_polling_time": "23:30", set + "prov_polling_time_rand_end": "04:00",
		set + "user_active idx=1": "on", set + "user_active idx=3": "off", set + "user_pass idx=3": "", set + "user_active idx=12": "on",
		set + "user_pass idx=1": "<secret>&1", set + "user_pname idx=2": "auth2", set + "user_pname idx=1": "1001",
		set + "user_outbound idx=1": "sip.example.net;transport=tls", set + "user_outbound idx=2": "[2001:db8::1]:5061;transport=tls",
		set + "user_savp idx=1": "mandatory", set + "user_srtp idx=2": "off", set + "ring_sound idx=2": "Ringer3", set + "ldap_password": "secret3",
		keys + "fkey idx=0 context=2 label=Zwei": "line", keys + "fkey idx=1 context=active label=Anna \"B\" & <C>": "blf sip:201@sip.example.net",
		keys + "fkey idx=2 context=active label=": "speed +49301234567", keys + "fkey idx=199 context=active label=": "line",
	} {
		if text, ok := got[label]; !ok || text != want {
			t.Errorf("%s: want %q, got %q, %t", label, want, text, ok)
		}
	}
	der, err := base64.StdEncoding.DecodeString(got["settings/certificates/certificate type=base64"])
	if err != nil {
		t.Error(err)
	}
	block, _ := pem.Decode([]byte(authority))
	if x, err := x509.ParseCertificate(der); err != nil || x.Subject.CommonName != "Example Root <1>" || !bytes.Equal(block.Bytes, der) {
		t.Errorf("the certificate comes out as %v, %v", x, err)
	}
	if _, ok := got[set+"tr369_enable idx=1"]; ok {
		t.Error("D785 does not know TR-369")
	}
	without := mustElements(t, rendered(t, ztp.PhoneSettings{Values: values("line_user[1]=1001", "line_password[1]=x"), Secrets: true}))
	if without[set+"user_active idx=1"] != "off" { // nowhere to register
		t.Error("a line without a registrar is switched on")
	}
	if emptied := mustElements(t, rendered(t, ztp.PhoneSettings{Values: values("line_user[1]="), Secrets: true})); emptied[set+"user_active idx=1"] != "off" {
		t.Error("an empty user does not switch the line off")
	}
	if foreign := rendered(t, ztp.PhoneSettings{Values: values("line_registrar=sip.example.net"), Secrets: true}); bytes.Contains(foreign, []byte("user_")) {
		t.Error("lines that a phone has from elsewhere are changed")
	}
	if emptied := rendered(t, ztp.PhoneSettings{Values: values("phone_book[1]="), Secrets: true}); !bytes.Contains(emptied, []byte("<tbook")) {
		t.Error("an empty entry alone does not empty the phone book")
	}
}

// A phone never gets the file of another kind of phone.
func TestRender_Models(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	for _, c := range []struct {
		model, group string
		want         bool
	}{
		{"", "", true}, {"", "D-Series", true}, {"D865", "D-Series", true}, {"snomD120", "", true}, {"PA1+", "", true}, {"370", "", true}, {"D812W", "D-Series", true},
		{"front desk", "D-Series", true}, {"D785", "M-Series", true}, {"", "M-Series", false}, {"", "C-Series", false}, {"M900", "", false}, {"Snom M700", "D-Series", false},
		{"C620", "", false}, {"M500 KLE", "D-Series", false}, {"A150", "", false}, {"hotel4 x", "", false}, {"odd", "MSC-Series", false},
	} {
		for _, home := range []bool{false, true} {
			_, _, err := v.RenderSettings(ztp.PhoneSettings{Model: c.model, ProductGroup: c.group, Home: home, Values: ztp.ResolveSettings()})
			if (err == nil) != c.want || err != nil && !ztp.IsCode(err, ztp.CodeNotRendered) {
				t.Errorf("%q of %q: %v", c.model, c.group, err)
			}
		}
	}
}

// The adapter has a word for every choice that the catalogue offers.
func TestRender_Words(t *testing.T) {
	t.Parallel()
	for _, n := range []ztp.SettingName{ztp.SettingTimeZone, ztp.SettingLanguage, ztp.SettingToneScheme} {
		info, err := ztp.NewSettingBook(nil).Info(n)
		if err != nil {
			t.Fatal(err)
		}
		before := len(mustElements(t, rendered(t, ztp.PhoneSettings{Values: ztp.ResolveSettings()})))
		for _, choice := range info.Choices {
			if after := len(mustElements(t, rendered(t, ztp.PhoneSettings{Values: values(string(n) + "=" + choice)}))); after == before {
				t.Errorf("%s: no word for %s", n, choice)
			}
		}
	}
}

// TestRender_Preview wants a preview to differ from the file in masked values alone.
func TestRender_Preview(t *testing.T) {
	t.Parallel()
	all := values(everything()...)
	file := mustElements(t, rendered(t, ztp.PhoneSettings{Values: all, Secrets: true}))
	preview := mustElements(t, rendered(t, ztp.PhoneSettings{Values: all.Masked(), Secrets: true}))
	if len(file) != len(preview) {
		t.Fatalf("%d and %d settings", len(file), len(preview))
	}
	masked := 0
	for label, want := range file {
		switch got := preview[label]; {
		case got == "********" && strings.Contains(label, "pass"):
			masked++
		case got != want:
			t.Errorf("%s: %q, in the preview %q", label, want, got)
		case strings.Contains(got, "secret"):
			t.Errorf("%s is not masked", label)
		}
	}
	if masked < 7 {
		t.Errorf("%d masked", masked)
	}
}

func TestFreeSetting(t *testing.T) {
	t.Parallel()
	v := vendor(t)
	for name, want := range map[string]string{ // a tenant's: may, refused or invalid; and secret
		"dim_timer": "may", "vol_ringer": "may", "auto_reboot_on_setting_change": "may",
		"setting_server": "refused secret", "provisioning_order": "refused", "vlan_id": "refused", "ip_adr": "refused", "dhcp": "refused", "gateway": "refused",
		"ieee8021x_eap_md5_username": "refused", "certificate_x": "refused", "firmware": "refused", "update_policy": "refused", "http_pass": "refused secret",
		"admin_mode_password": "refused secret", "webserver_admin_password": "refused secret", "user_hash": "refused secret", "user_name": "refused",
		"tr369_enable": "refused", "prov_polling_enabled": "refused", "action_incoming_url": "refused secret", "no_such_setting": "refused", "dns_server1": "refused",
		"check_fqdn_against_server_cert": "refused", "netmask": "refused", "settings_refresh_timer": "refused", "pnp_config": "refused", "lldp_enable": "refused",
		"": "invalid", "a b": "invalid", "Dim_Timer": "invalid", "a><b": "invalid", "1a": "invalid", "xml:a": "invalid",
		"http_client_user": "invalid", "http_client_pass": "invalid", // each phone's own, by which it proves itself here
	} {
		info, err := v.FreeSetting(name)
		got := "may"
		switch {
		case err != nil:
			got = "invalid"
		case !info.MaySet("tenant"):
			got = "refused"
		}
		if info.Secret {
			got += " secret"
		}
		if got != want || err == nil && !info.MaySet(ztp.SuperAdmin) || err != nil && ztp.AsError(err).Fields["name"] == "" {
			t.Errorf("%s: want %s, got %s (%v)", name, want, got, err)
		}
	}
}

// A value that is taken and can't be written would keep the phone from its settings for good.
func TestRender_WhateverIsTaken(t *testing.T) {
	t.Parallel()
	v, taken := vendor(t), []rune{}
	for r := range rune(unicode.MaxRune + 1) {
		if (ztp.SettingInfo{Kind: ztp.ValueText}).Check("a"+string(r)+"b") == "" {
			taken = append(taken, r)
		}
	}
	for some := range slices.Chunk(taken, 1000) {
		if _, _, err := v.RenderSettings(ztp.PhoneSettings{MAC: phone, Model: "D785", Values: values("phone_name=" + string(some)), Secrets: true}); err != nil {
			t.Errorf("one of %U to %U: %v", some[0], some[len(some)-1], err)
		}
	}
}

// FuzzRender puts anything that the catalogue lets through into a file, and wants exactly
// that to come out of it again, and nothing else to change.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{"plain", `<x perm="!">&amp;]]>`, "a;transport=udp", "${x} %s {mac}", "\u2028", "日本", "]]><user_pass idx=\"1\">", "sip:a@b"} {
		f.Add(seed, seed)
	}
	book := ztp.NewSettingBook([]ztp.Vendor{vendor(f)})
	scope := ztp.SettingScope{Platform: "p", MAC: phone}
	base := mustElements(f, rendered(f, ztp.PhoneSettings{Values: values("line_user[1]=1001", "line_registrar=sip.example.net"), Secrets: true}))
	f.Fuzz(func(t *testing.T, name, value string) {
		for _, n := range []ztp.SettingName{ztp.SettingLineDisplayName, ztp.SettingLinePassword, "snom:dim_timer", ztp.SettingName("snom:" + name)} {
			c := ztp.SettingChange{Name: n, Index: 1, Value: ztp.NewSecret(value)}
			checked, err := book.Check(ztp.SuperAdmin, scope, []ztp.SettingChange{c})
			if err != nil {
				continue
			}
			s := ztp.Setting{Name: n, Index: 1, Value: value}
			if checked[0].Secret {
				s.Secret, s.Value, s.Opened = true, "", c.Value
			}
			l := ztp.ScopeSettings{Scope: scope, Settings: []ztp.Setting{{Name: "line_user", Index: 1, Value: "1001"}, {Name: "line_registrar", Value: "sip.example.net"}, s}}
			wantOneChange(t, base, mustElements(t, rendered(t, ztp.PhoneSettings{Values: ztp.ResolveSettings(l), Secrets: true})), value)
		}
	})
}

// FuzzRender_Certificates: of any text there is nothing in a file but certificates that were
// taken, and the rest of the file stays as it is.
func FuzzRender_Certificates(f *testing.F) {
	for _, seed := range []string{authority, authority + authority, authority[:200], "]]></certificate>", "-----BEGIN CERTIFICATE-----\nPGI+\n-----END CERTIFICATE-----"} {
		f.Add(seed)
	}
	const at = "settings/certificates/certificate type=base64"
	base := mustElements(f, rendered(f, ztp.PhoneSettings{Values: values("language=de"), Secrets: true}))
	f.Fuzz(func(t *testing.T, text string) {
		file := rendered(t, ztp.PhoneSettings{Values: values("language=de", "ca_certificates="+text), Secrets: true})
		if all, _ := ztp.CACertificates(text); len(all) > 1 {
			return // one place, several times, is none for the map
		}
		got := mustElements(t, file)
		if der, err := base64.StdEncoding.DecodeString(got[at]); err != nil || got[at] != "" && !mustBeAuthority(der) {
			t.Errorf("a certificate of %q: %v", got[at], err)
		}
		delete(got, at)
		if diff := cmp.Diff(base, got); diff != "" {
			t.Error(diff)
		}
	})
}

func mustBeAuthority(der []byte) bool {
	x, err := x509.ParseCertificate(der)
	return err == nil && x.IsCA
}

func wantOneChange(t *testing.T, before, after map[string]string, value string) {
	t.Helper()
	changed := ""
	for label, text := range after {
		if was, ok := before[label]; ok && was == text {
			continue
		}
		if changed != "" {
			t.Errorf("%q changes %q and %q", value, changed, label)
		}
		if changed = label; text != value {
			t.Errorf("%s: %q came out as %q", label, value, text)
		}
	}
}
