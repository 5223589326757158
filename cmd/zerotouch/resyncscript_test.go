package main

import (
	"context"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zerotouch.example/internal/sipnotify"
	"zerotouch.example/internal/ztp"
)

// everybody is a SIP proxy that knows every user but the one called away.
type everybody struct{}

func (everybody) Notify(_ context.Context, to sipnotify.Address, _ string) (int, error) {
	if strings.HasPrefix(to.String(), "sip:away@") {
		return 480, nil
	}
	return 200, nil
}

// inService lets a phone have come for settings with a line: inservice PLATFORM MAC USER.
func inService(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: inservice PLATFORM MAC USER")
	}
	store, ctx := ts.Value("session").(*session).store, context.Background()
	p, err := store.Platform(ctx, args[0])
	ts.Check(err)
	mac, err := ztp.ParseMAC(args[1])
	ts.Check(err)
	ts.Check(store.TouchEndpoint(ctx, p.ID, mac, time.Now().Add(-time.Hour)))
	_, err = store.ChangeSettings(ctx, ztp.SettingScope{Platform: p.ID, MAC: mac}, nil, []ztp.SettingChange{
		{Name: ztp.SettingLineUser, Index: 1, Value: ztp.NewSecret(args[2])}, {Name: ztp.SettingLineRegistrar, Index: 1, Value: ztp.NewSecret("voice.example")},
	}, "ann", time.Now())
	ts.Check(err)
}

// newest runs a verb on the newest resync: newest VERB ARGUMENT…
func newest(ts *testscript.TestScript, _ bool, args []string) {
	list, err := ts.Value("session").(*session).store.ListResyncs(context.Background(), ztp.ResyncQuery{Limit: 1})
	ts.Check(err)
	if len(list.Items) == 0 || len(args) == 0 {
		ts.Fatalf("usage: newest VERB, after one was begun")
	}
	ts.Check(ts.Exec("zerotouch", append([]string{"phones", "resync", args[0], string(list.Items[0].ID)}, args[1:]...)...))
}
