package access_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	hash, err := h.HashPassword(t.Context(), good)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") || strings.Contains(hash, good.RevealSecret()) {
		t.Fatalf("hash %s, %v", hash, err)
	}
	again, err := h.HashPassword(t.Context(), good)
	if err != nil || again == hash {
		t.Errorf("two hashes of one password are the same: %v", err)
	}
	for password, want := range map[string]bool{good.RevealSecret(): true, wrong.RevealSecret(): false, "": false} {
		if ok, err := h.VerifyPassword(t.Context(), hash, ztp.NewSecret(password)); ok != want || err != nil {
			t.Errorf("want %v, got %v, %v", want, ok, err)
		}
	}
}

// TestPasswordHashOfOthers verifies a hash that another implementation made,
// with other costs, and refuses what costs too much.
func TestPasswordHashOfOthers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const salt, key = "c29tZXNhbHRzb21l", "RdescudvJCsgt3ub+b4dWQ"
	for what, hash := range map[string]string{
		"empty": "", "bcrypt": "$2a$12$abcdefghijklmnopqrstuv", "argon2i": "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"old version":      "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key,
		"no version":       "$argon2id$m=64,t=1,p=1$" + salt + "$" + key,
		"a gigabyte":       "$argon2id$v=19$m=1048576,t=1,p=1$" + salt + "$" + key,
		"a minute":         "$argon2id$v=19$m=64,t=1000,p=1$" + salt + "$" + key,
		"many threads":     "$argon2id$v=19$m=65536,t=1,p=255$" + salt + "$" + key,
		"no threads":       "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"no time":          "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"too little":       "$argon2id$v=19$m=4,t=1,p=1$" + salt + "$" + key,
		"negative":         "$argon2id$v=19$m=-64,t=1,p=1$" + salt + "$" + key,
		"overflow":         "$argon2id$v=19$m=4294967360,t=1,p=1$" + salt + "$" + key,
		"other order":      "$argon2id$v=19$t=1,m=64,p=1$" + salt + "$" + key,
		"more parameters":  "$argon2id$v=19$m=64,t=1,p=1,x=1$" + salt + "$" + key,
		"short salt":       "$argon2id$v=19$m=64,t=1,p=1$c2E$" + key,
		"short key":        "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$AAAA",
		"padded":           "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key + "==",
		"not base64":       "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$!!!!",
		"something behind": "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$" + key + "$",
	} {
		if ok, err := h.VerifyPassword(t.Context(), hash, good); ok || err == nil {
			t.Errorf("%s: verified %v, %v", what, ok, err)
		}
	}
	for _, c := range otherHashes {
		ok, err := h.VerifyPassword(t.Context(), c.hash, ztp.NewSecret(c.password))
		if !ok || err != nil {
			t.Errorf("%s: %v, %v", c.hash, ok, err)
		}
		if ok, err := h.VerifyPassword(t.Context(), c.hash, ztp.NewSecret(c.password+"x")); ok || err != nil {
			t.Errorf("%s takes another password: %v, %v", c.hash, ok, err)
		}
	}
}

func TestHashingHonoursTheContext(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.HashPassword(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("a request that was given up: want its context's error, got %v", err)
	}
}

// otherHashes were made by OpenSSL's argon2id.
var otherHashes = []struct{ password, hash string }{
	{"correct horse battery", "$argon2id$v=19$m=32768,t=3,p=4$v0hK/2+r3OIZz+mTqmgj6A$eI7eS0GaXZfqycnrTgyEZnsKryjOLqv3F7EkEAQgXZw"},
	{"Pässwörter-日本", "$argon2id$v=19$m=8192,t=1,p=1$kPo64gNCZhD9xykr3bNbCQ$NtmzTwDQ0FsvBUbYABNQOEjSJBpvqIBeFSv0IFw4fkI"},
}
