package ztp

import (
	"crypto/subtle"
	"net/netip"
	"slices"
	"time"
)

// Way is the URL that a phone has come by.
type Way string

const (
	// WayPlain is a URL without the phone's own token, from before there were any.
	WayPlain Way = "plain"
	// WayFirst is the URL that the vendor redirects it to: that of a phone which has
	// nothing yet, or nothing any more.
	WayFirst Way = "first"
	// WaySettled is the URL in its settings. Its password came in the same file, so it can
	// be asked for that; by any other URL nobody knows, and a phone that is asked and has
	// none goes away until its next start.
	WaySettled Way = "settled"
)

// Password is what came of the HTTP password that a phone has said.
type Password string

const (
	PasswordNone     Password = ""
	PasswordCurrent  Password = "current"
	PasswordPrevious Password = "previous"
	PasswordWrong    Password = "wrong"
)

// CheckPassword compares a password with those that count. All is compared whatever it
// is, so that its time tells nothing.
func (c Contact) CheckPassword(said Secret) Password {
	hash := hashOf(said)
	current := subtle.ConstantTimeCompare(hash[:], []byte(c.PasswordHash)) == 1
	previous := subtle.ConstantTimeCompare(hash[:], []byte(c.PreviousHash)) == 1
	switch {
	case said.IsZero():
		return PasswordNone
	case current:
		return PasswordCurrent
	case previous:
		return PasswordPrevious
	}
	return PasswordWrong
}

// Visit is what came with a phone's request, as far as it was verified.
type Visit struct {
	At  time.Time
	Way Way
	// Right: the token of its own in the URL is the phone's.
	Right bool
	// Secure: over TLS, or from this machine.
	Secure bool
	// Certificate is the MAC in the verified certificate, zero without one. Due: one is to
	// be expected, since its model has one and its maker's are believed here. Required:
	// its platform asks for no less.
	Certificate   MAC
	Due, Required bool
	Password      Password
	// Network is where it comes from; Agent what it says it is.
	Network netip.Prefix
	Agent   string
	// TokenID is the account's token in its URL.
	TokenID string
	// Moved: by a URL that was its own before it was moved.
	Moved bool
	// Asked: a short while ago it was asked for its password, and has not said it since.
	Asked bool
	// Ready: its settings are whole, see EffectiveSettings.Lacks. It counts for one alone
	// that would get them.
	Ready bool
}

// Answer is what a phone gets.
type Answer string

const (
	// AnswerNotHere is the 404 of everything that is not right.
	AnswerNotHere Answer = "not_here"
	// AnswerSettings is the whole file, with secrets.
	AnswerSettings Answer = "settings"
	// AnswerURL is the phone's own URL and nothing else.
	AnswerURL Answer = "url"
	// AnswerHolding are holding settings: no secrets, and to come again soon.
	AnswerHolding Answer = "holding"
	// AnswerChallenge asks for the phone's password.
	AnswerChallenge Answer = "challenge"
)

// Verdict is what a phone gets, and what is known of it from then on.
type Verdict struct {
	Answer Answer
	// Waiting says why it gets holding settings.
	Waiting   Waiting
	Assurance Assurance
	// Contact is to be saved when Save is set. Fresh: with a new password first, see
	// Contact.WithPassword. Alarm: somebody is to be told of it.
	Contact Contact
	Save    bool
	Fresh   bool
	Alarm   bool
}

// waitingExact is how exactly it is kept when a waiting phone last came, so that one in
// a loop costs no write per request.
const waitingExact = time.Minute

// Decide says what the phone e gets, of whose present life c is known. It is all there is
// to who gets what: nothing is asked and nothing changed here.
func Decide(e Endpoint, c Contact, v Visit) Verdict {
	c.Platform, c.MAC, c.DeviceTokenHash = e.Platform, e.MAC, e.DeviceTokenHash
	switch {
	case v.Way == WayPlain && !e.Admits(Secret{}), v.Way != WayPlain && !v.Right:
		return Verdict{Answer: AnswerNotHere, Assurance: AssuranceNone}
	case c.Waiting == WaitingHeld:
		return wait(c, v, WaitingHeld)
	case (v.Way == WayPlain || v.Moved) && !v.Secure: // the URL that it is to learn is a secret
		return Verdict{Answer: AnswerHolding, Waiting: WaitingPlain, Assurance: AssuranceNone}
	case v.Way == WayPlain:
		return Verdict{Answer: AnswerURL, Assurance: AssuranceNone}
	case v.Moved:
		return decideMoved(e, c, v)
	case !v.Secure:
		return wait(c, v, WaitingPlain)
	}
	level, why := judge(e, c, v)
	if level != "" && v.Due && v.Required && c.needsCertificate(e, level, v) {
		level, why = "", WaitingCertificate
	}
	switch {
	case level == "" && why == "":
		return Verdict{Answer: AnswerChallenge, Assurance: AssuranceNone}
	case level == "":
		return wait(c, v, why)
	case !v.Ready:
		return wait(c, v, WaitingSettings)
	}
	return serve(e, c, v, level)
}

// decideMoved tells a phone its present URL. Whoever had it before, here or on another
// platform, may have its former one still: a certificate is asked for as by the present one.
func decideMoved(e Endpoint, c Contact, v Visit) Verdict {
	switch {
	case !v.Certificate.IsZero() && v.Certificate != e.MAC:
		return wait(c, v, WaitingOther)
	case v.Certificate.IsZero() && v.Due && v.Required && c.needsCertificate(e, AssuranceNone, v):
		return wait(c, v, WaitingCertificate)
	}
	return Verdict{Answer: AnswerURL, Assurance: AssuranceNone}
}

// judge says how well the phone has proven itself, or else why it has to wait. Neither:
// it is to be asked for its password.
func judge(e Endpoint, c Contact, v Visit) (Assurance, Waiting) {
	window, shut := WindowOf(e, c), c.shut(v)
	switch {
	case v.Certificate == e.MAC:
		return AssuranceCertificate, ""
	case !v.Certificate.IsZero():
		return "", WaitingOther
	case v.Password == PasswordCurrent, v.Password == PasswordPrevious:
		return AssurancePassword, ""
	case !shut && (window.Open(v.At) || c.InService(e) || c.waitsForSettings(v.Network)):
		return AssuranceNetwork, ""
	case v.Way == WaySettled && v.Password == PasswordNone && c.PasswordHash != "" && !v.Asked:
		return "", ""
	case c.Knows(v.Network) && !shut:
		return AssuranceNetwork, ""
	case !c.ProvenAt.IsZero():
		return "", WaitingElsewhere
	case v.At.Before(window.From):
		return "", WaitingEarly
	}
	return "", WaitingLate
}

// waitsForSettings: it has come from there in time, and would have been served if its settings
// had been whole. That its window has closed meanwhile is not held against it.
func (c Contact) waitsForSettings(from netip.Prefix) bool {
	first := c.ProvenAt.IsZero() && !c.pending() || c.pending() && c.admits(from)
	return first && from.IsValid() && slices.ContainsFunc(c.Waiters(), func(v Visitor) bool { return v.Network == from && v.Waiting == WaitingSettings })
}

// serve keeps what a success tells: the window closes, the network is known.
func serve(e Endpoint, c Contact, v Visit, level Assurance) Verdict {
	was := c
	c.Account, c.TokenID, c.Assurance = e.Account, v.TokenID, level
	c.Less, c.Former = v.Due && level != AssuranceCertificate, nil
	// A password from before somebody was admitted leaves the window to whom it is for, and so
	// does a network that an admission was not for.
	admitted := c.pending() && (level == AssuranceCertificate || c.admits(v.Network))
	if level != AssurancePassword && (c.ProvenAt.IsZero() || admitted) {
		if !c.AdmittedAt.IsZero() { // what was given out before may be somebody else's
			c.PasswordHash, c.PreviousHash, c.Networks = "", "", nil
		}
		c.ProvenAt, c.AdmittedNetwork = v.At, netip.Prefix{}
	}
	if v.Network.IsValid() && !c.Knows(v.Network) && v.Password != PasswordPrevious {
		c.Networks = append([]netip.Prefix{v.Network}, c.Networks...)
		c.Networks = c.Networks[:min(len(c.Networks), knownNetworks)]
	}
	if v.Password == PasswordCurrent && c.PasswordUsedAt.IsZero() {
		c.PasswordUsedAt, c.PreviousHash = v.At, ""
	}
	if c.AlarmedAt.IsZero() {
		c = c.served()
	} else { // whoever waits is somebody else
		c = c.without(v.Network)
	}
	fresh := c.PasswordHash == ""
	return Verdict{Answer: AnswerSettings, Assurance: level, Contact: c, Fresh: fresh, Save: fresh || !was.same(c)}
}

// wait keeps that the phone waits.
func wait(c Contact, v Visit, why Waiting) Verdict {
	c, save := c.visited(v, why)
	stranger := why == WaitingCertificate && c.Assurance == AssuranceCertificate && !c.Knows(v.Network)
	alarm := (why.Alarming() || stranger) && c.AlarmedAt.IsZero()
	if c.Waiting == "" {
		c.WaitingSince = v.At
	}
	c.Waiting, c.WaitingAt, c.WaitingNetwork, c.WaitingAgent = why, v.At, v.Network, v.Agent
	if alarm {
		c.AlarmedAt = v.At
	}
	return Verdict{Answer: AnswerHolding, Waiting: why, Assurance: AssuranceNone, Contact: c, Save: save || alarm, Alarm: alarm}
}

// same reports whether a save of o over c would change nothing.
func (c Contact) same(o Contact) bool {
	return c.Account == o.Account && c.TokenID == o.TokenID && c.Assurance == o.Assurance && c.ProvenAt.Equal(o.ProvenAt) &&
		slices.Equal(c.Networks, o.Networks) && c.PasswordUsedAt.Equal(o.PasswordUsedAt) && c.PreviousHash == o.PreviousHash && c.Waiting == o.Waiting &&
		len(c.Waiters()) == len(o.Waiters()) &&
		c.Less == o.Less && slices.Equal(c.Former, o.Former)
}

func sameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
