package orchestrator_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// breakage is something that goes wrong at the nth point of a story: a call of the
// adapter, a request on the wire, or a commit.
type breakage struct {
	name string
	arm  func(w *world, n int)
	// fits tells at which points it makes sense, by their names; nil: at all.
	fits func(point string) bool
	// astray: the story may well come to another end, and a person has to bring it to its own.
	astray bool
	// patient is how long it may take to come to rest by itself; 0: as long as it must.
	patient time.Duration
}

// atCall breaks the nth call of the adapter.
func atCall(f callFault) breakage {
	return breakage{name: string(f), arm: func(w *world, n int) { w.vendor.at, w.vendor.fault = n, f }}
}

// hooked runs something before or after the nth call of the adapter.
func hooked(name string, at callFault, hook func(w *world)) breakage {
	return breakage{name: name + " " + string(at), arm: func(w *world, n int) {
		w.vendor.at, w.vendor.fault, w.vendor.hook = n, at, func() { hook(w) }
	}}
}

func atCommit(f commitFault) breakage {
	return breakage{name: string(f), arm: func(w *world, n int) { w.store.at, w.store.fault = n, f }}
}

func hookedCommit(name string, hook func(w *world)) breakage {
	return breakage{name: name + " " + string(hookCommit), arm: func(w *world, n int) {
		w.store.at, w.store.fault, w.store.hook = n, hookCommit, func() { hook(w) }
	}}
}

func onTheWire(f srapssim.Fault, name string) breakage {
	return breakage{name: name, arm: func(w *world, n int) {
		f.Nth = n
		w.sim.AddFault(f)
	}}
}

func (b breakage) straying() breakage { b.astray = true; return b }

func (b breakage) within(d time.Duration) breakage { b.patient = d; return b }

func (b breakage) only(fits func(point string) bool) breakage { b.fits = fits; return b }

// What is done at a point by somebody else, or to the process.

func stops(w *world) { w.stop() }

// freezes holds the process for longer than its lease, while another one takes over and
// brings everything to its end. What it sends when it wakes up is late.
func freezes(w *world) {
	w.clock.advance(46 * time.Second)
	_, _, other := w.process()
	for begun := w.clock.now(); w.clock.now().Sub(begun) < 20*time.Minute; {
		worked, err := other.Work(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		if worked {
			continue
		}
		next, open := w.nextDue()
		if !open {
			break
		}
		w.clock.advance(max(next.Sub(w.clock.now()), time.Second))
	}
	w.late.Store(true)
}

// freezesAmongOthers is freezes of a process that has other calls under way: those are as
// late, while the other one is at work. A key that is made so late is left out, see
// callBreakages.
func freezesAmongOthers(w *world) {
	if w.vendor.fault == hookBefore && w.vendor.struck() == "CreateCredential" {
		return
	}
	w.late.Store(true)
	freezes(w)
}

func jumps(d time.Duration) func(w *world) {
	return func(w *world) {
		w.clock.advance(d)
		w.skew += d
	}
}

func disableArrives(w *world) { _, _ = w.try(ztp.KindDisable) } // may well be refused

func keysRotate(w *world) {
	if _, err := w.base.(*sqlstore.Store).RotateKeys(context.Background(), sqlstore.KeyRotation{Actor: admin}); err != nil {
		w.t.Fatal(err)
	}
}

// callBreakages strike at a call of the adapter. Killed after the call is between
// decoding and sealing.
func callBreakages(s story) []breakage {
	again := func(w *world) { _, _ = s.press(w) } // may well be refused
	return []breakage{
		atCall(killBeforeCall), atCall(killAfterCall), atCall(loseRequest), atCall(loseAnswer), atCall(failBefore),
		hooked("stopped", hookBefore, stops), hooked("stopped", hookAfter, stops),
		// What comes as late as this can only make a numbered key, which the next check
		// finds: the client sends nothing after its time, see package sraps.
		hooked("frozen", hookBefore, freezes).only(func(p string) bool {
			return p != "CreateCompany" && (p != "CreateCredential" || s.final == configured)
		}),
		hooked("frozen", hookAfter, freezes),
		hooked("clock an hour on", hookBefore, jumps(time.Hour)).within(2 * time.Hour), hooked("clock an hour back", hookBefore, jumps(-time.Hour)).within(2 * time.Hour),
		hooked("Disable arrives", hookBefore, disableArrives).straying(), hooked("asked again", hookAfter, again).within(2 * time.Hour),
		hooked("keys rotate", hookBefore, keysRotate), hooked("keys rotate", hookAfter, keysRotate),
	}
}

// commitBreakages strike at a commit.
func commitBreakages(story) []breakage {
	return []breakage{
		atCommit(failCommit), atCommit(killBefore), atCommit(killAfter), atCommit(loseCommitting), atCommit(runTwice),
		atCommit(readOnly), atCommit(outOfReach),
		hookedCommit("stopped", stops), hookedCommit("Disable arrives", disableArrives).straying(), hookedCommit("keys rotate", keysRotate),
	}
}

func isRead(p string) bool   { return strings.HasPrefix(p, "GET ") }
func isChange(p string) bool { return !isRead(p) }
func isList(p string) bool   { return isRead(p) && strings.HasSuffix(p, "/") }
func isTaken(p string) bool  { return !strings.HasSuffix(p, refused) }
func givesUp(p string) bool {
	return strings.HasPrefix(p, "DELETE ") && strings.Contains(p, "/endpoints/")
}
func makesKey(p string) bool {
	return strings.HasPrefix(p, "POST ") && strings.HasSuffix(p, "/tokens/")
}

// wireBreakages strike at a request: what SRAPS or what lies before it may do, what a
// connection may do to the answer, and what people do in the vendor's portal meanwhile.
func wireBreakages(story) []breakage {
	status := func(code int) srapssim.Fault { return srapssim.Fault{Do: srapssim.DoStatus, Status: code} }
	applied := func(code int) srapssim.Fault { f := status(code); f.Applied = true; return f }
	limited := func(code, after int) srapssim.Fault { f := status(code); f.RetryAfter = after; return f }
	list := []breakage{
		{name: "no connection", arm: noConnection},
		// Of a read, a lost request and a lost answer look the same; and so on for the others.
		onTheWire(srapssim.Fault{Do: srapssim.DoLoseRequest}, "request lost").only(isChange),
		onTheWire(srapssim.Fault{Do: srapssim.DoLoseAnswer}, "answer lost"),
		onTheWire(srapssim.Fault{Do: srapssim.DoApplyLate, Delay: srapssim.Duration(100 * time.Hour)}, "applied late").only(isChange), // 25 s later, see settle
		onTheWire(status(500), "500"), onTheWire(status(502), "502").only(isChange), onTheWire(status(503), "503"), onTheWire(status(504), "504").only(isChange),
		onTheWire(limited(429, 0), "429").only(isChange), onTheWire(limited(429, 3), "429 for 3 s"), onTheWire(limited(429, 1000000), "429 for days").within(5 * time.Minute),
		onTheWire(status(400), "400"), onTheWire(status(401), "401"), onTheWire(status(403), "403"), onTheWire(status(404), "404").only(func(p string) bool { return !givesUp(p) }), onTheWire(applied(404), "404, done before").only(func(p string) bool { return givesUp(p) && isTaken(p) }),
		onTheWire(status(409), "409").only(isChange),
		onTheWire(applied(204), "204, empty").only(func(p string) bool { return isTaken(p) && isChange(p) }), onTheWire(applied(200), "200, empty").only(isTaken),
		onTheWire(srapssim.Fault{Do: srapssim.DoTruncate}, "truncated"), onTheWire(srapssim.Fault{Do: srapssim.DoHTML}, "a web page"),
		onTheWire(srapssim.Fault{Do: srapssim.DoRedirect}, "redirected"),
		changed("dribbling", func(body []byte) ([]byte, error) { return body[:len(body)/2], context.DeadlineExceeded }).only(isChange),
		changed("killed before decoding", func([]byte) ([]byte, error) { panic(killed{}) }),
		changed("nothing in the list", func([]byte) ([]byte, error) { return []byte("[]"), nil }).only(isList),
		changed("without the secret", withoutSecret).only(makesKey),
		changed("another object", anotherObject).only(func(p string) bool { return !isList(p) }),
		nthList(srapssim.Fault{Do: srapssim.DoStale}, "stale"), nthList(srapssim.Fault{Do: srapssim.DoDuplicate}, "twice in the list"),
	}
	for _, code := range []int{500, 502, 503, 504} {
		list = append(list, onTheWire(applied(code), http.StatusText(code)+", applied").only(isChange))
	}
	for _, e := range edits {
		list = append(list, breakage{name: e.name, astray: true, arm: func(w *world, n int) {
			w.wire.at, w.wire.before = n, func() error { e.edit(w); return nil }
		}})
	}
	return list
}

// What is broken in the recovery from a kill: less, since pairs are many.
var (
	laterCalls   = []breakage{atCall(killBeforeCall), atCall(killAfterCall), atCall(loseAnswer), atCall(failBefore), hooked("stopped", hookBefore, stops)}
	laterCommits = []breakage{atCommit(failCommit), atCommit(killBefore), atCommit(killAfter), atCommit(loseCommitting)}
	laterSent    = []breakage{
		onTheWire(srapssim.Fault{Do: srapssim.DoLoseAnswer}, "answer lost"),
		onTheWire(srapssim.Fault{Do: srapssim.DoApplyLate, Delay: srapssim.Duration(100 * time.Hour)}, "applied late").only(isChange),
		onTheWire(srapssim.Fault{Do: srapssim.DoStatus, Status: 500}, "500"), onTheWire(srapssim.Fault{Do: srapssim.DoStatus, Status: 400}, "400"),
		onTheWire(srapssim.Fault{Do: srapssim.DoStatus, Status: 401}, "401"), onTheWire(srapssim.Fault{Do: srapssim.DoStatus, Status: 429}, "429"),
		nthList(srapssim.Fault{Do: srapssim.DoStale}, "stale"),
	}
)

// noConnection fails before a byte is written.
func noConnection(w *world, n int) {
	w.wire.at, w.wire.refuse = n, true
}

// neverConnected is what net/http tells of a request that found no connection.
func neverConnected(req *http.Request) error {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GetConn != nil {
		trace.GetConn(req.URL.Host)
	}
	return errors.New("connection refused")
}

// changed changes the answer when all of its bytes have come.
func changed(name string, change func([]byte) ([]byte, error)) breakage {
	return breakage{name: name, arm: func(w *world, n int) { w.wire.at, w.wire.after = n, change }}
}

var secretField = regexp.MustCompile(`"secret":"[^"]*"`)

func withoutSecret(body []byte) ([]byte, error) {
	return secretField.ReplaceAll(body, []byte(`"other":""`)), nil
}

var uuidField = regexp.MustCompile(`"(uuid|id|company)":"[^"]*"`)

// anotherObject answers with somebody else's.
func anotherObject(body []byte) ([]byte, error) {
	return uuidField.ReplaceAll(body, []byte(`"$1":"`+strings.Repeat("ab", 16)+`"`)), nil
}

// nthList is for faults that count lists alone.
func nthList(f srapssim.Fault, name string) breakage {
	return breakage{name: name, fits: isList, arm: func(w *world, n int) {
		w.wire.at, w.wire.before = n, func() error {
			f.Nth = 1
			w.sim.AddFault(f)
			return nil
		}
	}}
}

// edits are what people do in the vendor's portal.
var edits = []struct {
	name string
	edit func(w *world)
}{
	{"key deleted by hand", func(w *world) {
		if keys := w.sim.Keys(w.companyID()); len(keys) > 0 {
			w.sim.DeleteKey(keys[len(keys)-1].ID)
		}
	}},
	{"key disabled by hand", func(w *world) {
		if keys := w.sim.Keys(w.companyID()); len(keys) > 0 {
			w.sim.DisableKey(keys[0].ID)
		}
	}},
	{"profile deleted by hand", func(w *world) {
		for _, p := range w.sim.Profiles(w.companyID()) {
			w.sim.DeleteProfile(w.companyID(), p.ID)
		}
	}},
	{"profile switched by hand", func(w *world) {
		for _, p := range w.sim.Profiles(w.companyID()) {
			p.Enabled = !p.Enabled
			w.sim.SetProfile(w.companyID(), p)
		}
	}},
	{"phone deleted by hand", func(w *world) {
		for _, e := range w.sim.Endpoints(w.companyID()) {
			w.sim.DeleteEndpoint(w.companyID(), e.MAC)
		}
	}},
	{"company deleted by hand", func(w *world) {
		if id := w.companyID(); id != "" {
			w.sim.DeleteCompany(id)
		}
	}},
}

// companyID is the platform's company at the vendor, "" without one.
func (w *world) companyID() string {
	if c := w.company(); c != nil {
		return c.ID
	}
	return ""
}
