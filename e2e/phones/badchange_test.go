package phones_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// plainPhone is one of very many: it asks without a socket, and keeps what it needs to ask again.
type plainPhone struct {
	mac                  ztp.MAC
	path, user, password string
	language             string
	// fetched is how often it has got the new settings.
	fetched int
	// stuck: it asks no more; unregistered: it has no line any more.
	stuck, unregistered bool
}

// thousands puts phones of a platform into the store, as an import does.
func (in *installation) thousands(n int) []*plainPhone {
	in.t.Helper()
	ctx := in.t.Context()
	p, err := in.store.Platform(ctx, "acme")
	in.must(err)
	a, err := in.store.Account(ctx, p.ID, "main")
	in.must(err)
	account, err := in.store.OpenToken(ctx, p.ID, a.ID, a.TokenID)
	in.must(err)
	var rows []ztp.Endpoint
	var phones []*plainPhone
	tokens := map[ztp.MAC]ztp.Secret{}
	for i := range n {
		mac := ztp.MAC{0x00, 0x04, 0x13, 0x80 + byte(i>>16), byte(i >> 8), byte(i)}
		rows = append(rows, ztp.Endpoint{Platform: p.ID, Vendor: "snom", MAC: mac, Account: a.ID, ProductGroup: "D-Series", Model: "D785",
			State: ztp.EndpointListed, CreatedAt: in.clock.now(), UpdatedAt: in.clock.now()})
		tokens[mac] = ztp.NewToken()
		phones = append(phones, &plainPhone{mac: mac, path: "/p/" + account.RevealSecret() + "/" + tokens[mac].RevealSecret() + "/" + mac.Bare()})
	}
	in.must(in.store.Tx(ctx, func(s ztp.Store) error {
		if _, err := s.AddEndpoints(ctx, p.ID, rows); err != nil {
			return err
		}
		return s.SetDeviceTokens(ctx, p.ID, tokens)
	}))
	return phones
}

var (
	fileServer   = regexp.MustCompile(`<setting_server[^>]*>https://[^/]+(/[^<]*)<`)
	filePassword = regexp.MustCompile(`<http_client_pass[^>]*>([^<]+)<`)
	fileLanguage = regexp.MustCompile(`<language[^>]*>([^<]+)<`)
)

// ask is one request of a phone, over TLS as the server sees it.
func (in *installation) ask(p *plainPhone) {
	in.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://"+in.name+p.path, nil)
	r.TLS = &tls.ConnectionState{}
	if p.password != "" {
		r.SetBasicAuth(p.user, p.password)
	}
	w := httptest.NewRecorder()
	in.phone.ServeHTTP(w, r)
	text := w.Body.String()
	server, password, language := fileServer.FindStringSubmatch(text), filePassword.FindStringSubmatch(text), fileLanguage.FindStringSubmatch(text)
	if w.Code != http.StatusOK || server == nil || password == nil || language == nil {
		in.t.Fatalf("%s: status %d\n%s", p.mac, w.Code, text)
	}
	p.path, p.user, p.password = strings.ReplaceAll(server[1], "{mac}", p.mac.Bare()), p.mac.Bare(), password[1]
	p.language = language[1]
}

// voice lets the voice service say of phones whether it has them.
func (in *installation) voice(phones []*plainPhone, has func(*plainPhone) bool) {
	in.t.Helper()
	platform, err := in.store.Platform(in.t.Context(), "acme")
	in.must(err)
	in.must(in.store.Tx(in.t.Context(), func(s ztp.Store) error {
		for _, p := range phones {
			if _, err := s.SetSIP(in.t.Context(), platform.ID, p.mac, ztp.SIPFact{Registered: has(p), At: in.clock.now()}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// night lets all phones that can ask for their settings; harm is told of who has the new ones.
func (in *installation) night(phones []*plainPhone, harm func(*plainPhone)) {
	in.t.Helper()
	for _, p := range phones {
		if p.stuck {
			continue
		}
		if in.ask(p); p.language == badLanguage {
			p.fetched++
			harm(p)
		}
	}
	in.noted()
}

const goodLanguage, badLanguage = "Deutsch", "Français"

// TestBadChangeTouchesOnePercent: a change that does phones harm has reached one in a hundred
// when it stops by itself, whatever it does to them, and also when the server is killed and
// started again at every look. With one click those get what they had, and all others never
// had anything else.
func TestBadChangeTouchesOnePercent(t *testing.T) {
	t.Parallel()
	few, many := 300, 300
	switch {
	case full:
		many = 10_000
	case testing.Short(): // the race detector takes its time
		many = 100
	}
	third := 0
	for name, tc := range map[string]struct {
		phones int
		harm   func(*plainPhone)
	}{
		"phones ask no more":                               {many, func(p *plainPhone) { p.stuck = true }},
		"phones register no more":                          {few, func(p *plainPhone) { p.unregistered = true }},
		"every third asks no more":                         {few, func(p *plainPhone) { p.stuck = third%3 == 0; third++ }},
		"phones ask no more after their second fetch":      {few, after(2, func(p *plainPhone) { p.stuck = true })},
		"phones register no more after their second fetch": {few, after(2, func(p *plainPhone) { p.unregistered = true })},
	} {
		if testing.Short() && tc.phones != many {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			badChange(t, tc.phones, 1, tc.harm)
		})
	}
}

// TestLateHarmTouchesTenPercent: harm that shows when the first ring is over, and the second is
// watched, has reached one in ten: those of the first are watched on.
func TestLateHarmTouchesTenPercent(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(*plainPhone){
		"phones ask no more":      after(4, func(p *plainPhone) { p.stuck = true }),
		"phones register no more": after(4, func(p *plainPhone) { p.unregistered = true }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			badChange(t, 300, 10, harm)
		})
	}
}

// after is harm that shows after so many fetches with the new settings.
func after(fetches int, harm func(*plainPhone)) func(*plainPhone) {
	return func(p *plainPhone) {
		if p.fetched == fetches {
			harm(p)
		}
	}
}

func badChange(t *testing.T, n, percent int, harm func(*plainPhone)) {
	in := install(t, options{})
	in.platform("acme")
	of := api.SettingsOf{Platform: "acme"}
	in.set(of, "language", "de")
	phones := in.thousands(n)
	for range 2 { // their first contact, and a night with their password
		in.night(phones, func(*plainPhone) { t.Fatal("not yet") })
		in.wait(24 * time.Hour)
	}
	in.voice(phones, func(*plainPhone) bool { return true })
	in.set(of, "language", "fr")
	open, err := in.api.Rollouts(t.Context(), true)
	in.must(err)
	if len(open.Items) != 1 || open.Items[0].State != "proposed" {
		t.Fatalf("%d phones would get it at once: %+v", n, open.Items)
	}
	id := open.Items[0].ID
	_, err = in.api.AdvanceRollout(t.Context(), id, api.AdvanceRollout{Percent: 1})
	in.must(err)
	for hour := range 14 * 24 {
		switch hour % 24 {
		case 3:
			in.night(phones, harm)
		case 4: // registrations run out
			in.voice(phones, func(p *plainPhone) bool { return !p.unregistered })
		}
		in.wait(time.Hour)
		in.restarted()
		in.must(in.use.LookAtRollouts(t.Context()))
		if open, err = in.api.Rollouts(t.Context(), true); err != nil || len(open.Items) == 0 || open.Items[0].State != "running" {
			break
		}
	}
	in.night(phones, harm) // whoever has it by now gets it
	r, err := in.api.Rollout(t.Context(), id)
	in.must(err)
	touched := 0
	for _, p := range phones {
		if p.fetched > 0 {
			touched++
		}
	}
	if r.State != "stopped" || r.Percent != percent || touched == 0 || touched*100 > n*percent {
		t.Errorf("%d of %d phones were touched; it is %s at %d %%: %s", touched, n, r.State, r.Percent, r.Reason)
	}
	t.Logf("%d of %d phones were touched: %s", touched, n, r.Reason)
	_, err = in.api.TakeBackRollout(t.Context(), id)
	in.must(err)
	for _, p := range phones {
		p.stuck = false // somebody has been there
		if in.ask(p); p.language != goodLanguage {
			t.Fatalf("%s has %s", p.mac, p.language)
		}
	}
}

// restarted goes on with another process that takes changes forward.
func (in *installation) restarted() { in.use = in.control() }
