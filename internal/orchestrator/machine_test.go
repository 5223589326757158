package orchestrator_test

import (
	"context"
	"flag"
	"net/http"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/ztp"
)

// TestMachine lets admins, people in the vendor's portal, faults, kills, freezes and
// clocks that jump meet in any order, on three replicas with PostgreSQL and on one with
// SQLite, and compares with what docs promise. What fails is shrunk, and told with the
// command that shows it again. TestMachine takes seconds; ZEROTOUCH_TEST_LONG says how
// long it goes on instead, such as 2h.
func TestMachine(t *testing.T) {
	t.Parallel()
	for name, replicas := range map[string]int{"PostgreSQL": 3, "SQLite": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{postgres: replicas > 1})
			from := w.state()
			end := time.Now().Add(goOnFor(t))
			for again := true; again && !t.Failed(); again = time.Now().Before(end) {
				rapid.Check(t, func(rt *rapid.T) { playMachine(t, rt, from, replicas) })
			}
		})
	}
}

func goOnFor(t *testing.T) time.Duration {
	if !long() {
		return 0
	}
	d, err := time.ParseDuration(os.Getenv("ZEROTOUCH_TEST_LONG"))
	if err != nil {
		t.Fatalf("ZEROTOUCH_TEST_LONG: %v", err)
	}
	return d
}

// checksOfMachines is how many machines are played for one call of rapid.Check, unless
// its own flag says otherwise.
func checksOfMachines() {
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "rapid.checks" })
	if n := map[bool]string{true: "100", false: "15"}[full()]; !set {
		_ = flag.Set("rapid.checks", n) // it is there, and takes a number
	}
}

// machine is a world with members that work on it in turns.
type machine struct {
	*world
	rt      *rapid.T
	members []*member
}

// member is a replica that may be cut off, frozen or dead.
type member struct {
	orch   *orchestrator.Orchestrator
	store  *faultyStore
	vendor *faultyVendor
	line   *line
	skew   time.Duration
	// frozen is a call that is held; its end arrives on ended after it was let go.
	frozen func()
	ended  chan error
}

// line is a member's way to the vendor.
type line struct {
	wire *wire
	cut  bool
}

func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	if l.cut {
		return nil, neverConnected(req)
	}
	return l.wire.RoundTrip(req)
}

// inRapid reports failures of a world to rapid, which then shrinks them.
type inRapid struct {
	testing.TB
	rt *rapid.T
}

func (t inRapid) Helper()                           {}
func (t inRapid) Error(args ...any)                 { t.rt.Error(args...) }
func (t inRapid) Errorf(format string, args ...any) { t.rt.Errorf(format, args...) }
func (t inRapid) Fatal(args ...any)                 { t.rt.Fatal(args...) }
func (t inRapid) Fatalf(format string, args ...any) { t.rt.Fatalf(format, args...) }
func (t inRapid) Cleanup(f func())                  { t.rt.Cleanup(f) }
func (t inRapid) Context() context.Context          { return context.Background() }
func (t inRapid) TempDir() string {
	dir, err := os.MkdirTemp("", "machine")
	if err != nil {
		t.rt.Fatal(err)
	}
	t.rt.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func playMachine(t *testing.T, rt *rapid.T, from *state, replicas int) {
	m := &machine{rt: rt, world: newWorld(inRapid{t, rt}, worldOptions{from: from, postgres: replicas > 1})}
	if rapid.Bool().Draw(rt, "onboarded") {
		m.press(ztp.KindOnboard)
	}
	for range replicas {
		m.members = append(m.members, m.join())
	}
	rt.Cleanup(func() { // whoever failed leaves nobody frozen
		for _, x := range m.members {
			if x.frozen != nil {
				x.frozen()
				<-x.ended
			}
		}
	})
	rt.Repeat(map[string]func(*rapid.T){
		// What moves things on comes oftener than what disturbs.
		"press": m.pressSomething, "press again": m.pressSomething, "press more": m.pressSomething, "phone": m.phoneSomething,
		"work": m.workSomewhere, "work on": m.workSomewhere, "work more": m.workSomewhere, "together": m.workEverywhere, "together again": m.workEverywhere,
		"time": m.timePasses, "clock": m.clockJumps, "kill": m.killOne, "freeze": m.freezeOne, "thaw": m.thawOne,
		"cut": m.cutOne, "schedule": m.scheduleOne, "portal": m.editByHand, "keys": m.rotateKeyset, "wire": m.wireFault,
		"ask to compare": m.askToCompare, "compare": m.compareSomewhere, "compare more": m.compareSomewhere, "row": m.actOnARow, "row again": m.actOnARow,
		"": m.holds,
	})
	m.finish()
	if !rt.Failed() {
		theTally.play(replicas > 1)
	}
}

// join starts a replica.
func (m *machine) join() *member {
	x := &member{line: &line{wire: m.wire}}
	x.store = &faultyStore{Store: m.base}
	x.vendor = &faultyVendor{inner: newSnom(m.t, x.line, func() time.Time { return m.clock.now().Add(x.skew) })}
	x.orch = orchestrator.New(orchestrator.Config{
		Store: x.store, Vendors: []ztp.Vendor{x.vendor, nopVendor{}}, Reseller: m.creds, Installation: installation,
		URL: m.url(), Now: m.clock.now, Alone: m.alone, Jitter: func(d time.Duration) time.Duration { return d },
	})
	return x
}

// pick is one of the members that are not frozen; nil when all are.
func (m *machine) pick(rt *rapid.T) *member {
	x := m.members[rapid.IntRange(0, len(m.members)-1).Draw(rt, "replica")]
	if x.frozen != nil {
		rt.Skip("it is frozen")
	}
	return x
}
