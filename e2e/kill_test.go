package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// latency of the simulator: long beside the time between two looks at its calls,
// so that a kill comes while the call that is waited for is on its way.
const latency = 80 * time.Millisecond

const (
	// takenUp is how soon a new server on SQLite has to go on.
	takenUp = 10 * time.Second
	// lease is how long an operation belongs to a worker of which nobody can tell
	// that it is dead, which is so on PostgreSQL; then it is looked for every second.
	lease = 46 * time.Second
	// settled is when even a call that never arrived counts as lost: its time limit
	// and Snom's time to show what exists, 50 s, with room for a machine that is busy. It is
	// the rare case of a kill between intent and call.
	settled = 90 * time.Second
)

// action is something that is interrupted, and what is true when it is over.
type action struct {
	// begin brings the platform to where the action can be asked for.
	begin func(t *testing.T, in *installation, slug string)
	ask   func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error)
	// worst is the call after which a kill leaves something at the vendor that
	// nothing here has recorded yet.
	worst func(srapssim.Call) bool
	// again presses the button once more when all is over; nil where that would only
	// begin anew.
	again func(t *testing.T, in *installation, slug string)

	// makesPlatform: the action makes the platform here.
	makesPlatform bool
	// leaves: the platform gives up its profile, too.
	leaves bool

	link api.Link // state, credential's number and counts of phones
	// says is the code of what the row says in the end, "" for nothing.
	says string
	// keys are those of ours that are alive in the end.
	keys int
	// phones says how those of before have to be in the end; now are those that are
	// there, of which it may take what the vendor shows by itself. nil: there are none.
	phones func(slug string, before, now []srapssim.Endpoint) []srapssim.Endpoint
}

func post(c srapssim.Call) bool {
	return c.Method == http.MethodPost && c.Resource == srapssim.ResourceTokens
}

func remove(c srapssim.Call) bool {
	return c.Method == http.MethodDelete && c.Resource == srapssim.ResourceTokens
}

var actions = map[string]action{
	"Onboard": {
		begin: func(*testing.T, *installation, string) {},
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.Onboard(ctx, slug, "snom", opts...)
		},
		worst: post, keys: 1, again: alreadyOnboarded,
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}},
	},
	"Rotate": {
		begin: onboarded,
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.Rotate(ctx, slug, "snom", api.Rotate{}, opts...)
		},
		worst: post, keys: 1, phones: asBefore,
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Endpoints: api.EndpointCounts{Listed: 2}},
	},
	"Disable": {
		begin: onboarded,
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.Disable(ctx, slug, "snom", api.Disable{}, opts...)
		},
		worst: remove, keys: 0, phones: paused, again: alreadyDisabled,
		link: api.Link{State: api.LinkNotConfigured, Endpoints: api.EndpointCounts{Paused: 2}},
	},
}

func asBefore(_ string, before, _ []srapssim.Endpoint) []srapssim.Endpoint { return before }

// paused are phones that were read, changed and written, with all that the vendor shows
// by itself.
func paused(_ string, before, now []srapssim.Endpoint) []srapssim.Endpoint {
	want := slices.Clone(before)
	for i := range min(len(want), len(now)) {
		want[i].Enabled, want[i].Extra = false, now[i].Extra
	}
	return want
}

func alreadyOnboarded(t *testing.T, in *installation, slug string) {
	t.Helper()
	if a, err := in.client.Onboard(t.Context(), slug, "snom"); err != nil || !a.AlreadyOnboarded {
		t.Errorf("%s: Onboard again: %+v, %v", slug, a, err)
	}
}

func alreadyDisabled(t *testing.T, in *installation, slug string) {
	t.Helper()
	if a, err := in.client.Disable(t.Context(), slug, "snom", api.Disable{}); err != nil || !a.AlreadyDisabled {
		t.Errorf("%s: Disable again: %+v, %v", slug, a, err)
	}
}

// onboarded is a platform with two phones.
func onboarded(t *testing.T, in *installation, slug string) {
	t.Helper()
	a, err := in.client.Onboard(t.Context(), slug, "snom")
	in.done(t, a, err)
	for i := range 2 {
		a, err := in.client.PutEndpoint(t.Context(), slug, mac(slug, i), api.PutEndpoint{Account: "main"})
		in.done(t, a, err)
	}
}

// mac is an address that only this platform has; slugs end in a number.
func mac(slug string, i int) string {
	var n int
	_, _ = fmt.Sscanf(slug[strings.LastIndexByte(slug, '-')+1:], "%d", &n)
	return fmt.Sprintf("000413%02X%02X%02X", slug[0], n, i)
}

// TestKill kills the server where that leaves most behind and starts it again, which
// has to bring the action to its end by itself. TestKillPoints does so everywhere.
func TestKill(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	for name, a := range actions {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, s := newSnomHere(t, srapssim.Options{Latency: latency})
			in := newInstallation(t, "", s.base)
			in.seed(t, s)
			slug := strings.ToLower(name) + "-1"
			in.platform(t, slug)
			a.begin(t, in, slug)
			r := interrupted{in: in, snom: s, action: a, slug: slug}
			letGo := r.beginHeld(t)
			in.kill(t)
			letGo()
			r.goesOn(t)
			r.check(t, settled)
		})
	}
}

// TestKill_PostgreSQL kills a server that has many actions in flight. Nobody can
// tell there whether a worker is dead, so its leases have to end first.
func TestKill_PostgreSQL(t *testing.T) {
	if !full {
		t.Skip("waits a minute for leases to end: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	s := newSnom(t, latency)
	in := newInstallation(t, pgtest.DSN(t), s.base)
	in.seed(t, s)
	var all []interrupted
	for name, a := range actions {
		for i := range 2 {
			slug := fmt.Sprintf("%s-%d", strings.ToLower(name), i+1)
			in.platform(t, slug)
			a.begin(t, in, slug)
			all = append(all, interrupted{in: in, snom: s, action: a, slug: slug})
		}
	}
	for i := range all { // one after the other, so that each is somewhere else in its steps
		all[i].begin(t)
		all[i].reach(t, func(c []srapssim.Call) bool { return len(c) > 0 })
	}
	in.kill(t)
	in.start(t)
	for _, r := range all {
		r.check(t, lease+settled)
	}
}

// TestStop: told to stop in the middle, the server hands over at once, and the
// next one goes on without waiting for anything.
func TestStop(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	for name, dsn := range map[string]func(testing.TB) string{
		"SQLite":     func(testing.TB) string { return "" },
		"PostgreSQL": pgtest.DSN,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, s := newSnomHere(t, srapssim.Options{Latency: latency})
			in := newInstallation(t, dsn(t), s.base)
			in.seed(t, s)
			in.platform(t, "rotate-1")
			a := actions["Rotate"]
			a.begin(t, in, "rotate-1")
			r := interrupted{in: in, snom: s, action: a, slug: "rotate-1"}
			letGo := r.beginHeld(t)
			if err := in.server.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			letGo()
			until(t, "the server ends", stopTimeout, in.server.hasEnded)
			if in.server.err != nil {
				t.Errorf("want exit code 0, got %v\n%s", in.server.err, in.server.log.String())
			}
			r.goesOn(t)
			r.check(t, takenUp)
		})
	}
}

// interrupted is one action whose server is killed.
type interrupted struct {
	action
	in   *installation
	snom *snom
	slug string
	// before is the vendor's side when the action was asked for, first the number of
	// the first call after that.
	before []srapssim.Company
	first  int
	op     string
}

// begin asks for the action.
func (r *interrupted) begin(t *testing.T) {
	t.Helper()
	r.before, r.first = r.snom.companies(t, r.slug), len(r.snom.calls(t))
	a, err := r.ask(t.Context(), r.in.client, r.slug)
	r.op = asked(t, a, err).ID
}

// beginHeld asks for the action and waits for its worst call, whose answer is held until it
// is let go. Whoever interrupts it there does so before the next thing is begun.
func (r *interrupted) beginHeld(t *testing.T) (letGo func()) {
	t.Helper()
	reached, letGo := r.snom.holdAnswer(t, r.worst)
	r.begin(t)
	until(t, "the action is where it is to be interrupted", startTimeout, func() bool { return closed(reached) })
	return letGo
}

// since returns the calls since the action was asked for.
func (r *interrupted) since(t *testing.T) []srapssim.Call {
	t.Helper()
	return r.snom.calls(t)[r.first:]
}

// reach waits until the action is at the point. Whoever interrupts it does so at
// once: what was on its way then arrives, and the next thing is not begun.
func (r *interrupted) reach(t *testing.T, point func([]srapssim.Call) bool) {
	t.Helper()
	until(t, "the action is where it is to be interrupted", startTimeout, func() bool { return point(r.since(t)) })
}

// goesOn waits until the next server asks the vendor for something.
func (r *interrupted) goesOn(t *testing.T) {
	t.Helper()
	r.first = len(r.snom.calls(t))
	r.in.start(t)
	until(t, r.slug+": the new server goes on with what the old one left", takenUp, func() bool { return len(r.since(t)) > 0 })
}

// check waits for the end, and compares both sides with what is promised.
func (r *interrupted) check(t *testing.T, patience time.Duration) {
	t.Helper()
	if op := r.in.outcome(t, r.op, patience); op.State != api.OperationDone {
		t.Errorf("%s: want done, got %s, %+v\n%s", r.slug, op.State, op.Error, r.in.server.log.String())
	}
	link, err := r.in.client.Link(t.Context(), r.slug, "snom")
	if err != nil {
		t.Fatal(err)
	}
	companies := r.snom.companies(t, r.slug)
	if len(companies) != 1 {
		t.Fatalf("%s: want one company, got %d", r.slug, len(companies))
	}
	want := r.link
	want.Vendor, want.CompanyID = "snom", companies[0].ID
	if r.says != "" && link.Error != nil && link.Error.Code == r.says {
		want.Error = link.Error
	} else if r.says != "" {
		t.Errorf("%s: the row does not say %s: %+v", r.slug, r.says, link.Error)
	}
	ignore := cmp.Options{
		cmpopts.IgnoreFields(api.Link{}, "DisabledAt", "CheckedAt"), cmpopts.IgnoreFields(api.Credential{}, "Number", "SetAt", "SetBy"),
	}
	if diff := cmp.Diff(want, link, ignore); diff != "" {
		t.Errorf("%s: the row says otherwise (-want +got):\n%s", r.slug, diff)
	}
	r.checkVendor(t, companies[0])
	if link.State == api.LinkConfigured { // with the key that is sealed here
		a, err := r.in.client.Check(t.Context(), r.slug, "snom")
		r.in.done(t, a, err)
	}
}

// checkVendor looks at what the vendor holds: as many live keys as promised, every
// one of them ours, and the same phones as before.
func (r *interrupted) checkVendor(t *testing.T, c srapssim.Company) {
	t.Helper()
	if len(c.Keys) != r.keys {
		t.Errorf("%s: want %d live keys, got %+v", r.slug, r.keys, c.Keys)
	}
	profiles := 1
	if r.leaves {
		profiles = 0
	}
	if len(c.Profiles) != profiles {
		t.Errorf("%s: want %d profiles, got %+v", r.slug, profiles, c.Profiles)
	}
	var want []srapssim.Endpoint
	if r.phones != nil {
		want = r.phones(r.slug, r.before[0].Endpoints, c.Endpoints)
	}
	// Where a phone is sent follows from the rest.
	if diff := cmp.Diff(want, c.Endpoints, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(srapssim.Endpoint{}, "Redirect")); diff != "" {
		t.Errorf("%s: the phones are not as promised (-want +got):\n%s", r.slug, diff)
	}
}
