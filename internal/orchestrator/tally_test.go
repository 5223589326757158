package orchestrator_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// long asks for everything that takes hours.
func long() bool { return os.Getenv("ZEROTOUCH_TEST_LONG") != "" }

// size says how many cases are run: in the full run every one in all, or count of
// them; in the quick one every one in part, or few of them.
type size struct{ all, count, part, few int }

func (n size) of(name string, cases []broken) []broken {
	want := n.count
	if n.all != 0 {
		want = len(cases) / n.all
	}
	if !full() && !long() {
		want = n.few
		if n.part != 0 {
			want = (len(cases) + n.part - 1) / n.part
		}
		if testing.Short() {
			want = (want + 6) / 7
		}
	}
	return sampled(name, cases, want, want)
}

// sampled is part of the cases: always the same ones, unless ZEROTOUCH_TEST_SEED says
// which.
func sampled(name string, cases []broken, inFull, quick int) []broken {
	want := inFull
	if !full() && !long() {
		want = quick
	}
	if want >= len(cases) {
		return cases
	}
	rank := func(c broken) uint32 {
		h := fnv.New32a()
		_, _ = io.WriteString(h, os.Getenv("ZEROTOUCH_TEST_SEED")+name+c.String())
		return h.Sum32()
	}
	picked := slices.Clone(cases)
	slices.SortStableFunc(picked, func(a, b broken) int { return cmp.Compare(rank(a), rank(b)) })
	return picked[:want]
}

// tally counts what was run, per operation and database.
type tally struct {
	mu    sync.Mutex
	lines map[string]*tallied
}

// tallied is a line of the report; its form is read by other programs.
type tallied struct {
	Operation string `json:"operation"`
	Points    int    `json:"points"`
	Cases     int    `json:"cases"`
	Passed    int    `json:"passed"`
	Engine    string `json:"engine"`
	Of        string `json:"of"` // singles, pairs or random
	// Seeds is how many random machines came to a good end.
	Seeds  int `json:"seeds,omitempty"`
	points map[string]bool
}

// theTally is one for all tests, since TestMain tells it.
var theTally = tally{lines: map[string]*tallied{}}

// operation is the name under which a story is counted.
func (s story) operation() string {
	if strings.HasSuffix(s.name, "_restored") {
		return "restored start"
	}
	return string(s.kind)
}

// someStories are all, or in a quick run the first of each operation.
func someStories(quick bool) (list []story) {
	begun := map[string]bool{}
	for _, s := range stories {
		if !quick || !begun[s.operation()] {
			list = append(list, s)
		}
		begun[s.operation()] = true
	}
	return list
}

func (c *tally) count(s story, postgres bool, of string, b broken, passed bool) {
	operation := s.operation()
	if strings.HasPrefix(b.name, "keys rotate") {
		operation = "key rotation"
	}
	c.add(operation, postgres, of, fmt.Sprint(s.name, b.at, b.point), passed)
}

// add counts a case at a point of an operation.
func (c *tally) add(operation string, postgres bool, of, point string, passed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.line(operation, postgres, of)
	if x.Cases++; passed {
		x.Passed++
	}
	x.points[point] = true
	x.Points = len(x.points)
}

// play counts a random machine that was played to its end.
func (c *tally) play(postgres bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line("random actions", postgres, "random").Seeds++
}

func (c *tally) line(operation string, postgres bool, of string) *tallied {
	l := tallied{Operation: operation, Engine: "sqlite", Of: of, points: map[string]bool{}}
	if postgres {
		l.Engine = "postgres"
	}
	key := l.Operation + l.Engine + of
	if c.lines[key] == nil {
		c.lines[key] = &l
	}
	return c.lines[key]
}

// tell prints the table, and appends it to the file that ZEROTOUCH_TEST_REPORT names.
func (c *tally) tell() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := make([]*tallied, 0, len(c.lines))
	for _, l := range c.lines {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b *tallied) int {
		return cmp.Or(cmp.Compare(a.Of, b.Of)*-1, cmp.Compare(a.Engine, b.Engine)*-1, cmp.Compare(a.Operation, b.Operation))
	})
	if full() || long() {
		for _, l := range lines {
			if l.Seeds > 0 {
				fmt.Printf("%-8s %-9s %-16s %5d seeds\n", l.Of, l.Engine, l.Operation, l.Seeds)
				continue
			}
			fmt.Printf("%-8s %-9s %-16s %5d points, %6d of %6d cases passed\n", l.Of, l.Engine, l.Operation, l.Points, l.Passed, l.Cases)
		}
	}
	name := os.Getenv("ZEROTOUCH_TEST_REPORT")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	for _, l := range lines {
		if err := json.NewEncoder(f).Encode(l); err != nil {
			return err
		}
	}
	return nil
}
