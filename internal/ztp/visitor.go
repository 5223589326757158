package ztp

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Visitor is who waits by a phone's URL, as far as a network tells one from another.
type Visitor struct {
	Network netip.Prefix
	// Waiting is why it was given holding settings the last time.
	Waiting Waiting
	FirstAt time.Time
	LastAt  time.Time
	// Agent is what it said it is.
	Agent string
}

// visitorsKept is how many networks are kept of those who wait for one phone, the first
// ones; beside them there is the one that came last. Whoever comes from many counts, and
// pushes nobody out.
const visitorsKept = 4

// Waiters are those who wait, in the order in which they came first. Of a phone that an
// earlier version has written down there is the last one alone.
func (c Contact) Waiters() (all []Visitor) {
	if c.Waiting == "" {
		return nil
	}
	for _, v := range c.Visitors { // who came before it waits was noted before an earlier version has served it
		if c.Waiting == WaitingHeld || !v.LastAt.Before(c.WaitingSince) {
			all = append(all, v)
		}
	}
	if !c.WaitingNetwork.IsValid() || slices.ContainsFunc(all, cameFrom(c.WaitingNetwork)) {
		return all
	}
	last := Visitor{c.WaitingNetwork, c.Waiting, c.WaitingAt, c.WaitingAt, c.WaitingAgent}
	if len(all) == 0 && c.WaitingSince.Before(last.FirstAt) {
		last.FirstAt = c.WaitingSince
	}
	return append(all, last)
}

// Resumed is when the phone itself was last served, where that was after the last visit of all
// who wait by its URL, and it has proven itself by certificate or password; else zero. Then the
// phone is in service, and who came before it is a thing of the past. It ends no alarm: that
// somebody else had the URL is for a person to look at, see Dismiss. What settings were last
// served when is not part of a Contact, but the endpoint's or the log's.
func (c Contact) Resumed(served time.Time) time.Time {
	proven := c.Assurance == AssuranceCertificate || c.Assurance == AssurancePassword
	if c.AlarmedAt.IsZero() || c.Waiting == "" || c.Waiting == WaitingHeld || !proven || !served.After(c.WaitingAt) ||
		slices.ContainsFunc(c.Waiters(), func(v Visitor) bool { return !served.After(v.LastAt) }) {
		return time.Time{}
	}
	return served
}

func cameFrom(n netip.Prefix) func(Visitor) bool {
	return func(v Visitor) bool { return v.Network == n }
}

// visited notes who waits, and reports whether that is worth a save: so that one in a loop,
// or from ever new networks, costs no write per request.
func (c Contact) visited(v Visit, why Waiting) (Contact, bool) {
	all := c.Waiters()
	all = all[:min(len(all), visitorsKept)]
	now := Visitor{v.Network, why, v.At, v.At, v.Agent}
	i := slices.IndexFunc(all, cameFrom(v.Network))
	known := slices.IndexFunc(all, func(x Visitor) bool { return !c.Knows(x.Network) })
	save := c.Waiting == "" || v.At.Sub(c.WaitingAt) >= waitingExact
	switch {
	case !v.Network.IsValid():
		save = save || c.Waiting != why
	case i >= 0:
		save = all[i].Waiting != why || v.At.Sub(all[i].LastAt) >= waitingExact
		now.FirstAt = all[i].FirstAt
		all[i] = now
	case len(all) < visitorsKept:
		all, save = append(all, now), true
	case c.Knows(v.Network) && known >= 0: // the phone's own is seen, however many came before it
		all, save = append(slices.Delete(all, known, known+1), now), true
		c.OtherVisits++
	default:
		c.OtherVisits++
	}
	c.Visitors = all
	return c, save
}

// without takes who came from there off those who wait, while others do.
func (c Contact) without(n netip.Prefix) Contact {
	left := slices.DeleteFunc(c.Waiters(), cameFrom(n))
	if len(left) == 0 {
		return c
	}
	c.Visitors = left[:min(len(left), visitorsKept)]
	if c.WaitingNetwork == n {
		last := slices.MaxFunc(left, func(a, b Visitor) int { return a.LastAt.Compare(b.LastAt) })
		c.Waiting, c.WaitingAt, c.WaitingNetwork, c.WaitingAgent = last.Waiting, last.LastAt, last.Network, last.Agent
	}
	return c
}

// pending reports whether somebody has admitted the phone, and whoever that is for has not
// come since.
func (c Contact) pending() bool { return c.ProvenAt.Before(c.AdmittedAt) }

// admits reports whether an admission that is pending is for who comes from there. One
// without a network is for whoever comes.
func (c Contact) admits(from netip.Prefix) bool {
	return !c.AdmittedNetwork.IsValid() || c.AdmittedNetwork == from
}

// shut reports whether somebody else is admitted just now: who comes by the token alone waits
// then, wherever it is known from.
func (c Contact) shut(v Visit) bool { return c.Admitted(v.At) && !c.admits(v.Network) }

// AdmittedFrom reports whether who comes from there is admitted just now.
func (c Contact) AdmittedFrom(n netip.Prefix, at time.Time) bool {
	return c.Admitted(at) && c.admits(n)
}

// AdmitFrom is Admit for who comes from that network alone, the zero one for whoever comes.
func (c Contact) AdmitFrom(from netip.Prefix, by string, at time.Time) Contact {
	c = c.Admit(by, at)
	c.AdmittedNetwork = from
	return c
}

// Admission is the network that an admission is for, where asked is what somebody has seen
// and clicked, or named; zero when they have not said. Nobody is admitted whom they have
// not seen: without a word it is for the one network that waits, and is invalid (field
// network) when there are several or the phone is known from another one; with a word it is
// form_outdated when nobody waits from there. Where nobody waits at all it is for whoever
// comes, the zero network.
func (c Contact) Admission(asked netip.Prefix) (netip.Prefix, error) {
	waiting := c.Waiters()
	if asked.IsValid() {
		if !slices.ContainsFunc(waiting, cameFrom(asked)) && c.OtherVisits == 0 {
			return asked, Errorf(CodeFormOutdated, "Nobody waits from %s any more. Look again who waits.", asked)
		}
		return asked, nil
	}
	if len(waiting) == 0 {
		return asked, nil
	}
	elsewhere := slices.ContainsFunc(c.Networks, func(n netip.Prefix) bool { return n != waiting[0].Network })
	if len(waiting) > 1 || elsewhere || c.OtherVisits > 0 {
		return asked, Invalid("network", "Say who is the phone, by its network. "+c.whoWaits())
	}
	return waiting[0].Network, nil
}

// whoWaits lists the networks that wait, and those that the phone is known from.
func (c Contact) whoWaits() string {
	var waiting, known []string
	for _, v := range c.Waiters() {
		waiting = append(waiting, v.Network.String())
	}
	for _, n := range c.Networks {
		known = append(known, n.String())
	}
	text := "These wait: " + strings.Join(waiting, ", ") + "."
	if c.OtherVisits > 0 {
		text += fmt.Sprintf(" There are others, which have come %d times.", c.OtherVisits)
	}
	if len(known) > 0 {
		text += " Its settings were given out to " + strings.Join(known, ", ") + "."
	}
	return text
}

// ParseNetwork reads a network as waiting phones have it, or an address in it; "" is the
// zero one. The error has code invalid and the field "network".
func ParseNetwork(text string) (netip.Prefix, error) {
	if text == "" {
		return netip.Prefix{}, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return NetworkOf(a), nil
	}
	if p, err := netip.ParsePrefix(text); err == nil && NetworkOf(p.Addr()) == p {
		return p, nil
	}
	return netip.Prefix{}, Invalid("network", "This is a network as waiting phones have it, such as 192.0.2.0/24 or 2001:db8:0:1::/64, or an address in it.")
}
