// Package phonefile reads and writes files of phones: CSV with a header line, as people
// keep them in spreadsheets.
//
// It recognises what spreadsheets do to such a file (byte order marks, UTF-16,
// semicolons, ="…" around numbers) and explains what they destroy (a MAC address turned
// into 1.23E+11, leading zeros lost). It reads line by line in bounded memory, says per
// row which field is wrong and what to do, and refuses what is no such file before it
// gives out a row. It knows nothing of accounts or of what is registered.
//
// Start reading at Reader.Next, then at the checks in fields.go.
package phonefile

import (
	"fmt"

	"zerotouch.example/internal/ztp"
)

// What a file may hold; more is too_large.
const (
	// MaxBytes is the longest file.
	MaxBytes = 512 << 20
	// MaxRows is how many phones a file may have.
	MaxRows = 2_000_000
	// maxLine is the longest line, and maxColumns how many values it may have.
	maxLine    = 16 << 10
	maxColumns = 100
)

// The columns, in the order in which they are written.
const (
	ColumnMAC     = "mac"
	ColumnAccount = "account"
	ColumnGroup   = "product_group"
	ColumnModel   = "model"
	ColumnName    = "name"
	ColumnSerial  = "serial"
	ColumnPIN     = "pin"
)

// Columns lists them all. Those before product_group have to be there.
var Columns = []string{ColumnMAC, ColumnAccount, ColumnGroup, ColumnModel, ColumnName, ColumnSerial, ColumnPIN}

const neededColumns = 2

// Row is one phone of a file. An empty value asks for nothing.
type Row struct {
	// Line is where it stands in the file; the header is line 1.
	Line int
	// MAC is zero when the file has none that can be read; Written is what it has.
	MAC     ztp.MAC
	Written string
	Account string
	Group   string
	Model   string
	Name    string
	Serial  string
	PIN     ztp.Secret
	// Faults are why it can't be taken; none when it can.
	Faults []ztp.RowFault
}

// refused is an error about the file as a whole; nothing of it is taken.
func refused(format string, args ...any) error {
	return ztp.Invalid("file", fmt.Sprintf(format, args...))
}

// TooLong refuses a file of which it is known beforehand that it is longer than MaxBytes.
func TooLong() error { return tooLarge("The file is longer than %d MB.", MaxBytes>>20) }

func tooLarge(format string, args ...any) error {
	return ztp.Errorf(ztp.CodeTooLarge, format+" Cut the file into parts.", args...)
}
