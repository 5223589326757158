package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/sipsim"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// lostPhone is when a phone that a dead process was telling is told anew.
const lostPhone = 90 * time.Second

// told is a voice service that counts how often each of its phones was told. NOTIFYs that
// come again since no answer has arrived are one.
type told struct {
	sipsim.Server
	mu sync.Mutex
	// calls are those of each user, by Call-ID.
	calls map[string]map[string]bool
	// From the mute-th phone on they hear and do not answer, none when it is 0; unanswered
	// are those. With the last-th end is called.
	mute, last int
	end        func()
	unanswered map[string]bool
}

func newTold(t *testing.T, transport string) (*told, string) {
	t.Helper()
	v := &told{calls: map[string]map[string]bool{}, unanswered: map[string]bool{}}
	v.Phone = func(r sipsim.Request) int {
		user, _, _ := strings.Cut(strings.TrimPrefix(r.URI, "sip:"), "@")
		v.mu.Lock()
		defer v.mu.Unlock()
		if v.calls[user] == nil {
			v.calls[user] = map[string]bool{}
		}
		v.calls[user][r.Header.Get("Call-ID")] = true
		if v.mute > 0 && len(v.calls) >= v.mute {
			v.unanswered[user] = true
			if len(v.calls) == v.last && v.end != nil {
				v.end()
				v.end = nil
			}
			return 0
		}
		delete(v.unanswered, user)
		return 200
	}
	at, err := v.Listen(transport, "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v, "sip:" + at + ";transport=" + transport
}

// silent has phones hear and not answer, from the mute-th on, and calls end with the last-th.
func (v *told) silent(mute, last int, end func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.mute, v.last, v.end = mute, last, end
}

// counts says how many were told, how many more than once, the most that one was, and how
// many have not answered.
func (v *told) counts() (phones, again, most, unanswered int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range v.calls {
		if len(c) > 1 {
			again++
		}
		most = max(most, len(c))
	}
	return len(v.calls), again, most, len(v.unanswered)
}

// TestResync_Killed kills the server while it tells some hundred phones to look again, with
// answers of some still on their way, and starts it once more: each phone is told, none more
// than twice, and twice only those whose answer had not come or was not written down.
func TestResync_Killed(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn, transport := "", "udp"
			if engine == "postgres" {
				dsn, transport = pgtest.DSN(t), "tcp"
			}
			resyncKilled(t, dsn, transport)
		})
	}
}

func resyncKilled(t *testing.T, dsn, transport string) {
	const (
		n    = 300 // at 50 a second
		rate = 50
	)
	s := newSnom(t, 0)
	in := newInstallation(t, dsn, s.base)
	voice, proxy := newTold(t, transport)
	in.env = append(in.env, "ZEROTOUCH_SIP_PROXY="+proxy)
	in.kill(t)
	in.start(t)
	in.seed(t, s)
	in.servedPhones(t, s, n)
	killed := make(chan struct{})
	voice.silent(n/3, n/2, func() { _ = in.server.cmd.Process.Signal(syscall.SIGKILL); close(killed) })
	r, err := in.client.BeginResync(t.Context(), "acme", api.NewResync{})
	if err != nil || r.Phones != n {
		t.Fatalf("%d phones are to be told: %v", r.Phones, err)
	}
	until(t, "half is told", startTimeout, func() bool { return closed(killed) })
	in.kill(t)
	before, _, _, flying := voice.counts()
	voice.silent(0, 0, nil)
	in.start(t)
	until(t, "the resync is over", lostPhone+startTimeout, func() bool {
		r, err = in.client.Resync(t.Context(), r.ID)
		return err == nil && r.State != api.ResyncRunning
	})
	phones, again, most, unanswered := voice.counts()
	t.Logf("killed when %d of %d were told, %d of them without an answer; %d were told twice", before, n, flying, again)
	if before == n || flying == 0 {
		t.Error("it was not killed in the middle")
	}
	if r.State != api.ResyncDone || r.Tally["told"] != n || phones != n || unanswered > 0 {
		t.Errorf("%d of %d were told, %d do not answer; it is %s: %v %s", phones, n, unanswered, r.State, r.Tally, r.Trouble)
	}
	// Answers are written down once a second, so those of two turns may be lost.
	if most > 2 || again < flying || again > flying+2*rate {
		t.Errorf("%d phones were told more than once, up to %d times; %d were on their way", again, most, flying)
	}
}

// servedPhones registers so many phones with a line each, which come for their settings.
func (in *installation) servedPhones(t *testing.T, s *snom, n int) {
	t.Helper()
	in.platform(t, "acme")
	in.sets(t, api.SettingsOf{Platform: "acme"}, 0, "line_registrar", "voice.example")
	a, err := in.client.Onboard(t.Context(), "acme", "snom")
	in.done(t, a, err)
	macs, rows := make([]string, n), "mac,account,model\n"
	for i := range macs {
		macs[i] = fmt.Sprintf("000413E5%04X", i)
		rows += macs[i] + ",main,D785\n"
	}
	file, err := in.client.CheckImport(t.Context(), "acme", strings.NewReader(rows), api.ImportOptions{File: "phones.csv"})
	if err != nil {
		t.Fatal(err)
	}
	a, err = in.client.StartImport(t.Context(), file.ID, "all_or_nothing")
	in.done(t, a, err)
	factory := strings.TrimSuffix(s.base, srapssim.APIPrefix)
	for _, mac := range macs {
		in.sets(t, api.SettingsOf{Platform: "acme", MAC: mac}, 1, "line_user", "u"+mac, "line_password", "secret of "+mac)
		phone, err := phonesim.New(phonesim.Options{MAC: mac, FactoryServer: factory})
		if err != nil {
			t.Fatal(err)
		}
		if trace, err := phone.Boot(t.Context()); err != nil || trace.Source != "redirection" {
			t.Fatalf("%s did not find its settings: %+v, %v", mac, trace, err)
		}
	}
}

// sets sets values, named and given in turn.
func (in *installation) sets(t *testing.T, of api.SettingsOf, index int, values ...string) {
	t.Helper()
	var put api.PutSettings
	for i := 0; i < len(values); i += 2 {
		put.Settings = append(put.Settings, api.PutSetting{Name: values[i], Index: index, Value: new(api.Secret(values[i+1]))})
	}
	if _, err := in.client.PutSettings(t.Context(), of, put); err != nil {
		t.Fatal(err)
	}
}
