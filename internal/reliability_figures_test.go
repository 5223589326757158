package internal_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the figures of docs/reliability.md anew, from the report that ZEROTOUCH_TEST_REPORT names")

const figuresBegin, figuresEnd = "<!-- figures -->\n", "<!-- /figures -->\n"

// reported is a line of the report: the first says where it was made, every other is
// what a test has counted.
type reported struct {
	Commit  string `json:"commit"`
	At      string `json:"at"`
	Machine string `json:"machine"`

	Operation string `json:"operation"`
	Engine    string `json:"engine"`
	// Of is singles, or pairs: a second fault while what the first has left is mended.
	Of      string `json:"of"`
	Points  int    `json:"points"`
	Cases   int    `json:"cases"`
	Passed  int    `json:"passed"`
	Kills   int    `json:"kills"`
	Seeds   int    `json:"seeds"`
	Mutants int    `json:"mutants"`
	Caught  int    `json:"caught"`
}

// TestReliabilityFigures writes the figures, or looks that they are whole: made by a run
// in which everything passed.
func TestReliabilityFigures(t *testing.T) {
	t.Parallel()
	text := mustRead(t, reliability)
	head, rest, found := strings.Cut(text, figuresBegin)
	body, tail, ended := strings.Cut(rest, figuresEnd)
	if !found || !ended {
		t.Fatal("the markers of the figures are gone")
	}
	if *update {
		body, err := figures(mustReport(t, os.Getenv("ZEROTOUCH_TEST_REPORT")))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(reliability, []byte(head+figuresBegin+body+figuresEnd+tail), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, want := range []string{`(?m)^Made on \d{4}-\d\d-\d\d at commit [0-9a-f]{12}`, `(?m)^Planted bugs: (\d+) planted, (\d+) caught`} {
		m := regexp.MustCompile(want).FindStringSubmatch(body)
		if m == nil || len(m) == 3 && m[1] != m[2] {
			t.Errorf("the figures do not say %s", want)
		}
	}
	width := 0
	for line := range strings.Lines(body) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "|") {
			width = 0
			continue
		}
		if width == 0 {
			width = len(cells)
		}
		if len(cells) != width {
			t.Errorf("%d cells, not %d: %s", len(cells), width, line)
		}
		if width == 5 && strings.TrimSpace(cells[0]) != "operation" && cells[3] != cells[4] {
			t.Errorf("not all have passed: %s", line)
		}
	}
}

func mustReport(t *testing.T, name string) []reported {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatalf("%v: run make reliability", err)
	}
	defer func() { _ = f.Close() }()
	var all []reported
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var r reported
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		r.Operation = strings.ReplaceAll(strings.ToLower(r.Operation), "_", " ")
		r.Engine = map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL", "postgresql": "PostgreSQL"}[r.Engine]
		all = append(all, r)
	}
	return all
}

// figures is what the document says of a report.
func figures(all []reported) (string, error) {
	if len(all) == 0 || all[0].Commit == "" {
		return "", fmt.Errorf("the report does not begin with where it was made: run make reliability")
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nMade on %s at commit %.12s, on %s.\n", all[0].At, all[0].Commit, all[0].Machine)
	for _, part := range []struct{ of, title string }{
		{"singles", "One fault"}, {"pairs", "Two faults, the second while what the first has left is mended"},
	} {
		lines := slices.DeleteFunc(slices.Clone(all), func(r reported) bool { return r.Cases == 0 || r.Of != part.of })
		slices.SortStableFunc(lines, func(a, b reported) int {
			return cmp.Or(cmp.Compare(a.Operation, b.Operation), -cmp.Compare(a.Engine, b.Engine))
		})
		if len(lines) > 0 {
			fmt.Fprintf(&b, "\n%s:\n\n| operation | database | points | cases | passed |\n|---|---|---|---|---|\n", part.title)
		}
		for _, r := range lines {
			if r.Passed != r.Cases {
				return "", fmt.Errorf("%s on %s: %d of %d cases passed", r.Operation, r.Engine, r.Passed, r.Cases)
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %d |\n", r.Operation, r.Engine, r.Points, r.Cases, r.Passed)
		}
	}
	perEngine(&b, "The real program killed (times)", all, func(r reported) int { return r.Kills })
	perEngine(&b, "Random runs (seeds)", all, func(r reported) int { return r.Seeds })
	planted, caught := 0, 0
	for _, r := range all {
		planted, caught = planted+r.Mutants, caught+r.Caught
	}
	if planted == 0 || planted != caught {
		return "", fmt.Errorf("%d bugs planted, %d caught", planted, caught)
	}
	fmt.Fprintf(&b, "\nPlanted bugs: %d planted, %d caught.\n\n", planted, caught)
	return b.String(), nil
}

// perEngine is a table of one number per operation and database.
func perEngine(b *strings.Builder, title string, all []reported, of func(reported) int) {
	n := map[string]map[string]int{}
	for _, r := range all {
		if of(r) == 0 {
			continue
		}
		if n[r.Operation] == nil {
			n[r.Operation] = map[string]int{}
		}
		n[r.Operation][r.Engine] += of(r)
	}
	if len(n) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n\n| operation | SQLite | PostgreSQL |\n|---|---|---|\n", title)
	for _, operation := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(b, "| %s | %d | %d |\n", operation, n[operation]["SQLite"], n[operation]["PostgreSQL"])
	}
}

// TestReliabilityFigures_AreNotMadeOfFailures: a run that failed somewhere makes none.
func TestReliabilityFigures_AreNotMadeOfFailures(t *testing.T) {
	t.Parallel()
	where := reported{Commit: "0123456789abcdef", At: "2026-11-25", Machine: "one machine"}
	bugs := reported{Operation: "planted bugs", Mutants: 2, Caught: 2}
	good := reported{Operation: "rotate", Engine: "SQLite", Of: "singles", Points: 3, Cases: 9, Passed: 9}
	for name, lines := range map[string][]reported{
		"nothing":          nil,
		"made nowhere":     {good, bugs},
		"a case failed":    {where, {Operation: "rotate", Of: "singles", Cases: 9, Passed: 8}, bugs},
		"a mutant lives":   {where, good, {Mutants: 2, Caught: 1}},
		"no mutant at all": {where, good},
	} {
		if text, err := figures(lines); err == nil {
			t.Errorf("%s: %s", name, text)
		}
	}
	text, err := figures([]reported{where, good, bugs, {Operation: "rotate", Engine: "PostgreSQL", Kills: 5}, {Operation: "rotate", Engine: "PostgreSQL", Kills: 2},
		{Operation: "random actions", Engine: "SQLite", Of: "random", Seeds: 6}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"at commit 0123456789ab, on one machine.", "| rotate | SQLite | 3 | 9 | 9 |", "| rotate | 0 | 7 |", "| random actions | 6 | 0 |", "2 planted, 2 caught"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
