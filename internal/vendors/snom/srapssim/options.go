package srapssim

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"time"
)

// Paging limits (client code in production: default 20, maximum 1000).
const (
	DefaultPageSize = 20
	MaxPageSize     = 1000
)

// DefaultForeignMAC belongs to somebody else's company unless
// Options.ForeignMACs says otherwise. A PUT of it is always refused.
const DefaultForeignMAC = "000413F0BEEF"

// DefaultRole is the one role of an installation without Options.Roles (the
// name is assumed).
const DefaultRole = "Administrator"

// Create says what happens where something is created (assumed: how much of
// this SRAPS offers to a reseller is not documented in public).
type Create string

const (
	CreateWorks      Create = ""       // 201
	CreateNotAllowed Create = "405"    // the list can be read, POST answers 405
	CreateNotFound   Create = "404"    // the list can be read, POST answers 404
	CreateAbsent     Create = "absent" // the whole collection answers 404
)

// KeyWrites says who may create and delete keys (assumed).
type KeyWrites string

const (
	KeyWritesFamily   KeyWrites = ""         // a company's own keys and its reseller's
	KeyWritesReseller KeyWrites = "reseller" // its reseller's alone; its own keys get 403
	KeyWritesPortal   KeyWrites = "portal"   // nobody by API: POST and DELETE answer 405
)

// Reseller is one reseller account with the key it came with.
type Reseller struct {
	Name     string   // company name; default "Reseller", "Reseller 2", …
	KeyID    string   // default: generated
	Secret   string   `json:"-"` // default: generated; see Server.SecretOf
	NoRole   bool     // the key reads and cannot write
	Children []string // names of companies that exist from the start
}

// String hides the secret.
func (r Reseller) String() string { return fmt.Sprintf("reseller %s (key %s)", r.Name, r.KeyID) }

// GoString hides the secret from %#v too.
func (r Reseller) GoString() string { return r.String() }

// Options describe one simulated installation. The zero value is a working
// one: a single reseller with generated credentials, one role, no latency, no
// rate limit, and a reseller that may not write below its children.
type Options struct {
	Resellers     []Reseller // default: one
	Roles         []string   // names of roles that may write; default DefaultRole
	ReadOnlyRoles []string   // roles that exist and suffice for reading only
	ForeignMACs   []string   // held by a stranger's company; default DefaultForeignMAC

	ChildWrites bool      // a reseller's key may write profiles and endpoints below its children
	KeyWrites   KeyWrites // who may create and delete keys

	CreateCompanies Create // POST {company}/companies/
	CreateKeys      Create // POST {company}/tokens/
	UniqueCompanies bool   // a second child of the same name is refused with 409
	NoCompanyLinks  bool   // companies show links.self and links.endpoints alone
	BareLists       bool   // lists of companies and profiles show uuid and name alone (client code in production reads no more)
	Nested          bool   // profiles and endpoints name group and profile by an object with uuid and name

	KeyQuota int           // live keys per company, 0 = any number
	KeyDelay time.Duration // a new key is refused with 401 for this long

	LinkHost      string // host[:port] in links; default: the host that was called
	RedirectTo    string // scheme and host of the redirect fault; default https://elsewhere.invalid
	TakenStatus   int    // status beside taken_mac_or_forbidden; default 403 (never recorded in public)
	NoServerAuth  bool   // answers carry no Server-Authorization (unknown at SRAPS)
	NoStaleAnswer bool   // a stale timestamp gets a bare 401, without ts and tsm (unknown at SRAPS)

	// ShortCatalogue leaves out the settings that only make the list long, which most
	// of the time of a small test goes into.
	ShortCatalogue bool

	PageSize   int           // default DefaultPageSize
	FixedPages bool          // pages have PageSize, whatever a call asks for
	Latency    time.Duration // added before every call is carried out
	Rate       float64       // calls a second over all keys, above it 429; 0 = off

	Now       func() time.Time // default time.Now
	KeepCalls int              // how many calls Calls remembers; default 200,000
}

var (
	keyIDShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	macShape   = regexp.MustCompile(`^[0-9A-Fa-f]{12}$`)
)

// Check names the first option that makes no sense. New panics on what Check
// refuses, so a command line calls Check first.
func (o Options) Check() error {
	switch {
	case o.PageSize < 0 || o.PageSize > MaxPageSize:
		return fmt.Errorf("page size %d: must be 1 to %d", o.PageSize, MaxPageSize)
	case !(o.Rate >= 0 && o.Rate <= math.MaxFloat64):
		return fmt.Errorf("rate %v: must be a number that is not negative", o.Rate)
	case o.Latency < 0:
		return fmt.Errorf("latency %s: must not be negative", o.Latency)
	case o.KeyDelay < 0:
		return fmt.Errorf("key delay %s: must not be negative", o.KeyDelay)
	case o.KeyQuota < 0:
		return fmt.Errorf("key quota %d: must not be negative", o.KeyQuota)
	case o.TakenStatus != 0 && (o.TakenStatus < 400 || o.TakenStatus > 499):
		return fmt.Errorf("taken status %d: must be 400 to 499", o.TakenStatus)
	case !slices.Contains([]Create{CreateWorks, CreateNotAllowed, CreateNotFound, CreateAbsent}, o.CreateCompanies):
		return fmt.Errorf("create companies %q: unknown", o.CreateCompanies)
	case !slices.Contains([]Create{CreateWorks, CreateNotAllowed, CreateNotFound, CreateAbsent}, o.CreateKeys):
		return fmt.Errorf("create keys %q: unknown", o.CreateKeys)
	case !slices.Contains([]KeyWrites{KeyWritesFamily, KeyWritesReseller, KeyWritesPortal}, o.KeyWrites):
		return fmt.Errorf("key writes %q: unknown", o.KeyWrites)
	}
	for _, mac := range o.ForeignMACs {
		if !macShape.MatchString(mac) {
			return fmt.Errorf("foreign MAC %q: must be 12 hexadecimal digits", mac)
		}
	}
	return checkResellers(o.Resellers)
}

func checkResellers(list []Reseller) error {
	seen := map[string]bool{}
	for _, r := range list {
		if (r.KeyID == "") != (r.Secret == "") {
			return fmt.Errorf("%s: key id and secret are given together or not at all", r)
		}
		if r.KeyID == "" {
			continue
		}
		if !keyIDShape.MatchString(r.KeyID) {
			return fmt.Errorf("reseller key id: must be 1 to 128 of A-Z a-z 0-9 _ -")
		}
		if seen[r.KeyID] {
			return fmt.Errorf("reseller key id %s: given twice", r.KeyID)
		}
		seen[r.KeyID] = true
	}
	return nil
}

// withDefaults fills what was left out.
func (o Options) withDefaults() Options {
	if len(o.Resellers) == 0 {
		o.Resellers = []Reseller{{}}
	}
	if len(o.Roles) == 0 {
		o.Roles = []string{DefaultRole}
	}
	if o.ForeignMACs == nil {
		o.ForeignMACs = []string{DefaultForeignMAC}
	}
	o.RedirectTo = orElse(o.RedirectTo, "https://elsewhere.invalid")
	o.TakenStatus = orElse(o.TakenStatus, 403)
	o.PageSize = orElse(o.PageSize, DefaultPageSize)
	o.KeepCalls = orElse(o.KeepCalls, 200_000)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
