package api

import (
	"context"
	"iter"
	"net/http"
	"time"
)

// The states of a resync; the last two are final.
const (
	ResyncRunning   = "running"
	ResyncDone      = "done"
	ResyncCancelled = "cancelled"
)

// NewResync asks to tell phones by SIP to look for their settings again. MACs that are nil are
// all of them; an empty list is refused.
type NewResync struct {
	MACs          []string `json:"macs,omitzero" minItems:"1" maxItems:"5000" nullable:"false" doc:"MAC addresses of the platform's phones; left out for all of them, or all of the account"`
	Account       string   `json:"account,omitempty" doc:"Slug or id: only phones of this account"`
	WithinSeconds int      `json:"within_seconds,omitempty" minimum:"0" maximum:"86400" doc:"Over which time they are told, up to 24 hours; longer where that would be more than 50 phones in a second"`
	Reboot        bool     `json:"reboot,omitempty" doc:"Let them restart, which ends calls; otherwise a phone restarts only where a changed setting needs it"`
	DryRun        bool     `json:"dry_run,omitempty" doc:"Make nothing, and say what would be done"`
}

// Resync tells phones of a platform to look for their settings again.
type Resync struct {
	ID       string `json:"id,omitempty" doc:"Left out in a dry run"`
	Platform string `json:"platform" doc:"Slug"`
	Account  string `json:"account,omitempty" doc:"Slug, or the id of one that is removed, when it is for an account"`
	MAC      string `json:"mac,omitempty" doc:"The phone, when it is for one"`
	DryRun   bool   `json:"dry_run,omitempty"`
	State    string `json:"state" enum:"running,done,cancelled"`
	Reboot   bool   `json:"reboot"`
	// SpreadSeconds is over which time phones are told.
	SpreadSeconds float64   `json:"spread_seconds"`
	EndsAt        time.Time `json:"ends_at" doc:"When the last phone's turn is"`
	// Trouble is left out while nothing is in the way; of a look it is what would keep it from
	// being begun.
	Trouble    string         `json:"trouble,omitempty" doc:"What keeps it from going on; it is tried again by itself"`
	Phones     int            `json:"phones" doc:"How many are told; those left out do not count"`
	Tally      map[string]int `json:"tally" doc:"Phones by state; states without any are left out"`
	LeftOut    map[string]int `json:"left_out,omitempty" doc:"Phones that can't be told, by why; in a dry run"`
	CreatedAt  time.Time      `json:"created_at"`
	CreatedBy  string         `json:"created_by"`
	FinishedAt *time.Time     `json:"finished_at,omitempty"`
	FinishedBy string         `json:"finished_by,omitempty" doc:"Who has cancelled it"`
}

// ResyncItem is what became of one phone.
type ResyncItem struct {
	Resync  string     `json:"resync" doc:"Id of the resync"`
	MAC     string     `json:"mac"`
	State   string     `json:"state" enum:"queued,sending,told,came,not_registered,no_answer,refused,unsent,left_out,cancelled" doc:"came: it has come by itself in the meantime; unsent: the SIP proxy was not reached"`
	LeftOut string     `json:"left_out,omitempty" enum:"not_in_service,no_line,no_registrar,gone" doc:"Why it can't be told"`
	DueAt   *time.Time `json:"due_at,omitempty" doc:"When its turn is or was"`
	Target  string     `json:"target,omitempty" doc:"The SIP address that was told"`
	Status  int        `json:"status,omitempty" doc:"Of the SIP answer"`
	Note    string     `json:"note,omitempty" doc:"What was in the way"`
	SentAt  *time.Time `json:"sent_at,omitempty"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
}

// BeginResync tells phones of a platform to look for their settings again.
func (c *Client) BeginResync(ctx context.Context, platform string, in NewResync, opts ...CallOption) (r Resync, err error) {
	_, err = c.do(ctx, call{method: http.MethodPost, path: path("platforms", platform, "resyncs"), in: in, opts: keyed(opts)}, &r)
	return r, err
}

// Resyncs yields those of a platform, the newest first.
func (c *Client) Resyncs(ctx context.Context, platform string) iter.Seq2[Resync, error] {
	return all[Resync](ctx, c, call{path: path("platforms", platform, "resyncs")})
}

// Resync returns one.
func (c *Client) Resync(ctx context.Context, id string) (Resync, error) {
	return get[Resync](ctx, c, path("resyncs", id))
}

// ResyncItems yields what became of each phone of one; state "" for all.
func (c *Client) ResyncItems(ctx context.Context, id, state string) iter.Seq2[ResyncItem, error] {
	return all[ResyncItem](ctx, c, call{path: path("resyncs", id, "items"), query: query("state", state)})
}

// CancelResync lets no further phone of it be told.
func (c *Client) CancelResync(ctx context.Context, id string) (Resync, error) {
	return send[Resync](ctx, c, http.MethodPost, path("resyncs", id, "cancel"), nil)
}
