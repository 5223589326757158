package restapi_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestInput: what cannot be taken gets a clear answer that names the field and
// never repeats the value.
func TestInput(t *testing.T) {
	t.Parallel()
	const planted = "PLANTEDSECRETVALUE"
	const connect = "/api/v1/platforms/acme/vendors/snom/connect"
	for name, tc := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		field              string
	}{
		"wrong type":             {"POST", connect, `{"key_id":"k","key_secret":{"x":"` + planted + `"}}`, nil, 422, "key_secret"},
		"null":                   {"POST", connect, `{"key_id":"k","key_secret":null}`, nil, 422, "key_secret"},
		"unknown field":          {"POST", connect, `{"key_id":"k","key_secret":"12345678","secret":"` + planted + `"}`, nil, 422, "secret"},
		"other case":             {"POST", connect, `{"key_id":"k","Key_Secret":"` + planted + `"}`, nil, 422, "key_secret"},
		"a name that is a value": {"POST", connect, `{"` + planted + ` \u0000":"x","key_id":"k","key_secret":"12345678"}`, nil, 422, "(unreadable name)"},
		"missing field":          {"POST", connect, `{"key_id":"k"}`, nil, 422, "key_secret"},
		"unusable value":         {"POST", connect, `{"key_id":"` + planted + ` !","key_secret":"12345678"}`, nil, 422, "key_id"},
		"short secret":           {"POST", connect, `{"key_id":"k","key_secret":"short"}`, nil, 422, "key_secret"},
		"a list":                 {"POST", connect, `["` + planted + `"]`, nil, 422, "body"},
		"bad JSON":               {"POST", connect, `{"key_secret":"` + planted, nil, 422, "body"},
		"two values":             {"POST", connect, `{"key_id":"k","key_secret":"12345678"} {"x":"` + planted + `"}`, nil, 422, "body"},
		"twice":                  {"POST", connect, `{"key_id":"k","key_secret":"12345678","key_secret":"` + planted + `"}`, nil, 422, "key_secret"},
		"twice, once escaped":    {"PATCH", "/api/v1/platforms/acme", `{"name":"One","na\u006de":"` + planted + `"}`, nil, 422, "name"},
		"twice, and a value":     {"PATCH", "/api/v1/platforms/acme", `{"` + planted + ` !":1,"` + planted + ` !":2}`, nil, 422, "(unreadable name)"},
		"twice, deep in a list":  {"PATCH", "/api/v1/platforms/acme", `{"name":[{},{"x":1,"x":2}]}`, nil, 422, "name[1].x"},
		"no body":                {"POST", connect, ``, nil, 422, "body"},
		"form":                   {"POST", connect, `key_secret=` + planted, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, ""},
		"text":                   {"POST", connect, `{"key_secret":"` + planted + `"}`, []string{"Content-Type", "text/plain"}, 415, ""},
		"no type":                {"POST", connect, `{"key_secret":"` + planted + `"}`, []string{"Content-Type", ""}, 415, ""},
		"other charset":          {"POST", connect, `{}`, []string{"Content-Type", "application/json; charset=utf-16"}, 415, ""},
		"too large":              {"POST", connect, `{"key_id":"` + strings.Repeat("x", 65<<10) + `"}`, nil, 413, ""},
		"empty key":              {"POST", connect, `{"key_id":"k","key_secret":"12345678"}`, []string{"Idempotency-Key", ""}, 422, "Idempotency-Key"},
		"long key":               {"POST", connect, `{"key_id":"k","key_secret":"12345678"}`, []string{"Idempotency-Key", strings.Repeat("k", 129)}, 422, "Idempotency-Key"},
		"boolean as text":        {"POST", "/api/v1/platforms/acme/vendors/snom/rotate", `{"exposed":"` + planted + `"}`, nil, 422, "exposed"},
		"fractional version":     {"PATCH", "/api/v1/platforms/acme", `{"version":1.5}`, nil, 422, "version"},
		"hostile name":           {"POST", "/api/v1/platforms", `{"name":"x\u0007` + planted + `"}`, nil, 422, "name"},
		"long name":              {"POST", "/api/v1/platforms", `{"name":"` + strings.Repeat("x", 121) + `"}`, nil, 422, "name"},
		"bad state":              {"GET", "/api/v1/platforms/acme/endpoints?state=" + planted, ``, nil, 422, "state"},
		"a NUL to look for":      {"GET", "/api/v1/platforms?q=%00", ``, nil, 422, "q"},
		"no UTF-8":               {"GET", "/api/v1/audit?actor=%ff", ``, nil, 422, "actor"},
		"bad MAC":                {"GET", "/api/v1/platforms/acme/endpoints/" + planted, ``, nil, 422, "mac"},
		"unknown address":        {"GET", "/api/v1/" + planted, ``, nil, 404, ""},
		"long path":              {"GET", "/api/v1/platforms/" + strings.Repeat("x", 3000), ``, nil, 404, ""},
		"escaped path":           {"GET", "/api/v1/platforms/acme%2f..%2fother", ``, nil, 404, ""},
		"unknown method":         {"PUT", "/api/v1/platforms/acme", `{}`, nil, 405, ""},
		"two tokens":             {"GET", "/api/v1/platforms", ``, []string{"Authorization", "Basic " + planted}, 401, ""},
		"wrong token":            {"GET", "/api/v1/platforms", ``, []string{"Authorization", "Bearer " + planted}, 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t)
			s.mustPlatform("acme")
			before := s.rows()
			got := s.request(ztp.SuperAdmin, tc.method, tc.path, tc.body, tc.headers...)
			p := problemIn(t, got)
			if got.status != tc.status || tc.field != "" && p.Fields[tc.field] == "" {
				t.Errorf("want %d and field %q, got %d %s", tc.status, tc.field, got.status, got.body)
			}
			if strings.Contains(got.body, planted) || strings.Contains(s.log.String(), planted) {
				t.Errorf("the rejected value is repeated: %s\n%s", got.body, s.log.String())
			}
			if tc.status == 405 && got.header.Get("Allow") == "" || tc.status == 401 && got.header.Get("WWW-Authenticate") == "" {
				t.Errorf("a header is missing: %v", got.header)
			}
			if after := s.rows(); after != before {
				t.Errorf("something was changed: %d audit rows, then %d", before, after)
			}
		})
	}
}

// TestBodyCutOff: what did not arrive whole is not taken, and is no trouble of ours.
func TestBodyCutOff(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for why, want := range map[error]string{
		io.ErrUnexpectedEOF:    "It did not arrive whole.",
		os.ErrDeadlineExceeded: "It took too long to arrive.",
		&http.MaxBytesError{}:  "",
	} {
		body := io.MultiReader(strings.NewReader(`{"name":"One"}`), iotest.ErrReader(why))
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/platforms", body)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+s.tokens[ztp.SuperAdmin])
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		if p.Fields["body"] != want || want == "" && w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("%v: got %d %s", why, w.Code, w.Body)
		}
	}
	if s.log.String() != "" {
		t.Errorf("logged: %s", s.log)
	}
}

// TestRemedies: what is said of a field tells how to write it.
func TestRemedies(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustPlatform("acme")
	got := s.request(ztp.SuperAdmin, "POST", "/api/v1/platforms/acme/endpoints/bulk", `{"action":"stop","macs":[]}`)
	want := map[string]string{"action": "This has to be one of: pause, resume, release.", "macs": "This list has to be at least 1 long."}
	if diff := cmp.Diff(want, problemIn(t, got).Fields); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// patience counts how often a handler sets a deadline for what its connection reads.
type patience struct {
	*httptest.ResponseRecorder
	set int
}

func (p *patience) SetReadDeadline(time.Time) error { p.set++; return nil }

// TestBodyDeadline: only where a body comes has it a time to arrive. Where none does, net/http
// reads to notice that the client goes away, and the end of that read would end the
// request: an Onboard whose secret store or address takes its five seconds.
func TestBodyDeadline(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustPlatform("acme")
	for body, want := range map[string]int{"": 0, "{}": 1} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/api/v1/platforms/acme/vendors/snom/rotate", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+s.tokens[ztp.SuperAdmin])
		w := &patience{ResponseRecorder: httptest.NewRecorder()}
		s.handler.ServeHTTP(w, r)
		if w.set != want || w.Code != http.StatusConflict {
			t.Errorf("body %q: %d deadlines, want %d; %d %s", body, w.set, want, w.Code, w.Body)
		}
	}
}

// TestContentType: names of types and of charsets have no case (RFC 9110, 8.3).
func TestContentType(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for kind, want := range map[string]int{
		"APPLICATION/JSON": 201, "application/json; charset=UTF-8": 201, "Application/Json;Charset=\"utf-8\"": 201,
		"application/json; charset=latin1": 415, "text/json": 415, "application/jsonp": 415, "application/json, text/plain": 415,
	} {
		got := s.request(ztp.SuperAdmin, "POST", "/api/v1/platforms", `{"name":"One"}`, "Content-Type", kind)
		if got.status != want {
			t.Errorf("%s: want %d, got %d %s", kind, want, got.status, got.body)
		}
		if got.status == 201 {
			s.request(ztp.SuperAdmin, "DELETE", "/api/v1/platforms/one", "")
		}
	}
}

// TestNotFound: the answer says what to do about the thing that was looked for.
func TestNotFound(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustPlatform("acme")
	for path, what := range map[string]string{
		"platforms/nobody": "platform", "platforms/acme/accounts/nobody": "account", "platforms/acme/endpoints/000413000001": "phone",
		"platforms/acme/vendors/nobody": "vendor", "operations/" + ztp.NewID(): "operation", "nowhere": "address",
		"platforms//accounts": "address", "platforms/acme/../acme": "address", "platforms/": "address",
	} {
		p := problemIn(t, s.request(ztp.SuperAdmin, "GET", "/api/v1/"+path, ""))
		want := ztp.NotFound(what)
		if p.Remedy != want.Entry("").Remedy || !strings.HasPrefix(p.Detail, want.Detail) {
			t.Errorf("%s: got %q, %q", path, p.Detail, p.Remedy)
		}
		if what == "vendor" && !strings.Contains(p.Detail, "snom") {
			t.Errorf("the vendors are not named: %q", p.Detail)
		}
	}
}

// rows counts what has been done.
func (s *stack) rows() int {
	s.t.Helper()
	p, err := s.store.ListEvents(s.t.Context(), ztp.EventQuery{Outcome: ztp.OutcomeOK, Limit: 1000})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(p.Items)
}

// FuzzRequest sends any body to any route: never an answer of 500, never one that
// is not JSON.
func FuzzRequest(f *testing.F) {
	for _, body := range bodies {
		f.Add("POST", "platforms/acme/vendors/snom/connect", body)
	}
	f.Add("POST", "platforms", `{"name":"\ud800","slug":[]}`)
	f.Add("PUT", "platforms/acme/endpoints/000413000001", `{"account":"main-acme","paused":null}`)
	f.Add("PATCH", "platforms/acme", `{"version":1e99,"name":{"$schema":1}}`)
	f.Add("GET", "operations?wait=1us&limit=9999999999999999999999", ``)
	f.Add("GET", "audit?cursor=%00%ff", ``)
	s := newStack(f) // one for all: making one takes longer than most requests
	s.mustPlatform("acme")
	f.Fuzz(func(t *testing.T, method, path, body string) {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1/api/v1/"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+s.tokens[ztp.SuperAdmin])
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, req)
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s %q %q: %d %s\n%s", method, path, body, w.Code, w.Body, s.log)
		}
		if w.Code >= 400 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %q %q: %d, and no JSON: %s", method, path, body, w.Code, w.Body)
		}
	})
}
