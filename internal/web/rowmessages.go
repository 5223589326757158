package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// messages is the row's message slot: what this reader's own action led to, then
// what stands at the link. In flight there is none; the line says it all.
func (b rowBuilder) messages() []message {
	v := b.in.View
	var out []message
	if b.in.Refused != nil {
		out = append(out, b.problem(b.in.Refused))
	}
	if v.State.InFlight() {
		return out
	}
	if v.State == ztp.LinkUnknown {
		return append(out, b.unknown())
	}
	if m := b.news(); m != nil {
		out = append(out, *m)
	}
	if v.Error != nil {
		out = append(out, b.problem(v.Error))
	}
	if v.ForeignAddresses > 0 && (v.Error == nil || v.Error.Case != ztp.CaseForeignAddress) {
		out = append(out, b.strayAddresses())
	}
	if v.AddressOutdated {
		out = b.withAddress(out)
	}
	if len(v.Loose) > 0 {
		out = append(out, b.loose())
	}
	return out
}

// unknown: sent, no answer. Only a check is offered, and it reads.
func (b rowBuilder) unknown() message {
	m := message{Kind: "warn", Title: ztp.Lookup(ztp.CodeOutcomeUnknown).For(b.title()).Title}
	what, next := "The change", ""
	var at time.Time
	if op := b.in.View.Operation; op != nil {
		what, at = "The "+op.Kind.Noun(), op.UpdatedAt
		if !op.NextAt.IsZero() {
			next = " It is checked again by itself at " + clock(op.NextAt) + " UTC."
		}
	}
	m.Paras = []string{what + " may or may not have gone through. Checking asks " + b.title() +
		" what exists; the operation then goes on by itself." + next + " Phones in service are not affected either way."}
	m.Buttons = []button{*b.check("Check with "+b.title(), "act")}
	m.Meta = []metaItem{{Code: string(ztp.CodeOutcomeUnknown)}, {At: at}}
	if p := b.in.View.Error; p != nil {
		m.Meta = problemMeta(p)
	}
	return m
}

// problem is a refusal or a finding, with what resolves it.
func (b rowBuilder) problem(p *ztp.Problem) message {
	title, paras, entry := problemText(p, b.title())
	m := message{Kind: "err", Title: title, Paras: paras, Meta: problemMeta(p)}
	if b.in.View.State == ztp.LinkNeedsAttention || p.Code == ztp.CodeForeignKeyFound || p.Code == ztp.CodeDatabaseRestored {
		m.Kind = "warn"
	}
	if b.in.Tried == ztp.KindRotate && b.in.View.Active != 0 {
		m.Paras = append(m.Paras, "The key set "+b.in.View.SetAt.UTC().Format(minuteLayout)+" is in force.")
	}
	m.Paras = reassure(m.Paras)
	m.Paras = append(m.Paras, named(p)...)
	m.Steps = []string{entry.Remedy}
	if b.in.Tried == ztp.KindRebuild && b.in.View.Active == 0 {
		m.Steps = append(m.Steps, "Then let zerotouch rebuild "+string(b.in.View.Info.Name)+" go on with it, on the command line.")
	}
	if !p.RetryAt.IsZero() && p.RetryAt.After(b.in.Now) {
		m.Paras = append(m.Paras, "Free again at "+clock(p.RetryAt)+" UTC.")
	}
	m.Buttons = b.remedies(p, entry)
	return m
}

// named lists the keys and companies that a person has to act on.
func named(p *ztp.Problem) []string {
	var out []string
	for _, c := range p.Companies {
		out = append(out, "Company "+code(c.ID)+" is named "+quoted(c.Name)+".")
	}
	for _, k := range p.Keys {
		s := "Key " + code(k.ID)
		if k.Name != "" {
			s += " is named " + quoted(k.Name)
		}
		if k.Role != "" {
			s += ", role " + quoted(k.Role)
		}
		out = append(out, s+".")
	}
	return out
}

// remedies are the buttons below a problem: the resolving one first and solid.
func (b rowBuilder) remedies(p *ztp.Problem, entry ztp.CatalogueEntry) []button {
	v := b.in.View
	var out []button
	kind := func() string {
		if len(out) == 0 {
			return "act"
		}
		return ""
	}
	if v.Active == 0 {
		for _, c := range p.Companies {
			first := kind()
			if len(p.Companies) > 1 {
				first = "" // which one is right, a person has to know
			}
			out = append(out, b.adopt(c, first))
		}
	}
	if v.Connected && p.Code == ztp.CodeVendorKeyRejected && b.in.Tried == ztp.KindDisable {
		// The key is to be removed in the vendor's portal; a check confirms that it is.
		return []button{*b.check("Check with "+b.title(), "act"), b.disable(""), b.forceDisable()}
	}
	if v.Active != 0 && p.Code == ztp.CodeVendorKeyRejected { // a key in force comes before others go
		out = append(out, b.rotate(kind()))
	}
	if p.Code == ztp.CodeDatabaseRestored && v.State == ztp.LinkNeedsAttention && len(p.Keys) == 0 {
		out = append(out, b.disable(kind()))
	}
	if v.CompanyID != "" && p.Code != ztp.CodeAnotherCopyRunning { // that copy may be using it
		for _, k := range p.Keys {
			out = append(out, b.removeKey(k.ID, "quiet"))
		}
	}
	switch p.Code {
	case ztp.CodeProvisioningTokenMissing:
		out = append(out, b.accounts())
	case ztp.CodeVendorKeyRejected:
		if v.Active != 0 {
			return out
		}
	case ztp.CodeVendorCompanyMissing:
		return append(out, b.disable(kind()))
	case ztp.CodeVendorCannot:
		return append(out, b.connect(kind()))
	case ztp.CodeOperationRunning:
		return out // in flight nothing can be pressed
	case ztp.CodeForeignKeyFound, ztp.CodeDatabaseRestored:
		if p.Case == ztp.CaseForeignAddress {
			// Each is put right on that page: what does it differs with what the address is of.
			return append(out, b.seeProof("See which", kind()), *b.check("Check with "+b.title(), "plain"))
		}
		if v.Active == 0 && v.RestoredAt.IsZero() {
			return out // there is nothing to check with
		}
		return append(out, *b.check("Check with "+b.title(), kind()))
	case ztp.CodeAnotherCopyRunning:
		out = append(out, b.health())
		return append(out, *b.check("Check with "+b.title(), kind()))
	}
	if again, ok := b.retry(kind()); ok {
		out = append(out, again)
	} else if v.State == ztp.LinkNeedsAttention || v.Active != 0 && len(out) == 0 {
		out = append(out, *b.check("Check with "+b.title(), kind()))
	}
	if b.in.Tried == ztp.KindDisable && outOfReach(p.Code) {
		out = append(out, b.forceDisable())
	}
	if entry.Link == "/health" {
		out = append(out, b.health())
	}
	return out
}

// outOfReach are the codes after which a Disable may have to do without the vendor.
func outOfReach(c ztp.Code) bool {
	switch c {
	case ztp.CodeVendorUnreachable, ztp.CodeVendorUnavailable, ztp.CodeVendorKeyRejected, ztp.CodeVendorRejected,
		ztp.CodeVendorWritesOff, ztp.CodeVendorCannot, ztp.CodeOutcomeUnknown:
		return true
	}
	return strings.HasPrefix(string(c), "reseller_credentials_") || strings.HasPrefix(string(c), "secret_store_")
}

// withAddress says that the vendor has an earlier address. Where a problem is told already,
// it is said there, so that all that can be done stands in one row of buttons; after a failed
// update, to try again is the update.
func (b rowBuilder) withAddress(out []message) []message {
	const title = "The provisioning URL has changed"
	text := b.title() + " still has the earlier one, which stays served. Phones that are reset before the update find the earlier address."
	told := slices.IndexFunc(out, func(m message) bool { return m.Kind == "err" || m.Kind == "warn" })
	if told < 0 {
		return append(out, message{Kind: "warn", Title: title, Paras: []string{text}, Buttons: []button{b.updateAddress("act")}})
	}
	m, update := &out[told], b.updateAddress("")
	m.Paras = append(m.Paras, title+": "+text)
	if !slices.ContainsFunc(m.Buttons, func(x button) bool { return x.Get == update.Get }) {
		m.Buttons = append(m.Buttons, update)
	}
	return out
}

// loose names keys that should not exist any more.
func (b rowBuilder) loose() message {
	n := len(b.in.View.Loose)
	m := message{Kind: "warn", Title: plural(n, "key of ours is", "keys of ours are") + " still open at " + b.title()}
	for _, c := range b.in.View.Loose {
		s := fmt.Sprintf("Key %d", c.Number)
		if c.VendorID != "" {
			s += " (" + code(c.VendorID) + ")"
		}
		m.Paras = append(m.Paras, s+" "+c.State.Loose()+".")
		if c.VendorID != "" && b.in.View.CompanyID != "" {
			m.Buttons = append(m.Buttons, b.removeKey(c.VendorID, ""))
		}
	}
	m.Paras = append(m.Paras, "Removing is tried again by itself every hour. Phones are not affected.")
	return m
}
