package provision_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// admitFrom opens it for who waits from there, a minute later.
func (w *world) admitFrom(account, network string) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	from, err := w.contact(account).Admission(netip.MustParsePrefix(network))
	w.must(err)
	w.must(w.store.SaveContact(context.Background(), w.contact(account).AdmitFrom(from, "ada", w.now), ztp.Secret{}))
}

// A stranger that asks each second is faster than the phone: before it is admitted, between
// the click and the phone's next poll, and after that. He gets nothing more.
func TestStrangerIsFaster(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"the stranger came first": true, "the phone is late": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, phone := ready(t)
			stranger := *phone
			stranger.from = "198.51.100.7"
			if first {
				stranger.wants("the stranger", http.StatusOK, "", true)
			} else {
				w.now = w.now.Add(91 * 24 * time.Hour)
				stranger.wants("the stranger", http.StatusOK, approval, false)
			}
			had := stranger.password
			polls := func() {
				t.Helper()
				for _, path := range []string{w.pathOf("one"), strings.Replace(w.pathOf("one"), "/"+mac, "/s/"+mac, 1)} {
					for range 3 {
						w.now = w.now.Add(20 * time.Second)
						stranger.path, stranger.password = path, ""
						if _, file := stranger.fetch(); file["http_client_pass"] != "" {
							t.Fatalf("he gets a file, and a new password: %v", file["http_client_pass"] != had)
						}
					}
				}
			}
			phone.wants("the phone", http.StatusOK, approval, false)
			if !first {
				polls()
			}
			w.admitFrom("one", "192.0.2.0/24")
			polls()
			phone.wants("the phone, admitted", http.StatusOK, "", true)
			polls()
			phone.wants("the phone after that", http.StatusOK, "", true)
			if stranger.user, stranger.password = phone.user, had; first {
				stranger.wants("his password", http.StatusOK, approval, true)
			}
			if c := w.contact("one"); c.AlarmedAt.IsZero() || len(c.Networks) != 1 || !c.Knows(netip.MustParsePrefix("192.0.2.0/24")) {
				t.Errorf("the phone's row: %+v", c)
			}
		})
	}
}

// otherModel is a maker that writes no settings for the phone, whose model is another.
type otherModel struct{ maker }

func (otherModel) RenderSettings(ztp.PhoneSettings) ([]byte, string, error) {
	return nil, "", ztp.Errorf(ztp.CodeNotRendered, "not for this model")
}

// A phone for which no file came out has proven nothing: its window stays open, it has no
// password, and the next one that is made finds it as it was.
func TestNoFileIsNoSuccess(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		maker  ztp.Vendor
		status int
	}{"a model that is not rendered": {otherModel{}, http.StatusNotFound}, "a render error": {maker{broken: true}, http.StatusServiceUnavailable}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, phone := ready(t)
			w.cfg.Vendors = []ztp.Vendor{tc.maker}
			w.serve()
			phone.wants("without a file", tc.status, "", false)
			if c := w.contact("one"); c.Version != 0 {
				t.Errorf("something is kept: %+v", c)
			}
			w.cfg.Vendors = []ztp.Vendor{maker{}}
			w.serve()
			phone.wants("with one", http.StatusOK, "", true)
		})
	}
}
