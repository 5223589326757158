package provision_test

import (
	"net/http"
	"testing"

	"zerotouch.example/internal/ztp"
)

// fragile is a maker whose file for one name can't be made without a crash.
type fragile struct{ maker }

func (f fragile) RenderSettings(s ztp.PhoneSettings) ([]byte, string, error) {
	if s.Name == "odd" {
		panic("odd")
	}
	return f.maker.RenderSettings(s)
}

// A phone for which the program crashes takes no look-up from others, however often it comes.
func TestCrashGivesItsSlotBack(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	odd := w.phone("one", "000413A11FB0", ztp.EndpointListed)
	path := w.ownPath("one", w.own("one", odd), "000413A11FB0")
	e, err := w.store.EndpointByMAC(ctx, odd)
	w.must(err)
	e.Name = "odd"
	w.must(w.store.SaveEndpoint(ctx, e))
	w.cfg.Vendors = []ztp.Vendor{fragile{}}
	w.serve()
	func() {
		defer func() { _ = recover() }()
		w.get(path)
		t.Error("it did not crash")
	}()
	if held := w.handler.Held(string(w.platforms["acme"].ID)); held != 0 {
		t.Errorf("%d look-ups are held by nobody", held)
	}
	phone.wants("after a crash", http.StatusOK, "", true)
}
