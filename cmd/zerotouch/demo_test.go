package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/demo"
	"zerotouch.example/internal/sqlstore/pgtest"
)

// TestDemoWalkthrough is the whole story against serve as it is, on both databases.
func TestDemoWalkthrough(t *testing.T) {
	t.Parallel()
	tests := map[string]func() []string{
		"SQLite":     func() []string { return nil },
		"PostgreSQL": func() []string { return []string{"--database", pgtest.DSN(t)} },
	}
	for name, args := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), append([]string{"demo", "--walkthrough"}, args()...), nil, strings.NewReader(""), &stdout, &stderr)
			if code != exitDone {
				t.Errorf("exit code %d\n%s\n%s", code, stdout.String(), stderr.String())
			}
			if !strings.Contains(stdout.String(), "every one as promised") {
				t.Errorf("the output does not say how it ended:\n%s", stdout.String())
			}
		})
	}
}

// TestDemoWalkthroughTakesNoAddress: a flag that would count for nothing is refused.
func TestDemoWalkthroughTakesNoAddress(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--admin-listen", "--phone-listen", "--ops-listen", "--desk-listen", "--snom-listen"} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"demo", "--walkthrough", flag, "127.0.0.1:8080"}, nil, strings.NewReader(""), &stdout, &stderr)
		if code != exitUsage || !strings.Contains(stderr.String(), "leave out "+flag) || stdout.Len() > 0 {
			t.Errorf("%s: exit code %d, %q", flag, code, stderr.String())
		}
	}
}

// TestDemoNamesTheDesk: where the credential is missing, a demo names its own way to
// put it back.
func TestDemoNamesTheDesk(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	const desk, free = "http://127.0.0.1:1", "127.0.0.1:0"
	dir := t.TempDir()
	var health api.Health
	ask := func(address string) error {
		var stdout, stderr bytes.Buffer
		if code := run(ctx, []string{"token", "add", "test", "--data-dir", dir}, nil, strings.NewReader(""), &stdout, &stderr); code != exitDone {
			return fmt.Errorf("token add: %s", stderr.String())
		}
		lines := strings.Fields(stdout.String())
		c, err := api.New(address, lines[len(lines)-1])
		if err == nil {
			health, err = c.Health(ctx)
		}
		return err
	}
	asked := make(chan error, 1)
	err := serveDemo(slog.New(slog.DiscardHandler))(ctx, demo.Start{
		Env: map[string]string{
			"ZEROTOUCH_DATA_DIR": dir, "ZEROTOUCH_ADMIN_LISTEN": free, "ZEROTOUCH_PHONE_LISTEN": free, "ZEROTOUCH_OPS_LISTEN": free,
		},
		DeskURL: desk,
		Ready: func(a demo.Addresses) {
			go func() {
				defer stop()
				asked <- ask(a.Admin)
			}()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-asked; err != nil {
		t.Fatal(err)
	}
	v := health.Vendors[0]
	if v.Reseller == nil || !strings.Contains(v.Reseller.Detail, "Restore the credential on the demo desk, "+desk) || v.ResellerWhere != desk {
		t.Errorf("got %+v, where: %s", v.Reseller, v.ResellerWhere)
	}
}

// TestDemoBusyPort: who starts a second demo reads which port it is and what to do.
func TestDemoBusyPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	args := []string{"demo", "--desk-listen", l.Addr().String()}
	for _, flag := range []string{"--admin-listen", "--phone-listen", "--ops-listen", "--snom-listen"} {
		args = append(args, flag, "127.0.0.1:0")
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, nil, strings.NewReader(""), &stdout, &stderr); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{l.Addr().String(), "in use", "zerotouch demo --desk-listen 127.0.0.1:"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("want %q on standard error, got %q", want, stderr.String())
		}
	}
}
