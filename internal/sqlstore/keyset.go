package sqlstore

import (
	"context"
	"errors"
	"fmt"
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

// held is what this process has of the keys.
type held struct {
	version int64
	// ring is nil in a process that serves phones alone, phones where no such process
	// is provided for.
	ring, phones *keyring.Keyring
	phonesRoot   *keyring.Root
}

// sealing is what seals values of a kind; nil when this process has no key for them.
func (h held) sealing(p purpose) *keyring.Keyring {
	if h.phones != nil && p.ofPhones() {
		return h.phones
	}
	return h.ring
}

// opening is what may open a sealed value of a kind; nil when nothing here does. The keys
// of phones open nothing else, whoever has sealed it with them.
func (h held) opening(p purpose, sealed []byte) *keyring.Keyring {
	for _, ring := range []*keyring.Keyring{h.sealing(p), h.ring} {
		if ring != nil && ring.Has(sealed) {
			return ring
		}
	}
	return nil
}

// each is what a change of both keysets comes to.
func (h held) each(change func(*keyring.Keyring) (*keyring.Keyring, error)) (next held, err error) {
	next = h
	if next.ring, err = change(h.ring); err == nil && h.phones != nil {
		next.phones, err = change(h.phones)
	}
	return next, err
}

// stored is the keyset as it lies in the database. While the root key is being
// changed, there are two wrappings.
type stored struct {
	version   int64
	phase     KeyPhase
	wrappings []wrapping
	phones    *storedPhones // nil without a keyset of phones
}

// storedPhones is the keyset of phones; root is its root key, sealed under the main keyset.
type storedPhones struct {
	wrapped, root []byte
	ready         bool
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

// readKeyset reads all of the keyset in one statement, and then that of phones. schema is the version of
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
	s := stored{version: row.Version, phase: KeyPhase(row.Phase), wrappings: []wrapping{{row.Wrapped, row.RootID, row.KmsKey, row.RootSealed}}}
	if row.CopyRootID != nil {
		s.wrappings = append(s.wrappings, wrapping{row.CopyWrapped, *row.CopyRootID, *row.CopyKmsKey, row.CopyRootSealed})
	}
	if schema >= phonesSchema {
		s.phones, err = readPhonesKeyset(ctx, q)
	}
	return s, err
}

// load reads the keyset and makes it the one of this process. What changes between its
// two statements is read again.
func (s *Store) load(ctx context.Context) (k stored, h held, err error) {
	for try := 1; try <= openTries; try++ {
		if k, h, err = s.look(ctx); err == nil {
			s.held.Store(&h)
			return k, h, nil
		}
		if !errors.Is(err, keyring.ErrMismatch) {
			return k, held{}, s.fail(err, "keyset")
		}
	}
	return k, held{}, &ztp.Error{
		Code: ztp.CodeSealingKeyMismatch, Err: err,
		Detail: "The root key was changed since this process started. Start it again with the new one.",
	}
}

func (s *Store) look(ctx context.Context) (k stored, h held, err error) {
	if s.onlyPhones {
		h, err = lookOnlyPhones(ctx, s.reader(), s.root)
		return k, h, err
	}
	if k, err = readKeyset(ctx, s.reader(), phonesSchema); err != nil {
		return k, h, err
	}
	ring, err := k.unwrap(s.root)
	if err == nil {
		h, err = k.hold(ring, s.installation)
	}
	return k, h, err
}

// hold is what a process holds that has opened the keyset.
func (s stored) hold(ring *keyring.Keyring, installation string) (h held, err error) {
	h = held{version: s.version, ring: ring}
	if s.phones != nil {
		h.phones, h.phonesRoot, err = s.phones.open(ring, installation)
	}
	return h, err
}

// sealing is the keyset to seal with in this transaction, and only in it.
func (s *Store) sealing(ctx context.Context, p purpose) (*keyring.Keyring, error) {
	if s.tx == nil {
		return nil, errors.New("store: sealing outside a transaction")
	}
	hold := s.dialect.holdKeyset
	if s.onlyPhones {
		hold = holdPhonesKeyset
	}
	version, err := hold(ctx, s.tx)
	if err != nil {
		return nil, s.fail(err, "keyset")
	}
	h := *s.held.Load()
	if h.version != version {
		_, h, err = s.load(ctx)
	}
	ring := h.sealing(p)
	if err == nil && ring == nil {
		err = fmt.Errorf("store: a process that serves phones alone seals no %s", p)
	}
	return ring, err
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
		if err := t.queries().NextPhonesKeyset(ctx); err != nil {
			return s.fail(err, "keyset")
		}
		return s.fail(f(t), "keyset")
	})
}

func (s *Store) setKeyset(ctx context.Context, h held, phase KeyPhase) error {
	wrapped, err := h.ring.Wrap(s.root)
	if err != nil {
		return err
	}
	if err := s.queries().SetKeyset(ctx, db.SetKeysetParams{Wrapped: wrapped, Phase: string(phase)}); err != nil || h.phones == nil {
		return err
	}
	if wrapped, err = h.phones.Wrap(h.phonesRoot); err != nil {
		return err
	}
	return s.queries().SetPhonesKeyset(ctx, wrapped)
}

func (s *Store) keysetVersion(ctx context.Context) (int64, error) {
	if s.onlyPhones {
		return s.queries().GetPhonesKeysetVersion(ctx)
	}
	return s.queries().GetKeysetVersion(ctx)
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
		version, err := s.keysetVersion(ctx)
		if err != nil || version == s.held.Load().version || version == told {
			continue // a database that does not answer is told of elsewhere
		}
		if _, _, err := s.load(ctx); ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
			log.Error("the new keyset cannot be opened", "err", err)
			told = version
		}
	}
}
