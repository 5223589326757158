package api

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"time"
)

// The states of a campaign. It may have items that run when it is cancelled; FinishedAt
// tells when all have ended.
const (
	CampaignRunning   = "running"
	CampaignPaused    = "paused"
	CampaignDone      = "done"
	CampaignCancelled = "cancelled"
)

// NewCampaign asks for the same operation on many platforms of a vendor.
type NewCampaign struct {
	Kind      string            `json:"kind" enum:"onboard,rotate,adopt"`
	Budget    string            `json:"budget,omitempty" maxLength:"16" doc:"Vendor calls per second, minute or hour that it may cause, such as 2/s; gentle when left out, never more than the server lets out"`
	OlderThan string            `json:"older_than,omitempty" maxLength:"16" doc:"Rotate only keys that are older, such as 90d"`
	DryRun    bool              `json:"dry_run,omitempty" doc:"Only say what would happen"`
	Hold      bool              `json:"hold,omitempty" doc:"Make it, and wait to be resumed"`
	Companies CampaignCompanies `json:"companies,omitempty" maxItems:"5000" nullable:"false" doc:"Which company is which platform's; when left out they are matched by their names"`
}

// CampaignCompanies are the companies of an adoption. Left out, they are matched by their
// names; null is a list without companies, which is refused: many programs write an
// empty list so.
type CampaignCompanies []CampaignCompany

// UnmarshalJSON keeps null apart from a list that is left out.
func (c *CampaignCompanies) UnmarshalJSON(data []byte) error {
	list := []CampaignCompany{}
	err := json.Unmarshal(data, &list)
	if list == nil {
		list = []CampaignCompany{}
	}
	*c = list
	return err
}

// CampaignCompany says which company at the vendor is which platform's.
type CampaignCompany struct {
	CompanyID string `json:"company_id" maxLength:"128" doc:"The vendor's id of the company"`
	Platform  string `json:"platform" maxLength:"40" doc:"Slug or id of the platform"`
	KeyID     string `json:"key_id,omitempty" maxLength:"128" doc:"A key of the company that was made in the vendor's portal; a new one is made when left out"`
	KeySecret Secret `json:"key_secret,omitempty" maxLength:"512" format:"password" doc:"Its secret"`
	Line      int    `json:"line,omitempty" minimum:"0" doc:"Line of the file that it comes from; refusals name it"`
}

// Campaign is one durable run of the same operation over many platforms of a vendor.
type Campaign struct {
	ID        string        `json:"id" doc:"Empty for a dry run"`
	Kind      string        `json:"kind" enum:"onboard,rotate,adopt"`
	Vendor    string        `json:"vendor"`
	State     string        `json:"state" enum:"running,paused,done,cancelled"`
	Budget    string        `json:"budget" doc:"Vendor calls that it may cause"`
	AskedBy   string        `json:"asked_by"`
	CreatedAt time.Time     `json:"created_at"`
	Tally     CampaignTally `json:"tally"`
	Error     *Problem      `json:"error" doc:"What paused it; null otherwise"`

	// What follows is left out where there is nothing to say.

	DryRun     bool           `json:"dry_run,omitempty" doc:"Nothing of this was made"`
	OlderThan  string         `json:"older_than,omitempty" doc:"Only keys that are older are rotated"`
	Reason     string         `json:"reason,omitempty" doc:"Why it is paused, or what it waits for"`
	NextAt     *time.Time     `json:"next_at,omitempty" doc:"When the next operation may begin"`
	StartedAt  *time.Time     `json:"started_at,omitempty"`
	FinishedAt *time.Time     `json:"finished_at,omitempty" doc:"When its last platform had ended"`
	Left       []LeftCompany  `json:"left,omitempty" doc:"Companies at the vendor that an adoption leaves alone"`
	Namesakes  int            `json:"namesakes,omitempty" doc:"Of a dry run of an onboarding: platforms that would get a company although one of their name, made by hand, is at the vendor as of the last reconciliation; an adoption takes it up"`
	Items      []CampaignItem `json:"items,omitempty" doc:"Of a dry run: what would happen to each platform"`
}

// Final reports whether nothing of the campaign goes on any more.
func (c Campaign) Final() bool { return c.FinishedAt != nil }

// CampaignTally counts the platforms of a campaign by what became of them.
type CampaignTally struct {
	Total         int `json:"total"`
	Pending       int `json:"pending" doc:"Not begun yet"`
	Running       int `json:"running"`
	Done          int `json:"done"`
	Already       int `json:"already" doc:"There was nothing to do"`
	Failed        int `json:"failed"`
	NeedsOperator int `json:"needs_operator" doc:"A person has to act"`
	Skipped       int `json:"skipped" doc:"Not possible, for the reason given; nothing was sent"`
	Cancelled     int `json:"cancelled" doc:"The campaign was cancelled before"`
}

// LeftCompany is a company that an adoption leaves alone.
type LeftCompany struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason"`
}

// CampaignItem is what became of one platform in a campaign.
type CampaignItem struct {
	Platform   string     `json:"platform" doc:"Slug of the platform"`
	State      string     `json:"state" enum:"pending,running,done,already,failed,needs_operator,skipped,cancelled"`
	Operation  string     `json:"operation,omitempty" doc:"Id of its operation"`
	CompanyID  string     `json:"company_id,omitempty" doc:"The company that an adoption takes up"`
	KeyID      string     `json:"key_id,omitempty" doc:"The pasted key that it is connected with"`
	Note       string     `json:"note,omitempty" doc:"What is done, or why nothing"`
	Error      *Problem   `json:"error" doc:"Why it did not go through; null otherwise"`
	StartedAt  *time.Time `json:"started_at,omitempty"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

// CreateCampaign begins the same operation on many platforms; with DryRun it only says
// what would happen.
func (c *Client) CreateCampaign(ctx context.Context, vendor string, in NewCampaign, opts ...CallOption) (Campaign, error) {
	return create[Campaign](ctx, c, path("vendors", vendor, "campaigns"), in, opts)
}

// Campaign returns one campaign as it is.
func (c *Client) Campaign(ctx context.Context, id string) (Campaign, error) {
	return get[Campaign](ctx, c, path("campaigns", id))
}

// Campaigns yields campaigns, newest first; vendor "" for all, open for those that have
// not ended.
func (c *Client) Campaigns(ctx context.Context, vendor string, open bool) iter.Seq2[Campaign, error] {
	q := query("vendor", vendor)
	if open {
		q.Set("open", "true")
	}
	return all[Campaign](ctx, c, call{path: path("campaigns"), query: q})
}

// CampaignItems yields what became of each platform; state "" for all.
func (c *Client) CampaignItems(ctx context.Context, id, state string) iter.Seq2[CampaignItem, error] {
	return all[CampaignItem](ctx, c, call{path: path("campaigns", id, "items"), query: query("state", state)})
}

// PauseCampaign keeps a campaign from beginning anything more.
func (c *Client) PauseCampaign(ctx context.Context, id string) (Campaign, error) {
	return send[Campaign](ctx, c, http.MethodPost, path("campaigns", id, "pause"), nil)
}

// ResumeCampaign lets a paused campaign go on, or starts one that waits for that.
func (c *Client) ResumeCampaign(ctx context.Context, id string) (Campaign, error) {
	return send[Campaign](ctx, c, http.MethodPost, path("campaigns", id, "resume"), nil)
}

// CancelCampaign leaves undone what a campaign has not begun.
func (c *Client) CancelCampaign(ctx context.Context, id string) (Campaign, error) {
	return send[Campaign](ctx, c, http.MethodPost, path("campaigns", id, "cancel"), nil)
}
