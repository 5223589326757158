package keyring

import (
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// WithNewPrimary is the keyring after a key was added and made primary: what a
// later rotation of the keyset does first. It shows that the layout allows it.
func (k *Keyring) WithNewPrimary() (*Keyring, error) {
	manager := keyset.NewManagerFromHandle(k.handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	if err := manager.SetPrimary(id); err != nil {
		return nil, err
	}
	handle, err := manager.Handle()
	if err != nil {
		return nil, err
	}
	return fromHandle(handle)
}

// Encode is the byte form of associated data.
func Encode(format string, elements ...string) []byte { return encode(format, elements...) }
