package keyring

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
)

// adDerived keeps derived keys apart from everything that is sealed.
const adDerived = "zerotouch-derived-1"

// Derive makes a key of 32 bytes for a purpose, the same in every process that holds
// this keyset. It is for what may be forgotten, such as the keys of session tickets:
// another primary key gives another result. From the result the keyset cannot be
// found. An empty purpose is refused.
func (k *Keyring) Derive(purpose ...string) (out [32]byte, err error) {
	if len(purpose) == 0 {
		return out, errUnbound
	}
	entry, err := k.handle.Primary()
	if err != nil {
		return out, fmt.Errorf("derive: %w", err)
	}
	key, ok := entry.Key().(*aesgcm.Key)
	if !ok {
		return out, fmt.Errorf("derive: the primary key is a %T", entry.Key())
	}
	b, err := hkdf.Key(sha256.New, key.KeyBytes().Data(insecuresecretdataaccess.Token{}), nil, string(encode(adDerived, purpose...)), len(out))
	if err != nil {
		return out, fmt.Errorf("derive: %w", err)
	}
	copy(out[:], b)
	clear(b)
	return out, nil
}
