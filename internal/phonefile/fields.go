package phonefile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"zerotouch.example/internal/ztp"
)

// row makes a phone of the values of a line.
func (r *Reader) row(values []string) Row {
	row := Row{Line: r.line}
	if extra := len(values) - r.width; extra > 0 && strings.Trim(strings.Join(values[r.width:], ""), " ") != "" {
		row.fault("", fmt.Sprintf("This line has %d values, the first line names %d columns.", len(values), r.width),
			"A value with a separator in it has to stand in quotes.")
		return row
	}
	value := func(column string) string {
		if i := r.at[column]; i >= 0 && i < len(values) {
			return strings.TrimSpace(values[i])
		}
		return ""
	}
	row.mac(value(ColumnMAC))
	row.Account = value(ColumnAccount)
	if row.Account == "" {
		row.fault(ColumnAccount, "No account is named.", "Write the slug, the id or the external id of the account it belongs to.")
	}
	row.Group, row.Model, row.Name, row.Serial = value(ColumnGroup), value(ColumnModel), value(ColumnName), value(ColumnSerial)
	for _, f := range []struct {
		column string
		value  *string
		max    int
	}{{ColumnAccount, &row.Account, 120}, {ColumnGroup, &row.Group, 120}, {ColumnModel, &row.Model, 64}, {ColumnName, &row.Name, 120}, {ColumnSerial, &row.Serial, 64}} {
		row.check(f.column, f.value, f.max)
	}
	row.pin(value(ColumnPIN))
	return row
}

func (row *Row) fault(field, text, remedy string) {
	row.Faults = append(row.Faults, ztp.RowFault{Field: field, Text: text, Remedy: remedy})
}

// check refuses what can't be kept as it is. A refused value is not kept at all.
func (row *Row) check(column string, value *string, max int) {
	v := *value
	switch {
	case v == "":
		return
	case strings.HasPrefix(v, "="):
		row.fault(column, "This is a formula, not a value.", "Copy the column and paste it as values only.")
	case strings.ContainsFunc(v, unicode.IsControl):
		row.fault(column, "There are control characters in it.", "Write it again by hand, without line breaks.")
	case len([]rune(v)) > max:
		row.fault(column, fmt.Sprintf("It has %d characters, %d at most are taken.", len([]rune(v)), max), "Shorten it.")
	case !ztp.ValidName(v):
		row.fault(column, "There are characters in it that can't be shown.", "Write it again by hand.")
	default:
		*value = unescaped(v)
		return
	}
	*value = ""
}

// maxPIN is the longest PIN.
const maxPIN = 64

func (row *Row) pin(v string) {
	v = unescaped(v)
	if len(v) > maxPIN || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }) {
		row.fault(ColumnPIN, "This is no PIN.", fmt.Sprintf("A PIN has at most %d letters, digits and signs, without spaces.", maxPIN))
		return
	}
	if scientific.MatchString(v) {
		row.fault(ColumnPIN, "A spreadsheet has turned the PIN into a number, and digits are lost.", asText)
		return
	}
	if v != "" {
		row.PIN = ztp.NewSecret(v)
	}
}

var (
	// scientific is a number as spreadsheets show long ones. A MAC address with a dot has
	// four digits before it or two.
	scientific = regexp.MustCompile(`^[0-9](?:[.,][0-9]+E[+-]?|E\+)[0-9]{1,3}$`)
	hexDigits  = regexp.MustCompile(`^[0-9A-Fa-f]+$`)
	decDigits  = regexp.MustCompile(`^[0-9]+$`)
)

const asText = "The file no longer has the digits. In the spreadsheet, format the column as Text, enter or paste the values again, and save it as CSV once more."

// mac reads the MAC address, or says what has become of it.
func (row *Row) mac(v string) {
	v = strings.TrimPrefix(unescaped(v), "'") // typed to keep a spreadsheet from making a number of it
	if v == "" {
		row.fault(ColumnMAC, "There is no MAC address.", "Write the 12 digits from the phone's label.")
		return
	}
	row.Written = clip(printable(v), 40)
	if scientific.MatchString(v) {
		row.fault(ColumnMAC, "A spreadsheet has turned the MAC address into a number ("+row.Written+"), and digits are lost.", asText)
		return
	}
	mac, err := ztp.ParseMAC(v)
	if err == nil {
		row.MAC, row.Written = mac, ""
		return
	}
	digits := strings.NewReplacer(":", "", "-", "", ".", "", " ", "").Replace(v)
	switch n := len(digits); {
	case !hexDigits.MatchString(digits) || n > 12:
		row.fault(ColumnMAC, ztp.AsError(err).Detail, "Copy it from the phone's label.")
	case n == 12:
		row.fault(ColumnMAC, ztp.AsError(err).Detail, "Copy it from the phone's label; no phone has this one.")
	case decDigits.MatchString(v) && n >= 8:
		row.fault(ColumnMAC, fmt.Sprintf("The MAC address has %d digits, it needs 12: a spreadsheet takes zeros off the beginning of what looks like a number.", n),
			fmt.Sprintf("If it is %s, write that; better format the column as Text and enter the values again.", strings.Repeat("0", 12-n)+digits))
	default:
		row.fault(ColumnMAC, fmt.Sprintf("The MAC address has %s, it needs 12.", ztp.Counted(n, "digit", "digits")), "Copy it from the phone's label; a spreadsheet may have taken zeros off its beginning.")
	}
}

func quoteFault(err error) ztp.RowFault {
	f := ztp.RowFault{Text: "The quotes in this line don't match.", Remedy: "A value in quotes ends on its line, and a quote inside it is written twice."}
	var p *csv.ParseError
	if !errors.As(err, &p) {
		f.Text = "This line can't be read as CSV."
	}
	return f
}

// printable keeps what a file has written from steering a terminal or a page.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == '�' {
			return '?'
		}
		return r
	}, s)
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
