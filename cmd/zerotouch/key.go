package main

import (
	"zerotouch.example/internal/sqlstore"
)

type keyCmd struct {
	Status keyStatusCmd `cmd:"" help:"Tell whether the key file opens the database."`
}

// keyStatusCmd opens the database with the key: sqlstore.Open refuses one that
// does not open what is sealed there.
type keyStatusCmd struct{ local }

func (cmd *keyStatusCmd) Run(e *env) error {
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		name, err := s.Installation(e.ctx)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, map[string]any{
				"key_file": cmd.KeyFile, "opens": true, "installation": name, "database": redactAddress(cmd.Database), "engine": s.Engine(),
			})
		}
		return printFields(e.stdout, "key file", cmd.KeyFile, "opens the database", "yes", "installation", name,
			"database", redactAddress(cmd.Database), "engine", s.Engine())
	})
}
