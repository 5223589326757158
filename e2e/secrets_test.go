package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// TestSecrets plays everything that handles a secret, mistakes and a vendor that
// says too much included, and then searches what was written: files, logs, answers
// of the API, pages, and the output of the command line.
func TestSecrets(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); searchSecrets(t, "") })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); searchSecrets(t, pgtest.DSN(t)) })
}

func searchSecrets(t *testing.T, dsn string) {
	sim := srapssim.New(srapssim.Options{})
	service := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { service.Close(); sim.Close() })
	desk, err := phonesim.New(phonesim.Options{MAC: "000413A27F10", FactoryServer: service.URL})
	if err != nil {
		t.Fatal(err)
	}
	p := &plot{sim: sim, desk: desk, hidden: secrets{}, seen: written{}, dsn: dsn, in: newInstallation(t, dsn, service.URL+srapssim.APIPrefix)}
	p.hidden.add(t, "API token", p.in.token)
	p.people(t)
	p.wrongCredential(t)
	p.vendorThatTellsTooMuch(t)
	p.story(t)
	p.connect(t)
	p.mistakes(t)
	p.strays(t)
	p.adopts(t)
	p.file(t)
	p.tells(t)
	p.proposes(t)
	p.leaves(t)
	if dsn == "" { // what a kill leaves lies in files of ours
		p.killed(t)
	}
	if _, err := p.in.client.CreatePlatform(t.Context(), api.NewPlatform{Slug: "canary", Name: planted}); err != nil {
		t.Fatal(err)
	}
	p.look(t)
	for i, secret := range sim.Secrets() {
		p.hidden.add(t, fmt.Sprintf("vendor secret %d", i+1), secret)
	}
	if len(p.hidden) < 15 {
		t.Errorf("only %d secrets to search for; the story did not go as meant", len(p.hidden))
	}
	p.seen.search(t, p.hidden)
	p.wouldBeFound(t)
}

// planted is no secret, and written to where secrets must not be.
const planted = "planted-leak-6b1f0a52c9d74e83"

// wouldBeFound makes sure that a secret which got out would be found, in each kind of
// what is searched.
func (p *plot) wouldBeFound(t *testing.T) {
	t.Helper()
	kinds := map[string]bool{}
	for _, l := range p.seen.found(secrets{"the planted one": planted}) {
		kind, _, _ := strings.Cut(l.where, " ")
		kinds[kind] = true
	}
	want := []string{"page", "answer", "zerotouch"}
	if p.dsn == "" {
		want = append(want, "file", "backup")
	} else {
		want = append(want, "dump")
	}
	for _, kind := range want {
		if !kinds[kind] {
			t.Errorf("what is planted was not found in any %s", kind)
		}
	}
}

// killed ends the server on the spot while the vendor answers with a new key, looks at
// what lies there then, and lets the next one go on.
func (p *plot) killed(t *testing.T) {
	t.Helper()
	answered := make(chan struct{}, 1)
	p.sim.OnAnswer(func(c srapssim.Call) {
		if c.Method == http.MethodPost && c.Resource == srapssim.ResourceTokens {
			select {
			case answered <- struct{}{}:
			default:
			}
		}
	})
	a, err := p.in.client.Rotate(t.Context(), "brightwater", "snom", api.Rotate{})
	op := asked(t, a, err)
	<-answered
	p.in.kill(t)
	p.sim.OnAnswer(nil)
	p.seen.files(t, "after a kill", p.in.dir)
	p.in.start(t)
	if got := p.in.outcome(t, op.ID, 3*time.Minute); got.State != api.OperationDone {
		t.Fatalf("the rotation that was killed is %s: %+v", got.State, got.Error)
	}
}

// strays leaves in the company what somebody else could put there, with a secret of
// their own in the address, and has it found.
func (p *plot) strays(t *testing.T) {
	t.Helper()
	theirs := "their-own-secret-0f1e2d3c4b5a69788796"
	p.hidden.add(t, "secret in a foreign address", theirs)
	l, err := p.in.client.Link(t.Context(), "brightwater", "snom")
	if err != nil {
		t.Fatal(err)
	}
	p.sim.PutEndpoint(l.CompanyID, srapssim.Endpoint{MAC: "000413C0FFEE", Enabled: true,
		Settings: map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://them:" + theirs + "@elsewhere.example/" + theirs + "/{mac}"}}})
	a, err := p.in.client.CheckExposed(t.Context(), "brightwater", "snom")
	p.in.done(t, a, err)
	if l, err = p.in.client.Link(t.Context(), "brightwater", "snom"); err != nil || l.ForeignURLs != 1 {
		t.Fatalf("%d foreign addresses, %v", l.ForeignURLs, err)
	}
}

// adopts makes a campaign that waits with a key that was pasted.
func (p *plot) adopts(t *testing.T) {
	t.Helper()
	p.platform(t, "heron")
	company := p.sim.AddCompany(p.sim.Resellers()[0].CompanyID, "Heron by hand")
	id, secret := p.sim.AddKey(company, "by hand", srapssim.DefaultRole)
	c, err := p.in.client.CreateCampaign(t.Context(), "snom", api.NewCampaign{Kind: "adopt", Hold: true, Companies: []api.CampaignCompany{
		{CompanyID: company, Platform: "heron", KeyID: id, KeySecret: api.Secret(secret)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	p.campaign = c.ID
}

// leaves off-boards a platform that was connected with a pasted key.
func (p *plot) leaves(t *testing.T) {
	t.Helper()
	o, err := p.in.client.Offboard(t.Context(), "kestrel", api.Offboard{})
	if err != nil {
		t.Fatal(err)
	}
	p.offboarded = o.ID
}

// plot is what TestSecrets has come to know.
type plot struct {
	campaign   string // the id of one
	imported   string // of a file of phones
	rollout    string // of settings
	resync     string // of a phone that is told to look again
	offboarded string // and of what became of a platform
	sim        *srapssim.Server
	desk       *phonesim.Phone
	in         *installation
	dsn        string
	ops        *browser
	hidden     secrets
	seen       written
}

// people makes users, tokens and sessions.
func (p *plot) people(t *testing.T) {
	t.Helper()
	for _, u := range []struct{ name, role, password string }{
		{"ops", "super-admin", "correct horse battery staple 1"}, {"guest", "viewer", "a viewer's own long password 2"},
	} {
		p.hidden.add(t, "password of "+u.name, u.password)
		p.in.verb(t, u.password+"\n", "user", "add", u.name, "--role", u.role)
	}
	p.hidden.add(t, "token of a viewer", strings.TrimSpace(p.in.verb(t, "", "token", "add", "reader", "--role", "viewer")))
	p.ops = newBrowser(t, p.in, "ops", "correct horse battery staple 1")
	p.hidden.add(t, "session", p.ops.session(t))
	changed := "another long password 3 for ops"
	p.hidden.add(t, "changed password", changed)
	p.in.verb(t, changed+"\n", "user", "passwd", "ops")
	p.ops = newBrowser(t, p.in, "ops", changed)
	p.hidden.add(t, "second session", p.ops.session(t))
}

// wrongCredential tries a reseller secret that the vendor does not know.
func (p *plot) wrongCredential(t *testing.T) {
	t.Helper()
	p.platform(t, "brightwater")
	if _, err := p.in.client.Onboard(t.Context(), "brightwater", "snom"); !api.IsCode(err, "reseller_credentials_missing") {
		t.Fatalf("want reseller_credentials_missing, got %v", err)
	}
	wrong := "5ecre7-0f-n0b0dy-5ecre7-0f-n0b0dy-5ecre7"
	p.hidden.add(t, "wrong reseller secret", wrong)
	p.in.verb(t, wrong, "reseller", "set", "snom", "--key-id", p.sim.Resellers()[0].KeyID)
	p.ends(t, api.OperationFailed, "reseller_credentials_rejected", func() (api.Answer, error) {
		return p.in.client.Onboard(t.Context(), "brightwater", "snom")
	})
	p.in.verb(t, p.sim.SecretOf(p.sim.Resellers()[0].KeyID), "reseller", "set", "snom", "--key-id", p.sim.Resellers()[0].KeyID)
}

// vendorThatTellsTooMuch: the vendor repeats the credential in an error, answers
// with pages, and breaks off in the middle of an answer that holds a new key.
func (p *plot) vendorThatTellsTooMuch(t *testing.T) {
	t.Helper()
	reseller := p.sim.Resellers()[0]
	secret := p.sim.SecretOf(reseller.KeyID)
	p.sim.AddFault(srapssim.Fault{
		Method: http.MethodPost, Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoStatus, Status: http.StatusBadRequest,
		Body: `{"detail":"The key ` + reseller.KeyID + ` with the secret ` + secret + ` may not do this."}`,
	})
	p.ends(t, api.OperationFailed, "vendor_rejected", func() (api.Answer, error) {
		return p.in.client.Onboard(t.Context(), "brightwater", "snom")
	})
	p.sim.ClearFaults()
	p.sim.AddFault(srapssim.Fault{Method: http.MethodGet, Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoHTML})
	p.sim.AddFault(srapssim.Fault{Method: http.MethodPost, Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoTruncate})
}

// story is the main job with its secrets, after an answer with a key that broke off.
func (p *plot) story(t *testing.T) {
	t.Helper()
	a, err := p.in.client.Onboard(t.Context(), "brightwater", "snom")
	p.in.done(t, a, err)
	p.sim.ClearFaults()
	issued, err := p.in.client.IssueToken(t.Context(), "brightwater", "main")
	if err != nil {
		t.Fatal(err)
	}
	p.hidden.add(t, "second provisioning token", issued.Token.Reveal())
	a, err = p.in.client.PutEndpoint(t.Context(), "brightwater", "000413a27f10", api.PutEndpoint{Account: "main"})
	p.in.done(t, a, err)
	link, err := p.in.client.Link(t.Context(), "brightwater", "snom")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.sim.Endpoints(link.CompanyID) {
		p.hidden.add(t, "token of a phone", strings.Trim(strings.TrimSuffix(ownToken.FindString(e.Redirect), "{mac}"), "/"))
	}
	p.boot(t)
	a, err = p.in.client.Rotate(t.Context(), "brightwater", "snom", api.Rotate{Exposed: true})
	p.in.done(t, a, err)
	p.boot(t)
}

// boot lets the phone find its settings, by an address that holds a token: its first one
// out of the box, and that with the password it was given then at every later boot. The
// password is hidden; the state of the phone is what it has got in all.
func (p *plot) boot(t *testing.T) phonesim.State {
	t.Helper()
	trace, err := p.desk.Boot(t.Context())
	state := p.desk.State()
	password, given := state.Value("http_client_pass", nil)
	if err != nil || trace.Source != "redirection" || !given {
		t.Fatalf("the phone did not find its settings with a password: %+v, %v", trace, err)
	}
	p.hidden.add(t, fmt.Sprintf("HTTP password of a phone after boot %d", state.Boots), password)
	return state
}

// connect brings keys by hand: one that is wrong, and one by the portal's form.
func (p *plot) connect(t *testing.T) {
	t.Helper()
	p.platform(t, "kestrel")
	pasted := "pa57ed-5ecre7-pa57ed-5ecre7-pa57ed-5ecre7"
	p.hidden.add(t, "pasted secret", pasted)
	p.ends(t, api.OperationFailed, "vendor_key_rejected", func() (api.Answer, error) {
		return p.in.client.Connect(t.Context(), "kestrel", "snom", api.Connect{KeyID: "ck_00112233445566778899aabbccddeeff", KeySecret: api.Secret(pasted)})
	})
	typed := "typed-in-5ecre7-typed-in-5ecre7-typed-in"
	p.hidden.add(t, "secret in a form", typed)
	status, text := p.ops.post(t, "/platforms/kestrel/ztp/snom/connect", url.Values{"key_id": {"not a key id"}, "key_secret": {typed}})
	p.seen[fmt.Sprintf("page of a refused form (%d)", status)] = text
	id, secret := p.sim.AddKey(p.sim.AddCompany(p.sim.Resellers()[0].CompanyID, "By hand"), "by hand", srapssim.DefaultRole)
	a, err := p.in.client.Connect(t.Context(), "kestrel", "snom", api.Connect{KeyID: id, KeySecret: api.Secret(secret)})
	p.in.done(t, a, err)
	a, err = p.in.client.Disable(t.Context(), "kestrel", "snom", api.Disable{})
	p.in.done(t, a, err)
}

// mistakes sends secrets to where they do not belong.
func (p *plot) mistakes(t *testing.T) {
	t.Helper()
	token, lost := p.hidden["provisioning token of brightwater"], "zt_a-token-that-nobody-ever-issued-anywhere"
	p.hidden.add(t, "token that nobody issued", lost)
	for path, body := range map[string]string{
		"/api/v1/platforms/kestrel/vendors/snom/connect":        `{"key_id":"ck_1","key_secret":"` + p.hidden["pasted secret"] + `","more":1}`,
		"/api/v1/platforms/brightwater/vendors/snom/rotate":     `{"key_secret":"` + p.hidden["pasted secret"] + `"`,
		"/api/v1/platforms/" + token + "/accounts":              `{}`,
		"/api/v1/platforms/brightwater/accounts?token=" + token: `{"name":7}`,
	} {
		for _, bearer := range []string{p.in.token, lost} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.in.admin+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+bearer)
			req.Header.Set("Content-Type", "application/json")
			r, err := http.DefaultClient.Do(req)
			status, text := read(t, r, err)
			if status < 400 {
				t.Errorf("POST %s: want a refusal, got %d", path, status)
			}
			// What was put into the address may be named again to whoever put it there.
			p.seen["refusal of POST "+path[:20]+bearer[:5]] = strings.ReplaceAll(text, token, "")
		}
	}
	for _, path := range []string{"/p/" + token + "/../000413A27F10", "/p/" + token, "/p/" + token + "/000413A27F10/x", "/" + token + "/000413A27F10"} {
		r, err := http.Get(p.in.phone + path) //nolint:noctx // loopback, and the test's own time limit
		_, text := read(t, r, err)
		p.seen["answer to a phone's mistake "+path[len(path)-8:]] = text
	}
	signIn := url.Values{"username": {"ops"}, "password": {p.hidden["password of guest"]}}
	_, text := p.ops.post(t, "/sign-in", signIn)
	p.seen["page of a refused sign-in"] = text
}

// look collects everything that was written.
func (p *plot) look(t *testing.T) {
	t.Helper()
	for path, text := range p.ops.crawl(t) {
		p.seen[path] = text
	}
	p.api(t)
	remote := append([]string{"ZEROTOUCH_URL=" + p.in.admin, "ZEROTOUCH_TOKEN=" + p.in.token}, p.in.env...)
	for _, args := range []string{
		"config", "config --json", "user list", "token list --json", "reseller status snom", "key status",
		"platform list", "platform show brightwater", "account list brightwater --json", "status brightwater --json", "health --json", "health", "audit list --json --limit=0", "endpoint list brightwater",
	} {
		p.seen["zerotouch "+args] = verb(t, program, remote, "", strings.Fields(args)...)
	}
	p.dump(t)
	p.seen.files(t, "while it runs", p.in.dir)
	p.in.server.signal(t, syscall.SIGTERM)
	if p.in.server.err != nil {
		t.Errorf("want exit code 0, got %v", p.in.server.err)
	}
	p.seen.files(t, "after its end", p.in.dir)
	p.seen["log"] = p.in.server.log.String()
	for i, before := range p.in.ended {
		p.seen["log"] = before.log.String() + p.seen["log"]
		p.seen[fmt.Sprintf("log of server %d", i+1)] = before.log.String()
	}
	p.known(t)
}

// dump is the copy of the database that an operator keeps.
func (p *plot) dump(t *testing.T) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "copy")
	if p.dsn == "" {
		p.in.verb(t, "", "backup", file)
	} else {
		name, err := pgtest.Program("pg_dump")
		if err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), name, "--file="+file, "--dbname="+p.dsn).CombinedOutput(); err != nil {
			t.Fatalf("pg_dump: %v\n%s", err, out)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if p.dsn == "" {
		p.seen["backup file"] = string(text)
		return
	}
	p.seen["dump of PostgreSQL"] = string(text)
}

// file sends a file of phones with a PIN.
func (p *plot) file(t *testing.T) {
	t.Helper()
	const pin = "8305517426"
	p.hidden.add(t, "PIN in a file of phones", pin)
	rows := "mac,account,pin\n"
	for i := range 25 {
		rows += fmt.Sprintf("000413A27F%02X,main,%s\n", 0x20+i, pin)
	}
	i, err := p.in.client.CheckImport(t.Context(), "brightwater", strings.NewReader(rows), api.ImportOptions{File: "phones.csv"})
	if err != nil {
		t.Fatal(err)
	}
	p.imported = i.ID
	a, err := p.in.client.StartImport(t.Context(), i.ID, "all_or_nothing")
	p.in.done(t, a, err)
}

// tells has a phone with a line told to look again, through a proxy that asks for a password
// and never answers.
func (p *plot) tells(t *testing.T) {
	t.Helper()
	const sip, line = "the SIP proxy's password 4c1e", "the password of a line 7d20"
	p.hidden.add(t, "password for the SIP proxy", sip)
	p.hidden.add(t, "password of a line", line)
	file := filepath.Join(t.TempDir(), "sip")
	if err := os.WriteFile(file, []byte(sip+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.in.env = append(p.in.env, "ZEROTOUCH_SIP_PROXY=sip:"+freeAddress(t)+";transport=udp", "ZEROTOUCH_SIP_USER=zerotouch", "ZEROTOUCH_SIP_PASSWORD_FILE="+file)
	p.in.kill(t)
	p.in.start(t)
	of, user, registrar, password := api.SettingsOf{Platform: "brightwater", MAC: "000413A27F10"}, api.Secret("anna"), api.Secret("voice.example"), api.Secret(line)
	_, err := p.in.client.PutSettings(t.Context(), of, api.PutSettings{Settings: []api.PutSetting{
		{Name: "line_user", Index: 1, Value: &user}, {Name: "line_registrar", Index: 1, Value: &registrar}, {Name: "line_password", Index: 1, Value: &password},
	}})
	if err != nil {
		t.Fatal(err)
	}
	first := 1
	if got, _ := p.boot(t).Value("user_pass", &first); got != line {
		t.Error("the whole file, with the password of a line, has not reached the phone")
	}
	r, err := p.in.client.BeginResync(t.Context(), "brightwater", api.NewResync{MACs: []string{of.MAC}})
	if err != nil {
		t.Fatal(err)
	}
	p.resync = r.ID
}

// proposes sends a change of a secret to the first of many phones.
func (p *plot) proposes(t *testing.T) {
	t.Helper()
	const password = "the administrator's password of 25 phones"
	p.hidden.add(t, "secret of a change on its way", password)
	value := api.Secret(password)
	s, err := p.in.client.PutSettings(t.Context(), api.SettingsOf{Platform: "brightwater"}, api.PutSettings{Settings: []api.PutSetting{{Name: "admin_password", Value: &value}}})
	if err != nil || s.Rollout == nil {
		t.Fatalf("no change is proposed: %+v, %v", s.Rollout, err)
	}
	p.rollout = s.Rollout.ID
	if _, err := p.in.client.AdvanceRollout(t.Context(), p.rollout, api.AdvanceRollout{Percent: 1}); err != nil {
		t.Fatal(err)
	}
}

// readable are all addresses of the API that a GET reads, as its document lists them.
func (p *plot) readable(t *testing.T) []string {
	t.Helper()
	r, err := http.Get(p.in.admin + "/api/v1/openapi.json") //nolint:noctx // loopback, and the test's own time limit
	_, text := read(t, r, err)
	_, body, _ := strings.Cut(text, "\n\n")
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal([]byte(body[max(0, strings.Index(body, "{")):]), &doc); err != nil {
		t.Fatal(err)
	}
	operation := ""
	for op, err := range p.in.client.Operations(t.Context(), api.OperationFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		operation = op.ID
		break
	}
	fill := strings.NewReplacer("{p}", "brightwater", "{a}", "main", "{v}", "snom", "{mac}", "000413A27F10", "{id}", operation)
	var paths []string
	for path, methods := range doc.Paths {
		if _, ok := methods["get"]; !ok {
			continue
		}
		path = fill.Replace(strings.NewReplacer("/campaigns/{id}", "/campaigns/"+p.campaign, "/imports/{id}", "/imports/"+p.imported, "/setting-rollouts/{id}", "/setting-rollouts/"+p.rollout, "/offboardings/{id}", "/offboardings/"+p.offboarded, "/resyncs/{id}", "/resyncs/"+p.resync).Replace(path))
		if strings.Contains(path, "{") {
			t.Errorf("%s: the test does not know what to fill in", path)
		}
		if path == "/endpoints" {
			path += "?q=000413" // a search wants something to look for
		}
		paths = append(paths, path)
	}
	if len(paths) < 15 {
		t.Fatalf("only %d addresses: %q", len(paths), paths)
	}
	return paths
}

// api reads every list and every document.
func (p *plot) api(t *testing.T) {
	t.Helper()
	more := []string{"/platforms/kestrel/vendors/snom", "/operations?limit=100", "/audit?limit=100", "/openapi.json", "/nowhere"}
	for _, path := range append(p.readable(t), more...) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.in.admin+"/api/v1"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+p.in.token)
		r, err := http.DefaultClient.Do(req)
		status, text := read(t, r, err)
		if (status != http.StatusOK) != (path == "/nowhere") {
			t.Errorf("GET %s: status %d", path, status)
		}
		p.seen["answer "+path] = text
	}
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		r, err := http.Get(p.in.ops + path) //nolint:noctx // loopback, and the test's own time limit
		_, p.seen["ops "+path] = read(t, r, err)
	}
}

// known makes sure that the search looks at what it means to: each kind of text
// holds something that is no secret.
func (p *plot) known(t *testing.T) {
	t.Helper()
	holds := map[string]string{
		"page /platforms/brightwater": "Configured", "page /audit": "ops", "answer /audit?limit=100": "rotate.asked", "ops /metrics": "go_goroutines",
		"answer /platforms/brightwater/vendors/snom/foreign-addresses": "elsewhere.example",
		"page /platforms/brightwater/ztp/snom/proof":                   "elsewhere.example",
		"log":              "reseller_credentials_rejected",
		"zerotouch config": "ZEROTOUCH_DATA_DIR", "zerotouch audit list --json --limit=0": "reseller",
	}
	if p.dsn == "" {
		holds["file zerotouch.db, after its end"], holds["file zerotouch.db-wal, while it runs"] = "brightwater", "brightwater"
	}
	for where, what := range holds {
		if !strings.Contains(p.seen[where], what) {
			t.Errorf("%s: want %q in it, to know that it was searched (%d bytes)", where, what, len(p.seen[where]))
		}
	}
}

// platform makes a platform with an account and keeps the account's token.
func (p *plot) platform(t *testing.T, slug string) {
	t.Helper()
	if _, err := p.in.client.CreatePlatform(t.Context(), api.NewPlatform{Slug: slug, Name: slug}); err != nil {
		t.Fatal(err)
	}
	a, err := p.in.client.CreateAccount(t.Context(), slug, api.NewAccount{Slug: "main", Name: "Main"})
	if err != nil {
		t.Fatal(err)
	}
	p.hidden.add(t, "provisioning token of "+slug, a.Token.Reveal())
}

// ends wants an action to end without success, whether it was refused or failed.
func (p *plot) ends(t *testing.T, state, code string, act func() (api.Answer, error)) {
	t.Helper()
	a, err := act()
	var refused *api.Error
	if errors.As(err, &refused) {
		t.Fatalf("want the operation to end as %s, got the refusal %v", state, err)
	}
	op := p.in.outcome(t, asked(t, a, err).ID, startTimeout)
	if op.State != state || op.Error == nil || op.Error.Code != code {
		t.Fatalf("want %s with %s, got %s with %+v", state, code, op.State, op.Error)
	}
}
