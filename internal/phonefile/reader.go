package phonefile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"zerotouch.example/internal/ztp"
)

// Reader gives out the phones of a file one after the other.
type Reader struct {
	lines    *bufio.Scanner
	counted  *counter
	line     int
	rows     int
	maxRows  int
	comma    rune
	encoding string
	// at is where a column stands, -1 without it.
	at      map[string]int
	width   int
	ignored []string
	// csv reads one line at a time: a quote that is not closed spoils its own line only,
	// and memory stays bounded.
	text *bufio.Reader
}

// NewReader reads the header. What is no file of phones is invalid, with the field
// "file"; what is larger than a file may be is too_large, here and in Next.
func NewReader(from io.Reader) (*Reader, error) {
	r := &Reader{counted: &counter{from: from, max: MaxBytes}, maxRows: MaxRows, text: bufio.NewReaderSize(nil, maxLine)}
	decoded, encoding, err := text(r.counted)
	if err != nil {
		return nil, r.readError(err)
	}
	r.encoding = encoding
	r.lines = bufio.NewScanner(decoded)
	r.lines.Buffer(make([]byte, 0, 4<<10), maxLine)
	r.lines.Split(anyLine)
	return r, r.header()
}

// Encoding is how the file is encoded, as far as it is read.
func (r *Reader) Encoding() string { return r.encoding }

// Separator stands between the values.
func (r *Reader) Separator() string { return string(r.comma) }

// Ignored are columns of the file that nothing is taken from.
func (r *Reader) Ignored() []string { return r.ignored }

// Next returns the next phone; io.EOF after the last one. A row that can't be taken has
// Faults, and what follows it is read all the same.
func (r *Reader) Next() (Row, error) {
	for {
		line, err := r.nextLine()
		if err != nil {
			return Row{}, err
		}
		if strings.Trim(line, "\" \t,;") == "" {
			continue // blank, or the end of a spreadsheet's used part
		}
		if r.rows++; r.rows > r.maxRows {
			return Row{}, tooLarge("The file has more than %d rows.", r.maxRows)
		}
		values, err := r.split(line)
		if err != nil {
			return Row{Line: r.line, Faults: []ztp.RowFault{quoteFault(err)}}, nil
		}
		return r.row(values), nil
	}
}

// nextLine returns a line without its end.
func (r *Reader) nextLine() (string, error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil {
			return "", r.readError(err)
		}
		return "", io.EOF
	}
	r.line++
	line := r.lines.Bytes()
	if !utf8.Valid(line) {
		line, r.encoding = fromWindows(line), Windows1252
	}
	return string(line), nil
}

func (r *Reader) readError(err error) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return tooLarge("Line %d is longer than %d characters, so this is hardly a line of one phone.", r.line+1, maxLine)
	case errors.Is(err, errTooLong):
		return tooLarge("The file is longer than %d MB.", r.counted.max>>20)
	}
	if b := (brokenOff{}); errors.As(err, &b) {
		e := ztp.Invalid("file", fmt.Sprintf("The file broke off after %d bytes. Nothing of it was kept; send it again.", r.counted.n))
		e.Err = b.error
		return e
	}
	return err
}

func (r *Reader) split(line string) ([]string, error) {
	return splitLine(r.text, line, r.comma)
}

func splitLine(text *bufio.Reader, line string, comma rune) ([]string, error) {
	text.Reset(strings.NewReader(line))
	c := csv.NewReader(text)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = comma, -1, false
	values, err := c.Read()
	if err == nil {
		for i, v := range values {
			values[i] = plainCell(v)
		}
		return values, nil
	}
	if !errors.Is(err, csv.ErrBareQuote) {
		return nil, err
	}
	// ="00041312" is no CSV, and yet what Excel's users write to keep zeros.
	text.Reset(strings.NewReader(line))
	c = csv.NewReader(text)
	c.Comma, c.FieldsPerRecord, c.LazyQuotes = comma, -1, true
	values, lazyErr := c.Read()
	if lazyErr != nil {
		return nil, err
	}
	for i, v := range values {
		plain := plainCell(v)
		if plain == v && strings.Contains(v, `"`) {
			return nil, err
		}
		values[i] = plain
	}
	return values, nil
}

// header finds the separator and where each column stands.
func (r *Reader) header() error {
	line := ""
	for {
		var err error
		if line, err = r.nextLine(); err == io.EOF {
			return refused("The file is empty. Its first line names the columns: %s.", headerLine())
		} else if err != nil {
			return err
		}
		if sep, ok := strings.CutPrefix(strings.TrimSpace(line), "sep="); ok && len(sep) == 1 && strings.Contains(separators, sep) {
			r.comma = rune(sep[0])
			continue
		}
		if strings.TrimSpace(line) != "" {
			break
		}
	}
	if strings.ContainsRune(line, 0) {
		return refused("This is a binary file, no CSV file. %s", saveAsCSV)
	}
	names := r.names(line)
	r.width = len(names)
	if len(names) > maxColumns {
		return tooLarge("The first line has %d columns, %d at most are taken.", len(names), maxColumns)
	}
	return r.locate(names)
}

const separators = ",;\t"

// names splits the header at the separator that finds most of the columns.
func (r *Reader) names(line string) (best []string) {
	found, given := -1, r.comma
	for _, comma := range separators {
		if given != 0 && comma != given {
			continue
		}
		names, err := splitLine(r.text, line, comma)
		if err != nil {
			continue
		}
		n := 0
		for i, name := range names {
			names[i] = columnName(name)
			if slices.Contains(Columns, names[i]) {
				n++
			}
		}
		if n > found {
			best, found = names, n
			r.comma = comma
		}
	}
	return best
}

// columnName is the name as it is compared.
func columnName(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.NewReplacer(" ", "_", "-", "_").Replace(name)
	switch name {
	case "mac_address":
		return ColumnMAC
	case "productgroup":
		return ColumnGroup
	}
	return name
}

func (r *Reader) locate(names []string) error {
	r.at = map[string]int{}
	for _, c := range Columns {
		r.at[c] = -1
	}
	for i, name := range names {
		switch at, known := r.at[name]; {
		case name == "":
		case !known:
			r.ignored = append(r.ignored, clip(printable(name), 40))
		case at >= 0:
			return refused("The column %q is there twice. Keep one of them.", name)
		default:
			r.at[name] = i
		}
	}
	var missing []string
	for _, c := range Columns[:neededColumns] {
		if r.at[c] < 0 {
			missing = append(missing, `"`+c+`"`)
		}
	}
	switch {
	case len(missing) == 0:
		return nil
	case len(missing) == neededColumns && slices.ContainsFunc(names, isMAC):
		return refused("The file has no header: its first line is a phone already. Put this line above it: %s", headerLine())
	case len(missing) == 1:
		return refused("The column %s is missing. The first line names the columns: %s.%s", missing[0], headerLine(), r.seen())
	}
	return refused("The columns %s are missing. The first line names the columns: %s.%s", strings.Join(missing, " and "), headerLine(), r.seen())
}

// seen names the columns of the file that are unknown: one of them may be the missing one.
func (r *Reader) seen() string {
	if len(r.ignored) == 0 {
		return ""
	}
	return " Unknown here: " + strings.Join(r.ignored[:min(len(r.ignored), 5)], ", ") + "."
}

func isMAC(s string) bool { _, err := ztp.ParseMAC(s); return err == nil }

func headerLine() string { return strings.Join(Columns, ",") }

// anyLine splits at LF, CR LF and CR alone.
func anyLine(data []byte, atEOF bool) (advance int, token []byte, err error) {
	i := bytes.IndexAny(data, "\r\n")
	switch {
	case i < 0 && atEOF && len(data) > 0:
		return len(data), data, nil
	case i < 0:
		return 0, nil, nil
	case data[i] == '\n':
		return i + 1, data[:i], nil
	case i+1 == len(data) && !atEOF:
		return 0, nil, nil // the next byte tells
	case i+1 < len(data) && data[i+1] == '\n':
		return i + 2, data[:i], nil
	}
	return i + 1, data[:i], nil
}

var errTooLong = errors.New("longer than a file may be")

// counter ends a file that is too long.
type counter struct {
	from io.Reader
	n    int64
	max  int64
}

func (c *counter) Read(p []byte) (int, error) {
	if c.n > c.max {
		return 0, errTooLong
	}
	n, err := c.from.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		err = brokenOff{err}
	}
	return n, err
}

// brokenOff is what kept the rest of a file from coming. As an error of its own it is not
// taken for the end of the file, as io.ErrUnexpectedEOF might be.
type brokenOff struct{ error }

func (b brokenOff) Unwrap() error { return b.error }
