package phonefile

import (
	"encoding/csv"
	"io"
	"strings"
)

// dangerous are the characters with which a cell begins that spreadsheets run.
const dangerous = "=+-@\t\r"

// Escaped is a value that no spreadsheet takes for a formula: it gets an apostrophe
// before it, which Next takes off again.
func Escaped(v string) string {
	if v != "" && (strings.ContainsRune(dangerous, rune(v[0])) || v[0] == '\'' && len(v) > 1 && escapedSecond(v[1])) {
		return "'" + v
	}
	return v
}

func unescaped(v string) string {
	if len(v) > 1 && v[0] == '\'' && escapedSecond(v[1]) {
		return v[1:]
	}
	return v
}

func escapedSecond(c byte) bool { return c == '\'' || strings.IndexByte(dangerous, c) >= 0 }

// plainCell takes the ="…" off a value that a spreadsheet is kept from changing by it.
func plainCell(v string) string {
	if len(v) >= 3 && strings.HasPrefix(v, `="`) && strings.HasSuffix(v, `"`) && !strings.Contains(v[2:len(v)-1], `"`) {
		return v[2 : len(v)-1]
	}
	return v
}

// Writer writes lines of values that no spreadsheet takes for formulas.
type Writer struct{ csv *csv.Writer }

// NewWriter begins a file with the names of its columns. mark puts a byte order mark
// before them, by which Excel knows UTF-8.
func NewWriter(w io.Writer, mark bool, columns ...string) (*Writer, error) {
	if mark {
		if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
			return nil, err
		}
	}
	out := &Writer{csv.NewWriter(w)}
	return out, out.Write(columns...)
}

// Write adds a line.
func (w *Writer) Write(values ...string) error {
	line := make([]string, len(values)) // what the caller has given stays as it is
	for i, v := range values {
		line[i] = Escaped(v)
	}
	return w.csv.Write(line)
}

// Flush hands everything written on.
func (w *Writer) Flush() error { w.csv.Flush(); return w.csv.Error() }
