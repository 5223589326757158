package orchestrator

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"zerotouch.example/internal/ztp"
)

// run is one operation while a worker has it. Its copies of operation and link
// are those last committed, plus what the next commit is going to write.
type run struct {
	o        *Orchestrator
	op       ztp.Operation
	vendor   ztp.Vendor
	info     ztp.VendorInfo
	platform ztp.Platform
	link     ztp.Link
	labels   ztp.Labels
	gate     *gate
	log      *slog.Logger
	// stopping reports whether the process is being stopped.
	stopping func() bool
	// leaseEnd is when another process may take the operation over.
	leaseEnd time.Time
	// alone: nobody else works on the link's keys, since the claim of this operation.
	alone bool
	// borrowed is the number of the link's key that the present step has used.
	borrowed int
	// shown is false while the database does not tell yet at which step we are.
	shown bool
	// events are the audit rows of the next commit, due the results that it writes
	// first, and moved the credentials as due leaves them.
	events []ztp.Event
	due    []result
	moved  map[int]ztp.Credential
	// profiles are those that a rebuild has listed, accounts whose the tokens are that it
	// has seen in addresses.
	profiles []ztp.VendorProfile
	accounts map[string]tokenHolder
	// holders are the accounts that an import has looked up, and whether phones can be theirs.
	holders map[ztp.AccountID]bool
	// tested are the numbers of keys from a backup that the vendor has accepted.
	tested map[int]bool
	// addresses are URLs of ours by what they are made of; they hold tokens.
	addresses map[addressOf]ztp.Secret
	// fills is what URLs are made of, by account, while many are made; they hold tokens.
	fills map[ztp.AccountID]filling
	// devices are tokens of phones' own, of those that are being written.
	devices map[ztp.MAC]ztp.Secret
}

// result is what a step has learnt: a change of the link, of other rows, or both.
// The next commit makes it; it may run more than once and has no other effects.
type result struct {
	link func(l *ztp.Link) error
	rows func(ctx context.Context, s ztp.Store) error
	// with changes the link by what the database says, so only at the commit.
	with func(ctx context.Context, s ztp.Store, l *ztp.Link) error
}

// maxDue bounds what one commit has to write.
const maxDue = 100

// later lets a result ride with the next commit: that of the next intent, hence
// before anything more is changed at the vendor, or that of the operation's end. A
// call that takes long brings it about too, see watch. Here it counts at once. A
// process that dies in between leaves what one leaves that dies right after a call.
func (r *run) later(ctx context.Context, x result) error {
	r.due, r.shown = append(r.due, x), false
	if len(r.due) >= maxDue {
		return r.commit(ctx, nil)
	}
	return x.onto(&r.link)
}

// laterLink is later for a change of the link alone.
func (r *run) laterLink(ctx context.Context, change func(l *ztp.Link) error) error {
	return r.later(ctx, result{link: change})
}

// reread takes over a link that was read again, as what is due leaves it.
func (r *run) reread(l ztp.Link) error {
	for _, x := range r.due {
		if err := x.onto(&l); err != nil {
			return err
		}
	}
	r.link = l
	return nil
}

func (x result) onto(l *ztp.Link) error {
	if x.link == nil {
		return nil
	}
	return x.link(l)
}

// flush commits what is due, for steps that read it from the database.
func (r *run) flush(ctx context.Context) error {
	if len(r.due) == 0 {
		return nil
	}
	return r.commit(ctx, nil)
}

// commitTimeout bounds the recording of what was done, which goes on when the
// process is being stopped.
const commitTimeout = 10 * time.Second

// commit writes the operation, what is due, what change does, the link if these
// altered it, and the audit rows noted before, in one transaction under the fence.
// change may be nil; it may run more than once. Every failure is a storeError.
func (r *run) commit(ctx context.Context, change func(s ztp.Store, l *ztp.Link) error) error {
	after, err := r.write(ctx, change)
	if err == nil {
		r.committed(after)
	}
	return err
}

// committed takes over what a commit has written.
func (r *run) committed(l ztp.Link) {
	r.link, r.shown = l, true
	r.events, r.due, r.moved = nil, nil, nil
	r.leaseEnd = r.op.UpdatedAt.Add(r.o.cfg.Lease) // counted from before the commit
}

// write is the transaction of a commit; it returns the link as written.
func (r *run) write(ctx context.Context, change func(s ztp.Store, l *ztp.Link) error) (ztp.Link, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	r.op.UpdatedAt = r.o.now()
	var after ztp.Link
	err := r.o.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		l, err := s.Link(ctx, r.op.Platform, r.op.Vendor)
		if err != nil {
			return err
		}
		before := l
		before.Profiles = cloneMap(l.Profiles)
		if err := r.apply(ctx, s, &l, change); err != nil {
			return err
		}
		if !reflect.DeepEqual(before, l) {
			l.UpdatedAt = r.op.UpdatedAt
			if err := s.SaveLink(ctx, l); err != nil {
				return err
			}
			l.Version++
		}
		if err := s.SaveOperation(ctx, r.op, r.o.cfg.Lease); err != nil {
			return err
		}
		for _, e := range r.events {
			if err := s.AppendEvent(ctx, e); err != nil {
				return err
			}
		}
		after = l
		return nil
	})
	if err != nil {
		return ztp.Link{}, &storeError{err}
	}
	return after, nil
}

// apply makes the changes of a commit, those that are due in their order first.
func (r *run) apply(ctx context.Context, s ztp.Store, l *ztp.Link, change func(s ztp.Store, l *ztp.Link) error) error {
	for _, x := range r.due {
		if err := x.onto(l); err != nil {
			return err
		}
		if x.rows != nil {
			if err := x.rows(ctx, s); err != nil {
				return err
			}
		}
		if x.with != nil {
			if err := x.with(ctx, s, l); err != nil {
				return err
			}
		}
	}
	if change == nil {
		return nil
	}
	return change(s, l)
}

func cloneMap(m map[string]string) map[string]string {
	if m == nil {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// note adds an audit row to the next commit.
func (r *run) note(action, target, detail string) {
	r.events = append(r.events, ztp.Event{
		At: r.o.now(), Actor: ztp.System("orchestrator").String(), Action: action,
		Platform: r.op.Platform, Vendor: r.op.Vendor, Target: target, Operation: r.op.ID,
		Outcome: ztp.OutcomeOK, Detail: detail, RequestID: r.op.Actor.RequestID,
	})
}

// noteFailed is note for something that did not go through.
func (r *run) noteFailed(action, target string, err error) {
	r.note(action, target, ztp.AsError(err).Detail)
	e := &r.events[len(r.events)-1]
	e.Outcome, e.Code = ztp.OutcomeFailed, ztp.CodeOf(err)
}

// intent commits that a call which changes something is about to be sent, to
// which target, and until when it may take effect. It also renews the lease, so
// that the call's deadline lies before the lease's end.
func (r *run) intent(ctx context.Context, what, target string, change func(s ztp.Store, l *ztp.Link) error) error {
	if err := r.mayBegin(ctx); err != nil {
		return err
	}
	return r.announce(ctx, what, target, change)
}

// mayBegin says whether something that changes the vendor may be begun now.
func (r *run) mayBegin(ctx context.Context) error {
	if r.stopping() {
		return errStopped
	}
	return r.writesOn(ctx)
}

// announce is intent for whoever has asked mayBegin.
func (r *run) announce(ctx context.Context, what, target string, change func(s ztp.Store, l *ztp.Link) error) error {
	r.op.Data.Pending = &ztp.PendingCall{What: what, Target: target, Deadline: r.o.now().Add(r.info.CallTimeout)}
	return r.commit(ctx, change)
}

// settled forgets the intent, and remembers when it changed something.
func (r *run) settled(changed bool) {
	r.op.Data.Pending, r.op.Data.Unanswered = nil, false
	r.op.Data.Changed = r.op.Data.Changed || changed
}

// settleAt is when absence at the vendor begins to count, for a call that may
// take effect until deadline.
func (r *run) settleAt(deadline time.Time) time.Time { return deadline.Add(r.info.Settle) }

// lookAgain rests until the next look at something whose outcome is unknown: soon
// at first, and at last when absence counts.
func (r *run) lookAgain(deadline time.Time, what string) error {
	now, settle := r.o.now(), r.settleAt(deadline)
	d := 2 * time.Second << min(r.op.Attempt, 4)
	until := now.Add(d)
	if until.After(settle) {
		until = settle
	}
	if !until.After(now) {
		until = now.Add(time.Second)
	}
	return &rest{until: until, unknown: true, try: true, reason: what}
}

// call runs a vendor call. It is cut off by its own time limit alone, never by
// the process being stopped: a call given up half-way would be an unknown outcome.
func (r *run) call(ctx context.Context, f func(ctx context.Context) error) error {
	if r.op.Data.Pending == nil && r.stopping() { // what is announced is carried out
		return errStopped
	}
	if r.callTime() < r.info.CallTimeout {
		if err := r.commit(ctx, nil); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.callTime())
	defer cancel()
	return r.watch(ctx, f)
}

// callTime is how long a call may take that begins now: it has to end before the
// lease does, with time to spare for two clocks that are not quite the same.
func (r *run) callTime() time.Duration {
	return min(r.info.CallTimeout, r.leaseEnd.Sub(r.o.now())-r.o.cfg.Lease/9)
}

// watch runs f and, when it takes long, commits meanwhile at which step we are. A quick
// vendor saves us a commit per step that way.
func (r *run) watch(ctx context.Context, f func(ctx context.Context) error) error {
	if r.shown {
		return f(ctx)
	}
	var err error
	var panicked any
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		err = f(ctx)
	}()
	slow := time.NewTimer(r.o.cfg.SlowCall)
	defer slow.Stop()
	var lost error
	select {
	case <-done:
	case <-slow.C:
		var after ztp.Link
		after, lost = r.write(ctx, nil)
		<-done // f reads the link, so that ours is replaced after it
		if lost == nil {
			r.committed(after)
		}
	}
	switch {
	case panicked != nil:
		panic(panicked)
	case lost != nil:
		return lost
	}
	return err
}

// reseller returns the reseller credential, proven to belong to the account with
// which this installation began. A key belongs to one company for ever, so each
// is asked once per process.
func (r *run) reseller(ctx context.Context) (ztp.APIKey, error) {
	return r.o.reseller(ctx, r.vendor, r.call)
}

// reseller is run.reseller for whoever has a way to call the vendor.
func (o *Orchestrator) reseller(ctx context.Context, vendor ztp.Vendor, call func(context.Context, func(context.Context) error) error) (ztp.APIKey, error) {
	name := vendor.Describe().Name
	key, err := o.cfg.Reseller.Reseller(ctx, name)
	if err != nil {
		return key, err
	}
	err = o.pin(ctx, name, key, call)
	if ztp.IsCode(err, ztp.CodeResellerCredentialsOtherAccount) {
		return key, fail(err)
	}
	return key, resellerError(err)
}

func (r *run) resellerError(err error) error { return resellerError(err) }

// resellerError names the reseller credential as the cause where the vendor
// refuses the key itself.
func resellerError(err error) error {
	if keyRefused(err) {
		return fail(resellerRefused(err))
	}
	return err
}

// open opens a sealed key of the link.
func (r *run) open(ctx context.Context, n int) (ztp.APIKey, error) {
	key, err := r.o.cfg.Store.OpenCredential(ctx, r.op.Platform, r.op.Vendor, n)
	if ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		return key, needsOperator(err)
	}
	if err != nil {
		return key, &storeError{fmt.Errorf("open credential %d: %w", n, err)}
	}
	return key, r.testFirst(ctx, n, key)
}

// credentials reads all credentials of the link, as what is due leaves them.
func (r *run) credentials(ctx context.Context) ([]ztp.Credential, error) {
	cs, err := r.o.cfg.Store.Credentials(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return nil, &storeError{err}
	}
	for i, c := range cs {
		if moved, ok := r.moved[c.Number]; ok {
			cs[i] = moved
		}
	}
	return cs, nil
}

// credential reads one.
func (r *run) credential(ctx context.Context, n int) (ztp.Credential, error) {
	if c, ok := r.moved[n]; ok {
		return c, nil
	}
	c, err := r.o.cfg.Store.Credential(ctx, r.op.Platform, r.op.Vendor, n)
	if err != nil {
		return c, &storeError{err}
	}
	return c, nil
}
