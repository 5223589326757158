package ztp

import (
	"strconv"
	"strings"
)

// Outcome is what an operation that is done has led to, in the words that pages,
// API and command line share. Both texts are "" for a kind that nobody waits for.
type Outcome struct {
	Title string
	// Text is one or two sentences.
	Text string
}

// How an operation came to its company.
const (
	// CompanyCreated: it was made by this operation.
	CompanyCreated = "created"
	// CompanyTakenUp: it was there from an earlier Onboard of this platform.
	CompanyTakenUp = "taken_up"
	// CompanyThere: a check of a disabled link found it.
	CompanyThere = "there"
)

// outcomes is the table. {vendor} stands for the vendor's title, {key} for the id of
// the key that was asked for, {target} for the address, {proof} for what a proof found, {phones} for what became of many.
var outcomes = map[string]Outcome{
	"onboard":                   {"{vendor} onboarded", "The company is in place at {vendor} and this environment stored its key."},
	"onboard." + CompanyCreated: {"{vendor} onboarded", "{vendor} created the company and this environment stored its key."},
	"onboard." + CompanyTakenUp: {"{vendor} onboarded", "The company made at {vendor} earlier was taken up again, none was created; this environment stored a new key for it."},
	"connect":                   {"{vendor} connected", "{vendor} accepted the key, and this environment stored it."},
	"adopt":                     {"{vendor} onboarded", "The company was taken up and this environment stored a key of its own."},
	"rebuild":                   {"Rebuilt from {vendor}", "This environment stored a new key; no phone was touched."},
	"rebuild.paused":            {"Rebuilt from {vendor}, not in force", "No key is kept, and no phone was touched."},
	"rotate":                    {"Credentials rotated", "{vendor} accepted the new key; the old one is revoked. No phone was touched."},
	"rotate.pasted":             {"Key replaced", "{vendor} accepted the new key; the old one is revoked. No phone was touched."},
	"disable":                   {"{vendor} disabled", "{vendor} confirmed that the key is revoked. Phones in service keep working until their next factory reset."},
	"disable.forced":            {"{vendor} disabled here only", "The key is wiped here. Its revocation is not confirmed by {vendor}. Phones in service keep working until their next factory reset."},
	"disable.company_gone":      {"{vendor} disabled", "The company no longer exists at {vendor}, and the key with it. Phones in service keep working until their next factory reset."},
	"offboard":                  {"Given up at {vendor}", "{phones} The profile is gone and every key of ours is revoked; the receipt says what stays."},
	"offboard.cancelled":        {"Off-boarding cancelled", "{phones} The others stay as they are, and so do profile and key."},
	"check":                     {"Checked with {vendor}", "The company is there and the key works. Nothing was changed."},
	"check." + CompanyThere:     {"Checked with {vendor}", "The company is there. Nothing was changed."},
	"check.company_gone":        {"Checked with {vendor}", "The company no longer exists at {vendor}. It is no longer recorded here; a later Onboard makes a new one."},
	"revoke_key":                {"Key removed", "{vendor} confirmed that key {key} is gone. No phone was touched."},
	"rotate.exposed":            {"Credentials rotated and compared", "{vendor} accepted the new key; the old one is revoked. {proof}"},
	"rotate.pasted.exposed":     {"Key replaced and compared", "{vendor} accepted the new key; the old one is revoked. {proof}"},
	"check.exposed":             {"Compared with {vendor}", "{proof} Nothing was changed."},
	"pause_foreign":             {"Redirection paused", "{vendor} no longer redirects {target}; nothing was deleted. It can be switched on again in the portal of {vendor}."},
	"update_address":            {"Address updated at {vendor}", "The profile and the registered phones carry the present provisioning URL. Phones in service learn it when they ask next, all others at their first boot or after a factory reset."},
	"register":                  {"Phone registered", "{vendor} redirects it here at its first boot or after a factory reset."},
	"register.paused":           {"Phone saved, still paused", "{vendor} keeps the MAC address for this platform and does not redirect the phone."},
	"pause":                     {"Phone paused", "{vendor} no longer redirects it. A phone in service keeps working until its next factory reset."},
	"resume":                    {"Phone resumed", "{vendor} redirects it again at its next factory reset."},
	"replace":                   {"Phone replaced", "{vendor} redirects the new phone at its first boot or after a factory reset; the old one is given up, and anybody can register it now."},
	"replace.paused":            {"Phone replaced", "{vendor} redirects the new phone at its first boot or after a factory reset; the old one is paused and stays with this platform."},
	"move":                      {"Phone moved", "{vendor} has it in the other platform's company now, and redirects it there after its next factory reset."},
	"release":                   {"Phone released", "{vendor} confirmed that the MAC address is given up; anybody can register it now."},
	"bulk":                      {"Phones written", "{phones}"},
	"bulk.pause":                {"Phones paused", "{phones} {vendor} no longer redirects those that are paused. Phones in service keep working until their next factory reset."},
	"bulk.resume":               {"Phones resumed", "{phones} {vendor} redirects those that are done again at their next factory reset."},
	"bulk.release":              {"Phones released", "{phones} Anybody can register those that are given up now."},
	"release.nothing_held":      {"Phone removed here", "{vendor} held nothing under this MAC address for this platform, so nothing was given up there."},
}

// Outcome words an operation that is done; vendorTitle as in CatalogueEntry.For.
func (o Operation) Outcome(vendorTitle string) Outcome {
	if o.State != OperationDone || o.Error != nil { // a check that found something says that
		return Outcome{}
	}
	w, ok := outcomes[string(o.Kind)+o.variant()]
	if !ok {
		w = outcomes[string(o.Kind)]
	}
	fill := vendorWords(vendorTitle)
	w.Title, w.Text = fill(w.Title), strings.NewReplacer("{key}", o.Params.KeyID, "{target}", o.Params.Target, "{proof}", o.Data.Proof.Text(), "{phones}", o.phones()).Replace(fill(w.Text))
	if b := o.Data.Rebuilt; b != nil {
		w.Text += " " + RebuiltFinding(vendorTitle, *b, nil).Detail
	}
	if again := o.resumed(); again != "" {
		w.Text += " " + again
	}
	return w
}

// phones says of an operation for many what became of them.
func (o Operation) phones() string {
	if s := o.Step(StepReleaseAll); s != nil && s.Note != "" {
		return "Of " + Counted(o.Data.Total, "phone", "phones") + ": " + s.Note + "."
	}
	if s := o.Step(StepConfirmItems); s != nil && s.Note != "" {
		return "Of " + Counted(o.Data.Total, "phone", "phones") + ": " + s.Note + "."
	}
	return Counted(o.Data.Total, "phone", "phones") + "."
}

// variant names what makes a difference to the words of a kind.
func (o Operation) variant() string {
	switch o.Kind {
	case KindOnboard:
		return "." + o.Data.Company
	case KindBulk:
		if o.Params.Bulk != "" {
			return "." + o.Params.Bulk
		}
	case KindCheck:
		if o.Data.CompanyGone {
			return ".company_gone"
		}
		if o.Data.Proof != nil {
			return ".exposed"
		}
		return "." + o.Data.Company
	case KindRebuild:
		if b := o.Data.Rebuilt; b != nil && b.NotInForce != "" {
			return ".paused"
		}
	case KindRotate:
		v := ""
		if o.Params.Credential != 0 {
			v = ".pasted"
		}
		if o.Data.Proof != nil {
			v += ".exposed"
		}
		return v
	case KindDisable:
		switch {
		case o.Params.Force:
			return ".forced"
		case o.Data.CompanyGone:
			return ".company_gone"
		}
	case KindOffboard:
		if d := o.Data.Offboard; d != nil && d.Cancelled {
			return ".cancelled"
		}
	case KindRegister:
		if o.Data.Phone == EndpointPaused {
			return ".paused"
		}
	case KindReplace:
		if o.Params.PauseOld {
			return ".paused"
		}
	case KindRelease:
		if o.Data.NothingHeld {
			return ".nothing_held"
		}
	}
	return ""
}

// resumed tells of the phones that came back with the link.
func (o Operation) resumed() string {
	switch o.Kind {
	case KindOnboard, KindConnect, KindAdopt:
	default:
		return ""
	}
	switch n := o.Data.Handled; n {
	case 0:
		return ""
	case 1:
		return "1 paused phone is redirected again."
	default:
		return strconv.Itoa(n) + " paused phones are redirected again."
	}
}

// vendorWords returns a function that puts the vendor's title into a text.
func vendorWords(title string) func(string) string {
	if title != "" {
		return func(s string) string { return strings.ReplaceAll(s, "{vendor}", title) }
	}
	return func(s string) string {
		if rest, ok := strings.CutPrefix(s, "{vendor}"); ok {
			s = "The vendor" + rest
		}
		return strings.ReplaceAll(strings.ReplaceAll(s, ". {vendor}", ". The vendor"), "{vendor}", "the vendor")
	}
}
