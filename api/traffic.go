package api

import (
	"context"
	"time"
)

// Traffic is how many fetches of a platform's phones there were, by the hour.
type Traffic struct {
	Since time.Time      `json:"since" doc:"Beginning of the first hour"`
	Items []TrafficCount `json:"items" nullable:"false" doc:"The earliest first; an hour without any has none"`
}

// TrafficCount is how many fetches in an hour came to the same.
type TrafficCount struct {
	Hour    time.Time `json:"hour" doc:"Its beginning"`
	Result  string    `json:"result" enum:"settings,unchanged,url,holding,challenge,trouble" doc:"As in the log of a phone's fetches; what was refused is not counted"`
	Fetches int       `json:"fetches"`
}

// Traffic counts the fetches of a platform's phones in the last seven days.
func (c *Client) Traffic(ctx context.Context, platform string) (Traffic, error) {
	return get[Traffic](ctx, c, path("platforms", platform, "traffic"))
}
