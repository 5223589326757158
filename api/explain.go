package api

import "context"

// Explanation is why a phone is in service, or is not.
type Explanation struct {
	MAC       string `json:"mac"`
	InService bool   `json:"in_service" doc:"The voice service has it, and nothing is closed"`
	First     string `json:"first" doc:"Name of the first closed gate; empty when none is"`
	Gates     []Gate `json:"gates" nullable:"false" doc:"In the order in which a new phone meets them"`
}

// Gate is one of the things that stand between a new phone and its first call.
type Gate struct {
	Name   string `json:"name" enum:"vendor_entry,url,dns,reach,tls,certificate,token,window,settings,sip"`
	Title  string `json:"title"`
	State  string `json:"state" enum:"open,closed,unknown,later" doc:"unknown: nothing is known of it yet; later: it is closed, and the phone is in service and meets it after a factory reset alone"`
	Cause  string `json:"cause,omitempty" doc:"Why it is closed"`
	Why    string `json:"why,omitempty" doc:"The cause in words"`
	Text   string `json:"text" doc:"What is known"`
	Remedy string `json:"remedy,omitempty" doc:"What opens it"`
}

// ExplainEndpoint tells what stands between a phone and its first call.
func (c *Client) ExplainEndpoint(ctx context.Context, platform, mac string) (Explanation, error) {
	return get[Explanation](ctx, c, path("platforms", platform, "endpoints", mac, "explain"))
}
