package web

import (
	"net/http"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// explainPage walks what stands between a phone and its first call.
type explainPage struct {
	basePage
	Platform ztp.Platform
	Crumbs   []crumb
	MAC      ztp.MAC
	Name     string
	Verdict  message
	Gates    []gateRow
	Again    string
}

type gateRow struct {
	N                  int
	Title              string
	Status             status
	Why, Known, Remedy string
	// First: what is to be opened first.
	First bool
}

var gateStatus = map[ztp.GateState]status{
	ztp.GateOpen: {"ok", "Open"}, ztp.GateClosed: {"err", "Closed"}, ztp.GateUnknown: {"unk", "Not known"}, ztp.GateLater: {"warn", "Closed after a reset"},
}

// explainPhone shows the gates of a phone, and the first closed one above them.
func (p *portal) explainPhone(w http.ResponseWriter, r *http.Request) error {
	found, err := p.findPhone(r)
	if err != nil {
		return err
	}
	x, err := p.ctl.ExplainEndpoint(r.Context(), p.actor(r), found.p.Slug, found.e.MAC)
	if err != nil {
		return err
	}
	mac, at := found.e.MAC.String(), phonePath(found.p, found.e.MAC)
	page := explainPage{
		basePage: p.base(r, "platforms", "Explain "+mac), Platform: found.p, MAC: found.e.MAC, Name: found.e.Name, Verdict: verdictOf(x), Again: at + "/explain",
		Crumbs: append(platformCrumbs(found.p), crumb{mac, at}, crumb{Title: "Explain"}),
	}
	page.Verdict.Buttons = gateButtons(found, x.First)
	for i, g := range x.Gates {
		row := gateRow{N: i + 1, Title: g.Name.Title(), Status: gateStatus[g.State], Known: g.Text}
		if g.Cause != "" {
			row.Why, row.Remedy = g.Cause.Title(x.Vendor), g.Cause.Remedy(x.Vendor)
		}
		row.First = x.First != nil && g.Name == x.First.Name
		page.Gates = append(page.Gates, row)
	}
	return p.render(w, r, http.StatusOK, "explain", page)
}

// verdictOf is the answer in one sentence.
func verdictOf(x control.PhoneExplanation) message {
	switch {
	case x.First != nil:
		return message{Kind: "err", Level: 2, Title: x.First.Cause.Title(x.Vendor), Paras: []string{x.First.Text}, Steps: []string{x.First.Cause.Remedy(x.Vendor)}}
	case x.InService():
		return message{Kind: "ok", Level: 2, Title: "The phone is in service", Paras: []string{"It has its settings, and the voice service has it."}}
	}
	return message{Kind: "info", Level: 2, Title: "Nothing is known to stand in its way", Paras: []string{"What is not known yet is named below."}}
}

// gateButtons lead to where the gate is opened.
func gateButtons(f foundPhone, g *ztp.Gate) []button {
	if g == nil {
		return nil
	}
	on := "phone " + f.e.MAC.String()
	phone := button{Label: "Open the phone", On: on, Href: phonePath(f.p, f.e.MAC)}
	if g.Cause == ztp.CauseHeld {
		phone.Kind = "act"
		return []button{phone}
	}
	switch g.Name {
	case ztp.GateEntry, ztp.GateURL, ztp.GateToken:
		return []button{phone, {Label: "Open the card", On: "of " + f.p.Name, Href: "/platforms/" + f.p.Slug + "#ztp"}}
	case ztp.GateDNS, ztp.GateTLS, ztp.GateCertificate:
		return []button{{Label: "Open Health", Href: "/health#handshakes"}}
	case ztp.GateSettings, ztp.GateSIP:
		return []button{{Label: "Open its settings", On: on, Href: phonePath(f.p, f.e.MAC) + "/settings"}}
	case ztp.GateWindow:
		return []button{{Label: "Open waiting phones", On: "of " + f.p.Name, Kind: "act", Href: waitingPath(f.p)}}
	}
	return nil
}
