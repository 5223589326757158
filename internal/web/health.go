package web

import (
	"net/http"
	"net/url"
	"slices"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// check is one line of the health page.
type check struct {
	ID       string
	Name     string
	Status   status
	Evidence []string
	Copy     copyable
	Message  *message
	Links    []NavLink
}

// bad reports whether somebody has to look at it.
func (c check) bad() bool { return c.Status.Kind == "err" || c.Status.Kind == "warn" }

// healthVendor is one vendor's checks.
type healthVendor struct {
	Info   ztp.VendorInfo
	Checks []check
}

// healthPage is the state of this environment.
type healthPage struct {
	basePage
	Vendors     []healthVendor
	Environment []check
	Total, Bad  int
	Summary     message
}

// health shows what is known here. It asks the secret store and no vendor.
func (p *portal) health(w http.ResponseWriter, r *http.Request) error {
	h, err := p.ctl.Health(r.Context(), p.actor(r))
	if err != nil {
		return err
	}
	views, err := p.allPlatforms(r.Context(), p.actor(r), 0)
	if err != nil {
		return err
	}
	changes, err := p.rolloutCheck(r, h)
	if err != nil {
		return err
	}
	page := healthPage{Environment: append([]check{p.writesCheck(h, p.actor(r).MayChange()), waitingCheck(h.Waiting, views), lessCheck(h, views), scansCheck(h), changes, authoritiesCheck(h, views)}, p.environmentChecks(h)...)}
	for _, v := range h.Vendors {
		checks := vendorChecks(v, views)
		if v.Info.CanCreateCompanies {
			compared, err := p.ctl.Reconciliation(r.Context(), p.actor(r), v.Info.Name, "")
			if err != nil {
				return err
			}
			checks = append(checks, p.reconciliationCheck(compared))
		}
		page.Vendors = append(page.Vendors, healthVendor{Info: v.Info, Checks: checks})
	}
	page.summarise()
	page.basePage = p.base(r, "health", page.Summary.Title+" · Health")
	return p.render(w, r, http.StatusOK, "health", page)
}

// scansCheck names who has asked for many phones that are not there.
func scansCheck(h control.Health) check {
	const shown = 3
	c := check{ID: "scans", Name: "Searches for phones", Status: status{"ok", "None"}, Evidence: []string{"Nobody has asked for many phones that are not there in the last day."}}
	if len(h.Scans) == 0 {
		return c
	}
	c.Status = status{"warn", plural(len(h.Scans), "alarm", "alarms")}
	c.Evidence, c.Links = nil, []NavLink{{"Open in audit log", auditHref(url.Values{"action": {ztp.EventScanned}}, "")}}
	for _, e := range h.Scans[:min(shown, len(h.Scans))] {
		c.Evidence = append(c.Evidence, code(e.Address)+", "+e.At.Format(secondLayout)+": "+e.Detail+".")
	}
	c.Evidence = append(c.Evidence, "Nothing was given out. It stands here for a day. Phones that were prepared and not registered yet look the same.")
	return c
}

// summarise counts, and links to what needs somebody.
func (h *healthPage) summarise() {
	all := slices.Clone(h.Environment)
	for _, v := range h.Vendors {
		all = append(all, v.Checks...)
	}
	h.Total = len(all)
	h.Summary = message{Kind: "ok", Title: "All " + thousands(h.Total) + " checks are fine", Level: 2}
	for _, c := range all {
		if c.bad() {
			h.Bad++
			h.Summary.Buttons = append(h.Summary.Buttons, button{Label: c.Name + ": " + c.Status.Text, Kind: "plain", Href: "#" + c.ID})
		}
	}
	if h.Bad > 0 {
		h.Summary.Kind = "warn"
		h.Summary.Title = thousands(h.Bad) + " of " + plural(h.Total, "check needs attention", "checks need attention")
		if h.Bad == 1 {
			h.Summary.Title = "1 of " + thousands(h.Total) + " checks needs attention"
		}
	}
}

func vendorChecks(v control.VendorHealth, views []control.PlatformView) []check {
	name := string(v.Info.Name)
	return append([]check{resellerCheck(name, v), linksCheck(name, v, views), keysCheck(name, v)}, restoredCheck(name, v)...)
}

// resellerCheck shows that the credential is there, and its names, never its values.
func resellerCheck(name string, v control.VendorHealth) check {
	c := check{ID: name + "-creds", Name: "Reseller credentials", Status: status{"ok", "Present"},
		Copy: copyable{v.ResellerWhere, "where the reseller credentials are kept"}}
	if v.Reseller == nil {
		c.Evidence = []string{"Key id " + code(v.ResellerKeyID) + ". Read anew whenever an operation needs them."}
		return c
	}
	title, paras, entry := problemText(v.Reseller, v.Info.Title)
	c.Status = status{"err", "Not usable"}
	if v.Reseller.Code == ztp.CodeResellerCredentialsMissing {
		c.Status.Text = "Missing"
	}
	c.Evidence = []string{"Onboard, Rotate and Disable fail for every platform until they are in place. Phones in service are not affected."}
	c.Message = &message{Kind: "err", Title: title, Paras: paras, Steps: []string{entry.Remedy},
		Buttons: []button{{Label: "Check again", Kind: "act", Href: "/health"}}, Meta: []metaItem{{Code: string(v.Reseller.Code)}}}
	return c
}

// linksCheck counts the platforms and names those that need somebody.
func linksCheck(name string, v control.VendorHealth, views []control.PlatformView) check {
	c := check{ID: name + "-links", Name: "Platforms", Status: status{"ok", plural(v.Configured, "configured", "configured")}}
	c.Evidence = []string{thousands(v.Configured) + " configured, " + thousands(v.InFlight) + " in flight, " + thousands(v.Attention) + " needing attention."}
	for _, pl := range views {
		for _, l := range pl.Links {
			if l.Info.Name == v.Info.Name && l.NeedsSomebody() && len(c.Links) < 20 {
				c.Links = append(c.Links, NavLink{pl.Name, "/platforms/" + pl.Slug + "#" + rowID(l.Info.Name)})
			}
		}
	}
	if v.Attention > 0 {
		c.Status = status{"warn", plural(v.Attention, "needs attention", "need attention")}
	}
	return c
}

// keysCheck names keys that should be gone at the vendor and are not yet.
func keysCheck(name string, v control.VendorHealth) check {
	c := check{ID: name + "-keys", Name: "Open keys", Status: status{"ok", "None"},
		Evidence: []string{"Every key of ours that was replaced is confirmed as revoked."}}
	if v.Loose > 0 {
		c.Status = status{"warn", plural(v.Loose, "key", "keys")}
		c.Evidence = []string{"Not yet confirmed as revoked; tried again by itself every hour. The rows of their platforms name them."}
	}
	return c
}

func (p *portal) environmentChecks(h control.Health) []check {
	address := check{ID: "address", Name: "Provisioning URL", Status: status{"ok", "Set"},
		Evidence: []string{code(shownURL(h.ProvisioningURL)), "Proven before it is first sent to a vendor."}}
	switch {
	case h.URLCheckOff:
		address.Status = status{"err", "Not proven"}
		address.Evidence[1] = "The check is switched off (`ZEROTOUCH_PROVISIONING_URL_CHECK=off`): addresses go to vendors unproven, and a wrong one in a phone means a visit to it."
	case h.ProvisioningURL == "":
		address.Status = status{"warn", "Not set"}
		address.Evidence = []string{"`ZEROTOUCH_PROVISIONING_URL` is not set. Only platforms with a provisioning URL of their own can be onboarded."}
	}
	jobs := check{ID: "operations", Name: "Operations", Status: status{"ok", plural(h.Open, "in flight", "in flight")},
		Evidence: []string{"Operations go on by themselves after a restart."}}
	version := check{ID: "version", Name: "Version", Status: status{"ok", p.cfg.Version}, Evidence: []string{"Installation " + code(h.Installation) + "."}}
	if p.cfg.Version == "" {
		version.Status.Text = "Unknown"
	}
	return []check{address, jobs, movesCheck(h.Moving), rotationCheck(h), certificatesCheck(h), handshakesCheck(h), replicasCheck(h.Replicas), version}
}

// movesCheck names phones that a move between platforms has left with nobody.
func movesCheck(moving []control.Adrift) check {
	c := check{ID: "moves", Name: "Phones on the move", Status: status{"ok", plural(len(moving), "under way", "under way")},
		Evidence: []string{"No MAC address was left with nobody by a move between platforms."}}
	left := 0
	for _, m := range moving {
		if !m.Left {
			continue
		}
		if left++; left == 1 {
			c.Evidence = []string{"Given up for a move that could neither finish nor be taken back: until they are registered again, anybody can claim them."}
		}
		if len(c.Links) < 20 {
			c.Links = append(c.Links, NavLink{m.Endpoint.MAC.String(), macPath(m.Endpoint.MAC)})
		}
	}
	if left > 0 {
		c.Status = status{"err", plural(left, "phone with nobody", "phones with nobody")}
	}
	return c
}

// rotationCheck says whether old keys are replaced by themselves.
func rotationCheck(h control.Health) check {
	c := check{ID: "rotation", Name: "Rotation policy", Status: status{"ok", "Off"},
		Evidence: []string{"Keys are replaced when somebody asks for it; `ZEROTOUCH_ROTATE_EVERY` would do it by itself."}, Links: []NavLink{{"Campaigns", "/campaigns"}}}
	if h.RotateEvery > 0 {
		c.Status.Text = "Every " + ageText(h.RotateEvery)
		c.Evidence = []string{"Keys of that age are replaced by themselves, in a campaign; those made in a vendor's portal are named in it."}
	}
	return c
}

// replicasCheck names the processes that work on the database.
func replicasCheck(all []control.ReplicaHealth) check {
	c := check{ID: "replicas", Name: "Replicas"}
	live := 0
	for _, r := range all {
		line := code(r.ID) + ", version " + r.Version + ", since " + r.StartedAt.UTC().Format(minuteLayout) + ", last seen " + r.SeenAt.UTC().Format(secondLayout) + "."
		if r.OnlyPhones {
			line += " Serves phones alone."
		}
		if r.Live {
			live++
		} else if r.OnlyPhones {
			line += " Gone without a word."
		} else {
			line += " Gone without a word; the others go on with its operations."
		}
		c.Evidence = append(c.Evidence, line)
	}
	c.Status = status{"ok", thousands(live) + " running"}
	if live < len(all) {
		c.Status = status{"warn", thousands(len(all)-live) + " lost"}
	}
	if live == 0 {
		c.Status = status{"warn", "None has reported yet"}
	}
	return c
}

// vendorsPage lists the vendors of this build.
type vendorsPage struct {
	basePage
	Rows []vendorRow
}

// vendorRow is one of them.
type vendorRow struct {
	Info                                ztp.VendorInfo
	Configured, Attention, InFlight     int
	NotConfigured                       int
	Reseller                            status
	Abilities                           []string
	Service                             string
	AttentionHref, ConfiguredHref, None string
}

// vendors shows what this build can talk to, and what is set up there.
func (p *portal) vendors(w http.ResponseWriter, r *http.Request) error {
	h, err := p.ctl.Health(r.Context(), p.actor(r))
	if err != nil {
		return err
	}
	views, err := p.allPlatforms(r.Context(), p.actor(r), 0)
	if err != nil {
		return err
	}
	page := vendorsPage{basePage: p.base(r, "vendors", "Vendors")}
	for _, v := range h.Vendors {
		page.Rows = append(page.Rows, vendorRowOf(v, views))
	}
	return p.render(w, r, http.StatusOK, "vendors", page)
}

func vendorRowOf(v control.VendorHealth, views []control.PlatformView) vendorRow {
	row := vendorRow{Info: v.Info, Service: serviceOf(v.Info), Reseller: status{"ok", "Present"}}
	for _, pl := range views {
		for _, l := range pl.Links {
			if l.Info.Name != v.Info.Name {
				continue
			}
			switch stateGroup(l) {
			case "attention":
				row.Attention++
			case "in-flight":
				row.InFlight++
			case "configured":
				row.Configured++
			default:
				row.NotConfigured++
			}
		}
	}
	if v.Reseller != nil {
		row.Reseller = status{"err", v.Reseller.Err().Entry(v.Info.Title).Title}
	}
	if v.Info.CanCreateCompanies {
		row.Abilities = []string{"Companies and keys by API", "Rotation by API"}
	} else {
		row.Abilities = []string{"Keys made in the vendor's portal and pasted here"}
	}
	href := func(state string) string {
		return listQuery{Vendor: string(v.Info.Name), State: state}.href("", 1)
	}
	row.AttentionHref, row.ConfiguredHref, row.None = href("attention"), href("configured"), href("not-configured")
	return row
}
