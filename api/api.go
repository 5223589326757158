// Package api is the public side of zerotouch: the JSON shapes of /api/v1, a
// client with a method for every route, and the error that the server answers
// with. The command line uses it, the tests of the server use it, and programs
// of the voice service may use it. It imports the standard library alone.
//
// It refuses to send its token over plain http to anything but a loopback
// address, never prints it, and never repeats a request by itself: every change
// carries an idempotency key, so that the caller may.
//
// Start reading at New and Client.Onboard; the shapes stand in one file per noun.
package api

import (
	"encoding/json"
	"fmt"
	"time"
)

// Secret is a value that answers and requests carry in the open and that nothing
// should print: a provisioning token, the secret of a vendor key. Only JSON and
// Reveal give it out.
type Secret string

const redacted = "[redacted]"

// Reveal returns the value.
func (s Secret) Reveal() string { return string(s) }

// String keeps the value out of text.
func (s Secret) String() string { return redacted }

// GoString keeps it out of %#v.
func (s Secret) GoString() string { return redacted }

// Format keeps every other verb from reaching it.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalJSON writes the value itself: this is the way to the other party.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(string(s)) }

// List is one page of a list. Next is the cursor of what follows, "" at the end.
type List[T any] struct {
	Items []T    `json:"items" nullable:"false" doc:"This page, in the order of the list"`
	Next  string `json:"next" doc:"Cursor of the next page, empty at the end"`
}

// VendorKey names a key at a vendor that a person has to look at.
type VendorKey struct {
	ID   string `json:"id" doc:"The vendor's id of the key"`
	Name string `json:"name,omitempty" doc:"The name it carries at the vendor"`
	Role string `json:"role,omitempty" doc:"Its role, as far as the vendor tells"`
}

// VendorCompany names a company at a vendor.
type VendorCompany struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Vendor is one vendor that this server supports.
type Vendor struct {
	Name               string   `json:"name" doc:"Name in addresses, such as snom"`
	Title              string   `json:"title" doc:"Name for people"`
	Service            string   `json:"service" doc:"Name of its redirection service"`
	CanCreateCompanies bool     `json:"can_create_companies" doc:"Companies and keys are made by API; else Connect is the way"`
	ProductGroups      []string `json:"product_groups" nullable:"false" doc:"Families that a phone may belong to; the first is the default"`
}

// Health is what the server knows of itself, without having asked a vendor.
type Health struct {
	Installation         string         `json:"installation"`
	Version              string         `json:"version"`
	OpenOperations       int            `json:"open_operations" doc:"Operations that have not ended"`
	Attention            int            `json:"attention" doc:"Links, and phones that a move has left with nobody, that need somebody"`
	UnownedMACs          []string       `json:"unowned_macs,omitempty" doc:"Phones that a move between platforms has left with nobody, as far as is known"`
	WaitingPhones        int            `json:"waiting_phones" doc:"Phones that get holding settings until somebody admits them"`
	AlarmedPhones        int            `json:"alarmed_phones" doc:"Phones by whose URL somebody else seems to have come"`
	PlatformsWithLess    int            `json:"platforms_with_less" doc:"Platforms that ask for less than a device certificate"`
	PhonesWithLess       int            `json:"phones_with_less" doc:"Phones that were last served without the device certificate that their model has"`
	Scans                []Scan         `json:"scans" nullable:"false" doc:"Who asked for many phones that are not there, in the last day, the newest first; twenty at most"`
	Rollouts             []Rollout      `json:"rollouts" nullable:"false" doc:"Changes of settings that have not gone to every phone"`
	SettingFreeze        SettingFreeze  `json:"setting_freeze" doc:"Whether changes of settings go out"`
	ProvisioningURL      string         `json:"provisioning_url" doc:"Template of the installation's provisioning URL, empty when none is configured"`
	ProvisioningURLCheck string         `json:"provisioning_url_check" enum:"on,off" doc:"off: addresses are sent to vendors unproven"`
	RotateEvery          string         `json:"rotate_every" doc:"The rotation policy: the age at which a key is replaced by itself, such as 90d; empty for none"`
	VendorWrites         VendorWrites   `json:"vendor_writes" doc:"Whether anything is changed at vendors"`
	Vendors              []VendorHealth `json:"vendors" nullable:"false"`
	Replicas             []Replica      `json:"replicas" nullable:"false" doc:"The processes that work on the database; longest there first, and those that serve phones alone at the end"`
	Listeners            Listeners      `json:"listeners" doc:"What the process that answers knows of its own listeners"`
	Authorities          []Authority    `json:"authorities" nullable:"false" doc:"Authorities that phones are told to trust by settings (ca_certificates), the one that ends first before the others; as of ten minutes ago at most"`
}

// Scan is an alarm of somebody who asks for phones that are not there.
type Scan struct {
	At      time.Time `json:"at"`
	Address string    `json:"address" doc:"Where the failure came from that raised it"`
	Detail  string    `json:"detail" doc:"What was asked for, for people"`
}

// Replica is a process that works on the database of an installation.
type Replica struct {
	ID      string    `json:"id"`
	Version string    `json:"version" doc:"Version of its build"`
	Schema  int64     `json:"schema" doc:"Version of the database schema that its build leads to"`
	Since   time.Time `json:"since" doc:"When it started"`
	SeenAt  time.Time `json:"seen_at" doc:"Its last sign of life"`
	Live    bool      `json:"live" doc:"false: it has given no sign of life for 30 seconds and has not said that it stops"`
	// OnlyPhones: it was started by serve --only phones.
	OnlyPhones bool `json:"only_phones" doc:"It serves phones and does nothing else"`
}

// VendorHealth is the part of Health about one vendor.
type VendorHealth struct {
	Name       string `json:"name"`
	Title      string `json:"title"`
	Configured int    `json:"configured" doc:"Links that are configured and need nobody"`
	InFlight   int    `json:"in_flight" doc:"Links that an operation holds"`
	Attention  int    `json:"attention" doc:"Links that need somebody"`
	LooseKeys  int    `json:"loose_keys" doc:"Keys of ours at the vendor that should not be there any more"`
	Restored   int    `json:"restored" doc:"Links that come from a backup and are not proven yet"`
	LaterKeys  int    `json:"later_keys" doc:"Keys of ours at the vendor that this database does not know: made after a backup, or before a rebuild"`
	// Reseller is what is wrong with the reseller credential, nil when it is in place.
	Reseller      *Problem `json:"reseller" doc:"What is wrong with the reseller credential; null when it is in place"`
	ResellerKeyID string   `json:"reseller_key_id,omitempty" doc:"Id of the reseller credential"`
	ResellerWhere string   `json:"reseller_where,omitempty" doc:"Where it is kept"`
	Last          *Problem `json:"last" doc:"The newest finding of any link"`
}

// Event is one row of the audit log.
type Event struct {
	Seq       int64     `json:"seq" doc:"Counts up without gaps"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor" doc:"Who did it"`
	Address   string    `json:"address,omitempty" doc:"Where the request came from"`
	Action    string    `json:"action" doc:"What was done, such as rotate.asked"`
	Platform  string    `json:"platform,omitempty" doc:"Slug of the platform; its id once it is removed"`
	Vendor    string    `json:"vendor,omitempty"`
	Target    string    `json:"target,omitempty" doc:"What it was done to"`
	Operation string    `json:"operation,omitempty" doc:"Id of the operation it belongs to"`
	Outcome   string    `json:"outcome" enum:"ok,refused,failed"`
	Code      string    `json:"code,omitempty" doc:"Error code when it was not ok"`
	Detail    string    `json:"detail,omitempty"`
	RequestID string    `json:"request_id,omitempty"`
	Hash      string    `json:"hash" doc:"Chains the rows"`
}
