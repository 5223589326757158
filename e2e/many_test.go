package e2e_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// TestMany_Killed kills the server again and again while phones are imported, paused and
// resumed in one operation each, and compares the vendor's list with ours at the end, item
// by item.
//
// ZEROTOUCH_TEST_MANY is how many phones, ZEROTOUCH_TEST_KILL_EVERY how long the server
// lives each time: 50000 and 10s are a run of an hour or two, of the import alone.
func TestMany_Killed(t *testing.T) {
	t.Parallel()
	n, every := 150, time.Duration(0)
	if os.Getenv("ZEROTOUCH_TEST_FULL") == "1" {
		n = 300
	}
	if text := os.Getenv("ZEROTOUCH_TEST_MANY"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv("ZEROTOUCH_TEST_KILL_EVERY"); text != "" {
		var err error
		if every, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	_, _, s := newSnomHere(t, srapssim.Options{Latency: 20 * time.Millisecond})
	in := newInstallation(t, "", s.base)
	in.seed(t, s)
	in.platform(t, "acme")
	a, err := in.client.Onboard(t.Context(), "acme", "snom")
	in.done(t, a, err)
	macs, rows := make([]string, n), "mac,account,name\n"
	for i := range macs {
		macs[i] = fmt.Sprintf("00:04:13:%02X:%02X:%02X", 0xD0+i>>16, i>>8&0xff, i&0xff)
		rows += fmt.Sprintf("%s,main,Desk %d\n", macs[i], i)
	}
	file, err := in.client.CheckImport(t.Context(), "acme", strings.NewReader(rows), api.ImportOptions{File: "phones.csv"})
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, action := range []string{"import", "pause", "resume"} {
		var a api.Answer
		switch {
		case action == "import":
			a, err = in.client.StartImport(t.Context(), file.ID, "all_or_nothing")
		case n > 5000:
			continue // more than one request takes
		default:
			a, err = in.client.BulkEndpoints(t.Context(), "acme", api.BulkEndpoints{Action: action, MACs: macs})
		}
		op := asked(t, a, err)
		killed += in.killUntilOver(t, s, op.ID, every, 5*time.Minute+time.Duration(n)*100*time.Millisecond)
		got := in.outcome(t, op.ID, startTimeout)
		if got.State != api.OperationDone {
			t.Fatalf("%s: %s, %+v", action, got.State, got.Error)
		}
		for i, err := range in.client.PhoneItems(t.Context(), op.ID, "") {
			if err != nil {
				t.Fatal(err)
			}
			if i.State != "done" {
				t.Errorf("%s: phone %s is %s, %+v", action, i.MAC, i.State, i.Error)
			}
		}
		s.compare(t, in, "acme", n, map[string]string{"import": "listed", "pause": "paused", "resume": "listed"}[action])
	}
	t.Logf("%d phones, the server was killed %d times", n, killed)
	if killed < 4 {
		t.Errorf("the server was killed %d times", killed)
	}
}

// killUntilOver kills the server until the operation is over, and returns how often that
// was. It lives for the given time, or for ever more calls to the vendor.
func (in *installation) killUntilOver(t *testing.T, s *snom, op string, every, patience time.Duration) (killed int) {
	t.Helper()
	for end, calls := time.Now().Add(patience), 60; in.dies(t, s, op, every, calls); killed++ {
		if time.Now().After(end) {
			t.Fatalf("the operation has not come to its end in spite of %d starts", killed)
		}
		in.kill(t)
		in.start(t)
		// One that dies before it has read what its predecessor may have sent brings nothing
		// forward: each lives a little longer.
		calls += 1 + calls/20
	}
	return killed
}

// dies kills the server after that time or, with none, that many calls, and reports whether
// the operation was not over before.
func (in *installation) dies(t *testing.T, s *snom, op string, after time.Duration, calls int) bool {
	t.Helper()
	dead, server := make(chan struct{}), in.server
	die := sync.OnceFunc(func() { _ = server.cmd.Process.Signal(syscall.SIGKILL); close(dead) })
	if after > 0 {
		defer time.AfterFunc(after, die).Stop()
	} else {
		var n atomic.Int64
		s.sim.OnCall(func(srapssim.Call) {
			if n.Add(1) == int64(calls) {
				die()
			}
		})
		defer s.sim.OnCall(nil)
	}
	over := false
	every(t, 20*time.Millisecond, "it dies, or is over", after+2*settled, func() bool {
		got, err := in.client.Operation(t.Context(), op)
		over = err == nil && got.Final()
		return over || closed(dead)
	})
	return !over
}

// compare looks at each phone here and at the vendor.
func (s *snom) compare(t *testing.T, in *installation, slug string, n int, state string) {
	t.Helper()
	theirs := map[string]srapssim.Endpoint{}
	for _, c := range s.companies(t, slug) {
		for _, e := range c.Endpoints {
			theirs[strings.ToUpper(e.MAC)] = e
		}
	}
	seen := 0
	for e, err := range in.client.Endpoints(t.Context(), slug, api.EndpointFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		at, there := theirs[strings.ReplaceAll(e.MAC, ":", "")]
		if e.State != state || !there || at.Enabled != (state == "listed") || (at.Redirect != "") != at.Enabled {
			t.Errorf("phone %s is %s here, want %s; at the vendor: there %t, enabled %t, redirected %t", e.MAC, e.State, state, there, at.Enabled, at.Redirect != "")
		}
	}
	if seen != n || len(theirs) != n {
		t.Errorf("%d phones here and %d at the vendor, want %d", seen, len(theirs), n)
	}
}
