package storetest

import (
	"sync"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

var replicaTests = map[string]func(*env){
	"LivesAndLeaves": func(e *env) {
		a := ztp.Replica{ID: "a", Version: "1.2", Schema: 7, SettledAt: start}
		e.must(e.BeatReplica(e.ctx, a, lease))
		e.clock.pass(time.Second)
		e.must(e.BeatReplica(e.ctx, ztp.Replica{ID: "b", SettledAt: start}, lease))
		e.clock.pass(lease - time.Second)
		wantReplicas(e, 0, "b")
		wantReplicas(e, time.Minute, "a", "b")
		a.SettledAt = start.Add(5 * time.Second)
		e.must(e.BeatReplica(e.ctx, a, lease))
		got, now, err := e.ListReplicas(e.ctx, 0)
		e.must(err)
		same(e, start.Add(lease), now)
		a.StartedAt, a.SeenAt, a.AliveUntil = start, start.Add(lease), start.Add(2*lease)
		same(e, a, got[0])
		e.must(e.LeaveReplica(e.ctx, "a"))
		e.must(e.LeaveReplica(e.ctx, "a"))
		wantReplicas(e, time.Minute, "b")
		e.clock.pass(time.Hour)
		e.must(e.TidyReplicas(e.ctx, time.Minute))
		wantReplicas(e, 24*time.Hour)
	},
	"ADutyIsTakenOncePerPeriod": func(e *env) {
		take := func() bool {
			taken, err := e.TakeDuty(e.ctx, "sweep", time.Minute)
			e.must(err)
			return taken
		}
		if !take() || take() {
			e.Error("want the duty taken once")
		}
		if other, err := e.TakeDuty(e.ctx, "cook", time.Minute); !other || err != nil {
			e.Errorf("want another duty free, got %t, %v", other, err)
		}
		e.clock.pass(time.Minute)
		if !take() || take() {
			e.Error("want the duty taken once in the next period")
		}
	},
	"ADutyIsTakenByOneOfMany": func(e *env) {
		var taken atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if ok, err := e.TakeDuty(e.ctx, "sweep", time.Minute); err != nil {
					e.Error(err)
				} else if ok {
					taken.Add(1)
				}
			})
		}
		wg.Wait()
		if taken.Load() != 1 {
			e.Errorf("taken %d times", taken.Load())
		}
	},
	"ADutyGoesBackWithItsTx": func(e *env) {
		_ = e.Tx(e.ctx, func(s ztp.Store) error {
			if ok, err := s.TakeDuty(e.ctx, "sweep", time.Minute); !ok || err != nil {
				e.Errorf("want it taken, got %t, %v", ok, err)
			}
			return errStop
		})
		if ok, err := e.TakeDuty(e.ctx, "sweep", time.Minute); !ok || err != nil {
			e.Errorf("want it free again, got %t, %v", ok, err)
		}
	},
	"PlacesFollowEachOther": func(e *env) {
		take := func(n int) time.Duration {
			first, _, err := e.TakePlaces(e.ctx, vendor, 5, 20, n)
			e.must(err)
			return first.Sub(e.clock.now())
		}
		// Twenty may go at once, then one in 200 ms.
		same(e, []time.Duration{-4 * time.Second, -3 * time.Second, 0, time.Second}, []time.Duration{take(5), take(15), take(5), take(5)})
		e.clock.pass(time.Hour)
		same(e, -4*time.Second, take(5))
		first, _, err := e.TakePlaces(e.ctx, "yealink", 5, 20, 1)
		e.must(err)
		same(e, -4*time.Second, first.Sub(e.clock.now()))
	},
	"APauseIsForEverybody": func(e *env) {
		paused := func() time.Duration {
			until, err := e.CallsPaused(e.ctx, vendor)
			e.must(err)
			return until.Sub(e.clock.now())
		}
		if until, err := e.CallsPaused(e.ctx, vendor); err != nil || !until.IsZero() {
			e.Errorf("want none, got %s, %v", until, err)
		}
		e.must(e.PauseCalls(e.ctx, vendor, time.Minute))
		e.must(e.PauseCalls(e.ctx, vendor, time.Second)) // the longer one counts
		same(e, time.Minute, paused())
		_, until, err := e.TakePlaces(e.ctx, vendor, 5, 20, 1)
		e.must(err)
		same(e, time.Minute, until.Sub(e.clock.now()))
	},
}

func wantReplicas(e *env, ago time.Duration, ids ...string) {
	e.Helper()
	all, _, err := e.ListReplicas(e.ctx, ago)
	e.must(err)
	got := []string{}
	for _, r := range all {
		got = append(got, r.ID)
	}
	same(e, append([]string{}, ids...), got)
}

// keyTests: operations on one link's keys, and who may run beside whom.
var keyTests = map[string]func(*env){
	"OneAtATimePerLink": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		e.link(p)
		check := e.operation(p, ztp.KindCheck)
		e.clock.pass(time.Millisecond)
		e.operation(p, ztp.KindTidy)
		phone := e.newOperation(p, ztp.KindRegister)
		phone.MAC = e.mac("000413000001")
		e.clock.pass(time.Millisecond)
		e.must(e.CreateOperation(e.ctx, phone))
		e.clock.pass(time.Millisecond)
		other := e.operation(q, ztp.KindTidy)
		running := claim(e, "w1")
		same(e, check.ID, running.ID)
		same(e, phone.ID, claim(e, "w2").ID) // works on no key
		same(e, other.ID, claim(e, "w2").ID) // works on another link's
		wantNothingDue(e)
		done, err := running.Move(ztp.OperationDone, e.clock.now())
		e.must(err)
		e.must(e.SaveOperation(e.ctx, done, lease))
		same(e, ztp.KindTidy, claim(e, "w2").Kind)
	},
	"ADeadOneHoldsUpUntilItsLeaseEnds": func(e *env) {
		p := e.platform("acme")
		e.operation(p, ztp.KindCheck)
		claim(e, "dead")
		e.operation(p, ztp.KindTidy)
		wantNothingDue(e)
		e.clock.pass(lease)
		claim(e, "w") // either of them
		wantNothingDue(e)
	},
	"NothingBetweenTheStepsOfAChange": func(e *env) {
		p := e.platform("acme")
		e.operation(p, ztp.KindRotate)
		rotate := claim(e, "w")
		rotate.State, rotate.NextAt = ztp.OperationWaiting, e.clock.now().Add(time.Minute)
		e.must(e.SaveOperation(e.ctx, rotate, lease))
		e.operation(p, ztp.KindTidy)
		wantNothingDue(e)
		e.clock.pass(time.Minute)
		rotate = claim(e, "w")
		same(e, ztp.KindRotate, rotate.Kind)
		rotate.HoldsLink = false
		done, err := rotate.Move(ztp.OperationDone, e.clock.now())
		e.must(err)
		e.must(e.SaveOperation(e.ctx, done, lease))
		same(e, ztp.KindTidy, claim(e, "w").Kind)
	},
	"AReleaseThatMakesAKey": func(e *env) {
		p := e.platform("acme")
		e.link(p)
		release := e.newOperation(p, ztp.KindRelease)
		release.MAC = e.mac("000413000001")
		e.must(e.CreateOperation(e.ctx, release))
		release = claim(e, "w")
		release.Steps = append(release.Steps, ztp.Step{Name: ztp.StepRevokeMade, State: ztp.StepPending})
		e.must(e.SaveOperation(e.ctx, release, lease))
		e.operation(p, ztp.KindCheck)
		wantNothingDue(e)
		release.Steps[0].State, release.Steps[1].State = ztp.StepDone, ztp.StepDone
		e.must(e.SaveOperation(e.ctx, release, lease))
		claim(e, "w")
	},
	"PhonesBesideARotation": func(e *env) {
		p := e.platform("acme")
		onboard := e.newOperation(p, ztp.KindOnboard)
		e.must(e.CreateOperation(e.ctx, onboard))
		onboard = claim(e, "w")
		onboard.HoldsLink = false
		for i := range len(onboard.Steps) - 1 { // phones are left to resume
			onboard.Steps[i].State = ztp.StepDone
		}
		e.must(e.SaveOperation(e.ctx, onboard, lease))
		e.operation(p, ztp.KindRotate)
		same(e, ztp.KindRotate, claim(e, "w").Kind)
	},
	"TwoClaimsAtOnce": func(e *env) {
		p := e.platform("acme")
		e.link(p)
		for range 4 {
			for _, kind := range []ztp.OperationKind{ztp.KindCheck, ztp.KindTidy, ztp.KindUpdateAddress} {
				e.operation(p, kind)
			}
		}
		var running atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				_, err := e.ClaimOperation(e.ctx, "w", lease, ztp.ClaimAny)
				if err == nil {
					running.Add(1)
				} else if !ztp.IsCode(err, ztp.CodeNotFound) {
					e.Error(err)
				}
			})
		}
		wg.Wait()
		if running.Load() != 1 {
			e.Errorf("%d run at once", running.Load())
		}
	},
}
