package provision_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// hurt is a store in which something fails.
type hurt struct {
	provision.Store
	save, settings, phone, contacts bool
}

var errDisk = errors.New("disk full")

func (h *hurt) Tx(ctx context.Context, f func(ztp.Store) error) error {
	if h.save {
		return errDisk
	}
	return h.Store.Tx(ctx, f)
}

func (h *hurt) OpenSettings(ctx context.Context, s ...ztp.SettingScope) ([]ztp.ScopeSettings, error) {
	if h.settings {
		return nil, errDisk
	}
	return h.Store.OpenSettings(ctx, s...)
}

func (h *hurt) EndpointByMAC(ctx context.Context, m ztp.MAC) (ztp.Endpoint, error) {
	if h.phone {
		return ztp.Endpoint{}, errDisk
	}
	return h.Store.EndpointByMAC(ctx, m)
}

func (h *hurt) ContactsOfMAC(ctx context.Context, m ztp.MAC) ([]ztp.Contact, error) {
	if h.contacts {
		return nil, errDisk
	}
	return h.Store.ContactsOfMAC(ctx, m)
}

func (h *hurt) PhoneRecord(ctx context.Context, t ztp.Secret, m ztp.MAC) (ztp.PhoneRecord, bool, error) {
	if h.settings && h.phone {
		return ztp.PhoneRecord{}, false, errDisk
	}
	return h.Store.PhoneRecord(ctx, t, m)
}

// A phone that meets an error in its box is gone until its next start, so while something is
// wrong here it is told to come again; when it does, it is served as if nothing had been.
func TestNewPhoneIsNotSentAwayByTrouble(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]hurt{
		"nothing can be written": {save: true}, "its settings are not read": {settings: true},
		"its row is not read": {phone: true}, "its contact is not read": {contacts: true}, "nothing is read": {settings: true, phone: true, contacts: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, phone := ready(t)
			s := &hurt{Store: w.store}
			w.cfg.Store = s
			w.serve()
			nobody := answer(t, w.get("/"))
			*s = hurt{w.store, wrong.save, wrong.settings, wrong.phone, wrong.contacts}
			phone.wants("in trouble", http.StatusOK, "Waiting for settings", false)
			text := body(t, w.get(phone.path))
			if poll := ztp.HoldingPoll(mustMAC(t, mac)); poll < 5*time.Minute || poll > 15*time.Minute || !strings.Contains(text, poll.String()) {
				t.Errorf("it is to come after %v: %s", poll, text)
			}
			for what, path := range map[string]string{"a wrong token": w.ownPath("one", ztp.NewToken(), mac), "no token": w.path("one", mac), "no phone": w.ownPath("one", ztp.NewToken(), "0004130000ff")} {
				if diff := cmp.Diff(nobody, answer(t, w.get(path))); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
			if !strings.Contains(w.log.String(), "disk full") {
				t.Error("the log does not say why")
			}
			if c := w.contact("one"); c.Version != 0 {
				t.Errorf("something was kept: %+v", c)
			}
			w.must(w.handler.Flush(ctx))
			*s = hurt{Store: w.store}
			log, err := w.store.ListFetches(ctx, w.accounts["one"].Platform, mustMAC(t, mac))
			w.must(err)
			if !slices.ContainsFunc(log, func(f ztp.Fetch) bool { return f.Result == ztp.FetchTrouble }) {
				t.Errorf("its log has no trouble: %+v", log)
			}
			phone.wants("later", http.StatusOK, "", true)
		})
	}
}

// One that has settings keeps those: whatever fails, and by whichever of its URLs it comes.
func TestPhoneInServiceIsToldToComeLater(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	first := phone.path
	phone.wants("before", http.StatusOK, "", true)
	s := &hurt{Store: w.store}
	w.cfg.Store = s
	for _, wrong := range []hurt{{settings: true, phone: true}, {settings: true, phone: true, contacts: true}} {
		w.serve()
		*s = hurt{w.store, wrong.save, wrong.settings, wrong.phone, wrong.contacts}
		if r := phone.ask(""); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Errorf("%+v: status %d", wrong, r.StatusCode)
		}
		if r := w.get(first); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%+v, by its first URL: status %d", wrong, r.StatusCode)
		}
		*s = hurt{Store: w.store}
	}
}

// Where nothing can be written, whoever gets the same without that gets it.
func TestTroubleSendsNobodyAwayInVain(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	first := phone.path
	phone.wants("from the box", http.StatusOK, "", true)
	phone.wants("with its password", http.StatusOK, "", true)
	s := &hurt{Store: w.store, save: true}
	w.cfg.Store = s
	w.serve()
	phone.from = "198.51.100.9"
	phone.wants("in service, carried elsewhere", http.StatusOK, "", true)
	reset := *phone
	reset.path, reset.password = first, ""
	reset.wants("reset and carried elsewhere", http.StatusOK, "Waiting for approval", false)
	if c := w.contact("one"); !c.AlarmedAt.IsZero() || len(c.Networks) != 1 {
		t.Errorf("something was kept: %+v", c)
	}
	if !strings.Contains(w.log.String(), "disk full") {
		t.Error("the log does not say why")
	}
}

// One that fetched before contacts were kept, or while an older process was alive, has settings
// and no contact: it keeps those, too.
func TestPhoneThatFetchedBeforeKeepsItsSettings(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	w.must(w.store.TouchEndpoint(ctx, w.accounts["one"].Platform, mustMAC(t, mac), noon.Add(-time.Hour)))
	s := &hurt{Store: w.store}
	w.cfg.Store = s
	for _, wrong := range []hurt{{save: true}, {settings: true}} {
		w.serve()
		*s = hurt{w.store, wrong.save, wrong.settings, wrong.phone, wrong.contacts}
		if r := phone.ask(""); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
			t.Errorf("%+v: status %d: %s", wrong, r.StatusCode, body(t, r))
		}
		*s = hurt{Store: w.store}
	}
	phone.wants("later", http.StatusOK, "", true)
}

// While the database is away, memory says whose token it is and that the phone was never
// served: enough for holding settings, if it is also known which files it reads.
func TestNewPhoneWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w, _, other := settled(t)
	odd := w.phone("two", "000413A11FB0", ztp.EndpointListed)
	e, err := w.store.EndpointByMAC(ctx, odd)
	w.must(err)
	e.Vendor = "unheard-of"
	w.must(w.store.SaveEndpoint(ctx, e))
	oddPath := w.ownPath("two", w.own("two", odd), "000413A11FB0")
	w.handler.Tick(ctx)
	w.away()
	for _, after := range []time.Duration{10 * time.Second, 30 * time.Minute} {
		w.now = noon.Add(after)
		w.handler.Tick(ctx)
		if r := w.get(other); r.StatusCode != http.StatusOK || !strings.Contains(body(t, r), "Waiting for settings") {
			t.Errorf("after %v: status %d", after, r.StatusCode)
		}
		for what, path := range map[string]string{
			"a wrong token": w.ownPath("one", ztp.NewToken(), "000413A11FA8"), "a phone of which no file is made": oddPath,
			"its settled URL": strings.Replace(other, "/000413A11FA8", "/s/000413A11FA8", 1), "no token": w.path("one", "000413A11FA8"),
		} {
			if r := w.get(path); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
				t.Errorf("after %v, %s: status %d", after, what, r.StatusCode)
			}
		}
	}
	w.now = noon.Add(2 * time.Hour)
	w.handler.Tick(ctx)
	if r := w.get(other); r.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("after two hours: status %d", r.StatusCode)
	}
}

func mustMAC(t *testing.T, text string) ztp.MAC {
	t.Helper()
	m, err := ztp.ParseMAC(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
