package main

import (
	"strings"
	"testing"
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
