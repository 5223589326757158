package ztp

import "time"

// Hold keeps the phone's settings from whoever comes by its URL, with whatever proof,
// until somebody ends that or admits the phone. What the phone has, it keeps.
func (c Contact) Hold(at time.Time) Contact {
	if c.Waiting == WaitingHeld {
		return c
	}
	if c.Waiting == "" {
		c.WaitingAt = at
	}
	c.Waiting, c.WaitingSince = WaitingHeld, at
	return c
}

// waitedAt is when it last came while it waits. To hold a phone is no visit of it.
func (c Contact) waitedAt() time.Time {
	if c.Waiting == WaitingHeld && !c.WaitingNetwork.IsValid() {
		return time.Time{}
	}
	return c.WaitingAt
}

// Unhold ends a hold: the phone is judged as before it.
func (c Contact) Unhold() Contact {
	if c.Waiting == WaitingHeld {
		c = c.served()
	}
	return c
}

// WhyNoNewPassword says why the phone can't be given another HTTP password now, "" when it
// can. One that has not taken up the last one may have either, and knows no third.
func (c Contact) WhyNoNewPassword() string {
	switch {
	case c.PasswordHash == "":
		return "It has no password yet; it gets its first one with its settings."
	case c.PreviousHash != "":
		return "It was given another one on " + c.PasswordAt.UTC().Format(time.DateOnly) + ", and has not come with that yet."
	}
	return ""
}
