package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// Settings come with the phone's record in one column, and the changes of them that are on
// their way in another: each an array of rows, of which each is an array of texts, as JSON.

// scopesOfPhone are the scopes whose values count for the phone: ztp.Endpoint.SettingScopes.
const scopesOfPhone = `('installation', 'platform/' || endpoint.platform_id, 'account/' || endpoint.platform_id || '/' || endpoint.account_id,
	'endpoint/' || endpoint.platform_id || '/' || endpoint.mac)`

// phoneTexts are the two columns, in an engine's words for an array of arrays and for bytes
// in hexadecimal.
func phoneTexts(array, hexadecimal string) (texts [2]string) {
	text := func(columns, sealed, from string) string {
		return fmt.Sprintf("COALESCE((SELECT CAST("+array+" AS text) FROM "+from+"), '')", columns+", "+fmt.Sprintf(hexadecimal, sealed))
	}
	texts[0] = text("s.scope, s.name, CAST(s.idx AS text), s.value", "s.sealed", "setting AS s WHERE s.scope IN "+scopesOfPhone)
	texts[1] = text(`s.id, r.id, r.state, CAST(r.cut AS text), v.name, CAST(v.idx AS text),
		CASE WHEN v.unset THEN 'unset' ELSE '' END, CASE WHEN v.secret THEN 'secret' ELSE '' END, v.value`, "v.sealed",
		`setting_scope AS s JOIN setting_rollout AS r ON r.id = s.rollout_id JOIN setting_rollout_value AS v ON v.rollout_id = r.id AND v.side = 'new'
		WHERE s.id IN `+scopesOfPhone)
	return texts
}

// inOne puts the two columns into the statement of PhoneRecord.
type inOne struct {
	db.DBTX
	texts [2]string
}

func (q inOne) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	text = strings.Replace(text, "/*settings*/ ''", q.texts[0], 1)
	return q.DBTX.QueryContext(ctx, strings.Replace(text, "/*rollouts*/ ''", q.texts[1], 1), args...)
}

// settingsOfRecord arranges and opens what the record says, which is as sealed until then.
func (s *Store) settingsOfRecord(ctx context.Context, e ztp.Endpoint, settings, rollouts string) ([]ztp.ScopeSettings, error) {
	scopes := e.SettingScopes()
	found, place := make([]ztp.ScopeSettings, len(scopes)), make(map[string]*ztp.ScopeSettings, len(scopes))
	for i, scope := range scopes {
		found[i].Scope = scope
		place[scopeID(scope)] = &found[i]
	}
	err := textRows(settings, 5, func(row []string) error {
		in := place[row[0]]
		if in == nil {
			return fmt.Errorf("store: settings of %s", row[0])
		}
		one, err := s.settingOfTexts(ctx, row)
		in.Settings = append(in.Settings, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = textRows(rollouts, 10, func(row []string) error {
		in := place[row[0]]
		if in == nil {
			return fmt.Errorf("store: changes of %s", row[0])
		}
		return s.nextOfTexts(ctx, in, row)
	})
	for _, in := range found { // the engines give them in any order, and a file is the same each time
		sort.Slice(in.Settings, func(i, j int) bool { return compareSettings(in.Settings[i], in.Settings[j]) < 0 })
		if in.Next != nil {
			next := in.Next.Changes
			sort.Slice(next, func(i, j int) bool { return compareSettings(next[i].Setting, next[j].Setting) < 0 })
		}
	}
	return found, err
}

func compareSettings(a, b ztp.Setting) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Index, b.Index))
}

// settingOfTexts takes scope, name, index, value and the sealed value.
func (s *Store) settingOfTexts(ctx context.Context, row []string) (one ztp.Setting, err error) {
	one = ztp.Setting{Name: ztp.SettingName(row[1]), Value: row[3], Secret: row[4] != ""}
	if one.Index, err = strconv.Atoi(row[2]); err != nil || !one.Secret {
		return one, err
	}
	sealed, err := hex.DecodeString(row[4])
	if err == nil {
		one.Opened, err = s.openSetting(ctx, row[0], row[1], int64(one.Index), sealed)
	}
	return one, err
}

// nextOfTexts takes scope, rollout, state, cut, name, index, whether it unsets, whether it is
// secret, value and the sealed value.
func (s *Store) nextOfTexts(ctx context.Context, in *ztp.ScopeSettings, row []string) (err error) {
	r := db.SettingRolloutValue{Scope: row[0], RolloutID: row[1], Side: sideNew, Name: row[4]}
	one := ztp.NextSetting{Setting: ztp.Setting{Name: ztp.SettingName(r.Name), Secret: row[7] != "", Value: row[8]}, Unset: row[6] != ""}
	var bad [3]error
	var cut int64
	cut, bad[0] = strconv.ParseInt(row[3], 10, 64)
	r.Idx, bad[1] = strconv.ParseInt(row[5], 10, 64)
	r.Sealed, bad[2] = hex.DecodeString(row[9])
	if err := errors.Join(bad[:]...); err != nil {
		return err
	}
	if state := ztp.RolloutState(row[2]); state != ztp.RolloutRunning && state != ztp.RolloutStopped {
		return outdated("settings")
	}
	if one.Index = int(r.Idx); len(r.Sealed) > 0 {
		if one.Opened, err = s.openRolloutValue(ctx, r); err != nil {
			return err
		}
	}
	if in.Next == nil {
		in.Next = &ztp.NextSettings{Rollout: ztp.RolloutID(r.RolloutID), Cut: cut}
	}
	in.Next.Changes = append(in.Next.Changes, one)
	return nil
}

// textRows reads an array of arrays of so many texts each, of which one that is null is "",
// and gives each to f, which must not keep it. It is written out because json.Unmarshal
// takes longer for the settings of a phone than the database does to find them.
func textRows(text string, width int, f func(row []string) error) error {
	var row []string
	for text != "" {
		switch text[0] {
		case '[', ']', ',', ' ', '\n':
			text = text[1:]
			continue
		case 'n':
			rest, ok := strings.CutPrefix(text, "null")
			if !ok {
				return errNoTexts
			}
			row, text = append(row, ""), rest
		default:
			one, rest, err := jsonText(text)
			if err != nil {
				return err
			}
			row, text = append(row, one), rest
		}
		if len(row) < width {
			continue
		}
		if err := f(row); err != nil {
			return err
		}
		row = row[:0]
	}
	if len(row) > 0 {
		return errNoTexts
	}
	return nil
}

var errNoTexts = errors.New("store: what a phone gets is not as it was asked for")

// jsonText cuts one text in quotes off.
func jsonText(text string) (one, rest string, err error) {
	if text[0] != '"' {
		return "", "", errNoTexts
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			if one = text[1:i]; strings.Contains(one, `\`) {
				if json.Unmarshal([]byte(text[:i+1]), &one) != nil {
					err = errNoTexts // its own would repeat the value
				}
			}
			return one, text[i+1:], err
		}
	}
	return "", "", errNoTexts
}
