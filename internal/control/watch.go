package control

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// Operation returns one operation.
func (c *Control) Operation(ctx context.Context, a ztp.Actor, id ztp.OperationID) (ztp.Operation, error) {
	if err := maySee(a); err != nil {
		return ztp.Operation{}, err
	}
	if !ztp.ValidID(string(id)) {
		return ztp.Operation{}, ztp.NotFound("operation")
	}
	return c.cfg.Store.Operation(ctx, id)
}

// WaitOperation returns the operation when it has ended, or as it is when d has
// passed or the context has ended.
func (c *Control) WaitOperation(ctx context.Context, a ztp.Actor, id ztp.OperationID, d time.Duration) (ztp.Operation, error) {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	began, pause := time.Now(), 10*time.Millisecond
	for {
		op, err := c.Operation(ctx, a, id)
		if err != nil || op.State.Final() {
			return op, err
		}
		tick := time.NewTimer(pause)
		select {
		case <-tick.C:
		case <-deadline.C:
			tick.Stop()
			return op, nil
		case <-ctx.Done():
			tick.Stop()
			return op, nil
		}
		if time.Since(began) > time.Second { // until then somebody waits at a page
			pause = min(2*pause, 250*time.Millisecond)
		}
	}
}

// ListOperations returns operations, newest first.
func (c *Control) ListOperations(ctx context.Context, a ztp.Actor, q ztp.OperationQuery) (ztp.Page[ztp.Operation], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.Operation]{}, err
	}
	if err := c.knownVendor(q.Vendor); err != nil {
		return ztp.Page[ztp.Operation]{}, err
	}
	return c.cfg.Store.ListOperations(ctx, q)
}

// Events returns the audit log, newest first.
func (c *Control) Events(ctx context.Context, a ztp.Actor, q ztp.EventQuery) (ztp.Page[ztp.Event], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.Event]{}, err
	}
	return c.cfg.Store.ListEvents(ctx, q)
}

// Attention is how many links need somebody, and phones that a move has left with nobody,
// as Health counts them.
func (c *Control) Attention(ctx context.Context, a ztp.Actor) (int, error) {
	if err := maySee(a); err != nil {
		return 0, err
	}
	counts, err := c.cfg.Store.CountAttention(ctx)
	n := 0
	for name := range c.vendors {
		n += counts[name]
	}
	if err != nil {
		return n, err
	}
	moving, err := c.adrift(ctx)
	return n + leftOf(moving), err
}

// addressCheckOff is implemented by an AddressChecker that proves nothing.
type addressCheckOff interface{ Off() bool }

// Health returns the state of the installation. It asks the secret store, and
// no vendor.
func (c *Control) Health(ctx context.Context, a ztp.Actor) (Health, error) {
	if err := maySee(a); err != nil {
		return Health{}, err
	}
	h := Health{Installation: c.cfg.Installation, ProvisioningURL: c.cfg.URL.String(), RotateEvery: c.cfg.RotateEvery,
		Now: c.now()}
	if off, ok := c.cfg.Address.(addressCheckOff); ok {
		h.URLCheckOff = off.Off()
	}
	var err error
	if h.Listeners, err = c.listeners(ctx); err != nil {
		return Health{}, err
	}
	if h.Authorities, err = c.authorities(ctx); err != nil {
		return Health{}, err
	}
	if h.WritesOff, err = c.cfg.Store.WritesOff(ctx); err != nil {
		return Health{}, err
	}
	if err := c.vendorsHealth(ctx, &h); err != nil {
		return Health{}, err
	}
	if h.Moving, err = c.adrift(ctx); err != nil {
		return Health{}, err
	}
	h.Attention += leftOf(h.Moving)
	if h.Waiting, err = c.cfg.Store.CountWaiting(ctx); err != nil {
		return Health{}, err
	}
	if h.Less, err = c.cfg.Store.CountLess(ctx); err != nil {
		return Health{}, err
	}
	if h.Rollouts, err = c.cfg.Store.ListRollouts(ctx, true, 0); err != nil {
		return Health{}, err
	}
	if h.Frozen, err = c.cfg.Store.SettingFreeze(ctx); err != nil {
		return Health{}, err
	}
	if h.Scans, err = Scans(ctx, c.cfg.Store, h.Now); err != nil {
		return Health{}, err
	}
	h.Replicas, err = c.replicas(ctx)
	return h, err
}

// Scans are those of the last day before now, twenty at most.
func Scans(ctx context.Context, store ztp.EventStore, now time.Time) ([]ztp.Event, error) {
	page, err := store.ListEvents(ctx, ztp.EventQuery{Target: ztp.ScanTarget, Limit: 20})
	return slices.DeleteFunc(page.Items, func(e ztp.Event) bool { return now.Sub(e.At) > 24*time.Hour }), err
}

// replicas are the processes that do everything, then those that serve phones alone.
func (c *Control) replicas(ctx context.Context) (list []ReplicaHealth, err error) {
	all, now, err := c.cfg.Store.ListReplicas(ctx, lostShown)
	if err != nil {
		return nil, err
	}
	phones, err := c.cfg.Store.ListPhoneServers(ctx, lostShown)
	for _, r := range append(all, phones...) {
		list = append(list, ReplicaHealth{Replica: r, Live: r.AliveUntil.After(now)})
	}
	return list, err
}

// vendorsHealth adds that of every vendor.
func (c *Control) vendorsHealth(ctx context.Context, h *Health) error {
	loose, err := c.cfg.Store.LooseCredentials(ctx, 1000)
	if err != nil {
		return err
	}
	for _, info := range c.Vendors() {
		v, err := c.vendorHealth(ctx, info)
		if err != nil {
			return err
		}
		for _, cr := range loose {
			if cr.Vendor == info.Name {
				v.Loose++
			}
		}
		h.Attention += v.Attention
		h.Open += v.InFlight
		h.Vendors = append(h.Vendors, v)
	}
	return nil
}

// lostShown is how long a replica that has gone without a word is named.
const lostShown = time.Hour

func (c *Control) vendorHealth(ctx context.Context, info ztp.VendorInfo) (VendorHealth, error) {
	v := VendorHealth{Info: info, ResellerWhere: c.cfg.Reseller.Where(info.Name)}
	rctx, cancel := context.WithTimeout(ctx, secretStoreTimeout)
	defer cancel()
	key, err := c.cfg.Reseller.Reseller(rctx, info.Name)
	v.ResellerKeyID = key.ID
	if err != nil {
		v.Reseller = ztp.ProblemOf(err, c.now(), "")
	}
	links, err := c.cfg.Store.ListLinks(ctx, "", info.Name)
	if err != nil {
		return VendorHealth{}, err
	}
	for _, l := range links {
		if !l.RestoredAt.IsZero() {
			v.Restored++
		}
		v.Later += len(l.Later)
		switch {
		case l.NeedsSomebody():
			v.Attention++
		case l.State.InFlight():
			v.InFlight++
		case l.State == ztp.LinkConfigured:
			v.Configured++
		}
		if l.Error != nil && (v.Last == nil || l.Error.At.After(v.Last.At)) {
			v.Last = l.Error
		}
	}
	return v, nil
}
