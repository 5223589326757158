package srapssim

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kinds of companies (Snom wiki: accounts are resellers or end users; the
// spelling in the API is assumed).
const (
	KindReseller = "reseller"
	KindEndUser  = "end_user"
)

// state is everything the vendor remembers. Server.mu guards it.
type state struct {
	companies  map[string]*company
	order      []string          // company ids by creation
	keyCompany map[string]string // key id → company id
	macCompany map[string]string // MAC → company id: a MAC is in one company only
	roles      []role
}

type company struct {
	info      companyInfo
	children  *list[companyInfo]
	keys      *list[key]
	profiles  *list[profile]
	endpoints *list[endpoint]
}

type companyInfo struct{ id, name, parent, kind, country, city string }

type key struct {
	id, secret, name, role, company string
	created                         time.Time
	disabled                        bool
	fromStart                       bool // not subject to Options.KeyDelay
}

type role struct {
	id, name string
	writes   bool
}

// setting is one value of a settings_manager.
type setting struct {
	id    string
	value json.RawMessage
	perm  string
}

type profile struct {
	id, name, group string
	enabled         bool
	settings        []setting
	extra           map[string]json.RawMessage
}

type endpoint struct {
	mac, profile string
	name         string
	enabled      bool
	settings     []setting
	extra        map[string]json.RawMessage
	registered   time.Time
}

// firstState builds what exists before the first call.
func firstState(o Options) *state {
	now := o.Now()
	st := &state{companies: map[string]*company{}, keyCompany: map[string]string{}, macCompany: map[string]string{}}
	for _, name := range o.Roles {
		st.roles = append(st.roles, role{id: newID(), name: name, writes: true})
	}
	for _, name := range o.ReadOnlyRoles {
		st.roles = append(st.roles, role{id: newID(), name: name})
	}
	for i, r := range o.Resellers {
		name := orElse(r.Name, strings.TrimSuffix(fmt.Sprintf("Reseller %d", i+1), " 1"))
		c := st.addCompany(companyInfo{name: name, kind: KindReseller, country: "DE", city: "Berlin"}, now)
		k := key{id: orElse(r.KeyID, newKeyID()), secret: orElse(r.Secret, newID()), name: "reseller",
			company: c.info.id, created: now, fromStart: true}
		if !r.NoRole {
			k.role = st.roles[0].id
		}
		st.addKey(c, k, now)
		for _, child := range r.Children {
			st.addCompany(companyInfo{name: child, parent: c.info.id, kind: KindEndUser, country: "DE", city: "Berlin"}, now)
		}
	}
	stranger := st.addCompany(companyInfo{name: "Stranger GmbH", kind: KindEndUser, country: "DE", city: "Bonn"}, now)
	for _, mac := range o.ForeignMACs {
		st.putEndpoint(stranger, endpoint{mac: strings.ToUpper(mac), enabled: true, registered: now}, now)
	}
	return st
}

func (st *state) addCompany(info companyInfo, now time.Time) *company {
	info.id = orElse(info.id, newID())
	c := &company{info: info, children: &list[companyInfo]{}, keys: &list[key]{},
		profiles: &list[profile]{}, endpoints: &list[endpoint]{}}
	st.companies[info.id] = c
	st.order = append(st.order, info.id)
	if parent, ok := st.companies[info.parent]; ok {
		parent.children.put(info.id, info, now)
	}
	return c
}

// removeCompany takes everything below with it and frees the MACs.
func (st *state) removeCompany(c *company, now time.Time) {
	for _, child := range c.children.all() {
		st.removeCompany(st.companies[child.id], now)
	}
	for _, k := range c.keys.all() {
		delete(st.keyCompany, k.id)
	}
	for _, e := range c.endpoints.all() {
		delete(st.macCompany, e.mac)
	}
	if parent, ok := st.companies[c.info.parent]; ok {
		parent.children.remove(c.info.id, now)
	}
	delete(st.companies, c.info.id)
	st.order = slices.DeleteFunc(st.order, func(id string) bool { return id == c.info.id })
}

func (st *state) addKey(c *company, k key, now time.Time) {
	c.keys.put(k.id, k, now)
	st.keyCompany[k.id] = c.info.id
}

func (st *state) removeKey(id string, now time.Time) bool {
	c, ok := st.companies[st.keyCompany[id]]
	if !ok {
		return false
	}
	delete(st.keyCompany, id)
	return c.keys.remove(id, now)
}

func (st *state) key(id string) (key, bool) {
	c, ok := st.companies[st.keyCompany[id]]
	if !ok {
		return key{}, false
	}
	return c.keys.get(id)
}

func (st *state) putEndpoint(c *company, e endpoint, now time.Time) {
	c.endpoints.put(e.mac, e, now)
	st.macCompany[e.mac] = c.info.id
}

func (st *state) removeEndpoint(c *company, mac string, now time.Time) bool {
	if !c.endpoints.remove(mac, now) {
		return false
	}
	delete(st.macCompany, mac)
	return true
}

// roleByID returns the zero role, which may not write, for a key without one.
func (st *state) roleByID(id string) role {
	for _, r := range st.roles {
		if r.id == id {
			return r
		}
	}
	return role{}
}

// below reports whether company id is ancestor or lies anywhere below it.
func (st *state) below(id, ancestor string) bool {
	for id != "" {
		if id == ancestor {
			return true
		}
		c, ok := st.companies[id]
		if !ok {
			return false
		}
		id = c.info.parent
	}
	return false
}

func (st *state) clone() *state {
	c := &state{companies: make(map[string]*company, len(st.companies)), order: slices.Clone(st.order),
		keyCompany: make(map[string]string, len(st.keyCompany)), macCompany: make(map[string]string, len(st.macCompany)),
		roles: st.roles}
	for id, co := range st.companies {
		c.companies[id] = &company{info: co.info, children: co.children.clone(), keys: co.keys.clone(),
			profiles: co.profiles.clone(), endpoints: co.endpoints.clone()}
	}
	for id, owner := range st.keyCompany {
		c.keyCompany[id] = owner
	}
	for mac, owner := range st.macCompany {
		c.macCompany[mac] = owner
	}
	return c
}

// newID makes the 32 lower-case hexadecimal digits of uuids and secrets
// (client code in production).
func newID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // crypto/rand never returns an error since Go 1.24
	return hex.EncodeToString(raw[:])
}

func newKeyID() string { return "ck_" + newID() }
