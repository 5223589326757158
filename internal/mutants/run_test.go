//go:build mutant

package mutants_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// longest bounds the tests of one mutant; a mutant that hangs is not caught cleanly.
const longest = 2 * time.Minute

// TestMutants lets each mutant live in turn and wants its tests to fail, after they
// have passed in the same build without any.
func TestMutants(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list, err := overlay(root, dir)
	if err != nil {
		t.Fatal(err)
	}
	built, well, living := map[string]string{}, map[by]bool{}, 0
	var table strings.Builder
	for _, m := range mutants {
		if built[m.caught.pkg] == "" {
			built[m.caught.pkg] = build(t, root, list, m.caught.pkg, dir)
		}
		binary := built[m.caught.pkg]
		if !well[m.caught] {
			if out, err := run(root, binary, m.caught, "none"); err != nil || strings.Contains(out, "no tests to run") {
				t.Fatalf("%s: the tests do not pass without a mutant: %v\n%s", m.caught.tests, err, out)
			}
			well[m.caught] = true
		}
		begun := time.Now()
		out, err := run(root, binary, m.caught, m.id)
		failed, said := failedTest(out), lineWith(out, m.caught.says)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || failed == "" || said == "" {
			t.Errorf("mutant %s lives: %s\nno test says %q\n%v\n%s", m.id, m.does, m.caught.says, err, out)
			failed, living = "NOBODY", living+1
		}
		fmt.Fprintf(&table, "%-4s %s (%s)\n     caught by %s in %.1f s: %.100s\n", m.id, m.does, m.as, failed, time.Since(begun).Seconds(), said)
	}
	report(t, len(mutants)-living)
	t.Logf("%d mutants, %d caught\n%s", len(mutants), len(mutants)-living, table.String())
}

func build(t *testing.T, root, list, pkg, dir string) string {
	t.Helper()
	to := filepath.Join(dir, strings.ReplaceAll(pkg, "/", "_")+".test")
	cmd := exec.Command("go", "test", "-c", "-tags", "mutant", "-overlay", list, "-o", to, "./"+pkg)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s with its mutants: %v\n%s", pkg, err, out)
	}
	if !hasMutants(t, to) {
		t.Fatalf("no mutants are found in %s", pkg)
	}
	return to
}

// TestNothingIsPlantedInTheProgram: what is built for people has none of it.
func TestNothingIsPlantedInTheProgram(t *testing.T) {
	to := filepath.Join(t.TempDir(), "zerotouch")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", to, "./cmd/zerotouch") // as the Makefile does
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if hasMutants(t, to) {
		t.Error("there are mutants in the program")
	}
}

// hasMutants looks for them in something that was built.
func hasMutants(t *testing.T, file string) bool {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(raw, []byte("ZEROTOUCH_MUTANT")) || bytes.Contains(raw, []byte(self+"."))
}

// report adds a line to the report that docs/reliability.md is made from.
func report(t *testing.T, caught int) {
	t.Helper()
	path := os.Getenv("ZEROTOUCH_TEST_REPORT")
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintf(f, `{"operation":"planted bugs","mutants":%d,"caught":%d}`+"\n", len(mutants), caught)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// run runs the tests with one mutant alive, or none.
func run(root, binary string, c by, id string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run", anchored(c.tests), "-test.failfast", "-test.timeout", longest.String())
	cmd.Dir = filepath.Join(root, c.pkg)
	cmd.Env = append(os.Environ(), "ZEROTOUCH_MUTANT="+id)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// anchored makes a -run pattern that names whole tests; below the first part, all
// that begin so.
func anchored(tests string) string {
	first, rest, below := strings.Cut(tests, "/")
	if !below {
		return "^" + first + "$"
	}
	return "^" + first + "$/^" + strings.ReplaceAll(rest, "/", "/^")
}

var failure = regexp.MustCompile(`(?m)^ *--- FAIL: (\S+)`)

// failedTest is the innermost test that failed.
func failedTest(out string) (name string) {
	for _, m := range failure.FindAllStringSubmatch(out, -1) {
		if strings.HasPrefix(m[1], name) {
			name = m[1]
		}
	}
	return name
}

// lineWith is the first line that has the part, from behind the place in the source.
func lineWith(out, part string) string {
	for line := range strings.Lines(out) {
		if strings.Contains(line, part) {
			_, said, _ := strings.Cut(strings.TrimSpace(line), ": ")
			return said
		}
	}
	return ""
}
