package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
)

// errand is something that is killed at its points and is no single operation. It has
// one or more worlds, each of which is killed at every so manieth point.
type errand struct {
	name, operation string
	worlds          int
	// writes are the statements whose transactions are points on PostgreSQL.
	writes *regexp.Regexp
	// notCalls leaves out the vendor's side, which is that of operations killed elsewhere.
	notCalls bool
	// begin makes the world around a server, and returns how it is brought to where
	// the errand can be asked for, the nth time.
	begin func(t *testing.T, v *victim) func(t *testing.T, n int) once
}

// once is one time that an errand is done.
type once struct {
	// run asks for it and follows it to its end. Called again it is the same one, and goes
	// on. It returns errWaits where only the vendor's time is waited for.
	run func(ctx context.Context) error
	// killed are the programs that are killed; nil for the server.
	killed func() []*process
	// between is looked at after the kill, before it is asked for again; nil for nothing.
	between func(t *testing.T)
	// check compares both sides with what is promised.
	check func(t *testing.T)
}

var (
	// errWaits: what is left has to wait for the time in which the vendor settles.
	errWaits = errors.New("waits for the vendor")
	// errKilled: what was under way was killed.
	errKilled = errors.New("killed")
)

// errandParts are the worlds of all errands on an engine.
func errandParts(engine string) (parts []part) {
	for _, e := range []errand{campaignOnboard, campaignRotate, restoredStart, keyRotation, powerCut, comparison} {
		for world := range e.worlds {
			name := e.name
			if e.worlds > 1 {
				name = fmt.Sprintf("%s%d", e.name, world+1)
			}
			parts = append(parts, part{name, e.operation, func(*testing.T) kills {
				return &errandKiller{errand: e, engine: engine, world: world}
			}})
		}
	}
	return parts
}

// errandKiller has one errand killed at every so manieth point.
type errandKiller struct {
	errand
	engine string
	world  int
	kills  int
	*scene // nil before the first
	left   []leftover
}

// scene is a server that is killed, with its world.
type scene struct {
	*victim
	next func(t *testing.T, n int) once
}

// leftover is a scene that was left while the vendor's time is waited for.
type leftover struct {
	*scene
	once
}

// there is the scene; a new one after one that was left.
func (k *errandKiller) there(t *testing.T) *scene {
	t.Helper()
	if k.scene == nil {
		v := newVictim(t, database(t, k.engine), k.writes)
		k.scene = &scene{v, k.begin(t, v)}
	}
	return k.scene
}

// run kills at every point that is this world's.
func (k *errandKiller) run(t *testing.T) int {
	t.Helper()
	for _, m := range k.there(t).moments() {
		if k.notCalls && (m == beforeCall || m == afterCall) {
			continue
		}
		for n := 1 + k.world; k.round(t, m, n); n += k.worlds {
			if n > 500 {
				t.Fatalf("%s: more than 500 points %s", k.name, m)
			}
		}
	}
	if k.kills == 0 {
		t.Errorf("%s: nothing was killed", k.name)
	}
	return k.kills
}

// round does the errand and kills at the nth moment. It reports whether there was one.
func (k *errandKiller) round(t *testing.T, m moment, n int) bool {
	t.Helper()
	k.there(t).rounds++
	o := k.next(t, k.rounds)
	if o.killed == nil {
		server := k.in.server
		o.killed = func() []*process { return []*process{server} }
	}
	where := fmt.Sprintf("%s, %d %s", k.name, n, m)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	reached := make(chan struct{})
	letGo := k.stopAt(t, m, n, func() {
		for _, p := range o.killed() {
			_ = p.cmd.Process.Signal(syscall.SIGKILL)
		}
		close(reached)
	})
	go func() { ended <- o.run(ctx) }()
	err := k.awaits(t, reached, ended, where)
	if !closed(reached) {
		letGo(true)
	}
	if !closed(reached) {
		if err != nil { // what was not killed has nothing to wait for either
			t.Fatalf("%s: %v\n%s", where, err, k.in.server.log.String())
		}
		o.check(t)
		return false
	}
	for _, p := range o.killed() {
		p.signal(t, syscall.SIGKILL)
	}
	letGo(false)
	cancel()
	<-ended
	k.kills++
	k.again(t, o, where)
	return true
}

// awaits waits until the moment has come, or the errand is over without it.
func (k *errandKiller) awaits(t *testing.T, reached <-chan struct{}, ended chan error, where string) (err error) {
	t.Helper()
	select {
	case <-reached:
		return nil
	case err = <-ended:
		ended <- err // round waits for it
	case <-time.After(settled):
		t.Fatalf("%s: nothing happens\n%s", where, k.in.server.log.String())
	}
	if gone(err) { // killed while it answered, which is heard of here a little later
		select {
		case <-reached:
		case <-time.After(startTimeout):
		}
	}
	return err
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// again is what comes after the kill: another start, and the errand asked for again.
func (k *errandKiller) again(t *testing.T, o once, where string) {
	t.Helper()
	if k.db != nil {
		endLeases(t, k.db)
	}
	if k.in.server.hasEnded() {
		k.in.start(t)
	}
	if o.between != nil {
		o.between(t)
	}
	err := o.run(t.Context())
	switch {
	case errors.Is(err, errWaits):
		k.in.server.signal(t, syscall.SIGTERM) // the vendor's time passes without it
		k.left = append(k.left, leftover{k.scene, o})
		k.scene = nil
	case err != nil:
		t.Fatalf("%s: %v\n%s", where, err, k.in.server.log.String())
	default:
		o.check(t)
	}
}

// settle looks at what had to wait, and that nothing is left open.
func (k *errandKiller) settle(t *testing.T) {
	t.Helper()
	for _, l := range k.left {
		l.in.start(t)
		until(t, k.name+" comes to its end", 2*settled, func() bool {
			err := l.run(t.Context())
			if err != nil && !errors.Is(err, errWaits) {
				t.Fatal(err)
			}
			return err == nil
		})
		l.check(t)
		l.in.quiet(t, "")
		l.in.server.signal(t, syscall.SIGTERM)
	}
	if k.scene != nil {
		k.in.quiet(t, "")
	}
}

// follow waits for the end of an operation.
func follow(ctx context.Context, c *api.Client, a api.Answer, err error) (op api.Operation, _ error) {
	if err != nil {
		return op, err
	}
	for op = *a.Operation; err == nil && !op.Final(); {
		op, err = c.WaitOperation(ctx, op.ID, 30*time.Second)
	}
	return op, err
}
