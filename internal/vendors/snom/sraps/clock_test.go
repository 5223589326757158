package sraps_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// Our clock is wrong: the server proves its own with our key, the request is
// signed once more, and that host's offset is kept.
func TestClock_CorrectedOnce(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{-10 * time.Minute, 5 * time.Hour, 90 * 24 * time.Hour} {
		w := newWorld(t, srapssim.Options{})
		ours := func() time.Time { return w.clock.Now().Add(off) }
		c := newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true, Now: ours})
		if _, err := c.Token(t.Context(), w.reseller, w.reseller.ID); err != nil {
			t.Fatalf("%s: %v", off, err)
		}
		if n := len(w.Calls()); n != 2 {
			t.Errorf("%s: want the call and one repetition, got %d", off, n)
		}
		id, err := w.createCompany(c)
		if err != nil || id == "" {
			t.Errorf("%s: a call with a body: %v", off, err)
		}
		if n := len(w.Calls()); n != 4 { // the own company's entry, and the creation
			t.Errorf("%s: the offset was not kept: %d calls", off, n)
		}
	}
}

func (w *world) createCompany(c *sraps.Client) (string, error) {
	o, err := c.CreateCompany(context.Background(), w.reseller, w.own, "Acme", "DE", "Berlin")
	return o.Text("uuid"), err
}

// A body is sent again whole when its call is the one that finds the clock wrong.
func TestClock_BodyIsSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	var off time.Duration
	c := newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true,
		Now: func() time.Time { return w.clock.Now().Add(off) }})
	if _, err := c.Company(t.Context(), w.reseller, w.own); err != nil {
		t.Fatal(err)
	}
	off = time.Hour
	if id, err := w.createCompany(c); err != nil || id == "" {
		t.Fatal(err)
	}
	if got := w.Companies(w.own); len(got) != 1 || got[0].Name != "Acme" {
		t.Errorf("got %+v", got)
	}
}

// A server that stays unhappy is asked twice, not for ever.
func TestClock_NoEndlessRepetition(t *testing.T) {
	t.Parallel()
	var s *service
	s = newService(t, func(w http.ResponseWriter, r *http.Request) {
		ts := fmt.Sprint(1353832234 + len(s.got())*1000)
		w.Header().Set("WWW-Authenticate", stale(key, ts))
		answering(401, `{"detail":"Stale timestamp"}`)(w, r)
	})
	_, err := s.client(t).Token(t.Context(), key, key.ID)
	if !sraps.IsUnauthorized(err) || len(s.got()) != 2 {
		t.Errorf("got %v after %d requests", err, len(s.got()))
	}
}

// stale is a challenge with the server's clock, proven with the key.
func stale(k sraps.Key, ts string) string {
	return fmt.Sprintf(`Hawk ts="%s", tsm="%s", error="Stale timestamp"`, ts, sraps.Sign(k, "hawk.1.ts\n"+ts+"\n"))
}

// A clock that is not proven with our key moves nothing: whoever can forge answers
// could make us sign for another time.
func TestClock_ForgedIsIgnored(t *testing.T) {
	t.Parallel()
	other := sraps.Key{ID: key.ID, Secret: "another secret altogether"}
	now := newClock()
	ts := fmt.Sprint(now.Now().Add(time.Hour).Unix())
	challenges := map[string]string{
		"other key":   stale(other, ts),
		"other time":  strings.Replace(stale(key, ts), `ts="`+ts, `ts="`+ts[:9]+"9", 1),
		"unsigned":    `Hawk ts="` + ts + `", error="Stale timestamp"`,
		"no number":   stale(key, "soon"),
		"negative":    stale(key, "-1"),
		"far too big": stale(key, "99999999999999999999"),
	}
	for name, challenge := range challenges {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("WWW-Authenticate", challenge)
			w.Header().Set("Date", now.Now().Format(http.TimeFormat))
			answering(401, `{"detail":"Stale timestamp"}`)(w, r)
		})
		c := newClient(t, sraps.Config{BaseURL: s.URL, AllowPrivate: true, Now: now.Now})
		for range 2 {
			_, err := c.Token(t.Context(), key, key.ID)
			if _, skewed := sraps.ClockSkew(err); skewed || !sraps.IsUnauthorized(err) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		for i, r := range s.got() {
			if got := sraps.Attributes(r.Header.Get("Authorization"))["ts"]; got != fmt.Sprint(now.Now().Unix()) {
				t.Errorf("%s: request %d is signed for %s", name, i, got)
			}
		}
		if n := len(s.got()); n != 2 {
			t.Errorf("%s: %d requests for 2 calls", name, n)
		}
	}
}

// Offsets belong to hosts: the clock of one says nothing about another's.
func TestClock_PerHost(t *testing.T) {
	t.Parallel()
	now := newClock()
	ahead := fmt.Sprint(now.Now().Add(time.Hour).Unix())
	second := newService(t, answering(200, `{"uuid":"c1"}`))
	first := newService(t, func(w http.ResponseWriter, r *http.Request) {
		switch a := sraps.Attributes(r.Header.Get("Authorization")); {
		case a["ts"] != ahead:
			w.Header().Set("WWW-Authenticate", stale(key, ahead))
			answering(401, `{}`)(w, r)
		default:
			answering(200, `{"id":"ck_1","links":{"company":"`+second.URL+`/c"}}`)(w, r)
		}
	})
	c := newClient(t, sraps.Config{BaseURL: first.URL, AllowPrivate: true, Now: now.Now, LinkHosts: []string{hostOf(second.URL)}})
	if got, err := c.OwnCompany(t.Context(), key); err != nil || got != "c1" {
		t.Fatalf("got %q, %v", got, err)
	}
	for _, r := range second.got() {
		if got := sraps.Attributes(r.Header.Get("Authorization"))["ts"]; got != fmt.Sprint(now.Now().Unix()) {
			t.Errorf("the second host is signed for %s", got)
		}
	}
}

// Without ts and tsm the Date of a 401 tells how far the clocks are apart.
func TestClock_SkewFromDate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		off  time.Duration
		want bool
	}{
		"fine":         {0, false},
		"within":       {-50 * time.Second, false},
		"behind":       {-10 * time.Minute, true},
		"ahead":        {2 * time.Hour, true},
		"a year ahead": {365 * 24 * time.Hour, true},
	}
	for name, tt := range tests {
		w := newWorld(t, srapssim.Options{NoStaleAnswer: true})
		w.DisableKey(w.reseller.ID)
		c := newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true,
			Now: func() time.Time { return w.clock.Now().Add(tt.off) }})
		_, err := c.Token(t.Context(), w.reseller, w.reseller.ID)
		skew, got := sraps.ClockSkew(err)
		if got != tt.want || got && (skew+tt.off).Abs() > 2*time.Second {
			t.Errorf("%s: want %v by %s, got %v by %s (%v)", name, tt.want, -tt.off, got, skew, err)
		}
		if n := len(w.Calls()); n != 1 {
			t.Errorf("%s: %d calls", name, n)
		}
	}
}

// Our clock was wrong and is right again, and the key has ended meanwhile, with which the
// server would have proven its own: that the key is refused is told, and no wrong clock.
func TestClock_OffsetIsOver(t *testing.T) {
	t.Parallel()
	for _, wrong := range []time.Duration{-10 * time.Minute, 2 * time.Hour} {
		w, off := newWorld(t, srapssim.Options{}), wrong
		c := newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true,
			Now: func() time.Time { return w.clock.Now().Add(off) }})
		if _, err := c.Token(t.Context(), w.reseller, w.reseller.ID); err != nil {
			t.Fatal(err)
		}
		w.DisableKey(w.reseller.ID)
		refused := func(when string, calls int) {
			t.Helper()
			before := len(w.Calls())
			_, err := c.Token(t.Context(), w.reseller, w.reseller.ID)
			if skew, skewed := sraps.ClockSkew(err); skewed || !sraps.IsUnauthorized(err) {
				t.Errorf("%s, %s: off by %s: %v", wrong, when, skew, err)
			}
			if n := len(w.Calls()) - before; n != calls {
				t.Errorf("%s, %s: %d calls, want %d", wrong, when, n, calls)
			}
		}
		refused("still wrong", 1)
		off = 0
		refused("right again", 2)
		refused("known to be right", 1)
	}
}

// An answer may prove itself; one that proves something else is no answer.
func TestServerAuthorization(t *testing.T) {
	t.Parallel()
	for name, none := range map[string]bool{"verified": false, "absent": true} {
		w := newWorld(t, srapssim.Options{NoServerAuth: none})
		if _, err := w.Settings(t.Context(), w.reseller); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	forged := map[string]string{
		"made up":      `Hawk mac="QUFB", hash="QUFB"`,
		"empty":        `Hawk`,
		"other scheme": `Basic QUFB`,
		"no mac":       `Hawk hash="QUFB"`,
	}
	for name, header := range forged {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Server-Authorization", header)
			answering(200, `{"id":"ck_1"}`)(w, r)
		})
		_, err := s.client(t).Token(t.Context(), key, "ck_1")
		if e := mustFail(t, err); !e.Sent || e.Status != 0 || !strings.Contains(err.Error(), "Server-Authorization") {
			t.Errorf("%s: got %+v", name, e)
		}
	}
}
