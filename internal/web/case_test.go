package web_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// A refused Connect stands in a row without any key: nothing is said of a stored
// one, and the way on is to paste again.
func TestRefusedConnectInARow(t *testing.T) {
	t.Parallel()
	got := see(t, web.RowInput{Tried: ztp.KindConnect, View: blank(func(v *control.LinkView) {
		v.Error = &ztp.Problem{Code: ztp.CodeVendorKeyRejected, Case: ztp.CasePastedKey, At: now}
	})})
	want := drawn{Status: "Not configured", Line: cannotFind, Buttons: []string{onboardButton, connectButton},
		Messages: []string{"Snom refuses the pasted key"}, Remedies: []string{"Try again… to connect Snom"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Moving a phone to another account ends its address at once: whoever is about to do
// it reads so beside the field. A phone that is added has no address yet.
func TestMovingAPhoneIsExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	b := w.as("ops@example.net")
	for path, want := range map[string]bool{"/platforms/brightwater/phones/000413A27F10": true, "/platforms/brightwater/phones/new": false} {
		doc := b.page(path).doc
		hint := text(one(t, doc, "#f-account-h"))
		if strings.Contains(hint, "tells it its new one, until it is seen there") != want {
			t.Errorf("%s: the hint is %q", path, hint)
		}
		if got := attr(one(t, doc, "#f-account"), "aria-describedby"); !strings.Contains(got, "f-account-h") {
			t.Errorf("%s: the field is described by %q", path, got)
		}
	}
}
