package srapssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// controlBody is the longest request the control port reads.
const controlBody = 64 << 10

// ControlHandler serves the control port: GET /state, GET /calls, GET, POST and
// DELETE /faults, POST /reset. It shows no secret and asks for no
// authentication, so it belongs on a loopback address.
func (s *Server) ControlHandler() http.Handler {
	routes := map[string]map[string]func(*http.Request) *answer{
		"/state":  {http.MethodGet: s.controlState},
		"/calls":  {http.MethodGet: s.controlCalls},
		"/faults": {http.MethodGet: s.controlFaults, http.MethodPost: s.controlAddFault, http.MethodDelete: s.controlClearFaults},
		"/reset":  {http.MethodPost: s.controlReset},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, controlBody)
		a := control(routes, r)
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	})
}

func control(routes map[string]map[string]func(*http.Request) *answer, r *http.Request) *answer {
	methods, ok := routes[r.URL.Path]
	if !ok {
		return jsonAnswer(http.StatusNotFound, map[string]string{"error": "no such page: there are /state, /calls, /faults and /reset"})
	}
	serve, ok := methods[r.Method]
	if !ok {
		var allowed []string
		for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			if methods[m] != nil {
				allowed = append(allowed, m)
			}
		}
		return methodNotAllowed(r.Method, allowed)
	}
	return serve(r)
}

func (s *Server) controlState(*http.Request) *answer { return jsonAnswer(http.StatusOK, s.State()) }

func (s *Server) controlCalls(*http.Request) *answer {
	return jsonAnswer(http.StatusOK, map[string]any{"calls": s.Calls()})
}

func (s *Server) controlFaults(*http.Request) *answer {
	return jsonAnswer(http.StatusOK, map[string]any{"faults": s.Faults()})
}

func (s *Server) controlAddFault(r *http.Request) *answer {
	var f Fault
	if bad := decodeFault(r.Body, &f); bad != nil {
		return unprocessable(bad)
	}
	if bad := f.check(); bad != nil {
		return unprocessable(bad)
	}
	if f.Do == DoApplyLate && f.Delay == 0 {
		return unprocessable(&FieldError{"delay", "is required with do \"apply_late\": nothing else releases the call from here"})
	}
	s.faults.add(f)
	return jsonAnswer(http.StatusCreated, f)
}

func (s *Server) controlClearFaults(*http.Request) *answer {
	s.ClearFaults()
	return empty(http.StatusNoContent)
}

// controlReset takes an empty body or an empty object.
func (s *Server) controlReset(r *http.Request) *answer {
	body, err := io.ReadAll(r.Body)
	if trimmed := strings.TrimSpace(string(body)); err != nil || (trimmed != "" && trimmed != "{}") {
		return unprocessable(&FieldError{"body", "must be empty"})
	}
	s.Reset()
	return empty(http.StatusNoContent)
}

func unprocessable(bad *FieldError) *answer { return jsonAnswer(http.StatusUnprocessableEntity, bad) }

// decodeFault refuses unknown fields and names the field that is wrong.
func decodeFault(body io.Reader, f *Fault) *FieldError {
	raw, err := io.ReadAll(body)
	if err != nil {
		return &FieldError{"body", "is too long or broke off"}
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return &FieldError{"body", "must be one JSON object"}
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err = dec.Decode(f)
	if err == nil {
		return nil
	}
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return &FieldError{wrongType.Field, "has the wrong type: " + wrongType.Value}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &FieldError{strings.Trim(name, `"`), "is not a field of a fault"}
	}
	return &FieldError{"delay", err.Error()} // the only field that parses itself
}
