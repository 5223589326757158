package sqlstore

import (
	"context"
	"fmt"
	"iter"
	"strings"
)

// maxParameters is how many a statement may have; SQLite takes 32,766.
const maxParameters = 32_000

// insertRows inserts many rows with as few statements as may be. Names are ours and go
// into the statement as they are, onConflict too. It returns how many rows are new. It
// works in a transaction alone.
func (s *Store) insertRows(ctx context.Context, table string, columns []string, rows [][]any, onConflict string) (n int64, err error) {
	for some := range portions(rows, s.dialect.portions, maxParameters/len(columns)) {
		from, values := s.source(columnsOf(some, len(columns)), len(some))
		result, err := s.tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) %s %s", table, strings.Join(columns, ", "), from, onConflict), values...)
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

// insertNew is insertRows that leaves out rows whose key is there. Mostly there is none,
// and to look for each beforehand takes PostgreSQL as long as to insert it.
func (s *Store) insertNew(ctx context.Context, table string, columns []string, rows [][]any) (n int64, err error) {
	if s.dialect.looksFirst {
		return s.insertRows(ctx, table, columns, rows, "ON CONFLICT DO NOTHING")
	}
	if _, err := s.tx.ExecContext(ctx, "SAVEPOINT new_rows"); err != nil {
		return 0, err
	}
	n, err = s.insertRows(ctx, table, columns, rows, "")
	if s.dialect.classify(err) == classUnique {
		if _, err := s.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT new_rows"); err != nil {
			return 0, err
		}
		n, err = s.insertRows(ctx, table, columns, rows, "ON CONFLICT DO NOTHING")
	}
	if err != nil {
		return n, err
	}
	_, err = s.tx.ExecContext(ctx, "RELEASE SAVEPOINT new_rows")
	return n, err
}

// portions cuts rows into parts of these sizes, the last of which is 1 or, for a part of
// any size, 0: each size of a statement is parsed and kept on its own.
func portions(rows [][]any, sizes []int, most int) iter.Seq[[][]any] {
	return func(yield func([][]any) bool) {
		for _, size := range sizes {
			for len(rows) > 0 && size <= most && len(rows) >= size {
				if size == 0 {
					size = len(rows)
				}
				if !yield(rows[:size]) {
					return
				}
				rows = rows[size:]
			}
		}
	}
}

// values are those of one column: as many as there are rows, or the one that all have.
type values struct {
	list []any
	same bool
}

func columnsOf(rows [][]any, n int) []values {
	columns := make([]values, n)
	for c := range columns {
		v := values{list: make([]any, len(rows)), same: len(rows) > 1}
		for r, row := range rows {
			v.list[r] = plain(row[c])
			if _, bytes := v.list[r].([]byte); v.same && (bytes || v.list[r] != v.list[0]) {
				v.same = false
			}
		}
		columns[c] = v
	}
	return columns
}

// plain is a value without pointer, nil for none.
func plain(v any) any {
	switch v := v.(type) {
	case *string:
		if v == nil {
			return nil
		}
		return *v
	case *int64:
		if v == nil {
			return nil
		}
		return *v
	case []byte:
		if v == nil {
			return nil
		}
	}
	return v
}

// source is what is inserted, and its parameters: a column that has one value in all
// rows is one parameter, which halves the time that most statements take.
func (s *Store) source(columns []values, rows int) (text string, parameters []any) {
	if rows == 1 {
		for _, c := range columns {
			parameters = append(parameters, c.list[0])
		}
		return "VALUES (" + s.dialect.marks(1, len(columns)) + ")", parameters
	}
	var list []string
	var differing [][]any
	for _, c := range columns {
		switch {
		case !c.same:
			differing = append(differing, c.list)
			list = append(list, fmt.Sprintf("v.column%d", len(differing)))
		case c.list[0] == nil:
			list = append(list, "NULL")
		default:
			parameters = append(parameters, c.list[0])
			list = append(list, s.dialect.mark(len(parameters), c.list[0]))
		}
	}
	from, more := s.dialect.rows(len(parameters)+1, differing)
	return "SELECT " + strings.Join(list, ", ") + " FROM " + from + " WHERE true", append(parameters, more...)
}

// listedRows are rows as one long list of values.
func listedRows(_ int, columns [][]any) (text string, parameters []any) {
	one := "(" + sqliteMarks(1, len(columns)) + ")"
	text = "(VALUES " + one + strings.Repeat(", "+one, len(columns[0])-1) + ") AS v"
	parameters = make([]any, 0, len(columns)*len(columns[0]))
	for r := range columns[0] {
		for _, c := range columns {
			parameters = append(parameters, c[r])
		}
	}
	return text, parameters
}

// unnestedRows are rows as an array for each column.
func unnestedRows(first int, columns [][]any) (text string, parameters []any) {
	var arrays, names []string
	for n, c := range columns {
		array, of := arrayOf(c)
		parameters = append(parameters, array)
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", first+n, of))
		names = append(names, fmt.Sprintf("column%d", n+1))
	}
	return "unnest(" + strings.Join(arrays, ", ") + ") AS v(" + strings.Join(names, ", ") + ")", parameters
}

// arrayOf is a column, one of whose values at least is not nil, as an array with the
// name of PostgreSQL's type of its elements.
func arrayOf(values []any) (array any, of string) {
	for _, v := range values {
		switch v.(type) {
		case string:
			return elements[string](values), "text"
		case int64:
			return elements[int64](values), "bigint"
		case bool:
			return elements[bool](values), "boolean"
		case []byte:
			return elements[[]byte](values), "bytea"
		}
	}
	panic(fmt.Sprintf("sqlstore: no column is of type %T", values[0]))
}

// elements are []T, or []*T when some are nil.
func elements[T any](values []any) any {
	list, some := make([]T, len(values)), make([]*T, len(values))
	holes := false
	for i, v := range values {
		if v == nil {
			holes = true
			continue
		}
		list[i] = v.(T)
		some[i] = &list[i]
	}
	if holes {
		return some
	}
	return list
}
