package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"zerotouch.example/internal/ztp"
)

// listCompanyKeys reads the company's keys, signed by the reseller, or by the
// link's own key where the reseller is never used.
func (r *run) listCompanyKeys(ctx context.Context) (ztp.APIKey, []ztp.VendorKey, error) {
	by, err := r.keeper(ctx)
	if err != nil {
		return by, nil, err
	}
	var keys []ztp.VendorKey
	err = r.call(ctx, func(ctx context.Context) (err error) {
		keys, err = r.vendor.ListCredentials(ctx, by, r.link.CompanyID)
		return err
	})
	if err != nil && !r.pasted() {
		err = r.whyNoKeys(ctx, by, err)
	}
	return by, dedupe(keys), err
}

// whyNoKeys looks for the cause when the reseller is refused the company's keys:
// somebody else has the company by now, or there is no such list.
func (r *run) whyNoKeys(ctx context.Context, by ztp.APIKey, cause error) error {
	v := ztp.VendorErrorOf(cause)
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if isStoreError(cause) || !ok || !v.NotFound && !v.Denied {
		return r.resellerError(cause)
	}
	err := r.call(ctx, func(ctx context.Context) error {
		_, err := keeper.Company(ctx, by, r.link.CompanyID)
		return err
	})
	switch {
	case err == nil && v.NotFound:
		return &ztp.VendorError{Code: ztp.CodeVendorCannot, Effect: ztp.EffectRefused, Detail: v.Detail, Err: cause}
	case err != nil && ztp.VendorErrorOf(err).Denied:
		return &ztp.VendorError{Code: ztp.CodeVendorCompanyTaken, Effect: ztp.EffectRefused, Detail: ztp.VendorErrorOf(err).Detail, Err: err}
	}
	return cause
}

// keeper is the key that lists and revokes keys of the company.
func (r *run) keeper(ctx context.Context) (ztp.APIKey, error) {
	if !r.pasted() {
		return r.reseller(ctx)
	}
	n := r.link.Active
	if r.op.Data.Key != 0 {
		n = r.op.Data.Key
	}
	if n == 0 {
		return ztp.APIKey{}, fail(ztp.Errorf(ztp.CodeVendorKeyRejected, "No key of this connected company is left here; remove the others in the portal of %s.", r.info.Title))
	}
	return r.open(ctx, n)
}

// byReseller are the kinds that make keys by the reseller credential.
var byReseller = []ztp.OperationKind{ztp.KindOnboard, ztp.KindAdopt, ztp.KindRelease}

// pasted reports whether the link's keys come from a person, so that the reseller
// credential is never used on it.
func (r *run) pasted() bool {
	return r.op.Kind == ztp.KindConnect || r.link.Connected && !slices.Contains(byReseller, r.op.Kind)
}

// dedupe drops objects that a list shows twice.
func dedupe(keys []ztp.VendorKey) []ztp.VendorKey {
	seen := map[string]bool{}
	var out []ztp.VendorKey
	for _, k := range keys {
		if !seen[k.ID] {
			seen[k.ID] = true
			out = append(out, k)
		}
	}
	return out
}

// sorted is a company's list of keys set against our rows.
type sorted struct {
	// at maps the number of a row to its key at the vendor.
	at map[int]ztp.VendorKey
	// foreign are keys that we did not make.
	foreign []ztp.VendorKey
	// later are keys with our label that are known to be from after a backup.
	later []ztp.VendorKey
	// highest is the highest number in any label of ours.
	highest int
}

// sortKeys tells our keys, by recorded id or whole label, from others. A key with
// our label and a number that we never gave, or gave to another key, was made by
// another copy of this installation: everything stops, unless this one is known to
// come from a backup; then the key is taken note of and left alone.
func (r *run) sortKeys(ctx context.Context, keys []ztp.VendorKey, rows []ztp.Credential) (sorted, error) {
	s, notGiven := matchKeys(r.labels, keys, rows)
	for _, k := range notGiven {
		if !r.mayBeLater(k) {
			n, _ := r.labels.KeyNumber(k.Name)
			return s, needsOperator(&ztp.Error{
				Code: ztp.CodeAnotherCopyRunning, Keys: []ztp.VendorKey{k},
				Detail: fmt.Sprintf("Key %d carries our label; the highest number given here is %d.", n, r.link.NextCredential-1),
			})
		}
		s.later = append(s.later, k)
	}
	return s, r.takeNote(ctx, s)
}

// matchKeys finds the key of each row, by recorded id or whole label. notGiven are
// keys with our label whose number was not given here, or to another key.
func matchKeys(labels ztp.Labels, keys []ztp.VendorKey, rows []ztp.Credential) (s sorted, notGiven []ztp.VendorKey) {
	s.at = map[int]ztp.VendorKey{}
	byID := map[string]int{}
	known := map[int]ztp.Credential{}
	for _, c := range rows {
		known[c.Number] = c
		if c.VendorID != "" {
			byID[c.VendorID] = c.Number
		}
	}
	for _, k := range keys {
		n, ours := labels.KeyNumber(k.Name)
		if ours {
			s.highest = max(s.highest, n)
		}
		if row, ok := byID[k.ID]; ok {
			s.at[row] = k
			continue
		}
		c, given := known[n]
		switch {
		case !ours:
			s.foreign = append(s.foreign, k)
		case given && c.VendorID == "":
			s.at[n] = k
		default:
			notGiven = append(notGiven, k)
		}
	}
	return s, notGiven
}

// companyKeys lists the company's keys and sets them against our rows; by may delete them.
func (r *run) companyKeys(ctx context.Context) (by ztp.APIKey, rows []ztp.Credential, s sorted, err error) {
	by, keys, err := r.listCompanyKeys(ctx)
	if err == nil {
		rows, err = r.credentials(ctx)
	}
	if err == nil {
		s, err = r.sortKeys(ctx, keys, rows)
	}
	return by, rows, s, err
}

// tidyKeys lists the company's keys and deletes leftovers of ours: rows that are
// orphan, unknown or retiring, and planned ones of an earlier attempt. It ends
// when nothing is unsettled.
func (r *run) tidyKeys(ctx context.Context) error {
	if r.link.CompanyID == "" {
		return r.forgetKeysWithoutCompany(ctx)
	}
	by, rows, s, err := r.companyKeys(ctx)
	if ztp.IsVendorNotFound(err) && r.link.Active == 0 {
		// A company that is gone took its keys along.
		if gone, gerr := r.companyGone(ctx); gerr != nil {
			return gerr
		} else if gone {
			return r.settleTidy(ctx, nil)
		}
	}
	if err != nil {
		return err
	}
	r.op.Data.Foreign = s.foreign
	current := rows
	for _, c := range rows {
		if !r.leftover(c, s) {
			continue
		}
		current = nil
		if err := r.removeKey(ctx, by, c, s.at[c.Number]); err != nil {
			return err
		}
	}
	return r.settleTidy(ctx, current)
}

// leftover reports whether tidying may delete the row's key: never the active
// one, nor the one this operation brought.
func (r *run) leftover(c ztp.Credential, s sorted) bool {
	if c.Number == r.link.Active || c.Number == r.op.Data.Key && c.State == ztp.CredentialCreated {
		return false
	}
	_, there := s.at[c.Number]
	return c.State.Live() || there
}

// removeKey deletes the row's key at the vendor, or concludes its absence once
// that counts. key is the vendor's object, zero when the list does not show it.
func (r *run) removeKey(ctx context.Context, by ztp.APIKey, c ztp.Credential, key ztp.VendorKey) error {
	id := key.ID
	if id == "" {
		id = c.VendorID
	}
	if id == "" {
		if r.o.now().Before(r.settleAt(c.Deadline)) {
			if c.State == ztp.CredentialPlanned {
				if err := r.moveKey(ctx, c, ztp.CredentialUnknown); err != nil {
					return err
				}
			}
			return r.lookAgain(c.Deadline, "Key "+strconv.Itoa(c.Number)+" was asked for and never answered; looking for it")
		}
		r.note("credential.absent", strconv.Itoa(c.Number), "")
		return r.moveKey(ctx, c, ztp.CredentialRevoked)
	}
	c.VendorID = id
	err := r.revoke(ctx, by, c)
	if key.ID == "" && refusedForGood(err) && !ztp.IsCode(err, ztp.CodeResellerCredentialsRejected) && !r.o.now().Before(r.settleAt(c.Deadline)) {
		// No key may be deleted by API, and this one is not in the list any more:
		// somebody removed it in the vendor's portal.
		r.settled(false)
		r.note("credential.absent", strconv.Itoa(c.Number), "")
		return r.moveKey(ctx, c, ztp.CredentialRevoked)
	}
	return err
}

// errInForce keeps the intent to revoke the active key from being committed.
var errInForce = errors.New("the key is in force")

// revoke deletes a key at the vendor and records it as revoked. Gone counts as done.
func (r *run) revoke(ctx context.Context, by ztp.APIKey, c ztp.Credential) error {
	if by.ID == c.VendorID && !(r.op.Kind.EndsLink() && r.pasted()) {
		return fail(ztp.Errorf(ztp.CodeInUse, "key %d would have to revoke itself", c.Number))
	}
	target := "key " + strconv.Itoa(c.Number)
	err := r.intent(ctx, "revoke_key", target, func(_ ztp.Store, l *ztp.Link) error {
		if l.Active == c.Number && !r.op.Kind.EndsLink() {
			return errInForce
		}
		return nil
	})
	if errors.Is(err, errInForce) {
		// Nothing was committed and nothing is sent: whatever this was decided on is old.
		r.op.Data.Pending = nil
		return fail(ztp.Errorf(ztp.CodeInUse, "Key %d is the one in force by now.", c.Number))
	}
	if err != nil {
		return err
	}
	err = r.call(ctx, func(ctx context.Context) error {
		return r.vendor.RevokeCredential(ctx, by, r.link.CompanyID, c.VendorID)
	})
	if ztp.IsVendorNotFound(err) {
		err = nil
	}
	if by.ID == c.VendorID && (err == nil || keyRefused(err)) {
		err = r.goneAlready(ctx, by, err)
	}
	if err != nil && !r.pasted() {
		return r.resellerError(err)
	}
	if err != nil {
		return err
	}
	r.settled(true)
	r.note("credential.revoked", strconv.Itoa(c.Number), "")
	return r.moveKey(ctx, c, ztp.CredentialRevoked)
}

// goneAlready returns nil when a key that has revoked itself, or was refused as it did, is
// refused from now on. Taken for gone after a passing refusal, or a 404 that was not true,
// it would live on, with nothing left here that could end it.
func (r *run) goneAlready(ctx context.Context, key ztp.APIKey, cause error) error {
	verifier, ok := r.vendor.(ztp.CredentialVerifier)
	if !ok {
		return nil
	}
	err := r.call(ctx, func(ctx context.Context) error {
		_, err := verifier.WhoAmI(ctx, key)
		return err
	})
	switch {
	case keyRefused(err):
		return nil
	case err != nil:
		return err
	}
	return &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectNotSent, Temporary: true, Detail: "The key is said to be gone, and is accepted.", Err: cause}
}

// moveKey takes a credential out of use, as revoked, unknown or orphan; its secret
// is wiped, and the link lets go of an active one. A revoked key that shows up
// again stays revoked here.
func (r *run) moveKey(ctx context.Context, c ztp.Credential, to ztp.CredentialState) error {
	from := c.State
	if from == ztp.CredentialPlanned && to == ztp.CredentialOrphan {
		to = ztp.CredentialUnknown
	}
	if from != to {
		var err error
		if c, err = c.Move(to); err != nil {
			return err
		}
	}
	c.Sealed = false
	if to == ztp.CredentialRevoked {
		c.RevokedAt = r.o.now()
	}
	if r.moved == nil {
		r.moved = map[int]ztp.Credential{}
	}
	r.moved[c.Number] = c
	return r.later(ctx, result{
		link: func(l *ztp.Link) error {
			if l.Active == c.Number {
				l.Active = 0
			}
			return nil
		},
		rows: func(ctx context.Context, s ztp.Store) error { return s.MoveCredential(ctx, c, from) },
	})
}

// settleTidy looks again later for what is still unsettled. rows are nil when they
// have moved since they were read.
func (r *run) settleTidy(ctx context.Context, rows []ztp.Credential) error {
	if rows == nil {
		var err error
		if rows, err = r.credentials(ctx); err != nil {
			return err
		}
	}
	for _, c := range rows {
		if c.State == ztp.CredentialUnknown || c.State == ztp.CredentialPlanned {
			return r.lookAgain(c.Deadline, "Key "+strconv.Itoa(c.Number)+" is not settled yet")
		}
	}
	if r.op.Kind != ztp.KindTidy {
		return nil
	}
	if r.link.Unconfirmed {
		r.note("disable.confirmed", "", "every key of ours is revoked now")
	}
	return r.laterLink(ctx, func(l *ztp.Link) error {
		l.Unconfirmed = false
		if l.Error != nil && (l.Error.RequestID == "" && l.State == l.Rest() && len(l.Error.Keys) == 0 || allRevoked(l.Error.Keys, rows)) {
			l.Error = nil // nobody's answer but ours, or about nothing but what is tidied now
			r.addressFinding(l)
		}
		return nil
	})
}

// allRevoked reports whether all these keys, at least one, are ours and revoked.
func allRevoked(keys []ztp.VendorKey, rows []ztp.Credential) bool {
	for _, k := range keys {
		if !slices.ContainsFunc(rows, func(c ztp.Credential) bool { return c.VendorID == k.ID && c.State == ztp.CredentialRevoked }) {
			return false
		}
	}
	return len(keys) > 0
}

// forgetKeysWithoutCompany settles rows of a link whose company is not known: no
// company, no key.
func (r *run) forgetKeysWithoutCompany(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if c.State.Live() && c.Number != r.op.Data.Key {
			if err := r.moveKey(ctx, c, ztp.CredentialRevoked); err != nil {
				return err
			}
		}
	}
	return nil
}
