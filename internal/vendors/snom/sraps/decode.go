package sraps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth bounds how deep an answer may be nested.
const maxDepth = 64

// decode reads one JSON value strictly: nothing after it, no key twice in an
// object (two readers would see two different answers), no absurd depth.
func decode(body []byte, out any) error {
	if err := plausible(body); err != nil {
		return err
	}
	return json.Unmarshal(body, out)
}

// plausible walks the tokens of a document.
func plausible(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := walk(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

func walk(d *json.Decoder, depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deep")
	}
	t, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			k, err := d.Token()
			if err != nil {
				return err
			}
			name, _ := k.(string)
			if seen[name] {
				return fmt.Errorf("field %.40q twice", name)
			}
			seen[name] = true
		}
		if err := walk(d, depth+1); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// Object is a JSON object whose unknown fields are kept, for read-modify-write.
type Object map[string]json.RawMessage

// Text returns a text field, "" when it is absent or no text.
func (o Object) Text(name string) string {
	var s string
	_ = json.Unmarshal(o[name], &s)
	return s
}

// Bool returns a yes or no; the texts "true" and "false" count too (client code in
// production sends them).
func (o Object) Bool(name string) bool {
	return string(o[name]) == "true" || o.Text(name) == "true"
}

// Set sets a field.
func (o Object) Set(name string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("sraps: unencodable field " + name) // only plain values are set
	}
	o[name] = raw
}

// Link returns the absolute URL under links.<name>, "" without one.
func (o Object) Link(names ...string) string {
	var links map[string]json.RawMessage
	_ = json.Unmarshal(o["links"], &links)
	for _, n := range names {
		var s string
		if json.Unmarshal(links[n], &s) == nil && s != "" {
			return s
		}
	}
	return ""
}

// readOnly are fields that the service sets itself; they are left out when an
// object is written back. (Names seen in answers, and of the same kind: assumed.)
var readOnly = []string{"uuid", "id", "links", "created", "created_at", "modified", "modified_at", "updated", "updated_at", "last_seen", "company", "status", "registered"}

// Writable returns a copy without the fields that the service sets itself.
func (o Object) Writable() Object {
	out := Object{}
	for k, v := range o {
		out[k] = v
	}
	for _, k := range readOnly {
		delete(out, k)
	}
	return out
}
