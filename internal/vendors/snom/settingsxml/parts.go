package settingsxml

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"regexp"
	"strconv"
)

// Key is one function key. Keys have the flag RW: a read-only list makes a phone write its log full.
type Key struct {
	// Index counts from 0, as phones do.
	Index int
	// Context is the identity that the key works with, or "active".
	Context string
	Label   string
	// Value is what the key does, such as "blf sip:201@pbx.example.net".
	Value string
}

// Entry is one entry of the phone book.
type Entry struct {
	Name, Number string
}

var contextPattern = regexp.MustCompile(`^(active|[1-9][0-9]?)$`)

func (d Document) writeKeys(b *bytes.Buffer) error {
	if len(d.Keys) == 0 {
		return nil
	}
	b.WriteString("  <functionKeys e=\"2\">\n")
	seen := make(map[int]bool, len(d.Keys))
	for _, k := range d.Keys {
		switch {
		case k.Index < 0 || k.Index > maxIndex || seen[k.Index]:
			return fmt.Errorf("function key %d: the index is outside 0 to %d, or stands there twice", k.Index, maxIndex)
		case !contextPattern.MatchString(k.Context):
			return fmt.Errorf("function key %d: unknown context", k.Index)
		}
		seen[k.Index] = true
		b.WriteString(`    <fkey idx="` + strconv.Itoa(k.Index) + `" context="` + k.Context + `" label="`)
		if err := escaped(b, k.Label); err != nil {
			return fmt.Errorf("function key %d, label: %w", k.Index, err)
		}
		b.WriteString(`" perm="` + string(ReadWrite) + `">`)
		if err := escaped(b, k.Value); err != nil {
			return fmt.Errorf("function key %d: %w", k.Index, err)
		}
		b.WriteString("</fkey>\n")
	}
	b.WriteString("  </functionKeys>\n")
	return nil
}

func (d Document) writeBook(b *bytes.Buffer) error {
	if d.Book == nil {
		return nil
	}
	b.WriteString("  <tbook e=\"2\" complete=\"true\">\n")
	for i, e := range d.Book {
		b.WriteString(`    <item context="active" type="none" index="` + strconv.Itoa(i) + `"><first_name></first_name><last_name>`)
		if err := escaped(b, e.Name); err != nil {
			return fmt.Errorf("phone book entry %d: %w", i, err)
		}
		b.WriteString("</last_name><number>")
		if err := escaped(b, e.Number); err != nil {
			return fmt.Errorf("phone book entry %d: %w", i, err)
		}
		b.WriteString("</number></item>\n")
	}
	b.WriteString("  </tbook>\n")
	return nil
}

// writeCertificates writes the container and its elements as the Snom wiki and client code in production have
// them. Of what an element holds, only its type is documented; the base64 of the DER, in one line, is what PEM
// has between its lines. Nothing else is written there, and nothing at all without a certificate.
func (d Document) writeCertificates(b *bytes.Buffer) error {
	if len(d.Certificates) == 0 {
		return nil
	}
	b.WriteString("  <certificates>\n")
	for i, der := range d.Certificates {
		if _, err := x509.ParseCertificate(der); err != nil {
			return fmt.Errorf("certificate %d: it is none", i+1)
		}
		b.WriteString(`    <certificate type="base64">` + base64.StdEncoding.EncodeToString(der) + "</certificate>\n")
	}
	b.WriteString("  </certificates>\n")
	return nil
}

// escaped writes text as it stands in an element or an attribute.
func escaped(b *bytes.Buffer, text string) error {
	if why := badText(text); why != "" {
		return fmt.Errorf("it has %s in it", why)
	}
	return xml.EscapeText(b, []byte(text))
}
