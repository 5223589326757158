package ztp

import (
	"strings"
	"time"
)

// The words of states and operations for people, in the portal and on the command
// line alike. The API and the database keep the names of the constants.

var linkTitles = map[LinkState]string{
	LinkNotConfigured: "Not configured", LinkOnboarding: "Onboarding", LinkConfigured: "Configured", LinkRotating: "Rotating",
	LinkDisabling: "Disabling", LinkUnknown: "Unknown", LinkNeedsAttention: "Needs attention",
}

// Title is the state for people.
func (s LinkState) Title() string { return titleOf(linkTitles, s) }

var endpointTitles = map[EndpointState]string{
	EndpointWanted: "Waiting", EndpointListed: "Registered", EndpointPaused: "Paused", EndpointFailed: "Failed", EndpointReleased: "Released",
}

// Title is the state for people.
func (s EndpointState) Title() string { return titleOf(endpointTitles, s) }

// ParseEndpointState takes a state by its name or by its title, in any case of
// letters; "" is no state.
func ParseEndpointState(text string) (EndpointState, error) {
	if text == "" {
		return "", nil
	}
	titles := make([]string, len(EndpointStates))
	for i, s := range EndpointStates {
		titles[i] = strings.ToLower(s.Title())
		if strings.EqualFold(text, string(s)) || strings.EqualFold(text, titles[i]) {
			return s, nil
		}
	}
	last := len(titles) - 1
	return "", Invalid("state", "It is "+strings.Join(titles[:last], ", ")+" or "+titles[last]+".")
}

// Title is what a phone's row says: its state, or what is on its way when the
// vendor has not yet confirmed a wish.
func (e Endpoint) Title() string {
	switch {
	case e.State == EndpointListed && e.WantPaused:
		return "Pausing"
	case e.State == EndpointPaused && !e.WantPaused && e.PausedBy == "":
		return "Resuming"
	case e.State == EndpointReleased && e.ConfirmedAt.IsZero(): // the vendor never held it
		return "Removed here"
	}
	return e.State.Title()
}

var operationTitles = map[OperationState]string{
	OperationQueued: "Queued", OperationRunning: "Running", OperationWaiting: "Waiting", OperationUnknown: "Unknown",
	OperationDone: "Done", OperationFailed: "Failed", OperationNeedsOperator: "Needs attention",
}

// Title is the state for people.
func (s OperationState) Title() string { return titleOf(operationTitles, s) }

var campaignTitles = map[CampaignState]string{
	CampaignRunning: "Running", CampaignPaused: "Paused", CampaignDone: "Done", CampaignCancelled: "Cancelled",
}

// Title is the state for people.
func (s CampaignState) Title() string { return titleOf(campaignTitles, s) }

var offboardingTitles = map[OffboardingState]string{
	OffboardingRunning: "Running", OffboardingDone: "Done", OffboardingStopped: "Stopped", OffboardingCancelled: "Cancelled",
}

// Title is the state for people.
func (s OffboardingState) Title() string { return titleOf(offboardingTitles, s) }

var itemTitles = map[CampaignItemState]string{
	ItemPending: "Waiting", ItemRunning: "Running", ItemDone: "Done", ItemAlready: "Nothing to do", ItemFailed: "Failed",
	ItemNeedsOperator: "Needs attention", ItemSkipped: "Skipped", ItemCancelled: "Cancelled",
}

// Title is the state for people.
func (s CampaignItemState) Title() string { return titleOf(itemTitles, s) }

var kindNouns = map[OperationKind]string{
	KindOnboard: "onboarding", KindConnect: "connection", KindRotate: "rotation", KindDisable: "disabling", KindAdopt: "adoption",
	KindCheck: "check", KindRevokeKey: "removal of the key", KindUpdateAddress: "update of the address", KindTidy: "tidying up", KindPauseForeign: "pausing of a foreign address",
	KindRebuild: "rebuild", KindImport: "import", KindBulk: "change of many phones", KindSync: "sync",
	KindRegister: "registration", KindPause: "pausing", KindResume: "resuming", KindRelease: "release",
	KindReplace: "replacement", KindMove: "move", KindOffboard: "off-boarding",
}

// Noun names an operation of this kind in a sentence.
func (k OperationKind) Noun() string { return titleOf(kindNouns, k) }

// Loose says of a key that may exist at the vendor and should not what is known of
// it, as the end of a sentence.
func (s CredentialState) Loose() string {
	switch s {
	case CredentialRetiring:
		return "was replaced and is not yet confirmed as revoked"
	case CredentialUnknown:
		return "was asked for and the answer was lost: it may exist"
	}
	return "is used by nothing here and is not yet confirmed as revoked"
}

var outcomeTitles = map[string]string{OutcomeOK: "Done", OutcomeRefused: "Refused", OutcomeFailed: "Failed"}

// OutcomeTitle is the outcome of an audit row for people.
func OutcomeTitle(outcome string) string { return titleOf(outcomeTitles, outcome) }

// ParseOutcome takes an outcome by its name or by its title; "" is none.
func ParseOutcome(text string) (string, error) {
	for _, o := range EventOutcomes {
		if strings.EqualFold(text, o) || strings.EqualFold(text, OutcomeTitle(o)) {
			return o, nil
		}
	}
	if text == "" {
		return "", nil
	}
	return "", Invalid("outcome", "It is done, refused or failed.")
}

// TimeText is a moment to the minute, for a sentence: "on 2 Jan 2006, 15:04 UTC".
func TimeText(t time.Time) string { return t.UTC().Format("2 Jan 2006, 15:04 UTC") }

// titleOf falls back to the name itself, for one of a newer server.
func titleOf[S ~string](titles map[S]string, s S) string {
	if t, ok := titles[s]; ok {
		return t
	}
	return strings.ReplaceAll(string(s), "_", " ")
}
