package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
)

// installation is a data folder, or a database, and the server that works on it.
type installation struct {
	dir    string
	env    []string
	server *process
	// program is the build that it runs.
	program string
	// ended are the servers before this one.
	ended  []*process
	client *api.Client
	// admin and phone are the addresses that it answers at, the same after every start.
	admin, phone, ops string
	token             string
}

var serveReady = regexp.MustCompile(`msg=serving admin=(\S+) phone=(\S+) ops=(\S+)`)

// newInstallation starts a server on a fresh database; dsn is "" for SQLite in its
// data folder. It asks the vendor at snomURL and has no reseller credential yet.
func newInstallation(t *testing.T, dsn, snomURL string) *installation {
	t.Helper()
	return newInstallationOf(t, program, dsn, snomURL)
}

// newInstallationOf is newInstallation with another build of the program.
func newInstallationOf(t *testing.T, path, dsn, snomURL string) *installation {
	t.Helper()
	in := &installation{dir: filepath.Join(t.TempDir(), "data"), program: path}
	admin, phone, ops := freeAddress(t), freeAddress(t), freeAddress(t)
	in.admin, in.phone, in.ops = "http://"+admin, "http://"+phone, "http://"+ops
	in.env = []string{
		"ZEROTOUCH_DATA_DIR=" + in.dir, "ZEROTOUCH_DATABASE=" + dsn, "ZEROTOUCH_INSTALLATION=e2e",
		"ZEROTOUCH_ADMIN_LISTEN=" + admin, "ZEROTOUCH_PHONE_LISTEN=" + phone, "ZEROTOUCH_OPS_LISTEN=" + ops,
		"ZEROTOUCH_PROVISIONING_URL=" + in.phone, "ZEROTOUCH_SNOM_BASE_URL=" + snomURL, "ZEROTOUCH_SNOM_RATE=0",
	}
	in.start(t)
	in.token = strings.TrimSpace(in.verb(t, "", "token", "add", "e2e"))
	var err error
	if in.client, err = api.New(in.admin, in.token); err != nil {
		t.Fatal(err)
	}
	return in
}

// freeAddress is an address of this test's own: any in 127.0.0.0/8 is loopback, so
// that no other program takes the port between two starts of the server.
func freeAddress(t *testing.T) string {
	t.Helper()
	host := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254)) //nolint:gosec // no secret
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// start starts the server, as a supervisor does after its end.
func (in *installation) start(t *testing.T) {
	t.Helper()
	if in.server != nil {
		in.ended = append(in.ended, in.server)
	}
	in.server, _ = startProgram(t, in.program, serveReady, in.env, "serve")
}

func (in *installation) kill(t *testing.T) { t.Helper(); in.server.signal(t, syscall.SIGKILL) }

// verb runs a local verb beside the server.
func (in *installation) verb(t *testing.T, input string, args ...string) string {
	t.Helper()
	return verb(t, in.program, in.env, input, args...)
}

// seed puts the simulator's reseller credential in place.
func (in *installation) seed(t *testing.T, s *snom) {
	t.Helper()
	secret, err := os.ReadFile(s.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	in.verb(t, string(secret), "reseller", "set", "snom", "--key-id", "ck_reseller")
}

// platform makes a platform with one account.
func (in *installation) platform(t *testing.T, slug string) {
	t.Helper()
	_, err := in.client.CreatePlatform(t.Context(), api.NewPlatform{Slug: slug, Name: slug})
	if err == nil {
		_, err = in.client.CreateAccount(t.Context(), slug, api.NewAccount{Slug: "main", Name: "Main"})
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, in.server.log.String())
	}
}

// asked returns the operation that an action has begun.
func asked(t *testing.T, a api.Answer, err error) api.Operation {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if a.Operation == nil {
		t.Fatalf("no operation was begun: %+v", a)
	}
	return *a.Operation
}

// outcome waits for the end of an operation.
func (in *installation) outcome(t *testing.T, id string, patience time.Duration) api.Operation {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		op, err := in.client.WaitOperation(t.Context(), id, min(30*time.Second, max(time.Until(deadline), time.Second)))
		if err != nil {
			t.Fatal(err)
		}
		if op.Final() {
			return op
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s the operation is not over: %+v\n%s", patience, op, in.server.log.String())
		}
	}
}

// done waits until an operation has done what was asked.
func (in *installation) done(t *testing.T, a api.Answer, err error) {
	t.Helper()
	if op := in.outcome(t, asked(t, a, err).ID, startTimeout); op.State != api.OperationDone {
		t.Fatalf("%s of %s: %s, %+v\n%s", op.Kind, op.Platform, op.State, op.Error, in.server.log.String())
	}
}
