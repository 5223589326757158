// Command testreport reads the events of `go test -json` from standard input and
// prints what a person wants to see: a line per package as `go test` writes it,
// everything that a failed test said, each skipped test with its reason, and
// the count.
//
// It fails when a test or a package failed, and when nothing was executed: a run
// without tests proves nothing.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() { os.Exit(run(os.Stdin, os.Stdout)) }

// event is what `go doc test2json` and `go help buildjson` describe.
type event struct {
	Action     string
	Package    string
	Test       string
	ImportPath string
	Output     string
}

// report is one run. said holds the output of tests that have not ended.
type report struct {
	out                     io.Writer
	said                    map[string]string
	passed, failed, skipped int
}

// run reports everything in and gives the exit code. Lines that are no events are
// passed on: they are what the go command says beside them.
func run(in io.Reader, out io.Writer) int {
	r := &report{out: out, said: map[string]string{}}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err != nil {
			break
		}
	}
	_, _ = fmt.Fprintf(out, "%d tests passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped)
	if r.failed > 0 {
		return 1
	}
	if r.passed == 0 {
		_, _ = fmt.Fprintln(out, "no tests were executed: that counts as a failure")
		return 1
	}
	return 0
}

func (r *report) line(line []byte) {
	var e event
	if json.Unmarshal(line, &e) != nil || e.Action == "" {
		r.print(string(line))
		return
	}
	switch {
	case e.Action == "build-output":
		r.print(e.Output)
	case e.Test == "":
		r.wholePackage(e)
	default:
		r.test(e)
	}
}

// wholePackage prints what concerns no single test: results, panics, races.
func (r *report) wholePackage(e event) {
	if e.Action == "fail" {
		r.failed++
	}
	if e.Action == "output" && e.Output != "PASS\n" && !strings.HasPrefix(e.Output, "? ") && !strings.HasPrefix(e.Output, "testing: ") {
		r.print(e.Output)
	}
}

func (r *report) test(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		r.said[key] += e.Output
		return
	case "pass":
		r.passed++
	case "skip":
		r.skipped++
		r.print(r.said[key])
	case "fail":
		r.failed++
		r.print(r.said[key])
	default: // run, pause, cont, start: the test goes on
		return
	}
	delete(r.said, key)
}

func (r *report) print(text string) { _, _ = io.WriteString(r.out, text) }
