package snom_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// The phone is redirected only if the URL stands under the right one of the two
// settings named setting_server.
func TestEndpoint_RightSettingServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	e := endpoint(phone)
	e.Name = "Reception"
	got, err := w.WriteEndpoint(t.Context(), c.key, c.id, e)
	if err != nil || !got.Enabled || got.Group != desk || got.Name != "Reception" || !got.URL.Equal(provisioning) {
		t.Fatalf("got %+v, %v", got, err)
	}
	truth := w.sim.Endpoints(c.id)
	if len(truth) != 1 || truth[0].Redirect != provisioning.RevealSecret() {
		t.Fatalf("the service has %+v", truth)
	}
	want := map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: provisioning.RevealSecret(), Perm: "RW"}}
	if diff := cmp.Diff(want, truth[0].Settings); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	read, err := w.Endpoint(t.Context(), c.key, c.id, phone)
	if err != nil || !cmp.Equal(read, got, cmp.Comparer(ztp.Secret.Equal)) {
		t.Errorf("read: %+v, %v", read, err)
	}
}

// A phone of another family has its own setting; reading it back needs no profile
// of that family.
func TestEndpoint_OtherProductGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	e := endpoint(phone)
	e.Group = dect
	got, err := w.WriteEndpoint(t.Context(), c.key, c.id, e)
	if err != nil || got.Group != dect || !got.URL.Equal(provisioning) {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, ok := w.sim.Endpoints(c.id)[0].Settings[srapssim.DECTSettingServerID]; !ok {
		t.Errorf("the service has %+v", w.sim.Endpoints(c.id))
	}
	got, err = w.Endpoint(t.Context(), c.key, c.id, phone)
	if err != nil || got.Group != dect || !got.URL.Equal(provisioning) {
		t.Errorf("read: %+v, %v", got, err)
	}
	// The same value counts as none where a desk phone was meant.
	e.Group, e.URL = desk, ztp.NewSecret("https://prov.example/other/{mac}")
	if got, err = w.WriteEndpoint(t.Context(), c.key, c.id, e); err != nil || got.Group != desk || !got.URL.Equal(e.URL) {
		t.Errorf("moved: %+v, %v", got, err)
	}
}

func TestEndpoint_GroupWithoutSetting(t *testing.T) {
	t.Parallel()
	for group, code := range map[string]ztp.Code{"C-Series": ztp.CodeVendorSettingAmbiguous, "X-Series": ztp.CodeVendorRejected} {
		w := newWorld(t, srapssim.Options{})
		c := w.customer(srapssim.DefaultRole)
		e := endpoint(phone)
		e.Group = group
		_, err := w.WriteEndpoint(t.Context(), c.key, c.id, e)
		if v := w.failed(t, err); v.Code != code || v.Effect == ztp.EffectUnknown || len(w.sim.Mutations()) != 0 {
			t.Errorf("%s: got %s", group, v)
		}
		_, err = w.CreateProfile(t.Context(), c.key, c.id, ztp.VendorProfile{Name: "x", Group: group, URL: provisioning})
		if v := w.failed(t, err); v.Code != code || len(w.sim.Mutations()) != 0 {
			t.Errorf("profile of %s: got %s", group, v)
		}
	}
}

// A group that Snom does not have can only come from the configuration: what is to be
// changed there is named.
func TestEndpoint_UnknownGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	_, err := w.CreateProfile(t.Context(), c.key, c.id, ztp.VendorProfile{Name: "x", Group: "X-Series", URL: provisioning})
	want := `Snom has no product group "X-Series". Name in ZEROTOUCH_SNOM_PRODUCT_GROUPS those that it has: C-Series, D-Series, M-Series, MSC-Series.`
	if v := w.failed(t, err); v.Detail != want {
		t.Errorf("want %s\ngot  %s", want, v.Detail)
	}
}

func TestSettingServer(t *testing.T) {
	t.Parallel()
	entry := func(id, section string, groups ...string) sraps.Setting {
		s := sraps.Setting{UUID: id, ParamName: "setting_server", Section: section}
		for _, g := range groups {
			s.ProductGroups = append(s.ProductGroups, json.RawMessage(g))
		}
		return s
	}
	wrong, right := entry("wrong", "global", `"m"`), entry("right", "phone-settings", `"d"`)
	tests := map[string]struct {
		servers   []sraps.Setting
		group, id string
		want      string // "" for refused
	}{
		"desk phone, wrong one first":   {[]sraps.Setting{wrong, right}, desk, "d", "right"},
		"desk phone, right one first":   {[]sraps.Setting{right, wrong}, desk, "d", "right"},
		"other family":                  {[]sraps.Setting{wrong, right}, dect, "m", "wrong"},
		"both fit, the section decides": {[]sraps.Setting{entry("wrong", "global", `"d"`, `"m"`), right}, desk, "d", "right"},
		"both fit, other family":        {[]sraps.Setting{wrong, entry("two", "x", `"m"`)}, dect, "m", ""},
		"two for desk phones":           {[]sraps.Setting{right, entry("two", "phone-settings", `"d"`)}, desk, "d", ""},
		"the same twice":                {[]sraps.Setting{right, wrong, right}, desk, "d", "right"},
		"only the wrong one":            {[]sraps.Setting{wrong}, desk, "d", ""},
		"right one of another section":  {[]sraps.Setting{entry("x", "global", `"d"`)}, desk, "d", ""},
		"groups as objects":             {[]sraps.Setting{entry("right", "phone-settings", `{"uuid":"d"}`)}, desk, "d", "right"},
		"groups of another kind":        {[]sraps.Setting{entry("right", "phone-settings", `7`, `null`)}, desk, "d", ""},
		"no id":                         {[]sraps.Setting{entry("", "phone-settings", `"d"`)}, desk, "d", ""},
		"none":                          {nil, desk, "d", ""},
	}
	for name, tt := range tests {
		got, err := snom.SettingServer(tt.servers, tt.group, tt.id)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: want %q, got %q, %v", name, tt.want, got, err)
		}
		if err != nil && ztp.VendorErrorOf(err).Code != ztp.CodeVendorSettingAmbiguous {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What people set in the portal stays: other settings, other fields, the profile.
func TestEndpoint_KeepsWhatOthersSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	p := w.profile(c)
	w.sim.PutEndpoint(c.id, srapssim.Endpoint{
		MAC: phone.Bare(), Name: "Lobby", Enabled: true, Profile: p.ID,
		Settings: map[string]srapssim.Setting{
			srapssim.DeskSettingServerID: {Value: "https://old.example/", Perm: "R"},
			srapssim.DECTSettingServerID: {Value: "https://kept.example/", Perm: "!"},
		},
		Extra: map[string]json.RawMessage{"description": json.RawMessage(`"by the door"`), "warranty_exp_warning_period": json.RawMessage(`12`)},
	})
	for _, e := range []ztp.VendorEndpoint{endpoint(phone), {MAC: phone}, {MAC: phone, Enabled: true}} {
		if _, err := w.WriteEndpoint(t.Context(), c.key, c.id, e); err != nil {
			t.Fatal(err)
		}
		got := w.sim.Endpoints(c.id)[0]
		if got.Name != "Lobby" || got.Profile != p.ID || got.Enabled != e.Enabled || string(got.Extra["description"]) != `"by the door"` ||
			string(got.Extra["warranty_exp_warning_period"]) != "12" {
			t.Errorf("got %+v", got)
		}
		want := map[string]srapssim.Setting{
			srapssim.DeskSettingServerID: {Value: provisioning.RevealSecret(), Perm: "RW"},
			srapssim.DECTSettingServerID: {Value: "https://kept.example/", Perm: "!"},
		}
		if diff := cmp.Diff(want, got.Settings); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
	}
}

// A profile that somebody deleted in the portal stays named by the endpoints, and
// the service refuses to have the name written back. The reference goes, everything
// else stays; only the first such phone costs more calls.
func TestEndpoint_ProfileThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	gone := w.profile(c)
	second := mustMAC("000413A11FA8")
	kept := map[string]srapssim.Setting{
		srapssim.DeskSettingServerID: {Value: provisioning.RevealSecret(), Perm: "RW"},
		srapssim.DECTSettingServerID: {Value: "https://kept.example/", Perm: "!"},
	}
	for _, mac := range []ztp.MAC{phone, second} {
		w.sim.PutEndpoint(c.id, srapssim.Endpoint{MAC: mac.Bare(), Name: "Lobby", Enabled: true, Profile: gone.ID, Settings: kept,
			Extra: map[string]json.RawMessage{"description": json.RawMessage(`"by the door"`)}})
	}
	w.sim.DeleteProfile(c.id, gone.ID)
	if _, err := w.Endpoint(t.Context(), c.key, c.id, phone); err != nil { // learns the ways there
		t.Fatal(err)
	}
	pause := func(mac ztp.MAC) func() {
		return func() {
			got, err := w.WriteEndpoint(t.Context(), c.key, c.id, ztp.VendorEndpoint{MAC: mac})
			if err != nil || got.Enabled || got.Profile != "" || !got.URL.Equal(provisioning) {
				t.Errorf("%s: %+v, %v", mac, got, err)
			}
		}
	}
	write := []string{"GET endpoints/{id}", "PUT endpoints/{id}", "GET endpoints/{id}"}
	first := []string{write[0], write[1], "GET provisioning-profiles", write[1], write[2]}
	if diff := cmp.Diff(first, w.calls(pause(phone))); diff != "" {
		t.Errorf("first phone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(write, w.calls(pause(second))); diff != "" {
		t.Errorf("second phone (-want +got):\n%s", diff)
	}
	e := endpoint(mustMAC("000413A11FA9"))
	e.Profile = gone.ID
	if _, err := w.WriteEndpoint(t.Context(), c.key, c.id, e); err != nil {
		t.Errorf("a new phone with the profile that we remember: %v", err)
	}
	for _, got := range w.sim.Endpoints(c.id)[:2] {
		if got.Enabled || got.Profile != "" || got.Name != "Lobby" || string(got.Extra["description"]) != `"by the door"` || !cmp.Equal(kept, got.Settings) {
			t.Errorf("got %+v", got)
		}
	}
}

// A refusal for another reason stays one, and no profile is let go for it.
func TestEndpoint_RefusedWithItsProfile(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]srapssim.Fault{
		"TheProfileIsThere":     {Method: "PUT", Resource: srapssim.ResourceEndpoints, Do: srapssim.DoStatus, Status: 400},
		"TheListCantBeRead":     {Method: "GET", Resource: srapssim.ResourceProfiles, Do: srapssim.DoStatus, Status: 503},
		"RefusedWithoutItAlike": {Method: "PUT", Resource: srapssim.ResourceEndpoints, Do: srapssim.DoStatus, Status: 400},
	} {
		w := newWorld(t, srapssim.Options{})
		c := w.customer(srapssim.DefaultRole)
		p := w.profile(c)
		w.sim.PutEndpoint(c.id, srapssim.Endpoint{MAC: phone.Bare(), Enabled: true, Profile: p.ID})
		if name != "TheProfileIsThere" {
			w.sim.DeleteProfile(c.id, p.ID)
		}
		w.sim.AddFault(fault)
		for range 2 {
			_, err := w.WriteEndpoint(t.Context(), c.key, c.id, ztp.VendorEndpoint{MAC: phone})
			if v := w.failed(t, err); v.Code != ztp.CodeVendorRejected || v.Effect != ztp.EffectRefused {
				t.Errorf("%s: got %s", name, v)
			}
			if got := w.sim.Endpoints(c.id)[0]; !got.Enabled || got.Profile != p.ID {
				t.Errorf("%s: the service has %+v", name, got)
			}
		}
	}
}

// A field that the service sets by itself is never sent with a null over it.
func TestEndpoint_NewOneLeavesDefaultsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	for range 2 {
		if _, err := w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(phone)); err != nil {
			t.Fatal(err)
		}
	}
	for name, raw := range w.sim.Endpoints(c.id)[0].Extra {
		if string(raw) == "null" {
			t.Errorf("%s was written as null", name)
		}
	}
}

// Pausing needs a phone that is there, and never registers one by accident.
func TestEndpoint_PauseOfNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	_, err := w.WriteEndpoint(t.Context(), c.key, c.id, ztp.VendorEndpoint{MAC: phone})
	if v := w.failed(t, err); !v.NotFound || v.Effect == ztp.EffectUnknown || len(w.sim.Mutations()) != 0 {
		t.Errorf("got %s", v)
	}
	_, err = w.Endpoint(t.Context(), c.key, c.id, phone)
	if v := w.failed(t, err); !v.NotFound {
		t.Errorf("read: %s", v)
	}
}

// A MAC of somebody else: the text says so, under whatever status.
func TestEndpoint_Taken(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403, 409, 422} {
		w := newWorld(t, srapssim.Options{TakenStatus: status})
		c := w.customer(srapssim.DefaultRole)
		_, err := w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(strangers))
		if v := w.failed(t, err); v.Code != ztp.CodeEndpointTaken || v.Effect != ztp.EffectRefused {
			t.Errorf("%d: got %s", status, v)
		}
		if len(w.sim.Endpoints(c.id)) != 0 {
			t.Errorf("%d: registered", status)
		}
	}
}

func TestEndpoint_ListAndRelease(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{PageSize: 7})
	c := w.customer(srapssim.DefaultRole)
	want := map[string]bool{}
	for i := range 1050 { // more than one page of a thousand
		mac := fmt.Sprintf("000413%06X", i)
		w.sim.PutEndpoint(c.id, srapssim.Endpoint{MAC: mac, Enabled: i%2 == 0})
		want[mac] = true
	}
	got := map[string]bool{}
	pages := 0
	for cursor := ""; ; {
		page, next, err := w.ListEndpoints(t.Context(), c.key, c.id, cursor)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, e := range page {
			got[e.MAC.Bare()] = true
			if !e.URL.IsZero() {
				t.Errorf("%s has a URL", e.MAC)
			}
		}
		if cursor = next; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || pages != 2 {
		t.Errorf("%d pages (-want +got):\n%s", pages, diff)
	}
	if _, _, err := w.ListEndpoints(t.Context(), c.key, c.id, "https://elsewhere.example/endpoints"); err == nil {
		t.Error("a cursor leads to another host")
	}
	for held := range 2 { // the second time it is not there
		err := w.DeleteEndpoint(t.Context(), c.key, c.id, mustMAC("000413000000"))
		if ztp.IsVendorNotFound(err) != (held == 1) || held == 0 && err != nil {
			t.Errorf("release: %v", err)
		}
	}
	if n := len(w.sim.Endpoints(c.id)); n != 1049 {
		t.Errorf("%d are left", n)
	}
}

// Profiles: made for a group, read back, changed without losing anything, however
// the service names the group.
func TestProfile(t *testing.T) {
	t.Parallel()
	for _, nested := range []bool{false, true} {
		t.Run(map[bool]string{false: "GroupById", true: "GroupAsObject"}[nested], func(t *testing.T) {
			t.Parallel()
			profileStory(t, newWorld(t, srapssim.Options{Nested: nested}))
		})
	}
}

func profileStory(t *testing.T, w *world) {
	t.Helper()
	c := w.customer(srapssim.DefaultRole)
	for _, group := range []string{desk, dect} {
		made, err := w.CreateProfile(t.Context(), c.key, c.id, ztp.VendorProfile{Name: "p " + group, Group: group, URL: provisioning, Enabled: true})
		if err != nil || made.Group != group || !made.Enabled || !made.URL.Equal(provisioning) || made.Name != "p "+group {
			t.Fatalf("%s: got %+v, %v", group, made, err)
		}
		paused := made
		paused.URL, paused.Enabled = ztp.Secret{}, false
		got, err := w.WriteProfile(t.Context(), c.key, c.id, paused)
		if err != nil || got.Enabled || !got.URL.Equal(provisioning) {
			t.Errorf("%s paused: %+v, %v", group, got, err)
		}
		made.URL = ztp.NewSecret("https://new.example/{mac}")
		got, err = w.WriteProfile(t.Context(), c.key, c.id, made)
		if err != nil || !got.Enabled || !got.URL.Equal(made.URL) {
			t.Errorf("%s changed: %+v, %v", group, got, err)
		}
	}
	all, err := w.ListProfiles(t.Context(), c.key, c.id)
	if err != nil || len(all) != 2 || all[0].Name != "p "+desk {
		t.Errorf("list: %+v, %v", all, err)
	}
	settings := w.sim.Profiles(c.id)
	if settings[0].ProductGroup != srapssim.DeskGroupID || settings[1].ProductGroup != srapssim.DECTGroupID {
		t.Errorf("the service has %+v", settings)
	}
	w.sim.DeleteProfile(c.id, all[0].ID)
	_, err = w.Profile(t.Context(), c.key, c.id, all[0].ID)
	if !ztp.IsVendorNotFound(err) {
		t.Errorf("a profile that is gone: %v", err)
	}
	_, err = w.WriteProfile(t.Context(), c.key, c.id, all[0])
	if v := w.failed(t, err); !v.NotFound || v.Effect == ztp.EffectUnknown {
		t.Errorf("write of a profile that is gone: %s", v)
	}
}

// A profile whose group the service does not name, or calls something else than the
// catalogue does, is read as what it was written as, and else by any setting.
func TestProfile_GroupThatIsNotNamed(t *testing.T) {
	t.Parallel()
	for _, group := range []string{`null`, `7`, `{}`, `"another id"`, `{"name":"D-Series"}`} {
		w := newWorld(t, srapssim.Options{})
		c := w.customer(srapssim.DefaultRole)
		w.Vendor = w.adapter(t, func(cfg *snom.Config) {
			cfg.Transport = rewritten{`"product_group":"` + srapssim.DeskGroupID + `"`, `"product_group":` + group}
		})
		made, err := w.CreateProfile(t.Context(), c.key, c.id, ztp.VendorProfile{Name: "p", Group: desk, URL: provisioning, Enabled: true})
		if err != nil || !made.URL.Equal(provisioning) || made.Group != desk {
			t.Errorf("%s: made %+v, %v", group, made, err)
			continue
		}
		got, err := w.Profile(t.Context(), c.key, c.id, made.ID)
		if err != nil || !got.URL.Equal(provisioning) {
			t.Errorf("%s: read %+v, %v", group, got, err)
		}
		made.URL = ztp.NewSecret("https://new.example/{mac}")
		if got, err = w.WriteProfile(t.Context(), c.key, c.id, made); err != nil || !got.URL.Equal(made.URL) {
			t.Errorf("%s: written %+v, %v", group, got, err)
		}
	}
}

// rewritten replaces a text in every answer.
type rewritten struct{ old, new string }

func (r rewritten) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	body = bytes.ReplaceAll(body, []byte(r.old), []byte(r.new))
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	res.Header.Del("Server-Authorization") // signs another body
	return res, nil
}

// A phone keeps its profile, however the service names it.
func TestEndpoint_ProfileAsObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{Nested: true})
	c := w.customer(srapssim.DefaultRole)
	p := w.profile(c)
	e := endpoint(phone)
	e.Profile = p.ID
	for _, change := range []ztp.VendorEndpoint{e, {MAC: phone}} {
		got, err := w.WriteEndpoint(t.Context(), c.key, c.id, change)
		if err != nil || got.Profile != p.ID || !got.URL.Equal(provisioning) || got.Enabled != change.Enabled {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if got := w.sim.Endpoints(c.id)[0]; got.Profile != p.ID || got.Enabled {
		t.Errorf("the service has %+v", got)
	}
}

// The file for a phone names its own URL, literally, and is the same every time.
func TestRenderSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	file, contentType, err := w.RenderSettings(ztp.PhoneSettings{MAC: phone, URL: provisioning, Name: "Küche & <Bad>"})
	if err != nil || contentType != "text/xml; charset=utf-8" {
		t.Fatalf("%s, %v", contentType, err)
	}
	again, _, _ := w.RenderSettings(ztp.PhoneSettings{MAC: phone, URL: provisioning, Name: "Küche & <Bad>"})
	d, err := settingsxml.Parse(file)
	if err != nil || string(again) != string(file) {
		t.Fatalf("%v\n%s", err, file)
	}
	got := map[string]string{}
	for _, s := range d.Document.Settings {
		got[s.Name] = s.Value
	}
	want := map[string]string{"setting_server": provisioning.RevealSecret(), "update_policy": "settings_only", "phone_name": "Küche & <Bad>"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
