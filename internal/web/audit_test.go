package web_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// Whatever a day brings, the audit log says it in words, and in sentences: who did
// what, at which vendor.
func TestAuditWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	b.add(p, "000413A27F10")
	b.add(p, strangers)
	phone := "/platforms/brightwater/phones/000413a27f10/"
	for _, path := range []string{
		phone + "pause", phone + "resume", "/platforms/brightwater/ztp/snom/rotate",
		"/platforms/brightwater/ztp/snom/disable", "/platforms/brightwater/ztp/snom/onboard", phone + "release",
	} {
		b.confirmed(path)
		w.work()
	}
	b.post("/platforms/brightwater/ztp/snom/check", url.Values{"op": {ztp.NewID()}})
	w.work()
	other, _, err := w.ctl.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Other"})
	if err != nil {
		t.Fatal(err)
	}
	b.confirmed("/platforms/other/ztp/snom/onboard") // refused
	if err := w.ctl.DeletePlatform(t.Context(), admin, other.Slug); err != nil {
		t.Fatal(err)
	}
	w.as("guest").post("/platforms", url.Values{"name": {"Mine"}}) // not allowed
	b.post("/sign-out", nil)

	words := web.ActionWords()
	seen := map[string]bool{}
	for _, e := range w.events() {
		if seen[e.Action] = true; words[e.Action] == "" {
			t.Errorf("no words for %s", e.Action)
		}
	}
	if len(seen) < 25 {
		t.Errorf("only %d kinds of actions: %v", len(seen), seen)
	}
	page := w.as("ops@example.net").page("/platforms/brightwater")
	activity := text(one(t, page.doc, "#activity"))
	mustContain(t, "activity", activity, "carried out the release of phone 00:04:13:A2:7F:10 at Snom", "ops@example.net asked to release phone 00:04:13:A2:7F:10 at Snom")
	if strings.Contains(activity, ", Snom") {
		t.Errorf("no sentence: %q", activity)
	}
}

// A released phone leaves the list, and can be found among the released ones and
// added again with what is known of it.
func TestReleasedPhoneLeavesTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	if n := len(all(b.page("/platforms/brightwater").doc, "#phones .filters")); n != 0 {
		t.Error("there is nothing to filter yet")
	}
	b.add(p, "000413A27F10")
	if n := len(all(b.page("/platforms/brightwater").doc, "#phones .filters")); n != 1 {
		t.Error("the list can't be filtered")
	}
	b.confirmed("/platforms/brightwater/phones/000413a27f10/release")
	w.work()
	page := b.page("/platforms/brightwater")
	if n := len(all(page.doc, "#phone-list tbody tr")); n != 0 {
		t.Errorf("%d phones in the list", n)
	}
	page = b.page("/platforms/brightwater?state=released")
	if got := texts(page.doc, "#phone-list tbody tr .status"); len(got) != 1 || got[0] != "Released" {
		t.Errorf("released: %q", got)
	}
	again := one(t, b.page("/platforms/brightwater/phones/000413a27f10").doc, "#phone-card .btn")
	form := b.page(attr(again, "href"))
	for id, want := range map[string]string{"#f-mac": "00:04:13:A2:7F:10", "#f-name": "Reception"} {
		if got := attr(one(t, form.doc, id), "value"); got != want {
			t.Errorf("%s: want %q, got %q", id, want, got)
		}
	}
}

// Every action that any code of ours can write into the audit log has words.
func TestEveryActionHasWords(t *testing.T) {
	t.Parallel()
	words := web.ActionWords()
	for _, kind := range []ztp.OperationKind{
		ztp.KindOnboard, ztp.KindConnect, ztp.KindRotate, ztp.KindDisable, ztp.KindAdopt, ztp.KindCheck, ztp.KindRevokeKey, ztp.KindUpdateAddress,
		ztp.KindTidy, ztp.KindPauseForeign, ztp.KindRebuild, ztp.KindRegister, ztp.KindPause, ztp.KindResume, ztp.KindRelease, ztp.KindBulk, ztp.KindOffboard,
	} {
		for _, end := range []string{".done", ".failed"} {
			if words[string(kind)+end] == "" {
				t.Errorf("no words for %s%s", kind, end)
			}
		}
	}
	written := regexp.MustCompile(`(?:\b(?:note|[eE]vent|mayChange|moveCampaign)\([^"\n]*|\bverb :?= |\bAction: )"([a-z_]+\.[a-z_]+)"`)
	found := 0
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range written.FindAllSubmatch(source, -1) {
			if found++; words[string(m[1])] == "" {
				t.Errorf("%s: no words for %s", path, m[1])
			}
		}
		return err
	})
	if err != nil || found < 50 {
		t.Errorf("only %d actions found, %v", found, err)
	}
}
