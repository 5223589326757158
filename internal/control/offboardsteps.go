package control

import (
	"fmt"

	"zerotouch.example/internal/ztp"
)

// The steps of an off-boarding, in their order.
const (
	OffboardHome     = "send_phones_home"
	OffboardRelease  = "release_phones"
	OffboardProfiles = "delete_profiles"
	OffboardKeys     = "revoke_keys"
	OffboardStays    = "company_stays"
)

// OffboardStep is one thing that an off-boarding does at a vendor, for people.
type OffboardStep struct {
	Name  string
	Title string
	Count int
	Text  string
}

// Steps says in order what is done at the vendor. The next one begins when the one before
// is over.
func (p OffboardPlanPart) Steps(keepPhones, served bool) []OffboardStep {
	title := p.Info.Title
	home := OffboardStep{OffboardHome, "Send phones home", p.Counts.Listed + p.Counts.Paused,
		fmt.Sprintf("A phone that comes by here, as at its next start, is told to ask %s again, as when it was new.", p.Info.Service)}
	switch {
	case keepPhones:
		home.Count, home.Text = 0, "Not asked for: phones in service are served here as before, as long as the platform exists."
	case !served:
		home.Count, home.Text = 0, "Not possible: the platform's phones fetch their settings from another server."
	}
	steps := []OffboardStep{home,
		{OffboardRelease, "Give phones up", p.Phones, fmt.Sprintf("%s no longer redirects them, and anybody can register them. Phones in service keep working.", title)},
		{OffboardProfiles, "Delete profiles", p.Profiles, fmt.Sprintf("Switched off first; that is left where %s does not let one be deleted.", title)},
		{OffboardKeys, "Revoke keys", p.Keys, "Every key of ours, until the list shows none."},
	}
	switch {
	case p.Link.CompanyID == "":
	case p.Link.Connected:
		steps = append(steps, OffboardStep{OffboardStays, "Company stays", 1, fmt.Sprintf("%s was there before zerotouch and stays as it is.", p.Link.CompanyID)})
	default:
		steps = append(steps, OffboardStep{OffboardStays, "Company stays", 1, fmt.Sprintf("%s. Remove it in the portal of %s, then check; after that the platform can be removed.", p.Link.CompanyID, title)})
	}
	return steps
}

// liveCounts brings the parts that go on to what has become of their phones so far.
func liveCounts(part *ztp.OffboardingPart, t ztp.PhoneTally) {
	part.Phones = t.Total()
	part.Released, part.Refused, part.Left = t[ztp.PhoneItemDone], t[ztp.PhoneItemFailed], t[ztp.PhoneItemCancelled]
}
