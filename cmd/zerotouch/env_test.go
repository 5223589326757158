package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestConfirm: a terminal is asked and only yes is yes; without one nothing is asked.
func TestConfirm(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		terminal, yes bool
		input         string
		ok, asked     bool
	}{
		{terminal: true, input: "y\n", ok: true, asked: true},
		{terminal: true, input: " YES ", ok: true, asked: true},
		{terminal: true, input: "\n", asked: true},
		{terminal: true, input: "", asked: true},
		{terminal: true, input: "yellow\n", asked: true},
		{terminal: true, yes: true, ok: true},
		{terminal: false, ok: true},
	} {
		var out bytes.Buffer
		e := &env{stdin: strings.NewReader(tc.input), stderr: &out, isTerminal: tc.terminal}
		err := e.confirm(tc.yes, "Disable?")
		if (err == nil) != tc.ok || strings.Contains(out.String(), "Disable? [y/N]") != tc.asked {
			t.Errorf("%+v: got %v, asked %q", tc, err, out.String())
		}
	}
}

// TestAsksBeforeItSends: on a terminal, no is no, and nobody was called.
func TestAsksBeforeItSends(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"rotate acme snom", "disable acme snom", "disable acme snom --force", "revoke-key acme snom ck_1",
		"endpoint release acme 000413000001", "endpoint replace acme 000413000001 000413000002", "endpoint move acme 000413000001 --to other --account main", "platform remove acme", "account remove acme main", "adopt acme snom c1", "update-address acme snom",
	} {
		var out bytes.Buffer
		e := &env{
			ctx: t.Context(), stdin: strings.NewReader("n\n"), stdout: &out, stderr: &out, isTerminal: true,
			getenv: func(name string) string {
				return map[string]string{"ZEROTOUCH_TOKEN": "zt_x", "ZEROTOUCH_URL": "http://127.0.0.1:1"}[name]
			},
		}
		if err := parseRemote(e, strings.Fields(args)); !errors.Is(err, errNotConfirmed) || exitCode(err) != exitFailed {
			t.Errorf("%s: want not confirmed, got %v", args, err)
		}
		e.stdin = strings.NewReader("")
		if err := parseRemote(e, append(strings.Fields(args), "--yes")); err == nil || errors.Is(err, errNotConfirmed) {
			t.Errorf("%s --yes: want a refused connection, got %v", args, err)
		}
	}
}

func TestReadSecret(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{"s3cret\n": "s3cret", "s3cret\r\nmore\n": "s3cret", " with space ": " with space ", "": "", "\n": ""} {
		e := &env{stdin: strings.NewReader(input)}
		got, err := e.readSecret("Key secret")
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: want %q, got %q %v", input, want, got, err)
		}
	}
}

func TestExitCode(t *testing.T) {
	t.Parallel()
	server := func(status int, code string) error {
		return fmt.Errorf("wrapped: %w", &api.Error{Problem: api.Problem{Status: status, Code: code}})
	}
	ended := func(state, code string, status int) error {
		op := api.Operation{State: state}
		if code != "" {
			op.Error = &api.Problem{Code: code, Status: status}
		}
		return endedError{op}
	}
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"nothing wrong":         {nil, exitDone},
		"usage":                 {usagef("x"), exitUsage},
		"kong":                  {&kong.ParseError{}, exitUsage},
		"any error":             {errors.New("x"), exitFailed},
		"401":                   {server(401, "unauthenticated"), exitFailed},
		"403":                   {server(403, "not_allowed"), exitRefused},
		"404":                   {server(404, "not_found"), exitNotFound},
		"404, not from us":      {server(404, ""), exitFailed},
		"409":                   {server(409, "operation_running"), exitRefused},
		"422":                   {server(422, "invalid"), exitRefused},
		"503":                   {server(503, "reseller_credentials_missing"), exitFailed},
		"504":                   {server(504, "outcome_unknown"), exitUnknown},
		"local, not found":      {ztp.NotFound("user"), exitNotFound},
		"local, in use":         {fmt.Errorf("x: %w", &ztp.Error{Code: ztp.CodeInUse}), exitRefused},
		"local, internal":       {&ztp.Error{Code: ztp.CodeInternal}, exitFailed},
		"operation unknown":     {ended("unknown", "", 0), exitUnknown},
		"operation running":     {ended("running", "", 0), exitFailed},
		"operation failed":      {ended("failed", "vendor_unreachable", 502), exitFailed},
		"operation refused":     {ended("failed", "vendor_key_quota", 409), exitRefused},
		"operation timed out":   {ended("needs_operator", "outcome_unknown", 504), exitUnknown},
		"operation, no reasons": {ended("needs_operator", "", 0), exitFailed},
	} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%s: want %d, got %d", name, tc.want, got)
		}
	}
}

// TestPrintError: a local error is told with its remedy, and nothing can steer
// the terminal.
func TestPrintError(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	printError(&out, ztp.Invalid("name", "Too\x1b[2Jlong."))
	printError(&out, errors.New("no route\x07"))
	want := "zerotouch: Some of this can't be taken as it is (invalid)\n  name: Too?[2Jlong.\n  Correct the fields named and send it again.\nzerotouch: no route?\n"
	if out.String() != want {
		t.Errorf("want %q, got %q", want, out.String())
	}
}
