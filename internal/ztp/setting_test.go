package ztp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// ownSettings is a vendor that knows one harmless setting and one that is not.
type ownSettings struct{ ztp.Vendor }

func (ownSettings) Describe() ztp.VendorInfo { return ztp.VendorInfo{Name: "acme"} }

func (ownSettings) FreeSetting(name string) (ztp.SettingInfo, error) {
	switch name {
	case "dim":
		return ztp.SettingInfo{Kind: ztp.ValueText, Most: 10, Indexes: 3}, nil
	case "vlan":
		return ztp.SettingInfo{Kind: ztp.ValueText, AdminOnly: true, Why: "it can cut a phone off"}, nil
	case "pass":
		return ztp.SettingInfo{Kind: ztp.ValuePassword, Secret: true}, nil
	}
	return ztp.SettingInfo{}, ztp.Invalid("name", "No such name.")
}

var (
	book   = ztp.NewSettingBook([]ztp.Vendor{ownSettings{}})
	whole  = ztp.SettingScope{}
	aPhone = ztp.SettingScope{Platform: "p", MAC: ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7}}
)

func TestSettingValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 600)
	for name, c := range map[ztp.SettingName]struct{ good, bad []string }{
		"phone_name":           {[]string{"Empfang <1> & \"2\"", "", "日本"}, []string{" a", "a\n", "a\u202eb", "a\x00", long, "a\xff", "a\ufffe", "\uffff"}},
		"time_zone":            {[]string{"Europe/Berlin"}, []string{"", "Berlin", "GER+1"}},
		"ntp_server":           {[]string{"pool.ntp.org", "192.0.2.1", "[2001:db8::1]", "[2001:db8::1]:123", "a:1", ""}, []string{"a b", "a:0", "a:65536", "a:", "a:b", "a;b", "-a", "a..b", "2001:db8::1", "[a]", "[::1]x", "[::1", "a/b", "a\"b", "a:+1", long}},
		"firmware_url":         {[]string{"https://fw.example.net/snomD785.bin", "https://[2001:db8::1]:8443/x?a=b"}, []string{"http://a/b", "https://", "https://u:p@a/b", "//a", "https://a/b#c", "https://a/b c", "ftp://a/x"}},
		"poll_window":          {[]string{"01:00-05:00", "23:00-02:00", "off"}, []string{"", "1-5", "24:00-01:00", "01:00", "01:00-01:00", "01:00-05:00 "}},
		"admin_password":       {[]string{"correct horse!"}, []string{"", "short", "pässword1", "a\tbcdefgh", long}},
		"line_user[1]":         {[]string{"1001", "a&b"}, []string{"a\r\nb"}},
		"line_transport":       {[]string{"udp", "tls"}, []string{"TLS", "dtls"}},
		"function_key[1]":      {[]string{"none", "line", "line 12", "blf 201 Anna Berg", "speed_dial +49301234567", "transfer sip:a@b.example", "dtmf *21#", ""}, []string{"x", "blf", "line 13", "line a", "dtmf 1;2", "blf a@b|c", "none 1", "blf 20\"1", "blf 201 " + strings.Repeat("a", 65)}},
		"phone_book[500]":      {[]string{"+49301234567 Anna Berg", "sip:a@b Anna"}, []string{"+4930", "Anna 123", "a|b Anna"}},
		"line_password[12]":    {[]string{"x", `"<&>'`}, []string{"", long, "\u00e4"}},
		"acme:dim[3]":          {[]string{"10"}, []string{"12345678901"}},
		"acme:pass":            {[]string{"x"}, []string{""}},
		"line_registrar":       {[]string{"sip.example.net:5061"}, []string{"sip:a@b"}},
		"line_registrar[12]":   {[]string{"sip.example.net"}, nil},
		"line_display_name[1]": {[]string{"Anna"}, nil},
	} {
		for _, v := range c.good {
			if _, err := set(aPhone, string(name), v); err != nil {
				t.Errorf("%s = %q: %v", name, v, err)
			}
		}
		for _, v := range c.bad {
			_, err := set(aPhone, string(name), v)
			if fields := ztp.AsError(err).Fields; !ztp.IsCode(err, ztp.CodeInvalid) || fields[string(name)] == "" {
				t.Errorf("%s = %.40q: %v", name, v, err)
			} else if strings.Contains(string(name), "pass") && v != "" && strings.Contains(fields[string(name)]+err.Error(), v) {
				t.Errorf("%s: the error repeats the value", name)
			}
		}
	}
}

func set(scope ztp.SettingScope, label, value string) ([]ztp.SettingChange, error) {
	n, i, err := ztp.ParseSettingLabel(label)
	if err != nil {
		return nil, err
	}
	return book.Check(ztp.SuperAdmin, scope, []ztp.SettingChange{{Name: n, Index: i, Value: ztp.NewSecret(value)}})
}

// Where a value may not stand, or not by whom.
func TestSettingsRefused(t *testing.T) {
	t.Parallel()
	for label, scope := range map[string]ztp.SettingScope{
		"line_user[1]": whole, "line_password[1]": {Platform: "p"}, "phone_name": {Platform: "p", Account: "a"}, // of one phone
		"line_user": aPhone, "function_key": aPhone, // which one?
		"line_user[13]": aPhone, "time_zone[1]": aPhone, "acme:dim[4]": aPhone, "function_key[201]": aPhone,
		"nothing": whole, "acme:nothing": whole, "other:x": whole, "": whole, "a\nb": whole,
	} {
		if _, err := set(scope, label, "1"); !ztp.IsCode(err, ztp.CodeInvalid) || len(ztp.AsError(err).Fields) != 1 {
			t.Errorf("%q: %v", label, err)
		}
	}
	twice := []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("de")}, {Name: "language", Unset: true}}
	for name, changes := range map[string][]ztp.SettingChange{"none": nil, "many": make([]ztp.SettingChange, 1001), "twice": twice} {
		if _, err := book.Check(ztp.SuperAdmin, whole, changes); !ztp.IsCode(err, ztp.CodeInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	const tenant ztp.Role = "tenant" // no such role yet
	for _, n := range []ztp.SettingName{"firmware_url", "acme:vlan"} {
		_, err := book.Check(tenant, whole, []ztp.SettingChange{{Name: n, Unset: true}})
		if !ztp.IsCode(err, ztp.CodeNotAllowed) || !strings.Contains(err.Error(), string(n)+" is set by super-admins alone: it ") {
			t.Errorf("%s: %v", n, err)
		}
	}
	if _, err := book.Check(tenant, whole, []ztp.SettingChange{{Name: "acme:dim", Value: ztp.NewSecret("1")}, {Name: "language", Value: ztp.NewSecret("de")}}); err != nil {
		t.Error(err)
	}
	got, err := book.Check(ztp.SuperAdmin, aPhone, []ztp.SettingChange{{Name: "acme:pass", Value: ztp.NewSecret("x")}, {Name: "line_password", Index: 1, Unset: true}, {Name: "language", Unset: true}})
	if err != nil || !got[0].Secret || !got[1].Secret || got[2].Secret {
		t.Errorf("%+v, %v", got, err)
	}
	if text := ztp.DescribeSettings(got); text != "set acme:pass; removed line_password[1], language" {
		t.Error(text)
	}
}

func TestSettingCatalogue(t *testing.T) {
	t.Parallel()
	seen := map[ztp.SettingName]bool{}
	for _, i := range ztp.SettingCatalogue {
		if seen[i.Name] || i.Title == "" || !strings.HasSuffix(i.Help, ".") || i.Secret != (i.Kind == ztp.ValuePassword) || i.AdminOnly != (i.Why != "") {
			t.Errorf("%+v", i)
		}
		if i.EveryLine && i.Indexes != ztp.MaxLines || i.EveryLine && i.Secret {
			t.Errorf("%s: for every line", i.Name)
		}
		if i.Default != "" && i.Check(i.Default) != "" {
			t.Errorf("%s: the default is refused", i.Name)
		}
		seen[i.Name] = true
	}
}

// TestResolveSettings has a row for each way in which layers meet.
func TestResolveSettings(t *testing.T) {
	t.Parallel()
	at := func(s ztp.SettingScope, labels ...string) ztp.ScopeSettings {
		l := ztp.ScopeSettings{Scope: s}
		for _, label := range labels {
			text, value, _ := strings.Cut(label, "=")
			n, i, err := ztp.ParseSettingLabel(text)
			if err != nil {
				t.Fatal(err)
			}
			l.Settings = append(l.Settings, ztp.Setting{Name: n, Index: i, Value: value})
		}
		return l
	}
	platform, account := ztp.SettingScope{Platform: "p"}, ztp.SettingScope{Platform: "p", Account: "a"}
	for name, c := range map[string]struct {
		layers []ztp.ScopeSettings
		ask    string
		want   string // layer and value
	}{
		"Default":            {nil, "poll_window", "default 01:00-05:00"},
		"None":               {nil, "language", " "},
		"Farthest":           {[]ztp.ScopeSettings{at(whole, "language=de"), at(platform)}, "language", "installation de"},
		"Nearer":             {[]ztp.ScopeSettings{at(whole, "language=de"), at(platform, "language=en")}, "language", "platform en"},
		"NearestOfAll":       {[]ztp.ScopeSettings{at(whole, "language=de"), at(platform, "language=en"), at(account, "language=fr"), at(aPhone, "language=it")}, "language", "endpoint it"},
		"OverDefault":        {[]ztp.ScopeSettings{at(whole, "poll_window=off")}, "poll_window", "installation off"},
		"EmptyIsAValue":      {[]ztp.ScopeSettings{at(whole, "ntp_server=a"), at(account, "ntp_server=")}, "ntp_server", "account "},
		"AllLines":           {[]ztp.ScopeSettings{at(platform, "line_registrar=a")}, "line_registrar[7]", "platform a"},
		"OneLine":            {[]ztp.ScopeSettings{at(platform, "line_registrar=a", "line_registrar[2]=b")}, "line_registrar[2]", "platform b"},
		"OtherLine":          {[]ztp.ScopeSettings{at(platform, "line_registrar[2]=b", "line_registrar=a")}, "line_registrar[1]", "platform a"},
		"NearerAllBeatsOne":  {[]ztp.ScopeSettings{at(platform, "line_registrar[2]=b"), at(account, "line_registrar=c")}, "line_registrar[2]", "account c"},
		"NearerOneBeatsAll":  {[]ztp.ScopeSettings{at(platform, "line_registrar=a"), at(account, "line_registrar[2]=c")}, "line_registrar[2]", "account c"},
		"KeysByIndex":        {[]ztp.ScopeSettings{at(account, "function_key[1]=blf 1", "function_key[2]=blf 2"), at(aPhone, "function_key[2]=none")}, "function_key[1]", "account blf 1"},
		"KeyOfThePhone":      {[]ztp.ScopeSettings{at(account, "function_key[2]=blf 2"), at(aPhone, "function_key[2]=none")}, "function_key[2]", "endpoint none"},
		"VendorsOwn":         {[]ztp.ScopeSettings{at(whole, "acme:dim=1"), at(platform, "acme:dim[2]=2")}, "acme:dim[2]", "platform 2"},
		"OneLineIsNotOthers": {[]ztp.ScopeSettings{at(platform, "line_registrar[2]=b")}, "line_registrar[1]", " "},
	} {
		n, i, _ := ztp.ParseSettingLabel(c.ask)
		got, _ := ztp.ResolveSettings(c.layers...).At(n, i)
		if g := string(got.Layer) + " " + got.Value; g != c.want {
			t.Errorf("%s: want %q, got %q", name, c.want, g)
		}
	}
}

func TestEffectiveSettings(t *testing.T) {
	t.Parallel()
	e := ztp.ResolveSettings(ztp.ScopeSettings{Scope: aPhone, Settings: []ztp.Setting{
		{Name: "acme:a"}, {Name: "line_user", Index: 12, Value: "12"}, {Name: "line_user", Index: 2, Value: "2"}, {Name: "line_user", Index: 3},
		{Name: "line_password", Index: 2, Secret: true}, {Name: "language", Value: "de"}, {Name: "admin_password", Secret: true, Opened: ztp.NewSecret("canary")},
	}})
	var labels []string
	for _, s := range e.All() {
		labels = append(labels, s.Label())
	}
	want := []string{"language", "admin_password", "poll_window", "vendor_remote_management", "line_user[2]", "line_user[3]", "line_user[12]", "line_password[2]", "acme:a"}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{2, 12}, e.Lines()); diff != "" {
		t.Error(diff)
	}
	masked := e.Masked()
	for _, n := range []ztp.SettingName{"admin_password", "line_password"} {
		if s, _ := masked.At(n, 2); s.Opened.RevealSecret() != "********" || s.Value != "" {
			t.Errorf("%s is not masked", n)
		}
	}
	if s, _ := e.At("admin_password", 0); s.Opened.RevealSecret() != "canary" {
		t.Error("the original is changed")
	}
	account := ztp.Endpoint{Platform: "p", Account: "a", MAC: aPhone.MAC}
	wantScopes := []ztp.SettingScope{whole, {Platform: "p"}, {Platform: "p", Account: "a"}, aPhone}
	if diff := cmp.Diff(wantScopes, account.SettingScopes()); diff != "" {
		t.Error(diff)
	}
	if got := (ztp.SettingScope{Platform: "p", Account: "a"}).Above(""); !cmp.Equal(got, wantScopes[:3]) {
		t.Error(got)
	}
}

func FuzzSettingLabel(f *testing.F) {
	f.Add("line_user[2]")
	f.Add("a[b][3]")
	f.Fuzz(func(t *testing.T, label string) {
		if n, i, err := ztp.ParseSettingLabel(label); err == nil && i > 0 && !strings.HasPrefix(label, string(n)+"[") {
			t.Errorf("%q is %q, %d", label, n, i)
		}
		k := ztp.ParseFunctionKey(label)
		if again := ztp.ParseFunctionKey(k.String()); k.Value != "" && k.Type != "" && again != k {
			t.Errorf("%q: %+v, again %+v", label, k, again)
		}
	})
}
