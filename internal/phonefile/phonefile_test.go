package phonefile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/phonefile"
	"zerotouch.example/internal/ztp"
)

const header = "mac,account,product_group,model,name,serial,pin\n"

// read returns all rows of a file.
func read(t *testing.T, file string) ([]phonefile.Row, *phonefile.Reader) {
	t.Helper()
	r, err := phonefile.NewReader(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var rows []phonefile.Row
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, r
		}
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
}

func mac(t *testing.T, s string) ztp.MAC {
	t.Helper()
	m, err := ztp.ParseMAC(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func utf16File(order binary.ByteOrder, mark bool, text string) string {
	var b bytes.Buffer
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		_ = binary.Write(&b, order, u)
	}
	return b.String()
}

// The same phone, as programs and people write it.
func TestReader_Spellings(t *testing.T) {
	t.Parallel()
	const plain = "mac,account,name,pin\n000413A11FA7,main,Zoë €,0042\n"
	want := phonefile.Row{Line: 2, MAC: mac(t, "000413A11FA7"), Account: "main", Name: "Zoë €", PIN: ztp.NewSecret("0042")}
	for name, c := range map[string]struct{ file, encoding, comma string }{
		"Plain":             {plain, phonefile.UTF8, ","},
		"ByteOrderMark":     {"\ufeff" + plain, phonefile.UTF8, ","},
		"CRLF":              {strings.ReplaceAll(plain, "\n", "\r\n"), phonefile.UTF8, ","},
		"CR":                {strings.ReplaceAll(plain, "\n", "\r"), phonefile.UTF8, ","},
		"NoLastLineEnd":     {strings.TrimSpace(plain), phonefile.UTF8, ","},
		"Semicolons":        {strings.ReplaceAll(plain, ",", ";"), phonefile.UTF8, ";"},
		"Tabs":              {strings.ReplaceAll(plain, ",", "\t"), phonefile.UTF8, "\t"},
		"SaysItsSeparator":  {"sep=;\n" + strings.ReplaceAll(plain, ",", ";"), phonefile.UTF8, ";"},
		"Unicode16LE":       {utf16File(binary.LittleEndian, true, plain), phonefile.UTF16LE, ","},
		"Unicode16BE":       {utf16File(binary.BigEndian, true, plain), phonefile.UTF16BE, ","},
		"Unicode16NoMark":   {utf16File(binary.LittleEndian, false, plain), phonefile.UTF16LE, ","},
		"Unicode16BENoMark": {utf16File(binary.BigEndian, false, plain), phonefile.UTF16BE, ","},
		"Windows1252":       {"mac,account,name,pin\n000413A11FA7,main,Zo\xeb \x80,0042\n", phonefile.Windows1252, ","},
		"OtherOrder":        {"pin,NAME, Account ,MAC address\n0042,Zoë €,main,00-04-13-a1-1f-a7\n", phonefile.UTF8, ","},
		"GermanExcel":       {"MAC Address;Account; Name ;PIN;;\r\n00-04-13-a1-1f-a7;main;Zo\xeb \x80;0042;;\r\n;;;;;\r\n;;;;;\r\n", phonefile.Windows1252, ";"},
		"Quoted":            {"\"mac\",\"account\",\"name\",\"pin\"\n\"000413A11FA7\",\"main\",\"Zoë €\",\"0042\"\n", phonefile.UTF8, ","},
		"ExcelText":         {"mac,account,name,pin\n=\"000413A11FA7\",main,Zoë €,=\"0042\"\n", phonefile.UTF8, ","},
		"ExcelTextQuoted":   {"mac,account,name,pin\n\"=\"\"000413A11FA7\"\"\",main,Zoë €,\"=\"\"0042\"\"\"\n", phonefile.UTF8, ","},
		"Dots":              {"mac,account,name,pin\n0004.13A1.1FA7,main,Zoë €,0042\n", phonefile.UTF8, ","},
		"Spaces":            {"mac,account,name,pin\n 00 04 13 A1 1F A7 , main ,Zoë €,0042\n", phonefile.UTF8, ","},
		"Apostrophe":        {"mac,account,name,pin\n'000413A11FA7,main,Zoë €,0042\n", phonefile.UTF8, ","},
		"BlankLines":        {plain + "\n,,,\n   \n", phonefile.UTF8, ","},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, r := read(t, c.file)
			if name == "SaysItsSeparator" {
				rows[0].Line--
			}
			if diff := cmp.Diff([]phonefile.Row{want}, rows, cmp.Comparer(ztp.Secret.Equal)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if r.Encoding() != c.encoding || r.Separator() != c.comma {
				t.Errorf("read as %s with %q", r.Encoding(), r.Separator())
			}
		})
	}
}

// What can't be taken names the field, what happened and what to do; the row after it is read.
func TestReader_Faults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, field, says, remedy string }{
		"Scientific":      {"1.23457E+11,main", "mac", "turned the MAC address into a number (1.23457E+11)", "format the column as Text"},
		"ScientificComma": {"\"4,13E+10\",main", "mac", "turned the MAC address into a number", "format the column as Text"},
		"LikeHexDigits":   {"1.234567890E11,main", "mac", "turned the MAC address into a number", "Text"},
		"ZerosLost":       {"41311223344,main", "mac", "has 11 digits, it needs 12: a spreadsheet takes zeros off", "041311223344"},
		"TooShort":        {"0413A11FA7,main", "mac", "has 10 digits, it needs 12", "label"},
		"NoDigits":        {"00:04:13:A1:1F:ZZ,main", "mac", "hexadecimal", "label"},
		"NoDevice":        {"ff:ff:ff:ff:ff:ff,main", "mac", "not the address of a device", "label"},
		"NoMAC":           {",main", "mac", "There is no MAC address", "12 digits"},
		"NoAccount":       {"000413A11FA7,", "account", "No account", "slug"},
		"Formula":         {"000413A11FA7,main,,,\"=HYPERLINK(\"\"x\"\")\"", "name", "formula", "values only"},
		"Control":         {"000413A11FA7,main,,,a\x01b", "name", "control", "by hand"},
		"Direction":       {"000413A11FA7,main,,,a\u202eb", "name", "can't be shown", "by hand"},
		"LongName":        {"000413A11FA7,main,,," + strings.Repeat("x", 121), "name", "121 characters, 120 at most", "Shorten"},
		"LongModel":       {"000413A11FA7,main,," + strings.Repeat("x", 65), "model", "65 characters", "Shorten"},
		"PIN":             {"000413A11FA7,main,,,,,12 34", "pin", "no PIN", "without spaces"},
		"PINNumber":       {"000413A11FA7,main,,,,,1.2E+15", "pin", "number", "Text"},
		"TooManyValues":   {"000413A11FA7,main,,,,,,extra", "", "8 values", "quotes"},
		"OpenQuote":       {"000413A11FA7,main,,,\"two", "", "quotes", "ends on its line"},
		"StrayQuote":      {"000413A11FA7,main,,,5\" display", "", "quotes", "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, _ := read(t, header+c.line+"\n000413000001,main\n")
			if len(rows) != 2 || len(rows[0].Faults) != 1 || len(rows[1].Faults) != 0 {
				t.Fatalf("%+v", rows)
			}
			f := rows[0].Faults[0]
			if rows[0].Line != 2 || f.Field != c.field || !strings.Contains(f.Text, c.says) || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("line %d: %+v", rows[0].Line, f)
			}
		})
	}
}

// What is no file of phones is refused before a row of it is given out.
func TestReader_Refused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, says string }{
		"Empty":          {"", "empty"},
		"OnlyMark":       {"\xef\xbb\xbf", "empty"},
		"Blank":          {" \n\n", "empty"},
		"Workbook":       {"PK\x03\x04\x14\x00rest", ".xlsx"},
		"OldWorkbook":    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"},
		"PDF":            {"%PDF-1.7\n", "PDF"},
		"Binary":         {"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00", "binary"},
		"NoAccount":      {"mac,acount,name\n000413000001,main,x\n", `The column "account" is missing. The first line names the columns: mac,account,product_group,model,name,serial,pin. Unknown here: acount.`},
		"NoMAC":          {"account\nmain\n", `The column "mac" is missing`},
		"NoneOfThem":     {"phone;owner\n", `The columns "mac" and "account" are missing`},
		"NoHeader":       {"000413000001,main,D-Series\n", "no header"},
		"ColumnTwice":    {"mac,account,MAC\n", `"mac" is there twice`},
		"WebPage":        {"<!DOCTYPE html><html>", "web page"},
		"ManyColumns":    {"mac,account" + strings.Repeat(",x", 200) + "\n", "202 columns"},
		"BinaryFurther":  {"mac,account\x00\n", "binary"},
		"NotEvenColumns": {"hello world\n", "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := phonefile.NewReader(strings.NewReader(c.file))
			if err == nil || !strings.Contains(ztp.AsError(err).Detail, c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestReader_Ignored(t *testing.T) {
	t.Parallel()
	_, r := read(t, "mac,account,Notes,\n000413000001,main,later,\n")
	if diff := cmp.Diff([]string{"notes"}, r.Ignored()); diff != "" {
		t.Error(diff)
	}
}

// repeated is a file without an end.
type repeated struct{ header, line string }

func (r *repeated) Read(p []byte) (int, error) {
	if r.header != "" {
		n := copy(p, r.header)
		r.header = r.header[n:]
		return n, nil
	}
	return copy(p, strings.Repeat(r.line, 1+len(p)/len(r.line))[:len(p)/len(r.line)*len(r.line)]), nil
}

// A file without an end costs no memory and ends with a clear word.
func TestReader_Limits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ line, says string }{
		"Rows":  {"000413000001,m\n", "more than 2000 rows"},
		"Bytes": {strings.Repeat("\n", 1000), "longer than 1 MB"},
		"Line":  {"x", "Line 2 is longer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := phonefile.NewReader(&repeated{"mac,account\n", c.line})
			r.Limit(2000, 1<<20)
			for err == nil {
				_, err = r.Next()
			}
			if !ztp.IsCode(err, ztp.CodeTooLarge) || !strings.Contains(ztp.AsError(err).Detail, c.says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What is written is read as it was, and no value begins like a formula.
func TestWriter_RoundTrip(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plain", "=1+1", "+49 30 123", "-5", "@home", "'tis", "'=x", "''x", "with, comma", `5" display`, "two; parts", "Ærø", "'", "-"} {
		var b bytes.Buffer
		w, err := phonefile.NewWriter(&b, true, phonefile.Columns...)
		if err == nil {
			err = w.Write("00:04:13:00:00:01", "main", "D-Series", "D785", name, "s", "")
		}
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range strings.Split(strings.Split(b.String(), "\n")[1], ",") {
			if strings.ContainsAny(strings.Trim(cell, `"`)[:min(1, len(strings.Trim(cell, `"`)))], "=+-@") {
				t.Errorf("%q is written as %q", name, cell)
			}
		}
		rows, _ := read(t, b.String())
		if len(rows) != 1 || len(rows[0].Faults) != 0 || rows[0].Name != name {
			t.Errorf("%q came back as %+v", name, rows)
		}
	}
}

// FuzzReader: no input crashes the reader, makes it loop, or gets a value past the checks.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{header + "000413A11FA7,main,,,x,,1\n", "sep=;\nmac;account\n1.2E+11;x\n", utf16File(binary.BigEndian, true, header), "\"mac\",account\n\"a\n",
		"mac,account\n=\"0\",'=x\n", "\xef\xbb\xbfmac\taccount\r\n\x80\t\xff\r"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := phonefile.NewReader(bytes.NewReader(file))
		for n := 0; err == nil; n++ {
			if n > len(file)+1 {
				t.Fatal("more rows than bytes")
			}
			var row phonefile.Row
			if row, err = r.Next(); err != nil {
				break
			}
			if len(row.Faults) == 0 && (row.MAC.IsZero() || row.Account == "") {
				t.Fatalf("taken: %+v", row)
			}
			for _, v := range []string{row.Account, row.Name, row.Model, row.Serial, row.Group} {
				if len(row.Faults) == 0 && v != "" && !ztp.ValidName(strings.TrimLeft(v, "'")) && !strings.HasPrefix(v, "'") && strings.TrimSpace(v) == v {
					t.Fatalf("taken: %q", v)
				}
			}
			_ = fmt.Sprintf("%+v", row)
		}
		if !errors.Is(err, io.EOF) && ztp.IsCode(err, ztp.CodeInternal) {
			t.Fatalf("no error for users: %v", err)
		}
	})
}

// broken is a file whose sender goes away.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// What has not come whole is refused, and is no fault of ours.
func TestReader_BrokenOff(t *testing.T) {
	t.Parallel()
	const file = "mac,account\n000413000001,main\n"
	for name, text := range map[string]string{"UTF8": file, "UTF16": utf16File(binary.LittleEndian, true, file), "Header": "mac"} {
		r, err := phonefile.NewReader(broken{strings.NewReader(text)})
		for err == nil {
			_, err = r.Next()
		}
		if !ztp.IsCode(err, ztp.CodeInvalid) || !strings.Contains(ztp.AsError(err).Fields["file"], fmt.Sprintf("broke off after %d bytes", len(text))) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
