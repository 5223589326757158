package sraps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
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

// plausible refuses what two readers could understand differently. It looks at
// bytes: the catalogue of settings is half a megabyte.
func plausible(body []byte) error {
	if !utf8.Valid(body) || !json.Valid(body) {
		return errors.New("no JSON, or something follows it")
	}
	var objects []map[string]bool // keys of the open objects; nil for arrays
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '{':
			objects = append(objects, map[string]bool{})
		case '[':
			objects = append(objects, nil)
		case '}', ']':
			objects = objects[:len(objects)-1]
		case '"':
			end := stringEnd(body, i)
			if keys := objects; len(keys) > 0 && keys[len(keys)-1] != nil && isKey(body, end) {
				if err := once(keys[len(keys)-1], body[i:end]); err != nil {
					return err
				}
			}
			i = end - 1
		}
		if len(objects) > maxDepth {
			return errors.New("nested too deep")
		}
	}
	return nil
}

// stringEnd returns the place behind the closing quote of the string that starts
// at i, in a valid document.
func stringEnd(body []byte, i int) int {
	for i++; body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// isKey reports whether a colon follows.
func isKey(body []byte, i int) bool {
	for i < len(body) && (body[i] == ' ' || body[i] == '\n' || body[i] == '\t' || body[i] == '\r') {
		i++
	}
	return i < len(body) && body[i] == ':'
}

// once adds a quoted key to those of its object.
func once(keys map[string]bool, quoted []byte) error {
	name := string(quoted[1 : len(quoted)-1])
	if bytes.IndexByte(quoted, '\\') >= 0 {
		if err := json.Unmarshal(quoted, &name); err != nil {
			return err
		}
	}
	if keys[name] {
		return fmt.Errorf("field %.40q twice", name)
	}
	keys[name] = true
	return nil
}

// Object is a JSON object whose unknown fields are kept, for read-modify-write.
type Object map[string]json.RawMessage

// Text returns a text field, "" when it is absent or no text. What names another
// thing may also be an object with the uuid of that thing (which form the service
// uses is not documented); the uuid is the text then.
func (o Object) Text(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) == nil {
		return s
	}
	var inner struct {
		UUID string `json:"uuid"`
	}
	_ = json.Unmarshal(o[name], &inner)
	return inner.UUID
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

// Links returns every link of the object by its name.
func (o Object) Links() map[string]string {
	out := map[string]string{}
	for name, raw := range o.Inner("links") {
		var s string
		if json.Unmarshal(raw, &s) == nil && s != "" {
			out[name] = s
		}
	}
	return out
}

// Inner returns an object inside the object, nil without one.
func (o Object) Inner(name string) Object {
	var inner Object
	if json.Unmarshal(o[name], &inner) != nil {
		return nil
	}
	return inner
}

// readOnly are fields that the service sets itself; they are left out when an
// object is written back. (Names seen in answers, and of the same kind: assumed.)
var readOnly = []string{"uuid", "id", "links", "created", "created_at", "modified", "modified_at", "updated", "updated_at", "last_seen", "company", "status", "registered"}

// references are fields that name another thing. They are written as its id, which
// is the one form that the service is known to take (client code in production).
var references = []string{"product_group", "provisioning_profile"}

// Writable returns a copy without the fields that the service sets itself.
func (o Object) Writable() Object {
	out := Object{}
	for k, v := range o {
		out[k] = v
	}
	for _, k := range readOnly {
		delete(out, k)
	}
	for _, k := range references {
		if id := out.Text(k); id != "" {
			out.Set(k, id)
		}
	}
	return out
}
