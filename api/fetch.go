package api

import (
	"context"
	"iter"
	"time"
)

// Fetch is a request for a phone's settings as it was answered.
type Fetch struct {
	At       time.Time `json:"at" doc:"When; of refusals the last one"`
	Result   string    `json:"result" enum:"settings,unchanged,url,holding,challenge,refused,trouble" doc:"settings: the file; unchanged: the phone has it; url: its own URL alone; holding: holding settings; challenge: it was asked for its password; refused: the 404 of everything that is not right; trouble: to come later, as something is wrong here"`
	Reason   string    `json:"reason,omitempty" doc:"Why it waits or was refused"`
	Title    string    `json:"title" doc:"Both in words"`
	Address  string    `json:"address,omitempty" doc:"Where it came from"`
	Agent    string    `json:"agent,omitempty" doc:"What it says it is"`
	Model    string    `json:"model,omitempty" doc:"Its model, as it says; a hint"`
	Firmware string    `json:"firmware,omitempty" doc:"Its firmware, as it says; a hint"`
	Bytes    int       `json:"bytes" doc:"Length of the file that it got"`
	Times    int       `json:"times" doc:"How often it was refused for this reason; 1 for anything else"`
	FirstAt  time.Time `json:"first_at" doc:"When it was first refused for this reason"`
}

// Fetches yields what a phone has asked for and what it got, the newest first.
func (c *Client) Fetches(ctx context.Context, platform, mac string) iter.Seq2[Fetch, error] {
	return all[Fetch](ctx, c, call{path: path("platforms", platform, "endpoints", mac, "fetches")})
}
