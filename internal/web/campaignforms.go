package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// maxCampaignForm bounds the form of an adoption, which may hold a file's worth of lines.
const maxCampaignForm = 1<<20 - 1

// askCampaign asks before a campaign is made: with the counts of what it would do, or,
// for an adoption, for the companies.
func (p *portal) askCampaign(w http.ResponseWriter, r *http.Request) error {
	return p.campaignForm(w, r, http.StatusOK, r.URL.Query(), nil)
}

func (p *portal) campaignForm(w http.ResponseWriter, r *http.Request, code int, values url.Values, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	info, err := p.ctl.Vendor(ztp.VendorName(r.PathValue("vendor")))
	if err != nil {
		return err
	}
	kind := ztp.OperationKind(r.PathValue("kind"))
	if kind == ztp.KindAdopt {
		return p.adoptForm(w, r, code, info, values, e)
	}
	if kind != ztp.KindOnboard && kind != ztp.KindRotate {
		return ztp.NotFound("page")
	}
	plan, err := p.ctl.PlanCampaign(r.Context(), p.actor(r), info.Name, control.CampaignRequest{Kind: kind})
	if err != nil {
		return err
	}
	c := confirmView{
		ID: "ask-campaign", Env: p.cfg.Installation, effects: campaignEffects(info, plan.Campaign), Hidden: []hidden{{"op", ztp.NewID()}},
		Action: "/vendors/" + string(info.Name) + "/campaigns/" + string(kind), Cancel: "/campaigns", Fields: []field{budgetField(values, plan.Campaign.Budget)},
		Title: "Onboard all platforms at " + info.Title + "?", Confirm: "Onboard " + plural(plan.Campaign.Tally[ztp.ItemPending], "platform", "platforms"),
		Blocked: plan.Campaign.Tally[ztp.ItemPending] == 0,
	}
	if n := plan.Namesakes; n > 0 {
		c.Note = strings.TrimSpace(plural(n, "platform has", "platforms have") + " the name of a company that is at " + info.Title +
			" already and would get a second one; Adopt companies takes it up instead. The campaign names them. " + c.Note)
	}
	if kind == ztp.KindRotate {
		c.Title, c.Confirm = "Rotate all keys at "+info.Title+"?", "Rotate keys"
		c.Fields = append(c.Fields, field{Name: "older_than", Label: "Only keys older than", Hint: "Such as 90d; left empty, every key.", Type: "text", Max: 16, Complete: "off", Value: values.Get("older_than")})
	}
	return p.campaignConfirm(w, r, code, c, e)
}

// campaignConfirm shows a confirmation about campaigns as a page.
func (p *portal) campaignConfirm(w http.ResponseWriter, r *http.Request, code int, c confirmView, e *ztp.Error) error {
	c.Problem = formProblem(e, withErrors(c.Fields, e), "")
	title := c.Title
	if e != nil {
		title = "Error: " + title
	}
	return p.render(w, r, code, "confirm", confirmPage{
		basePage: p.base(r, "vendors", title), Confirm: c,
		Crumbs: []crumb{{"Vendors", "/vendors"}, {"Campaigns", "/campaigns"}, {Title: strings.TrimSuffix(c.Title, "?")}},
	})
}

func budgetField(values url.Values, gentle ztp.Budget) field {
	f := field{Name: "budget", Label: "Budget", Hint: "Vendor calls per second, minute or hour, such as 2/s or 30/m; gentle when left empty.", Type: "text", Max: 16, Complete: "off", Value: values.Get("budget")}
	if f.Value == "" && gentle > 0 {
		f.Value = gentle.String()
	}
	return f
}

// campaignEffects say what a campaign does, with counts.
func campaignEffects(info ztp.VendorInfo, c ztp.Campaign) effects {
	todo, already, skipped := c.Tally[ztp.ItemPending], c.Tally[ztp.ItemAlready], c.Tally[ztp.ItemSkipped]
	var e effects
	switch {
	case todo == 0:
		e.Note = "There is nothing to do."
	case c.Kind == ztp.KindOnboard:
		e.Will = []string{"Onboard " + plural(todo, "platform", "platforms") + " at " + info.Title + ", one after the other: company, key and provisioning profile of each"}
		e.Wont = []string{"Touch phones already in service, or register new ones", "Onboard a platform that somebody disabled"}
	case c.Kind == ztp.KindRotate:
		e.Will = []string{"Replace the key of " + plural(todo, "platform", "platforms") + ", one after the other: make a new one, prove it, switch to it, end the old one"}
		e.Wont = []string{"Touch any phone or registration", "Rotate keys that were made in the portal of " + info.Title}
	case c.Kind == ztp.KindAdopt:
		e.Will = []string{"Take up " + plural(todo, "company", "companies") + " at " + info.Title + ", one after the other, each with a new key or the one that was pasted"}
		e.Wont = []string{"Touch any other company", "Remove keys or phones that somebody else has put into a company; it names them"}
	}
	if already > 0 {
		e.Wont = append(e.Wont, "Do anything to "+plural(already, "platform", "platforms")+" where there is nothing to do")
	}
	if skipped > 0 {
		e.Wont = append(e.Wont, "Do anything to "+plural(skipped, "platform", "platforms")+" where it is not possible; the campaign says why")
	}
	if todo > 0 {
		e.Note = "It pauses by itself when failures rise. You can pause or cancel it at any time."
	}
	return e
}

// adoptForm asks for the companies of an adoption. What comes of it is shown before
// anything is begun.
func (p *portal) adoptForm(w http.ResponseWriter, r *http.Request, code int, info ztp.VendorInfo, values url.Values, e *ztp.Error) error {
	lines := field{Name: "csv", Label: "Companies and platforms", Type: "textarea", Mono: true, Complete: "off",
		Hint: "Lines of company_id,platform or company_id,platform,key_id,key_secret, with that first line. Left empty, companies and platforms are matched by their names."}
	if text := values.Get("csv"); holdsNoKeys(text) {
		lines.Value = text // secrets are not sent back
	}
	f := formPage{
		basePage: basePage{Nav: "vendors"}, Heading: "Adopt companies at " + info.Title, Action: "/vendors/" + string(info.Name) + "/campaigns/adopt",
		Crumbs: []crumb{{"Vendors", "/vendors"}, {"Campaigns", "/campaigns"}, {Title: "Adopt companies at " + info.Title}},
		Intro: "Companies that people made in the portal of " + info.Title + " become the companies of platforms here. The list of companies is read at " + info.Title +
			"; then this page shows what would be adopted and what is left as it is. Nothing is begun before you start it.",
		Fields: []field{lines, budgetField(values, 0)}, Hidden: []hidden{{"op", ztp.NewID()}}, Submit: "Show what would be adopted", Cancel: "/campaigns",
	}
	return p.form(w, r, code, f, e)
}

// holdsNoKeys reports whether lines are surely without keys: the first names the two
// columns that are no secrets, and none has more than two. Anything else may be keys
// below a first line that was mistyped or left out.
func holdsNoKeys(text string) bool {
	columns := func(line string) []string {
		return strings.FieldsFunc(strings.ToLower(line), func(c rune) bool { return strings.ContainsRune(",;\t \r\ufeff", c) })
	}
	lines := strings.Split(text, "\n")
	first := columns(lines[0])
	slices.Sort(first)
	return slices.Equal(first, []string{"company_id", "platform"}) &&
		!slices.ContainsFunc(lines, func(line string) bool { return len(columns(line)) > 2 })
}

// beginCampaign makes a campaign; an adoption waits to be started.
func (p *portal) beginCampaign(w http.ResponseWriter, r *http.Request) error {
	req, err := campaignRequest(ztp.OperationKind(r.PathValue("kind")), r.PostForm)
	var c ztp.Campaign
	if err == nil || !p.actor(r).MayChange() {
		req.Submission = submissionOf(r)
		c, err = p.ctl.BeginCampaign(r.Context(), p.actor(r), ztp.VendorName(r.PathValue("vendor")), req)
	}
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.campaignForm(w, r, code, r.PostForm, linesTogether(e)) })
	}
	return seeOther(w, r, campaignPath(c.ID))
}

// linesTogether puts what is wrong with single lines beside the field that holds them all.
func linesTogether(e *ztp.Error) *ztp.Error {
	out, lines := *e, []string(nil)
	out.Fields = map[string]string{}
	for name, text := range e.Fields {
		if strings.HasPrefix(name, "line ") {
			lines = append(lines, name+": "+text)
		} else {
			out.Fields[name] = text
		}
	}
	if len(lines) > 0 {
		slices.Sort(lines)
		out.Fields["csv"] = strings.ToUpper(lines[0][:1]) + strings.Join(lines, " ")[1:]
	}
	return &out
}

func campaignRequest(kind ztp.OperationKind, f url.Values) (r control.CampaignRequest, err error) {
	r.Kind, r.Hold = kind, kind == ztp.KindAdopt
	if text := trimmed(f, "budget"); text != "" {
		if r.Budget, err = ztp.ParseBudget(text); err != nil {
			return r, err
		}
	}
	if r.OlderThan, err = ztp.ParseAge(trimmed(f, "older_than")); err != nil {
		return r, err
	}
	if text := strings.TrimSpace(f.Get("csv")); text != "" && kind == ztp.KindAdopt {
		r.Companies, err = ztp.ParseCompanies([]byte(text))
	}
	return r, err
}

// askMoveCampaign asks before a campaign goes on or is cancelled.
func (p *portal) askMoveCampaign(w http.ResponseWriter, r *http.Request) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	c, err := p.ctl.Campaign(r.Context(), p.actor(r), ztp.CampaignID(r.PathValue("id")))
	if err != nil {
		return err
	}
	info, err := p.ctl.Vendor(c.Vendor)
	if err != nil {
		return err
	}
	v := confirmView{ID: "ask-campaign", Env: p.cfg.Installation, Cancel: campaignPath(c.ID), Action: campaignPath(c.ID) + "/" + r.PathValue("action"), Blocked: c.State.Final()}
	left := plural(c.Tally[ztp.ItemPending], "platform", "platforms")
	switch r.PathValue("action") {
	case "resume":
		v.Title, v.Confirm, v.effects = "Resume this campaign?", "Resume", campaignEffects(info, c)
		if c.StartedAt.IsZero() {
			v.Title, v.Confirm = "Start this campaign?", "Start"
		}
	case "cancel":
		v.Title, v.Confirm, v.Danger = "Cancel this campaign?", "Cancel campaign", true
		v.Will = []string{"Leave " + left + " as they are", "Wipe pasted keys that were not used"}
		v.Wont = []string{"Undo anything", "Stop what was begun: that comes to its end"}
	default:
		return ztp.NotFound("page")
	}
	return p.campaignConfirm(w, r, http.StatusOK, v, nil)
}

// moveCampaign pauses, resumes or cancels.
func (p *portal) moveCampaign(w http.ResponseWriter, r *http.Request) error {
	move, ok := map[string]func(*http.Request, ztp.CampaignID) (ztp.Campaign, error){
		"pause": func(r *http.Request, id ztp.CampaignID) (ztp.Campaign, error) {
			return p.ctl.PauseCampaign(r.Context(), p.actor(r), id)
		},
		"resume": func(r *http.Request, id ztp.CampaignID) (ztp.Campaign, error) {
			return p.ctl.ResumeCampaign(r.Context(), p.actor(r), id)
		},
		"cancel": func(r *http.Request, id ztp.CampaignID) (ztp.Campaign, error) {
			return p.ctl.CancelCampaign(r.Context(), p.actor(r), id)
		},
	}[r.PathValue("action")]
	if !ok {
		return ztp.NotFound("page")
	}
	id := ztp.CampaignID(r.PathValue("id"))
	if _, err := move(r, id); err != nil {
		return err
	}
	return seeOther(w, r, campaignPath(id))
}
