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
	// Keys are those of the keyset, the primary one, which seals, first; then those of the
	// keyset of phones in the same way, if there is one.
	Keys []KeyCount
	// PhonesReady: everything that phones need hangs on the keyset of phones alone.
	PhonesReady bool
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
	// Primary seals. Phones: a process that serves phones alone has it.
	Primary, Phones bool
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
		status.PhonesReady = k.phones != nil && k.phones.ready
		status.count(h, counts)
		return err
	})
	return status, err
}

func (status *KeyStatus) count(h held, counts map[hanging]int64) {
	add := func(ring *keyring.Keyring, phones bool) {
		for i, id := range ring.KeyIDs() {
			both := []hanging{{true, id}, {false, id}}
			if phones {
				both = both[:1] // they open nothing else
			}
			c := KeyCount{ID: id, Primary: i == 0, Phones: phones}
			for _, at := range both {
				c.Values += counts[at]
				delete(counts, at)
			}
			status.Keys = append(status.Keys, c)
		}
	}
	add(h.ring, false)
	if h.phones != nil {
		add(h.phones, true)
	}
	for _, n := range counts {
		status.Lost += n
	}
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

// onOld counts the values that hang on another key of ours than the one that seals them now.
func onOld(ctx context.Context, q db.DBTX, h held) (old, all int64, err error) {
	counts, err := sealedCounts(ctx, q)
	ours := h.ring.KeyIDs()
	if h.phones != nil {
		ours = append(ours, h.phones.KeyIDs()...)
	}
	for at, n := range counts {
		all += n
		seals := h.ring
		if at.phones && h.phones != nil {
			seals = h.phones
		}
		if at.id != seals.KeyIDs()[0] && slices.Contains(ours, at.id) {
			old += n
		}
	}
	return old, all, err
}
