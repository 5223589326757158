package internal_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const reliability = "../docs/reliability.md"

var (
	testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	promise  = regexp.MustCompile(`(?m)^\| ([SL]\d+) \| (.+) \| (.+) \|$`)
	makeVerb = regexp.MustCompile("`make ([a-z-]+)`")
)

// TestReliability: each promise of the document has a test, and what the document names
// exists. A promise that nothing shows, or a test that was renamed, shows up here.
func TestReliability(t *testing.T) {
	t.Parallel()
	text := mustRead(t, reliability)
	tests := mustTests(t, "..")
	for _, m := range testName.FindAllStringSubmatch(text, -1) {
		if !tests[m[1]] {
			t.Errorf("there is no %s", m[1])
		}
	}
	shown := map[string]int{}
	for _, m := range promise.FindAllStringSubmatch(text, -1) {
		if shown[m[1]]++; !testName.MatchString(m[3]) {
			t.Errorf("%s is shown by nothing", m[1])
		}
	}
	for kind, n := range map[string]int{"S": 27, "L": 10} {
		for i := range n {
			if id := fmt.Sprint(kind, i+1); shown[id] != 1 {
				t.Errorf("%s stands there %d times", id, shown[id])
			}
		}
	}
	targets := mustRead(t, "../Makefile")
	for _, m := range makeVerb.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(targets, "\n"+m[1]+":") {
			t.Errorf("there is no make %s", m[1])
		}
	}
}

func mustRead(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// mustTests are the names of all tests below root.
func mustTests(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || path != root && strings.HasPrefix(d.Name(), ".") && d.Name() != "..") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				names[f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
