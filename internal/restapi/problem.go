package restapi

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// refusal is a problem document on its way out.
type refusal struct {
	api.Problem
	header http.Header
}

func writeRefusal(w http.ResponseWriter, r *refusal) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	_ = writeJSON(w, r.Status, "application/problem+json", r.Problem)
}

// refusal renders an error from the catalogue, with the vendor's title filled in,
// and logs what only an operator may read.
func (s *server) refusal(ctx context.Context, vendorTitle string, err error) *refusal {
	e := ztp.AsErrorOf(ctx, err)
	r := render(e, vendorTitle, requestID(ctx))
	if e.Operation != nil {
		op := s.names(ctx).operation(*e.Operation)
		r.Operation = &op
	}
	if a := actor(ctx); e.Holder != "" && a.MayChange() {
		r.Holder = s.names(ctx).platform(e.Holder)
	}
	if e.RetryAfter > 0 {
		seconds := int((e.RetryAfter + time.Second - 1) / time.Second)
		r.header.Set("Retry-After", strconv.Itoa(seconds))
	}
	switch {
	case e.Code == ztp.CodeInternal && ctx.Err() == nil:
		s.log.Error("request failed", "request_id", r.RequestID, "code", r.Code, "err", err)
	case r.Status >= 500:
		s.log.Warn("request failed", "request_id", r.RequestID, "code", r.Code, "err", err)
	}
	return r
}

// render fills a problem document from the catalogue.
func render(e *ztp.Error, vendorTitle, requestID string) *refusal {
	entry := e.Entry(vendorTitle)
	r := &refusal{header: http.Header{}, Problem: api.Problem{
		Type: "urn:zerotouch:error:" + string(entry.Code), Code: string(entry.Code), Status: entry.Status,
		Title: entry.Title, Detail: e.Detail, Remedy: entry.Remedy, RequestID: requestID, Fields: e.Fields,
		Keys: wireKeys(e.Keys), Companies: wireCompanies(e.Companies),
	}}
	switch {
	case r.Detail == "":
		r.Detail = entry.Unchanged
	case e.Code == ztp.CodeDatabaseUnavailable, e.Case == ztp.CaseDatabase: // the cause alone leaves the sender's question open
		r.Detail += " " + entry.Unchanged
	}
	if entry.Code == ztp.CodeUnauthenticated {
		r.header.Set("WWW-Authenticate", `Bearer realm="zerotouch"`)
	}
	return r
}

// readable is the name of a field as it may be repeated to the sender.
func readable(name string) string {
	if !fieldName.MatchString(name) {
		return "(unreadable name)"
	}
	return name
}

func wrongFields(errs []error) *ztp.Error {
	fields := map[string]string{}
	for _, err := range errs {
		var d *huma.ErrorDetail
		if !errors.As(err, &d) {
			fields["body"] = "This can't be taken."
			continue
		}
		name, remedy := wrongField(d)
		if len(fields) < 20 {
			fields[name] = remedy
		}
	}
	return ztp.AsError(ztp.InvalidFields(fields))
}

var (
	fieldName       = regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]{1,64}$`)
	missingProperty = regexp.MustCompile(`^expected required property (\S+) to be present$`)
	measured        = regexp.MustCompile(`^expected (number|length|array length) ([<>]=) (\d+)$`)
)

// wrongField names the field and says what to do, from a message of huma's. The
// messages that hold a part of the value are not repeated.
func wrongField(d *huma.ErrorDetail) (name, remedy string) {
	_, name, found := strings.Cut(d.Location, ".")
	if !found {
		name = d.Location
	}
	if m := missingProperty.FindStringSubmatch(d.Message); m != nil {
		return strings.TrimPrefix(strings.TrimPrefix(d.Location+"."+m[1], "body."), "."), "This field is needed."
	}
	name = readable(name)
	if m := measured.FindStringSubmatch(d.Message); m != nil {
		bound := map[string]string{"<=": "at most ", ">=": "at least "}[m[2]] + m[3]
		switch m[1] {
		case "length":
			return name, "This has to have " + bound + " characters."
		case "array length":
			return name, "This list has to be " + bound + " long."
		}
		return name, "This has to be " + bound + "."
	}
	if r, ok := remedies[d.Message]; ok {
		return name, r
	}
	if rest, ok := strings.CutPrefix(d.Message, "expected value to be one of "); ok {
		return name, "This has to be one of: " + strings.Trim(rest, `"`) + "."
	}
	return name, "This can't be taken."
}

var remedies = map[string]string{
	"unexpected property":     "There is no such field.",
	"unknown query parameter": "There is no such parameter.",
	"expected string":         "This has to be a string.",
	"expected boolean":        "This has to be true or false.",
	"expected integer":        "This has to be a whole number.",
	"expected number":         "This has to be a number.",
	"expected object":         "A JSON object is needed here.",
	"expected array":          "This has to be a list.",
	"invalid integer":         "This has to be a whole number.",
	"invalid boolean":         "This has to be true or false.",
	"invalid text":            "This holds characters that can't be stored. Send text in UTF-8.",
}
