package web

import (
	"net/http"
	"strings"

	"zerotouch.example/internal/ztp"
)

// tokenRow is a provisioning token of an account with who still has it.
type tokenRow struct {
	ztp.TokenUse
	Status  status
	Holders string
	// Why says what keeps it from being retired.
	Why    string
	Retire *button
}

func (p *portal) tokensOf(r *http.Request, pl ztp.Platform, acc ztp.Account) ([]tokenRow, error) {
	all, err := p.ctl.AccountTokens(r.Context(), p.actor(r), pl.Slug, acc.Slug)
	if err != nil {
		return nil, err
	}
	rows := make([]tokenRow, 0, len(all))
	for _, t := range all {
		row := tokenRow{TokenUse: t, Status: status{"ok", "Current"}, Holders: holders(t)}
		if !t.Current {
			row.Status, row.Why = status{"off", "Earlier"}, t.Needed(p.ctl.Now())
			if p.actor(r).MayChange() {
				row.Retire = &button{Label: "Retire…", On: "the token issued " + t.CreatedAt.UTC().Format(minuteLayout), Kind: "quiet", Href: retirePath(pl, acc, t.ID)}
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func retirePath(pl ztp.Platform, acc ztp.Account, id string) string {
	return accountPath(pl, acc) + "/tokens/" + id + "/retire"
}

// holders says how many phones still have the token.
func holders(t ztp.TokenUse) string {
	var parts []string
	if t.Entries > 0 {
		parts = append(parts, plural(t.Entries, "phone at the vendor", "phones at the vendor"))
	}
	if t.Profiles > 0 {
		parts = append(parts, plural(t.Profiles, "profile at the vendor", "profiles at the vendor"))
	}
	if t.Phones > 0 {
		parts = append(parts, plural(t.Phones, "phone that came by it last", "phones that came by it last"))
	}
	if len(parts) == 0 {
		return "Nobody that is known"
	}
	return strings.Join(parts, ", ")
}

// askRetire says what it means to end a token.
func (p *portal) askRetire(w http.ResponseWriter, r *http.Request) error {
	return p.retireForm(w, r, http.StatusOK, nil)
}

func (p *portal) retireForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	pl, acc, err := p.findAccount(r)
	if err != nil {
		return err
	}
	rows, err := p.tokensOf(r, pl, acc)
	if err != nil {
		return err
	}
	for _, t := range rows {
		if t.ID != r.PathValue("id") || t.Current {
			continue
		}
		at := accountPath(pl, acc)
		f := formPage{
			Heading: "Retire this provisioning token?", Platform: &pl, Submit: "Retire token", Danger: true, Action: retirePath(pl, acc, t.ID), Cancel: at,
			Crumbs: append(platformCrumbs(pl), crumb{acc.Name, at}, crumb{Title: "Retire token"}),
			Intro: "The token of the account " + quoted(acc.Name) + " that was issued on " + t.CreatedAt.UTC().Format(minuteLayout) +
				" UTC. A phone that comes by it from then on gets no settings; it can't be undone. Who still has it: " + holders(t.TokenUse) + ".",
		}
		if t.Why != "" {
			f.Fields = []field{{Name: "force", Label: "Retire it although it may be in use", Type: "checkbox", Checked: r.PostForm.Get("force") != "",
				Hint: t.Why + " A phone that still has it then needs a visit or a factory reset."}}
		}
		return p.form(w, r, code, f, e)
	}
	return ztp.NotFound("provisioning token")
}

func (p *portal) retireToken(w http.ResponseWriter, r *http.Request) error {
	ref, account := r.PathValue("p"), r.PathValue("a")
	if err := p.ctl.RetireToken(r.Context(), p.actor(r), ref, account, r.PathValue("id"), r.PostForm.Get("force") != ""); err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.retireForm(w, r, code, e) })
	}
	pl, acc, err := p.findAccount(r)
	if err != nil {
		return err
	}
	return seeOther(w, r, accountPath(pl, acc)+"#token-h")
}
