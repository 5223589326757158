package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

// syncs lets the next operation that is queued be a sync that finds: syncs MAC=CLASS[=HOST] …
func syncs(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("session").(*session)
	ended := make(chan error, 1)
	go func() {
		select {
		case <-s.queued:
			ended <- synced(s.store, args)
		case <-time.After(startTimeout):
			ended <- errors.New("no sync was asked for")
		}
	}()
	ts.Defer(func() { ts.Check(<-ended) })
}

func synced(store *sqlstore.Store, args []string) error {
	ctx, now := context.Background(), time.Now().UTC().Truncate(time.Millisecond)
	op, err := store.ClaimOperation(ctx, "test", time.Minute, ztp.ClaimAny)
	if err != nil {
		return err
	}
	var found []ztp.Drift
	for _, arg := range args {
		part := append(strings.Split(arg, "="), "")
		mac, err := ztp.ParseMAC(part[0])
		if err != nil {
			return err
		}
		found = append(found, ztp.Drift{Platform: op.Platform, Vendor: op.Vendor, Operation: op.ID, MAC: mac, Class: ztp.DriftClass(part[1]), Host: part[2],
			Name: "a \x1b[31mname", Enabled: true, FoundAt: now})
	}
	if err := store.AddDrifts(ctx, found); err != nil {
		return err
	}
	if err := store.CompletePhoneSync(ctx, ztp.PhoneSync{Platform: op.Platform, Vendor: op.Vendor, Operation: op.ID, BeganAt: now, CompleteAt: now,
		By: op.Actor.String(), Pages: 1, Phones: 7, Matching: 5}); err != nil {
		return err
	}
	if op, err = op.Move(ztp.OperationDone, now); err != nil {
		return err
	}
	for i := range op.Steps {
		op.Steps[i].State, op.Steps[i].At = ztp.StepDone, now
	}
	return store.SaveOperation(ctx, op, time.Minute)
}
