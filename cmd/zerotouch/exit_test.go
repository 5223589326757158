package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
)

// TestEveryTroubleHasARemedy: whatever keeps a command from the server, it says what
// to do, and ends with 1.
func TestEveryTroubleHasARemedy(t *testing.T) {
	t.Parallel()
	for _, kind := range []api.Trouble{api.TroubleNobody, api.TroubleName, api.TroubleTime, api.TroubleTLS, api.TroubleOther, api.TroubleNetwork} {
		err := fmt.Errorf("list platforms: %w", &api.NoAnswer{Server: "https://zt.example", Kind: kind, Reason: "so it is", Status: http.StatusNotFound, MayHaveArrived: true})
		var out bytes.Buffer
		printError(&out, err)
		for _, want := range []string{"can't reach the server at https://zt.example: so it is\n", "may have been carried out", "ZEROTOUCH_URL"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: want %q in %q", kind, want, out.String())
			}
		}
		if code := exitCode(err); code != exitFailed {
			t.Errorf("%s: exit code %d", kind, code)
		}
	}
	if len(remedies) != 6 {
		t.Errorf("%d remedies", len(remedies))
	}
}

// TestErrorsOfSeveralLines stay readable on one.
func TestErrorsOfSeveralLines(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	printError(&out, errors.Join(errors.New("connect:\n\tfirst host\r\n\tsecond host"), errors.New("close: \x1b[31mred")))
	if got, want := out.String(), "zerotouch: connect: first host; second host; close: ?[31mred\n"; got != want {
		t.Errorf("got %q", got)
	}
}

// TestWatchThatLosesTheServer says that the operation goes on, and which it is.
func TestWatchThatLosesTheServer(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(s.Close)
	c, err := api.New(s.URL, "zt_token")
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	err = watch(&env{ctx: t.Context(), stdout: io.Discard, stderr: &stderr}, c, false, api.Operation{ID: "op1", State: "running"}, time.Minute)
	if exitCode(err) != exitFailed || !strings.Contains(stderr.String(), "zerotouch operation watch op1") {
		t.Errorf("%v, said %q", err, stderr.String())
	}
}
