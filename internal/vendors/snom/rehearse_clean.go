package snom

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// clean removes what is still there and notes what can't be removed. All of it
// lies in the scratch company, and only what bears the rehearsal's name is touched.
func (r *rehearsal) clean(ctx context.Context) {
	if r.company == "" && r.lost {
		if id, err := r.findCompany(ctx); err == nil && id != "" {
			r.company, r.lost = id, false
		}
	}
	if r.company == "" {
		if r.lost {
			r.left = append(r.left, fmt.Sprintf("perhaps a company named %q: the answer to making it was lost", r.name))
		}
		return
	}
	left := r.cleanInside(ctx)
	left = append(left, r.cleanKeys(ctx)...)
	if r.phone {
		// Whether a company that goes takes its MACs along nobody knows.
		r.left = append(left, fmt.Sprintf("phone %s in the company %q (%s)", r.opts.MAC, r.name, r.company))
		return
	}
	if !r.cleanCompany(ctx) {
		r.left = append(left, fmt.Sprintf("company %q (%s)", r.name, r.company))
	}
}

// cleanInside gives up phone and profiles with the reseller's key, else with a new
// one of the company: the others may be gone. It names the profile that is left.
func (r *rehearsal) cleanInside(ctx context.Context) []string {
	if r.emptied(ctx, r.by) {
		return nil
	}
	key, err := r.newKey(ctx, r.role)
	if err == nil {
		_, err = r.firstUse(ctx, key)
	}
	if err == nil && r.emptied(ctx, key) {
		return nil
	}
	if ids, err := r.ourProfiles(ctx, r.by); err != nil || len(ids) > 0 {
		return []string{fmt.Sprintf("profile %q in the company of that name", r.name)}
	}
	return nil
}

// emptied reports whether no phone and no profile of ours is left after trying
// with the key.
func (r *rehearsal) emptied(ctx context.Context, by ztp.APIKey) bool {
	if r.phone {
		err := r.v.DeleteEndpoint(ctx, by, r.company, *r.opts.MAC)
		r.phone = err != nil && !ztp.IsVendorNotFound(err)
	}
	r.dropProfiles(ctx, by)
	names, err := r.ourProfiles(ctx, by)
	return !r.phone && err == nil && len(names) == 0
}

func (r *rehearsal) ourProfiles(ctx context.Context, by ztp.APIKey) ([]string, error) {
	all, err := r.v.ListProfiles(ctx, by, r.company)
	var ids []string
	for _, p := range all {
		if p.Name == r.name {
			ids = append(ids, p.ID)
		}
	}
	return ids, err
}

// dropProfiles deletes our profiles; what stays is seen by the list afterwards.
func (r *rehearsal) dropProfiles(ctx context.Context, by ztp.APIKey) {
	ids, _ := r.ourProfiles(ctx, by)
	for _, id := range ids {
		_ = r.v.client.DeleteProfile(ctx, wire(by), r.company, id)
	}
}

// cleanKeys deletes every key of ours, looks again, and names what is left.
func (r *rehearsal) cleanKeys(ctx context.Context) []string {
	for range 2 {
		all, err := r.v.ListCredentials(ctx, r.by, r.company)
		if err != nil {
			continue
		}
		ours := slices.DeleteFunc(all, func(k ztp.VendorKey) bool { return !strings.HasPrefix(k.Name, r.name+" key ") })
		if len(ours) == 0 {
			return nil
		}
		for _, k := range ours {
			_ = r.v.RevokeCredential(ctx, r.by, r.company, k.ID)
		}
	}
	all, err := r.v.ListCredentials(ctx, r.by, r.company)
	if err != nil && r.keys > 0 {
		return []string{fmt.Sprintf("perhaps keys of the company %q: their list can't be read", r.name)}
	}
	var left []string
	for _, k := range all {
		if strings.HasPrefix(k.Name, r.name+" key ") {
			left = append(left, fmt.Sprintf("key %s (%q)", k.ID, k.Name))
		}
	}
	return left
}

// cleanCompany removes the company; nothing else in zerotouch ever does that, so a
// refusal is only a name to remove by hand.
func (r *rehearsal) cleanCompany(ctx context.Context) bool {
	const question = "Can the reseller delete an empty company?"
	err := r.v.client.DeleteCompany(ctx, wire(r.by), r.company)
	id, lerr := r.findCompany(ctx)
	switch {
	case sraps.IsNotFound(err) && lerr == nil && id == "":
		err = nil // deleted by an earlier try whose answer was lost
	case sraps.IsNotOffered(err):
		err = cannot(err)
	case err == nil && lerr == nil && id != "":
		err = differs("its absence")
	default:
		err = write(err)
	}
	return r.ask("delete_company", question, err, "")
}
