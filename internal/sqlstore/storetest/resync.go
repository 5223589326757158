package storetest

import (
	"fmt"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// resync makes one of so many phones, of which the last is left out; the nth is due n
// seconds after start.
func (e *env) resync(p ztp.Platform, phones int) (ztp.Resync, []ztp.ResyncItem) {
	e.Helper()
	r := ztp.Resync{ID: ztp.ResyncID(ztp.NewID()), Platform: p.ID, State: ztp.ResyncRunning, Spread: time.Minute, EndsAt: start.Add(time.Minute), CreatedAt: e.clock.now(), CreatedBy: "ann"}
	var items []ztp.ResyncItem
	for n := range phones {
		items = append(items, ztp.ResyncItem{Resync: r.ID, Platform: p.ID, MAC: e.mac(fmt.Sprintf("0004130000%02x", n)), State: ztp.ResyncItemQueued, DueAt: r.CreatedAt.Add(time.Duration(n) * time.Second)})
	}
	last := &items[phones-1]
	last.State, last.LeftOut, last.DueAt = ztp.ResyncItemLeftOut, ztp.LeftNoLine, time.Time{}
	e.must(e.CreateResync(e.ctx, r, items))
	r.Tally = ztp.ResyncTally{ztp.ResyncItemQueued: phones - 1, ztp.ResyncItemLeftOut: 1}
	return r, items
}

// claimed are the phones that are due at now.
func (e *env) claimed(now time.Time, most int) []ztp.ResyncItem {
	e.Helper()
	due, err := e.HasDueResyncItems(e.ctx, now, now.Add(-time.Minute))
	e.must(err)
	items, err := e.ClaimResyncItems(e.ctx, now, now.Add(-time.Minute), most)
	e.must(err)
	same(e, due, len(items) > 0)
	return items
}

func (e *env) answered(i ztp.ResyncItem, status int) ztp.ResyncItem {
	e.Helper()
	i, err := i.Answered(status, start.Add(time.Hour))
	e.must(err)
	return i
}

var resyncTests = map[string]func(*env){
	"Life": func(e *env) {
		p := e.platform("acme")
		r, items := e.resync(p, 4)
		got, err := e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, r, got)
		page, err := e.ListResyncItems(e.ctx, ztp.ResyncItemQuery{Resync: r.ID})
		e.must(err)
		same(e, items, page.Items)

		same(e, 0, len(e.claimed(start.Add(-time.Millisecond), 9)))
		now := start.Add(time.Second)
		first := e.claimed(now, 9)
		same(e, 2, len(first))
		want := items[0]
		want.State, want.SentAt, want.Tries = ztp.ResyncItemSending, now, 1
		same(e, want, first[0])
		same(e, 0, len(e.claimed(now, 9))) // nobody gets it a second time

		told, again := e.answered(first[0], 200), first[1]
		told.Target = "sip:1@voice.example"
		again, err = again.NotReached("no route", now)
		e.must(err)
		e.must(e.SaveResyncItems(e.ctx, []ztp.ResyncItem{told, again}, map[ztp.ResyncID]string{r.ID: "no route"}, now))
		r.Trouble, r.Tally = "no route", ztp.ResyncTally{ztp.ResyncItemTold: 1, ztp.ResyncItemQueued: 2, ztp.ResyncItemLeftOut: 1}
		got, err = e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, r, got)
		head := r
		head.Tally = nil
		got, err = e.ResyncHead(e.ctx, r.ID)
		e.must(err)
		same(e, head, got)
		last, err := e.LastResync(e.ctx, p.ID, told.MAC)
		e.must(err)
		same(e, told, last)

		end := start.Add(time.Hour)
		rest := e.claimed(end, 9)
		same(e, 2, len(rest))
		for n := range rest {
			rest[n] = e.answered(rest[n], 480)
		}
		e.must(e.SaveResyncItems(e.ctx, rest, map[ztp.ResyncID]string{r.ID: ""}, end))
		r.State, r.FinishedAt, r.Trouble = ztp.ResyncDone, end, ""
		r.Tally = ztp.ResyncTally{ztp.ResyncItemTold: 1, ztp.ResyncItemNotRegistered: 2, ztp.ResyncItemLeftOut: 1}
		got, err = e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, r, got)
		page, err = e.ListResyncItems(e.ctx, ztp.ResyncItemQuery{Resync: r.ID, State: ztp.ResyncItemNotRegistered, Limit: 1})
		e.must(err)
		if len(page.Items) != 1 || page.Next == "" || page.Items[0].Status != 480 {
			e.Errorf("a part of the list: %+v", page)
		}
	},
	// Who began it is dead: it is taken up after a while, and a late word of the first does
	// not count.
	"Lost": func(e *env) {
		r, _ := e.resync(e.platform("acme"), 2)
		first := e.claimed(start, 9)
		same(e, 0, len(e.claimed(start.Add(time.Minute), 9)))
		later := start.Add(time.Minute + time.Millisecond)
		again := e.claimed(later, 9)
		if len(first) != 1 || len(again) != 1 || again[0].Tries != 2 {
			e.Fatalf("first %+v, again %+v", first, again)
		}
		e.must(e.SaveResyncItems(e.ctx, []ztp.ResyncItem{e.answered(first[0], 404)}, nil, later))
		got, err := e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, ztp.ResyncTally{ztp.ResyncItemSending: 1, ztp.ResyncItemLeftOut: 1}, got.Tally)
		e.must(e.SaveResyncItems(e.ctx, []ztp.ResyncItem{e.answered(again[0], 200)}, nil, later))
		got, err = e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, ztp.ResyncDone, got.State)
	},
	"Cancel": func(e *env) {
		r, _ := e.resync(e.platform("acme"), 4)
		begun := e.claimed(start, 9)
		r, err := r.Move(ztp.ResyncCancelled, "bob", start.Add(time.Second))
		e.must(err)
		e.must(e.CancelResync(e.ctx, r))
		e.wantCode(ztp.CodeFormOutdated, e.CancelResync(e.ctx, r))
		r.Tally = ztp.ResyncTally{ztp.ResyncItemSending: 1, ztp.ResyncItemCancelled: 2, ztp.ResyncItemLeftOut: 1}
		got, err := e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, r, got)
		again, err := begun[0].NotReached("no route", start)
		e.must(err)
		e.must(e.SaveResyncItems(e.ctx, []ztp.ResyncItem{again}, nil, start.Add(time.Minute)))
		got, err = e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, ztp.ResyncTally{ztp.ResyncItemCancelled: 3, ztp.ResyncItemLeftOut: 1}, got.Tally)
		same(e, 0, len(e.claimed(start.Add(time.Hour), 9)))
		e.wantCode(ztp.CodeNotFound, e.CancelResync(e.ctx, ztp.Resync{ID: "none", FinishedAt: start}))
	},
	"List": func(e *env) {
		acme, zeta := e.platform("acme"), e.platform("zeta")
		first, _ := e.resync(acme, 2)
		e.clock.pass(time.Second)
		other, _ := e.resync(zeta, 2)
		e.clock.pass(time.Second)
		second, _ := e.resync(acme, 2)
		list := func(q ztp.ResyncQuery, want ...ztp.Resync) string {
			e.Helper()
			page, err := e.ListResyncs(e.ctx, q)
			e.must(err)
			same(e, want, page.Items)
			return page.Next
		}
		list(ztp.ResyncQuery{}, second, other, first)
		list(ztp.ResyncQuery{Open: true}, second, other, first)
		next := list(ztp.ResyncQuery{Platform: acme.ID, Limit: 1}, second)
		list(ztp.ResyncQuery{Platform: acme.ID, Limit: 1, Cursor: next}, first)
		_, err := e.ListResyncs(e.ctx, ztp.ResyncQuery{Cursor: "x"})
		e.wantField("cursor", err)
		last, err := e.LastResync(e.ctx, acme.ID, e.mac("000413000000"))
		e.must(err)
		same(e, second.ID, last.Resync)
		_, err = e.LastResync(e.ctx, acme.ID, e.mac("0004130000ff"))
		e.wantCode(ztp.CodeNotFound, err)
		ended, err := first.Move(ztp.ResyncCancelled, "ann", start)
		e.must(err)
		e.must(e.CancelResync(e.ctx, ended))
		e.must(e.DropResyncs(e.ctx, start))
		if _, err := e.Resync(e.ctx, first.ID); err != nil {
			e.Errorf("it has ended only just: %v", err)
		}
		e.must(e.DropResyncs(e.ctx, start.Add(time.Millisecond)))
		_, err = e.Resync(e.ctx, first.ID)
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.DeletePlatform(e.ctx, zeta.ID))
		list(ztp.ResyncQuery{}, second)
		e.wantCode(ztp.CodeNotFound, e.CreateResync(e.ctx, ztp.Resync{ID: "x", Platform: "none", State: ztp.ResyncRunning, EndsAt: start, CreatedAt: start}, nil))
	},
	// A large one is put in by parts, and tells nobody before the last.
	"Staged": func(e *env) {
		p := e.platform("acme")
		plain, items := e.resync(p, 6)
		r := plain
		r.ID = ztp.ResyncID(ztp.NewID())
		for n := range items {
			items[n].Resync = r.ID
		}
		e.must(e.CreateResync(e.ctx, r.Stage(), items[4:]))
		e.wantCode(ztp.CodeFormOutdated, e.CreateResync(e.ctx, r.Stage(), nil))
		e.must(e.AddResyncItems(e.ctx, r, items[2:4]))
		other := r
		other.CreatedAt = r.CreatedAt.Add(time.Millisecond)
		e.wantCode(ztp.CodeFormOutdated, e.AddResyncItems(e.ctx, other, items[:2]))
		e.wantCode(ztp.CodeFormOutdated, e.StartResync(e.ctx, other, items[:2]))
		got, err := e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, true, got.Staged())
		e.must(e.EndCutResyncs(e.ctx, r.CreatedAt, start.Add(time.Hour))) // it is not that old
		e.must(e.StartResync(e.ctx, r, items[:2]))
		e.wantCode(ztp.CodeFormOutdated, e.AddResyncItems(e.ctx, r, nil))
		e.wantCode(ztp.CodeNotFound, e.AddResyncItems(e.ctx, ztp.Resync{ID: "none"}, nil))
		e.must(e.DropCutResync(e.ctx, r.ID)) // it is neither staged nor cut short
		e.must(e.EndCutResyncs(e.ctx, start.Add(time.Hour), start.Add(time.Hour)))
		got, err = e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, r, got)
	},
	"CutShort": func(e *env) {
		p := e.platform("acme")
		_, items := e.resync(p, 4)
		r := ztp.Resync{ID: ztp.ResyncID(ztp.NewID()), Platform: p.ID, State: ztp.ResyncRunning, EndsAt: start, CreatedAt: e.clock.now()}
		for n := range items {
			items[n].Resync = r.ID
		}
		e.must(e.CreateResync(e.ctx, r.Stage(), items))
		e.must(e.EndCutResyncs(e.ctx, r.CreatedAt.Add(time.Millisecond), start.Add(time.Hour)))
		e.wantCode(ztp.CodeFormOutdated, e.StartResync(e.ctx, r, nil))
		got, err := e.Resync(e.ctx, r.ID)
		e.must(err)
		same(e, true, got.CutShort())
		same(e, ztp.ResyncTally{ztp.ResyncItemCancelled: 3, ztp.ResyncItemLeftOut: 1}, got.Tally)
		for range 2 {
			e.must(e.DropCutResync(e.ctx, r.ID))
		}
		_, err = e.Resync(e.ctx, r.ID)
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.CreateResync(e.ctx, r.Stage(), items))
		e.must(e.DropCutResync(e.ctx, r.ID)) // nobody has ended it yet
		_, err = e.Resync(e.ctx, r.ID)
		e.wantCode(ztp.CodeNotFound, err)
	},
	// Several processes take phones at once, and none is taken twice.
	"Rivals": func(e *env) {
		e.resync(e.platform("acme"), 41)
		var mu sync.Mutex
		taken, wait := map[ztp.MAC]int{}, sync.WaitGroup{}
		for range 4 {
			wait.Go(func() {
				for range 10 {
					items, err := e.ClaimResyncItems(e.ctx, start.Add(time.Minute), start, 3)
					mu.Lock()
					if err != nil {
						e.Error(err)
					}
					for _, i := range items {
						taken[i.MAC]++
					}
					mu.Unlock()
				}
			})
		}
		wait.Wait()
		for mac, n := range taken {
			if n != 1 {
				e.Errorf("%s was taken %d times", mac, n)
			}
		}
		same(e, 40, len(taken)+len(e.claimed(start.Add(time.Minute), 50)))
	},
	"Lines": func(e *env) {
		p := e.platform("acme")
		one, other := e.endpoint(e.account(p, "main"), "000413000001").MAC, e.mac("000413000002")
		e.changed(ztp.SettingScope{Platform: p.ID, MAC: one}, putSetting("line_user[1]", "201"), putSetting("line_registrar[2]", "voice"), putSetting("phone_name", "x"), putSecret("line_password[1]", "s"))
		lines, err := e.PhoneLines(e.ctx, p.ID, []ztp.MAC{one, other})
		e.must(err)
		same(e, map[ztp.MAC][]ztp.Setting{one: {{Name: "line_registrar", Index: 2, Value: "voice"}, {Name: "line_user", Index: 1, Value: "201"}}}, lines)
	},
}
