package sqlstore

import (
	"context"
	"strconv"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// SealSettings seals values of vendors' own settings that lie in the open and count as
// secrets by now: an older program has taken them for harmless. Each part is a commit, and
// what is sealed is not found again, so it may be cut short and repeated, by any process.
func (s *Store) SealSettings(ctx context.Context, secret func(ztp.SettingName) bool) (sealed int, err error) {
	n, err := s.sealEach(ctx, s.queries().OpenSettingNames, secret, func(t *Store, name string) (int, error) { return t.sealSettings(ctx, name) })
	if err != nil {
		return n, s.fail(err, "settings")
	}
	more, err := s.sealEach(ctx, s.queries().OpenRolloutNames, secret, func(t *Store, name string) (int, error) { return t.sealRolloutValues(ctx, name) })
	return n + more, s.fail(err, "rollouts")
}

func (s *Store) sealEach(ctx context.Context, names func(context.Context) ([]string, error), secret func(ztp.SettingName) bool, some func(*Store, string) (int, error)) (sealed int, err error) {
	all, err := names(ctx)
	if err != nil {
		return 0, err
	}
	for _, name := range all {
		for n := 1; n > 0 && secret(ztp.SettingName(name)); sealed += n {
			err := s.inTx(ctx, func(t *Store) (err error) {
				n, err = some(t, name)
				return err
			})
			if err != nil {
				return sealed, err
			}
		}
	}
	return sealed, nil
}

// sealSettings seals some of a name, and returns of how many.
func (s *Store) sealSettings(ctx context.Context, name string) (int, error) {
	rows, err := s.queries().OpenSettingsOf(ctx, db.OpenSettingsOfParams{Name: name, MaxRows: resealBatch})
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		sealed, err := s.seal(ctx, settingPlace(r.Scope, name, strconv.FormatInt(r.Idx, 10)), []byte(r.Value))
		if err != nil {
			return 0, err
		}
		if err := s.queries().SealSetting(ctx, db.SealSettingParams{Sealed: sealed, Scope: r.Scope, Name: name, Idx: r.Idx, Value: r.Value}); err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

func (s *Store) sealRolloutValues(ctx context.Context, name string) (int, error) {
	rows, err := s.queries().OpenRolloutValuesOf(ctx, db.OpenRolloutValuesOfParams{Name: name, MaxRows: resealBatch})
	if err != nil {
		return 0, err
	}
	for _, r := range rows {
		sealed, err := s.seal(ctx, rolloutPlace(r.Scope, r.RolloutID, r.Side, name, strconv.FormatInt(r.Idx, 10)), []byte(r.Value))
		if err != nil {
			return 0, err
		}
		err = s.queries().SealRolloutValue(ctx, db.SealRolloutValueParams{Sealed: sealed, RolloutID: r.RolloutID, Side: r.Side, Name: name, Idx: r.Idx, Value: r.Value})
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}
