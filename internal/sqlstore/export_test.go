package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"maps"
	"slices"
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
