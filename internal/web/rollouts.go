package web

import (
	"net/http"
	"strconv"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// rolloutCheck is the line of Health about changes of settings that go out in rings.
func (p *portal) rolloutCheck(r *http.Request, h control.Health) (check, error) {
	mayChange := p.actor(r).MayChange()
	c := check{ID: "setting-changes", Name: "Changes of settings", Status: status{"ok", "None on its way"},
		Evidence: []string{"A change for more than " + strconv.Itoa(ztp.ManyPhones) + " phones is proposed, and goes to a part of them first."}}
	if len(h.Rollouts) > 0 {
		c.Status.Text = plural(len(h.Rollouts), "on its way", "on their way")
	}
	stopped := 0
	for _, one := range h.Rollouts {
		place, err := p.scopeName(r, one.Scope)
		if err != nil {
			return c, err
		}
		line := "Settings of " + place + ": " + one.State.Title() + ", at " + one.Reach(thousands) + "."
		if one.State == ztp.RolloutStopped {
			stopped++
			line += " " + one.Reason
		}
		c.Evidence = append(c.Evidence, line+" To see it: zerotouch settings rollout show "+string(one.ID))
		if mayChange && len(c.Links) < 20 {
			for _, l := range rolloutLinks(one) { // there may be some, side by side
				c.Links = append(c.Links, NavLink{l.Title + " (" + place + ")", l.Href})
			}
		}
	}
	if h.Frozen != nil {
		c.Status = status{"warn", "Frozen"}
		c.Evidence = append(c.Evidence, ztp.AsError(h.Frozen.Err()).Detail+" Phones go on getting what they get until: zerotouch settings unfreeze")
	}
	if stopped > 0 {
		c.Status = status{"err", plural(stopped, "stopped", "stopped")}
	}
	switch {
	case mayChange && h.Frozen == nil:
		c.Links = append(c.Links, NavLink{"Freeze…", "/setting-freeze/on"})
	case mayChange:
		c.Links = append(c.Links, NavLink{"Unfreeze…", "/setting-freeze/off"})
	}
	c.Links = append(c.Links, NavLink{"All changes", rolloutsPath})
	return c, nil
}

// rolloutLinks ask what is to become of a change.
func rolloutLinks(r ztp.Rollout) []NavLink {
	at := "/setting-rollouts/" + string(r.ID)
	links := []NavLink{{"Take back…", at + "/back"}}
	if r.State.Open() {
		links = append(links, NavLink{"Send on…", at + "/advance"})
	}
	if r.State == ztp.RolloutRunning {
		links = append(links, NavLink{"Stop…", at + "/stop"})
	}
	return links
}

// onItsWay tells of a change of these settings that not every phone has, nil without one.
func (v settingsView) onItsWay() *message {
	r := v.Rollout
	if r == nil {
		return nil
	}
	m := message{Kind: "info", Level: 2, Title: "A change of these settings: " + strings.ToLower(r.State.Title())}
	changes := rolloutLines(v.Changes, false)
	switch r.State {
	case ztp.RolloutProposed:
		m.Paras = []string{"There are " + plural(r.Phones, "phone", "phones") + " below, so no phone has it yet: it goes to a part of them first. What you change besides joins it."}
	case ztp.RolloutStopped:
		m.Kind, m.Paras = "err", []string{r.Reason, "It is at " + r.Reach(thousands) + ". Those keep it. Nothing else can be changed here until it is sent on to all or taken back."}
	default:
		m.Paras = []string{"It is at " + r.Reach(thousands) + ", and goes on when these are well. Nothing else can be changed here until it has ended."}
	}
	m.Paras = append(append(m.Paras, changes...), "What stands below counts for phones that it has not reached.")
	if v.change {
		for _, l := range rolloutLinks(*r) {
			m.Buttons = append(m.Buttons, button{Label: l.Title, Href: l.Href})
		}
	}
	return &m
}

// frozen says that no change of settings goes out, nil when they do.
func (p *portal) frozen(r *http.Request) (*message, error) {
	f, err := p.ctl.SettingFreeze(r.Context(), p.actor(r))
	if err != nil || f == nil {
		return nil, err
	}
	m := message{Kind: "warn", Level: 2, Title: "Settings of phones are frozen", Paras: []string{ztp.AsError(f.Err()).Detail + " Phones go on getting what they get."}}
	if p.actor(r).MayChange() {
		m.Buttons = []button{{Label: "Unfreeze…", Href: "/setting-freeze/off"}}
	}
	return &m, nil
}

// askRollout asks before a change of settings is moved, with what it changes.
func (p *portal) askRollout(w http.ResponseWriter, r *http.Request) error {
	return p.rolloutForm(w, r, http.StatusOK, nil)
}

func (p *portal) rolloutForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	v, err := p.ctl.RolloutDiff(r.Context(), p.actor(r), ztp.RolloutID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if to := r.PathValue("to"); !v.State.Open() && (to == "advance" || to == "stop") { // by a link from before
		return ztp.Errorf(ztp.CodeRolloutEnded, "It is %s.", strings.ToLower(v.State.Title()))
	}
	f := formPage{basePage: basePage{Nav: "health"}, Action: "/setting-rollouts/" + string(v.ID) + "/" + r.PathValue("to"), Cancel: "/health#setting-changes"}
	switch r.PathValue("to") {
	case "advance":
		next := v.Onward()
		f.Heading, f.Submit = "Send the change of settings on?", "Send to "+strconv.Itoa(next)+" %"
		f.Intro = "It goes to " + strconv.Itoa(next) + " % of the phones now. " + rolloutThen(v.Rollout)
		f.Hidden = []hidden{{"percent", strconv.Itoa(next)}}
		f.Will = append([]string{"Reach " + thousands(ztp.RingSize(v.Phones, next)) + " of " + plural(v.Phones, "phone", "phones")}, rolloutLines(v.Changes, false)...)
	case "stop":
		f.Heading, f.Submit, f.Danger = "Stop the change of settings?", "Stop", true
		f.Intro = "No further phones have it; those that have it keep it."
		f.Fields = []field{{Name: "reason", Label: "Reason", Hint: "Shown with it.", Type: "text", Max: 120, Complete: "off", Value: r.PostForm.Get("reason")}}
	case "back":
		f.Heading, f.Submit, f.Danger = "Take the change of settings back?", "Take back", true
		f.Intro = "What was set before counts again, for every phone when it asks next."
		f.Will = append([]string{"Reach the " + plural(v.InRing, "phone that has it", "phones that have it")}, rolloutLines(v.Changes, true)...)
		if v.State == ztp.RolloutProposed {
			f.Intro, f.Will, f.Wont = "No phone has it yet.", []string{"Drop the change"}, rolloutLines(v.Changes, false)
		}
	default:
		return ztp.NotFound("page")
	}
	f.Crumbs = []crumb{{"Health", "/health"}, {Title: f.Heading[:len(f.Heading)-1]}}
	whose, err := p.scopeName(r, v.Scope)
	if err != nil {
		return err
	}
	f.Intro = "Settings of " + whose + ". " + f.Intro
	return p.form(w, r, code, f, e)
}

// rolloutThen says how the change goes on after the next ring.
func rolloutThen(r ztp.Rollout) string {
	switch {
	case r.State == ztp.RolloutRunning:
		return "By itself it would go on when those that have it are well."
	case r.State == ztp.RolloutStopped:
		return "There it was stopped: it is watched anew, and goes on by itself while those that have it are well."
	case r.NextRing() == ztp.RolloutRings[len(ztp.RolloutRings)-1]:
		return "Those are all of them."
	}
	return "From there it goes on by itself while those that have it are well."
}

// rolloutLines say what it sets, or what is set when it is taken back.
func rolloutLines(changes []ztp.RolloutChange, back bool) []string {
	const most = 20
	var lines []string
	for i, c := range changes {
		if i == most {
			return append(lines, "Set "+thousands(len(changes)-most)+" more")
		}
		from, to := c.Before, c.After
		if back {
			from, to = to, from
		}
		lines = append(lines, "Set "+c.Label()+": "+rolloutValue(c, from)+" → "+rolloutValue(c, to))
	}
	return lines
}

func rolloutValue(c ztp.RolloutChange, v *string) string {
	switch {
	case v == nil:
		return "not set"
	case c.Secret:
		return "a secret"
	case c.Name == ztp.SettingCACertificates && *v != "":
		return quoted(strings.Join(ztp.CertificateWords(*v), "; "))
	}
	return quoted(*v)
}

// moveRollout does what was asked.
func (p *portal) moveRollout(w http.ResponseWriter, r *http.Request) (err error) {
	ctx, a, id := r.Context(), p.actor(r), ztp.RolloutID(r.PathValue("id"))
	switch r.PathValue("to") {
	case "advance":
		percent, _ := strconv.Atoi(r.PostForm.Get("percent"))
		_, err = p.ctl.AdvanceRollout(ctx, a, id, percent)
	case "stop":
		_, err = p.ctl.StopRollout(ctx, a, id, trimmed(r.PostForm, "reason"))
	case "back":
		_, err = p.ctl.TakeBackRollout(ctx, a, id)
	default:
		return ztp.NotFound("page")
	}
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.rolloutForm(w, r, code, e) })
	}
	return seeOther(w, r, "/health#setting-changes")
}

// askFreeze asks before settings are frozen, or let go again.
func (p *portal) askFreeze(w http.ResponseWriter, r *http.Request) error {
	return p.freezeForm(w, r, http.StatusOK, nil)
}

func (p *portal) freezeForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	f := formPage{basePage: basePage{Nav: "health"}, Action: "/setting-freeze/" + r.PathValue("to"), Cancel: "/health#setting-changes"}
	switch r.PathValue("to") {
	case "on":
		f.Heading, f.Submit, f.Danger = "Freeze the settings of phones?", "Freeze", true
		f.Intro = "In the whole installation nothing is set, sent on or taken back until somebody unfreezes them. Changes for many phones can be proposed, and those that go out can be stopped. Phones go on getting what they get."
		f.Fields = []field{{Name: "reason", Label: "Reason", Hint: "Health shows it meanwhile.", Type: "text", Max: 120, Complete: "off", Value: r.PostForm.Get("reason")}}
	case "off":
		f.Heading, f.Submit, f.Intro = "Unfreeze the settings of phones?", "Unfreeze", "Changes of settings go out again."
	default:
		return ztp.NotFound("page")
	}
	f.Crumbs = []crumb{{"Health", "/health"}, {Title: f.Heading[:len(f.Heading)-1]}}
	return p.form(w, r, code, f, e)
}

// setFreeze freezes them, or lets them go.
func (p *portal) setFreeze(w http.ResponseWriter, r *http.Request) (err error) {
	switch r.PathValue("to") {
	case "on":
		_, err = p.ctl.FreezeSettings(r.Context(), p.actor(r), trimmed(r.PostForm, "reason"))
	case "off":
		err = p.ctl.UnfreezeSettings(r.Context(), p.actor(r))
	default:
		return ztp.NotFound("page")
	}
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.freezeForm(w, r, code, e) })
	}
	return seeOther(w, r, "/health#setting-changes")
}
