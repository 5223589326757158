package provision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// A phone that asks faster than it becomes known here, with so many failures behind its
// address that guesses are cut short, is served as soon as it is known.
func TestScanDoesNotHideWhoHasCome(t *testing.T) {
	t.Parallel()
	w, _ := ready(t)
	m := w.phone("one", "000413A11FA8", ztp.EndpointListed)
	device, token := w.own("one", m), ztp.NewToken()
	path := "/p/" + token.RevealSecret() + "/" + device.RevealSecret() + "/000413A11FA8"
	for range 110 {
		if r := w.get(path); r.StatusCode != http.StatusNotFound {
			t.Fatalf("nobody's token: %d", r.StatusCode)
		}
	}
	a := w.accounts["one"]
	w.must(w.store.IssueToken(t.Context(), a.Platform, a.ID, ztp.NewID(), token, noon))
	w.handler.Tick(t.Context())
	if r := w.get(path); r.StatusCode != http.StatusOK {
		t.Errorf("the token is the account's by now: %d", r.StatusCode)
	}
}

// On both URLs of a phone, with and without a password, everything that is not right is
// one answer, after the same questions to the database, or after none.
func TestWrongIsOneAnswerOnBothURLs(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	first := phone.path
	phone.wants("from the box", http.StatusOK, "", true)
	device := ztp.NewSecret(strings.Split(first, "/")[3])
	w.phone("two", "000413A11FA8", ztp.EndpointListed)
	w.phone("three", "000413A11FA9", ztp.EndpointListed)
	theirs := w.own("three", ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA9})
	store := &counting{Store: w.store}
	w.cfg.Store = store
	w.serve()
	want := answer(t, w.get("/"))
	nobodys := ztp.NewToken()
	w.handler = w.unlearned()
	paths := map[string]string{
		"wrong token of the phone": w.settledPath("one", ztp.NewToken(), mac),
		"unknown MAC":              w.settledPath("one", device, "000413000001"),
		"another account's token":  w.settledPath("two", device, mac),
		"another tenant's token":   w.settledPath("three", device, mac),
		"another tenant's phone":   w.settledPath("one", theirs, "000413A11FA9"),
		"of a phone without one":   w.settledPath("two", device, "000413A11FA8"),
		"nobody's account":         "/p/" + nobodys.RevealSecret() + "/" + device.RevealSecret() + "/s/" + mac,
		"nobody's, first URL":      "/p/" + nobodys.RevealSecret() + "/" + device.RevealSecret() + "/" + mac,
	}
	for _, questions := range [][]string{{"account", "phone", "contacts", "platform"}, nil} {
		for name, path := range paths {
			for _, password := range []string{"", phone.password, "wrong"} {
				store.asked = nil
				r := w.request(http.MethodGet, path)
				if password != "" {
					r.SetBasicAuth(phone.user, password)
				}
				if diff := cmp.Diff(want, answer(t, w.serveTo(r))); diff != "" {
					t.Errorf("%s: (-want +got)\n%s", name, diff)
				}
				if diff := cmp.Diff(questions, store.asked); diff != "" {
					t.Errorf("%s: %s", name, diff)
				}
			}
		}
		w.handler.Tick(t.Context()) // it knows who there is from now on
	}
	for name, path := range map[string]string{
		"capital":          strings.Replace(phone.path, "/s/", "/S/", 1),
		"twice":            strings.Replace(phone.path, "/s/", "/s/s/", 1),
		"with two slashes": strings.Replace(phone.path, "/s/", "/s//", 1),
		"escaped":          strings.Replace(phone.path, "/s/", "/%73/", 1),
		"without a MAC":    strings.TrimSuffix(phone.path, mac),
		"another letter":   strings.Replace(phone.path, "/s/", "/t/", 1),
	} {
		if diff := cmp.Diff(want, answer(t, w.get(path))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// Guesses from so many addresses that none of them has made too many are told of all the same,
// once in an hour, and nobody is answered later for them.
func TestScanFromManyAddresses(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	w.cfg.Log = nil
	w.serve()
	told := func() (details []string) {
		page, err := w.store.ListEvents(context.Background(), ztp.EventQuery{Target: ztp.ScanTarget, Limit: 50})
		w.must(err)
		for _, e := range page.Items {
			details = append(details, e.Detail)
			if e.Action != ztp.EventScanned || (e.Platform != "") != strings.Contains(e.Detail, "account one") {
				t.Errorf("%+v", e)
			}
		}
		return details
	}
	tries, account := 0, w.tokens["one"].RevealSecret()
	from := func(n int, token string) {
		t.Helper()
		for range n {
			tries++
			w.from = fmt.Sprintf("2001:db8:%x:%x::1", tries>>8, tries&0xff)
			if r := w.get("/p/" + token + "/000413000001"); r.StatusCode != http.StatusNotFound {
				t.Fatalf("try %d: %d", tries, r.StatusCode)
			}
		}
	}
	from(999, account)
	if got := told(); len(got) != 0 {
		t.Errorf("of few: %q", got)
	}
	from(2, account)
	if got := told(); len(got) != 1 || !strings.Contains(got[0], "by the token of account one") {
		t.Errorf("of an account: %q", got)
	}
	from(9_200, ztp.NewToken().RevealSecret())
	if got := told(); len(got) != 2 || !strings.HasSuffix(got[0], "this one among them, ask for phones that are not there") {
		t.Errorf("of all: %q", got)
	}
	from(1_100, account)
	w.now = noon.Add(61 * time.Minute)
	from(1_001, account)
	if got := told(); len(got) != 3 {
		t.Errorf("an hour later: %q", got)
	}
	if w.waited != 0 {
		t.Errorf("somebody was answered %v later", w.waited)
	}
	phone.wants("the phone meanwhile", http.StatusOK, "", true)
}

// Who guesses tokens of phones that are there, by the right one of their account, is told of as
// well, whether or not what is in memory has refused it.
func TestGuessesFromManyAddresses(t *testing.T) {
	t.Parallel()
	for name, learn := range map[string]bool{"from memory": true, "from the database": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := ready(t)
			if w.cfg.Log = nil; learn {
				w.serve()
			} else {
				w.handler = w.unlearned()
			}
			for i := range 1_001 {
				w.from = fmt.Sprintf("2001:db8:%x:%x::1", i>>8, i&0xff)
				if r := w.get(w.ownPath("one", ztp.NewToken(), mac)); r.StatusCode != http.StatusNotFound {
					t.Fatalf("try %d: %d", i, r.StatusCode)
				}
			}
			page, err := w.store.ListEvents(ctx, ztp.EventQuery{Target: ztp.ScanTarget, Limit: 50})
			w.must(err)
			if len(page.Items) != 1 || page.Items[0].Platform != w.platforms["acme"].ID || !strings.Contains(page.Items[0].Detail, "by the token of account one") {
				t.Errorf("%+v", page.Items)
			}
		})
	}
}

func escapes(s string) bool { _, err := url.PathUnescape(s); return err == nil }

// FuzzPhone: whatever is asked for, only the two right URLs of a phone are anything else
// than not there, and not even these with a query, were it an empty one; whatever a phone
// says of itself is shown harmless and short.
func FuzzPhone(f *testing.F) {
	w := newWorld(f)
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	w.confirm(m, ownTemplate)
	w.cfg.Log = nil
	w.serve()
	first, settled := w.ownPath("one", device, mac), w.settledPath("one", device, mac)
	token := device.RevealSecret()
	for _, rest := range []string{token + "/" + mac, token + "/s/" + mac, token + "/s/" + strings.ToLower(mac), token + "/S/" + mac, token + "/s//" + mac,
		token + "/s/../" + mac, token + "//" + mac, mac, token + "/s/" + mac + "/", token + "%2f" + mac,
		token + "/s/" + mac + "?", token + "/" + mac + "?mac=" + mac, mac + "?" + token, token + "?/s/" + mac, token + "/s/" + mac + "?%zz;&=\x00"} {
		f.Add(rest, "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33)", "Basic "+rest)
	}
	f.Add(token+"/s/"+mac, "\x00\x1b[31m\u202e<script>\xff", "Basic !!")
	want := answer(f, w.get("/"))
	f.Fuzz(func(t *testing.T, rest, agent, authorization string) {
		rest, query, asks := strings.Cut(rest, "?")
		if !escapes(rest) {
			return
		}
		w.t, w.now = t, w.now.Add(time.Second)
		path := "/p/" + w.tokens["one"].RevealSecret() + "/" + rest
		asked := path
		if asks {
			asked += "?" + query
		}
		r := w.request(http.MethodGet, asked, "Authorization", authorization)
		r.Header["User-Agent"] = []string{agent}
		said := w.serveTo(r)
		got := said.StatusCode
		bare := strings.ToUpper(strings.NewReplacer(":", "", "-", "", ".", "").Replace(rest[max(0, strings.LastIndex(rest, "/")+1):]))
		right := !asks && bare == mac && (strings.HasPrefix(path, strings.TrimSuffix(first, mac)) || strings.HasPrefix(path, strings.TrimSuffix(settled, mac)))
		if !right && got != http.StatusNotFound || right && got != http.StatusOK && got != http.StatusUnauthorized && got != http.StatusNotFound {
			t.Errorf("%q: status %d", asked, got)
		}
		if asks {
			if diff := cmp.Diff(want, answer(t, said)); diff != "" {
				t.Errorf("%q: (-want +got)\n%s", asked, diff)
			}
		}
		if shown := provision.CleanAgent(agent); len([]rune(shown)) > 121 || strings.ContainsAny(shown, "\x00\x1b\u202e\r\n") {
			t.Errorf("%q is shown as %q", agent, shown)
		}
	})
}
