package orchestrator

import (
	"context"
	"strconv"

	"zerotouch.example/internal/ztp"
)

// A Rotate is tidyKeys, createKey, prove and activate, as in keys.go, newkey.go,
// prove.go and activate.go, then what follows here.

// drain waits until every call that was in flight with the old key has ended, here
// and in other processes. Calls begun since the flip use the new one.
func (r *run) drain(ctx context.Context) error {
	r.gate.drain()
	return r.othersSettled(ctx)
}

// revokeOld ends every retiring key, signed by the reseller (on a connected link
// by the new key). The new key is in force whatever happens here.
func (r *run) revokeOld(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if c.State != ztp.CredentialRetiring || r.link.Active == 0 {
			continue
		}
		by, err := r.keeper(ctx)
		if err == nil {
			err = r.revoke(ctx, by, c)
		}
		if err != nil {
			return r.oldStays(c, err)
		}
	}
	return nil
}

// oldStays says, when the old key could not be revoked for good, that the
// rotation itself stands.
func (r *run) oldStays(c ztp.Credential, err error) error {
	if isStoreError(err) || effectOf(err) == ztp.EffectLimited {
		return err
	}
	v := ztp.VendorErrorOf(err)
	if _, more := delay(patientDelays, r.op.Attempt+1); more && (v.Temporary || v.Effect == ztp.EffectNotSent || v.Effect == ztp.EffectUnknown) {
		return err
	}
	e := ztp.AsError(err)
	return needsOperator(&ztp.Error{
		Code: e.Code, Err: err, Keys: []ztp.VendorKey{{ID: c.VendorID, Name: c.Label}},
		Detail: "The new key is in force. Key " + strconv.Itoa(c.Number) + ", the one before it, is not confirmed as revoked; it is tried again hourly. " + e.Detail,
	})
}

// compareURLs is the proof after a suspected exposure: every address that the
// vendor holds for this company is compared with ours. It writes nothing.
func (r *run) compareURLs(ctx context.Context) error {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok {
		return nil
	}
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	proof := ztp.ExposureProof{ForeignKeys: len(r.op.Data.Foreign)}
	var foreign []string
	err = r.vendorPhones(ctx, reg, key, r.link.CompanyID, func(page []ztp.VendorEndpoint) error {
		for _, e := range page {
			proof.EndpointsCompared++
			ours, err := r.urlIsOurs(ctx, e)
			if err != nil {
				return err
			}
			if !ours {
				foreign = append(foreign, e.MAC.String())
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	proof.ForeignURLs = len(foreign)
	if err := r.compareProfiles(ctx, key, &proof, &foreign); err != nil {
		return err
	}
	r.op.Data.Proof, r.op.Data.ForeignEndpoints = &proof, foreign[:min(len(foreign), 1000)]
	r.stepNote(ztp.StepCompareURLs, "%d addresses compared, %d not ours", proof.EndpointsCompared, proof.ForeignURLs)
	if len(foreign) == 0 {
		return nil
	}
	return r.laterLink(ctx, func(l *ztp.Link) error {
		l.Error = ztp.ProblemOf(&ztp.Error{
			Code: ztp.CodeForeignKeyFound, Keys: r.op.Data.Foreign,
			Detail: strconv.Itoa(len(foreign)) + " addresses at " + r.info.Title + " are not ours, the first is that of " + foreign[0] + ".",
		}, r.o.now(), r.op.Actor.RequestID)
		return nil
	})
}

// urlIsOurs compares the URL of one phone with that of its account here.
func (r *run) urlIsOurs(ctx context.Context, e ztp.VendorEndpoint) (bool, error) {
	if e.URL.IsZero() {
		return true, nil
	}
	have, err := r.o.cfg.Store.Endpoint(ctx, r.op.Platform, e.MAC)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return false, nil
	}
	if err != nil {
		return false, &storeError{err}
	}
	want, err := r.confirmedURL(ctx, have.Account, have.AddressTemplate, have.AddressTokenID)
	return err == nil && want.Equal(e.URL), ignoreNotFound(err)
}

// confirmedURL is the URL that was last confirmed, from its recorded parts.
func (r *run) confirmedURL(ctx context.Context, account ztp.AccountID, template, tokenID string) (ztp.Secret, error) {
	t, err := ztp.ParseURLTemplate(template)
	if err != nil {
		return ztp.Secret{}, ztp.NotFound("address")
	}
	token, err := r.o.cfg.Store.OpenToken(ctx, r.op.Platform, account, tokenID)
	if err != nil {
		return ztp.Secret{}, err
	}
	return t.Fill(token), nil
}

func ignoreNotFound(err error) error {
	if err == nil || ztp.IsCode(err, ztp.CodeNotFound) {
		return nil
	}
	return &storeError{err}
}

// compareProfiles adds the profiles to the proof.
func (r *run) compareProfiles(ctx context.Context, key ztp.APIKey, proof *ztp.ExposureProof, foreign *[]string) error {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil
	}
	p, err := r.o.cfg.Store.Platform(ctx, string(r.op.Platform))
	if err != nil {
		return &storeError{err}
	}
	want, err := r.confirmedURL(ctx, p.Primary, r.link.AddressTemplate, r.link.AddressTokenID)
	if ignoreNotFound(err) != nil {
		return &storeError{err}
	}
	for _, id := range r.link.Profiles {
		var got ztp.VendorProfile
		err := r.call(ctx, func(ctx context.Context) (err error) {
			got, err = keeper.Profile(ctx, key, r.link.CompanyID, id)
			return err
		})
		if err != nil {
			return err
		}
		proof.EndpointsCompared++
		if !got.URL.IsZero() && !got.URL.Equal(want) {
			proof.ForeignURLs++
			*foreign = append(*foreign, "profile "+id)
		}
	}
	return nil
}
