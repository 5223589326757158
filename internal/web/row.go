package web

import (
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// rowInput is everything a row of the card is made from.
type rowInput struct {
	Platform ztp.Platform
	View     control.LinkView
	Actor    ztp.Actor
	// Own is an operation that this reader asked for, while it is news.
	Own *ztp.Operation
	// Note is noteOnboarded or noteDisabled: there was nothing to do.
	Note string
	// Refused is a refusal that the link did not keep, such as operation_running.
	Refused *ztp.Problem
	// Tried is what failed last, "" when not known.
	Tried ztp.OperationKind
	// Fresh: this is the answer to what the reader did a moment ago.
	Fresh bool
	Now   time.Time
}

// Notes: what a redirect says in its address when no operation was needed.
const (
	noteOnboarded = "already_onboarded"
	noteDisabled  = "already_disabled"
)

// newsAge is how long the success of an own operation is shown.
const newsAge = 10 * time.Minute

// rowView is one row of the card: one template draws every state from it.
type rowView struct {
	ID, Vendor, Service string
	Status              status
	Busy                bool
	// Waiting is the bold start of Text while something is in flight.
	Waiting string
	Text    string
	Company copyable
	Handled int
	Total   int
	Facts   []fact
	// Check is the vendor's last word, below the facts of a configured link.
	Check    *lastCheck
	Actions  []button
	Messages []message
	// Version is compared by polling; Poll is where to ask.
	Version, Poll string
	// Say is announced when the row has changed by itself.
	Say string
}

// fact is one term with its value in a row.
type fact struct {
	Term string
	Copy copyable
	At   time.Time
	Text string
	Sub  string
	Flag *status
	// Link leads to Href, where there is more to see.
	Href, Link string
}

// lastCheck is when the vendor last answered, with a way to ask again.
type lastCheck struct {
	At     time.Time
	Button *button
}

// rowID is the id of a vendor's row, which also names it in addresses.
func rowID(v ztp.VendorName) string { return "ztp-" + string(v) }

// rowPath is where everything about a row is found.
func rowPath(p ztp.Platform, v ztp.VendorName) string {
	return "/platforms/" + p.Slug + "/ztp/" + string(v)
}

// rowVersion changes whenever the row would be drawn otherwise.
func rowVersion(in rowInput) string {
	v := in.View.RowVersion
	if in.Own != nil {
		v += "-" + string(in.Own.State)
		if s := in.Own.Current(); s != nil {
			v += "-" + s.Name
		}
	}
	return v
}

// buildRow draws a row. Viewers get the same facts and nothing to press.
func buildRow(in rowInput) rowView {
	info := in.View.Info
	row := rowView{
		ID: rowID(info.Name), Vendor: info.Title, Status: linkStatus(in.View.State),
		Service: serviceOf(info),
		Busy:    in.View.State.InFlight(), Version: rowVersion(in),
	}
	row.Poll = rowPath(in.Platform, info.Name) + "/row?" + pollParam + "=" + row.Version
	if in.Own != nil {
		row.Poll += "&op=" + string(in.Own.ID)
	}
	row.Say = info.Title + ": " + strings.ToLower(row.Status.Text)
	b := rowBuilder{in: in, row: &row}
	switch {
	case row.Busy:
		b.inFlight()
	case in.View.Active == 0 && in.View.State == ztp.LinkNotConfigured:
		b.notConfigured()
	default:
		row.Facts = b.facts()
		row.Check = b.lastCheck()
	}
	if in.Actor.MayChange() {
		row.Actions = b.actions()
	}
	row.Messages = b.messages()
	for i := range row.Messages {
		if !in.Actor.MayChange() {
			row.Messages[i].Buttons = nil
		}
		for j := range row.Messages[i].Buttons { // the same button may stand in the row too
			if b := &row.Messages[i].Buttons[j]; b.ID != "" {
				b.ID += "-" + strconv.Itoa(i+1)
			}
		}
	}
	if len(row.Messages) > 0 && in.Fresh {
		row.Messages[0].Fresh = true
	}
	return row
}

// serviceOf is the name of the vendor's service beside the vendor's own.
func serviceOf(info ztp.VendorInfo) string {
	return strings.TrimSpace(strings.TrimPrefix(info.Service, info.Title))
}

// linkKinds are the glyphs of links' states.
var linkKinds = map[ztp.LinkState]string{
	ztp.LinkNotConfigured: "off", ztp.LinkOnboarding: "busy", ztp.LinkConfigured: "ok", ztp.LinkRotating: "busy",
	ztp.LinkDisabling: "busy", ztp.LinkUnknown: "unk", ztp.LinkNeedsAttention: "warn",
}

// linkStatus is the glyph and the word of a link's state.
func linkStatus(s ztp.LinkState) status { return status{linkKinds[s], s.Title()} }

// rowBuilder holds the input while the parts of a row are made.
type rowBuilder struct {
	in  rowInput
	row *rowView
}

func (b rowBuilder) title() string { return b.in.View.Info.Title }

// who names somebody, "you" for the reader.
func (b rowBuilder) who(name string) string {
	if name == b.in.Actor.String() {
		return "you"
	}
	return name
}

// inFlight is the line that takes the place of the facts: the step it is at,
// since when, and who asked.
func (b rowBuilder) inFlight() {
	b.row.Waiting = "Waiting for " + b.title() + "."
	op := b.in.View.Operation
	if op == nil { // between the end of the operation and the link's own move
		b.row.Text = "The last step is ending."
		return
	}
	var parts []string
	if s := op.Current(); s != nil {
		parts = append(parts, ztp.StepTitle(s.Name)+", "+stepOf(op)+".")
	}
	parts = append(parts, "Started by "+b.who(op.Actor.String())+" at "+clock(op.CreatedAt)+" UTC"+usually(op))
	if op.State == ztp.OperationWaiting {
		parts = append(parts, waiting(op))
	}
	parts = append(parts, "You can leave this page.")
	b.row.Text = strings.Join(parts, " ")
	b.row.Handled, b.row.Total = op.Data.Handled, op.Data.Total
}

// usually promises a duration only for what is as quick as that.
func usually(op *ztp.Operation) string {
	if op.Data.Total > 0 || op.State == ztp.OperationWaiting || op.Kind.EndsLink() || op.Kind == ztp.KindRebuild {
		return "."
	}
	return ", usually done within 5 seconds."
}

func waiting(op *ztp.Operation) string {
	s := "It waits"
	if op.Waiting != "" {
		s += ": " + strings.TrimSuffix(op.Waiting, ".")
	}
	if !op.NextAt.IsZero() {
		s += "; it goes on by itself at " + clock(op.NextAt) + " UTC"
	}
	return s + "."
}

// stepOf says how far an operation is, as in "step 3 of 7".
func stepOf(op *ztp.Operation) string {
	for i := range op.Steps {
		if &op.Steps[i] == op.Current() {
			return "step " + thousands(i+1) + " of " + thousands(len(op.Steps))
		}
	}
	return "the last step"
}

// notConfigured is the line of a row without a key: what that means, or what
// was here before.
func (b rowBuilder) notConfigured() {
	v := b.in.View
	switch {
	case v.DisabledAt.IsZero() && v.CompanyID != "":
		b.row.Text = "New " + b.title() + " phones can't find this platform by themselves yet. Onboarding takes up company"
		b.row.Company = copyable{v.CompanyID, "company ID"}
	case v.DisabledAt.IsZero():
		b.row.Text = "New " + b.title() + " phones can't find this platform by themselves yet."
	default:
		m := momentOf(v.DisabledAt, b.in.Now)
		verb := "Disabled "
		if v.Unconfirmed {
			verb = "Disabled here only, revocation not confirmed, "
		}
		b.row.Text = verb + m.Abs + " (" + m.Rel + ") by " + b.who(v.DisabledBy) + "."
		if n := v.Counts.Listed; n > 0 {
			b.row.Text += " " + plural(n, "phone", "phones") + " may still be redirected at " + b.title() + "; Disable… ends that."
		}
		if v.CompanyID != "" {
			b.row.Text += " Onboarding again reuses company"
			b.row.Company = copyable{v.CompanyID, "previous company ID"}
		}
	}
}

// facts are what is known of a link that has a key, or whose state is open.
func (b rowBuilder) facts() []fact {
	v := b.in.View
	var fs []fact
	if v.CompanyID != "" {
		fs = append(fs, fact{Term: "Company ID", Copy: copyable{v.CompanyID, "company ID"}})
	}
	if v.Active != 0 {
		set := fact{Term: "Last set", At: v.SetAt, Sub: "by " + b.who(v.SetBy)}
		if v.Connected {
			set.Sub += ", pasted"
		}
		if v.Old {
			policy := ztp.AgeText(v.KeyAge)
			if v.KeyAge%day == 0 {
				policy = thousands(int(v.KeyAge/day)) + "-day"
			}
			set.Flag = &status{"warn", "Older than the " + policy + " policy"}
		}
		fs = append(fs, set)
	}
	fs = append(fs, b.phonesFact())
	if p := v.Proof; p != nil {
		fs = append(fs, fact{Term: "Compared", At: p.At, Sub: plural(p.ForeignKeys, "key", "keys") + " and " + plural(p.ForeignURLs, "address", "addresses") + " not ours",
			Href: proofPath(b.in.Platform, v.Info.Name), Link: "See the proof"})
	}
	return fs
}

// phonesFact counts the phones, and leads to how they compare with the vendor's list.
func (b rowBuilder) phonesFact() fact {
	v := b.in.View
	f := fact{Term: "Phones registered", Text: thousands(v.Counts.Held()), Sub: countNotes(v.Counts)}
	if v.Active == 0 && v.Sync.Operation == "" {
		return f
	}
	f.Href, f.Link = syncPath(b.in.Platform, v.Info.Name), "Compare with "+b.title()
	if n := v.Sync.Findings(); n > 0 {
		f.Flag, f.Link = &status{"warn", plural(n, "phone differs", "phones differ")}, "See which"
	}
	return f
}

// lastCheck shows the vendor's last word with its age; opening a page asks nobody.
func (b rowBuilder) lastCheck() *lastCheck {
	if b.in.View.State != ztp.LinkConfigured {
		return nil
	}
	c := &lastCheck{At: b.in.View.CheckedAt}
	if b.in.Actor.MayChange() {
		c.Button = b.check("Check now", "plain")
	}
	return c
}

func countNotes(c ztp.EndpointCounts) string {
	var parts []string
	for _, n := range []struct {
		n    int
		word string
	}{{c.Paused, "paused"}, {c.Wanted, "waiting"}, {c.Failed, "failed"}} {
		if n.n > 0 {
			parts = append(parts, thousands(n.n)+" "+n.word)
		}
	}
	return strings.Join(parts, ", ")
}
