package web

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// syncPage compares the phones of a link with the vendor's list.
type syncPage struct {
	basePage
	Crumbs   []crumb
	Platform ztp.Platform
	Sync     syncCard
}

// syncCard is the part of the page that changes by itself.
type syncCard struct {
	Vendor  string
	Compare button
	// Run says what is under way, or why the sync was not begun.
	Run *message
	// At is when the last complete sync ended, zero before the first.
	At      time.Time
	By      string
	Summary string
	// Note says what is known of where missing phones are.
	Note  string
	Facts []reportFact
	Rows  []driftRow
	// Actions are for all phones of the class that is shown.
	Actions     []button
	First, Next string
	Filtered    bool
	Clear       string
	Poll        string
}

// driftRow is one phone that differs.
type driftRow struct {
	MAC     string
	Href    string
	Status  status
	What    string
	Name    string
	Account string
	Actions []button
}

func syncPath(p ztp.Platform, v ztp.VendorName) string { return rowPath(p, v) + "/sync" }

// sync shows how the phones compare. No vendor is called.
func (p *portal) sync(w http.ResponseWriter, r *http.Request) error {
	return p.showSync(w, r, http.StatusOK, nil)
}

func (p *portal) showSync(w http.ResponseWriter, r *http.Request, code int, refused *ztp.Error) error {
	view, err := p.ctl.PhoneSync(r.Context(), p.actor(r), r.PathValue("p"), ztp.VendorName(r.PathValue("vendor")))
	if err != nil {
		return err
	}
	class, _ := ztp.ParseDriftClass(r.URL.Query().Get("class"))
	after := r.URL.Query().Get("after")
	version := syncVersion(view)
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	card, err := p.syncCard(r, view, class, after)
	if err != nil {
		return err
	}
	card.Poll = syncHref(view, class, after, version)
	if refused != nil {
		words, paras, entry := problemText(ztp.ProblemOf(refused, p.cfg.Now(), p.cfg.RequestID(r.Context())), view.Info.Title)
		card.Run = &message{Kind: "err", Title: "The sync was not begun: " + words, Level: 2, Paras: paras, Steps: []string{entry.Remedy}, Fresh: true}
	}
	if IsPoll(r) || isFragment(r) && r.Method == http.MethodPost {
		return p.renderBlock(w, r, code, "sync", "sync-card", card)
	}
	title := "Phones at " + view.Info.Title
	return p.render(w, r, code, "sync", syncPage{
		basePage: p.base(r, "platforms", title), Crumbs: append(platformCrumbs(view.Of), crumb{Title: title}), Platform: view.Of, Sync: card,
	})
}

// syncVersion changes whenever the card does.
func syncVersion(v control.SyncView) string {
	s := fmt.Sprintf("%d-%d-%d", v.CompleteAt.UnixMilli(), v.Findings(), v.Counts[ztp.DriftMoved])
	if v.Failed != nil {
		s += "-" + string(v.Failed.ID)
	}
	if v.Running != nil {
		s += fmt.Sprintf("-%s-%d", v.Running.ID, v.Running.UpdatedAt.UnixMilli())
	}
	return s
}

func syncHref(v control.SyncView, class ztp.DriftClass, after, version string) string {
	q := url.Values{}
	for name, value := range map[string]string{"class": string(class), "after": after, pollParam: version} {
		if value != "" {
			q.Set(name, value)
		}
	}
	base := syncPath(v.Of, v.Info.Name)
	if len(q) == 0 {
		return base
	}
	return base + "?" + q.Encode()
}

func (p *portal) syncCard(r *http.Request, view control.SyncView, class ztp.DriftClass, after string) (syncCard, error) {
	mayChange := p.actor(r).MayChange()
	c := syncCard{Vendor: view.Info.Title, At: view.CompleteAt, By: whoDid(view.By), Filtered: class != "", Clear: syncHref(view, "", "", "")}
	c.Run = syncRun(view)
	if mayChange {
		c.Compare = button{ID: "sync", Label: "Compare now", Kind: "act", Post: syncHref(view, "", "", ""), Row: "sync-card", Disabled: view.Running != nil, Busy: view.Running != nil}
	}
	if view.Operation == "" {
		return c, nil
	}
	c.Summary = plural(view.Phones, "phone", "phones") + " at " + c.Vendor + "; " + thousands(view.Matching) + " match."
	if view.LeftOut > 0 {
		c.Summary += " " + thousands(view.LeftOut) + " were being changed, or are not confirmed yet, and were not judged."
	}
	for _, k := range ztp.DriftClasses {
		kind := "warn"
		if view.Counts[k] == 0 {
			kind = "off" // nothing to warn of
		}
		c.Facts = append(c.Facts, reportFact{Status: status{kind, k.Title()}, N: view.Counts[k], Href: syncHref(view, k, "", "")})
	}
	if view.Counts[ztp.DriftMissing] > 0 {
		n, err := p.ctl.NotComparedSince(r.Context(), view)
		if err != nil {
			return c, err
		}
		c.Note = missingNote(n, c.Vendor)
	}
	page, err := p.ctl.Drifts(r.Context(), p.actor(r), view.Of.Slug, view.Info.Name, class, after, pageSize)
	if err != nil {
		return c, err
	}
	for _, d := range page.Items {
		c.Rows = append(c.Rows, p.driftRow(r, view, d, mayChange && view.Running == nil))
	}
	if mayChange && class != "" && view.Counts[class] > 0 && view.Running == nil {
		for _, verb := range ztp.DriftVerbsFor(class) {
			c.Actions = append(c.Actions, button{Label: driftLabels[verb] + " all " + thousands(view.Counts[class]) + "…", Href: driftHref(view, verb, "class", string(class))})
		}
	}
	if after != "" {
		c.First = syncHref(view, class, "", "")
	}
	if page.Next != "" {
		c.Next = syncHref(view, class, page.Next, "")
	}
	return c, nil
}

// missingNote says of missing phones whether a company of another platform may have them.
func missingNote(notCompared int, vendor string) string {
	if notCompared == 0 {
		return "No other platform that was compared has one of the missing phones in its company."
	}
	return "Missing phones may be in the company of another platform: " + plural(notCompared, "was", "were") + " last compared before this one. " +
		"That shows here once the platform that has a phone is compared: by itself within a day, or by Compare with " + vendor + " on its card. Fix is refused until then if another company has the phone."
}

// syncRun says of the sync under way how far it is, or why the last one gave no result.
func syncRun(view control.SyncView) *message {
	if op := view.Running; op != nil {
		m := message{Kind: "busy", Title: sentenceCase(op.Kind.Noun()) + " under way", Level: 2, Handled: op.Data.Handled, Total: op.Data.Total,
			Paras: []string{"Asked for by " + whoDid(op.Actor.String()) + " at " + clock(op.CreatedAt) + " UTC. What is below stays until it is complete."}}
		if step := op.Current(); step != nil && step.Note != "" {
			m.Paras = append(m.Paras, step.Note+".")
		}
		if op.State == ztp.OperationWaiting {
			m.Paras = append(m.Paras, waiting(op))
		}
		return &m
	}
	if op := view.Failed; op != nil {
		words, paras, entry := problemText(op.Error, view.Info.Title)
		return &message{Kind: "err", Title: "The last sync gave no result: " + words, Level: 2, Paras: paras, Steps: []string{entry.Remedy}, Meta: problemMeta(op.Error)}
	}
	return nil
}

var driftLabels = map[ztp.DriftVerb]string{ztp.DriftAdopt: "Adopt", ztp.DriftFix: "Fix", ztp.DriftRelease: "Release"}

func driftHref(v control.SyncView, verb ztp.DriftVerb, name, value string) string {
	return syncPath(v.Of, v.Info.Name) + "/" + string(verb) + "?" + url.Values{name: {value}}.Encode()
}

func (p *portal) driftRow(r *http.Request, view control.SyncView, d control.DriftView, act bool) driftRow {
	row := driftRow{MAC: d.MAC.String(), Status: status{"warn", d.Class.Title()}, Name: shownName(d.Name), What: driftWords(d)}
	if d.Phone != nil {
		row.Href = phonePath(view.Of, d.MAC)
		if row.Name == "" {
			row.Name = d.Phone.Name
		}
		if acc, err := p.ctl.Account(r.Context(), p.actor(r), view.Of.Slug, string(d.Phone.Account)); err == nil {
			row.Account = acc.Name
		}
	}
	if d.Owner != nil {
		row.Account = d.Owner.Name
	}
	for _, verb := range d.Verbs {
		if act {
			row.Actions = append(row.Actions, button{Label: driftLabels[verb] + "…", On: row.MAC, Href: driftHref(view, verb, "mac", row.MAC)})
		}
	}
	return row
}

// shownName is a name that the vendor has, as far as it can be shown: what turns or hides
// text would make two phones look the same.
func shownName(s string) string {
	return strings.Map(func(r rune) rune {
		if r != ' ' && !ztp.ValidName(string(r)) {
			return '?'
		}
		return r
	}, clip(s, 120))
}

// driftWords says how a phone differs.
func driftWords(d control.DriftView) string {
	switch {
	case d.Changed:
		return "Changed here since; compare again"
	case d.At != nil:
		return "In the company of " + d.At.Name
	case d.Class == ztp.DriftMoved:
		return "In another company"
	case d.Class == ztp.DriftMissing:
		return "Not in the company any more"
	case d.Host == "?":
		return "Leads to an address that can’t be shown"
	case d.Host != "":
		return "Leads to " + d.Host
	case d.Class == ztp.DriftUnknown && d.Owner != nil:
		return "Has our provisioning URL"
	case d.Class == ztp.DriftUnknown, d.Class == ztp.DriftOtherURL:
		return "Has no address of its own"
	}
	var words []string
	for _, what := range d.Differs {
		switch what {
		case ztp.DiffersName:
			words = append(words, "name")
		case ztp.DiffersGroup:
			words = append(words, "product group")
		case ztp.DiffersRedirection:
			words = append(words, map[bool]string{true: "redirected there, paused here", false: "paused there, redirected here"}[d.Enabled])
		}
	}
	return "Differs: " + strings.Join(words, "; ")
}

// askSync asks for a sync.
func (p *portal) askSync(w http.ResponseWriter, r *http.Request) error {
	_, err := p.ctl.Sync(r.Context(), p.actor(r), r.PathValue("p"), ztp.VendorName(r.PathValue("vendor")), submissionOf(r))
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.showSync(w, r, code, e) })
	}
	if isFragment(r) {
		return p.showSync(w, r, http.StatusOK, nil)
	}
	return seeOther(w, r, r.URL.Path)
}

// driftRequest is what a form asks for: a class, or one phone.
func driftRequest(r *http.Request) (ztp.DriftVerb, control.DriftRequest, error) {
	verb := ztp.DriftVerb(r.PathValue("verb"))
	if !slices.Contains(ztp.DriftVerbs, verb) {
		return verb, control.DriftRequest{}, ztp.NotFound("action")
	}
	v := r.URL.Query()
	if r.Method == http.MethodPost {
		v = r.PostForm
	}
	req := control.DriftRequest{Submission: submissionOf(r), Account: trimmed(v, "account")}
	var err error
	if mac := v.Get("mac"); mac != "" {
		var m ztp.MAC
		m, err = ztp.ParseMAC(mac)
		req.MACs = []ztp.MAC{m}
	} else {
		req.Class, err = ztp.ParseDriftClass(v.Get("class"))
	}
	return verb, req, err
}

// askDrifts asks before something is done about findings.
func (p *portal) askDrifts(w http.ResponseWriter, r *http.Request) error {
	return p.driftForm(w, r, http.StatusOK, nil)
}

func (p *portal) driftForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	verb, req, err := driftRequest(r)
	if err != nil {
		return err
	}
	named, v := req.Account, ztp.VendorName(r.PathValue("vendor"))
	req.Account = ""
	plan, err := p.ctl.PlanDrifts(r.Context(), p.actor(r), r.PathValue("p"), v, verb, req)
	if ztp.IsCode(err, ztp.CodeInvalid) {
		return &ztp.Error{Code: ztp.CodeFormOutdated, Detail: ztp.AsError(err).Detail}
	}
	if err != nil {
		return err
	}
	base := syncPath(plan.Platform, v)
	ask := driftLabels[verb] + " " + plural(plan.Phones, "phone", "phones")
	f := confirmView{
		ID: "ask-drifts", Title: ask + "?", Confirm: ask, Action: base + "/" + string(verb), Cancel: base, Platform: plan.Platform, Env: p.cfg.Installation,
		Danger: verb == ztp.DriftRelease, Hidden: []hidden{{"op", ztp.NewID()}}, effects: effects{Will: plan.Will, Wont: plan.Wont},
	}
	if req.Class != "" {
		f.Hidden = append(f.Hidden, hidden{"class", string(req.Class)})
	} else {
		f.Hidden = append(f.Hidden, hidden{"mac", req.MACs[0].String()})
	}
	if verb == ztp.DriftAdopt && plan.NeedsAccount {
		accounts, err := p.allAccounts(r, plan.Platform)
		if err != nil {
			return err
		}
		account := field{Name: "account", Label: "Account", Hint: "For phones with an address that isn’t ours.", Type: "select", Required: true}
		for _, a := range accounts {
			account.Options = append(account.Options, option{Value: a.Slug, Label: a.Name, Selected: a.Slug == named})
		}
		f.Fields = []field{account}
	}
	title := f.Title
	if e != nil {
		title = "Error: " + title
		f.Problem = formProblem(e, slices.Sorted(maps.Values(e.Fields)), p.vendorTitle(v))
	}
	return p.render(w, r, code, "confirm", confirmPage{
		basePage: p.base(r, "platforms", title), Confirm: f,
		Crumbs: append(platformCrumbs(plan.Platform), crumb{"Phones at " + p.vendorTitle(v), base}, crumb{Title: ask}),
	})
}

// changeDrifts does what was confirmed; the page shows how it goes on.
func (p *portal) changeDrifts(w http.ResponseWriter, r *http.Request) error {
	verb, req, err := driftRequest(r)
	if err != nil {
		return err
	}
	v := ztp.VendorName(r.PathValue("vendor"))
	plan, res, err := p.ctl.ActOnDrifts(r.Context(), p.actor(r), r.PathValue("p"), v, verb, req)
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.driftForm(w, r, code, e) })
	}
	if res.Operation != nil {
		p.settle(r, res.Operation.ID)
	}
	return seeOther(w, r, syncPath(plan.Platform, v))
}
