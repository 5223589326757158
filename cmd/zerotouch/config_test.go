package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestMistakesInOrder: what is set in vain is told in the same order each time.
func TestMistakesInOrder(t *testing.T) {
	t.Parallel()
	for range 50 {
		var m mistakes
		sipFlags{SIPFrom: "a", SIPUser: "b", SIPPasswordFile: "c", SIPRealm: "d"}.parse(&m)
		(&settings{Only: "phones", storeFlags: storeFlags{KeyFile: "a", KMSKey: "b"}}).only(&m)
		var names []string
		for _, line := range m {
			name, _, _ := strings.Cut(line, ":")
			names = append(names, strings.TrimPrefix(name, envPrefix))
		}
		if got, want := strings.Join(names, " "), "SIP_FROM SIP_PASSWORD_FILE SIP_REALM SIP_USER KEY_FILE KMS_KEY"; got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

// TestInVain: whoever serves phones alone is told of each setting that does nothing there, and
// of none that counts, or that is as it is anyway; its SIP password is not read.
func TestInVain(t *testing.T) {
	t.Parallel()
	var cmd struct {
		Serve serveCmd `cmd:""`
	}
	parsed := func(environ ...string) *settings {
		t.Helper()
		k, err := kong.New(&cmd, kong.Resolvers(fromEnvironment(lookUp(environ))))
		if err == nil {
			_, err = k.Parse([]string{"serve"})
		}
		if err != nil {
			t.Fatal(err)
		}
		return &cmd.Serve.settings
	}
	if got := parsed("ZEROTOUCH_ONLY=phones").inVain(); len(got) != 0 {
		t.Errorf("as it is anyway: %v", got)
	}
	s := parsed("ZEROTOUCH_ONLY=phones", "ZEROTOUCH_SIP_PROXY=sip:p.example", "ZEROTOUCH_SIP_USER=u", "ZEROTOUCH_SIP_PASSWORD_FILE=/nowhere",
		"ZEROTOUCH_PHONE_LISTEN=:1", "ZEROTOUCH_PROVISIONING_URL=https://prov.example", "ZEROTOUCH_SNOM_RATE=7", "ZEROTOUCH_ADMIN_LISTEN=:2")
	want := "ZEROTOUCH_ADMIN_LISTEN ZEROTOUCH_SNOM_RATE ZEROTOUCH_SIP_PROXY ZEROTOUCH_SIP_USER ZEROTOUCH_SIP_PASSWORD_FILE"
	if got := strings.Join(s.inVain(), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := s.parse(); err != nil {
		t.Errorf("its password is read: %v", err)
	}
}
