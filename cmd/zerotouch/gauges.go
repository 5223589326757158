package main

import (
	"context"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/ztp"
)

// gauges are what to raise an alarm by: whether vendor writes are off, and what a
// restored database has left to prove.
func gauges(store ztp.Store, vendors []ztp.Vendor) func(context.Context) ([]server.Gauge, error) {
	return func(ctx context.Context) ([]server.Gauge, error) {
		all, err := store.WritesOff(ctx)
		if err != nil {
			return nil, err
		}
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
			out = append(out, stopped(name, string(name), ztp.WritesAnotherCopy),
				server.Gauge{Name: "zerotouch_restored_links", Help: "Links from a backup that are not proven yet.", Labels: at, Value: restored},
				server.Gauge{Name: "zerotouch_later_keys", Help: "Keys of ours at the vendor that were made after the backup.", Labels: at, Value: later})
		}
		return out, nil
	}
}
