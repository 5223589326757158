package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// TestMany_Killed kills the server again and again while phones are paused, resumed and
// given up in one operation each, and compares the vendor's list with ours at the end.
func TestMany_Killed(t *testing.T) {
	t.Parallel()
	n := 150
	if os.Getenv("ZEROTOUCH_TEST_FULL") == "1" {
		n = 300
	}
	s := newSnom(t, 20*time.Millisecond)
	in := newInstallation(t, "", s.base)
	in.seed(t, s)
	in.platform(t, "acme")
	a, err := in.client.Onboard(t.Context(), "acme", "snom")
	in.done(t, a, err)
	macs := make([]string, n)
	for i := range macs {
		macs[i] = fmt.Sprintf("00:04:13:D0:%02X:%02X", i>>8, i&0xff)
	}
	in.registerAll(t, "acme", macs)
	killed := 0
	for _, action := range []string{"pause", "resume"} {
		a, err := in.client.BulkEndpoints(t.Context(), "acme", api.BulkEndpoints{Action: action, MACs: macs})
		op := asked(t, a, err)
		lives := 400 * time.Millisecond
		for end := time.Now().Add(5 * time.Minute); ; {
			time.Sleep(lives)
			// One that dies before it has read what its predecessor may have sent brings
			// nothing forward, on a machine that is slow enough: each lives a little longer.
			lives += lives / 20
			if got, err := in.client.Operation(t.Context(), op.ID); err == nil && got.Final() {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("the operation has not come to its end in spite of %d starts", killed)
			}
			in.kill(t)
			in.start(t)
			killed++
		}
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
		s.compare(t, in, "acme", n, map[string]string{"pause": "paused", "resume": "listed"}[action])
	}
	if killed < 4 {
		t.Errorf("the server was killed %d times", killed)
	}
}

// registerAll registers phones and waits for all.
func (in *installation) registerAll(t *testing.T, slug string, macs []string) {
	t.Helper()
	begun := make([]string, len(macs))
	for i, m := range macs {
		a, err := in.client.PutEndpoint(t.Context(), slug, m, api.PutEndpoint{Account: "main"})
		begun[i] = asked(t, a, err).ID
	}
	for i, id := range begun {
		if op := in.outcome(t, id, startTimeout); op.State != api.OperationDone {
			t.Fatalf("phone %s: %s, %+v", macs[i], op.State, op.Error)
		}
	}
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
