package provision_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// Phones of a platform that is off-boarded are told where to ask from now on, also when
// they are given up and have no token of their own any more. Nobody else learns anything.
func TestPhonesAreSentHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	w.confirm(m, ownTemplate)
	served := func(what, path string, home bool) {
		t.Helper()
		r := w.get(path)
		text := body(t, r)
		if (r.StatusCode == http.StatusOK && strings.Contains(text, "https://home.example")) != home {
			t.Errorf("%s: status %d, %s", what, r.StatusCode, text)
		}
		if strings.Contains(text, device.RevealSecret()) && home {
			t.Errorf("%s: a token is in it", what)
		}
	}
	own := w.ownPath("one", device, mac)
	served("before", own, false)
	w.now = w.now.Add(time.Hour)
	since := w.now
	came := func(n int) {
		t.Helper()
		if got, err := w.store.CountHome(ctx, w.platforms["acme"].ID, since); err != nil || got != n {
			t.Errorf("%d have come home, %v; want %d", got, err, n)
		}
	}
	came(0)
	w.must(w.store.SendPhonesHome(ctx, w.platforms["acme"].ID, w.now))
	served("registered", own, true)
	came(1)
	served("without its own token", w.path("one", mac), false)
	e, err := w.store.EndpointByMAC(ctx, m)
	w.must(err)
	e.State = ztp.EndpointReleased
	w.must(w.store.SaveEndpoint(ctx, e))
	w.now = w.now.Add(time.Hour)
	served("given up", own, true)
	served("of another account", w.ownPath("two", device, mac), false)
	served("never registered", w.ownPath("one", device, "000413000009"), false)
	w.phone("three", mac, ztp.EndpointListed) // the next platform has it
	served("registered elsewhere meanwhile", own, true)
	came(1)
	w.must(w.store.SendPhonesHome(ctx, w.platforms["acme"].ID, time.Time{}))
	served("no longer", own, false)
}
