package api

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Classes of rows of a reconciliation.
const (
	RowOursOnly   = "ours_only"
	RowChanged    = "changed"
	RowTheirsOnly = "theirs_only"
	RowNotJudged  = "not_judged"
	RowMatching   = "matching"
	RowNotOurs    = "not_ours"
)

// Reconciliation is how a reconciliation with a vendor stands: the run under way, and the
// last complete one, whose rows stay until the next one is complete.
type Reconciliation struct {
	Vendor   string `json:"vendor"`
	Platform string `json:"platform,omitempty" doc:"The one platform that it is about; all of them when empty"`
	State    string `json:"state" enum:"idle,queued,running,waiting" doc:"Of the run that is asked for or under way; idle when none is"`
	// What follows is about the open run.
	AskedAt *time.Time `json:"asked_at,omitempty"`
	AskedBy string     `json:"asked_by,omitempty"`
	Done    int        `json:"done" doc:"Companies read in the open run"`
	Total   int        `json:"total" doc:"Companies to read in the open run"`
	Waiting string     `json:"waiting,omitempty" doc:"Why it waits"`
	NextAt  *time.Time `json:"next_at,omitempty" doc:"When it goes on"`
	// Error is why the last run gave no result.
	Error *Problem `json:"error" doc:"Why the last run gave no result; null after one that did"`
	// Complete is the last complete run.
	Complete *CompleteReconciliation `json:"complete" doc:"The last complete run; null before the first"`
	Overdue  bool                    `json:"overdue" doc:"The last complete run is more than two periods old"`
}

// CompleteReconciliation is the last complete run.
type CompleteReconciliation struct {
	Since time.Time `json:"since" doc:"When it began"`
	At    time.Time `json:"at" doc:"When it was complete"`
	By    string    `json:"by" doc:"Who had asked for it"`
	// Rows counts the rows by class.
	Rows map[string]int `json:"rows" doc:"Rows by class"`
	// Findings is how many of them differ.
	Findings int `json:"findings" doc:"Rows in which the two sides differ"`
}

// ReconciliationRow is one thing that was compared.
type ReconciliationRow struct {
	ID        string    `json:"id"`
	Class     string    `json:"class" enum:"ours_only,changed,theirs_only,not_judged,matching,not_ours"`
	Reason    string    `json:"reason" doc:"What was found, as a stable word"`
	Title     string    `json:"title" doc:"What was found"`
	Text      string    `json:"text,omitempty" doc:"What that means"`
	Kind      string    `json:"kind" enum:"company,key,profile"`
	Platform  string    `json:"platform,omitempty" doc:"Slug of the platform that it belongs to"`
	CompanyID string    `json:"company_id" doc:"The company that it is about or in"`
	ObjectID  string    `json:"object_id,omitempty" doc:"The vendor's id of the key or profile"`
	Number    int       `json:"number,omitempty" doc:"Number of the key here"`
	Name      string    `json:"name,omitempty" doc:"What it is called at the vendor, or was when it is gone"`
	Detail    string    `json:"detail,omitempty"`
	SeenAt    time.Time `json:"seen_at"`
	Offers    []string  `json:"offers" doc:"What can be done about it: fix, adopt, release; revoke_key stands for the route of that name"`
}

// Reconcile says what to compare.
type Reconcile struct {
	Platform string `json:"platform,omitempty" doc:"Slug or id of one platform; all of them when empty"`
}

// RowRequest asks for something about a row.
type RowRequest struct {
	DryRun   bool   `json:"dry_run,omitempty" doc:"Only say what would be sent and changed"`
	Platform string `json:"platform,omitempty" doc:"For adopt: slug or id of the platform that takes the company up"`
}

// RowAnswer says what is done about a row, or would be.
type RowAnswer struct {
	Action string `json:"action" enum:"fix,adopt,release"`
	DryRun bool   `json:"dry_run,omitempty"`
	// Kind of the operation, empty for what is done here alone.
	Kind     string   `json:"kind,omitempty" doc:"Kind of the operation; left out for what is done here alone"`
	Platform string   `json:"platform,omitempty"`
	Will     []string `json:"will" doc:"What this does"`
	Wont     []string `json:"wont" doc:"What this leaves alone"`
	// Operation is the one that was queued.
	Operation *Operation `json:"operation,omitempty" doc:"The operation that was queued"`
}

// Reconcile asks for a reconciliation; one that is under way already is the answer too.
func (c *Client) Reconcile(ctx context.Context, vendor string, in Reconcile) (Reconciliation, error) {
	return send[Reconciliation](ctx, c, http.MethodPost, path("vendors", vendor, "reconcile"), in)
}

// Reconciliation tells how the reconciliation stands, of all platforms or of one. With wait
// the server answers when no run is under way, at the latest after that time or a minute.
func (c *Client) Reconciliation(ctx context.Context, vendor, platform string, wait time.Duration) (Reconciliation, error) {
	q := url.Values{}
	if platform != "" {
		q.Set("platform", platform)
	}
	if wait > 0 {
		q.Set("wait", wait.String())
	}
	var out Reconciliation
	_, err := c.do(ctx, call{method: http.MethodGet, path: path("vendors", vendor, "reconciliation"), query: q}, &out)
	return out, err
}

// ReconciliationFilter selects rows; zero fields select all.
type ReconciliationFilter struct{ Platform, Class string }

// ReconciliationRows yields what the last complete run found, what differs first.
func (c *Client) ReconciliationRows(ctx context.Context, vendor string, f ReconciliationFilter) iter.Seq2[ReconciliationRow, error] {
	return all[ReconciliationRow](ctx, c, call{path: path("vendors", vendor, "reconciliation", "rows"), query: query("platform", f.Platform, "class", f.Class)})
}

// ActOnRow does what can be done about a row, or says what that would be. action is
// fix, adopt or release.
func (c *Client) ActOnRow(ctx context.Context, vendor, row, action string, in RowRequest, opts ...CallOption) (RowAnswer, error) {
	return create[RowAnswer](ctx, c, path("vendors", vendor, "reconciliation", "rows", row, action), in, opts)
}
