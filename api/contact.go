package api

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Contact is how a phone has proven itself here.
type Contact struct {
	Assurance   string     `json:"assurance" enum:"A,B,C,D" doc:"A: its maker's certificate, B: its own HTTP password, C: its own token within its window or from a known network, D: nothing yet"`
	ProvenAt    *time.Time `json:"proven_at" doc:"The success that closed its first-contact window"`
	WindowUntil *time.Time `json:"window_until" doc:"Until when it gets its settings by its own token alone; null when that is over"`
	Networks    []string   `json:"networks" doc:"Those it has proven itself from, the newest first"`
	AdmittedAt  *time.Time `json:"admitted_at"`
	AdmittedBy  string     `json:"admitted_by,omitempty"`
	// AdmittedNetwork is "" for whoever comes, and once it has come.
	AdmittedNetwork string     `json:"admitted_network,omitempty" doc:"It is admitted for who comes from there; absent for whoever comes"`
	PasswordAt      *time.Time `json:"password_at" doc:"When it was given its HTTP password"`
	PasswordUsedAt  *time.Time `json:"password_used_at" doc:"When it first said that"`
	AlarmedAt       *time.Time `json:"alarmed_at" doc:"Since when somebody else seems to come by its URL"`
	ResumedAt       *time.Time `json:"resumed_at,omitempty" doc:"When the phone itself was last served, where it has come by certificate or password since the last visit of who raised the alarm: it is in service, and the alarm waits to be looked at"`
	Waiting         *Waiting   `json:"waiting" doc:"Why it gets holding settings; null when it does not"`
}

// Waiting is why a phone gets holding settings.
type Waiting struct {
	Reason  string    `json:"reason" doc:"not_expected_yet, window_closed, other_network, other_certificate, not_ready, plain_http, held or certificate_missing"`
	Title   string    `json:"title"`
	Since   time.Time `json:"since"`
	At      time.Time `json:"at" doc:"When it last came; of one that is held and has not come since, when it was held"`
	Network string    `json:"network,omitempty" doc:"Where it came from"`
	Agent   string    `json:"agent,omitempty" doc:"What it says it is"`
	// Networks tell apart who waits.
	Networks    []WaitingNetwork `json:"networks" doc:"Who waits by its URL, by network, in the order in which they came first: the first four, those that it is known from, and the last one"`
	OtherVisits int              `json:"other_visits,omitempty" doc:"Visits from other networks, counted about once a minute"`
}

// WaitingNetwork is who waits by a phone's URL in one network.
type WaitingNetwork struct {
	Network  string    `json:"network" doc:"To name when the phone is admitted"`
	Known    bool      `json:"known" doc:"The phone has proven itself from there"`
	Reason   string    `json:"reason" doc:"As that of the phone"`
	Title    string    `json:"title"`
	FirstAt  time.Time `json:"first_at"`
	At       time.Time `json:"at" doc:"When it last came"`
	Agent    string    `json:"agent,omitempty" doc:"What it says it is"`
	Admitted bool      `json:"admitted" doc:"It gets its settings when it comes next"`
}

// Admit names who is admitted.
type Admit struct {
	Network string `json:"network,omitempty" maxLength:"50" doc:"That of the list of waiting phones, or an address in it. Without it, it is for the one network that waits; where there are several, or the phone has proven itself from another one, that is refused. Where nobody waits it is for whoever comes"`
}

// WaitingPhone is a phone that waits.
type WaitingPhone struct {
	MAC     string  `json:"mac"`
	Account string  `json:"account"`
	Name    string  `json:"name"`
	Alarm   bool    `json:"alarm" doc:"Somebody else seems to come by its URL"`
	Waiting Waiting `json:"waiting"`
	// AdmittedUntil is nil for one that nobody has admitted.
	AdmittedUntil *time.Time `json:"admitted_until" doc:"It is admitted: until then it gets its settings when it comes next; null when it is not"`
}

// UnclaimedPhone has come by the URL of an account and is registered nowhere.
type UnclaimedPhone struct {
	MAC     string    `json:"mac"`
	Account string    `json:"account"`
	FirstAt time.Time `json:"first_at"`
	LastAt  time.Time `json:"last_at"`
	Network string    `json:"network,omitempty"`
	Agent   string    `json:"agent,omitempty"`
}

// AccountToken is a provisioning token that is served, and who still has it.
type AccountToken struct {
	ID        string     `json:"id"`
	Current   bool       `json:"current"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"used_at" doc:"When a phone last came by it, to the hour"`
	Entries   int        `json:"entries" doc:"Phones whose URL at the vendor carries it"`
	Profiles  int        `json:"profiles" doc:"Links whose profile carries it"`
	Phones    int        `json:"phones" doc:"Phones that last came by it"`
	Needed    string     `json:"needed" doc:"Why it is not retired without force; empty when it can go"`
}

// RetireToken ends an earlier token.
type RetireToken struct {
	Token string `json:"token" doc:"Its id"`
	Force bool   `json:"force,omitempty" doc:"Also while phones still have it; they get a 404 then"`
}

// Waiting yields the platform's phones that wait, the longest first.
func (c *Client) Waiting(ctx context.Context, platform string) iter.Seq2[WaitingPhone, error] {
	return all[WaitingPhone](ctx, c, call{path: path("platforms", platform, "waiting")})
}

// Unclaimed yields phones that nobody has registered, the newest first.
func (c *Client) Unclaimed(ctx context.Context, platform string) iter.Seq2[UnclaimedPhone, error] {
	return all[UnclaimedPhone](ctx, c, call{path: path("platforms", platform, "unclaimed")})
}

// AdmitEndpoint opens the first-contact window of a phone again, for the one network that
// waits. It is invalid, with the networks in its words, where somebody has to say which.
func (c *Client) AdmitEndpoint(ctx context.Context, platform, mac string) (Endpoint, error) {
	return send[Endpoint](ctx, c, http.MethodPost, path("platforms", platform, "endpoints", mac, "admit"), nil)
}

// AdmitEndpointFrom is AdmitEndpoint for who waits in that network. It is form_outdated when
// nobody does.
func (c *Client) AdmitEndpointFrom(ctx context.Context, platform, mac, network string) (Endpoint, error) {
	return send[Endpoint](ctx, c, http.MethodPost, path("platforms", platform, "endpoints", mac, "admit"), Admit{Network: network})
}

// DismissEndpoint takes note that somebody has looked at the alarm of a phone.
func (c *Client) DismissEndpoint(ctx context.Context, platform, mac string) (Endpoint, error) {
	return send[Endpoint](ctx, c, http.MethodPost, path("platforms", platform, "endpoints", mac, "dismiss"), nil)
}

// HoldEndpoint keeps the settings of a phone from whoever comes by its URL.
func (c *Client) HoldEndpoint(ctx context.Context, platform, mac string) (Endpoint, error) {
	return send[Endpoint](ctx, c, http.MethodPost, path("platforms", platform, "endpoints", mac, "hold"), nil)
}

// UnholdEndpoint ends a hold.
func (c *Client) UnholdEndpoint(ctx context.Context, platform, mac string) (Endpoint, error) {
	return send[Endpoint](ctx, c, http.MethodPost, path("platforms", platform, "endpoints", mac, "unhold"), nil)
}

// RotateEndpointPassword gives a phone another HTTP password with its next settings.
func (c *Client) RotateEndpointPassword(ctx context.Context, platform, mac string) (Endpoint, error) {
	return send[Endpoint](ctx, c, http.MethodPost, path("platforms", platform, "endpoints", mac, "rotate-password"), nil)
}

// AccountTokens yields the provisioning tokens of an account that are served.
func (c *Client) AccountTokens(ctx context.Context, platform, account string) iter.Seq2[AccountToken, error] {
	return all[AccountToken](ctx, c, call{path: path("platforms", platform, "accounts", account, "tokens")})
}

// RetireToken ends an earlier provisioning token.
func (c *Client) RetireToken(ctx context.Context, platform, account string, in RetireToken) error {
	_, err := c.do(ctx, call{method: http.MethodPost, path: path("platforms", platform, "accounts", account, "token", "retire"), in: in}, nil)
	return err
}
