package web_test

import (
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
