// Package internal_test keeps the arrows of docs/architecture.md: which package
// may import which. The rules are data in arrows_rules_test.go; here they are
// compared with the tree as it is on disk.
package internal_test

import (
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "zerotouch.example"

// node is one package and what its production files import.
type node struct {
	path    string // below the module
	imports []string
}

func TestArrows(t *testing.T) {
	t.Parallel()
	nodes := mustTree(t, "..")
	if len(nodes) < 3 {
		t.Fatalf("only %d packages found; the check looks at the wrong folder", len(nodes))
	}
	for _, n := range nodes {
		for _, broken := range violations(n) {
			t.Errorf("%s: %s", n.path, broken)
		}
	}
}

// A check that finds nothing in a bad tree would be worse than none.
func TestArrows_CatchPlantedViolations(t *testing.T) {
	t.Parallel()
	const ours = module + "/"
	for name, tc := range map[string]struct {
		of, imports string
		want        string // part of the finding; "" means allowed
	}{
		"domain imports a store":           {"internal/ztp", ours + "internal/sqlstore", "must not import"},
		"domain imports a library":         {"internal/ztp", "golang.org/x/crypto/argon2", "must not import"},
		"api imports the domain":           {"api", ours + "internal/ztp", "must not import"},
		"portal imports the API":           {"internal/web", ours + "internal/restapi", "must not import"},
		"API imports the portal":           {"internal/restapi", ours + "internal/web", "must not import"},
		"use case imports the store":       {"internal/control", ours + "internal/sqlstore", "must not import"},
		"runner imports a vendor":          {"internal/orchestrator", ours + "internal/vendors/snom", "must not import"},
		"simulator imports the client":     {"internal/vendors/snom/srapssim", ours + "internal/vendors/snom/sraps", "must not import"},
		"client imports the simulator":     {"internal/vendors/snom/sraps", ours + "internal/vendors/snom/srapssim", "must not import"},
		"client imports a library":         {"internal/vendors/snom/sraps", "golang.org/x/time/rate", "must not import"},
		"server imports the simulator":     {"internal/server", ours + "internal/vendors/snom/srapssim", "must not import"},
		"keyring imports the domain":       {"internal/keyring", ours + "internal/ztp", "must not import"},
		"shipped code imports test help":   {"cmd/zerotouch", ours + "internal/sqlstore/pgtest", "test support"},
		"demo imports test help":           {"internal/demo", ours + "internal/sqlstore/storetest", "test support"},
		"shipped code imports testing":     {"internal/demo", "testing", "test support"},
		"shipped code imports httptest":    {"internal/web", "net/http/httptest", "test support"},
		"shipped code imports a test tool": {"internal/web", "github.com/google/go-cmp/cmp", "must not import"},
		"a package without a rule":         {"internal/util", "fmt", "no rule"},
		"a library without a row":          {"internal/web", "github.com/gorilla/mux", "no row"},
		"a longer name":                    {"internal/sqlstore", ours + "internal/ztpx", "must not import"},

		"standard library":                {"internal/ztp", "net/netip", ""},
		"store imports the domain":        {"internal/sqlstore", ours + "internal/ztp", ""},
		"store imports generated code":    {"internal/sqlstore", ours + "internal/sqlstore/internal/db", ""},
		"adapter imports its client":      {"internal/vendors/snom", ours + "internal/vendors/snom/sraps", ""},
		"command imports the simulator":   {"cmd/zerotouch", ours + "internal/vendors/snom/srapssim", ""},
		"demo imports the phone":          {"internal/demo", ours + "internal/vendors/snom/phonesim", ""},
		"test help imports testing":       {"internal/sqlstore/pgtest", "testing", ""},
		"API uses its library":            {"internal/restapi", "github.com/danielgtaylor/huma/v2/adapters/humago", ""},
		"reseller uses a module below it": {"internal/reseller", "github.com/aws/aws-sdk-go-v2/service/ssm", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(violations(node{path: tc.of, imports: []string{tc.imports}}), "\n")
			if (tc.want == "") != (got == "") || !strings.Contains(got, tc.want) {
				t.Errorf("want %q, got %q", tc.want, got)
			}
		})
	}
}

// TestTree plants packages on disk, so that a bad import in a file is seen and
// what no build reads is not.
func TestTree(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                       "module x\n",
		"internal/ztp/ztp.go":          "package ztp\n\nimport _ \"zerotouch.example/internal/sqlstore\"\n",
		"internal/ztp/ztp_test.go":     "package ztp_test\n\nimport _ \"testing\"\n",
		"internal/ztp/testdata/bad.go": "package bad\n",
		"e2e/node_modules/x/x.go":      "package x\n",
		"tools/go.mod":                 "module y\n",
		"tools/main.go":                "package main\n",
		".cache/x.go":                  "package x\n",
	} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	nodes := mustTree(t, root)
	want := []node{{path: "internal/ztp", imports: []string{module + "/internal/sqlstore"}}}
	if diff := cmp.Diff(want, nodes, cmp.AllowUnexported(node{})); diff != "" {
		t.Fatal(diff)
	}
	if got := violations(nodes[0]); len(got) != 1 {
		t.Errorf("want one finding, got %q", got)
	}
}

// violations compares one package with the rules; nothing found is nil.
func violations(n node) []string {
	at := slices.IndexFunc(rules, func(r rule) bool { return matches(r.of, n.path) })
	if at < 0 {
		return []string{"no rule in arrows_rules_test.go says what this package may import"}
	}
	var found []string
	for _, imp := range n.imports {
		if broken := violation(rules[at], n.path, imp); broken != "" {
			found = append(found, broken)
		}
	}
	return found
}

func violation(r rule, of, imp string) string {
	if isTestSupport(imp) && !isTestSupport(of) {
		return fmt.Sprintf("ships, but imports test support %s", imp)
	}
	if below, ok := strings.CutPrefix(imp, module+"/"); ok {
		if !matchesAny(r.ours, below) {
			return fmt.Sprintf("must not import %s (may: %q)", below, r.ours)
		}
		return ""
	}
	if host, _, _ := strings.Cut(imp, "/"); !strings.Contains(host, ".") {
		return "" // standard library
	}
	at := slices.IndexFunc(libraries, func(l library) bool { return imp == l.module || strings.HasPrefix(imp, l.module+"/") })
	switch {
	case at < 0:
		return fmt.Sprintf("no row in arrows_rules_test.go says who may import %s", imp)
	case !matchesAny(libraries[at].users, of):
		return fmt.Sprintf("must not import %s (only %q may)", imp, libraries[at].users)
	}
	return ""
}

// isTestSupport tells packages that only tests use, ours and the standard
// library's, by the name that both give them.
func isTestSupport(pkg string) bool {
	return pkg == "testing" || strings.HasPrefix(pkg, "testing/") || strings.HasSuffix(path.Base(pkg), "test")
}

func matchesAny(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) })
}

func matches(pattern, pkg string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pattern == "*" || pattern == pkg
}

// mustTree reads the imports of every package below root. It reads the files
// itself, where `go list` would be a child process whose reading the test cache
// does not see: a cached "ok" would outlive a new import.
func mustTree(t *testing.T, root string) []node {
	t.Helper()
	var nodes []node
	err := filepath.WalkDir(root, func(dir string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if dir != root && notOurs(dir, d.Name()) {
			return filepath.SkipDir
		}
		below, err := filepath.Rel(root, dir)
		if err != nil {
			return err
		}
		pkg, err := build.ImportDir(dir, 0)
		var none *build.NoGoError
		if errors.As(err, &none) || (err == nil && len(pkg.GoFiles) == 0) {
			return nil
		}
		if err != nil {
			return err
		}
		nodes = append(nodes, node{path: filepath.ToSlash(below), imports: pkg.Imports})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return nodes
}

// notOurs tells folders that `./...` leaves out, and other modules.
func notOurs(dir, name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" || name == "node_modules" {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}
