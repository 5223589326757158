package ztp

import (
	"context"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"time"
)

// Vendor is one phone maker's redirection service as the orchestrator sees it:
// small primitives that it puts into order itself. Adapters never sequence calls,
// never retry and keep no state but caches.
//
// Every method takes the key that signs the call. Errors are *VendorError, whose
// Effect tells what is known of a mutating call; it is decided in the adapter and
// nowhere else. All methods honour the context's deadline.
type Vendor interface {
	// Describe returns constants of the adapter; no call is made.
	Describe() VendorInfo
	// CreateCredential makes a key named label in the company, signed by the
	// reseller. The secret is in the answer alone. Not idempotent.
	CreateCredential(ctx context.Context, by APIKey, company, label string) (VendorKey, Secret, error)
	// ListCredentials returns every key of the company.
	ListCredentials(ctx context.Context, by APIKey, company string) ([]VendorKey, error)
	// RevokeCredential deletes a key. May be called twice: gone counts as done (nil).
	RevokeCredential(ctx context.Context, by APIKey, company, id string) error
}

// CredentialVerifier is a vendor that can say whose key it is.
type CredentialVerifier interface {
	// WhoAmI returns the company of the key that signs.
	WhoAmI(ctx context.Context, by APIKey) (VendorCompany, error)
}

// CompanyKeeper is a vendor where a reseller makes child companies by API.
type CompanyKeeper interface {
	// ListCompanies returns the reseller's children.
	ListCompanies(ctx context.Context, reseller APIKey) ([]VendorCompany, error)
	// Company returns one by id; not found is a *VendorError with NotFound.
	Company(ctx context.Context, by APIKey, id string) (VendorCompany, error)
	// CreateCompany makes a child. Not idempotent: find it by name before and after.
	CreateCompany(ctx context.Context, reseller APIKey, name string) (VendorCompany, error)
}

// ProfileKeeper is a vendor with provisioning profiles: a fallback URL per company
// and product group.
type ProfileKeeper interface {
	// ListProfiles returns the company's profiles, Partial where the vendor's list
	// does not tell group, URL and Enabled.
	ListProfiles(ctx context.Context, by APIKey, company string) ([]VendorProfile, error)
	// Profile reads one with its URL; NotFound when it is gone.
	Profile(ctx context.Context, by APIKey, company, id string) (VendorProfile, error)
	// CreateProfile makes one. Not idempotent: found again by its name.
	CreateProfile(ctx context.Context, by APIKey, company string, p VendorProfile) (VendorProfile, error)
	// WriteProfile reads the profile, changes name, URL and Enabled of it, keeps
	// everything else, writes it and returns what the vendor then answers to a
	// read. May be called twice. A zero URL keeps the one that is there.
	WriteProfile(ctx context.Context, by APIKey, company string, p VendorProfile) (VendorProfile, error)
}

// ProfileRemover is a vendor where profiles can be deleted.
type ProfileRemover interface {
	// DeleteProfile deletes one. May be called twice: one that is gone is NotFound.
	DeleteProfile(ctx context.Context, by APIKey, company, id string) error
}

// EndpointRegistrar is a vendor whose service knows phones by MAC.
type EndpointRegistrar interface {
	// Endpoint reads one; NotFound when this company does not have it.
	Endpoint(ctx context.Context, by APIKey, company string, mac MAC) (VendorEndpoint, error)
	// WriteEndpoint registers or changes one by read-modify-write and returns what
	// the vendor then answers to a read. May be called twice. A zero URL changes
	// only Enabled of a phone that is there, and is NotFound when it is not.
	WriteEndpoint(ctx context.Context, by APIKey, company string, e VendorEndpoint) (VendorEndpoint, error)
	// ListEndpoints reads one page of the company's endpoints: the first one for "",
	// else the one at the cursor that came with the page before. next is "" after the
	// last. Each page is a call, so that a list of any length fits into time limits; a
	// list that changes meanwhile may show an endpoint twice.
	ListEndpoints(ctx context.Context, by APIKey, company, cursor string) (page []VendorEndpoint, next string, err error)
	// DeleteEndpoint gives the MAC up. May be called twice: one that the company
	// does not hold is NotFound.
	DeleteEndpoint(ctx context.Context, by APIKey, company string, mac MAC) error
}

// BulkRegistrar is a vendor where one call changes a phone, given what was read of it
// before: many phones are listed first and then written, instead of each being read.
type BulkRegistrar interface {
	EndpointRegistrar
	// ListWhole is ListEndpoints with what a write of each has to keep.
	ListWhole(ctx context.Context, by APIKey, company, cursor string) (page []WholeEndpoint, next string, err error)
	// Whole reads one; NotFound when this company does not have it.
	Whole(ctx context.Context, by APIKey, company string, mac MAC) (WholeEndpoint, error)
	// Overwrite registers or changes a phone with one call, keeping what have says; the
	// zero value for one that the company does not have. What it does to the phone is
	// that of WriteEndpoint. Nothing is read back: the answer is no confirmation.
	Overwrite(ctx context.Context, by APIKey, company string, e VendorEndpoint, have WholeEndpoint) error
}

// WholeEndpoint is a phone at the vendor with everything that a write has to keep.
type WholeEndpoint struct {
	VendorEndpoint
	// Kept is the vendor's own object, for its adapter alone; it holds a token. It is
	// comparable: two of the same phone are equal while nobody has changed it.
	Kept Secret
	// Partial: a list shows less of a phone than reading it does, so that it has to be
	// read before it is written.
	Partial bool
}

// CertificateReader is a vendor whose phones have certificates that name their MAC.
type CertificateReader interface {
	// CertificateMAC returns the MAC that a certificate is for, or false for one that
	// is for no phone in particular. The caller has verified it, or does.
	CertificateMAC(cert *x509.Certificate) (MAC, bool)
	// HasCertificate reports whether phones of a model have one; "" is a model that
	// nobody has told.
	HasCertificate(model string) bool
}

// SettingsRenderer is a vendor whose phones' settings files we can write.
type SettingsRenderer interface {
	// RenderSettings writes the file for a phone whose own provisioning URL is
	// given, and its content type. It is deterministic. A phone of a model that reads
	// another format is not_rendered, whatever it is to be told.
	RenderSettings(s PhoneSettings) (file []byte, contentType string, err error)
}

// FreeSettings is a vendor whose own settings can be set by their own names.
type FreeSettings interface {
	// FreeSetting tells what is known of a setting, by the vendor's name for it; invalid,
	// with the field name, for what can be none.
	FreeSetting(name string) (SettingInfo, error)
}

// PhoneSettings is what a phone is told, independent of any vendor's format.
type PhoneSettings struct {
	MAC MAC
	// URL is the phone's provisioning URL, with {mac} literal. It holds a token.
	URL Secret
	// Name is shown on the phone, "" for none.
	Name string
	// Model and ProductGroup are what is known of the phone, "" for nothing.
	Model        string
	ProductGroup string
	// Values are the settings that count for the phone.
	Values EffectiveSettings
	// Secrets: the phone has shown enough to get secrets, over a connection that nobody
	// reads. Without, its lines are left out altogether, so that it keeps what it has.
	Secrets bool
	// User and Password are what the phone is to say when it is asked; zero for none.
	User     string
	Password Secret
	// Holding: these are holding settings. The phone keeps what it has, its URL too, shows
	// the word and comes again every Poll.
	Holding string
	Poll    time.Duration
	// Home: the phone is to ask its maker's redirection service again, as when it was new,
	// and nothing else counts.
	Home bool
}

// SettingsFor is what is known of the phone itself; the rest is to be filled in.
func SettingsFor(e Endpoint) PhoneSettings {
	return PhoneSettings{MAC: e.MAC, Name: e.Name, Model: e.Model, ProductGroup: e.ProductGroup}
}

// Settled adds what a phone gets that has proven itself, or a preview of that: the values
// that count for it, and the password by which it is to prove itself from now on; zero for
// none yet.
func (s PhoneSettings) Settled(values EffectiveSettings, password Secret) PhoneSettings {
	s.Secrets, s.Values = true, values
	s.User, s.Password = PhoneUser(s.MAC), password
	return s
}

// VendorInfo is what an adapter declares about itself and its vendor.
type VendorInfo struct {
	Name VendorName
	// Title is how people call the vendor, such as "Snom"; Service its
	// redirection service, such as "Snom SRAPS".
	Title   string
	Service string
	// CanCreateCompanies: a reseller makes child companies and keys by API.
	CanCreateCompanies bool
	// Labels: keys carry a name that the list shows.
	Labels bool
	// RejectedBefore429: an answer 429 proves that nothing was done.
	RejectedBefore429 bool
	// Settle is how long after a call's deadline absence begins to count.
	Settle time.Duration
	// Propagation is how long a new key may be refused without being wrong.
	Propagation time.Duration
	// CallTimeout bounds every call, connection included.
	CallTimeout time.Duration
	// Rate is how many calls a second go out at most, of all processes together; 0 for
	// no limit. Calls is how many one operation of a kind takes, for kinds that a
	// campaign makes: what it counts as within a budget.
	Rate  float64
	Calls map[OperationKind]int
	// OUIs are how MAC addresses of its phones begin, as six upper-case digits. They hint
	// at a mistyped address and decide nothing.
	OUIs []string
	// ProductGroups are those for which a profile is kept, the first is the default.
	ProductGroups []string
	// KnownProductGroups are all that an endpoint may have.
	KnownProductGroups []string
	// NeedsPIN: a phone is registered with its serial number and PIN.
	NeedsPIN bool
}

// Makes reports whether the address begins like those of the vendor's phones.
func (i VendorInfo) Makes(m MAC) bool {
	return slices.ContainsFunc(i.OUIs, func(oui string) bool { return strings.HasPrefix(m.Bare(), oui) })
}

// OUIHint says that a MAC does not look like one of the vendor's phones, "" when it does
// or nobody can tell. A phone is never refused for it.
func (i VendorInfo) OUIHint(m MAC) string {
	if len(i.OUIs) == 0 || i.Makes(m) {
		return ""
	}
	begins := make([]string, len(i.OUIs))
	for n, oui := range i.OUIs {
		begins[n] = oui[:2] + ":" + oui[2:4] + ":" + oui[4:]
	}
	return "MAC addresses of " + i.Title + " phones begin with " + strings.Join(begins, " or ") + ", this one with " + m.String()[:8] + ". Is it typed right, and a phone of " + i.Title + "?"
}

// VendorCompany is a company at the vendor.
type VendorCompany struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// VendorKey is a key at the vendor, without its secret.
type VendorKey struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Role is its role's name or id, as far as the vendor tells.
	Role string `json:"role,omitempty"`
}

// VendorProfile is a provisioning profile at the vendor.
type VendorProfile struct {
	ID    string
	Name  string
	Group string
	// URL contains an account token.
	URL     Secret
	Enabled bool
	// AsItIs asks a write to leave Enabled as the vendor has it.
	AsItIs bool
	// Partial: from a list that tells id and name alone.
	Partial bool
}

// VendorEndpoint is a phone at the vendor.
type VendorEndpoint struct {
	MAC   MAC
	Name  string
	Group string
	// Profile is the vendor's id of its profile, "" for none.
	Profile string
	URL     Secret
	Enabled bool
	// Serial and PIN are those of the phone where the vendor needs them; none comes back.
	Serial string
	PIN    Secret
}

// Effect is what is known of a call that failed.
type Effect string

const (
	// EffectNotSent: nothing left this machine.
	EffectNotSent Effect = "not_sent"
	// EffectRefused: the vendor definitely refused; nothing was done.
	EffectRefused Effect = "refused"
	// EffectLimited: refused before work because of a limit; wait and repeat.
	EffectLimited Effect = "limited"
	// EffectUnknown: it may have been done. The default for anything unlisted.
	EffectUnknown Effect = "unknown"
)

// VendorError is what a vendor's adapter returns for every failed call.
type VendorError struct {
	Code   Code
	Effect Effect
	// Detail is the vendor's message, parsed and scrubbed, at most 300 characters.
	Detail string
	// Temporary: the same call may go through later.
	Temporary bool
	// NotFound: the object the call names does not exist.
	NotFound bool
	// Denied: this key may not do that (403, or the vendor's words for it).
	// Unauthorized: the key itself is refused (401).
	Denied       bool
	Unauthorized bool
	RetryAfter   time.Duration
	Err          error
}

func (e *VendorError) Error() string {
	s := string(e.Code) + " (" + string(e.Effect) + ")"
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *VendorError) Unwrap() error { return e.Err }

// VendorErrorOf finds the *VendorError in err. Anything else counts as unknown
// and permanent, so that no surprise is ever taken for a refusal.
func VendorErrorOf(err error) *VendorError {
	var v *VendorError
	if errors.As(err, &v) {
		return v
	}
	return &VendorError{Code: CodeInternal, Effect: EffectUnknown, Err: err}
}

// IsVendorNotFound reports whether the vendor said that the object does not exist.
func IsVendorNotFound(err error) bool { return err != nil && VendorErrorOf(err).NotFound }

// ResellerSource yields the reseller credential of a vendor when an operation
// needs it; nothing is cached beyond that.
type ResellerSource interface {
	// Reseller returns it, or an *Error: reseller_credentials_missing or
	// _malformed, secret_store_*; the detail names the parameter or the command.
	Reseller(ctx context.Context, v VendorName) (APIKey, error)
	// Where names the place for people, such as the SSM parameter's name.
	Where(v VendorName) string
}
