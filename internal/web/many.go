package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func operationPath(id ztp.OperationID) string { return "/operations/" + string(id) }

// manyPage is an operation for many phones with what became of each.
type manyPage struct {
	basePage
	Crumbs []crumb
	View   manyView
}

// manyView is the part that polling replaces.
type manyView struct {
	Title     string
	Status    status
	Facts     []fact
	Tally     []tallyItem
	Ended     int
	Total     int
	Message   *message
	Actions   []button
	Items     []manyRow
	Shown     string
	First     string
	Next      string
	Poll, Say string
}

// manyRow is what became of one phone.
type manyRow struct {
	MAC, Href string
	Line      int
	Status    status
	Note      string
	At        time.Time
}

var phoneItemTitles = map[ztp.PhoneItemState]status{
	ztp.PhoneItemQueued: {"off", "Not begun"}, ztp.PhoneItemSent: {"busy", "Being written"}, ztp.PhoneItemWritten: {"busy", "Written, to be confirmed"},
	ztp.PhoneItemDone: {"ok", "Done"}, ztp.PhoneItemFailed: {"err", "Failed"}, ztp.PhoneItemCancelled: {"off", "Cancelled"},
}

var operationKinds = map[ztp.OperationState]string{
	ztp.OperationQueued: "busy", ztp.OperationRunning: "busy", ztp.OperationWaiting: "off", ztp.OperationUnknown: "unk",
	ztp.OperationDone: "ok", ztp.OperationFailed: "err", ztp.OperationNeedsOperator: "warn",
}

// manyTitle says what an operation does with its phones.
func manyTitle(op ztp.Operation) string {
	switch {
	case op.Kind == ztp.KindImport:
		return "Import of phones"
	case op.Kind == ztp.KindOffboard:
		return "Off-boarding"
	case op.Params.Bulk != "":
		return strings.ToUpper(op.Params.Bulk[:1]) + op.Params.Bulk[1:] + " phones"
	}
	return "Write phones"
}

// manyOperation finds the operation of a path and its platform.
func (p *portal) manyOperation(r *http.Request) (ztp.Operation, ztp.Platform, error) {
	op, err := p.ctl.Operation(r.Context(), p.actor(r), ztp.OperationID(r.PathValue("id")))
	if err == nil && !op.Kind.HasItems() {
		err = ztp.NotFound("page")
	}
	if err != nil {
		return op, ztp.Platform{}, err
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), string(op.Platform))
	return op, pl, err
}

// many shows it; an open page asks for it again.
func (p *portal) many(w http.ResponseWriter, r *http.Request) error {
	op, pl, err := p.manyOperation(r)
	if err != nil {
		return err
	}
	version := fmt.Sprintf("%d", op.UpdatedAt.UnixMilli())
	if IsPoll(r) && r.URL.Query().Get(pollParam) == version {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	view, err := p.manyView(r, op, pl, version)
	if err != nil {
		return err
	}
	if isFragment(r) {
		return p.renderBlock(w, r, http.StatusOK, "many", "many-view", view)
	}
	return p.render(w, r, http.StatusOK, "many", manyPage{
		basePage: p.base(r, "platforms", view.Title), View: view,
		Crumbs: append(platformCrumbs(pl), crumb{Title: view.Title}),
	})
}

func (p *portal) manyView(r *http.Request, op ztp.Operation, pl ztp.Platform, version string) (manyView, error) {
	q := r.URL.Query()
	state, after := ztp.PhoneItemState(q.Get("state")), q.Get("after")
	tally, err := p.ctl.PhoneTally(r.Context(), p.actor(r), op.ID)
	if err != nil {
		return manyView{}, err
	}
	v := manyView{Title: manyTitle(op), Status: status{operationKinds[op.State], op.State.Title()}, Ended: tally.Over() + tally[ztp.PhoneItemWritten], Total: tally.Total(), Shown: "All phones"}
	v.Say = v.Title + ": " + strings.ToLower(v.Status.Text) + ", " + thousands(v.Ended) + " of " + thousands(v.Total)
	v.Facts = []fact{{Term: "Asked for", At: op.CreatedAt, Sub: "by " + op.Actor.String()}}
	if !op.FinishedAt.IsZero() {
		v.Facts = append(v.Facts, fact{Term: "Ended", At: op.FinishedAt})
	}
	for _, s := range ztp.PhoneItemStates {
		if tally[s] > 0 {
			v.Tally = append(v.Tally, tallyItem{phoneItemTitles[s], tally[s], operationPath(op.ID) + "?state=" + string(s)})
		}
		if s == state {
			v.Shown = phoneItemTitles[s].Text
		}
	}
	next, err := p.ctl.Resuming(r.Context(), p.actor(r), op)
	if err != nil {
		return v, err
	}
	v.Message, v.Actions = p.manyMessage(op), manyActions(op, tally, next, p.actor(r).MayChange())
	v.Poll = withParam(itemsHref(op.ID, state, after), pollParam, version)
	err = p.listItems(r, &v, op, pl, state, after)
	return v, err
}

// itemsHref is the page of an operation's phones in a state, after one of them.
func itemsHref(id ztp.OperationID, state ztp.PhoneItemState, after string) string {
	u := url.Values{}
	if state != "" {
		u.Set("state", string(state))
	}
	if after != "" {
		u.Set("after", after)
	}
	if len(u) == 0 {
		return operationPath(id)
	}
	return operationPath(id) + "?" + u.Encode()
}

// listItems fills in the phones of one page.
func (p *portal) listItems(r *http.Request, v *manyView, op ztp.Operation, pl ztp.Platform, state ztp.PhoneItemState, after string) error {
	page, err := p.ctl.PhoneItems(r.Context(), p.actor(r), ztp.PhoneItemQuery{Operation: op.ID, State: state, Cursor: after, Limit: itemsShown})
	if err != nil {
		return err
	}
	for _, i := range page.Items {
		row := manyRow{MAC: i.MAC.String(), Href: phonePath(pl, i.MAC), Line: i.Line, Status: phoneItemTitles[i.State], At: i.UpdatedAt}
		if i.Error != nil {
			title, paras, _ := problemText(i.Error, p.vendorTitle(op.Vendor))
			row.Note = sentences(append([]string{title}, paras...))
		}
		v.Items = append(v.Items, row)
	}
	if after != "" {
		v.First = itemsHref(op.ID, state, "")
	}
	if page.Next != "" {
		v.Next = itemsHref(op.ID, state, page.Next)
	}
	return nil
}

// manyMessage says why it waits, or why it has ended without success.
func (p *portal) manyMessage(op ztp.Operation) *message {
	switch {
	case op.Error != nil:
		title, paras, entry := problemText(op.Error, p.vendorTitle(op.Vendor))
		return &message{Kind: "err", Title: title, Paras: paras, Steps: []string{entry.Remedy}, Meta: []metaItem{{Code: string(op.Error.Code)}}, Level: 2}
	case op.Waiting != "":
		return &message{Kind: "info", Title: "It waits", Paras: []string{op.Waiting + ".", "It goes on by itself."}, Level: 2}
	}
	return nil
}

// manyActions are what may be pressed. What an operation has left is taken up once, by next.
func manyActions(op ztp.Operation, t ztp.PhoneTally, next *ztp.Operation, mayChange bool) []button {
	switch {
	case next != nil:
		return []button{{Label: "See the rest tried again", Href: operationPath(next.ID)}}
	case !mayChange:
		return nil
	case !op.State.Final() && notSent(op, t) > 0:
		return []button{{Label: "Cancel…", Kind: "quiet", Href: operationPath(op.ID) + "/cancel"}}
	case op.Kind == ztp.KindOffboard: // is asked for again as a whole
		return nil
	case op.State.Final() && t[ztp.PhoneItemCancelled]+t[ztp.PhoneItemFailed] > 0:
		return []button{{Label: "Try the rest again…", Kind: "act", Href: operationPath(op.ID) + "/resume"}}
	}
	return nil
}

// notSent is how many phones a cancel leaves as they are. Those of findings become items
// only when the operation takes them.
func notSent(op ztp.Operation, t ztp.PhoneTally) int {
	if op.Ahead(ztp.StepTakePicked) {
		return max(0, op.Data.Total-op.Data.NotPicked-t.Total()+t[ztp.PhoneItemQueued])
	}
	return t[ztp.PhoneItemQueued]
}

// askMoveMany asks before an operation is cancelled or its rest is taken up.
func (p *portal) askMoveMany(w http.ResponseWriter, r *http.Request) error {
	return p.confirmMoveMany(w, r, http.StatusOK, nil)
}

func (p *portal) confirmMoveMany(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	op, pl, err := p.manyOperation(r)
	if err != nil {
		return err
	}
	t, err := p.ctl.PhoneTally(r.Context(), p.actor(r), op.ID)
	if err != nil {
		return err
	}
	v := confirmView{ID: "ask-many", Platform: pl, Cancel: operationPath(op.ID), Action: operationPath(op.ID) + "/" + r.PathValue("action"), Hidden: []hidden{{"op", ztp.NewID()}}}
	switch r.PathValue("action") {
	case "cancel":
		v.Title, v.Confirm, v.Danger, v.Blocked = "Cancel this?", "Cancel the rest", true, op.State.Final()
		v.Will = []string{"Leave " + plural(notSent(op, t), "phone", "phones") + " as they are at " + p.vendorTitle(op.Vendor)}
		v.Wont = []string{"Undo anything", "Stop what was sent: that comes to its end"}
	case "resume":
		v.Title, v.Confirm, v.Blocked = "Try the rest again?", "Try again", !op.State.Final()
		left := plural(t[ztp.PhoneItemCancelled]+t[ztp.PhoneItemFailed], "phone", "phones") + " that were cancelled or refused, in a new operation"
		first, err := p.ctl.PhoneItems(r.Context(), p.actor(r), ztp.PhoneItemQuery{Operation: op.ID, Limit: 1})
		if err != nil {
			return err
		}
		v.Will, v.Wont = []string{"Write " + left}, []string{"Touch phones in service"}
		if len(first.Items) > 0 && first.Items[0].Action == ztp.ItemRelease {
			v.Confirm, v.Danger = "Release the rest", true
			v.Will = []string{"Give up at " + p.vendorTitle(op.Vendor) + ", so that anybody can register them, " + left}
			v.Wont = []string{"Stop phones while they are in service", "Touch a phone that is given up by now, or of which something else is asked"}
		}
	default:
		return ztp.NotFound("page")
	}
	return p.askMany(w, r, code, v, e)
}

// askMany renders a confirmation about many phones of a platform.
func (p *portal) askMany(w http.ResponseWriter, r *http.Request, code int, v confirmView, e *ztp.Error) error {
	v.Env, v.Problem = p.cfg.Installation, formProblem(e, nil, p.vendorTitle(p.firstVendor()))
	title := v.Title
	if e != nil {
		title = "Error: " + title
	}
	return p.render(w, r, code, "confirm", confirmPage{
		basePage: p.base(r, "platforms", title), Confirm: v, Crumbs: append(platformCrumbs(v.Platform), crumb{Title: strings.TrimSuffix(v.Title, "?")}),
	})
}

// moveMany cancels, or takes up the rest.
func (p *portal) moveMany(w http.ResponseWriter, r *http.Request) error {
	id := ztp.OperationID(r.PathValue("id"))
	var op ztp.Operation
	var err error
	switch r.PathValue("action") {
	case "cancel":
		op, err = p.ctl.CancelOperation(r.Context(), p.actor(r), id)
	case "resume":
		op, err = p.ctl.ResumeOperation(r.Context(), p.actor(r), id, submissionOf(r))
	default:
		return ztp.NotFound("action")
	}
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.confirmMoveMany(w, r, status, e) })
	}
	return seeOther(w, r, operationPath(op.ID))
}

// askBulk asks before the ticked phones of the list are changed.
func (p *portal) askBulk(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Get("action") == "resync" && len(q["mac"]) > 0 {
		return seeOther(w, r, "/platforms/"+r.PathValue("p")+"/resync?"+url.Values{"mac": q["mac"]}.Encode())
	}
	return p.confirmBulk(w, r, http.StatusOK, q.Get("action"), q["mac"], nil)
}

func (p *portal) confirmBulk(w http.ResponseWriter, r *http.Request, answer int, action string, macs []string, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	path := "/platforms/" + pl.Slug
	if len(macs) == 0 {
		return seeOther(w, r, path+"#phones") // nothing was ticked
	}
	v := confirmView{ID: "ask-bulk", Platform: pl, Cancel: path + "#phones", Action: path + "/phones-picked", Hidden: []hidden{{"op", ztp.NewID()}, {"action", action}}}
	var named []string
	for _, m := range macs[:min(len(macs), control.MaxBulk)] {
		v.Hidden = append(v.Hidden, hidden{"mac", m})
		if mac, err := ztp.ParseMAC(m); err == nil {
			named = append(named, code(mac.String()))
		}
	}
	n := plural(len(macs), "phone", "phones")
	vendor := p.vendorTitle(p.firstVendor())
	which := n + ": " + strings.Join(named, ", ")
	switch action {
	case control.BulkPause:
		v.Title, v.Confirm = "Pause "+n+"?", "Pause "+n
		v.Will = []string{"Stop the redirection at " + vendor + " of " + which}
		v.Wont = []string{"Stop phones while they are in service", "Give a MAC address up: nobody else can claim it"}
	case control.BulkResume:
		v.Title, v.Confirm = "Resume "+n+"?", "Resume "+n
		v.Will = []string{"Redirect again at " + vendor + " " + which}
		v.Wont = []string{"Touch phones while they are in service"}
	case control.BulkRelease:
		v.Title, v.Confirm, v.Danger = "Release "+n+"?", "Release "+n, true
		v.Will = []string{"Give up at " + vendor + ", so that anybody can register them, " + which, "Stop their redirection"}
		v.Wont = []string{"Stop phones while they are in service"}
	default:
		return ztp.NotFound("page")
	}
	return p.askMany(w, r, answer, v, e)
}

// changePicked carries out what was confirmed.
func (p *portal) changePicked(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return ztp.Invalid("mac", "The form can't be read.")
	}
	action, texts := r.PostForm.Get("action"), r.PostForm["mac"]
	macs := make([]ztp.MAC, 0, len(texts))
	for _, text := range texts {
		mac, err := ztp.ParseMAC(text)
		if err != nil {
			return err
		}
		macs = append(macs, mac)
	}
	op, err := p.ctl.BulkEndpoints(r.Context(), p.actor(r), r.PathValue("p"), control.BulkRequest{Submission: submissionOf(r), Action: action, MACs: macs})
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.confirmBulk(w, r, status, action, texts, e) })
	}
	return seeOther(w, r, operationPath(op.ID))
}

// openMany leads to the platform's operation for many phones that is under way.
func (p *portal) openMany(r *http.Request, pl ztp.Platform) (NavLink, error) {
	page, err := p.ctl.ListOperations(r.Context(), p.actor(r), ztp.OperationQuery{Platform: pl.ID, Open: true, Limit: 50})
	if err != nil {
		return NavLink{}, err
	}
	for _, op := range page.Items {
		if op.Kind == ztp.KindOffboard {
			return NavLink{"Off-boarding: " + strings.ToLower(op.State.Title()), offboardingPath(op.Params.Offboarding)}, nil
		}
		if op.Kind.HasItems() {
			return NavLink{manyTitle(op) + ": " + strings.ToLower(op.State.Title()) + ", " + thousands(op.Data.Handled) + " of " + thousands(op.Data.Total), operationPath(op.ID)}, nil
		}
	}
	return p.openResync(r, pl)
}
