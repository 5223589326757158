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
