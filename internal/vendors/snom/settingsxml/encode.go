package settingsxml

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
)

const (
	head = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<settings>\n  <phone-settings e=\"2\">\n"
	next = "  </phone-settings>\n"
	tail = "</settings>\n"
)

// Encode returns the document as a settings file in UTF-8: the same document gives the same bytes. Nothing is
// returned when a setting is not valid or stands twice (a phone would silently take one of the two).
// e="2" tells the phone that numeric escapes may exceed 255.
func (d Document) Encode() ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(head) + len(next) + len(tail) + 80*len(d.Settings) + 90*len(d.Keys) + 150*len(d.Book))
	b.WriteString(head)
	seen := make(map[string]bool, len(d.Settings))
	for i, s := range d.Settings {
		if err := s.Validate(); err != nil {
			return nil, fmt.Errorf("setting %d: %w", i+1, err)
		}
		if label := s.Label(); seen[label] {
			return nil, fmt.Errorf("setting %d: %s stands in the document twice", i+1, label)
		} else {
			seen[label] = true
		}
		if err := s.write(&b); err != nil {
			return nil, fmt.Errorf("setting %d: %s: %w", i+1, s.Label(), err)
		}
	}
	b.WriteString(next)
	if err := d.writeKeys(&b); err != nil {
		return nil, err
	}
	if err := d.writeBook(&b); err != nil {
		return nil, err
	}
	if err := d.writeCertificates(&b); err != nil {
		return nil, err
	}
	b.WriteString(tail)
	return b.Bytes(), nil
}

// write appends one valid setting. Only the value needs escaping: name, index and flag come from closed sets.
func (s Setting) write(b *bytes.Buffer) error {
	b.WriteString("    <" + s.Name)
	if s.Index != nil {
		b.WriteString(` idx="` + strconv.Itoa(*s.Index) + `"`)
	}
	if s.Perm != Default {
		b.WriteString(` perm="` + string(s.Perm) + `"`)
	}
	b.WriteByte('>')
	if err := xml.EscapeText(b, []byte(s.Value)); err != nil {
		return err
	}
	b.WriteString("</" + s.Name + ">\n")
	return nil
}
