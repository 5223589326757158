package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"zerotouch.example/internal/ztp"
)

// stepFunc does one step; it may be run again from its start at any time.
type stepFunc func(r *run, ctx context.Context) error

// steps maps the names of ztp/steps.go to what they do.
var steps = map[string]stepFunc{
	ztp.StepFindCompany:  (*run).findCompany,
	ztp.StepTakeCompany:  (*run).takeCompany,
	ztp.StepTidyKeys:     (*run).tidyKeys,
	ztp.StepCreateKey:    (*run).createKey,
	ztp.StepProve:        (*run).prove,
	ztp.StepActivate:     (*run).activate,
	ztp.StepDrain:        (*run).drain,
	ztp.StepRevokeOld:    (*run).revokeOld,
	ztp.StepListKeys:     (*run).listKeys,
	ztp.StepCompareURLs:  (*run).compareURLs,
	ztp.StepResumePhones: (*run).resumePhones,
	ztp.StepStopUse:      (*run).stopUse,
	ztp.StepPauseProfile: (*run).pauseProfile,
	ztp.StepPausePhones:  (*run).pausePhones,
	ztp.StepRevokeKeys:   (*run).revokeKeys,
	ztp.StepConfirm:      (*run).confirmDisabled,
	ztp.StepWipe:         (*run).wipe,
	ztp.StepCheck:        (*run).check,
	ztp.StepRevokeKey:    (*run).revokeNamedKey,
	ztp.StepWriteProfile: (*run).writeProfile,
	ztp.StepWritePhones:  (*run).writePhones,
	ztp.StepWrite:        (*run).writeEndpoint,
	ztp.StepRelease:      (*run).releaseEndpoint,
	ztp.StepWriteNew:     (*run).writeNew,
	ztp.StepUndoNew:      (*run).undoNew,
	ztp.StepRetireOld:    (*run).retireOld,
	ztp.StepGiveUp:       (*run).moveOut,
	ztp.StepTakeOver:     (*run).moveIn,
	ztp.StepTakeBack:     (*run).moveBack,
	ztp.StepRevokeMade:   (*run).revokeMadeKey,
	ztp.StepPauseForeign: (*run).pauseForeign,
	ztp.StepReadKeys:     (*run).readKeys,
	ztp.StepReadPhones:   (*run).readPhones,
	ztp.StepRevokeLost:   (*run).revokeLost,
	ztp.StepReadList:     (*run).readList,
	ztp.StepWriteItems:   (*run).writeItems,
	ztp.StepConfirmItems: (*run).confirmItems,
	ztp.StepSaveRows:     (*run).takeRows,
	ztp.StepCompareList:  (*run).compareList,
	ztp.StepAdoptPhones:  (*run).adoptPhones,
	ztp.StepTakePicked:   (*run).takePicked,
	ztp.StepReleaseAll:   (*run).releaseAll,
	ztp.StepDropProfile:  (*run).dropProfiles,
}

// run takes a claimed operation through its steps, until stopping says that
// nothing new is to be begun.
func (o *Orchestrator) run(ctx context.Context, op ztp.Operation, stopping func() bool) (err error) {
	r, err := o.newRun(ctx, op)
	if err != nil {
		return err
	}
	r.stopping = stopping
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("operation %s: panic at step %v: %v\n%s", op.ID, r.op.Current(), p, debug.Stack())
		}
	}()
	if err = r.drive(ctx); ztp.IsCode(err, ztp.CodeFormOutdated) {
		err = o.giveBack(ctx, op, err)
	}
	return err
}

// giveBack queues an operation again, as it is in the database, when somebody else has
// changed a row that it read: it goes on like after a crash, without waiting for its lease.
func (o *Orchestrator) giveBack(ctx context.Context, op ztp.Operation, cause error) error {
	left, err := o.cfg.Store.Operation(ctx, op.ID)
	if err != nil || left.Fence != op.Fence || left.State != ztp.OperationRunning {
		return cause
	}
	now := o.now()
	if left, err = left.Move(ztp.OperationQueued, now); err != nil {
		return cause
	}
	left.NextAt = now.Add(o.cfg.Jitter(time.Second))
	if err := o.cfg.Store.SaveOperation(ctx, left, o.cfg.Lease); err != nil {
		return cause
	}
	o.cfg.Log.Info("operation begins its step again", "operation", op.ID, "err", cause)
	return nil
}

func (o *Orchestrator) newRun(ctx context.Context, op ztp.Operation) (*run, error) {
	v, ok := o.vendors[op.Vendor]
	if !ok {
		return nil, fmt.Errorf("operation %s: this build has no vendor %q", op.ID, op.Vendor)
	}
	r := &run{o: o, op: op, vendor: v, info: v.Describe(), gate: o.gates.of(op.Platform, op.Vendor), leaseEnd: op.LeaseUntil, alone: op.WorksKeys()}
	if p := op.Data.Pending; p != nil && !p.Seen { // whoever had it before died between intent and answer
		r.op.Data.Unanswered = true
	}
	r.log = o.cfg.Log.With("operation", op.ID, "kind", op.Kind, "platform", op.Platform, "vendor", op.Vendor)
	var err error
	if r.platform, err = o.cfg.Store.Platform(ctx, string(op.Platform)); err != nil {
		return nil, &storeError{err}
	}
	if r.link, err = o.cfg.Store.Link(ctx, op.Platform, op.Vendor); err != nil {
		return nil, &storeError{err}
	}
	r.labels = r.link.Labels(o.cfg.Installation)
	return r, nil
}

// drive runs step after step. Its errors mean that nothing more could be
// recorded; the operation is then as a crash would leave it.
func (r *run) drive(ctx context.Context) error {
	if r.op.StartedAt.IsZero() {
		r.op.StartedAt = r.o.now()
	}
	r.op.Waiting = ""
	for {
		s := r.op.Current()
		if s == nil {
			return r.finish(ctx)
		}
		if r.stopping() {
			return r.requeue(ctx)
		}
		if works := r.op.WorksKeys(); works && !r.alone {
			return r.pause(ctx, &rest{until: r.o.now(), reason: "Waits for its turn at the keys of this platform"})
		} else if !works {
			r.alone = false
		}
		if s.State != ztp.StepRunning || r.link.State == ztp.LinkUnknown {
			s.State, s.At, r.shown = ztp.StepRunning, r.o.now(), false
			if r.link.State == ztp.LinkUnknown {
				if err := r.commit(ctx, r.backInFlight); err != nil {
					return err
				}
			}
		}
		name := s.Name
		r.borrowed = 0
		err := steps[name](r, ctx)
		if err == nil {
			r.stepOver(name, ztp.StepDone, "")
			continue
		}
		return r.judge(ctx, name, err)
	}
}

// backInFlight takes a link out of unknown when its operation goes on.
func (r *run) backInFlight(_ ztp.Store, l *ztp.Link) error {
	if l.State != ztp.LinkUnknown || !r.op.HoldsLink {
		return nil
	}
	to := ztp.LinkOnboarding
	switch r.op.Kind {
	case ztp.KindRotate:
		to = ztp.LinkRotating
	case ztp.KindDisable, ztp.KindOffboard:
		to = ztp.LinkDisabling
	}
	var err error
	*l, err = l.Move(to)
	return err
}

// stepOver marks a step as over, in memory; the next commit records it.
func (r *run) stepOver(name string, state ztp.StepState, note string) {
	if s := r.op.Step(name); s != nil {
		if s.State == state {
			return // said by the commit that did it
		}
		s.State, s.At = state, r.o.now()
		if note != "" {
			s.Note = note
		}
	}
	r.op.Attempt = 0
	r.log.Info("step", "step", name, "state", state)
}

// stepNote says on the card what the current step has found.
func (r *run) stepNote(name, format string, args ...any) {
	if s := r.op.Step(name); s != nil {
		s.Note = fmt.Sprintf(format, args...)
	}
}

// judge decides what an error of a step means for the operation.
func (r *run) judge(ctx context.Context, step string, err error) error {
	var pause *rest
	var stop *end
	switch {
	case errors.Is(err, errStopped):
		return r.requeue(ctx)
	case errors.Is(err, errHeld):
		return r.hold(ctx)
	case isStoreError(err):
		return fmt.Errorf("operation %s, step %s: %w", r.op.ID, step, err)
	case errors.As(err, &pause):
		return r.pause(ctx, pause)
	case errors.As(err, &stop):
		return r.stop(ctx, step, stop)
	}
	var v *ztp.VendorError
	if errors.As(err, &v) {
		return r.judgeVendor(ctx, step, v)
	}
	var e *ztp.Error
	if errors.As(err, &e) && e.Code != ztp.CodeInternal {
		return r.stop(ctx, step, &end{err: err})
	}
	return fmt.Errorf("operation %s, step %s: %w", r.op.ID, step, err)
}

// judgeVendor treats a vendor's error that the step itself had no answer to.
func (r *run) judgeVendor(ctx context.Context, step string, v *ztp.VendorError) error {
	if r.op.Kind.ForMany() || step == ztp.StepReleaseAll {
		return r.judgeMany(ctx, step, v)
	}
	now := r.o.now()
	r.doubt(v)
	if v.Unauthorized && r.borrowed != 0 {
		switch again, err := r.keyReplaced(ctx); {
		case err != nil:
			return err
		case again != nil:
			return r.pause(ctx, again)
		}
	}
	if v.Effect == ztp.EffectLimited {
		if now.Sub(r.op.StartedAt) > maxLimited {
			return r.stop(ctx, step, &end{err: v})
		}
		wait := min(max(v.RetryAfter, minRetryAfter), maxRetryAfter)
		return r.pause(ctx, &rest{until: now.Add(wait), reason: r.info.Title + " asks us to wait"})
	}
	delays := retryDelays
	if r.op.Data.Changed || r.op.Data.Unanswered {
		delays = patientDelays
	}
	if v.Temporary || v.Effect == ztp.EffectNotSent || v.Effect == ztp.EffectUnknown {
		d, more := delay(delays, r.op.Attempt+1)
		d = r.o.cfg.Jitter(d)
		if v.Code == ztp.CodeVendorUnreachable {
			r.o.standBack(ctx, d)
		}
		if more {
			return r.pause(ctx, &rest{
				until: now.Add(d), try: true, unknown: v.Effect == ztp.EffectUnknown,
				reason: r.title(v.Code) + "; trying again",
			})
		}
		return r.lastTry(ctx, step, v)
	}
	return r.stop(ctx, step, &end{err: v})
}

// doubt remembers that what was sent may have taken effect, until something tells.
func (r *run) doubt(v *ztp.VendorError) {
	r.op.Data.Unanswered = r.op.Data.Unanswered || v.Effect == ztp.EffectUnknown
	if r.op.Data.Pending != nil {
		r.op.Data.Pending.Seen = true
	}
}

// lastTry ends an operation after its last try. It is no failure while something that
// was sent before may have taken effect, whatever the last look has met.
func (r *run) lastTry(ctx context.Context, step string, v *ztp.VendorError) error {
	if r.op.Data.Unanswered && v.Effect != ztp.EffectUnknown {
		v = &ztp.VendorError{Code: ztp.CodeOutcomeUnknown, Effect: ztp.EffectUnknown, Detail: v.Detail, Err: v}
	}
	return r.stop(ctx, step, &end{err: v, operator: v.Effect == ztp.EffectUnknown})
}

func (r *run) title(c ztp.Code) string { return ztp.Lookup(c).For(r.info.Title).Title }

// pause commits that the operation goes on later by itself.
func (r *run) pause(ctx context.Context, p *rest) error {
	to := ztp.OperationWaiting
	if p.unknown {
		to = ztp.OperationUnknown
	}
	op, err := r.op.Move(to, r.o.now())
	if err != nil {
		return err
	}
	r.op = op
	r.op.NextAt, r.op.Waiting = p.until, p.reason
	if p.try {
		r.op.Attempt++
	}
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		if !p.unknown || !r.op.HoldsLink || l.State == ztp.LinkUnknown {
			return nil
		}
		var err error
		*l, err = l.Move(ztp.LinkUnknown)
		return err
	})
}

// requeue gives the operation back, because this process is being stopped. It
// counts as no try.
func (r *run) requeue(ctx context.Context) error {
	op, err := r.op.Move(ztp.OperationQueued, r.o.now())
	if err != nil {
		return err
	}
	r.op = op
	return r.commit(ctx, nil)
}

// finish ends an operation whose steps are all over.
func (r *run) finish(ctx context.Context) error {
	op, err := r.op.Move(ztp.OperationDone, r.o.now())
	if err != nil {
		return err
	}
	r.op = op
	r.op.HoldsLink = false
	r.note(string(r.op.Kind)+".done", r.target(), r.summary())
	r.log.Info("operation", "state", r.op.State)
	return r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		if r.op.Kind == ztp.KindRebuild {
			return r.rebuiltEnd(l)
		}
		if r.op.Kind == ztp.KindOffboard {
			return r.offboarded(ctx, s, l)
		}
		if err := r.leftUndone(ctx, s); err != nil {
			return err
		}
		if r.op.Kind == ztp.KindBulk && r.op.Params.Findings != "" {
			return s.SettleDoneDrifts(ctx, r.op.Platform, r.op.Vendor, r.op.ID, r.op.UpdatedAt)
		}
		if r.op.Kind == ztp.KindRotate && (l.State == ztp.LinkRotating || l.State == ztp.LinkUnknown) {
			var err error
			*l, err = l.Move(ztp.LinkConfigured)
			return err
		}
		r.wentThrough(l)
		return nil
	})
}

// wentThrough takes off the link what an earlier operation beside it had failed for:
// one like it has gone through since. What was found at the vendor stays.
func (r *run) wentThrough(l *ztp.Link) {
	switch r.op.Kind {
	case ztp.KindUpdateAddress, ztp.KindRevokeKey, ztp.KindPauseForeign:
	default:
		return
	}
	e := l.Error
	if e == nil || l.State != l.Rest() || len(e.Keys)+len(e.Companies) > 0 || e.Code == ztp.CodeForeignKeyFound || e.Code == ztp.CodeDatabaseRestored {
		return
	}
	l.Error = nil
	r.addressFinding(l)
}

func (r *run) target() string {
	if !r.op.MAC.IsZero() {
		return r.op.MAC.String()
	}
	return ""
}

// summary says in the audit log what came out.
func (r *run) summary() string {
	d := r.op.Data
	switch {
	case r.op.Kind == ztp.KindSync:
		return r.op.Steps[0].Note
	case r.op.Kind == ztp.KindOffboard:
		return r.op.Step(ztp.StepReleaseAll).Note
	case r.op.Kind.ForMany():
		return r.manySummary()
	case d.Rebuilt != nil:
		return fmt.Sprintf("%d phones and %d accounts read back, %d phones not taken", d.Rebuilt.Phones, d.Rebuilt.Accounts, d.Rebuilt.NotTaken())
	case len(d.Foreign) > 0:
		return ztp.Counted(len(d.Foreign), "key", "keys") + " in the company that we did not make"
	case len(d.Failed) > 0:
		return fmt.Sprintf("%d phones refused", len(d.Failed))
	case d.Proof != nil:
		return fmt.Sprintf("%s, %d of %d addresses not ours", ztp.Counted(d.Proof.ForeignKeys, "foreign key", "foreign keys"), d.Proof.ForeignURLs, d.Proof.EndpointsCompared+d.Proof.ProfilesCompared)
	}
	return ""
}
