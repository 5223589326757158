package sqlstore

import (
	"context"
	"fmt"
	"iter"
	"strings"
)

// maxParameters is how many a statement may have; SQLite takes 32,766.
const maxParameters = 32_000

// insertRows inserts many rows with as few statements as may be; both engines take
// them as one list of values. Names are ours and go into the statement as they are,
// onConflict too. It returns how many rows are new. It works in a transaction alone.
func (s *Store) insertRows(ctx context.Context, table string, columns []string, rows [][]any, onConflict string) (n int64, err error) {
	for some := range portions(rows, maxParameters/len(columns)) {
		var text strings.Builder
		fmt.Fprintf(&text, "INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", "))
		values := make([]any, 0, len(some)*len(columns))
		for i, row := range some {
			if i > 0 {
				text.WriteString(", ")
			}
			text.WriteString("(" + s.dialect.marks(i*len(columns)+1, len(columns)) + ")")
			values = append(values, row...)
		}
		text.WriteString(" " + onConflict)
		result, err := s.tx.ExecContext(ctx, text.String(), values...)
		if err != nil {
			return n, err
		}
		new, err := result.RowsAffected()
		if err != nil {
			return n, err
		}
		n += new
	}
	return n, nil
}

// portions cuts rows into parts of a few sizes: each size of a statement is parsed and
// kept on its own.
func portions(rows [][]any, most int) iter.Seq[[][]any] {
	return func(yield func([][]any) bool) {
		for _, size := range []int{500, 50, 5, 1} {
			for size <= most && len(rows) >= size {
				if !yield(rows[:size]) {
					return
				}
				rows = rows[size:]
			}
		}
	}
}
