package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// startTimeout and stopTimeout are far more than a start or an orderly end takes, beside
	// many others on a slow machine too.
	startTimeout = time.Minute
	stopTimeout  = 30 * time.Second
)

// process is a program of ours that runs until it is stopped or killed.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // of Wait, once ended is closed
	log   log
}

// start runs the program in the background and waits until what it says matches
// ready; the submatches are returned. It is killed with the test.
func start(t *testing.T, ready *regexp.Regexp, env []string, args ...string) (*process, []string) {
	t.Helper()
	return startProgram(t, program, ready, env, args...)
}

// startProgram is start for another build of the program.
func startProgram(t *testing.T, path string, ready *regexp.Regexp, env []string, args ...string) (*process, []string) {
	t.Helper()
	p, found := spawn(t, path, ready, env, args...)
	select {
	case values := <-found:
		return p, values
	case <-p.ended:
		t.Fatalf("%s ended at its start: %v\n%s", args[0], p.err, p.log.String())
	case <-time.After(startTimeout):
		t.Fatalf("%s does not answer\n%s", args[0], p.log.String())
	}
	panic("unreachable")
}

// skipInShort ends a test of programs that are processes of their own: a short run, such as
// that of the race detector, sees nothing of them. They are run in full.
func skipInShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("the programs under test are other processes: a short run, such as that of the race detector, sees nothing of them")
	}
}

// spawn is startProgram without the wait.
func spawn(t *testing.T, path string, ready *regexp.Regexp, env []string, args ...string) (*process, <-chan []string) {
	t.Helper()
	skipInShort(t)
	p := &process{cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Env = environment(env)
	out, in := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = in, in
	found := make(chan []string, 1)
	go p.log.follow(out, ready, found)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); _ = in.Close(); close(p.ended) }()
	t.Cleanup(func() { p.signal(t, syscall.SIGKILL) })
	return p, found
}

// hasEnded reports whether the process is not there any more.
func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// environment is what a child needs of ours, and env. Variables of the product are
// not passed on: whoever runs the tests may have set them for a server of theirs.
func environment(env []string) []string {
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// signal sends a signal that ends the process and waits for the end.
func (p *process) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		t.Fatalf("the process does not end after %s\n%s", sig, p.log.String())
	}
}

// verb runs a command of a build of the program to its end, gives it the input and returns
// what it printed on standard output. Another exit code than 0 fails the test.
func verb(t *testing.T, path string, env []string, input string, args ...string) string {
	t.Helper()
	return verbWithin(t, startTimeout, path, env, input, args...)
}

// verbWithin runs a verb that has to succeed in the time given.
func verbWithin(t *testing.T, patience time.Duration, path string, env []string, input string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdin = environment(env), strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("zerotouch %s: %v\n%s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// verbFails runs a local verb that is to fail, and returns its exit code and its error.
func verbFails(t *testing.T, in *installation, args ...string) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, in.program, args...)
	cmd.Env = environment(in.env)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Run(); err == nil {
		t.Errorf("zerotouch %s does not fail", strings.Join(args, " "))
	}
	return cmd.ProcessState.ExitCode(), errs.String()
}

// log is everything a process has said.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// follow keeps every line, and gives the first match of ready.
func (l *log) follow(out io.Reader, ready *regexp.Regexp, found chan<- []string) {
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		l.mu.Lock()
		l.text.WriteString(line)
		if found != nil {
			if values := ready.FindStringSubmatch(l.text.String()); values != nil {
				found <- values
				found = nil
			}
		}
		l.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// until asks again every few milliseconds until done says yes.
func until(t *testing.T, what string, patience time.Duration, done func() bool) {
	t.Helper()
	every(t, 5*time.Millisecond, what, patience, done)
}

// every asks again each time that the interval has passed until done says yes.
func every(t *testing.T, interval time.Duration, what string, patience time.Duration, done func() bool) {
	t.Helper()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("after %s still not: %s", patience, what)
		}
	}
}
