package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"regexp"

	"github.com/jackc/pgx/v5/stdlib"
)

// renewing hands out connections to PostgreSQL that tell when they were found lost
// before they did anything, so that database/sql takes another one. After a restart of
// the server every idle connection is such a one, and each would fail a request.
type renewing struct{ driver.Connector }

func (r renewing) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return lostConn{c.(*stdlib.Conn)}, nil
}

// lostConn is one connection. What may have changed something is never done again here.
type lostConn struct{ *stdlib.Conn }

// BeginTx implements driver.ConnBeginTx. A transaction that did not begin changed nothing.
func (c lostConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil {
		return nil, c.lost(err)
	}
	return lostTx{tx, c}, nil
}

// errUnsent is the error of a commit on a connection that was lost before.
var errUnsent = errors.New("the connection was lost before the commit")

// lostTx is a transaction that tells whether its commit was sent at all. The driver says
// "conn closed" either way: when it was lost before, and when it ends where the answer was
// to come.
type lostTx struct {
	driver.Tx
	conn lostConn
}

// Commit implements driver.Tx.
func (t lostTx) Commit() error {
	if t.conn.Conn.Conn().IsClosed() {
		return errors.Join(errUnsent, t.Tx.Commit()) // which ends it
	}
	return t.Tx.Commit()
}

// reads matches the statements of ours that change nothing; sqlc puts the name first.
var reads = regexp.MustCompile(`^(--[^\n]*\n)?\s*SELECT\b`)

// QueryContext implements driver.QueryerContext. Within a transaction the error stays
// what it is: another connection knows nothing of it.
func (c lostConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	alone := !c.Conn.Conn().IsClosed() && c.Conn.Conn().PgConn().TxStatus() == 'I'
	rows, err := c.Conn.QueryContext(ctx, text, args)
	if err == nil || !alone || !reads.MatchString(text) {
		return rows, err
	}
	return nil, c.lost(err)
}

// lost is what database/sql takes for "try another connection", where this one is gone.
func (c lostConn) lost(err error) error {
	if err != nil && c.Conn.Conn().IsClosed() {
		return driver.ErrBadConn
	}
	return err
}
