package api

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// What a replaced phone becomes.
const (
	OldRelease = "release"
	OldPause   = "pause"
)

// ReplaceEndpoint puts a new phone in an old one's place.
type ReplaceEndpoint struct {
	NewMAC string  `json:"new_mac" doc:"MAC address of the new phone, in any usual spelling"`
	Old    string  `json:"old,omitempty" enum:"release,pause" doc:"What becomes of the old phone once the new one is registered; release when left out"`
	Name   *string `json:"name,omitempty" nullable:"false" doc:"The old phone's when left out"`
	Model  *string `json:"model,omitempty" nullable:"false" doc:"The old phone's when left out"`
}

// MoveEndpoint brings a phone to another platform.
type MoveEndpoint struct {
	Platform string `json:"platform" doc:"Slug or id of the platform it goes to"`
	Account  string `json:"account" doc:"Slug or id of the account there"`
}

// MAC is what the installation knows of a MAC address.
type MAC struct {
	MAC        string      `json:"mac"`
	Maker      string      `json:"maker,omitempty" doc:"The vendor whose addresses begin like this one; a hint, nothing more"`
	Phones     []MACPhone  `json:"phones" nullable:"false" doc:"What every platform has of it, or had, the present one first"`
	Operations []Operation `json:"operations" nullable:"false" doc:"What is under way about it"`
	Life       []Moment    `json:"life" nullable:"false" doc:"What happened to it, newest first"`
	Next       string      `json:"next" doc:"Cursor of what happened before; empty at the end"`
}

// MACPhone is one platform's row of a MAC address.
type MACPhone struct {
	Platform string   `json:"platform" doc:"Slug of the platform; its id once it is removed"`
	Endpoint Endpoint `json:"endpoint"`
}

// FoundPhones are phones of any platform that a search has found.
type FoundPhones struct {
	Items []MACPhone `json:"items"`
	More  bool       `json:"more" doc:"There are others, which a longer text would leave"`
}

// FindEndpoints looks a text up among the phones of all platforms.
func (c *Client) FindEndpoints(ctx context.Context, text string) (FoundPhones, error) {
	var out FoundPhones
	_, err := c.do(ctx, call{method: http.MethodGet, path: path("endpoints"), query: query("q", text)}, &out)
	return out, err
}

// Moment is one thing that happened to a phone.
type Moment struct {
	At        time.Time `json:"at"`
	What      string    `json:"what" doc:"An action of the audit log, or phone.first_contact, phone.fetched, phone.sip_registered, phone.sip_not_registered"`
	Actor     string    `json:"actor" doc:"Who did it"`
	Platform  string    `json:"platform,omitempty"`
	Vendor    string    `json:"vendor,omitempty"`
	Operation string    `json:"operation,omitempty" doc:"Id of the operation it belongs to"`
	Outcome   string    `json:"outcome" enum:"ok,refused,failed"`
	Code      string    `json:"code,omitempty"`
	Detail    string    `json:"detail,omitempty"`
}

// MAC tells who has a MAC address, and its life from the cursor on; "" begins now.
func (c *Client) MAC(ctx context.Context, mac, cursor string) (MAC, error) {
	var out MAC
	q := url.Values{}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	_, err := c.do(ctx, call{method: http.MethodGet, path: path("macs", mac), query: q}, &out)
	return out, err
}

// ReplaceEndpoint registers a new phone in the place of an old one, and then releases or
// pauses that.
func (c *Client) ReplaceEndpoint(ctx context.Context, platform, mac string, in ReplaceEndpoint, opts ...CallOption) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodPost, path: path("platforms", platform, "endpoints", mac, "replace"), in: in, opts: opts})
}

// MoveEndpoint gives a phone up in its platform and registers it in another.
func (c *Client) MoveEndpoint(ctx context.Context, platform, mac string, in MoveEndpoint, opts ...CallOption) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodPost, path: path("platforms", platform, "endpoints", mac, "move"), in: in, opts: opts})
}
