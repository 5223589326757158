package sraps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"sort"
	"strings"
	"time"
	"unicode"
)

// Error is every failure of a call.
type Error struct {
	// Op is method and path, without host and query.
	Op string
	// Status is the HTTP status, 0 without an answer.
	Status int
	// Message is the vendor's, of an answer that is not 2xx: parsed, without
	// control characters and secrets, at most 300 characters.
	Message string
	// Sent: at least a connection was there, so the request may have arrived.
	Sent bool
	// Malformed: the answer could not be read as what it should be.
	Malformed bool
	// RetryAfter is what the answer asks for, 0 without.
	RetryAfter time.Duration
	// Skew is how far our clock is behind the server's, as far as the answer's
	// Date tells; only set where the answer is 401.
	Skew time.Duration
	Err  error
}

// BaseError says that what answers at the base URL seems not to be the service: its path is not
// the usual one, and nothing there has answered as the service does.
type BaseError struct{ Base string }

func (e *BaseError) Error() string { return "there seems to be no service at " + e.Base }

func (e *Error) Error() string {
	s := e.Op
	if e.Status != 0 {
		s += fmt.Sprintf(": status %d", e.Status)
	}
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Malformed {
		s += ": the answer is not what it should be"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// LinkError is the cause of an Error where a link in an answer is not followed. Its
// text names no more of the link than its host.
type LinkError struct {
	// Host is host or host:port as Config.LinkHosts would have to name it, "" where
	// naming it would not help.
	Host   string
	reason string
}

func (e *LinkError) Error() string { return "a link in the answer " + e.reason }

// AsError finds the *Error in err.
func AsError(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}

func status(err error, want ...int) bool {
	e, ok := AsError(err)
	if !ok || e.Malformed {
		return false
	}
	for _, s := range want {
		if e.Status == s {
			return true
		}
	}
	return false
}

// IsNotFound reports an answer 404 or 410.
func IsNotFound(err error) bool { return status(err, http.StatusNotFound, http.StatusGone) }

// IsUnauthorized reports an answer 401.
func IsUnauthorized(err error) bool { return status(err, http.StatusUnauthorized) }

// IsForbidden reports an answer 403.
func IsForbidden(err error) bool { return status(err, http.StatusForbidden) }

// IsRateLimited reports an answer 429.
func IsRateLimited(err error) bool { return status(err, http.StatusTooManyRequests) }

// IsTimeout reports that the answer did not come in time.
func IsTimeout(err error) bool {
	e, ok := AsError(err)
	return ok && e.Status == 0 && errors.Is(e.Err, context.DeadlineExceeded)
}

// IsNotOffered reports that the service has no such call: 404 or 405.
func IsNotOffered(err error) bool {
	return status(err, http.StatusNotFound, http.StatusMethodNotAllowed)
}

// IsTaken reports that the MAC belongs to another company, or that the key may not
// write: the service uses one text for both, under a status that was never
// recorded in public (client code in production), so the text decides.
func IsTaken(err error) bool {
	e, ok := AsError(err)
	if !ok || e.Status < 400 || e.Status > 499 {
		return false
	}
	m := strings.ToLower(e.Message)
	return strings.Contains(m, "taken_mac_or_forbidden") || strings.Contains(m, "lacks permission to endpoint")
}

// maxSkew is the window of the Hawk reference implementation; the service's own
// is not known.
const maxSkew = 60 * time.Second

// ClockSkew returns how far our clock is off when a 401 is explained by that.
func ClockSkew(err error) (time.Duration, bool) {
	e, ok := AsError(err)
	if !ok || e.Status != http.StatusUnauthorized || e.Skew.Abs() <= maxSkew {
		return 0, false
	}
	return e.Skew, true
}

// message finds the text of an error body: message, error or detail, as text or
// as an object, else every text in it, else the text itself (client code in
// production reads all of these).
func message(body []byte, secrets ...string) string {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		s := strings.TrimSpace(string(body))
		if strings.HasPrefix(s, "<") {
			s = "" // a web page explains nothing
		}
		return clean(s, secrets)
	}
	if m, ok := v.(map[string]any); ok {
		for _, k := range []string{"message", "error", "detail"} {
			if x, ok := m[k]; ok {
				if s := flatten(x, 0); s != "" {
					return clean(s, secrets)
				}
			}
		}
	}
	return clean(flatten(v, 0), secrets)
}

// flatten joins every text in a JSON value, fields with their names.
func flatten(v any, depth int) string {
	if depth > 5 {
		return ""
	}
	var parts []string
	switch x := v.(type) {
	case string:
		return x
	case []any:
		for _, e := range x {
			if s := flatten(e, depth+1); s != "" {
				parts = append(parts, s)
			}
		}
	case map[string]any:
		keys := make([]string, 0, len(x))
		for k := range x {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			if s := flatten(x[k], depth+1); s != "" {
				parts = append(parts, k+": "+s)
			}
		}
	}
	return strings.Join(parts, "; ")
}

const maxMessage = 300

// minSecret is the shortest text that is taken out: a shorter one would take
// ordinary words apart.
const minSecret = 6

var urlTail = regexp.MustCompile(`(?i)(https?:(?:\\?/){2}[^/\\?#\s"'<>@]*)[/\\?#@][^\s"'<>]*`)

// sensitive lists what must not be repeated in an error: the key's secret, and
// what the request says about provisioning URLs.
func sensitive(k Key, in any) []string {
	out := []string{k.Secret}
	raw, err := json.Marshal(in)
	var v any
	if err != nil || json.Unmarshal(raw, &v) != nil {
		return out
	}
	for _, s := range texts(v) {
		if !strings.Contains(s, "://") {
			continue
		}
		out = append(out, s)
		for _, segment := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("/?&=", r) }) {
			if len(segment) >= 16 && !strings.Contains(segment, ".") { // no host name

				out = append(out, segment)
			}
		}
	}
	return out
}

// texts lists every text in a JSON value.
func texts(v any) []string {
	switch x := v.(type) {
	case string:
		return []string{x}
	case []any:
		var out []string
		for _, e := range x {
			out = append(out, texts(e)...)
		}
		return out
	case map[string]any:
		var out []string
		for _, e := range x {
			out = append(out, texts(e)...)
		}
		return out
	}
	return nil
}

// clean removes control characters, what turns text around, and secrets, in this
// order, or a secret could hide behind the former; then it cuts.
func clean(s string, secrets []string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	for _, x := range secrets {
		if len(x) >= minSecret {
			s = regexp.MustCompile(`(?i)`+regexp.QuoteMeta(x)).ReplaceAllLiteralString(s, "[redacted]")
		}
	}
	// Provisioning URLs carry a token, in whatever spelling they are repeated.
	s = urlTail.ReplaceAllString(s, "$1/[redacted]")
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxMessage {
		s = string(runes[:maxMessage-1]) + "…"
	}
	return s
}
