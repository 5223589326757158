package srapssim

import (
	"encoding/json"
	"slices"
	"time"
)

// State is a snapshot of what the vendor holds, without secrets, in the order
// of creation.
type State struct {
	Companies []Company `json:"companies"`
}

// Company is one company with everything directly in it.
type Company struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Kind      string     `json:"type"`
	Parent    string     `json:"parent,omitempty"`
	Country   string     `json:"country"`
	City      string     `json:"city"`
	Keys      []Key      `json:"keys"`
	Profiles  []Profile  `json:"profiles"`
	Endpoints []Endpoint `json:"endpoints"`
}

// Key is an access key without its secret.
type Key struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Role     string    `json:"role,omitempty"` // the role's uuid
	Company  string    `json:"company"`
	Created  time.Time `json:"created"`
	Disabled bool      `json:"disabled,omitempty"`
}

// Setting is a value under a setting's uuid.
type Setting struct {
	Value string `json:"value"`
	Perm  string `json:"perm"`
}

// Profile is a provisioning profile. In SetProfile an empty ID makes a new one.
type Profile struct {
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	ProductGroup string             `json:"product_group"`
	Enabled      bool               `json:"enabled"`
	Settings     map[string]Setting `json:"settings,omitempty"`
}

// Endpoint is a registered phone. Redirect is what a desk phone would be sent
// to at its first boot: its own setting_server, else its profile's, else
// nothing; it is worked out, not set. Extra holds fields set in the portal.
type Endpoint struct {
	MAC      string                     `json:"mac"`
	Name     string                     `json:"name,omitempty"`
	Enabled  bool                       `json:"enabled"`
	Profile  string                     `json:"profile,omitempty"`
	Settings map[string]Setting         `json:"settings,omitempty"`
	Extra    map[string]json.RawMessage `json:"extra,omitempty"`
	Redirect string                     `json:"redirect,omitempty"`
}

// State returns everything.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := State{Companies: make([]Company, 0, len(s.state.order))}
	for _, id := range s.state.order {
		all.Companies = append(all.Companies, s.state.companies[id].shown())
	}
	return all
}

func (c *company) shown() Company {
	view := c.info.shown()
	view.Keys = shownAll(c.keys, key.shown)
	view.Profiles = shownAll(c.profiles, profile.shown)
	view.Endpoints = shownAll(c.endpoints, func(e endpoint) Endpoint { return e.shown(c) })
	return view
}

func (i companyInfo) shown() Company {
	return Company{ID: i.id, Name: i.name, Kind: i.kind, Parent: i.parent, Country: i.country, City: i.city}
}

func (k key) shown() Key {
	return Key{ID: k.id, Name: k.name, Role: k.role, Company: k.company, Created: k.created, Disabled: k.disabled}
}

func (p profile) shown() Profile {
	return Profile{ID: p.id, Name: p.name, ProductGroup: p.group, Enabled: p.enabled, Settings: shownSettings(p.settings)}
}

func (e endpoint) shown(c *company) Endpoint {
	view := Endpoint{MAC: e.mac, Name: e.name, Enabled: e.enabled, Profile: e.profile,
		Settings: shownSettings(e.settings), Extra: e.extra}
	for _, v := range effective(c, e, DeskGroupID) {
		if v.id == DeskSettingServerID {
			view.Redirect = v.text()
		}
	}
	return view
}

func shownSettings(settings []setting) map[string]Setting {
	if len(settings) == 0 {
		return nil
	}
	view := make(map[string]Setting, len(settings))
	for _, v := range settings {
		view[v.id] = Setting{Value: v.text(), Perm: v.perm}
	}
	return view
}

func shownAll[T, V any](l *list[T], show func(T) V) []V {
	views := make([]V, 0, l.len())
	for _, value := range l.all() {
		views = append(views, show(value))
	}
	return views
}

// inspect runs f on a company under the lock; an unknown one gives nothing.
func inspect[V any](s *Server, companyID string, f func(*company) []V) []V {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.state.companies[companyID]
	if !ok {
		return nil
	}
	return f(c)
}

// Keys of a company.
func (s *Server) Keys(companyID string) []Key {
	return inspect(s, companyID, func(c *company) []Key { return shownAll(c.keys, key.shown) })
}

// Profiles of a company.
func (s *Server) Profiles(companyID string) []Profile {
	return inspect(s, companyID, func(c *company) []Profile { return shownAll(c.profiles, profile.shown) })
}

// Endpoints of a company.
func (s *Server) Endpoints(companyID string) []Endpoint {
	return inspect(s, companyID, func(c *company) []Endpoint {
		return shownAll(c.endpoints, func(e endpoint) Endpoint { return e.shown(c) })
	})
}

// Companies directly below the given one, with what is in them.
func (s *Server) Companies(parentID string) []Company {
	return inspect(s, parentID, func(c *company) []Company {
		children := make([]Company, 0, c.children.len())
		for _, info := range c.children.all() {
			children = append(children, s.state.companies[info.id].shown())
		}
		return children
	})
}

// Account says where a reseller is: its company and the key it came with.
type Account struct{ CompanyID, KeyID string }

// Resellers lists the accounts of Options.Resellers, in that order.
func (s *Server) Resellers() []Account {
	var accounts []Account
	for _, id := range s.first.order {
		if c := s.first.companies[id]; c.info.kind == KindReseller {
			accounts = append(accounts, Account{CompanyID: id, KeyID: c.keys.all()[0].id})
		}
	}
	return accounts
}

// Role returns the uuid of a role by its name, or "".
func (s *Server) Role(name string) string {
	for _, r := range s.first.roles {
		if r.name == name {
			return r.id
		}
	}
	return ""
}

// SecretOf returns the secret of a living key, or "". It is for tests and for
// starting a demo; no HTTP answer contains it.
func (s *Server) SecretOf(keyID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, _ := s.state.key(keyID)
	return k.secret
}

// Secrets returns every secret ever given out, those of deleted keys and of
// the time before Reset and Restore included: what a search for leaks looks
// for.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.issued)
}

// Calls returns the last Options.KeepCalls calls.
func (s *Server) Calls() []Call { return s.journal.list(func(Call) bool { return true }) }

// Mutations returns those of Calls that were meant to change something,
// applied or not.
func (s *Server) Mutations() []Call { return s.journal.list(Call.Mutation) }
