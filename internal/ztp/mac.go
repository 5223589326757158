package ztp

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
)

// MAC is the hardware address of a phone. Parse it once at the edge; it prints
// as 00:04:13:A1:1F:A7 everywhere.
type MAC [6]byte

// ParseMAC takes any usual spelling (colons, dashes, dots, spaces, none; either
// case). Multicast addresses and the all-zero address are refused, since no
// phone has one. The error is an *Error with code invalid and the field "mac".
func ParseMAC(s string) (MAC, error) {
	var m MAC
	digits := strings.Map(func(r rune) rune {
		switch r {
		case ':', '-', '.', ' ':
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	if len(digits) != 12 {
		return m, Invalid("mac", fmt.Sprintf("A MAC address has 12 hexadecimal digits, this one has %d.", len(digits)))
	}
	if _, err := hex.Decode(m[:], []byte(digits)); err != nil {
		return MAC{}, Invalid("mac", "A MAC address has hexadecimal digits only (0-9, A-F).")
	}
	if m == (MAC{}) || m[0]&1 == 1 {
		return MAC{}, Invalid("mac", "This is not the address of a device.")
	}
	return m, nil
}

// String gives the canonical form, upper case with colons.
func (m MAC) String() string {
	const digits = "0123456789ABCDEF"
	text := make([]byte, 0, 17)
	for n, b := range m {
		if n > 0 {
			text = append(text, ':')
		}
		text = append(text, digits[b>>4], digits[b&15])
	}
	return string(text)
}

// Bare gives twelve upper-case digits without separators, the form phones and SRAPS use.
func (m MAC) Bare() string { return strings.ToUpper(hex.EncodeToString(m[:])) }

// IsZero reports whether m was never set.
func (m MAC) IsZero() bool { return m == MAC{} }

// Compare orders addresses as they are written: negative when m comes before o.
func (m MAC) Compare(o MAC) int { return bytes.Compare(m[:], o[:]) }

// MarshalText and UnmarshalText make JSON carry the canonical form.
func (m MAC) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText accepts what ParseMAC accepts.
func (m *MAC) UnmarshalText(b []byte) error {
	p, err := ParseMAC(string(b))
	if err == nil {
		*m = p
	}
	return err
}
