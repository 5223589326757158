package sqlstore

import (
	"context"
	"fmt"
	"os"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// How a start notices that somebody has put an older database in the place of the
// present one without telling: on SQLite the end of the audit log is also kept in
// a file beside the database, on PostgreSQL the database remembers which one it is.
// Both only ever say "older" when they know; a copy of a whole folder or volume
// they cannot tell from the original.

// seenFile is where the end of the audit log is kept beside an SQLite database.
func seenFile(path string) string { return path + ".seen" }

// keepSeen writes the end of the audit log beside the database. It is not worth
// failing for: without it, a swap goes unnoticed, and is noticed at the vendor.
func (s *Store) keepSeen(ctx context.Context) {
	if s.seen == "" {
		return
	}
	s.seenLock.Lock()
	defer s.seenLock.Unlock()
	h, err := s.queries().GetEventHead(ctx)
	if err != nil {
		return
	}
	tmp := s.seen + ".part"
	if os.WriteFile(tmp, []byte(fmt.Sprintf("%d %s\n", h.Seq, h.Hash)), 0o600) == nil {
		_ = os.Rename(tmp, s.seen)
	}
}

// wentBack reports whether the database ends before what was seen of it, or went
// on another way since.
func (s *Store) wentBack(ctx context.Context, seen string) (bool, error) {
	text, err := os.ReadFile(seen)
	if err != nil {
		return false, nil // never kept, or not to be read: nothing is known
	}
	var seq int64
	var hash string
	if n, _ := fmt.Sscanf(string(text), "%d %s", &seq, &hash); n != 2 || seq < 1 {
		return false, nil
	}
	rows, err := s.queries().EventsFrom(ctx, db.EventsFromParams{AfterSeq: seq - 1, MaxRows: 1})
	if err != nil {
		return false, s.fail(err, "audit log")
	}
	return len(rows) == 0 || rows[0].Seq != seq || rows[0].Hash != hash, nil
}

// noticeSQLite marks a database that went back, and begins to keep its end: not
// before it is marked, so that a start that fails here is as good as none.
func (s *Store) noticeSQLite(ctx context.Context, path string, cfg Config) error {
	seen := seenFile(path)
	back, err := s.wentBack(ctx, seen)
	if err != nil {
		return err
	}
	if back {
		n, err := s.NoteRestored(ctx, "", ztp.System("start"), "the database ends before what was seen of it")
		if err != nil {
			return err
		}
		cfg.Log.Warn("the database is older than the one that was here; every key is tested before it is used", "links", n)
	}
	s.seen = seen
	s.keepSeen(ctx)
	return nil
}

// homeQuery tells which database this is: the server, the database in it, and the
// table, which gets another number when a dump is read back.
const homeQuery = `SELECT (SELECT system_identifier FROM pg_control_system())
	|| '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) || '/' || CAST('installation' AS regclass)::oid`

// noticePostgres marks a database that was read back from a dump. Replicas that
// start together do it once.
func (s *Store) noticePostgres(ctx context.Context, cfg Config) error {
	var here string
	if err := s.read.QueryRowContext(ctx, homeQuery).Scan(&here); err != nil {
		cfg.Log.Warn("whether this database was restored cannot be told; see `zerotouch restore --mark`", "err", err)
		return nil
	}
	return s.inTx(ctx, func(t *Store) error {
		if _, err := t.tx.ExecContext(ctx, "LOCK TABLE installation IN EXCLUSIVE MODE"); err != nil {
			return err
		}
		was, err := t.queries().GetHome(ctx)
		if err != nil || was == here {
			return err
		}
		if was != "" {
			n, err := t.NoteRestored(ctx, "", ztp.System("start"), "the database was read back from a dump")
			if err != nil {
				return err
			}
			cfg.Log.Warn("the database was read back from a dump; every key is tested before it is used", "links", n)
		}
		return t.queries().SetHome(ctx, here)
	})
}
