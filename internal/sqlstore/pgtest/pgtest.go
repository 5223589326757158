// Package pgtest gives tests a throw-away PostgreSQL: one server per test
// binary, on a socket in a temporary folder, and a fresh database per test.
//
// It runs the PostgreSQL programs installed on the machine, as root (then as
// the system user postgres) and as an ordinary user. Where they are missing the
// tests fail and say what to do; they are never skipped. The server does not
// sync to disk and dies with the test process, however that ends.
//
// Usual use: TestMain calls os.Exit(pgtest.Main(m, migrate)), tests call DSN.
package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// adminTimeout bounds one CREATE or DROP DATABASE; on a busy machine a clone
// takes some 20 ms.
const adminTimeout = 30 * time.Second

// templateName is the database that DSN clones.
const templateName = "pgtest_template"

// Server is a running throw-away PostgreSQL. Its methods may be called from
// parallel tests.
type Server struct {
	process *process
	admin   *sql.DB
	made    atomic.Int64
}

// Start starts a server and lets template, which may be nil, fill the database
// that DSN clones; template must close its connections before it returns. Stop
// ends the server.
func Start(template func(dsn string) error) (*Server, error) {
	p, err := startProcess()
	if err != nil {
		return nil, err
	}
	s := &Server{process: p}
	if err := s.prepare(template); err != nil {
		s.Stop()
		return nil, fmt.Errorf("throw-away PostgreSQL: %w\n%s", err, p.log())
	}
	return s, nil
}

func (s *Server) prepare(template func(dsn string) error) error {
	admin, err := sql.Open("pgx", s.process.dsn("postgres"))
	if err != nil {
		return err
	}
	s.admin = admin
	if err := s.process.waitReady(admin); err != nil {
		return err
	}
	if err := s.exec("CREATE DATABASE " + templateName); err != nil {
		return err
	}
	if template == nil {
		return nil
	}
	if err := template(s.process.dsn(templateName)); err != nil {
		return fmt.Errorf("fill the template: %w", err)
	}
	return nil
}

// DSN makes a fresh database, a copy of the template, and names it as pgx
// expects. When the test ends the database is dropped, open connections or not.
func (s *Server) DSN(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("pgtest_%d", s.made.Add(1))
	if err := s.exec("CREATE DATABASE " + name + " TEMPLATE " + templateName + " STRATEGY FILE_COPY"); err != nil {
		t.Fatalf("pgtest: make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: drop the database: %v", err)
		}
	})
	return s.process.dsn(name)
}

func (s *Server) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	_, err := s.admin.ExecContext(ctx, statement)
	return err
}

// Restart is `pg_ctl restart -m immediate`: every connection breaks where it is, and
// the server recovers from its log. What was committed with synchronous_commit is
// there again; the default here may lose the last moment.
func (s *Server) Restart() error {
	s.Halt()
	return s.Resume()
}

// Halt is `pg_ctl stop -m immediate`: nobody answers until Resume.
func (s *Server) Halt() { s.process.end(syscall.SIGQUIT) }

// Resume starts a server that was halted and returns when it answers.
func (s *Server) Resume() error {
	if err := s.process.launch(); err != nil {
		return err
	}
	if err := s.process.waitReady(s.admin); err != nil {
		return fmt.Errorf("restart: %w\n%s", err, s.process.log())
	}
	return nil
}

// Stop ends the server, breaking what connections are left, and removes its
// folder.
func (s *Server) Stop() {
	if s.admin != nil {
		_ = s.admin.Close()
	}
	s.process.stop()
}

// shared is the server of Main. It is a package variable because testing.M
// hands nothing to the tests it runs.
var shared struct {
	sync.Mutex
	inMain   bool
	template func(dsn string) error
	server   *Server
	err      error
}

// Main runs a package's tests and gives the exit code. The server starts when
// the first test asks for a database, so runs that need none do not wait for
// it, and is stopped at the end.
func Main(m *testing.M, template func(dsn string) error) int {
	shared.Lock()
	shared.inMain, shared.template = true, template
	shared.Unlock()
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.server != nil {
		shared.server.Stop()
	}
	return code
}

// DSN is a fresh database on the server of Main. Without a server, the test
// fails.
func DSN(t testing.TB) string {
	t.Helper()
	server, err := sharedServer()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return server.DSN(t)
}

func sharedServer() (*Server, error) {
	shared.Lock()
	defer shared.Unlock()
	if !shared.inMain {
		return nil, fmt.Errorf("TestMain has to call pgtest.Main in %s", os.Args[0])
	}
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = Start(shared.template)
	}
	return shared.server, shared.err
}
