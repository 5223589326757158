package provision_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// settled is a world with a phone that has its settings and was served from memory, and a
// second one that nobody has asked about.
func settled(t *testing.T) (w *world, h *handset, other string) {
	w, h = ready(t)
	const second = "000413A11FA8"
	m := w.phone("one", second, ztp.EndpointListed)
	other = w.ownPath("one", w.own("one", m), second)
	w.confirm(m, ownTemplate)
	for range 2 {
		h.wants("with the database", http.StatusOK, "", true)
	}
	return w, h, other
}

// ask is the handset's request as it is, with the entity tag of a file that it has.
func (h *handset) ask(tag string) *http.Response {
	req := h.w.request(http.MethodGet, h.path)
	req.SetBasicAuth(h.user, h.password)
	req.Header.Set("If-None-Match", tag)
	h.w.from = h.from
	return h.w.serveTo(req)
}

// Everything that is closed could not be asked: nothing is, of a phone that is known and
// of one that is not there.
func TestKnownAndUnknownPhonesTakeNoQuestion(t *testing.T) {
	t.Parallel()
	w, h, other := settled(t)
	first := h.ask("")
	tag, before := first.Header.Get("ETag"), answer(t, first)
	w.away()
	if diff := cmp.Diff(before, answer(t, h.ask(""))); diff != "" {
		t.Error(diff)
	}
	if r := h.ask(tag); r.StatusCode != http.StatusNotModified {
		t.Errorf("an unchanged file: status %d", r.StatusCode)
	}
	nobody := answer(t, w.get("/"))
	device := strings.Split(h.path, "/")[3]
	for name, path := range map[string]string{
		"unknown MAC":             w.ownPath("one", ztp.NewSecret(device), "0004130000ff"),
		"wrong token":             w.ownPath("one", ztp.NewToken(), mac),
		"no token":                w.path("one", mac),
		"unknown account's token": "/p/" + ztp.NewToken().RevealSecret() + "/" + device + "/" + mac,
		"another account's token": w.ownPath("two", ztp.NewSecret(device), mac),
	} {
		if diff := cmp.Diff(nobody, answer(t, w.get(path))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if r := w.get(strings.Replace(other, "/000413A11FA8", "/s/000413A11FA8", 1)); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Errorf("a phone that nobody has asked about: status %d", r.StatusCode)
	}
}

func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	w, h, other := settled(t)
	before := answer(t, h.ask(""))
	unknown := w.ownPath("one", ztp.NewToken(), "0004130000ff")
	w.away()
	for _, after := range []time.Duration{10 * time.Second, 5 * time.Minute, 59 * time.Minute} {
		w.now = noon.Add(after)
		w.handler.Tick(context.Background())
		h.from = "198.51.100.7" // from elsewhere than ever, which can't be kept now
		if diff := cmp.Diff(before, answer(t, h.ask(""))); diff != "" {
			t.Errorf("after %v: %s", after, diff)
		}
		// Whoever is not known may have come to be, at another replica.
		for _, path := range []string{strings.Replace(other, "/000413A11FA8", "/s/000413A11FA8", 1), unknown, "/p/" + ztp.NewToken().RevealSecret() + "/" + mac} {
			if r := w.get(path); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || body(t, r) != "try again later\n" {
				t.Errorf("after %v, another phone: status %d", after, r.StatusCode)
			}
		}
	}
	w.now = noon.Add(2 * time.Hour)
	w.handler.Tick(context.Background())
	if r := h.ask(""); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after two hours: status %d", r.StatusCode)
	}
}

// unclosed is a store that can be away for a while.
type unclosed struct {
	provision.Store
	err error
}

func (u *unclosed) PhoneFeedEnd(ctx context.Context) (int64, error) {
	if u.err != nil {
		return 0, u.err
	}
	return u.Store.PhoneFeedEnd(ctx)
}

// What was changed meanwhile counts as soon as the database is back, however long it was
// away.
func TestDatabaseBack(t *testing.T) {
	t.Parallel()
	for _, away := range []time.Duration{10 * time.Second, 50 * time.Minute} {
		w, h := ready(t)
		u := &unclosed{Store: w.store}
		w.cfg.Store = u
		w.serve()
		for range 2 {
			h.wants("before", http.StatusOK, "", true)
		}
		u.err = context.DeadlineExceeded
		w.now = noon.Add(away)
		w.handler.Tick(context.Background())
		m := w.contact("one").MAC
		e, err := w.store.EndpointByMAC(context.Background(), m)
		w.must(err)
		e.State = ztp.EndpointReleased
		w.must(w.store.SaveEndpoint(context.Background(), e))
		if r := h.ask(""); r.StatusCode != http.StatusOK {
			t.Errorf("away for %v: status %d", away, r.StatusCode)
		}
		u.err = nil
		for range 2 {
			w.handler.Tick(context.Background())
			if r := h.ask(""); r.StatusCode != http.StatusNotFound {
				t.Errorf("released %v ago: status %d", away, r.StatusCode)
			}
		}
	}
}

// changes are what may become of a phone that is in memory.
var changes = map[string]func(*world, ztp.Endpoint){
	"nothing":  func(*world, ztp.Endpoint) {},
	"released": func(w *world, e ztp.Endpoint) { e.State = ztp.EndpointReleased; w.must(w.store.SaveEndpoint(ctx, e)) },
	"renamed":  func(w *world, e ztp.Endpoint) { e.Name = "Hall"; w.must(w.store.SaveEndpoint(ctx, e)) },
	"its settings": func(w *world, e ztp.Endpoint) {
		w.set(ztp.SettingScope{Platform: e.Platform, MAC: e.MAC}, "language=it")
	},
	"account's settings": func(w *world, e ztp.Endpoint) {
		w.set(ztp.SettingScope{Platform: e.Platform, Account: e.Account}, "language=it")
	},
	"platform's settings":     func(w *world, e ztp.Endpoint) { w.set(ztp.SettingScope{Platform: e.Platform}, "language=it") },
	"installation's settings": func(w *world, _ ztp.Endpoint) { w.set(ztp.SettingScope{}, "admin_password=another") },
	"account changed": func(w *world, e ztp.Endpoint) {
		e.Account = w.accounts["two"].ID
		w.must(w.store.SaveEndpoint(ctx, e))
	},
	"another token": func(w *world, _ ztp.Endpoint) { w.issue("one") },
	"token retired": func(w *world, e ztp.Endpoint) {
		all, err := w.store.AccountTokens(ctx, e.Platform, e.Account)
		w.must(err)
		w.issue("one")
		w.must(w.store.RetireAccountToken(ctx, e.Platform, e.Account, all[0].ID))
	},
	"address of the platform": func(w *world, e ztp.Endpoint) {
		p, err := w.store.Platform(ctx, string(e.Platform))
		w.must(err)
		p.URLTemplate = "https://brand.example/p/{account_token}/{device_token}/{mac}"
		w.must(w.store.UpdatePlatform(ctx, p))
	},
	"another password": func(w *world, e ztp.Endpoint) {
		c, err := w.store.Contact(ctx, e.Platform, e.MAC)
		w.must(err)
		p := ztp.NewToken()
		w.must(w.store.SaveContact(ctx, c.WithPassword(ztp.HashToken(p), w.now), p))
	},
	"admitted": func(w *world, e ztp.Endpoint) {
		c, err := w.store.Contact(ctx, e.Platform, e.MAC)
		w.must(err)
		w.must(w.store.SaveContact(ctx, c.Admit("ada", w.now), ztp.Secret{}))
	},
	"password withdrawn": func(w *world, e ztp.Endpoint) {
		c, err := w.store.Contact(ctx, e.Platform, e.MAC)
		w.must(err)
		c.PasswordHash, c.PreviousHash, c.Networks = "", "", nil
		w.must(w.store.SaveContact(ctx, c, ztp.Secret{}))
	},
	"sent home": func(w *world, e ztp.Endpoint) { w.must(w.store.SendPhonesHome(ctx, e.Platform, w.now)) },
}

var ctx = context.Background()

// Whatever becomes of a phone, it counts at its next fetch: with everything in memory it
// gets what it gets without.
func TestChangesCountAtOnce(t *testing.T) {
	t.Parallel()
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, h, _ := settled(t)
			e, err := w.store.EndpointByMAC(ctx, w.contact("one").MAC)
			w.must(err)
			change(w, e)
			// By HEAD, which changes nothing: its entity tag is the file's.
			head := func(of http.Handler) string {
				req := w.request(http.MethodHead, h.path)
				req.SetBasicAuth(h.user, h.password)
				r := httptest.NewRecorder()
				of.ServeHTTP(r, req)
				return r.Result().Status + " " + r.Header().Get("ETag")
			}
			want := head(w.unlearned())
			for range 2 {
				if got := head(w.handler); got != want {
					t.Errorf("want %s, got %s", want, got)
				}
			}
		})
	}
}

// What another replica changes counts within a second, which is when changes are asked
// for: a released phone is served no longer, and a new one is not sent away any longer.
func TestAnotherReplica(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	there := storetest.Open(t, w.file, storetest.Options{}) // another process
	m := w.phone("one", mac, ztp.EndpointListed)
	h := w.handset("one", w.own("one", m), mac)
	w.confirm(m, ownTemplate)
	for range 2 {
		h.wants("here", http.StatusOK, "", true)
	}
	e, err := there.EndpointByMAC(ctx, m)
	w.must(err)
	e.State = ztp.EndpointReleased
	w.must(there.SaveEndpoint(ctx, e))
	fresh := ztp.Endpoint{Platform: e.Platform, Vendor: "snom", MAC: ztp.MAC{0, 4, 0x13, 0, 0, 9}, Account: w.accounts["one"].ID, State: ztp.EndpointListed, CreatedAt: noon, UpdatedAt: noon}
	w.must(there.SaveEndpoint(ctx, fresh))
	device := ztp.NewToken()
	w.must(there.SetDeviceTokens(ctx, e.Platform, map[ztp.MAC]ztp.Secret{fresh.MAC: device}))
	path := w.ownPath("one", device, "000413000009")
	got := []int{h.ask("").StatusCode, w.get(path).StatusCode}
	w.handler.Tick(ctx)
	got = append(got, h.ask("").StatusCode, w.get(path).StatusCode)
	if want := []int{200, 404, 404, 200}; !slices.Equal(got, want) {
		t.Errorf("want %v, got %v", want, got)
	}
}

// One phone's requests at once share what is known of it, and none writes into that.
func TestOnePhoneFromMemoryAtOnce(t *testing.T) {
	t.Parallel()
	w, h, _ := settled(t)
	before := answer(t, h.ask(""))
	var all sync.WaitGroup
	for range 8 {
		req := w.request(http.MethodGet, h.path)
		req.SetBasicAuth(h.user, h.password)
		all.Go(func() {
			if diff := cmp.Diff(before, answer(t, w.serveTo(req))); diff != "" {
				t.Error(diff)
			}
		})
	}
	all.Wait()
}
