package api

import "time"

// Endpoint is one phone of a platform.
type Endpoint struct {
	MAC          string `json:"mac" doc:"Such as 00:04:13:A1:1F:A7"`
	Vendor       string `json:"vendor"`
	Account      string `json:"account" doc:"Slug of the account it belongs to"`
	ProductGroup string `json:"product_group" doc:"The vendor's family of the phone"`
	Name         string `json:"name"`
	State        string `json:"state" enum:"wanted,listed,paused,failed,released" doc:"What the vendor has confirmed"`
	// Paused is the wish, State what the vendor has confirmed.
	Paused      bool       `json:"paused" doc:"Asked to be registered, but not redirected"`
	PausedBy    string     `json:"paused_by,omitempty" doc:"Id of the operation that paused it"`
	Error       *Problem   `json:"error" doc:"Why the vendor refused; null otherwise"`
	CreatedAt   time.Time  `json:"created_at"`
	ConfirmedAt *time.Time `json:"confirmed_at" doc:"When the vendor last confirmed the state"`
	FetchedAt   *time.Time `json:"fetched_at" doc:"When the phone last fetched its settings"`
}

// PutEndpoint registers a phone or changes one.
type PutEndpoint struct {
	Account      string  `json:"account" doc:"Slug or id of the account it belongs to"`
	ProductGroup string  `json:"product_group,omitempty" doc:"The vendor's family of the phone; its default when left out"`
	Name         *string `json:"name,omitempty" nullable:"false" doc:"At most 120 characters; stays as it is when left out"`
	Paused       *bool   `json:"paused,omitempty" nullable:"false" doc:"true: registered, but not redirected; stays as it is when left out"`
	Vendor       string  `json:"vendor,omitempty" doc:"Name of the vendor; may be left out where the server supports one"`
}

// EndpointFilter selects endpoints; zero fields select all.
type EndpointFilter struct {
	// Text is found in MAC or name.
	Text    string
	State   string
	Account string
	Vendor  string
}
