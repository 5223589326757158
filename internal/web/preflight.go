package web

import (
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// preflight fills in what is known here about an action; nobody is called for
// it. A problem takes the place of the button, with its remedy.
func (c *confirmView) preflight(x linkAction, pre control.Preflight, now func() time.Time) {
	b := rowBuilder{in: rowInput{Platform: x.p, View: x.view, Now: now()}}
	switch x.kind {
	case ztp.KindOnboard, ztp.KindAdopt, ztp.KindConnect:
		c.Pre = preLines(x, pre, now())
	}
	if len(pre.Problems) == 0 {
		if x.kind == ztp.KindDisable && x.view.Error != nil && outOfReach(x.view.Error.Code) {
			other := b.forceDisable().asLink()
			c.Other = &other
		}
		return
	}
	problem := pre.Problems[0]
	title, paras, entry := problemText(problem, x.view.Info.Title)
	m := message{Kind: "err", Title: title, Paras: paras, Steps: []string{entry.Remedy}, Level: 3}
	m.Meta = []metaItem{{Code: string(problem.Code)}}
	switch {
	case problem.Code == ztp.CodeProvisioningTokenMissing:
		m.Buttons = []button{b.accounts()}
	case entry.Link == "/health":
		m.Buttons = []button{b.health()}
	}
	if x.kind == ztp.KindDisable {
		m.Buttons = append(m.Buttons, b.forceDisable().asLink())
	}
	c.Problem, c.Blocked = &m, true
}

// preLines says of each prerequisite whether it is there.
func preLines(x linkAction, pre control.Preflight, now time.Time) []preLine {
	found := map[string]string{}
	for _, p := range pre.Problems {
		title := p.Err().Entry(x.view.Info.Title).Title
		switch {
		case p.Code == ztp.CodeProvisioningTokenMissing:
			found["token"] = "Missing"
		case p.Code == ztp.CodeConfigurationMissing:
			found["url"] = "Missing"
		case p.Code == ztp.CodeResellerCredentialsMissing:
			found["reseller"] = "Missing"
		case strings.HasPrefix(string(p.Code), "reseller_") || strings.HasPrefix(string(p.Code), "secret_store_"):
			found["reseller"] = title
		}
	}
	line := func(key, term, good string) preLine {
		if text, bad := found[key]; bad {
			return preLine{term, status{"err", text}}
		}
		return preLine{term, status{"ok", good}}
	}
	var lines []preLine
	if x.kind != ztp.KindConnect {
		lines = append(lines, line("reseller", "Reseller credentials", "Present"))
	}
	lines = append(lines,
		line("token", "Primary account's provisioning token", "Set"),
		line("url", "Provisioning URL", "Set, proven when you confirm"))
	answered := status{"off", "Not yet"}
	if !pre.CheckedAt.IsZero() {
		m := momentOf(pre.CheckedAt, now)
		answered = status{"ok", m.Abs + " (" + m.Rel + ")"}
	}
	return append(lines, preLine{x.view.Info.Title + " last answered", answered})
}
