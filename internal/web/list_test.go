package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// The list begins with what needs somebody, and sorts and filters by address alone.
func TestPlatformList(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	b := w.as("ops@example.net")
	names := func(query string) []string {
		t.Helper()
		return texts(b.page("/platforms"+query).doc, "#list tbody .who a")
	}
	for query, want := range map[string][]string{
		"":                       {"Alpenruf", "Canal Street", "Granite", "Brightwater", "Empty", "Fjordtale"},
		"?sort=name":             {"Alpenruf", "Brightwater", "Canal Street", "Empty", "Fjordtale", "Granite"},
		"?sort=-name":            {"Granite", "Fjordtale", "Empty", "Canal Street", "Brightwater", "Alpenruf"},
		"?sort=-phones&q=e":      {"Brightwater", "Alpenruf", "Canal Street", "Empty", "Fjordtale", "Granite"},
		"?status=attention":      {"Alpenruf", "Canal Street", "Granite"},
		"?status=configured":     {"Brightwater"},
		"?status=in-flight":      {"Fjordtale"},
		"?status=not-configured": {"Empty"},
		"?q=CANAL":               {"Canal Street"},
		"?q=nothing+like+it":     nil,
		"?page=99":               {"Alpenruf", "Canal Street", "Granite", "Brightwater", "Empty", "Fjordtale"},
		"?page=-1&sort=evil":     {"Alpenruf", "Canal Street", "Granite", "Brightwater", "Empty", "Fjordtale"},
	} {
		if got := names(query); !slices.Equal(got, want) {
			t.Errorf("%q: want %q, got %q", query, want, got)
		}
	}
	view, err := w.ctl.PlatformView(t.Context(), admin, "alpenruf")
	if err != nil {
		t.Fatal(err)
	}
	if got := names("?q=" + view.Links[0].CompanyID); !slices.Equal(got, []string{"Alpenruf"}) {
		t.Errorf("by company id: %q", got)
	}
	page := b.page("/platforms?sort=-phones")
	if got := attr(one(t, page.doc, "th.num[aria-sort]"), "aria-sort"); got != "descending" {
		t.Errorf("aria-sort: %q", got)
	}
	if got := text(one(t, b.page("/platforms").doc, ".lede")); got != "6 platforms. 3 need attention, 1 is set up for Zero Touch, 2 are not." {
		t.Errorf("summary: %q", got)
	}
	if got := text(one(t, page.doc, "#nav-count")); got != "3 need attention" {
		t.Errorf("count in the navigation: %q", got)
	}
}

// The count in the navigation is that of this moment on every page, whoever made
// the change.
func TestAttentionIsCountedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	counts := func(want string) {
		t.Helper()
		for _, path := range []string{"/platforms", "/platforms/brightwater", "/audit", "/nowhere"} {
			if got := text(one(t, b.get(path).doc, "#nav-count")); got != want {
				t.Errorf("%s: want %q, got %q", path, want, got)
			}
		}
	}
	counts("0 need attention")
	l, err := w.store.Link(t.Context(), p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	l.State = ztp.LinkNeedsAttention
	if err := w.store.SaveLink(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	counts("1 need attention")
}

func TestPlatformPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 60 {
		if _, _, err := w.ctl.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: fmt.Sprintf("Tenant %02d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	b := w.as("ops@example.net")
	seen, path := map[string]bool{}, "/platforms"
	for range 3 {
		page := b.page(path)
		for _, n := range texts(page.doc, "#list tbody .who a") {
			seen[n] = true
		}
		path = ""
		for _, a := range all(page.doc, "#list nav a") {
			if text(a) == "Next" {
				path = attr(a, "href")
			}
		}
	}
	if len(seen) != 60 || path != "" {
		t.Errorf("three pages showed %d of 60, then %q", len(seen), path)
	}
}

// Phones are listed page by page, and found by text, state and account.
func TestPhoneList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phones(p, 29)
	w.phone(p, "00041350001D")
	mac, _ := ztp.ParseMAC("00041350001D")
	if _, err := w.ctl.PauseEndpoint(t.Context(), admin, p.Slug, mac, control.Submission{}); err != nil {
		t.Fatal(err)
	}
	w.work()
	b := w.as("ops@example.net")
	page := b.page("/platforms/brightwater")
	if got := len(all(page.doc, "#phone-list tbody tr")); got != 25 {
		t.Errorf("first page: %d", got)
	}
	next := all(page.doc, "#phone-list nav a")
	if len(next) != 1 {
		t.Fatalf("%d links to further pages", len(next))
	}
	to, _, _ := strings.Cut(attr(next[0], "href"), "#")
	if got := len(all(b.page(to).doc, "#phone-list tbody tr")); got != 5 {
		t.Errorf("second page: %d", got)
	}
	e, err := w.store.Endpoint(t.Context(), p.ID, mac)
	if e.Model = "D785"; err != nil || w.store.SaveEndpoint(t.Context(), e) != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{"?model=D785": 1, "?model=D785&state=listed": 0, "?model=D7": 0, "?state=paused": 1, "?q=00:04:13:50:00:1D": 1, "?account=brightwater-hq&q=500010": 1, "?q=nobody": 0} {
		if got := len(all(b.page("/platforms/brightwater"+query).doc, "#phone-list tbody tr")); got != want {
			t.Errorf("%s: want %d, got %d", query, want, got)
		}
	}
}

func TestAuditLog(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	b := w.as("ops@example.net")
	count := func(query string) int { return len(all(b.page("/audit"+query).doc, "#list tbody tr")) }
	if got := count(""); got != 50 {
		t.Errorf("first page: %d", got)
	}
	seen, path := 0, "/audit"
	for path != "" {
		page := b.page(path)
		seen += len(all(page.doc, "#list tbody tr"))
		path = ""
		for _, a := range all(page.doc, "#list nav a") {
			if text(a) == "Next page" {
				path = attr(a, "href")
			}
		}
	}
	if want := len(w.events()); seen != want {
		t.Errorf("all pages: want %d, got %d", want, seen)
	}
	if got := count("?platform=empty"); got != 1 {
		t.Errorf("of one platform: %d", got)
	}
	if got := count("?platform=gone"); got != 0 {
		t.Errorf("of no platform: %d", got)
	}
	if got := count("?action=platform.created"); got != 6 {
		t.Errorf("of one action: %d", got)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	w.reseller.refuse(ztp.Errorf(ztp.CodeResellerCredentialsMissing, "There is no SSM parameter /zerotouch/test/snom/reseller."))
	page := w.as("guest").page("/health")
	if got := text(one(t, page.doc, "#snom-creds .row-name .status")); got != "Missing" {
		t.Errorf("reseller credentials: %q", got)
	}
	if got := texts(page.doc, "#snom-links .links a"); !slices.Equal(got, []string{"Alpenruf", "Canal Street", "Granite"}) {
		t.Errorf("platforms: %q", got)
	}
	if got := text(one(t, page.doc, "#replicas")); !strings.Contains(got, "1 running") || !strings.Contains(got, "last seen 23 Nov 2026") {
		t.Errorf("replicas: %q", got)
	}
	if got := text(one(t, page.doc, "#rotation .row-name .status")); got != "Off" {
		t.Errorf("rotation policy: %q", got)
	}
	if got := text(one(t, page.doc, "main h2.h")); got != "2 of 18 checks need attention" {
		t.Errorf("summary: %q", got)
	}
}

// Somebody who searches for phones is seen on Health for a day.
func TestHealth_Scans(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fatal(t, w.store.AppendEvent(t.Context(), ztp.Event{At: w.clock.now(), Actor: ztp.System("phones").String(), Address: "198.51.100.7", Action: ztp.EventScanned,
		Target: ztp.ScanTarget, Outcome: ztp.OutcomeRefused, Detail: "asks <b>for</b> phones"}))
	guest := w.as("guest")
	check := one(t, guest.page("/health").doc, "#scans")
	mustContain(t, "an alarm", text(check), "1 alarm", "198.51.100.7", "asks <b>for</b> phones", "Nothing was given out")
	if got := attr(one(t, check, "a"), "href"); got != "/audit?action=phones.scanned" || !strings.Contains(text(one(t, guest.page(got).doc, "main table")), "198.51.100.7") {
		t.Errorf("leads to %s", got)
	}
	mustContain(t, "whose doing it was", text(one(t, guest.page("/audit?action=phones.scanned").doc, "main table")), "noticed, in requests for many phones that are not there, a scan")
	w.clock.advance(25 * time.Hour)
	mustContain(t, "a day later", text(one(t, w.as("guest").page("/health").doc, "#scans")), "None")
}

// What a confirmation says comes from the vendor's words and the link's facts.
func TestEffects(t *testing.T) {
	t.Parallel()
	pre := control.Preflight{ProvisioningURL: "https://prov.example.net/p/{account_token}/{mac}", CompanyName: "Brightwater Voice [zt:test:…]", EarlierURLs: 12}
	view := configured(func(v *control.LinkView) { v.Counts.Paused = 3 })
	for kind, want := range map[ztp.OperationKind][]string{
		ztp.KindOnboard:       {"Take up company " + company, "https://prov.example.net/p/…/{mac}", "3 of them", "nothing is sent"},
		ztp.KindConnect:       {"wiped again if Snom refuses it", "The reseller's own key is refused"},
		ztp.KindAdopt:         {"as this platform's own"},
		ztp.KindRotate:        {"the 489 phone registrations", "Current key: set 22 Nov 2026, 06:41", "Last used 23 Nov 2026, 05:41"},
		ztp.KindDisable:       {"486 phones", "keep working until their next factory reset", "give up the MACs"},
		ztp.KindRevokeKey:     {"Touch the key in force here"},
		ztp.KindUpdateAddress: {"489 phones", "Tell 12 phones the new URL at the next fetch", "Stop serving the earlier address"},
	} {
		body, err := web.DrawConfirm(kind, info, view, pre, now)
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, body)
		if len(all(doc, ".will li")) < 3 {
			t.Errorf("%s: says too little", kind)
		}
		for _, w := range want {
			if got := text(doc); !strings.Contains(got, w) {
				t.Errorf("%s: %q is not in %q", kind, w, got)
			}
		}
	}
	view.Counts = ztp.EndpointCounts{} // without phones, nothing is said of them
	for kind, without := range map[ztp.OperationKind]string{ztp.KindRotate: "registration", ztp.KindDisable: "those phones"} {
		body, err := web.DrawConfirm(kind, info, view, pre, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := text(parse(t, body)); strings.Contains(got, without) || strings.Contains(got, "0 phone") {
			t.Errorf("%s without a phone: %q", kind, got)
		}
	}
	body, err := web.DrawForceDisable(info, view, now)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text(parse(t, body)), "Revoke the key at Snom for certain") {
		t.Error("a forced Disable promises a revocation")
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		30 * time.Second: "just now", 90 * time.Second: "1 minute ago", 59 * time.Minute: "59 minutes ago", time.Hour: "1 hour ago",
		47 * time.Hour: "47 hours ago", 48 * time.Hour: "2 days ago", -2 * time.Minute: "in 2 minutes",
	} {
		if got := web.Ago(now.Add(-d), now); got != want {
			t.Errorf("%s: want %q, got %q", d, want, got)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := web.Thousands(n); got != want {
			t.Errorf("%d: want %q, got %q", n, want, got)
		}
	}
	for in, want := range map[string]string{
		"a `b/c` d": "a <code>b/<wbr>c</code> d", "one ` alone": "one ` alone", "<b>`<i>`": "&lt;b&gt;<code>&lt;i&gt;</code>", "": "",
	} {
		if got := string(web.Rich(in)); got != want {
			t.Errorf("%q: want %q, got %q", in, want, got)
		}
	}
	if a, b := web.PairClass("p1"), web.PairClass("p1"); a != b || !strings.HasPrefix(a, "wire-a") {
		t.Errorf("colour code: %q, %q", a, b)
	}
}

// A configured platform that needs somebody is counted as that alone, on every page.
func TestCountsOfPlatformsAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Alpenruf")
	p := w.onboarded("Brightwater")
	l, err := w.store.Link(t.Context(), p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	l.Error = &ztp.Problem{Code: ztp.CodeForeignKeyFound, At: w.clock.now()}
	if err := w.store.SaveLink(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	b := w.as("ops@example.net")
	if got := text(one(t, b.page("/health").doc, "#snom-links")); !strings.Contains(got, "1 configured, 0 in flight, 1 needing attention") {
		t.Errorf("Health: %q", got)
	}
	facts := text(one(t, b.page("/vendors").doc, "main"))
	if !strings.Contains(facts, "Platforms configured 1") || !strings.Contains(facts, "Needing attention 1") {
		t.Errorf("Vendors: %q", facts)
	}
}
