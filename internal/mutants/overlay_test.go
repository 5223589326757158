package mutants_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const self = "zerotouch.example/internal/mutants"

// planted are the files of the project with every mutant in them, by path.
func planted(root string) (map[string]string, error) {
	files := map[string]string{}
	for _, m := range mutants {
		for _, p := range m.plant {
			text, ok := files[p.file]
			if !ok {
				raw, err := os.ReadFile(filepath.Join(root, p.file))
				if err != nil {
					return nil, err
				}
				text = withImport(string(raw))
			}
			if n := strings.Count(text, p.before); n != 1 {
				return nil, fmt.Errorf("mutant %s: %s has %d times, not once:\n%s", m.id, p.file, n, p.before)
			}
			here := fmt.Sprintf("\nif mutants.Planted(%q) {%s\n}\n", m.id, p.code)
			files[p.file] = strings.Replace(text, p.before, here+p.before, 1)
		}
	}
	return files, nil
}

// withImport lets a file ask which mutant is alive.
func withImport(text string) string {
	head, rest, _ := strings.Cut(text, "\nimport ")
	return head + fmt.Sprintf("\nimport %q\nimport ", self) + rest
}

// overlay writes the planted files to dir and returns what go build's -overlay wants.
func overlay(root, dir string) (string, error) {
	files, err := planted(root)
	if err != nil {
		return "", err
	}
	var list struct{ Replace map[string]string }
	list.Replace = map[string]string{}
	for file, text := range files {
		to := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		list.Replace[filepath.Join(root, file)] = to
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, raw, 0o600)
}

// TestEveryMutantHasItsPlace: code moves on, and a mutant that is nowhere any more, or
// that does not fit there, would be one that nothing catches.
func TestEveryMutantHasItsPlace(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	list, err := overlay(root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-tags", "mutant", "-overlay", list, "./"+orchestrator, "./"+sqlstore)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFifteenFailures: the list has all numbers, and each mutant says what it needs.
func TestFifteenFailures(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	numbers := map[string]bool{}
	for _, m := range mutants {
		if seen[m.id] || m.does == "" || m.as == "" || len(m.plant) == 0 || m.caught.tests == "" {
			t.Errorf("mutant %q is there twice or not whole", m.id)
		}
		seen[m.id] = true
		numbers[strings.TrimRight(m.id, "abc")] = true
	}
	for n := range 15 {
		if !numbers[fmt.Sprint(n+1)] {
			t.Errorf("failure %d has no mutant", n+1)
		}
	}
}
