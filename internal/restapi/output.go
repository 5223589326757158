package restapi

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
)

// output is what a route answers. It is read off the type of its use case's answer,
// which may have the fields Status, Location (the header) and Body, or is an
// http.Handler.
type output struct {
	// status where the answer has none of its own.
	status                   int
	statusAt, location, body []int
}

// outputOf reads the type of an output, and documents it.
func outputOf(t reflect.Type, schemas huma.Registry, op *huma.Operation, r route) output {
	out := output{status: r.status}
	body, hasBody := t.FieldByName("Body")
	if out.status == 0 {
		if out.status = http.StatusNoContent; hasBody || r.csv {
			out.status = http.StatusOK
		}
	}
	key := strconv.Itoa(out.status)
	if op.Responses[key] == nil {
		op.Responses[key] = &huma.Response{Description: http.StatusText(out.status)}
	}
	doc := op.Responses[key]
	if hasBody {
		out.body = body.Index
		if doc.Content == nil {
			doc.Content = map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromField(schemas, body, "")}}
		}
	}
	if f, ok := t.FieldByName("Status"); ok {
		out.statusAt = f.Index
	}
	if f, ok := t.FieldByName("Location"); ok {
		out.location = f.Index
		doc.Headers = map[string]*huma.Param{"Location": {Schema: huma.SchemaFromField(schemas, f, "")}}
	}
	return out
}

// write sends what the use case returned; nil is an answer without a body.
func (o output) write(w http.ResponseWriter, r *http.Request, out any) error {
	if out == nil {
		w.WriteHeader(o.status)
		return nil
	}
	if h, ok := out.(http.Handler); ok {
		h.ServeHTTP(w, r)
		return nil
	}
	v := reflect.ValueOf(out).Elem()
	status := o.status
	if o.statusAt != nil {
		status = int(v.FieldByIndex(o.statusAt).Int())
	}
	if o.location != nil {
		if address := v.FieldByIndex(o.location).String(); address != "" {
			w.Header().Set("Location", address)
		}
	}
	if o.body == nil {
		w.WriteHeader(status)
		return nil
	}
	return writeJSON(w, status, "application/json", v.FieldByIndex(o.body).Interface())
}

func writeJSON(w http.ResponseWriter, status int, kind string, v any) error {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
