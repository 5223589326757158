package ztp_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// promised holds every code with its HTTP status, as clients rely on them.
const promised = `
invalid 422, unauthenticated 401, not_allowed 403, not_found 404, method_not_allowed 405, too_large 413,
unsupported_media_type 415, idempotency_mismatch 422, too_many_requests 429, internal 500, form_outdated 409,
operation_running 409, not_onboarded 409, in_use 409, configuration_missing 503, provisioning_token_missing 422,
provisioning_url_unreachable 503, reseller_credentials_missing 503, reseller_credentials_malformed 503,
reseller_credentials_rejected 502, reseller_credentials_other_account 409, secret_store_denied 503,
secret_store_throttled 503, secret_store_unavailable 503, secret_store_not_configured 503, vendor_key_rejected 502,
vendor_company_missing 409, vendor_company_ambiguous 409, vendor_company_taken 409, vendor_company_in_use 409,
vendor_cannot 409, vendor_role_missing 502, vendor_setting_ambiguous 502, vendor_key_quota 409, vendor_writes_off 503,
foreign_key_found 409, vendor_unavailable 502, vendor_unreachable 502, vendor_rejected 502, vendor_rate_limited 503,
outcome_unknown 504, clock_skew 502, sealing_key_mismatch 500, endpoint_taken 409, endpoint_unowned 409, another_copy_running 409, database_restored 409, campaign_running 409, cancelled 409, not_rendered 409,
settings_frozen 409, rollout_open 409, rollout_ended 409, sip_proxy_missing 503, resync_ended 409, database_unavailable 503`

func TestCatalogueStatuses(t *testing.T) {
	t.Parallel()
	var got []string
	for _, e := range ztp.Catalogue {
		got = append(got, fmt.Sprintf("%s %d", e.Code, e.Status))
	}
	var want []string
	for _, s := range strings.Split(promised, ",") {
		want = append(want, strings.TrimSpace(s))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestCatalogueHasEveryCode(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, c := range constants(t, "Code") {
		want = append(want, c.value)
	}
	for _, e := range ztp.Catalogue {
		got = append(got, string(e.Code))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("constants and catalogue, -constants +catalogue:\n%s", diff)
	}
}

func TestCatalogueEntries(t *testing.T) {
	t.Parallel()
	titles := map[string]ztp.Code{}
	for _, e := range ztp.Catalogue {
		if was, twice := titles[e.Title]; twice {
			t.Errorf("%s and %s have the same title", was, e.Code)
		}
		titles[e.Title] = e.Code
		if e.Title == "" || strings.HasSuffix(e.Title, ".") {
			t.Errorf("%s: the title %q is empty or a sentence", e.Code, e.Title)
		}
		for what, text := range map[string]string{"unchanged": e.Unchanged, "remedy": e.Remedy} {
			if !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %s %q is not a sentence", e.Code, what, text)
			}
		}
		filled := e.For("Snom")
		if all := filled.Title + filled.Unchanged + filled.Remedy + filled.Link; strings.ContainsAny(all, "{}") {
			t.Errorf("%s: a place is left: %s", e.Code, all)
		}
		if nameless := e.For(""); strings.Contains(nameless.Remedy, "  ") || strings.ContainsAny(nameless.Remedy, "{}") {
			t.Errorf("%s: without a vendor: %q", e.Code, nameless.Remedy)
		}
		if got := ztp.Lookup(e.Code); got != e {
			t.Errorf("Lookup(%s) gives %s", e.Code, got.Code)
		}
	}
	if got := ztp.Lookup("made_up"); got.Code != ztp.CodeInternal {
		t.Errorf("an unknown code yields %s", got.Code)
	}
}

// TestCases: each has words of its own, and keeps them when it is stored.
func TestCases(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, c := range constants(t, "Case") {
		want = append(want, c.value)
	}
	for _, c := range ztp.Cases {
		got = append(got, string(c.Case))
		code := ztp.Lookup(c.Code)
		kept := ztp.ProblemOf(&ztp.Error{Code: c.Code, Case: c.Case}, time.Now(), "").Err().Entry("Snom")
		if kept.Title == code.For("Snom").Title && kept.Remedy == code.For("Snom").Remedy || kept.Status != code.Status {
			t.Errorf("%s: got %+v", c.Case, kept)
		}
		if all := kept.Title + kept.Unchanged + kept.Remedy; strings.ContainsAny(all, "{}") || strings.HasSuffix(c.Title, ".") ||
			!strings.HasSuffix(c.Unchanged, ".") || !strings.HasSuffix(c.Remedy, ".") {
			t.Errorf("%s: got %q", c.Case, all)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("constants and table, -constants +table:\n%s", diff)
	}
	if got := (&ztp.Error{Code: ztp.CodeNotFound, Case: ztp.CaseForeignSite}).Entry(""); got != ztp.Lookup(ztp.CodeNotFound) {
		t.Errorf("the case of another code: got %+v", got)
	}
}

// TestMissing: whatever was not found has a remedy of its own, and keeps it when it
// is stored.
func TestMissing(t *testing.T) {
	t.Parallel()
	general, seen := ztp.Lookup(ztp.CodeNotFound), map[string]string{}
	for _, m := range ztp.Missing {
		got := ztp.ProblemOf(ztp.NotFound(m.What), time.Now(), "").Err().Entry("")
		if got.Remedy != m.Remedy || got.Link != m.Link || got.Title != general.Title || got.Status != general.Status {
			t.Errorf("%s: got %+v", m.What, got)
		}
		if m.Remedy == general.Remedy || seen[m.Remedy] != "" {
			t.Errorf("%s has the remedy of %q", m.What, seen[m.Remedy])
		}
		seen[m.Remedy] = m.What
	}
	if got := ztp.NotFound("unicorn").Entry(""); got != general {
		t.Errorf("anything else: got %+v", got)
	}
}

// TestMissingNamesAll: what users can look for is in the table.
func TestMissingNamesAll(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, m := range ztp.Missing {
		known[m.What] = true
	}
	call := regexp.MustCompile(`NotFound\("([^"]+)"\)`)
	for _, folder := range []string{"access", "control", "reseller", "restapi", "web", "../cmd/zerotouch"} {
		files, err := filepath.Glob("../" + folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", folder, err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range call.FindAllStringSubmatch(string(text), -1) {
				if !known[m[1]] {
					t.Errorf("%s looks for %q, which is not in the table", name, m[1])
				}
			}
		}
	}
}

func TestAsError(t *testing.T) {
	t.Parallel()
	known := ztp.Invalid("mac", "Correct it.")
	vendor := &ztp.VendorError{Code: ztp.CodeVendorRateLimited, Effect: ztp.EffectLimited, Detail: "slow", RetryAfter: time.Minute}
	for what, c := range map[string]struct {
		err    error
		code   ztp.Code
		detail string
	}{
		"nil":       {nil, "", ""},
		"its own":   {known, ztp.CodeInvalid, "Correct it."},
		"wrapped":   {fmt.Errorf("a: %w", fmt.Errorf("b: %w", known)), ztp.CodeInvalid, "Correct it."},
		"joined":    {errors.Join(errors.New("x"), known), ztp.CodeInvalid, "Correct it."},
		"vendor":    {fmt.Errorf("a: %w", vendor), ztp.CodeVendorRateLimited, "slow"},
		"foreign":   {errors.New("dial tcp 10.0.0.1: secret detail"), ztp.CodeInternal, ""},
		"not found": {ztp.NotFound("platform"), ztp.CodeNotFound, "There is no such platform."},
	} {
		if got := ztp.CodeOf(c.err); got != c.code {
			t.Errorf("%s: want %s, got %s", what, c.code, got)
		}
		if c.err != nil && ztp.AsError(c.err).Detail != c.detail {
			t.Errorf("%s: detail %q", what, ztp.AsError(c.err).Detail)
		}
	}
	if e := ztp.AsError(vendor); e.RetryAfter != time.Minute {
		t.Errorf("RetryAfter of the vendor is lost: %v", e.RetryAfter)
	}
	if e := ztp.AsError(fmt.Errorf("q: %w", context.DeadlineExceeded)); e.Code != ztp.CodeInternal || e.Detail == "" {
		t.Errorf("a deadline gives %s without a word", e.Code)
	}
	if !errors.Is(fmt.Errorf("a: %w", known), &ztp.Error{Code: ztp.CodeInvalid}) || errors.Is(known, &ztp.Error{Code: ztp.CodeInternal}) {
		t.Error("errors.Is does not go by the code")
	}
	if ztp.IsCode(nil, "") || ztp.InvalidFields(nil) != nil {
		t.Error("no error counts as one")
	}
}

func TestProblemOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if ztp.ProblemOf(nil, now, "r") != nil {
		t.Error("no error gives a problem")
	}
	e := &ztp.Error{
		Code: ztp.CodeForeignKeyFound, Detail: "d", RetryAfter: time.Minute, Err: errors.New("for the log alone"),
		Keys: []ztp.VendorKey{{ID: "ck_1"}}, Companies: []ztp.VendorCompany{{ID: "c"}},
	}
	want := &ztp.Problem{
		Code: ztp.CodeForeignKeyFound, Detail: "d", At: now, RequestID: "r", RetryAt: now.Add(time.Minute),
		Keys: e.Keys, Companies: e.Companies,
	}
	got := ztp.ProblemOf(fmt.Errorf("step: %w", e), now, "r")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if back := got.Err(); back.Code != e.Code || back.Detail != e.Detail || len(back.Keys) != 1 || len(back.Companies) != 1 {
		t.Errorf("back as an error: %+v", back)
	}
}
