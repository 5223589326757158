package main

import (
	"errors"
	"fmt"
	"log/slog"

	"zerotouch.example/internal/sqlstore"
)

// migrateCmd creates a database or brings it up to date. On SQLite it refuses
// while a server runs; on PostgreSQL whoever calls it has stopped them.
type migrateCmd struct{ local }

func (cmd *migrateCmd) Run(e *env) (err error) {
	s, err := cmd.open(e.ctx, storeMode{exclusive: true, migrate: true, made: cmd.tellNew(e)}, newLog(e.stderr, slog.LevelInfo))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if cmd.JSON {
		return printJSON(e.stdout, map[string]any{"schema_version": sqlstore.SchemaVersion(), "engine": s.Engine(), "database": cmd.place()})
	}
	fmt.Fprintf(e.stdout, "The database %s has schema version %d.\n", clean(cmd.place()), sqlstore.SchemaVersion())
	return nil
}
