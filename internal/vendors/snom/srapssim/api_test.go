package srapssim_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// From the reseller's key to a registered phone, by links alone.
func TestStoryByLinks(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	links := func(r reply) map[string]any { return r.object(t)["links"].(map[string]any) }
	own := links(v.must(200, v.reseller, "GET", "tokens/"+v.reseller.id, ""))["company"].(string)
	if strings.HasSuffix(own, "/") {
		t.Errorf("links.company ends in a slash: %s", own)
	}
	ownLinks := links(v.must(200, v.reseller, "GET", own, ""))
	made := v.must(201, v.reseller, "POST", ownLinks["companies"].(string), `{"name":"acme [zt:x:1]","country":"DE","city":"Berlin"}`)
	if id := made.object(t)["uuid"].(string); !hex32.MatchString(id) {
		t.Errorf("company id %q", id)
	}
	child := links(made)
	roles := v.must(200, v.reseller, "GET", child["roles"].(string), "").array(t)
	same(t, "roles", []map[string]any{{"uuid": v.Role(srapssim.DefaultRole), "name": srapssim.DefaultRole}}, roles)
	token := v.must(201, v.reseller, "POST", child["tokens"].(string), asJSON(map[string]any{"name": "zt:x:1:1", "role": roles[0]["uuid"]})).object(t)
	if !regexp.MustCompile(`^ck_[0-9a-f]{32}$`).MatchString(token["id"].(string)) || !hex32.MatchString(token["key"].(string)) {
		t.Errorf("key id %v", token["id"])
	}
	c := cred{id: token["id"].(string), secret: token["key"].(string)}
	self := v.must(200, c, "GET", token["links"].(map[string]any)["self"].(string), "").object(t)
	if _, shown := self["key"]; shown {
		t.Error("the secret is shown a second time")
	}
	p := v.must(201, c, "POST", child["provisioning-profiles"].(string), asJSON(map[string]any{"name": "p",
		"product_group": srapssim.DeskGroupID, "autoprovisioning_enabled": true})).object(t)
	mac := child["endpoints"].(string) + "000413A11FA7"
	v.must(201, c, "PUT", mac, redirect("000413a11fa7", "https://a.example/{mac}"))
	v.must(200, c, "PUT", mac, redirect("000413a11fa7", "https://b.example/{mac}"))
	same(t, "redirect", "https://b.example/{mac}", v.Endpoints(made.object(t)["uuid"].(string))[0].Redirect)
	v.must(204, c, "DELETE", mac, "")
	v.must(404, c, "DELETE", mac, "")
	v.must(204, c, "DELETE", p["links"].(map[string]any)["self"].(string), "")
}

// The wrong form of a path is not found, never a redirect.
func TestSlashRules(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	company := "companies/" + v.company
	right := []string{"settings/", "product-groups/", "tokens/" + v.reseller.id, company, company + "/companies/",
		company + "/tokens/", company + "/roles/", company + "/provisioning-profiles/", company + "/endpoints/",
		"settings/" + srapssim.DeskSettingServerID, "product-groups/" + srapssim.DeskGroupID}
	for _, path := range right {
		v.must(200, v.reseller, "GET", path, "")
		wrong := path + "/"
		if strings.HasSuffix(path, "/") {
			wrong = strings.TrimSuffix(path, "/")
		}
		v.must(404, v.reseller, "GET", wrong, "")
	}
	for _, path := range []string{"", "nothing/", "companies/", "tokens/", company + "//endpoints/", "settings//"} {
		v.must(404, v.reseller, "GET", path, "")
	}
	r := v.must(405, v.reseller, "PATCH", "settings/", "")
	same(t, "Allow", "GET, OPTIONS", r.header.Get("Allow"))
}

// The whole catalogue by Link: both entries, the wrong one on the first page.
func TestSettingsCatalogue(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	var all []map[string]any
	pages := 0
	for next := "settings/"; next != ""; pages++ {
		r := v.must(200, v.reseller, "GET", next, "")
		page := r.array(t)
		if pages == 0 {
			same(t, "first page", srapssim.DefaultPageSize, len(page))
		}
		all = append(all, page...)
		next = nextLink(t, r.header)
	}
	same(t, "pages", 59, pages)
	same(t, "settings", 1179, len(all))
	seen := map[string]bool{}
	var servers []string
	for i, s := range all {
		id := s["uuid"].(string)
		if !hex32.MatchString(id) || seen[id] {
			t.Errorf("uuid %q: malformed or twice", id)
		}
		seen[id] = true
		if s["param_name"] == "setting_server" {
			servers = append(servers, fmt.Sprint(i, s["section"], s["field_type"], s["uses_permissions"], s["product_groups"], id))
		}
	}
	same(t, "setting_server", []string{
		fmt.Sprint(7, "global", "url", false, []any{srapssim.DECTGroupID}, srapssim.DECTSettingServerID),
		fmt.Sprint(903, "phone-settings", "text", true, []any{srapssim.DeskGroupID}, srapssim.DeskSettingServerID)}, servers)
	group := all[0]["links"].(map[string]any)["group"].(string)
	v.must(200, v.reseller, "GET", group, "")
}

func TestPaging(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{PageSize: 7})
	sizes := map[string]int{"": 7, "?page_size=1000": 1000, "?page_size=5000": 1000, "?page_size=0": 7, "?page_size=x": 7, "?page=169&page_size=7": 3}
	for query, want := range sizes {
		same(t, "size of "+query, want, len(v.must(200, v.reseller, "GET", "settings/"+query, "").array(t)))
	}
	for _, query := range []string{"?page=170", "?page=0", "?page=x"} {
		v.must(404, v.reseller, "GET", "settings/"+query, "")
	}
	r := v.must(200, v.reseller, "GET", "settings/?page_size=1000&x=1", "")
	next, err := url.Parse(nextLink(t, r.header))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "next", url.Values{"page": {"2"}, "page_size": {"1000"}, "x": {"1"}}, next.Query())
	last := v.must(200, v.reseller, "GET", next.String(), "")
	same(t, "last page", 179, len(last.array(t)))
	same(t, "no next", "", nextLink(t, last.header))
	empty := v.must(200, v.reseller, "GET", v.below(v.company, "endpoints/"), "")
	same(t, "empty list", "[]", string(empty.body))
}

func TestLinkHost(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{LinkHost: "secure-provisioning.example"})
	r := v.must(200, v.reseller, "GET", "settings/", "")
	if next := nextLink(t, r.header); !strings.HasPrefix(next, "http://secure-provisioning.example/api/v1/settings/?") {
		t.Errorf("next %q", next)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{CreateKeys: srapssim.CreateNotAllowed})
	r := v.must(200, v.reseller, "OPTIONS", v.below(v.company, "companies/"), "")
	same(t, "Allow", "GET, OPTIONS, POST", r.header.Get("Allow"))
	fields := r.object(t)["actions"].(map[string]any)["POST"].(map[string]any)
	same(t, "country", any(map[string]any{"type": "string", "required": true, "read_only": false, "label": "Country"}), fields["country"])
	r = v.must(200, v.reseller, "OPTIONS", v.below(v.company, "tokens/"), "")
	same(t, "Allow without create", "GET, OPTIONS", r.header.Get("Allow"))
	if _, ok := r.object(t)["actions"]; ok {
		t.Error("a POST is described that is not allowed")
	}
	v.must(200, v.reseller, "OPTIONS", v.below(v.company, "endpoints/"), "")
}

func TestCreateSwitches(t *testing.T) {
	t.Parallel()
	rows := []struct {
		mode      srapssim.Create
		get, post int
	}{{srapssim.CreateWorks, 200, 201}, {srapssim.CreateNotAllowed, 200, 405}, {srapssim.CreateNotFound, 200, 404}, {srapssim.CreateAbsent, 404, 404}}
	for _, row := range rows {
		v := start(t, srapssim.Options{CreateCompanies: row.mode, CreateKeys: row.mode, Resellers: []srapssim.Reseller{{Children: []string{"there"}}}})
		companies, tokens := v.below(v.company, "companies/"), v.below(v.Companies(v.company)[0].ID, "tokens/")
		v.must(row.get, v.reseller, "GET", companies, "")
		v.must(row.post, v.reseller, "POST", companies, `{"name":"a","country":"DE","city":"B"}`)
		v.must(row.get, v.reseller, "GET", tokens, "")
		v.must(row.post, v.reseller, "POST", tokens, `{"name":"a"}`)
	}
}

func TestCompanies(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{UniqueCompanies: true, NoCompanyLinks: true})
	companies := v.below(v.company, "companies/")
	for _, body := range []string{`{"country":"DE","city":"B"}`, `{"name":"a","city":"B"}`, `{"name":"","country":"DE","city":"B"}`,
		`{"name":null,"country":"DE","city":"B"}`, `{"name":1,"country":"DE","city":"B"}`, `[]`, `null`, `{} {}`, `{`,
		asJSON(map[string]string{"name": strings.Repeat("x", 256), "country": "DE", "city": "B"})} {
		v.must(400, v.reseller, "POST", companies, body)
	}
	company, c := v.child("acme")
	v.must(409, v.reseller, "POST", companies, `{"name":"acme","country":"DE","city":"B"}`)
	links := v.must(200, c, "GET", "companies/"+company, "").object(t)["links"].(map[string]any)
	same(t, "links", 2, len(links))
	// An end user has no companies below him, and does not see his reseller.
	v.must(404, c, "POST", v.below(company, "companies/"), `{"name":"x","country":"DE","city":"B"}`)
	v.must(404, c, "GET", "companies/"+v.company, "")
	v.must(404, c, "GET", "tokens/"+v.reseller.id, "")

	v.must(403, c, "DELETE", "companies/"+company, "")
	v.must(409, v.reseller, "DELETE", "companies/"+company, "")
	v.must(204, v.reseller, "DELETE", "tokens/"+c.id, "")
	v.must(204, v.reseller, "DELETE", "companies/"+company, "")
	v.must(404, v.reseller, "DELETE", "companies/"+company, "")
	v.must(404, v.reseller, "GET", v.below(company, "tokens/"), "")
}

// Two resellers and a stranger: nobody sees, writes or takes what is another's.
func TestTenants(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{Resellers: []srapssim.Reseller{{Name: "one"}, {KeyID: "ck_two", Secret: "0123", Name: "two"}}, ChildWrites: true})
	other := cred{id: "ck_two", secret: "0123"}
	company, c := v.child("acme")
	for _, path := range []string{"companies/" + company, "tokens/" + c.id, v.below(company, "tokens/"), v.below(company, "endpoints/")} {
		v.must(404, other, "GET", path, "")
	}
	v.must(404, other, "DELETE", "tokens/"+c.id, "")
	v.must(404, other, "POST", v.below(company, "tokens/"), `{"name":"x"}`)

	const mac = "000413000001"
	v.must(201, c, "PUT", v.below(company, "endpoints/"+mac), redirect(mac, "https://a.example/"))
	two := v.Resellers()[1].CompanyID
	for _, taken := range []string{mac, srapssim.DefaultForeignMAC} {
		r := v.must(403, other, "PUT", v.below(two, "endpoints/"+taken), redirect(taken, "https://b.example/"))
		same(t, "text", any("taken_mac_or_forbidden"), r.object(t)["message"])
		v.must(404, other, "GET", v.below(two, "endpoints/"+taken), "")
		v.must(404, other, "DELETE", v.below(two, "endpoints/"+taken), "")
	}
	same(t, "still there", "https://a.example/", v.Endpoints(company)[0].Redirect)
	v.must(204, c, "DELETE", v.below(company, "endpoints/"+mac), "")
	v.must(201, other, "PUT", v.below(two, "endpoints/"+mac), redirect(mac, "https://b.example/"))
}

// A key without a role, or with one that is too weak, reads and cannot write.
func TestRoles(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{Roles: []string{"Admin"}, ReadOnlyRoles: []string{"Viewer"}, ChildWrites: true})
	made := v.must(201, v.reseller, "POST", v.below(v.company, "companies/"), `{"name":"a","country":"DE","city":"B"}`)
	company := made.object(t)["uuid"].(string)
	admin := v.newKey(company, "Admin")
	v.must(201, admin, "POST", v.below(company, "provisioning-profiles/"), asJSON(map[string]any{"name": "p", "product_group": srapssim.DeskGroupID}))
	profile := v.Profiles(company)[0].ID
	for _, role := range []string{"", "Viewer"} {
		c := v.newKey(company, role)
		for _, path := range []string{"tokens/" + c.id, "companies/" + company, v.below(company, "endpoints/"), v.below(company, "provisioning-profiles/"+profile), "settings/"} {
			v.must(200, c, "GET", path, "")
		}
		r := v.must(403, c, "PUT", v.below(company, "endpoints/000413000001"), redirect("000413000001", "https://a.example/"))
		same(t, "text", any("User lacks permission to endpoint"), r.object(t)["error"])
		body := asJSON(map[string]any{"name": "q", "product_group": srapssim.DeskGroupID})
		v.must(403, c, "POST", v.below(company, "provisioning-profiles/"), body)
		v.must(403, c, "PUT", v.below(company, "provisioning-profiles/"+profile), body)
		v.must(403, c, "DELETE", v.below(company, "provisioning-profiles/"+profile), "")
		v.must(403, c, "POST", v.below(company, "tokens/"), `{"name":"x"}`)
		v.must(403, c, "DELETE", "tokens/"+admin.id, "")
	}
	v.must(400, v.reseller, "POST", v.below(company, "tokens/"), `{"name":"x","role":"nonsense"}`)
	v.SetRole(v.reseller.id, "")
	v.must(403, v.reseller, "POST", v.below(v.company, "companies/"), `{"name":"b","country":"DE","city":"B"}`)
	weak := start(t, srapssim.Options{Resellers: []srapssim.Reseller{{NoRole: true}}})
	weak.must(403, weak.reseller, "POST", weak.below(weak.company, "companies/"), `{"name":"b","country":"DE","city":"B"}`)
}

// Whether the reseller's key writes below its child is a switch; reading works.
func TestChildWrites(t *testing.T) {
	t.Parallel()
	for allowed, status := range map[bool]int{true: 201, false: 403} {
		v := start(t, srapssim.Options{ChildWrites: allowed})
		company, _ := v.child("acme")
		v.must(200, v.reseller, "GET", v.below(company, "endpoints/"), "")
		v.must(status, v.reseller, "PUT", v.below(company, "endpoints/000413000001"), redirect("000413000001", "https://a.example/"))
		v.must(status, v.reseller, "POST", v.below(company, "provisioning-profiles/"), asJSON(map[string]any{"name": "p", "product_group": srapssim.DeskGroupID}))
		v.must(201, v.reseller, "PUT", v.below(v.company, "endpoints/000413000002"), redirect("000413000002", "https://a.example/"))
	}
}

// Who may revoke: the company's own keys too, the reseller alone, or nobody.
func TestKeyWrites(t *testing.T) {
	t.Parallel()
	rows := []struct {
		mode          srapssim.KeyWrites
		own, reseller int
	}{{srapssim.KeyWritesFamily, 204, 204}, {srapssim.KeyWritesReseller, 403, 204}, {srapssim.KeyWritesPortal, 405, 405}}
	for _, row := range rows {
		v := start(t, srapssim.Options{KeyWrites: row.mode})
		company := v.AddCompany(v.company, "acme")
		var ids [3]string
		var secret string
		for i := range ids {
			ids[i], secret = v.AddKey(company, "k", srapssim.DefaultRole)
		}
		v.must(row.own, cred{id: ids[2], secret: secret}, "DELETE", "tokens/"+ids[0], "")
		v.must(row.reseller, v.reseller, "DELETE", "tokens/"+ids[1], "")
	}
}

func TestKeyQuota(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{KeyQuota: 1})
	company, c := v.child("acme")
	r := v.must(409, v.reseller, "POST", v.below(company, "tokens/"), `{"name":"x"}`)
	if !strings.Contains(string(r.body), "quota") {
		t.Errorf("body %s", r.body)
	}
	v.must(204, v.reseller, "DELETE", "tokens/"+c.id, "")
	v.must(201, v.reseller, "POST", v.below(company, "tokens/"), `{"name":"x"}`)
}

func TestProfiles(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	company, c := v.child("acme")
	profiles := v.below(company, "provisioning-profiles/")
	valid := func(change map[string]any) string {
		body := map[string]any{"name": "p", "product_group": srapssim.DeskGroupID, "autoprovisioning_enabled": "false", "description": "by hand",
			"settings_manager": map[string]any{srapssim.DeskSettingServerID: map[string]any{"value": "https://a.example/{mac}", "attrs": map[string]string{"perm": "RW"}}}}
		for k, value := range change {
			body[k] = value
		}
		return asJSON(body)
	}
	for _, change := range []map[string]any{{"name": ""}, {"product_group": "none"}, {"autoprovisioning_enabled": "maybe"}, {"settings_manager": "x"},
		{"settings_manager": map[string]any{"none": map[string]any{"value": "x"}}},
		{"settings_manager": map[string]any{srapssim.DeskSettingServerID: map[string]any{}}},
		{"settings_manager": map[string]any{srapssim.DeskSettingServerID: map[string]any{"value": "x", "attrs": map[string]string{"perm": "X"}}}}} {
		v.must(400, c, "POST", profiles, valid(change))
	}
	made := v.must(201, c, "POST", profiles, valid(nil)).object(t)
	self := made["links"].(map[string]any)["self"].(string)
	read := v.must(200, c, "GET", self, "").object(t)
	same(t, "read back", made, read)
	same(t, "paused by a string", any(false), read["autoprovisioning_enabled"])
	same(t, "settings", any(map[string]any{srapssim.DeskSettingServerID: map[string]any{"value": "https://a.example/{mac}", "attrs": map[string]any{"perm": "RW"}}}), read["settings_manager"])
	// Everything read, sent back as it is, changes nothing; what is left out falls back.
	same(t, "unchanged", read, v.must(200, c, "PUT", self, asJSON(read)).object(t))
	short := v.must(200, c, "PUT", self, asJSON(map[string]any{"name": "q", "product_group": srapssim.DeskGroupID})).object(t)
	same(t, "replaced", []any{"q", true, "", map[string]any{}}, []any{short["name"], short["autoprovisioning_enabled"], short["description"], short["settings_manager"]})

	id := made["uuid"].(string)
	v.must(201, c, "PUT", v.below(company, "endpoints/000413000001"), asJSON(map[string]any{"mac": "000413000001", "provisioning_profile": id}))
	v.must(409, c, "DELETE", self, "")
	v.must(204, c, "DELETE", v.below(company, "endpoints/000413000001"), "")
	v.must(204, c, "DELETE", self, "")
	v.must(404, c, "PUT", self, valid(nil))
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{TakenStatus: 400})
	company, c := v.child("acme")
	path := v.below(company, "endpoints/000413a11fa7")
	for _, body := range []string{`{}`, `{"mac":"000413000002"}`, `{"mac":"000413a11fa7","provisioning_profile":"none"}`, `{"mac":"000413a11fa7","name":7}`} {
		v.must(400, c, "PUT", path, body)
	}
	for _, mac := range []string{"0004", "zzzzzzzzzzzz", "AABBCCDDEEFF"} {
		v.must(400, c, "PUT", v.below(company, "endpoints/"+mac), redirect(mac, "https://a.example/"))
	}
	made := v.must(201, c, "PUT", path, `{"mac":"000413A11FA7","provisioning_url":"x","warranty_exp_warning_period":null}`).object(t)
	same(t, "null overwrites", any(nil), made["warranty_exp_warning_period"])
	if _, ok := made["provisioning_url"]; ok {
		t.Error("a field that does not exist is kept")
	}
	v.PutEndpoint(company, srapssim.Endpoint{MAC: "000413A11FA7", Name: "hall", Enabled: true, Extra: map[string]json.RawMessage{"description": json.RawMessage(`"by hand"`)}})
	read := v.must(200, c, "GET", v.below(company, "endpoints/000413A11FA7"), "").object(t)
	same(t, "portal's fields", []any{"hall", "by hand", float64(3)}, []any{read["name"], read["description"], read["warranty_exp_warning_period"]})
	read["autoprovisioning_enabled"] = false
	paused := v.must(200, c, "PUT", path, asJSON(read)).object(t)
	same(t, "read-modify-write", read, paused)
	v.must(400, c, "PUT", v.below(company, "endpoints/"+srapssim.DefaultForeignMAC), redirect(srapssim.DefaultForeignMAC, "https://a.example/"))
	v.must(405, c, "PATCH", path, `{}`)
	req := v.request(c, "PUT", path, redirect("000413a11fa7", "x"))
	req.Header.Set("Content-Type", "text/plain")
	c.sign(req, redirect("000413a11fa7", "x"), v.clock.Now())
	same(t, "text/plain", 415, v.send(req).status)
	same(t, "too large", 413, v.call(c, "PUT", path, `{"mac":"`+strings.Repeat(" ", 2<<20)).status)
}

func TestRate(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{Rate: 2})
	path := "tokens/" + v.reseller.id
	v.must(200, v.reseller, "GET", path, "")
	v.must(200, v.reseller, "GET", path, "")
	r := v.must(429, v.reseller, "GET", path, "")
	same(t, "Retry-After", "1", r.header.Get("Retry-After"))
	v.clock.Advance(500 * time.Millisecond)
	v.must(200, v.reseller, "GET", path, "")
	v.must(429, v.reseller, "GET", path, "")
}

func TestLatency(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{Latency: 30 * time.Millisecond})
	before := time.Now()
	v.must(200, v.reseller, "GET", "product-groups/", "")
	if took := time.Since(before); took < 30*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	bad := []srapssim.Options{{PageSize: 1001}, {PageSize: -1}, {Rate: -1}, {Latency: -1}, {KeyDelay: -1}, {KeyQuota: -1}, {TakenStatus: 200},
		{CreateCompanies: "x"}, {CreateKeys: "x"}, {KeyWrites: "x"}, {ForeignMACs: []string{"x"}},
		{Resellers: []srapssim.Reseller{{KeyID: "a"}}}, {Resellers: []srapssim.Reseller{{KeyID: "a b", Secret: "s"}}},
		{Resellers: []srapssim.Reseller{{KeyID: "a", Secret: "s"}, {KeyID: "a", Secret: "t"}}}}
	for _, o := range bad {
		if o.Check() == nil {
			t.Errorf("accepted: %#v", o)
		}
	}
	if err := (srapssim.Options{}).Check(); err != nil {
		t.Error(err)
	}
	r := srapssim.Reseller{Name: "r", KeyID: "id", Secret: "hidden"}
	for _, text := range []string{fmt.Sprint(r), fmt.Sprintf("%+v %#v", r, r), asJSON(r)} {
		if strings.Contains(text, "hidden") {
			t.Errorf("the secret shows: %s", text)
		}
	}
}

// The short catalogue still has both settings of the one name, the wrong one first.
func TestShortCatalogue(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{ShortCatalogue: true})
	var ids []any
	for _, d := range v.must(200, v.reseller, "GET", "settings/", "").array(t) {
		ids = append(ids, d["uuid"])
	}
	same(t, "settings", []any{srapssim.DECTSettingServerID, srapssim.DeskSettingServerID}, ids)
}
