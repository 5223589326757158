package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

// takeEvery is how long the audit log may be behind what servers of phones tell.
const takeEvery = 5 * time.Second

// servePhones is serve for phones alone: no portal, no API, no work on operations and no
// call of a vendor, on a store that can open nothing else. p has no store yet.
func servePhones(ctx context.Context, s settings, cfg config, p parts) (err error) {
	if vain := s.inVain(); len(vain) > 0 {
		p.log.Warn("settings that do nothing where phones are served alone", "settings", strings.Join(vain, ", "))
	}
	if p.store, err = s.openOnlyPhones(ctx, p.log); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.store.Close()) }()
	p.log.Info("database open for phones alone", "database", s.place(), "installation", s.Installation)
	none := func(context.Context) ([]server.Gauge, error) { return nil, nil }
	at, phones, err := cfg.phones(p, none)
	if err != nil {
		return err
	}
	srv, err := server.New(at)
	if err != nil {
		return err
	}
	announce(cfg, srv, p.log, p.hooks)
	idle := func(ctx context.Context) error {
		<-ctx.Done()
		return nil
	}
	return runAll(ctx, srv, idle, phones.Run,
		func(ctx context.Context) { p.open.NoteHandshakes(ctx, p.store.NoteHandshakes) },
		func(ctx context.Context) { p.store.FollowKeys(ctx, p.log) },
		func(ctx context.Context) { beats(ctx, p.store, p.log) })
}

// openOnlyPhones opens the store with the key of phones.
func (s *settings) openOnlyPhones(ctx context.Context, log *slog.Logger) (*sqlstore.Store, error) {
	return sqlstore.Open(ctx, sqlstore.Config{
		DSN: s.Database, RootKey: sqlstore.KeyFile(s.PhoneKeyFile), Installation: s.Installation, OnlyPhones: true, Log: log,
	})
}

// beats tells the others of this process until ctx ends, and then that it is gone.
func beats(ctx context.Context, store *sqlstore.Store, log *slog.Logger) {
	me := ztp.Replica{ID: ztp.NewID(), Version: version(), Schema: sqlstore.SchemaVersion()}
	tick := time.NewTicker(ztp.ReplicaBeat)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := store.BeatPhoneServer(ctx, me, ztp.ReplicaAlive); err != nil && ctx.Err() == nil {
			log.Error("others not told of this server", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ztp.ReplicaLeave)
	defer cancel()
	if err := store.LeavePhoneServer(ctx, me.ID); err != nil {
		log.Warn("others not told that this server is gone; they see it by themselves", "err", err)
	}
}

// takeEvents takes into the audit log what servers of phones tell, until ctx ends. On
// SQLite there is none.
func takeEvents(ctx context.Context, store *sqlstore.Store, log *slog.Logger) {
	if store.Engine() == "sqlite" {
		return
	}
	tick := time.NewTicker(takeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if _, err := store.TakePhoneEvents(ctx); err != nil && ctx.Err() == nil {
			log.Warn("what servers of phones tell is not in the audit log yet", "err", err)
		}
	}
}

type keyPhonesCmd struct {
	local
	asking
	Renew  bool   `help:"Exchange the key: the one of before opens nothing any more. With --to-file, for a file that is not there yet."`
	ToFile string `placeholder:"FILE" help:"Write the key for serve --only phones to this file, mode 0600. One that holds it already stays, any other is never overwritten."`
}

func (cmd *keyPhonesCmd) Run(e *env) error {
	if cmd.Renew {
		if _, err := os.Stat(cmd.ToFile); cmd.ToFile == "" || err == nil {
			return usagef("--renew goes with --to-file and a file that is not there yet.")
		}
		if err := e.confirm(cmd.Yes, "Exchange the key of phones? Each serve --only phones has to be started again with the new file."); err != nil {
			return err
		}
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		if s.Engine() == "sqlite" {
			return ztp.Invalid("database", "On SQLite one process does everything, so nothing can be served alone. Only PostgreSQL has a use for this key.")
		}
		resealed, err := s.SplitPhones(e.ctx, operator())
		if err != nil {
			return err
		}
		if cmd.Renew {
			if err := s.RenewPhonesRoot(e.ctx, operator()); err != nil {
				return err
			}
		}
		if cmd.ToFile != "" {
			err = savePhonesKey(e.ctx, s, cmd.ToFile)
		}
		switch {
		case err != nil && cmd.Renew:
			return fmt.Errorf("the key is exchanged, and its file is not written; run this again without --renew: %w", err)
		case err != nil:
			return err
		}
		return cmd.print(e, s, resealed)
	})
}

// savePhonesKey writes the key file, or finds that it is there.
func savePhonesKey(ctx context.Context, s *sqlstore.Store, path string) error {
	text, id, err := s.PhonesRoot(ctx)
	if err != nil {
		return err
	}
	defer clear(text)
	err = keyring.SaveFile(path, text)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	there, err := keyring.OpenFile(path)
	if err == nil && there.ID() != id {
		err = ztp.Invalid("to_file", "This file holds another key. Name a file that is not there yet; it is made.")
	}
	return err
}

func (cmd *keyPhonesCmd) print(e *env, s *sqlstore.Store, resealed int) error {
	status, err := s.KeyStatus(e.ctx)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, cmd.keysOf(s, status))
	}
	fmt.Fprintf(e.stdout, "What phones get is sealed under a key of its own in %s; this run sealed %d values again.\n", cmd.place(), resealed)
	if cmd.ToFile == "" {
		fmt.Fprintln(e.stdout, "For the key file of `zerotouch serve --only phones`, run this again with --to-file.")
		return nil
	}
	fmt.Fprintf(e.stdout, "Its key is in %s. Give it to `zerotouch serve --only phones` as ZEROTOUCH_PHONE_KEY_FILE; servers that do everything need it not.\n", clean(cmd.ToFile))
	return nil
}

type databaseCmd struct {
	GrantPhones grantPhonesCmd `cmd:"" help:"Give a PostgreSQL user the rights of serve --only phones, and take every other one from it."`
}

type grantPhonesCmd struct {
	local
	Role  string `arg:"" help:"Name of the PostgreSQL user, which is there already."`
	Print bool   `help:"Print the statements and run none."`
}

func (cmd *grantPhonesCmd) Run(e *env) error {
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		list, err := s.GrantPhones(e.ctx, cmd.Role, cmd.Print)
		if err != nil {
			return err
		}
		switch {
		case cmd.JSON:
			return printJSON(e.stdout, map[string]any{"role": cmd.Role, "granted": !cmd.Print, "statements": list})
		case cmd.Print:
			for _, statement := range list {
				fmt.Fprintln(e.stdout, statement+";")
			}
			return nil
		}
		fmt.Fprintf(e.stdout, "The user %s may do in %s what serve --only phones needs, and nothing else there. Run this again after each upgrade.\n", clean(cmd.Role), cmd.place())
		return nil
	})
}
