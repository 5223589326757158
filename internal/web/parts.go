package web

import (
	"net/url"
	"time"

	"zerotouch.example/internal/ztp"
)

// status is a glyph with its words.
type status struct {
	// Kind is ok, off, warn, err, unk or busy.
	Kind, Text string
}

// Tone is the colour: unknown shares the one of warnings.
func (s status) Tone() string {
	if s.Kind == "unk" {
		return "warn"
	}
	return s.Kind
}

// hidden is one hidden field of a form.
type hidden struct{ Name, Value string }

// button is something to press. With Href it is a link, with Get a form that
// asks for a confirmation, with Post one that acts at once.
type button struct {
	ID, Label string
	// On completes the label for those who hear it out of context.
	On string
	// Kind is "", act, danger, quiet or plain.
	Kind     string
	Href     string
	Get      string
	Post     string
	Fields   []hidden
	Row      string
	Disabled bool
	Busy     bool
	// WhyOff is the id of what says why it is disabled, "" where nothing has to.
	WhyOff string
}

// asLink makes a link of a button that only asks, for use inside another form.
func (b button) asLink() button {
	b.Href, b.Get = b.Get, ""
	for i, f := range b.Fields {
		sep := "&"
		if i == 0 {
			sep = "?"
		}
		b.Href += sep + f.Name + "=" + url.QueryEscape(f.Value)
	}
	b.Fields = nil
	return b
}

// metaItem is one entry of the small print below a message.
type metaItem struct {
	Text string
	Code string
	Copy copyable
	At   time.Time
}

// message is what a row or a page has to say.
type message struct {
	// Kind is ok, info, warn, err or busy.
	Kind  string
	Title string
	// Paras and Steps are rich text.
	Paras   []string
	Steps   []string
	Buttons []button
	Meta    []metaItem
	// Fresh: the answer to what this reader just did; focus goes here.
	Fresh bool
	// Level of the heading; 4 when zero.
	Level int
	// Progress is shown when Total is not 0.
	Handled, Total int
}

// Icon of the message.
func (m message) Icon() string { return m.Kind }

// field is one field of a form, with its limits and what is wrong with it.
type field struct {
	Name, Label, Hint string
	// Type is text, password, search, select, textarea or checkbox.
	Type     string
	Value    string
	Options  []option
	Required bool
	Max      int
	Complete string
	Mono     bool
	Checked  bool
	Error    string
}

// ID of the field's element.
func (f field) ID() string { return "f-" + f.Name }

// DescribedBy names the elements that explain the field.
func (f field) DescribedBy() string {
	s := ""
	if f.Hint != "" {
		s = f.ID() + "-h"
	}
	if f.Error != "" {
		if s != "" {
			s += " "
		}
		s += f.ID() + "-e"
	}
	return s
}

type option struct {
	Value, Label string
	Selected     bool
	Disabled     bool
}

// crumb is one step of the way to a page; the last one has no Href.
type crumb struct{ Title, Href string }

// withErrors puts what is wrong beside each field. What belongs to no field is
// returned, so that nothing said by the server is lost.
func withErrors(fields []field, e *ztp.Error) (rest []string) {
	if e == nil {
		return nil
	}
	known := map[string]bool{}
	for i := range fields {
		fields[i].Error = e.Fields[fields[i].Name]
		known[fields[i].Name] = true
	}
	for name, text := range e.Fields {
		if !known[name] {
			rest = append(rest, text)
		}
	}
	return rest
}
