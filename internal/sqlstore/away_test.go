package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// haltable is a PostgreSQL server of this test alone, with a store on it and its log.
func haltable(t *testing.T) (*pgtest.Server, *sqlstore.Store, *bytes.Buffer) {
	t.Helper()
	pg, err := pgtest.Start(migrated)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pg.Stop)
	var log bytes.Buffer
	cfg := storetest.Options{}.Config(pg.DSN(t))
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	s, err := sqlstore.Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return pg, s, &log
}

// platform is written in a transaction, after which something happens before the commit.
func platform(s *sqlstore.Store, id string, then func()) error {
	return s.Tx(ctx, func(t ztp.Store) error {
		err := t.CreatePlatform(ctx, ztp.Platform{ID: ztp.PlatformID(id), Slug: id, Name: id, CreatedAt: noon, UpdatedAt: noon})
		then()
		return err
	})
}

func wantTrouble(t *testing.T, what string, err error, code ztp.Code, word string) {
	t.Helper()
	e := ztp.AsError(err)
	if err == nil || e.Code != code || !strings.Contains(e.Detail, word) || code == ztp.CodeDatabaseUnavailable && e.RetryAfter <= 0 {
		t.Errorf("%s: want %s with %q, got %s, %q, %v", what, code, word, e.Code, e.Detail, err)
	}
}

// With PostgreSQL stopped everything says so, and a commit whose answer did not come is told
// from one that was never sent.
func TestAway_Postgres(t *testing.T) {
	t.Parallel()
	pg, s, log := haltable(t)
	wantTrouble(t, "commit that could not be sent", platform(s, "never", pg.Halt), ztp.CodeDatabaseUnavailable, "can't be reached")
	_, err := s.Platform(ctx, "lost")
	wantTrouble(t, "read", err, ztp.CodeDatabaseUnavailable, "can't be reached")
	wantTrouble(t, "begin", platform(s, "never", func() {}), ztp.CodeDatabaseUnavailable, "can't be reached")
	wantTrouble(t, "ready", s.Ready(ctx), ztp.CodeDatabaseUnavailable, "can't be reached")
	everyMethod(t, s)
	if err := pg.Resume(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two"} {
		if err := platform(s, id, func() {}); err != nil {
			t.Errorf("not back: %v", err)
		}
	}
	if n := strings.Count(log.String(), "the database answers again"); n != 1 {
		t.Errorf("that it is back is told %d times:\n%s", n, log)
	}
	// In the middle of a transaction nothing was sent that could have been committed.
	err = s.Tx(ctx, func(tx ztp.Store) error {
		pg.Halt()
		_, err := tx.Platform(ctx, "one")
		return err
	})
	wantTrouble(t, "statement", err, ztp.CodeDatabaseUnavailable, "")
	if err := pg.Resume(); err != nil {
		t.Fatal(err)
	}
}

// deaf stands between a store and PostgreSQL, and closes the connection in the place of the
// answer to the next commit.
type deaf struct {
	server string
	cut    atomic.Bool
}

// between returns a deaf before the server at dsn, and the DSN of it.
func between(t *testing.T, dsn string) (*deaf, string) {
	t.Helper()
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	socket := fmt.Sprintf("/.s.PGSQL.%d", cfg.Port)
	dir, err := os.MkdirTemp("", "deaf") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", dir+socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(l.Close(), os.RemoveAll(dir)) })
	d := &deaf{server: cfg.Host + socket}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go d.carry(c)
		}
	}()
	return d, strings.ReplaceAll(dsn, cfg.Host, dir)
}

// carry carries what is said on one connection.
func (d *deaf) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("unix", d.server)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var lost atomic.Bool
	go func() {
		room := make([]byte, 1<<16)
		for {
			n, err := client.Read(room)
			if bytes.Contains(room[:n], []byte("commit")) && d.cut.CompareAndSwap(true, false) {
				lost.Store(true)
			}
			if _, werr := server.Write(room[:n]); err != nil || werr != nil {
				_ = server.Close()
				return
			}
		}
	}()
	room := make([]byte, 1<<16)
	for {
		n, err := server.Read(room)
		if err != nil || lost.Load() {
			return
		}
		if _, err := client.Write(room[:n]); err != nil {
			return
		}
	}
}

// A commit whose answer is lost has taken effect or not; here it has.
func TestAway_AnswerLost(t *testing.T) {
	t.Parallel()
	d, dsn := between(t, pgtest.DSN(t))
	s := storetest.Open(t, dsn, storetest.Options{})
	err := platform(s, "lost", func() { d.cut.Store(true) })
	wantTrouble(t, "commit", err, ztp.CodeOutcomeUnknown, "broke before it said")
	if e := ztp.AsError(err).Entry("Snom"); e.Status != 504 || strings.Contains(e.Title+e.Unchanged+e.Remedy, "Snom") || strings.Contains(e.Unchanged, "Nothing") {
		t.Errorf("it is said of a vendor, or as if it were known: %+v", e)
	}
	if p, err := s.Platform(ctx, "lost"); err != nil || p.Name != "lost" {
		t.Errorf("got %+v, %v", p, err)
	}
	if err := platform(s, "next", func() {}); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// others are methods that go on until they are told to stop, refuse what is nothing as a bug
// of their caller, or are of the tests.
var others = map[string]bool{"Close": true, "Listen": true, "FollowKeys": true, "ClaimOperation": true, "Kept": true, "Texts": true}

// everyMethod calls all that the store offers with what is nothing. What a method finds out
// without the database may be refused; nothing may be internal.
func everyMethod(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	v := reflect.ValueOf(s)
	asked := 0
	for i := range v.NumMethod() {
		name, m := v.Type().Method(i).Name, v.Method(i)
		if others[name] || m.Type().NumIn() == 0 || m.Type().In(0) != reflect.TypeFor[context.Context]() {
			continue
		}
		in := []reflect.Value{reflect.ValueOf(ctx)}
		for j := 1; j < m.Type().NumIn(); j++ {
			in = append(in, reflect.Zero(m.Type().In(j)))
		}
		call := m.Call
		if m.Type().IsVariadic() {
			call = m.CallSlice
		}
		out := call(in)
		err, _ := out[len(out)-1].Interface().(error)
		if ztp.IsCode(err, ztp.CodeDatabaseUnavailable) {
			asked++
		}
		if ztp.IsCode(err, ztp.CodeInternal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked < 100 {
		t.Errorf("only %d methods have asked the database", asked)
	}
}

// A refusal of what was asked stays one, in the middle of a transaction and at its end.
func TestAway_RefusalsStay(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*sqlstore.Store{"sqlite": storetest.SQLite(t), "postgres": storetest.Open(t, pgtest.DSN(t), storetest.Options{})} {
		if err := platform(s, "twice", func() {}); err != nil {
			t.Fatal(err)
		}
		err := platform(s, "twice", func() {})
		if err == nil || ztp.InDatabase(err) {
			t.Errorf("%s: a platform twice: %v", name, err)
		}
		err = s.Tx(ctx, func(ztp.Store) error { return errors.New("a bug") })
		if !ztp.IsCode(err, ztp.CodeInternal) {
			t.Errorf("%s: a bug: %v", name, err)
		}
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Platform(gone, "twice"); ztp.InDatabase(err) || err == nil {
			t.Errorf("%s: whoever asked went away: %v", name, err)
		}
	}
}

// Another process that keeps the file locked for writing hinders writes alone.
func TestAway_SQLiteLocked(t *testing.T) {
	t.Parallel()
	path := storetest.File(t, storetest.Options{})
	s := storetest.Open(t, path, storetest.Options{})
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	wantTrouble(t, "write", platform(s, "late", func() {}), ztp.CodeDatabaseUnavailable, "locked")
	if _, err := s.ListPlatforms(ctx, ztp.PlatformQuery{}); err != nil {
		t.Errorf("read: %v", err)
	}
	if err := errors.Join(tx.Rollback(), platform(s, "late", func() {})); err != nil {
		t.Error(err)
	}
}

// A file that is overwritten by something else is no bug of ours.
func TestAway_SQLiteDamaged(t *testing.T) {
	t.Parallel()
	path := storetest.File(t, storetest.Options{})
	s := storetest.Open(t, path, storetest.Options{})
	for _, name := range []string{path, path + "-wal"} {
		if err := os.WriteFile(name, bytes.Repeat([]byte("no database "), 1<<14), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.Platform(ctx, "any")
	wantTrouble(t, "read", err, ztp.CodeDatabaseUnavailable, "")
	wantTrouble(t, "write", platform(s, "any", func() {}), ztp.CodeDatabaseUnavailable, "")
}
