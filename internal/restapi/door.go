package restapi

import (
	"context"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// route is one line of the surface.
type route struct {
	method, path string
	// id is the operationId; summary and more are what the document says of it.
	id, summary, more string
	// status of a success; 200 when 0.
	status int
	// also names further successes with an example of their body.
	also map[int]any
	// body is the longest request body that is taken; maxBody when 0.
	body int64
	// file: the body is a file that the use case reads; csv: the answer is one.
	file, csv bool
}

// target is what an address names. Every input of a change embeds one, so that
// existence is asked before the body is read.
type target interface {
	locate(param func(name string) string)
	exists(ctx context.Context, c *control.Control, a ztp.Actor) error
	vendor() ztp.VendorName
}

// read registers a route that changes nothing. Its use case tells by its types what the
// route takes and answers, and nothing else is compiled anew for each: one piece of code
// serves all routes, where huma.Register would take 34 KB for each.
func read[I, O any](s *server, r route, use func(context.Context, *I) (*O, error)) {
	s.serve(r, false, reflect.ValueOf(use))
}

// write registers a route that changes something. I is a target.
func write[I, O any](s *server, r route, use func(context.Context, *I) (*O, error)) {
	s.serve(r, true, reflect.ValueOf(use))
}

// call serves one route.
type call struct {
	*server
	route
	// changes: permission and existence are asked before the body is read.
	changes bool
	in      input
	out     output
	// useCase is a func(context.Context, *I) (*O, error).
	useCase reflect.Value
}

// use calls the use case with a pointer to its input. It returns nil or a pointer.
func (c *call) use(ctx context.Context, in any) (any, error) {
	out := c.useCase.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(in)})
	if err, failed := out[1].Interface().(error); failed {
		return nil, err
	}
	if out[0].IsNil() {
		return nil, nil
	}
	return out[0].Interface(), nil
}

// serve puts a route on the mux and into the document.
func (s *server) serve(r route, changes bool, useCase reflect.Value) {
	if r.body == 0 {
		r.body = maxBody
	}
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Description: r.more,
		Tags: []string{tag(r.path)}, Security: []map[string][]string{{"bearer": {}}},
	}
	schemas := s.doc.Components.Schemas
	describe(schemas, &op, r)
	c := &call{server: s, route: r, changes: changes, useCase: useCase}
	c.in = inputOf(useCase.Type().In(1).Elem(), schemas, &op)
	c.out = outputOf(useCase.Type().Out(0).Elem(), schemas, &op, r)
	s.doc.AddOperation(&op)
	s.mux.Handle(r.method+" "+prefix+r.path, c)
}

func (c *call) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, err := c.authenticate(r)
	if err != nil {
		writeRefusal(w, c.refusal(r.Context(), "", err))
		return
	}
	r = r.WithContext(ztp.CountCommits(context.WithValue(r.Context(), actorKey, a)))
	in := reflect.New(c.in.kind)
	out, err := c.answered(w, r, in)
	if err != nil {
		writeRefusal(w, c.refusal(r.Context(), c.title(in.Interface()), err))
		return
	}
	if err := c.out.write(w, r, out); err != nil {
		if r.Context().Err() == nil {
			c.log.Warn("answer broken off", "request_id", requestID(r.Context()), "err", err)
		}
		panic(http.ErrAbortHandler) // what breaks off must not look whole
	}
}

func (c *call) answered(w http.ResponseWriter, r *http.Request, in reflect.Value) (any, error) {
	if c.changes {
		if err := c.admit(r, in.Interface().(target)); err != nil {
			return nil, err
		}
	}
	if err := c.in.fill(w, r, in.Elem(), c.body); err != nil {
		return nil, err
	}
	return c.use(r.Context(), in.Interface())
}

// admit asks before a change for permission, then existence, then what the body
// says that it is.
func (c *call) admit(r *http.Request, t target) error {
	t.locate(r.PathValue)
	a := actor(r.Context())
	if !a.MayChange() {
		// The use case itself refuses, without a body, since it also writes the audit row of the try.
		if _, err := c.use(r.Context(), t); err != nil {
			return err
		}
		return &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	if err := t.exists(r.Context(), c.control, a); err != nil {
		return err
	}
	if c.file {
		return isFile(r)
	}
	return wellFormed(r)
}

func (s *server) authenticate(r *http.Request) (ztp.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(r.Header.Values("Authorization")) != 1 {
		return ztp.Actor{}, ztp.Errorf(ztp.CodeUnauthenticated, "Send an API token as Authorization: Bearer …")
	}
	a, err := s.cfg.Authenticate(r.Context(), token)
	if err != nil {
		return ztp.Actor{}, err
	}
	a.RequestID = requestID(r.Context())
	if a.Address == "" {
		a.Address = s.address(r)
	}
	return a, nil
}

// wellFormed checks that a body says that it is JSON, and that an Idempotency-Key
// that is there is neither empty nor long nor unprintable.
func wellFormed(r *http.Request) error {
	if keys := r.Header.Values("Idempotency-Key"); len(keys) > 1 || len(keys) == 1 && !validKey(keys[0]) {
		return ztp.Invalid("Idempotency-Key", "A key has 1 to 128 printable characters.")
	}
	if r.ContentLength == 0 || r.Method == http.MethodDelete {
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || kind != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return &ztp.Error{Code: ztp.CodeUnsupportedMediaType}
	}
	return nil
}

func validKey(s string) bool {
	return s != "" && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// title is the vendor's title for the texts of the catalogue: that of the address,
// or of the only vendor of this build, or "" for none in particular.
func (s *server) title(in any) string {
	if t, ok := in.(target); ok {
		if info, err := s.control.Vendor(t.vendor()); err == nil {
			return info.Title
		}
	}
	if all := s.control.Vendors(); len(all) == 1 {
		return all[0].Title
	}
	return ""
}
