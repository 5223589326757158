package api

import (
	"context"
	"net/http"
)

// The states of a company in a rebuild.
const (
	// RebuildNew: nothing is known of it; a rebuild takes it up.
	RebuildNew = "new"
	// RebuildAgain: a rebuild of it ended without success; the next one goes on with it.
	RebuildAgain = "again"
	// RebuildRunning: a rebuild of it is under way.
	RebuildRunning = "running"
	// RebuildKnown: it is a platform's already.
	RebuildKnown = "known"
	// RebuildAmbiguous: another company carries the same label; none of them is taken.
	RebuildAmbiguous = "ambiguous"
)

// Rebuild is what a rebuild finds at a vendor after the database was lost, or has begun.
type Rebuild struct {
	Vendor    string           `json:"vendor"`
	Companies []RebuildCompany `json:"companies" nullable:"false" doc:"Companies whose whole name is a label of this installation"`
	Others    int              `json:"others" doc:"Companies of the reseller without a label of this installation; they are left alone"`
	NotKnown  []string         `json:"not_known" nullable:"false" doc:"What no vendor can tell, and so is lost in any case"`
}

// RebuildCompany is a company that carries a label of this installation.
type RebuildCompany struct {
	CompanyID   string `json:"company_id" doc:"The vendor's id"`
	CompanyName string `json:"company_name" doc:"Its whole name at the vendor"`
	Name        string `json:"name" doc:"The platform's name in the label, as it was when the company was made"`
	Nonce       string `json:"nonce" doc:"The link's nonce in the label"`
	State       string `json:"state" enum:"new,again,running,known,ambiguous" doc:"new and again may be taken up; of ambiguous ones none is"`
	Platform    string `json:"platform,omitempty" doc:"Slug of the platform here whose company it is"`
	Operation   string `json:"operation,omitempty" doc:"Id of the operation that rebuilds it"`
}

// StartRebuild names the companies to take up, out of what a rebuild finds.
type StartRebuild struct {
	Companies     []string `json:"companies" doc:"Vendor ids of companies that somebody has seen and confirmed; at most 500"`
	RevokeOldKeys bool     `json:"revoke_old_keys,omitempty" doc:"Revoke the keys of ours whose secret is lost, once the new one is in force. Only when no other copy of this installation is running"`
}

// Rebuilt is what a rebuild has read back of one company, and what it left alone.
type Rebuilt struct {
	Phones         int         `json:"phones" doc:"Phones that are here now"`
	PausedPhones   int         `json:"paused_phones,omitempty" doc:"Of them those that are not redirected"`
	Accounts       int         `json:"accounts" doc:"Accounts that were made, one for each token in an address; their names are made up"`
	OtherAddress   int         `json:"other_address,omitempty" doc:"Phones not taken: with an address that is not ours"`
	NoAddress      int         `json:"no_address,omitempty" doc:"Phones not taken: with no address of their own"`
	Elsewhere      int         `json:"elsewhere,omitempty" doc:"Phones not taken: another platform here has them, or their token"`
	Addresses      []string    `json:"addresses,omitempty" doc:"Forms of addresses that are not ours, without tokens"`
	ProfileAddress string      `json:"profile_address,omitempty" doc:"That of the profile where it is not ours, without a token"`
	ProfileMade    bool        `json:"profile_made,omitempty" doc:"The profile was missing and was made again"`
	OldKeys        []VendorKey `json:"old_keys,omitempty" doc:"Keys of ours from before, whose secrets are lost; not touched"`
	NotInForce     string      `json:"not_in_force,omitempty" enum:"profile_paused,nothing_to_prove" doc:"Why no key is in force: the platform was disabled, or nothing of ours is there to prove a key with"`
}

// Rebuild lists what a rebuild would take up. The vendor is asked; nothing is changed.
func (c *Client) Rebuild(ctx context.Context, vendor string) (Rebuild, error) {
	return get[Rebuild](ctx, c, path("vendors", vendor, "rebuild"))
}

// StartRebuild takes companies up as platforms and starts an operation for each. What is
// here already stays as it is, so that it may be sent again.
func (c *Client) StartRebuild(ctx context.Context, vendor string, in StartRebuild) (Rebuild, error) {
	return send[Rebuild](ctx, c, http.MethodPost, path("vendors", vendor, "rebuild"), in)
}
