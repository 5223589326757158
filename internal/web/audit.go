package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// eventView is one row of the audit log as pages show it.
type eventView struct {
	At        time.Time
	Kind      string
	Who       string
	What      string
	Platform  string
	Vendor    string
	Target    string
	Detail    string
	Outcome   string
	Code      string
	RequestID string
	Address   string
}

// auditPage is the audit log with its filters.
type auditPage struct {
	basePage
	Filters  []field
	Events   []eventView
	First    string
	Next     string
	Filtered bool
}

// outcomeKinds are the glyphs of outcomes.
var outcomeKinds = map[string]string{ztp.OutcomeOK: "ok", ztp.OutcomeRefused: "warn", ztp.OutcomeFailed: "err"}

// eventView draws an event; platform is the slug of its platform, if it still has one.
func (p *portal) eventView(e ztp.Event, platform string) eventView {
	v := eventView{
		At: e.At, Kind: outcomeKinds[e.Outcome], Who: whoDid(e.Actor), What: sentence(e.Action), Platform: platform,
		Target: e.Target, Detail: e.Detail, Outcome: e.Outcome, Code: string(e.Code), RequestID: e.RequestID, Address: e.Address,
	}
	if v.Kind == "" {
		v.Kind = "off"
	}
	if v.Target == v.Who { // as of signing in
		v.Target = ""
	}
	if e.Vendor != "" {
		if v.Vendor = p.vendorTitle(e.Vendor); v.Vendor == "" {
			v.Vendor = string(e.Vendor)
		}
	}
	return v
}

// named is eventView with the slug of an account whose settings were changed, in the place of
// its id; one that is removed has its id alone.
func (p *portal) named(r *http.Request, e ztp.Event, platform string) eventView {
	v := p.eventView(e, platform)
	if e.Action != "settings.changed" || !ztp.ValidID(e.Target) {
		return v
	}
	if a, err := p.ctl.Account(r.Context(), p.actor(r), string(e.Platform), e.Target); err == nil {
		v.Target = a.Slug
	}
	return v
}

// whoDid names the system as people call it.
func whoDid(actor string) string {
	if part, ok := strings.CutPrefix(actor, string(ztp.ActorSystem)+":"); ok {
		return "zerotouch (" + part + ")"
	}
	return actor
}

// audit shows the log, newest first.
func (p *portal) audit(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	find := ztp.EventQuery{
		Actor: clip(trimmed(q, "who"), 160), Action: clip(trimmed(q, "action"), 80), Outcome: q.Get("outcome"), Vendor: ztp.VendorName(clip(q.Get("vendor"), 40)),
		Text: clip(trimmed(q, "q"), 120), Cursor: q.Get("after"), Limit: 50,
	}
	slugs, unknown, err := p.platformSlugs(r, &find, trimmed(q, "platform"))
	if err != nil {
		return err
	}
	page := auditPage{basePage: p.base(r, "audit", "Audit log"), Filters: auditFilters(q)}
	for _, f := range page.Filters {
		page.Filtered = page.Filtered || q.Get(f.Name) != ""
	}
	if find.Cursor != "" {
		page.First = auditHref(q, "")
	}
	if !unknown {
		found, err := p.ctl.Events(r.Context(), p.actor(r), find)
		if err != nil {
			return err
		}
		for _, e := range found.Items {
			page.Events = append(page.Events, p.named(r, e, slugs[e.Platform]))
		}
		if found.Next != "" {
			page.Next = auditHref(q, found.Next)
		}
	}
	if wants(r, "list") {
		return p.renderBlock(w, r, http.StatusOK, "audit", "audit-list", page)
	}
	return p.render(w, r, http.StatusOK, "audit", page)
}

// platformSlugs maps ids to slugs and turns the slug that was asked for into
// the query's id; unknown means that there is no such platform to ask for.
func (p *portal) platformSlugs(r *http.Request, find *ztp.EventQuery, slug string) (slugs map[ztp.PlatformID]string, unknown bool, err error) {
	views, err := p.allPlatforms(r.Context(), p.actor(r), pollAge)
	if err != nil {
		return nil, false, err
	}
	slugs = make(map[ztp.PlatformID]string, len(views))
	for _, v := range views {
		slugs[v.ID] = v.Slug
	}
	if slug == "" {
		return slugs, false, nil
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), slug)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return slugs, true, nil
	}
	find.Platform = pl.ID
	return slugs, false, err
}

func auditFilters(q url.Values) []field {
	outcome := field{Name: "outcome", Label: "Outcome", Type: "select", Options: []option{{Label: "Any outcome"}}}
	for _, o := range ztp.EventOutcomes {
		outcome.Options = append(outcome.Options, option{Value: o, Label: ztp.OutcomeTitle(o), Selected: o == q.Get("outcome")})
	}
	text := func(name, label string, limit int) field {
		return field{Name: name, Label: label, Type: "search", Value: clip(q.Get(name), limit), Max: limit, Complete: "off"}
	}
	return []field{text("q", "Anything", 120), text("platform", "Platform (slug)", 40), text("who", "Who", 160), text("action", "Action", 80), outcome}
}

func auditHref(q url.Values, after string) string {
	v := url.Values{}
	for _, name := range []string{"q", "platform", "who", "action", "outcome", "vendor"} {
		if q.Get(name) != "" {
			v.Set(name, q.Get(name))
		}
	}
	if after != "" {
		v.Set("after", after)
	}
	if len(v) == 0 {
		return "/audit"
	}
	return "/audit?" + v.Encode()
}
