// Package keyring seals short secret values for storage in a database.
//
// Three layers: a root key that only this host holds (a file, see OpenFile), a
// keyset of numbered keys that is stored beside the data wrapped by the root
// key, and a fresh key per sealed value, wrapped by the keyset's primary key.
// So the root key can be replaced without touching a value, and a key of the
// keyset can be replaced value by value, counting what still hangs on the old.
//
// Every value is bound to associated data, a list of strings that says what it
// is and where it belongs; under any other list it does not open. The package
// knows nothing of platforms or vendors, stores nothing and logs nothing.
// Start reading at New, Unwrap and Keyring.Seal.
package keyring

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrMismatch says that sealed bytes do not open: another root key, another
// keyset, other associated data, or damaged bytes. Which of these it was cannot
// be told apart. It is an alarm, never "there is no value".
var ErrMismatch = errors.New("sealed value does not open with this key and place")

// errUnbound refuses a value that could be moved anywhere.
var errUnbound = errors.New("keyring: associated data is required")

// formatV1 is the first byte of every sealed value. A later layout takes the
// next number, so both can lie in one table while values are sealed anew.
const formatV1 = 1

// First elements of the associated data; they keep the three kinds of sealed
// bytes apart and repeat the format, so that its byte cannot be edited.
const (
	adKeyset = "zerotouch-keyset-1"
	adValue  = "zerotouch-value-1"
	adCanary = "zerotouch-canary-1"
)

// canaryText is what a canary holds. It is no secret; only that it opens counts.
const canaryText = "zerotouch canary"

// Keyring seals and opens values. It is safe for concurrent use and holds key
// material until the process ends.
type Keyring struct {
	handle *keyset.Handle
	ids    []uint32
	values tink.AEAD
}

// New makes a keyring with one fresh key. wrapped is the keyset under the root
// key: the caller stores it before sealing anything that must be opened again.
// It needs no secrecy, but without it nothing sealed ever opens.
func New(root *Root) (k *Keyring, wrapped []byte, err error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("make keyset: %w", err)
	}
	if k, err = fromHandle(handle); err != nil {
		return nil, nil, err
	}
	wrapped, err = k.Wrap(root)
	if err != nil {
		return nil, nil, err
	}
	return k, wrapped, nil
}

// Unwrap opens a keyset that New or Wrap gave out. With another root key, or
// damaged bytes, the error is ErrMismatch.
func Unwrap(root *Root, wrapped []byte) (*Keyring, error) {
	reader := keyset.NewBinaryReader(bytes.NewReader(wrapped))
	handle, err := keyset.ReadWithAssociatedData(reader, root.aead, encode(adKeyset))
	if err != nil {
		// Tink's text is dropped: it has no cause that an operator could act on.
		return nil, fmt.Errorf("unwrap keyset: %w", ErrMismatch)
	}
	return fromHandle(handle)
}

func fromHandle(handle *keyset.Handle) (*Keyring, error) {
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("use keyset: %w", err)
	}
	values := aead.NewKMSEnvelopeAEAD2(aead.AES256GCMKeyTemplate(), primitive)
	return &Keyring{handle: handle, ids: idsOf(handle), values: values}, nil
}

// Wrap gives out the keyset under a root key, which may be another one than it
// came from: that is how a root key is replaced.
func (k *Keyring) Wrap(root *Root) ([]byte, error) {
	var out bytes.Buffer
	err := k.handle.WriteWithAssociatedData(keyset.NewBinaryWriter(&out), root.aead, encode(adKeyset))
	if err != nil {
		return nil, fmt.Errorf("wrap keyset: %w", err)
	}
	return out.Bytes(), nil
}

// Seal encrypts plaintext, which the caller keeps and may wipe, so that it opens
// only under the same ad. An empty ad is refused. The same input never gives
// the same bytes twice.
func (k *Keyring) Seal(ad []string, plaintext []byte) ([]byte, error) {
	if len(ad) == 0 {
		return nil, errUnbound
	}
	return k.seal(encode(adValue, ad...), plaintext)
}

// Open gives back what Seal was given. Whatever does not open is ErrMismatch;
// an empty value is an empty slice, never nil.
func (k *Keyring) Open(ad []string, sealed []byte) ([]byte, error) {
	if len(ad) == 0 {
		return nil, errUnbound
	}
	return k.open(encode(adValue, ad...), sealed)
}

// SealCanary makes a value that holds no secret. Stored when a database is made
// and opened at every start, it shows a wrong key or keyset before anything is
// written with it. ad names the installation.
func (k *Keyring) SealCanary(ad []string) ([]byte, error) {
	return k.seal(encode(adCanary, ad...), []byte(canaryText))
}

// OpenCanary is nil when sealed came from SealCanary with this keyset and ad,
// else ErrMismatch.
func (k *Keyring) OpenCanary(ad []string, sealed []byte) error {
	text, err := k.open(encode(adCanary, ad...), sealed)
	if err != nil {
		return fmt.Errorf("canary: %w", err)
	}
	if string(text) != canaryText {
		return fmt.Errorf("canary: %w", ErrMismatch)
	}
	return nil
}

func (k *Keyring) seal(ad, plaintext []byte) ([]byte, error) {
	sealed, err := k.values.Encrypt(plaintext, ad)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return append([]byte{formatV1}, sealed...), nil
}

func (k *Keyring) open(ad, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != formatV1 {
		return nil, ErrMismatch
	}
	plaintext, err := k.values.Decrypt(sealed[1:], ad)
	if err != nil {
		return nil, ErrMismatch
	}
	if plaintext == nil {
		plaintext = []byte{}
	}
	return plaintext, nil
}
