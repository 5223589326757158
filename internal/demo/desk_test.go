package demo_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"zerotouch.example/api"
)

const (
	platform = "brightwater"
	customer = "harbour-clinic"
)

// done follows what the API queued to its end.
func (r *running) done(a api.Answer, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	op := *a.Operation
	for !op.Final() {
		if op, err = r.client.WaitOperation(r.t.Context(), op.ID, 10*time.Second); err != nil {
			r.t.Fatal(err)
		}
	}
	if op.State != api.OperationDone {
		r.t.Fatalf("%s ended as %s: %+v", op.Kind, op.State, op.Error)
	}
}

// phones are the ids of those on the page, newest first.
func (p page) phones() (ids []string) {
	for _, n := range all(p.doc, ".phone") {
		ids = append(ids, strings.TrimPrefix(attr(n, "id"), "phone-"))
	}
	return ids
}

// TestDeskPhone is the life of a phone on the desk.
func TestDeskPhone(t *testing.T) {
	t.Parallel()
	r := mustRun(t)
	p := r.post("/phones", url.Values{"model": {"D865"}})
	ids := p.phones()
	if len(ids) != 2 || !regexp.MustCompile(`^000413[0-9A-F]{6}$`).MatchString(ids[0]) {
		t.Fatalf("want two phones with the maker's addresses, got %q", ids)
	}
	mac, card := ids[0], "#phone-"+ids[0]
	expect := func(step string, p page, want ...string) {
		t.Helper()
		for _, w := range want {
			if !strings.Contains(p.says(card), w) {
				t.Errorf("%s: want %q on the phone's card, got %q", step, w, p.says(card))
			}
		}
	}
	expect("plugged in", p, "Snom D865", "Factory settings, not booted yet", "Nobody has registered it")
	expect("booted unregistered", r.post("/phones/"+mac+"/boot", nil), "provisioned by its own network (PnP)", "Asked Snom nothing", "Snom, as it left the factory")

	r.done(r.client.Onboard(t.Context(), platform, "snom"))
	r.done(r.client.PutEndpoint(t.Context(), platform, mac, api.PutEndpoint{Account: customer}))
	p = r.post("/phones/"+mac+"/boot", nil)
	expect("booted registered", p, "provisioned by zerotouch", "Redirected for Brightwater Voice", "Asked its setting server ok, 200", "boot 2 since")
	if provisioningToken.MatchString(p.text) {
		t.Error("the page shows a whole provisioning token")
	}
	if got := p.says(card + " .server"); !regexp.MustCompile(`/p/[a-z2-7]{4}…/[a-z2-7]{4}…/s/\{mac\}$`).MatchString(got) {
		t.Errorf("want the setting server with the token shortened, got %q", got)
	}
	if got := p.says("#snom .company"); !strings.Contains(got, "Brightwater Voice") || !strings.Contains(got, "1 live key · 1 redirected · 0 paused") {
		t.Errorf("what Snom has reads %q", got)
	}

	if _, err := r.client.HoldEndpoint(t.Context(), platform, mac); err != nil {
		t.Fatal(err)
	}
	expect("held", r.post("/phones/"+mac+"/boot", nil), "Waits with holding settings")
	if _, err := r.client.UnholdEndpoint(t.Context(), platform, mac); err != nil {
		t.Fatal(err)
	}

	r.done(r.client.Disable(t.Context(), platform, "snom", api.Disable{}))
	expect("disabled, in service", r.post("/phones/"+mac+"/boot", nil), "provisioned by zerotouch", "Paused, kept for Brightwater Voice")
	expect("reset", r.post("/phones/"+mac+"/reset", nil), "Factory settings, not booted yet", "Snom, as it left the factory")
	expect("booted after reset", r.post("/phones/"+mac+"/boot", nil), "provisioned by its own network (PnP)", "Paused, kept for Brightwater Voice")
	if got := r.post("/phones/"+mac+"/unplug", nil).phones(); len(got) != 1 || got[0] == mac {
		t.Errorf("after unplugging, the desk has %q", got)
	}
	if p := r.post("/phones/"+mac+"/boot", nil); p.status != http.StatusNotFound || !strings.Contains(p.says("#problem"), "no longer on the desk") {
		t.Errorf("booting it again: %d %q", p.status, p.says("#problem"))
	}
}

// TestDeskCredential: taking it away and putting it back counts at once.
func TestDeskCredential(t *testing.T) {
	t.Parallel()
	r := mustRun(t)
	for range 2 { // pressed twice
		if p := r.post("/credential/remove", nil); !strings.Contains(p.says("#credential"), "Not configured in this environment") {
			t.Errorf("after removing it, the desk says %q", p.says("#credential"))
		}
	}
	if _, err := r.client.Onboard(t.Context(), platform, "snom"); !api.IsCode(err, "reseller_credentials_missing") {
		t.Errorf("want reseller_credentials_missing, got %v", err)
	}
	for range 2 {
		if p := r.post("/credential/restore", nil); !strings.Contains(p.says("#credential"), "In place") {
			t.Errorf("after restoring it, the desk says %q", p.says("#credential"))
		}
	}
	r.done(r.client.Onboard(t.Context(), platform, "snom"))
}

// TestDeskRefuses: bad input and foreign pages change nothing.
func TestDeskRefuses(t *testing.T) {
	t.Parallel()
	r := mustRun(t)
	before := r.get("/").phones()
	foreign := r.form("/credential/remove", nil)
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	rebound := r.form("/credential/remove", nil)
	rebound.Host = "demo.attacker.example"
	tests := map[string]struct {
		request *http.Request
		status  int
	}{
		"UnknownModel":  {r.form("/phones", url.Values{"model": {"<b>D785</b>"}}), http.StatusUnprocessableEntity},
		"NoModel":       {r.form("/phones", nil), http.StatusUnprocessableEntity},
		"HugeForm":      {r.form("/phones", url.Values{"model": {strings.Repeat("D", 1<<20)}}), http.StatusUnprocessableEntity},
		"UnknownPhone":  {r.form("/phones/000413000000/boot", nil), http.StatusNotFound},
		"ForeignPage":   {foreign, http.StatusForbidden},
		"ForeignHost":   {rebound, http.StatusMisdirectedRequest},
		"UnknownAction": {r.form("/phones/"+before[0]+"/explode", nil), http.StatusNotFound},
	}
	for name, tt := range tests {
		if p := mustPage(t, http.DefaultClient, tt.request); p.status != tt.status {
			t.Errorf("%s: want status %d, got %d", name, tt.status, p.status)
		}
	}
	p := r.get("/")
	if len(p.phones()) != len(before) || !strings.Contains(p.says("#credential"), "In place") {
		t.Error("something changed")
	}
}

// TestDeskFull: there is an end to the phones, and the page says so beforehand.
func TestDeskFull(t *testing.T) {
	t.Parallel()
	r := mustRun(t)
	var p page
	for range 24 {
		p = r.post("/phones", url.Values{"model": {"D735"}})
	}
	if p.status != http.StatusConflict || !strings.Contains(p.says("#problem"), "Unplug a phone first") || len(p.phones()) != 24 {
		t.Errorf("want a refusal of the 25th phone, got %d %q with %d phones", p.status, p.says("#problem"), len(p.phones()))
	}
	p = r.get("/")
	for _, b := range all(p.doc, ".plug button") {
		if !hasAttr(b, "disabled") {
			t.Error("the button is not off although the desk is full")
		}
	}
}

// TestDeskPage: it needs no script, says who it is, and has nothing from elsewhere.
func TestDeskPage(t *testing.T) {
	t.Parallel()
	r := mustRun(t)
	p := r.get("/")
	if csp := p.header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none';") || strings.Contains(csp, "unsafe") {
		t.Errorf("the content security policy is %q", csp)
	}
	if n := len(all(p.doc, "script")) + len(all(p.doc, "style")); n != 0 {
		t.Errorf("%d scripts or styles stand in the page", n)
	}
	for _, f := range all(p.doc, "form") {
		if action := attr(f, "action"); !strings.HasPrefix(action, "/") || len(all(f, "button")) != 1 {
			t.Errorf("the form %q leads elsewhere or has not exactly one button", action)
		}
	}
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode && hasAttr(n, "style") {
			t.Errorf("<%s> has a style of its own", n.Data)
		}
	}
	for _, asset := range []string{"/desk.css", "/fonts/atkinson-next-latin.woff2", "/fonts/atkinson-mono-latin.woff2"} {
		if got := r.get(asset); got.status != http.StatusOK || got.text == "" {
			t.Errorf("%s: %d, %d bytes", asset, got.status, len(got.text))
		}
	}
	if got := r.get("/fonts/..%2f..%2fapp.css"); got.status != http.StatusNotFound {
		t.Errorf("a file that is no font: %d", got.status)
	}
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}
