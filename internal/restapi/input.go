package restapi

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/queryparam"

	"zerotouch.example/internal/ztp"
)

// bodyTime is how long a body of JSON may take to arrive.
const bodyTime = 5 * time.Second

// input is what a route takes. It is read off the type of its use case's argument:
// the tags path, query and header name parameters, which are strings, integers or
// booleans, and the field Body is the body.
type input struct {
	kind    reflect.Type
	schemas huma.Registry
	params  []param
	// body is where the field Body is, nil when there is none; needed when the body
	// has to be there.
	body   []int
	schema *huma.Schema
	needed bool
}

// param is one parameter, and where it is kept.
type param struct {
	*huma.Param
	field []int
	// otherwise stands for one that is not there.
	otherwise string
}

// connected is an input that wants more of its request than parameters and body.
type connected interface {
	connect(w http.ResponseWriter, r *http.Request)
}

// inputOf reads the type of an input, and documents it.
func inputOf(t reflect.Type, schemas huma.Registry, op *huma.Operation) input {
	in := input{kind: t, schemas: schemas}
	for _, f := range reflect.VisibleFields(t) {
		if f.Name == "Body" {
			in.body, in.schema = f.Index, huma.SchemaFromField(schemas, f, "")
			in.needed = f.Type.Kind() != reflect.Pointer
			op.RequestBody = &huma.RequestBody{Required: in.needed, Content: map[string]*huma.MediaType{"application/json": {Schema: in.schema}}}
			continue
		}
		for _, place := range []string{"path", "query", "header"} {
			if name := f.Tag.Get(place); name != "" {
				schema := huma.SchemaFromField(schemas, f, "")
				p := &huma.Param{Name: name, In: place, Description: schema.Description, Required: place == "path", Schema: schema}
				if place == "query" {
					p.Explode = new(bool)
				}
				op.Parameters = append(op.Parameters, p)
				in.params = append(in.params, param{Param: p, field: f.Index, otherwise: f.Tag.Get("default")})
			}
		}
	}
	return in
}

// fill takes a request into v, an empty input. A body has most bytes at most. What
// can't be taken is an error that names the fields and repeats no value.
func (in *input) fill(w http.ResponseWriter, r *http.Request, v reflect.Value, most int64) error {
	var wrong huma.ValidateResult
	at := huma.NewPathBuffer([]byte{}, 0)
	if in.strangers(r, at, &wrong); len(wrong.Errors) > 0 {
		return wrongFields(wrong.Errors)
	}
	for _, p := range in.params {
		at.Reset()
		at.Push(p.In)
		at.Push(p.Name)
		in.take(p, p.of(r), v.FieldByIndex(p.field), at, &wrong)
	}
	if c, ok := v.Addr().Interface().(connected); ok {
		c.connect(w, r)
	}
	if in.body != nil {
		if err := in.takeBody(w, r, v.FieldByIndex(in.body), most, &wrong); err != nil {
			return err
		}
	}
	if len(wrong.Errors) > 0 {
		return wrongFields(wrong.Errors)
	}
	return nil
}

// strangers finds query parameters that the route does not have.
func (in *input) strangers(r *http.Request, at *huma.PathBuffer, wrong *huma.ValidateResult) {
	known := map[string]bool{}
	for _, p := range in.params {
		known[p.Name] = known[p.Name] || p.In == "query"
	}
	for name := range r.URL.Query() {
		if !known[name] {
			at.Reset()
			at.Push("query")
			at.Push(name)
			wrong.Add(at, nil, "unknown query parameter")
		}
	}
}

// of is the parameter's text in a request, "" when it is not there.
func (p param) of(r *http.Request) string {
	text := ""
	switch p.In {
	case "path":
		text = r.PathValue(p.Name)
	case "query":
		text = queryparam.Get(r.URL.RawQuery, p.Name)
	case "header":
		text = r.Header.Get(p.Name)
	}
	if text == "" {
		return p.otherwise
	}
	return text
}

// take puts a parameter into its field.
func (in *input) take(p param, text string, field reflect.Value, at *huma.PathBuffer, wrong *huma.ValidateResult) {
	if text == "" {
		return
	}
	var value any = text
	switch field.Kind() {
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			wrong.Add(at, nil, "invalid integer")
			return
		}
		field.SetInt(n)
		value = n
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			wrong.Add(at, nil, "invalid boolean")
			return
		}
		field.SetBool(b)
		value = b
	default:
		if p.In == "query" && (strings.ContainsRune(text, 0) || !utf8.ValidString(text)) {
			wrong.Add(at, nil, "invalid text") // one database finds nothing by it, the other refuses it
			return
		}
		field.SetString(text)
	}
	huma.Validate(in.schemas, p.Schema, at, huma.ModeWriteToServer, value, wrong)
}

// takeBody reads a body of JSON into its field.
func (in *input) takeBody(w http.ResponseWriter, r *http.Request, field reflect.Value, most int64, wrong *huma.ValidateResult) error {
	// Where no body comes, net/http waits for the client to go away already: a deadline
	// would end that, and the request with it. A writer without deadlines says so, and
	// then needs none.
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTime))
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	if err != nil || int64(len(data)) > most {
		return unreadable(err)
	}
	if len(data) == 0 {
		if in.needed && len(wrong.Errors) == 0 {
			return ztp.Invalid("body", "A JSON object is needed here.")
		}
		return nil
	}
	parsed, err := parse(data)
	if err != nil {
		return err
	}
	before := len(wrong.Errors)
	at := huma.NewPathBuffer([]byte{}, 0)
	at.Push("body")
	huma.Validate(in.schemas, in.schema, at, huma.ModeWriteToServer, parsed, wrong)
	if err := json.Unmarshal(data, field.Addr().Interface()); err != nil && len(wrong.Errors) == before {
		return ztp.Invalid("body", "This can't be taken.")
	}
	return nil
}

// unreadable says why a body did not arrive whole; nil stands for one that is too long.
func unreadable(err error) error {
	var long *http.MaxBytesError
	var slow net.Error
	switch {
	case err == nil || errors.As(err, &long):
		return ztp.Errorf(ztp.CodeTooLarge, "A request has at most %d KiB, a campaign with its companies %d KiB.", maxBody>>10, maxCampaign>>10)
	case errors.As(err, &slow) && slow.Timeout():
		return ztp.Invalid("body", "It took too long to arrive.")
	}
	return ztp.Invalid("body", "It did not arrive whole.")
}
