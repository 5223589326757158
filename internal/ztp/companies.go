package ztp

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// CompanyPair says which company at a vendor is which platform's.
type CompanyPair struct {
	// Line is where it stands in a file, 0 where there was none.
	Line      int
	CompanyID string
	// Platform is a slug or id.
	Platform string
	// Key is a key of the company that was made in the vendor's portal; zero where one
	// is to be made.
	Key APIKey
}

// MaxCompanyPairs bounds what one adoption takes.
const MaxCompanyPairs = 5000

var companyColumns = []string{"company_id", "platform", "key_id", "key_secret"}

// ParseCompanies reads a CSV file with the header company_id,platform and, if keys are
// brought along, key_id,key_secret, in any order. It takes what spreadsheets write: a
// byte order mark, semicolons or tabs, empty lines at the end. Every wrong line is
// named, and with a wrong line there is no result.
func ParseCompanies(file []byte) ([]CompanyPair, error) {
	file = bytes.TrimPrefix(file, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(file) {
		return nil, Invalid("csv", "The file is not UTF-8. In a spreadsheet choose “CSV UTF-8” when saving it.")
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.Comma, r.FieldsPerRecord = separator(file), -1
	header, err := r.Read()
	if err != nil {
		return nil, Invalid("csv", "The file is empty. Its first line is company_id,platform or company_id,platform,key_id,key_secret.")
	}
	column, err := columnsOf(header)
	if err != nil {
		return nil, err
	}
	wrong := map[string]string{}
	var pairs []CompanyPair
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			wrong[lineName(bad.Line)] = "The quotation marks of this line do not fit together."
			break // where the next line begins is not known
		}
		line, _ := r.FieldPos(0)
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}
		if len(record) > len(header) {
			wrong[lineName(line)] = fmt.Sprintf("It has %d columns, the first line has %d.", len(record), len(header))
			continue
		}
		pairs = append(pairs, pairOf(record, column, line))
	}
	switch {
	case len(wrong) > 0:
		return nil, InvalidFields(wrong)
	case len(pairs) == 0:
		return nil, Invalid("csv", "The file has a header and no lines below it.")
	case len(pairs) > MaxCompanyPairs:
		return nil, Invalid("csv", fmt.Sprintf("The file has %d lines; one adoption takes %d.", len(pairs), MaxCompanyPairs))
	}
	return pairs, nil
}

func lineName(n int) string { return fmt.Sprintf("line %d", n) }

// separator is the character between the names of the first line.
func separator(file []byte) rune {
	first, _, _ := bytes.Cut(file, []byte("\n"))
	for _, c := range ";\t" {
		if bytes.ContainsRune(first, c) {
			return c
		}
	}
	return ','
}

// columnsOf finds each column by its name.
func columnsOf(header []string) (map[string]int, error) {
	column := map[string]int{}
	for i, name := range header {
		name = strings.ToLower(strings.TrimSpace(name))
		_, twice := column[name]
		known := false
		for _, c := range companyColumns {
			known = known || c == name
		}
		switch {
		case twice && name != "":
			return nil, Invalid("csv", fmt.Sprintf("The first line has the column %q twice.", name))
		case !known && name != "":
			return nil, Invalid("csv", fmt.Sprintf("Column %d of the first line has an unknown name. It is company_id,platform or company_id,platform,key_id,key_secret.", i+1))
		}
		column[name] = i
	}
	for _, name := range companyColumns[:2] {
		if _, ok := column[name]; !ok {
			return nil, Invalid("csv", "The first line lacks the column "+name+". It is company_id,platform or company_id,platform,key_id,key_secret.")
		}
	}
	return column, nil
}

func pairOf(record []string, column map[string]int, line int) CompanyPair {
	value := func(name string) string {
		i, ok := column[name]
		if !ok || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	return CompanyPair{
		Line: line, CompanyID: value("company_id"), Platform: value("platform"),
		Key: APIKey{ID: value("key_id"), Secret: NewSecret(value("key_secret"))},
	}
}

// Field names a value of the pair, the nth of its list, in refusals.
func (p CompanyPair) Field(n int, name string) string {
	if p.Line > 0 {
		return lineName(p.Line) + ", " + name
	}
	return fmt.Sprintf("companies[%d].%s", n, name)
}
