package restapi

import (
	"context"
	"maps"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// names turns ids into the slugs that answers carry, asking for each once.
type names struct {
	ctx       context.Context
	control   *control.Control
	actor     ztp.Actor
	platforms map[ztp.PlatformID]string
	accounts  map[ztp.AccountID]string
}

func (s *server) names(ctx context.Context) *names {
	return &names{ctx: ctx, control: s.control, actor: actor(ctx), platforms: map[ztp.PlatformID]string{}, accounts: map[ztp.AccountID]string{}}
}

// platform is the slug, or the id of one that is removed.
func (n *names) platform(id ztp.PlatformID) string {
	slug, known := n.platforms[id]
	if !known && id != "" {
		slug = string(id)
		if p, err := n.control.Platform(n.ctx, n.actor, string(id)); err == nil {
			slug = p.Slug
		}
		n.platforms[id] = slug
	}
	return slug
}

// account is the slug, or the id of one that is removed.
func (n *names) account(p ztp.PlatformID, id ztp.AccountID) string {
	slug, known := n.accounts[id]
	if !known && id != "" {
		slug = string(id)
		if a, err := n.control.Account(n.ctx, n.actor, string(p), string(id)); err == nil {
			slug = a.Slug
		}
		n.accounts[id] = slug
	}
	return slug
}

// endpoints are a page of phones, whose accounts are asked for together.
func (n *names) endpoints(p ztp.Page[ztp.Endpoint]) (*listOut[api.Endpoint], error) {
	slugs, err := n.control.AccountSlugs(n.ctx, n.actor, p.Items)
	if err != nil {
		return nil, err
	}
	maps.Copy(n.accounts, slugs)
	waiting, err := n.control.WaitingOf(n.ctx, n.actor, p.Items)
	if err != nil {
		return nil, err
	}
	out := wireList(p, n.endpoint)
	for i, k := range waiting {
		out.Body.Items[i].Waits = string(k.Waiting)
	}
	return out, nil
}

// vendorTitle is how people call the vendor.
func (n *names) vendorTitle(v ztp.VendorName) string {
	info, err := n.control.Vendor(v)
	if err != nil {
		return string(v)
	}
	return info.Title
}

// when is nil for a time that never was.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (n *names) wirePlatform(v control.PlatformView) api.Platform {
	out := api.Platform{
		ID: string(v.ID), Slug: v.Slug, Name: v.Name, ExternalID: v.ExternalID, URLTemplate: v.URLTemplate,
		PhoneProof: string(v.PhoneProof), PrimaryAccount: v.PrimaryAccount.Slug, Endpoints: wireCounts(v.Endpoints),
		CreatedAt: v.CreatedAt.UTC(), UpdatedAt: v.UpdatedAt.UTC(), Version: v.Version,
	}
	n.platforms[v.ID] = v.Slug
	for _, l := range v.Links {
		out.Links = append(out.Links, n.link(l))
	}
	return out
}

func wireAccount(a ztp.Account, primary ztp.AccountID) api.Account {
	return api.Account{
		ID: string(a.ID), Slug: a.Slug, Name: a.Name, ExternalID: a.ExternalID, Primary: a.ID == primary,
		HasToken: a.HasToken(), TokenSetAt: when(a.TokenSetAt),
		CreatedAt: a.CreatedAt.UTC(), UpdatedAt: a.UpdatedAt.UTC(), Version: a.Version,
	}
}

func wireCounts(c ztp.EndpointCounts) api.EndpointCounts {
	return api.EndpointCounts{Listed: c.Listed, Paused: c.Paused, Failed: c.Failed}
}

func (n *names) link(v control.LinkView) api.Link {
	out := api.Link{
		Vendor: string(v.Info.Name), State: string(v.State), CompanyID: v.CompanyID, Endpoints: wireCounts(v.Counts),
		Error: problem(v.Error, v.Info.Title), DisabledAt: when(v.DisabledAt), CheckedAt: when(v.CheckedAt),
		Connected: v.Connected, AddressOutdated: v.AddressOutdated, RevocationUnconfirmed: v.Unconfirmed,
		RestoredAt: when(v.RestoredAt),
	}
	if v.Active != 0 {
		out.Credential = &api.Credential{Number: v.Active, SetAt: v.SetAt.UTC(), SetBy: v.SetBy}
	}
	if v.Operation != nil {
		op := n.operation(*v.Operation)
		out.Operation = &op
	}
	if out.ForeignURLs = v.ForeignAddresses; v.Proof != nil {
		out.Proof = wireProof(v.Proof)
	}
	for _, c := range v.Loose {
		out.LooseKeys = append(out.LooseKeys, api.LooseKey{Number: c.Number, ID: c.VendorID, State: string(c.State)})
	}
	for _, k := range v.Later {
		out.LaterKeys = append(out.LaterKeys, api.LaterKey{ID: k.ID, Name: k.Name})
	}
	return out
}

func (n *names) endpoint(e ztp.Endpoint) api.Endpoint {
	return api.Endpoint{
		MAC: e.MAC.String(), Vendor: string(e.Vendor), Account: n.account(e.Platform, e.Account),
		ProductGroup: e.ProductGroup, Name: e.Name, State: string(e.State), Paused: e.WantPaused, PausedBy: string(e.PausedBy),
		Error: n.problem(e.Error, e.Vendor), CreatedAt: e.CreatedAt.UTC(),
		ConfirmedAt: when(e.ConfirmedAt), FirstFetchedAt: when(e.FirstFetchedAt), FetchedAt: when(e.FetchedAt),
		Model: e.Model, Serial: e.Serial, PINSet: e.HasPIN, SIP: sip(e.SIP), ExpectedAt: when(e.ExpectedAt),
		Replaces: macText(e.Replaces), ReplacedBy: macText(e.ReplacedBy), MovedTo: n.platform(e.MovedTo), Hint: n.hint(e.Vendor, e.MAC),
	}
}

func sip(f ztp.SIPFact) *api.SIP {
	if f.At.IsZero() {
		return nil
	}
	return &api.SIP{Registered: f.Registered, At: f.At.UTC(), Reason: string(f.Reason)}
}

func macText(m ztp.MAC) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}

// hint says what looks odd about a MAC.
func (n *names) hint(v ztp.VendorName, mac ztp.MAC) string {
	info, err := n.control.Vendor(v)
	if err != nil || mac.IsZero() {
		return ""
	}
	return info.OUIHint(mac)
}

// problem is problem, with who has a taken MAC for those who may know.
func (n *names) problem(p *ztp.Problem, v ztp.VendorName) *api.Problem {
	out := problem(p, n.vendorTitle(v))
	if out != nil && n.actor.MayChange() {
		out.Holder = n.platform(p.Holder)
	}
	return out
}

func (n *names) foreignAddress(v control.ForeignAddressView) api.ForeignAddress {
	out := api.ForeignAddress{Target: v.Target, Kind: v.What, Host: v.Host, Fix: v.Fix, FoundAt: v.FoundAt.UTC()}
	if v.Phone != nil {
		out.Account, out.Name = n.account(v.Phone.Platform, v.Phone.Account), v.Phone.Name
	}
	return out
}

func (n *names) operation(o ztp.Operation) api.Operation {
	out := api.Operation{
		ID: string(o.ID), Kind: string(o.Kind), Platform: n.platform(o.Platform), Vendor: string(o.Vendor),
		State: string(o.State), Steps: []api.Step{}, AskedBy: o.Actor.String(), CreatedAt: o.CreatedAt.UTC(),
		Error: n.problem(o.Error, o.Vendor), Waiting: o.Waiting,
		NextAt: when(o.NextAt), FinishedAt: when(o.FinishedAt), Outcome: o.Outcome(n.vendorTitle(o.Vendor)).Text, Result: result(o.Data),
	}
	if !o.MAC.IsZero() {
		out.MAC = o.MAC.String()
	}
	switch o.Kind {
	case ztp.KindReplace:
		out.OldMAC = o.Also.MAC.String()
	case ztp.KindMove:
		out.ToPlatform = n.platform(o.Also.Platform)
	}
	if o.Kind.WritesEndpoint() {
		out.Hint = n.hint(o.Vendor, o.MAC)
	}
	for _, st := range o.Steps {
		out.Steps = append(out.Steps, api.Step{Name: st.Name, State: string(st.State), At: when(st.At), Note: st.Note})
	}
	return out
}

// result is what an operation has found, nil for nothing.
func result(d ztp.OperationData) *api.OperationResult {
	r := api.OperationResult{
		ForeignKeys: wireKeys(d.Foreign), ForeignEndpoints: d.ForeignEndpoints, FailedEndpoints: d.Failed,
		Companies: wireCompanies(d.Candidates), Handled: d.Handled, Total: d.Total,
		Rebuilt: wireRebuilt(d.Rebuilt),
	}
	if p := d.Proof; p != nil {
		r.Proof = wireProof(p)
	}
	if r.Proof == nil && r.Rebuilt == nil && r.Total == 0 && len(r.ForeignKeys)+len(r.ForeignEndpoints)+len(r.FailedEndpoints)+len(r.Companies) == 0 {
		return nil
	}
	return &r
}

func wireProof(p *ztp.ExposureProof) *api.ExposureProof {
	return &api.ExposureProof{
		ForeignKeys: p.ForeignKeys, EndpointsCompared: p.EndpointsCompared, ProfilesCompared: p.ProfilesCompared,
		ForeignURLs: p.ForeignURLs, Listed: p.Listed, ComparedAt: p.At.UTC(),
	}
}

// problem words a kept error as the catalogue does; nil for none.
func problem(p *ztp.Problem, vendorTitle string) *api.Problem {
	if p == nil {
		return nil
	}
	out := render(p.Err(), vendorTitle, p.RequestID).Problem
	if p.Detail == "" {
		out.Detail = p.Unchanged(vendorTitle)
	} else if kept := p.KeptHere(); kept != "" {
		out.Detail += " " + kept
	}
	out.At, out.Changed, out.RetryAt = when(p.At), &p.Changed, when(p.RetryAt)
	return &out
}

func wireKeys(keys []ztp.VendorKey) []api.VendorKey {
	var out []api.VendorKey
	for _, k := range keys {
		out = append(out, api.VendorKey{ID: k.ID, Name: k.Name, Role: k.Role})
	}
	return out
}

func wireCompanies(companies []ztp.VendorCompany) []api.VendorCompany {
	var out []api.VendorCompany
	for _, c := range companies {
		out = append(out, api.VendorCompany{ID: c.ID, Name: c.Name})
	}
	return out
}

// wireList turns a page of the store into a list of the wire.
func wireList[A, B any](p ztp.Page[A], one func(A) B) *listOut[B] {
	out := &listOut[B]{Body: api.List[B]{Items: make([]B, 0, len(p.Items)), Next: p.Next}}
	for _, item := range p.Items {
		out.Body.Items = append(out.Body.Items, one(item))
	}
	return out
}

type listOut[T any] struct{ Body api.List[T] }
