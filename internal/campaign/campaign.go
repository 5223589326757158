// Package campaign takes campaigns forward: it lets ordinary operations be made, one
// after the other, through the door that everybody else uses, and records what became
// of each. It calls no vendor and changes no link. By the same door, and in the same turn,
// changes of settings go from ring to ring.
//
// All of a campaign's state is in the database. What is begun is committed before its
// operation is made, and the operation carries a key made of campaign and platform; so
// a process that dies between any two commits leaves what the next one goes on with,
// and nothing is made twice, not even by two processes at once. Start at Advance.
package campaign

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

const (
	// lookEvery is how often campaigns are taken forward.
	lookEvery = time.Second
	// waveSize is how many operations of a campaign are open at once, whatever the
	// budget: what one of them runs into shall not be met by many more.
	waveSize = 4
	// abandoned is how long an item may be without its operation before a campaign that
	// begins nothing any more takes it back: longer than any request takes.
	abandoned = time.Minute
	// puzzled is how long it is tried to get an answer of our own before an item counts
	// as failed.
	puzzled = 5 * time.Minute
	// policyLook is how often it is looked for keys that are older than the policy.
	policyLook = 10 * time.Minute
)

// Door is how operations are made, and changes of settings sent on; *control.Control.
type Door interface {
	Onboard(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s control.Submission) (control.Result, error)
	Rotate(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, r control.RotateRequest) (control.Result, error)
	Adopt(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, companyID string, s control.Submission) (control.Result, error)
	Connect(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, r control.ConnectRequest) (control.Result, error)
	BeginDueRotation(ctx context.Context, v ztp.VendorName, age time.Duration) (bool, error)
	LookAtRollouts(ctx context.Context) error
}

// Config is what New needs. Store and Door are required.
type Config struct {
	Store ztp.Store
	Door  Door
	// Vendors are those at which the rotation policy counts.
	Vendors []ztp.VendorName
	// RotateEvery is the rotation policy: the age at which a key is replaced by itself;
	// 0 for none.
	RotateEvery time.Duration
	// Now is the installation's clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
}

// Runner takes campaigns forward. It is safe for concurrent use.
type Runner struct{ cfg Config }

// New returns a Runner; call Run to start it.
func New(cfg Config) *Runner {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{cfg}
}

func (r *Runner) now() time.Time { return r.cfg.Now().UTC().Truncate(time.Millisecond) }

// Run works until ctx ends.
func (r *Runner) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := errors.Join(r.followPolicy(ctx), r.turn(ctx), r.cfg.Door.LookAtRollouts(ctx)); err != nil && ctx.Err() == nil {
			r.cfg.Log.Error("campaigns", "err", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// turn is Advance, by one process at a time. While nothing is open it only reads.
func (r *Runner) turn(ctx context.Context) error {
	open, err := r.cfg.Store.ListCampaigns(ctx, ztp.CampaignQuery{Open: true})
	if err != nil || len(open.Items) == 0 {
		return err
	}
	mine, err := r.cfg.Store.TakeDuty(ctx, "campaigns", lookEvery*5/6)
	if err != nil || !mine {
		return err
	}
	return r.Advance(ctx)
}

// followPolicy begins a rotation of keys that are older than the policy.
func (r *Runner) followPolicy(ctx context.Context) error {
	if r.cfg.RotateEvery == 0 {
		return nil
	}
	mine, err := r.cfg.Store.TakeDuty(ctx, "rotation-policy", policyLook)
	if err != nil || !mine {
		return err
	}
	return r.Policy(ctx)
}

// Policy begins a campaign at every vendor where keys are older than the policy.
func (r *Runner) Policy(ctx context.Context) error {
	var errs []error
	for _, v := range r.cfg.Vendors {
		began, err := r.cfg.Door.BeginDueRotation(ctx, v, r.cfg.RotateEvery)
		if began {
			r.cfg.Log.Info("rotation begun: keys are older than the policy", "vendor", v, "policy", r.cfg.RotateEvery)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Advance takes every open campaign as far forward as it goes now: records what has
// ended, begins what may begin. It may be called at any time, by any process.
func (r *Runner) Advance(ctx context.Context) error {
	open, err := r.cfg.Store.ListCampaigns(ctx, ztp.CampaignQuery{Open: true})
	errs := []error{err}
	for _, c := range open.Items {
		errs = append(errs, ignoreLost(r.advance(ctx, c)))
	}
	return errors.Join(errs...)
}

// ignoreLost drops a lost race: whoever won it has done the same, or has removed the
// platform.
func ignoreLost(err error) error {
	if ztp.IsCode(err, ztp.CodeFormOutdated) || ztp.IsCode(err, ztp.CodeNotFound) {
		return nil
	}
	return err
}

func (r *Runner) advance(ctx context.Context, c ztp.Campaign) error {
	running, err := r.running(ctx, c.ID)
	if err != nil {
		return err
	}
	still := 0
	for _, i := range running {
		over, err := r.follow(ctx, c.ID, i)
		if err := ignoreLost(err); err != nil {
			return err
		}
		if !over {
			still++
		}
	}
	for still < waveSize {
		begun, open, err := r.beginNext(ctx, c.ID)
		if err != nil || !begun {
			return err
		}
		if open {
			still++
		}
	}
	return nil
}

// running returns the items that were begun and have not ended: a wave at most.
func (r *Runner) running(ctx context.Context, id ztp.CampaignID) ([]ztp.CampaignItem, error) {
	page, err := r.cfg.Store.ListCampaignItems(ctx, ztp.CampaignItemQuery{Campaign: id, State: ztp.ItemRunning, Limit: 1000})
	return page.Items, err
}
