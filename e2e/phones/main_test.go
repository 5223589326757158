// Package phones_test lets simulated phones meet the whole product: its listeners with
// TLS, the API, the orchestrator with a simulated Snom, over SQLite or PostgreSQL, all in
// this process and on one clock that a test moves. Names are asked of a DNS server of its
// own, and certificates are from an authority of its own, so that what goes wrong on a way
// can go wrong here, and nothing leaves this machine.
//
// world_test.go is the installation, net_test.go the network around it, device_test.go a phone;
// read late_test.go first. The built program with phones is in e2e.
package phones_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"zerotouch.example/internal/sqlstore/pgtest"
)

// full says that there is time for every case, not only for the worst.
var full = os.Getenv("ZEROTOUCH_TEST_FULL") != ""

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "zerotouch-phones-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// The check of our own address trusts whom the system trusts: here that is the tests'
	// authority, and nobody else.
	roots := filepath.Join(dir, "roots.pem")
	for _, err := range []error{
		os.WriteFile(roots, world.ca.pem(), 0o600), os.Setenv("SSL_CERT_FILE", roots), os.Setenv("SSL_CERT_DIR", dir), world.dns.listen(),
	} {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return pgtest.Main(m, nil)
}
