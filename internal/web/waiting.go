package web

import (
	"net/http"
	"net/url"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// waitingPage lists a platform's phones that get holding settings, and those that came by
// a URL of it and are registered nowhere.
type waitingPage struct {
	basePage
	Platform    ztp.Platform
	Crumbs      []crumb
	Rows        []waitingRow
	First, Next string
	Unclaimed   []unclaimedRow
}

type waitingRow struct {
	MAC            ztp.MAC
	Name, Href     string
	Why            status
	Note, Explain  string // Explain is a link
	Since, At      time.Time
	Network, Agent string
	Actions        []button
}

type unclaimedRow struct {
	MAC            ztp.MAC
	Account, Href  string
	FirstAt, At    time.Time
	Network, Agent string
	Adopt          *button
}

func waitingPath(pl ztp.Platform) string { return "/platforms/" + pl.Slug + "/waiting" }

// waitingLink leads to the page from the platform's own.
func (p *portal) waitingLink(r *http.Request, pl ztp.Platform) (NavLink, error) {
	counts, err := p.ctl.CountWaiting(r.Context(), p.actor(r))
	title := "Waiting and unclaimed phones"
	if n := counts[pl.ID]; n.Waiting > 0 {
		title = plural(n.Waiting, "phone waits", "phones wait")
		if n.Alarmed > 0 {
			title += ", " + plural(n.Alarmed, "with an alarm", "with an alarm")
		}
	}
	return NavLink{Title: title, Href: waitingPath(pl)}, err
}

func (p *portal) waiting(w http.ResponseWriter, r *http.Request) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	list, err := p.ctl.Waiting(r.Context(), p.actor(r), pl.Slug, after, pageSize)
	if err != nil {
		return err
	}
	page := waitingPage{basePage: p.base(r, "platforms", "Waiting phones: "+pl.Name), Platform: pl, Crumbs: append(platformCrumbs(pl), crumb{Title: "Waiting phones"})}
	for _, x := range list.Items {
		row := waitingRow{MAC: x.MAC, Name: x.Endpoint.Name, Href: phonePath(pl, x.MAC), Why: status{"warn", x.Contact.Waiting.Title()},
			Since: x.WaitingSince, Agent: x.WaitingAgent}
		if x.WaitingNetwork.IsValid() { // else it is held, and has not come since
			row.At, row.Network = x.WaitingAt, x.WaitingNetwork.String()
		}
		switch {
		case x.Contact.Waiting.Admitting() && x.Admitted(p.cfg.Now()):
			row.Why, row.Note = status{"ok", "Admitted"}, "By "+x.AdmittedBy+". It gets its settings when it comes next."
		case x.Contact.Waiting.Alarming():
			row.Why.Kind = "err"
		}
		if row.Note == "" && p.actor(r).MayChange() {
			row.Actions = waitingActions(pl, x.Contact)
		}
		if x.Contact.Waiting == ztp.WaitingSettings {
			row.Explain = row.Href + "/explain"
			row.Note = "Once what is missing is set, it gets its settings when it comes next, without a click."
		}
		page.Rows = append(page.Rows, row)
	}
	if after != "" {
		page.First = waitingPath(pl)
	}
	if list.Next != "" {
		page.Next = waitingPath(pl) + "?after=" + url.QueryEscape(list.Next)
	}
	if page.Unclaimed, err = p.unclaimed(r, pl); err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "waiting", page)
}

// waitingCheck counts the phones that wait, and leads to those of each platform. An alarm
// needs somebody; phones that come too early or too late may wait.
func waitingCheck(counts map[ztp.PlatformID]ztp.WaitingCounts, views []control.PlatformView) check {
	c := check{ID: "waiting", Name: "Waiting phones", Evidence: []string{"Phones that come by the right URL, and have not proven who they are or have no complete settings, get holding settings until that has changed."}}
	var all ztp.WaitingCounts
	for _, n := range counts {
		all.Waiting += n.Waiting
		all.Alarmed += n.Alarmed
	}
	for _, pl := range views {
		if n := counts[pl.ID]; n != (ztp.WaitingCounts{}) && len(c.Links) < 20 {
			c.Links = append(c.Links, NavLink{pl.Name, waitingPath(pl.Platform)})
		}
	}
	c.Status = status{"ok", plural(all.Waiting, "waits", "wait")}
	if all.Alarmed > 0 {
		c.Status = status{"err", plural(all.Alarmed, "alarm", "alarms")}
		c.Evidence = append(c.Evidence, "Somebody else seems to have come by the URL of a proven phone, which goes on working.")
	}
	return c
}

// waitingActions are what helps a phone that waits. Who may be a stranger is asked about
// first: to admit one ends what the phone from before has.
func waitingActions(pl ztp.Platform, k ztp.Contact) (all []button) {
	at, on := waitingPath(pl)+"/"+k.MAC.Bare(), "phone "+k.MAC.String()
	switch {
	case k.Waiting.Admitting() && (k.Waiting.Alarming() || !k.AlarmedAt.IsZero()):
		all = append(all, button{Label: "Admit…", On: on, Href: at + "/admit"})
	case k.Waiting.Admitting():
		all = append(all, button{Label: "Admit", On: on, Kind: "act", Post: at + "/admit"})
	}
	if k.Waiting == ztp.WaitingHeld {
		all = append(all, button{Label: "End hold", On: "of " + on, Kind: "act", Post: "/platforms/" + pl.Slug + "/phones/" + k.MAC.Bare() + "/contact/unhold"})
	}
	if !k.AlarmedAt.IsZero() {
		all = append(all, button{Label: "Dismiss", On: "the alarm of " + on, Post: at + "/dismiss"})
	}
	return all
}

func (p *portal) unclaimed(r *http.Request, pl ztp.Platform) ([]unclaimedRow, error) {
	all, err := p.ctl.Unclaimed(r.Context(), p.actor(r), pl.Slug)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	accounts, err := p.allAccounts(r, pl)
	if err != nil {
		return nil, err
	}
	named := map[ztp.AccountID]ztp.Account{}
	for _, a := range accounts {
		named[a.ID] = a
	}
	rows := make([]unclaimedRow, 0, len(all))
	for _, u := range all {
		acc := named[u.Account]
		row := unclaimedRow{MAC: u.MAC, Account: acc.Name, Href: accountPath(pl, acc), FirstAt: u.FirstAt, At: u.LastAt, Network: u.Network.String(), Agent: u.Agent}
		if p.actor(r).MayChange() {
			row.Adopt = &button{Label: "Adopt", On: "phone " + u.MAC.String(), Kind: "act", Post: "/platforms/" + pl.Slug + "/phones",
				Fields: []hidden{{"mac", u.MAC.String()}, {"account", acc.Slug}, {"op", ztp.NewID()}}}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// askAdmit says what it means to admit somebody who may be a stranger.
func (p *portal) askAdmit(w http.ResponseWriter, r *http.Request) error {
	return p.admitForm(w, r, http.StatusOK, nil)
}

func (p *portal) admitForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	found, err := p.findPhone(r)
	if err != nil {
		return err
	}
	at := waitingPath(found.p)
	return p.form(w, r, code, formPage{
		Heading: "Admit this phone?", Platform: &found.p, Submit: "Admit phone", Action: at + "/" + found.e.MAC.Bare() + "/admit", Cancel: at,
		Crumbs: append(platformCrumbs(found.p), crumb{"Waiting phones", at}, crumb{Title: "Admit"}),
		Intro: "Whoever comes next by the URL of " + found.e.MAC.String() + " gets its settings, with its passwords. " +
			"The password that was given out before ends then: if the phone is where it was, and somebody else waits, do not admit them.",
	}, e)
}

// changeWaiting admits a phone, or takes note of its alarm.
func (p *portal) changeWaiting(w http.ResponseWriter, r *http.Request) error {
	mac, err := ztp.ParseMAC(r.PathValue("mac"))
	if err != nil {
		return ztp.NotFound("phone")
	}
	switch r.PathValue("action") {
	case "admit":
		_, _, err = p.ctl.AdmitEndpoint(r.Context(), p.actor(r), r.PathValue("p"), mac)
	case "dismiss":
		_, _, err = p.ctl.DismissEndpoint(r.Context(), p.actor(r), r.PathValue("p"), mac)
	default:
		err = ztp.NotFound("action")
	}
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.admitForm(w, r, code, e) })
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, waitingPath(pl), http.StatusSeeOther)
	return nil
}
