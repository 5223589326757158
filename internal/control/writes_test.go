package control_test

import (
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// TestVendorWritesOff: nothing that changes a vendor is begun; a check is, and a
// request that was sent before answers as before.
func TestVendorWritesOff(t *testing.T) {
	t.Parallel()
	for _, b := range buttons {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b.begin(w)
			_, err := w.control.SetVendorWrites(t.Context(), viewer, control.WritesRequest{})
			w.wantCode(ztp.CodeNotAllowed, err)
			_, err = w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{Reason: "with\na line"})
			w.wantCode(ztp.CodeInvalid, err)
			off, err := w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{Reason: "an audit"})
			w.must(err)
			if len(off) != 1 || off[0].Reason != ztp.WritesSwitchedOff || off[0].Detail != "an audit" || off[0].By != admin.String() {
				t.Errorf("off: %+v", off)
			}
			_, err = b.press(w, admin, w.p.Slug, "snom", control.Submission{}, false)
			if b.name == "Check" {
				w.must(err)
			} else {
				w.wantCode(ztp.CodeVendorWritesOff, err)
			}
			on, err := w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{On: true})
			w.must(err)
			if len(on) != 0 {
				t.Errorf("on: %+v", on)
			}
			first, err := b.press(w, admin, w.p.Slug, "snom", control.Submission{Key: "k"}, false)
			w.must(err)
			_, err = w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{})
			w.must(err)
			again, err := b.press(w, admin, w.p.Slug, "snom", control.Submission{Key: "k"}, false)
			w.must(err)
			if b.name != "Check" && again.Operation.ID != first.Operation.ID {
				t.Errorf("another operation: %+v", again.Operation)
			}
		})
	}
}
