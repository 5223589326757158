package provision_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// A phone that was moved, and given up where it was moved to before it came there, is
// somebody else's when it is registered again: its URLs of before lead nowhere.
func TestURLOfBeforeAPhoneWasGivenUp(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, came := range []bool{true, false} {
		w, phone := ready(t)
		if came {
			phone.wants("before", http.StatusOK, "", true)
		}
		change := func(account string, to ztp.PlatformID) {
			e, err := w.store.Endpoint(ctx, w.accounts[account].Platform, ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7})
			w.must(err)
			e.State, e.MovedTo = ztp.EndpointReleased, to
			w.must(w.store.SaveEndpoint(ctx, e))
		}
		w.platform("third", "")
		w.account("third", "four")
		change("one", w.accounts["three"].Platform)
		w.own("three", w.phone("three", mac, ztp.EndpointListed))
		change("one", "") // it has arrived
		change("three", "")
		w.own("four", w.phone("four", mac, ztp.EndpointListed))
		if diff := cmp.Diff(answer(t, w.get("/")), answer(t, w.get(phone.path))); diff != "" {
			t.Errorf("in service before: %v: %s", came, diff)
		}
	}
}

// Who has some account's token and a MAC finds out nothing by a former URL's phone: it is
// like one that is not there, and nothing is asked for it.
func TestMovedPhoneIsNotFoundByItsMAC(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w, phone := ready(t)
	phone.wants("before", http.StatusOK, "", true)
	m := ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7}
	e, err := w.store.EndpointByMAC(ctx, m)
	w.must(err)
	e.Account = w.accounts["two"].ID
	w.must(w.store.SaveEndpoint(ctx, e))
	for _, learned := range []string{"by a change", "from the start"} {
		if learned == "from the start" {
			w.serve()
		}
		w.handler.Tick(ctx)
		if status, file := phone.fetch(); status != http.StatusOK || file["http_client_pass"] != "" {
			t.Errorf("%s: by its former URL: status %d", learned, status)
		}
	}
	w.must(w.store.Close())
	for _, path := range []string{
		w.ownPath("one", ztp.NewToken(), mac), w.ownPath("two", ztp.NewToken(), mac), w.ownPath("three", ztp.NewToken(), mac), w.path("three", mac),
		"/p/" + w.tokens["three"].RevealSecret() + "/" + phone.path[len("/p/")+33:],
	} {
		if r := w.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("status %d: something was asked", r.StatusCode)
		}
	}
}
