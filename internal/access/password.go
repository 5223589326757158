package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"zerotouch.example/internal/ztp"
)

// Bounds of a password, in characters. The upper one only keeps nonsense away.
const (
	minPassword = 12
	maxPassword = 256
)

// checkPassword says what is wrong with a new password, or "".
func checkPassword(name string, password ztp.Secret) string {
	p := password.RevealSecret()
	switch n := utf8.RuneCountInString(p); {
	case !utf8.ValidString(p) || strings.ContainsFunc(p, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return "A password has no control characters."
	case n < minPassword:
		return fmt.Sprintf("A password has at least %d characters, this one has %d.", minPassword, n)
	case n > maxPassword:
		return fmt.Sprintf("A password has at most %d characters.", maxPassword)
	case strings.EqualFold(p, name):
		return "The password must not be the user name."
	}
	return ""
}

// cost is what argon2id is made to spend, in the words of its PHC string.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// defaultCost is about 30 ms of one core and 19 MiB.
var defaultCost = cost{memory: 19 * 1024, time: 2, threads: 1}

// Limits of stored hashes that are verified. A row that was tampered with must
// not make the server spend a minute or a gigabyte on a sign-in.
const (
	maxMemory  = 256 * 1024
	maxTime    = 16
	maxThreads = 16
	saltLength = 16
	keyLength  = 32
)

var errHash = errors.New("stored password hash is not argon2id within our limits")

// hasher computes argon2id, a few at a time: each takes 19 MiB, and a flood of
// sign-ins must not take all the memory there is.
type hasher struct {
	slots chan struct{}
	// dummy is verified where no user has the name, so that the answer takes as
	// long as for one who exists.
	dummy string
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, min(runtime.GOMAXPROCS(0), 4))}
	// No password has this key: it is random, not derived from anything.
	h.dummy = encodeHash(defaultCost, randomBytes(saltLength), randomBytes(keyLength))
	return h
}

// hash derives a new PHC string with a random salt.
func (h *hasher) hash(ctx context.Context, password ztp.Secret) (string, error) {
	salt := randomBytes(saltLength)
	key, err := h.derive(ctx, password, defaultCost, salt, keyLength)
	if err != nil {
		return "", err
	}
	return encodeHash(defaultCost, salt, key), nil
}

// verify reports whether the password belongs to the hash. The error is errHash
// or that of the context.
func (h *hasher) verify(ctx context.Context, hash string, password ztp.Secret) (bool, error) {
	c, salt, want, err := decodeHash(hash)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, c, salt, len(want))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *hasher) derive(ctx context.Context, password ztp.Secret, c cost, salt []byte, length int) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(password.RevealSecret()), salt, c.time, c.memory, c.threads, uint32(length)), nil
}

var b64 = base64.RawStdEncoding

func encodeHash(c cost, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.memory, c.time, c.threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// decodeHash reads a PHC string. Anything but argon2id, version 19, within our
// limits is errHash.
func decodeHash(s string) (c cost, salt, key []byte, err error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != "v="+strconv.Itoa(argon2.Version) {
		return c, nil, nil, errHash
	}
	if c, err = decodeCost(part[3]); err != nil {
		return c, nil, nil, err
	}
	salt, saltErr := b64.Strict().DecodeString(part[4])
	key, keyErr := b64.Strict().DecodeString(part[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64 {
		return c, nil, nil, errHash
	}
	return c, salt, key, nil
}

// decodeCost reads "m=19456,t=2,p=1".
func decodeCost(s string) (cost, error) {
	field := strings.Split(s, ",")
	if len(field) != 3 {
		return cost{}, errHash
	}
	var n [3]uint64
	for i, limit := range []struct {
		name string
		max  uint64
	}{{"m=", maxMemory}, {"t=", maxTime}, {"p=", maxThreads}} {
		digits, ok := strings.CutPrefix(field[i], limit.name)
		v, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || v == 0 || v > limit.max {
			return cost{}, errHash
		}
		n[i] = v
	}
	if n[0] < 8*n[2] { // argon2 needs 8 KiB a thread, and would round up silently
		return cost{}, errHash
	}
	return cost{memory: uint32(n[0]), time: uint32(n[1]), threads: uint8(n[2])}, nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails since Go 1.24
	return b
}
