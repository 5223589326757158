package provision_test

import (
	"context"
	"net/http"
	"testing"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// interrupted is a store in which something happens right before a phone is saved.
type interrupted struct {
	provision.Store
	before func()
}

func (i *interrupted) Tx(ctx context.Context, f func(ztp.Store) error) error {
	if now := i.before; now != nil {
		i.before = nil
		now()
	}
	return i.Store.Tx(ctx, f)
}

// A phone that is released while it is decided what it gets, here or at another replica,
// gets nothing and leaves nothing behind.
func TestReleasedWhileItIsDecided(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, proven := range []bool{false, true} {
		w, phone := ready(t)
		if proven {
			phone.wants("before", http.StatusOK, "", true)
			phone.from = "198.51.100.7" // which is to be saved
		}
		i := &interrupted{Store: w.store}
		w.cfg.Store = i
		w.serve()
		i.before = func() {
			e, err := w.store.EndpointByMAC(ctx, ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7})
			w.must(err)
			e.State = ztp.EndpointReleased
			w.must(w.store.SaveEndpoint(ctx, e))
		}
		if status, file := phone.fetch(); status != http.StatusNotFound {
			t.Errorf("proven before: %v: status %d, a password: %v", proven, status, file["http_client_pass"] != "")
		}
		if k := w.contact("one"); k.Version != 0 {
			t.Errorf("proven before: %v: something is kept of it", proven)
		}
		if i.before != nil {
			t.Error("it was not saved")
		}
	}
}
