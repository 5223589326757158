package restapi

import (
	"context"
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

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

// handler is a use case as huma calls it.
type handler[I, O any] func(context.Context, *I) (*O, error)

// read registers a route that changes nothing.
func read[I, O any](s *server, r route, h handler[I, O]) {
	register(s, r, h, func(ctx huma.Context, next func(huma.Context)) {
		if _, ctx, ok := s.enter(ctx); ok {
			next(ctx)
		}
	})
}

// write registers a route that changes something: permission, existence, then
// the body.
func write[I, O any](s *server, r route, h handler[I, O]) {
	register(s, r, h, func(ctx huma.Context, next func(huma.Context)) {
		a, ctx, ok := s.enter(ctx)
		if !ok {
			return
		}
		in := new(I)
		t := any(in).(target)
		t.locate(ctx.Param)
		if !a.MayChange() {
			deny(s, ctx, t, h, in)
			return
		}
		if err := t.exists(ctx.Context(), s.control, a); err != nil {
			s.turnAway(ctx, t, err)
			return
		}
		check := wellFormed
		if r.file {
			check = isFile
		}
		if err := check(ctx); err != nil {
			s.turnAway(ctx, t, err)
			return
		}
		next(ctx)
	})
}

// deny lets the use case itself refuse, without a body, since it also writes the
// audit row of the try.
func deny[I, O any](s *server, ctx huma.Context, t target, h handler[I, O], in *I) {
	_, err := h(ctx.Context(), in)
	if err == nil {
		err = &ztp.Error{Code: ztp.CodeNotAllowed}
	}
	s.turnAway(ctx, t, err)
}

// register puts a route on the mux and into the document.
func register[I, O any](s *server, r route, h handler[I, O], door func(huma.Context, func(huma.Context))) {
	if r.body == 0 {
		r.body = maxBody
	}
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Description: r.more, DefaultStatus: r.status,
		Tags:         []string{tag(r.path)},
		MaxBodyBytes: r.body + 1, RejectUnknownQueryParameters: true,
		Middlewares: huma.Middlewares{door},
		Security:    []map[string][]string{{"bearer": {}}},
	}
	describe(s.api.OpenAPI(), &op, r)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, s.refusal(ctx, s.title(any(in)), err)
		}
		return out, nil
	})
}

// enter finds out who is calling, or answers 401.
func (s *server) enter(ctx huma.Context) (ztp.Actor, huma.Context, bool) {
	r, w := humago.Unwrap(ctx)
	a, err := s.authenticate(r)
	if err != nil {
		writeRefusal(w, s.refusal(ctx.Context(), "", err))
		return ztp.Actor{}, ctx, false
	}
	return a, huma.WithValue(ctx, actorKey, a), true
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

// wellFormed checks what huma is lax about: a body that does not say that it is
// JSON, and an Idempotency-Key that is there but empty, long or unprintable. What
// says so in another spelling is handed on in the one that huma compares with.
func wellFormed(ctx huma.Context) error {
	r, _ := humago.Unwrap(ctx)
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
	r.Header.Set("Content-Type", kind)
	return nil
}

func validKey(s string) bool {
	return s != "" && len(s) <= 128 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func (s *server) turnAway(ctx huma.Context, t target, err error) {
	_, w := humago.Unwrap(ctx)
	writeRefusal(w, s.refusal(ctx.Context(), s.title(t), err))
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
