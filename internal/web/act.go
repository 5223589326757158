package web

import (
	"errors"
	"net/http"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// row is asked by every open page every two seconds: no content while nothing
// has changed, else the row as it is now.
func (p *portal) row(w http.ResponseWriter, r *http.Request) error {
	x, err := p.linkRow(r)
	if err != nil {
		return err
	}
	in, err := p.rowInput(r, x)
	if err != nil {
		return err
	}
	if r.URL.Query().Get(pollParam) == rowVersion(in) {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	// News of one's own are worth the focus, what others did only an announcement.
	in.Fresh = in.Own != nil && in.Own.State.Final()
	return p.renderRow(w, r, http.StatusOK, in)
}

func (p *portal) linkRow(r *http.Request) (linkAction, error) {
	x := linkAction{vendor: ztp.VendorName(r.PathValue("vendor"))}
	var err error
	if x.p, err = p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p")); err != nil {
		return x, err
	}
	x.view, err = p.ctl.Link(r.Context(), p.actor(r), x.p.Slug, x.vendor)
	return x, err
}

// act carries out what was confirmed. The answer is the row as it is then, for
// htmx directly and without script by way of a redirect.
func (p *portal) act(w http.ResponseWriter, r *http.Request) error {
	kind, ok := actionPaths[r.PathValue("action")]
	if !ok {
		return ztp.NotFound("action")
	}
	ref, vendor := r.PathValue("p"), ztp.VendorName(r.PathValue("vendor"))
	res, err := p.carryOut(r, kind, ref, vendor)
	if err != nil {
		return p.refused(w, r, kind, err)
	}
	to := "/platforms/" + ref
	switch {
	case res.AlreadyOnboarded:
		to += "?note=" + noteOnboarded
	case res.AlreadyDisabled:
		to += "?note=" + noteDisabled
	case res.Operation != nil:
		p.settle(r, res.Operation.ID)
		to += "?op=" + string(res.Operation.ID)
	}
	if !isFragment(r) {
		to += "#" + rowID(vendor)
		if r.PostForm.Get(backField) == backProof {
			to = "/platforms/" + ref + "/ztp/" + string(vendor) + "/proof"
			if res.Operation != nil {
				to += "?op=" + string(res.Operation.ID)
			}
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	x, err := p.linkRow(r)
	if err != nil {
		return err
	}
	in, err := p.rowInput(r, x)
	if err != nil {
		return err
	}
	in.Note, in.Fresh = noteOf(res), true
	if res.Operation != nil {
		if op, err := p.ctl.Operation(r.Context(), p.actor(r), res.Operation.ID); err == nil {
			in.Own = &op
		}
	}
	return p.renderRow(w, r, http.StatusOK, in)
}

func noteOf(res control.Result) string {
	switch {
	case res.AlreadyOnboarded:
		return noteOnboarded
	case res.AlreadyDisabled:
		return noteDisabled
	}
	return ""
}

// carryOut calls the use case that the form names.
func (p *portal) carryOut(r *http.Request, kind ztp.OperationKind, ref string, v ztp.VendorName) (control.Result, error) {
	ctx, who, f := r.Context(), p.actor(r), r.PostForm
	sub := control.Submission{Key: f.Get("op")}
	if sub.Key != "" && !ztp.ValidID(sub.Key) && who.MayChange() { // who may not is told so first
		return control.Result{}, ztp.Errorf(ztp.CodeInvalid, "The form is not one of this portal. Open the page again.")
	}
	key := ztp.APIKey{ID: f.Get("key_id"), Secret: ztp.NewSecret(f.Get("key_secret"))}
	switch kind {
	case ztp.KindOnboard:
		return p.ctl.Onboard(ctx, who, ref, v, sub)
	case ztp.KindConnect:
		return p.ctl.Connect(ctx, who, ref, v, control.ConnectRequest{Submission: sub, APIKey: key})
	case ztp.KindRotate:
		return p.ctl.Rotate(ctx, who, ref, v, control.RotateRequest{Submission: sub, Exposed: f.Get("exposed") == "1", APIKey: key})
	case ztp.KindDisable:
		return p.ctl.Disable(ctx, who, ref, v, control.DisableRequest{Submission: sub, Force: f.Get("force") == "1"})
	case ztp.KindAdopt:
		return p.ctl.Adopt(ctx, who, ref, v, f.Get("company_id"), sub)
	case ztp.KindRevokeKey:
		return p.ctl.RevokeKey(ctx, who, ref, v, f.Get("key_id"), sub)
	case ztp.KindUpdateAddress:
		return p.ctl.UpdateAddress(ctx, who, ref, v, sub)
	case ztp.KindPauseForeign:
		return p.ctl.FixAddress(ctx, who, ref, v, f.Get("target"), sub)
	}
	if f.Get("exposed") == "1" {
		return p.ctl.CheckExposed(ctx, who, ref, v, sub)
	}
	return p.ctl.Check(ctx, who, ref, v, sub)
}

// settle gives a quick operation the time to end, so that the answer shows its
// result. It runs on without us in any case.
func (p *portal) settle(r *http.Request, id ztp.OperationID) {
	if p.cfg.Settle > 0 {
		_, _ = p.ctl.WaitOperation(r.Context(), p.actor(r), id, p.cfg.Settle)
	}
}

// refused answers an action that was not started. Wrong fields go back into the
// form; every other refusal stands in the row.
func (p *portal) refused(w http.ResponseWriter, r *http.Request, kind ztp.OperationKind, cause error) error {
	e := ztp.AsError(cause)
	status := e.Entry("").Status
	if e.Code == ztp.CodeNotAllowed || e.Code == ztp.CodeNotFound || e.Code == ztp.CodeInternal || ztp.InDatabase(cause) {
		return cause
	}
	x, err := p.linkAction(r)
	if err != nil {
		return errors.Join(cause, err)
	}
	if e.Code == ztp.CodeInvalid && len(e.Fields) > 0 {
		view, err := p.confirmation(r, x, r.PostForm, e)
		if err != nil {
			return err
		}
		return p.renderConfirm(w, r, status, view)
	}
	in, err := p.rowInput(r, x)
	if err != nil {
		return err
	}
	in.Tried, in.Fresh = kind, true
	kept := in.View.Error != nil && in.View.Error.Code == e.Code
	if !kept {
		in.Refused = ztp.ProblemOf(e, p.cfg.Now(), p.cfg.RequestID(r.Context()))
	}
	if isFragment(r) {
		return p.renderRow(w, r, status, in)
	}
	if kept {
		http.Redirect(w, r, "/platforms/"+x.p.Slug+"#"+rowID(x.vendor), http.StatusSeeOther)
		return nil
	}
	return p.renderPlatform(w, r, status, x.p.Slug, &in)
}

// rowInput gathers what a row is drawn from: the link, what the reader asked
// for (op in the address), and what failed last when something did.
func (p *portal) rowInput(r *http.Request, x linkAction) (rowInput, error) {
	in := rowInput{Platform: x.p, View: x.view, Actor: p.actor(r), Now: p.cfg.Now()}
	if note := r.URL.Query().Get("note"); note == noteOnboarded || note == noteDisabled {
		in.Note = note
	}
	in.Own = p.ownOperation(r, x)
	if in.Own != nil && in.Own.Kind.WritesEndpoint() {
		in.Own = nil // of a phone, which has a page of its own
	}
	if op := x.view.Operation; in.Own == nil && op != nil && op.Actor.String() == in.Actor.String() {
		in.Own = op // after a reload in flight; its end is news all the same
	}
	if x.view.Error != nil {
		kind, err := p.lastTried(r, x)
		if err != nil {
			return in, err
		}
		in.Tried = kind
	}
	return in, nil
}

// ownOperation returns the operation that the address names, while it is news
// and the reader's own. Anything else is simply not there.
func (p *portal) ownOperation(r *http.Request, x linkAction) *ztp.Operation {
	id := r.URL.Query().Get("op")
	if !ztp.ValidID(id) {
		return nil
	}
	op, err := p.ctl.Operation(r.Context(), p.actor(r), ztp.OperationID(id))
	switch {
	case err != nil, op.Platform != x.p.ID, op.Vendor != x.view.Info.Name,
		op.Actor.String() != p.actor(r).String():
		return nil
	case op.State.Final() && p.cfg.Now().Sub(op.FinishedAt) > newsAge:
		return nil
	}
	return &op
}

// lastTried finds which action the link's problem belongs to: the newest
// operation that ended with it, or else the newest refusal in the audit log.
func (p *portal) lastTried(r *http.Request, x linkAction) (ztp.OperationKind, error) {
	want := x.view.Error.Code
	ops, err := p.ctl.ListOperations(r.Context(), p.actor(r), ztp.OperationQuery{Platform: x.p.ID, Vendor: x.view.Info.Name, Limit: 5})
	if err != nil {
		return "", err
	}
	for _, op := range ops.Items {
		if op.Error != nil && op.Error.Code == want && !op.FinishedAt.Before(x.view.Error.At.Add(-newsAge)) {
			return op.Kind, nil
		}
	}
	events, err := p.ctl.Events(r.Context(), p.actor(r), ztp.EventQuery{Platform: x.p.ID, Vendor: x.view.Info.Name, Outcome: ztp.OutcomeRefused, Limit: 1})
	if err != nil || len(events.Items) == 0 || events.Items[0].Code != want {
		return "", err
	}
	for path, kind := range actionPaths {
		if events.Items[0].Action == string(kind)+".asked" || events.Items[0].Action == path+".asked" {
			return kind, nil
		}
	}
	return "", nil
}

// rowFragment is a row with what changes on the page beside it.
type rowFragment struct {
	Row       rowView
	Attention int
	Activity  activityView
	// Phones is set for the row of the vendor at which phones are added.
	Phones *phonesHead
}

func (p *portal) renderRow(w http.ResponseWriter, r *http.Request, status int, in rowInput) error {
	activity, err := p.activity(r, in.Platform)
	if err != nil {
		return err
	}
	p.forgetPlatforms()
	fragment := rowFragment{Row: buildRow(in), Attention: p.attention(r, p.actor(r)), Activity: activity}
	if in.View.Info.Name == p.firstVendor() {
		head := p.phonesHead(r, in.Platform, in.View)
		fragment.Phones = &head
	}
	return p.renderBlock(w, r, status, "platform", "row-answer", fragment)
}
