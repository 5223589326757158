package control

import (
	"context"
	"fmt"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// listTimeout bounds the reading of the companies at a vendor.
const listTimeout = 18 * time.Second

// maxLeft bounds how many companies are named that an adoption leaves alone.
const maxLeft = 1000

// planAdopt decides which company becomes which platform's: as the request says, or by
// their names. Only companies without a label are looked at; those with one belong to
// somebody's installation.
func (c *Control) planAdopt(ctx context.Context, f *fleet, pairs []ztp.CompanyPair, plan *CampaignPlan) error {
	plan.keys = map[ztp.PlatformID]ztp.APIKey{}
	var companies []ztp.VendorCompany
	if !(CampaignRequest{Companies: pairs}).bringsAllKeys() {
		var err error
		if companies, err = c.companies(ctx, f.info.Name); err != nil {
			return err
		}
	}
	if pairs == nil {
		return c.adoptByName(ctx, f, companies, plan)
	}
	return c.adoptPairs(ctx, f, companies, pairs, plan)
}

// companies asks the vendor, within the time that somebody waits for an answer.
func (c *Control) companies(ctx context.Context, v ztp.VendorName) ([]ztp.VendorCompany, error) {
	if c.cfg.Companies == nil {
		return nil, &ztp.Error{Code: ztp.CodeVendorCannot}
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	return c.cfg.Companies(ctx, v)
}

// recorded maps companies to the platforms that have them here.
func (f *fleet) recorded() map[string]ztp.Platform {
	out := map[string]ztp.Platform{}
	for _, p := range f.platforms {
		if id := f.link(p.ID).CompanyID; id != "" {
			out[id] = p
		}
	}
	return out
}

// adoptVerdict says whether the platform can take up the company.
func (c *Control) adoptVerdict(ctx context.Context, f *fleet, p ztp.Platform, company ztp.CompanyPair, recorded map[string]ztp.Platform) (verdict, error) {
	l := f.link(p.ID)
	other, taken := recorded[company.CompanyID]
	switch op, open := f.open[p.ID]; {
	case l.Active != 0 && l.CompanyID == company.CompanyID:
		return verdict{ztp.ItemAlready, "Already onboarded with company " + l.CompanyID + ".", nil}, nil
	case l.Active != 0:
		return skip(ztp.Errorf(ztp.CodeInUse, "This platform is onboarded already, with company %s.", l.CompanyID)), nil
	case open:
		return skip(running(op)), nil
	case taken && other.ID != p.ID:
		return skip(ztp.Errorf(ztp.CodeVendorCompanyInUse, "Platform %s here records company %s.", other.Slug, company.CompanyID)), nil
	}
	if v, err := c.addressVerdict(ctx, p); v != nil || err != nil {
		return orPending(v), err
	}
	if company.Key.ID != "" {
		return verdict{ztp.ItemPending, "Connects company " + company.CompanyID + " with key " + company.Key.ID + ".", nil}, nil
	}
	return verdict{ztp.ItemPending, "Takes up company " + company.CompanyID + " with a new key.", nil}, nil
}

// adopt puts the platform with its company into the plan.
func (c *Control) adopt(ctx context.Context, f *fleet, p ztp.Platform, company ztp.CompanyPair, recorded map[string]ztp.Platform, plan *CampaignPlan) error {
	v, err := c.adoptVerdict(ctx, f, p, company, recorded)
	if err != nil {
		return err
	}
	i := plan.add(f, p.ID, v)
	i.CompanyID, i.KeyID = company.CompanyID, company.Key.ID
	if i.KeyID != "" {
		plan.keys[p.ID] = company.Key
	}
	return nil
}

// adoptPairs plans what was named. One wrong line, and nothing is planned.
func (c *Control) adoptPairs(ctx context.Context, f *fleet, companies []ztp.VendorCompany, pairs []ztp.CompanyPair, plan *CampaignPlan) error {
	platforms := map[string]ztp.Platform{}
	for _, p := range f.platforms {
		platforms[p.Slug], platforms[string(p.ID)] = p, p
	}
	there := map[string]bool{}
	for _, company := range companies {
		there[company.ID] = true
	}
	if err := checkPairs(pairs, platforms, there); err != nil {
		return err
	}
	recorded := f.recorded()
	for _, pair := range pairs {
		if err := c.adopt(ctx, f, platforms[pair.Platform], pair, recorded, plan); err != nil {
			return err
		}
	}
	return nil
}

// checkPairs names every wrong value. there are the companies at the vendor; those with
// a key of their own need not be the reseller's.
func checkPairs(pairs []ztp.CompanyPair, platforms map[string]ztp.Platform, there map[string]bool) error {
	wrong := map[string]string{}
	seenPlatform, seenCompany := map[ztp.PlatformID]int{}, map[string]int{}
	for n, pair := range pairs {
		say := func(name, format string, args ...any) { wrong[pair.Field(n, name)] = fmt.Sprintf(format, args...) }
		p, known := platforms[pair.Platform]
		switch first, twice := seenPlatform[p.ID]; {
		case !known:
			say("platform", "There is no such platform. Create it first; an adoption makes none.")
		case twice:
			say("platform", "%s names this platform already.", pairs[first].Field(first, "platform"))
		default:
			seenPlatform[p.ID] = n
		}
		switch first, twice := seenCompany[pair.CompanyID]; {
		case !ztp.ValidKeyID(pair.CompanyID):
			say("company_id", "Give the vendor's id of the company: letters, digits, dashes and underscores.")
		case twice:
			say("company_id", "%s names this company already.", pairs[first].Field(first, "company_id"))
		case pair.Key.ID == "" && pair.Key.Secret.IsZero() && !there[pair.CompanyID]:
			say("company_id", "The reseller account has no such company.")
		default:
			seenCompany[pair.CompanyID] = n
		}
		if pair.Key.ID != "" || !pair.Key.Secret.IsZero() {
			for name, remedy := range keyMistakes(pair.Key) {
				say(name, "%s", remedy)
			}
		}
	}
	return ztp.InvalidFields(wrong)
}

// adoptByName takes a company up where its name is exactly that of one platform, and
// of no other company. Everything else is named and left.
func (c *Control) adoptByName(ctx context.Context, f *fleet, companies []ztp.VendorCompany, plan *CampaignPlan) error {
	recorded := f.recorded()
	named := map[string][]ztp.VendorCompany{}
	for _, company := range companies {
		if _, labelled := ztp.ParseCompanyLabel(company.Name); !labelled {
			if _, ours := recorded[company.ID]; !ours {
				name := strings.TrimSpace(company.Name)
				named[name] = append(named[name], company)
			}
		}
	}
	sameName := map[string]int{}
	for _, p := range f.platforms {
		if f.link(p.ID).Active == 0 {
			sameName[strings.TrimSpace(p.Name)]++
		}
	}
	taken := map[string]bool{}
	for _, p := range f.platforms {
		name := strings.TrimSpace(p.Name)
		candidates := named[name]
		switch l := f.link(p.ID); {
		case l.Active != 0:
			plan.add(f, p.ID, verdict{ztp.ItemAlready, "Already onboarded with company " + l.CompanyID + ".", nil})
		case !l.DisabledAt.IsZero():
			plan.add(f, p.ID, verdict{ztp.ItemSkipped, StaysDisabled(l), nil})
		case l.CompanyID != "":
			plan.add(f, p.ID, verdict{ztp.ItemSkipped, "It records company " + l.CompanyID + " already. Onboard takes that up.", nil})
		case len(candidates) == 0:
			plan.add(f, p.ID, verdict{ztp.ItemSkipped, "No company has the name of this platform.", nil})
		case len(candidates) > 1 || sameName[name] > 1:
			plan.add(f, p.ID, skip(&ztp.Error{Code: ztp.CodeVendorCompanyAmbiguous, Companies: candidates,
				Detail: fmt.Sprintf("%d companies and %d platforms have this name.", len(candidates), sameName[name])}))
		default:
			taken[candidates[0].ID] = true
			if err := c.adopt(ctx, f, p, ztp.CompanyPair{CompanyID: candidates[0].ID}, recorded, plan); err != nil {
				return err
			}
		}
	}
	plan.leave(companies, named, taken, sameName)
	return nil
}

// leave names the companies that stay as they are.
func (p *CampaignPlan) leave(companies []ztp.VendorCompany, named map[string][]ztp.VendorCompany, taken map[string]bool, platforms map[string]int) {
	for _, company := range companies {
		name := strings.TrimSpace(company.Name)
		if taken[company.ID] || len(named[name]) == 0 || len(p.Campaign.Left) == maxLeft {
			continue
		}
		reason := "No platform that is not onboarded has this name."
		switch n := platforms[name]; {
		case n == 1 && len(named[name]) == 1:
			reason = "The platform of this name is left as it is."
		case n > 0:
			reason = fmt.Sprintf("%d companies and %d platforms have this name.", len(named[name]), n)
		}
		p.Campaign.Left = append(p.Campaign.Left, ztp.LeftCompany{ID: company.ID, Name: company.Name, Reason: reason})
	}
}
