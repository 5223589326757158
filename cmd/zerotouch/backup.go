package main

import (
	"errors"
	"fmt"
	"log/slog"

	"zerotouch.example/internal/sqlstore"
)

// backupCmd copies an SQLite database beside a running server.
type backupCmd struct {
	local
	File string `arg:"" type:"path" help:"Where to; the file must not be there yet."`
}

func (cmd *backupCmd) Run(e *env) error {
	cfg, err := cmd.config()
	if err != nil {
		return err
	}
	b, err := sqlstore.BackUp(e.ctx, cfg, cmd.File)
	if err != nil {
		return err
	}
	if cmd.KMSKey != "" {
		fmt.Fprintf(e.stderr, "The key is not in it: AWS KMS has to decrypt it with %s. When that key is deleted, this backup opens for nobody.\n", clean(cmd.KMSKey))
	} else {
		fmt.Fprintf(e.stderr, "The key is not in it: keep a copy of %s apart from the backups. Without it, this backup opens for nobody.\n", cmd.KeyFile)
	}
	if cmd.JSON {
		return printJSON(e.stdout, backupJSON(b, map[string]any{"file": cmd.File}))
	}
	fmt.Fprintf(e.stdout, "Backup of installation %s in %s: %d bytes, schema version %d, whole, and it opens with the present key.\n",
		b.Installation, cmd.File, b.Size, b.Version)
	return nil
}

func backupJSON(b sqlstore.Backup, more map[string]any) map[string]any {
	more["installation"], more["schema_version"], more["size"] = b.Installation, b.Version, b.Size
	more["last_event"] = nil
	if !b.LastEvent.IsZero() {
		more["last_event"] = b.LastEvent
	}
	return more
}

// restoreCmd puts a backup in the place of an SQLite database, or takes note that
// one was put there by other means.
type restoreCmd struct {
	local
	asking
	File string `arg:"" optional:"" type:"path" help:"A backup made by \"zerotouch backup\"."`
	Mark bool   `help:"Restore nothing: the database here was restored by other means (pg_restore, a copied volume), take note of it."`
}

func (cmd *restoreCmd) Run(e *env) error {
	if cmd.Mark == (cmd.File != "") {
		return usagef("Name a backup, or say --mark for a database that is in place already.")
	}
	if cmd.Mark {
		return cmd.mark(e)
	}
	cfg, err := cmd.config()
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Put %s in the place of %s? The present database is kept under another name.", cmd.File, cmd.place())); err != nil {
		return err
	}
	r, err := sqlstore.Restore(e.ctx, cfg, cmd.File, operator())
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, backupJSON(r.Backup, map[string]any{"links": r.Links, "kept": r.Aside, "database": cmd.place()}))
	}
	fmt.Fprintf(e.stdout, "%s is restored; its last event is of %s.\n", cmd.place(), timeText(&r.LastEvent))
	if r.Aside != "" {
		fmt.Fprintf(e.stdout, "The database that was there is kept as %s.\n", r.Aside)
	}
	toProve(e, r.Links)
	return nil
}

// mark takes note that the database in place is older than the vendors.
func (cmd *restoreCmd) mark(e *env) (err error) {
	s, err := cmd.open(e.ctx, storeMode{exclusive: true, existing: true, migrate: true}, newLog(e.stderr, slog.LevelInfo))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	n, err := s.NoteRestored(e.ctx, "", operator(), "marked by hand")
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, map[string]any{"links": n})
	}
	toProve(e, n)
	return nil
}

func toProve(e *env, links int) {
	fmt.Fprintf(e.stdout, "%d links of platforms are to be proven: after the start every key is tested before it is used, and Health says what was found.\n", links)
}
