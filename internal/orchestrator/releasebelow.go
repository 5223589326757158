package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// releasesBelow reports whether many phones are given up below a link that was disabled
// before that was asked for. Like the release of one phone it needs no Onboard: the
// reseller credential signs it if it may write, else a key made for it. A release that a
// Disable has come in between of waits for the next Onboard.
func (r *run) releasesBelow() bool {
	return r.op.Kind == ztp.KindBulk && r.op.Params.Bulk == bulkRelease && r.link.State == ztp.LinkNotConfigured && r.link.Active == 0 &&
		r.op.CreatedAt.After(r.link.DisabledAt)
}

// bulkRelease is what control.BulkRelease is.
const bulkRelease = "release"

// lendBelow borrows the key for that; none where there is no company to hold anything.
func (r *run) lendBelow(ctx context.Context) (release func(), key ztp.APIKey, err error) {
	if r.link.CompanyID == "" {
		return func() {}, key, nil
	}
	key, release, err = r.releaser(ctx)
	return release, key, err
}

// refusedBelow says what it means that the key in use may not give phones up, or is
// refused itself.
func (r *run) refusedBelow(ctx context.Context, err error) error {
	n := r.op.Data.Key
	switch v := ztp.VendorErrorOf(err); {
	case !r.releasesBelow() || isEnd(err):
	case v.Denied && n == 0 && r.op.Step(ztp.StepCreateKey) == nil:
		return r.releaseWithNewKey()
	case keyRefused(err) && n == 0:
		return r.resellerError(err)
	case keyRefused(err):
		c, cerr := r.credential(ctx, n)
		if cerr != nil {
			return cerr
		}
		if r.young(c) {
			return r.notKnownYet()
		}
		return fail(&ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: "A key made for this was refused as well.", Err: err})
	}
	return err
}
