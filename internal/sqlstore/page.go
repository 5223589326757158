package sqlstore

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"zerotouch.example/internal/ztp"
)

const (
	defaultLimit = 50
	maxLimit     = 1000
)

func limit(n int) int {
	switch {
	case n <= 0:
		return defaultLimit
	case n > maxLimit:
		return maxLimit
	}
	return n
}

// newCursor packs the sort key of the last row of a page. Callers see a word
// without meaning.
func newCursor(parts ...string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(toJSON(parts)))
}

// readCursor unpacks n parts; the empty cursor gives none.
func readCursor(cursor string, n int) ([]string, error) {
	parts, err := readAnyCursor(cursor)
	if err == nil && parts != nil && len(parts) != n {
		err = badCursor()
	}
	return parts, err
}

// readAnyCursor unpacks any number of parts but none; the empty cursor gives nil.
func readAnyCursor(cursor string) ([]string, error) {
	if cursor == "" {
		return nil, nil
	}
	var parts []string
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(raw, &parts) != nil || len(parts) == 0 {
		return nil, badCursor()
	}
	return parts, nil
}

func badCursor() error {
	return ztp.Invalid("cursor", "This is no cursor of this list. Leave it out to begin at the start.")
}

// page cuts off the one row that was read to see whether more follow.
func page[T any](items []T, max int, cursor func(T) string) ztp.Page[T] {
	if len(items) <= max {
		return ztp.Page[T]{Items: items}
	}
	items = items[:max]
	return ztp.Page[T]{Items: items, Next: cursor(items[max-1])}
}

// fold is the form in which text is searched and sorted without case.
func fold(words ...string) string { return strings.ToLower(strings.Join(words, "\n")) }
