package sqlstore

import (
	"context"
	"database/sql"
	"regexp"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// ofMany are queries that have /*each of*/ before a parameter: that is a list of texts as
// JSON, which the two engines take apart differently. So there is one statement for lists
// of any length.
func (s *Store) ofMany() *db.Queries { return db.New(eachOf{s.reader(), &s.dialect}) }

type eachOf struct {
	db.DBTX
	dialect *dialect
}

var (
	eachMark = regexp.MustCompile(`/\*each of\*/ (\$\d+)`)
	fewMark  = regexp.MustCompile(`/\*each of few\*/ (\$\d+)`)
)

func (q eachOf) text(text string) string {
	return fewMark.ReplaceAllString(eachMark.ReplaceAllString(text, q.dialect.each), q.dialect.few)
}

func (q eachOf) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return q.DBTX.QueryContext(ctx, q.text(text), args...)
}

func (q eachOf) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	return q.DBTX.ExecContext(ctx, q.text(text), args...)
}

func listJSON[T ~string](list []T) string { return toJSON(append([]T{}, list...)) } // never null

// AccountSlugs are those of these accounts of these platforms.
func (s *Store) AccountSlugs(ctx context.Context, ps []ztp.PlatformID, ids []ztp.AccountID) (map[ztp.AccountID]string, error) {
	rows, err := s.ofMany().AccountSlugs(ctx, db.AccountSlugsParams{Platforms: listJSON(ps), Ids: listJSON(ids)})
	all := make(map[ztp.AccountID]string, len(rows))
	for _, r := range rows {
		all[ztp.AccountID(r.ID)] = r.Slug
	}
	return all, s.fail(err, "accounts")
}
