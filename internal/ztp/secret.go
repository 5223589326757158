package ztp

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret holds a value that must not be seen: a vendor key, a provisioning token,
// a password. Everything that prints, encodes or logs it yields "[redacted]".
// The one way out is RevealSecret, named so that every use can be searched for.
// The zero Secret is empty.
//
// The value stands behind a pointer, since methods alone do not keep it in: fmt
// calls none for %p and %w, nor for a Secret in an unexported field of another
// struct, and would print what the field holds. It is not comparable by ==, which
// would compare pointers; use Equal.
type Secret struct {
	value *string
	_     [0]func()
}

// NewSecret wraps a plain value.
func NewSecret(plain string) Secret {
	if plain == "" {
		return Secret{}
	}
	return Secret{value: &plain}
}

// RevealSecret returns the plain value. Call it only where the value leaves for
// the party it is meant for: a signature, a phone, the sealed store.
func (s Secret) RevealSecret() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero reports whether there is no value at all.
func (s Secret) IsZero() bool { return s.value == nil }

// Equal compares in constant time.
func (s Secret) Equal(o Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.RevealSecret()), []byte(o.RevealSecret())) == 1
}

func (s Secret) String() string   { return redacted }
func (s Secret) GoString() string { return redacted }

// Format keeps every verb, %x and %v included, from reaching the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
