package snom_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// known is what is known of a call that failed, and under which code.
type known struct {
	effect ztp.Effect
	code   ztp.Code
}

// What each fault of the wire means for a call that changes something. The second
// column is what a person is told where the outcome is known.
var wireFaults = map[string]struct {
	fault srapssim.Fault
	want  known
}{
	"request lost":         {srapssim.Fault{Do: srapssim.DoLoseRequest}, known{ztp.EffectUnknown, ztp.CodeOutcomeUnknown}},
	"answer lost":          {srapssim.Fault{Do: srapssim.DoLoseAnswer}, known{ztp.EffectUnknown, ztp.CodeOutcomeUnknown}},
	"applied late":         {srapssim.Fault{Do: srapssim.DoApplyLate}, known{ztp.EffectUnknown, ztp.CodeOutcomeUnknown}},
	"answer breaks off":    {srapssim.Fault{Do: srapssim.DoTruncate}, known{ztp.EffectUnknown, ""}},
	"huge answer":          {srapssim.Fault{Do: srapssim.DoHuge}, known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"web page":             {srapssim.Fault{Do: srapssim.DoHTML}, known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"web page, applied":    {srapssim.Fault{Do: srapssim.DoHTML, Applied: true}, known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"redirect":             {srapssim.Fault{Do: srapssim.DoRedirect}, known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"400":                  {status(400), known{ztp.EffectRefused, ztp.CodeVendorRejected}},
	"401":                  {status(401), known{ztp.EffectRefused, ztp.CodeVendorKeyRejected}},
	"403":                  {status(403), known{ztp.EffectRefused, ztp.CodeVendorRejected}},
	"409":                  {status(409), known{ztp.EffectRefused, ztp.CodeVendorRejected}},
	"422":                  {status(422), known{ztp.EffectRefused, ztp.CodeVendorRejected}},
	"429":                  {status(429), known{ztp.EffectLimited, ztp.CodeVendorRateLimited}},
	"408":                  {status(408), known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"418":                  {status(418), known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"500":                  {status(500), known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"500, applied":         {srapssim.Fault{Do: srapssim.DoStatus, Status: 500, Applied: true}, known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"502":                  {status(502), known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"503 with Retry-After": {srapssim.Fault{Do: srapssim.DoStatus, Status: 503, RetryAfter: 7}, known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
	"504":                  {status(504), known{ztp.EffectUnknown, ztp.CodeVendorUnavailable}},
}

func status(code int) srapssim.Fault { return srapssim.Fault{Do: srapssim.DoStatus, Status: code} }

// trial does one mutation with one fault on a vendor that is otherwise as it was at
// the start, and returns the writes that arrived.
func (w *world) trial(t *testing.T, c customer, m mutation, f srapssim.Fault) ([]srapssim.Call, error) {
	t.Helper()
	before := w.sim.Snapshot()
	seen := len(w.sim.Mutations())
	w.sim.AddFault(f)
	err := m.do(t.Context(), w, c)
	w.sim.ClearFaults()
	w.sim.Restore(before)
	return w.sim.Mutations()[seen:], err
}

func TestEffect_OfEveryFaultOnEveryWrite(t *testing.T) {
	t.Parallel()
	for what, m := range mutations {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, srapssim.Options{})
			c := w.customer(srapssim.DefaultRole)
			for name, tt := range wireFaults {
				f := tt.fault
				f.Method, f.Resource = m.method, m.resource
				writes, err := w.trial(t, c, m, f)
				got := w.failed(t, err)
				if got.Effect != tt.want.effect || tt.want.code != "" && got.Code != tt.want.code {
					t.Errorf("%s: want %v, got %s", name, tt.want, got)
				}
				if len(writes) != 1 {
					t.Fatalf("%s: sent %d times", name, len(writes))
				}
				if got.Effect == ztp.EffectRefused && writes[0].Applied {
					t.Errorf("%s: refused, and applied", name)
				}
				if tt.fault.RetryAfter != 0 && got.RetryAfter.Seconds() != float64(tt.fault.RetryAfter) {
					t.Errorf("%s: Retry-After is lost: %s", name, got.RetryAfter)
				}
			}
		})
	}
}

// A 2xx that lacks what was asked for proves nothing: the company, key or profile
// may be there.
func TestEffect_ConfirmationWithoutContent(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"create company", "create key", "create profile"} {
		m := mutations[what]
		w := newWorld(t, srapssim.Options{})
		c := w.customer(srapssim.DefaultRole)
		for _, body := range []string{"", "{}", "null", "[]", `{"id":"ck_1"}`, `{"uuid":""}`, `{"uuid":7}`, `{"uuid":"a","uuid":"b"}`, `{"uuid":"a"`, `{"id":"ck_1","key":""}`} {
			_, err := w.trial(t, c, m, srapssim.Fault{Method: m.method, Resource: m.resource, Do: srapssim.DoStatus, Status: 201, Body: body})
			if got := w.failed(t, err); got.Effect != ztp.EffectUnknown {
				t.Errorf("%s answered %q: got %s", what, body, got)
			}
		}
	}
}

// Whatever happens to a read that comes before the write: the write never left,
// and nothing is unknown. (A request that is lost on a used connection is not in it:
// net/http sends such a read again, unnoticed.)
func TestEffect_OfReadsBeforeAWrite(t *testing.T) {
	t.Parallel()
	faults := []string{"answer lost", "500", "web page", "answer breaks off", "redirect", "401", "429"}
	if testing.Short() { // the race detector is slow, and these differ by status alone
		faults = faults[:2]
	}
	for what, m := range mutations {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for i, resource := range readsBefore(t, m) {
				for _, name := range faults {
					w := newWorld(t, srapssim.Options{})
					c := w.customer(srapssim.DefaultRole)
					f := wireFaults[name].fault
					f.Method, f.Nth = "GET", i+1
					writes, err := w.trial(t, c, m, f)
					if len(writes) != 0 {
						t.Fatalf("%s of %s: the write was sent", name, resource)
					}
					if got := w.failed(t, err); got.Effect == ztp.EffectUnknown {
						t.Errorf("%s of %s: got %s", name, resource, got)
					}
				}
			}
		})
	}
}

// readsBefore are the resources that the call reads before it writes, in order.
func readsBefore(t *testing.T, m mutation) []string {
	t.Helper()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	if err := m.do(t.Context(), w, c); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, call := range w.sim.Calls() {
		if call.Mutation() {
			break
		}
		out = append(out, call.Resource)
	}
	return out
}

// A write that went through and can't be read back is unknown, never done and never
// refused.
func TestEffect_OfTheReadBack(t *testing.T) {
	t.Parallel()
	// Before it "write profile" reads the list that tells where the profile is, and the profile.
	for what, nth := range map[string]int{"create profile": 1, "write profile": 3, "register phone": 2} {
		m := mutations[what]
		w := newWorld(t, srapssim.Options{})
		c := w.customer(srapssim.DefaultRole)
		for _, f := range []srapssim.Fault{
			{Do: srapssim.DoLoseAnswer}, {Do: srapssim.DoTruncate}, {Do: srapssim.DoHTML}, status(404), status(401), status(403), status(500),
		} {
			f.Method, f.Resource, f.Nth = "GET", m.resource, nth
			writes, err := w.trial(t, c, m, f)
			got := w.failed(t, err)
			if got.Effect != ztp.EffectUnknown || got.NotFound || len(writes) != 1 || !writes[0].Applied {
				t.Errorf("%s, %s %d: got %s after %d writes", what, f.Do, f.Status, got, len(writes))
			}
		}
	}
}

// Nothing answers at all.
func TestEffect_VendorOutOfReach(t *testing.T) {
	t.Parallel()
	for what, m := range mutations {
		w := newWorld(t, srapssim.Options{})
		c := w.customer(srapssim.DefaultRole)
		gone := httptest.NewServer(nil)
		gone.Close()
		w.url = gone.URL + srapssim.APIPrefix
		w.Vendor = w.adapter(t)
		got := w.failed(t, m.do(t.Context(), w, c))
		if want := (known{ztp.EffectNotSent, ztp.CodeVendorUnreachable}); (known{got.Effect, got.Code}) != want || !got.Temporary {
			t.Errorf("%s: got %s", what, got)
		}
	}
}

// A link to a host that is not allowed is told as what it is, with the setting; no
// call that changes something goes out, and nothing is unknown.
func TestEffect_LinkThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	const host = "sraps.other.example:8443"
	for what, m := range mutations {
		w := newWorld(t, srapssim.Options{LinkHost: host})
		err := m.do(t.Context(), w, w.customer(srapssim.DefaultRole))
		if err == nil || len(w.sim.Mutations()) > 0 {
			t.Errorf("%s: %v, sent %v", what, err, w.sim.Mutations())
			continue
		}
		got := w.failed(t, err)
		if got.Code != ztp.CodeConfigurationMissing || got.Effect != ztp.EffectNotSent ||
			!strings.Contains(got.Detail, host) || !strings.Contains(got.Detail, "ZEROTOUCH_SNOM_LINK_HOSTS") {
			t.Errorf("%s: got %s", what, got)
		}
	}
}

// Other links that are not followed: adding a host would not help, or its name is
// nothing to repeat.
func TestEffect_LinkOfAnotherKind(t *testing.T) {
	t.Parallel()
	for link, want := range map[string]string{
		"https://HOST/x":             "does not begin with http://",
		"http://user:pl4nted@HOST/x": "is no URL",
		"http://pl4nted%C3%BC/x":     "leads to another host",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(rw, `{"links":{"company":%q}}`, strings.ReplaceAll(link, "HOST", r.Host))
		}))
		v, err := snom.New(snom.Config{BaseURL: server.URL + "/api/v1/", AllowPrivate: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.WhoAmI(t.Context(), ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret("0123456789abcdef")})
		server.Close()
		got := ztp.VendorErrorOf(err)
		if got.Code != ztp.CodeVendorUnavailable || !strings.Contains(got.Detail, want) || strings.Contains(err.Error(), "pl4nted") {
			t.Errorf("%s: got %v", link, err)
		}
	}
}

// The table of what an answer means. What is not in it is unknown.
func TestClassify(t *testing.T) {
	t.Parallel()
	notSent, refused, unknown := ztp.EffectNotSent, ztp.EffectRefused, ztp.EffectUnknown
	tests := []struct {
		err         error
		write, read known
	}{
		{&sraps.Error{}, known{notSent, ztp.CodeVendorUnreachable}, known{notSent, ztp.CodeVendorUnreachable}},
		{&sraps.Error{Sent: true}, known{unknown, ztp.CodeOutcomeUnknown}, known{notSent, ztp.CodeVendorUnavailable}},
		{&sraps.Error{Sent: true, Status: 201, Malformed: true}, known{unknown, ztp.CodeVendorUnavailable}, known{notSent, ztp.CodeVendorUnavailable}},
		{&sraps.Error{Malformed: true}, known{notSent, ztp.CodeVendorUnavailable}, known{notSent, ztp.CodeVendorUnavailable}},
		{sent(400, "taken_mac_or_forbidden"), known{refused, ztp.CodeEndpointTaken}, known{refused, ztp.CodeEndpointTaken}},
		{sent(409, "User lacks permission to endpoint"), known{refused, ztp.CodeEndpointTaken}, known{refused, ztp.CodeEndpointTaken}},
		{sent(500, "taken_mac_or_forbidden"), known{unknown, ztp.CodeVendorUnavailable}, known{notSent, ztp.CodeVendorUnavailable}},
		{sent(409, "key quota exceeded"), known{refused, ztp.CodeVendorKeyQuota}, known{refused, ztp.CodeVendorKeyQuota}},
		{sent(404, ""), known{refused, ztp.CodeVendorRejected}, known{refused, ztp.CodeVendorRejected}},
		{sent(410, ""), known{refused, ztp.CodeVendorRejected}, known{refused, ztp.CodeVendorRejected}},
		{sent(413, ""), known{refused, ztp.CodeVendorRejected}, known{refused, ztp.CodeVendorRejected}},
		{sent(415, ""), known{refused, ztp.CodeVendorRejected}, known{refused, ztp.CodeVendorRejected}},
		{sent(425, ""), known{unknown, ztp.CodeVendorUnavailable}, known{notSent, ztp.CodeVendorUnavailable}},
		{sent(304, ""), known{unknown, ztp.CodeVendorUnavailable}, known{notSent, ztp.CodeVendorUnavailable}},
		{sent(599, ""), known{unknown, ztp.CodeVendorUnavailable}, known{notSent, ztp.CodeVendorUnavailable}},
		{sent(999, ""), known{unknown, ztp.CodeVendorUnavailable}, known{notSent, ztp.CodeVendorUnavailable}},
		{errors.New("a surprise"), known{unknown, ztp.CodeInternal}, known{unknown, ztp.CodeInternal}},
		{fmt.Errorf("wrapped: %w", sent(429, "")), known{ztp.EffectLimited, ztp.CodeVendorRateLimited}, known{ztp.EffectLimited, ztp.CodeVendorRateLimited}},
	}
	for _, tt := range tests {
		for mutating, want := range map[bool]known{true: tt.write, false: tt.read} {
			v := known{}
			if got := snom.Classify(tt.err, mutating); got != nil {
				v = known{got.Effect, got.Code}
			}
			if v != want {
				t.Errorf("%v, mutating %v: want %v, got %v", tt.err, mutating, want, v)
			}
		}
	}
	if got := snom.Classify(nil, true); got != nil {
		t.Errorf("no error: got %v", got)
	}
}

// A refusal without a text that can be read tells its status at least.
func TestClassify_RefusalWithoutAReason(t *testing.T) {
	t.Parallel()
	m := mutations["register phone"]
	for _, body := range []string{"<html><h1>Forbidden</h1>", "{}", "null"} {
		for _, status := range []int{400, 403, 404, 405, 409, 413, 415, 422} {
			w := newWorld(t, srapssim.Options{})
			c := w.customer(srapssim.DefaultRole)
			_, err := w.trial(t, c, m, srapssim.Fault{Method: m.method, Resource: m.resource, Do: srapssim.DoStatus, Status: status, Body: body})
			want := fmt.Sprintf("Snom answered %d without a reason.", status)
			if got := w.failed(t, err); got.Code != ztp.CodeVendorRejected || got.Detail != want {
				t.Errorf("%d with %s: got %s", status, body, got)
			}
		}
	}
}

// An answer that nobody expects is an answer all the same.
func TestClassify_StatusOfAnyAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 408, 418, 425, 500, 599} {
		for _, mutating := range []bool{true, false} {
			if got, want := snom.Classify(sent(status, ""), mutating).Detail, fmt.Sprintf("Snom answered %d.", status); got != want {
				t.Errorf("%d: got %q", status, got)
			}
		}
	}
}

func sent(status int, message string) *sraps.Error {
	return &sraps.Error{Op: "PUT x", Status: status, Message: message, Sent: true}
}

// definite are the statuses that prove that nothing was done. A new one needs a
// reason here as well as in the adapter.
var definite = map[int]bool{400: true, 401: true, 403: true, 404: true, 405: true, 409: true, 410: true, 413: true, 415: true, 422: true, 429: true}

func FuzzClassify(f *testing.F) {
	for _, s := range []int{0, 200, 201, 301, 400, 401, 403, 404, 408, 409, 418, 422, 429, 500, 503, 1000, -1} {
		f.Add(s, "message", true, false, int64(0))
	}
	f.Add(400, "taken_mac_or_forbidden", true, false, int64(0))
	f.Add(401, "", true, false, int64(1e12))
	f.Fuzz(func(t *testing.T, status int, message string, sent, malformed bool, skew int64) {
		e := &sraps.Error{Status: status, Message: message, Sent: sent, Malformed: malformed, Skew: time.Duration(skew)}
		w, r := snom.Classify(e, true), snom.Classify(e, false)
		if r.Effect == ztp.EffectUnknown {
			t.Errorf("a read is unknown: %+v", e)
		}
		// The text "taken…" decides under any 4xx.
		listed := definite[status] || status >= 400 && status <= 499 && sraps.IsTaken(e)
		if sent && (malformed || !listed) && w.Effect != ztp.EffectUnknown {
			t.Errorf("%+v is taken for %s", e, w.Effect)
		}
		if sent && !malformed && listed && w.Effect == ztp.EffectUnknown {
			t.Errorf("%+v: a definite refusal became unknown", e)
		}
		if w.Code == "" || w.Code == ztp.CodeInternal || w.Err == nil {
			t.Errorf("%+v: %+v", e, w)
		}
	})
}
