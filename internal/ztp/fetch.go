package ztp

import (
	"context"
	"net/netip"
	"time"
)

const (
	// MaxFetches is how many fetches of a phone are kept, the newest; beside them there is
	// one row for each reason for which it was refused.
	MaxFetches = 20
	// TrafficFor is how long it is kept how many fetches there were.
	TrafficFor = 7 * 24 * time.Hour
	// MaxHandshakes is how many kinds of failed handshakes are kept, the newest.
	MaxHandshakes = 1000
)

// FetchResult is what a request for a phone's settings came to.
type FetchResult string

const (
	FetchSettings  FetchResult = "settings"  // the file
	FetchUnchanged FetchResult = "unchanged" // the phone has it
	FetchURL       FetchResult = "url"       // its own URL and nothing else
	FetchHolding   FetchResult = "holding"   // holding settings
	FetchChallenge FetchResult = "challenge" // it was asked for its password
	FetchRefused   FetchResult = "refused"   // the 404 of everything that is not right
	FetchTrouble   FetchResult = "trouble"   // something is wrong here
)

var fetchTitles = map[FetchResult]string{
	FetchSettings: "Got its settings", FetchUnchanged: "Has the newest settings", FetchURL: "Was told its own URL",
	FetchHolding: "Got holding settings", FetchChallenge: "Was asked for its password", FetchRefused: "Refused", FetchTrouble: "Was told to come later",
}

// Title is the result for people.
func (r FetchResult) Title() string { return titleOf(fetchTitles, r) }

// Refusal is why a request was not right. The answer never tells.
type Refusal string

const (
	RefusedToken     Refusal = "unknown_token"      // no account has it, or has it any more
	RefusedAccount   Refusal = "other_account"      // the phone is another account's
	RefusedNoDevice  Refusal = "no_device_token"    // the URL lacks the phone's own token
	RefusedDevice    Refusal = "wrong_device_token" // that is not the phone's
	RefusedFormat    Refusal = "not_rendered"       // its model reads another format
	RefusedElsewhere Refusal = "served_elsewhere"   // the platform's phones have another server: in logs of before, since they are told now
	RefusedOther     Refusal = "other"
)

var refusalTitles = map[Refusal]string{
	RefusedToken: "Its URL has a token that no account has", RefusedAccount: "Its URL is that of another account",
	RefusedNoDevice: "Its URL lacks its own token", RefusedDevice: "The token of its own in its URL is not the right one",
	RefusedFormat: "Its model reads no settings from here", RefusedElsewhere: "Its platform is served elsewhere", RefusedOther: "Released meanwhile",
}

// Title is the reason for people.
func (r Refusal) Title() string { return titleOf(refusalTitles, r) }

// Fetch is a request for a phone's settings as it was answered. Who asked is only certain
// where Result says that it has proven itself.
type Fetch struct {
	// Platform has the phone, "" for whichever has it now.
	Platform PlatformID
	MAC      MAC
	At       time.Time
	Result   FetchResult
	// Reason is a Waiting for holding settings and a Refusal for what was refused, else "".
	Reason  string
	Address netip.Addr
	// Agent is what it says it is: a hint.
	Agent string
	// Bytes is how long the file was that it got.
	Bytes int
	// Times is how often it was refused like this, the first time at FirstAt. Anything else
	// has a row each; NoteFetches counts it so often as traffic.
	Times   int
	FirstAt time.Time
}

// Why is the reason for people, "" without one.
func (f Fetch) Why() string {
	switch f.Result {
	case FetchHolding:
		return Waiting(f.Reason).Title()
	case FetchRefused:
		return Refusal(f.Reason).Title()
	}
	return ""
}

// AgentReader is a vendor whose phones say in their requests what they are.
type AgentReader interface {
	// ReadAgent finds model and firmware, "" for what is not there.
	ReadAgent(agent string) (model, firmware string)
}

// TrafficCount is how many fetches in an hour came to the same.
type TrafficCount struct {
	Hour   time.Time
	Result FetchResult
	N      int
}

// FetchStore keeps what was seen of phones that ask for their settings, in bounded space.
type FetchStore interface {
	// NoteFetches keeps the newest MaxFetches of each phone, one row for each reason of
	// refusals, and counts traffic. What is of no phone that is registered is left out.
	NoteFetches(ctx context.Context, all []Fetch) error
	// ListFetches returns those of a phone, the newest first.
	ListFetches(ctx context.Context, p PlatformID, mac MAC) ([]Fetch, error)
	// ListTraffic counts the fetches of a platform's phones by the hour, the earliest first.
	ListTraffic(ctx context.Context, p PlatformID, since time.Time) ([]TrafficCount, error)
	// NoteHandshakes adds to the counts of failed handshakes, of which the newest
	// MaxHandshakes kinds are kept.
	NoteHandshakes(ctx context.Context, all []HandshakeFailure) error
	// ListHandshakes returns them, the newest first.
	ListHandshakes(ctx context.Context) ([]HandshakeFailure, error)
}
