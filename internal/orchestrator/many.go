package orchestrator

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// Operations for many phones have a row for each, a ztp.PhoneItem, and three steps.
// readList reads the company's phones, so that each is written with one call in
// writeItems (manybatch.go); confirmItems (manyconfirm.go) reads the list again. What the
// list said is kept in this process alone: whoever goes on after a crash reads it again.

// bulk is what a process has read for an operation for many phones.
type bulk struct {
	fence   int64 // of the run that read it
	company string
	readAt  time.Time
	took    time.Duration
	// there are the phones of the operation that the vendor had, Partial where a write
	// has to read them first. unlisted: more than fit, so that those not in it may be
	// there as well.
	there    map[ztp.MAC]ztp.WholeEndpoint
	unlisted bool
	// parallel is how many calls go out at once, size how many phones a commit marks.
	parallel, size int
	// tries counts writes of a phone that went out and did nothing.
	tries map[ztp.MAC]int
	// proven is the number of the key that was seen to write the profile.
	proven int
	// search is for who has phones that are taken; nil before the first of them.
	search *search
	// keyless: the vendor accepts no key that could sign.
	keyless bool
}

const (
	// maxThere bounds the memory for what a list says of phones, at about a kilobyte each.
	maxThere = 60_000
	// maxParallel calls go out at once; as many as answers of half a second need at 20 calls a second.
	maxParallel = 10
	// maxBatch phones are marked by one commit.
	maxBatch = 64
	// What the list said is read again before it is older than listAge, or listWorth times
	// as old as the reading took: somebody may have changed a phone in the vendor's portal
	// since, and a write puts back what was read.
	listAge   = 2 * time.Minute
	listWorth = 50
)

// bulk is what this process knows for the operation; nothing after another one has had it.
func (r *run) bulk() *bulk {
	r.o.mu.Lock()
	defer r.o.mu.Unlock()
	b := r.o.bulks[r.op.ID]
	if b == nil || r.op.Fence > b.fence+1 {
		b = &bulk{parallel: maxParallel, size: maxBatch, tries: map[ztp.MAC]int{}}
		r.o.bulks[r.op.ID] = b
	}
	b.fence = r.op.Fence
	return b
}

// forgetBulk is for an operation that has ended, or is another process's.
func (r *run) forgetBulk() {
	r.o.mu.Lock()
	defer r.o.mu.Unlock()
	delete(r.o.bulks, r.op.ID)
}

// inTurn marks the step's calls as those of an operation for many, and remembers until
// when what a dead process has sent may take effect.
func (r *run) inTurn(ctx context.Context) context.Context {
	if p := r.op.Data.Pending; p != nil {
		if at := r.settleAt(p.Deadline); at.After(r.op.Data.Unsettled) {
			r.op.Data.Unsettled = at
		}
		unanswered := r.op.Data.Unanswered
		r.settled(false)
		r.op.Data.Unanswered = unanswered
	}
	return ztp.InTurn(ctx, r.op.Platform)
}

// lend borrows the key that signs for phones, until the returned function is called.
func (r *run) lend(ctx context.Context) (release func(), key ztp.APIKey, err error) {
	switch {
	case r.releasesBelow():
		return r.lendBelow(ctx)
	case r.op.Kind == ztp.KindOffboard:
		key, err = r.releaseKey(ctx)
		return func() {}, key, err
	case !r.pausing():
		return r.use(ctx)
	}
	key, err = r.disabler(ctx, r.op.Data.Mode)
	return func() {}, key, err
}

// lent is lend for as long as f runs.
func (r *run) lent(ctx context.Context, f func(key ztp.APIKey) error) error {
	release, key, err := r.lend(ctx)
	if err != nil {
		return err
	}
	defer release()
	return f(key)
}

// countItems brings the progress up to what the items say.
func (r *run) countItems(ctx context.Context) error {
	t, err := r.o.cfg.Store.CountPhoneItems(ctx, r.op.ID)
	if err != nil {
		return &storeError{err}
	}
	r.op.Data.Total, r.op.Data.Handled = t.Total(), t.Over()+t[ztp.PhoneItemWritten]
	return nil
}

// judgeMany is judgeVendor for operations for many: they outlast whatever passes, in
// sight of everybody and to be cancelled by anybody.
func (r *run) judgeMany(ctx context.Context, step string, v *ztp.VendorError) error {
	now := r.o.now()
	switch {
	case keyRefused(v):
		return r.judge(ctx, step, r.activeRefused(ctx, v))
	case v.Effect == ztp.EffectLimited:
		wait := min(max(v.RetryAfter, minRetryAfter), maxRetryAfter)
		return r.pause(ctx, &rest{until: now.Add(wait), reason: r.info.Title + " asks us to wait"})
	case v.Temporary || v.Effect == ztp.EffectNotSent || v.Effect == ztp.EffectUnknown || v.Code == ztp.CodeClockSkew:
		d := r.o.cfg.Jitter(patientDelays[min(r.op.Attempt, len(patientDelays)-1)])
		if v.Code == ztp.CodeVendorUnreachable {
			r.o.standBack(ctx, d)
		}
		return r.pause(ctx, &rest{until: now.Add(d), try: true, reason: r.title(v.Code) + "; trying again"})
	}
	return r.stop(ctx, step, &end{err: v})
}

// manyStopped leaves no phone without an end of an operation for many that stops.
func (r *run) manyStopped(ctx context.Context, s ztp.Store) error {
	if err := r.takeBackLater(ctx, s); err != nil {
		return err
	}
	err := s.EndPhoneItems(ctx, r.op.ID, r.op.Platform, r.op.Error, r.op.UpdatedAt)
	if err == nil && r.op.Kind == ztp.KindBulk && r.op.Params.Findings != "" {
		err = s.SettleDoneDrifts(ctx, r.op.Platform, r.op.Vendor, r.op.ID, r.op.UpdatedAt)
	}
	return err
}

// manySummary says in the audit log what became of the phones.
func (r *run) manySummary() string {
	if s := r.op.Step(ztp.StepConfirmItems); s != nil {
		return s.Note
	}
	return ""
}

// tallyNote names the states that there are.
func tallyNote(t ztp.PhoneTally) string {
	var parts []string
	for _, s := range ztp.PhoneItemStates {
		if n := t[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

// inParallel does f for 0 to n-1, at most width at a time. A panic comes out of it as
// it would without.
func inParallel(width, n int, f func(i int)) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var panicked any
	next := 0
	take := func() int {
		mu.Lock()
		defer mu.Unlock()
		if next >= n || panicked != nil {
			return -1
		}
		next++
		return next - 1
	}
	for range min(width, n) {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					mu.Lock()
					panicked = p
					mu.Unlock()
				}
			}()
			for i := take(); i >= 0; i = take() {
				f(i)
			}
		})
	}
	wg.Wait()
	if panicked != nil {
		panic(panicked)
	}
}
