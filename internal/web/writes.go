package web

import (
	"net/http"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// writesOffLines say, one for each reason, that nothing is changed at vendors.
func (p *portal) writesOffLines(all []ztp.WritesOff) []string {
	var out []string
	for _, w := range all {
		e := w.Err()
		out = append(out, e.Entry(p.stoppedAt(w.Vendor)).Title+". "+e.Detail)
	}
	return out
}

// stoppedAt names where nothing is changed.
func (p *portal) stoppedAt(v ztp.VendorName) string {
	if v == "" {
		return "all vendors"
	}
	return p.vendorTitle(v)
}

// writesCheck is the line of Health about the switch.
func (p *portal) writesCheck(h control.Health, mayChange bool) check {
	c := check{ID: "vendor-writes", Name: "Vendor writes", Status: status{"ok", "On"},
		Evidence: []string{"Operations may change what vendors have."}}
	lever := NavLink{"Switch off…", "/vendor-writes/off"}
	if len(h.WritesOff) > 0 {
		c.Status, c.Evidence = status{"err", "Off"}, p.writesOffLines(h.WritesOff)
		c.Evidence = append(c.Evidence, "Operations rest before their next change and go on when this is switched on again. Phones in service are not affected.")
		lever = NavLink{"Switch on…", "/vendor-writes/on"}
	}
	if mayChange {
		c.Links = []NavLink{lever}
	}
	return c
}

// restoredCheck is the line of Health about a restore; not there without one.
func restoredCheck(name string, v control.VendorHealth) []check {
	if v.Restored == 0 && v.Later == 0 {
		return nil
	}
	c := check{ID: name + "-restored", Name: "Restored from a backup", Status: status{"warn", plural(v.Restored, "platform to prove", "platforms to prove")}}
	if v.Restored > 0 {
		c.Evidence = append(c.Evidence, "Their keys are tested before anything uses them; what needs a person is said in their rows. Nothing is revoked and nothing started by itself.")
	}
	if v.Later > 0 {
		c.Evidence = append(c.Evidence, plural(v.Later, "key", "keys")+" of ours at "+v.Info.Title+" that this database does not know: from after a backup, or before a rebuild. Their rows name them and offer to remove them.")
	}
	return []check{c}
}

// askVendorWrites asks before the switch is moved.
func (p *portal) askVendorWrites(w http.ResponseWriter, r *http.Request) error {
	return p.writesForm(w, r, http.StatusOK, nil)
}

func (p *portal) writesForm(w http.ResponseWriter, r *http.Request, code int, e *ztp.Error) error {
	off, err := p.ctl.VendorWrites(r.Context(), p.actor(r))
	if err != nil {
		return err
	}
	reason := field{Name: "reason", Label: "Reason", Hint: "Every page shows it meanwhile.", Type: "text", Max: 120, Complete: "off", Value: r.PostForm.Get("reason")}
	f := formPage{basePage: basePage{Nav: "health"}, Action: "/vendor-writes/off", Submit: "Switch off", Danger: true, Cancel: "/health", Heading: "Switch vendor writes off?",
		Intro: "Operations rest before their next change at a vendor, and nothing new is begun, in the whole installation. Checks go on. Phones in service are not affected."}
	switch r.PathValue("to") {
	case "off":
	case "on":
		f.Action, f.Submit, f.Danger, f.Heading = "/vendor-writes/on", "Switch on", false, "Switch vendor writes on?"
		f.Intro = "Operations that rest go on at once."
		reason.Hint = "Kept in the audit log."
		for _, o := range off {
			if o.Reason == ztp.WritesAnotherCopy {
				f.Intro = o.Err().Entry(p.stoppedAt(o.Vendor)).Unchanged + " " + o.Detail +
					" If the other copy is the right one, stop this server instead."
				f.Fields = []field{{Name: "no_other_copy", Label: "No other copy of this installation is running", Type: "checkbox",
					Hint: "From then on this database counts as restored from a backup: every key is tested before it is used, and open operations end."}}
				break
			}
		}
	default:
		return ztp.NotFound("page")
	}
	f.Crumbs = []crumb{{"Health", "/health"}, {Title: f.Heading[:len(f.Heading)-1]}}
	f.Fields = append([]field{reason}, f.Fields...)
	return p.form(w, r, code, f, e)
}

// setVendorWrites moves the switch.
func (p *portal) setVendorWrites(w http.ResponseWriter, r *http.Request) error {
	to := r.PathValue("to")
	if to != "on" && to != "off" {
		return ztp.NotFound("page")
	}
	_, err := p.ctl.SetVendorWrites(r.Context(), p.actor(r), control.WritesRequest{
		On: to == "on", Reason: trimmed(r.PostForm, "reason"), NoOtherCopy: r.PostForm.Get("no_other_copy") == "1",
	})
	if err != nil {
		return again(err, func(code int, e *ztp.Error) error { return p.writesForm(w, r, code, e) })
	}
	p.forgetPlatforms()
	return seeOther(w, r, "/health#vendor-writes")
}
