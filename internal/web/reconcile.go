package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// reconciliationPage compares what is recorded here with a vendor.
type reconciliationPage struct {
	basePage
	Crumbs  []crumb
	Heading string
	Service string
	Filters []field
	Report  reportView
}

// reportView is the part of the page that changes by itself.
type reportView struct {
	Poll    string
	Vendor  string
	Compare button
	// Run says what is under way, or why the last run gave no result.
	Run *message
	// At is when the last complete run ended, zero before the first.
	At    time.Time
	By    string
	Facts []reportFact
	Rows  []reportRow
	// First and Next are pages; Filtered that not everything is asked for.
	First, Next string
	Filtered    bool
	Clear       string
}

// reportFact is one class with the number of its rows.
type reportFact struct {
	Status status
	N      int
	Href   string
}

// reportRow is one row of the report.
type reportRow struct {
	ID       string
	Status   status
	Title    string
	Text     string
	Platform ztp.Platform
	Kind     string
	Object   copyable
	Name     string
	Company  string
	Detail   string
	SeenAt   time.Time
	Actions  []button
}

// classKinds are the glyphs of classes.
var classKinds = map[ztp.RowClass]string{
	ztp.RowOursOnly: "warn", ztp.RowChanged: "warn", ztp.RowTheirsOnly: "warn", ztp.RowNotJudged: "unk", ztp.RowMatching: "ok", ztp.RowNotOurs: "off",
}

// reportQuery is what the address of the report asks for.
type reportQuery struct {
	base            string
	Class           ztp.RowClass
	Platform, After string
}

// reportBase is the address of the report.
func reportBase(r *http.Request) string {
	return "/vendors/" + url.PathEscape(r.PathValue("vendor")) + "/reconciliation"
}

func reportQueryOf(r *http.Request) (reportQuery, error) {
	v := r.URL.Query()
	class, err := ztp.ParseRowClass(v.Get("class"))
	return reportQuery{base: reportBase(r), Class: class, Platform: clip(trimmed(v, "platform"), 40), After: v.Get("after")}, err
}

func (q reportQuery) href(class ztp.RowClass, after, version string) string {
	v := url.Values{}
	for name, value := range map[string]string{"class": string(class), "platform": q.Platform, "after": after, pollParam: version} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return q.base
	}
	return q.base + "?" + v.Encode()
}

// reconciliation shows how the reconciliation stands and what the last complete one found.
// No vendor is called.
func (p *portal) reconciliation(w http.ResponseWriter, r *http.Request) error {
	return p.showReconciliation(w, r, http.StatusOK, nil)
}

func (p *portal) showReconciliation(w http.ResponseWriter, r *http.Request, code int, refused *ztp.Error) error {
	q, err := reportQueryOf(r)
	if err != nil {
		return err
	}
	view, err := p.ctl.Reconciliation(r.Context(), p.actor(r), ztp.VendorName(r.PathValue("vendor")), "")
	if err != nil {
		return err
	}
	version := reportVersion(view)
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	report, err := p.report(r, q, view, version)
	if err != nil {
		return err
	}
	if refused != nil {
		report.Run = p.notCompared(ztp.ProblemOf(refused, p.cfg.Now(), p.cfg.RequestID(r.Context())), view.Info.Title, "The comparison was not begun")
		report.Run.Fresh = true
	}
	if isFragment(r) && (wants(r, "report") || r.Method == http.MethodPost) {
		return p.renderBlock(w, r, code, "reconciliation", "report", report)
	}
	return p.render(w, r, code, "reconciliation", reconciliationPage{
		basePage: p.base(r, "vendors", "Reconciliation with "+view.Info.Title),
		Crumbs:   []crumb{{"Vendors", "/vendors"}, {Title: "Reconciliation with " + view.Info.Title}},
		Heading:  "Reconciliation with " + view.Info.Title, Service: view.Info.Service, Filters: q.filters(), Report: report,
	})
}

// reportVersion changes whenever the report does.
func reportVersion(v control.ReconciliationView) string {
	failed := int64(0)
	if v.Error != nil {
		failed = v.Error.At.UnixMilli()
	}
	return fmt.Sprintf("%d-%d-%t-%d-%d-%d-%d", v.CompleteAt.UnixMilli(), v.AskedAt.UnixMilli(), v.Run != "", v.Done, v.Total, v.Attempt, failed)
}

func (q reportQuery) filters() []field {
	class := field{Name: "class", Label: "Class", Type: "select", Options: []option{{Label: "Every class"}}}
	for _, c := range ztp.RowClasses {
		class.Options = append(class.Options, option{Value: string(c), Label: c.Title(), Selected: c == q.Class})
	}
	return []field{class, {Name: "platform", Label: "Platform (slug)", Type: "search", Value: q.Platform, Max: 40, Complete: "off"}}
}

func (p *portal) report(r *http.Request, q reportQuery, view control.ReconciliationView, version string) (reportView, error) {
	mayChange := p.actor(r).MayChange()
	out := reportView{
		Poll: q.href(q.Class, q.After, version), Vendor: view.Info.Title, At: view.CompleteAt, By: whoDid(view.CompleteBy),
		Run: p.runMessage(view), Filtered: q.Class != "" || q.Platform != "", Clear: q.base,
	}
	if mayChange {
		out.Compare = button{ID: "compare", Label: "Compare now", Kind: "act", Post: q.base, Row: "report", Disabled: view.Run != "", Busy: view.Run != ""}
	}
	for _, c := range ztp.RowClasses {
		kind := classKinds[c]
		if view.Counts[c] == 0 {
			kind = "off" // nothing to warn of
		}
		out.Facts = append(out.Facts, reportFact{Status: status{kind, c.Title()}, N: view.Counts[c], Href: q.href(c, "", "")})
	}
	page, err := p.ctl.ReconciliationRows(r.Context(), p.actor(r), view.Info.Name, control.ReconciliationFilter{
		Platform: q.Platform, Class: q.Class, Cursor: q.After, Limit: 50,
	})
	if ztp.IsCode(err, ztp.CodeNotFound) && q.Platform != "" {
		return out, nil // no such platform: nothing matches
	}
	if err != nil {
		return out, err
	}
	for _, row := range page.Items {
		out.Rows = append(out.Rows, reportRowOf(q, row, mayChange))
	}
	if q.After != "" {
		out.First = q.href(q.Class, "", "")
	}
	if page.Next != "" {
		out.Next = q.href(q.Class, page.Next, "")
	}
	return out, nil
}

// runMessage says what is under way, or why there was no result.
func (p *portal) runMessage(view control.ReconciliationView) *message {
	switch {
	case view.Run != "":
		m := &message{Kind: "busy", Title: "Comparing with " + view.Info.Title, Level: 2, Handled: view.Done, Total: view.Total,
			Paras: []string{"Asked for by " + whoDid(view.AskedBy) + " at " + clock(view.AskedAt) + " UTC. It only reads; what is below stays until it is complete."}}
		if view.Attempt > 0 && view.Waiting != "" {
			m.Paras = append(m.Paras, view.Waiting+" at "+clock(view.NextAt)+" UTC.")
		}
		return m
	case view.Error != nil:
		return p.notCompared(view.Error, view.Info.Title, "The last comparison gave no result")
	case view.Overdue:
		return &message{Kind: "warn", Title: "No comparison for " + strings.TrimSuffix(ago(p.cfg.Now().Add(-view.Age), p.cfg.Now()), " ago"), Level: 2,
			Paras: []string{"It comes round by itself every hour. The log of the server says what keeps it."}}
	}
	return nil
}

func (p *portal) notCompared(problem *ztp.Problem, vendor, title string) *message {
	words, paras, entry := problemText(problem, vendor)
	return &message{Kind: "err", Title: title + ": " + words, Level: 2, Paras: paras, Steps: []string{entry.Remedy},
		Meta: []metaItem{{Code: string(problem.Code)}, {At: problem.At}}}
}

func reportRowOf(q reportQuery, row control.RowView, mayChange bool) reportRow {
	out := reportRow{
		ID: row.ID, Status: status{classKinds[row.Class()], row.Class().Title()}, Title: row.Reason.Title(),
		Platform: row.Of, Kind: sentenceCase(string(row.Kind)), Name: row.Name, Detail: row.Detail,
	}
	if row.Class().Differs() || row.Class() == ztp.RowNotJudged {
		out.Text, out.SeenAt = row.Reason.Text(), row.SeenAt
	}
	out.Object = copyable{row.CompanyID, "company id"}
	if row.ObjectID != "" {
		out.Object, out.Company = copyable{row.ObjectID, string(row.Kind) + " id"}, row.CompanyID
	}
	if !mayChange {
		return out
	}
	for _, verb := range row.Offers {
		out.Actions = append(out.Actions, button{Label: verbLabels[verb], On: row.Reason.Title(), Href: q.base + "/" + row.ID + "/" + string(verb)})
	}
	if row.RevokeKey {
		ask := button{Label: "Remove key…", On: shorten(row.ObjectID), Get: rowPath(row.Of, row.Vendor) + "/" + pathOf(ztp.KindRevokeKey), Fields: []hidden{{"key_id", row.ObjectID}}}
		out.Actions = append(out.Actions, ask.asLink())
	}
	return out
}

var verbLabels = map[control.RowVerb]string{control.RowFix: "Fix…", control.RowAdopt: "Adopt…", control.RowRelease: "Release…"}

func sentenceCase(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// reconcile asks for a reconciliation.
func (p *portal) reconcile(w http.ResponseWriter, r *http.Request) error {
	_, err := p.ctl.Reconcile(r.Context(), p.actor(r), ztp.VendorName(r.PathValue("vendor")), "")
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.showReconciliation(w, r, code, e) })
	}
	if isFragment(r) {
		return p.showReconciliation(w, r, http.StatusOK, nil)
	}
	return seeOther(w, r, reportBase(r))
}

// askRow asks before something is done about a row.
func (p *portal) askRow(w http.ResponseWriter, r *http.Request) error {
	return p.rowForm(w, r, http.StatusOK, nil)
}

func (p *portal) rowForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	verb, v := control.RowVerb(r.PathValue("verb")), ztp.VendorName(r.PathValue("vendor"))
	if !slices.Contains(control.RowVerbs, verb) {
		return ztp.NotFound("action")
	}
	plan, err := p.ctl.PlanRow(r.Context(), p.actor(r), v, r.PathValue("row"), verb, control.RowRequest{})
	if ztp.IsCode(err, ztp.CodeInvalid) {
		return &ztp.Error{Code: ztp.CodeFormOutdated, Detail: ztp.AsError(err).Detail}
	}
	if err != nil {
		return err
	}
	base := reportBase(r)
	f := formPage{
		basePage: basePage{Nav: "vendors"}, Heading: verbHeadings[verb], Action: base + "/" + plan.Row.ID + "/" + string(verb), Cancel: base,
		Crumbs: []crumb{{"Vendors", "/vendors"}, {"Reconciliation", base}, {Title: strings.TrimSuffix(verbHeadings[verb], "?")}},
		Intro:  plan.Row.Reason.Title() + ": company `" + plan.Row.CompanyID + "`. " + plan.Row.Reason.Text(),
		Submit: verbSubmits[verb], Danger: verb == control.RowRelease || plan.Operation == ztp.KindDisable, Hidden: []hidden{{"op", ztp.NewID()}},
		effects: effects{Will: plan.Will, Wont: plan.Wont},
	}
	if plan.Platform.ID != "" {
		f.Platform = &plan.Platform
	} else {
		f.Fields = []field{{Name: "platform", Label: "Platform (slug)", Hint: "The platform that takes the company up. It must not be onboarded yet.", Type: "text",
			Value: r.PostForm.Get("platform"), Required: true, Max: 40, Complete: "off", Mono: true}}
	}
	return p.form(w, r, code, f, e)
}

var (
	verbHeadings = map[control.RowVerb]string{control.RowFix: "Fix this row?", control.RowAdopt: "Adopt this company?", control.RowRelease: "Release this record?"}
	verbSubmits  = map[control.RowVerb]string{control.RowFix: "Fix", control.RowAdopt: "Adopt company", control.RowRelease: "Release"}
)

// changeRow does what was confirmed. What an operation does shows in its platform's row.
func (p *portal) changeRow(w http.ResponseWriter, r *http.Request) error {
	verb, v := control.RowVerb(r.PathValue("verb")), ztp.VendorName(r.PathValue("vendor"))
	if !slices.Contains(control.RowVerbs, verb) {
		return ztp.NotFound("action")
	}
	done, err := p.ctl.ActOnRow(r.Context(), p.actor(r), v, r.PathValue("row"), verb,
		control.RowRequest{Submission: submissionOf(r), Platform: trimmed(r.PostForm, "platform")})
	if err != nil {
		if ztp.IsCode(err, ztp.CodeNotFound) && ztp.AsError(err).What == "platform" {
			err = ztp.Invalid("platform", "There is no such platform.")
		}
		return again(err, func(code int, e *ztp.Error) error { return p.rowForm(w, r, code, e) })
	}
	p.forgetPlatforms()
	op := done.Result.Operation
	if op == nil {
		return seeOther(w, r, reportBase(r))
	}
	p.settle(r, op.ID)
	return seeOther(w, r, "/platforms/"+done.Plan.Platform.Slug+"?op="+string(op.ID)+"#"+rowID(v))
}

// reconciliationCheck is the line of Health about the reconciliation with a vendor.
func (p *portal) reconciliationCheck(v control.ReconciliationView) check {
	name := string(v.Info.Name)
	c := check{ID: name + "-reconciliation", Name: "Reconciliation", Status: status{"ok", "No differences"},
		Links: []NavLink{{"Open reconciliation", "/vendors/" + name + "/reconciliation"}}}
	switch {
	case v.CompleteAt.IsZero():
		c.Status, c.Evidence = status{"off", "Not compared yet"}, []string{"It comes round by itself within an hour of the first Onboard."}
	default:
		c.Evidence = []string{"Compared " + v.CompleteAt.UTC().Format(minuteLayout) + ": " + plural(v.Counts[ztp.RowMatching], "platform matches", "platforms match") + "."}
		if n := v.Findings(); n > 0 {
			c.Status = status{"warn", plural(n, "difference", "differences")}
		}
	}
	if v.Error != nil {
		title, _, _ := problemText(v.Error, v.Info.Title)
		c.Evidence = append(c.Evidence, "The last run gave no result: "+title+".")
	}
	if v.Overdue {
		c.Status = status{"warn", "Overdue"}
	}
	return c
}
