package snom_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// answers gives a report's answers by name.
func answers(list []snom.Finding) map[string]snom.Answer {
	out := map[string]snom.Answer{}
	for _, f := range list {
		out[f.Name] = f.Answer
	}
	return out
}

// detail of one finding.
func detail(list []snom.Finding, name string) string {
	for _, f := range list {
		if f.Name == name {
			return f.Detail
		}
	}
	return ""
}

// noSecrets searches both forms of a report.
func (w *world) noSecrets(t *testing.T, report interface{ String() string }) {
	t.Helper()
	raw, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range append(w.sim.Secrets(), token, "Acme") {
		if strings.Contains(report.String(), secret) || strings.Contains(string(raw), secret) {
			t.Errorf("the report tells %q", secret)
		}
	}
}

func (w *world) mustProbe(t *testing.T) snom.ProbeReport {
	t.Helper()
	w.customer(srapssim.DefaultRole)
	before := w.sim.State()
	r, err := w.Probe(t.Context(), w.reseller)
	if err != nil {
		t.Fatal(err)
	}
	if calls := w.sim.Mutations(); len(calls) != 0 {
		t.Errorf("a probe only reads, it sent %v", calls)
	}
	if d := cmp.Diff(before, w.sim.State()); d != "" {
		t.Errorf("a probe changed something (-before +after):\n%s", d)
	}
	w.noSecrets(t, r)
	return r
}

func TestProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	r := w.mustProbe(t)
	want := map[string]snom.Answer{
		"key": snom.AnswerYes, "clock": snom.AnswerYes, "server_authorization": snom.AnswerYes,
		"company": snom.AnswerYes, "links": snom.AnswerInfo, "hosts": snom.AnswerYes,
		"companies_list": snom.AnswerYes, "companies_create": snom.AnswerYes,
		"tokens_list": snom.AnswerYes, "tokens_create": snom.AnswerYes,
		"roles_list":                 snom.AnswerYes,
		"provisioning-profiles_list": snom.AnswerYes, "provisioning-profiles_create": snom.AnswerYes,
		"endpoints_list": snom.AnswerYes,
		"role":           snom.AnswerYes, "page_default": snom.AnswerInfo, "page_size": snom.AnswerYes,
		"setting_server": snom.AnswerYes,
	}
	if d := cmp.Diff(want, answers(r.Findings)); d != "" {
		t.Errorf("answers (-want +got):\n%s", d)
	}
	if !r.Usable {
		t.Error("want usable")
	}
	for name, part := range map[string]string{
		"role": srapssim.DefaultRole, "page_default": "20 entries", "page_size": "1000 entries",
		"companies_create": "city, country, name", "setting_server": srapssim.DeskSettingServerID,
		"links": "self /api/v1/companies/{id}",
	} {
		if got := detail(r.Findings, name); !strings.Contains(got, part) {
			t.Errorf("%s: want %q in %q", name, part, got)
		}
	}
}

// What the live service may turn out to be, each with the answers that change.
func TestProbeVariants(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		opts   srapssim.Options
		change func(*snom.Config)
		want   map[string]snom.Answer
		usable bool
	}{
		"no companies by API": {opts: srapssim.Options{CreateCompanies: srapssim.CreateNotAllowed},
			want: map[string]snom.Answer{"companies_list": snom.AnswerYes, "companies_create": snom.AnswerNo}},
		"no collection of companies": {opts: srapssim.Options{CreateCompanies: srapssim.CreateAbsent},
			want: map[string]snom.Answer{"companies_list": snom.AnswerNo, "companies_create": snom.AnswerUnknown}},
		"keys in the portal alone": {opts: srapssim.Options{KeyWrites: srapssim.KeyWritesPortal},
			want: map[string]snom.Answer{"tokens_list": snom.AnswerYes, "tokens_create": snom.AnswerNo}},
		"several roles": {opts: srapssim.Options{Roles: []string{"Administrator", "Support"}},
			want: map[string]snom.Answer{"role": snom.AnswerNo}},
		"several roles, one chosen": {opts: srapssim.Options{Roles: []string{"Administrator", "Support"}},
			change: func(c *snom.Config) { c.Role = "Support" },
			want:   map[string]snom.Answer{"role": snom.AnswerYes}, usable: true},
		"no links of the company": {opts: srapssim.Options{NoCompanyLinks: true},
			want: map[string]snom.Answer{"tokens_list": snom.AnswerYes, "hosts": snom.AnswerYes}, usable: true},
		"short pages": {opts: srapssim.Options{PageSize: 7},
			want: map[string]snom.Answer{"page_size": snom.AnswerYes}, usable: true},
		"unsigned answers": {opts: srapssim.Options{NoServerAuth: true},
			want: map[string]snom.Answer{"server_authorization": snom.AnswerNo}, usable: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.opts)
			if tc.change != nil {
				w.Vendor = w.adapter(t, tc.change)
			}
			r := w.mustProbe(t)
			for question, want := range tc.want {
				if got := answers(r.Findings)[question]; got != want {
					t.Errorf("%s: want %s, got %s (%s)", question, want, got, detail(r.Findings, question))
				}
			}
			if r.Usable != tc.usable {
				t.Errorf("usable: want %v, got %v", tc.usable, r.Usable)
			}
		})
	}
}

// A clock that is a little wrong works and is still told.
func TestProbeTellsSkew(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	w.Vendor = w.adapter(t, func(c *snom.Config) {
		c.Now = func() time.Time { return w.clock.Now().Add(-45 * time.Second) }
	})
	r := w.mustProbe(t)
	if got := answers(r.Findings)["clock"]; got != snom.AnswerNo {
		t.Errorf("clock: want no, got %s", got)
	}
	if got := detail(r.Findings, "clock"); !strings.Contains(got, "45 s ahead") {
		t.Errorf("want 45 s in %q", got)
	}
}

// Without an answer to the first call there is nothing to report.
func TestProbeRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	_, err := w.Probe(t.Context(), ztp.APIKey{ID: w.reseller.ID, Secret: ztp.NewSecret("not the secret")})
	if got := w.failed(t, err); got.Code != ztp.CodeResellerCredentialsRejected {
		t.Errorf("want %s, got %s", ztp.CodeResellerCredentialsRejected, got.Code)
	}
}

// One call that fails costs its own line alone.
func TestProbeGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	w.sim.AddFault(srapssim.Fault{Method: "OPTIONS", Resource: srapssim.ResourceTokens, Do: srapssim.DoLoseAnswer})
	r := w.mustProbe(t)
	if got := answers(r.Findings); got["tokens_create"] != snom.AnswerUnknown || got["setting_server"] != snom.AnswerYes {
		t.Errorf("want tokens_create unknown and the rest answered, got %v", got)
	}
}

// A link that leads to a host that is not allowed is what the report is about, and
// no end of it.
func TestProbeNamesTheHostThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{LinkHost: "sraps.other.example:8443"})
	r := w.mustProbe(t)
	got := answers(r.Findings)
	if got["key"] != snom.AnswerYes || got["hosts"] != snom.AnswerNo || r.Usable {
		t.Errorf("usable %v, got %v", r.Usable, got)
	}
	for _, part := range []string{"sraps.other.example:8443", "ZEROTOUCH_SNOM_LINK_HOSTS"} {
		if text := detail(r.Findings, "hosts"); !strings.Contains(text, part) {
			t.Errorf("want %q in %q", part, text)
		}
	}
	if text := r.String(); !strings.Contains(text, "hosts that the links name") {
		t.Errorf("got %s", text)
	}
}
