package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// openPrepared opens a pool whose connections keep the statements they have
// parsed: SQLite takes longer to parse one of ours than to run it. PostgreSQL's driver
// does the same by itself.
func openPrepared(uri string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(uri)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(preparing{c}), nil
}

type preparing struct{ driver.Connector }

func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &preparedConn{sqliteConn: c.(sqliteConn), idle: map[string]sqliteStmt{}}, nil
}

// sqliteConn and sqliteStmt are what database/sql asks of the driver's.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparedConn is one connection; database/sql never uses it twice at once. idle
// holds the statements that are not running: one whose rows are still being read
// is not in it, so the same text may run again meanwhile.
type preparedConn struct {
	sqliteConn
	idle map[string]sqliteStmt
}

func (c *preparedConn) take(ctx context.Context, text string) (sqliteStmt, error) {
	if s, ok := c.idle[text]; ok {
		delete(c.idle, text)
		return s, nil
	}
	s, err := c.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.(sqliteStmt), nil
}

// mostKept bounds what a connection keeps. All texts that are constants of this package
// are fewer; of those that insert many rows there is one for each set of columns that
// differ.
const mostKept = 500

// give takes back a statement that has run. One that failed is not kept; closing it
// says the failure once more.
func (c *preparedConn) give(text string, s sqliteStmt, failed error) {
	if _, held := c.idle[text]; held || failed != nil {
		_ = s.Close()
		return
	}
	for other, old := range c.idle {
		if len(c.idle) < mostKept {
			break
		}
		delete(c.idle, other)
		_ = old.Close()
	}
	c.idle[text] = s
}

// ExecContext implements driver.ExecerContext.
func (c *preparedConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	r, err := s.ExecContext(ctx, args)
	c.give(text, s, err)
	return r, err
}

// QueryContext implements driver.QueryerContext.
func (c *preparedConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.give(text, s, err)
		return nil, err
	}
	return &preparedRows{Rows: rows, c: c, text: text, s: s}, nil
}

// Close ends the statements before their connection.
func (c *preparedConn) Close() error {
	var errs []error
	for _, s := range c.idle {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.sqliteConn.Close())...)
}

// preparedRows gives its statement back when it has been read.
type preparedRows struct {
	driver.Rows
	c    *preparedConn
	text string
	s    sqliteStmt
}

func (r *preparedRows) Close() error {
	err := r.Rows.Close()
	r.c.give(r.text, r.s, err)
	return err
}
