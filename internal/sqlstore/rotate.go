package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/ztp"
)

const (
	// resealBatch is how many values one transaction seals again; it keeps other
	// writers waiting for a few milliseconds.
	resealBatch = 100
	// namedValues is how many values that do not open an error names.
	namedValues = 5
)

// KeyRotation says how to rotate the keyset.
type KeyRotation struct {
	Actor ztp.Actor
	// Distribute is how long the new key is there before it seals. Processes that
	// follow the keyset then know it already; the others look it up.
	Distribute time.Duration
	// Progress, unless nil, hears of every commit, and once before the first. Its
	// error ends the rotation there; the next one goes on.
	Progress func(KeyProgress) error
}

// KeyProgress is how far a rotation has come.
type KeyProgress struct {
	Phase KeyPhase
	// Resealed counts the values that this run has sealed again.
	Resealed int
}

// rotation is one run of RotateKeys.
type rotation struct {
	*Store
	KeyRotation
	resealed int
}

// RotateKeys puts a new key into the keyset, seals every value again under it, and
// withdraws the old key when nothing hangs on it any more. One that was cut short,
// wherever, is finished instead of a new one begun. It works beside any number of
// processes that read and write, and beside another RotateKeys. Only a super-admin
// may. A value that does not open is sealing_key_mismatch, after everything else
// was sealed again; the old key stays then.
func (s *Store) RotateKeys(ctx context.Context, how KeyRotation) (KeyStatus, error) {
	if err := s.mayChangeKeys(ctx, how.Actor, "key.rotate"); err != nil {
		return KeyStatus{}, err
	}
	r := &rotation{Store: s, KeyRotation: how}
	for begun := false; ; begun = true {
		k, h, err := s.load(ctx)
		if err != nil {
			return KeyStatus{}, err
		}
		if err := r.tell(k.phase); err != nil {
			return KeyStatus{}, err
		}
		if begun && k.phase == KeysSteady {
			return s.KeyStatus(ctx)
		}
		// Whoever was faster has done the same; the next look tells how far that is.
		if err := r.step(ctx, k.phase, h); err != nil && !ztp.IsCode(err, ztp.CodeFormOutdated) {
			return KeyStatus{}, err
		}
	}
}

func (r *rotation) step(ctx context.Context, phase KeyPhase, h held) error {
	switch phase {
	case KeysSteady:
		return r.addKey(ctx, h)
	case KeysDistributing:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(r.Distribute):
		}
		return r.promoteKey(ctx, h)
	}
	if err := r.resealAll(ctx, h); err != nil {
		return err
	}
	return r.withdrawKey(ctx, h)
}

func (r *rotation) tell(phase KeyPhase) error {
	if r.Progress == nil {
		return nil
	}
	return r.Progress(KeyProgress{Phase: phase, Resealed: r.resealed})
}

// addKey makes the new key durable before anything can hang on it. Older programs,
// which would not learn of it, may not start from now on.
func (r *rotation) addKey(ctx context.Context, h held) error {
	next, err := h.each(func(k *keyring.Keyring) (*keyring.Keyring, error) {
		more, _, err := k.Add()
		return more, err
	})
	if err != nil {
		return err
	}
	id := next.ring.KeyIDs()[1]
	return r.changeKeyset(ctx, h, func(t *Store) error {
		if err := t.oneRoot(ctx); err != nil {
			return err
		}
		if err := t.queries().RaiseOldestSchema(ctx, keysetSchema); err != nil {
			return err
		}
		if err := t.setKeyset(ctx, next, KeysDistributing); err != nil {
			return err
		}
		return t.AppendEvent(ctx, r.event("key.added", KeyName(id), ""))
	})
}

func (r *rotation) promoteKey(ctx context.Context, h held) error {
	id := h.ring.KeyIDs()[1]
	next, err := h.each(func(k *keyring.Keyring) (*keyring.Keyring, error) { return k.Promote(k.KeyIDs()[1]) })
	if err != nil {
		return err
	}
	return r.changeKeyset(ctx, h, func(t *Store) error {
		if err := t.setKeyset(ctx, next, KeysResealing); err != nil {
			return err
		}
		return t.AppendEvent(ctx, r.event("key.promoted", KeyName(id), ""))
	})
}

// withdrawKey counts with the keyset locked, so whoever sealed with the old key is
// counted, and whoever seals from now on has to take the new one. Values that came
// meanwhile are sealed again first.
func (r *rotation) withdrawKey(ctx context.Context, h held) error {
	next, err := h.each((*keyring.Keyring).Withdraw)
	if err != nil {
		return err
	}
	return r.changeKeyset(ctx, h, func(t *Store) error {
		old, all, err := onOld(ctx, t.tx, h)
		if err != nil {
			return err
		}
		if old > 0 {
			return outdated("keyset")
		}
		if err := t.setKeyset(ctx, next, KeysSteady); err != nil {
			return err
		}
		return t.AppendEvent(ctx, r.event("key.withdrawn", KeyName(h.ring.KeyIDs()[1]),
			fmt.Sprintf("%s under the key %s.", counted(all, "value", "values"), next.names())))
	})
}

// resealAll seals every value again that hangs on another key than the primary one.
func (r *rotation) resealAll(ctx context.Context, h held) error {
	var stuck []sealedValue
	for _, c := range sealedColumns {
		bad, err := r.resealColumn(ctx, h, c)
		if err != nil {
			return err
		}
		stuck = append(stuck, bad...)
	}
	if len(stuck) == 0 {
		return nil
	}
	names := make([]string, 0, namedValues)
	for _, v := range stuck[:min(len(stuck), namedValues)] {
		names = append(names, v.String())
	}
	return ztp.Errorf(ztp.CodeSealingKeyMismatch,
		"%s where it lies, so it was left as it is and the old key stays: %s. Everything else hangs on the new key. Set or remove what is named, then run this again.",
		counted(int64(len(stuck)), "value does not open", "values do not open"), strings.Join(names, "; "))
}

func (r *rotation) resealColumn(ctx context.Context, h held, c sealedColumn) (stuck []sealedValue, err error) {
	var after []any
	for {
		page, err := c.page(ctx, r.reader(), after, resealBatch)
		if err != nil || len(page) == 0 {
			return stuck, r.fail(err, "sealed values")
		}
		after = page[len(page)-1].key
		swaps, bad := r.sealAgain(h, page)
		stuck = append(stuck, bad...)
		if err := r.swapAll(ctx, h, swaps); err != nil {
			return nil, err
		}
	}
}

// swap is a value and what takes its place.
type swap struct {
	from sealedValue
	to   []byte
}

func (r *rotation) sealAgain(h held, page []sealedValue) (swaps []swap, stuck []sealedValue) {
	for _, v := range page {
		p := v.column.purpose()
		id, err := keyring.KeyIDOf(v.sealed)
		if err != nil || id == h.sealing(p).KeyIDs()[0] || h.opening(p, v.sealed) == nil {
			continue // on the new key, or on none that could open it: key status counts those
		}
		to, err := v.again(h, r.installation)
		if err != nil {
			stuck = append(stuck, v)
			continue
		}
		swaps = append(swaps, swap{v, to})
	}
	return swaps, stuck
}

// swapAll writes in one transaction, as long as the keyset is the one that sealed.
// A value that somebody has written meanwhile stays theirs.
func (r *rotation) swapAll(ctx context.Context, h held, swaps []swap) error {
	if len(swaps) == 0 {
		return nil
	}
	done := 0
	err := r.inTx(ctx, func(t *Store) error {
		done = 0
		version, err := t.dialect.holdKeyset(ctx, t.tx)
		if err != nil {
			return r.fail(err, "keyset")
		}
		if version != h.version {
			return outdated("keyset")
		}
		for _, w := range swaps {
			swapped, err := w.from.swap(ctx, t.tx, w.to)
			if err != nil {
				return r.fail(err, "sealed value")
			}
			if swapped {
				done++
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.resealed += done
	return r.tell(KeysResealing)
}

// oneRoot refuses while the root key is being changed: this process has one root
// key and could not write the other copy.
func (s *Store) oneRoot(ctx context.Context) error {
	k, err := readKeyset(ctx, s.reader(), keysetSchema)
	if err == nil && len(k.wrappings) > 1 {
		return ztp.Errorf(ztp.CodeInUse, "The root key is being changed. End that with `zerotouch key rewrap --finish`, then rotate.")
	}
	return err
}

// mayChangeKeys refuses viewers and records that they tried.
func (s *Store) mayChangeKeys(ctx context.Context, a ztp.Actor, action string) error {
	if a.MayChange() {
		return nil
	}
	e := s.keyEvent(a, action, "", "")
	e.Outcome, e.Code = ztp.OutcomeRefused, ztp.CodeNotAllowed
	if err := s.AppendEvent(context.WithoutCancel(ctx), e); err != nil {
		return err
	}
	return &ztp.Error{Code: ztp.CodeNotAllowed, Detail: "Your role is viewer."}
}

func (r *rotation) event(action, target, detail string) ztp.Event {
	return r.keyEvent(r.Actor, action, target, detail)
}

func (s *Store) keyEvent(a ztp.Actor, action, target, detail string) ztp.Event {
	e := a.Event(s.Now(), action, target)
	e.Detail = detail
	return e
}
