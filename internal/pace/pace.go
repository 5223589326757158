// Package pace keeps calls to a vendor within a rate that several processes share,
// and lets all of them be silent when the vendor has asked one of them to wait.
//
// A Pacer takes places at the rate from the database, a second's worth at a time, so
// that most calls cost no statement; without a rate none does. It knows nothing of
// what is called. Operations for many take turns and let everything else go first;
// turns.go. One process alone has its places in memory; own.go.
package pace

import (
	"context"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// keep is how long places are good after their time. More would let processes
	// that were idle call at once on top of each other.
	keep = time.Second
	// patience is how long a call waits in a pause; what takes longer is put off.
	patience = 2 * time.Second
	// minPause and maxPause bound what a vendor may ask for.
	minPause = time.Second
	maxPause = 5 * time.Minute
	// lookEvery is how often it is looked for pauses that nobody told of.
	lookEvery = 5 * time.Second
	// tellTimeout bounds telling the others of a pause.
	tellTimeout = 5 * time.Second
)

// Config is what New needs: Store, Vendor and Now, the installation's clock. A Rate
// of 0 calls per second is no limit; Burst is how many calls may go at once.
type Config struct {
	Store  Places
	Vendor ztp.VendorName
	Rate   float64
	Burst  int
	Now    func() time.Time
}

// Pacer is the part of the shared rate that this process has. It is safe for
// concurrent use.
type Pacer struct {
	cfg   Config
	chunk int
	turn  chan struct{} // held while places are taken

	// The places in hand: the next one, how many, and until when they are good.
	next time.Time
	left int
	good time.Time

	turns turns

	mu     sync.Mutex
	paused time.Time // until when the vendor is not to be called
}

// New returns a Pacer; call Run beside it.
func New(cfg Config) *Pacer {
	cfg.Burst = max(cfg.Burst, 1)
	return &Pacer{cfg: cfg, chunk: max(1, min(cfg.Burst, int(cfg.Rate))), turn: make(chan struct{}, 1)}
}

// Wait returns when a call may go out. Its error is an *ztp.VendorError.
func (p *Pacer) Wait(ctx context.Context) error {
	if err := p.silence(ctx); err != nil || p.cfg.Rate <= 0 {
		return err
	}
	if who := ztp.TurnOf(ctx); who != "" {
		leave, err := p.turns.take(ctx, who)
		if err != nil {
			return tooMany(err)
		}
		defer leave()
	}
	at, err := p.place(ctx)
	if err != nil {
		return err
	}
	if err := p.sleep(ctx, at); err != nil {
		return err
	}
	return p.silence(ctx) // it may have been asked for meanwhile
}

// silence waits for the end of a short pause and puts the call off in a long one.
func (p *Pacer) silence(ctx context.Context) error {
	until := p.pausedUntil()
	left := until.Sub(p.cfg.Now())
	if left > patience {
		return &ztp.VendorError{Code: ztp.CodeVendorRateLimited, Effect: ztp.EffectLimited, Temporary: true, RetryAfter: left}
	}
	return p.sleep(ctx, until)
}

// place takes the next place in hand, and new ones when there is none left.
func (p *Pacer) place(ctx context.Context) (time.Time, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return time.Time{}, tooMany(ctx.Err())
	}
	each := time.Duration(float64(time.Second) / p.cfg.Rate)
	if p.left == 0 || p.cfg.Now().After(p.good) {
		first, paused, err := p.cfg.Store.TakePlaces(ctx, p.cfg.Vendor, p.cfg.Rate, p.cfg.Burst, p.chunk)
		if err != nil {
			return time.Time{}, &ztp.VendorError{Code: ztp.CodeInternal, Effect: ztp.EffectNotSent, Temporary: true, Err: err}
		}
		p.learn(paused)
		p.next, p.left, p.good = first, p.chunk, first.Add(time.Duration(p.chunk)*each)
		if now := p.cfg.Now(); p.good.Before(now) {
			p.good = now
		}
		p.good = p.good.Add(keep)
	}
	at := p.next
	if deadline, ok := ctx.Deadline(); ok && at.Sub(p.cfg.Now()) > time.Until(deadline) {
		return at, tooMany(context.DeadlineExceeded) // the place stays for somebody else
	}
	p.next, p.left = at.Add(each), p.left-1
	return at, nil
}

func tooMany(err error) error {
	return &ztp.VendorError{Code: ztp.CodeVendorRateLimited, Effect: ztp.EffectNotSent, Temporary: true,
		Detail: "Too many calls wait for the limit of calls per second.", Err: err}
}

func (p *Pacer) sleep(ctx context.Context, until time.Time) error {
	d := until.Sub(p.cfg.Now())
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return tooMany(ctx.Err())
	}
}

// Pause is called when the vendor has asked for a wait of d. The other processes are
// told.
func (p *Pacer) Pause(d time.Duration) {
	d = min(max(d, minPause), maxPause)
	until := p.cfg.Now().Add(d)
	if until.Sub(p.pausedUntil()) < minPause {
		return // said already, of another call
	}
	p.learn(until)
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	_ = p.cfg.Store.PauseCalls(ctx, p.cfg.Vendor, d) // they are told by the vendor otherwise
}

// Hear takes a hint of another process.
func (p *Pacer) Hear(ctx context.Context, h ztp.Hint) {
	if h == ztp.HintPause {
		p.look(ctx)
	}
}

// Run looks for pauses that other processes were asked for, until ctx ends.
func (p *Pacer) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		p.look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

func (p *Pacer) look(ctx context.Context) {
	if until, err := p.cfg.Store.CallsPaused(ctx, p.cfg.Vendor); err == nil {
		p.learn(until)
	}
}

func (p *Pacer) learn(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.paused) {
		p.paused = until
	}
}

func (p *Pacer) pausedUntil() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paused
}
