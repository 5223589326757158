package sqlstore

import (
	"context"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// What a value of a rollout is: what it sets, or what stood there before.
const (
	sideNew    = "new"
	sideFormer = "former"
)

// rolloutValue is one of them, nothing where Unset.
type rolloutValue struct {
	ztp.Setting
	side  string
	Unset bool
}

func (s *Store) putRolloutValue(ctx context.Context, r ztp.Rollout, v rolloutValue) (err error) {
	p := db.PutRolloutValueParams{
		RolloutID: string(r.ID), Scope: scopeID(r.Scope), Side: v.side, Name: string(v.Name), Idx: int64(v.Index), Unset: v.Unset, Secret: v.Secret,
		SetAt: ms(v.SetAt), SetBy: v.SetBy,
	}
	switch {
	case v.Unset:
	case v.Secret:
		p.Sealed, err = s.seal(ctx, rolloutPlace(p.Scope, p.RolloutID, p.Side, p.Name, strconv.Itoa(v.Index)), []byte(v.Opened.RevealSecret()))
		if err != nil {
			return err
		}
	default:
		p.Value = v.Value
	}
	return s.fail(s.queries().PutRolloutValue(ctx, p), "rollout")
}

// rolloutValues returns those of a side, secrets opened if wanted.
func (s *Store) rolloutValues(ctx context.Context, id ztp.RolloutID, side string, open bool) ([]rolloutValue, error) {
	rows, err := s.queries().ListRolloutValues(ctx, string(id))
	if err != nil {
		return nil, s.fail(err, "rollout")
	}
	var values []rolloutValue
	for _, r := range rows {
		if r.Side != side {
			continue
		}
		v := rolloutValue{side: side, Unset: r.Unset, Setting: ztp.Setting{
			Name: ztp.SettingName(r.Name), Index: int(r.Idx), Value: r.Value, Secret: r.Secret, SetAt: instant(r.SetAt), SetBy: r.SetBy,
		}}
		if open && r.Sealed != nil {
			if v.Opened, err = s.openRolloutValue(ctx, r); err != nil {
				return nil, err
			}
		}
		values = append(values, v)
	}
	return values, nil
}

func (s *Store) openRolloutValue(ctx context.Context, r db.SettingRolloutValue) (ztp.Secret, error) {
	at := rolloutPlace(r.Scope, r.RolloutID, r.Side, r.Name, strconv.FormatInt(r.Idx, 10))
	sealed := r.Sealed
	plain, err := s.opened(ctx, at, func() ([]byte, error) {
		if now := sealed; now != nil {
			sealed = nil
			return now, nil
		}
		rows, err := s.queries().ListRolloutValues(ctx, r.RolloutID)
		for _, now := range rows {
			if now.Side == r.Side && now.Name == r.Name && now.Idx == r.Idx && now.Sealed != nil {
				return now.Sealed, nil
			}
		}
		if err == nil {
			return nil, outdated("settings")
		}
		return nil, s.fail(err, "rollout")
	})
	if err != nil {
		return ztp.Secret{}, err
	}
	defer clear(plain)
	return ztp.NewSecret(string(plain)), nil
}

// mergeRollout puts its values in the place of those of its scope, which are kept.
func (s *Store) mergeRollout(ctx context.Context, r ztp.Rollout) error {
	values, err := s.rolloutValues(ctx, r.ID, sideNew, true)
	if err != nil {
		return err
	}
	present, err := s.OpenSettings(ctx, r.Scope)
	if err != nil {
		return err
	}
	standing := map[string]ztp.Setting{}
	for _, one := range present[0].Settings {
		standing[one.Label()] = one
	}
	for _, v := range values {
		former := rolloutValue{side: sideFormer, Setting: v.Setting, Unset: true}
		if one, ok := standing[v.Label()]; ok {
			former.Setting, former.Unset = one, false
		}
		if err := s.putRolloutValue(ctx, r, former); err != nil {
			return err
		}
		v.SetAt = r.MovedAt
		if err := s.putSetting(ctx, scopeID(r.Scope), v.Setting, v.Unset); err != nil {
			return err
		}
	}
	return nil
}

// restoreFormer puts back what stood in its scope before, as long as its values still
// stand there as it has set them, at that time.
func (s *Store) restoreFormer(ctx context.Context, r ztp.Rollout, done time.Time) error {
	values, err := s.rolloutValues(ctx, r.ID, sideNew, false)
	if err != nil {
		return err
	}
	present, err := s.Settings(ctx, r.Scope)
	if err != nil {
		return err
	}
	standing := map[string]time.Time{}
	for _, one := range present[0].Settings {
		standing[one.Label()] = one.SetAt
	}
	for _, v := range values {
		if at, set := standing[v.Label()]; set == v.Unset || set && !at.Equal(done) {
			return ztp.Errorf(ztp.CodeRolloutEnded, "%s was changed once more since it has gone to everybody.", v.Label())
		}
	}
	if values, err = s.rolloutValues(ctx, r.ID, sideFormer, true); err != nil {
		return err
	}
	for _, v := range values {
		if v.Secret && !v.Unset && v.Opened.IsZero() {
			return ztp.Errorf(ztp.CodeRolloutEnded, "The secret that %s had before is not kept any more.", v.Label())
		}
		if err := s.putSetting(ctx, scopeID(r.Scope), v.Setting, v.Unset); err != nil {
			return err
		}
	}
	return nil
}

// RolloutDiff says what it changes. What stands in the scope now is what it changes until
// it is done.
func (s *Store) RolloutDiff(ctx context.Context, r ztp.Rollout) ([]ztp.RolloutChange, error) {
	values, err := s.rolloutValues(ctx, r.ID, sideNew, false)
	if err != nil {
		return nil, err
	}
	before := map[string]*string{}
	former, err := s.rolloutValues(ctx, r.ID, sideFormer, false)
	if err != nil {
		return nil, err
	}
	for _, v := range former {
		before[v.Label()] = v.shown()
	}
	if len(former) == 0 {
		present, err := s.Settings(ctx, r.Scope)
		if err != nil {
			return nil, err
		}
		for _, one := range present[0].Settings {
			before[one.Label()] = rolloutValue{Setting: one}.shown()
		}
	}
	diff := make([]ztp.RolloutChange, len(values))
	for i, v := range values {
		diff[i] = ztp.RolloutChange{Name: v.Name, Index: v.Index, Secret: v.Secret, Before: before[v.Label()], After: v.shown()}
	}
	return diff, nil
}

func (v rolloutValue) shown() *string {
	if v.Unset {
		return nil
	}
	return &v.Value
}

// EachScopePhone hands phones below the scope to f.
func (s *Store) EachScopePhone(ctx context.Context, scope ztp.SettingScope, f func([]ztp.ScopePhone) bool) error {
	platforms := []string{string(scope.Platform)}
	if scope.Layer() == ztp.LayerInstallation {
		var err error
		if platforms, err = s.queries().PlatformIDs(ctx); err != nil {
			return s.fail(err, "platforms")
		}
	}
	for _, p := range platforms {
		for after := ""; ; {
			page, err := s.scopePhones(ctx, p, string(scope.Account), after)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			if !f(page) {
				return nil
			}
			after = page[len(page)-1].MAC.String()
		}
	}
	return nil
}

// CountScopePhones counts phones below the scope, where that is a platform or wider by the
// counts that triggers keep.
func (s *Store) CountScopePhones(ctx context.Context, scope ztp.SettingScope) (int, error) {
	var n int64
	var err error
	if scope.Account == "" {
		n, err = s.queries().CountPhonesBelow(ctx, string(scope.Platform))
	} else {
		n, err = s.queries().CountPhonesOfAccount(ctx, db.CountPhonesOfAccountParams{PlatformID: string(scope.Platform), AccountID: string(scope.Account)})
	}
	return int(n), s.fail(err, "phones")
}

// scopePage is how many phones a question returns.
const scopePage = 2000

func (s *Store) scopePhones(ctx context.Context, platform, account, after string) ([]ztp.ScopePhone, error) {
	var rows []db.PhonesOfPlatformRow
	var err error
	if account == "" {
		rows, err = s.queries().PhonesOfPlatform(ctx, db.PhonesOfPlatformParams{PlatformID: platform, After: after, MaxRows: scopePage})
	} else {
		var of []db.PhonesOfAccountRow
		of, err = s.queries().PhonesOfAccount(ctx, db.PhonesOfAccountParams{PlatformID: platform, AccountID: &account, After: after, MaxRows: scopePage})
		for _, r := range of {
			rows = append(rows, db.PhonesOfPlatformRow(r))
		}
	}
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	return mapRows(rows, func(r db.PhonesOfPlatformRow) (ztp.ScopePhone, error) {
		mac, err := ztp.ParseMAC(r.Mac)
		return ztp.ScopePhone{
			MAC: mac, Vendor: ztp.VendorName(r.Vendor), Model: r.Model, FirstFetchedAt: instantOrZero(r.FirstFetchedAt),
			FetchedAt: instantOrZero(r.FetchedAt), SIPRegistered: r.SipRegistered.Valid && r.SipRegistered.Bool,
		}, err
	})
}

// SettingFreeze is nil while changes go out.
func (s *Store) SettingFreeze(ctx context.Context) (*ztp.SettingFreeze, error) {
	r, err := s.queries().GetSettingFreeze(ctx)
	if err = s.fail(err, "freeze"); ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &ztp.SettingFreeze{Reason: r.Reason, At: instant(r.FrozenAt), By: r.FrozenBy}, nil
}

// FreezeSettings leaves an earlier freeze as it is.
func (s *Store) FreezeSettings(ctx context.Context, f ztp.SettingFreeze) (added bool, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		n, err := q.SetSettingFreeze(ctx, db.SetSettingFreezeParams{Reason: f.Reason, FrozenAt: ms(f.At), FrozenBy: f.By})
		added = n > 0
		return s.fail(err, "freeze")
	})
	return added, err
}

// UnfreezeSettings lets changes go out again.
func (s *Store) UnfreezeSettings(ctx context.Context) (lifted bool, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		n, err := q.LiftSettingFreeze(ctx)
		lifted = n > 0
		return s.fail(err, "freeze")
	})
	return lifted, err
}
