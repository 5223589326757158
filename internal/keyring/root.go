package keyring

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// rootSize is the length of a root key in bytes (AES-256).
const rootSize = 32

// rootPrefix starts the text form. Whoever finds the file knows what it is, and
// a later form takes the next number.
const rootPrefix = "zerotouch-root-key-1:"

// Root is the key that wraps keysets and nothing else. It prints as a fixed
// word in every format.
type Root struct {
	aead tink.AEAD
	id   string
}

// ID tells root keys apart, for people: eight hex digits that say nothing of the key.
func (r *Root) ID() string { return r.id }

// Format keeps key material out of every fmt verb.
func (Root) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[root key]") }

// NewRoot makes a root key that lies in no file, and its text form, which the
// caller encrypts, stores and wipes.
func NewRoot() (*Root, []byte, error) {
	text := newRootText()
	root, err := ParseRoot(text)
	return root, text, err
}

// newRootText makes a fresh root key in its text form, one line.
func newRootText() []byte {
	var key [rootSize]byte
	_, _ = rand.Read(key[:]) // never fails: it ends the program instead
	text := make([]byte, 0, len(rootPrefix)+base64.StdEncoding.EncodedLen(rootSize)+1)
	text = append(text, rootPrefix...)
	text = base64.StdEncoding.AppendEncode(text, key[:])
	clear(key[:])
	return append(text, '\n')
}

// ParseRoot reads the text form of a root key: one line, a line end after it or
// not. The error says what is wrong and never repeats the text.
func ParseRoot(text []byte) (*Root, error) {
	line := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if line == "" {
		return nil, fmt.Errorf("root key: the text is empty")
	}
	encoded, ok := strings.CutPrefix(line, rootPrefix)
	if !ok {
		return nil, fmt.Errorf("root key: the text does not start with %q", rootPrefix)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") {
		return nil, fmt.Errorf("root key: what follows %q is not one line of base64", rootPrefix)
	}
	defer clear(key)
	if len(key) != rootSize {
		return nil, fmt.Errorf("root key: %d bytes instead of %d", len(key), rootSize)
	}
	primitive, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return &Root{aead: primitive, id: rootID(key)}, nil
}

// rootID is the start of a hash that the key cannot be found from: it has 256
// random bits.
func rootID(key []byte) string {
	sum := sha256.Sum256(encode("zerotouch-root-key-id-1", string(key)))
	return hex.EncodeToString(sum[:4])
}
