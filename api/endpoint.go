package api

import "time"

// Endpoint is one phone of a platform.
type Endpoint struct {
	MAC          string `json:"mac" doc:"Such as 00:04:13:A1:1F:A7"`
	Vendor       string `json:"vendor"`
	Account      string `json:"account" doc:"Slug of the account it belongs to"`
	ProductGroup string `json:"product_group" doc:"The vendor's family of the phone"`
	Name         string `json:"name"`
	Model        string `json:"model" doc:"As somebody has told us; empty when nobody did"`
	Serial       string `json:"serial" doc:"As somebody has told us; empty when nobody did"`
	PINSet       bool   `json:"pin_set" doc:"A PIN is kept for the vendor; it is never shown"`
	State        string `json:"state" enum:"wanted,listed,paused,failed,released" doc:"What the vendor has confirmed"`
	// Paused is the wish, State what the vendor has confirmed.
	Paused      bool       `json:"paused" doc:"Asked to be registered, but not redirected"`
	PausedBy    string     `json:"paused_by,omitempty" doc:"Id of the operation that paused it"`
	Replaces    string     `json:"replaces,omitempty" doc:"MAC of the phone whose place it took"`
	ReplacedBy  string     `json:"replaced_by,omitempty" doc:"MAC of the phone that took its place"`
	MovedTo     string     `json:"moved_to,omitempty" doc:"Slug of the platform that a move brings it to, or could not"`
	Hint        string     `json:"hint,omitempty" doc:"What looks odd about the MAC address; nothing is refused for it"`
	Error       *Problem   `json:"error" doc:"Why the vendor refused; null otherwise"`
	CreatedAt   time.Time  `json:"created_at"`
	ConfirmedAt *time.Time `json:"confirmed_at" doc:"When the vendor last confirmed the state"`
	// FirstFetchedAt, FetchedAt and SIP are what is known of the phone itself, whatever
	// the vendor says.
	FirstFetchedAt *time.Time `json:"first_fetched_at" doc:"When the phone first fetched its settings from us"`
	FetchedAt      *time.Time `json:"fetched_at" doc:"When the phone last fetched its settings from us"`
	SIP            *SIP       `json:"sip" doc:"What the voice service said last; null while it has said nothing"`
	ExpectedAt     *time.Time `json:"expected_at" doc:"When it is expected to come for the first time; null when nobody has said"`
	// Waits comes with lists and with one phone, not with what a change answers.
	Waits string `json:"waits,omitempty" doc:"Why it gets holding settings, as reason of a phone that waits; left out where it does not"`
	// Contact comes with one phone, not with lists.
	Contact *Contact `json:"contact,omitempty" doc:"How it has proven itself here; not in lists"`
}

// SIP is whether a phone is registered at the voice service.
type SIP struct {
	Registered bool      `json:"registered"`
	At         time.Time `json:"at" doc:"When that was so, by the voice service's clock"`
	Reason     string    `json:"reason,omitempty" doc:"Why it is not registered, where the voice service has said: wrong_password, unknown_user or gone"`
}

// PutSIP is the voice service's word on a phone.
type PutSIP struct {
	Registered bool      `json:"registered"`
	At         time.Time `json:"at" doc:"When that was so; an earlier word than the one that stands changes nothing, one from the future is refused"`
	Reason     string    `json:"reason,omitempty" enum:"wrong_password,unknown_user,gone" doc:"Why it is not registered, where the voice service knows"`
}

// SIPRegistration is PutSIP with the phone that it is of.
type SIPRegistration struct {
	MAC string `json:"mac" doc:"MAC address in any usual spelling"`
	PutSIP
}

// PutSIPRegistrations is the voice service's word on many phones of a platform.
type PutSIPRegistrations struct {
	Registrations []SIPRegistration `json:"registrations" minItems:"1" maxItems:"5000" nullable:"false"`
}

// SIPRegistrations is what came of it.
type SIPRegistrations struct {
	Stands   int         `json:"stands" doc:"How many stand as they were told"`
	Later    int         `json:"later" doc:"Of how many phones something later is known"`
	NotFound int         `json:"not_found" doc:"How many phones the platform does not have"`
	Invalid  int         `json:"invalid" doc:"How many were refused"`
	Results  []SIPResult `json:"results" nullable:"false" doc:"One for each in their order"`
}

// SIPResult is what came of one of them.
type SIPResult struct {
	MAC    string `json:"mac"`
	Result string `json:"result" enum:"stands,later,not_found,invalid" doc:"stands: as it was told, now or before; later: something later is known, see sip; not_found: the platform has no such phone; invalid: see error"`
	SIP    *SIP   `json:"sip" doc:"What stands now; null for one that is not there or was refused"`
	Error  string `json:"error,omitempty" doc:"What is wrong with it"`
}

// PutEndpoint registers a phone or changes one.
type PutEndpoint struct {
	Account      string     `json:"account" doc:"Slug or id of the account it belongs to"`
	ProductGroup string     `json:"product_group,omitempty" doc:"The vendor's family of the phone; its default when left out"`
	Name         *string    `json:"name,omitempty" nullable:"false" doc:"At most 120 characters; stays as it is when left out"`
	Model        *string    `json:"model,omitempty" nullable:"false" doc:"Such as D785, at most 64 characters; stays as it is when left out"`
	Serial       *string    `json:"serial,omitempty" nullable:"false" doc:"Serial number, at most 64 characters; stays as it is when left out"`
	PIN          *Secret    `json:"pin,omitempty" nullable:"false" doc:"PIN, only for vendors that register phones by it (Snom needs none); it is never shown. Stays as it is when left out, an empty one removes it"`
	ExpectedAt   *time.Time `json:"expected_at,omitempty" nullable:"false" doc:"When it is expected to come for the first time: its first-contact window is from a day before until three days after. Without, it has 90 days. Stays as it is when left out"`
	Paused       *bool      `json:"paused,omitempty" nullable:"false" doc:"true: registered, but not redirected; stays as it is when left out"`
	Vendor       string     `json:"vendor,omitempty" doc:"Name of the vendor; may be left out where the server supports one"`
}

// EndpointFilter selects endpoints; zero fields select all.
type EndpointFilter struct {
	// Text is four or more digits of the MAC in a row, or beginnings of words of name, model
	// and serial number.
	Text    string
	State   string
	Account string
	Vendor  string
	// Model selects those of exactly this one.
	Model string
	// Found selects those with an address that is not ours.
	Found bool
	// Sort is mac, name, state or fetched, with a minus before it for the other way round.
	Sort string
}
