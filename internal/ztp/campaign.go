package ztp

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CampaignID identifies a campaign: 26 lower-case base32 characters.
type CampaignID string

// CampaignKinds are the kinds of operation that a campaign can make.
var CampaignKinds = []OperationKind{KindOnboard, KindRotate, KindAdopt}

// CampaignState is the state of a campaign.
type CampaignState string

const (
	// CampaignRunning: makes one operation after the other, within its budget.
	CampaignRunning CampaignState = "running"
	// CampaignPaused: makes no further operation until a person resumes it; Reason
	// says why. One that was not started yet is here too.
	CampaignPaused CampaignState = "paused"
	// CampaignDone: every item has ended. Final.
	CampaignDone CampaignState = "done"
	// CampaignCancelled: what was not begun stays undone; what was begun comes to its
	// end. Final.
	CampaignCancelled CampaignState = "cancelled"
)

// CampaignStates lists every state, in the order of the documentation.
var CampaignStates = []CampaignState{CampaignRunning, CampaignPaused, CampaignDone, CampaignCancelled}

var campaignMoves = map[CampaignState][]CampaignState{
	CampaignRunning: {CampaignPaused, CampaignDone, CampaignCancelled},
	CampaignPaused:  {CampaignRunning, CampaignDone, CampaignCancelled},
}

// CampaignMoves returns the states that may follow s; none after a final one.
func CampaignMoves(s CampaignState) []CampaignState { return campaignMoves[s] }

// Final reports whether a campaign in this state begins nothing any more.
func (s CampaignState) Final() bool { return s == CampaignDone || s == CampaignCancelled }

// CampaignItemState is what became of one platform in a campaign.
type CampaignItemState string

const (
	// ItemPending: not begun yet.
	ItemPending CampaignItemState = "pending"
	// ItemRunning: begun; its operation is made or about to be.
	ItemRunning CampaignItemState = "running"
	// ItemDone: its operation is done.
	ItemDone CampaignItemState = "done"
	// ItemAlready: there was nothing to do.
	ItemAlready CampaignItemState = "already"
	// ItemFailed: its operation failed, or was refused.
	ItemFailed CampaignItemState = "failed"
	// ItemNeedsOperator: its operation stopped, and a person has to act.
	ItemNeedsOperator CampaignItemState = "needs_operator"
	// ItemSkipped: not possible for this platform, for the reason given; nothing was sent.
	ItemSkipped CampaignItemState = "skipped"
	// ItemCancelled: the campaign was cancelled before it was begun.
	ItemCancelled CampaignItemState = "cancelled"
)

// CampaignItemStates lists every state, in the order of the documentation.
var CampaignItemStates = []CampaignItemState{
	ItemPending, ItemRunning, ItemDone, ItemAlready, ItemFailed, ItemNeedsOperator, ItemSkipped, ItemCancelled,
}

var itemMoves = map[CampaignItemState][]CampaignItemState{
	ItemPending: {ItemRunning, ItemCancelled},
	// Back to pending: what stopped it is about the installation, not the platform.
	ItemRunning: {ItemPending, ItemDone, ItemAlready, ItemFailed, ItemNeedsOperator, ItemSkipped, ItemCancelled},
}

// CampaignItemMoves returns the states that may follow s; none after a final one.
func CampaignItemMoves(s CampaignItemState) []CampaignItemState { return itemMoves[s] }

// Final reports whether an item in this state has ended.
func (s CampaignItemState) Final() bool { return s != ItemPending && s != ItemRunning }

// Bad reports whether an item that ended so did not get what the campaign is for.
func (s CampaignItemState) Bad() bool { return s == ItemFailed || s == ItemNeedsOperator }

// Campaign is one durable run of the same operation over many platforms of one vendor.
// It makes ordinary operations, one after the other, so that what is true of each of
// them is true here.
type Campaign struct {
	ID     CampaignID
	Kind   OperationKind
	Vendor VendorName
	State  CampaignState
	// Budget bounds the vendor calls that it causes, Cost is how many one operation
	// counts as: the next one begins Cost/Budget after the one before.
	Budget Budget
	Cost   int
	// OlderThan is the age of a key from which a rotation replaces it; zero for any.
	OlderThan time.Duration
	// Actor asked for it, and is who asks for each of its operations.
	Actor Actor
	// Key is the Idempotency-Key, BodyHash tells whether it came with another body.
	Key      string
	BodyHash string
	// Reason says why it is paused, or what it waits for; "" otherwise.
	Reason string
	// Problem is the refusal or failure that paused it; nil when a person did.
	Problem *Problem
	// NextAt is when the next operation may begin.
	NextAt time.Time
	// InRow, Ended and Failed count operations that ended since it was last started:
	// failures one after the other, all, and failures.
	InRow, Ended, Failed int
	// Left are companies at the vendor that it does not take up, each with the reason.
	Left      []LeftCompany
	CreatedAt time.Time
	// StartedAt is zero as long as it waits to be started for the first time.
	StartedAt time.Time
	// FinishedAt is when its last item had ended.
	FinishedAt time.Time
	UpdatedAt  time.Time
	// Version grows with every save; SaveCampaign refuses an older one.
	Version int64
	// Tally counts its items by state; the store fills it in.
	Tally CampaignTally
}

// CampaignTally counts items by state.
type CampaignTally map[CampaignItemState]int

// Total is how many items there are.
func (t CampaignTally) Total() int {
	n := 0
	for _, c := range t {
		n += c
	}
	return n
}

// Ended is how many of them have ended.
func (t CampaignTally) Ended() int { return t.Total() - t[ItemPending] - t[ItemRunning] }

// Bad is how many did not get what the campaign is for.
func (t CampaignTally) Bad() int { return t[ItemFailed] + t[ItemNeedsOperator] }

// LeftCompany is a company that an adoption leaves alone.
type LeftCompany struct {
	ID     string `json:"id"`
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason"`
}

// CampaignItem is one platform in a campaign.
type CampaignItem struct {
	Campaign CampaignID
	Platform PlatformID
	Vendor   VendorName
	// Position is its place in the order.
	Position int
	State    CampaignItemState
	// Operation is the one that was made for it, "" before and where there was none.
	Operation OperationID
	// Attempt counts the tries before this one that ended for a reason outside the platform.
	Attempt int
	// CompanyID is the company that an adoption takes up; KeyID that of a pasted key,
	// whose secret is sealed in the store until the item ends.
	CompanyID string
	KeyID     string
	// Note says what will be done, or why nothing was, for people.
	Note    string
	Problem *Problem
	// StartedAt is when it was begun, FinishedAt when it ended.
	StartedAt, FinishedAt time.Time
}

// OperationKey is the idempotency key of the item's operation: a process that died
// between making it and recording it finds it again by this.
func (i CampaignItem) OperationKey() string {
	return fmt.Sprintf("campaign/%s/%s/%d", i.Campaign, i.Platform, i.Attempt)
}

// Move returns the item in the state to, or an error when that is not legal.
func (i CampaignItem) Move(to CampaignItemState, now time.Time) (CampaignItem, error) {
	if i.State == to {
		return i, nil
	}
	if !slices.Contains(itemMoves[i.State], to) {
		return i, fmt.Errorf("campaign %s, platform %s: no move from %s to %s", i.Campaign, i.Platform, i.State, to)
	}
	i.State = to
	switch {
	case to == ItemRunning:
		i.StartedAt, i.Problem = now, nil
	case to == ItemPending:
		i.StartedAt = time.Time{}
	case to.Final():
		i.FinishedAt = now
	}
	return i, nil
}

// Move returns the campaign in the state to, or an error when that is not legal.
func (c Campaign) Move(to CampaignState, now time.Time) (Campaign, error) {
	if c.State == to {
		return c, nil
	}
	if !slices.Contains(campaignMoves[c.State], to) {
		return c, fmt.Errorf("campaign %s: no move from %s to %s", c.ID, c.State, to)
	}
	c.State, c.UpdatedAt = to, now
	switch to {
	case CampaignRunning:
		c.Reason, c.Problem, c.InRow, c.Ended, c.Failed = "", nil, 0, 0, 0
		if c.StartedAt.IsZero() {
			c.StartedAt = now
		}
	case CampaignDone, CampaignCancelled:
		c.Reason, c.Problem = "", nil
	}
	return c, nil
}

const (
	// campaignInRow is how many failures one after the other pause a campaign.
	campaignInRow = 3
	// campaignSample is from how many ended operations on more than a tenth of them
	// failing does.
	campaignSample = 10
	// catchUp is how far a campaign that was not looked at for a moment may make up.
	catchUp = 5 * time.Second
)

// Due reports whether the budget lets the next operation begin. Further away than one
// operation counts it only is by a clock that was put back since, and waits for nothing.
func (c Campaign) Due(now time.Time) bool {
	return !c.NextAt.After(now) || c.NextAt.After(now.Add(c.Budget.each(c.Cost)+catchUp))
}

// Began returns the campaign after it has begun an operation: the next one has to wait.
func (c Campaign) Began(now time.Time) Campaign {
	from := c.NextAt
	if early := now.Add(-catchUp); from.Before(early) || from.After(now) {
		from = now
	}
	c.NextAt, c.UpdatedAt = from.Add(c.Budget.each(c.Cost)).Truncate(time.Millisecond), now
	return c
}

// Counted returns the campaign after an operation of it has ended as state.
func (c Campaign) Counted(state CampaignItemState) Campaign {
	switch {
	case state.Bad():
		c.InRow, c.Ended, c.Failed = c.InRow+1, c.Ended+1, c.Failed+1
	case state == ItemDone:
		c.InRow, c.Ended = 0, c.Ended+1
	}
	return c
}

// TooManyFailures says why the campaign has to be looked at by a person, "" while
// it need not: three failures in a row, or more than a tenth of at least ten.
func (c Campaign) TooManyFailures() string {
	switch {
	case c.InRow >= campaignInRow:
		return fmt.Sprintf("%d operations failed one after the other.", c.InRow)
	case c.Ended >= campaignSample && c.Failed*10 > c.Ended:
		return fmt.Sprintf("%d of %d operations failed.", c.Failed, c.Ended)
	}
	return ""
}

// aboutInstallation are the refusals and failures that would meet every platform.
var aboutInstallation = []Code{
	CodeConfigurationMissing, CodeResellerCredentialsMissing, CodeResellerCredentialsMalformed, CodeResellerCredentialsRejected,
	CodeResellerCredentialsOtherAccount, CodeSecretStoreDenied, CodeSecretStoreThrottled, CodeSecretStoreUnavailable,
	CodeSecretStoreNotConfigured, CodeVendorRoleMissing, CodeVendorCannot, CodeVendorSettingAmbiguous, CodeClockSkew,
	CodeSealingKeyMismatch, CodeAnotherCopyRunning, CodeNotAllowed,
}

// AboutInstallation reports whether an error with this code would meet every platform
// of the campaign, so that going on would only repeat it. ownAddress says that the
// platform has a provisioning URL of its own.
func AboutInstallation(code Code, ownAddress bool) bool {
	return slices.Contains(aboutInstallation, code) || code == CodeProvisioningURLUnreachable && !ownAddress
}

// Refused is how an item ends whose operation was refused before it was made.
func Refused(code Code) CampaignItemState {
	switch code {
	case CodeOperationRunning, CodeNotOnboarded, CodeInUse, CodeProvisioningTokenMissing, CodeFormOutdated, CodeNotFound:
		return ItemSkipped // it was as planned when the campaign was made, and is not any more
	}
	return ItemFailed
}

// Budget is a number of vendor calls per second.
type Budget float64

var budgetPattern = regexp.MustCompile(`^([0-9]{1,6}(?:\.[0-9]{1,3})?)/(s|m|h)$`)

// ParseBudget reads calls per second, minute or hour, such as 2/s or 30/m.
func ParseBudget(text string) (Budget, error) {
	m := budgetPattern.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, Invalid("budget", "A budget is a number of vendor calls per second, minute or hour, such as 2/s or 30/m.")
	}
	n, err := strconv.ParseFloat(m[1], 64)
	b := Budget(n / map[string]float64{"s": 1, "m": 60, "h": 3600}[m[2]])
	if err != nil || b < minBudget {
		return 0, Invalid("budget", "A budget is at least 1/m.")
	}
	return b, nil
}

// minBudget is a call a minute: less would not come to an end.
const minBudget = Budget(1.0 / 60)

// String writes the budget as ParseBudget reads it.
func (b Budget) String() string {
	if b >= 1 || b == 0 {
		return strconv.FormatFloat(float64(b), 'f', -1, 64) + "/s"
	}
	return strconv.FormatFloat(float64(int64(float64(b)*60000+0.5))/1000, 'f', -1, 64) + "/m"
}

// each is the time that n calls take.
func (b Budget) each(n int) time.Duration {
	if b <= 0 {
		return 0
	}
	return time.Duration(float64(n) / float64(b) * float64(time.Second))
}

const day = 24 * time.Hour

// AgeText writes an age as ParseAge reads it, such as 90d or 36h.
func AgeText(d time.Duration) string {
	switch {
	case d%day == 0:
		return strconv.Itoa(int(d/day)) + "d"
	case d%time.Hour == 0:
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return d.String()
}

// ParseAge reads an age in days or weeks, or in the units of Go; "" is none.
func ParseAge(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	for suffix, unit := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(text, suffix); ok {
			if n, err := strconv.ParseUint(number, 10, 12); err == nil && n > 0 {
				return time.Duration(n) * unit, nil
			}
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return d, nil
	}
	return 0, Invalid("older_than", "An age is a number of days, hours or weeks, such as 90d, 12h or 52w.")
}
