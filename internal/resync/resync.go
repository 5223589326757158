// Package resync tells phones by SIP to look for their settings again, each at the time that
// its row says. What is to be done and what became of it is in the database alone: a phone is
// claimed in one commit, told, and what it answered is the next one. A process that dies
// between the two leaves a claim that another one takes up; that phone is told twice, which
// does it no harm, and nobody else is.
//
// Of several processes one claims in a second, so that all of them together tell no more than
// ztp.ResyncRate. Start at Advance.
package resync

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"zerotouch.example/internal/sipnotify"
	"zerotouch.example/internal/ztp"
)

const (
	// lookEvery is how often it is looked for phones whose time has come.
	lookEvery = time.Second
	// cutEvery is how often it is looked for resyncs that were not put in as a whole.
	cutEvery = time.Minute
	// lostAfter is when whoever tells a phone must be dead: two transactions, for a
	// challenge, and a connection take less.
	lostAfter = 90 * time.Second
	// most is how many phones are being told at once: those that do not answer take 32 s.
	most = 32 * ztp.ResyncRate
	// lastWords bounds the commit of what is known when the process stops.
	lastWords = 5 * time.Second
)

// Sender tells a phone; *sipnotify.Client.
type Sender interface {
	Notify(ctx context.Context, to sipnotify.Address, event string) (status int, err error)
}

// Config is what New needs. Store is required.
type Config struct {
	Store ztp.Store
	// Sender is nil where no proxy is configured: phones wait then, and their resync says so.
	Sender Sender
	// Now is the installation's clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
}

// Runner tells phones. It is safe for concurrent use.
type Runner struct {
	cfg   Config
	being sync.WaitGroup

	lock sync.Mutex
	// telling counts those that are being told.
	telling int
	// ended are those of which it is known what became, and not committed yet; trouble is
	// what is in the way of their resyncs, "" for nothing.
	ended   []ztp.ResyncItem
	trouble map[ztp.ResyncID]string
	// looked is when it was looked for resyncs that were cut short.
	looked time.Time
	// warned is what was last logged of the proxy: every phone meets the same.
	warned string
}

// New returns a Runner; call Run to start it.
func New(cfg Config) *Runner {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{cfg: cfg, trouble: map[ztp.ResyncID]string{}}
}

func (r *Runner) now() time.Time { return r.cfg.Now().UTC().Truncate(time.Millisecond) }

// Run works until ctx ends. Phones that are being told then are given back, and told by
// whoever comes next.
func (r *Runner) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := r.Advance(ctx); err != nil && ctx.Err() == nil {
			r.cfg.Log.Error("resync", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	r.being.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	if err := r.record(ctx); err != nil {
		r.cfg.Log.Error("resync: what phones have answered is not written down; they are told again", "err", err)
	}
}

// Advance commits what has become known, and begins what is due, without waiting for
// answers. It may be called at any time, by any process. While nothing is due it only reads.
func (r *Runner) Advance(ctx context.Context) error {
	if err := r.record(ctx); err != nil {
		return err
	}
	now := r.now()
	if err := r.endCut(ctx, now); err != nil {
		return err
	}
	due, err := r.cfg.Store.HasDueResyncItems(ctx, now, now.Add(-lostAfter))
	if err != nil || !due {
		return err
	}
	if r.cfg.Sender == nil {
		return r.wait(ctx)
	}
	mine, err := r.cfg.Store.TakeDuty(ctx, "resyncs", lookEvery*5/6)
	if err != nil || !mine {
		return err
	}
	items, err := r.cfg.Store.ClaimResyncItems(ctx, now, now.Add(-lostAfter), min(ztp.ResyncRate, r.free()))
	if err != nil {
		return err
	}
	return r.beginAll(ctx, items)
}

// endCut ends those over which a process died while it put them in, at the first time and once
// a minute.
func (r *Runner) endCut(ctx context.Context, now time.Time) error {
	r.lock.Lock()
	again := now.Sub(r.looked) >= cutEvery
	r.lock.Unlock()
	if !again {
		return nil
	}
	if err := r.cfg.Store.EndCutResyncs(ctx, now.Add(-ztp.ResyncDead), now); err != nil {
		return err
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.looked = now
	return nil
}

// beginAll reads each resync once for all of its phones, and counts none of them. Those of
// one that can't be read are taken up as if we had died.
func (r *Runner) beginAll(ctx context.Context, items []ztp.ResyncItem) error {
	of, failed := map[ztp.ResyncID]ztp.Resync{}, map[ztp.ResyncID]error{}
	for _, i := range items {
		if _, read := of[i.Resync]; !read {
			of[i.Resync], failed[i.Resync] = r.cfg.Store.ResyncHead(ctx, i.Resync)
		}
		if failed[i.Resync] == nil {
			r.begin(ctx, of[i.Resync], i)
		}
	}
	return errors.Join(slices.Collect(maps.Values(failed))...)
}

// wait says of what can't go on why not, and what to do.
func (r *Runner) wait(ctx context.Context) error {
	mine, err := r.cfg.Store.TakeDuty(ctx, "resyncs-wait", time.Minute)
	if err != nil || !mine {
		return err
	}
	return r.cfg.Store.NoteOpenResyncs(ctx, ztp.NoSIPProxy())
}

func (r *Runner) free() int {
	r.lock.Lock()
	defer r.lock.Unlock()
	return most - r.telling
}

func (r *Runner) begin(ctx context.Context, of ztp.Resync, i ztp.ResyncItem) {
	r.lock.Lock()
	r.telling++
	r.lock.Unlock()
	r.being.Go(func() {
		ended, trouble, err := r.tell(ctx, of, i)
		r.lock.Lock()
		defer r.lock.Unlock()
		r.telling--
		if err != nil { // nothing is known of it; it is taken up as if we had died
			if ctx.Err() == nil {
				r.cfg.Log.Error("resync", "resync", i.Resync, "endpoint", i.MAC, "err", err)
			}
			return
		}
		r.ended = append(r.ended, ended)
		if trouble != nil {
			r.trouble[i.Resync] = *trouble
		}
	})
}

// record commits what is known, and keeps it for the next time when that fails.
func (r *Runner) record(ctx context.Context) error {
	r.lock.Lock()
	ended, trouble := r.ended, r.trouble
	r.ended, r.trouble = nil, map[ztp.ResyncID]string{}
	r.lock.Unlock()
	if len(ended) == 0 {
		return nil
	}
	err := r.cfg.Store.SaveResyncItems(ctx, ended, trouble, r.now())
	if err == nil {
		return nil
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.ended = append(ended, r.ended...)
	for id, text := range trouble {
		if _, later := r.trouble[id]; !later {
			r.trouble[id] = text
		}
	}
	return err
}

// tell decides by what is so now, and tells the phone. trouble is nil where nothing was
// learned of the proxy.
func (r *Runner) tell(ctx context.Context, of ztp.Resync, i ztp.ResyncItem) (ended ztp.ResyncItem, trouble *string, err error) {
	if of.State == ztp.ResyncCancelled {
		ended, err = i.Move(ztp.ResyncItemCancelled, r.now())
		return ended, nil, err
	}
	to, left, came, err := r.look(ctx, of, i)
	switch {
	case err != nil:
		return i, nil, err
	case came:
		ended, err = i.Move(ztp.ResyncItemCame, r.now())
		return ended, nil, err
	case left != "":
		ended, err = i.Leave(left, r.now())
		return ended, nil, err
	}
	event := sipnotify.CheckSync
	if of.Reboot {
		event = sipnotify.CheckSyncReboot
	}
	i.Target = to.String()
	status, nerr := r.cfg.Sender.Notify(ctx, to, event)
	return r.outcome(ctx, i, status, nerr)
}

// look finds the phone's address, and whether it has come by itself: a phone that is to
// restart is told all the same.
func (r *Runner) look(ctx context.Context, of ztp.Resync, i ztp.ResyncItem) (to sipnotify.Address, left ztp.ResyncLeft, came bool, err error) {
	e, err := r.cfg.Store.Endpoint(ctx, i.Platform, i.MAC)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound), err == nil && e.State == ztp.EndpointReleased:
		return to, ztp.LeftGone, false, nil
	case err != nil:
		return to, "", false, err
	case !of.Reboot && e.FetchedAt.After(of.CreatedAt):
		return to, "", true, nil
	}
	layers, err := r.cfg.Store.Settings(ctx, e.SettingScopes()...)
	if err != nil {
		return to, "", false, err
	}
	user, host, left := ztp.SettingsOfPhone(e.MAC, layers...).SIPLine()
	if left == "" {
		if to, err = sipnotify.NewAddress(user, host); err != nil {
			left = ztp.LeftNoRegistrar
		}
	}
	return to, left, false, nil
}

// outcome is what an answer makes of the phone.
func (r *Runner) outcome(ctx context.Context, i ztp.ResyncItem, status int, nerr error) (ended ztp.ResyncItem, trouble *string, err error) {
	none := ""
	switch {
	case nerr == nil:
		ended, err = i.Answered(status, r.now())
		return ended, &none, err
	case ctx.Err() != nil: // we stop: no word about the phone
		ended, err = i.Move(ztp.ResyncItemQueued, r.now())
		return ended, nil, err
	case errors.Is(nerr, sipnotify.ErrNoAnswer):
		ended, err = i.Move(ztp.ResyncItemNoAnswer, r.now())
		return ended, nil, err
	}
	why := cut(nerr.Error())
	r.warn(why)
	ended, err = i.NotReached(why, r.now())
	return ended, &why, err
}

func (r *Runner) warn(why string) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.warned != why {
		r.cfg.Log.Warn("phones can't be told: the SIP proxy was not reached", "err", why)
	}
	r.warned = why
}

// cut keeps what is shown of an error short.
func cut(text string) string {
	const longest = 300
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
