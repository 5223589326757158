// Package reseller is where the reseller credential of a vendor comes from: the
// sealed store of this installation, or AWS SSM Parameter Store. Both read it
// when an operation needs it and keep nothing, so a credential put in place
// counts for the next try without a restart.
//
// It never shows a secret: errors, audit rows and Status name the key by its id.
// Start reading at Sealed and SSM; Set, Remove and Status are what the command
// line does with the sealed store.
package reseller

import (
	"context"
	"errors"
	"time"

	"zerotouch.example/internal/ztp"
)

// Sealed reads reseller credentials from the sealed store.
type Sealed struct {
	Store ztp.InstallationStore
}

var _ ztp.ResellerSource = Sealed{}

// Reseller returns the credential; reseller_credentials_missing names the command
// that puts it in place. sealing_key_mismatch is passed on.
func (s Sealed) Reseller(ctx context.Context, v ztp.VendorName) (ztp.APIKey, error) {
	key, _, err := s.Store.SealedReseller(ctx, v)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return ztp.APIKey{}, ztp.Errorf(ztp.CodeResellerCredentialsMissing, "Run %s on this server; it asks for the secret.", s.Where(v))
	}
	return key, err
}

// Where is the command that puts the credential in place.
func (Sealed) Where(v ztp.VendorName) string {
	return "zerotouch reseller set " + string(v) + " --key-id …"
}

// Set seals the reseller credential of a vendor, replacing an earlier one. Wrong
// values are invalid with the fields key_id, key_secret and role.
func Set(ctx context.Context, store ztp.Store, actor ztp.Actor, v ztp.VendorName, key ztp.APIKey, at time.Time) error {
	if err := mayChange(ctx, store, actor, "reseller.set", v, at); err != nil {
		return err
	}
	fields := wrongFields(key)
	if !ztp.ValidSlug(string(v)) {
		fields["vendor"] = "A vendor is named as in the list of vendors, such as snom."
	}
	if err := ztp.InvalidFields(fields); err != nil {
		return err
	}
	return store.Tx(ctx, func(s ztp.Store) error {
		if err := s.SetReseller(ctx, v, key, at); err != nil {
			return err
		}
		return s.AppendEvent(ctx, event(actor, "reseller.set", v, key, at))
	})
}

// Remove deletes the reseller credential of a vendor; not_found without one.
func Remove(ctx context.Context, store ztp.Store, actor ztp.Actor, v ztp.VendorName, at time.Time) error {
	if err := mayChange(ctx, store, actor, "reseller.remove", v, at); err != nil {
		return err
	}
	return store.Tx(ctx, func(s ztp.Store) error {
		key, _, err := s.SealedReseller(ctx, v)
		// One that no longer opens can be removed too, without being named.
		if err != nil && !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
			return notSet(err)
		}
		if err := s.RemoveReseller(ctx, v); err != nil {
			return notSet(err)
		}
		return s.AppendEvent(ctx, event(actor, "reseller.removed", v, key, at))
	})
}

// Facts is what may be known of a reseller credential.
type Facts struct {
	KeyID string
	// Role is the vendor role for keys made with it, "" when configuration decides.
	Role  string
	SetAt time.Time
}

// Status tells what is in the sealed store for a vendor; not_found without one.
func Status(ctx context.Context, store ztp.InstallationStore, actor ztp.Actor, v ztp.VendorName) (Facts, error) {
	if !actor.MaySee() {
		return Facts{}, &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	key, at, err := store.SealedReseller(ctx, v)
	if err != nil {
		return Facts{}, notSet(err)
	}
	return Facts{KeyID: key.ID, Role: key.Role, SetAt: at}, nil
}

// notSet says of a missing row what is missing.
func notSet(err error) error {
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return ztp.NotFound("reseller credential")
	}
	return err
}

// mayChange refuses viewers and records that they tried.
func mayChange(ctx context.Context, store ztp.EventStore, actor ztp.Actor, action string, v ztp.VendorName, at time.Time) error {
	if actor.MayChange() {
		return nil
	}
	e := event(actor, action, v, ztp.APIKey{}, at)
	e.Outcome, e.Code = ztp.OutcomeRefused, ztp.CodeNotAllowed
	refusal := &ztp.Error{Code: ztp.CodeNotAllowed, Detail: "Your role is viewer."}
	if err := store.AppendEvent(context.WithoutCancel(ctx), e); err != nil {
		refusal.Err = errors.Join(errors.New("audit row not written"), err)
	}
	return refusal
}

func event(actor ztp.Actor, action string, v ztp.VendorName, key ztp.APIKey, at time.Time) ztp.Event {
	e := actor.Event(at, action, key.ID)
	e.Vendor = v
	return e
}
