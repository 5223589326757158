package web

import (
	"strconv"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// rolloutCheck is the line of Health about changes of settings that go out in rings.
func rolloutCheck(h control.Health, views []control.PlatformView) check {
	c := check{ID: "setting-changes", Name: "Changes of settings", Status: status{"ok", "None on its way"},
		Evidence: []string{"A change above more than " + strconv.Itoa(ztp.ManyPhones) + " phones is proposed, and goes to a part of them first."}}
	if len(h.Rollouts) > 0 {
		c.Status.Text = plural(len(h.Rollouts), "on its way", "on their way")
	}
	stopped := 0
	for _, r := range h.Rollouts {
		line := "Settings of " + rolloutPlace(r.Scope, views) + ": " + r.State.Title() + ", at " + thousands(r.InRing) + " of " + plural(r.Phones, "phone", "phones") + "."
		if r.State == ztp.RolloutStopped {
			stopped++
			line += " " + r.Reason
		}
		c.Evidence = append(c.Evidence, line+" To see it: zerotouch settings rollout show "+string(r.ID))
	}
	if h.Frozen != nil {
		c.Status = status{"warn", "Frozen"}
		c.Evidence = append(c.Evidence, ztp.AsError(h.Frozen.Err()).Detail+" Phones go on getting what they get until: zerotouch settings unfreeze")
	}
	if stopped > 0 {
		c.Status = status{"err", plural(stopped, "stopped", "stopped")}
	}
	return c
}

// rolloutPlace says whose settings they are.
func rolloutPlace(s ztp.SettingScope, views []control.PlatformView) string {
	if s.Platform == "" {
		return "the installation"
	}
	name := string(s.Platform)
	for _, v := range views {
		if v.ID == s.Platform {
			name = v.Name
		}
	}
	if s.Account != "" {
		return "an account of " + name
	}
	return name
}
