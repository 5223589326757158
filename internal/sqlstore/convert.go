package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"
)

// Instants are Unix milliseconds in the database; the zero time is NULL.

func ms(t time.Time) int64 { return t.UnixMilli() }

func msOrNull(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	v := t.UnixMilli()
	return &v
}

// firstMS and lastMS are the years 1 and 9999: no time beyond them can be written as JSON.
var (
	firstMS = time.Time{}.UnixMilli()
	lastMS  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli()
)

// instant is the time of a column. One that nobody could read, which somebody with a right
// to write phones' rows may have put there, comes as the nearest that can be.
func instant(v int64) time.Time { return time.UnixMilli(min(max(v, firstMS), lastMS)).UTC() }

func instantOrZero(v *int64) time.Time {
	if v == nil {
		return time.Time{}
	}
	return instant(*v)
}

// rounded gives a time inside a JSON column the same resolution as a column.
func rounded(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return instant(ms(t))
}

func textOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func textOrEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// toJSON encodes types of the domain, which always encode.
func toJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sqlstore: encode %T: %v", v, err))
	}
	return string(b)
}

func fromJSON(column, text string, v any) error {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return fmt.Errorf("column %s: %w", column, err)
	}
	return nil
}

// mapRows converts rows, stopping at the first that does not.
func mapRows[R, D any](rows []R, one func(R) (D, error)) ([]D, error) {
	out := make([]D, 0, len(rows))
	for _, r := range rows {
		d, err := one(r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}
