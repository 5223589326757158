package provision

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// rememberPage is how many phones are read at once.
	rememberPage = 200
	// rememberShare: reading takes this part of the time, and nothing is done in the rest.
	rememberShare = 5
	// rememberBelow is how many look-ups of phones that ask may go on beside it; while there
	// are more, it waits rememberWait and looks again.
	rememberBelow = lookUps / 8
	rememberWait  = 100 * time.Millisecond
	// rememberLook is how often it is looked whether there is something to read: at once
	// after a change above many phones, and for changes of single ones after a while, see pause.
	rememberLook = 5 * time.Second
	// rememberOdd is how many phones that can't be read are left out; with more it is not them,
	// and all is looked at again later.
	rememberOdd = 10
	// rememberSize is about what a phone takes, of which nothing is read when there is no
	// room.
	rememberSize = factsSize + 2000
)

// remembering reads what phones in service get before they ask, so that they are served
// when they ask while the database is away: those that were served last first, and as many
// as there is room for.
type remembering struct {
	// left is how many are to be read, -1 before that is known.
	left atomic.Int64
	// wide and all are the feed's counts, and at the time, of the last look at everybody.
	wide, all uint64
	at        time.Time
}

// due is a phone in service that is not remembered.
type due struct {
	mac ztp.MAC
	day uint16
}

// remember reads until ctx ends.
func (s *server) remember(ctx context.Context) {
	tick := time.NewTicker(rememberLook)
	defer tick.Stop()
	for {
		if s.dueAgain() {
			s.rememberAll(ctx)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// dueAgain reports whether phones may have come to be forgotten since the last look.
func (s *server) dueAgain() bool {
	r, f := &s.remembering, s.feed
	x := f.index.Load()
	if x == nil {
		return false
	}
	wide, all, now := f.wide.Load(), f.told.Load(), s.now()
	if !r.at.IsZero() && wide == r.wide && (all == r.all || now.Sub(r.at) < x.pause()) {
		return false
	}
	r.wide, r.all, r.at = wide, all, now
	return true
}

// pause is how long changes of single phones wait, so that who has just been installed is not
// without its settings when the database goes away. To look for them is to go through all
// phones: a minute for up to 100,000, and ten for a million.
func (x *index) pause() time.Duration {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return min(max(time.Duration(len(x.phones))*time.Minute/100_000, time.Minute), 10*time.Minute)
}

// rememberAll reads all that are not remembered, page by page, until there is no room.
func (s *server) rememberAll(ctx context.Context) {
	began, read := s.now(), 0
	s.known.tidy()
	left := s.dueNow()
	s.remembering.left.Store(int64(len(left)))
	for size, odd := rememberPage, 0; len(left) > 0 && ctx.Err() == nil; {
		if standing, _ := s.feed.standing(ctx); standing != fresh || s.slots.busy() > rememberBelow {
			s.cfg.Wait(ctx, rememberWait)
			continue
		}
		page := left[:min(len(left), size)]
		pageBegan := time.Now()
		n, err := s.rememberPage(ctx, page)
		switch {
		case err == nil:
			left, read, size = left[len(page):], read+n, rememberPage
		case ztp.IsCode(err, ztp.CodeFormOutdated):
		case len(page) > 1: // it may be one of them
			size = len(page) / 2
		case odd == rememberOdd:
			s.cfg.Log.Warn("phones are not read before they ask", "err", err)
			s.remembering.at = time.Time{} // it is looked again
			return
		default:
			s.cfg.Log.Warn("a phone is not read before it asks", "mac", page[0].mac, "err", err)
			left, size, odd = left[1:], rememberPage, odd+1
		}
		s.remembering.left.Store(int64(len(left)))
		s.cfg.Wait(ctx, (rememberShare-1)*time.Since(pageBegan))
	}
	if read > 0 {
		s.cfg.Log.Info("phones are in memory", "read", read, "seconds", int(s.now().Sub(began).Seconds()))
	}
}

// dueNow are those that are not remembered, as many as there is room for.
func (s *server) dueNow() []due {
	x := s.feed.index.Load()
	if x == nil {
		return nil
	}
	all := s.known.without(x.served())
	slices.SortFunc(all, func(a, b due) int { return cmp.Compare(b.day, a.day) })
	return all[:min(len(all), s.known.room()/rememberSize)]
}

// served are the phones that were served before.
func (x *index) served() (all []due) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for key, p := range x.phones {
		if p.day > 0 && p.token != 0 {
			all = append(all, due{macOf(key), p.day})
		}
	}
	return all
}

// holderOf is the account of a phone, and whether that has the token.
func (x *index) holderOf(mac ztp.MAC) (of ztp.TokenKey) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if p, ok := x.phones[macKey(mac)]; ok {
		of = x.accounts[p.account].TokenKey
	}
	return of
}

// rememberPage reads some phones, and returns how many are remembered now.
func (s *server) rememberPage(ctx context.Context, page []due) (n int, err error) {
	x := s.feed.index.Load()
	if x == nil {
		return 0, nil
	}
	before := make(map[ztp.MAC]*facts, len(page))
	macs := make([]ztp.MAC, 0, len(page))
	for _, d := range page {
		of := x.holderOf(d.mac)
		if of.Hash == "" || of.Home {
			continue
		}
		before[d.mac] = s.known.blank(d.mac, of, s.cfg.Store)
		macs = append(macs, d.mac)
	}
	phones, err := s.cfg.Store.PhonesInService(ctx, macs)
	for i := range phones {
		if p := &phones[i]; s.rememberOne(ctx, before[p.Endpoint.MAC], p) {
			n++
		}
	}
	return n, err
}

// rememberOne makes the file that the phone will get, in the way in which it is made when
// it asks, and keeps it with what was read. f has the epochs of before that.
func (s *server) rememberOne(ctx context.Context, f *facts, p *ztp.PhoneInService) bool {
	of := f.holder.of
	if p.Account.ID != of.Account || p.Platform.ID != of.Platform || !p.Platform.HomeSince.IsZero() {
		return false
	}
	f.token = digestOf(p.TokenHash)
	if f.holder = s.known.holder(f.token, of); !f.hold() {
		return false
	}
	f.learn(&p.PhoneRecord)
	c := &caller{store: f, facts: f, at: address{
		account: p.Current, device: p.Device, accountHash: p.TokenHash, deviceHash: ztp.HashToken(p.Device), mac: p.Endpoint.MAC, settled: true}}
	if s.identify(ctx, c) != nil || c.moved || s.ready(ctx, c) != nil || !c.template.ServedHere() {
		return false
	}
	values := ztp.SettingsOfPhone(c.at.mac, p.Layers...)
	c.values = &values
	lacks := values.Lacks()
	f.lacks.set(lacks)
	if lacks == "" && c.contact.Waiting != ztp.WaitingHeld {
		if p.Password.IsZero() {
			return false // it is given one first
		}
		made, err := s.make(ctx, c, ztp.Verdict{Answer: ztp.AnswerSettings, Contact: c.contact}, p.Password)
		if err != nil {
			return false
		}
		s.known.keepFile(f, fileKey{answer: ztp.AnswerSettings}, made)
	}
	return s.known.keepIfRoom(f)
}

// Remembered tells how many phones are served without the database, how many bytes that
// takes, and how many are to be read still; -1 while that is not known.
func (h *Handler) Remembered() (phones, bytes int, left int64) {
	n := h.s.known
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.all), n.size, h.s.remembering.left.Load()
}
