package sqlstore_test

import (
	"slices"
	"testing"

	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// What was begun first and is committed last is told to whoever has read in between.
func TestPhoneFeed_LateCommit(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, pgtest.DSN(t), storetest.Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	place, err := s.PhoneFeedEnd(ctx)
	must(err)
	saw := func(want ...ztp.SettingLayer) {
		t.Helper()
		next, err := s.PhoneFeedEnd(ctx)
		must(err)
		changes, err := s.PhoneChanges(ctx, place, 10)
		must(err)
		place = next
		for _, l := range want {
			if !slices.ContainsFunc(changes, func(c ztp.PhoneChange) bool { return c.What.Layer() == l }) {
				t.Errorf("%s is not told, only %v", l, changes)
			}
		}
	}
	must(s.CreatePlatform(ctx, ztp.Platform{ID: "p", Slug: "p", Name: "P", CreatedAt: noon, UpdatedAt: noon}))
	set := []ztp.SettingChange{{Name: ztp.SettingLanguage, Value: ztp.NewSecret("de")}}
	must(s.Tx(ctx, func(tx ztp.Store) error {
		if _, err := tx.ChangeSettings(ctx, ztp.SettingScope{Platform: "p"}, nil, set, "ada", noon); err != nil {
			return err
		}
		if _, err := s.ChangeSettings(ctx, ztp.SettingScope{}, nil, set, "ada", noon); err != nil { // on another connection
			return err
		}
		saw(ztp.LayerInstallation)
		return nil
	}))
	saw(ztp.LayerPlatform)
}
