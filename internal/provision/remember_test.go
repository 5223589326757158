package provision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// inService is a world with phones that have their settings, the first one with those of
// every layer, and a process that has just started.
func inService(t *testing.T, phones int) (w *world, all []*handset) {
	t.Helper()
	w = newWorld(t)
	for i := range phones {
		text := fmt.Sprintf("0004130000%02X", i+1)
		m := w.phone("one", text, ztp.EndpointListed)
		h := w.handset("one", w.own("one", m), text)
		w.confirm(m, ownTemplate)
		status, file := h.fetch()
		if status != http.StatusOK {
			t.Fatal(status)
		}
		h.user, h.password = file["http_client_user"], file["http_client_pass"]
		h.path = w.settledOf(h.path, text)
		if status, _ := h.fetch(); status != http.StatusOK {
			t.Fatal(status)
		}
		all = append(all, h)
		w.now = w.now.Add(24 * time.Hour)
	}
	w.must(w.handler.Flush(ctx))
	e, err := w.store.EndpointByMAC(ctx, mustMAC(t, "000413000001"))
	w.must(err)
	w.set(ztp.SettingScope{}, "admin_password=secret")
	w.set(ztp.SettingScope{Platform: e.Platform}, "language=it")
	w.set(ztp.SettingScope{Platform: e.Platform, Account: e.Account}, "language=de")
	w.set(ztp.SettingScope{Platform: e.Platform, MAC: e.MAC}, "language=fr")
	w.serve()
	return w, all
}

func (w *world) settledOf(path, mac string) string {
	return path[:len(path)-len(mac)] + "s/" + mac
}

func (w *world) remembers() int {
	n, _, _ := w.handler.Remembered()
	return n
}

// A process that has just started reads who is in service before anybody asks: with the
// database away from then on, everybody gets what they would have got with it.
func TestPhonesInServiceAfterAStartAreServedWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	w, all := inService(t, 4)
	never := w.phone("one", "0004130000F0", ztp.EndpointListed)
	w.own("one", never)
	// The last one has not come since its account has another token.
	w.must(w.store.IssueToken(ctx, w.accounts["one"].Platform, w.accounts["one"].ID, ztp.NewID(), ztp.NewToken(), w.now))
	w.handler = w.unlearned() // which asks for each thing by itself
	var before [][]any
	for _, h := range all {
		before = append(before, answer(t, h.ask("")))
	}
	c := &counting{Store: w.store}
	w.cfg.Store = c
	w.serve()
	if !w.handler.RememberAll(ctx) || w.remembers() != len(all) {
		t.Errorf("%d phones are remembered", w.remembers())
	}
	c.asked = nil
	for _, h := range all {
		h.ask("")
	}
	if len(c.asked) > 0 {
		t.Errorf("asked for %v", c.asked)
	}
	w.away()
	w.now = w.now.Add(10 * time.Second)
	w.handler.Tick(ctx)
	for i, h := range all {
		if diff := cmp.Diff(before[i], answer(t, h.ask(""))); diff != "" {
			t.Errorf("phone %d: %s", i, diff)
		}
		if r := h.ask(before[i][1].(http.Header).Get("ETag")); r.StatusCode != http.StatusNotModified {
			t.Errorf("phone %d, unchanged: status %d", i, r.StatusCode)
		}
		if r := w.get(h.path); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("phone %d, without its password: status %d", i, r.StatusCode)
		}
	}
}

// Whatever becomes of a phone that was read before it asks counts as if it had not been, and
// also when it changes while it is read.
func TestChangesOfPhonesThatWereReadBefore(t *testing.T) {
	t.Parallel()
	for name, change := range changes {
		for _, meanwhile := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", meanwhile), func(t *testing.T) {
				t.Parallel()
				w, h, _ := settled(t)
				w.must(w.handler.Flush(ctx))
				e, err := w.store.EndpointByMAC(ctx, w.contact("one").MAC)
				w.must(err)
				s := &changing{Store: w.store, change: func() { change(w, e) }}
				if meanwhile {
					w.cfg.Store = s
				}
				w.serve()
				w.handler.RememberAll(ctx)
				if !meanwhile {
					s.change()
				}
				head := func(of http.Handler) string {
					req := w.request(http.MethodHead, h.path)
					req.SetBasicAuth(h.user, h.password)
					r := httptest.NewRecorder()
					of.ServeHTTP(r, req)
					return r.Result().Status + " " + r.Header().Get("ETag")
				}
				if want, got := head(w.unlearned()), head(w.handler); got != want {
					t.Errorf("want %s, got %s", want, got)
				}
			})
		}
	}
}

// changing is a store in which something changes right after phones were read.
type changing struct {
	provision.Store
	change func()
}

func (c *changing) PhonesInService(ctx context.Context, macs []ztp.MAC) ([]ztp.PhoneInService, error) {
	all, err := c.Store.PhonesInService(ctx, macs)
	c.change()
	return all, err
}

// As many are read as there is room for, those first that were served last, and nobody
// gives way to them.
func TestPhonesAreReadWhileThereIsRoom(t *testing.T) {
	t.Parallel()
	w, all := inService(t, 6)
	w.handler.Bound(9000)
	all[0].ask("")
	w.handler.RememberAll(ctx)
	if n := w.remembers(); n < 2 || n > 4 {
		t.Fatalf("%d phones in 9000 bytes", n)
	}
	w.away()
	for i, want := range map[int]int{0: http.StatusOK, 5: http.StatusOK, 1: http.StatusServiceUnavailable} {
		if r := all[i].ask(""); r.StatusCode != want {
			t.Errorf("phone %d: status %d", i, r.StatusCode)
		}
	}
}

// Phones that ask come first, and it is looked again after a change above many.
func TestReadingGivesWay(t *testing.T) {
	t.Parallel()
	w, _ := inService(t, 2)
	waited, freed := 0, 0
	w.cfg.Wait = func(context.Context, time.Duration) {
		if waited++; freed < 20 && w.remembers() == 0 {
			w.handler.Give(fmt.Sprint(freed))
			freed++
		}
	}
	w.serve()
	for i := range 20 {
		w.must(w.handler.Take(ctx, fmt.Sprint(i)))
	}
	w.handler.RememberAll(ctx)
	if waited < 10 || w.remembers() != 2 {
		t.Errorf("waited %d times, %d remembered", waited, w.remembers())
	}
	if w.handler.RememberAll(ctx) {
		t.Error("it is looked again without a change")
	}
	w.set(ztp.SettingScope{}, "admin_password=another")
	w.handler.Tick(ctx)
	if !w.handler.RememberAll(ctx) || w.remembers() != 2 {
		t.Errorf("%d remembered after a change of all", w.remembers())
	}
}

// A phone that was installed, or changed by itself, is read before it asks within a minute.
func TestPhoneThatChangesIsReadAgain(t *testing.T) {
	t.Parallel()
	w, all := inService(t, 2)
	w.handler.RememberAll(ctx)
	e, err := w.store.EndpointByMAC(ctx, mustMAC(t, "000413000002"))
	w.must(err)
	w.set(ztp.SettingScope{Platform: e.Platform, MAC: e.MAC}, "phone_name=Reception")
	w.handler.Tick(ctx)
	if w.handler.RememberAll(ctx) {
		t.Error("all phones are gone through for one")
	}
	w.now = w.now.Add(time.Minute)
	w.handler.Tick(ctx)
	if !w.handler.RememberAll(ctx) {
		t.Error("it is not read")
	}
	w.away()
	if r := all[1].ask(""); r.StatusCode != http.StatusOK {
		t.Errorf("without the database: status %d", r.StatusCode)
	}
}

// illegible is a store in which some phones can't be read, with whoever is read with them.
type illegible struct {
	provision.Store
	macs []ztp.MAC
}

func (i illegible) PhonesInService(ctx context.Context, macs []ztp.MAC) ([]ztp.PhoneInService, error) {
	if slices.ContainsFunc(macs, func(m ztp.MAC) bool { return slices.Contains(i.macs, m) }) {
		return nil, errDisk
	}
	return i.Store.PhonesInService(ctx, macs)
}

// A phone whose row can't be read keeps no others from being read; when none can be read, it is
// tried again later.
func TestPhoneThatCannotBeReadIsLeftOut(t *testing.T) {
	t.Parallel()
	w, all := inService(t, 14)
	store := w.cfg.Store
	var macs []ztp.MAC
	for i := range all {
		macs = append(macs, mustMAC(t, fmt.Sprintf("0004130000%02X", i+1)))
	}
	for _, test := range []struct{ bad, read int }{{1, 13}, {14, 0}} {
		w.cfg.Store = illegible{store, macs[:test.bad]}
		w.serve()
		w.handler.RememberAll(ctx)
		if n := w.remembers(); n != test.read {
			t.Errorf("%d can't be read, %d are remembered", test.bad, n)
		}
		if again := w.handler.RememberAll(ctx); again != (test.read == 0) {
			t.Errorf("%d can't be read; it is tried again: %v", test.bad, again)
		}
	}
}
