package api

import "time"

// Platform is a white-label tenant of the voice service.
type Platform struct {
	ID         string `json:"id"`
	Slug       string `json:"slug" doc:"Name in addresses; never changes"`
	Name       string `json:"name"`
	ExternalID string `json:"external_id,omitempty" doc:"The caller's own id"`
	// URLTemplate is the platform's own provisioning URL, "" for the installation's.
	URLTemplate    string         `json:"url_template,omitempty" doc:"Own provisioning URL with {account_token} and {mac}, and {device_token} where another server asks for the phone's own token"`
	PhoneProof     string         `json:"phone_proof" enum:"certificate,token" doc:"What a phone has to show whose model has a device certificate, where the makers' authorities are loaded: that, or its own token and password"`
	PrimaryAccount string         `json:"primary_account,omitempty" doc:"Slug of the account whose address the vendor's profile carries"`
	Links          []Link         `json:"links,omitempty" doc:"One for every vendor, whatever its state"`
	Endpoints      EndpointCounts `json:"endpoints" doc:"Phones over all vendors"`
	CreatedAt      time.Time      `json:"created_at"`
	UpdatedAt      time.Time      `json:"updated_at"`
	Version        int64          `json:"version" doc:"Grows with every change; send it along to change only what you have seen"`
}

// NewPlatform asks for a platform.
type NewPlatform struct {
	Slug        string `json:"slug,omitempty" doc:"1 to 40 characters a-z, 0-9 and dashes; made from the name when left out"`
	Name        string `json:"name" doc:"1 to 120 characters"`
	ExternalID  string `json:"external_id,omitempty" doc:"The caller's own id; asking again with the same one returns the existing platform"`
	URLTemplate string `json:"url_template,omitempty" doc:"Own provisioning URL with {account_token} and {mac}, and {device_token} where another server asks for the phone's own token"`
}

// PlatformPatch changes what is not nil.
type PlatformPatch struct {
	Name        *string `json:"name,omitempty" nullable:"false" doc:"1 to 120 characters"`
	ExternalID  *string `json:"external_id,omitempty" nullable:"false" doc:"The caller's own id, empty to remove it"`
	URLTemplate *string `json:"url_template,omitempty" nullable:"false" doc:"Own provisioning URL, empty for the installation's"`
	PhoneProof  *string `json:"phone_proof,omitempty" nullable:"false" doc:"certificate, or token for less"`
	Version     int64   `json:"version,omitempty" doc:"Refuse the change unless this is the current version"`
}

// Account is a customer of a platform.
type Account struct {
	ID         string     `json:"id"`
	Slug       string     `json:"slug" doc:"Name in addresses, within the platform"`
	Name       string     `json:"name"`
	ExternalID string     `json:"external_id,omitempty" doc:"The caller's own id"`
	Primary    bool       `json:"primary" doc:"Its address is the one that the vendor's profile carries"`
	HasToken   bool       `json:"has_token" doc:"It has a provisioning token"`
	TokenSetAt *time.Time `json:"token_set_at" doc:"When the provisioning token was issued"`
	// Token is only in the answer to the request that issued it, and to its repetition.
	Token     Secret    `json:"token,omitempty" doc:"The provisioning token, in the answer that issues it alone (and to the same request under the same Idempotency-Key)"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Version   int64     `json:"version" doc:"Grows with every change; send it along to change only what you have seen"`
}

// NewAccount asks for an account. Its provisioning token is issued and shown once
// in the answer, unless Token is false.
type NewAccount struct {
	Slug       string `json:"slug,omitempty" doc:"1 to 40 characters a-z, 0-9 and dashes; made from the name when left out"`
	Name       string `json:"name" doc:"1 to 120 characters"`
	ExternalID string `json:"external_id,omitempty" doc:"The caller's own id; asking again with the same one returns the existing account"`
	Token      *bool  `json:"token,omitempty" nullable:"false" doc:"false leaves the account without a provisioning token"`
}

// AccountPatch changes what is not nil.
type AccountPatch struct {
	Name       *string `json:"name,omitempty" nullable:"false" doc:"1 to 120 characters"`
	ExternalID *string `json:"external_id,omitempty" nullable:"false" doc:"The caller's own id, empty to remove it"`
	Primary    bool    `json:"primary,omitempty" doc:"true makes it the platform's primary account; it needs a token"`
	Version    int64   `json:"version,omitempty" doc:"Refuse the change unless this is the current version"`
}
