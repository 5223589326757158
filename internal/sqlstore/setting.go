package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// scopeID is what the migration says of setting_scope.id.
func scopeID(s ztp.SettingScope) string {
	switch s.Layer() {
	case ztp.LayerEndpoint:
		return "endpoint/" + string(s.Platform) + "/" + s.MAC.String()
	case ztp.LayerAccount:
		return "account/" + string(s.Platform) + "/" + string(s.Account)
	case ztp.LayerPlatform:
		return "platform/" + string(s.Platform)
	}
	return string(ztp.LayerInstallation)
}

// Settings returns what is set, without secrets.
func (s *Store) Settings(ctx context.Context, scopes ...ztp.SettingScope) ([]ztp.ScopeSettings, error) {
	return s.settings(ctx, false, scopes)
}

// OpenSettings returns what is set, secrets too.
func (s *Store) OpenSettings(ctx context.Context, scopes ...ztp.SettingScope) ([]ztp.ScopeSettings, error) {
	return s.settings(ctx, true, scopes)
}

// maxScopes is how many a query takes: one of each layer.
const maxScopes = 4

// settings asks once for all scopes: a phone that is served costs one question, and one
// more for each change on its way. A change that ends between the two is asked for again.
func (s *Store) settings(ctx context.Context, open bool, scopes []ztp.SettingScope) ([]ztp.ScopeSettings, error) {
	if len(scopes) > maxScopes {
		return nil, fmt.Errorf("store: settings of %d scopes", len(scopes))
	}
	for try := 1; ; try++ {
		found, err := s.settingsNow(ctx, open, scopes)
		if !ztp.IsCode(err, ztp.CodeFormOutdated) || try == openTries {
			return found, err
		}
	}
}

func (s *Store) settingsNow(ctx context.Context, open bool, scopes []ztp.SettingScope) ([]ztp.ScopeSettings, error) {
	var ids [maxScopes]string
	for i, scope := range scopes {
		ids[i] = scopeID(scope)
	}
	rows, err := s.queries().ListSettings(ctx, db.ListSettingsParams{One: ids[0], Two: ids[1], Three: ids[2], Four: ids[3]})
	if err != nil {
		return nil, s.fail(err, "settings")
	}
	return s.settingsOf(ctx, open, scopes, rows)
}

// settingsOf lays rows out by their scopes.
func (s *Store) settingsOf(ctx context.Context, open bool, scopes []ztp.SettingScope, rows []db.ListSettingsRow) (_ []ztp.ScopeSettings, err error) {
	found, place := make([]ztp.ScopeSettings, len(scopes)), make(map[string]int, len(scopes))
	for i, scope := range scopes {
		found[i].Scope = scope
		place[scopeID(scope)] = i
	}
	for _, r := range rows {
		in := &found[place[r.ID]]
		if in.Version == 0 && r.RolloutID != nil {
			if in.Next, err = s.next(ctx, ztp.RolloutID(*r.RolloutID), open); err != nil {
				return nil, err
			}
		}
		in.Version = r.Version
		if r.Name == nil {
			continue
		}
		one, err := s.settingOf(ctx, r, open)
		if err != nil {
			return nil, err
		}
		in.Settings = append(in.Settings, one)
	}
	return found, nil
}

// next returns the changes that have begun to go out; form_outdated when they have ended
// meanwhile.
func (s *Store) next(ctx context.Context, id ztp.RolloutID, open bool) (*ztp.NextSettings, error) {
	values, err := s.rolloutValues(ctx, id, sideNew, open)
	if err != nil {
		return nil, err
	}
	r, err := s.Rollout(ctx, id)
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, err
	}
	if r.State != ztp.RolloutRunning && r.State != ztp.RolloutStopped {
		return nil, outdated("settings")
	}
	n := &ztp.NextSettings{Rollout: id, Cut: r.Cut, Changes: make([]ztp.NextSetting, len(values))}
	for i, v := range values {
		n.Changes[i] = ztp.NextSetting{Setting: v.Setting, Unset: v.Unset}
	}
	return n, nil
}

// SettingsNamed returns values of one setting, wherever they stand.
func (s *Store) SettingsNamed(ctx context.Context, name ztp.SettingName, most int) ([]ztp.ScopeSettings, error) {
	rows, err := s.queries().OpenSettingsOf(ctx, db.OpenSettingsOfParams{Name: string(name), MaxRows: int64(most)})
	if err != nil {
		return nil, s.fail(err, "settings")
	}
	found := make([]ztp.ScopeSettings, len(rows))
	for i, r := range rows {
		scope, err := scopeOf(r.Scope)
		if err != nil {
			return nil, err
		}
		found[i] = ztp.ScopeSettings{Scope: scope, Settings: []ztp.Setting{{Name: name, Index: int(r.Idx), Value: r.Value}}}
	}
	return found, nil
}

func (s *Store) settingOf(ctx context.Context, r db.ListSettingsRow, open bool) (ztp.Setting, error) {
	one := ztp.Setting{
		Name: ztp.SettingName(*r.Name), Index: int(*r.Idx), Value: *r.Value, Secret: r.Sealed != nil,
		SetAt: instant(*r.SetAt), SetBy: *r.SetBy,
	}
	if !open || !one.Secret {
		return one, nil
	}
	var err error
	one.Opened, err = s.openSetting(ctx, r.ID, *r.Name, *r.Idx, r.Sealed)
	return one, err
}

// openSetting opens a value that was just read.
func (s *Store) openSetting(ctx context.Context, scope, name string, idx int64, sealed []byte) (ztp.Secret, error) {
	plain, err := s.opened(ctx, settingPlace(scope, name, strconv.FormatInt(idx, 10)), func() ([]byte, error) {
		if now := sealed; now != nil {
			sealed = nil
			return now, nil
		}
		now, err := s.queries().GetSettingSealed(ctx, db.GetSettingSealedParams{Scope: scope, Name: name, Idx: idx})
		return now, s.fail(err, "setting")
	})
	if err != nil {
		return ztp.Secret{}, err
	}
	defer clear(plain)
	return ztp.NewSecret(string(plain)), nil
}

// ChangeSettings changes values of a scope.
func (s *Store) ChangeSettings(ctx context.Context, scope ztp.SettingScope, expected *int64, changes []ztp.SettingChange, by string, at time.Time) (version int64, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		if version, err = t.raiseScope(ctx, scope, at); err != nil {
			return err
		}
		if expected != nil && version != *expected+1 {
			return outdated("settings")
		}
		for _, c := range changes {
			one := ztp.Setting{Name: c.Name, Index: c.Index, Secret: c.Secret, SetAt: at, SetBy: by}
			if c.Secret {
				one.Opened = c.Value
			} else {
				one.Value = c.Value.RevealSecret()
			}
			if err := t.putSetting(ctx, scopeID(scope), one, c.Unset); err != nil {
				return err
			}
		}
		return nil
	})
	return version, err
}

// raiseScope also locks the scope's row, so that changes of it come one after the other.
func (s *Store) raiseScope(ctx context.Context, scope ztp.SettingScope, at time.Time) (int64, error) {
	p := db.RaiseSettingScopeParams{
		ID: scopeID(scope), PlatformID: textOrNull(string(scope.Platform)), AccountID: textOrNull(string(scope.Account)), ChangedAt: ms(at),
	}
	if !scope.MAC.IsZero() {
		p.AccountID, p.Mac = nil, textOrNull(scope.MAC.String())
	}
	version, err := s.queries().RaiseSettingScope(ctx, p)
	if s.dialect.classify(err) == classForeign {
		return 0, ztp.NotFound(string(scope.Layer()))
	}
	return version, s.fail(err, "settings")
}

func (s *Store) putSetting(ctx context.Context, scope string, one ztp.Setting, unset bool) (err error) {
	if unset {
		return s.fail(s.queries().DeleteSetting(ctx, db.DeleteSettingParams{Scope: scope, Name: string(one.Name), Idx: int64(one.Index)}), "setting")
	}
	p := db.PutSettingParams{Scope: scope, Name: string(one.Name), Idx: int64(one.Index), Value: one.Value, SetAt: ms(one.SetAt), SetBy: one.SetBy}
	if one.Secret {
		p.Value = ""
		if p.Sealed, err = s.seal(ctx, settingPlace(scope, p.Name, strconv.Itoa(one.Index)), []byte(one.Opened.RevealSecret())); err != nil {
			return err
		}
	}
	return s.fail(s.queries().PutSetting(ctx, p), "setting")
}

// CopySettings seals the secrets again: they open nowhere but in their phone's place.
func (s *Store) CopySettings(ctx context.Context, p ztp.PlatformID, from, to ztp.MAC, at time.Time) error {
	return s.inTx(ctx, func(t *Store) error {
		source, target := ztp.SettingScope{Platform: p, MAC: from}, ztp.SettingScope{Platform: p, MAC: to}
		found, err := t.OpenSettings(ctx, source, target)
		if err != nil || len(found[0].Settings)+len(found[1].Settings) == 0 {
			return err
		}
		if _, err := t.raiseScope(ctx, target, at); err != nil {
			return err
		}
		if err := t.queries().DeleteSettings(ctx, scopeID(target)); err != nil {
			return s.fail(err, "settings")
		}
		for _, one := range found[0].Settings {
			if err := t.putSetting(ctx, scopeID(target), one, false); err != nil {
				return err
			}
		}
		return nil
	})
}
