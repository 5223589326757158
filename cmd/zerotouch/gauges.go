package main

import (
	"context"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/ztp"
)

// gauges are what to raise an alarm by: whether vendor writes are off, which keys could
// not be revoked, what a restored database has left to prove, what reconciliations have found,
// and which campaigns rest or have failures.
func gauges(store ztp.Store, vendors []ztp.Vendor, now func() time.Time) func(context.Context) ([]server.Gauge, error) {
	return func(ctx context.Context) (out []server.Gauge, err error) {
		for _, find := range []func() ([]server.Gauge, error){
			func() ([]server.Gauge, error) { return writesOffGauges(ctx, store, vendors) },
			func() ([]server.Gauge, error) { return unownedPhones(ctx, store) },
			func() ([]server.Gauge, error) { return waitingPhones(ctx, store) },
			func() ([]server.Gauge, error) { return lessProof(ctx, store) },
			func() ([]server.Gauge, error) { return scans(ctx, store, now()) },
			func() ([]server.Gauge, error) { return vendorGauges(ctx, store, vendors, now()) },
			func() ([]server.Gauge, error) { return campaignGauges(ctx, store, vendors) },
			func() ([]server.Gauge, error) { return resyncGauges(ctx, store) },
		} {
			more, err := find()
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
		return out, nil
	}
}

// writesOffGauges tell why nothing is changed at a vendor.
func writesOffGauges(ctx context.Context, store ztp.Store, vendors []ztp.Vendor) ([]server.Gauge, error) {
	all, err := store.WritesOff(ctx)
	off := map[ztp.VendorName]float64{}
	for _, w := range all {
		off[w.Vendor] = 1
	}
	stopped := func(v ztp.VendorName, name, reason string) server.Gauge {
		return server.Gauge{Name: "zerotouch_vendor_writes_off", Help: "1 while nothing is changed at the vendor for this reason.",
			Labels: []string{"vendor", name, "reason", reason}, Value: off[v]}
	}
	out := []server.Gauge{stopped("", "all", ztp.WritesSwitchedOff)}
	for _, v := range vendors {
		name := v.Describe().Name
		out = append(out, stopped(name, string(name), ztp.WritesAnotherCopy))
	}
	return out, err
}

// vendorGauges tell of each vendor's keys and links, and of what comparisons have found there.
func vendorGauges(ctx context.Context, store ztp.Store, vendors []ztp.Vendor, now time.Time) (out []server.Gauge, err error) {
	loose, err := looseKeys(ctx, store)
	if err != nil {
		return nil, err
	}
	for _, v := range vendors {
		name := v.Describe().Name
		links, err := store.ListLinks(ctx, "", name)
		if err != nil {
			return nil, err
		}
		var restored, later float64
		for _, l := range links {
			if !l.RestoredAt.IsZero() {
				restored++
			}
			later += float64(len(l.Later))
		}
		at := []string{"vendor", string(name)}
		out = append(out,
			server.Gauge{Name: "zerotouch_loose_keys", Help: "Keys of ours that may exist at the vendor and should not; 1000 at most are counted.", Labels: at, Value: loose[name]},
			server.Gauge{Name: "zerotouch_restored_links", Help: "Links from a backup that are not proven yet.", Labels: at, Value: restored},
			server.Gauge{Name: "zerotouch_later_keys", Help: "Keys of ours at the vendor that were made after the backup.", Labels: at, Value: later})
		compared, err := reconciliationGauges(ctx, store, name, links, now)
		if err != nil {
			return nil, err
		}
		synced, err := syncGauges(ctx, store, name, links, now)
		if err != nil {
			return nil, err
		}
		out = append(append(out, compared...), synced...)
	}
	return out, nil
}

// syncOverdue is the age at which a sync should have come round again.
const syncOverdue = 48 * time.Hour

// syncGauges tell what the last syncs with a vendor have found, and how many platforms
// should have been synced again.
func syncGauges(ctx context.Context, store ztp.Store, name ztp.VendorName, links []ztp.Link, now time.Time) (out []server.Gauge, err error) {
	syncs, err := store.PhoneSyncs(ctx, name)
	if err != nil {
		return nil, err
	}
	counts, last := map[ztp.DriftClass]float64{}, map[ztp.PlatformID]time.Time{}
	for _, y := range syncs {
		last[y.Platform] = y.CompleteAt
		for class, n := range y.Counts {
			counts[class] += float64(n)
		}
	}
	var overdue float64
	for _, l := range links {
		if l.State == ztp.LinkConfigured && now.Sub(l.SetAt) > syncOverdue && now.Sub(last[l.Platform]) > syncOverdue {
			overdue++
		}
	}
	out = append(out, server.Gauge{Name: "zerotouch_sync_overdue", Help: "Configured platforms whose phones were not compared for two days.",
		Labels: []string{"vendor", string(name)}, Value: overdue})
	for _, class := range ztp.DriftClasses {
		out = append(out, server.Gauge{Name: "zerotouch_sync_findings", Help: "Phones that differ from the vendor's list, by class.",
			Labels: []string{"vendor", string(name), "class", string(class)}, Value: counts[class]})
	}
	return out, nil
}

// campaignGauges tell of campaigns that have not ended.
func campaignGauges(ctx context.Context, store ztp.Store, vendors []ztp.Vendor) (out []server.Gauge, err error) {
	open, err := store.ListCampaigns(ctx, ztp.CampaignQuery{Open: true})
	for _, v := range vendors {
		name := v.Describe().Name
		states, items := map[ztp.CampaignState]float64{}, ztp.CampaignTally{}
		for _, c := range open.Items {
			if c.Vendor == name {
				states[c.State]++
				items = c.Tally
			}
		}
		for _, s := range ztp.CampaignStates[:2] {
			out = append(out, server.Gauge{Name: "zerotouch_campaigns", Help: "Campaigns that have not ended.",
				Labels: []string{"vendor", string(name), "state", string(s)}, Value: states[s]})
		}
		for _, s := range ztp.CampaignItemStates {
			out = append(out, server.Gauge{Name: "zerotouch_campaign_items", Help: "Platforms in campaigns that have not ended.",
				Labels: []string{"vendor", string(name), "state", string(s)}, Value: float64(items[s])})
		}
	}
	return out, err
}

// unownedPhones counts the phones that a move has left with nobody.
func unownedPhones(ctx context.Context, store ztp.Store) ([]server.Gauge, error) {
	g := server.Gauge{Name: "zerotouch_unowned_phones", Help: "Phones that a move between platforms has left with nobody; 1000 at most are counted."}
	moving, err := store.MovingEndpoints(ctx, 1000)
	for _, e := range moving {
		if e.State == ztp.EndpointFailed {
			g.Value++
		}
	}
	return []server.Gauge{g}, err
}

// waitingPhones counts the phones that get holding settings, and the alarms.
func waitingPhones(ctx context.Context, store ztp.Store) ([]server.Gauge, error) {
	counts, err := store.CountWaiting(ctx)
	waiting := server.Gauge{Name: "zerotouch_waiting_phones", Help: "Phones that get holding settings until somebody admits them."}
	alarmed := server.Gauge{Name: "zerotouch_alarmed_phones", Help: "Phones by whose URL somebody else seems to have come."}
	for _, n := range counts {
		waiting.Value += float64(n.Waiting)
		alarmed.Value += float64(n.Alarmed)
	}
	return []server.Gauge{waiting, alarmed}, err
}

// scans counts the alarms of who asks for phones that are not there.
func scans(ctx context.Context, store ztp.Store, now time.Time) ([]server.Gauge, error) {
	found, err := control.Scans(ctx, store, now)
	return []server.Gauge{{Name: "zerotouch_scans", Help: "Alarms in the last day of who asks for phones that are not there, twenty at most.", Value: float64(len(found))}}, err
}

// lessProof counts what is there with less than a device certificate.
func lessProof(ctx context.Context, store ztp.Store) ([]server.Gauge, error) {
	counts, err := store.CountLess(ctx)
	phones := server.Gauge{Name: "zerotouch_phones_without_certificate", Help: "Phones that were last served without the device certificate that their model has.", Value: float64(counts.Total())}
	return []server.Gauge{phones, {Name: "zerotouch_platforms_without_certificate", Help: "Platforms that ask their phones for less than a device certificate.",
		Value: float64(counts.Platforms)}}, err
}

// looseKeys counts by vendor the keys that should be deleted there and are not yet.
func looseKeys(ctx context.Context, store ztp.Store) (map[ztp.VendorName]float64, error) {
	keys, err := store.LooseCredentials(ctx, 1000)
	n := map[ztp.VendorName]float64{}
	for _, k := range keys {
		n[k.Vendor]++
	}
	return n, err
}

// reconciliationGauges tell what the last complete reconciliation with a vendor found, how
// old it is, and whether it should have come round again.
func reconciliationGauges(ctx context.Context, store ztp.Store, name ztp.VendorName, links []ztp.Link, now time.Time) ([]server.Gauge, error) {
	r, err := store.Reconciliation(ctx, name, "")
	if err != nil {
		return nil, err
	}
	at := []string{"vendor", string(name)}
	var overdue float64
	if r.Overdue(ztp.ReconcilableSince(links), now) {
		overdue = 1
	}
	out := []server.Gauge{
		{Name: "zerotouch_reconciliation_overdue", Help: "1 when the last complete comparison is more than two periods old.", Labels: at, Value: overdue},
		{Name: "zerotouch_reconciliation_findings", Help: "Rows of the last complete comparison in which the two sides differ.", Labels: at, Value: float64(r.Findings())},
	}
	if !r.CompleteAt.IsZero() {
		out = append(out, server.Gauge{Name: "zerotouch_reconciliation_age_seconds", Help: "Age of the last complete comparison.", Labels: at, Value: max(now.Sub(r.CompleteAt).Seconds(), 0)})
	}
	for _, class := range ztp.RowClasses {
		out = append(out, server.Gauge{Name: "zerotouch_reconciliation_rows", Help: "Rows of the last complete comparison, by class.",
			Labels: []string{"vendor", string(name), "class", string(class)}, Value: float64(r.Counts[class])})
	}
	return out, nil
}
