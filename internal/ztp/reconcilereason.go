package ztp

// RowReason says what a row has found.
type RowReason string

const (
	ReasonMatches          RowReason = "matches"
	ReasonCompanyKept      RowReason = "company_kept"
	ReasonCompanyGone      RowReason = "company_gone"
	ReasonCompanyTaken     RowReason = "company_taken"
	ReasonCompanyRenamed   RowReason = "company_renamed"
	ReasonCompanyDuplicate RowReason = "company_duplicate"
	ReasonCompanyLeft      RowReason = "company_left"
	ReasonCompanyUnknown   RowReason = "company_unknown"
	ReasonCompanyNotOurs   RowReason = "company_not_ours"

	ReasonKeyGone     RowReason = "key_gone"
	ReasonKeyRefused  RowReason = "key_refused"
	ReasonKeyRenamed  RowReason = "key_renamed"
	ReasonKeyLeft     RowReason = "key_left"
	ReasonKeyLeftGone RowReason = "key_left_gone"
	ReasonKeyLater    RowReason = "key_later"
	ReasonKeyUnknown  RowReason = "key_unknown"
	ReasonKeyForeign  RowReason = "key_foreign"

	ReasonProfileGone      RowReason = "profile_gone"
	ReasonProfileRenamed   RowReason = "profile_renamed"
	ReasonProfilePaused    RowReason = "profile_paused"
	ReasonProfileAddress   RowReason = "profile_address"
	ReasonProfileDuplicate RowReason = "profile_duplicate"
	ReasonProfileForeign   RowReason = "profile_foreign"

	ReasonInFlight RowReason = "in_flight"
	ReasonSettling RowReason = "settling"
	ReasonMoved    RowReason = "moved"
	ReasonRestored RowReason = "restored"
	ReasonNotRead  RowReason = "not_read"
)

// rowReason is what is known of a reason: its class and its words.
type rowReason struct {
	reason RowReason
	class  RowClass
	// title says what was found, text what that means.
	title, text string
}

// rowReasons is the one table of them; docs/operations.md repeats it.
var rowReasons = []rowReason{
	{ReasonMatches, RowMatching, "Company, key and profile as recorded", ""},
	{ReasonCompanyKept, RowMatching, "Company without a key in force", "It keeps the platform's MACs for a later Onboard."},
	{ReasonCompanyGone, RowOursOnly, "Company is gone", "The vendor has no company with the recorded id any more; its keys, profiles and phones went with it."},
	{ReasonCompanyTaken, RowOursOnly, "Company belongs to somebody else", "The reseller credential may not see the recorded company any more."},
	{ReasonCompanyRenamed, RowChanged, "Company was renamed", "It is known by its id, so everything goes on. The label in its name is how a total loss would be repaired; give it back in the vendor's portal."},
	{ReasonCompanyDuplicate, RowChanged, "Another company carries this platform's label", "Two companies claim to be this platform's. The recorded one counts; the other one is never taken up. Rename it in the vendor's portal."},
	{ReasonCompanyLeft, RowTheirsOnly, "Company that no platform records any more", "It carries the label of a platform here that records no company."},
	{ReasonCompanyUnknown, RowTheirsOnly, "Company with our label that nobody here knows", "Another database of this installation made it, or somebody gave it such a name."},
	{ReasonCompanyNotOurs, RowNotOurs, "Somebody else's company", "It carries no label of this installation and is left alone."},

	{ReasonKeyGone, RowOursOnly, "Key in force is gone", "The vendor does not list it any more, so nothing can be written for this platform."},
	{ReasonKeyRefused, RowChanged, "Key in force is refused", "The vendor lists it and does not accept it."},
	{ReasonKeyRenamed, RowChanged, "Key was renamed", "It is known by its id, so everything goes on."},
	{ReasonKeyLeft, RowTheirsOnly, "Key of ours that is used by nothing", "It should have been deleted; that is tried again every hour."},
	{ReasonKeyLeftGone, RowOursOnly, "Key that should be deleted is gone", "Nothing of it is left at the vendor; the record here is to be closed."},
	{ReasonKeyLater, RowTheirsOnly, "Key of ours from after the backup", "Nobody here has its secret. A person removes it."},
	{ReasonKeyUnknown, RowTheirsOnly, "Key with our label that was not made here", "Another copy of this installation may be running."},
	{ReasonKeyForeign, RowTheirsOnly, "Key that we did not make", "Whoever holds it can redirect this platform's phones."},

	{ReasonProfileGone, RowOursOnly, "Profile is gone", "Phones without an address of their own are not redirected."},
	{ReasonProfileRenamed, RowChanged, "Profile was renamed", ""},
	{ReasonProfilePaused, RowChanged, "Profile is paused", "Phones without an address of their own are not redirected."},
	{ReasonProfileAddress, RowChanged, "Profile has another address", "Phones without an address of their own go to a place that is not ours."},
	{ReasonProfileDuplicate, RowChanged, "Another profile has the name of ours", "The recorded one counts. Rename or remove the other one in the vendor's portal."},
	{ReasonProfileForeign, RowTheirsOnly, "Profile that we did not make", "Phones can be moved to it in the vendor's portal. It is left alone."},

	{ReasonInFlight, RowNotJudged, "An operation is running", "What is on its way is not judged; the next comparison does."},
	{ReasonSettling, RowNotJudged, "Changed a moment ago", "The vendor may not show it yet everywhere."},
	{ReasonMoved, RowNotJudged, "Changed while it was compared", "The next comparison judges it."},
	{ReasonRestored, RowNotJudged, "From a backup and not proven yet", "A check proves the key before anything else uses it."},
	{ReasonNotRead, RowNotJudged, "Could not be read", ""},
}

var rowReasonOf = func() map[RowReason]rowReason {
	m := map[RowReason]rowReason{}
	for _, r := range rowReasons {
		m[r.reason] = r
	}
	return m
}()

// RowReasons lists every reason, in the order of the documentation.
func RowReasons() []RowReason {
	out := make([]RowReason, len(rowReasons))
	for i, r := range rowReasons {
		out[i] = r.reason
	}
	return out
}

// Class is how the two sides compare. One that this build does not know is not judged.
func (r RowReason) Class() RowClass {
	if known, ok := rowReasonOf[r]; ok {
		return known.class
	}
	return RowNotJudged
}

// Title says what was found.
func (r RowReason) Title() string {
	if known, ok := rowReasonOf[r]; ok {
		return known.title
	}
	return string(r)
}

// Text says what that means, "" where the title says it all.
func (r RowReason) Text() string { return rowReasonOf[r].text }
