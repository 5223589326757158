package sqlstore_test

import (
	"database/sql"
	"io"
	"net"
	"regexp"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// PostgreSQL ends every idle connection, as at a restart. Whoever asks next notices
// nothing, whichever of them it gets.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(ztp.Store) error{
		"read": func(s ztp.Store) error {
			if _, err := s.Platform(ctx, "nobody"); !ztp.IsCode(err, ztp.CodeNotFound) {
				return err
			}
			return nil
		},
		"write": func(s ztp.Store) error {
			return s.AppendEvent(ctx, ztp.Event{At: noon, Action: "asked", Outcome: ztp.OutcomeOK})
		},
	} {
		dsn := pgtest.DSN(t)
		s := storetest.Open(t, overTCP(t, dsn), storetest.Options{})
		loseIdle(t, dsn, s, 4)
		for range 6 {
			if err := ask(s); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// loseIdle leaves n idle connections that the server has ended. They have been taken up
// again just before: one that has idled for a second is tried out by the driver.
func loseIdle(t *testing.T, dsn string, s *sqlstore.Store, n int) {
	t.Helper()
	beside, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()
	for range 2 {
		var held []*sql.Conn
		for range n {
			c, err := s.Raw().Conn(ctx)
			if err != nil {
				t.Fatal(err)
			}
			held = append(held, c)
		}
		for _, c := range held {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustExec(t, beside, `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
}

var socket = regexp.MustCompile(`host=(\S+)`)

// overTCP is the database by way of the network, where a connection that the other side
// has ended takes one more statement, which may have been carried out for all one knows.
func overTCP(t *testing.T, dsn string) string {
	t.Helper()
	path := socket.FindStringSubmatch(dsn)
	if path == nil {
		t.Fatal("no socket in ", dsn)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("unix", path[1]+"/.s.PGSQL.5432")
			if err != nil {
				_ = near.Close()
				return
			}
			go forward(near, far)
			go forward(far, near)
		}
	}()
	host, port, _ := net.SplitHostPort(l.Addr().String())
	return socket.ReplaceAllString(dsn, "host="+host+" port="+port)
}

func forward(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
}
