package web

import (
	"net/http"
	"net/url"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// preLine is one line of what is known before an action is confirmed.
type preLine struct {
	Term   string
	Status status
}

// confirmView is the body of a confirmation, the same in a dialog and on a page.
type confirmView struct {
	ID, Title string
	Platform  ztp.Platform
	Env       string
	Pre       []preLine
	Problem   *message
	effects
	Fields []field
	Hidden []hidden
	Action string
	// Row is the id of the row that takes the answer, "" for a plain form.
	Row     string
	Cancel  string
	Confirm string
	Danger  bool
	// Other is another way, such as disabling without the vendor.
	Other *button
	// Blocked: a known problem takes the button's place. Again is where it is looked at anew.
	Blocked bool
	Again   string
}

// confirmPage is the confirmation as a page of its own.
type confirmPage struct {
	basePage
	Crumbs  []crumb
	Confirm confirmView
}

// linkAction is one request about a row: which link, and to do what.
type linkAction struct {
	kind   ztp.OperationKind
	vendor ztp.VendorName
	view   control.LinkView
	p      ztp.Platform
}

// linkAction finds what a path names.
func (p *portal) linkAction(r *http.Request) (linkAction, error) {
	kind, ok := actionPaths[r.PathValue("action")]
	if !ok {
		return linkAction{}, ztp.NotFound("action")
	}
	x, err := p.linkRow(r)
	x.kind = kind
	return x, err
}

// confirm asks before an action: as a dialog for htmx, else as a page.
func (p *portal) confirm(w http.ResponseWriter, r *http.Request) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	x, err := p.linkAction(r)
	if err != nil {
		return err
	}
	if x.kind == ztp.KindCheck {
		return ztp.NotFound("page") // a check is not asked for, it only reads
	}
	view, err := p.confirmation(r, x, r.URL.Query(), nil)
	if err != nil {
		return err
	}
	return p.renderConfirm(w, r, http.StatusOK, view)
}

func (p *portal) renderConfirm(w http.ResponseWriter, r *http.Request, status int, view confirmView) error {
	if isFragment(r) {
		w.Header().Set("HX-Retarget", "#dialog")
		w.Header().Set("HX-Reswap", "innerHTML")
		return p.renderBlock(w, r, status, "confirm", "dialog", view)
	}
	title := view.Title
	if view.Problem != nil {
		title = "Error: " + title
	}
	return p.render(w, r, status, "confirm", confirmPage{
		basePage: p.base(r, "platforms", title),
		Crumbs:   append(platformCrumbs(view.Platform), crumb{Title: strings.TrimSuffix(view.Title, "?")}),
		Confirm:  view,
	})
}

// confirmation makes the view. values are the parameters of the action; refused
// is what an earlier try of the form was refused for.
func (p *portal) confirmation(r *http.Request, x linkAction, values url.Values, refused *ztp.Error) (confirmView, error) {
	pre, err := p.ctl.Preflight(r.Context(), p.actor(r), x.p.Slug, x.vendor, x.kind)
	if err != nil {
		return confirmView{}, err
	}
	in := effectsIn{
		Info: x.view.Info, View: x.view, Preflight: pre, Now: p.cfg.Now(),
		CompanyID: values.Get("company_id"), KeyID: values.Get("key_id"),
		Force: x.kind == ztp.KindDisable && values.Get("force") == "1",
	}
	path := rowPath(x.p, x.vendor) + "/" + pathOf(x.kind)
	c := confirmView{
		ID: "ask-" + pathOf(x.kind), Platform: x.p, Env: p.cfg.Installation, effects: effectsOf(x.kind, in),
		Action: path, Row: rowID(x.vendor), Cancel: "/platforms/" + x.p.Slug + "#" + rowID(x.vendor),
		Hidden: []hidden{{"op", ztp.NewID()}}, Danger: x.kind == ztp.KindDisable || x.kind == ztp.KindRevokeKey,
	}
	if x.kind == ztp.KindPauseForeign {
		if err := p.fixing(r, x, values.Get("target"), &in); err != nil {
			return confirmView{}, err
		}
		c.effects = effectsOf(x.kind, in)
	}
	if values.Get(backField) == backProof {
		c.Hidden, c.Cancel = append(c.Hidden, hidden{backField, backProof}), proofPath(x.p, x.vendor)
	}
	c.Title, c.Confirm = confirmWords(x, in)
	c.parameters(x, in, values)
	rest := withErrors(c.Fields, refused)
	c.Problem = formProblem(refused, rest, x.view.Info.Title)
	if refused == nil && !in.Force {
		c.preflight(x, pre, p.cfg.Now)
	}
	c.Again = c.again()
	return c, nil
}

// again is the address of this very question.
func (c *confirmView) again() string {
	q := url.Values{}
	for _, h := range c.Hidden {
		if h.Name != "op" {
			q.Set(h.Name, h.Value)
		}
	}
	if len(q) == 0 {
		return c.Action
	}
	return c.Action + "?" + q.Encode()
}

// confirmWords are the title and the button: the same verb in both.
func confirmWords(x linkAction, in effectsIn) (title, button string) {
	vendor := x.view.Info.Title
	switch x.kind {
	case ztp.KindRotate:
		if x.view.Connected {
			return "Replace the " + vendor + " key?", "Replace key"
		}
		return "Rotate " + vendor + " credentials?", "Rotate credentials"
	case ztp.KindDisable:
		if in.Force {
			return "Disable " + vendor + " here only?", "Disable here only"
		}
		return "Disable " + vendor + "?", "Disable " + vendor
	case ztp.KindConnect:
		return "Connect " + vendor + "?", "Connect " + vendor
	case ztp.KindAdopt:
		return "Adopt company " + shorten(in.CompanyID) + "?", "Adopt company"
	case ztp.KindRevokeKey:
		return "Remove key " + shorten(in.KeyID) + "?", "Remove key"
	case ztp.KindPauseForeign:
		return "Fix the address of " + shorten(in.Foreign.Target) + "?", fixButtons[in.Foreign.Fix]
	case ztp.KindUpdateAddress:
		return "Update the address at " + vendor + "?", "Update address"
	}
	return "Onboard " + vendor + "?", "Onboard " + vendor
}

// fixButtons are the verbs of what puts a foreign address right.
var fixButtons = map[string]string{control.FixWrite: "Write its address", control.FixUpdateAddress: "Update address", control.FixPause: "Pause redirection"}

// fixing finds what is to be fixed.
func (p *portal) fixing(r *http.Request, x linkAction, target string, in *effectsIn) (err error) {
	in.Foreign, err = p.ctl.ForeignAddress(r.Context(), p.actor(r), x.p.Slug, x.vendor, target)
	return err
}

// parameters adds the fields that an action needs beside the confirmation.
func (c *confirmView) parameters(x linkAction, in effectsIn, values url.Values) {
	switch {
	case x.kind == ztp.KindConnect, x.kind == ztp.KindRotate && x.view.Connected:
		c.Fields = []field{
			{Name: "key_id", Label: "Key id", Hint: "As the portal of " + x.view.Info.Title + " shows it.", Type: "text",
				Value: values.Get("key_id"), Required: true, Max: 128, Complete: "off", Mono: true},
			{Name: "key_secret", Label: "Key secret", Hint: "It is sealed here and never shown again.", Type: "password",
				Required: true, Max: 512, Complete: "off", Mono: true},
		}
	case x.kind == ztp.KindRotate:
		c.Fields = []field{{Name: "exposed", Label: "The key may have been seen by somebody else", Type: "checkbox",
			Hint: "Also compares the address of every phone and profile with ours, which takes longer.", Checked: values.Get("exposed") == "1"}}
	case x.kind == ztp.KindAdopt:
		c.Hidden = append(c.Hidden, hidden{"company_id", in.CompanyID})
	case x.kind == ztp.KindPauseForeign:
		c.Hidden = append(c.Hidden, hidden{"target", in.Foreign.Target})
	case x.kind == ztp.KindRevokeKey:
		c.Hidden = append(c.Hidden, hidden{"key_id", in.KeyID})
	case in.Force:
		c.Hidden = append(c.Hidden, hidden{"force", "1"})
	}
}
