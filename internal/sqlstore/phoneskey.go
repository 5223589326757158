package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// A process that serves phones alone has to open what phones get and nothing else. So
// these values are sealed under a keyset of their own, under a root key of its own, which
// is all that such a process has. That root key lies in the database sealed under the main
// keyset: every other process has both, and nobody has to keep a second key safe. The two
// keysets are rotated together, in the same transactions.

// phonesSchema is the schema since which there can be such a keyset. Programs before it
// cannot open what it seals, so it shuts them out.
const phonesSchema = 22

func phonesRootPlace() place { return place{purpose: forPhonesRoot} }

// readPhonesKeyset returns nil when there is none.
func readPhonesKeyset(ctx context.Context, q db.DBTX) (*storedPhones, error) {
	row, err := db.New(q).GetPhonesKeyset(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &storedPhones{row.Wrapped, row.Root, row.ReadyAt != nil}, err
}

// open opens the root key with the main keyset, and the keyset with that.
func (p storedPhones) open(main *keyring.Keyring, installation string) (*keyring.Keyring, *keyring.Root, error) {
	text, err := main.Open(phonesRootPlace().data(installation), p.root)
	if err != nil {
		return nil, nil, err
	}
	defer clear(text)
	root, err := keyring.ParseRoot(text)
	if err != nil {
		return nil, nil, err
	}
	ring, err := keyring.Unwrap(root, p.wrapped)
	return ring, root, err
}

// names are the keys that seal, for people.
func (h held) names() string {
	name := KeyName(h.ring.KeyIDs()[0])
	if h.phones != nil {
		name += " and, of phones, under " + KeyName(h.phones.KeyIDs()[0])
	}
	return name
}

// SplitPhones gives what phones need a keyset of its own, with a root key of its own, and
// seals these values again under it, beside running servers; PhonesRoot gives the root key.
// One that was cut short, wherever, is finished; once all hangs there it changes nothing.
// resealed counts the values that this call has sealed again. It is in_use while a server
// of a program before this one is alive, which could not open them, and while the keyset is
// rotated. Programs before this one may not start any more. Only a super-admin may.
func (s *Store) SplitPhones(ctx context.Context, a ztp.Actor) (resealed int, err error) {
	if err := s.mayChangeKeys(ctx, a, "phones_key.add"); err != nil {
		return 0, err
	}
	r := &rotation{Store: s, KeyRotation: KeyRotation{Actor: a}}
	for {
		k, h, err := s.load(ctx)
		if err != nil {
			return r.resealed, err
		}
		if k.phase != KeysSteady {
			return r.resealed, ztp.Errorf(ztp.CodeInUse, "A rotation of the keyset is not finished. Finish it with `zerotouch key rotate`, then run this again.")
		}
		if err := r.noOlder(ctx); err != nil {
			return r.resealed, err
		}
		if k.phones == nil {
			err = r.addPhonesKey(ctx, h)
		} else {
			old, _, cerr := onOld(ctx, r.reader(), h)
			if cerr != nil || k.phones.ready && old == 0 {
				return r.resealed, cerr
			}
			err = r.endSplit(ctx, h)
		}
		if err != nil && !ztp.IsCode(err, ztp.CodeFormOutdated) { // somebody was faster: look again
			return r.resealed, err
		}
	}
}

// noOlder refuses while a server of a program before this one is alive: it seals with the
// main keyset alone.
func (r *rotation) noOlder(ctx context.Context) error {
	all, _, err := r.ListReplicas(ctx, 0)
	if err == nil && slices.ContainsFunc(all, func(o ztp.Replica) bool { return o.Schema < phonesSchema }) {
		return ztp.Errorf(ztp.CodeInUse, "A server of an older version runs on this database and could not open what phones need. Stop it or upgrade it, then run this again.")
	}
	return err
}

// addPhonesKey makes the keyset. From its commit on, what phones need is sealed under it.
func (r *rotation) addPhonesKey(ctx context.Context, h held) error {
	root, text, err := keyring.NewRoot()
	if err != nil {
		return err
	}
	defer clear(text)
	_, wrapped, err := keyring.New(root)
	if err != nil {
		return err
	}
	return r.changeKeyset(ctx, h, func(t *Store) error {
		sealed, err := h.ring.Seal(phonesRootPlace().data(r.installation), text)
		if err != nil {
			return err
		}
		if err := t.queries().RaiseOldestSchema(ctx, phonesSchema); err != nil {
			return err
		}
		if err := t.queries().InsertPhonesKeyset(ctx, db.InsertPhonesKeysetParams{
			Wrapped: wrapped, Root: sealed, RootID: root.ID(), CreatedAt: ms(r.Now()),
		}); err != nil {
			return err
		}
		return t.AppendEvent(ctx, r.event("phones_key.added", root.ID(), ""))
	})
}

// endSplit seals again what the main keyset has sealed, and says so when it finds no more:
// with the keyset locked, as whoever has sealed with it before is counted then.
func (r *rotation) endSplit(ctx context.Context, h held) error {
	if err := r.resealAll(ctx, h); err != nil {
		return err
	}
	return r.changeKeyset(ctx, h, func(t *Store) error {
		old, _, err := onOld(ctx, t.tx, h)
		if err != nil {
			return err
		}
		if old > 0 {
			return outdated("keyset")
		}
		now := ms(r.Now())
		if err := t.queries().SetPhonesReady(ctx, &now); err != nil {
			return err
		}
		return t.AppendEvent(ctx, r.event("phones_key.ready", h.phonesRoot.ID(), fmt.Sprintf("%s sealed again.", counted(int64(r.resealed), "value", "values"))))
	})
}

// RenewPhonesRoot gives the keyset of phones another root key, which PhonesRoot gives from
// then on; the one of before opens nothing any more. A process that serves phones alone
// has to be started again with the new one: until then it makes nothing new for a phone.
// It is not_found without SplitPhones, in_use while the keyset is rotated. Only a
// super-admin may.
func (s *Store) RenewPhonesRoot(ctx context.Context, a ztp.Actor) error {
	if err := s.mayChangeKeys(ctx, a, "phones_key.renew"); err != nil {
		return err
	}
	k, h, err := s.load(ctx)
	switch {
	case err != nil:
		return err
	case k.phones == nil:
		return ztp.NotFound("root key of phones")
	case k.phase != KeysSteady:
		return ztp.Errorf(ztp.CodeInUse, "A rotation of the keyset is not finished. Finish it with `zerotouch key rotate`, then run this again.")
	}
	root, text, err := keyring.NewRoot()
	if err != nil {
		return err
	}
	defer clear(text)
	wrapped, err := h.phones.Wrap(root)
	if err != nil {
		return err
	}
	return s.changeKeyset(ctx, h, func(t *Store) error {
		sealed, err := h.ring.Seal(phonesRootPlace().data(s.installation), text)
		if err != nil {
			return err
		}
		if err := t.queries().SetPhonesRoot(ctx, db.SetPhonesRootParams{Wrapped: wrapped, Root: sealed, RootID: root.ID()}); err != nil {
			return err
		}
		return t.AppendEvent(ctx, s.keyEvent(a, "phones_key.renewed", root.ID(), fmt.Sprintf("The root key %s of phones opens nothing any more.", h.phonesRoot.ID())))
	})
}

// PhonesRoot gives the text of the root key of phones, for the key file of a process that
// serves phones alone, and its id; the caller wipes it. not_found without one.
func (s *Store) PhonesRoot(ctx context.Context) (text []byte, id string, err error) {
	text, err = s.opened(ctx, phonesRootPlace(), func() ([]byte, error) {
		row, err := s.queries().GetPhonesKeyset(ctx)
		id = row.RootID
		return row.Root, s.fail(err, "root key of phones")
	})
	return text, id, err
}
