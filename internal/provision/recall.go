package provision

import (
	"context"
	"errors"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// lookUps is how many phones are looked up in the database at once. settledLookUps of
	// them may be phones that have their settings: those keep what they have and come back,
	// and the rest is for phones that have nothing yet, which wait for their turn.
	lookUps        = 64
	settledLookUps = 48
	// settledWait is how long those wait, looking every settledLook, before they are told to
	// come back.
	settledWait = 2 * time.Second
	settledLook = 50 * time.Millisecond
)

var (
	// errAway: nobody can say now whether this phone is there.
	errAway = errors.New("the database is away, and this phone is not known")
	// errBusy: a phone that has its settings is to come back later.
	errBusy = errors.New("too many phones are looked up at once")
	// errLoop: a phone that has its settings asks for them over and over.
	errLoop = errors.New("the phone asks too often")
)

// recall finds what is in memory of whoever asks. Who is certainly not there is told so
// without a question to the database.
func (s *server) recall(ctx context.Context, c *caller) error {
	c.store = s.cfg.Store
	standing, x := s.feed.standing(ctx)
	if standing == absent {
		return s.takeSlot(ctx, c, c.at.accountHash)
	}
	seen := x.look(c.at)
	c.platform.Slug, c.account.Slug = seen.holder.PlatformSlug, seen.holder.AccountSlug
	if seen.own {
		c.seenOn = seen.holder.Platform
	}
	switch {
	case !seen.maybe && standing == away: // it may have come to be meanwhile
		return errAway
	case !seen.maybe:
		c.nobody = !seen.registered
		return s.unseen(c, seen)
	}
	var ready bool
	c.facts, ready = s.known.facts(c.at, seen.holder, s.cfg.Store)
	c.store, c.away = c.facts, standing == away
	if ready {
		return nil
	}
	if err := s.takeSlot(ctx, c, string(seen.holder.Platform)); err != nil || c.away {
		return err
	}
	r, err := c.whole(ctx)
	if r != nil {
		c.facts.learn(r)
	}
	return err
}

// whole is the phone's record with its secrets, which is read once for an answer and not
// remembered; nil where there is none, or the phone is not in memory.
func (c *caller) whole(ctx context.Context) (*ztp.PhoneRecord, error) {
	if c.facts == nil || c.read {
		return c.record, nil
	}
	r, found, err := c.store.PhoneRecord(ctx, c.at.account, c.at.mac)
	if err != nil {
		return nil, err
	}
	if c.read = true; found {
		c.record = &r
	}
	return c.record, nil
}

// unseen is why somebody is not there.
func (s *server) unseen(c *caller, seen sighting) error {
	if seen.holder.Hash == "" {
		s.budget.wrong.put(c.at.accountHash, s.now())
		return errUnknownToken
	}
	c.platform.ID, c.account.ID = seen.holder.Platform, seen.holder.Account
	switch {
	case !seen.registered:
		return errUnclaimed
	case !seen.own:
		return errOtherAccount
	case c.at.device.IsZero():
		return errNoDevice
	}
	return errWrongDevice
}

// takeSlot waits until the phone may be looked up; done gives its slot back. tenant is its
// platform, or the token that it says where nobody knows whose that is.
func (s *server) takeSlot(ctx context.Context, c *caller, tenant string) error {
	if !c.at.settled {
		if err := s.slots.take(ctx, tenant); err != nil {
			return err
		}
		c.slot, c.tenant = true, tenant
		return nil
	}
	s.slots.wants(tenant, 1)
	defer s.slots.wants(tenant, -1)
	for waited := time.Duration(0); !s.slots.takeBelow(settledLookUps, tenant); waited += settledLook {
		if waited >= settledWait || ctx.Err() != nil {
			return errBusy
		}
		s.cfg.Wait(ctx, settledLook)
	}
	c.slot, c.tenant = true, tenant
	return nil
}

// done gives back what the caller held, and keeps what was learnt of a phone that has come
// by its own URL.
func (s *server) done(c *caller) {
	if c.slot {
		s.slots.give(c.tenant)
	}
	own := c.facts != nil && !c.moved && c.endpoint.Account == c.facts.holder.of.Account && c.platform.HomeSince.IsZero()
	if own && c.learnt {
		s.known.keep(c.facts)
	}
}
