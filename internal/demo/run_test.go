package demo_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/demo"
)

// TestRun: what is printed gets a person and the command line in, and nothing is
// left when it stops.
func TestRun(t *testing.T) {
	t.Parallel()
	r := mustRun(t)
	got := map[string]string{}
	for p, err := range r.client.Platforms(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got[p.Name] = p.PrimaryAccount
	}
	want := map[string]string{"Brightwater Voice": "harbour-clinic", "Norddial": "stadtwerke-hafenstadt", "Kestrel Telecom": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("platforms and their primary accounts (-want +got):\n%s", diff)
	}
	for range 2 { // two browsers, one after the other, both signed in
		p := r.mustSignIn(browser(t))
		if !strings.Contains(p.url.Path, "/platforms") || !strings.Contains(p.says(".nav"), "Demo desk") {
			t.Errorf("after signing in, the browser is at %s, and the navigation says %q", p.url, p.says(".nav"))
		}
	}
	r.mustEnd()
	if _, err := os.Stat(r.dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder %s is still there", r.dir)
	}
}

// mustSignIn uses what was printed.
func (r *running) mustSignIn(c *http.Client) page {
	r.t.Helper()
	form := url.Values{"username": {r.printed(`Sign in as +(\S+)`)}, "password": {r.printed(`Password +(\S+)`)}}
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.portal+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return mustPage(r.t, c, req)
}

// TestBusyPorts: all of them are named at once, each with the flag that helps, and
// nothing was started.
func TestBusyPorts(t *testing.T) {
	t.Parallel()
	listen := free
	for _, at := range []*string{&listen.Admin, &listen.Desk} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		*at = l.Addr().String()
	}
	err := demo.Run(t.Context(), demo.Config{Out: io.Discard, Listen: listen, Serve: neverServed(t)})
	if err == nil {
		t.Fatal("want an error, got none")
	}
	for _, want := range []string{listen.Admin, listen.Desk, "--admin-listen", "--desk-listen", "in use", "make demo DEMO_FLAGS='--admin-listen 127.0.0.1:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in the error, got %v", want, err)
		}
	}
}

func neverServed(t *testing.T) func(context.Context, demo.Start) error {
	return func(context.Context, demo.Start) error {
		t.Error("the server was started")
		return nil
	}
}

// TestListenRefused: a demo is for this machine, and its addresses are addresses.
func TestListenRefused(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"0.0.0.0:0", "[::]:0", ":0", "127.0.0.1", "nonsense:port", "127.0.0.1:99999"} {
		listen := free
		listen.Snom = at
		err := demo.Run(t.Context(), demo.Config{Out: io.Discard, Listen: listen, Serve: neverServed(t)})
		if err == nil || !strings.Contains(err.Error(), "--snom-listen") {
			t.Errorf("%s: want an error that names --snom-listen, got %v", at, err)
		}
	}
}

// TestDataDir: a folder with something in it is left alone; an empty one is kept.
func TestDataDir(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "zerotouch.db"), []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := demo.Run(t.Context(), demo.Config{Out: io.Discard, Listen: free, DataDir: full, Serve: neverServed(t)})
	if err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("want a refusal of the folder, got %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(full, "zerotouch.db")); err != nil || string(text) != "somebody's" {
		t.Errorf("the file was touched: %q, %v", text, err)
	}
	kept := filepath.Join(t.TempDir(), "new")
	if err := demo.Walkthrough(t.Context(), demo.Config{Out: io.Discard, DataDir: kept, Serve: serving{log: io.Discard}.serve}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(kept, "zerotouch.key")); err != nil {
		t.Errorf("the data was not kept: %v", err)
	}
}

// TestServerEnds: when the server stops by itself, so does the demo, and says so.
func TestServerEnds(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is full")
	ready := make(firstWrite, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- demo.Run(t.Context(), demo.Config{Out: ready, Listen: free, Serve: func(ctx context.Context, s demo.Start) error {
			ctx, stop := context.WithCancel(ctx)
			defer stop()
			go func() { <-ready; stop() }()
			return errors.Join(serving{log: io.Discard}.serve(ctx, s), broken)
		}})
	}()
	if err := <-ended; !errors.Is(err, broken) {
		t.Errorf("want %v, got %v", broken, err)
	}
}

// TestStoppedAtStart: Ctrl-C while the server starts is no error.
func TestStoppedAtStart(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	err := demo.Run(ctx, demo.Config{Out: io.Discard, Listen: free, Serve: func(ctx context.Context, _ demo.Start) error {
		stop()
		<-ctx.Done()
		return nil
	}})
	if err != nil {
		t.Errorf("want nothing, got %v", err)
	}
}
