package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// proofPage is what the last proof of a link has found, with what puts each of it
// right.
type proofPage struct {
	basePage
	Crumbs   []crumb
	Platform ztp.Platform
	Proof    proofCard
}

// proofCard is the part of the page that changes by itself.
type proofCard struct {
	Vendor string
	Status status
	Facts  []fact
	// Messages are what the reader's own action led to, and what the list leaves out.
	Messages []message
	Keys     []foreignKeyRow
	Rows     []foreignRow
	First    string
	Next     string
	Actions  []button
	Poll     string
}

// foreignKeyRow is a key that we did not make.
type foreignKeyRow struct {
	ID, Name, Role string
	Remove         *button
}

// foreignRow is an address that is not ours.
type foreignRow struct {
	Target, What, Sub string
	Href              string
	Host              string
	// Now is the state of a phone that has a row here; Here says what else is known of it.
	Now  *status
	Here string
	Fix  *button
}

// backField leads back to the proof after an action that was asked for there.
const (
	backField = "back"
	backProof = "proof"
)

func proofPath(p ztp.Platform, v ztp.VendorName) string { return rowPath(p, v) + "/proof" }

// proof shows the page, or for polling its part that changes.
func (p *portal) proof(w http.ResponseWriter, r *http.Request) error {
	x, err := p.linkRow(r)
	if err != nil {
		return err
	}
	in, err := p.rowInput(r, x)
	if err != nil {
		return err
	}
	if own := p.ownOperation(r, x); own != nil {
		in.Own = own // also of a phone, whose address was put right here
	}
	after := r.URL.Query().Get("after")
	page, err := p.ctl.ForeignAddresses(r.Context(), p.actor(r), x.p.Slug, x.vendor, after, pageSize)
	if err != nil {
		return err
	}
	version := rowVersion(in) + "-" + foreignVersion(page)
	card := p.proofCard(in, page, after)
	self := url.Values{pollParam: {version}}
	if after != "" {
		self.Set("after", after)
	}
	if in.Own != nil {
		self.Set("op", string(in.Own.ID))
	}
	card.Poll = proofPath(x.p, x.vendor) + "?" + self.Encode()
	if IsPoll(r) {
		if r.URL.Query().Get(pollParam) == version {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return p.renderBlock(w, r, http.StatusOK, "proof", "proof-card", card)
	}
	return p.render(w, r, http.StatusOK, "proof", proofPage{
		basePage: p.base(r, "platforms", "Proof for "+x.view.Info.Title), Platform: x.p, Proof: card,
		Crumbs: append(platformCrumbs(x.p), crumb{Title: "Proof for " + x.view.Info.Title}),
	})
}

func foreignVersion(page ztp.Page[control.ForeignAddressView]) string {
	h := sha256.New()
	for _, a := range page.Items {
		h.Write([]byte(a.Target + "\x00"))
		if a.Phone != nil {
			h.Write([]byte(version(a.Phone.Version) + "\x00"))
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

func (p *portal) proofCard(in rowInput, page ztp.Page[control.ForeignAddressView], after string) proofCard {
	b := rowBuilder{in: in}
	path := proofPath(in.Platform, in.View.Info.Name)
	c := proofCard{Vendor: b.title(), Status: b.proofStatus(), Facts: b.proofFacts()}
	if m := b.proofNews(); m != nil && !in.View.State.InFlight() {
		m.Buttons, m.Level = nil, 2 // it is here already
		c.Messages = append(c.Messages, *m)
	}
	if proof := in.View.Proof; proof != nil && proof.Listed < proof.ForeignURLs {
		c.Messages = append(c.Messages, message{Kind: "info", Level: 2, Title: "The list is cut",
			Paras: []string{"All " + thousands(proof.ForeignURLs) + " are counted, the first " + thousands(proof.Listed) + " are named. Put these right, then compare again for the rest."}})
	}
	for _, k := range b.foreignKeys() {
		row := foreignKeyRow{ID: k.ID, Name: k.Name, Role: k.Role}
		if in.Actor.MayChange() {
			x := back(b.ask("Remove…", "key "+k.ID, "", ztp.KindRevokeKey, hidden{"key_id", k.ID})).asLink()
			row.Remove = &x
		}
		c.Keys = append(c.Keys, row)
	}
	for _, a := range page.Items {
		c.Rows = append(c.Rows, b.foreignRow(a))
	}
	if after != "" {
		c.First = path
	}
	if page.Next != "" {
		c.Next = path + "?" + url.Values{"after": {page.Next}}.Encode()
	}
	if in.Actor.MayChange() && in.View.Active != 0 && !in.View.State.InFlight() {
		c.Actions = []button{b.compare("Compare again", "act")}
	}
	return c
}

// proofNews is what the reader's own action led to, as the row tells it; and what the row
// leaves to the page of a phone, or to the finding that this page lists.
func (b rowBuilder) proofNews() *message {
	op := b.in.Own
	switch {
	case op == nil:
	case op.Kind == ztp.KindCheck && op.State == ztp.OperationDone && op.Data.Proof != nil && !op.Data.Proof.Clean():
		return &message{Kind: "info", Title: "Compared with " + b.title(), Paras: []string{op.Data.Proof.Text() + " Nothing was changed."},
			Meta: []metaItem{{Text: "Took " + took(op)}}}
	case op.Kind.WritesEndpoint() && op.State == ztp.OperationDone:
		return &message{Kind: "ok", Title: "Address of " + op.MAC.String() + " put right", Paras: []string{op.Outcome(b.title()).Text},
			Meta: []metaItem{{Text: "Took " + took(op)}}}
	case op.Kind.WritesEndpoint() && !op.State.Final():
		return &message{Kind: "busy", Title: "Writing the address of " + op.MAC.String() + " at " + b.title(), Paras: []string{"You can leave this page."}}
	}
	return b.news()
}

// proofStatus is the proof in a word.
func (b rowBuilder) proofStatus() status {
	v := b.in.View
	switch {
	case v.Proof == nil && v.ForeignAddresses == 0:
		return status{"off", "Nothing has been compared yet"}
	case v.ForeignAddresses > 0 || len(b.foreignKeys()) > 0:
		return status{"warn", "Something is not ours"}
	case !v.Proof.Clean():
		return status{"unk", "Put right; compare again for the proof"}
	}
	return status{"ok", "Nothing foreign was found"}
}

// proofFacts are what was compared, when, and what came of it.
func (b rowBuilder) proofFacts() []fact {
	v := b.in.View
	if v.Proof == nil {
		return nil
	}
	p := v.Proof
	open := func(found, left int) string {
		if found == 0 {
			return ""
		}
		return thousands(left) + " still open"
	}
	return []fact{
		{Term: "Compared", At: p.At, Sub: plural(p.EndpointsCompared, "phone", "phones") + " and " + plural(p.ProfilesCompared, "profile", "profiles")},
		{Term: "Keys that we did not make", Text: thousands(p.ForeignKeys), Sub: open(p.ForeignKeys, len(b.foreignKeys()))},
		{Term: "Addresses that are not ours", Text: thousands(p.ForeignURLs), Sub: open(p.ForeignURLs, v.ForeignAddresses)},
	}
}

// foreignKeys are the keys that the link's finding names.
func (b rowBuilder) foreignKeys() []ztp.VendorKey {
	if e := b.in.View.Error; e != nil && e.Code == ztp.CodeForeignKeyFound {
		return e.Keys
	}
	return nil
}

func (b rowBuilder) foreignRow(a control.ForeignAddressView) foreignRow {
	row := foreignRow{Target: a.Target, Host: a.Host}
	switch a.What {
	case ztp.ForeignProfile:
		row.What, row.Here = "Profile", "Made by this platform"
	case ztp.ForeignOtherProfile:
		row.What, row.Here = "Profile", "Not made by this platform"
	default:
		row.What, row.Here = "Phone", "Not registered here"
	}
	if e := a.Phone; e != nil {
		mac, _ := a.MAC()
		s := phoneStatus(*e, b.title())
		row.Href, row.Sub, row.Now = phonePath(b.in.Platform, mac), e.Name, &s
	}
	if b.in.Actor.MayChange() && b.in.View.Active != 0 {
		x := back(b.ask("Fix…", a.Target, "", ztp.KindPauseForeign, hidden{"target", a.Target})).asLink()
		row.Fix = &x
	}
	return row
}

// back lets an action lead back to the proof.
func back(x button) button {
	x.Fields = append(x.Fields, hidden{backField, backProof})
	return x
}

// compare takes the proof again, at once, since it only reads.
func (b rowBuilder) compare(label, kind string) button {
	x := *b.check(label, kind)
	x.ID, x.Row = "b-"+string(b.in.View.Info.Name)+"-compare", ""
	x.Fields = append(x.Fields, hidden{"exposed", "1"})
	return back(x)
}

// seeProof leads to the page.
func (b rowBuilder) seeProof(label, kind string) button {
	v := b.in.View.Info.Name
	return button{ID: "b-" + string(v) + "-proof", Label: label, On: "for " + b.title(), Kind: kind, Href: proofPath(b.in.Platform, v)}
}

// strayAddresses tells of addresses that are not ours where the link's own error is
// about something else.
func (b rowBuilder) strayAddresses() message {
	entry := (&ztp.Error{Code: ztp.CodeForeignKeyFound, Case: ztp.CaseForeignAddress}).Entry(b.title())
	return message{
		Kind: "warn", Title: entry.Title, Steps: []string{entry.Remedy},
		Paras:   []string{plural(b.in.View.ForeignAddresses, "address leads", "addresses lead") + " somewhere else, where phones go after a factory reset. Nothing was touched."},
		Buttons: []button{b.seeProof("See which", "act")},
	}
}
