package e2e_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
)

// kills is something that is killed at each of its points.
type kills interface {
	// run kills, and says how often.
	run(t *testing.T) int
	// settle looks at what had to wait.
	settle(t *testing.T)
}

// part makes something that is killed; operation is what the report counts it under.
type part struct {
	name, operation string
	make            func(t *testing.T) kills
}

// partsAtOnce is how many are killed at the same time on one engine: they wait for
// programs and for the clock more than they work.
const partsAtOnce = 4

// killAll kills all of them, some at a time. While one waits for the vendor's time, the
// next one has its turn.
func killAll(t *testing.T, engine string, parts []part) {
	t.Helper()
	turn := make(chan struct{}, partsAtOnce)
	var all sync.WaitGroup
	for _, p := range parts {
		all.Go(func() {
			t.Run(p.name, func(t *testing.T) {
				turn <- struct{}{}
				n, k := func() (int, kills) {
					defer func() { <-turn }()
					k := p.make(t)
					return k.run(t), k
				}()
				k.settle(t)
				t.Logf("%s: %d kills", p.operation, n)
				reportKills(t, p.operation, n, engine)
			})
		})
	}
	all.Wait()
}

// reportMu keeps lines whole: tests run in parallel.
var reportMu sync.Mutex

// reportKills adds a line to the report that docs/reliability.md is made from.
func reportKills(t *testing.T, operation string, kills int, engine string) {
	t.Helper()
	path := os.Getenv("ZEROTOUCH_TEST_REPORT")
	if path == "" {
		return
	}
	reportMu.Lock()
	defer reportMu.Unlock()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	line := struct {
		Operation string `json:"operation"`
		Kills     int    `json:"kills"`
		Engine    string `json:"engine"`
	}{operation, kills, strings.ToLower(engine)}
	if err := errors.Join(json.NewEncoder(f).Encode(line), f.Close()); err != nil {
		t.Fatal(err)
	}
}
