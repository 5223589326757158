package storetest

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const lease = 30 * time.Second

// finish claims o and ends it as done.
func finish(e *env, o ztp.Operation) {
	e.Helper()
	got := claim(e, "w")
	if got.ID != o.ID {
		e.Fatalf("claimed %s, want %s", got.ID, o.ID)
	}
	got, err := got.Move(ztp.OperationDone, e.clock.now())
	e.must(err)
	e.must(e.SaveOperation(e.ctx, got, lease))
}

func claim(e *env, owner string) ztp.Operation {
	e.Helper()
	o, err := e.ClaimOperation(e.ctx, owner, lease, ztp.ClaimAny)
	e.must(err)
	return o
}

func wantNothingDue(e *env) {
	e.Helper()
	if o, err := e.ClaimOperation(e.ctx, "w", lease, ztp.ClaimAny); !ztp.IsCode(err, ztp.CodeNotFound) {
		e.Errorf("want nothing due, got %+v, %v", o, err)
	}
}

var operationTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		o := e.newOperation(e.platform("acme"), ztp.KindRegister)
		o.MAC = e.mac("000413000001")
		o.Actor.Address, o.Actor.RequestID = "192.0.2.7", "req-1"
		o.Params = ztp.OperationParams{Exposed: true, CompanyID: "c1", Version: 7}
		o.Data = ztp.OperationData{Mode: "reseller", Pending: &ztp.PendingCall{What: "create", Target: "t", Deadline: start}, Failed: []string{"a"}}
		o.Steps[0].At, o.Steps[0].Note = start, "noted"
		o.Error = &ztp.Problem{Code: ztp.CodeVendorUnreachable, At: start}
		o.Key, o.BodyHash, o.Waiting, o.Attempt, o.NextAt = "key", "hash", "for it", 2, start.Add(time.Minute)
		e.must(e.CreateOperation(e.ctx, o))
		got, err := e.Operation(e.ctx, o.ID)
		e.must(err)
		same(e, o, got)
		got, err = e.OperationByKey(e.ctx, "ada", "key")
		e.must(err)
		same(e, o, got)
	},
	"NotFound": func(e *env) {
		p := e.platform("acme")
		e.operation(p, ztp.KindCheck) // without a key
		_, err := e.Operation(e.ctx, "none")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.OperationByKey(e.ctx, "ada", "key")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.OperationByKey(e.ctx, "ada", "")
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.OpenOperation(e.ctx, p.ID, vendor)
		e.wantCode(ztp.CodeNotFound, err)
		e.wantCode(ztp.CodeNotFound, e.WakeOperation(e.ctx, "none"))
		o := e.newOperation(ztp.Platform{ID: "none"}, ztp.KindCheck)
		e.wantCode(ztp.CodeNotFound, e.CreateOperation(e.ctx, o))
	},
	"Resuming": func(e *env) {
		p := e.platform("acme")
		was, other := e.newOperation(p, ztp.KindCheck), e.operation(p, ztp.KindOnboard)
		e.must(e.CreateOperation(e.ctx, was))
		_, err := e.OperationResuming(e.ctx, was)
		e.wantCode(ztp.CodeNotFound, err)
		next := e.newOperation(p, ztp.KindBulk)
		next.Params.Resumes = was.ID
		e.must(e.CreateOperation(e.ctx, next))
		got, err := e.OperationResuming(e.ctx, was)
		e.must(err)
		same(e, next, got)
		_, err = e.OperationResuming(e.ctx, other)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"OneOpenPerLink": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		first := e.operation(p, ztp.KindOnboard)
		wantInTheWay(e, first, e.CreateOperation(e.ctx, e.newOperation(p, ztp.KindDisable)))
		e.operation(p, ztp.KindCheck) // changes no credential
		elsewhere := e.newOperation(p, ztp.KindOnboard)
		elsewhere.Vendor = "yealink"
		e.must(e.CreateOperation(e.ctx, elsewhere))
		e.operation(q, ztp.KindOnboard)
		open, err := e.OpenOperation(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, first, open)
		got := claim(e, "w")
		for got.ID != first.ID {
			got = claim(e, "w")
		}
		got.HoldsLink = false // an Onboard that only has phones left to resume
		e.must(e.SaveOperation(e.ctx, got, lease))
		_, err = e.OpenOperation(e.ctx, p.ID, vendor)
		e.wantCode(ztp.CodeNotFound, err)
		second := e.operation(p, ztp.KindRotate)
		got.HoldsLink = true
		e.wantRefused("to take the link back from another operation", e.SaveOperation(e.ctx, got, lease))
		open, err = e.OpenOperation(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, second.ID, open.ID)
	},
	"OneOpenPerEndpoint": func(e *env) {
		p := e.platform("acme")
		o := e.newOperation(p, ztp.KindRegister)
		o.MAC = e.mac("000413000001")
		e.must(e.CreateOperation(e.ctx, o))
		again := e.newOperation(p, ztp.KindPause)
		again.MAC = o.MAC
		wantInTheWay(e, o, e.CreateOperation(e.ctx, again))
		e.clock.pass(time.Second)
		again.MAC = e.mac("000413000002")
		e.must(e.CreateOperation(e.ctx, again))
		finish(e, o)
		next := e.newOperation(p, ztp.KindPause)
		next.MAC = o.MAC
		e.must(e.CreateOperation(e.ctx, next))
	},
	"SameKeyTwice": func(e *env) {
		p := e.platform("acme")
		o := e.newOperation(p, ztp.KindOnboard)
		o.Key = "k1"
		e.must(e.CreateOperation(e.ctx, o))
		finish(e, o) // a key stands for its operation for ever
		again := e.newOperation(p, ztp.KindRotate)
		again.Key = "k1"
		err := e.CreateOperation(e.ctx, again)
		e.wantCode(ztp.CodeOperationRunning, err)
		same(e, o.ID, ztp.AsError(err).Operation.ID)
		again.Actor.Name = "bob"
		e.must(e.CreateOperation(e.ctx, again))
		wantInTheWay(e, again, e.CreateOperation(e.ctx, again)) // the very same row
	},
	"ParallelSubmissions": func(e *env) {
		p := e.platform("acme")
		var wg sync.WaitGroup
		errs := make([]error, 20)
		for i := range errs {
			wg.Go(func() {
				errs[i] = e.Tx(e.ctx, func(s ztp.Store) error { return s.CreateOperation(e.ctx, e.newOperation(p, ztp.KindRotate)) })
			})
		}
		wg.Wait()
		made := 0
		for _, err := range errs {
			if err == nil {
				made++
				continue
			}
			e.wantCode(ztp.CodeOperationRunning, err)
			if ztp.AsError(err).Operation == nil {
				e.Error("the error names no operation")
			}
		}
		same(e, 1, made)
	},
	"List": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		for i := range 9 {
			o := e.newOperation(p, ztp.KindCheck)
			o.CreatedAt = start.Add(time.Duration(i/2) * time.Second)
			if i == 3 {
				o.Kind, o.MAC = ztp.KindRegister, e.mac("000413000001")
			}
			e.must(e.CreateOperation(e.ctx, o))
		}
		e.operation(q, ztp.KindCheck)
		all := pages(e, 4, func(c string) (ztp.Page[ztp.Operation], error) {
			return e.ListOperations(e.ctx, ztp.OperationQuery{Platform: p.ID, Cursor: c, Limit: 4})
		})
		same(e, 9, len(all))
		for i := 1; i < len(all); i++ {
			if b, a := all[i-1], all[i]; b.CreatedAt.Before(a.CreatedAt) || (b.CreatedAt.Equal(a.CreatedAt) && b.ID <= a.ID) {
				e.Errorf("%v %s before %v %s", b.CreatedAt, b.ID, a.CreatedAt, a.ID)
			}
		}
		got := claim(e, "w")
		got, err := got.Move(ztp.OperationFailed, start)
		e.must(err)
		e.must(e.SaveOperation(e.ctx, got, lease))
		for want, query := range map[int]ztp.OperationQuery{
			10: {}, 9: {Open: true}, 1: {MAC: e.mac("000413000001")}, 0: {Platform: q.ID, Vendor: "yealink"},
		} {
			page, err := e.ListOperations(e.ctx, query)
			e.must(err)
			if len(page.Items) != want {
				e.Errorf("%+v: want %d, got %d", query, want, len(page.Items))
			}
		}
		_, err = e.ListOperations(e.ctx, ztp.OperationQuery{Cursor: "WyJ4IiwieSJd"})
		e.wantField("cursor", err)
	},
	"Claim": func(e *env) {
		p := e.platform("acme")
		wantNothingDue(e)
		o := e.operation(p, ztp.KindOnboard)
		e.clock.pass(time.Second)
		got := claim(e, "worker-1")
		want := o
		want.State, want.Owner, want.Fence = ztp.OperationRunning, "worker-1", 1
		want.LeaseUntil, want.StartedAt, want.UpdatedAt = e.clock.now().Add(lease), e.clock.now(), e.clock.now()
		same(e, want, got)
		wantNothingDue(e)
		got.Steps[0].State, got.Attempt, got.Data.Mode = ztp.StepDone, 3, "platform"
		e.clock.pass(20 * time.Second)
		e.must(e.SaveOperation(e.ctx, got, lease))
		e.clock.pass(29 * time.Second) // past the first lease, within the renewed one
		wantNothingDue(e)
		saved, err := e.Operation(e.ctx, o.ID)
		e.must(err)
		got.LeaseUntil = e.clock.now().Add(time.Second)
		same(e, got, saved)
	},
	"OldestFirst": func(e *env) {
		var want []ztp.OperationID
		for _, slug := range []string{"one", "two", "three"} {
			want = append(want, e.operation(e.platform(slug), ztp.KindCheck).ID)
			e.clock.pass(time.Second)
		}
		for _, id := range want {
			same(e, id, claim(e, "w").ID)
		}
	},
	"LeaseExpires": func(e *env) {
		e.operation(e.platform("acme"), ztp.KindOnboard)
		lost := claim(e, "frozen")
		e.clock.pass(lease)
		taken := claim(e, "rescuer")
		same(e, "rescuer", taken.Owner)
		same(e, lost.Fence+1, taken.Fence)
		same(e, lost.StartedAt, taken.StartedAt)
		lost.Data.Mode = "zombie"
		if err := e.SaveOperation(e.ctx, lost, lease); !errors.Is(err, ztp.ErrLeaseLost) || err != ztp.ErrLeaseLost { //nolint:errorlint // the very value
			e.Errorf("want ErrLeaseLost, got %v", err)
		}
		now, err := e.Operation(e.ctx, taken.ID)
		e.must(err)
		same(e, taken, now)
	},
	"ALateSaveBeforeAnybodyTookOver": func(e *env) {
		e.operation(e.platform("acme"), ztp.KindOnboard)
		o := claim(e, "slow")
		e.clock.pass(2 * lease)
		e.must(e.SaveOperation(e.ctx, o, lease))
		wantNothingDue(e)
	},
	"Waiting": func(e *env) {
		for _, state := range []ztp.OperationState{ztp.OperationWaiting, ztp.OperationUnknown, ztp.OperationQueued} {
			o := e.operation(e.platform("p-"+ztp.NewID()), ztp.KindOnboard)
			got := claim(e, "w")
			got.State, got.NextAt, got.Waiting = state, e.clock.now().Add(time.Minute), "rate limit"
			e.must(e.SaveOperation(e.ctx, got, lease))
			saved, err := e.Operation(e.ctx, o.ID)
			e.must(err)
			got.Owner, got.LeaseUntil = "", time.Time{}
			same(e, got, saved)
			if err := e.SaveOperation(e.ctx, got, lease); err != ztp.ErrLeaseLost { //nolint:errorlint // the very value
				e.Errorf("%s: a save after giving it up: %v", state, err)
			}
			e.clock.pass(59 * time.Second)
			wantNothingDue(e)
			e.clock.pass(time.Second)
			again := claim(e, "w")
			if again.ID != o.ID || again.Waiting != "" || !again.NextAt.IsZero() {
				e.Errorf("%s: want it to run again, got %+v", state, again)
			}
			again, err = again.Move(ztp.OperationDone, e.clock.now())
			e.must(err)
			e.must(e.SaveOperation(e.ctx, again, lease))
		}
	},
	"HandedBack": func(e *env) {
		o := e.operation(e.platform("acme"), ztp.KindOnboard)
		got := claim(e, "stopping")
		got.State = ztp.OperationQueued
		e.must(e.SaveOperation(e.ctx, got, lease))
		same(e, o.ID, claim(e, "next").ID)
	},
	"Returned": func(e *env) {
		o := e.operation(e.platform("acme"), ztp.KindOnboard)
		e.wantCode(ztp.CodeNotFound, e.ReturnOperation(e.ctx, o.ID, o.Fence)) // nobody has it
		got := claim(e, "w")
		e.wantCode(ztp.CodeNotFound, e.ReturnOperation(e.ctx, o.ID, got.Fence-1))
		e.wantCode(ztp.CodeNotFound, e.ReturnOperation(e.ctx, "none", got.Fence))
		wantNothingDue(e)
		e.must(e.ReturnOperation(e.ctx, o.ID, got.Fence))
		again := claim(e, "w")
		same(e, got.Fence+1, again.Fence)
		if err := e.SaveOperation(e.ctx, got, lease); !errors.Is(err, ztp.ErrLeaseLost) {
			e.Errorf("a write under the old fence: %v", err)
		}
		e.wantCode(ztp.CodeNotFound, e.ReturnOperation(e.ctx, o.ID, got.Fence))
	},
	"Wake": func(e *env) {
		o := e.operation(e.platform("acme"), ztp.KindOnboard)
		e.wantCode(ztp.CodeNotFound, e.WakeOperation(e.ctx, o.ID))
		got := claim(e, "w")
		e.wantCode(ztp.CodeNotFound, e.WakeOperation(e.ctx, o.ID))
		got.State, got.NextAt = ztp.OperationUnknown, e.clock.now().Add(time.Hour)
		e.must(e.SaveOperation(e.ctx, got, lease))
		wantNothingDue(e)
		e.must(e.WakeOperation(e.ctx, o.ID))
		same(e, o.ID, claim(e, "w").ID)
	},
	"Rules": func(e *env) {
		e.operation(e.platform("acme"), ztp.KindOnboard)
		o := claim(e, "w")
		for why, change := range map[string]func(*ztp.Operation){
			"final without an end":         func(o *ztp.Operation) { o.State = ztp.OperationDone },
			"an end while running":         func(o *ztp.Operation) { o.FinishedAt = start },
			"unknown without a next check": func(o *ztp.Operation) { o.State = ztp.OperationUnknown },
			"waiting without an end":       func(o *ztp.Operation) { o.State = ztp.OperationWaiting },
			"no such state":                func(o *ztp.Operation) { o.State, o.NextAt = "paused", start },
		} {
			bad := o
			change(&bad)
			e.wantRefused(why, e.SaveOperation(e.ctx, bad, lease))
		}
		e.must(e.SaveOperation(e.ctx, o, lease))
		_, err := e.ClaimOperation(e.ctx, "", lease, ztp.ClaimAny)
		e.wantRefused("a claim by nobody", err)
	},
	"EachIsClaimedOnce": func(e *env) {
		const count, workers = 40, 8
		s := e.newStore(e.T, nil) // by the database's own clock
		p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: "acme", Name: "Acme", CreatedAt: start, UpdatedAt: start}
		e.must(s.CreatePlatform(e.ctx, p))
		for i := range count {
			o := e.newOperation(p, ztp.KindCheck)
			o.Vendor = ztp.VendorName(fmt.Sprintf("v%d", i))
			e.must(s.CreateOperation(e.ctx, o))
		}
		var mu sync.Mutex
		seen := map[ztp.OperationID]int{}
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for {
					o, err := s.ClaimOperation(e.ctx, fmt.Sprint("worker-", w), time.Hour, ztp.ClaimAny)
					mu.Lock()
					if err == nil {
						seen[o.ID]++
					}
					full := len(seen) == count
					mu.Unlock()
					// Nothing due may also mean that others are just taking the last ones.
					if full || (err != nil && !ztp.IsCode(err, ztp.CodeNotFound)) {
						if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
							e.Error(err)
						}
						return
					}
				}
			})
		}
		wg.Wait()
		for id, n := range seen {
			if n != 1 {
				e.Errorf("%s claimed %d times", id, n)
			}
		}
		same(e, count, len(seen))
	},
	"OnlyOneTakesOver": func(e *env) {
		e.operation(e.platform("acme"), ztp.KindOnboard)
		claim(e, "dead")
		e.clock.pass(lease)
		var wg sync.WaitGroup
		got := make([]error, 8)
		for i := range got {
			wg.Go(func() { _, got[i] = e.ClaimOperation(e.ctx, fmt.Sprint(i), lease, ztp.ClaimAny) })
		}
		wg.Wait()
		won := 0
		for _, err := range got {
			if err == nil {
				won++
			} else {
				e.wantCode(ztp.CodeNotFound, err)
			}
		}
		same(e, 1, won)
	},
}

func wantInTheWay(e *env, held ztp.Operation, err error) {
	e.Helper()
	e.wantCode(ztp.CodeOperationRunning, err)
	got := ztp.AsError(err).Operation
	if got == nil {
		e.Error("the error names no operation")
		return
	}
	same(e, held, *got)
}
