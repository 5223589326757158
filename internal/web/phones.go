package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// phonesView is the phones part of a platform's page.
type phonesView struct {
	Platform ztp.Platform
	Query    phoneQuery
	Filters  []field
	Rows     []phoneRow
	Total    int
	Range    string
	First    string
	Next     string
	Poll     string
	Head     phonesHead
	// CanPick: rows can be ticked, and the same asked for of all that are.
	CanPick bool
	// Many leads to the open operation for many phones, zero without one.
	Many NavLink
	// Filtered: an empty list then means that nothing matches, or nothing yet: there may be
	// Next all the same.
	Filtered bool
	Columns  []column
}

// phoneRow is one phone in the list.
type phoneRow struct {
	Endpoint ztp.Endpoint
	Account  string
	Status   status
	Note     string
	Href     string
	// Waits is why it gets holding settings, nil when it does not; Way is what helps.
	Waits *status
	Way   NavLink
}

// phoneQuery is what the address of the list asks for.
type phoneQuery struct {
	Text, State, Account, Model, Sort, After string
}

func phoneQueryOf(q url.Values) phoneQuery {
	p := phoneQuery{Text: clip(strings.TrimSpace(q.Get("q")), 120), State: q.Get("state"), Account: q.Get("account"), Model: clip(q.Get("model"), 120), Sort: q.Get("sort"), After: q.Get("after")}
	if !slices.Contains(ztp.EndpointSorts, ztp.EndpointSort(p.Sort)) || p.Sort == string(ztp.SortMAC) {
		p.Sort = ""
	}
	return p
}

// stateFound is not a state: phones taken over with an address that is not ours.
const stateFound = "found"

// find is the query without the account, which needs looking up.
func (q phoneQuery) find() ztp.EndpointQuery {
	f := ztp.EndpointQuery{State: ztp.EndpointState(q.State), Held: q.State == "", Model: q.Model, Text: q.Text, Sort: ztp.EndpointSort(q.Sort), Cursor: q.After, Limit: pageSize}
	if q.State == stateFound {
		f.State, f.Held, f.Found = "", true, true
	}
	return f
}

// sortedBy are the columns that the list is sorted by, with what a first press asks for.
var sortedBy = []struct{ title, key, first string }{
	{"MAC address", "mac", "mac"}, {"Name", "name", "name"}, {title: "Product group"}, {title: "Account"}, {"Zero Touch", "state", "state"}, {"Last fetched settings", "fetched", "-fetched"},
}

// columns are the heads of the list. What a search finds in a long list has an order of
// its own.
func (q phoneQuery) columns(path string, total int) (all []column) {
	now := cmp.Or(q.Sort, "mac")
	for _, by := range sortedBy {
		c := column{Title: by.title, Key: by.key}
		if by.key != "" && (q.Text == "" || total <= longList) {
			switch to := by.first; now {
			case by.key:
				c.Sort, to = "ascending", "-"+by.key
				fallthrough
			default:
				c.Href = q.sorted(to).href(path, "") + "#phones"
			case "-" + by.key:
				c.Sort, c.Href = "descending", q.sorted(by.key).href(path, "")+"#phones"
			}
		}
		all = append(all, c)
	}
	return all
}

// longList is how many phones are sorted whatever is searched for.
const longList = 1000

func (q phoneQuery) sorted(by string) phoneQuery {
	if q.Sort = by; by == "mac" {
		q.Sort = ""
	}
	return q
}

// href is the address of the list on the platform's page (or of its part for
// polling), from another place in the list.
func (q phoneQuery) href(path, after string) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.Text, "state": q.State, "account": q.Account, "model": q.Model, "sort": q.Sort, "after": after} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// phoneKinds are the glyphs of phones' states.
var phoneKinds = map[ztp.EndpointState]string{
	ztp.EndpointWanted: "busy", ztp.EndpointListed: "ok", ztp.EndpointPaused: "off", ztp.EndpointFailed: "err", ztp.EndpointReleased: "off",
}

// phoneStatus is what a phone's row says. A wish that the vendor has not yet
// confirmed shows as being on its way.
func phoneStatus(e ztp.Endpoint, vendor string) status {
	s := status{phoneKinds[e.State], e.Title()}
	switch {
	case e.State == ztp.EndpointWanted:
		s.Text += " for " + vendor
	case e.State != ztp.EndpointReleased && s.Text != e.State.Title():
		s.Kind = "busy"
	}
	return s
}

// phonesOf reads one page of the platform's phones.
func (p *portal) phonesOf(r *http.Request, view control.PlatformView) (phonesView, error) {
	accounts, err := p.allAccounts(r, view.Platform)
	if err != nil {
		return phonesView{}, err
	}
	q := phoneQueryOf(r.URL.Query())
	v := phonesView{Platform: view.Platform, Query: q, Total: total(view.Endpoints)}
	v.Filtered = q != phoneQuery{After: q.After, Sort: q.Sort}
	v.Columns = q.columns("/platforms/"+view.Slug, v.Total)
	find := q.find()
	names := map[ztp.AccountID]string{}
	for _, a := range accounts {
		names[a.ID] = a.Name
		if a.Slug == q.Account {
			find.Account = a.ID
		}
	}
	page, err := p.ctl.ListEndpoints(r.Context(), p.actor(r), view.Slug, find)
	if err != nil {
		return phonesView{}, err
	}
	waiting, err := p.ctl.WaitingOf(r.Context(), p.actor(r), page.Items)
	if err != nil {
		return phonesView{}, err
	}
	for i, e := range page.Items {
		v.Rows = append(v.Rows, p.phoneRow(r, view.Platform, e, names[e.Account], waiting[i]))
	}
	if err := p.offerFilters(r, &v, view, accounts); err != nil {
		return phonesView{}, err
	}
	v.CanPick = len(v.Rows) > 0 && p.actor(r).MayChange() && ztp.EndpointState(q.State) != ztp.EndpointReleased
	if v.Many, err = p.openMany(r, view.Platform); err != nil {
		return phonesView{}, err
	}
	v.links(page.Next)
	for _, l := range view.Links {
		if l.Info.Name == p.firstVendor() {
			v.Head = p.phonesHead(r, view.Platform, l)
		}
	}
	return v, nil
}

// offerFilters offers them where there is something to look for: released phones are
// history that can be looked up.
func (p *portal) offerFilters(r *http.Request, v *phonesView, view control.PlatformView, accounts []ztp.Account) error {
	if !v.Filtered && v.Total == 0 {
		history, err := p.ctl.ListEndpoints(r.Context(), p.actor(r), view.Slug, ztp.EndpointQuery{State: ztp.EndpointReleased, Limit: 1})
		if err != nil || len(history.Items) == 0 {
			return err
		}
	}
	models, err := p.ctl.ListModels(r.Context(), p.actor(r), view.ID, modelsOffered)
	if err != nil {
		return err
	}
	v.Filters = phoneFilters(v.Query, accounts, models)
	return nil
}

func total(c ztp.EndpointCounts) int { return c.Wanted + c.Listed + c.Paused + c.Failed }

func (p *portal) phoneRow(r *http.Request, pl ztp.Platform, e ztp.Endpoint, account string, k ztp.Contact) phoneRow {
	title := p.vendorTitle(e.Vendor)
	row := phoneRow{Endpoint: e, Account: account, Status: phoneStatus(e, title), Href: phonePath(pl, e.MAC)}
	if e.Error != nil {
		row.Note = e.Error.Err().Entry(title).Title
	}
	row.Waits, row.Way = p.waits(r, pl, e, k)
	return row
}

func phonePath(pl ztp.Platform, mac ztp.MAC) string {
	return "/platforms/" + pl.Slug + "/phones/" + strings.ToLower(mac.Bare())
}

// links fills in where paging and polling lead.
func (v *phonesView) links(next string) {
	path := "/platforms/" + v.Platform.Slug
	if v.Query.After != "" {
		v.First = v.Query.href(path, "") + "#phones"
	}
	if next != "" {
		v.Next = v.Query.href(path, next) + "#phones"
	}
	switch {
	case len(v.Rows) == 0:
		v.Range = "No phones"
	case v.First == "" && v.Next == "" && !v.Filtered:
		v.Range = plural(len(v.Rows), "phone", "phones")
	default:
		v.Range = plural(len(v.Rows), "phone", "phones") + " on this page"
		if !v.Filtered {
			v.Range += ", of " + thousands(v.Total)
		}
	}
	v.Poll = withParam(v.Query.href(path+"/phones", v.Query.After), pollParam, v.version())
}

// version is a digest of what the list shows and time doesn't change.
func (v *phonesView) version() string {
	h := sha256.New()
	for _, row := range v.Rows {
		h.Write([]byte(row.Endpoint.MAC.Bare() + "\x00" + row.Status.Text + "\x00" + row.Note + "\x00" + row.waits() + "\x00" + row.Account + "\x00" +
			row.Endpoint.Name + "\x00" + row.Endpoint.Serial + "\x00" + row.Endpoint.Model + "\x00" + row.Endpoint.FetchedAt.String() + "\x00"))
	}
	h.Write([]byte(thousands(v.Total) + "\x00" + v.Many.Title))
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// allAccounts returns the accounts that a choice offers. A platform with more
// than a thousand is served by the API; a list of choices would help nobody.
func (p *portal) allAccounts(r *http.Request, pl ztp.Platform) ([]ztp.Account, error) {
	var all []ztp.Account
	for cursor := ""; ; {
		page, err := p.ctl.ListAccounts(r.Context(), p.actor(r), pl.Slug, cursor, 200)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" || len(all) >= 1000 {
			return all, nil
		}
	}
}

// modelsOffered is how many models a choice offers; others are searched for.
const modelsOffered = 100

func phoneFilters(q phoneQuery, accounts []ztp.Account, models []string) []field {
	state := field{Name: "state", Label: "State", Type: "select", Options: []option{{Label: "All but released"}}}
	for _, s := range ztp.EndpointStates {
		state.Options = append(state.Options, option{Value: string(s), Label: s.Title(), Selected: string(s) == q.State})
	}
	state.Options = append(state.Options, option{Value: stateFound, Label: "Address is not ours", Selected: q.State == stateFound})
	order := field{Name: "sort", Label: "Order", Type: "select"}
	for _, o := range []option{{Label: "MAC address"}, {Value: "name", Label: "Name"}, {Value: "state", Label: "State"}, {Value: "-fetched", Label: "Last fetched first"}, {Value: "fetched", Label: "Never fetched first"}} {
		o.Selected = o.Value == q.Sort
		order.Options = append(order.Options, o)
	}
	account := field{Name: "account", Label: "Account", Type: "select", Options: []option{{Label: "Any account"}}}
	for _, a := range accounts {
		account.Options = append(account.Options, option{Value: a.Slug, Label: a.Name, Selected: a.Slug == q.Account})
	}
	fields := []field{{Name: "q", Label: "MAC address, name, model or serial", Type: "search", Value: q.Text, Max: 120, Complete: "off"}, state, account}
	if len(models) > 1 || q.Model != "" {
		fields = append(fields, modelFilter(q.Model, models))
	}
	return append(fields, order)
}

// modelFilter offers the one that is chosen even when there are no such phones any more.
func modelFilter(chosen string, models []string) field {
	f := field{Name: "model", Label: "Model", Type: "select", Options: []option{{Label: "Any model"}}}
	if chosen != "" && !slices.Contains(models, chosen) {
		models = append([]string{chosen}, models...)
	}
	for _, m := range models {
		f.Options = append(f.Options, option{Value: m, Label: m, Selected: m == chosen})
	}
	return f
}

// phoneList is the list alone, for polling; whole pages are the platform's.
func (p *portal) phoneList(w http.ResponseWriter, r *http.Request) error {
	path := "/platforms/" + url.PathEscape(r.PathValue("p"))
	if !isFragment(r) {
		return seeOther(w, r, phoneQueryOf(r.URL.Query()).href(path, r.URL.Query().Get("after"))+"#phones")
	}
	view, err := p.ctl.PlatformView(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	v, err := p.phonesOf(r, view)
	if err != nil {
		return err
	}
	if IsPoll(r) && r.URL.Query().Get(pollParam) == v.version() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return p.renderBlock(w, r, http.StatusOK, "platform", "phone-list", v)
}
