package web

import (
	"net/http"
	"strconv"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// offboardPage says what is given up at each vendor, and asks.
type offboardPage struct {
	basePage
	Crumbs   []crumb
	Platform ztp.Platform
	Problem  *message
	Vendors  []offboardVendor
	Ends     []string
	// Latest leads to the last off-boarding, Remove to where the platform is removed.
	Latest *NavLink
	Remove string
	Fields []field
	Hidden []hidden
	Submit string
}

// offboardVendor is what is done at one vendor, in its order.
type offboardVendor struct {
	ID, Title string
	Steps     []offboardStep
}

type offboardStep struct {
	N int
	control.OffboardStep
}

// askOffboard shows what an off-boarding would give up. One that runs is shown instead.
func (p *portal) askOffboard(w http.ResponseWriter, r *http.Request) error {
	return p.offboardForm(w, r, http.StatusOK, nil)
}

func (p *portal) offboardForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	plan, err := p.ctl.PlanOffboarding(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	if l := plan.Latest; l != nil && l.State == ztp.OffboardingRunning && e == nil {
		return seeOther(w, r, offboardingPath(l.ID))
	}
	title := "Off-board platform"
	page := offboardPage{Crumbs: append(platformCrumbs(plan.Platform), crumb{Title: title}), Platform: plan.Platform, Submit: "Give up " + plural(plan.Phones, "phone", "phones")}
	if plan.Phones == 0 {
		page.Submit = "Off-board platform"
	}
	keep := r.Method == http.MethodPost && r.PostForm.Get("home") == ""
	for _, part := range plan.Parts {
		v := offboardVendor{ID: string(part.Info.Name), Title: part.Info.Title}
		for i, step := range part.Steps(false, plan.Served) {
			v.Steps = append(v.Steps, offboardStep{i + 1, step})
		}
		page.Vendors = append(page.Vendors, v)
	}
	for _, op := range plan.Waits {
		page.Ends = append(page.Ends, op.Kind.Noun()+", asked for by "+op.Actor.String()+" at "+clock(op.CreatedAt)+" UTC")
	}
	if l := plan.Latest; l != nil {
		page.Latest = &NavLink{"The last off-boarding: " + strings.ToLower(l.State.Title()), offboardingPath(l.ID)}
	}
	page.Fields, page.Hidden = offboardFields(plan, r, keep)
	page.Problem = formProblem(e, withErrors(page.Fields, e), "")
	if e != nil {
		title = "Error: " + title
	}
	page.basePage = p.base(r, "platforms", title)
	if page.CanChange {
		page.Remove = "/platforms/" + plan.Platform.Slug + "/remove"
	}
	return p.render(w, r, code, "offboard", page)
}

// offboardFields ask whether phones are sent home, and for many phones the platform's slug
// and their number. Of few the number goes along unseen: what was shown is what is given up.
func offboardFields(plan control.OffboardPlan, r *http.Request, keep bool) ([]field, []hidden) {
	var fields []field
	hide := []hidden{{"op", ztp.NewID()}}
	if plan.Served {
		fields = append(fields, field{Name: "home", Label: "Send phones home", Type: "checkbox", Checked: !keep,
			Hint: "Without it, phones in service are served here as before, as long as the platform exists."})
	}
	if plan.Phones <= ztp.OffboardAsks {
		return fields, append(hide, hidden{"phones", strconv.Itoa(plan.Phones)})
	}
	return append(fields,
		field{Name: "confirm", Label: "Type the platform's slug", Hint: plan.Platform.Slug, Type: "text", Required: true, Max: 40, Complete: "off", Mono: true, Value: trimmed(r.PostForm, "confirm")},
		field{Name: "phones", Label: "Type how many phones are given up", Hint: strconv.Itoa(plan.Phones), Type: "text", Required: true, Max: 9, Complete: "off", Value: trimmed(r.PostForm, "phones")},
	), hide
}

// offboard begins it.
func (p *portal) offboard(w http.ResponseWriter, r *http.Request) error {
	req, err := p.offboardRequest(r)
	var o ztp.Offboarding
	if err == nil {
		var nothing bool
		o, nothing, err = p.ctl.Offboard(r.Context(), p.actor(r), r.PathValue("p"), req)
		if err == nil && nothing {
			return seeOther(w, r, "/platforms/"+r.PathValue("p")+"/offboard")
		}
	}
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.offboardForm(w, r, status, e) })
	}
	return seeOther(w, r, offboardingPath(o.ID))
}

// offboardRequest reads the form. Whoever may not change anything is told that first.
func (p *portal) offboardRequest(r *http.Request) (control.OffboardRequest, error) {
	req := control.OffboardRequest{Submission: submissionOf(r), KeepPhones: r.PostForm.Get("home") == ""}
	if !p.actor(r).MayChange() {
		return req, nil
	}
	n, err := strconv.Atoi(trimmed(r.PostForm, "phones"))
	if err != nil {
		return req, ztp.Invalid("phones", "Give the number of phones in digits.")
	}
	req.Phones = &n
	if n <= ztp.OffboardAsks {
		return req, nil
	}
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err == nil && trimmed(r.PostForm, "confirm") != pl.Slug {
		err = ztp.Invalid("confirm", "This is not the slug of the platform.")
	}
	return req, err
}
