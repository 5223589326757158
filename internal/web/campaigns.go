package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// campaignsPage is the list of campaigns, newest first.
type campaignsPage struct {
	basePage
	Rows        []campaignRow
	First, Next string
	// Starts are the campaigns that may be begun.
	Starts []NavLink
}

// campaignRow is one campaign in the list.
type campaignRow struct {
	Title, Href string
	Status      status
	Why, By     string
	At          time.Time
	Ended, All  int
	Bad         int
}

// campaignTitle says what a campaign does and where.
func (p *portal) campaignTitle(c ztp.Campaign) string {
	noun := c.Kind.Noun()
	return strings.ToUpper(noun[:1]) + noun[1:] + " of " + p.vendorTitle(c.Vendor) + " platforms"
}

func campaignStatus(c ztp.Campaign) status {
	s := status{map[ztp.CampaignState]string{ztp.CampaignRunning: "busy", ztp.CampaignPaused: "warn", ztp.CampaignDone: "ok", ztp.CampaignCancelled: "off"}[c.State], c.State.Title()}
	switch {
	case c.State == ztp.CampaignDone && c.Tally.Bad() > 0:
		s = status{"warn", "Ended with failures"}
	case c.State == ztp.CampaignPaused && c.StartedAt.IsZero():
		s = status{"off", "Not started"}
	case c.State == ztp.CampaignRunning && c.Reason != "":
		s = status{"off", "Waiting"}
	}
	return s
}

// campaigns lists them.
func (p *portal) campaigns(w http.ResponseWriter, r *http.Request) error {
	after := r.URL.Query().Get("after")
	list, err := p.ctl.ListCampaigns(r.Context(), p.actor(r), ztp.CampaignQuery{Cursor: after, Limit: pageSize})
	if err != nil {
		return err
	}
	page := campaignsPage{basePage: p.base(r, "vendors", "Campaigns")}
	for _, c := range list.Items {
		page.Rows = append(page.Rows, campaignRow{
			Title: p.campaignTitle(c), Href: campaignPath(c.ID), Status: campaignStatus(c), Why: c.Reason, By: c.Actor.String(), At: c.CreatedAt,
			Ended: c.Tally.Ended(), All: c.Tally.Total(), Bad: c.Tally.Bad(),
		})
	}
	if after != "" {
		page.First = "/campaigns"
	}
	if list.Next != "" {
		page.Next = "/campaigns?after=" + url.QueryEscape(list.Next)
	}
	if page.CanChange {
		for _, info := range p.ctl.Vendors() {
			page.Starts = append(page.Starts, campaignStarts(info)...)
		}
	}
	return p.render(w, r, http.StatusOK, "campaigns", page)
}

// campaignStarts lead to what may be begun at a vendor.
func campaignStarts(info ztp.VendorInfo) []NavLink {
	if !info.CanCreateCompanies {
		return nil
	}
	at := "/vendors/" + string(info.Name) + "/campaigns/"
	return []NavLink{
		{"Onboard all platforms at " + info.Title + "…", at + "onboard"}, {"Rotate all keys at " + info.Title + "…", at + "rotate"},
		{"Adopt companies at " + info.Title + "…", at + "adopt"},
	}
}

func campaignPath(id ztp.CampaignID) string { return "/campaigns/" + string(id) }

// campaignPage is one campaign with what became of each platform.
type campaignPage struct {
	basePage
	Crumbs []crumb
	View   campaignView
}

// campaignView is the part that polling replaces.
type campaignView struct {
	Title     string
	Status    status
	Facts     []fact
	Tally     []tallyItem
	Ended     int
	Total     int
	Message   *message
	Actions   []button
	Items     []campaignItemRow
	Shown     string
	Left      []ztp.LeftCompany
	First     string
	Next      string
	Poll, Say string
}

// tallyItem is a count that leads to the platforms it counts.
type tallyItem struct {
	Status status
	Count  int
	Href   string
}

// campaignItemRow is what became of one platform.
type campaignItemRow struct {
	Name, Slug, Href string
	Status           status
	Note             string
	At               time.Time
}

var itemKinds = map[ztp.CampaignItemState]string{
	ztp.ItemPending: "off", ztp.ItemRunning: "busy", ztp.ItemDone: "ok", ztp.ItemAlready: "ok", ztp.ItemFailed: "err",
	ztp.ItemNeedsOperator: "warn", ztp.ItemSkipped: "off", ztp.ItemCancelled: "off",
}

// campaign shows one; an open page asks for it again.
func (p *portal) campaign(w http.ResponseWriter, r *http.Request) error {
	c, err := p.ctl.Campaign(r.Context(), p.actor(r), ztp.CampaignID(r.PathValue("id")))
	if err != nil {
		return err
	}
	version := fmt.Sprintf("%d-%d", c.Version, c.Tally.Ended())
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	view, err := p.campaignView(r, c, version)
	if err != nil {
		return err
	}
	if isFragment(r) {
		return p.renderBlock(w, r, http.StatusOK, "campaign", "campaign-view", view)
	}
	page := campaignPage{basePage: p.base(r, "vendors", view.Title), Crumbs: p.campaignCrumbs(c), View: view}
	return p.render(w, r, http.StatusOK, "campaign", page)
}

func (p *portal) campaignCrumbs(c ztp.Campaign) []crumb {
	return []crumb{{"Vendors", "/vendors"}, {"Campaigns", "/campaigns"}, {Title: p.campaignTitle(c)}}
}

// itemsShown is how many platforms a page of a campaign has.
const itemsShown = 100

func (p *portal) campaignView(r *http.Request, c ztp.Campaign, version string) (campaignView, error) {
	q := r.URL.Query()
	state := ztp.CampaignItemState(q.Get("state"))
	v := campaignView{Title: p.campaignTitle(c), Status: campaignStatus(c), Ended: c.Tally.Ended(), Total: c.Tally.Total(), Left: c.Left,
		Message: p.campaignMessage(c), Facts: campaignFacts(c), Shown: "All platforms"}
	v.Say = v.Title + ": " + strings.ToLower(v.Status.Text) + ", " + thousands(v.Ended) + " of " + thousands(v.Total) + " ended"
	href := func(name, value string) string {
		if value == "" {
			return campaignPath(c.ID)
		}
		return campaignPath(c.ID) + "?" + url.Values{name: {value}}.Encode()
	}
	for _, s := range ztp.CampaignItemStates {
		if n := c.Tally[s]; n > 0 {
			v.Tally = append(v.Tally, tallyItem{status{itemKinds[s], s.Title()}, n, href("state", string(s))})
		}
		if s == state {
			v.Shown = s.Title()
		}
	}
	if p.actor(r).MayChange() {
		v.Actions = campaignActions(c)
	}
	poll := url.Values{pollParam: {version}}
	for _, name := range []string{"state", "after"} {
		if q.Get(name) != "" {
			poll.Set(name, q.Get(name))
		}
	}
	v.Poll = campaignPath(c.ID) + "?" + poll.Encode()
	return v, p.campaignItems(r, c, state, &v)
}

// campaignItems puts a page of platforms into the view.
func (p *portal) campaignItems(r *http.Request, c ztp.Campaign, state ztp.CampaignItemState, v *campaignView) error {
	after := r.URL.Query().Get("after")
	items, err := p.ctl.CampaignItems(r.Context(), p.actor(r), ztp.CampaignItemQuery{Campaign: c.ID, State: state, Cursor: after, Limit: itemsShown})
	if err != nil {
		return err
	}
	views, err := p.allPlatforms(r.Context(), p.actor(r), 5*pollAge) // names hardly change
	if err != nil {
		return err
	}
	names := map[ztp.PlatformID]ztp.Platform{}
	for _, pl := range views {
		names[pl.ID] = pl.Platform
	}
	for _, i := range items.Items {
		pl := names[i.Platform]
		row := campaignItemRow{Name: pl.Name, Slug: pl.Slug, Href: "/platforms/" + pl.Slug + "#" + rowID(i.Vendor), Status: status{itemKinds[i.State], i.State.Title()}, Note: i.Note, At: i.FinishedAt}
		if pl.Slug == "" { // made a moment ago
			row.Name, row.Slug, row.Href = string(i.Platform), "", "/platforms/"+string(i.Platform)
		}
		if i.Problem != nil {
			title, paras, _ := problemText(i.Problem, p.vendorTitle(i.Vendor))
			row.Note = sentences(append([]string{title}, paras...))
		}
		v.Items = append(v.Items, row)
	}
	pageOf := func(cursor string) string {
		q := url.Values{}
		if state != "" {
			q.Set("state", string(state))
		}
		if cursor != "" {
			q.Set("after", cursor)
		}
		if len(q) == 0 {
			return campaignPath(c.ID)
		}
		return campaignPath(c.ID) + "?" + q.Encode()
	}
	if after != "" {
		v.First = pageOf("")
	}
	if items.Next != "" {
		v.Next = pageOf(items.Next)
	}
	return nil
}

func campaignFacts(c ztp.Campaign) []fact {
	facts := []fact{{Term: "Asked for", At: c.CreatedAt, Sub: "by " + c.Actor.String()}, {Term: "Budget", Text: c.Budget.String(), Sub: "vendor calls"}}
	if c.OlderThan > 0 {
		facts = append(facts, fact{Term: "Only keys older than", Text: ageText(c.OlderThan)})
	}
	if !c.FinishedAt.IsZero() {
		facts = append(facts, fact{Term: "Ended", At: c.FinishedAt})
	} else if left := c.Tally[ztp.ItemPending]; left > 0 {
		d := time.Duration(float64(left*c.Cost) / float64(c.Budget) * float64(time.Second))
		facts = append(facts, fact{Term: "Left", Text: plural(left, "platform", "platforms"), Sub: "about " + plural(max(1, int(d.Round(time.Minute)/time.Minute)), "minute", "minutes") + " at this budget"})
	}
	return facts
}

// campaignMessage says why a campaign does not go on by itself, nil while it does.
func (p *portal) campaignMessage(c ztp.Campaign) *message {
	if c.Reason == "" {
		return nil
	}
	m := &message{Kind: "info", Title: "Not started", Paras: []string{"Nothing of it is begun before somebody starts it. What would be done to each platform stands below."}, Level: 2}
	switch {
	case c.State == ztp.CampaignRunning:
		m.Kind, m.Title, m.Paras = "warn", "It waits", []string{c.Reason, "It goes on by itself."}
	case !c.StartedAt.IsZero():
		m.Kind, m.Title, m.Paras = "warn", "Paused", []string{c.Reason, "What was begun comes to its end. Phones are not affected."}
	}
	if c.Problem != nil {
		title, paras, entry := problemText(c.Problem, p.vendorTitle(c.Vendor))
		m.Kind = "err"
		m.Paras = append(append(m.Paras, title+"."), paras...)
		m.Steps = []string{entry.Remedy}
		m.Meta = []metaItem{{Code: string(c.Problem.Code)}}
	}
	return m
}

// campaignActions are what may be pressed.
func campaignActions(c ztp.Campaign) []button {
	link := func(label, verb, kind string) button {
		return button{Label: label, Kind: kind, Href: campaignPath(c.ID) + "/" + verb}
	}
	cancel := link("Cancel…", "cancel", "quiet")
	switch {
	case c.State.Final():
		return nil
	case c.State == ztp.CampaignRunning:
		return []button{{Label: "Pause", Post: campaignPath(c.ID) + "/pause"}, cancel}
	case c.StartedAt.IsZero():
		return []button{link("Start…", "resume", "act"), cancel}
	}
	return []button{link("Resume…", "resume", "act"), cancel}
}
