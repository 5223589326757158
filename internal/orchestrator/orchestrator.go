// Package orchestrator runs operations: durable lists of named steps that change
// a vendor. It commits the intent before every call that changes something, and
// the result before the next such call, a secret at once; so a process that dies
// on any line leaves a database from which the next start goes on. It decides what an answer, a refusal or a
// lost answer means for the operation; what happened to a call is decided by the
// vendor's adapter, and what may be asked by package control.
//
// runner.go takes operations up and ends them, stop.go those without success, run.go holds one of them while it
// runs. Every other file holds the steps that its name says; ztp.StepsOf tells the
// order in which an operation takes them. Several processes may work on one database;
// replica.go says what they have to know of each other.
package orchestrator

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// Config is what New needs. Store, Vendors, Reseller and Installation are required.
type Config struct {
	Store        ztp.Store
	Vendors      []ztp.Vendor
	Reseller     ztp.ResellerSource
	Installation string
	// URL is the template of the installation's provisioning URL.
	URL ztp.URLTemplate
	// Owner names this process in leases and among replicas; random when "".
	Owner string
	// Alone: no other process can work on the database, so that none has to be told of
	// or waited for.
	Alone bool
	// Version of this build and Schema of its database, for those who look at the replicas.
	Version string
	Schema  int64
	// Workers is how many operations run at once; 8 when 0. Those for many phones are not
	// among them: they take so long that nobody else would get a worker.
	Workers int
	// Many is how many operations for many phones run at once beside; 16 when 0.
	Many int
	// ImportPart is how many rows of a file one commit takes; 2000 when 0: on SQLite,
	// where one writes at a time, others wait for it.
	ImportPart int
	// ImportWords is after how many phones of a file their words are put in; 200,000 when 0:
	// the more, the fewer pages of the database are changed for each.
	ImportWords int
	// Lease is how long an operation belongs to a worker that shows no sign of
	// life; 45 s when 0, so that another goes on within a minute. Calls end before it does.
	Lease time.Duration
	// Poll is how often due operations are looked for without being woken; 1 s when 0.
	Poll time.Duration
	// SlowCall is how long a call may take before it is committed at which step the operation
	// is, for pages to tell; 500 ms when 0.
	SlowCall time.Duration
	// Now is the installation's clock, which has to follow the database's when other
	// processes work on it too: what one writes, another one compares. time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
	// Jitter scales a delay, by 0.5 to 1.5 at random when nil.
	Jitter func(time.Duration) time.Duration
}

// Orchestrator takes up operations and runs them. It is safe for concurrent use.
type Orchestrator struct {
	cfg     Config
	vendors map[ztp.VendorName]ztp.Vendor
	wake    chan struct{}
	gates   gates
	uses    uses
	asked   chan struct{} // somebody waits for this process
	many    chan struct{} // wakes whoever takes up operations for many phones

	mu         sync.Mutex
	pinned     map[string]bool // reseller keys whose company is known to be the pinned one
	aliveUntil time.Time       // until when the others count on this process
	backUntil  time.Time       // until when work is left to others that may reach the vendor
	// interrupted are the operations that our own database kept us from going on with.
	interrupted map[ztp.OperationID]interruption
	// bulks is what this process has read for operations for many phones.
	bulks map[ztp.OperationID]*bulk
}

// New returns an Orchestrator; call Run to start it.
func New(cfg Config) *Orchestrator {
	if cfg.Owner == "" {
		cfg.Owner = ztp.NewID()
	}
	if cfg.ImportPart == 0 {
		cfg.ImportPart = 2000
	}
	if cfg.ImportWords == 0 {
		cfg.ImportWords = 200_000
	}
	if cfg.Workers == 0 {
		cfg.Workers = 8
	}
	if cfg.Many == 0 {
		cfg.Many = 16
	}
	if cfg.Lease == 0 {
		cfg.Lease = 45 * time.Second
	}
	if cfg.Poll == 0 {
		cfg.Poll = time.Second
	}
	if cfg.SlowCall == 0 {
		cfg.SlowCall = 500 * time.Millisecond
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Jitter == nil {
		cfg.Jitter = jitter
	}
	o := &Orchestrator{
		cfg: cfg, vendors: map[ztp.VendorName]ztp.Vendor{}, wake: make(chan struct{}, cfg.Workers),
		asked: make(chan struct{}, 1), many: make(chan struct{}, 1), bulks: map[ztp.OperationID]*bulk{}, pinned: map[string]bool{}, interrupted: map[ztp.OperationID]interruption{},
	}
	for _, v := range cfg.Vendors {
		o.vendors[v.Describe().Name] = v
	}
	return o
}

func (o *Orchestrator) now() time.Time { return o.cfg.Now().UTC().Truncate(time.Millisecond) }

// Wake says that an operation may be due. It never blocks.
func (o *Orchestrator) Wake() {
	for _, c := range []chan struct{}{o.wake, o.many} {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Run works until ctx ends, then lets calls in flight come to their end and
// returns nil. What was not finished is queued again.
func (o *Orchestrator) Run(ctx context.Context) error {
	attending, gone := context.WithCancel(context.WithoutCancel(ctx))
	defer gone()
	var work, presence sync.WaitGroup
	presence.Go(func() { o.beats(attending) })
	for range o.cfg.Workers {
		work.Go(func() { o.worker(ctx) })
	}
	work.Go(func() { o.manyWorkers(ctx) })
	work.Go(func() { o.scheduler(ctx) })
	work.Go(func() { o.reconciler(ctx) })
	work.Wait()
	gone()
	presence.Wait()
	return nil
}

// worker takes up one operation after the other.
func (o *Orchestrator) worker(ctx context.Context) {
	poll := time.NewTicker(o.cfg.Poll)
	defer poll.Stop()
	for ctx.Err() == nil {
		worked, err := o.work(ctx, ztp.ClaimOthers)
		if err != nil && ctx.Err() == nil {
			o.cfg.Log.Error("operation interrupted", "err", err)
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-o.wake:
		case <-poll.C:
		case <-ctx.Done():
		}
	}
}

// reconciler takes up one reconciliation after the other.
func (o *Orchestrator) reconciler(ctx context.Context) {
	poll := time.NewTicker(o.cfg.Poll)
	defer poll.Stop()
	for ctx.Err() == nil {
		worked, err := o.Reconcile(ctx)
		if err != nil && ctx.Err() == nil {
			o.cfg.Log.Error("reconciliation interrupted", "err", err)
		}
		if worked && err == nil {
			continue
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
		}
	}
}

// Work takes up the next due operation, if any, and runs it until it ends, waits,
// or the context ends: then the call in flight comes to its end and is recorded,
// and the operation is queued again. It reports whether there was one. An error
// means that the operation was left as a crash would leave it. Where our own database
// was the cause, a later call brings it back as soon as that takes writes again; else
// the lease's end does.
func (o *Orchestrator) Work(ctx context.Context) (bool, error) {
	return o.work(ctx, ztp.ClaimAny)
}

func (o *Orchestrator) work(ctx context.Context, which ztp.Claim) (bool, error) {
	op, err := o.claim(ctx, which)
	if op == nil || err != nil {
		return false, err
	}
	return true, o.carryOut(ctx, *op)
}

// claim takes the next due operation; nil without one.
func (o *Orchestrator) claim(ctx context.Context, which ztp.Claim) (*ztp.Operation, error) {
	if o.standsBack() {
		return nil, nil
	}
	ctx, cancel := outlive(ctx)
	defer cancel()
	o.returnInterrupted(ctx)
	op, err := o.cfg.Store.ClaimOperation(ctx, o.cfg.Owner, o.cfg.Lease, which)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &op, nil
}

// carryOut runs a claimed operation.
func (o *Orchestrator) carryOut(ctx context.Context, op ztp.Operation) error {
	work, cancel := outlive(ctx)
	defer cancel()
	err := o.run(work, op, func() bool { return ctx.Err() != nil })
	o.ran(op, err)
	return err
}

// stopGrace is how long work goes on after a stop: the call in flight, what
// follows it in its step, and the commit.
const stopGrace = time.Minute

// outlive is a context for work that is to be handed over, not cut off, when ctx
// ends: what a call has done must still be recorded.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(stopGrace, cancel) })
	return work, func() { stop(); cancel() }
}

// scheduler queues what nobody asks for: the daily check of every configured
// link, and the hourly try to delete what is loose. One process does it for all.
func (o *Orchestrator) scheduler(ctx context.Context) {
	tick := time.NewTicker(scheduleEvery)
	defer tick.Stop()
	for {
		if err := o.tend(ctx); err != nil && ctx.Err() == nil {
			o.cfg.Log.Error("schedule", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// errStopped ends a run because the process is being stopped.
var errStopped = errors.New("stopping")
