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

// importPage is one import: what a check has found, or how far its operation is.
type importPage struct {
	basePage
	Crumbs   []crumb
	Platform ztp.Platform
	Import   ztp.Import
	View     importView
}

// importView is the part that polling replaces.
type importView struct {
	ID         ztp.ImportID
	Title      string
	Stages     []stage
	Progress   bool
	Handled    int
	Total      int
	Pace       string
	Tally      []tallyItem
	Messages   []message
	Facts      []string
	Start      *importStart
	Actions    []button
	Filters    []NavLink
	Shown      string
	Order      string
	Rows       []importRowView
	First      string
	Next       string
	Poll       string
	Say        string
	HasChanges bool
}

// stage is one of Upload, Check, Import, Result.
type stage struct {
	Title         string
	Done, Current bool
}

// importStart is the form that begins it.
type importStart struct {
	Action, Submit, Mode string
	effects
}

// importRowView is one row in the table.
type importRowView struct {
	Line    int
	MAC     string
	Name    string
	Account string
	Status  status
	What    string
	Do      []string
}

// importByID shows an import; an open page asks for it again while its operation runs.
func (p *portal) importByID(w http.ResponseWriter, r *http.Request) error {
	return p.importPage(w, r, http.StatusOK, nil)
}

func (p *portal) importPage(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	v, err := p.ctl.Import(r.Context(), p.actor(r), ztp.ImportID(r.PathValue("id")))
	if err != nil {
		return err
	}
	version := importVersion(v)
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	view, err := p.importView(r, v, version)
	if err != nil {
		return err
	}
	if e != nil {
		view.Messages = append([]message{*formProblem(e, nil, v.Info.Title)}, view.Messages...)
	}
	if isFragment(r) {
		return p.renderBlock(w, r, code, "import", "import-view", view)
	}
	return p.render(w, r, code, "import", importPage{
		basePage: p.base(r, "platforms", view.Title+" · "+v.Of.Name), Platform: v.Of, Import: v.Import, View: view,
		Crumbs: append(platformCrumbs(v.Of), crumb{"Import phones", "/platforms/" + v.Of.Slug + "/import"}, crumb{Title: v.File}),
	})
}

// importVersion changes whenever something that the page shows does.
func importVersion(v control.ImportView) string {
	if v.Run == nil {
		return fmt.Sprint(v.Version)
	}
	taken := 0
	if v.Run.Data.Import != nil {
		taken = v.Run.Data.Import.Taken
	}
	return fmt.Sprintf("%d-%s-%d-%d-%d-%s", v.Version, v.Run.State, taken, v.Phones.Over(), v.Phones[ztp.PhoneItemWritten], v.Run.NextAt.Format("150405"))
}

func (p *portal) importView(r *http.Request, v control.ImportView, version string) (importView, error) {
	out := importView{ID: v.ID}
	switch {
	case v.State == ztp.ImportReading:
		p.readingImport(v, &out)
	case v.Run == nil:
		p.checkedImport(r, v, &out)
	default:
		p.startedImport(r, v, &out)
	}
	out.Facts = importFacts(v)
	out.Say = out.Title
	if v.State == ztp.ImportReading || v.Run != nil && !v.Run.State.Final() {
		q := r.URL.Query()
		q.Set(pollParam, version)
		out.Poll = importPath(v.ID) + "?" + q.Encode()
	}
	return out, p.importRows(r, v, &out)
}

func stagesAt(n int) []stage {
	var out []stage
	for i, title := range []string{"Upload", "Check", "Import", "Result"} {
		out = append(out, stage{title, i < n, i == n})
	}
	return out
}

func importFacts(v control.ImportView) []string {
	var facts []string
	if v.Encoding != "" {
		comma := map[string]string{",": "commas", ";": "semicolons", "\t": "tabs"}[v.Separator]
		facts = append(facts, "Read as "+v.Encoding+" with "+comma+" between the values.")
	}
	if len(v.Ignored) > 0 {
		facts = append(facts, "Nothing is taken from these columns: "+strings.Join(v.Ignored, ", ")+".")
	}
	return facts
}

func (p *portal) readingImport(v control.ImportView, out *importView) {
	out.Title, out.Stages = "The file is being read", stagesAt(0)
	out.Messages = []message{{Kind: "info", Title: "Nothing changes meanwhile", Level: 3, Paras: []string{"If this takes longer than a few minutes, its sender has gone away: send the file again. What was read of it is removed by itself."}}}
}

// checkedImport is what a check has found, with the button that begins.
func (p *portal) checkedImport(r *http.Request, v control.ImportView, out *importView) {
	t, vendor := v.Tally, v.Info.Title
	out.Title, out.Stages = fmt.Sprintf("%s of %s ready", thousands(t.Writes()), plural(t.Total(), "row is", "rows are")), stagesAt(1)
	for _, o := range []struct {
		outcome ztp.RowOutcome
		kind    string
	}{{ztp.RowNew, "ok"}, {ztp.RowChange, "ok"}, {ztp.RowUnchanged, "off"}, {ztp.RowTaken, "warn"}, {ztp.RowInvalid, "err"}} {
		out.Tally = append(out.Tally, tallyItem{status{o.kind, rowWords[o.outcome]}, t[o.outcome], rowsHref(v.ID, "outcome", string(o.outcome), "")})
	}
	if t.Left() > 0 {
		out.Messages = append(out.Messages, message{Kind: "warn", Title: plural(t.Left(), "row can't be taken", "rows can't be taken"), Level: 3,
			Paras: []string{"The table says for each what is wrong and what to do. Correct the file and check it again, or leave them out."}})
	}
	if !p.actor(r).MayChange() {
		return
	}
	again := button{Label: "Choose another file", Href: "/platforms/" + v.Of.Slug + "/import"}
	if t.Left() > 0 {
		again.Label = "Choose a corrected file"
	}
	out.Actions = []button{again, {Label: "Remove this check", Kind: "quiet", Post: importPath(v.ID) + "/remove"}}
	if t.Writes() == 0 {
		return
	}
	n := plural(t.Writes(), "phone", "phones")
	start := importStart{Action: importPath(v.ID) + "/start", Mode: string(ztp.ImportAllOrNothing), Submit: "Import " + n}
	if t[ztp.RowNew] > 0 {
		start.Will = append(start.Will, "Register "+plural(t[ztp.RowNew], "new phone", "new phones")+" with "+vendor)
	}
	if t[ztp.RowChange] > 0 {
		start.Will = append(start.Will, "Change "+plural(t[ztp.RowChange], "phone that is registered", "phones that are registered"))
	}
	start.Wont = []string{"Give up a phone that is not in the file"}
	if t[ztp.RowUnchanged] > 0 {
		start.Wont = append(start.Wont, "Touch "+plural(t[ztp.RowUnchanged], "phone that is", "phones that are")+" as the file says")
	}
	if t.Left() > 0 {
		start.Mode, start.Submit = string(ztp.ImportSkipInvalid), fmt.Sprintf("Import %s, leave %s out", n, thousands(t.Left()))
	} else {
		start.Will = append(start.Will, "Take nothing of the file if one of its rows can't be taken any more by then")
	}
	out.Start = &start
}

var rowWords = map[ztp.RowOutcome]string{
	ztp.RowNew: "New", ztp.RowChange: "To change", ztp.RowUnchanged: "Unchanged", ztp.RowTaken: "Registered elsewhere", ztp.RowInvalid: "Need fixing",
}

// startedImport is how far the operation is, or how it ended.
func (p *portal) startedImport(r *http.Request, v control.ImportView, out *importView) {
	op, t, vendor := *v.Run, v.Phones, v.Info.Title
	done, failed := t[ztp.PhoneItemDone], t[ztp.PhoneItemFailed]
	waiting := t.Total() - t.Over()
	out.Stages, out.Title = stagesAt(2), "Registering phones with "+vendor
	out.Handled, out.Total, out.Progress = t.Over(), t.Total(), !op.State.Final()
	if s := op.Step(ztp.StepSaveRows); s != nil && s.State != ztp.StepDone && s.State != ztp.StepFailed {
		out.Title, out.Handled, out.Total = "Taking the rows of the file", 0, v.Tally.Total()
		if op.Data.Import != nil {
			out.Handled = op.Data.Import.Taken
		}
	}
	out.Tally = []tallyItem{
		{status{"ok", "Registered"}, done, rowsHref(v.ID, "state", string(ztp.PhoneItemDone), "")}, {status{"err", "Failed"}, failed, rowsHref(v.ID, "state", string(ztp.PhoneItemFailed), "")},
		{status{"busy", "Waiting"}, waiting, rowsHref(v.ID, "state", string(ztp.PhoneItemQueued), "")},
	}
	if c := t[ztp.PhoneItemCancelled]; c > 0 {
		out.Tally = append(out.Tally, tallyItem{status{"off", "Cancelled"}, c, rowsHref(v.ID, "state", string(ztp.PhoneItemCancelled), "")})
	}
	if n := v.Unsaved(); n > 0 {
		out.Tally = append(out.Tally, tallyItem{status{"off", "Cancelled before saved"}, n, ""})
	}
	if u := v.Tally[ztp.RowUnchanged]; u > 0 {
		out.Tally = append(out.Tally, tallyItem{status{"off", "Unchanged"}, u, rowsHref(v.ID, "outcome", string(ztp.RowUnchanged), "")})
	}
	out.Tally = append(out.Tally, tallyItem{status{"off", "Left out"}, v.Tally.Left(), ""})
	out.Actions = append(out.Actions, button{Label: "Download the results", Href: importPath(v.ID) + "/results.csv"})
	if failed+v.Tally.Left() > 0 {
		out.Actions = append(out.Actions, button{Label: "Download what failed or was left out", Href: importPath(v.ID) + "/results.csv?failed=1"})
	}
	p.importState(r, v, out)
}

// importState says why the operation waits, or how it ended.
func (p *portal) importState(r *http.Request, v control.ImportView, out *importView) {
	op := *v.Run
	switch {
	case !op.State.Final() && op.Waiting != "":
		out.Messages = append(out.Messages, message{Kind: "warn", Title: "It waits", Level: 3, Paras: []string{op.Waiting + ".", "It goes on by itself. Phones in service are not affected."}})
	case !op.State.Final():
		out.Pace = "You can leave this page: the import runs on the server."
	case op.State == ztp.OperationDone:
		out.Stages, out.Title = stagesAt(4), "Import finished"
		out.Pace = "Took " + op.FinishedAt.Sub(op.CreatedAt).Round(time.Second).String() + ". Phones fetch their settings at their first boot or after a factory reset."
	default:
		out.Stages, out.Title = stagesAt(3), "Import stopped"
		m := message{Kind: "err", Title: op.State.Title(), Level: 3}
		if op.Error != nil {
			title, paras, entry := problemText(op.Error, v.Info.Title)
			m.Title, m.Paras, m.Steps, m.Meta = title, paras, []string{entry.Remedy}, []metaItem{{Code: string(op.Error.Code)}}
		}
		out.Messages = append(out.Messages, m)
	}
	if op.State.Final() && p.actor(r).MayChange() {
		out.Actions = append(out.Actions, button{Label: "Import another file", Href: "/platforms/" + v.Of.Slug + "/import"})
	}
}

func rowsHref(id ztp.ImportID, name, value, after string) string {
	q := url.Values{}
	if value != "" {
		q.Set(name, value)
	}
	if after != "" {
		q.Set("after", after)
	}
	if len(q) == 0 {
		return importPath(id) + "#rows"
	}
	return importPath(id) + "?" + q.Encode() + "#rows"
}

// importRowsShown is how many rows a page has.
const importRowsShown = 100

// importRows puts a page of rows into the view. A check shows first what can't be taken.
func (p *portal) importRows(r *http.Request, v control.ImportView, out *importView) error {
	q := r.URL.Query()
	outcome, state, after := ztp.RowOutcome(q.Get("outcome")), ztp.PhoneItemState(q.Get("state")), q.Get("after")
	name, value := "outcome", string(outcome)
	out.Shown, out.Order = "All rows", "In the order of the file"
	switch {
	case state != "":
		name, value, outcome, out.Shown, out.Order = "state", string(state), "", importItem(state).Text, "By MAC address"
	case outcome != "":
		out.Shown = rowWords[outcome]
	}
	if out.Shown == "" {
		return ztp.NotFound("page")
	}
	page, err := p.ctl.ImportRows(r.Context(), p.actor(r), ztp.ImportRowQuery{Import: v.ID, Outcome: outcome, State: state, Cursor: after, Limit: importRowsShown})
	if err != nil {
		return err
	}
	for _, row := range page.Items {
		out.Rows = append(out.Rows, importRow(row, v))
	}
	if value != "" {
		out.Filters = []NavLink{{Title: "Show all rows", Href: rowsHref(v.ID, "", "", "")}}
	}
	if after != "" {
		out.First = rowsHref(v.ID, name, value, "")
	}
	if page.Next != "" {
		out.Next = rowsHref(v.ID, name, value, page.Next)
	}
	return nil
}

// importItem is what has become of a row's phone: what is done is registered.
func importItem(state ztp.PhoneItemState) status {
	if state == ztp.PhoneItemDone {
		return status{"ok", "Registered"}
	}
	return phoneItemTitles[state]
}

var rowKinds = map[ztp.RowOutcome]status{
	ztp.RowNew: {"ok", "New"}, ztp.RowChange: {"ok", "Changes"}, ztp.RowUnchanged: {"off", "Unchanged"}, ztp.RowTaken: {"warn", "Registered elsewhere"}, ztp.RowInvalid: {"err", "Needs fixing"},
}

func importRow(r ztp.ImportRow, v control.ImportView) importRowView {
	out := importRowView{Line: r.Line, MAC: control.MACOf(r), Name: r.Name, Account: r.AccountRef, Status: rowKinds[r.Outcome]}
	if r.State != "" {
		out.Status = importItem(r.State)
	}
	if len(r.Changes) > 0 {
		out.What = strings.ReplaceAll(strings.Join(r.Changes, ", "), "_", " ")
	}
	var what []string
	for _, f := range r.Faults {
		what, out.Do = append(what, f.Text), append(out.Do, f.Remedy)
	}
	if r.Error != nil {
		title, paras, entry := problemText(r.Error, v.Info.Title)
		what, out.Do = append(what, sentences(append([]string{title + "."}, paras...))), append(out.Do, entry.Remedy)
	}
	if unsaved := v.NotSaved(r); unsaved != "" {
		out.Status, what = importItem(ztp.PhoneItemCancelled), []string{unsaved}
	}
	if hint := oddMAC(r, v); hint != "" {
		what = append(what, hint)
	}
	if out.What != "" && len(what) > 0 {
		what = slices.Insert(what, 0, out.What)
	}
	if len(what) > 0 {
		out.What = sentences(what)
	}
	return out
}

// oddMAC is the hint about a MAC of a check: once the phone is on its way, it is late.
func oddMAC(r ztp.ImportRow, v control.ImportView) string {
	if v.Run != nil || !r.Outcome.OK() {
		return ""
	}
	return v.Info.OUIHint(r.MAC)
}
