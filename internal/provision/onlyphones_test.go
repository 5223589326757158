package provision_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// onlyPhones runs every test of this package on PostgreSQL with the store of a process that
// serves phones alone, with a database user and a key of its own: all has to be as in a
// process that does everything. It takes ten times as long.
var onlyPhones = os.Getenv("ZEROTOUCH_TEST_ONLY_PHONES") != ""

func TestMain(m *testing.M) {
	if onlyPhones {
		os.Exit(pgtest.Main(m, nil))
	}
	os.Exit(m.Run())
}

// edge is such a store, beside the one of a process that does everything.
type edge struct {
	*sqlstore.Store
	full *sqlstore.Store
}

// Commits of both, so that what a test has changed counts at once.
func (e edge) Commits() uint64 { return e.Store.Commits() + e.full.Commits() }

// AppendEvent has the other process write it into the audit log, as that does by itself.
func (e edge) AppendEvent(ctx context.Context, ev ztp.Event) error {
	return errors.Join(e.Store.AppendEvent(ctx, ev), e.take(ctx))
}

// Tx is where events are told, too.
func (e edge) Tx(ctx context.Context, f func(ztp.Store) error) error {
	if err := e.Store.Tx(ctx, f); err != nil {
		return err
	}
	return e.take(ctx)
}

func (e edge) take(ctx context.Context) error {
	_, err := e.full.TakePhoneEvents(ctx)
	return err
}

// edges counts them: roles are of the whole server.
var edges atomic.Int64

// edge makes one on the world's database.
func (w *world) edge() edge {
	w.t.Helper()
	ctx, role := context.Background(), fmt.Sprintf("edge_%d", edges.Add(1))
	conn, err := sql.Open("pgx", w.file)
	w.must(err)
	_, err = conn.Exec("CREATE ROLE " + role + " LOGIN")
	w.must(err)
	w.t.Cleanup(func() {
		_, err := conn.Exec("DROP OWNED BY " + role + "; DROP ROLE " + role)
		w.must(errors.Join(err, conn.Close()))
	})
	_, err = w.store.SplitPhones(ctx, ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin})
	w.must(err)
	_, err = w.store.GrantPhones(ctx, role, false)
	w.must(err)
	text, _, err := w.store.PhonesRoot(ctx)
	w.must(err)
	root, err := keyring.ParseRoot(text)
	w.must(err)
	cfg := storetest.Options{}.Config(strings.Replace(w.file, "user=ztp", "user="+role, 1))
	cfg.OnlyPhones, cfg.RootKey = true, func(bool) (*keyring.Root, error) { return root, nil }
	phones, err := sqlstore.Open(ctx, cfg)
	w.must(err)
	w.t.Cleanup(func() { _ = phones.Close() })
	return edge{phones, w.store}
}

// away takes the database away.
func (w *world) away() {
	w.t.Helper()
	if e, ok := w.cfg.Store.(edge); ok {
		w.must(e.Close())
	}
	w.must(w.store.Close())
}
