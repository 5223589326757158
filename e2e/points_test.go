package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
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
// sides are compared as in TestKill. errands_test.go has what is no single operation.
func TestKillPoints(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var parts []part
			for _, name := range []string{"Onboard", "Rotate", "Connect", "Disable", "Register", "Release", "Offboard", "Adopt", "Fix", "Rebuild"} {
				if full || name == "Rotate" {
					parts = append(parts, part{name, strings.ToLower(name), func(t *testing.T) kills { return newKiller(t, engine, name) }})
				}
			}
			if full {
				parts = append(errandParts(engine), parts...)
			}
			killAll(t, engine, parts)
		})
	}
}

// victim is a server that is killed again and again, and where it can be stopped before.
type victim struct {
	in     *installation
	sim    *srapssim.Server
	snom   *snom
	vendor *between
	pg     *pgBetween // nil on SQLite
	direct string     // how PostgreSQL is reached past the proxy, "" on SQLite
	db     *sql.DB    // that way
	rounds int
}

// killer has one action killed on one database.
type killer struct {
	*victim
	name   string
	action action
	kills  int
	left   []interrupted // to be looked at when they have settled
}

// database is a fresh PostgreSQL database, or "" for SQLite.
func database(t *testing.T, engine string) string {
	t.Helper()
	if engine == "PostgreSQL" {
		return pgtest.DSN(t)
	}
	return ""
}

func newKiller(t *testing.T, engine, name string) *killer {
	t.Helper()
	return newKillerOf(t, name, database(t, engine))
}

// newKillerOf works on the PostgreSQL database of that name, or on SQLite for "".
func newKillerOf(t *testing.T, name, direct string) *killer {
	t.Helper()
	v := newVictim(t, direct, writesOperation)
	return &killer{victim: v, name: strings.ToLower(name), action: moreActions(v.sim, v.snom)[name]}
}

// newVictim starts a server. On PostgreSQL it can be stopped at commits of
// transactions with such statements.
func newVictim(t *testing.T, direct string, writes *regexp.Regexp) *victim {
	t.Helper()
	v := &victim{direct: direct}
	v.sim, v.vendor, v.snom = newSnomHere(t, srapssim.Options{})
	dsn := ""
	if direct != "" {
		v.db = mustDB(t, "pgx", direct)
		v.pg, dsn = newPGBetween(t, direct, writes)
	}
	v.in = newInstallation(t, dsn, v.snom.base)
	v.in.seed(t, v.snom)
	return v
}

// moments are in an order that has those last that leave something to be waited for,
// so that it does not go on in the middle of the next round.
func (v *victim) moments() []moment {
	if v.pg != nil {
		return []moment{beforeCommit, afterCall, afterCommit, beforeCall}
	}
	return []moment{whileWriting, afterCall, beforeCall}
}

// few are the points of a run that has no time for all of them, nor for those that
// leave something to be waited for.
var few = map[moment][]int{whileWriting: {1}, beforeCommit: {2, 4}, afterCall: {3, 5}}

// run kills at every point.
func (k *killer) run(t *testing.T) int {
	t.Helper()
	for _, m := range k.moments() {
		k.each(t, m)
	}
	if k.kills == 0 {
		t.Errorf("%s: nothing was killed", k.name)
	}
	return k.kills
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
	if !k.action.makesPlatform {
		k.in.platform(t, slug)
	}
	k.action.begin(t, k.in, slug)
	r := interrupted{in: k.in, snom: k.snom, action: k.action, slug: slug}
	r.before = k.snom.companies(t, slug)
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

// gone reports that the server did not answer, as one that was killed, or that it was.
func gone(err error) bool {
	var none *api.NoAnswer
	return errors.As(err, &none) || errors.Is(err, errKilled)
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
func (v *victim) stopAt(t *testing.T, m moment, n int, at func()) (letGo func(goOn bool)) {
	t.Helper()
	switch m {
	case beforeCall, afterCall:
		h := v.vendor.stopAt(m, n, at)
		return func(goOn bool) { h.letGo(goOn); v.vendor.set(nil) }
	case beforeCommit, afterCommit:
		h := v.pg.stopAt(m, n, func(uint32) { at() })
		return func(goOn bool) { h.letGo(goOn); v.pg.goThrough() }
	}
	stop := onWrite(t, v.in.dir, n, at)
	return func(bool) { stop() }
}

// endLeases does what time does on PostgreSQL: the lease of a dead worker ends, and
// so does what the others would wait for. On SQLite the lock of the file tells it.
func endLeases(t *testing.T, db *sql.DB) {
	t.Helper()
	mustExec(t, db, `UPDATE operation SET lease_until = updated_at, due_at = updated_at WHERE state = 'running'`)
	mustExec(t, db, `UPDATE reconciliation SET due_at = asked_at WHERE owner <> ''`)
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
