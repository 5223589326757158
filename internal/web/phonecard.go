package web

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// phoneCard draws what is known of one phone, and what can be done to it now.
func (p *portal) phoneCard(r *http.Request, f foundPhone) (phoneCard, error) {
	vendor := p.vendorTitle(f.e.Vendor)
	c := phoneCard{
		MAC: f.e.MAC, Name: f.e.Name, Endpoint: f.e, Vendor: vendor, Status: phoneStatus(f.e, vendor),
		SIP: sipWords(f.e.SIP), Busy: f.op != nil, Poll: withParam(phonePath(f.p, f.e.MAC), pollParam, phoneVersion(f)),
	}
	acc, err := p.ctl.Account(r.Context(), p.actor(r), f.p.Slug, string(f.e.Account))
	switch {
	case err == nil:
		c.Account, c.Href = acc, accountPath(f.p, acc)
	case !ztp.IsCode(err, ztp.CodeNotFound): // a released phone may outlive its account
		return c, err
	}
	c.Contact = p.contactOf(r, f)
	c.Life, c.Explain, c.Notes = macPath(f.e.MAC), phonePath(f.p, f.e.MAC)+"/explain", p.phoneNotes(r, f)
	if f.e.State != ztp.EndpointReleased {
		at := phonePath(f.p, f.e.MAC)
		c.Settings, c.Preview = at+"/settings", at+"/preview"
	}
	if c.Resync = f.resync; c.Resync != nil {
		c.ResyncSays, c.ResyncHref = strings.TrimSuffix(c.Resync.State.Title()+": "+resyncNote(*c.Resync), ": "), resyncPath(c.Resync.Resync)
	}
	if f.op != nil {
		c.Status = status{"busy", phoneVerb(f.op.Kind)}
		c.Waiting = phoneWaiting(f.op, vendor)
	}
	if p.actor(r).MayChange() {
		c.Actions, c.Why = phoneActions(f), f.whyNot(vendor)
		c.Actions = slices.Insert(c.Actions, max(len(c.Actions)-1, 0), contactActions(f)...) // what can't be undone stays last
		if f.e.State != ztp.EndpointReleased && !f.e.FirstFetchedAt.IsZero() {
			look := button{ID: "b-resync", Label: "Look again…", On: f.e.MAC.String(), Href: "/platforms/" + f.p.Slug + "/resync?mac=" + url.QueryEscape(f.e.MAC.String())}
			if c.LookOff = p.lookOff(); c.LookOff != "" {
				look.Disabled, look.WhyOff = true, "look-off"
			}
			c.Actions = slices.Insert(c.Actions, 0, look)
		}
	}
	switch {
	case f.e.Error != nil:
		c.Message = phoneProblem(f.e, f.e.Error, vendor, f.link.TakesPhones() && p.actor(r).MayChange())
		c.Message.Buttons = append(c.Message.Buttons, p.moveHere(r, f)...)
	case f.op == nil:
		c.Message = p.phoneNews(r, f, vendor)
	}
	return c, nil
}

// phoneVerb is what an open operation is doing to a phone.
func phoneVerb(k ztp.OperationKind) string {
	switch k {
	case ztp.KindPause:
		return "Pausing"
	case ztp.KindResume:
		return "Resuming"
	case ztp.KindRelease:
		return "Releasing"
	case ztp.KindReplace:
		return "Replacing"
	case ztp.KindMove:
		return "Moving"
	}
	return "Registering"
}

func phoneWaiting(op *ztp.Operation, vendor string) string {
	s := "Waiting for " + vendor + ". Started by " + op.Actor.String() + " at " + clock(op.CreatedAt) + " UTC."
	switch {
	case op.State == ztp.OperationWaiting:
		s += " " + waiting(op)
	case op.State == ztp.OperationUnknown && !op.NextAt.IsZero():
		s += " " + vendor + " didn't answer in time; it is read again by itself at " + clock(op.NextAt) + " UTC."
	}
	return s + " You can leave this page."
}

// phoneActions are what makes sense in the phone's state; in flight all are off.
func phoneActions(f foundPhone) []button {
	path, on := phonePath(f.p, f.e.MAC), f.e.MAC.String()
	ask := func(label, action, kind string) button {
		return button{ID: "b-" + action, Label: label, On: on, Kind: kind, Href: path + "/" + action, Disabled: f.op != nil}
	}
	var out []button
	switch f.e.State {
	case ztp.EndpointReleased: // history
		if !f.link.TakesPhones() {
			return nil
		}
		again := url.Values{"mac": {on}, "account": {string(f.e.Account)}, "product_group": {f.e.ProductGroup}, "name": {f.e.Name}, "model": {f.e.Model}, "serial": {f.e.Serial}}
		return []button{{Label: "Add it again", On: on, Href: "/platforms/" + f.p.Slug + "/phones/new?" + again.Encode()}}
	case ztp.EndpointListed:
		if f.link.TakesPhones() {
			out = append(out, ask("Pause…", "pause", ""))
		}
	case ztp.EndpointPaused:
		if f.link.TakesPhones() {
			out = append(out, ask("Resume…", "resume", "act"))
		}
	}
	if f.link.TakesPhones() && !nothingHeld(f.e) {
		out = append(out, ask("Replace…", "replace", ""), ask("Move…", "move", ""))
	}
	label := "Release…"
	if nothingHeld(f.e) {
		label = "Remove…"
	}
	return append(out, ask(label, "release", "quiet"))
}

// nothingHeld reports whether there is nothing to give up as far as is known here:
// the vendor never confirmed the phone, or somebody else has it now.
func nothingHeld(e ztp.Endpoint) bool {
	return e.State == ztp.EndpointFailed && (e.ConfirmedAt.IsZero() || e.Error != nil && e.Error.Code == ztp.CodeEndpointTaken)
}

// namesMAC matches a vendor's reason that is about the MAC address.
var namesMAC = regexp.MustCompile(`(?i)(^|[^a-z])mac([^a-z]|$)`)

// phoneProblem is why the vendor refused; again: it can be tried once more below.
func phoneProblem(e ztp.Endpoint, p *ztp.Problem, vendor string, again bool) *message {
	title, paras, entry := problemText(p, vendor)
	m := &message{Kind: "err", Title: title, Paras: append(paras, named(p)...), Steps: []string{entry.Remedy}, Meta: problemMeta(p), Level: 2}
	switch {
	case again && p.Code == ztp.CodeVendorRejected && nothingHeld(e) && namesMAC.MatchString(p.Detail):
		// No form changes the MAC of a phone.
		m.Steps = []string{"Remove it and add it with the right MAC address."}
	case again:
		m.Steps = append(m.Steps, "Save it again below to try once more.")
	}
	return m
}

// phoneNews is the success of what this reader asked for a moment ago.
func (p *portal) phoneNews(r *http.Request, f foundPhone, vendor string) *message {
	id := r.URL.Query().Get("op")
	if !ztp.ValidID(id) {
		return nil
	}
	op, err := p.ctl.Operation(r.Context(), p.actor(r), ztp.OperationID(id))
	if err != nil || op.Platform != f.p.ID || op.MAC != f.e.MAC || !op.State.Final() ||
		op.Actor.String() != p.actor(r).String() || p.cfg.Now().Sub(op.FinishedAt) > newsAge {
		return nil
	}
	if op.State != ztp.OperationDone {
		if op.Error == nil {
			return nil
		}
		return phoneProblem(f.e, op.Error, vendor, f.link.TakesPhones() && p.actor(r).MayChange())
	}
	words := op.Outcome(vendor)
	return &message{Kind: "ok", Level: 2, Fresh: true, Title: words.Title, Paras: []string{words.Text}}
}

// phoneConfirm is the confirmation of what can be done to a phone; false for
// what can't.
func phoneConfirm(action string, f foundPhone, vendor string) (confirmView, bool) {
	c := confirmView{ID: "ask-" + action, Platform: f.p, Hidden: []hidden{{"op", ztp.NewID()}},
		Action: phonePath(f.p, f.e.MAC) + "/" + action, Cancel: phonePath(f.p, f.e.MAC)}
	mac := code(f.e.MAC.String())
	switch action {
	case "pause":
		c.Title, c.Confirm = "Pause this phone?", "Pause phone"
		c.effects = effects{
			Will: []string{"Stop the redirection of " + mac + " at " + vendor, "After its next factory reset it falls back to what it finds on its own network"},
			Wont: []string{"Stop it while it is in service", "Give the MAC address up: nobody else can claim it"},
			Note: "You can resume it at any time."}
	case "resume":
		c.Title, c.Confirm = "Resume this phone?", "Resume phone"
		c.effects = effects{
			Will: []string{"Redirect " + mac + " at " + vendor + " to its account's address again"},
			Wont: []string{"Touch it while it is in service"}}
	case "release":
		c.Title, c.Confirm, c.Danger = "Release this phone?", "Release phone", true
		if nothingHeld(f.e) {
			c.Title, c.Confirm = "Remove this phone?", "Remove phone"
			c.effects = effects{
				Will: []string{"Take " + mac + " out of the list here", "Ask " + vendor + " to give it up for this platform, in case it was registered after all"},
				Wont: []string{"Touch the phone, or what any other company has at " + vendor},
				Note: "As far as is known here, " + vendor + " holds nothing of it for this platform. It can be added again at any time."}
			break
		}
		c.effects = effects{
			Will: []string{"Give up " + mac + " at " + vendor + ": anybody can register it then", "Stop its redirection"},
			Wont: []string{"Stop it while it is in service"},
			Note: "It can be added again as long as nobody else has taken it."}
	default:
		return c, false
	}
	return c, true
}

// confirmPhone asks before a phone is changed.
func (p *portal) confirmPhone(w http.ResponseWriter, r *http.Request) error {
	return p.askPhone(w, r, http.StatusOK, nil)
}

func (p *portal) askPhone(w http.ResponseWriter, r *http.Request, status int, e *ztp.Error) error {
	if !p.actor(r).MayChange() {
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	found, err := p.findPhone(r)
	f, err := p.movable(r, found, err)
	if err != nil {
		return err
	}
	vendor := p.vendorTitle(f.e.Vendor)
	view, ok := phoneConfirm(r.PathValue("action"), f, vendor)
	if !ok {
		if ok, err = p.askTwo(r, &view, f, vendor); err != nil {
			return err
		}
	}
	if !ok {
		return ztp.NotFound("page")
	}
	view.Env, view.Problem = p.cfg.Installation, formProblem(e, withErrors(view.Fields, e), vendor)
	if why := f.whyNot(vendor); why != "" && r.PathValue("action") != "release" {
		view.Problem, view.Blocked, view.effects = notYet(why, vendor, f.p), true, effects{}
	}
	title := view.Title
	if e != nil {
		title = "Error: " + title
	}
	return p.render(w, r, status, "confirm", confirmPage{
		basePage: p.base(r, "platforms", title), Confirm: view,
		Crumbs: append(platformCrumbs(f.p), crumb{f.e.MAC.String(), phonePath(f.p, f.e.MAC)}, crumb{Title: strings.TrimSuffix(view.Title, "?")}),
	})
}

// changePhone carries out what was confirmed.
func (p *portal) changePhone(w http.ResponseWriter, r *http.Request) error {
	mac, err := ztp.ParseMAC(r.PathValue("mac"))
	if err != nil {
		return ztp.NotFound("phone")
	}
	ctx, who, ref, sub := r.Context(), p.actor(r), r.PathValue("p"), submissionOf(r)
	var res control.EndpointResult
	switch r.PathValue("action") {
	case "pause":
		res, err = p.ctl.PauseEndpoint(ctx, who, ref, mac, sub)
	case "resume":
		res, err = p.ctl.ResumeEndpoint(ctx, who, ref, mac, sub)
	case "release":
		res, err = p.ctl.ReleaseEndpoint(ctx, who, ref, mac, sub)
	case "replace":
		res, err = p.replacePhone(r, mac)
	case "move":
		res, err = p.movePhone(r, mac)
	default:
		return ztp.NotFound("action")
	}
	if err != nil {
		return again(err, func(status int, e *ztp.Error) error { return p.askPhone(w, r, status, e) })
	}
	if res.Operation != nil {
		mac = res.Operation.MAC // of a replacement: the new phone's
	}
	return p.phoneAnswer(w, r, mac, res)
}
