package sqlstore

import (
	"context"
	"fmt"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// The root key is changed in two steps, with all restarts between them: first the
// keyset lies there under both root keys, so that every process opens it whichever
// of the two it is configured with; then the old one is taken away. No value is
// touched.

// NewRoot says under which second root key to wrap the keyset: the one of a key
// file, which may be made when fresh is true (see KeyFile), or a fresh one that a
// key service encrypts.
type NewRoot struct {
	File    func(fresh bool) (*keyring.Root, error)
	Service KeyService
}

// AddRootKey wraps the keyset under a second root key beside the one of this
// store. Again with the same one it changes nothing. It is in_use with a third
// one, and while the keyset is being rotated; invalid with the one of this store.
// A key service that does not answer is a *StartError: nothing was changed.
func (s *Store) AddRootKey(ctx context.Context, a ztp.Actor, to NewRoot) error {
	if err := s.mayChangeKeys(ctx, a, "root_key.add"); err != nil {
		return err
	}
	k, h, err := s.load(ctx)
	if err != nil {
		return err
	}
	if done, err := s.rootIsThere(ctx, k, to); done || err != nil {
		return err
	}
	root, w, err := s.newRoot(ctx, to)
	if err != nil {
		return err
	}
	if w.wrapped, err = h.ring.Wrap(root); err != nil {
		return err
	}
	return s.changeKeyset(ctx, h, func(t *Store) error {
		if err := t.queries().InsertKeysetCopy(ctx, db.InsertKeysetCopyParams{
			Wrapped: w.wrapped, RootID: root.ID(), KmsKey: w.kmsKey, RootSealed: w.rootSealed, CreatedAt: ms(s.Now()),
		}); err != nil {
			return err
		}
		return t.AppendEvent(ctx, s.keyEvent(a, "root_key.added", root.ID(), w.kmsKey))
	})
}

// rootIsThere reports whether the second root key is there already, or refuses.
func (s *Store) rootIsThere(ctx context.Context, k stored, to NewRoot) (bool, error) {
	if k.phase != KeysSteady {
		return false, ztp.Errorf(ztp.CodeInUse, "A rotation of the keyset is not finished. Finish it with `zerotouch key rotate`, then change the root key.")
	}
	if len(k.wrappings) == 1 {
		return false, nil
	}
	again := roots{file: to.File, service: to.Service, installation: s.installation}
	if root, _, err := again.open(ctx, k); err == nil && root.ID() != s.root.ID() {
		return true, nil
	}
	return false, ztp.Errorf(ztp.CodeInUse, "The keyset lies there under two root keys already. End that with `zerotouch key rewrap --finish`, with the settings of the one that stays.")
}

// newRoot gives the second root key; a key file is synced to disk by then.
func (s *Store) newRoot(ctx context.Context, to NewRoot) (*keyring.Root, wrapping, error) {
	if to.Service != nil {
		root, w, err := encryptedRoot(ctx, to.Service, s.installation)
		if err != nil {
			err = keyError(err)
		}
		return root, w, err
	}
	root, err := to.File(true)
	if err == nil && root.ID() == s.root.ID() {
		err = ztp.Invalid("to_file", "This is the root key in use. Name a file that is not there yet; it is made.")
	}
	return root, wrapping{}, err
}

// WithdrawRootKey leaves the keyset under the root key of this store alone. With
// no other one there it is not_found. Which one stays is a matter of how the store
// was opened, so a change is taken back in the same way.
func (s *Store) WithdrawRootKey(ctx context.Context, a ztp.Actor) error {
	if err := s.mayChangeKeys(ctx, a, "root_key.withdraw"); err != nil {
		return err
	}
	k, h, err := s.load(ctx)
	if err != nil {
		return err
	}
	if len(k.wrappings) == 1 {
		return ztp.NotFound("second root key")
	}
	gone := k.wrappings[1]
	return s.changeKeyset(ctx, h, func(t *Store) error {
		if !k.wrappings[0].opens(s.root) {
			gone = k.wrappings[0]
			if err := t.queries().PromoteKeysetCopy(ctx); err != nil {
				return err
			}
		}
		if err := t.queries().DeleteKeysetCopy(ctx); err != nil {
			return err
		}
		return t.AppendEvent(ctx, s.keyEvent(a, "root_key.withdrawn", gone.rootID, fmt.Sprintf("The root key %s stays.", s.root.ID())))
	})
}
