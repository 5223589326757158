package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
)

// fileSize limits how long the files of a process may get, which works as any user:
// the write that goes beyond fails, as on a full disk. "unlimited" lifts it.
func (p *process) fileSize(t *testing.T, soft string) {
	t.Helper()
	out, err := exec.Command("prlimit", fmt.Sprintf("--pid=%d", p.cmd.Process.Pid), "--fsize="+soft+":").CombinedOutput()
	if err != nil {
		t.Fatalf("prlimit: %v\n%s", err, out)
	}
}

// ready asks the server whether it is.
func (in *installation) ready(t *testing.T) bool {
	t.Helper()
	r, err := http.Get(in.ops + "/readyz") //nolint:noctx // loopback, and the test's own time limit
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Body.Close()
	return r.StatusCode == http.StatusOK
}

// TestFullDisk fills the disk in the middle of a Rotate. The server says that it is
// not ready and goes on answering; as soon as there is room it goes on by itself,
// long before the lease of the operation ends.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("prlimit"); err != nil {
		t.Skip("prlimit (of util-linux) is missing; it is what makes the disk full here")
	}
	s := newSnom(t, latency)
	in := newInstallation(t, "", s.base)
	in.seed(t, s)
	in.platform(t, "acme-1")
	onboarded(t, in, "acme-1")
	if !in.ready(t) {
		t.Fatal("not ready at the beginning")
	}
	before := len(s.calls(t))
	a, err := in.client.Rotate(t.Context(), "acme-1", "snom", api.Rotate{})
	op := asked(t, a, err)
	until(t, "a call of the Rotate", startTimeout, func() bool { return len(s.calls(t)) > before })
	journal, err := os.Stat(filepath.Join(in.dir, "zerotouch.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	in.server.fileSize(t, fmt.Sprint(journal.Size()))
	until(t, "not ready", startTimeout, func() bool { return !in.ready(t) })

	if _, err := in.client.Platform(t.Context(), "acme-1"); err != nil {
		t.Errorf("reading does not work any more: %v", err)
	}
	_, err = in.client.CreatePlatform(t.Context(), api.NewPlatform{Name: strings.Repeat("x", 100)})
	if !api.IsCode(err, "database_unavailable") || !strings.Contains(err.Error(), "takes no writes") {
		t.Errorf("want database_unavailable with the cause, got %v", err)
	}
	if now, err := in.client.Operation(t.Context(), op.ID); err != nil || now.Final() {
		t.Errorf("the operation has ended without a disk: %+v, %v", now, err)
	}

	in.server.fileSize(t, "unlimited")
	until(t, "ready again", startTimeout, func() bool { return in.ready(t) })
	if end := in.outcome(t, op.ID, 30*time.Second); end.State != api.OperationDone {
		t.Errorf("it ended as %s with %+v\n%s", end.State, end.Error, in.server.log.String())
	}
	l, err := in.client.Link(t.Context(), "acme-1", "snom")
	if err != nil || l.State != api.LinkConfigured || l.Credential == nil || l.Credential.Number < 2 {
		t.Errorf("%+v, %v", l, err)
	}
	if c := s.companies(t, "acme-1"); len(c) != 1 || len(c[0].Keys) != 1 {
		t.Errorf("want one company with one key, got %+v", c)
	}
}
