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
// writeItems (manywrite.go); confirmItems (manyconfirm.go) reads the list again. What the
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

// whole is the vendor as one whose phones are changed with one call each, or else with
// the calls that it takes.
func (r *run) whole() (ztp.BulkRegistrar, error) {
	reg, err := r.registrar()
	if err != nil {
		return nil, err
	}
	if b, ok := reg.(ztp.BulkRegistrar); ok {
		return b, nil
	}
	return plainRegistrar{reg}, nil
}

// plainRegistrar writes phones of a vendor that knows no shorter way.
type plainRegistrar struct{ ztp.EndpointRegistrar }

func (p plainRegistrar) ListWhole(ctx context.Context, by ztp.APIKey, company, cursor string) ([]ztp.WholeEndpoint, string, error) {
	page, next, err := p.ListEndpoints(ctx, by, company, cursor)
	all := make([]ztp.WholeEndpoint, len(page))
	for i, e := range page {
		all[i].VendorEndpoint = e
	}
	return all, next, err
}

func (p plainRegistrar) Whole(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) (ztp.WholeEndpoint, error) {
	e, err := p.Endpoint(ctx, by, company, mac)
	return ztp.WholeEndpoint{VendorEndpoint: e}, err
}

func (p plainRegistrar) Overwrite(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint, _ ztp.WholeEndpoint) error {
	_, err := p.WriteEndpoint(ctx, by, company, e)
	return err
}

// readList reads the company's phones before anything is written.
func (r *run) readList(ctx context.Context) error {
	ctx = r.inTurn(ctx)
	reg, err := r.whole()
	if err != nil {
		return err
	}
	if err := r.countItems(ctx); err != nil {
		return err
	}
	return r.readThere(ctx, reg, r.bulk())
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

// readThere reads which phones of the operation the vendor has, and how.
func (r *run) readThere(ctx context.Context, reg ztp.BulkRegistrar, b *bulk) error {
	open, err := r.itemsIn(ctx, r.op.ID, ztp.PhoneItemQueued, ztp.PhoneItemSent)
	if err != nil {
		return err
	}
	began, company := r.o.now(), r.link.CompanyID
	there, sampled, partial, unlisted := map[ztp.MAC]ztp.WholeEndpoint{}, false, false, false
	alone, err := r.fewerThanPages(ctx, len(open))
	if err != nil {
		return err
	}
	if alone {
		b.company, b.there, b.unlisted, b.readAt = company, there, len(open) > 0, began
		return nil
	}
	err = r.wholePages(ctx, reg, func(page []ztp.WholeEndpoint) error {
		company = r.link.CompanyID
		for _, e := range page {
			if !open[e.MAC] {
				continue
			}
			if !sampled && !e.Partial {
				sampled = true
				if partial, err = r.showsLess(ctx, reg, e); err != nil {
					return err
				}
			}
			if partial {
				e.Partial = true
			}
			if unlisted = len(there) >= maxThere; unlisted {
				return nil
			}
			if e.Partial {
				e.Kept = ztp.Secret{}
			}
			there[e.MAC] = e
		}
		return nil
	})
	if err != nil && !definite(err) {
		return err
	}
	unlisted = unlisted || err != nil // a vendor that does not let itself be listed is asked for each
	b.company, b.there, b.unlisted, b.readAt, b.took = company, there, unlisted, r.o.now(), r.o.now().Sub(began)
	r.stepNote(ztp.StepReadList, "%d of %d phones are there", len(there), len(open))
	return nil
}

// fewerThanPages reports whether reading n phones one by one takes no more calls than
// the company's list, as far as its length is known here.
func (r *run) fewerThanPages(ctx context.Context, n int) (bool, error) {
	c, err := r.o.cfg.Store.CountEndpoints(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return false, &storeError{err}
	}
	return n <= 1+(c.Held()+c.Failed)/listPage, nil
}

// listPage is how many phones a vendor shows on a page at best.
const listPage = 1000

// showsLess reads a listed phone alone, and reports whether the list left something
// out. One that has changed or gone since tells nothing, and counts as less.
func (r *run) showsLess(ctx context.Context, reg ztp.BulkRegistrar, listed ztp.WholeEndpoint) (bool, error) {
	var alone ztp.WholeEndpoint
	err := r.lent(ctx, func(key ztp.APIKey) error {
		return r.call(ctx, func(ctx context.Context) (err error) {
			alone, err = reg.Whole(ctx, key, r.link.CompanyID, listed.MAC)
			return err
		})
	})
	if ztp.IsVendorNotFound(err) {
		return true, nil
	}
	return !alone.Kept.Equal(listed.Kept), err
}

// itemsIn are the phones to be written by an operation that are in these states.
func (r *run) itemsIn(ctx context.Context, op ztp.OperationID, states ...ztp.PhoneItemState) (map[ztp.MAC]bool, error) {
	macs := map[ztp.MAC]bool{}
	for _, state := range states {
		for cursor := ""; ; {
			page, err := r.o.cfg.Store.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: op, State: state, Cursor: cursor, Limit: 1000})
			if err != nil {
				return nil, &storeError{err}
			}
			for _, i := range page.Items {
				if i.Action == ztp.ItemWrite {
					macs[i.MAC] = true
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return macs, nil
}

// wholePages hands over the company's phones page by page. The key is lent for one page
// at a time, so that a rotation does not wait for the end of a long list.
func (r *run) wholePages(ctx context.Context, reg ztp.BulkRegistrar, f func(page []ztp.WholeEndpoint) error) error {
	return eachPage(func(cursor string) (page []ztp.WholeEndpoint, next string, err error) {
		err = r.lent(ctx, func(key ztp.APIKey) error {
			return r.call(ctx, func(ctx context.Context) (err error) {
				page, next, err = reg.ListWhole(ctx, key, r.link.CompanyID, cursor)
				return err
			})
		})
		return page, next, err
	}, f)
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
		if v.Code == ztp.CodeVendorUnreachable {
			r.o.standBack(ctx)
		}
		d := patientDelays[min(r.op.Attempt, len(patientDelays)-1)]
		return r.pause(ctx, &rest{until: now.Add(r.o.cfg.Jitter(d)), try: true, reason: r.title(v.Code) + "; trying again"})
	}
	return r.stop(ctx, step, &end{err: v})
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
