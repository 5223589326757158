package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sort"
	"time"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// A store of a process that serves phones alone: see Config.OnlyPhones. Whatever else is
// asked of it, the database refuses.

// startOnlyPhones applies the start rules of a process that serves phones alone. It makes
// nothing and changes nothing: that is for whoever owns the database.
func startOnlyPhones(ctx context.Context, conn *sql.DB, cfg Config) (keys, error) {
	if err := rightsOnlyPhones(ctx, conn); err != nil {
		return keys{}, err
	}
	f, ready, err := inspectOnlyPhones(ctx, conn)
	switch {
	case err != nil:
		return keys{}, err
	case f.fresh():
		return keys{}, &StartError{Reason: "there is no installation in this database yet", Remedy: "start a `zerotouch serve` that does everything on it, then run `zerotouch key phones` there"}
	case f.version < postgresDialect.latest():
		return keys{}, &StartError{
			Reason: fmt.Sprintf("the database has schema version %d, this zerotouch needs version %d, and a process that serves phones alone brings nothing up to date", f.version, postgresDialect.latest()),
			Remedy: "start a `zerotouch serve` of this version that does everything on it, then run `zerotouch database grant-phones` again",
		}
	}
	if _, err := decide(f, cfg, postgresDialect.latest()); err != nil {
		return keys{}, err
	}
	if !ready {
		return keys{}, &StartError{
			Reason: "what phones need is not, or not yet as a whole, sealed under a key of its own",
			Remedy: "run `zerotouch key phones` with the settings of a server that does everything; again, if it was cut short",
		}
	}
	root, err := cfg.RootKey(false)
	if errors.Is(err, fs.ErrNotExist) {
		return keys{}, &StartError{Reason: "the key file of phones is missing", Remedy: keyOfPhones, Err: err}
	}
	if err != nil {
		return keys{}, keyError(err)
	}
	h, err := lookOnlyPhones(ctx, conn, root)
	if err != nil {
		return keys{}, phonesKeyError(err)
	}
	return keys{root: root, held: h}, nil
}

// keyOfPhones is where the key file comes from.
const keyOfPhones = "run `zerotouch key phones --to-file FILE` with the settings of a server that does everything, and put that file here"

func phonesKeyError(err error) error {
	if !errors.Is(err, keyring.ErrMismatch) {
		return err
	}
	return &StartError{
		Reason: "the key file is not that of the phones of this database",
		Remedy: keyOfPhones,
		Err:    &ztp.Error{Code: ztp.CodeSealingKeyMismatch, Err: err},
	}
}

// inspectOnlyPhones is inspect with what the role of such a process may read.
func inspectOnlyPhones(ctx context.Context, q db.DBTX) (f found, ready bool, err error) {
	if err := q.QueryRowContext(ctx, "SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&f.version); err != nil {
		return f, false, err
	}
	if err := q.QueryRowContext(ctx, "SELECT oldest FROM schema_compat").Scan(&f.oldest); err != nil {
		return f, false, err
	}
	if err := q.QueryRowContext(ctx, "SELECT name FROM installation").Scan(&f.installation); err != nil || f.version < phonesSchema {
		return f, false, none(err)
	}
	own, err := db.New(q).GetOwnKeyset(ctx)
	return f, err == nil && own.ReadyAt != nil, none(err)
}

// none takes a row that is not there for no error.
func none(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

// lacking says what to do about a right that the role does not have.
func lacking(table string) error {
	return &StartError{
		Reason: fmt.Sprintf("the database user lacks a right to the table %q that a process which serves phones alone needs, or there is no such table yet", table),
		Remedy: "run `zerotouch database grant-phones` with the settings of a server of this version that does everything; again after each upgrade",
	}
}

// lookOnlyPhones reads the keyset of phones and opens it with its own root key.
func lookOnlyPhones(ctx context.Context, q db.DBTX, root *keyring.Root) (held, error) {
	own, err := db.New(q).GetOwnKeyset(ctx)
	if err != nil {
		return held{}, err
	}
	ring, err := keyring.Unwrap(root, own.Wrapped)
	return held{version: own.Version, phones: ring}, err
}

// holdPhonesKeyset is holdKeyset of a process that has no right to the other one: every
// change of the keyset changes both rows.
func holdPhonesKeyset(ctx context.Context, tx db.DBTX) (version int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT version FROM phones_keyset FOR SHARE").Scan(&version)
	return version, err
}

// tell puts an event where somebody with the key of the chain takes it from.
func (s *Store) tell(ctx context.Context, e ztp.Event) error {
	if !slices.Contains(ztp.EventsOfPhones, e.Action) {
		return fmt.Errorf("store: a process that serves phones alone has no event %s", e.Action)
	}
	return s.change(ctx, func(q *db.Queries) error {
		err := q.InsertPhoneEvent(ctx, db.InsertPhoneEventParams{
			At: ms(e.At), Action: e.Action, Address: e.Address, PlatformID: string(e.Platform), Vendor: string(e.Vendor), Target: e.Target, Detail: e.Detail,
		})
		return s.fail(err, "audit log")
	})
}

// toldAtOnce is how many events one transaction takes into the audit log.
const toldAtOnce = 100

// toldAt is when it was, as somebody says who may lie: neither in the future nor before there
// were such programs. A year of six digits would make the audit log, of which nothing can be
// removed, unreadable for all.
func (s *Store) toldAt(at int64) time.Time {
	now := s.Now()
	if at < 0 || at > ms(now) {
		return now
	}
	return instant(at)
}

// TakePhoneEvents takes into the audit log what processes that serve phones alone had to
// tell, and says how much that was; each is there once, whoever else takes some. What they
// told may be a lie, if somebody has taken one over, but only about phones.
func (s *Store) TakePhoneEvents(ctx context.Context) (n int, err error) {
	var some bool // as a rule there is nothing, and that is no reason to write
	if err := s.reader().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM phone_event)").Scan(&some); err != nil || !some {
		return 0, s.fail(err, "audit log")
	}
	err = s.inTx(ctx, func(t *Store) error {
		rows, err := t.queries().TakePhoneEvents(ctx, toldAtOnce)
		if err != nil {
			return s.fail(err, "audit log")
		}
		n = len(rows)
		sort.Slice(rows, func(i, j int) bool { return rows[i].ID < rows[j].ID })
		for _, r := range rows {
			err := t.AppendEvent(ctx, ztp.Event{
				At: t.toldAt(r.At), Actor: ztp.System("phones").String(), Address: r.Address, Action: r.Action, Platform: ztp.PlatformID(r.PlatformID),
				Vendor: ztp.VendorName(r.Vendor), Target: r.Target, Outcome: ztp.OutcomeRefused, Detail: r.Detail,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}
