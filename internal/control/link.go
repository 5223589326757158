package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// Link returns one row of the card.
func (c *Control) Link(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName) (LinkView, error) {
	if err := maySee(a); err != nil {
		return LinkView{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return LinkView{}, err
	}
	return c.viewLink(ctx, p, info)
}

// Links returns every row of the card, one per vendor of this build.
func (c *Control) Links(ctx context.Context, a ztp.Actor, ref string) ([]LinkView, error) {
	p, err := c.PlatformView(ctx, a, ref)
	return p.Links, err
}

// EarlierURLs counts the link's phones that are told another URL than the platform's present
// one; they are told that at their next fetch after UpdateAddress. It looks at each phone.
func (c *Control) EarlierURLs(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName) (int, error) {
	if err := maySee(a); err != nil {
		return 0, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return 0, err
	}
	return c.earlierURLs(ctx, p, info)
}

// find resolves platform and vendor; the platform's absence comes first.
func (c *Control) find(ctx context.Context, ref string, v ztp.VendorName) (ztp.Platform, ztp.VendorInfo, error) {
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Platform{}, ztp.VendorInfo{}, err
	}
	info, err := c.Vendor(v)
	return p, info, err
}

func (c *Control) viewLink(ctx context.Context, p ztp.Platform, info ztp.VendorInfo) (LinkView, error) {
	views, err := c.viewPlatforms(ctx, []ztp.Platform{p})
	if err != nil {
		return LinkView{}, err
	}
	i := slices.IndexFunc(views[0].Links, func(l LinkView) bool { return l.Info.Name == info.Name })
	return views[0].Links[i], nil
}

// linkView is a row of the card, from what is kept of the link: nothing when it was
// never saved.
func (c *Control) linkView(v PlatformView, info ztp.VendorInfo, f ztp.LinkFacts) LinkView {
	l := LinkView{Link: f.Link, Info: info, KeyAge: c.cfg.KeyAge, Operation: f.Operation, Counts: f.Counts, Sync: f.Sync, Loose: f.Loose}
	if l.Version == 0 {
		l.Link = ztp.UnsavedLink(v.ID, info.Name)
	}
	if l.Active != 0 {
		l.Old = c.now().Sub(l.SetAt) > c.cfg.KeyAge
		l.AddressOutdated = c.addressOutdated(v, f.Link)
	}
	l.RowVersion = rowVersion(l)
	return l
}

// addressOutdated reports whether the vendor has another provisioning URL than
// the platform's present one.
func (c *Control) addressOutdated(v PlatformView, l ztp.Link) bool {
	t := ztp.TemplateFor(v.Platform, c.cfg.URL)
	return !t.IsZero() && v.Primary != "" && (l.AddressTemplate != t.ForProfile().String() || l.AddressTokenID != v.PrimaryAccount.TokenID)
}

// rowVersion is a short digest of everything in the row that can change.
func rowVersion(v LinkView) string {
	var step string
	var opAt time.Time
	if v.Operation != nil {
		opAt = v.Operation.UpdatedAt
		if s := v.Operation.Current(); s != nil {
			step = s.Name + string(s.State)
		}
		step += string(v.Operation.State)
	}
	b, _ := json.Marshal([]any{v.Version, v.State, opAt.UnixMilli(), step, v.Counts, v.Old, v.AddressOutdated, len(v.Loose), v.Sync.Operation, v.Sync.Findings()})
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:6])
}

// Preflight says what is known here about an action before it is confirmed. It
// calls no vendor and proves no address.
func (c *Control) Preflight(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, kind ztp.OperationKind) (Preflight, error) {
	if err := maySee(a); err != nil {
		return Preflight{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Preflight{}, err
	}
	l, err := c.cfg.Store.Link(ctx, p.ID, info.Name)
	if err != nil {
		return Preflight{}, err
	}
	labels := ztp.Labels{Installation: c.cfg.Installation, Nonce: "…"}
	out := Preflight{CompanyName: labels.Company(p.Name), CheckedAt: l.CheckedAt}
	if t := ztp.TemplateFor(p, c.cfg.URL); !t.IsZero() {
		out.ProvisioningURL = t.ForProfile().String()
	}
	needs := c.requirements(kind, l, false)
	if slices.Contains(needs, needThaw) {
		if out.EarlierURLs, err = c.earlierURLs(ctx, p, info); err != nil {
			return Preflight{}, err
		}
	}
	if p.Primary != "" {
		acc, err := c.cfg.Store.Account(ctx, p.ID, string(p.Primary))
		if err != nil {
			return Preflight{}, err
		}
		out.PrimaryAccount = &acc
	}
	for _, check := range needs {
		if check == needAddress {
			continue
		}
		if err := c.require(ctx, check, p, info); err != nil {
			out.Problems = append(out.Problems, ztp.ProblemOf(err, c.now(), a.RequestID))
		}
	}
	return out, nil
}
