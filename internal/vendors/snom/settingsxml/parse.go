package settingsxml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

const (
	// MaxSize is the largest settings file that Parse takes. The phones' own limit is not documented; a full D-Series
	// file with phone book is about a tenth of this.
	MaxSize = 1 << 20

	// maxDepth bounds the nesting inside the parts that are skipped.
	maxDepth = 32

	// maxAttributes bounds the attributes of one element; the format knows four.
	maxAttributes = 32
)

// File is one parsed file: settings, or an index of further files.
type File struct {
	// Document has the settings in file order; a setting that stands twice is there twice.
	Document Document
	// Index has the addresses of an index file, in order; nil for a settings file.
	Index []string
}

// Parse reads a settings file or an index of settings files. Anything that is not well-formed, not UTF-8, too large,
// has a document type, or has another root element is refused as a whole: half a file never reaches a phone.
// Errors name the line and never show content, which may hold passwords.
func Parse(data []byte) (File, error) {
	if len(data) > MaxSize {
		return File{}, fmt.Errorf("settings file is larger than %d bytes", MaxSize)
	}
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if err := checkCharacters(data); err != nil {
		return File{}, err
	}
	p := parser{d: xml.NewDecoder(bytes.NewReader(data))}
	file, err := p.file()
	if err != nil {
		line, _ := p.d.InputPos()
		return File{}, fmt.Errorf("settings file, line %d: %w", line, err)
	}
	return file, nil
}

// checkCharacters refuses bytes that XML 1.0 does not allow anywhere; the decoder looks at them in text only.
func checkCharacters(data []byte) error {
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1:
			return errors.New("settings file is not UTF-8")
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0xFFFE, r == 0xFFFF:
			return errors.New("settings file has a character in it that XML does not allow")
		}
		data = data[size:]
	}
	return nil
}

// parser reads tokens, refusing what this format has no use for.
type parser struct {
	d *xml.Decoder
}

func (p *parser) file() (File, error) {
	root, err := p.nextElement()
	if err != nil {
		return File{}, err
	}
	if root == nil {
		return File{}, errors.New("there is no element in it")
	}
	var file File
	switch root.Name.Local {
	case "settings":
		err = p.settings(&file)
	case "setting-files":
		err = p.index(&file)
	default:
		// An error page answered with 200 ends here; <firmware-settings> too, which phones fetch elsewhere.
		err = errors.New("the root element is neither <settings> nor <setting-files>")
	}
	if err != nil {
		return File{}, err
	}
	if more, err := p.nextElement(); err != nil || more != nil {
		return File{}, errors.New("something follows the root element")
	}
	return file, nil
}

// settings reads the parts of <settings>. Parts other than <phone-settings> only have to be well-formed.
func (p *parser) settings(file *File) error {
	for {
		part, err := p.nextElement()
		if err != nil || part == nil {
			return err
		}
		if part.Name.Local != "phone-settings" {
			err = p.skip()
		} else {
			err = p.phoneSettings(file)
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) phoneSettings(file *File) error {
	for {
		start, err := p.nextElement()
		if err != nil || start == nil {
			return err
		}
		s, err := newSetting(start)
		if err != nil {
			return err
		}
		if s.Value, err = p.text(); err != nil {
			return err
		}
		file.Document.Settings = append(file.Document.Settings, s)
	}
}

// newSetting takes name, index and flag from the start tag. Attributes of no interest are ignored, as unknown
// settings are; action="remove" is refused, because taking it for a value would set what was to be removed.
func newSetting(start *xml.StartElement) (Setting, error) {
	s := Setting{Name: start.Name.Local, Secret: IsSecret(start.Name.Local)}
	if !validName(s.Name) {
		return Setting{}, errors.New("an element name is not a valid setting name")
	}
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "idx":
			n, err := strconv.ParseUint(a.Value, 10, 31)
			if err != nil || n > maxIndex {
				return Setting{}, fmt.Errorf("%s: idx is not a number from 0 to %d", s.Name, maxIndex)
			}
			s.Index = new(int(n))
		case "perm":
			perm, ok := permissions[a.Value]
			if !ok {
				return Setting{}, fmt.Errorf("%s: unknown permission flag", s.Name)
			}
			s.Perm = perm
		case "action":
			return Setting{}, fmt.Errorf("%s: the action attribute is not supported", s.Name)
		}
	}
	return s, nil
}

// permissions has every documented spelling (Snom wiki, "Permission Flags").
var permissions = map[string]Perm{
	"": Default, "RW": ReadWrite, "$": ReadWrite, "R": ReadOnly, "&": ReadOnly, " ": ReadOnly, "!": UserKeeps, "V": Volatile,
}

func (p *parser) index(file *File) error {
	for {
		start, err := p.nextElement()
		if err != nil {
			return err
		}
		if start == nil {
			break
		}
		address := ""
		for _, a := range start.Attr {
			if a.Name.Local == "url" {
				address = a.Value
			}
		}
		if start.Name.Local != "file" || address == "" {
			return errors.New("an index holds <file url=\"…\"/> elements only")
		}
		if err := p.skip(); err != nil {
			return err
		}
		file.Index = append(file.Index, address)
	}
	if file.Index == nil {
		return errors.New("the index names no file")
	}
	return nil
}

// nextElement returns the next start tag, or nil at the end tag of the element being read.
// Text between elements other than white space means that something was cut or pasted wrongly.
func (p *parser) nextElement() (*xml.StartElement, error) {
	for {
		tok, err := p.next()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil
		case xml.CharData:
			if len(bytes.Trim(t, " \t\r\n")) > 0 {
				return nil, errors.New("there is text between the elements")
			}
		}
	}
}

// text returns the content of a setting up to its end tag.
func (p *parser) text() (string, error) {
	var b []byte
	for {
		tok, err := p.next()
		if err != nil {
			return "", err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return "", errors.New("there is an element inside a setting")
		case xml.EndElement:
			return string(b), nil
		case xml.CharData:
			b = append(b, t...)
		}
	}
}

// skip reads on to the end tag of the element just started.
func (p *parser) skip() error {
	for depth := 1; depth > 0; {
		tok, err := p.next()
		if err != nil {
			return err
		}
		switch tok.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return errors.New("elements are nested too deeply")
			}
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// next returns the next tag or text; io.EOF only after a balanced document. Decoder errors are replaced, because
// they quote the file.
func (p *parser) next() (xml.Token, error) {
	for {
		at := p.d.InputOffset()
		tok, err := p.d.Token()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		if err != nil {
			return nil, errors.New("not well-formed XML")
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return t, checkStart(t)
		case xml.EndElement, xml.CharData:
			return t, nil
		case xml.Directive:
			return nil, errors.New("a document type is not allowed")
		case xml.ProcInst:
			if t.Target == "xml" && at != 0 {
				return nil, errors.New("the XML declaration is not at the start")
			}
		}
	}
}

// checkStart refuses repeated attributes, which the decoder lets through, and name spaces, which the format has not.
func checkStart(start xml.StartElement) error {
	if start.Name.Space != "" {
		return errors.New("name spaces are not allowed")
	}
	if len(start.Attr) > maxAttributes {
		return errors.New("an element has too many attributes")
	}
	for i, a := range start.Attr {
		if a.Name.Space != "" || a.Name.Local == "xmlns" {
			return errors.New("name spaces are not allowed")
		}
		for _, b := range start.Attr[:i] {
			if a.Name == b.Name {
				return errors.New("an attribute stands twice")
			}
		}
	}
	return nil
}
