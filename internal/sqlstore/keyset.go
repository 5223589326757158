package sqlstore

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// The keyset changes while processes run. Two rules keep every value readable,
// whatever a process has missed:
//
//   - Who seals holds the keyset's row until the commit and seals with the keyset
//     of that moment (sealing). So a key is withdrawn before or after a write,
//     never beneath it, and what is withdrawn is counted with all writes in.
//   - Who meets a value under a key that it does not have reads keyset and value
//     again (opened); one of them was older than the other.

const (
	// keysetSchema is the schema since which the keyset has a version. Programs
	// before it hold theirs for ever, so a rotation shuts them out.
	keysetSchema = 6
	// followEvery is how often a server looks for a new keyset, so that it rarely
	// has to when somebody waits.
	followEvery = 5 * time.Second
	// openTries bounds the reading again; a second time would take a whole
	// rotation between two statements.
	openTries = 3
)

// held is the keyset as this process has it.
type held struct {
	version int64
	ring    *keyring.Keyring
}

// stored is the keyset as it lies in the database. While the root key is being
// changed, there are two wrappings.
type stored struct {
	version   int64
	phase     KeyPhase
	wrappings []wrapping
}

// unwrap opens the keyset with a root key.
func (s stored) unwrap(root *keyring.Root) (*keyring.Keyring, error) {
	err := keyring.ErrMismatch
	for _, w := range s.wrappings {
		var ring *keyring.Keyring
		if ring, err = keyring.Unwrap(root, w.wrapped); err == nil {
			return ring, nil
		}
	}
	return nil, err
}

// readKeyset reads all of the keyset in one statement. schema is the version of
// the database, which a start may find to be an old one.
func readKeyset(ctx context.Context, q db.DBTX, schema int64) (stored, error) {
	if schema < keysetSchema {
		var w wrapping
		err := q.QueryRowContext(ctx, "SELECT wrapped FROM keyset").Scan(&w.wrapped)
		return stored{version: 1, phase: KeysSteady, wrappings: []wrapping{w}}, err
	}
	row, err := db.New(q).GetKeyset(ctx)
	if err != nil {
		return stored{}, err
	}
	s := stored{row.Version, KeyPhase(row.Phase), []wrapping{{row.Wrapped, row.RootID, row.KmsKey, row.RootSealed}}}
	if row.CopyRootID != nil {
		s.wrappings = append(s.wrappings, wrapping{row.CopyWrapped, *row.CopyRootID, *row.CopyKmsKey, row.CopyRootSealed})
	}
	return s, nil
}

// load reads the keyset and makes it the one of this process.
func (s *Store) load(ctx context.Context) (stored, held, error) {
	k, err := readKeyset(ctx, s.reader(), keysetSchema)
	if err != nil {
		return k, held{}, s.fail(err, "keyset")
	}
	ring, err := k.unwrap(s.root)
	if err != nil {
		return k, held{}, &ztp.Error{
			Code: ztp.CodeSealingKeyMismatch, Err: err,
			Detail: "The root key was changed since this process started. Start it again with the new one.",
		}
	}
	h := held{k.version, ring}
	s.held.Store(&h)
	return k, h, nil
}

// sealing is the keyset to seal with in this transaction, and only in it.
func (s *Store) sealing(ctx context.Context) (*keyring.Keyring, error) {
	if s.tx == nil {
		return nil, errors.New("store: sealing outside a transaction")
	}
	version, err := s.dialect.holdKeyset(ctx, s.tx)
	if err != nil {
		return nil, s.fail(err, "keyset")
	}
	if h := s.held.Load(); h.version == version {
		return h.ring, nil
	}
	_, h, err := s.load(ctx)
	return h.ring, err
}

// changeKeyset runs f with the keyset's row locked, if the keyset is still the one
// held; else it is form_outdated.
func (s *Store) changeKeyset(ctx context.Context, h held, f func(*Store) error) error {
	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().NextKeyset(ctx, h.version)
		if err != nil {
			return s.fail(err, "keyset")
		}
		if n == 0 {
			return outdated("keyset")
		}
		return s.fail(f(t), "keyset")
	})
}

func (s *Store) setKeyset(ctx context.Context, ring *keyring.Keyring, phase KeyPhase) error {
	wrapped, err := ring.Wrap(s.root)
	if err != nil {
		return err
	}
	return s.queries().SetKeyset(ctx, db.SetKeysetParams{Wrapped: wrapped, Phase: string(phase)})
}

// FollowKeys takes up new keysets until ctx ends. Nothing is wrong without it, but
// whoever meets a new key first has to wait for one more read.
func (s *Store) FollowKeys(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	told := int64(0)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		version, err := s.queries().GetKeysetVersion(ctx)
		if err != nil || version == s.held.Load().version || version == told {
			continue // a database that does not answer is told of elsewhere
		}
		if _, _, err := s.load(ctx); ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
			log.Error("the new keyset cannot be opened", "err", err)
			told = version
		}
	}
}
