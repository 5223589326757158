package web

import (
	"strings"
	"time"

	"zerotouch.example/internal/control"
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
