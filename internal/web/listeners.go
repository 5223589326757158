package web

import (
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// certificatesCheck tells when the certificates of this process end, and which files
// cannot be used.
func certificatesCheck(h control.Health) check {
	c := check{ID: "certificates", Name: "TLS certificates", Status: status{"ok", "In order"}}
	if len(h.Listeners.Certificates) == 0 {
		c.Status.Text = "None here"
		c.Evidence = []string{"No listener of this process shows a certificate: TLS is spoken by a proxy in front, or nobody else reaches it."}
		return c
	}
	nearest, ended := 0, false
	for _, x := range h.Listeners.Certificates {
		line := "Listener " + x.Listener + ", " + code(strings.Join(x.Names, " ")) + ", " + x.Key + ": until " + x.NotAfter.Format(minuteLayout) + "."
		switch alarm := x.Alarm(h.Now); {
		case !x.NotAfter.After(h.Now):
			line += " It has ended: nobody who checks it comes in."
			ended = true
		case alarm > 0:
			line += " That is in " + plural(int(x.NotAfter.Sub(h.Now)/(24*time.Hour)), "day", "days") + "."
			if nearest == 0 || alarm < nearest {
				nearest = alarm
			}
		}
		c.Evidence = append(c.Evidence, line)
	}
	switch {
	case ended:
		c.Status = status{"err", "Has ended"}
	case nearest == 7:
		c.Status = status{"err", "Ends within 7 days"}
	case nearest > 0:
		c.Status = status{"warn", "Ends within " + plural(nearest, "day", "days")}
	}
	for _, t := range h.Listeners.Troubles {
		c.Evidence = append(c.Evidence, "Listener "+t.Listener+": a changed file cannot be used, what was read before stays in use. Since "+t.Since.UTC().Format(minuteLayout)+": "+code(t.Detail)+".")
		if c.Status.Kind == "ok" {
			c.Status = status{"warn", "A new file cannot be used"}
		}
	}
	return c
}

// authoritiesShown is how many certificates of authorities Health names.
const authoritiesShown = 10

// authoritiesCheck tells when certificates end that phones are told to trust.
func authoritiesCheck(h control.Health, platforms []control.PlatformView) check {
	c := check{ID: "authorities", Name: "Authorities that phones are told to trust", Status: status{"ok", plural(len(h.Authorities), "certificate", "certificates")}}
	if len(h.Authorities) == 0 {
		c.Status.Text = "None"
		c.Evidence = []string{"Phones trust those of their maker alone."}
		return c
	}
	for i, a := range h.Authorities {
		if i == authoritiesShown {
			c.Evidence = append(c.Evidence, thousands(len(h.Authorities)-i)+" more, which end later.")
			break
		}
		line := quoted(a.Words()) + ". Set for " + trustedBy(a, platforms) + "."
		if !a.NotAfter.After(h.Now) {
			line += " It has ended: what it has signed is refused by phones."
		}
		c.Evidence = append(c.Evidence, line)
	}
	switch first := h.Authorities[0]; {
	case !first.NotAfter.After(h.Now):
		c.Status = status{"err", "Has ended"}
	case first.Alarm(h.Now) == 7:
		c.Status = status{"err", "Ends within 7 days"}
	case first.Alarm(h.Now) > 0:
		c.Status = status{"warn", "Ends within " + plural(first.Alarm(h.Now), "day", "days")}
	}
	return c
}

// trustedBy names the installation and platforms in whose settings a certificate stands, in
// whichever layer.
func trustedBy(a ztp.TrustedAuthority, platforms []control.PlatformView) string {
	const most = 3
	var names []string
	for _, s := range a.Scopes {
		name := "the installation"
		if s.Platform != "" {
			name = "a platform"
			if i := slices.IndexFunc(platforms, func(v control.PlatformView) bool { return v.Platform.ID == s.Platform }); i >= 0 {
				name = code(platforms[i].Platform.Slug)
			}
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if more := len(names) - most; more > 0 {
		names = append(names[:most], thousands(more)+" more")
	}
	return strings.Join(names, ", ")
}

// handshakesShown is how many kinds of failed handshakes Health names, and
// handshakesFresh how long one is a reason to look.
const (
	handshakesShown = 10
	handshakesFresh = 24 * time.Hour
)

// handshakesCheck names phones that reach us and cannot talk TLS with us: no log of fetches
// knows of them.
func handshakesCheck(h control.Health) check {
	c := check{ID: "handshakes", Name: "TLS handshakes of phones", Status: status{"ok", "None failed"},
		Evidence: []string{"No phone was turned away by TLS in the last day."}}
	fresh := 0
	for _, f := range h.Listeners.Handshakes {
		if h.Now.Sub(f.Last) > handshakesFresh {
			continue
		}
		if fresh++; fresh == 1 {
			c.Evidence = nil
		}
		if fresh > handshakesShown {
			continue
		}
		line := code(f.Address) + ", " + plural(f.Count, "time", "times") + ", last " + f.Last.Format(secondLayout) + ". " + f.Reason.Text()
		for _, more := range []string{f.Name, f.Offers, f.Alert} {
			if more != "" {
				line += " " + code(more)
			}
		}
		c.Evidence = append(c.Evidence, line)
	}
	if fresh > 0 {
		c.Status = status{"warn", plural(fresh, "kind failed", "kinds failed")}
	}
	if fresh > handshakesShown {
		c.Evidence = append(c.Evidence, "And "+thousands(fresh-handshakesShown)+" more: `zerotouch health --handshakes`.")
	}
	return c
}
