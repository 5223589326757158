package web

import (
	"net/http"
	"net/url"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// phonePage is one phone.
type phonePage struct {
	basePage
	Platform ztp.Platform
	Crumbs   []crumb
	Phone    phoneCard
	// Fetches is what the phone has asked for.
	Fetches []fetchRow
	Fields  []field
	Problem *message
	Op      string
	// Editable: a released phone is history until it is registered again.
	Editable bool
}

// phoneCard is the part of a phone's page that changes by itself.
type phoneCard struct {
	MAC      ztp.MAC
	Name     string
	Endpoint ztp.Endpoint
	Vendor   string
	Account  ztp.Account
	Href     string
	Status   status
	// Contact is how it comes here.
	Contact contactView
	// Resync is what became of it when it was last to be told to look for its settings, nil
	// when it never was.
	Resync                 *ztp.ResyncItem
	ResyncSays, ResyncHref string
	// SIP is what the voice service said last.
	SIP     string
	Busy    bool
	Waiting string
	Actions []button
	// Why says what is not among the actions now, Notes what else is to be known.
	Why string
	// LookOff says why it can't be told to look again.
	LookOff string
	Notes   []string
	// Settings and Preview are pages of what it gets, "" for a released phone.
	Settings, Preview string
	// Life is the page of its MAC address over all platforms, Explain that of what stands
	// in its way.
	Life    string
	Explain string
	Message *message
	Poll    string
}

// foundPhone is what a path names.
type foundPhone struct {
	p ztp.Platform
	e ztp.Endpoint
	// op is the phone's open operation, nil without one.
	op *ztp.Operation
	// link is where the phone is registered.
	link ztp.Link
	// contact is what it has shown of itself here.
	contact ztp.Contact
	// resync is its last one, nil without any.
	resync *ztp.ResyncItem
}

func (p *portal) findPhone(r *http.Request) (foundPhone, error) {
	var f foundPhone
	var err error
	if f.p, err = p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p")); err != nil {
		return f, err
	}
	mac, err := ztp.ParseMAC(r.PathValue("mac"))
	if err != nil {
		return f, ztp.NotFound("phone")
	}
	if f.e, err = p.ctl.Endpoint(r.Context(), p.actor(r), f.p.Slug, mac); err != nil {
		return f, err
	}
	l, err := p.ctl.Link(r.Context(), p.actor(r), f.p.Slug, f.e.Vendor)
	if err != nil {
		return f, err
	}
	f.link = l.Link
	if f.contact, err = p.ctl.Contact(r.Context(), p.actor(r), f.e); err != nil {
		return f, err
	}
	if f.resync, err = p.ctl.LastResync(r.Context(), p.actor(r), f.p.ID, mac); err != nil {
		return f, err
	}
	ops, err := p.ctl.ListOperations(r.Context(), p.actor(r), ztp.OperationQuery{Platform: f.p.ID, MAC: mac, Open: true, Limit: 1})
	if err == nil && len(ops.Items) > 0 {
		f.op = &ops.Items[0]
	}
	return f, err
}

// newPhone shows the empty form.
func (p *portal) newPhone(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query() // a phone that is added again brings what is known of it
	f := url.Values{}
	for name, limit := range map[string]int{"mac": 32, "account": 40, "product_group": 64, "name": 120, "model": 64, "serial": 64} {
		f.Set(name, clip(q.Get(name), limit))
	}
	return p.phoneForm(w, r, http.StatusOK, f, nil)
}

func (p *portal) phoneForm(w http.ResponseWriter, r *http.Request, status int, f url.Values, e *ztp.Error) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	fields, err := p.phoneFields(r, pl, f)
	if err != nil {
		return err
	}
	l, err := p.ctl.Link(r.Context(), p.actor(r), pl.Slug, p.firstVendor())
	if err != nil {
		return err
	}
	path := "/platforms/" + pl.Slug
	if why := whyNoPhones(l.Link, l.Info.Title); why != "" && e == nil { // what was typed and refused stays
		return p.form(w, r, status, formPage{
			Heading: "Add phone", Crumbs: append(platformCrumbs(pl), crumb{Title: "Add phone"}), Platform: &pl,
			Instead: notYet(why, l.Info.Title, pl),
		}, nil)
	}
	mac := field{Name: "mac", Label: "MAC address", Hint: "As printed on the phone, in any usual spelling.", Type: "text",
		Value: f.Get("mac"), Required: true, Max: 32, Complete: "off", Mono: true}
	return p.form(w, r, status, formPage{
		Heading: "Add phone", Crumbs: append(platformCrumbs(pl), crumb{Title: "Add phone"}), Platform: &pl,
		Intro:  "The phone is registered at its vendor and finds this platform at its first boot or after a factory reset. Nobody types an address on it.",
		Fields: append([]field{mac}, fields...), Hidden: []hidden{{"op", ztp.NewID()}},
		Action: path + "/phones", Submit: "Add phone", Cancel: path + "#phones",
	}, e)
}

// phoneFields are account, product group, name and what is known of the phone itself.
func (p *portal) phoneFields(r *http.Request, pl ztp.Platform, f url.Values) ([]field, error) {
	accounts, err := p.allAccounts(r, pl)
	if err != nil {
		return nil, err
	}
	account := field{Name: "account", Label: "Account", Hint: "Its provisioning token becomes part of the phone's address, beside one of the phone's own.", Type: "select", Required: true}
	for _, a := range accounts {
		label := a.Name
		if !a.HasToken() {
			label += " (no token yet)"
		}
		mine := a.Slug == f.Get("account") || string(a.ID) == f.Get("account")
		account.Options = append(account.Options, option{Value: a.Slug, Label: label, Selected: mine, Disabled: !a.HasToken() && !mine})
	}
	if len(accounts) == 0 {
		account.Hint = "This platform has no account yet; add one first."
	}
	fields := []field{account}
	info, err := p.ctl.Vendor(p.firstVendor())
	if err == nil && len(info.ProductGroups) > 0 {
		group := field{Name: "product_group", Label: "Product group", Hint: "The family of the phone at " + info.Title + ".", Type: "select"}
		for _, g := range info.ProductGroups {
			group.Options = append(group.Options, option{Value: g, Label: g, Selected: g == f.Get("product_group")})
		}
		fields = append(fields, group)
	}
	fields = append(fields, field{Name: "name", Label: "Name", Hint: "Where it stands or whose it is, if you like.", Type: "text",
		Value: f.Get("name"), Max: 120, Complete: "off"})
	return append(fields, hardwareFields(f, info.NeedsPIN)...), nil
}

// registerPhone registers one and goes to its page.
func (p *portal) registerPhone(w http.ResponseWriter, r *http.Request) error {
	f := r.PostForm
	mac, err := ztp.ParseMAC(f.Get("mac"))
	if err != nil && p.actor(r).MayChange() {
		return again(err, func(status int, e *ztp.Error) error { return p.phoneForm(w, r, status, f, e) })
	}
	return p.putPhone(w, r, mac, func(status int, e *ztp.Error) error { return p.phoneForm(w, r, status, f, e) })
}

// updatePhone changes account, product group, name or what is known of one, after asking.
func (p *portal) updatePhone(w http.ResponseWriter, r *http.Request) error {
	if mac, err := ztp.ParseMAC(r.PathValue("mac")); err == nil && !p.actor(r).MayChange() {
		// Refused before it is said whether there is such a phone.
		return p.putPhone(w, r, mac, func(_ int, e *ztp.Error) error { return e })
	}
	found, err := p.findPhone(r)
	if err != nil {
		return err
	}
	ask, changes, err := p.phoneChange(r, found)
	if err != nil {
		return err
	}
	if changes {
		return p.askChange(w, r, found, ask)
	}
	return p.putPhone(w, r, found.e.MAC, func(status int, e *ztp.Error) error {
		return p.renderPhone(w, r, status, r.PostForm, e)
	})
}

func (p *portal) putPhone(w http.ResponseWriter, r *http.Request, mac ztp.MAC, refused func(int, *ztp.Error) error) error {
	f := r.PostForm
	name := trimmed(f, "name")
	in := control.EndpointRequest{Submission: submissionOf(r), Account: f.Get("account"), ProductGroup: f.Get("product_group"), Name: &name}
	hardwareOf(&in, f)
	res, err := p.ctl.PutEndpoint(r.Context(), p.actor(r), r.PathValue("p"), mac, in)
	if err != nil {
		return again(err, refused)
	}
	return p.phoneAnswer(w, r, mac, res)
}

func (p *portal) phoneAnswer(w http.ResponseWriter, r *http.Request, mac ztp.MAC, res control.EndpointResult) error {
	pl, err := p.ctl.Platform(r.Context(), p.actor(r), r.PathValue("p"))
	if err != nil {
		return err
	}
	p.forgetPlatforms()
	to := phonePath(pl, mac)
	if res.Operation != nil {
		p.settle(r, res.Operation.ID)
		to += "?op=" + string(res.Operation.ID)
	}
	return seeOther(w, r, to)
}

// phone shows one, or its part that changes for polling.
func (p *portal) phone(w http.ResponseWriter, r *http.Request) error {
	return p.renderPhone(w, r, http.StatusOK, nil, nil)
}

func (p *portal) renderPhone(w http.ResponseWriter, r *http.Request, code int, f url.Values, e *ztp.Error) error {
	found, err := p.findPhone(r)
	if err != nil {
		return err
	}
	card, err := p.phoneCard(r, found)
	if err != nil {
		return err
	}
	if IsPoll(r) {
		if r.URL.Query().Get(pollParam) == phoneVersion(found) {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return p.renderBlock(w, r, code, "phone", "phone-card", card)
	}
	if f == nil {
		f = url.Values{"account": {string(found.e.Account)}, "product_group": {found.e.ProductGroup}, "name": {found.e.Name}, "model": {found.e.Model}, "serial": {found.e.Serial}}
	}
	page := phonePage{
		basePage: p.base(r, "platforms", found.e.MAC.String()), Platform: found.p, Phone: card,
		Crumbs: append(platformCrumbs(found.p), crumb{Title: found.e.MAC.String()}), Op: ztp.NewID(),
		Editable: found.e.State != ztp.EndpointReleased && found.link.TakesPhones(),
	}
	if page.Fields, err = p.phoneFields(r, found.p, f); err != nil {
		return err
	}
	if page.Fetches, err = p.fetchRows(r, found); err != nil {
		return err
	}
	for i := range page.Fields {
		if page.Fields[i].Name == "account" {
			page.Fields[i].Hint += " " + movedHint
		}
	}
	if e != nil {
		page.Title = "Error: " + page.Title
		page.Problem = formProblem(e, withErrors(page.Fields, e), card.Vendor)
	}
	return p.render(w, r, code, "phone", page)
}

// movedHint is what a move means to a phone in service: its address names an account.
const movedHint = "After a move to another account the address that the phone has now tells it its new one, until it is seen there. " +
	"One that has never fetched its settings finds it at the next factory reset."

func phoneVersion(f foundPhone) string {
	v := version(f.e.Version) + "-" + string(f.e.State) + "-" + version(f.e.FetchedAt.UnixMilli()) + "-" + version(f.e.SIP.At.UnixMilli()) + "-" + version(f.contact.Version)
	if !f.link.TakesPhones() {
		v += "-" + string(f.link.State)
	}
	if f.resync != nil {
		v += "-" + string(f.resync.Resync) + "-" + string(f.resync.State)
	}
	if f.op != nil {
		v += "-" + string(f.op.State) + "-" + version(f.op.UpdatedAt.UnixMilli())
	}
	return v
}
