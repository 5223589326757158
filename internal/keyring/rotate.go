package keyring

import (
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// A key of the keyset is replaced in three steps, each a new keyset that the
// caller stores before it uses it: Add a key that only opens, Promote it so that
// it seals, and Withdraw the old one when nothing hangs on it any more.

// Add is the keyset with one more key, which opens and does not seal yet, and the
// key's id.
func (k *Keyring) Add() (*Keyring, uint32, error) {
	manager := keyset.NewManagerFromHandle(k.handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, 0, fmt.Errorf("add a key: %w", err)
	}
	next, err := fromManager(manager)
	return next, id, err
}

// Promote is the keyset with another of its keys as the primary one, which seals.
func (k *Keyring) Promote(id uint32) (*Keyring, error) {
	manager := keyset.NewManagerFromHandle(k.handle)
	if err := manager.SetPrimary(id); err != nil {
		return nil, fmt.Errorf("promote a key: %w", err)
	}
	return fromManager(manager)
}

// Withdraw is the keyset with its primary key alone. What the others sealed does
// not open any more.
func (k *Keyring) Withdraw() (*Keyring, error) {
	manager := keyset.NewManagerFromHandle(k.handle)
	for _, id := range k.ids[1:] {
		if err := manager.Delete(id); err != nil {
			return nil, fmt.Errorf("withdraw a key: %w", err)
		}
	}
	return fromManager(manager)
}

// Has reports whether the keyset has the key that a sealed value hangs on. One
// that it has not was sealed by another keyset, an older or a newer one among
// them, or is damaged.
func (k *Keyring) Has(sealed []byte) bool {
	id, err := KeyIDOf(sealed)
	return err == nil && slices.Contains(k.ids, id)
}

func fromManager(manager *keyset.Manager) (*Keyring, error) {
	handle, err := manager.Handle()
	if err != nil {
		return nil, fmt.Errorf("use keyset: %w", err)
	}
	return fromHandle(handle)
}
