package web

import (
	"net/http"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// phonesHead is the top of the list of phones: a way to add one, or why there is
// none now. It changes with the row of the card, and so is sent beside it.
type phonesHead struct {
	Platform ztp.Platform
	CanAdd   bool
	Why      string
	// Sync leads to how the phones compare with the vendor's list, "" while nothing can.
	Sync, Vendor string
	// Look leads to telling phones to look for their settings again, "" for who may not.
	Look string
	// LookOff says why they can't be told, "" when they can.
	LookOff string
	// OOB: sent beside a row, to take the place of the one on the page.
	OOB bool
}

// phonesHead draws it from the link at which phones are added.
func (p *portal) phonesHead(r *http.Request, pl ztp.Platform, l control.LinkView) phonesHead {
	h := phonesHead{Platform: pl, OOB: isFragment(r)}
	if p.actor(r).MayChange() {
		h.CanAdd, h.Why = l.TakesPhones(), whyNoPhones(l.Link, l.Info.Title)
		h.Look, h.LookOff = "/platforms/"+pl.Slug+"/resync", p.lookOff()
		if l.Active != 0 {
			h.Sync, h.Vendor = syncPath(pl, l.Info.Name), l.Info.Title
		}
	}
	return h
}

// whyNoPhones says why no phone can be added or changed at the vendor now, "" when
// one can. What can't end well is not offered; this stands in its place.
func whyNoPhones(l ztp.Link, vendor string) string {
	switch {
	case l.TakesPhones():
		return ""
	case l.State == ztp.LinkNeedsAttention:
		return vendor + " needs attention on this platform's card first: until then phones can be released, but not added or changed."
	case !l.DisabledAt.IsZero():
		return vendor + " is disabled for this platform: phones can be released, but not added or changed until it is onboarded again."
	}
	return vendor + " isn't onboarded for this platform yet. Onboard it on the card first, then add phones."
}

// whyNot is whyNoPhones for one phone, with what becomes of it.
func (f foundPhone) whyNot(vendor string) string {
	why := whyNoPhones(f.link, vendor)
	if why != "" && f.e.State == ztp.EndpointPaused && !f.e.WantPaused {
		why += " Onboarding redirects this phone again by itself."
	}
	return why
}

// notYet takes the place of a form that could only end in not_onboarded.
func notYet(why, vendor string, pl ztp.Platform) *message {
	return &message{
		Kind: "info", Level: 2, Title: ztp.Lookup(ztp.CodeNotOnboarded).For(vendor).Title, Paras: []string{why},
		Buttons: []button{{Label: "Open the card", On: "of " + pl.Name, Kind: "act", Href: "/platforms/" + pl.Slug + "#ztp"}},
	}
}
