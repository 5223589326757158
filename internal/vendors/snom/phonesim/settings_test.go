package phonesim_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/settingsxml"
)

// raw is a settings file that says what it is told, good or bad.
func raw(content string) string {
	return `<settings><phone-settings e="2">` + content + `</phone-settings></settings>`
}

func TestPermissionFlags(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/{mac}"))
	prov.set("/"+mac, text(raw(`<free perm="RW">1</free><dollar perm="$">1</dollar><none>1</none><fixed perm="R">1</fixed>`+
		`<keeps perm="!">1</keeps><gone perm="V">1</gone><line idx="1" perm="&amp;">1</line><line idx="2">1</line>`)))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	mustBoot(t, p)

	for name, refused := range map[string]bool{"free": false, "dollar": false, "none": false, "fixed": true, "keeps": false, "unheard_of": false} {
		if err := p.UserSet(name, nil, "user"); (err != nil) != refused {
			t.Errorf("user sets %s: %v", name, err)
		}
	}
	if err := p.UserSet("line", new(1), "user"); err == nil {
		t.Error("the user changed a read-only line")
	}
	if err := p.UserSet("free", nil, "a\nb"); err == nil {
		t.Error("the user typed a line break")
	}

	// The next provisioning overwrites all but what the user may keep; V is forgotten by the reboot itself.
	prov.set("/"+mac, text(raw(`<free perm="RW">2</free><dollar>2</dollar><none>2</none><fixed perm="R">2</fixed>`+
		`<keeps perm="RW">2</keeps><line idx="1">2</line>`)))
	trace := mustBoot(t, p)
	if got := trace.Steps[0].Detail; got != "5 settings, 1 left as they were" {
		t.Errorf("detail %q", got)
	}
	got := map[string]string{}
	for _, s := range p.State().Settings {
		got[s.Label()] = s.Value
	}
	delete(got, settingsxml.SettingServer)
	want := map[string]string{"free": "2", "dollar": "2", "none": "2", "fixed": "2", "keeps": "user", "line[1]": "2", "line[2]": "1", "unheard_of": "user"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// TestStuckSettingServer is what happened to real phones: sent out with "!", the address cannot be changed by a file.
func TestStuckSettingServer(t *testing.T) {
	t.Parallel()
	vendor, a, b := newSite(t), newSite(t), newSite(t)
	vendor.home(raw(`<setting_server perm="!">` + a.URL + `/{mac}</setting_server>`))
	a.set("/"+mac, text(file("setting_server", b.URL+"/{mac}")))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	mustBoot(t, p)
	if got := p.State().SettingServer; got != a.URL+"/{mac}" || len(b.takeAsked()) != 0 {
		t.Errorf("setting server %q moved", got)
	}
	if err := p.FactoryReset(); err != nil || !p.State().Factory {
		t.Errorf("a factory reset did not free the phone: %v", err)
	}
}

// TestVolatileOverResync: a resync is no reboot.
func TestVolatileOverResync(t *testing.T) {
	t.Parallel()
	vendor := newSite(t)
	vendor.home(raw(`<gone perm="V">1</gone>`))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	mustBoot(t, p)
	vendor.home("<settings/>")
	if _, err := p.Resync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := p.State().Value("gone", nil); !ok {
		t.Error("a resync forgot a volatile setting")
	}
	mustBoot(t, p)
	if _, ok := p.State().Value("gone", nil); ok {
		t.Error("a reboot kept a volatile setting")
	}
}

func TestEmptySettingServer(t *testing.T) {
	t.Parallel()
	vendor := newSite(t)
	vendor.home(raw(`<setting_server/>`))
	trace := mustBoot(t, mustPhone(t, phonesim.Options{FactoryServer: vendor.URL}))
	if trace.Source != "" || !strings.Contains(outline(trace), "setting_server=nothing/0 pnp=nothing/0") {
		t.Errorf("trace %s", outline(trace))
	}
}

// TestPassword: Basic credentials that came with settings are used where a server asks for them, not elsewhere.
func TestPassword(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	wants := func(scheme string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if user, pass, ok := r.BasicAuth(); ok && user == "phone" && pass == "pw" {
				text("<settings/>")(w, r)
				return
			}
			w.Header().Set("WWW-Authenticate", scheme+` realm="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
	vendor.home(file("setting_server", prov.URL+"/{mac}"))
	prov.set("/"+mac, wants("Basic"))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	if trace := mustBoot(t, p); trace.Source != "" || len(prov.takeAsked()) != 1 {
		t.Errorf("without credentials: %s", outline(trace))
	}
	for name, value := range map[string]string{"http_client_user": "phone", "http_client_pass": "pw"} {
		if err := p.UserSet(name, nil, value); err != nil {
			t.Fatal(err)
		}
	}
	if trace := mustBoot(t, p); trace.Source != "redirection" {
		t.Errorf("with credentials: %s", outline(trace))
	}
	prov.set("/"+mac, wants("Digest"))
	if trace := mustBoot(t, p); trace.Source != "" {
		t.Errorf("Basic credentials for a Digest server: %s", outline(trace))
	}
	// The redirection service never gets them.
	vendor.set("/snomD785.htm", wants("Basic"))
	if err := p.UserSet("setting_server", nil, vendor.URL); err != nil {
		t.Fatal(err)
	}
	vendor.takeAsked()
	mustBoot(t, p)
	if diff := cmp.Diff(atHome, vendor.takeAsked()); diff != "" {
		t.Errorf("asked at the redirection service (-want +got):\n%s", diff)
	}
}

func TestStateFile(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/p/"+token+"/{mac}"))
	prov.set(ours, text(raw(`<user_pass idx="1" perm="R">secret</user_pass><zero idx="0"/>`)))
	dir := t.TempDir()
	path := filepath.Join(dir, "phone.json")
	options := phonesim.Options{FactoryServer: vendor.URL, StateFile: path}
	first := mustPhone(t, options)
	mustBoot(t, first)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Fatalf("state file %v, %v; want mode 0600", info, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left beside the state file: %v, %v", entries, err)
	}

	// Another process takes up the same phone.
	second := mustPhone(t, options)
	if diff := cmp.Diff(first.State().String(), second.State().String()); diff != "" {
		t.Errorf("state (-first +second):\n%s", diff)
	}
	type setting struct{ Label, Perm, Value string }
	var want, got []setting
	for _, s := range first.State().Settings {
		want = append(want, setting{s.Label(), string(s.Perm), s.Value})
	}
	for _, s := range second.State().Settings {
		got = append(got, setting{s.Label(), string(s.Perm), s.Value})
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 3 {
		t.Errorf("settings (-first +second):\n%s", diff)
	}
	vendor.takeAsked()
	if trace := mustBoot(t, second); outline(trace) != "setting_server=ok/200 boot=ok/0" || len(vendor.takeAsked()) != 0 {
		t.Errorf("boot of the second process: %s", outline(trace))
	}
	if err := second.FactoryReset(); err != nil {
		t.Fatal(err)
	}
	if third := mustPhone(t, options); !third.State().Factory {
		t.Error("the reset was not written")
	}
}

func TestBadStateFile(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"Empty":        "",
		"NotJSON":      "user_pass=" + token,
		"UnknownField": `{"format":1,"mac":"` + mac + `","` + token + `":1}`,
		"Twice":        `{"format":1,"mac":"` + mac + `"}{}`,
		"OtherFormat":  `{"format":2,"mac":"` + mac + `"}`,
		"OtherPhone":   `{"format":1,"mac":"000413000001"}`,
		"WrongType":    `{"format":"` + token + `"}`,
		"Huge":         strings.Repeat(" ", 9<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "phone.json")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := phonesim.New(phonesim.Options{MAC: mac, FactoryServer: "http://127.0.0.1:1", StateFile: path})
			if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), token) {
				t.Errorf("error = %v, want one that names the file and not its content", err)
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != content {
				t.Errorf("the refused file was changed: %v", err)
			}
		})
	}
}

// TestUnwritableState: a phone that cannot remember says so.
func TestUnwritableState(t *testing.T) {
	t.Parallel()
	vendor := newSite(t)
	vendor.home(file("a", "1"))
	dir := filepath.Join(t.TempDir(), "none")
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, StateFile: filepath.Join(dir, "phone.json")})
	if trace, err := p.Boot(t.Context()); err == nil || len(trace.Steps) == 0 {
		t.Errorf("boot: %v, %v; want the steps so far and an error", trace.Steps, err)
	}
	if err := p.FactoryReset(); err == nil {
		t.Error("a reset that could not be written succeeded")
	}
	if err := p.UserSet("a", nil, "2"); err == nil {
		t.Error("a change that could not be written succeeded")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	const home = "https://redirection.example"
	for name, o := range map[string]phonesim.Options{
		"NoMAC":        {FactoryServer: home},
		"EightBytes":   {MAC: "00:04:13:a1:1f:a7:00:01", FactoryServer: home},
		"NoServer":     {MAC: mac},
		"BadServer":    {MAC: mac, FactoryServer: "ftp://h/"},
		"BadModel":     {MAC: mac, FactoryServer: home, Model: "D785\r\nX: y"},
		"BadFirmware":  {MAC: mac, FactoryServer: home, Firmware: "10.1)"},
		"NegativeTime": {MAC: mac, FactoryServer: home, Timeout: -1},
	} {
		if _, err := phonesim.New(o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for _, spelling := range []string{"000413a11fa7", "00:04:13:A1:1F:A7", "00-04-13-a1-1f-a7", "0004.13a1.1fa7"} {
		p := mustPhone(t, phonesim.Options{MAC: spelling, FactoryServer: home, Model: "snomD735"})
		if got := p.State(); got.MAC != mac || got.PhoneType != "snomD735" {
			t.Errorf("%s became %v", spelling, got)
		}
	}
}

// TestTogether boots, resets and looks at one phone from several goroutines; the race detector is the judge.
func TestTogether(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/{mac}"))
	prov.set("/"+mac, text(file("a", "1")))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, StateFile: filepath.Join(t.TempDir(), "phone.json")})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			if trace, err := p.Boot(t.Context()); err != nil || trace.Source != "redirection" {
				t.Errorf("boot: %s, %v", outline(trace), err)
			}
		})
		all.Go(func() { _ = p.State().String() })
		all.Go(func() {
			if err := p.UserSet(fmt.Sprintf("own_%d", i), nil, "x"); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if i > 0 {
				return
			}
			if err := p.FactoryReset(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	mustBoot(t, p)
	if p.State().Factory {
		t.Error("no setting server in the end")
	}
}
