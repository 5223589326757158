package resync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/resync"
	"zerotouch.example/internal/sipnotify"
	"zerotouch.example/internal/sipsim"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

var admin = ztp.Actor{Kind: ztp.ActorUser, Name: "ops@example.net", Role: ztp.SuperAdmin}

// world is a platform with phones in service, whose users are 0, 1, 2 and so on.
type world struct {
	t       *testing.T
	mu      sync.Mutex
	at      time.Time
	store   ztp.Store
	control *control.Control
	p       ztp.Platform
	phones  []ztp.MAC
}

func (w *world) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }

func (w *world) pass(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.at = w.at.Add(d) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newWorld(t *testing.T, phones int) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)}
	w.store = storetest.SQLiteWith(t, storetest.Options{Clock: w.now})
	w.control = control.New(control.Config{Store: w.store, Installation: storetest.Installation, SIPProxy: "sip:proxy.example", Now: w.now})
	var err error
	w.p, _, err = w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Acme"})
	w.must(err)
	acc, _, _, err := w.control.CreateAccount(t.Context(), admin, w.p.Slug, control.NewAccount{Name: "Main"})
	w.must(err)
	_, err = w.store.ChangeSettings(t.Context(), ztp.SettingScope{Platform: w.p.ID}, nil, []ztp.SettingChange{{Name: ztp.SettingLineRegistrar, Value: ztp.NewSecret("voice.example")}}, "ann", w.at)
	w.must(err)
	w.must(w.store.Tx(t.Context(), func(s ztp.Store) error {
		w.phones = nil
		for n := range phones {
			w.addPhone(s, acc, n)
		}
		return nil
	}))
	return w
}

func (w *world) addPhone(s ztp.Store, acc ztp.Account, n int) {
	w.t.Helper()
	mac, err := ztp.ParseMAC(fmt.Sprintf("000413%06x", n))
	w.must(err)
	w.must(s.SaveEndpoint(w.t.Context(), ztp.Endpoint{
		Platform: w.p.ID, Vendor: "snom", MAC: mac, Account: acc.ID, ProductGroup: "D-Series", State: ztp.EndpointWanted, CreatedAt: w.at, UpdatedAt: w.at,
	}))
	w.must(s.TouchEndpoint(w.t.Context(), w.p.ID, mac, w.at))
	w.user(s, mac, fmt.Sprint(n))
	w.phones = append(w.phones, mac)
}

func (w *world) user(s ztp.Store, mac ztp.MAC, user string) {
	w.t.Helper()
	_, err := s.ChangeSettings(w.t.Context(), ztp.SettingScope{Platform: w.p.ID, MAC: mac}, nil,
		[]ztp.SettingChange{{Name: ztp.SettingLineUser, Index: 1, Value: ztp.NewSecret(user)}}, "ann", w.at)
	w.must(err)
}

func (w *world) begin(r control.ResyncRequest) ztp.Resync {
	w.t.Helper()
	made, err := w.control.BeginResync(w.t.Context(), admin, w.p.Slug, r)
	w.must(err)
	return made
}

func (w *world) resync(id ztp.ResyncID) ztp.Resync {
	w.t.Helper()
	r, err := w.store.Resync(context.Background(), id)
	w.must(err)
	return r
}

// turn is a second of a runner: what is due is told, and what comes of it is committed.
func (w *world) turn(r *resync.Runner) {
	w.t.Helper()
	w.must(r.Advance(w.t.Context()))
	w.must(r.Settle(w.t.Context()))
	w.pass(time.Second)
}

// exchange counts what reaches phones, by user, and says what each answers.
type exchange struct {
	lock   sync.Mutex
	told   map[string]int
	event  string
	answer func(user string) (int, error)
}

func (x *exchange) Notify(_ context.Context, to sipnotify.Address, event string) (int, error) {
	user, _, _ := strings.Cut(strings.TrimPrefix(to.String(), "sip:"), "@")
	x.lock.Lock()
	defer x.lock.Unlock()
	if x.told == nil {
		x.told = map[string]int{}
	}
	x.told[user]++
	x.event = event
	if x.answer == nil {
		return 200, nil
	}
	return x.answer(user)
}

func (x *exchange) count() (n int) {
	x.lock.Lock()
	defer x.lock.Unlock()
	for _, of := range x.told {
		n += of
	}
	return n
}

func (w *world) runner(s resync.Sender) *resync.Runner {
	return resync.New(resync.Config{Store: w.store, Sender: s, Now: w.now})
}

// TestOverTheChosenTime: through a real proxy; each phone is told once, spread over the
// time, and what each answered is known.
func TestOverTheChosenTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 30)
	sim := &sipsim.Server{Phone: func(r sipsim.Request) int {
		return map[string]int{"sip:1@voice.example": 480, "sip:2@voice.example": 489, "sip:3@voice.example": 408}[r.URI]
	}}
	told := sim.Phone
	sim.Phone = func(r sipsim.Request) int {
		if status := told(r); status != 0 {
			return status
		}
		return 200
	}
	at, err := sim.Listen("udp", "127.0.0.1:0", nil)
	w.must(err)
	t.Cleanup(sim.Close)
	proxy, err := sipnotify.ParseProxy("sip:" + at)
	w.must(err)
	client := sipnotify.New(sipnotify.Config{Proxy: proxy})
	t.Cleanup(client.Close)
	made := w.begin(control.ResyncRequest{Within: 5 * time.Minute})
	r := w.runner(client)
	for minute := range 5 {
		for range 60 {
			w.turn(r)
		}
		if n := len(sim.Seen()); n < 6*minute+5 || n > 6*minute+7 {
			t.Errorf("after %d minutes %d phones of 30 are told", minute+1, n)
		}
	}
	w.turn(r)
	got := w.resync(made.ID)
	want := ztp.ResyncTally{ztp.ResyncItemTold: 27, ztp.ResyncItemNotRegistered: 1, ztp.ResyncItemRefused: 1, ztp.ResyncItemNoAnswer: 1}
	if diff := cmp.Diff(want, got.Tally); diff != "" || got.State != ztp.ResyncDone {
		t.Errorf("%s: -want +got\n%s", got.State, diff)
	}
	if n := len(sim.Seen()); n != 30 {
		t.Errorf("%d messages for 30 phones", n)
	}
	last, err := w.store.LastResync(t.Context(), w.p.ID, w.phones[2])
	w.must(err)
	if last.State != ztp.ResyncItemRefused || last.Status != 489 || last.Target != "sip:2@voice.example" {
		t.Errorf("the third phone: %+v", last)
	}
}

// mortal dies at the nth commit: from then on nothing reaches the database.
type mortal struct {
	ztp.Store
	commits, at int
	after       bool
}

var errDead = errors.New("the process is dead")

func (m *mortal) commit(f func() error) error {
	m.commits++
	if m.commits > m.at || m.commits == m.at && !m.after {
		return errDead
	}
	if err := f(); err != nil || m.commits < m.at {
		return err
	}
	return errDead
}

func (m *mortal) TakeDuty(ctx context.Context, name string, d time.Duration) (mine bool, err error) {
	err = m.commit(func() (err error) { mine, err = m.Store.TakeDuty(ctx, name, d); return err })
	return mine, err
}

func (m *mortal) ClaimResyncItems(ctx context.Context, now, lost time.Time, n int) (items []ztp.ResyncItem, err error) {
	err = m.commit(func() (err error) { items, err = m.Store.ClaimResyncItems(ctx, now, lost, n); return err })
	return items, err
}

func (m *mortal) SaveResyncItems(ctx context.Context, items []ztp.ResyncItem, trouble map[ztp.ResyncID]string, at time.Time) error {
	return m.commit(func() error { return m.Store.SaveResyncItems(ctx, items, trouble, at) })
}

// TestKilledAnywhere: whichever commit a process dies before or after, the next one tells
// every phone that was not told, and of the others only those that it died over.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	const phones = 70 // two turns
	for at := 1; at <= 6; at++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("commit %d, after it %v", at, after), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, phones)
				made := w.begin(control.ResyncRequest{})
				w.pass(3 * time.Second)
				x := &exchange{}
				store := &mortal{Store: w.store, at: at, after: after}
				dying := resync.New(resync.Config{Store: store, Sender: x, Now: w.now})
				for turn := 0; store.commits < at; turn++ {
					if turn == 10 {
						t.Fatalf("only %d commits", store.commits)
					}
					if err := errors.Join(dying.Advance(t.Context()), dying.Settle(t.Context())); err != nil && !errors.Is(err, errDead) {
						t.Fatal(err)
					}
					w.pass(time.Second)
				}
				before := x.count()
				next := w.runner(x)
				w.pass(90 * time.Second)
				for range 4 {
					w.turn(next)
				}
				if got := w.resync(made.ID); got.State != ztp.ResyncDone || got.Tally[ztp.ResyncItemTold] != phones {
					t.Errorf("it is %s, %v", got.State, got.Tally)
				}
				if len(x.told) != phones || x.count() > phones+ztp.ResyncRate {
					t.Errorf("%d phones of %d were told, by %d messages, %d of them before", len(x.told), phones, x.count(), before)
				}
			})
		}
	}
}

// TestTwoProcesses: both look at the same rows, and no phone is told twice.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 80)
	w.begin(control.ResyncRequest{})
	x := &exchange{}
	a, b := w.runner(x), w.runner(x)
	for range 10 {
		w.pass(time.Second)
		var both sync.WaitGroup
		for _, r := range []*resync.Runner{a, b} {
			both.Go(func() {
				if err := errors.Join(r.Advance(t.Context()), r.Settle(t.Context())); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
	}
	if len(x.told) != 80 || x.count() != 80 {
		t.Errorf("%d phones of 80 by %d messages", len(x.told), x.count())
	}
}

// reads counts how often a resync is read, and how often with its phones counted.
type reads struct {
	ztp.Store
	n, counted atomic.Int64
}

func (s *reads) Resync(ctx context.Context, id ztp.ResyncID) (ztp.Resync, error) {
	s.counted.Add(1)
	return s.Store.Resync(ctx, id)
}

func (s *reads) ResyncHead(ctx context.Context, id ztp.ResyncID) (ztp.Resync, error) {
	s.n.Add(1)
	return s.Store.ResyncHead(ctx, id)
}

// TestReadOnce: a resync is read once for the phones of a second, and they are not counted,
// which takes as long as there are phones.
func TestReadOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 40)
	w.begin(control.ResyncRequest{})
	w.pass(time.Minute)
	s, x := &reads{Store: w.store}, &exchange{}
	w.turn(resync.New(resync.Config{Store: s, Sender: x, Now: w.now}))
	if n, counted := s.n.Load(), s.counted.Load(); n != 1 || counted != 0 || x.count() != 40 {
		t.Errorf("%d phones are told with %d reads of their resync, which is counted %d times", x.count(), n, counted)
	}
}

// TestWhoCame: a phone that has come since is not told, unless it is to restart; one that
// was given up or has lost its line is left out.
func TestWhoCame(t *testing.T) {
	t.Parallel()
	for _, reboot := range []bool{false, true} {
		w := newWorld(t, 4)
		made := w.begin(control.ResyncRequest{Reboot: reboot})
		w.pass(time.Minute)
		w.must(w.store.TouchEndpoint(t.Context(), w.p.ID, w.phones[0], w.now()))
		w.user(w.store, w.phones[1], "")
		e, err := w.store.Endpoint(t.Context(), w.p.ID, w.phones[2])
		w.must(err)
		e.State = ztp.EndpointReleased
		w.must(w.store.SaveEndpoint(t.Context(), e))
		x := &exchange{}
		w.turn(w.runner(x))
		want, event := map[string]int{"3": 1}, sipnotify.CheckSync
		if reboot {
			want, event = map[string]int{"0": 1, "3": 1}, sipnotify.CheckSyncReboot
		}
		if diff := cmp.Diff(want, x.told); diff != "" || x.event != event {
			t.Errorf("reboot %v, %s, told -want +got\n%s", reboot, x.event, diff)
		}
		page, err := w.store.ListResyncItems(t.Context(), ztp.ResyncItemQuery{Resync: made.ID})
		w.must(err)
		if got := []ztp.ResyncLeft{page.Items[1].LeftOut, page.Items[2].LeftOut}; got[0] != ztp.LeftNoLine || got[1] != ztp.LeftGone {
			t.Errorf("left out: %v", got)
		}
	}
}

// TestProxyAway: it is no word about phones; they are told when it is back, and the resync
// says meanwhile what is in the way.
func TestProxyAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	made := w.begin(control.ResyncRequest{})
	away := fmt.Errorf("%w: connection refused", sipnotify.ErrProxy)
	x := &exchange{answer: func(string) (int, error) { return 0, away }}
	r := w.runner(x)
	for range 3 {
		w.turn(r)
	}
	if got := w.resync(made.ID); got.State != ztp.ResyncRunning || got.Trouble != away.Error() || got.Tally[ztp.ResyncItemQueued] != 2 || x.count() != 2 {
		t.Errorf("while it is away: %+v, %d messages", got, x.count())
	}
	x.answer = nil
	w.pass(time.Minute)
	w.turn(r)
	if got := w.resync(made.ID); got.State != ztp.ResyncDone || got.Trouble != "" || got.Tally[ztp.ResyncItemTold] != 2 {
		t.Errorf("when it is back: %+v", got)
	}
}

// TestNoProxy: a process without one tells nobody and says why.
func TestNoProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	made := w.begin(control.ResyncRequest{})
	w.turn(w.runner(nil))
	if got := w.resync(made.ID); !strings.Contains(got.Trouble, "ZEROTOUCH_SIP_PROXY") || got.Tally[ztp.ResyncItemQueued] != 1 {
		t.Errorf("without a proxy: %+v", got)
	}
	w.turn(w.runner(&exchange{}))
	if got := w.resync(made.ID); got.State != ztp.ResyncDone {
		t.Errorf("with one: %+v", got)
	}
}

// TestCancel: who is not told by then is not told any more.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 60)
	made := w.begin(control.ResyncRequest{})
	x := &exchange{}
	r := w.runner(x)
	w.turn(r) // the first one's time has come
	_, err := w.control.CancelResync(t.Context(), admin, made.ID)
	w.must(err)
	for range 5 {
		w.turn(r)
	}
	if got := w.resync(made.ID); got.State != ztp.ResyncCancelled || got.Tally[ztp.ResyncItemCancelled] != 60-x.count() || x.count() != 1 {
		t.Errorf("%+v, %d messages", got, x.count())
	}
}

// stuck never answers before its process stops.
type stuck struct{ begun chan struct{} }

func (s stuck) Notify(ctx context.Context, _ sipnotify.Address, _ string) (int, error) {
	s.begun <- struct{}{}
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestStop: what is under way when a process stops is given back, and told by the next.
func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	made := w.begin(control.ResyncRequest{})
	ctx, cancel := context.WithCancel(t.Context())
	s := stuck{make(chan struct{})}
	ended := make(chan struct{})
	go func() { w.runner(s).Run(ctx); close(ended) }()
	<-s.begun
	cancel()
	<-ended
	if got := w.resync(made.ID); got.Tally[ztp.ResyncItemQueued] != 1 {
		t.Errorf("after the stop: %+v", got)
	}
	w.pass(time.Second) // the duty of the second before
	w.turn(w.runner(&exchange{}))
	if got := w.resync(made.ID); got.State != ztp.ResyncDone {
		t.Errorf("after the next start: %+v", got)
	}
}

// TestRunLooksEverySecond: by a clock that is not the test's own.
func TestRunLooksEverySecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		store := &counting{}
		go resync.New(resync.Config{Store: store}).Run(ctx)
		time.Sleep(10*time.Second + time.Millisecond)
		cancel()
		synctest.Wait()
		if store.looks != 11 {
			t.Errorf("%d looks within 10 seconds", store.looks)
		}
	})
}

type counting struct {
	ztp.Store
	looks int
}

func (c *counting) EndCutResyncs(context.Context, time.Time, time.Time) error { return nil }

func (c *counting) HasDueResyncItems(context.Context, time.Time, time.Time) (bool, error) {
	c.looks++
	return false, nil
}

// TestCutShort: no phone is told of one that was not put in as a whole, neither while that
// is done nor after whoever did it has died; and it says so.
func TestCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	plan, err := w.control.PlanResync(t.Context(), admin, w.p.Slug, control.ResyncRequest{})
	w.must(err)
	w.must(w.store.CreateResync(t.Context(), plan.Stage(), plan.Items[:2]))
	w.must(w.store.AddResyncItems(t.Context(), plan.Resync, plan.Items[2:3]))
	x := &exchange{}
	run := w.runner(x)
	w.turn(run)
	if got := w.resync(plan.ID); !got.Staged() {
		t.Errorf("it was ended at once: %+v", got)
	}
	w.pass(ztp.ResyncDead + time.Second)
	for _, runner := range []*resync.Runner{w.runner(x), w.runner(nil), run} { // the next start, one without a proxy, and one that has run on
		w.turn(runner)
	}
	got := w.resync(plan.ID)
	if !got.CutShort() || !strings.Contains(got.Trouble, "none was told. Begin it again") || got.Tally.Open() != 0 || got.Tally[ztp.ResyncItemCancelled] != 3 {
		t.Errorf("after that: %+v", got)
	}
	if n := x.count(); n != 0 {
		t.Errorf("%d phones were told", n)
	}
	if err := w.store.StartResync(t.Context(), plan.Resync, plan.Items[3:]); !ztp.IsCode(err, ztp.CodeFormOutdated) {
		t.Errorf("whoever was thought dead goes on: %v", err)
	}
}
