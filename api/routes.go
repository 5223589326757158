package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// get and send are the two shapes that most routes have.
func get[T any](ctx context.Context, c *Client, p string) (T, error) {
	var out T
	_, err := c.do(ctx, call{method: http.MethodGet, path: p}, &out)
	return out, err
}

func send[T any](ctx context.Context, c *Client, method, p string, in any) (T, error) {
	var out T
	_, err := c.do(ctx, call{method: method, path: p, in: in}, &out)
	return out, err
}

// create sends a request that makes something, under a key of its own unless the
// caller has one.
func create[T any](ctx context.Context, c *Client, p string, in any, opts []CallOption) (T, error) {
	var out T
	_, err := c.do(ctx, call{method: http.MethodPost, path: p, in: in, opts: keyed(opts)}, &out)
	return out, err
}

func keyed(opts []CallOption) []CallOption {
	return append([]CallOption{IdempotencyKey(rand.Text())}, opts...)
}

func (c *Client) remove(ctx context.Context, p string) error {
	_, err := c.do(ctx, call{method: http.MethodDelete, path: p}, nil)
	return err
}

// Health returns the state of the installation; no vendor is asked.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return get[Health](ctx, c, path("health"))
}

// VendorWrites tells whether anything is changed at vendors.
func (c *Client) VendorWrites(ctx context.Context) (VendorWrites, error) {
	return get[VendorWrites](ctx, c, path("vendor-writes"))
}

// SetVendorWrites switches changes at vendors on or off, in the whole installation.
func (c *Client) SetVendorWrites(ctx context.Context, in SetVendorWrites) (VendorWrites, error) {
	return send[VendorWrites](ctx, c, http.MethodPut, path("vendor-writes"), in)
}

// CreatePlatform makes a platform. With an ExternalID that exists already it
// returns that platform and changes nothing.
func (c *Client) CreatePlatform(ctx context.Context, in NewPlatform, opts ...CallOption) (Platform, error) {
	return create[Platform](ctx, c, path("platforms"), in, opts)
}

// Platform returns one by slug or id, with its links.
func (c *Client) Platform(ctx context.Context, platform string) (Platform, error) {
	return get[Platform](ctx, c, path("platforms", platform))
}

// UpdatePlatform changes what is not nil.
func (c *Client) UpdatePlatform(ctx context.Context, platform string, in PlatformPatch) (Platform, error) {
	return send[Platform](ctx, c, http.MethodPatch, path("platforms", platform), in)
}

// DeletePlatform removes a platform that has nothing left at any vendor.
func (c *Client) DeletePlatform(ctx context.Context, platform string) error {
	return c.remove(ctx, path("platforms", platform))
}

// CreateAccount makes an account and issues its provisioning token, which is in
// this answer alone, and in that to the same request under the same key. With an
// ExternalID that exists already it returns that account, without a token.
func (c *Client) CreateAccount(ctx context.Context, platform string, in NewAccount, opts ...CallOption) (Account, error) {
	return create[Account](ctx, c, path("platforms", platform, "accounts"), in, opts)
}

// Account returns one of the platform's accounts by slug or id.
func (c *Client) Account(ctx context.Context, platform, account string) (Account, error) {
	return get[Account](ctx, c, path("platforms", platform, "accounts", account))
}

// UpdateAccount changes what is not nil, or makes the account the primary one.
func (c *Client) UpdateAccount(ctx context.Context, platform, account string, in AccountPatch) (Account, error) {
	return send[Account](ctx, c, http.MethodPatch, path("platforms", platform, "accounts", account), in)
}

// DeleteAccount removes an account that nothing uses.
func (c *Client) DeleteAccount(ctx context.Context, platform, account string) error {
	return c.remove(ctx, path("platforms", platform, "accounts", account))
}

// IssueToken gives the account a new provisioning token, which is in this answer
// alone, and in that to the same request under the same key. Phones that carry an
// earlier one are still served.
func (c *Client) IssueToken(ctx context.Context, platform, account string, opts ...CallOption) (Account, error) {
	return create[Account](ctx, c, path("platforms", platform, "accounts", account, "token"), nil, opts)
}

// Link returns what the platform has at one vendor.
func (c *Client) Link(ctx context.Context, platform, vendor string) (Link, error) {
	return get[Link](ctx, c, path("platforms", platform, "vendors", vendor))
}

// Onboard asks for the platform's company, key and profile at the vendor. On an
// onboarded platform it changes nothing: AlreadyOnboarded.
func (c *Client) Onboard(ctx context.Context, platform, vendor string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "onboard", nil, opts)
}

// Rotate asks for a new key in place of the one in force.
func (c *Client) Rotate(ctx context.Context, platform, vendor string, in Rotate, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "rotate", in, opts)
}

// Disable asks for the end of the link. Where there is nothing to end it changes
// nothing: AlreadyDisabled.
func (c *Client) Disable(ctx context.Context, platform, vendor string, in Disable, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "disable", in, opts)
}

// Connect brings a key that was made in the vendor's portal.
func (c *Client) Connect(ctx context.Context, platform, vendor string, in Connect, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "connect", in, opts)
}

// Check reads at the vendor: how an operation whose outcome is unknown has ended,
// or whether a configured link still is as it was left.
func (c *Client) Check(ctx context.Context, platform, vendor string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "check", nil, opts)
}

// CheckExposed is Check with the proof after a suspected exposure: every address at the vendor
// is compared with ours. It changes nothing there.
func (c *Client) CheckExposed(ctx context.Context, platform, vendor string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "check", Check{Exposed: true}, opts)
}

// FixAddress puts one right of the ForeignAddresses.
func (c *Client) FixAddress(ctx context.Context, platform, vendor, target string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "fix-address", FixAddress{Target: target}, opts)
}

// Adopt takes up the vendor's company with this id as the platform's.
func (c *Client) Adopt(ctx context.Context, platform, vendor, companyID string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "adopt", Adopt{CompanyID: companyID}, opts)
}

// RevokeKey removes a key at the vendor that is not the one in force.
func (c *Client) RevokeKey(ctx context.Context, platform, vendor, keyID string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "revoke-key", RevokeKey{KeyID: keyID}, opts)
}

// UpdateAddress gives the vendor the platform's present provisioning URL.
func (c *Client) UpdateAddress(ctx context.Context, platform, vendor string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "update-address", nil, opts)
}

func (c *Client) act(ctx context.Context, platform, vendor, verb string, in any, opts []CallOption) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodPost, path: path("platforms", platform, "vendors", vendor, verb), in: in, opts: opts})
}

// answer sends a change: 202 carries the operation, 200 says what there was
// without one.
func (c *Client) answer(ctx context.Context, in call) (Answer, error) {
	in.opts = keyed(in.opts)
	var raw json.RawMessage
	status, err := c.do(ctx, in, &raw)
	if err != nil {
		return Answer{}, err
	}
	var a Answer
	if status == http.StatusAccepted {
		a.Operation = &Operation{}
		return a, json.Unmarshal(raw, a.Operation)
	}
	return a, json.Unmarshal(raw, &a)
}

// Endpoint returns one phone of the platform.
func (c *Client) Endpoint(ctx context.Context, platform, mac string) (Endpoint, error) {
	return get[Endpoint](ctx, c, path("platforms", platform, "endpoints", mac))
}

// PutEndpoint registers a phone, or changes a registered one.
func (c *Client) PutEndpoint(ctx context.Context, platform, mac string, in PutEndpoint, opts ...CallOption) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodPut, path: path("platforms", platform, "endpoints", mac), in: in, opts: opts})
}

// SetSIP tells whether a phone is registered at the voice service, and returns the phone.
func (c *Client) SetSIP(ctx context.Context, platform, mac string, in PutSIP) (Endpoint, error) {
	return send[Endpoint](ctx, c, http.MethodPut, path("platforms", platform, "endpoints", mac, "sip"), in)
}

// SetSIPs is SetSIP for up to 5,000 phones of a platform at once. It may be repeated.
func (c *Client) SetSIPs(ctx context.Context, platform string, in []SIPRegistration) (SIPRegistrations, error) {
	return send[SIPRegistrations](ctx, c, http.MethodPut, path("platforms", platform, "sip-registrations"), PutSIPRegistrations{in})
}

// ReleaseEndpoint gives the MAC up at the vendor: anybody may claim it then.
func (c *Client) ReleaseEndpoint(ctx context.Context, platform, mac string, opts ...CallOption) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodDelete, path: path("platforms", platform, "endpoints", mac), opts: opts})
}

// Operation returns one operation as it is.
func (c *Client) Operation(ctx context.Context, id string) (Operation, error) {
	return get[Operation](ctx, c, path("operations", id))
}

// WaitOperation returns the operation when it has ended, or as it is when the
// time is over. The server waits at most 60 s.
func (c *Client) WaitOperation(ctx context.Context, id string, wait time.Duration) (Operation, error) {
	var out Operation
	q := url.Values{"wait": {wait.String()}}
	_, err := c.do(ctx, call{method: http.MethodGet, path: path("operations", id), query: q}, &out)
	return out, err
}
