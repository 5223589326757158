package web

import (
	"net/url"

	"zerotouch.example/internal/ztp"
)

// actions are the buttons of a row. Nothing is greyed out except in flight:
// what makes no sense now is not there.
func (b rowBuilder) actions() []button {
	v := b.in.View
	failed := v.Error != nil || b.in.Refused != nil
	switch {
	case v.State.InFlight():
		return b.held()
	case v.State == ztp.LinkUnknown:
		return nil
	case v.Active != 0 && v.Error != nil && v.Error.Code == ztp.CodeVendorCompanyMissing:
		return []button{b.disable("quiet")} // there is nothing left to rotate
	case v.Active != 0:
		return []button{b.rotate(""), b.disable("quiet")}
	}
	kind := "act"
	if failed {
		kind = ""
	}
	var out []button
	if v.Info.CanCreateCompanies {
		out = append(out, b.onboard(kind), b.connect("plain"))
	} else {
		out = append(out, b.connect(kind))
	}
	if v.Unconfirmed || v.State == ztp.LinkNeedsAttention || v.Counts.Listed > 0 {
		out = append(out, b.disable("quiet"))
	}
	if v.State == ztp.LinkNotConfigured && v.CompanyID != "" && !v.Connected {
		out = append(out, *b.check("Check with "+b.title(), "plain"))
	}
	return out
}

// held are the buttons while an operation holds the link: all off, for every viewer.
func (b rowBuilder) held() []button {
	name := " for " + b.in.Platform.Name
	off := func(label string, busy bool) button {
		return button{Label: label, On: b.title() + name, Disabled: true, Busy: busy}
	}
	switch b.in.View.State {
	case ztp.LinkRotating:
		return []button{off("Rotating…", true), off("Disable…", false)}
	case ztp.LinkDisabling:
		return []button{off("Rotate…", false), off("Disabling…", true)}
	}
	return []button{off("Onboarding…", true)}
}

// ask makes a button that leads to a confirmation.
func (b rowBuilder) ask(label, on string, kind string, action ztp.OperationKind, fields ...hidden) button {
	v := b.in.View.Info.Name
	id := "b-" + string(v) + "-" + string(action)
	for _, f := range fields {
		id += "-" + f.Value
	}
	return button{
		ID: id, Label: label, On: on + " for " + b.in.Platform.Name, Kind: kind,
		Get: rowPath(b.in.Platform, v) + "/" + pathOf(action), Fields: fields,
	}
}

func (b rowBuilder) onboard(kind string) button {
	return b.ask("Onboard…", b.title(), kind, ztp.KindOnboard)
}

func (b rowBuilder) connect(kind string) button {
	return b.ask("Connect…", b.title()+" with a key of your own", kind, ztp.KindConnect)
}

func (b rowBuilder) rotate(kind string) button {
	if b.in.View.Connected {
		return b.ask("Replace key…", "of "+b.title(), kind, ztp.KindRotate)
	}
	return b.ask("Rotate…", b.title()+" credentials", kind, ztp.KindRotate)
}

func (b rowBuilder) disable(kind string) button {
	return b.ask("Disable…", b.title(), kind, ztp.KindDisable)
}

func (b rowBuilder) forceDisable() button {
	return b.ask("Disable here only…", "without "+b.title(), "quiet", ztp.KindDisable, hidden{"force", "1"})
}

func (b rowBuilder) adopt(c ztp.VendorCompany, kind string) button {
	name := c.Name
	if name == "" {
		name = c.ID
	}
	return b.ask("Adopt company "+shorten(name)+"…", c.ID, kind, ztp.KindAdopt, hidden{"company_id", c.ID})
}

func (b rowBuilder) removeKey(id, kind string) button {
	return b.ask("Remove key "+shorten(id)+"…", "at "+b.title(), kind, ztp.KindRevokeKey, hidden{"key_id", id})
}

func (b rowBuilder) updateAddress(kind string) button {
	return b.ask("Update address at "+b.title()+"…", "", kind, ztp.KindUpdateAddress)
}

// check acts at once, since it only reads.
func (b rowBuilder) check(label, kind string) *button {
	v := b.in.View.Info.Name
	return &button{
		ID: "b-" + string(v) + "-check", Label: label, On: "for " + b.in.Platform.Name, Kind: kind,
		Post: rowPath(b.in.Platform, v) + "/check", Row: rowID(v),
		Fields: []hidden{{"op", ztp.NewID()}},
	}
}

// retry asks again for what failed; it is confirmed again.
func (b rowBuilder) retry(kind string) (button, bool) {
	on := map[ztp.OperationKind]string{
		ztp.KindOnboard: "to onboard " + b.title(), ztp.KindConnect: "to connect " + b.title(),
		ztp.KindRotate: "to rotate " + b.title() + " credentials", ztp.KindDisable: "to disable " + b.title(),
		ztp.KindUpdateAddress: "to update the address at " + b.title(),
	}
	tried := b.in.Tried
	if tried == "" && b.in.View.Active == 0 && b.in.View.Info.CanCreateCompanies {
		tried = ztp.KindOnboard
	}
	text, ok := on[tried]
	if !ok {
		return button{}, false
	}
	x := b.ask("Try again…", text, kind, tried)
	x.ID = "b-" + string(b.in.View.Info.Name) + "-again"
	return x, true
}

// accounts leads to where the first account is set up.
func (b rowBuilder) accounts() button {
	to := "/platforms/" + b.in.Platform.Slug
	if b.in.Platform.Primary == "" {
		return button{Label: "Set up first account", Kind: "act", Href: to + "/accounts/new"}
	}
	return button{Label: "Issue the token", Kind: "act", Href: to + "/accounts/" + url.PathEscape(string(b.in.Platform.Primary))}
}

// health leads to the vendor's part of the health page.
func (b rowBuilder) health() button {
	return button{Label: "Environment health", Kind: "plain", Href: "/health#" + string(b.in.View.Info.Name)}
}

// shorten keeps labels of buttons readable; the whole name stands beside them.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return s
}

// actionPaths are the actions of a row as they stand in addresses.
var actionPaths = map[string]ztp.OperationKind{
	"onboard": ztp.KindOnboard, "connect": ztp.KindConnect, "rotate": ztp.KindRotate, "disable": ztp.KindDisable,
	"adopt": ztp.KindAdopt, "revoke-key": ztp.KindRevokeKey, "update-address": ztp.KindUpdateAddress, "check": ztp.KindCheck,
	"fix-address": ztp.KindPauseForeign,
}

func pathOf(k ztp.OperationKind) string {
	for path, kind := range actionPaths {
		if kind == k {
			return path
		}
	}
	return string(k)
}
