package restapi_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/restapi"
	"zerotouch.example/internal/ztp"
)

// TestOwnTrouble: what goes wrong here is logged once under the request's id, and
// the caller is told nothing of it.
func TestOwnTrouble(t *testing.T) {
	t.Parallel()
	log := &logBuffer{}
	h := restapi.New(restapi.Config{
		Control:      control.New(control.Config{}),
		Authenticate: func(context.Context, string) (ztp.Actor, error) { return ztp.Actor{}, errors.New("planted cause") },
		RequestID:    func(context.Context) string { return "r-4711" },
		Log:          slog.New(slog.NewTextHandler(log, nil)),
	})
	w := serveOnce(t, h)
	if w.Code != 500 || strings.Contains(w.Body.String(), "planted") || !strings.Contains(w.Body.String(), `"request_id":"r-4711"`) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w.Header().Get("X-Request-Id") != "r-4711" {
		t.Errorf("the request id is not in the answer: %v", w.Header())
	}
	if got := log.String(); strings.Count(got, "planted cause") != 1 || !strings.Contains(got, "request_id=r-4711") {
		t.Errorf("want one line of log with cause and request id, got %q", got)
	}
}

// TestRetryAfter: when a wait is known, it is in the header, rounded up.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	h := restapi.New(restapi.Config{
		Control: control.New(control.Config{}),
		Authenticate: func(context.Context, string) (ztp.Actor, error) {
			return ztp.Actor{}, &ztp.Error{Code: ztp.CodeTooManyRequests, RetryAfter: 1500 * time.Millisecond}
		},
	})
	w := serveOnce(t, h)
	if w.Code != 429 || w.Header().Get("Retry-After") != "2" {
		t.Errorf("got %d %v", w.Code, w.Header())
	}
}

func serveOnce(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/platforms", nil)
	r.Header.Set("Authorization", "Bearer zt_x")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
