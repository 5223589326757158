package ztp

import (
	"errors"
	"fmt"
	"time"
)

var refusedCauses = map[Refusal]GateCause{
	RefusedAccount: CauseOtherAccount, RefusedNoDevice: CauseNoDeviceToken, RefusedDevice: CauseWrongDevice, RefusedToken: CauseUnknownToken,
}

// tokenGate: does it come by a URL that counts?
func tokenGate(f PhoneFacts) Gate {
	e, last := f.Endpoint, f.newest()
	cause, text := refusedCauses[Refusal(last.Reason)], ""
	if f.lastRefused() {
		text = "Refused on " + at(last.At) + ", " + fmt.Sprint(last.Times) + " in all."
		if last.Address.IsValid() {
			text += " It came from " + last.Address.String() + "."
		}
	}
	switch {
	case e.AddressTokenID != "" && !f.TokenServed && !f.served():
		return closed(CauseRetiredToken, text)
	case f.lastRefused() && cause != "":
		return closed(cause, text)
	case last.Result == FetchURL && last.At.After(f.came().Add(time.Minute)):
		return closed(CauseMoving, "On "+at(last.At)+".")
	case f.lastSeen().IsZero():
		return unknown("It has not come yet.")
	}
	return opened("They are the ones that count.")
}

// waitsSince is since when it waits, "" when it does not.
func (c Contact) waitsSince() string {
	switch {
	case c.Waiting == "":
		return ""
	case c.waitedAt().IsZero():
		return "Since " + at(c.WaitingSince) + "; nobody has come meanwhile."
	}
	return "It has waited since " + at(c.WaitingSince) + " and last came on " + at(c.WaitingAt) + "."
}

// whereAdmitted completes a sentence with the network that an admission is for.
func (c Contact) whereAdmitted() string {
	if !c.AdmittedNetwork.IsValid() {
		return ""
	}
	return " from " + c.AdmittedNetwork.String()
}

// windowGate: is it known to be the phone?
func windowGate(f PhoneFacts) Gate {
	c, e := f.Contact, f.Endpoint
	since, window := c.waitsSince(), WindowOf(e, c)
	switch {
	case f.resumed():
		return opened("It has come again on " + at(f.came()) + ", proven by " + c.Assurance.Proof() + ". Somebody else came by its URL before, last on " + at(c.WaitingAt) + ": the alarm stays until somebody dismisses it.")
	case c.Waiting.Admitting() && c.Admitted(f.Now):
		return opened("Admitted by " + c.AdmittedBy + ": it gets its settings the next time it asks" + c.whereAdmitted() + ".")
	case c.Waiting == WaitingHeld:
		return closed(CauseHeld, since)
	case c.Waiting == WaitingCertificate:
		return closed(CauseOwnCertificate, since)
	case c.Waiting == WaitingEarly:
		return closed(CauseEarly, since)
	case c.Waiting == WaitingLate:
		return closed(CauseLate, since)
	case c.Waiting == WaitingSettings:
		return opened("It came in time, and waits for its settings.")
	case c.Waiting == WaitingElsewhere:
		return closed(CauseElsewhere, since, c.whoWaits())
	case f.newest().Result == FetchChallenge && f.newest().At.After(f.came()) && f.Now.Sub(f.newest().At) > time.Minute:
		return closed(CausePassword, "On "+at(f.newest().At)+".")
	case c.Assurance != "" && !c.ProvenAt.IsZero():
		return opened("It has proven itself: " + c.Assurance.Title() + ".")
	case c.InService(e):
		return opened("It was in service before phones had to prove who they are.")
	case f.Now.Before(window.From):
		return unknown("Its first-contact window opens on " + at(window.From) + ".")
	case !window.Open(f.Now):
		return closed(CauseLate, "It was open until "+at(window.Until)+".")
	}
	return opened("Its first-contact window is open until " + at(window.Until) + ".")
}

// settingsGate: is there a file with what it needs?
func settingsGate(f PhoneFacts) Gate {
	last := f.newest()
	var refused *Error
	switch {
	case !f.Platform.HomeSince.IsZero():
		return closed(CauseSentHome, "Since "+at(f.Platform.HomeSince)+" phones are told to ask {vendor} again.")
	case errors.As(f.Rendered, &refused) && refused.Code == CodeNotRendered:
		return closed(CauseNotRendered, refused.Detail)
	case f.Rendered != nil:
		return closed(CauseTrouble, detail(f.Rendered))
	case last.Result == FetchTrouble:
		return closed(CauseTrouble, "It was told on "+at(last.At)+" to come later.")
	}
	return lineGate(f)
}

// lineGate: is there a line in it? A phone that is registered has one from somewhere.
func lineGate(f PhoneFacts) Gate {
	lines := f.Values.Lines()
	if len(lines) == 0 && f.Contact.Waiting != WaitingSettings {
		if f.Endpoint.SIP.Registered {
			return opened("It has no line here, and one from elsewhere.")
		}
		return closed(CauseNoLine)
	}
	switch name, n, _ := ParseSettingLabel(f.Values.Lacks()); {
	case name == SettingLineRegistrar:
		return closed(CauseNoRegistrar, fmt.Sprintf("Line %d.", n))
	case name == SettingLinePassword:
		return closed(CauseNoPassword, fmt.Sprintf("Line %d.", n))
	case f.Contact.Waiting == WaitingSettings:
		return closed(CauseNotReady, f.Contact.waitsSince())
	}
	if f.came().IsZero() {
		return opened("They are there.")
	}
	return opened("It last got them on " + at(f.came()) + ".")
}

var sipCauses = map[SIPReason]GateCause{SIPWrongPassword: CauseWrongPassword, SIPUnknownUser: CauseUnknownUser, SIPGone: CauseGone}

// sipGate: has the voice service said that it is registered?
func sipGate(f PhoneFacts) Gate {
	said := f.Endpoint.SIP
	when := "As the voice service said of " + at(said.At) + "."
	changed := f.changedAt()
	switch {
	case said.At.IsZero() && f.came().IsZero():
		return unknown("It has no settings yet.")
	case said.At.IsZero():
		return unknown("The voice service has not said anything of it.")
	case said.Registered:
		return opened("Registered, as the voice service said of " + at(said.At) + ".")
	case f.came().IsZero():
		return unknown("It has no settings yet.")
	case changed.After(f.came()):
		return closed(CauseEarlierFile, "They were changed on "+at(changed)+"; it has those of "+at(f.came())+".", when)
	case said.At.Before(f.came()):
		return unknown("Not registered before it got its settings; the voice service has said nothing since.")
	case sipCauses[said.Reason] != "":
		return closed(sipCauses[said.Reason], when)
	}
	return closed(CauseNotRegistered, when)
}

// changedAt is when something that counts for its lines was last set.
func (f PhoneFacts) changedAt() (at time.Time) {
	for _, s := range f.Values.All() {
		if s.SetAt.After(at) {
			at = s.SetAt
		}
	}
	return at
}
