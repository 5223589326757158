package e2e_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// TestKillPoints kills the program that users run at each point of each action once:
// before and after every call to the vendor and every commit. The vendor's side is
// stopped by a proxy; so are commits on PostgreSQL, where the proxy knows which write
// an operation. On SQLite the kill follows each write to the journal, so that it comes
// in the middle of a transaction and right behind it. After each kill the server is
// started again, what was asked is asked again under its key, and in the end both
// sides are compared as in TestKill.
func TestKillPoints(t *testing.T) {
	if testing.Short() {
		t.Skip("the programs that are killed are other processes: a short run, such as that of the race detector, sees nothing of them")
	}
	t.Parallel()
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var all []*killer
			for _, name := range []string{"Onboard", "Rotate", "Connect", "Disable", "Register", "Release"} {
				if full || name == "Rotate" {
					k := newKiller(t, engine, name)
					k.run(t)
					all = append(all, k)
				}
			}
			for _, k := range all { // what has to wait has done so meanwhile
				k.settle(t)
				t.Logf("%s: %d kills", k.name, k.kills)
				reportKills(t, k.name, k.kills, engine)
			}
		})
	}
}

// killer has one action killed again and again on one database.
type killer struct {
	name   string
	action action
	in     *installation
	snom   *snom
	vendor *between
	pg     *pgBetween // nil on SQLite
	db     *sql.DB    // of PostgreSQL, past the proxy
	kills  int
	rounds int
	left   []interrupted // to be looked at when they have settled
}

func newKiller(t *testing.T, engine, name string) *killer {
	t.Helper()
	if engine == "PostgreSQL" {
		return newKillerOf(t, name, pgtest.DSN(t))
	}
	return newKillerOf(t, name, "")
}

// newKillerOf works on the PostgreSQL database of that name, or on SQLite for "".
func newKillerOf(t *testing.T, name, direct string) *killer {
	t.Helper()
	k := &killer{name: strings.ToLower(name)}
	var sim *srapssim.Server
	sim, k.vendor, k.snom = newSnomHere(t, srapssim.Options{})
	k.action = moreActions(sim)[name]
	dsn := ""
	if direct != "" {
		k.db = mustDB(t, "pgx", direct)
		k.pg, dsn = newPGBetween(t, direct)
	}
	k.in = newInstallation(t, dsn, k.snom.base)
	k.in.seed(t, k.snom)
	return k
}

// moments are in an order that has those last that leave something to be waited for,
// so that it does not go on in the middle of the next round.
func (k *killer) moments() []moment {
	if k.pg != nil {
		return []moment{beforeCommit, afterCall, afterCommit, beforeCall}
	}
	return []moment{whileWriting, afterCall, beforeCall}
}

// few are the points of a run that has no time for all of them, nor for those that
// leave something to be waited for.
var few = map[moment][]int{whileWriting: {3, 30}, beforeCommit: {2, 4}, afterCall: {3, 5}}

// run kills at every point.
func (k *killer) run(t *testing.T) {
	t.Helper()
	for _, m := range k.moments() {
		k.each(t, m)
	}
	if k.kills == 0 {
		t.Errorf("%s: nothing was killed", k.name)
	}
}

// each kills at the first, second … point of a kind until the action has no more.
func (k *killer) each(t *testing.T, m moment) {
	t.Helper()
	if !full {
		for _, n := range few[m] {
			k.round(t, m, n)
		}
		return
	}
	for n := 1; k.round(t, m, n); n++ {
		if n > 200 {
			t.Fatalf("%s: more than 200 points %s", k.name, m)
		}
	}
}

// begin brings a fresh platform to where the action can be asked for.
func (k *killer) begin(t *testing.T) interrupted {
	t.Helper()
	k.rounds++
	slug := fmt.Sprintf("%s-%d", k.name, k.rounds)
	k.in.platform(t, slug)
	k.action.begin(t, k.in, slug)
	r := interrupted{in: k.in, snom: k.snom, action: k.action, slug: slug}
	r.before, r.first = k.snom.companies(t, slug), len(k.snom.calls(t))
	return r
}

// round asks for the action and kills the server at the nth moment. It reports
// whether there was one.
func (k *killer) round(t *testing.T, m moment, n int) bool {
	t.Helper()
	r := k.begin(t)
	server := k.in.server
	there, letGo := k.reach(t, &r, m, n, func() { _ = server.cmd.Process.Signal(syscall.SIGKILL) })
	if !there {
		r.check(t, settled)
		return false
	}
	server.signal(t, syscall.SIGKILL)
	letGo(false)
	k.kills++
	if k.db != nil {
		endLeases(t, k.db)
	}
	k.in.start(t)
	a, err := k.action.ask(t.Context(), k.in.client, r.slug, api.IdempotencyKey(r.slug)) // the button is pressed again
	r.op = asked(t, a, err).ID
	if op := rests(t, k.in, r.op); op.Final() {
		r.check(t, time.Second)
		k.pressAgain(t, r.slug)
	} else {
		k.left = append(k.left, r)
	}
	return true
}

// reach asks for the action, and has at called as soon as it is at the nth moment,
// where it is held then. It reports whether the action has come there; else it is over.
func (k *killer) reach(t *testing.T, r *interrupted, m moment, n int, at func()) (there bool, letGo func(goOn bool)) {
	t.Helper()
	reached := make(chan struct{})
	letGo = k.stopAt(t, m, n, func() { at(); close(reached) })
	type reply struct {
		answer api.Answer
		err    error
	}
	replies := make(chan reply, 1)
	slug, ask, client := r.slug, k.action.ask, k.in.client
	go func() {
		a, err := ask(t.Context(), client, slug, api.IdempotencyKey(slug))
		replies <- reply{a, err}
	}()
	select {
	case <-reached:
		return true, letGo
	case got := <-replies:
		if gone(got.err) { // killed while it wrote the answer, which is heard of here a little later
			select {
			case <-reached:
			case <-time.After(startTimeout):
				t.Fatalf("%s, %d %s: %v\n%s", slug, n, m, got.err, k.in.server.log.String())
			}
			break
		}
		r.op = asked(t, got.answer, got.err).ID
		there = !k.ends(t, r.op, reached)
	case <-time.After(startTimeout):
		t.Fatalf("%s, %d %s: nothing happens\n%s", slug, n, m, k.in.server.log.String())
	}
	select {
	case <-reached:
		return true, letGo
	default:
		letGo(true)
		return there, letGo
	}
}

// gone reports that the server did not answer, as one that was killed.
func gone(err error) bool {
	var none *api.NoAnswer
	return errors.As(err, &none)
}

// ends waits until the operation has ended, or the point was reached first.
func (k *killer) ends(t *testing.T, id string, reached <-chan struct{}) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context()) // a frozen server answers nothing any more
	defer cancel()
	go func() {
		select {
		case <-reached:
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		op, err := k.in.client.WaitOperation(ctx, id, 100*time.Millisecond)
		select {
		case <-reached:
			return false
		default:
		}
		switch {
		case err == nil && op.Final():
			return true
		case err != nil && !gone(err):
			t.Fatal(err)
		}
	}
}

// stopAt has at called at the nth moment from now.
func (k *killer) stopAt(t *testing.T, m moment, n int, at func()) (letGo func(goOn bool)) {
	t.Helper()
	switch m {
	case beforeCall, afterCall:
		h := k.vendor.stopAt(m, n, at)
		return func(goOn bool) { h.letGo(goOn); k.vendor.set(nil) }
	case beforeCommit, afterCommit:
		h := k.pg.stopAt(m, n, func(uint32) { at() })
		return func(goOn bool) { h.letGo(goOn); k.pg.goThrough() }
	}
	stop := onWrite(t, k.in.dir, n, at)
	return func(bool) { stop() }
}

// endLeases does what time does on PostgreSQL: the lease of a dead worker ends, and
// so does what the others would wait for. On SQLite the lock of the file tells it.
func endLeases(t *testing.T, db *sql.DB) {
	t.Helper()
	mustExec(t, db, `UPDATE operation SET lease_until = updated_at, due_at = updated_at WHERE state = 'running'`)
	mustExec(t, db, `DELETE FROM replica`)
}

// rests waits until the operation has ended, or waits for the vendor to settle.
func rests(t *testing.T, in *installation, id string) (op api.Operation) {
	t.Helper()
	until(t, "the operation ends, or waits for its time", startTimeout, func() bool {
		var err error
		if op, err = in.client.WaitOperation(t.Context(), id, time.Second); err != nil {
			t.Fatal(err)
		}
		return op.Final() || op.State == api.OperationUnknown
	})
	return op
}

// pressAgain presses the buttons once more when all is over.
func (k *killer) pressAgain(t *testing.T, slug string) {
	t.Helper()
	if k.action.again != nil {
		k.action.again(t, k.in, slug)
	}
}

// settle looks at those that had to wait, and that nothing is left open.
func (k *killer) settle(t *testing.T) {
	t.Helper()
	for _, r := range k.left {
		r.check(t, settled)
		k.pressAgain(t, r.slug)
	}
	for op, err := range k.in.client.Operations(t.Context(), api.OperationFilter{Open: true}) {
		if err != nil || op.Kind != "check" {
			t.Errorf("still open: %+v, %v", op, err)
		}
	}
}

// moreActions are those of TestKill and what else a person or a customer's system asks
// for, on a vendor whose state a test may change by hand.
func moreActions(sim *srapssim.Server) map[string]action {
	more := maps.Clone(actions)
	more["Register"] = action{
		begin: onboarded,
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.PutEndpoint(ctx, slug, mac(slug, 2), api.PutEndpoint{Account: "main"}, opts...)
		},
		keys: 1, phones: oneMore,
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Endpoints: api.EndpointCounts{Listed: 3}},
	}
	more["Release"] = action{
		begin: onboarded,
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.ReleaseEndpoint(ctx, slug, mac(slug, 0), opts...)
		},
		keys: 1, phones: func(_ string, before, _ []srapssim.Endpoint) []srapssim.Endpoint { return before[1:] },
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Endpoints: api.EndpointCounts{Listed: 1}},
	}
	made := map[string]api.Connect{} // by platform: the key that a person made in the vendor's portal
	more["Connect"] = action{
		begin: func(t *testing.T, _ *installation, slug string) {
			t.Helper()
			id, secret := sim.AddKey(sim.AddCompany(sim.Resellers()[0].CompanyID, slug), "by hand", srapssim.DefaultRole)
			made[slug] = api.Connect{KeyID: id, KeySecret: api.Secret(secret)}
		},
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.Connect(ctx, slug, "snom", made[slug], opts...)
		},
		keys: 1, link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Connected: true},
	}
	return more
}

// oneMore has the phone that was registered behind those of before.
func oneMore(slug string, before, now []srapssim.Endpoint) []srapssim.Endpoint {
	added := srapssim.Endpoint{MAC: mac(slug, 2), Enabled: true}
	if len(now) > len(before) {
		last := now[len(before)]
		added.Profile, added.Settings, added.Extra, added.Name = last.Profile, last.Settings, last.Extra, last.Name
	}
	return append(slices.Clone(before), added)
}

// reportMu keeps lines whole: tests run in parallel.
var reportMu sync.Mutex

// reportKills adds a line to the report that docs/reliability.md is made from.
func reportKills(t *testing.T, operation string, kills int, engine string) {
	t.Helper()
	path := os.Getenv("ZEROTOUCH_TEST_REPORT")
	if path == "" {
		return
	}
	reportMu.Lock()
	defer reportMu.Unlock()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	line := struct {
		Operation string `json:"operation"`
		Kills     int    `json:"kills"`
		Engine    string `json:"engine"`
	}{operation, kills, strings.ToLower(engine)}
	if err := errors.Join(json.NewEncoder(f).Encode(line), f.Close()); err != nil {
		t.Fatal(err)
	}
}
