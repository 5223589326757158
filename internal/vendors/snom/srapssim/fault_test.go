package srapssim_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

const newCompany = `{"name":"acme","country":"DE","city":"Berlin"}`

// What a client meets and what the vendor did are two things: every row says
// both.
func TestFaults(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		fault   srapssim.Fault
		lost    bool // no whole answer arrives
		status  int  // 0 where the connection closes before any
		applied bool
		check   func(*testing.T, reply)
	}{
		{"LoseRequest", srapssim.Fault{Do: srapssim.DoLoseRequest}, true, 0, false, nil},
		{"LoseAnswer", srapssim.Fault{Do: srapssim.DoLoseAnswer}, true, 0, true, nil},
		{"Status", srapssim.Fault{Do: srapssim.DoStatus, Status: 503, RetryAfter: 7}, false, 503, false, func(t *testing.T, r reply) {
			same(t, "Retry-After", "7", r.header.Get("Retry-After"))
			same(t, "body", `{"detail":"Service Unavailable"}`, string(r.body))
		}},
		{"StatusApplied", srapssim.Fault{Do: srapssim.DoStatus, Status: 500, Applied: true}, false, 500, true, nil},
		{"EmptyCreated", srapssim.Fault{Do: srapssim.DoStatus, Status: 201, Applied: true}, false, 201, true, func(t *testing.T, r reply) {
			same(t, "body", "", string(r.body))
		}},
		{"OtherBody", srapssim.Fault{Do: srapssim.DoStatus, Status: 201, Applied: true, Body: `{"uuid":"other"}`}, false, 201, true, func(t *testing.T, r reply) {
			same(t, "body", `{"uuid":"other"}`, string(r.body))
		}},
		{"Truncate", srapssim.Fault{Do: srapssim.DoTruncate}, true, 201, true, func(t *testing.T, r reply) {
			if len(r.body) == 0 || json.Valid(r.body) {
				t.Errorf("body %q", r.body)
			}
		}},
		{"Huge", srapssim.Fault{Do: srapssim.DoHuge}, false, 201, true, func(t *testing.T, r reply) {
			if len(r.body) <= 8<<20 || !json.Valid(r.body) {
				t.Errorf("%d bytes", len(r.body))
			}
		}},
		{"HTML", srapssim.Fault{Do: srapssim.DoHTML}, false, 200, false, func(t *testing.T, r reply) {
			same(t, "type", "text/html; charset=utf-8", r.header.Get("Content-Type"))
			same(t, "a page", true, strings.Contains(string(r.body), "<html>"))
		}},
		{"HTMLApplied", srapssim.Fault{Do: srapssim.DoHTML, Applied: true}, false, 200, true, nil},
		{"Redirect", srapssim.Fault{Do: srapssim.DoRedirect}, false, 302, false, func(t *testing.T, r reply) {
			same(t, "elsewhere", true, strings.HasPrefix(r.header.Get("Location"), "https://elsewhere.invalid/api/v1/companies/"))
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			v := start(t, srapssim.Options{})
			f := row.fault
			f.Method, f.Resource, f.Nth = "POST", srapssim.ResourceCompanies, 1
			v.AddFault(f)
			r, err := v.try(v.request(v.reseller, "POST", v.below(v.company, "companies/"), newCompany))
			same(t, "lost", row.lost, err != nil)
			same(t, "status", row.status, r.status)
			same(t, "companies", map[bool]int{true: 1, false: 0}[row.applied], len(v.Companies(v.company)))
			if row.check != nil {
				row.check(t, r)
			}
			call := v.Mutations()[0]
			same(t, "call", []any{"POST", "companies", v.company, "acme", v.reseller.id, row.applied, string(row.fault.Do)},
				[]any{call.Method, call.Resource, call.Company, call.Name, call.KeyID, call.Applied, call.Fault})
			if !row.lost {
				same(t, "recorded status", row.status, call.Status)
			}
			v.must(201, v.reseller, "POST", v.below(v.company, "companies/"), newCompany)
		})
	}
}

// A signature of the real service under a page that came from elsewhere would
// be a lie.
func TestFaultAnswersAreNotSigned(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	v.AddFault(srapssim.Fault{Do: srapssim.DoStatus, Status: 502, Applied: true})
	same(t, "Server-Authorization", "", v.call(v.reseller, "GET", "product-groups/", "").header.Get("Server-Authorization"))
}

func TestTruncateWithoutBody(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	_, c := v.child("acme")
	v.AddFault(srapssim.Fault{Method: "DELETE", Do: srapssim.DoTruncate})
	_, err := v.try(v.request(v.reseller, "DELETE", "tokens/"+c.id, ""))
	same(t, "lost", true, errors.Is(err, io.EOF))
	same(t, "deleted", "", v.SecretOf(c.id))
}

// Applied late: after the client's timeout and after its first look.
func TestApplyLate(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	companies := v.below(v.company, "companies/")
	v.AddFault(srapssim.Fault{Method: "POST", Nth: 1, Do: srapssim.DoApplyLate})
	_, err := v.try(v.request(v.reseller, "POST", companies, newCompany))
	same(t, "hung up", true, err != nil)
	same(t, "first look", "[]", string(v.must(200, v.reseller, "GET", companies, "").body))
	same(t, "recorded", false, v.Mutations()[0].Applied)
	same(t, "released", 1, v.ReleaseLate())
	same(t, "second look", 1, len(v.must(200, v.reseller, "GET", companies, "").array(t)))
	same(t, "recorded", true, v.Mutations()[0].Applied)
	same(t, "released again", 0, v.ReleaseLate())

	// Refused on arrival: nothing is held back, and there is no answer either.
	v.AddFault(srapssim.Fault{Do: srapssim.DoApplyLate})
	_, err = v.try(v.request(cred{id: "ck_none", secret: "x"}, "POST", companies, newCompany))
	same(t, "hung up", true, err != nil)
	same(t, "nothing held", 0, v.ReleaseLate())
}

func TestApplyLateAfterDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := srapssim.New(srapssim.Options{})
		defer sim.Close()
		account := sim.Resellers()[0]
		c := cred{id: account.KeyID, secret: sim.SecretOf(account.KeyID)}
		sim.AddFault(srapssim.Fault{Do: srapssim.DoApplyLate, Delay: srapssim.Duration(5 * time.Second)})
		req := httptest.NewRequest("POST", "http://sim.example/api/v1/companies/"+account.CompanyID+"/companies/", strings.NewReader(newCompany))
		c.sign(req, newCompany, time.Now())
		func() {
			defer func() { same(t, "hung up", true, recover() == http.ErrAbortHandler) }()
			sim.Handler().ServeHTTP(httptest.NewRecorder(), req)
		}()
		<-time.After(5*time.Second - 1) // the bubble's clock: no real time passes
		synctest.Wait()
		same(t, "before", 0, len(sim.Companies(account.CompanyID)))
		<-time.After(1)
		synctest.Wait()
		same(t, "after", 1, len(sim.Companies(account.CompanyID)))
	})
}

func TestStale(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	for _, name := range []string{"a", "b", "c"} {
		v.clock.Advance(10 * time.Second)
		v.child(name)
	}
	first := v.Companies(v.company)[0].ID
	names := func() string {
		var all []string
		for _, c := range v.must(200, v.reseller, "GET", v.below(v.company, "companies/"), "").array(t) {
			all = append(all, c["name"].(string))
		}
		return strings.Join(all, "")
	}
	v.AddFault(srapssim.Fault{Resource: "companies", Do: srapssim.DoStale})
	same(t, "before the last change", "ab", names())
	v.DeleteCompany(first)
	same(t, "before the deletion", "abc", names())
	v.ClearFaults()
	same(t, "now", "bc", names())
	v.AddFault(srapssim.Fault{Do: srapssim.DoStale, Delay: srapssim.Duration(10 * time.Second)})
	same(t, "10 s ago", "ab", names())
	v.clock.Advance(10 * time.Second)
	same(t, "10 s later", "bc", names())
	v.clock.Advance(-10 * time.Second)

	// A single item is never stale, and does not count for the rule.
	v.ClearFaults()
	v.AddFault(srapssim.Fault{Do: srapssim.DoStale})
	v.must(404, v.reseller, "GET", "companies/"+first, "")
	same(t, "matched", 0, v.Faults()[0].Matched)
	same(t, "a fixed list", 4, len(v.must(200, v.reseller, "GET", "product-groups/", "").array(t)))
}

// Changed values come back too, and the history is bounded.
func TestStaleValues(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	company, c := v.child("acme")
	put := func(name string) {
		v.PutEndpoint(company, srapssim.Endpoint{MAC: "000413000001", Name: name, Enabled: true})
	}
	name := func() any {
		return v.must(200, c, "GET", v.below(company, "endpoints/"), "").array(t)[0]["name"]
	}
	put("old")
	put("new")
	v.AddFault(srapssim.Fault{Do: srapssim.DoStale})
	same(t, "value", any("old"), name())
	for range 3 * srapssim.HistoryLimit {
		put("newer")
	}
	put("newest")
	same(t, "after many changes", any("newer"), name())
}

func TestDuplicate(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	v.child("a")
	v.child("b")
	v.AddFault(srapssim.Fault{Resource: "companies", Do: srapssim.DoDuplicate})
	list := v.must(200, v.reseller, "GET", v.below(v.company, "companies/"), "").array(t)
	same(t, "names", []any{"a", "b", "b"}, []any{list[0]["name"], list[1]["name"], list[2]["name"]})
}

// nth counts matching calls from the moment the rule was added.
func TestFaultMatching(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	get := func(path string) int { return v.call(v.reseller, "GET", path, "").status }
	get("product-groups/")
	v.AddFault(srapssim.Fault{Method: "GET", Resource: "product-groups", Nth: 2, Do: srapssim.DoStatus, Status: 500})
	v.AddFault(srapssim.Fault{Resource: "product-groups", Nth: 3, Do: srapssim.DoStatus, Status: 502})
	v.AddFault(srapssim.Fault{Resource: "tokens", Do: srapssim.DoStatus, Status: 503})
	var got []int
	for _, path := range []string{"product-groups/", "settings/", "product-groups/", "product-groups/", "product-groups/", "tokens/x", "tokens/x"} {
		got = append(got, get(path))
	}
	same(t, "statuses", []int{200, 200, 500, 502, 200, 503, 503}, got)
	var counts [][2]int
	for _, f := range v.Faults() {
		counts = append(counts, [2]int{f.Matched, f.Fired})
	}
	same(t, "counts", [][2]int{{4, 1}, {4, 1}, {2, 2}}, counts)
}

func TestFaultDelay(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	v.AddFault(srapssim.Fault{Do: srapssim.DoLoseAnswer, Delay: srapssim.Duration(30 * time.Millisecond)})
	before := time.Now()
	if _, err := v.try(v.request(v.reseller, "GET", "product-groups/", "")); err == nil {
		t.Error("answered")
	}
	if took := time.Since(before); took < 30*time.Millisecond {
		t.Errorf("closed after %s", took)
	}
}

// Close ends a pause: a test that is over does not wait for it.
func TestCloseEndsPause(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{Latency: time.Hour})
	v.OnCall(func(srapssim.Call) { v.Close() })
	v.must(200, v.reseller, "GET", "product-groups/", "")
}

func TestAddFaultPanicsOnNonsense(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("accepted")
		}
	}()
	srapssim.New(srapssim.Options{}).AddFault(srapssim.Fault{Do: "explode"})
}

// The hooks see a call before it is carried out and after; they may look into
// the server.
func TestHooks(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	var log bytes.Buffer
	note := func(when string) func(srapssim.Call) {
		return func(c srapssim.Call) {
			log.WriteString(when + " " + c.Method + " " + asJSON([]any{c.Seq, c.Name, c.Applied, c.Status, len(v.Companies(v.company))}))
		}
	}
	v.OnCall(note("call"))
	v.OnAnswer(note("answer"))
	v.AddFault(srapssim.Fault{Nth: 2, Do: srapssim.DoLoseRequest})
	v.must(201, v.reseller, "POST", v.below(v.company, "companies/"), newCompany)
	_, err := v.try(v.request(v.reseller, "POST", v.below(v.company, "companies/"), newCompany))
	same(t, "lost", true, err != nil)
	v.OnCall(nil)
	v.OnAnswer(nil)
	v.must(200, v.reseller, "GET", "product-groups/", "")
	same(t, "log", `call POST [1,"acme",false,0,0]
answer POST [1,"acme",true,201,1]
call POST [2,"acme",false,0,1]
`, log.String())
}
