// Package ztp is the domain of zerotouch: platforms, accounts, links to vendors,
// numbered credentials, endpoints, operations and audit events, with their state
// machines, their validation and the error catalogue. It also declares the
// interfaces that stores and vendors implement.
//
// It does no I/O, reads no clock and logs nothing. Start reading at Link and
// Operation; store.go and vendor.go say what the outside has to provide.
package ztp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"
)

type (
	// PlatformID identifies a platform: 26 lower-case base32 characters.
	PlatformID string
	// AccountID identifies an account: 26 lower-case base32 characters.
	AccountID string
	// OperationID identifies an operation: 26 lower-case base32 characters.
	OperationID string
	// VendorName is the short name of a vendor, such as "snom".
	VendorName string
)

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID returns 128 random bits as 26 lower-case base32 characters.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails since Go 1.24
	return idEncoding.EncodeToString(b[:])
}

// IDFor returns an id that the same words always have: what a request makes under its key
// is one thing, however often it comes.
func IDFor(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "\n")))
	return idEncoding.EncodeToString(sum[:16])
}

// NewNonce returns 128 random bits as 32 hexadecimal characters: the nonce of a link.
func NewNonce() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// NewToken returns a provisioning token of 160 random bits in lower-case base32,
// which survives being read aloud and needs no escaping in a URL.
func NewToken() Secret {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return NewSecret(idEncoding.EncodeToString(b[:]))
}

var (
	slugPattern         = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)
	installationPattern = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	idPattern           = regexp.MustCompile(`^[a-z2-7]{26}$`)
	keyIDPattern        = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
)

// ValidSlug reports whether s may name a platform or an account. "new" is
// reserved, since pages use it as a path.
func ValidSlug(s string) bool { return slugPattern.MatchString(s) && s != "new" }

// ValidInstallation reports whether s may name an installation.
func ValidInstallation(s string) bool { return installationPattern.MatchString(s) }

// ValidID reports whether s has the form that NewID gives.
func ValidID(s string) bool { return idPattern.MatchString(s) }

// ValidToken reports whether s has the form that NewToken gives.
func ValidToken(s string) bool {
	if len(s) != tokenLength {
		return false
	}
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

// tokenLength is how long a token of NewToken is.
const tokenLength = 32

// HashToken is what a token is found by: plain SHA-256, since it has 160 random bits, so
// that nothing can be guessed.
func HashToken(token Secret) string {
	hash := hashOf(token)
	return string(hash[:])
}

// hashOf is HashToken for those that only compare it.
func hashOf(token Secret) (hash [2 * sha256.Size]byte) {
	sum := sha256.Sum256([]byte(token.RevealSecret()))
	hex.Encode(hash[:], sum[:])
	return hash
}

// ValidKeyID reports whether s may be the id of a vendor key. Vendors' ids are
// opaque; this only keeps them out of trouble in URLs and headers.
func ValidKeyID(s string) bool { return keyIDPattern.MatchString(s) }

// ValidName reports whether s may be a display name: 1 to 120 characters without
// control characters and without surrounding space.
func ValidName(s string) bool {
	if s == "" || len([]rune(s)) > 120 || strings.TrimSpace(s) != s {
		return false
	}
	return !strings.ContainsFunc(s, isControl)
}

// isControl covers C0, C1, line separators, and every format character: they turn
// or hide text, so that two names could look the same; and what is no character at all,
// some of which no settings file can carry.
func isControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point) || r == unicode.ReplacementChar
}

// Slugify proposes a slug for a display name, or "" when nothing usable is left.
func Slugify(name string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		default:
			dash = true
		}
		if b.Len() >= 39 {
			break
		}
	}
	s := strings.Trim(b.String(), "-")
	if !ValidSlug(s) {
		return ""
	}
	return s
}
