package sraps_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"zerotouch.example/internal/vendors/snom/sraps"
)

// The bodies that clients of the service are known to expect, and those it may
// send if it is built as it seems to be.
func TestMessage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"message":               {`{"message":"m","error":"e","detail":"d"}`, "m"},
		"error":                 {`{"error":"e","detail":"d"}`, "e"},
		"detail":                {`{"detail":"d"}`, "d"},
		"error is an object":    {`{"error":{"code":"x","text":"y"}}`, "code: x; text: y"},
		"empty message":         {`{"message":"","detail":"d"}`, "d"},
		"field errors":          {`{"name":["required"],"mac":["malformed_mac","short"]}`, "mac: malformed_mac; short; name: required"},
		"nested":                {`{"settings_manager":{"50a4":{"value":["no URL"]}}}`, "settings_manager: 50a4: value: no URL"},
		"list":                  {`["a","b"]`, "a; b"},
		"text":                  {`"a"`, "a"},
		"number":                {`7`, ""},
		"null":                  {`null`, ""},
		"not JSON":              {"Bad Gateway", "Bad Gateway"},
		"web page":              {"<!doctype html><p>Secret internals</p>", ""},
		"empty":                 {"", ""},
		"control characters":    {`{"detail":"a\u0007b\u001b[31mc\r\nd\u202ee\u2028f"}`, "ab[31mc de f"},
		"URL with a token":      {`{"detail":"bad: https://prov.example/p/tok-en/{mac} !"}`, "bad: https://prov.example/[redacted] !"},
		"URL in JSON in a text": {`{"detail":"{\"v\":\"https:\\/\\/prov.example\\/p\\/token\"}"}`, `{"v":"https:\/\/prov.example/[redacted]"}`},
	}
	for name, tt := range tests {
		if got := sraps.Message([]byte(tt.body)); got != tt.want {
			t.Errorf("%s: want %q, got %q", name, tt.want, got)
		}
	}
	long := sraps.Message([]byte(strings.Repeat("ö", 1000)))
	if n := utf8.RuneCountInString(long); n != 300 || !strings.HasSuffix(long, "…") {
		t.Errorf("long text: %d runes", n)
	}
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	all := map[string]func(error) bool{
		"not found": sraps.IsNotFound, "unauthorized": sraps.IsUnauthorized, "forbidden": sraps.IsForbidden,
		"rate limited": sraps.IsRateLimited, "taken": sraps.IsTaken, "not offered": sraps.IsNotOffered, "timeout": sraps.IsTimeout,
	}
	tests := []struct {
		err  error
		want []string
	}{
		{&sraps.Error{Status: 404}, []string{"not found", "not offered"}},
		{&sraps.Error{Status: 410}, []string{"not found"}},
		{&sraps.Error{Status: 405}, []string{"not offered"}},
		{&sraps.Error{Status: 401}, []string{"unauthorized"}},
		{&sraps.Error{Status: 403}, []string{"forbidden"}},
		{&sraps.Error{Status: 429}, []string{"rate limited"}},
		{&sraps.Error{Status: 500}, nil},
		{&sraps.Error{Status: 404, Malformed: true}, nil},
		// The text decides, under whatever status of refusal.
		{&sraps.Error{Status: 400, Message: "taken_mac_or_forbidden"}, []string{"taken"}},
		{&sraps.Error{Status: 403, Message: "error: Taken_MAC_or_forbidden"}, []string{"forbidden", "taken"}},
		{&sraps.Error{Status: 409, Message: "User lacks permission to endpoint 0004"}, []string{"taken"}},
		{&sraps.Error{Status: 500, Message: "taken_mac_or_forbidden"}, nil},
		{&sraps.Error{Message: "taken_mac_or_forbidden"}, nil},
		{fmt.Errorf("wrapped: %w", &sraps.Error{Status: 404}), []string{"not found", "not offered"}},
		{errors.New("another"), nil},
		{nil, nil},
	}
	for _, tt := range tests {
		for name, is := range all {
			want := false
			for _, n := range tt.want {
				want = want || n == name
			}
			if got := is(tt.err); got != want {
				t.Errorf("%v: %s is %v, want %v", tt.err, name, got, want)
			}
		}
	}
}

func TestError_Text(t *testing.T) {
	t.Parallel()
	e := &sraps.Error{Op: "PUT /api/v1/x", Status: 400, Message: "no", Err: errors.New("why")}
	if got, want := e.Error(), "PUT /api/v1/x: status 400: no: why"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	if !errors.Is(e, e.Err) {
		t.Error("the cause is not wrapped")
	}
}
