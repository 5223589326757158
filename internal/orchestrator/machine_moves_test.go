package orchestrator_test

import (
	"context"
	"time"

	"pgregory.net/rapid"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// What may happen to a machine, and what must hold meanwhile and at the end.

func (m *machine) pressSomething(rt *rapid.T) {
	kind := rapid.SampledFrom([]ztp.OperationKind{
		ztp.KindOnboard, ztp.KindOnboard, ztp.KindRotate, ztp.KindRotate, ztp.KindDisable, ztp.KindCheck, ztp.KindUpdateAddress,
	}).Draw(rt, "button")
	want := m.answer(kind)
	op, err := m.try(kind)
	got := "operation"
	switch {
	case err != nil:
		got = string(ztp.CodeOf(err))
	case op == nil:
		got = "nothing to do"
	}
	if want != "" && got != want {
		rt.Errorf("%s was answered %q, want %q (link %s, active %d)", kind, got, want, m.link().State, m.link().Active)
	}
}

// answer is the model: what a button is answered in the state that everybody sees. ""
// where it depends on more.
func (m *machine) answer(kind ztp.OperationKind) string {
	l := m.link()
	_, err := m.base.OpenOperation(m.t.Context(), m.p.ID, "snom")
	open := err == nil
	switch kind {
	case ztp.KindOnboard:
		switch {
		case l.State == ztp.LinkConfigured || l.State == ztp.LinkRotating:
			return "nothing to do"
		case l.State == ztp.LinkNeedsAttention && l.Active != 0:
			return "" // refused with what is the matter
		}
	case ztp.KindRotate, ztp.KindUpdateAddress:
		if !open && l.Active == 0 {
			return string(ztp.CodeNotOnboarded)
		}
	case ztp.KindDisable:
		if !open && l.State == ztp.LinkNotConfigured {
			return "" // depends on what is left
		}
	case ztp.KindCheck:
		return ""
	}
	if open {
		return string(ztp.CodeOperationRunning)
	}
	return "operation"
}

func (m *machine) phoneSomething(rt *rapid.T) {
	kind := rapid.SampledFrom([]ztp.OperationKind{ztp.KindRegister, ztp.KindRegister, ztp.KindPause, ztp.KindResume, ztp.KindRelease}).Draw(rt, "phone")
	_, _ = m.try(kind) // many are refused: nothing there, or another one open
}

// workSomewhere lets a replica take up an operation, which may be its last deed.
func (m *machine) workSomewhere(rt *rapid.T) {
	x := m.pick(rt)
	n := rapid.IntRange(1, 9).Draw(rt, "at")
	switch rapid.SampledFrom([]string{"", "", "", "call", "commit"}).Draw(rt, "fault") {
	case "call":
		x.vendor.at, x.vendor.fault = x.vendor.n+n, rapid.SampledFrom([]callFault{killBeforeCall, killAfterCall, loseRequest, loseAnswer, failBefore}).Draw(rt, "how")
	case "commit":
		x.store.at, x.store.fault = x.store.n+n, rapid.SampledFrom([]commitFault{failCommit, killBefore, killAfter, loseCommitting, runTwice}).Draw(rt, "how")
	}
	m.workOf(x)
	x.vendor.disarm()
	x.store.disarm()
}

// workOf lets a replica work once; one that does not come back whole is followed by a
// new one.
func (m *machine) workOf(x *member) (worked bool) {
	worked, err := x.orch.Work(context.Background())
	if err != nil {
		m.replace(x)
	}
	return worked
}

func (m *machine) replace(x *member) {
	for i := range m.members {
		if m.members[i] == x {
			m.members[i] = m.join()
		}
	}
}

func (m *machine) workEverywhere(*rapid.T) {
	for range 30 {
		worked := false
		for _, x := range append([]*member{}, m.members...) {
			if x.frozen == nil {
				_ = x.orch.Beat(context.Background())
				worked = m.workOf(x) || worked
				worked = m.compareBy(x) || worked
			}
		}
		if !worked {
			return
		}
		m.clock.advance(100 * time.Millisecond)
	}
}

func (m *machine) timePasses(rt *rapid.T) {
	m.clock.advance(time.Duration(rapid.IntRange(1, 70_000).Draw(rt, "ms")) * time.Millisecond)
	if rapid.Bool().Draw(rt, "late calls arrive") {
		m.late.Store(true)
		m.sim.ReleaseLate()
		m.late.Store(false)
	}
}

// clockJumps sets the clock of a replica's machine; that of the database stays.
func (m *machine) clockJumps(rt *rapid.T) {
	x := m.pick(rt)
	x.skew = time.Duration(rapid.SampledFrom([]int{-1, 0, 1}).Draw(rt, "hours")) * time.Hour
}

func (m *machine) killOne(rt *rapid.T) { m.replace(m.pick(rt)) }

// freezeOne holds a replica in the middle of an operation or of a comparison.
func (m *machine) freezeOne(rt *rapid.T) {
	x := m.pick(rt)
	for _, other := range m.members {
		if other.frozen != nil || m.alone {
			rt.Skip("one at a time")
		}
	}
	held, let := make(chan struct{}), make(chan struct{})
	x.vendor.at = x.vendor.n + rapid.IntRange(1, 9).Draw(rt, "at")
	x.vendor.fault = hookAfter
	x.vendor.hook = func() { close(held); <-let }
	x.ended = make(chan error, 1)
	does := x.orch.Work
	if rapid.Bool().Draw(rt, "in a comparison") {
		does = x.orch.Reconcile
	}
	go func() {
		_, err := does(context.Background())
		x.ended <- err
	}()
	select {
	case <-held:
		x.frozen = func() { close(let) }
	case err := <-x.ended: // it did not come that far
		x.vendor.disarm()
		if err != nil {
			m.replace(x)
		}
	}
}

func (m *machine) thawOne(rt *rapid.T) {
	for _, x := range m.members {
		if x.frozen != nil {
			m.thaw(x)
			return
		}
	}
	rt.Skip("nobody is frozen")
}

// thaw lets a frozen replica go on: what it had begun may be another one's by now.
func (m *machine) thaw(x *member) {
	m.late.Store(true)
	x.frozen()
	err := <-x.ended
	x.frozen = nil
	m.late.Store(false)
	if err != nil {
		m.replace(x)
	}
}

func (m *machine) cutOne(rt *rapid.T) {
	x := m.pick(rt)
	x.line.cut = !x.line.cut
}

func (m *machine) scheduleOne(rt *rapid.T) {
	x := m.pick(rt)
	if rapid.Bool().Draw(rt, "a day later") {
		m.clock.advance(25 * time.Hour)
	}
	if err := x.orch.Schedule(context.Background()); err != nil {
		rt.Error(err)
	}
}

func (m *machine) editByHand(rt *rapid.T) {
	e := edits[rapid.IntRange(0, len(edits)-1).Draw(rt, "edit")]
	rt.Log(e.name)
	e.edit(m.world)
}

func (m *machine) rotateKeyset(*rapid.T) { keysRotate(m.world) }

func (m *machine) wireFault(rt *rapid.T) {
	m.sim.ClearFaults()
	faults := []srapssim.Fault{
		{Do: srapssim.DoLoseRequest}, {Do: srapssim.DoLoseAnswer}, {Do: srapssim.DoApplyLate, Delay: srapssim.Duration(100 * time.Hour)},
		{Do: srapssim.DoStatus, Status: 500}, {Do: srapssim.DoStatus, Status: 500, Applied: true}, {Do: srapssim.DoStatus, Status: 429, RetryAfter: 3},
		{Do: srapssim.DoTruncate}, {Do: srapssim.DoHTML}, {Do: srapssim.DoStale},
	}
	f := faults[rapid.IntRange(0, len(faults)-1).Draw(rt, "fault")]
	f.Nth = rapid.IntRange(1, 12).Draw(rt, "request")
	m.sim.AddFault(f)
}

// holds is true after every step.
func (m *machine) holds(rt *rapid.T) {
	m.mu.Lock()
	for _, b := range m.broken {
		rt.Error(b)
	}
	m.mu.Unlock()
	l := m.link()
	active := 0
	for i, s := range m.states() {
		if s == ztp.CredentialActive {
			active++
			if l.Active != i+1 {
				rt.Errorf("S3: key %d is active, the link names %d", i+1, l.Active)
			}
		}
	}
	if active > 1 || (active == 0) != (l.Active == 0) {
		rt.Errorf("S3: %d keys are active, the link names %d", active, l.Active)
	}
	holding := 0
	for _, op := range m.openOps() {
		if op.HoldsLink {
			holding++
		}
	}
	if holding > 1 || holding == 0 && (l.State.InFlight() || l.State == ztp.LinkUnknown) {
		rt.Errorf("S13: the link is %s and %d operations change it", l.State, holding)
	}
	m.company() // S9
}

// finish heals everything but, where there are others, one replica that never reaches
// the vendor: what is open ends within the bound; then an admin brings the platform to
// where it should be.
func (m *machine) finish() {
	for _, x := range append([]*member{}, m.members...) {
		if x.frozen != nil {
			m.thaw(x)
		}
	}
	m.sim.ReleaseLate()
	m.heal()
	for i, x := range m.members {
		x.skew, x.line.cut = 0, i == 0 && len(m.members) > 1
	}
	m.comeToRest()
	m.holds(m.rt)
	for _, x := range m.members { // the world's own process does the rest
		_ = m.base.LeaveReplica(context.Background(), "")
		x.line.cut = false
	}
	m.clock.advance(2 * time.Minute)
	m.start()
	m.settle()
	m.afterHours()
	s := story{kind: ztp.KindOnboard, final: configured}
	if _, err := m.base.Endpoint(context.Background(), m.p.ID, phone); err == nil {
		s.phone = ztp.EndpointListed
	}
	s.mend(m.world)
	m.comparesWell()
	m.settle() // what it has queued
	for _, b := range m.verify() {
		m.rt.Error(b)
	}
	if l := m.link(); l.State != configured {
		m.rt.Errorf("link is %s with error %+v", l.State, l.Error)
	}
}

// comeToRest lets the members work until nothing is open.
func (m *machine) comeToRest() {
	for begun := m.clock.now(); m.clock.now().Sub(begun) < limit; m.clock.advance(time.Second) {
		if (len(m.openOps()) == 0 || m.parked()) && !m.comparing() {
			return
		}
		m.workEverywhere(m.rt)
	}
	m.rt.Errorf("L1, L10: open after %s: %v", limit, m.describeOpen())
}
