package phonesim_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

const ours = "/p/" + token + "/" + mac

// TestLife is a phone from the box to a factory reset, with everything as it should be.
func TestLife(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/p/"+token+"/{mac}"))
	prov.set(ours, text(file("user_realname", "Reception")))
	pnp := &lan{url: "http://127.0.0.1:1/never"}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, PnP: pnp.discover, Now: func() time.Time { return now }})

	trace := mustBoot(t, p)
	if want := "redirection=redirected/200 redirection=ok/200 setting_server=ok/200 boot=ok/0"; outline(trace) != want {
		t.Errorf("first boot: %s, want %s", outline(trace), want)
	}
	if err := trace.Err(); err != nil {
		t.Errorf("a phone that found its settings: %v", err)
	}
	if trace.Source != "redirection" || pnp.asked != 0 {
		t.Errorf("source %q, PnP asked %d times, want redirection and never", trace.Source, pnp.asked)
	}
	if diff := cmp.Diff(atHome, vendor.takeAsked()); diff != "" {
		t.Errorf("asked at the redirection service (-want +got):\n%s", diff)
	}
	state := p.State()
	if got, _ := state.Value("user_realname", nil); got != "Reception" || state.Factory || state.Boots != 1 || !state.LastBoot.Equal(now) {
		t.Errorf("state after the first boot: %v, user_realname %q", state, got)
	}

	// The stored setting server survives: the redirection service is not asked again.
	trace = mustBoot(t, p)
	if want := "setting_server=ok/200 boot=ok/0"; outline(trace) != want || len(vendor.takeAsked()) != 0 {
		t.Errorf("second boot: %s, want %s and nothing asked at the redirection service", outline(trace), want)
	}
	if trace, err := p.Resync(t.Context()); err != nil || outline(trace) != "setting_server=ok/200 resync=ok/0" {
		t.Errorf("resync: %s, %v", outline(trace), err)
	}
	if got := p.State().Boots; got != 2 {
		t.Errorf("boots = %d, want 2: a resync is none", got)
	}

	if err := p.FactoryReset(); err != nil {
		t.Fatal(err)
	}
	if state := p.State(); !state.Factory || len(state.Settings) != 0 || state.Boots != 0 {
		t.Errorf("state after the reset: %v", state)
	}
	mustBoot(t, p)
	if diff := cmp.Diff(atHome, vendor.takeAsked()); diff != "" {
		t.Errorf("asked at the redirection service after the reset (-want +got):\n%s", diff)
	}
}

// TestRedirectionNeedsAnAnswer: the redirection counts only when the new server then answers with a settings file.
func TestRedirectionNeedsAnAnswer(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		page http.HandlerFunc
		want string // in the detail of the failed step
	}{
		"NotFound":      {nil, "404"},
		"ServerError":   {status(500), "500"},
		"Forbidden":     {status(403), "403"},
		"Created":       {status(201), "201"},
		"Empty":         {text(""), "no element"},
		"HTML":          {text("<html><body>Log in</body></html>"), "root element"},
		"JunkText":      {text("unknown phone"), "text between"},
		"Truncated":     {text("<settings><phone-settings><a>"), "not well-formed"},
		"BadAmpersand":  {text("<settings><phone-settings><a>1&2</a></phone-settings></settings>"), "not well-formed"},
		"TooLarge":      {text("<settings>" + strings.Repeat(" ", 1<<20) + "</settings>"), "larger than"},
		"Endless":       {endless, "larger than"},
		"BreaksOff":     {breakOff, "broke off"},
		"Silent":        {silent, "no answer in time"},
		"SilentHalfway": {silentHalfway, "no answer in time"},
		"HangsUp":       {hangUp, "EOF"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor, prov, local := newSite(t), newSite(t), newSite(t)
			vendor.home(file("setting_server", prov.URL+"/p/"+token+"/{mac}"))
			prov.set(ours, tt.page)
			local.set("/x/"+mac, text(file("user_realname", "local")))
			pnp := &lan{url: local.URL + "/x/{mac}"}
			dhcp := &lan{}
			o := phonesim.Options{FactoryServer: vendor.URL, PnP: pnp.discover, DHCP: dhcp.discover}
			if strings.HasPrefix(name, "Silent") {
				o.Timeout = 3 * time.Second // for the answers of the others too
			} else {
				o.Timeout = time.Minute
			}
			p := mustPhone(t, o)

			trace := mustBoot(t, p)
			if trace.Source != "pnp" || pnp.asked != 1 || dhcp.asked != 0 {
				t.Errorf("source %q, PnP asked %d, DHCP asked %d; want pnp, 1, 0:\n%v", trace.Source, pnp.asked, dhcp.asked, trace.Steps)
			}
			if s := trace.Steps[2]; s.Result != phonesim.Failed || !strings.Contains(s.Detail, tt.want) {
				t.Errorf("step %v, want failed with %q", s, tt.want)
			}
			// The PnP URL is not remembered, the setting server that did not answer is.
			if got, want := p.State().SettingServer, prov.URL+"/p/"+token+"/{mac}"; got != want {
				t.Errorf("setting server %q, want %q", got, want)
			}

			// Repaired, the next boot finds it without asking the redirection service.
			prov.set(ours, text("<settings/>"))
			vendor.takeAsked()
			trace = mustBoot(t, p)
			if trace.Source != "redirection" || len(vendor.takeAsked()) != 0 || pnp.asked != 1 {
				t.Errorf("boot after the repair: %v", trace.Steps)
			}
		})
	}
}

// TestErrNamesTheCause: the step that failed first, else the first that had nothing.
func TestErrNamesTheCause(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	empty, redirecting := text("<settings/>"), file("setting_server", prov.URL+"/p/"+token+"/{mac}")
	for want, home := range map[string]http.HandlerFunc{
		"redirection: 0 settings, no other setting server": empty,
		"redirection: answered 503 Service Unavailable":    status(503),
		"setting_server: answered 404 Not Found":           text(redirecting),
	} {
		vendor.set("/snomD785.htm", home)
		vendor.set("/snomD785-"+mac+".htm", home)
		p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
		err := mustBoot(t, p).Err()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), token) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func breakOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte("<settings>"))
}

// endless writes until the phone has had enough.
func endless(w http.ResponseWriter, _ *http.Request) {
	for page := []byte(strings.Repeat(" ", 1<<16)); ; {
		if _, err := w.Write(page); err != nil {
			return
		}
	}
}

func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func silentHalfway(w http.ResponseWriter, r *http.Request) {
	_, _ = w.Write([]byte("<settings>"))
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// TestRedirectIsNotFollowed: the target would answer well, and is never asked.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, code := range []int{301, 302, 303, 307, 308} {
		vendor, prov := newSite(t), newSite(t)
		vendor.home(file("setting_server", prov.URL+"/a/{mac}"))
		prov.set("/a/"+mac, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b", code) })
		prov.set("/b", text("<settings/>"))
		p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
		trace := mustBoot(t, p)
		if diff := cmp.Diff([]string{"/a/" + mac}, prov.takeAsked()); diff != "" || trace.Source != "" {
			t.Errorf("%d: source %q, asked (-want +got):\n%s", code, trace.Source, diff)
		}
	}
}

// TestFallback: what a phone does that the redirection service sends nowhere.
func TestFallback(t *testing.T) {
	t.Parallel()
	const tr69 = " tr69=nothing/0 boot=failed/0"
	tests := map[string]struct {
		home      string // the answer of the redirection service; "" is 404
		pnp, dhcp lan
		want      string
	}{
		// A paused or unknown MAC: an empty settings file.
		"NothingAnywhere": {"<settings/>", lan{}, lan{}, "redirection=nothing/200 redirection=nothing/200 pnp=nothing/0 dhcp=nothing/0" + tr69},
		"Unknown404":      {"", lan{}, lan{}, "redirection=failed/404 redirection=failed/404 pnp=nothing/0 dhcp=nothing/0" + tr69},
		"Settings":        {file("a", "b"), lan{}, lan{}, "redirection=nothing/200 redirection=nothing/200 pnp=nothing/0 dhcp=nothing/0" + tr69},
		"PnP": {"<settings/>", lan{url: "LOCAL/ok/{mac}"}, lan{url: "LOCAL/ok/{mac}"},
			"redirection=nothing/200 redirection=nothing/200 pnp=ok/200 boot=ok/0"},
		"PnPBrokenThenDHCP": {"<settings/>", lan{err: errors.New("no\nroute")}, lan{url: "LOCAL/ok/{mac}"},
			"redirection=nothing/200 redirection=nothing/200 pnp=failed/0 dhcp=ok/200 boot=ok/0"},
		"PnPWrongThenDHCP": {"<settings/>", lan{url: "LOCAL/none/{mac}"}, lan{url: " LOCAL/ok/{mac}\n"},
			"redirection=nothing/200 redirection=nothing/200 pnp=failed/404 dhcp=ok/200 boot=ok/0"},
		"BadURLs": {"<settings/>", lan{url: "tftp://127.0.0.1/x"}, lan{url: "http://%zz"},
			"redirection=nothing/200 redirection=nothing/200 pnp=failed/0 dhcp=failed/0" + tr69},
		// Sent back to where it came from.
		"SentHome": {"HOME", lan{}, lan{}, "redirection=nothing/200 redirection=nothing/200 pnp=nothing/0 dhcp=nothing/0" + tr69},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor, local := newSite(t), newSite(t)
			local.set("/ok/"+mac, text("<settings/>"))
			switch tt.home {
			case "":
			case "HOME":
				vendor.home(file("setting_server", strings.ToUpper(vendor.URL[:7])+vendor.URL[7:]+"/"))
			default:
				vendor.home(tt.home)
			}
			tt.pnp.url = strings.ReplaceAll(tt.pnp.url, "LOCAL", local.URL)
			tt.dhcp.url = strings.ReplaceAll(tt.dhcp.url, "LOCAL", local.URL)
			p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, PnP: tt.pnp.discover, DHCP: tt.dhcp.discover})
			trace := mustBoot(t, p)
			if got := outline(trace); got != tt.want {
				t.Errorf("trace %s\nwant  %s", got, tt.want)
			}
			for _, s := range trace.Steps {
				if strings.Contains(s.String(), "\n") {
					t.Errorf("a step of two lines: %q", s)
				}
			}
			if !p.State().Factory {
				t.Error("the phone forgot the redirection service")
			}
			// The next boot asks there first again.
			vendor.takeAsked()
			mustBoot(t, p)
			if diff := cmp.Diff(atHome, vendor.takeAsked()); diff != "" {
				t.Errorf("second boot (-want +got):\n%s", diff)
			}
		})
	}
}

// A phone that was given holding settings says that it waits, until it gets others.
func TestWaitsWithHoldingSettings(t *testing.T) {
	t.Parallel()
	vendor, local := newSite(t), newSite(t)
	vendor.home(file("setting_server", local.URL+"/{mac}"))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	for _, tt := range []struct {
		timer, says string
		waits       time.Duration
	}{
		{"412", "waits with holding settings by redirection, and would ask again after 6m52s", 412 * time.Second},
		{"0", "provisioned by redirection", 0},
	} {
		local.set("/"+mac, text(file("settings_refresh_timer", tt.timer)))
		steps := mustBoot(t, p).Steps
		if got := steps[len(steps)-1].Detail; got != tt.says || p.State().Waits() != tt.waits {
			t.Errorf("timer %s: %q, %v", tt.timer, got, p.State().Waits())
		}
	}
}

// TestServiceDown: nobody listens at the redirection URL; the second address is not even tried.
func TestServiceDown(t *testing.T) {
	t.Parallel()
	vendor := newSite(t)
	vendor.Close()
	trace := mustBoot(t, mustPhone(t, phonesim.Options{FactoryServer: vendor.URL}))
	if want := "redirection=failed/0 pnp=nothing/0 dhcp=nothing/0 tr69=nothing/0 boot=failed/0"; outline(trace) != want {
		t.Errorf("trace %s, want %s", outline(trace), want)
	}
}

// TestPnPSettingServer: settings that came by PnP may name a setting server; it is stored and asked at once.
func TestPnPSettingServer(t *testing.T) {
	t.Parallel()
	vendor, local, prov := newSite(t), newSite(t), newSite(t)
	vendor.home("<settings/>")
	local.set("/pnp/"+mac, text(file("setting_server", prov.URL+"/p/"+token+"/{mac}")))
	prov.set(ours, text("<settings/>"))
	pnp := &lan{url: local.URL + "/pnp/{mac}"}
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, PnP: pnp.discover})
	trace := mustBoot(t, p)
	want := "redirection=nothing/200 redirection=nothing/200 pnp=redirected/200 setting_server=ok/200 boot=ok/0"
	if outline(trace) != want || trace.Source != "pnp" {
		t.Errorf("source %q, trace %s, want %s", trace.Source, outline(trace), want)
	}
	if trace := mustBoot(t, p); trace.Source != "redirection" {
		t.Errorf("second boot: %v", trace.Steps)
	}
}

// TestMoves follows a phone that is sent on: by its platform to another one, home, and in a circle.
func TestMoves(t *testing.T) {
	t.Parallel()
	vendor, a, b := newSite(t), newSite(t), newSite(t)
	vendor.home(file("setting_server", a.URL+"/{mac}"))
	a.set("/"+mac, text(file("setting_server", b.URL+"/{mac}")))
	b.set("/"+mac, text("<settings/>"))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	trace := mustBoot(t, p)
	if trace.Source != "redirection" || p.State().SettingServer != b.URL+"/{mac}" {
		t.Fatalf("moved phone: %v", trace.Steps)
	}

	// Sent home, and the redirection service now knows nothing of it: local discovery is next.
	b.set("/"+mac, text(file("setting_server", vendor.URL)))
	vendor.home("<settings/>")
	trace = mustBoot(t, p)
	want := "setting_server=redirected/200 redirection=nothing/200 redirection=nothing/200 " +
		"pnp=nothing/0 dhcp=nothing/0 tr69=nothing/0 boot=failed/0"
	if outline(trace) != want || !p.State().Factory {
		t.Errorf("sent home: %s\nwant %s", outline(trace), want)
	}

	// Two servers that point at each other end the boot.
	vendor.home(file("setting_server", a.URL+"/{mac}"))
	a.set("/"+mac, text(file("setting_server", b.URL+"/{mac}")))
	b.set("/"+mac, text(file("setting_server", a.URL+"/{mac}")))
	trace = mustBoot(t, p)
	if trace.Source != "" || !strings.Contains(outline(trace), "setting_server=redirected/200 setting_server=failed/0") {
		t.Errorf("circle: %s", outline(trace))
	}
}

// TestProvisioningOrder: the order is a setting like any other, and acts at once.
func TestProvisioningOrder(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ order, want string }{
		"OnlyDHCP": {"dhcp:stop", "dhcp=ok/200 boot=ok/0"},
		"Proceed":  {"dhcp:proceed pnp:stop", "dhcp=ok/200 pnp=ok/200 boot=ok/0"},
		"Unknown":  {"dhcp114:stop pnp:proceed", "dhcp114=nothing/0 pnp=ok/200 boot=ok/0"},
		"Same":     {"redirection:stop pnp:stop dhcp:stop tr69:stop", ""},
		"NotAnOrder": {"pnp first", "order=failed/0 redirection=nothing/200 redirection=nothing/200 " +
			"pnp=ok/200 boot=ok/0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor, local := newSite(t), newSite(t)
			vendor.home(file("provisioning_order", tt.order))
			local.set("/"+mac, text("<settings/>"))
			offer := &lan{url: local.URL + "/{mac}"}
			p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, PnP: offer.discover, DHCP: offer.discover})
			want := "redirection=nothing/200 redirection=nothing/200 order=ok/0 " + tt.want
			if tt.want == "" {
				want = "redirection=nothing/200 redirection=nothing/200 pnp=ok/200 boot=ok/0"
			}
			if got := outline(mustBoot(t, p)); got != want {
				t.Errorf("trace %s\nwant  %s", got, want)
			}
		})
	}
}

// TestOrderWithSettingServer: no restart when the setting server changed with the order.
func TestOrderWithSettingServer(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("provisioning_order", "redirection:stop", "setting_server", prov.URL+"/{mac}"))
	prov.set("/"+mac, text("<settings/>"))
	trace := mustBoot(t, mustPhone(t, phonesim.Options{FactoryServer: vendor.URL}))
	if want := "redirection=redirected/200 redirection=ok/200 setting_server=ok/200 boot=ok/0"; outline(trace) != want {
		t.Errorf("trace %s, want %s", outline(trace), want)
	}
}

// TestFlippingOrder: a server that changes the order at every request does not keep the phone busy for ever.
func TestFlippingOrder(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/{mac}"))
	n := 0
	prov.set("/"+mac, func(w http.ResponseWriter, r *http.Request) {
		n++
		text(file("provisioning_order", "redirection:stop"+strings.Repeat(" tr69:stop", n)))(w, r)
	})
	trace := mustBoot(t, mustPhone(t, phonesim.Options{FactoryServer: vendor.URL}))
	if n != 4 || trace.Source != "redirection" {
		t.Errorf("%d requests, source %q; want 4 and redirection", n, trace.Source)
	}
}

func TestCancelledBoot(t *testing.T) {
	t.Parallel()
	vendor := newSite(t)
	ctx, cancel := context.WithCancel(t.Context())
	vendor.set("/snomD785.htm", func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	if _, err := p.Boot(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
	if _, err := p.Boot(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
	vendor.set("/snomD785.htm", nil)
	mustBoot(t, p) // with a living context the phone is not stuck
}
