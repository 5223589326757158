package main

import (
	"context"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zerotouch.example/internal/ztp"
)

// rollout runs a verb on the newest change of settings: rollout VERB ARGUMENT…; or makes
// phones of a platform's account that it can go to: rollout phones PLATFORM ACCOUNT NUMBER.
func rollout(ts *testscript.TestScript, _ bool, args []string) {
	store, ctx := ts.Value("session").(*session).store, context.Background()
	if len(args) == 4 && args[0] == "phones" {
		p, err := store.Platform(ctx, args[1])
		ts.Check(err)
		a, err := store.Account(ctx, p.ID, args[2])
		ts.Check(err)
		n, err := strconv.Atoi(args[3])
		ts.Check(err)
		phones := make([]ztp.Endpoint, n)
		for i := range phones {
			phones[i] = ztp.Endpoint{Platform: p.ID, Vendor: "snom", MAC: ztp.MAC{0x00, 0x04, 0x13, 0x77, byte(i >> 8), byte(i)}, Account: a.ID, Model: "D785",
				State: ztp.EndpointWanted, CreatedAt: time.Now(), UpdatedAt: time.Now()}
		}
		_, err = store.AddEndpoints(ctx, p.ID, phones)
		ts.Check(err)
		return
	}
	list, err := store.ListRollouts(ctx, false, 1)
	ts.Check(err)
	if len(list) == 0 || len(args) == 0 {
		ts.Fatalf("usage: rollout VERB, after a change was proposed")
	}
	ts.Check(ts.Exec("zerotouch", append([]string{"settings", "rollout", args[0], string(list[0].ID)}, args[1:]...)...))
}
