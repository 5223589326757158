package storetest

import (
	"fmt"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

func (e *env) event(action string) ztp.Event {
	return ztp.Event{At: e.clock.now(), Actor: "ada", Action: action, Outcome: ztp.OutcomeOK}
}

func wantChain(e *env, want int64) {
	e.Helper()
	n, err := e.VerifyEvents(e.ctx)
	e.must(err)
	same(e, want, n)
}

var eventTests = map[string]func(*env){
	"RoundTrip": func(e *env) {
		ev := ztp.Event{
			Seq: 99, Hash: "ignored", At: start.Add(400 * time.Microsecond), Actor: "token:ci", Address: "192.0.2.7", Action: "rotate.asked",
			Platform: "p", Vendor: vendor, Target: "2", Operation: "o", Outcome: ztp.OutcomeRefused, Code: ztp.CodeNotAllowed,
			Detail: "No — not <you>", RequestID: "r",
		}
		wantChain(e, 0)
		e.must(e.AppendEvent(e.ctx, ev))
		page, err := e.ListEvents(e.ctx, ztp.EventQuery{})
		e.must(err)
		if len(page.Items) != 1 || len(page.Items[0].Hash) != 64 {
			e.Fatalf("want one event with its hash, got %+v", page)
		}
		ev.Seq, ev.At, ev.Hash = 1, start, page.Items[0].Hash
		same(e, ev, page.Items[0])
		wantChain(e, 1)
	},
	"Outcomes": func(e *env) {
		ev := e.event("x")
		ev.Outcome = "maybe"
		e.wantRefused("an unknown outcome", e.AppendEvent(e.ctx, ev))
		e.must(e.AppendEvent(e.ctx, e.event("y")))
		wantChain(e, 1) // the refused one left no gap
	},
	"List": func(e *env) {
		for i := range 12 {
			ev := e.event([]string{"platform.created", "rotate.asked", "user.added"}[i%3])
			ev.Platform, ev.Target = ztp.PlatformID([]string{"p", "q"}[i%2]), fmt.Sprintf("Target %d", i)
			if i%4 == 0 {
				ev.Outcome, ev.Actor, ev.Vendor = ztp.OutcomeFailed, "bob", vendor
			}
			e.must(e.AppendEvent(e.ctx, ev))
		}
		all := pages(e, 5, func(c string) (ztp.Page[ztp.Event], error) {
			return e.ListEvents(e.ctx, ztp.EventQuery{Cursor: c, Limit: 5})
		})
		same(e, 12, len(all))
		for i, ev := range all {
			same(e, int64(12-i), ev.Seq)
		}
		for _, tc := range []struct {
			want int
			q    ztp.EventQuery
		}{
			{6, ztp.EventQuery{Platform: "p"}}, {3, ztp.EventQuery{Actor: "bob"}}, {4, ztp.EventQuery{Action: "rotate.asked"}},
			{3, ztp.EventQuery{Outcome: ztp.OutcomeFailed}}, {3, ztp.EventQuery{Vendor: vendor}}, {1, ztp.EventQuery{Text: "TARGET 7"}},
			{2, ztp.EventQuery{Platform: "q", Action: "user.added"}}, {0, ztp.EventQuery{Text: "%"}},
		} {
			page, err := e.ListEvents(e.ctx, tc.q)
			e.must(err)
			if len(page.Items) != tc.want {
				e.Errorf("%+v: want %d, got %d", tc.q, tc.want, len(page.Items))
			}
		}
		for _, bad := range []string{"x", "0", "-1", "1.5"} {
			_, err := e.ListEvents(e.ctx, ztp.EventQuery{Cursor: bad})
			e.wantField("cursor", err)
		}
	},
	"NoGapsUnderConcurrency": func(e *env) {
		const writers, each = 8, 10
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					if err := e.AppendEvent(e.ctx, e.event(fmt.Sprintf("w%d.%d", w, i))); err != nil {
						e.Error(err)
					}
				}
			})
		}
		wg.Wait()
		wantChain(e, writers*each)
	},
	"RolledBack": func(e *env) {
		stop := fmt.Errorf("stop")
		err := e.Tx(e.ctx, func(s ztp.Store) error {
			if err := s.AppendEvent(e.ctx, e.event("gone")); err != nil {
				return err
			}
			return stop
		})
		same(e, true, err == stop) //nolint:errorlint // the very value
		e.must(e.AppendEvent(e.ctx, e.event("stays")))
		wantChain(e, 1)
	},
}
