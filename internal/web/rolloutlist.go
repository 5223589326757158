package web

import (
	"net/http"
	"net/url"
	"time"

	"zerotouch.example/internal/ztp"
)

const rolloutsPath = "/setting-rollouts"

var rolloutKinds = map[ztp.RolloutState]string{
	ztp.RolloutProposed: "info", ztp.RolloutRunning: "busy", ztp.RolloutStopped: "err", ztp.RolloutDone: "ok", ztp.RolloutTakenBack: "off",
}

// rolloutsPage lists changes of settings that touch many phones, newest first.
type rolloutsPage struct {
	basePage
	Crumbs      []crumb
	Rows        []rolloutRow
	First, Next string
}

type rolloutRow struct {
	Whose       string
	Status      status
	Why         string
	Changes     []string
	By, MovedBy string
	At, MovedAt time.Time
	Reach       string
	Actions     []button
}

func (p *portal) rollouts(w http.ResponseWriter, r *http.Request) error {
	after := r.URL.Query().Get("after")
	list, err := p.ctl.PageRollouts(r.Context(), p.actor(r), after, pageSize)
	if err != nil {
		return err
	}
	page := rolloutsPage{basePage: p.base(r, "health", "Changes of settings"), Crumbs: []crumb{{"Health", "/health#setting-changes"}, {Title: "Changes of settings"}}}
	names := map[ztp.SettingScope]string{}
	for _, v := range list.Items {
		if names[v.Scope] == "" {
			if names[v.Scope], err = p.scopeName(r, v.Scope); err != nil {
				return err
			}
		}
		row := rolloutRow{Whose: sentenceCase(names[v.Scope]), Status: status{rolloutKinds[v.State], v.State.Title()}, Why: v.Reason, Changes: rolloutLines(v.Changes, false),
			By: v.ProposedBy, At: v.ProposedAt, MovedBy: v.MovedBy, MovedAt: v.MovedAt, Reach: sentenceCase(v.Reach(thousands))}
		if p.actor(r).MayChange() && v.State != ztp.RolloutTakenBack {
			for _, l := range rolloutLinks(v.Rollout) {
				row.Actions = append(row.Actions, button{Label: l.Title, On: "the change of " + names[v.Scope], Href: l.Href})
			}
		}
		page.Rows = append(page.Rows, row)
	}
	if after != "" {
		page.First = rolloutsPath
	}
	if list.Next != "" {
		page.Next = rolloutsPath + "?after=" + url.QueryEscape(list.Next)
	}
	return p.render(w, r, http.StatusOK, "rollouts", page)
}

// scopeName names whose settings they are.
func (p *portal) scopeName(r *http.Request, s ztp.SettingScope) (string, error) {
	if s.Platform == "" {
		return "the whole installation", nil
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), string(s.Platform))
	if err != nil || s.Account == "" {
		return "the platform " + quoted(pl.Name), err
	}
	account, err := p.ctl.Account(r.Context(), p.actor(r), string(s.Platform), string(s.Account))
	return "the account " + quoted(account.Name) + " of " + quoted(pl.Name), err
}
