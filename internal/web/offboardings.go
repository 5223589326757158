package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func offboardingPath(id ztp.OffboardingID) string { return "/offboardings/" + string(id) }

var offboardingKinds = map[ztp.OffboardingState]string{
	ztp.OffboardingRunning: "busy", ztp.OffboardingDone: "ok", ztp.OffboardingStopped: "err", ztp.OffboardingCancelled: "off",
}

func offboardingStatus(s ztp.OffboardingState) status { return status{offboardingKinds[s], s.Title()} }

// offboardingsPage lists them, newest first.
type offboardingsPage struct {
	basePage
	Rows        []offboardingRow
	First, Next string
}

type offboardingRow struct {
	Name, Slug, Href, By string
	Status               status
	At                   time.Time
	Released, Phones     int
}

func (p *portal) offboardings(w http.ResponseWriter, r *http.Request) error {
	after := r.URL.Query().Get("after")
	list, err := p.ctl.ListOffboardings(r.Context(), p.actor(r), "", after, pageSize)
	if err != nil {
		return err
	}
	page := offboardingsPage{basePage: p.base(r, "platforms", "Off-boardings")}
	for _, o := range list.Items {
		phones, released := o.Phones()
		page.Rows = append(page.Rows, offboardingRow{Name: o.Name, Slug: o.Slug, Href: offboardingPath(o.ID), By: o.AskedBy, Status: offboardingStatus(o.State), At: o.CreatedAt, Released: released, Phones: phones})
	}
	if after != "" {
		page.First = "/offboardings"
	}
	if list.Next != "" {
		page.Next = "/offboardings?after=" + url.QueryEscape(list.Next)
	}
	return p.render(w, r, http.StatusOK, "offboardings", page)
}

// offboardingPage is one off-boarding: how far it is, and in the end its receipt.
type offboardingPage struct {
	basePage
	Crumbs []crumb
	View   offboardingView
}

// offboardingView is the part that polling replaces.
type offboardingView struct {
	Title     string
	Status    status
	Facts     []fact
	Parts     []offboardingPart
	Actions   []button
	Running   bool
	Poll, Say string
}

// offboardingPart is what became of it at one vendor.
type offboardingPart struct {
	ID, Title       string
	Status          status
	Doing           string
	Released, Total int
	// Each leads to what became of each phone, "" when the platform is gone.
	Each    string
	Facts   []fact
	Stays   []string
	Problem *message
}

// offboarding shows one; an open page asks for it again while it runs.
func (p *portal) offboarding(w http.ResponseWriter, r *http.Request) error {
	v, err := p.ctl.Offboarding(r.Context(), p.actor(r), ztp.OffboardingID(r.PathValue("id")))
	if err != nil {
		return err
	}
	version := offboardingVersion(v)
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	view := p.offboardingView(v, p.actor(r).MayChange())
	view.Poll = withParam(offboardingPath(v.ID), pollParam, version)
	if isFragment(r) {
		return p.renderBlock(w, r, http.StatusOK, "offboarding", "offboarding-view", view)
	}
	return p.render(w, r, http.StatusOK, "offboarding", offboardingPage{
		basePage: p.base(r, "platforms", view.Title), View: view,
		Crumbs: []crumb{{"Platforms", "/platforms"}, {"Off-boardings", "/offboardings"}, {Title: v.Name}},
	})
}

// offboardingVersion changes with everything that the page shows and time does not change.
func offboardingVersion(v control.OffboardingView) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %d", v.Version, v.Home)
	for i, part := range v.Parts {
		fmt.Fprintf(h, " %d %d %d %s", part.Released, part.Refused, part.Left, v.Doing(i))
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

func (p *portal) offboardingView(v control.OffboardingView, mayChange bool) offboardingView {
	phones, released := v.Phones()
	out := offboardingView{Title: "Off-boarding of " + v.Name, Status: offboardingStatus(v.State), Running: v.State == ztp.OffboardingRunning}
	out.Say = out.Title + ": " + out.Status.Text + ", " + thousands(released) + " of " + plural(phones, "phone", "phones") + " given up"
	out.Facts = []fact{{Term: "Platform", Text: v.Name, Sub: v.Slug}, {Term: "Asked for", At: v.CreatedAt, Sub: "by " + v.AskedBy}}
	if !v.FinishedAt.IsZero() {
		out.Facts = append(out.Facts, fact{Term: "Ended", At: v.FinishedAt})
	}
	home := fact{Term: "Phones sent home", Text: "No longer: they are served again, or the platform is removed"}
	switch {
	case v.KeepPhones:
		home.Text = "No: they are served here as before"
	case v.Home >= 0:
		home.Text, home.Sub = plural(v.Home, "phone", "phones")+" came by so far", "The others are told when they do, as long as the platform exists"
	}
	out.Facts = append(out.Facts, home)
	for i, part := range v.Parts {
		out.Parts = append(out.Parts, p.offboardingPart(v, i, part))
	}
	path := "/platforms/" + v.Slug
	switch {
	case !mayChange || len(v.Operations) == 0: // the platform is gone
	case out.Running && released < phones:
		out.Actions = []button{{Label: "Cancel…", Kind: "quiet", Href: offboardingPath(v.ID) + "/cancel"}}
	case v.State == ztp.OffboardingDone:
		out.Actions = []button{{Label: "Go to the platform", Href: path}, {Label: "Remove platform…", Kind: "quiet", Href: path + "/remove"}}
	case !out.Running:
		out.Actions = []button{{Label: "Take up what is left…", Kind: "act", Href: path + "/offboard"}}
	}
	return out
}

func (p *portal) offboardingPart(v control.OffboardingView, i int, part ztp.OffboardingPart) offboardingPart {
	title := p.vendorTitle(part.Vendor)
	out := offboardingPart{
		ID: string(part.Vendor), Title: title, Status: offboardingStatus(part.State), Doing: v.Doing(i), Released: part.Released, Total: part.Phones, Stays: part.Stays(title),
	}
	if i < len(v.Operations) && part.Phones > 0 {
		out.Each = operationPath(part.Operation)
	}
	count := func(term string, n int, sub string) {
		out.Facts = append(out.Facts, fact{Term: term, Text: thousands(n), Sub: sub})
	}
	if part.Refused > 0 {
		count("Phones refused", part.Refused, "")
	}
	if part.Left > 0 {
		count("Phones left as they are", part.Left, "")
	}
	if part.State != ztp.OffboardingRunning {
		off := ""
		if part.ProfilesOff > 0 {
			off = plural(part.ProfilesOff, "profile", "profiles") + " only switched off"
		}
		count("Profiles deleted", part.ProfilesRemoved, off)
		count("Keys revoked", part.KeysRevoked, "")
	}
	if part.CompanyID != "" {
		c := fact{Term: "Company", Copy: copyable{Value: part.CompanyID, What: "company id"}}
		if part.CompanyGone {
			c.Sub = "Gone at " + title + ", with all that was in it"
		}
		out.Facts = append(out.Facts, c)
	}
	if e := part.Problem; e != nil {
		t, paras, entry := problemText(e, title)
		out.Problem = &message{Kind: "err", Title: t, Paras: paras, Steps: []string{entry.Remedy}, Meta: []metaItem{{Code: string(e.Code)}}, Level: 3}
	}
	return out
}

// askCancelOffboarding asks before what is left stays as it is.
func (p *portal) askCancelOffboarding(w http.ResponseWriter, r *http.Request) error {
	return p.confirmCancelOffboarding(w, r, http.StatusOK, nil)
}

func (p *portal) confirmCancelOffboarding(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	v, err := p.ctl.Offboarding(r.Context(), p.actor(r), ztp.OffboardingID(r.PathValue("id")))
	if err != nil {
		return err
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), string(v.Platform))
	if err != nil {
		return err
	}
	phones, released := v.Phones()
	c := confirmView{ID: "ask-offboarding", Platform: pl, Cancel: offboardingPath(v.ID), Action: offboardingPath(v.ID) + "/cancel", Title: "Cancel the off-boarding?", Confirm: "Leave the rest as it is", Danger: true, Blocked: v.State != ztp.OffboardingRunning}
	c.Will = []string{"Leave " + plural(phones-released, "phone", "phones") + " that are not given up yet as they are, and profile and key with them", "Serve their settings here again"}
	c.Wont = []string{"Get back what is given up"}
	return p.askMany(w, r, code, c, e)
}

func (p *portal) cancelOffboarding(w http.ResponseWriter, r *http.Request) error {
	v, err := p.ctl.CancelOffboarding(r.Context(), p.actor(r), ztp.OffboardingID(r.PathValue("id")))
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.confirmCancelOffboarding(w, r, status, e) })
	}
	return seeOther(w, r, offboardingPath(v.ID))
}
