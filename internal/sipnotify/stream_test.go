package sipnotify_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"zerotouch.example/internal/sipnotify"
	"zerotouch.example/internal/sipsim"
)

// TestStream: what a proxy says beside its answers does not keep these from those who wait
// for them on the same connection; and where it can't be told any more where a message ends,
// they are told over another one.
func TestStream(t *testing.T) {
	t.Parallel()
	long := bytes.Repeat([]byte("x"), 300<<10)
	for name, c := range map[string]struct {
		says  string
		again bool // over another connection
	}{
		"an overlong request":          {fmt.Sprintf("OPTIONS sip:a SIP/2.0\r\nContent-Length: %d\r\n\r\n%s", len(long), long), false},
		"an overlong body twice named": {fmt.Sprintf("SIP/2.0 200 OK\r\nl: %d\r\nContent-Length: %d\r\n\r\n%s", len(long), len(long), long), false},
		"two lengths":                  {"SIP/2.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", true},
		"no length":                    {"SIP/2.0 200 OK\r\nContent-Length: many\r\n\r\n", true},
		"a length beyond all":          {"SIP/2.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n", true},
		"a head without an end":        {"SIP/2.0 200 OK\r\n" + strings.Repeat("X: y\r\n", 20<<10), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tellTwo(t, c.says, c.again)
		})
	}
}

// tellTwo has one phone be silent until another was told, before whose answer the proxy says
// something else.
func tellTwo(t *testing.T, says string, again bool) {
	t.Helper()
	waits := make(chan struct{})
	var lock sync.Mutex
	told := map[string]int{}
	s := &sipsim.Server{
		Phone: func(r sipsim.Request) int {
			lock.Lock()
			defer lock.Unlock()
			if told[r.URI]++; r.URI != "sip:1@voice.example" || told[r.URI] > 1 {
				return 200
			}
			close(waits)
			return 0
		},
		Before: func(n int) []byte {
			if n == 2 {
				return []byte(says)
			}
			return nil
		},
	}
	c := client(t, sipnotify.Config{Proxy: proxyAt(t, s, "tcp")})
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	notify := func(user string, want int, why error) {
		if status, err := c.Notify(ctx, address(t, user, "voice.example"), sipnotify.CheckSync); status != want || err != why {
			t.Errorf("%s: %d, %v, want %d, %v", user, status, err, want, why)
		}
	}
	first, silent := 200, error(nil)
	if !again {
		first, silent = 0, context.Canceled // it was told once, and nothing else has happened to it
	}
	all.Go(func() { notify("1", first, silent) })
	<-waits
	notify("2", 200, nil)
	if !again { // what was said has been read: the answer came behind it
		cancel()
	}
	all.Wait()
	lock.Lock()
	defer lock.Unlock()
	if n := told["sip:1@voice.example"]; (n == 2) != again || n > 2 {
		t.Errorf("the silent phone was told %d times", n)
	}
}
