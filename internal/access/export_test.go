package access

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// HashPassword and VerifyPassword are the hashing alone.
func (a *Access) HashPassword(ctx context.Context, p ztp.Secret) (string, error) {
	return a.hasher.hash(ctx, p)
}

func (a *Access) VerifyPassword(ctx context.Context, hash string, p ztp.Secret) (bool, error) {
	return a.hasher.verify(ctx, hash, p)
}

// OccupyHashing takes every place where a password is hashed until release.
func (a *Access) OccupyHashing() (release func()) {
	for range cap(a.hasher.slots) {
		a.hasher.slots <- struct{}{}
	}
	return func() {
		for range cap(a.hasher.slots) {
			<-a.hasher.slots
		}
	}
}

// DummyHash is verified where nobody has the name.
func (a *Access) DummyHash() string { return a.hasher.dummy }

// Rests is the table of failed tries, to test without hashing.
type Rests struct{ r *rests }

func NewRests() Rests { return Rests{newRests()} }

func (r Rests) Try(account, address string, now time.Time) time.Duration {
	return r.r.try(account, address, now)
}

func (r Rests) Succeeded(account, address string, now time.Time) {
	r.r.succeeded(account, address, now)
}

func (r Rests) Len() int { return len(r.r.rows) }

const MaxRests = maxRests
