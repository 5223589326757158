package restapi

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"zerotouch.example/api"
)

// newDocument is the OpenAPI document without its routes.
func newDocument() *huma.OpenAPI {
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{Title: "zerotouch", Version: "1", Description: "Onboards platforms at phone vendors' redirection services, rotates and disables their keys, and registers phones.\n\n" +
			"Changes at a vendor answer 202 with an operation; follow it at /operations/{id}?wait=30s. " +
			"Every refusal is a problem document with a stable code. Roles: super-admin may do everything, viewer may read."},
		Servers: []*huma.Server{{URL: prefix}},
		Components: &huma.Components{
			Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "An API token, made by zerotouch token add"},
			},
		},
	}
}

// tag groups routes by what they are about.
func tag(path string) string {
	groups := []struct{ part, tag string }{
		{"/accounts", "accounts"}, {"/import", "imports"}, {"/export", "imports"}, {"/platforms/{p}/vendors", "links"}, {"/endpoints", "endpoints"}, {"/platforms", "platforms"},
	}
	for _, g := range groups {
		if strings.Contains(path, g.part) {
			return g.tag
		}
	}
	return strings.Split(path, "/")[1]
}

// describe adds the answers that the types do not tell: further successes and the
// problem document.
func describe(schemas huma.Registry, op *huma.Operation, r route) {
	op.Responses = map[string]*huma.Response{
		"default": {
			Description: "Refused, or not possible now",
			Content: map[string]*huma.MediaType{"application/problem+json": {
				Schema: schemas.Schema(reflect.TypeFor[api.Problem](), true, ""),
			}},
		},
	}
	file := map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: "string"}}}
	if r.file {
		op.RequestBody = &huma.RequestBody{Required: true, Content: file}
	}
	if r.csv {
		op.Responses["200"] = &huma.Response{Description: "The file", Content: file}
	}
	for status, body := range r.also {
		op.Responses[strconv.Itoa(status)] = jsonResponse(schemas, http.StatusText(status), body)
	}
	if r.status == http.StatusAccepted {
		accepted := jsonResponse(schemas, "The operation that was queued, or found by its Idempotency-Key", api.Operation{})
		accepted.Headers = map[string]*huma.Param{"Location": {Schema: &huma.Schema{Type: "string"}, Description: "Address of the operation"}}
		op.Responses["202"] = accepted
	}
}

func jsonResponse(schemas huma.Registry, description string, body any) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemas.Schema(reflect.TypeOf(body), true, "")},
	}}
}

// document encodes the OpenAPI document, once.
func document(doc *huma.OpenAPI) []byte {
	nullableObjects(doc.Components.Schemas.Map())
	b, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		panic("restapi: the OpenAPI document can't be encoded: " + err.Error())
	}
	return append(b, '\n')
}

// nullableObjects says of each object property that is always there and may be
// null what huma cannot: reference or null.
func nullableObjects(schemas map[string]*huma.Schema) {
	for _, s := range schemas {
		required := map[string]bool{}
		for _, name := range s.Required {
			required[name] = true
		}
		for name, p := range s.Properties {
			switch {
			case !required[name] || p.Ref == "":
			case strings.HasSuffix(p.Ref, "/Problem"), strings.HasSuffix(p.Ref, "/Operation"), strings.HasSuffix(p.Ref, "/Credential"):
				s.Properties[name] = &huma.Schema{OneOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}, Description: p.Description}
			}
		}
	}
}
