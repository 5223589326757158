package ztp

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// MaxRebuild is how many companies one request for rebuilds names.
const MaxRebuild = 500

// Rebuilt is what a rebuild has read back of one company, and what it left alone.
type Rebuilt struct {
	// Cursor is where the list of phones goes on, Read that it was read to its end.
	Cursor string `json:"cursor,omitempty"`
	Read   bool   `json:"read,omitempty"`
	// Phones is how many got a row, PausedPhones how many of them are not redirected.
	Phones       int `json:"phones,omitempty"`
	PausedPhones int `json:"paused_phones,omitempty"`
	// Accounts is how many were made, one for each token in an address of ours.
	Accounts int `json:"accounts,omitempty"`
	// OtherAddress, NoAddress and Elsewhere count phones that got no row: with an address
	// that is not ours, with none of their own, and those that another platform here has.
	OtherAddress int `json:"other_address,omitempty"`
	NoAddress    int `json:"no_address,omitempty"`
	Elsewhere    int `json:"elsewhere,omitempty"`
	// Addresses are the forms of addresses that are not ours, without anything secret.
	Addresses []string `json:"addresses,omitempty"`
	// ProfileAddress is that of the profile where it is not ours, in the same form.
	ProfileAddress string `json:"profile_address,omitempty"`
	// ProfileMade: the profile was missing.
	ProfileMade bool `json:"profile_made,omitempty"`
	// OldKeys are keys of ours from before that are still there; their secrets are lost.
	OldKeys []VendorKey `json:"old_keys,omitempty"`
	// NotInForce says why the link is recorded without a key in force, "" when it is in force.
	NotInForce NotInForce `json:"not_in_force,omitempty"`
}

// NotInForce is a reason why a rebuild puts no key in force.
type NotInForce string

const (
	// ProfilePaused: a Disable, or somebody in the vendor's portal, has paused a profile.
	ProfilePaused NotInForce = "profile_paused"
	// NothingToProve: there is no profile and no phone with an address of ours.
	NothingToProve NotInForce = "nothing_to_prove"
)

// NotTaken is how many phones at the vendor got no row.
func (b Rebuilt) NotTaken() int { return b.OtherAddress + b.NoAddress + b.Elsewhere }

// maxAddresses is how many forms of other addresses are named.
const maxAddresses = 10

// NoteAddress takes note of the form of an address that is not ours.
func (b *Rebuilt) NoteAddress(form string) {
	if form != "" && len(b.Addresses) < maxAddresses && !slices.Contains(b.Addresses, form) {
		b.Addresses = append(slices.Clone(b.Addresses), form)
	}
}

// AddressForm is a URL without what may be secret in it: the template where it is one of
// ours under another base, else only where it leads.
func AddressForm(filled Secret) string {
	u, err := url.Parse(filled.RevealSecret())
	if err != nil || u.Host == "" {
		return "(no URL)"
	}
	base := u.Scheme + "://" + u.Host
	t, err := TemplateForBase(base)
	if err == nil {
		if _, ours := t.Token(filled); ours {
			return t.String()
		}
	}
	return base + "/…"
}

// RebuiltFinding is what stands on the row of a rebuilt link until somebody has looked at
// it. keys are those at the vendor that this rebuild did not make.
func RebuiltFinding(vendorTitle string, b Rebuilt, keys []VendorKey) *Error {
	e := &Error{Code: CodeDatabaseRestored, Case: CaseRebuilt, Keys: keys}
	said := []string{}
	say := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	switch b.NotInForce {
	case ProfilePaused:
		say("A profile of it is paused at %s, so that it was disabled, it seems, when the database was lost: no key is in force. Onboard takes it up and redirects its paused phones again.", vendorTitle)
	case NothingToProve:
		say("There is no profile of ours and no phone with an address of ours at %s, so that no key could be proven: none is in force. Set up an account, then Onboard takes it up.", vendorTitle)
	}
	if b.Accounts > 0 {
		say("Made up: the names of %s, one for each token in an address.", count(b.Accounts, "account", "accounts"))
	}
	if b.NotInForce == "" && b.PausedPhones > 0 {
		say("Paused at %s, and left so: %s.", vendorTitle, count(b.PausedPhones, "phone", "phones"))
	}
	if b.ProfileMade {
		say("The profile was missing and was made again.")
	}
	if b.ProfileAddress != "" {
		say("The profile carries an address that is not ours (%s); it was left.", b.ProfileAddress)
	}
	if n := b.NotTaken(); n > 0 {
		say("Not taken and not touched: %s (%d with another address, %d with none of their own, %d of another platform here).", count(n, "phone", "phones"), b.OtherAddress, b.NoAddress, b.Elsewhere)
	}
	if len(b.Addresses) > 0 {
		say("Other addresses: %s.", strings.Join(b.Addresses, ", "))
	}
	if len(said) == 0 {
		say("Everything that %s has of it is here.", vendorTitle)
	}
	e.Detail = strings.Join(said, " ")
	return e
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// LostForGood is what no vendor can tell: what a rebuild leaves out for the installation
// as a whole.
var LostForGood = []string{
	"names and external ids of accounts, and which tokens belonged to one account: each token in an address became an account",
	"external ids of platforms, and their names and slugs where they were changed after their company was made",
	"provisioning URLs of platforms that had one of their own",
	"users, API tokens and sessions",
	"the audit log, and who had set or paused what, and when",
	"phones that were released, refused or only wanted, and when a phone last fetched its settings",
	"numbers of keys that are gone at the vendor: new ones begin at the next full hundred and one",
	"whether a platform whose profile is paused was disabled here or paused in the vendor's portal, and whether one was disabled by force",
}
