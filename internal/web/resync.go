package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func resyncPath(id ztp.ResyncID) string { return "/resyncs/" + string(id) }

// lookOff says why Look again is off: what can't end well is not offered. It is "" where it is on.
func (p *portal) lookOff() string {
	if p.ctl.SIPProxy() != "" {
		return ""
	}
	return "Look again is off. " + ztp.NoSIPProxy()
}

// resyncTimes are over which phones can be told, in seconds.
var resyncTimes = []struct{ value, label string }{
	{"0", "As fast as may be: 50 phones a second"}, {"600", "10 minutes"}, {"1800", "30 minutes"}, {"3600", "1 hour"}, {"7200", "2 hours"}, {"14400", "4 hours"},
	{"28800", "8 hours"}, {"86400", "24 hours"},
}

var resyncKinds = map[ztp.ResyncState]string{ztp.ResyncRunning: "busy", ztp.ResyncDone: "ok", ztp.ResyncCancelled: "off"}

var resyncItemKinds = map[ztp.ResyncItemState]string{
	ztp.ResyncItemQueued: "off", ztp.ResyncItemSending: "busy", ztp.ResyncItemTold: "ok", ztp.ResyncItemCame: "ok", ztp.ResyncItemNotRegistered: "warn",
	ztp.ResyncItemNoAnswer: "warn", ztp.ResyncItemRefused: "err", ztp.ResyncItemUnsent: "err", ztp.ResyncItemLeftOut: "off", ztp.ResyncItemCancelled: "off",
}

func resyncItemStatus(s ztp.ResyncItemState) status { return status{resyncItemKinds[s], s.Title()} }

// askResync asks which phones are to be told, over which time, and says for how many that
// would be.
func (p *portal) askResync(w http.ResponseWriter, r *http.Request) error {
	return p.resyncForm(w, r, http.StatusOK, r.URL.Query(), nil)
}

func (p *portal) resyncForm(w http.ResponseWriter, r *http.Request, code int, f url.Values, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	page := resyncPage(pl)
	if p.ctl.SIPProxy() == "" {
		missing := ztp.Lookup(ztp.CodeSIPProxyMissing)
		page.Instead = &message{Kind: "info", Level: 2, Title: missing.Title, Paras: []string{missing.Unchanged}, Steps: []string{missing.Remedy}}
		return p.form(w, r, code, page, nil)
	}
	request, err := resyncRequest(f)
	if err != nil {
		return err
	}
	for _, m := range request.MACs {
		page.Hidden = append(page.Hidden, hidden{"mac", m.String()})
	}
	if len(request.MACs) == 1 {
		page.Heading, page.Cancel = "Tell this phone to look again", phonePath(pl, request.MACs[0])
		page.Crumbs = append(platformCrumbs(pl), crumb{request.MACs[0].String(), page.Cancel}, crumb{Title: "Look again"})
	}
	if page.Will, page.Wont, err = p.resyncOutlook(r, pl, request); err != nil && e == nil {
		return err
	}
	if page.Will == nil && err == nil && e == nil { // there is nothing to press for
		page.Instead = &message{Kind: "info", Level: 2, Title: "None of these phones can be told"}
		for _, left := range page.Wont {
			page.Instead.Paras = append(page.Instead.Paras, strings.TrimPrefix(left, "Reach "))
		}
		if request.Account != "" {
			page.Instead.Buttons = []button{{Label: "Phones of all accounts", Href: page.Action}}
		}
		return p.form(w, r, code, page, nil)
	}
	if page.Fields, err = p.resyncFields(r, pl, request, f); err != nil {
		return err
	}
	return p.form(w, r, code, page, e)
}

// resyncPage is the form without what it asks.
func resyncPage(pl ztp.Platform) formPage {
	at := "/platforms/" + pl.Slug
	return formPage{
		Heading: "Tell phones to look again", Crumbs: append(platformCrumbs(pl), crumb{Title: "Look again"}), Platform: &pl,
		Action: at + "/resync", Submit: "Tell them", Cancel: at + "#phones", Hidden: []hidden{{"op", ztp.NewID()}},
		Intro: "Each phone is told by SIP, at a time of its own, to look for its settings. One that has come by itself before that is not told.",
	}
}

// resyncRequest reads the form; a form that was made up is refused.
func resyncRequest(f url.Values) (control.ResyncRequest, error) {
	r := control.ResyncRequest{Account: clip(f.Get("account"), 40), Reboot: f.Get("reboot") == "yes"}
	for _, text := range f["mac"] {
		mac, err := ztp.ParseMAC(text)
		if err != nil {
			return r, err
		}
		r.MACs = append(r.MACs, mac)
	}
	if within := f.Get("within_seconds"); within != "" {
		seconds, err := strconv.Atoi(within)
		if err != nil || !slices.ContainsFunc(resyncTimes, func(t struct{ value, label string }) bool { return t.value == within }) {
			return r, ztp.Invalid("within_seconds", "Choose one of the times.")
		}
		r.Within = time.Duration(seconds) * time.Second
	}
	return r, nil
}

func (p *portal) resyncFields(r *http.Request, pl ztp.Platform, request control.ResyncRequest, f url.Values) (fields []field, err error) {
	if len(request.MACs) == 0 {
		accounts, err := p.allAccounts(r, pl)
		if err != nil {
			return nil, err
		}
		whose := field{Name: "account", Label: "Phones of", Hint: "What stands above is for those that were chosen when this page was opened.", Type: "select", Options: []option{{Label: "All accounts"}}}
		for _, a := range accounts {
			whose.Options = append(whose.Options, option{Value: a.Slug, Label: a.Name, Selected: a.Slug == request.Account})
		}
		fields = append(fields, whose)
	}
	if len(request.MACs) != 1 {
		within := field{Name: "within_seconds", Label: "Spread over", Hint: "So that they do not all come for their settings at once.", Type: "select"}
		for _, t := range resyncTimes {
			chosen := f.Get("within_seconds")
			within.Options = append(within.Options, option{Value: t.value, Label: t.label, Selected: t.value == chosen || chosen == "" && t.value == "1800"})
		}
		fields = append(fields, within)
	}
	return append(fields, field{Name: "reboot", Label: "Restart", Hint: "A restart ends calls.", Type: "select", Options: []option{
		{Value: "no", Label: "Only where a changed setting needs it"}, {Value: "yes", Label: "Restart every phone", Selected: request.Reboot},
	}}), nil
}

func resyncWill(plan control.ResyncPlan) []string {
	return []string{"Tell " + plural(plan.Tally.Phones(), "phone", "phones") + " to look for settings"}
}

// resyncLooked is for how many phones the form says exactly who can be told.
const resyncLooked = ztp.ResyncPart

// resyncOutlook is what the request would do. Of very many phones each would have to be looked
// at whenever the form is opened; that waits for when it is begun.
func (p *portal) resyncOutlook(r *http.Request, pl ztp.Platform, request control.ResyncRequest) (will, wont []string, err error) {
	n, err := p.ctl.CountResync(r.Context(), p.actor(r), pl.Slug, request)
	if err != nil {
		return nil, nil, err
	}
	if n > resyncLooked {
		return []string{"Tell up to " + plural(n, "phone", "phones") + " to look for settings"},
			[]string{"Reach those of them that are not in service or have no SIP line. They are counted when it begins"}, nil
	}
	plan, err := p.ctl.PlanResync(r.Context(), p.actor(r), pl.Slug, request)
	if err != nil {
		return nil, nil, err
	}
	if plan.Tally.Phones() == 0 {
		return nil, resyncWont(plan), nil
	}
	return resyncWill(plan), resyncWont(plan), nil
}

// resyncWont counts who is left out, and why.
func resyncWont(plan control.ResyncPlan) (wont []string) {
	for _, l := range ztp.ResyncLefts {
		if n := plan.Left[l]; n > 0 {
			wont = append(wont, "Reach "+plural(n, "phone", "phones")+". "+l.Says())
		}
	}
	return wont
}

// beginResync begins it, and goes to its page.
func (p *portal) beginResync(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return ztp.Invalid("mac", "The form can't be read.")
	}
	request, err := resyncRequest(r.PostForm)
	if err == nil || !p.actor(r).MayChange() {
		request.Submission = submissionOf(r)
		var made ztp.Resync
		if made, err = p.ctl.BeginResync(r.Context(), p.actor(r), r.PathValue("p"), request); err == nil {
			return seeOther(w, r, resyncPath(made.ID))
		}
	}
	return again(err, func(status int, e *ztp.Error) error { return p.resyncForm(w, r, status, r.PostForm, e) })
}

// resync shows how far one is; an open page asks for it again.
func (p *portal) resync(w http.ResponseWriter, r *http.Request) error {
	one, err := p.ctl.Resync(r.Context(), p.actor(r), ztp.ResyncID(r.PathValue("id")))
	if err != nil {
		return err
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), string(one.Platform))
	if err != nil {
		return err
	}
	version := resyncVersion(one)
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	view, err := p.resyncView(r, one, pl, version)
	if err != nil {
		return err
	}
	if isFragment(r) {
		return p.renderBlock(w, r, http.StatusOK, "many", "many-view", view)
	}
	return p.render(w, r, http.StatusOK, "many", manyPage{
		basePage: p.base(r, "platforms", view.Title), View: view, Crumbs: append(platformCrumbs(pl), crumb{Title: view.Title}),
	})
}

// resyncVersion changes with everything that the page shows.
func resyncVersion(r ztp.Resync) string {
	v := string(r.State) + strconv.Itoa(len(r.Trouble))
	for _, s := range ztp.ResyncItemStates {
		v += "-" + strconv.Itoa(r.Tally[s])
	}
	return v
}

func (p *portal) resyncView(r *http.Request, one ztp.Resync, pl ztp.Platform, version string) (manyView, error) {
	q := r.URL.Query()
	state, after := ztp.ResyncItemState(q.Get("state")), q.Get("after")
	v := manyView{Title: "Phones told to look again", Status: status{resyncKinds[one.State], one.State.Title()}, Total: one.Tally.Phones(), Shown: "All phones"}
	v.Ended = v.Total - one.Tally.Open()
	v.Say = v.Title + ": " + strings.ToLower(v.Status.Text) + ", " + thousands(v.Ended) + " of " + thousands(v.Total)
	v.Facts = resyncFacts(one)
	for _, s := range ztp.ResyncItemStates {
		if one.Tally[s] > 0 {
			v.Tally = append(v.Tally, tallyItem{resyncItemStatus(s), one.Tally[s], resyncPath(one.ID) + "?state=" + string(s)})
		}
		if s == state {
			v.Shown = s.Title()
		}
	}
	switch {
	case one.State == ztp.ResyncCancelled && one.Trouble != "":
		v.Message = &message{Kind: "warn", Level: 2, Title: "Not begun", Paras: []string{one.Trouble}}
	case one.Trouble != "":
		v.Message = &message{Kind: "warn", Level: 2, Title: "Phones can't be told now", Paras: []string{one.Trouble, "It is tried again by itself; no phone is lost by that."}}
	}
	if one.State == ztp.ResyncRunning && p.actor(r).MayChange() {
		v.Actions = []button{{Label: "Cancel…", Kind: "quiet", Href: resyncPath(one.ID) + "/cancel"}}
	}
	v.Poll = withParam(resyncPart(one.ID, state, after), pollParam, version)
	page, err := p.ctl.ResyncItems(r.Context(), p.actor(r), ztp.ResyncItemQuery{Resync: one.ID, State: state, Cursor: after, Limit: itemsShown})
	if err != nil {
		return v, err
	}
	for _, i := range page.Items {
		v.Items = append(v.Items, resyncRow(pl, i))
	}
	if after != "" {
		v.First = resyncPart(one.ID, state, "")
	}
	if page.Next != "" {
		v.Next = resyncPart(one.ID, state, page.Next)
	}
	return v, nil
}

// resyncPart is the address of a part of its phones.
func resyncPart(id ztp.ResyncID, state ztp.ResyncItemState, after string) string {
	at := resyncPath(id)
	if state != "" {
		at = withParam(at, "state", string(state))
	}
	if after != "" {
		at = withParam(at, "after", after)
	}
	return at
}

func resyncFacts(one ztp.Resync) []fact {
	restart := "Only where a changed setting needs it"
	if one.Reboot {
		restart = "Every phone"
	}
	facts := []fact{
		{Term: "Begun", At: one.CreatedAt, Sub: "by " + one.CreatedBy}, {Term: "Spread", Text: sentenceCase(ztp.SpreadText(one.Spread))},
		{Term: "Last phone's turn", At: one.EndsAt}, {Term: "Restart", Text: restart},
	}
	if !one.FinishedAt.IsZero() {
		end := fact{Term: "Ended", At: one.FinishedAt}
		if one.FinishedBy != "" {
			end.Sub = "by " + one.FinishedBy
		}
		facts = append(facts, end)
	}
	return facts
}

func resyncRow(pl ztp.Platform, i ztp.ResyncItem) manyRow {
	row := manyRow{MAC: i.MAC.String(), Href: phonePath(pl, i.MAC), Status: resyncItemStatus(i.State), Note: resyncNote(i), At: i.DueAt}
	if !i.EndedAt.IsZero() {
		row.At = i.EndedAt
	}
	return row
}

// resyncNote is what was answered, or what was in the way.
func resyncNote(i ztp.ResyncItem) string {
	switch {
	case i.LeftOut != "":
		return i.LeftOut.Says()
	case i.Note != "":
		return i.Note
	case i.Status != 0:
		return fmt.Sprintf("SIP %d from %s", i.Status, i.Target)
	}
	return i.Target
}

// askCancelResync asks before one is cancelled.
func (p *portal) askCancelResync(w http.ResponseWriter, r *http.Request) error {
	return p.confirmCancelResync(w, r, http.StatusOK, nil)
}

func (p *portal) confirmCancelResync(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	one, err := p.ctl.Resync(r.Context(), p.actor(r), ztp.ResyncID(r.PathValue("id")))
	if err != nil {
		return err
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), string(one.Platform))
	if err != nil {
		return err
	}
	v := confirmView{
		ID: "ask-resync", Platform: pl, Title: "Cancel this?", Confirm: "Cancel the rest", Danger: true, Blocked: one.State != ztp.ResyncRunning,
		Cancel: resyncPath(one.ID), Action: resyncPath(one.ID) + "/cancel",
	}
	v.Will = []string{"Leave " + plural(one.Tally[ztp.ResyncItemQueued], "phone", "phones") + " untold: they come for their settings at their usual time"}
	v.Wont = []string{"Undo anything of those that were told"}
	return p.askMany(w, r, code, v, e)
}

func (p *portal) cancelResync(w http.ResponseWriter, r *http.Request) error {
	one, err := p.ctl.CancelResync(r.Context(), p.actor(r), ztp.ResyncID(r.PathValue("id")))
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.confirmCancelResync(w, r, status, e) })
	}
	return seeOther(w, r, resyncPath(one.ID))
}

// openResync leads to the platform's newest resync while it is under way; zero without one.
func (p *portal) openResync(r *http.Request, pl ztp.Platform) (NavLink, error) {
	page, err := p.ctl.ListResyncs(r.Context(), p.actor(r), pl.Slug, ztp.ResyncQuery{Limit: 1})
	if err != nil || len(page.Items) == 0 || page.Items[0].State != ztp.ResyncRunning {
		return NavLink{}, err
	}
	one := page.Items[0]
	total := one.Tally.Phones()
	return NavLink{"Phones told to look again: " + thousands(total-one.Tally.Open()) + " of " + thousands(total), resyncPath(one.ID)}, nil
}
