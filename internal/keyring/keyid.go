package keyring

import (
	"encoding/binary"
	"slices"

	"github.com/tink-crypto/tink-go/v2/keyset"
)

// A sealed value is: format (1 byte), length of the wrapped value key (4),
// the wrapped value key, the encrypted value. The wrapped value key starts as
// every Tink ciphertext does, with a 1 and the id of the key that wrapped it.
const (
	wrappedAt    = 1 + 4
	tinkPrefix   = 1
	keyIDAt      = wrappedAt + 1
	shortestSeal = keyIDAt + 4
)

// HeadSize is how many bytes of a sealed value KeyIDOf needs, from its start.
const HeadSize = shortestSeal

// KeyIDs lists the ids of all keys that open values, the primary one, which
// seals, first.
func (k *Keyring) KeyIDs() []uint32 { return slices.Clone(k.ids) }

func idsOf(handle *keyset.Handle) []uint32 {
	info := handle.KeysetInfo()
	ids := []uint32{info.GetPrimaryKeyId()}
	for _, key := range info.GetKeyInfo() {
		if key.GetKeyId() != info.GetPrimaryKeyId() {
			ids = append(ids, key.GetKeyId())
		}
	}
	return ids
}

// KeyIDOf tells which key of the keyset a sealed value hangs on, without
// opening it, so that values on an old key can be counted. It says nothing
// about whether the value opens. Bytes that cannot come from Seal are
// ErrMismatch.
func KeyIDOf(sealed []byte) (uint32, error) {
	if len(sealed) < shortestSeal || sealed[0] != formatV1 || sealed[wrappedAt] != tinkPrefix {
		return 0, ErrMismatch
	}
	return binary.BigEndian.Uint32(sealed[keyIDAt:]), nil
}
