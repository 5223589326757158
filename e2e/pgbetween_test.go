package e2e_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// pgBetween stands between a server and PostgreSQL and knows where transactions end
// that write what counts, such as an operation.
type pgBetween struct {
	socket string // of PostgreSQL
	writes *regexp.Regexp
	gone   chan struct{}

	mu      sync.Mutex
	conns   map[*pgConn]bool
	stop    *pgStop
	commits int
}

// pgStop is where a transaction is to be stopped.
type pgStop struct {
	*hold
	moment moment
	nth    int
	at     func(backend uint32)
}

// pgConn is one connection through it.
type pgConn struct {
	b                *pgBetween
	client, database net.Conn
	backend          uint32
	statements       map[string]string
	writes           bool // the open transaction writes what counts
	// answer is where to stop with the answer to the commit that was just sent.
	mu     sync.Mutex
	answer *pgStop
}

var hostOfDSN = regexp.MustCompile(`host=(\S+)`)

// newPGBetween returns the connection string that leads through it. writes matches the
// statements that count.
func newPGBetween(t *testing.T, dsn string, writes *regexp.Regexp) (*pgBetween, string) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "ztpx") // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	b := &pgBetween{
		socket: filepath.Join(hostOfDSN.FindStringSubmatch(dsn)[1], ".s.PGSQL.5432"),
		writes: writes, gone: make(chan struct{}), conns: map[*pgConn]bool{},
	}
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go b.serve(c)
		}
	})
	t.Cleanup(func() {
		close(b.gone)
		_ = l.Close()
		accepting.Wait()
		b.cutAll()
		_ = os.RemoveAll(dir)
	})
	return b, hostOfDSN.ReplaceAllString(dsn, "host="+dir)
}

// stopAt calls at when the nth transaction from now that writes what counts is at the
// moment, and holds it there.
func (b *pgBetween) stopAt(m moment, n int, at func(backend uint32)) *hold {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop, b.commits = &pgStop{newHold(), m, n, at}, 0
	return b.stop.hold
}

// goThrough stops nothing any more.
func (b *pgBetween) goThrough() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop = nil
}

// due counts a commit and tells whether it is the one to be held.
func (b *pgBetween) due() *pgStop {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commits++
	if b.stop == nil || b.commits != b.stop.nth {
		return nil
	}
	return b.stop
}

// held reports whether what is held at the stop may go on.
func (c *pgConn) held(s *pgStop) bool {
	s.at(c.backend)
	return s.wait(c.b.gone)
}

// cutAll breaks every connection.
func (b *pgBetween) cutAll() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.conns {
		_ = c.client.Close()
		_ = c.database.Close()
	}
}

func (b *pgBetween) serve(client net.Conn) {
	database, err := net.Dial("unix", b.socket)
	if err != nil {
		_ = client.Close()
		return
	}
	c := &pgConn{b: b, client: client, database: database, statements: map[string]string{}}
	b.mu.Lock()
	b.conns[c] = true
	b.mu.Unlock()
	var both sync.WaitGroup
	both.Go(c.answers)
	both.Go(c.requests)
	both.Wait()
	b.mu.Lock()
	delete(b.conns, c)
	b.mu.Unlock()
}

// end closes both sides, once either has gone.
func (c *pgConn) end() {
	_ = c.client.Close()
	_ = c.database.Close()
}

// pgMessage reads one message; the first of a client has no type.
func pgMessage(r *bufio.Reader, typed bool) (kind byte, raw []byte, err error) {
	head := 4
	if typed {
		head = 5
	}
	raw = make([]byte, head)
	if _, err = io.ReadFull(r, raw); err != nil {
		return 0, nil, err
	}
	if typed {
		kind = raw[0]
	}
	rest := int(binary.BigEndian.Uint32(raw[head-4:])) - 4
	if rest < 0 || rest > 64<<20 {
		return 0, nil, errors.New("no PostgreSQL message")
	}
	raw = append(raw, make([]byte, rest)...)
	_, err = io.ReadFull(r, raw[head:])
	return kind, raw, err
}

// writesOperation and writesAnything match statements.
var (
	writesOperation = regexp.MustCompile(`(UPDATE|INSERT INTO) operation\b`)
	writesAnything  = regexp.MustCompile(`(UPDATE|INSERT INTO|DELETE FROM) `)
)

func (c *pgConn) requests() {
	defer c.end()
	r := bufio.NewReader(c.client)
	for typed := false; ; typed = true {
		kind, raw, err := pgMessage(r, typed)
		if err != nil {
			return
		}
		if typed && c.look(kind, raw[5:]) {
			if s := c.b.due(); s != nil && s.moment == beforeCommit {
				if !c.held(s) {
					return
				}
			} else if s != nil {
				c.mu.Lock()
				c.answer = s
				c.mu.Unlock()
			}
		}
		if _, err := c.database.Write(raw); err != nil {
			return
		}
	}
}

// look follows what a client does, and reports a commit of a transaction that wrote
// what counts.
func (c *pgConn) look(kind byte, body []byte) bool {
	text := func() string {
		s, rest, _ := bytes.Cut(body, []byte{0})
		body = rest
		return string(s)
	}
	switch kind {
	case 'P':
		name := text()
		c.statements[name] = text()
	case 'B':
		text() // the portal
		c.writes = c.writes || c.b.writes.MatchString(c.statements[text()])
	case 'Q':
		switch strings.ToLower(strings.TrimSpace(text())) {
		case "commit":
			wrote := c.writes
			c.writes = false
			return wrote
		case "rollback":
			c.writes = false
		}
	}
	return false
}

func (c *pgConn) answers() {
	defer c.end()
	r := bufio.NewReader(c.database)
	for {
		kind, raw, err := pgMessage(r, true)
		if err != nil {
			return
		}
		if kind == 'K' {
			c.backend = binary.BigEndian.Uint32(raw[5:])
		}
		if kind == 'C' && bytes.HasPrefix(raw[5:], []byte("COMMIT")) {
			c.mu.Lock()
			s := c.answer
			c.answer = nil
			c.mu.Unlock()
			if s != nil && !c.held(s) {
				return
			}
		}
		if _, err := c.client.Write(raw); err != nil {
			return
		}
	}
}

// mustDB is the database itself, as an administrator reaches it.
func mustDB(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetConnMaxIdleTime(time.Second)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statement string, args ...any) int64 {
	t.Helper()
	r, err := db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	n, err := r.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}
