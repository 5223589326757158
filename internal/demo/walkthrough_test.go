package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"zerotouch.example/internal/demo"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, nil)) }

// TestWalkthrough is the end-to-end story on both databases.
func TestWalkthrough(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(testing.TB) string{
		"SQLite":     func(testing.TB) string { return "" },
		"PostgreSQL": func(t testing.TB) string { return pgtest.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, log safeBuffer
			err := demo.Walkthrough(t.Context(), demo.Config{Serve: serving{log: &log}.serve, Out: &out, Database: dsn(t)})
			t.Log("\n" + out.String())
			if err != nil {
				t.Log(log.String())
				t.Fatal(err)
			}
			if strings.Contains(out.String(), "FAILED") {
				t.Error("a step failed and the walkthrough did not say so in the end")
			}
			showsNoSecret(t, "the output", out.String())
			showsNoSecret(t, "the log", log.String())
		})
	}
}

// provisioningToken is what stands in a provisioning URL where nobody shortened it.
var provisioningToken = regexp.MustCompile(`/p/[a-z2-7]{32}`)

func showsNoSecret(t *testing.T, what, text string) {
	t.Helper()
	if text == "" {
		t.Errorf("%s is empty, so nothing is shown by searching it", what)
	}
	if provisioningToken.MatchString(text) {
		t.Errorf("%s holds a provisioning token", what)
	}
}

// TestWalkthroughFails plants what the product must never do: the walkthrough has
// to stop at the step that promises otherwise.
func TestWalkthroughFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		serving serving
		step    string
	}{
		// A server that goes on without a reseller credential of its own.
		"CredentialFromNowhere": {serving{reseller: func(ztp.ResellerSource) ztp.ResellerSource { return anyReseller{} }}, "Onboard without a reseller credential"},
		// An adapter that says that a key is revoked and leaves it alive.
		"KeyNotRevoked": {serving{vendor: func(v *snom.Vendor) ztp.Vendor { return neverRevokes{v} }}, "Rotate"},
		// An adapter that says that a phone is paused and leaves it redirected.
		"PhoneNotPaused": {serving{vendor: func(v *snom.Vendor) ztp.Vendor { return neverPauses{v} }}, "Disable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out safeBuffer
			tt.serving.log = &safeBuffer{}
			err := demo.Walkthrough(t.Context(), demo.Config{Serve: tt.serving.serve, Out: &out})
			var step *demo.StepError
			if !errors.As(err, &step) || step.Step != tt.step {
				t.Errorf("want a failure of the step %q, got %v\n%s", tt.step, err, out.String())
			}
			if !strings.Contains(out.String(), "FAILED ") || strings.Contains(out.String(), "as promised, in") {
				t.Errorf("the output does not say that a step failed:\n%s", out.String())
			}
		})
	}
}

// TestWalkthroughForPrograms: every line is an object, and the last one says how it
// ended, be it well or not.
func TestWalkthroughForPrograms(t *testing.T) {
	t.Parallel()
	for name, serve := range map[string]serving{
		"Well": {}, "Badly": {vendor: func(v *snom.Vendor) ztp.Vendor { return neverRevokes{v} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out safeBuffer
			serve.log = &safeBuffer{}
			err := demo.Walkthrough(t.Context(), demo.Config{Serve: serve.serve, Out: &out, JSON: true})
			var last struct {
				OK    bool   `json:"ok"`
				Steps int    `json:"steps"`
				Name  string `json:"name"`
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			for _, line := range lines {
				last.Steps, last.Name = 0, ""
				if err := json.Unmarshal([]byte(line), &last); err != nil {
					t.Fatalf("%v: %s", err, line)
				}
			}
			if last.OK != (err == nil) || last.OK != (name == "Well") || last.Steps != len(lines)-1 || last.Name != "" {
				t.Errorf("ended with %v, and the last line is %s", err, lines[len(lines)-1])
			}
			showsNoSecret(t, "the output", out.String())
		})
	}
}

// TestServerDoesNotStart: the reason is passed on, and nothing is left behind.
func TestServerDoesNotStart(t *testing.T) {
	t.Parallel()
	broken := errors.New("no room on the disk")
	var dir string
	err := demo.Walkthrough(t.Context(), demo.Config{Out: &safeBuffer{}, Serve: func(_ context.Context, s demo.Start) error {
		dir = s.Env["ZEROTOUCH_DATA_DIR"]
		return broken
	}})
	if !errors.Is(err, broken) {
		t.Errorf("want %v, got %v", broken, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder %s is still there", dir)
	}
}

type anyReseller struct{}

func (anyReseller) Reseller(context.Context, ztp.VendorName) (ztp.APIKey, error) {
	return ztp.APIKey{ID: "ck_nowhere", Secret: ztp.NewSecret("nobody gave this")}, nil
}

func (anyReseller) Where(ztp.VendorName) string { return "nowhere" }

type neverRevokes struct{ *snom.Vendor }

func (neverRevokes) RevokeCredential(context.Context, ztp.APIKey, string, string) error { return nil }

type neverPauses struct{ *snom.Vendor }

func (v neverPauses) Overwrite(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint, have ztp.WholeEndpoint) error {
	if !e.Enabled {
		return nil
	}
	return v.Vendor.Overwrite(ctx, by, company, e, have)
}

// safeBuffer is written to by several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
