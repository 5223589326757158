package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zerotouch.example/api"
)

// isTrouble reports whether err is a failed connection of this kind that says why.
func isTrouble(err error, kind api.Trouble, says string) bool {
	var e *api.NoAnswer
	return errors.As(err, &e) && e.Kind == kind && strings.Contains(e.Reason, says) && strings.Contains(err.Error(), e.Server)
}

// TestConnection: what keeps a request from an answer is told in words, with the
// address, and without Go's own.
func TestConnection(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(plain.Close)
	secure := httptest.NewUnstartedServer(plain.Config.Handler)
	secure.Config.ErrorLog = quiet
	secure.StartTLS()
	t.Cleanup(secure.Close)
	trusting := api.WithHTTPClient(&http.Client{Transport: secure.Client().Transport, Timeout: 10 * time.Second})
	gone := httptest.NewServer(nil)
	gone.Close()
	for name, c := range map[string]struct {
		url  string
		opts []api.Option
		kind api.Trouble
		says string
	}{
		"nobody there":      {gone.URL, nil, api.TroubleNobody, "nothing listens"},
		"no such host":      {"https://zerotouch.invalid", []api.Option{lookUp(&net.DNSError{Err: "no such host", Name: "zerotouch.invalid", IsNotFound: true})}, api.TroubleName, "no host of this name"},
		"no name server":    {"https://zerotouch.invalid", []api.Option{lookUp(&net.DNSError{Err: "server misbehaving", Name: "zerotouch.invalid", IsTemporary: true})}, api.TroubleName, "cannot be looked up"},
		"unknown issuer":    {secure.URL, nil, api.TroubleTLS, "does not trust"},
		"another name":      {strings.Replace(secure.URL, "127.0.0.1", "localhost", 1), []api.Option{trusting}, api.TroubleTLS, "another name"},
		"https to http":     {strings.Replace(plain.URL, "http:", "https:", 1), nil, api.TroubleTLS, "speaks plain http"},
		"http to https":     {strings.Replace(secure.URL, "https:", "http:", 1), nil, api.TroubleTLS, "speaks https"},
		"an empty web site": {plain.URL, nil, api.TroubleOther, "is not zerotouch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := api.New(c.url, token, c.opts...)
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Health(t.Context())
			if !isTrouble(err, c.kind, c.says) || strings.Contains(err.Error(), "dial") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// lookUp is a client whose host names cannot be looked up.
func lookUp(err error) api.Option {
	return api.WithHTTPClient(&http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
		},
	}})
}

// TestConnectionMayHaveArrived: a change that was sent and not answered may have been
// made; one that met nobody was not.
func TestConnectionMayHaveArrived(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	s.Config.ErrorLog = quiet
	s.Start()
	t.Cleanup(s.Close)
	gone := httptest.NewServer(nil)
	gone.Close()
	arrived := func(err error) bool {
		var e *api.NoAnswer
		return errors.As(err, &e) && e.MayHaveArrived
	}
	client := func(url string, transport *http.Transport) *api.Client {
		c, err := api.New(url, token, api.WithHTTPClient(&http.Client{Transport: transport, Timeout: time.Minute}))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, theirs) }() // takes it, and says nothing
		silent := client("http://127.0.0.1:1", &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return ours, nil }})
		if _, err := silent.CreatePlatform(t.Context(), api.NewPlatform{Name: "Acme"}); !arrived(err) || !isTrouble(err, api.TroubleTime, "in time") {
			t.Errorf("no answer in time: %v", err)
		}
	})
	patient := client(s.URL, &http.Transport{})
	if _, err := patient.Onboard(t.Context(), "acme", "snom"); !arrived(err) {
		t.Errorf("closed without an answer: %v", err)
	}
	if _, err := patient.Health(t.Context()); err == nil || arrived(err) {
		t.Errorf("a question: %v", err)
	}
	if _, err := client(gone.URL, &http.Transport{}).Onboard(t.Context(), "acme", "snom"); err == nil || arrived(err) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := patient.Health(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller's own end: %v", err)
	}
}

// TestSomethingElseAnswers: a refusal that is not ours is told with its address, and
// is no refusal of ours.
func TestSomethingElseAnswers(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/health":
			http.Error(w, "This listener is for the proxy in front of it.", http.StatusForbidden)
		case "/api/v1/platforms/acme":
			http.NotFound(w, r)
		default:
			w.Header().Set("Location", "https://login.example/sso?token=planted")
			w.WriteHeader(http.StatusFound)
			fmt.Fprint(w, "planted")
		}
	})
	if _, err := c.Health(t.Context()); !isTrouble(err, api.TroubleOther, "403 Forbidden: This listener is for the proxy") || api.IsRefused(err) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Platform(t.Context(), "acme"); !isTrouble(err, api.TroubleOther, "404") || api.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Account(t.Context(), "acme", "main"); !isTrouble(err, api.TroubleOther, "sends to https://login.example") || strings.Contains(err.Error(), "planted") {
		t.Errorf("got %v", err)
	}
}

// quiet is for servers whose complaints are the point of the test.
var quiet = log.New(io.Discard, "", 0)
