package e2e_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// snom is a simulator in a process of its own, seen through its control port.
type snom struct {
	base, control string
	// keyFile holds the secret of the reseller's key.
	keyFile string
	sim     *srapssim.Server // nil where it is a process of its own
}

var simReady = regexp.MustCompile(`Simulated SRAPS: (\S+)\nControl port: (\S+)\n`)

// newSnom starts a simulator that takes its time for every answer, so that there
// is a middle of things.
func newSnom(t *testing.T, latency time.Duration) *snom {
	t.Helper()
	s := &snom{keyFile: filepath.Join(t.TempDir(), "reseller.secret")}
	_, at := start(t, simReady, nil, "sim", "snom", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0",
		"--key-file", s.keyFile, "--latency", latency.String())
	s.base, s.control = at[1], at[2]
	return s
}

// get reads one page of the control port into a value.
func (s *snom) get(t *testing.T, path string, into any) {
	t.Helper()
	r, err := http.Get(s.control + path) //nolint:noctx // loopback, and the test's own time limit
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	if err := json.NewDecoder(r.Body).Decode(into); err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v", path, r.Status, err)
	}
}

// calls returns every call to the service so far.
func (s *snom) calls(t *testing.T) []srapssim.Call {
	t.Helper()
	var out struct{ Calls []srapssim.Call }
	s.get(t, "/calls", &out)
	return out.Calls
}

// companies returns the companies that this installation made for the platform of
// that name, and those that a person gave this very name.
func (s *snom) companies(t *testing.T, platform string) (found []srapssim.Company) {
	t.Helper()
	var all srapssim.State
	s.get(t, "/state", &all)
	for _, c := range all.Companies {
		if c.Name == platform || strings.HasPrefix(c.Name, platform+" [zt:") {
			found = append(found, c)
		}
	}
	return found
}
