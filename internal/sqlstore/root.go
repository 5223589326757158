package sqlstore

import (
	"context"
	"errors"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/ztp"
)

// KeyService keeps the root key out of files: a service with keys of its own, such
// as AWS KMS, encrypts it, and only that form is stored, in the database. It is
// asked when a store opens, never for a value. Errors are *ztp.Error with the
// secret_store_* codes, or configuration_missing for another key of the service.
type KeyService interface {
	// Encrypt gives the encrypted form of a root key, which decrypts for the same
	// installation alone, and the full name of the service's key.
	Encrypt(ctx context.Context, root []byte, installation string) (sealed []byte, key string, err error)
	Decrypt(ctx context.Context, sealed []byte, installation string) ([]byte, error)
}

var (
	errNoFileRoot    = errors.New("no root key in a key file belongs to the keyset")
	errNoServiceRoot = errors.New("no root key from a key service belongs to the keyset")
)

// wrapping is the keyset under one root key. rootSealed is that root key as the
// key service encrypted it with its key kmsKey; both are empty for a key file.
type wrapping struct {
	wrapped        []byte
	rootID, kmsKey string
	rootSealed     []byte
}

// roots gives the root key of one start. What was asked once stays, so that it
// cannot change between the steps of the start.
type roots struct {
	file         func(fresh bool) (*keyring.Root, error)
	service      KeyService
	installation string
	kept         *keyring.Root
	made         wrapping // beside kept, when fresh made it
}

func rootsOf(cfg Config) *roots {
	return &roots{file: cfg.RootKey, service: cfg.KeyService, installation: cfg.Installation}
}

// fresh gives the root key for a new database, and the wrapping that it belongs in,
// without a keyset yet.
func (r *roots) fresh(ctx context.Context) (*keyring.Root, wrapping, error) {
	if r.kept != nil {
		return r.kept, r.made, nil
	}
	var err error
	if r.service != nil {
		r.kept, r.made, err = encryptedRoot(ctx, r.service, r.installation)
	} else if r.kept, err = r.file(true); err == nil {
		r.made = wrapping{rootID: r.kept.ID()}
	}
	return r.kept, r.made, err
}

// encryptedRoot makes a root key and has it encrypted.
func encryptedRoot(ctx context.Context, service KeyService, installation string) (*keyring.Root, wrapping, error) {
	root, text, err := keyring.NewRoot()
	if err != nil {
		return nil, wrapping{}, err
	}
	defer clear(text)
	sealed, key, err := service.Encrypt(ctx, text, installation)
	if err != nil {
		return nil, wrapping{}, err
	}
	return root, wrapping{rootID: root.ID(), kmsKey: key, rootSealed: sealed}, nil
}

// open gives the root key that opens one of the wrappings of the keyset, and what
// it opens.
func (r *roots) open(ctx context.Context, s stored) (*keyring.Root, *keyring.Keyring, error) {
	var failed error
	for _, w := range s.wrappings {
		if (w.rootSealed != nil) != (r.service != nil) {
			continue
		}
		root, err := r.root(ctx, w)
		if err == nil {
			var ring *keyring.Keyring
			if ring, err = keyring.Unwrap(root, w.wrapped); err == nil {
				r.kept = root
				return root, ring, nil
			}
		}
		failed = errors.Join(failed, err)
	}
	switch {
	case failed != nil:
		return nil, nil, failed
	case r.service != nil:
		return nil, nil, errNoServiceRoot
	}
	return nil, nil, &ztp.Error{Code: ztp.CodeSealingKeyMismatch, Detail: s.wrappings[0].kmsKey, Err: errNoFileRoot}
}

func (r *roots) root(ctx context.Context, w wrapping) (*keyring.Root, error) {
	if r.kept != nil && (r.service == nil || r.kept.ID() == w.rootID) {
		return r.kept, nil
	}
	if r.service == nil {
		return r.file(false)
	}
	text, err := r.service.Decrypt(ctx, w.rootSealed, r.installation)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return keyring.ParseRoot(text)
}
