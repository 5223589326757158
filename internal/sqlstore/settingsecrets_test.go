package sqlstore_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// What an older program has kept in the open is sealed where it lies, part by part, and
// opens there; what is no secret stays.
func TestSealSettings(t *testing.T) {
	t.Parallel()
	const canary = "https://user:secret@pbx.example/"
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		p, _ := filled(t, s)
		scope := ztp.SettingScope{Platform: p[0]}
		var changes []ztp.SettingChange
		for i := range 130 { // more than a part
			changes = append(changes, ztp.SettingChange{Name: "snom:action_setup_url", Index: i, Value: ztp.NewSecret(canary + string(rune('a'+i%26)))})
		}
		changes = append(changes, ztp.SettingChange{Name: "snom:dim_timer", Value: ztp.NewSecret("20")}, ztp.SettingChange{Name: "language", Value: ztp.NewSecret("de")})
		if _, err := s.ChangeSettings(ctx, scope, nil, changes, "ann", time.Now()); err != nil {
			t.Fatal(err)
		}
		r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), Scope: scope, State: ztp.RolloutProposed, ProposedAt: time.Now(), MovedAt: time.Now()}
		if err := s.ProposeSettings(ctx, r, nil, changes); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{260, 0} {
			n, err := s.SealSettings(ctx, func(name ztp.SettingName) bool { return strings.HasPrefix(string(name), "snom:action_") })
			if err != nil || n != want {
				t.Errorf("sealed %d, %v; want %d", n, err, want)
			}
		}
		rows := strings.Join(column(t, s.Raw(), "SELECT CAST(x AS text) FROM (SELECT value AS x FROM setting UNION ALL SELECT value FROM setting_rollout_value) y"), "\n")
		if strings.Contains(rows, "secret") || strings.Count(rows, "20") != 2 {
			t.Errorf("the rows are %q", rows)
		}
		mustRotate(t, s)
		got, err := s.OpenSettings(ctx, scope)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range got[0].Settings {
			if isURL := strings.HasPrefix(string(one.Name), "snom:action_"); one.Secret != isURL || isURL && one.Opened.RevealSecret() != canary+string(rune('a'+one.Index%26)) {
				t.Errorf("%s: %+v", one.Label(), one)
			}
		}
	})
}

// Secrets of settings are sealed where they lie, open nowhere else (in no other scope, of
// no other name, on no other line), and go through a rotation of the keys.
func TestSecrets_OfSettings(t *testing.T) {
	t.Parallel()
	const canary = "sip-secret-in-the-open"
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		p, a := filled(t, s)
		scopes := []ztp.SettingScope{{}, {Platform: p[0]}, {Platform: p[0], Account: a[0]}}
		for i, scope := range scopes {
			_, err := s.ChangeSettings(ctx, scope, nil, []ztp.SettingChange{
				{Name: "admin_password", Value: ztp.NewSecret(canary + string(rune('0'+i))), Secret: true},
				{Name: "snom:ldap_password", Index: 1, Value: ztp.NewSecret(canary), Secret: true},
				{Name: "snom:ldap_password", Index: 2, Value: ztp.NewSecret(canary), Secret: true},
			}, "ann", time.Now())
			if err != nil {
				t.Fatal(err)
			}
		}
		onItsWay := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), Scope: scopes[1], State: ztp.RolloutProposed, ProposedAt: time.Now(), MovedAt: time.Now()}
		err := s.ProposeSettings(ctx, onItsWay, nil, []ztp.SettingChange{{Name: "snom:ldap_password", Index: 1, Value: ztp.NewSecret(canary + "!"), Secret: true}})
		if err != nil {
			t.Fatal(err)
		}
		rows := strings.Join(column(t, s.Raw(), "SELECT CAST(x AS text) FROM (SELECT name || value || set_by AS x FROM setting UNION ALL SELECT name || value || set_by FROM setting_rollout_value) y"), "\n")
		files := map[string][]byte{"setting": []byte(rows)}
		if filepath.IsAbs(dsn) {
			files = snapshot(t, filepath.Dir(dsn))
		}
		found := 0
		for name, text := range files {
			found += strings.Count(string(text), "ldap_password")
			if strings.Contains(string(text), canary) {
				t.Errorf("%s holds a secret in the open", name)
			}
		}
		if found == 0 {
			t.Error("the rows were not there to be searched")
		}
		mustRotate(t, s)
		got, err := s.OpenSettings(ctx, scopes...)
		if err != nil {
			t.Fatal(err)
		}
		for i, scope := range got {
			if v := scope.Settings[0].Opened.RevealSecret(); v != canary+string(rune('0'+i)) {
				t.Errorf("%s: another value after a rotation of the keys", scope.Scope.Layer())
			}
		}
		onItsWay.State, onItsWay.Percent, onItsWay.Version = ztp.RolloutDone, 100, 1
		if _, err := s.SaveRollout(ctx, onItsWay); err != nil {
			t.Fatal(err)
		}
		if got, err = s.OpenSettings(ctx, scopes[1]); err != nil || got[0].Settings[1].Opened.RevealSecret() != canary+"!" {
			t.Errorf("a secret on its way: %v", err)
		}
		for what, from := range map[string]string{
			"another scope": "scope = 'installation' AND name = 'admin_password'",
			"another name":  "scope LIKE 'account/%' AND name = 'snom:ldap_password' AND idx = 1",
		} {
			wantSwapSeen(t, s, what, from, "scope LIKE 'account/%' AND name = 'admin_password'", scopes[2])
		}
		wantSwapSeen(t, s, "another line", "scope = 'installation' AND name = 'snom:ldap_password' AND idx = 1",
			"scope = 'installation' AND name = 'snom:ldap_password' AND idx = 2", scopes[0])
	})
}

func wantSwapSeen(t *testing.T, s *sqlstore.Store, what, from, to string, scope ztp.SettingScope) {
	t.Helper()
	if _, err := s.Raw().Exec("UPDATE setting SET sealed = (SELECT x.sealed FROM setting x WHERE x." + strings.ReplaceAll(from, " AND ", " AND x.") + ") WHERE " + to); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenSettings(ctx, scope); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		t.Errorf("%s: want sealing_key_mismatch, got %v", what, err)
	}
	if _, err := s.Settings(ctx, scope); err != nil { // what needs no secret goes on
		t.Error(err)
	}
}

// A phone that is served costs one look for its scopes, by their ids.
func TestSQLite_SettingsAreFoundByKey(t *testing.T) {
	t.Parallel()
	mustPlan(t, "SEARCH setting_scope USING INDEX sqlite_autoindex_setting_scope_1 (id=?)", func(q *db.Queries) error {
		_, err := q.ListSettings(ctx, db.ListSettingsParams{})
		return err
	})
}
