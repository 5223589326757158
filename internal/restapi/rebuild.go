package restapi

import (
	"context"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

type rebuildOut struct {
	Status int
	Body   api.Rebuild
}

func (s *server) rebuildPreview(ctx context.Context, in *struct{ AtVendor }) (*rebuildOut, error) {
	r, err := s.control.RebuildPreview(ctx, actor(ctx), in.vendor())
	if err != nil {
		return nil, err
	}
	return &rebuildOut{Status: http.StatusOK, Body: wireRebuild(r)}, nil
}

type startRebuildIn struct {
	AtVendor
	Body api.StartRebuild
}

func (s *server) startRebuild(ctx context.Context, in *startRebuildIn) (*rebuildOut, error) {
	r, err := s.control.Rebuild(ctx, actor(ctx), in.vendor(), control.RebuildRequest{
		Companies: in.Body.Companies, RevokeOld: in.Body.RevokeOldKeys,
	})
	if err != nil {
		return nil, err
	}
	out := &rebuildOut{Status: http.StatusOK, Body: wireRebuild(r)}
	for _, c := range r.Companies {
		if c.Operation != nil {
			out.Status = http.StatusAccepted
		}
	}
	return out, nil
}

func wireRebuild(r control.Rebuild) api.Rebuild {
	out := api.Rebuild{Vendor: string(r.Vendor.Name), Companies: []api.RebuildCompany{}, Others: r.Others, NotKnown: ztp.LostForGood}
	for _, c := range r.Companies {
		w := api.RebuildCompany{CompanyID: c.ID, CompanyName: c.VendorCompany.Name, Name: c.Name, Nonce: c.Nonce, State: string(c.State)}
		if c.Platform != nil {
			w.Platform = c.Platform.Slug
		}
		if c.Operation != nil {
			w.Operation = string(c.Operation.ID)
		}
		out.Companies = append(out.Companies, w)
	}
	return out
}

// wireRebuilt is what a rebuild has read back, nil for other operations.
func wireRebuilt(b *ztp.Rebuilt) *api.Rebuilt {
	if b == nil {
		return nil
	}
	return &api.Rebuilt{
		Phones: b.Phones, PausedPhones: b.PausedPhones, Accounts: b.Accounts, OtherAddress: b.OtherAddress, NoAddress: b.NoAddress,
		OldKeys: wireKeys(b.OldKeys), Elsewhere: b.Elsewhere, Addresses: b.Addresses, ProfileAddress: b.ProfileAddress, ProfileMade: b.ProfileMade, NotInForce: string(b.NotInForce),
	}
}
