package demo

import (
	"context"
	"regexp"
	"strings"

	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// deskPage is what the template shows.
type deskPage struct {
	Problem    string
	Portal     string
	SnomURL    string
	Seeded     bool
	Credential status
	Models     []string
	Full       bool
	Snom       snomView
	Phones     []phoneView
}

// snomView is the simulator's own truth, which zerotouch only knows by asking.
type snomView struct {
	Companies                        []companyView
	Keys, Phones, ByServers, ByPhone int
	Last                             []srapssim.Call
}

type companyView struct {
	Name, ID                 string
	Keys, Redirected, Paused int
}

// phoneView is one phone on the desk.
type phoneView struct {
	ID, MAC, Model string
	Status         status
	// Server is the remembered setting server, its token shortened; "" where the
	// phone starts at the redirection service.
	Server   string
	AtSnom   status
	Boots    int
	LastBoot string
	Steps    []stepView
	Trouble  string
	Booted   bool
	// Unregistered: no company has it, so that Snom has nothing for it.
	Unregistered bool
}

// status is a glyph and words; Tone is ok, warn, err or off.
type status struct{ Tone, Text string }

type stepView struct {
	What, Result, Tone, URL, Detail string
	Status                          int
}

// lastCalls is how many of Snom's calls the page lists.
const lastCalls = 12

// view reads everything that the page shows.
func (d *desk) view(ctx context.Context) (deskPage, error) {
	present, err := d.stage.seeded(ctx)
	if err != nil {
		return deskPage{}, err
	}
	companies := d.stage.sim.Companies(d.stage.sim.Resellers()[0].CompanyID)
	page := deskPage{
		Portal: d.stage.at.Admin, SnomURL: d.stage.snom.url, Seeded: present, Credential: credentialStatus(present), Models: models,
		Snom: viewSnom(companies, d.stage.sim.Calls()),
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	page.Full = len(d.phones) >= maxPhones
	for _, p := range d.phones {
		page.Phones = append(page.Phones, viewPhone(p, companies))
	}
	return page, nil
}

func credentialStatus(present bool) status {
	if present {
		return status{"ok", "In place"}
	}
	return status{"err", "Not configured in this environment"}
}

func viewSnom(companies []srapssim.Company, calls []srapssim.Call) snomView {
	var v snomView
	for _, c := range companies {
		row := companyView{Name: plainName(c.Name), ID: c.ID, Keys: len(c.Keys)}
		for _, e := range c.Endpoints {
			if e.Enabled {
				row.Redirected++
			} else {
				row.Paused++
			}
		}
		v.Keys += row.Keys
		v.Phones += len(c.Endpoints)
		v.Companies = append(v.Companies, row)
	}
	for _, c := range calls {
		if c.Resource == srapssim.ResourcePhone {
			v.ByPhone++
		} else {
			v.ByServers++
		}
	}
	for i := len(calls) - 1; i >= 0 && len(v.Last) < lastCalls; i-- {
		v.Last = append(v.Last, calls[i])
	}
	return v
}

// plainName is a company's name without the label that zerotouch puts behind it.
func plainName(name string) string {
	plain, _, _ := strings.Cut(name, " [zt:")
	return plain
}

func viewPhone(p *pluggedIn, companies []srapssim.Company) phoneView {
	s := p.phone.State()
	v := phoneView{
		ID: s.MAC, MAC: colons(s.MAC), Model: "Snom " + p.model, Status: phoneStatus(s), Boots: s.Boots,
		Trouble: p.trouble, Booted: s.Boots > 0,
	}
	v.AtSnom, v.Unregistered = registration(s.MAC, companies)
	if !s.Factory {
		v.Server = shortened(s.SettingServer)
	}
	if !s.LastBoot.IsZero() {
		v.LastBoot = s.LastBoot.UTC().Format("15:04:05")
	}
	for _, step := range p.last {
		v.Steps = append(v.Steps, viewStep(step))
	}
	return v
}

// phoneStatus says whether the phone is in service.
func phoneStatus(s phonesim.State) status {
	switch {
	case s.Boots == 0:
		return status{"off", "Factory settings, not booted yet"}
	case s.LastSource == "redirection" && s.Waits() > 0:
		return status{"warn", "Waits with holding settings"}
	case s.LastSource == "redirection":
		return status{"ok", "In service, provisioned by zerotouch"}
	case s.LastSource != "":
		return status{"warn", "In service, provisioned by its own network (" + networkWords[s.LastSource] + ")"}
	}
	return status{"err", "Found no settings"}
}

// networkWords are for the sources on a phone's own network.
var networkWords = map[string]string{"pnp": "PnP", "dhcp": "DHCP"}

// registration is what Snom holds about a MAC.
func registration(mac string, companies []srapssim.Company) (s status, unregistered bool) {
	for _, c := range companies {
		for _, e := range c.Endpoints {
			switch {
			case e.MAC != mac:
			case e.Enabled && e.Redirect != "":
				return status{"ok", "Redirected for " + plainName(c.Name)}, false
			default:
				return status{"warn", "Paused, kept for " + plainName(c.Name)}, false
			}
		}
	}
	return status{"off", "Nobody has registered it"}, true
}

// words for the names of steps and results.
var (
	stepWords = map[string]string{
		"redirection": "Asked Snom", "setting_server": "Asked its setting server", "pnp": "Asked its network (PnP)",
		"dhcp": "Asked its network (DHCP)", "tr69": "Looked for TR-069", "order": "Started over in another order",
		"boot": "Result", "resync": "Result",
	}
	resultTones = map[phonesim.Result]string{phonesim.OK: "ok", phonesim.Redirected: "ok", phonesim.Nothing: "off", phonesim.Failed: "err"}
)

func viewStep(s phonesim.Step) stepView {
	what := stepWords[s.Step]
	if what == "" {
		what = s.Step
	}
	return stepView{What: what, Result: string(s.Result), Tone: resultTones[s.Result], URL: s.URL, Detail: s.Detail, Status: s.Status}
}

// wholeToken is one of the tokens in a provisioning URL: the account's, or the phone's.
var wholeToken = regexp.MustCompile(`/([a-z2-7]{4})[a-z2-7]{28}/`)

// shortened keeps the first characters of the tokens in a provisioning URL, enough
// to tell two accounts and two phones apart.
func shortened(server string) string {
	for wholeToken.MatchString(server) {
		server = wholeToken.ReplaceAllString(server, "/$1…/")
	}
	return server
}

// colons writes twelve digits as people read them.
func colons(mac string) string {
	var pairs []string
	for i := 0; i+2 <= len(mac); i += 2 {
		pairs = append(pairs, mac[i:i+2])
	}
	return strings.Join(pairs, ":")
}
