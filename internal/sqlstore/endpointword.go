package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// nameWord goes before a name in endpoint_word. No word begins with it.
const nameWord = "\n"

// nameIn is the name that a phone is listed by.
func nameIn(fold string) string {
	name, _, _ := strings.Cut(fold, "\n")
	return name
}

// wordsIn are what endpoint_word has of a phone.
func wordsIn(fold string) []string {
	return append([]string{nameWord + nameIn(fold)}, strings.Fields(fold[strings.LastIndexByte(fold, '\n')+1:])...)
}

// readNames looks at phones whose name begins with a text, by name.
func (s *Store) readNames(ctx context.Context, p ztp.PlatformID, begins string, filter condition, down bool, after []string, max int) ([]listed, error) {
	from, to := []any{nameWord + begins, ""}, []any{nameWord + begins + last, ""}
	if after != nil {
		name, rest, _ := strings.Cut(after[0], "\n")
		mac, _, _ := strings.Cut(rest, "\n")
		from = []any{nameWord + name, mac}
		if down {
			from, to = []any{nameWord + begins, ""}, from
		}
	}
	all, err := s.readByWord(ctx, p, wordRange{from, to, down}, filter, max, func(l *listed, word string) {
		l.keys = []string{l.fold}
		l.keep = l.keep && word == nameWord+nameIn(l.fold)
	})
	return all, err
}

// readWords looks at phones that have a word beginning with the term, by that word.
func (s *Store) readWords(ctx context.Context, p ztp.PlatformID, term string, filter condition, after []string, max int) ([]listed, error) {
	from := []any{term, ""}
	if after != nil {
		from = []any{after[0], after[1]}
	}
	return s.readByWord(ctx, p, wordRange{from, []any{term + last, ""}, false}, filter, max, func(l *listed, word string) { l.keys = []string{word, l.mac} })
}

// wordRange is what is between two words, each with a MAC.
type wordRange struct {
	from, to []any
	down     bool
}

func (s *Store) readByWord(ctx context.Context, p ztp.PlatformID, in wordRange, filter condition, max int, keys func(*listed, string)) ([]listed, error) {
	keep, way := "1", ""
	if filter.text != "" {
		keep = "CASE WHEN " + filter.text + " THEN 1 ELSE 0 END"
	}
	if in.down {
		way = " DESC"
	}
	values := slices.Concat(filter.values, []any{string(p)}, in.from, in.to, []any{max, string(p)})
	return s.readListed(ctx, "SELECT e.mac, w.word, e.fold, "+keep+` FROM (
			SELECT word, mac AS at FROM endpoint_word WHERE platform_id = ? AND (word, mac) > (?, ?) AND (word, mac) < (?, ?) ORDER BY word`+way+`, mac`+way+` LIMIT ?) AS w
		JOIN endpoint e ON e.platform_id = ? AND e.mac = w.at ORDER BY w.word`+way+`, w.at`+way, values, keys)
}

const (
	// wordsOf is of how many phones the words are put in together; some 30 MB while they are.
	wordsOf = 200_000
	// wordsAtOnce is how many words one transaction puts in.
	wordsAtOnce = 10_000
)

// TakeEndpoints is SaveEndpoints that leaves the words of new phones to PutWords.
func (s *Store) TakeEndpoints(ctx context.Context, p ztp.PlatformID, op ztp.OperationID, all []ztp.Endpoint) (lost []ztp.MAC, err error) {
	if !slices.ContainsFunc(all, func(e ztp.Endpoint) bool { return e.Version == 0 }) {
		return s.SaveEndpoints(ctx, p, all)
	}
	err = s.inTx(ctx, func(t *Store) error {
		q := t.queries()
		if err := q.OweWords(ctx, db.OweWordsParams{PlatformID: string(p), OperationID: string(op)}); err != nil {
			return s.fail(err, "words of phones")
		}
		if lost, err = t.SaveEndpoints(ctx, p, all); err != nil {
			return err
		}
		return s.fail(q.WordsOwed(ctx, db.WordsOwedParams{PlatformID: string(p), OperationID: string(op)}), "words of phones")
	})
	return lost, err
}

// PutWords puts in words that TakeEndpoints has left, of some phones. One that is renamed
// meanwhile may keep an old word; who reads looks at the phone, too.
func (s *Store) PutWords(ctx context.Context, p ztp.PlatformID, op ztp.OperationID) (more bool, err error) {
	select { // for the sake of memory, one at a time
	case s.putting <- struct{}{}:
		defer func() { <-s.putting }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	due, err := s.queries().GetWordsDue(ctx, db.GetWordsDueParams{PlatformID: string(p), OperationID: string(op)})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, s.fail(err, "words of phones")
	}
	words, last, err := s.wordsDue(ctx, p, op, due.AfterMac)
	if err != nil {
		return false, s.fail(err, "words of phones")
	}
	for some := range slices.Chunk(words.all, wordsAtOnce) {
		if err := s.putWords(ctx, p, words, some); err != nil {
			return false, s.fail(err, "words of phones")
		}
	}
	return last != "", s.change(ctx, func(q *db.Queries) error {
		if last == "" {
			return s.fail(q.EndWordsDue(ctx, db.EndWordsDueParams{PlatformID: string(p), OperationID: string(op), Saves: due.Saves}), "words of phones")
		}
		return s.fail(q.MoveWordsDue(ctx, db.MoveWordsDueParams{ToMac: last, PlatformID: string(p), OperationID: string(op), AfterMac: due.AfterMac}), "words of phones")
	})
}

func (s *Store) putWords(ctx context.Context, p ztp.PlatformID, in *wordList, words []wordAt) error {
	rows, platform := make([][]any, len(words)), any(string(p))
	for n, w := range words {
		word, mac := in.of(w)
		rows[n] = []any{platform, word, mac}
	}
	return s.inTx(ctx, func(t *Store) error {
		_, err := t.insertNew(ctx, "endpoint_word", []string{"platform_id", "word", "mac"}, rows)
		return err
	})
}

// wordsDue are the words, in their order, of phones that an operation has behind a MAC,
// and the last of their MACs; "" when there is none.
func (s *Store) wordsDue(ctx context.Context, p ztp.PlatformID, op ztp.OperationID, after string) (words *wordList, last string, err error) {
	text, values := s.dialect.number(`SELECT i.mac, (SELECT e.fold FROM endpoint e WHERE e.platform_id = ? AND e.mac = i.mac)
		FROM operation_item i WHERE i.operation_id = ? AND i.mac > ? ORDER BY i.mac LIMIT ?`, []any{string(p), string(op), after, wordsOf})
	rows, err := s.reader().QueryContext(ctx, text, values...)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	words = &wordList{}
	for rows.Next() {
		var fold *string
		if err := rows.Scan(&last, &fold); err != nil {
			return nil, "", err
		}
		if fold == nil {
			continue // removed
		}
		for _, w := range wordsIn(*fold) {
			words.add(w, last)
		}
	}
	words.sort()
	return words, last, rows.Err()
}

// PutLeftWords puts in what operations that have ended have left, such as a killed one.
func (s *Store) PutLeftWords(ctx context.Context) error {
	left, err := s.queries().ListWordsLeft(ctx)
	if err != nil {
		return s.fail(err, "words of phones")
	}
	for _, l := range left {
		for more := true; more; {
			if more, err = s.PutWords(ctx, ztp.PlatformID(l.PlatformID), ztp.OperationID(l.OperationID)); err != nil {
				return err
			}
		}
	}
	return nil
}
