package web

import (
	"net/http"
	"net/url"
	"slices"
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
	// One is the phone that the page is about alone, "" for all; All leads to all of them.
	One, All  string
	Unclaimed []unclaimedRow
	// Searched: somebody asked for many phones by the token of an account of the platform in
	// the last day, so what is unclaimed may be what they made up.
	Searched bool
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
	if r.URL.Query().Has("mac") {
		return p.waitingOne(w, r, pl)
	}
	after := r.URL.Query().Get("after")
	list, err := p.ctl.Waiting(r.Context(), p.actor(r), pl.Slug, after, pageSize)
	if err != nil {
		return err
	}
	page := waitingPage{basePage: p.base(r, "platforms", "Waiting phones: "+pl.Name), Platform: pl, Crumbs: append(platformCrumbs(pl), crumb{Title: "Waiting phones"})}
	for _, x := range list.Items {
		page.Rows = append(page.Rows, p.waitingRows(pl, x, p.actor(r).MayChange())...)
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
	if page.Searched, err = p.searched(r, pl); err != nil {
		return err
	}
	return p.render(w, r, http.StatusOK, "waiting", page)
}

// waitingOne is the page with one phone alone, as a row of a list of phones leads to it.
func (p *portal) waitingOne(w http.ResponseWriter, r *http.Request, pl ztp.Platform) error {
	mac, err := ztp.ParseMAC(r.URL.Query().Get("mac"))
	if err != nil {
		return ztp.NotFound("page")
	}
	e, err := p.ctl.Endpoint(r.Context(), p.actor(r), pl.Slug, mac)
	if err != nil {
		return err
	}
	k, err := p.ctl.Contact(r.Context(), p.actor(r), e)
	if err != nil {
		return err
	}
	page := waitingPage{basePage: p.base(r, "platforms", "Waiting phones: "+pl.Name), Platform: pl, One: mac.String(), All: waitingPath(pl),
		Crumbs: append(platformCrumbs(pl), crumb{"Waiting phones", waitingPath(pl)}, crumb{Title: mac.String()})}
	if k.Waiting != "" {
		page.Rows = p.waitingRows(pl, control.WaitingPhone{Contact: k, Endpoint: e}, p.actor(r).MayChange())
	}
	return p.render(w, r, http.StatusOK, "waiting", page)
}

func (p *portal) searched(r *http.Request, pl ztp.Platform) (bool, error) {
	found, err := p.ctl.Events(r.Context(), p.actor(r), ztp.EventQuery{Target: ztp.ScanTarget, Limit: 50})
	return slices.ContainsFunc(found.Items, func(e ztp.Event) bool { return e.Platform == pl.ID && p.cfg.Now().Sub(e.At) < 24*time.Hour }), err
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
		c.Evidence = append(c.Evidence, "Two have come by the URL of one phone. Who got its settings first goes on working: make sure that this is the phone.")
	}
	return c
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

// changeWaiting admits a phone, or takes note of its alarm.
func (p *portal) changeWaiting(w http.ResponseWriter, r *http.Request) error {
	mac, err := ztp.ParseMAC(r.PathValue("mac"))
	if err != nil {
		return ztp.NotFound("phone")
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	switch r.PathValue("action") {
	case "admit":
		return p.admit(w, r, pl, mac)
	case "dismiss":
		if _, _, err = p.ctl.DismissEndpoint(r.Context(), p.actor(r), pl.Slug, mac); err != nil {
			return err
		}
		return seeOther(w, r, waitingPath(pl))
	}
	return ztp.NotFound("action")
}
