package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
)

// KeyPhase is how far a rotation of the keyset has come. It is stored as it is.
type KeyPhase string

// The phases, in their order. A rotation that was cut short goes on from the one
// it is in.
const (
	KeysSteady       KeyPhase = "steady"       // one key, which has sealed everything
	KeysDistributing KeyPhase = "distributing" // a second key opens and does not seal yet
	KeysResealing    KeyPhase = "resealing"    // the second key seals, the first one is on its way out
)

// KeyStatus is what is known of the keys, without any key.
type KeyStatus struct {
	Phase KeyPhase
	// Keys are those of the keyset, the primary one, which seals, first.
	Keys []KeyCount
	// Lost counts values that hang on no key of the keyset and do not open.
	Lost int64
	// Roots are the root keys that open the keyset: one, or two while the root key
	// is being changed. Mine is the one that this store was opened with.
	Roots []RootKeyStatus
}

// KeyName is a key of the keyset as people are shown it, in the audit log too.
func KeyName(id uint32) string { return fmt.Sprintf("%08x", id) }

// KeyCount is a key of the keyset and how many values hang on it.
type KeyCount struct {
	ID     uint32
	Values int64
}

// RootKeyStatus is a root key. ID is its fingerprint, "" when it was made before
// fingerprints were stored; KMSKey the key that encrypts it, "" for a key file.
type RootKeyStatus struct {
	ID, KMSKey string
	Mine       bool
}

// KeyStatus looks through one snapshot.
func (s *Store) KeyStatus(ctx context.Context) (status KeyStatus, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		// Held, so that what is counted is not moved on beneath.
		if _, err := t.dialect.holdKeyset(ctx, t.tx); err != nil {
			return s.fail(err, "keyset")
		}
		k, h, err := t.load(ctx)
		if err != nil {
			return err
		}
		counts, err := sealedCounts(ctx, t.tx)
		status = KeyStatus{Phase: k.phase, Roots: k.roots(s.root)}
		for _, id := range h.ring.KeyIDs() {
			status.Keys = append(status.Keys, KeyCount{id, counts[id]})
			delete(counts, id)
		}
		for _, n := range counts {
			status.Lost += n
		}
		return err
	})
	return status, err
}

func (s stored) roots(mine *keyring.Root) (list []RootKeyStatus) {
	for _, w := range s.wrappings {
		r := RootKeyStatus{ID: w.rootID, KMSKey: w.kmsKey, Mine: w.opens(mine)}
		if r.Mine {
			r.ID = mine.ID()
		}
		list = append(list, r)
	}
	return list
}

func (w wrapping) opens(root *keyring.Root) bool {
	_, err := keyring.Unwrap(root, w.wrapped)
	return err == nil
}

// onOld counts the values that hang on another key of the keyset than the primary one.
func onOld(ctx context.Context, q db.DBTX, ring *keyring.Keyring) (old, all int64, err error) {
	counts, err := sealedCounts(ctx, q)
	ids := ring.KeyIDs()
	for id, n := range counts {
		all += n
		if slices.Contains(ids[1:], id) {
			old += n
		}
	}
	return old, all, err
}
