package api

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// Classes of what a sync finds.
const (
	DriftMissing  = "missing_there"
	DriftMoved    = "moved_away"
	DriftUnknown  = "unknown_here"
	DriftOtherURL = "other_url"
	DriftChanged  = "changed"
)

// PhoneSync is how the phones of a link compare with the vendor's list.
type PhoneSync struct {
	Platform string `json:"platform"`
	Vendor   string `json:"vendor"`
	// Running is the open operation for many phones of the link.
	Running *Operation `json:"running" doc:"The open sync, import or bulk of the link; null when none is"`
	// Error is why the last sync gave no result.
	Error *Problem `json:"error" doc:"Why the last sync gave no result; null after one that did"`
	// Complete is the last complete sync.
	Complete *CompleteSync `json:"complete" doc:"The last complete sync; null before the first"`
}

// CompleteSync is the last complete sync.
type CompleteSync struct {
	Operation string    `json:"operation" doc:"Id of the operation that compared"`
	Since     time.Time `json:"since" doc:"When it began"`
	At        time.Time `json:"at" doc:"When it was complete"`
	By        string    `json:"by" doc:"Who had asked for it"`
	Pages     int       `json:"pages" doc:"Pages of the vendor's list that were read"`
	Phones    int       `json:"phones" doc:"Phones in the vendor's list"`
	Matching  int       `json:"matching" doc:"Phones that are the same on both sides"`
	LeftOut   int       `json:"left_out" doc:"Phones that were being changed, or that the vendor has not confirmed, and are not judged"`
	// Counts are the findings that are left.
	Counts   map[string]int `json:"counts" doc:"Findings that are left, by class"`
	Findings int            `json:"findings" doc:"Findings that are left, in all"`
}

// Drift is a phone that a sync has found to differ.
type Drift struct {
	MAC     string   `json:"mac"`
	Class   string   `json:"class" enum:"missing_there,moved_away,unknown_here,other_url,changed"`
	Title   string   `json:"title" doc:"The class for people"`
	Differs []string `json:"differs,omitempty" doc:"What was changed by hand: name, product_group, redirection"`
	Host    string   `json:"host,omitempty" doc:"Host name of an address that is not ours"`
	// Name, ProductGroup and Redirected are what the vendor has.
	Name         string `json:"name,omitempty" doc:"Name at the vendor"`
	ProductGroup string `json:"product_group,omitempty" doc:"Product group at the vendor"`
	Redirected   bool   `json:"redirected" doc:"Whether the vendor redirects it"`
	// Account is the one it belongs to here, or whose address it has.
	Account string    `json:"account,omitempty" doc:"Slug of the account that it is registered for, or whose provisioning URL it has"`
	At      string    `json:"at_platform,omitempty" doc:"Slug of the platform whose company has a phone that moved away"`
	Changed bool      `json:"changed_since,omitempty" doc:"It was changed here since; nothing is done about it before the next sync"`
	FoundAt time.Time `json:"found_at"`
	Offers  []string  `json:"offers" nullable:"false" doc:"What can be done about it: adopt, fix, release"`
}

// DriftRequest says what to do something about.
type DriftRequest struct {
	Class   string   `json:"class,omitempty" enum:"missing_there,moved_away,unknown_here,other_url,changed" doc:"Every finding of a class"`
	MACs    []string `json:"macs,omitempty" doc:"Or the findings about these phones, up to 1000"`
	Account string   `json:"account,omitempty" doc:"Slug or id of the account that phones with another address belong to from now on; for adopt"`
	DryRun  bool     `json:"dry_run,omitempty" doc:"Only say what would be done"`
}

// DriftAnswer says what is done about findings, or would be.
type DriftAnswer struct {
	Action string `json:"action" enum:"adopt,fix,release"`
	DryRun bool   `json:"dry_run,omitempty"`
	Class  string `json:"class,omitempty"`
	Phones int    `json:"phones" doc:"How many phones it is about"`
	// WithoutAccount is how many of them have an address that is not ours.
	WithoutAccount int        `json:"without_account,omitempty" doc:"How many of them have an address that is not ours"`
	NeedsAccount   bool       `json:"needs_account,omitempty" doc:"It is refused without account"`
	Will           []string   `json:"will,omitempty" doc:"What this does"`
	Wont           []string   `json:"wont,omitempty" doc:"What this leaves alone"`
	Operation      *Operation `json:"operation,omitempty" doc:"The operation that was queued"`
}

// Sync asks for a comparison of the link's phones with the vendor's list.
func (c *Client) Sync(ctx context.Context, platform, vendor string, opts ...CallOption) (Answer, error) {
	return c.act(ctx, platform, vendor, "sync", nil, opts)
}

// PhoneSync tells how the phones of a link compare.
func (c *Client) PhoneSync(ctx context.Context, platform, vendor string) (PhoneSync, error) {
	var out PhoneSync
	_, err := c.do(ctx, call{method: http.MethodGet, path: path("platforms", platform, "vendors", vendor, "sync")}, &out)
	return out, err
}

// Drifts yields what the last complete sync has found, by MAC; "" selects every class.
func (c *Client) Drifts(ctx context.Context, platform, vendor, class string) iter.Seq2[Drift, error] {
	return all[Drift](ctx, c, call{path: path("platforms", platform, "vendors", vendor, "sync", "rows"), query: query("class", class)})
}

// ActOnDrifts does something about findings, or says what that would be. action is adopt,
// fix or release.
func (c *Client) ActOnDrifts(ctx context.Context, platform, vendor, action string, in DriftRequest, opts ...CallOption) (DriftAnswer, error) {
	return create[DriftAnswer](ctx, c, path("platforms", platform, "vendors", vendor, "sync", action), in, opts)
}
