package phonefile

import (
	"bufio"
	"bytes"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// The encodings that are recognised.
const (
	UTF8        = "UTF-8"
	UTF16LE     = "UTF-16 LE"
	UTF16BE     = "UTF-16 BE"
	Windows1252 = "Windows-1252"
)

// peeked is how much of a file is looked at to tell what it is.
const peeked = 4096

// foreign are the first bytes of files that people send in place of a CSV file.
var foreign = []struct{ begin, what string }{
	{"PK\x03\x04", "a spreadsheet (.xlsx or .ods) or another zip file"},
	{"\xd0\xcf\x11\xe0", "an old Excel file (.xls)"},
	{"%PDF", "a PDF document"},
	{"\x1f\x8b", "a compressed file"},
	{"{\\rtf", "a text document"},
	{"<!DOCTYPE", "a web page"}, {"<!doctype", "a web page"}, {"<html", "a web page"},
	{"\xff\xfe\x00\x00", "text in UTF-32"}, {"\x00\x00\xfe\xff", "text in UTF-32"},
}

const saveAsCSV = "Open it in a spreadsheet, save it as “CSV UTF-8” and send that."

// text returns the file's text as UTF-8, or as Windows-1252 where that is not valid, and
// how it is encoded as far as the beginning tells.
func text(r io.Reader) (io.Reader, string, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(peeked)
	if err != nil && err != io.EOF {
		return nil, "", err
	}
	if len(bytes.TrimSpace(head)) == 0 && len(head) < peeked {
		return nil, "", refused("The file is empty. Its first line names the columns: %s.", headerLine())
	}
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.begin)) {
			return nil, "", refused("This is %s, no CSV file. %s", f.what, saveAsCSV)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err := b.Discard(3)
		return b, UTF8, err
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		_, err := b.Discard(2)
		return &wide{from: b, low: 0}, UTF16LE, err
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		_, err := b.Discard(2)
		return &wide{from: b, low: 1}, UTF16BE, err
	}
	switch even, odd := zeros(head); {
	case even == 0 && odd == 0:
		return b, UTF8, nil
	case even == 0 && odd > len(head)/4:
		return &wide{from: b, low: 0}, UTF16LE, nil
	case odd == 0 && even > len(head)/4:
		return &wide{from: b, low: 1}, UTF16BE, nil
	}
	return nil, "", refused("This is a binary file, no CSV file. %s", saveAsCSV)
}

// zeros counts the zero bytes at even and at odd places.
func zeros(b []byte) (even, odd int) {
	for i, c := range b {
		switch {
		case c != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}
	return even, odd
}

// wide turns UTF-16 into UTF-8. low is the place of the lower byte in a unit.
type wide struct {
	from *bufio.Reader
	low  int
	left []byte
	high rune // the first half of a pair, 0 for none
}

func (w *wide) Read(p []byte) (int, error) {
	for len(w.left) < len(p) {
		unit, err := w.unit()
		if err == io.EOF && len(w.left) > 0 {
			break
		}
		if err != nil {
			return 0, err
		}
		w.take(unit)
	}
	n := copy(p, w.left)
	w.left = w.left[:copy(w.left, w.left[n:])]
	return n, nil
}

func (w *wide) unit() (rune, error) {
	var b [2]byte
	if _, err := io.ReadFull(w.from, b[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = io.EOF // half a unit at the end
		}
		return 0, err
	}
	return rune(b[w.low]) | rune(b[1-w.low])<<8, nil
}

func (w *wide) take(unit rune) {
	high := w.high
	w.high = 0
	switch {
	case high != 0:
		w.left = utf8.AppendRune(w.left, utf16.DecodeRune(high, unit))
	case utf16.IsSurrogate(unit):
		w.high = unit
	default:
		w.left = utf8.AppendRune(w.left, unit)
	}
}

// windows are the characters of Windows-1252 from 0x80 to 0x9F; 0 is none.
var windows = [32]rune{
	'€', 0, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0, 'Ž', 0,
	0, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0, 'ž', 'Ÿ',
}

// fromWindows decodes a line of Windows-1252.
func fromWindows(line []byte) []byte {
	out := make([]byte, 0, len(line)+16)
	for _, c := range line {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			if r = windows[c-0x80]; r == 0 {
				r = utf8.RuneError
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
