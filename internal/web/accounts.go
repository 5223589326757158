package web

import (
	"net/http"
	"net/url"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// accountsView is the accounts part of a platform's page.
type accountsView struct {
	Platform  ztp.Platform
	Items     []ztp.Account
	Next      string
	CanChange bool
}

// accountPage is one account.
type accountPage struct {
	basePage
	Platform ztp.Platform
	Account  ztp.Account
	Primary  bool
	Crumbs   []crumb
	Tokens   []tokenRow
	Fields   []field
	Problem  *message
}

// tokenPage shows a provisioning token, this once.
type tokenPage struct {
	basePage
	Platform ztp.Platform
	Account  ztp.Account
	Crumbs   []crumb
	Token    string
	// URL is where the account's phones are sent, with its token filled in; Own: each
	// puts a token of its own there.
	URL     string
	Own     bool
	Created bool
}

func (p *portal) accountsOf(r *http.Request, pl ztp.Platform) (accountsView, error) {
	page, err := p.ctl.ListAccounts(r.Context(), p.actor(r), pl.Slug, r.URL.Query().Get("accounts"), pageSize)
	if err != nil {
		return accountsView{}, err
	}
	v := accountsView{Platform: pl, Items: page.Items, CanChange: p.actor(r).MayChange()}
	if page.Next != "" {
		v.Next = "/platforms/" + pl.Slug + "?accounts=" + url.QueryEscape(page.Next) + "#accounts"
	}
	return v, nil
}

func accountPath(pl ztp.Platform, a ztp.Account) string {
	return "/platforms/" + pl.Slug + "/accounts/" + a.Slug
}

// newAccount shows the empty form.
func (p *portal) newAccount(w http.ResponseWriter, r *http.Request) error {
	return p.accountForm(w, r, http.StatusOK, url.Values{}, nil)
}

func (p *portal) accountForm(w http.ResponseWriter, r *http.Request, status int, f url.Values, e *ztp.Error) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	path := "/platforms/" + pl.Slug
	return p.form(w, r, status, formPage{
		Heading: "Add account", Crumbs: append(platformCrumbs(pl), crumb{Title: "Add account"}), Platform: &pl,
		Intro: "An account is a customer of this platform. It gets its provisioning token when you save it; the token is shown once.",
		Fields: []field{
			{Name: "name", Label: "Name", Type: "text", Value: f.Get("name"), Required: true, Max: 120, Complete: "off"},
			{Name: "slug", Label: "Slug", Hint: "a-z, 0-9 and dashes, up to 40. Left empty, it is made from the name.", Type: "text", Value: f.Get("slug"), Max: 40, Complete: "off", Mono: true},
			{Name: "external_id", Label: "External id", Hint: "Your own id of this customer, if there is one.", Type: "text", Value: f.Get("external_id"), Max: 120, Complete: "off", Mono: true},
		},
		Hidden: []hidden{{"op", ztp.NewID()}}, Action: path + "/accounts", Submit: "Add account", Cancel: path + "#accounts",
	}, e)
}

// createAccount makes one; the answer itself shows the token, since it is kept
// nowhere from where it could be shown later.
func (p *portal) createAccount(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	acc, token, created, err := p.ctl.CreateAccount(r.Context(), p.actor(r), r.PathValue("p"), control.NewAccount{
		Submission: submissionOf(r), Name: trimmed(f, "name"), Slug: trimmed(f, "slug"), ExternalID: trimmed(f, "external_id"),
	})
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.accountForm(w, r, status, f, e) })
	}
	p.forgetPlatforms()
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	if !created || token.IsZero() {
		return seeOther(w, r, accountPath(pl, acc))
	}
	return p.showToken(w, r, pl, acc, token, true)
}

// showToken is the one page that a token is ever on. It is not compressed, so
// that its length says nothing about what is on it.
func (p *portal) showToken(w http.ResponseWriter, r *http.Request, pl ztp.Platform, acc ztp.Account, token ztp.Secret, created bool) error {
	pre, err := p.ctl.Preflight(r.Context(), p.actor(r), pl.Slug, p.firstVendor(), ztp.KindOnboard)
	if err != nil {
		pre = control.Preflight{}
	}
	page := tokenPage{
		basePage: p.base(r, "platforms", "Provisioning token"), Platform: pl, Account: acc, Created: created,
		Crumbs: append(platformCrumbs(pl), crumb{acc.Name, accountPath(pl, acc)}, crumb{Title: "Provisioning token"}),
		Token:  token.RevealSecret(),
	}
	if t, err := ztp.ParseURLTemplate(pre.ProvisioningURL); err == nil {
		page.URL, page.Own = t.ForPhone().Fill(token).RevealSecret(), t.ForPhone().NamesDevice()
	}
	r.Header.Del("Accept-Encoding")
	return p.render(w, r, http.StatusOK, "token", page)
}

func (p *portal) firstVendor() ztp.VendorName {
	if vendors := p.ctl.Vendors(); len(vendors) > 0 {
		return vendors[0].Name
	}
	return ""
}

// findAccount finds what a path names.
func (p *portal) findAccount(r *http.Request) (ztp.Platform, ztp.Account, error) {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return pl, ztp.Account{}, err
	}
	acc, err := p.ctl.Account(r.Context(), p.actor(r), pl.Slug, r.PathValue("a"))
	return pl, acc, err
}

// account shows one.
func (p *portal) account(w http.ResponseWriter, r *http.Request) error {
	return p.renderAccount(w, r, http.StatusOK, nil, nil)
}

func (p *portal) renderAccount(w http.ResponseWriter, r *http.Request, status int, f url.Values, e *ztp.Error) error {
	pl, acc, err := p.findAccount(r)
	if err != nil {
		return err
	}
	if f == nil || e != nil && e.Code == ztp.CodeFormOutdated {
		f = url.Values{"name": {acc.Name}, "external_id": {acc.ExternalID}}
	}
	page := accountPage{
		basePage: p.base(r, "platforms", acc.Name), Platform: pl, Account: acc, Primary: pl.Primary == acc.ID,
		Crumbs: append(platformCrumbs(pl), crumb{Title: acc.Name}),
		Fields: []field{
			{Name: "name", Label: "Name", Type: "text", Value: f.Get("name"), Required: true, Max: 120, Complete: "off"},
			{Name: "external_id", Label: "External id", Hint: "Your own id of this customer, if there is one.", Type: "text", Value: f.Get("external_id"), Max: 120, Complete: "off", Mono: true},
		},
	}
	if page.Tokens, err = p.tokensOf(r, pl, acc); err != nil {
		return err
	}
	if e != nil {
		page.Title = "Error: " + page.Title
		page.Problem = formProblem(e, withErrors(page.Fields, e), p.vendorTitle(p.firstVendor()))
	}
	return p.render(w, r, status, "account", page)
}

func (p *portal) vendorTitle(name ztp.VendorName) string {
	info, err := p.ctl.Vendor(name)
	if err != nil {
		return ""
	}
	return info.Title
}

// renameAccount writes name and external id.
func (p *portal) renameAccount(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	name, external := trimmed(f, "name"), trimmed(f, "external_id")
	acc, err := p.ctl.UpdateAccount(r.Context(), p.actor(r), r.PathValue("p"), r.PathValue("a"),
		control.AccountPatch{Name: &name, ExternalID: &external, Version: number(f.Get("version"))})
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.renderAccount(w, r, status, f, e) })
	}
	return seeOther(w, r, "/platforms/"+r.PathValue("p")+"/accounts/"+acc.Slug)
}

// accountActions are what can be done to an account, as they stand in addresses.
var accountActions = map[string]func(pl ztp.Platform, acc ztp.Account) formPage{
	"token":   tokenForm,
	"primary": primaryForm,
	"remove":  removeAccountForm,
}

func tokenForm(_ ztp.Platform, acc ztp.Account) formPage {
	f := formPage{Heading: "Issue a provisioning token?", Submit: "Issue token",
		Intro: "Makes a provisioning token for this account and shows it once."}
	if acc.HasToken() {
		f.Heading, f.Submit = "Issue a new provisioning token?", "Issue new token"
		f.Intro = "Makes a new token and shows it once. Phones that carry an earlier one are still served. " +
			"Where this is the primary account, the row then offers to update the address at the vendor."
	}
	return f
}

func primaryForm(pl ztp.Platform, acc ztp.Account) formPage {
	return formPage{Heading: "Make this the primary account?", Submit: "Make primary",
		Intro: "The profile at the vendor carries the primary account's address, as a fallback for phones without one of their own. " +
			quoted(acc.Name) + " becomes the primary account of " + quoted(pl.Name) + "; the row then offers to update the address at the vendor."}
}

func removeAccountForm(_ ztp.Platform, _ ztp.Account) formPage {
	return formPage{Heading: "Remove account?", Submit: "Remove account", Danger: true,
		Intro: "Its tokens stop working: a phone that carries one gets no settings any more. It is refused while a phone is registered on it. It can't be undone."}
}

func (p *portal) confirmAccount(w http.ResponseWriter, r *http.Request) error {
	return p.accountAction(w, r, http.StatusOK, nil)
}

func (p *portal) accountAction(w http.ResponseWriter, r *http.Request, status int, e *ztp.Error) error {
	describe, ok := accountActions[r.PathValue("action")]
	if !ok {
		return ztp.NotFound("page")
	}
	pl, acc, err := p.findAccount(r)
	if err != nil {
		return err
	}
	f := describe(pl, acc)
	f.Platform, f.Action, f.Cancel = &pl, accountPath(pl, acc)+"/"+r.PathValue("action"), accountPath(pl, acc)
	f.Crumbs = append(platformCrumbs(pl), crumb{acc.Name, accountPath(pl, acc)}, crumb{Title: f.Submit})
	f.Hidden = []hidden{{"op", ztp.NewID()}, {"token_id", acc.TokenID}, {"version", version(acc.Version)}}
	return p.form(w, r, status, f, e)
}

// changeAccount carries out what was confirmed.
func (p *portal) changeAccount(w http.ResponseWriter, r *http.Request) error {
	if _, ok := accountActions[r.PathValue("action")]; !ok {
		return ztp.NotFound("action")
	}
	pl, acc, err := p.findAccount(r)
	if err != nil {
		return err
	}
	var token ztp.Secret
	switch r.PathValue("action") {
	case "token":
		acc, token, err = p.issueToken(r, pl, acc)
	case "primary":
		_, err = p.ctl.UpdateAccount(r.Context(), p.actor(r), pl.Slug, acc.Slug, control.AccountPatch{Primary: true})
	default:
		err = p.ctl.DeleteAccount(r.Context(), p.actor(r), pl.Slug, acc.Slug)
	}
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.accountAction(w, r, status, e) })
	}
	p.forgetPlatforms()
	if !token.IsZero() {
		return p.showToken(w, r, pl, acc, token, false)
	}
	return seeOther(w, r, "/platforms/"+pl.Slug+"#accounts")
}

// issueToken makes a new one, unless the form was filled in before the present
// one was made. A reload shows the same one again.
func (p *portal) issueToken(r *http.Request, pl ztp.Platform, acc ztp.Account) (ztp.Account, ztp.Secret, error) {
	replaces := r.PostForm.Get("token_id")
	return p.ctl.IssueToken(r.Context(), p.actor(r), pl.Slug, acc.Slug, control.NewToken{Submission: submissionOf(r), Replaces: &replaces})
}
