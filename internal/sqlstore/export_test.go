package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// Raw is the writing side, for tests that look beneath or tamper.
func (s *Store) Raw() *sql.DB { return s.write }

// Kept is the statement that the writing connection of SQLite keeps for a text, nil
// when there is none.
func (s *Store) Kept(ctx context.Context, text string) (kept any, err error) {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return kept, conn.Raw(func(c any) error {
		if held, ok := c.(*preparedConn).idle[text]; ok {
			kept = held
		}
		return nil
	})
}

// Texts are the statements that the reading connection of SQLite keeps.
func (s *Store) Texts(ctx context.Context) (texts []string, err error) {
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return texts, conn.Raw(func(c any) error {
		texts = slices.Sorted(maps.Keys(c.(*preparedConn).idle))
		return nil
	})
}

// InOne are the queries that PhoneRecord asks with, to be run by q.
func (s *Store) InOne(q db.DBTX) *db.Queries { return db.New(inOne{q, s.dialect.ofPhone}) }

// Scan has a page of phones look at n rows at most.
func (s *Store) Scan(n int) { s.scanned = n }

// Todo is todo, to be seen from outside.
type Todo struct{ Create, Migrate bool }

// Decide is decide for a database with these facts.
func Decide(version, oldest int64, installation string, cfg Config, build int64) (Todo, error) {
	f := found{version: version, oldest: oldest, installation: installation}
	if version > 0 {
		f.tables = []string{"goose_db_version", "platform"}
	}
	do, err := decide(f, cfg, build)
	return Todo{do.create, do.migrate}, err
}

// Migrations are the embedded files.
func Migrations() fs.FS { return migrations }

// SealedColumns are the columns that a rotation seals again, as table.column.
func SealedColumns() (names []string) {
	for _, c := range sealedColumns {
		names = append(names, c.table+"."+c.column)
	}
	return names
}

// KeysetSchema is the schema since which the keyset can be rotated.
const KeysetSchema = keysetSchema

// Record has a store on PostgreSQL read through connections of its own, and keeps the
// statements that it reads with.
func (s *Store) Record(dsn string) (*Recorder, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	r := &Recorder{Connector: stdlib.GetConnector(*cfg)}
	s.read = sql.OpenDB(r)
	return r, nil
}

// Recorder opens connections that keep what they are asked.
type Recorder struct {
	driver.Connector
	mu    sync.Mutex
	asked []Asked
}

// Asked is a statement with its values. Kept: PostgreSQL may keep one plan for any values.
type Asked struct {
	Text   string
	Values []any
	Kept   bool
}

// Taken are the statements since the last time.
func (r *Recorder) Taken() []Asked {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.asked
	r.asked = nil
	return asked
}

// Connect implements driver.Connector.
func (r *Recorder) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return recordingConn{c.(*stdlib.Conn), r}, nil
}

type recordingConn struct {
	*stdlib.Conn
	r *Recorder
}

// QueryContext implements driver.QueryerContext.
func (c recordingConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	a := Asked{Text: text, Kept: true}
	for _, v := range args {
		if _, fresh := v.Value.(pgx.QueryExecMode); fresh {
			a.Kept = false
			continue
		}
		a.Values = append(a.Values, v.Value)
	}
	c.r.mu.Lock()
	c.r.asked = append(c.r.asked, a)
	c.r.mu.Unlock()
	return c.Conn.QueryContext(ctx, text, args)
}

// PhonesSchema is the first schema with a keyset of phones.
const PhonesSchema = phonesSchema

// AddPhonesKey is the first commit of SplitPhones.
func (s *Store) AddPhonesKey(ctx context.Context, a ztp.Actor) error {
	r := &rotation{Store: s, KeyRotation: KeyRotation{Actor: a}}
	return r.addPhonesKey(ctx, *s.held.Load())
}

// SealAsPhones seals a value of another purpose with the keyset of phones.
func (s *Store) SealAsPhones(ctx context.Context, of string, v ztp.VendorName, plain []byte) ([]byte, error) {
	_, h, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	return h.phones.Seal(place{purpose: purpose(of), vendor: v}.data(s.installation), plain)
}

// PhonesGrant names what a role of phones may: TABLE PRIVILEGE or TABLE PRIVILEGE COLUMN.
func PhonesGrant() (list []string) {
	for _, g := range phonesGrants {
		g.each(func(privilege, column string) {
			list = append(list, strings.TrimSpace(g.table+" "+privilege+" "+column))
		})
	}
	return list
}
