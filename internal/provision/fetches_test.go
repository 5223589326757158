package provision_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// seen are results and reasons in the log of fetches, the earliest first.
func (w *world) seen(m ztp.MAC) (all []string) {
	w.t.Helper()
	w.must(w.handler.Flush(w.t.Context()))
	list, err := w.store.ListFetches(w.t.Context(), w.platforms["acme"].ID, m)
	w.must(err)
	for _, f := range list {
		line := strings.TrimSpace(string(f.Result) + " " + f.Reason)
		if f.Times > 1 {
			line += fmt.Sprint(" ", f.Times)
		}
		all = append([]string{line}, all...)
		if f.Address.String() != w.from || f.Agent != "snomD785" || f.Bytes > 0 && f.Result != ztp.FetchSettings && f.Result != ztp.FetchHolding || f.Bytes == 0 && f.Result == ztp.FetchSettings {
			w.t.Errorf("%s: from %s, %q, %d bytes", line, f.Address, f.Agent, f.Bytes)
		}
	}
	return all
}

// Whatever becomes of a request, the log of the phone has it, and no token.
func TestFetchesAreLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	w.confirm(m, ownTemplate)
	agent := []string{"User-Agent", "snom\x00D785"}
	own := w.ownPath("one", device, mac)
	ask := func(path string, header ...string) *http.Response {
		w.now = w.now.Add(time.Second)
		return w.do(http.MethodGet, path, append(header, agent...)...)
	}
	w.plain = true
	held := ask(own).Header.Get("ETag")
	ask(own, "If-None-Match", held)
	w.plain = false
	tag := ask(own).Header.Get("ETag")
	ask(own, "If-None-Match", tag)
	w.now = w.now.Add(ztp.LongWindow)
	ask(w.settledPath("one", device, mac))
	ask("/p/" + ztp.NewToken().RevealSecret() + "/" + mac)
	ask("/p/" + ztp.NewToken().RevealSecret() + "/" + mac)
	ask(w.ownPath("two", device, mac))
	ask(w.path("one", mac))
	ask(w.ownPath("one", ztp.NewToken(), mac))
	w.cfg.Vendors = []ztp.Vendor{maker{broken: true}}
	want := []string{"holding plain_http", "holding plain_http", "settings", "unchanged", "challenge", "refused unknown_token 2", "refused other_account", "refused no_device_token", "refused wrong_device_token"}
	if diff := cmp.Diff(want, w.seen(m)); diff != "" {
		t.Error(diff)
	}
	w.serve()
	ask(own)
	if diff := cmp.Diff(append(want, "trouble"), w.seen(m)); diff != "" {
		t.Error(diff)
	}
}

// A scan of phones that are not there takes no place from one that is, which has a row for
// each reason; and what could not be written is written later.
func TestScansLeaveNoLog(t *testing.T) {
	t.Parallel()
	w, _ := ready(t)
	m, err := ztp.ParseMAC(mac)
	w.must(err)
	store := &forgetful{Store: w.store, down: true}
	w.cfg.Store = store
	w.serve()
	for i := range 2000 {
		w.from = fmt.Sprintf("192.0.2.%d", i%200)
		w.do(http.MethodGet, fmt.Sprintf("/p/%s/0004130%05x", ztp.NewToken().RevealSecret(), i), "User-Agent", "snomD785")
	}
	w.from = "192.0.2.250"
	for range 2 {
		w.do(http.MethodGet, "/p/"+ztp.NewToken().RevealSecret()+"/"+mac, "User-Agent", "snomD785")
	}
	if err := w.handler.Flush(t.Context()); err == nil {
		t.Fatal("nothing was wrong")
	}
	store.down = false
	if diff := cmp.Diff([]string{"refused unknown_token 2"}, w.seen(m)); diff != "" {
		t.Error(diff)
	}
}

// A phone that asks all day takes no place from others, and each of its fetches is counted.
func TestOnePhoneDoesNotFillTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	busy, other := w.phone("one", mac, ztp.EndpointListed), w.phone("one", "000413000002", ztp.EndpointListed)
	const often = 20_050 // more than are noted of all phones
	for range often {
		w.do(http.MethodGet, w.path("one", mac), "User-Agent", "snomD785")
		w.now = w.now.Add(time.Millisecond)
	}
	w.do(http.MethodGet, w.path("one", "000413000002"), "User-Agent", "snomD785")
	w.must(w.handler.Flush(t.Context()))
	for m, want := range map[ztp.MAC]int{busy: ztp.MaxFetches, other: 1} {
		list, err := w.store.ListFetches(t.Context(), w.platforms["acme"].ID, m)
		w.must(err)
		if len(list) != want {
			t.Errorf("of %s there are %d, want %d", m, len(list), want)
		}
	}
	traffic, err := w.store.ListTraffic(t.Context(), w.platforms["acme"].ID, w.now.Add(-time.Hour))
	w.must(err)
	n := 0
	for _, c := range traffic {
		n += c.N
	}
	if n != often+1 {
		t.Errorf("%d fetches are counted, want %d", n, often+1)
	}
}

// What could not be written is older than what has come meanwhile: the first time stays the
// first one, and the last the last.
func TestFetchesThatComeWhileOthersAreWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	refused := func() { w.do(http.MethodGet, w.ownPath("one", ztp.NewToken(), mac), "User-Agent", "snomD785") }
	store := &meanwhile{Store: w.store, comes: func() {
		w.now = w.now.Add(time.Minute)
		refused()
	}}
	w.cfg.Store = store
	w.serve()
	first := w.now
	refused()
	if err := w.handler.Flush(t.Context()); err == nil {
		t.Fatal("nothing was wrong")
	}
	if diff := cmp.Diff([]string{"refused wrong_device_token 2"}, w.seen(m)); diff != "" {
		t.Error(diff)
	}
	list, err := w.store.ListFetches(t.Context(), w.platforms["acme"].ID, m)
	w.must(err)
	if !list[0].FirstAt.Equal(first) || !list[0].At.Equal(first.Add(time.Minute)) {
		t.Errorf("from %v to %v, want %v and a minute", list[0].FirstAt, list[0].At, first)
	}
}

// meanwhile fails to write the first time, while somebody comes.
type meanwhile struct {
	provision.Store
	comes func()
}

func (m *meanwhile) NoteFetches(ctx context.Context, all []ztp.Fetch) error {
	if comes := m.comes; comes != nil {
		m.comes = nil
		comes()
		return errors.New("disk full")
	}
	return m.Store.NoteFetches(ctx, all)
}
