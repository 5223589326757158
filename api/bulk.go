package api

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// BulkEndpoints asks for the same of many phones of a platform.
type BulkEndpoints struct {
	Action string   `json:"action" enum:"pause,resume,release"`
	MACs   []string `json:"macs" minItems:"1" maxItems:"5000" nullable:"false" doc:"MAC addresses of the platform's phones in any usual spelling, at one vendor; all of them or none"`
}

// PhoneItem is one phone of an import or of a change of many phones.
type PhoneItem struct {
	MAC       string    `json:"mac"`
	Action    string    `json:"action" enum:"write,release" doc:"write: the phone is brought at the vendor to what is recorded here"`
	State     string    `json:"state" enum:"queued,sent,written,done,failed,cancelled" doc:"written: the vendor took it, and its list is to confirm it; the last three are final"`
	Line      int       `json:"line,omitempty" doc:"Row of the file that it comes from"`
	Error     *Problem  `json:"error" doc:"Why it was refused; null otherwise"`
	UpdatedAt time.Time `json:"updated_at"`
}

// BulkEndpoints pauses, resumes or gives up the phones that are named, in one operation.
func (c *Client) BulkEndpoints(ctx context.Context, platform string, in BulkEndpoints, opts ...CallOption) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodPost, path: path("platforms", platform, "endpoints", "bulk"), in: in, opts: opts})
}

// PhoneItems yields what became of each phone of an operation for many; state "" for all.
func (c *Client) PhoneItems(ctx context.Context, operation, state string) iter.Seq2[PhoneItem, error] {
	return all[PhoneItem](ctx, c, call{path: path("operations", operation, "items"), query: query("state", state)})
}

// CancelOperation leaves undone what an operation for many phones has not sent yet.
func (c *Client) CancelOperation(ctx context.Context, id string) (Operation, error) {
	return send[Operation](ctx, c, http.MethodPost, path("operations", id, "cancel"), nil)
}

// ResumeOperation takes up, in a new operation, the phones that an ended one has left
// undone.
func (c *Client) ResumeOperation(ctx context.Context, id string, opts ...CallOption) (Answer, error) {
	return c.answer(ctx, call{method: http.MethodPost, path: path("operations", id, "resume"), opts: opts})
}
