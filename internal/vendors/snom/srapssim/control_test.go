package srapssim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// control calls the control port.
func (v *vendor) control(method, path, body string) reply {
	v.t.Helper()
	w := httptest.NewRecorder()
	v.ControlHandler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	raw, err := io.ReadAll(w.Result().Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return reply{w.Code, w.Result().Header, raw}
}

func TestControlState(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	company, c := v.child("acme")
	v.must(201, c, "PUT", v.below(company, "endpoints/000413000001"), redirect("000413000001", "https://a.example/{mac}"))
	r := v.control("GET", "/state", "")
	var got srapssim.State
	if err := json.Unmarshal(r.body, &got); err != nil {
		t.Fatal(err)
	}
	same(t, "state", v.State(), got)
	acme := got.Companies[2]
	same(t, "acme", []any{company, "acme", v.company, c.id, "https://a.example/{mac}"},
		[]any{acme.ID, acme.Name, acme.Parent, acme.Keys[0].ID, acme.Endpoints[0].Redirect})

	var calls struct{ Calls []srapssim.Call }
	r = v.control("GET", "/calls", "")
	if err := json.Unmarshal(r.body, &calls); err != nil {
		t.Fatal(err)
	}
	same(t, "calls", v.Calls(), calls.Calls)
	last := calls.Calls[len(calls.Calls)-1]
	same(t, "last call", srapssim.Call{Seq: 3, Time: v.clock.Now(), Method: "PUT", Path: "/api/v1/companies/" + company + "/endpoints/000413000001",
		Resource: "endpoints", Company: company, Item: "000413000001", KeyID: c.id, Applied: true, Status: 201}, last)
	for _, path := range []string{"/state", "/calls", "/faults"} {
		for _, secret := range v.Secrets() {
			same(t, path+" shows a secret", false, strings.Contains(string(v.control("GET", path, "").body), secret))
		}
	}
	same(t, "secrets", 2, len(v.Secrets()))
}

func TestControlFaults(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	add := func(body string) reply { return v.control("POST", "/faults", body) }
	same(t, "added", 201, add(`{"method":"POST","resource":"companies","nth":1,"do":"status","status":429,"retry_after":3,"delay":"10ms"}`).status)
	same(t, "seconds", 201, add(`{"resource":"tokens","nth":0,"do":"apply_late","delay":0.5}`).status)
	want := `{"faults":[{"method":"POST","resource":"companies","nth":1,"do":"status","status":429,"retry_after":3,"delay":"10ms","matched":0,"fired":0},` +
		`{"resource":"tokens","nth":0,"do":"apply_late","delay":"500ms","matched":0,"fired":0}]}`
	same(t, "list", want, string(v.control("GET", "/faults", "").body))
	r := v.must(429, v.reseller, "POST", v.below(v.company, "companies/"), newCompany)
	same(t, "Retry-After", "3", r.header.Get("Retry-After"))
	same(t, "cleared", 204, v.control("DELETE", "/faults", "").status)
	same(t, "none left", 0, len(v.Faults()))
}

// Bad input is 422 and names the field; nothing is added.
func TestControlRefuses(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	rows := []struct{ field, body string }{
		{"body", ""}, {"body", "[]"}, {"body", "null"}, {"body", `{"do":"html"} {}`}, {"body", strings.Repeat(" ", 70<<10)},
		{"do", `{}`}, {"do", `{"do":"explode"}`}, {"do", `{"do":7}`},
		{"method", `{"do":"html","method":"post"}`}, {"resource", `{"do":"html","resource":"users"}`}, {"nth", `{"do":"html","nth":-1}`},
		{"status", `{"do":"status"}`}, {"status", `{"do":"status","status":99}`}, {"status", `{"do":"html","status":200}`}, {"status", `{"do":"status","status":"500"}`},
		{"retry_after", `{"do":"html","retry_after":1}`}, {"applied", `{"do":"truncate","applied":true}`},
		{"delay", `{"do":"html","delay":"soon"}`}, {"delay", `{"do":"html","delay":"-1s"}`}, {"delay", `{"do":"html","delay":true}`}, {"delay", `{"do":"apply_late"}`},
		{"wait", `{"do":"html","wait":1}`}, {"Body", `{"do":"status","status":200,"Body":"x"}`},
	}
	for _, row := range rows {
		r := v.control("POST", "/faults", row.body)
		same(t, row.body[:min(60, len(row.body))], []any{422, row.field}, []any{r.status, r.object(t)["field"]})
	}
	same(t, "faults", 0, len(v.Faults()))
	same(t, "unknown page", 404, v.control("GET", "/secrets", "").status)
	r := v.control("PUT", "/faults", "")
	same(t, "method", []any{405, "GET, POST, DELETE"}, []any{r.status, r.header.Get("Allow")})
	same(t, "reset with body", 422, v.control("POST", "/reset", `{"all":true}`).status)
}

func TestReset(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	before := v.State()
	company, c := v.child("acme")
	v.AddFault(srapssim.Fault{Method: "DELETE", Do: srapssim.DoApplyLate})
	_, err := v.try(v.request(v.reseller, "DELETE", "tokens/"+c.id, ""))
	same(t, "held", true, err != nil)
	same(t, "reset", 204, v.control("POST", "/reset", "").status)
	same(t, "state", before, v.State())
	same(t, "left", []int{0, 0, 0}, []int{len(v.Calls()), len(v.Faults()), v.ReleaseLate()})
	same(t, "secrets are remembered", 2, len(v.Secrets()))
	v.must(404, v.reseller, "GET", "companies/"+company, "")
	same(t, "numbered anew", 1, v.Calls()[0].Seq)
}

func TestSnapshotRestore(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	company, c := v.child("acme")
	v.must(201, c, "PUT", v.below(company, "endpoints/000413000001"), redirect("000413000001", "https://a.example/"))
	want, snap := v.State(), v.Snapshot()
	for range 2 {
		v.must(200, c, "PUT", v.below(company, "endpoints/000413000001"), redirect("000413000001", "https://b.example/"))
		v.must(201, c, "PUT", v.below(company, "endpoints/000413000002"), redirect("000413000002", "https://b.example/"))
		v.must(204, c, "DELETE", v.below(company, "endpoints/000413000001"), "")
		v.DeleteCompany(company)
		v.must(401, c, "GET", "tokens/"+c.id, "")
		v.Restore(snap)
		same(t, "restored", want, v.State())
	}
	v.must(200, c, "GET", "tokens/"+c.id, "")
}

// What people do in the portal shows at once, and frees what it should.
func TestPortal(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	stranger := v.AddCompany("", "stranger")
	company := v.AddCompany(v.company, "acme")
	v.PutEndpoint(stranger, srapssim.Endpoint{MAC: "000413000001", Enabled: true})
	v.PutEndpoint(company, srapssim.Endpoint{MAC: "000413000001", Enabled: true})
	same(t, "moved", []int{0, 1}, []int{len(v.Endpoints(stranger)), len(v.Endpoints(company))})
	id, secret := v.AddKey(company, "by hand", "")
	same(t, "keys", []srapssim.Key{{ID: id, Name: "by hand", Company: company, Created: v.clock.Now()}}, v.Keys(company))
	same(t, "deleted once", []bool{true, false}, []bool{v.DeleteKey(id), v.DeleteKey(id)})
	v.must(401, cred{id: id, secret: secret}, "GET", "tokens/"+id, "")
	same(t, "disable", false, v.DisableKey(id))
	p := v.SetProfile(company, srapssim.Profile{Name: "p", Enabled: true})
	v.SetProfile(company, srapssim.Profile{ID: p, Name: "q"})
	same(t, "profiles", []srapssim.Profile{{ID: p, Name: "q", ProductGroup: srapssim.DeskGroupID}}, v.Profiles(company))
	same(t, "profile gone", true, v.DeleteProfile(company, p))
	same(t, "endpoint gone", []bool{true, false}, []bool{v.DeleteEndpoint(company, "000413000001"), v.DeleteEndpoint(company, "000413000001")})
	v.PutEndpoint(company, srapssim.Endpoint{MAC: "000413000002", Enabled: true})
	v.DeleteCompany(company)
	v.must(201, v.reseller, "PUT", v.below(v.company, "endpoints/000413000002"), redirect("000413000002", "https://a.example/"))
	same(t, "nothing there", []int{0, 0}, []int{len(v.Companies(v.company)), len(v.Keys(company))})
	same(t, "calls", 2, len(v.Calls()))
}

func TestKeepCalls(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{KeepCalls: 3})
	for range 10 {
		v.must(200, v.reseller, "GET", "product-groups/", "")
	}
	var seqs []int
	for _, c := range v.Calls() {
		seqs = append(seqs, c.Seq)
	}
	same(t, "kept", []int{8, 9, 10}, seqs)
	same(t, "mutations", 0, len(v.Mutations()))
}

// Many at once: each MAC ends in one company, each call has its own number.
func TestConcurrent(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	type tenant struct {
		company string
		c       cred
	}
	tenants := make([]tenant, 4)
	for i := range tenants {
		tenants[i].company, tenants[i].c = v.child(fmt.Sprint("acme", i))
	}
	var wg sync.WaitGroup
	for i, tn := range tenants {
		wg.Go(func() {
			for n := range 20 {
				mac := fmt.Sprintf("000413%06X", n)
				if r, err := v.try(v.request(tn.c, "PUT", v.below(tn.company, "endpoints/"+mac), redirect(mac, fmt.Sprint("https://", i)))); err != nil || r.status != 201 && r.status != 403 {
					t.Errorf("%d %v", r.status, err)
				}
				v.State()
			}
		})
	}
	wg.Wait()
	total := 0
	for _, tn := range tenants {
		total += len(v.Endpoints(tn.company))
	}
	same(t, "endpoints", 20, total)
	seen := map[int]bool{}
	for _, c := range v.Calls() {
		seen[c.Seq] = true
	}
	same(t, "numbers", 88, len(seen))
}

// 200,000 phones in a company: a page and a write cost what they cost with one.
// The quickest of many tries is compared, in one run, so that a busy machine makes
// no difference; a call that walked the whole list would cost a hundred times as much.
func TestManyEndpoints(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	one, oneKey := v.child("one")
	many, manyKey := v.child("many")
	v.PutEndpoint(one, srapssim.Endpoint{MAC: "000413FFFFFF", Enabled: true})
	for n := range 200_000 {
		v.PutEndpoint(many, srapssim.Endpoint{MAC: fmt.Sprintf("000413%06X", n), Enabled: true})
	}
	handler := v.Handler()
	quickest := func(c cred, company, mac, page string) time.Duration {
		best := time.Hour
		for range 100 {
			list := v.request(c, "GET", v.below(company, "endpoints/"+page), "")
			put := v.request(c, "PUT", v.below(company, "endpoints/"+mac), redirect(mac, "https://a.example/"))
			began := time.Now()
			for _, r := range []*http.Request{list, put} {
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					t.Fatal(w.Code, w.Body)
				}
			}
			best = min(best, time.Since(began))
		}
		return best
	}
	few := quickest(oneKey, one, "000413FFFFFF", "")
	lots := quickest(manyKey, many, "000413000005", "?page=9999")
	if lots > 20*few {
		t.Errorf("a page and a write took %s among 200,000 phones, %s beside one", lots, few)
	}
}
