package control

import (
	"context"
	"sort"
	"time"

	"zerotouch.example/internal/ztp"
)

// MACLife is what is known of a MAC address in the whole installation.
type MACLife struct {
	MAC ztp.MAC
	// Maker is the vendor whose addresses begin like this one: a hint, nothing more.
	Maker ztp.VendorName
	// Phones are the rows of every platform that has it, or had it, the present one first.
	Phones []ztp.Endpoint
	// Open are the operations under way about it.
	Open []ztp.Operation
	// Moments is its life, newest first. What the rows alone tell is on the first page.
	Moments ztp.Page[ztp.Event]
}

// Moments that are no audit rows: they are told by the phone, or by the voice service.
const (
	MomentFirstContact = "phone.first_contact"
	MomentFetched      = "phone.fetched"
	MomentSIPOn        = "phone.sip_registered"
	MomentSIPOff       = "phone.sip_not_registered"
)

// MAC tells who has a MAC address and its life, over all platforms, accounts and vendors.
// A MAC that nobody ever had has no phones and no moments.
func (c *Control) MAC(ctx context.Context, a ztp.Actor, mac ztp.MAC, cursor string, limit int) (MACLife, error) {
	life := MACLife{MAC: mac}
	if err := maySee(a); err != nil {
		return life, err
	}
	for _, info := range c.Vendors() {
		if info.Makes(mac) {
			life.Maker = info.Name
		}
	}
	var err error
	if life.Phones, err = c.cfg.Store.EndpointsOfMAC(ctx, mac); err != nil {
		return life, err
	}
	sort.SliceStable(life.Phones, func(i, j int) bool {
		a, b := &life.Phones[i], &life.Phones[j]
		if held := a.State != ztp.EndpointReleased; held != (b.State != ztp.EndpointReleased) {
			return held
		}
		return b.UpdatedAt.Before(a.UpdatedAt)
	})
	ops, err := c.cfg.Store.ListOperations(ctx, ztp.OperationQuery{MAC: mac, Open: true, Limit: 20})
	if err != nil {
		return life, err
	}
	life.Open = ops.Items
	events, err := c.cfg.Store.ListEvents(ctx, ztp.EventQuery{Target: mac.String(), Cursor: cursor, Limit: limit})
	if err != nil {
		return life, err
	}
	life.Moments = events
	if cursor == "" {
		life.Moments.Items = append(life.Moments.Items, factsOf(life.Phones)...)
		all := life.Moments.Items
		sort.SliceStable(all, func(i, j int) bool { return all[j].At.Before(all[i].At) })
	}
	return life, nil
}

// factsOf are the moments that the rows tell.
func factsOf(phones []ztp.Endpoint) (moments []ztp.Event) {
	for _, e := range phones {
		fact := func(at time.Time, what string) {
			if !at.IsZero() {
				moments = append(moments, ztp.Event{At: at, Action: what, Actor: "phone", Platform: e.Platform, Vendor: e.Vendor, Target: e.MAC.String(), Outcome: ztp.OutcomeOK})
			}
		}
		fact(e.FirstFetchedAt, MomentFirstContact)
		if e.FetchedAt != e.FirstFetchedAt {
			fact(e.FetchedAt, MomentFetched)
		}
		if e.SIP.Registered {
			fact(e.SIP.At, MomentSIPOn)
		} else {
			fact(e.SIP.At, MomentSIPOff)
		}
	}
	return moments
}

// Adrift is a phone that a move is about: still under way, or left with nobody.
type Adrift struct {
	Endpoint ztp.Endpoint
	// Left: the move has ended, and nobody may have the MAC.
	Left bool
}

// adrift lists phones on the move for Health.
func (c *Control) adrift(ctx context.Context) ([]Adrift, error) {
	rows, err := c.cfg.Store.MovingEndpoints(ctx, 100)
	if err != nil {
		return nil, err
	}
	var all []Adrift
	for _, e := range rows {
		all = append(all, Adrift{Endpoint: e, Left: e.State == ztp.EndpointFailed})
	}
	return all, nil
}

func leftOf(moving []Adrift) (n int) {
	for _, a := range moving {
		if a.Left {
			n++
		}
	}
	return n
}
