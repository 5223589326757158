package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// habit is how another implementation of SRAPS may word the same answer.
type habit struct {
	opts srapssim.Options
	// body changes an object of an answer, at any depth.
	body func(o map[string]any)
	// answer changes status and headers; the body was changed before.
	answer func(r *http.Request, a *httptest.ResponseRecorder)
}

// habits are what a client has to take that was written for the interface and not for
// one server.
var habits = map[string]habit{
	"more fields, some of them null": {body: func(o map[string]any) {
		o["_etag"], o["region"], o["billing"] = "W/1", nil, map[string]any{"plan": []any{1, 2.5, "x"}}
	}},
	"texts for numbers and booleans": {body: func(o map[string]any) {
		for k, v := range o {
			switch v := v.(type) {
			case bool:
				o[k] = fmt.Sprint(v)
			case json.Number:
				o[k] = v.String()
			}
		}
	}},
	"fields left out that nobody needs": {body: func(o map[string]any) {
		for _, k := range []string{"description", "created", "country", "city", "type", "enabled", "registered", "warranty_exp_warning_period", "section_name"} {
			delete(o, k)
		}
	}},
	"200 instead of 201": {answer: func(_ *http.Request, a *httptest.ResponseRecorder) {
		if a.Code == http.StatusCreated {
			a.Code = http.StatusOK
		}
	}},
	"200 and an object for a delete": {answer: func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.Method == http.MethodDelete && a.Code == http.StatusNoContent {
			a.Code = http.StatusOK
			a.Header().Set("Content-Type", "application/json")
			a.Body.WriteString(`{"deleted":true}`)
		}
	}},
	"204 for a replaced object": {answer: func(r *http.Request, a *httptest.ResponseRecorder) {
		if r.Method == http.MethodPut && a.Code < 300 {
			a.Code = http.StatusNoContent
			a.Body.Reset()
		}
	}},
	"relative links": {answer: func(r *http.Request, a *httptest.ResponseRecorder) {
		a.Body = bytes.NewBufferString(strings.ReplaceAll(a.Body.String(), "http://"+r.Host, ""))
		if l := a.Header().Get("Link"); l != "" {
			a.Header().Set("Link", strings.ReplaceAll(l, "http://"+r.Host, ""))
		}
	}},
	"headers in small letters, a charset": {answer: func(_ *http.Request, a *httptest.ResponseRecorder) {
		for _, name := range []string{"Link", "Content-Type"} {
			if v := a.Header().Get(name); v != "" {
				a.Header().Del(name)
				a.Header()[strings.ToLower(name)] = []string{strings.Replace(v, "application/json", "application/json; charset=utf-8", 1)}
			}
		}
	}},
	"a key is told as uuid and secret": {body: func(o map[string]any) {
		if secret, ok := o["key"]; ok {
			o["secret"], o["uuid"] = secret, o["id"]
			delete(o, "key")
			delete(o, "id")
		}
	}},
	"pages of three":                         {opts: srapssim.Options{PageSize: 3}},
	"the reseller may write below":           {opts: srapssim.Options{ChildWrites: true, Nested: true}},
	"few links, keys for the reseller alone": {opts: srapssim.Options{NoCompanyLinks: true, KeyWrites: srapssim.KeyWritesReseller, UniqueCompanies: true}},
}

// speak makes answers in that habit. A signature of the answer would not fit it.
func (h habit) speak(r *http.Request, forward func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	a := forward()
	a.Header().Del("Server-Authorization")
	dec := json.NewDecoder(bytes.NewReader(a.Body.Bytes()))
	dec.UseNumber()
	var v any
	if h.body != nil && a.Code < 300 && dec.Decode(&v) == nil {
		each(v, h.body)
		text, _ := json.Marshal(v) // what was decoded can be encoded
		a.Body = bytes.NewBuffer(text)
	}
	if h.answer != nil {
		h.answer(r, a)
	}
	a.Header().Del("Content-Length")
	return a
}

// each calls f for every object in a value, but for the values of settings.
func each(v any, f func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			each(x, f)
		}
	case map[string]any:
		for k, x := range v {
			if k != "links" && k != "settings_manager" && k != "indexed" {
				each(x, f)
			}
		}
		f(v)
	}
}

// TestOtherHabits goes through the main story with vendors that word their answers
// otherwise.
func TestOtherHabits(t *testing.T) {
	t.Parallel()
	for name, h := range habits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, proxy, s := newSnomHere(t, h.opts)
			proxy.set(h.speak)
			in := newInstallation(t, "", s.base)
			in.seed(t, s)
			b := newBustle(t, sim, 1, in)
			slug := b.rooms[0].slug
			onboarded(t, in, slug)
			for i := 2; i < 9; i++ {
				a, err := in.client.PutEndpoint(t.Context(), slug, mac(slug, i), api.PutEndpoint{Account: "main"})
				in.done(t, a, err)
			}
			a, err := in.client.Rotate(t.Context(), slug, "snom", api.Rotate{Exposed: true})
			in.done(t, a, err)
			a, err = in.client.Disable(t.Context(), slug, "snom", api.Disable{})
			in.done(t, a, err)
			if c := s.companies(t, slug); len(c) != 1 || len(c[0].Keys) != 0 {
				t.Errorf("disabled: %+v", c)
			}
			a, err = in.client.Onboard(t.Context(), slug, "snom")
			in.done(t, a, err)
			a, err = in.client.ReleaseEndpoint(t.Context(), slug, mac(slug, 8))
			in.done(t, a, err)
			b.heal(t)
			b.compare(t)
		})
	}
}
