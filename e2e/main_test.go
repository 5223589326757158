// Package e2e_test runs the real program as its users do: processes that are
// killed and started again, the public API, and everything they write searched
// for secrets. It knows the product by package api alone; the other side of each
// story is the Snom simulator, as a process of its own where it has to survive the
// server, and in this process where a test has to know every secret it gave out.
//
// process_test.go starts and ends programs, installation_test.go is a server with
// its data, vendor_test.go the simulator behind its control port; read kill_test.go
// first. Browser tests are in Node.js beside these, see portal.test.mjs.
package e2e_test

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"zerotouch.example/internal/sqlstore/pgtest"
)

// program is the path of the binary under test.
var program string

// full says that there is time for every case, not only for the worst.
var full = os.Getenv("ZEROTOUCH_TEST_FULL") != ""

func TestMain(m *testing.M) {
	// They wait for leases to end and for programs to start, more than they work.
	if err := flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))); err != nil {
		panic(err)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zerotouch-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil { // some tests run it as another user
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	program = filepath.Join(dir, "zerotouch")
	if err := build(program); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return pgtest.Main(m, nil)
}

func build(path string) error {
	if err := lookAtSources(".."); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-o", path, "zerotouch.example/cmd/zerotouch")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// lookAtSources opens every source folder of the program. What a child process
// reads is unknown to the test cache: without this, a cached "ok" would outlive a
// change of the program.
func lookAtSources(root string) error {
	for _, dir := range []string{"api", "cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			return err
		}
	}
	return nil
}
