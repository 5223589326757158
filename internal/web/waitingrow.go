package web

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// waitingRow is who waits for a phone in one network; of one that is held and that nobody
// has come for, the phone.
type waitingRow struct {
	MAC            ztp.MAC
	Name, Href     string
	Why            status
	Notes          []string
	Explain        string // a link
	Since, At      time.Time
	Network, Agent string
	// Known is where the network stands to the phone, "" where nothing is known.
	Known   string
	Actions []button
}

// waitingRows are the networks of a phone that wait, one a row.
func (p *portal) waitingRows(pl ztp.Platform, x control.WaitingPhone, mayChange bool) (rows []waitingRow) {
	k := x.Contact
	waiting := k.Waiters()
	if len(waiting) == 0 { // it is held, and nobody has come since
		waiting = []ztp.Visitor{{Waiting: k.Waiting, FirstAt: k.WaitingSince}}
	}
	for i, v := range waiting {
		admitted := p.admitted(k, v)
		row := waitingRow{MAC: x.MAC, Name: x.Endpoint.Name, Href: phonePath(pl, x.MAC), Why: p.whyWaits(x.Endpoint, k, v), Since: v.FirstAt, Agent: v.Agent}
		if v.Network.IsValid() {
			row.At, row.Network = v.LastAt, v.Network.String()
		}
		if admitted {
			row.Notes = []string{"By " + k.AdmittedBy + ". It gets its settings when it comes next."}
		}
		switch {
		case k.Knows(v.Network):
			row.Known = "the phone is known from there"
		case len(k.Networks) > 0 && row.Network != "":
			row.Known = "new for this phone"
		}
		if v.Waiting == ztp.WaitingSettings {
			row.Explain = row.Href + "/explain"
			row.Notes = append(row.Notes, "Once what is missing is set, it gets its settings when it comes next, without a click.")
		}
		if i == 0 {
			row.Notes = append(row.Notes, p.waitingNotes(x.Endpoint, k, waiting)...)
		}
		if mayChange {
			row.Actions = waitingActions(pl, k, v, i == 0, admitted)
		}
		rows = append(rows, row)
	}
	return rows
}

func (p *portal) admitted(k ztp.Contact, v ztp.Visitor) bool {
	return v.Waiting.Admitting() && k.AdmittedFrom(v.Network, p.cfg.Now())
}

// whyWaits is the word for one who waits. What the phone itself has outlived is a warning
// still, until somebody has looked.
func (p *portal) whyWaits(e ztp.Endpoint, k ztp.Contact, v ztp.Visitor) status {
	switch {
	case p.admitted(k, v):
		return status{"ok", "Admitted"}
	case v.Waiting.Alarming() && k.Resumed(e.FetchedAt).IsZero():
		return status{"err", v.Waiting.Title()}
	}
	return status{"warn", v.Waiting.Title()}
}

// waits is the word for a phone in lists that may wait, by the one who needs somebody most,
// and the way to what helps; nil when it does not wait.
func (p *portal) waits(r *http.Request, pl ztp.Platform, e ztp.Endpoint, k ztp.Contact) (*status, NavLink) {
	if k.Waiting == "" {
		return nil, NavLink{}
	}
	worst := status{}
	for _, v := range append([]ztp.Visitor{{Waiting: k.Waiting, Network: k.WaitingNetwork}}, k.Waiters()...) {
		if s := p.whyWaits(e, k, v); worst.Kind == "" || worst.Kind == "ok" || worst.Kind == "warn" && s.Kind == "err" {
			worst = s
		}
	}
	way := NavLink{"See why", waitingPath(pl) + "?mac=" + k.MAC.Bare()}
	switch {
	case k.Waiting == ztp.WaitingSettings:
		way = NavLink{"What is missing", phonePath(pl, k.MAC) + "/explain"}
	case worst.Kind == "ok" || !p.actor(r).MayChange():
	case k.Waiting == ztp.WaitingHeld:
		way.Title = "End hold…"
	case k.Waiting.Admitting():
		way.Title = "Admit…"
	}
	return &worst, way
}

// waits is what a page's version has of that.
func (row phoneRow) waits() string {
	if row.Waits == nil {
		return ""
	}
	return row.Waits.Kind + row.Waits.Text
}

// waitingNotes say what counts for all who wait for a phone.
func (p *portal) waitingNotes(e ztp.Endpoint, k ztp.Contact, waiting []ztp.Visitor) (notes []string) {
	if text := p.resumed(k, e.FetchedAt); text != "" {
		notes = append(notes, text)
	}
	if k.OtherVisits > 0 {
		notes = append(notes, "From further networks somebody has come "+plural(k.OtherVisits, "time", "times")+".")
	}
	admitted := k.Admitted(p.cfg.Now())
	if len(waiting) > 1 && !admitted {
		notes = append(notes, "They come from "+plural(len(waiting), "network", "networks")+". Admit the one where the phone is.")
	}
	seen := slices.ContainsFunc(waiting, func(v ztp.Visitor) bool { return v.Network == k.AdmittedNetwork })
	if k.AdmittedNetwork.IsValid() && admitted && !seen {
		notes = append(notes, "Admitted from "+k.AdmittedNetwork.String()+" by "+k.AdmittedBy+".")
	}
	return notes
}

// waitingActions are what helps one who waits; what is of the phone stands in its first row.
// Who may be a stranger is asked about first: to admit one ends what the phone from before has.
func waitingActions(pl ztp.Platform, k ztp.Contact, v ztp.Visitor, first, admitted bool) (all []button) {
	at, on := waitingPath(pl)+"/"+k.MAC.Bare(), "phone "+k.MAC.String()
	from := on
	if v.Network.IsValid() {
		from += " from " + v.Network.String()
	}
	switch {
	case admitted || !v.Waiting.Admitting():
	case v.Waiting.Alarming() || !k.AlarmedAt.IsZero():
		all = append(all, button{Label: "Admit…", On: from, Href: at + "/admit?network=" + url.QueryEscape(networkText(v.Network))})
	default:
		all = append(all, button{Label: "Admit", On: from, Kind: "act", Post: at + "/admit", Fields: []hidden{{"network", networkText(v.Network)}}})
	}
	if first && k.Waiting == ztp.WaitingHeld {
		all = append(all, button{Label: "End hold", On: "of " + on, Kind: "act", Post: "/platforms/" + pl.Slug + "/phones/" + k.MAC.Bare() + "/contact/unhold"})
	}
	if first && !k.AlarmedAt.IsZero() {
		all = append(all, button{Label: "Dismiss", On: "the alarm of " + on, Post: at + "/dismiss"})
	}
	return all
}

func networkText(n netip.Prefix) string {
	if !n.IsValid() {
		return ""
	}
	return n.String()
}

// askAdmit says what it means to admit somebody who may be a stranger.
func (p *portal) askAdmit(w http.ResponseWriter, r *http.Request) error {
	asked, err := ztp.ParseNetwork(r.URL.Query().Get("network"))
	if err != nil {
		return ztp.NotFound("page")
	}
	return p.admitForm(w, r, http.StatusOK, asked, nil)
}

// admitForm asks whether to admit who waits in the asked network, and else which of them.
func (p *portal) admitForm(w http.ResponseWriter, r *http.Request, as int, asked netip.Prefix, e *ztp.Error) error {
	found, err := p.findPhone(r)
	if err != nil {
		return err
	}
	at, who := waitingPath(found.p), "Whoever comes next"
	waiting := found.contact.Waiters()
	f := formPage{
		Heading: "Admit this phone?", Platform: &found.p, Submit: "Admit phone", Action: at + "/" + found.e.MAC.Bare() + "/admit", Cancel: at,
		Crumbs: append(platformCrumbs(found.p), crumb{"Waiting phones", at}, crumb{Title: "Admit"}),
	}
	seen := slices.ContainsFunc(waiting, func(v ztp.Visitor) bool { return v.Network == asked })
	switch {
	case asked.IsValid() && (seen || len(waiting) == 0):
		who, f.Hidden = "Who comes next from "+code(asked.String()), []hidden{{"network", asked.String()}}
	case len(waiting) > 0:
		who, f.Fields = "Who comes next from the network that you choose", []field{networkField(found.contact, waiting)}
	}
	f.Intro = who + " by the URL of " + found.e.MAC.String() + " gets its settings, with its passwords. " +
		"The password that was given out before ends then: if the phone is where it was, and somebody else waits, do not admit them. If somebody else was given its settings, they have read the SIP passwords: give its lines others, too."
	return p.form(w, r, as, f, e)
}

// networkField lets somebody say which of those who wait is the phone.
func networkField(k ztp.Contact, waiting []ztp.Visitor) field {
	f := field{Name: "network", Label: "Network of the phone", Type: "select", Required: true, Options: []option{{Label: "Choose one"}}}
	for _, v := range waiting {
		label := v.Network.String() + ", first came " + v.FirstAt.UTC().Format("2 Jan, 15:04 UTC")
		if k.Knows(v.Network) {
			label += ", known"
		}
		f.Options = append(f.Options, option{Value: v.Network.String(), Label: label})
	}
	return f
}

// admit lets in who was shown to whoever has clicked.
func (p *portal) admit(w http.ResponseWriter, r *http.Request, pl ztp.Platform, mac ztp.MAC) error {
	asked, err := ztp.ParseNetwork(trimmed(r.PostForm, "network"))
	if err == nil {
		_, _, err = p.ctl.AdmitEndpoint(r.Context(), p.actor(r), pl.Slug, mac, asked)
	}
	if err != nil {
		return again(err, func(as int, e *ztp.Error) error { return p.admitForm(w, r, as, asked, e) })
	}
	return seeOther(w, r, waitingPath(pl))
}

// resumed says that the phone itself has come again since, served at that time; "" when it
// has not, or nothing alarming waits.
func (p *portal) resumed(k ztp.Contact, served time.Time) string {
	at := k.Resumed(served)
	if at.IsZero() {
		return ""
	}
	m := momentOf(at, p.cfg.Now())
	return "Over as far as the phone goes: it has come since, " + m.Abs + " (" + m.Rel + "), proven by " + k.Assurance.Proof() + ", and is in service. Dismiss the alarm once you know who the other one was."
}
