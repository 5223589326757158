package api

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// The states of an off-boarding. All but the first are final.
const (
	OffboardingRunning   = "running"
	OffboardingDone      = "done"
	OffboardingStopped   = "stopped"
	OffboardingCancelled = "cancelled"
)

// Offboard asks for everything that a platform has at its vendors to be given up.
type Offboard struct {
	KeepPhones bool `json:"keep_phones,omitempty" doc:"Serve phones in service as before, instead of sending them home"`
	Phones     *int `json:"phones,omitempty" minimum:"0" doc:"How many phones are given up, as the preview counts them; needed for more than asks_above, and refused when it is not theirs"`
}

// OffboardPreview is what an off-boarding would give up.
type OffboardPreview struct {
	Platform  string           `json:"platform" doc:"Slug"`
	Name      string           `json:"name"`
	Phones    int              `json:"phones" doc:"Phones that are given up, at all vendors"`
	AsksAbove int              `json:"asks_above" doc:"For more phones than this their number has to be given"`
	Vendors   []OffboardVendor `json:"vendors" nullable:"false" doc:"Empty: there is nothing to give up"`
	Ends      []string         `json:"ends,omitempty" doc:"Operations that wait, and that an off-boarding ends"`
	Latest    string           `json:"latest,omitempty" doc:"Id of the platform's last off-boarding"`
}

// OffboardVendor is what would be given up at one vendor, in order.
type OffboardVendor struct {
	Vendor    string         `json:"vendor"`
	CompanyID string         `json:"company_id,omitempty"`
	Steps     []OffboardStep `json:"steps" nullable:"false"`
}

// OffboardStep is one thing that is done; each begins when the one before is over.
type OffboardStep struct {
	Step  string `json:"step" enum:"send_phones_home,release_phones,delete_profiles,revoke_keys,company_stays"`
	Title string `json:"title"`
	Count int    `json:"count"`
	Text  string `json:"text"`
}

// Offboarding is how an off-boarding stands, and in the end its receipt.
type Offboarding struct {
	ID         string            `json:"id"`
	Platform   string            `json:"platform" doc:"Slug; the receipt stays when the platform is removed"`
	Name       string            `json:"name"`
	State      string            `json:"state" enum:"running,done,stopped,cancelled"`
	KeepPhones bool              `json:"keep_phones" doc:"Phones are not sent home"`
	AskedBy    string            `json:"asked_by"`
	CreatedAt  time.Time         `json:"created_at"`
	FinishedAt *time.Time        `json:"finished_at"`
	PhonesHome *int              `json:"phones_home" doc:"Phones that have come by since they are sent home; null when they are not, or the platform is removed"`
	Vendors    []OffboardingPart `json:"vendors" nullable:"false"`
	Nothing    bool              `json:"nothing,omitempty" doc:"There was nothing to give up; nothing was sent"`
}

// Final reports whether the off-boarding has ended.
func (o Offboarding) Final() bool { return o.State != OffboardingRunning }

// OffboardingPart is what became of it at one vendor.
type OffboardingPart struct {
	Vendor          string      `json:"vendor"`
	Operation       string      `json:"operation" doc:"Removed with the platform"`
	State           string      `json:"state" enum:"running,done,stopped,cancelled"`
	Doing           string      `json:"doing,omitempty" doc:"What it is at, or why it waits"`
	CompanyID       string      `json:"company_id,omitempty"`
	CompanyName     string      `json:"company_name,omitempty"`
	CompanyGone     bool        `json:"company_gone,omitempty" doc:"The vendor does not have the company any more"`
	Phones          int         `json:"phones"`
	Released        int         `json:"released"`
	Refused         int         `json:"refused"`
	Left            int         `json:"left" doc:"Left as they are"`
	ProfilesRemoved int         `json:"profiles_removed"`
	ProfilesOff     int         `json:"profiles_off" doc:"Only switched off: the vendor does not let them be deleted"`
	KeysRevoked     int         `json:"keys_revoked"`
	Strangers       int         `json:"strangers,omitempty" doc:"Phones in the company that are not registered here; not touched"`
	StrangerMACs    []string    `json:"stranger_macs,omitempty" doc:"Some of them"`
	ForeignKeys     []VendorKey `json:"foreign_keys,omitempty" doc:"Keys in the company that we did not make; not touched"`
	Stays           []string    `json:"stays,omitempty" doc:"What is left at the vendor and what to do about it"`
	Error           *Problem    `json:"error" doc:"Why it stopped; null otherwise"`
	EndedAt         *time.Time  `json:"ended_at"`
}

// OffboardPreview says what an off-boarding would give up. No vendor is called.
func (c *Client) OffboardPreview(ctx context.Context, platform string) (OffboardPreview, error) {
	return get[OffboardPreview](ctx, c, path("platforms", platform, "offboard"))
}

// Offboard gives up everything that a platform has at its vendors.
func (c *Client) Offboard(ctx context.Context, platform string, in Offboard, opts ...CallOption) (Offboarding, error) {
	return create[Offboarding](ctx, c, path("platforms", platform, "offboard"), in, opts)
}

// Offboarding returns one: how it stands, or its receipt.
func (c *Client) Offboarding(ctx context.Context, id string) (Offboarding, error) {
	return get[Offboarding](ctx, c, path("offboardings", id))
}

// Offboardings yields off-boardings, newest first; platform "" for all.
func (c *Client) Offboardings(ctx context.Context, platform string) iter.Seq2[Offboarding, error] {
	return all[Offboarding](ctx, c, call{path: path("offboardings"), query: query("platform", platform)})
}

// CancelOffboarding leaves the phones as they are that are not given up yet.
func (c *Client) CancelOffboarding(ctx context.Context, id string) (Offboarding, error) {
	return send[Offboarding](ctx, c, http.MethodPost, path("offboardings", id, "cancel"), nil)
}
