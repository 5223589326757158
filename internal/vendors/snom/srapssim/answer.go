package srapssim

import (
	"encoding/json"
	"net/http"
	"strings"
)

// answer is what a call leads to, before any fault spoils its delivery.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	changed bool // the state is another one now
}

const jsonType = "application/json"

func empty(status int) *answer { return &answer{status: status, header: http.Header{}} }

func jsonAnswer(status int, value any) *answer {
	body, err := json.Marshal(value)
	if err != nil {
		return detail(http.StatusInternalServerError, "answer cannot be written")
	}
	a := empty(status)
	a.header.Set("Content-Type", jsonType)
	a.body = body
	return a
}

// changed marks an answer whose call changed something.
func changed(a *answer) *answer {
	a.changed = true
	return a
}

// detail is the usual refusal. Error bodies are undocumented; clients look for
// message, error, detail and for field errors (client code in production), so
// the simulator uses all of these forms, as Django REST framework would.
func detail(status int, text string) *answer {
	return jsonAnswer(status, map[string]string{"detail": text})
}

func fieldError(field, text string) *answer {
	return jsonAnswer(http.StatusBadRequest, map[string][]string{field: {text}})
}

func notFound() *answer { return detail(http.StatusNotFound, "Not found.") }

// forbidden is what a key without a sufficient role gets (Snom partner
// how-to: a key with role None reads and cannot register; text assumed).
func forbidden() *answer {
	return detail(http.StatusForbidden, "You do not have permission to perform this action.")
}

// lacksPermission is forbidden for endpoints (text: client code in production).
func lacksPermission() *answer {
	return jsonAnswer(http.StatusForbidden, map[string]string{"error": "User lacks permission to endpoint"})
}

// taken is the answer for a MAC of another company (text: client code in
// production; its status was never recorded).
func (s *Server) taken() *answer {
	return jsonAnswer(s.opts.TakenStatus, map[string]string{"message": "taken_mac_or_forbidden"})
}

func methodNotAllowed(method string, allowed []string) *answer {
	a := detail(http.StatusMethodNotAllowed, `Method "`+method+`" not allowed.`)
	a.header.Set("Allow", strings.Join(allowed, ", "))
	return a
}
