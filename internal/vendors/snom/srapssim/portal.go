package srapssim

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// What a person does in the vendor's portal: no signature, no role, no entry in
// Calls. Unknown ids are a mistake of the test and panic.

// AddCompany makes a company below parentID, or a stranger's where that is "".
func (s *Server) AddCompany(parentID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if parentID != "" {
		s.mustCompany(parentID)
	}
	return s.state.addCompany(companyInfo{name: name, parent: parentID, kind: KindEndUser, country: "DE", city: "Berlin"},
		s.opts.Now()).info.id
}

// RenameCompany gives a company another name.
func (s *Server) RenameCompany(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.mustCompany(id)
	c.info.name = name
	if parent, ok := s.state.companies[c.info.parent]; ok {
		parent.children.put(id, c.info, s.opts.Now())
	}
}

// RenameKey gives a key another name; it reports whether the key exists.
func (s *Server) RenameKey(id, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.state.key(id)
	if ok {
		k.name = name
		s.state.companies[k.company].keys.put(id, k, s.opts.Now())
	}
	return ok
}

// DeleteCompany removes a company with all that is in it; its MACs are free.
func (s *Server) DeleteCompany(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.removeCompany(s.mustCompany(id), s.opts.Now())
}

// AddKey makes a key with the role of that name, or without one for "", that
// works at once.
func (s *Server) AddKey(companyID, name, roleName string) (id, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := key{id: newKeyID(), secret: newID(), name: name, company: companyID, created: s.opts.Now(), fromStart: true}
	for _, r := range s.state.roles {
		if r.name == roleName {
			k.role = r.id
		}
	}
	if roleName != "" && k.role == "" {
		panic(fmt.Sprintf("srapssim: no role %q", roleName))
	}
	s.state.addKey(s.mustCompany(companyID), k, s.opts.Now())
	s.issued = append(s.issued, k.secret)
	return k.id, k.secret
}

// DeleteKey reports whether the key existed.
func (s *Server) DeleteKey(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.removeKey(id, s.opts.Now())
}

// DisableKey makes a key answer 401 while it stays in lists; it reports whether
// the key exists.
func (s *Server) DisableKey(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.state.key(id)
	if ok {
		k.disabled = true
		s.state.companies[k.company].keys.put(id, k, s.opts.Now())
	}
	return ok
}

// SetRole gives a key another role, or none for "".
func (s *Server) SetRole(keyID, roleName string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.state.key(keyID)
	if !ok {
		panic("srapssim: no key " + keyID)
	}
	k.role = ""
	for _, r := range s.state.roles {
		if r.name == roleName {
			k.role = r.id
		}
	}
	if roleName != "" && k.role == "" {
		panic(fmt.Sprintf("srapssim: no role %q", roleName))
	}
	s.state.companies[k.company].keys.put(keyID, k, s.opts.Now())
}

// PutEndpoint adds or replaces a phone; one of another company moves.
func (s *Server) PutEndpoint(companyID string, e Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	c := s.mustCompany(companyID)
	mac := strings.ToUpper(e.MAC)
	if !macShape.MatchString(mac) {
		panic("srapssim: not a MAC: " + e.MAC)
	}
	if owner := s.state.macCompany[mac]; owner != "" && owner != companyID {
		s.state.removeEndpoint(s.state.companies[owner], mac, now)
	}
	s.state.putEndpoint(c, endpoint{mac: mac, profile: e.Profile, name: e.Name, enabled: e.Enabled,
		settings: storedSettings(e.Settings), extra: e.Extra, registered: now}, now)
}

// DeleteEndpoint frees a MAC and reports whether the company had it.
func (s *Server) DeleteEndpoint(companyID, mac string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.removeEndpoint(s.mustCompany(companyID), strings.ToUpper(mac), s.opts.Now())
}

// SetProfile adds or replaces a profile and returns its id.
func (s *Server) SetProfile(companyID string, p Profile) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.ID = orElse(p.ID, newID())
	s.mustCompany(companyID).profiles.put(p.ID, profile{id: p.ID, name: p.Name, group: orElse(p.ProductGroup, DeskGroupID),
		enabled: p.Enabled, settings: storedSettings(p.Settings)}, s.opts.Now())
	return p.ID
}

// DeleteProfile reports whether the company had it. Endpoints keep naming it.
func (s *Server) DeleteProfile(companyID, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustCompany(companyID).profiles.remove(id, s.opts.Now())
}

func (s *Server) mustCompany(id string) *company {
	c, ok := s.state.companies[id]
	if !ok {
		panic("srapssim: no company " + id)
	}
	return c
}

func storedSettings(view map[string]Setting) []setting {
	var settings []setting
	for id, v := range view {
		raw, _ := json.Marshal(v.Value) // a string always marshals
		settings = append(settings, setting{id: id, value: raw, perm: orElse(v.Perm, "RW")})
	}
	sort.Slice(settings, func(i, j int) bool { return settings[i].id < settings[j].id })
	return settings
}

// Snapshot is the vendor's state at one moment.
type Snapshot struct{ state *state }

// Snapshot keeps the state. Calls, faults and used nonces are not part of it.
func (s *Server) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Snapshot{s.state.clone()}
}

// Restore puts a state back; a snapshot may be restored any number of times.
func (s *Server) Restore(snap Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = snap.state.clone()
}

// Reset goes back to the state of New: the same resellers and keys, no calls,
// no faults, nothing held back. Hooks stay.
func (s *Server) Reset() {
	s.late.drop()
	s.faults.clear()
	s.nonces.clear()
	s.limiter.clear()
	s.Restore(Snapshot{s.first})
	s.journal.clear()
}
