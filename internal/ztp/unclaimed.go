package ztp

import (
	"fmt"
	"net/netip"
	"time"
)

// MaxUnclaimed is how many unclaimed phones of a platform are kept, the newest.
const MaxUnclaimed = 200

// UnclaimedPhone has come by the URL of an account and is registered nowhere. It got the
// 404 of everybody; what it says of itself is a hint and nothing else.
type UnclaimedPhone struct {
	Platform PlatformID
	Account  AccountID
	MAC      MAC
	FirstAt  time.Time
	LastAt   time.Time
	Network  netip.Prefix
	Agent    string
}

// WaitingCounts are phones with holding settings, and those that somebody else seems to
// have come for.
type WaitingCounts struct{ Waiting, Alarmed int }

// TokenQuiet is how long no phone has come by an earlier token before it is retired.
const TokenQuiet = 30 * 24 * time.Hour

// TokenUse is a provisioning token of an account and who still has it.
type TokenUse struct {
	ID        string
	Current   bool
	CreatedAt time.Time
	// UsedAt is when a phone has last come by it, to the hour.
	UsedAt time.Time
	// Entries are phones, and Profiles links, whose URL at the vendor carries it. Phones
	// have last come by it.
	Entries, Profiles, Phones int
}

// Needed says who still needs an earlier token, "" when it can go.
func (t TokenUse) Needed(now time.Time) string {
	quiet := t.CreatedAt
	if t.UsedAt.After(quiet) {
		quiet = t.UsedAt
	}
	switch {
	case t.Current:
		return "It is the current one."
	case t.Entries+t.Profiles > 0:
		return fmt.Sprintf("At the vendor it still stands in phones: %d, profiles: %d. Use Update address first.", t.Entries, t.Profiles)
	case t.Phones > 0 && now.Sub(quiet) < TokenQuiet:
		phones := "1 phone has"
		if t.Phones > 1 {
			phones = fmt.Sprintf("%d phones have", t.Phones)
		}
		return fmt.Sprintf("%s last come by it, the latest on %s.", phones, t.UsedAt.UTC().Format(time.DateOnly))
	case now.Sub(quiet) < TokenQuiet:
		return fmt.Sprintf("It was issued or used less than %d days ago. Unless it is used again it can be retired from %s on.", int(TokenQuiet.Hours()/24), quiet.Add(TokenQuiet).UTC().Format("2 Jan 2006, 15:04 UTC"))
	}
	return ""
}
