package provision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// makersMACs is how many a maker's prefix has.
const makersMACs = 1 << 24

// Somebody who knows every MAC of a maker, and even the tokens of an account, gets no
// secret by asking for them: not as a stranger, nor as another tenant of ours. With
// ZEROTOUCH_TEST_LONG it is every MAC that there is, among them those of 1,000 phones.
func TestScanOfAMaker(t *testing.T) {
	t.Parallel()
	phones, macs := 200, 10_000
	switch {
	case os.Getenv("ZEROTOUCH_TEST_LONG") != "":
		phones, macs = 1000, makersMACs
	case testing.Short():
		macs = 1000
	}
	w := newWorld(t)
	w.cfg.Log = nil
	w.cfg.Address = func(r *http.Request) string { return r.RemoteAddr }
	w.cfg.Wait = func(context.Context, time.Duration) {}
	every := macs / phones
	for i := range phones {
		account := []string{"one", "three"}[i%2]
		m := w.phone(account, fmt.Sprintf("000413%06X", i*every), ztp.EndpointListed)
		w.confirm(m, ownTemplate)
		w.own(account, m)
	}
	w.serve()
	s := scan{handler: w.handler, accounts: []string{w.tokens["one"].RevealSecret(), w.tokens["three"].RevealSecret()}, every: every, phones: phones}
	s.want = s.ask("/", "192.0.2.1:1")
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() { s.run(t, macs) })
	}
	workers.Wait()
	if got, want := s.asked.Load(), int64(macs+8*phones); got != want && !t.Failed() {
		t.Errorf("%d requests, want %d", got, want)
	}
	page, err := w.store.ListWaiting(context.Background(), w.platforms["acme"].ID, "", 10)
	if err != nil || len(page.Items) != 0 {
		t.Errorf("a guess has become a phone that waits: %+v, %v", page.Items, err)
	}
	t.Logf("%d MACs with %d phones, %d requests", macs, phones, s.asked.Load())
}

// scan asks for every MAC of a maker, in every way for those that somebody has: the first
// multiples of every.
type scan struct {
	handler     *provision.Handler
	accounts    []string
	every       int
	phones      int
	want        scanned
	next, asked atomic.Int64
}

// scanned is everything of an answer.
type scanned struct {
	Status int
	Header http.Header
	Body   string
}

func (s *scan) ask(path, from string) scanned {
	rec, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.RemoteAddr = from
	s.handler.ServeHTTP(rec, r)
	return scanned{rec.Code, rec.Header(), rec.Body.String()}
}

// run takes MACs, one after the other, until there are no more or one was answered
// otherwise than it should.
func (s *scan) run(t *testing.T, macs int) {
	for !t.Failed() {
		i := int(s.next.Add(1)) - 1
		if i >= macs {
			return
		}
		ways := s.ways(i)
		if i%s.every != 0 || i/s.every >= s.phones { // nobody's: one way of all, each in turn
			ways = ways[i%len(ways) : i%len(ways)+1]
		}
		for _, path := range ways {
			got := s.ask(path, fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255))
			s.asked.Add(1)
			if !reflect.DeepEqual(s.want, got) {
				t.Errorf("%06X: (-want +got)\n%s", i, cmp.Diff(s.want, got))
				return
			}
		}
	}
}

// ways are all addresses by which somebody may ask for a MAC without its own token.
func (s *scan) ways(i int) (paths []string) {
	guess := ztp.NewToken().RevealSecret()
	for _, account := range append([]string{ztp.NewToken().RevealSecret()}, s.accounts...) {
		for _, between := range []string{"/", "/" + guess + "/", "/" + guess + "/s/"} {
			paths = append(paths, fmt.Sprintf("/p/%s%s000413%06X", account, between, i))
		}
	}
	return paths
}
