package snom_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// mustRehearse runs a rehearsal whose waiting moves the clock, and checks what is
// true of every one: no secret told, nothing of others touched, and what is left
// is named.
func (w *world) mustRehearse(t *testing.T, opts snom.RehearseOptions) snom.RehearseReport {
	t.Helper()
	opts.Wait = func(ctx context.Context, d time.Duration) error {
		w.clock.Advance(d)
		return ctx.Err()
	}
	before := w.sim.State()
	r, err := w.Rehearse(t.Context(), w.reseller, opts)
	if err != nil {
		t.Fatal(err)
	}
	w.noSecrets(t, r)
	after := w.sim.State()
	if len(r.Left) == 0 {
		if d := cmp.Diff(before, after); d != "" {
			t.Errorf("nothing is said to be left, but (-before +after):\n%s", d)
		}
		return r
	}
	var kept srapssim.State
	for _, c := range after.Companies {
		if !strings.HasPrefix(c.Name, "zerotouch rehearsal ") {
			kept.Companies = append(kept.Companies, c)
		}
	}
	if d := cmp.Diff(before, kept); d != "" {
		t.Errorf("something of others was changed (-before +after):\n%s", d)
	}
	return r
}

func TestRehearse(t *testing.T) {
	t.Parallel()
	for _, childWrites := range []bool{false, true} {
		t.Run(fmt.Sprintf("parent writes %v", childWrites), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, srapssim.Options{ChildWrites: childWrites})
			w.customer(srapssim.DefaultRole)
			var told []snom.Finding
			r := w.mustRehearse(t, snom.RehearseOptions{MAC: &phone, Tell: func(f snom.Finding) { told = append(told, f) }})
			parent := snom.AnswerNo
			if childWrites {
				parent = snom.AnswerYes
			}
			want := map[string]snom.Answer{}
			for _, name := range []string{"create_company", "find_company", "create_key", "new_key_at_once", "key_is_the_companys",
				"role_suffices", "role", "list_keys", "change_profile", "register_phone", "pause_phone", "second_key",
				"key_deletes_sibling", "delete_key", "deleted_key_refused", "profile_stays", "phone_stays", "release_phone",
				"key_deletes_itself", "delete_company"} {
				want[name] = snom.AnswerYes
			}
			want["parent_writes_profile"], want["parent_writes_phone"] = parent, parent
			if d := cmp.Diff(want, answers(r.Findings)); d != "" {
				t.Errorf("answers (-want +got):\n%s", d)
			}
			if !r.Usable || len(r.Left) != 0 {
				t.Errorf("want usable and nothing left, got\n%s", r)
			}
			if d := cmp.Diff(r.Findings, told); d != "" {
				t.Errorf("told (-report +told):\n%s", d)
			}
		})
	}
}

// What the live service may turn out to be, each with the answers that change.
func TestRehearseVariants(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		opts   srapssim.Options
		change func(*snom.Config)
		mac    ztp.MAC
		want   map[string]snom.Answer
		usable bool
		left   int
	}{
		"no companies by API": {opts: srapssim.Options{CreateCompanies: srapssim.CreateNotAllowed},
			want: map[string]snom.Answer{"create_company": snom.AnswerNo}},
		"no keys by API": {opts: srapssim.Options{CreateKeys: srapssim.CreateNotAllowed},
			want: map[string]snom.Answer{"create_company": snom.AnswerYes, "create_key": snom.AnswerNo, "delete_company": snom.AnswerYes}},
		"no collection of keys": {opts: srapssim.Options{CreateKeys: srapssim.CreateAbsent},
			want: map[string]snom.Answer{"create_key": snom.AnswerNo}},
		"keys in the portal alone": {opts: srapssim.Options{KeyWrites: srapssim.KeyWritesPortal},
			want: map[string]snom.Answer{"create_key": snom.AnswerNo}},
		"only the reseller ends keys": {opts: srapssim.Options{KeyWrites: srapssim.KeyWritesReseller}, usable: true,
			want: map[string]snom.Answer{"key_deletes_sibling": snom.AnswerNo, "key_deletes_itself": snom.AnswerNo, "delete_key": snom.AnswerYes}},
		"a role that only reads stands first": {opts: srapssim.Options{ReadOnlyRoles: []string{"Reader"}},
			change: func(c *snom.Config) { c.Role = "Reader" }, usable: true,
			want: map[string]snom.Answer{"role": snom.AnswerYes}},
		"new keys work late": {opts: srapssim.Options{KeyDelay: 7 * time.Second}, usable: true,
			want: map[string]snom.Answer{"new_key_at_once": snom.AnswerNo, "role": snom.AnswerYes}},
		"new keys never work": {opts: srapssim.Options{KeyDelay: time.Hour},
			want: map[string]snom.Answer{"key_is_the_companys": snom.AnswerNo, "role": snom.AnswerNo}},
		"a stranger has the MAC": {mac: strangers,
			want: map[string]snom.Answer{"register_phone": snom.AnswerNo, "delete_company": snom.AnswerYes}},
		"one key at a time": {opts: srapssim.Options{KeyQuota: 1}, usable: true,
			want: map[string]snom.Answer{"second_key": snom.AnswerNo, "profile_stays": snom.AnswerYes}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, tc.opts)
			if tc.change != nil {
				w.Vendor = w.adapter(t, tc.change)
			}
			var opts snom.RehearseOptions
			if !tc.mac.IsZero() {
				opts.MAC = &tc.mac
			}
			r := w.mustRehearse(t, opts)
			for question, want := range tc.want {
				if got := answers(r.Findings)[question]; got != want {
					t.Errorf("%s: want %s, got %s (%s)", question, want, got, detail(r.Findings, question))
				}
			}
			if r.Usable != tc.usable || len(r.Left) != tc.left {
				t.Errorf("want usable %v and %d left, got\n%s", tc.usable, tc.left, r)
			}
		})
	}
}

// A MAC that the reseller itself has registered is left alone.
func TestRehearseLeavesOwnPhoneAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{ChildWrites: true})
	w.sim.PutEndpoint(w.own, srapssim.Endpoint{MAC: phone.Bare(), Enabled: true, Name: "in use"})
	r := w.mustRehearse(t, snom.RehearseOptions{MAC: &phone})
	if got := answers(r.Findings); got["mac_free"] != snom.AnswerNo || got["register_phone"] != "" || r.Usable {
		t.Errorf("want the phone left alone, got\n%s", r)
	}
}

// A role that does not suffice is told, with the vendor's reason, and the next one
// is tried.
func TestRehearseTriesRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{ReadOnlyRoles: []string{"Reader"}})
	w.Vendor = w.adapter(t, func(c *snom.Config) { c.Role = "Reader" })
	r := w.mustRehearse(t, snom.RehearseOptions{})
	var tried []string
	for _, f := range r.Findings {
		if f.Name == "role_suffices" {
			tried = append(tried, string(f.Answer)+" "+f.Question[strings.LastIndex(f.Question, " ")+1:])
		}
	}
	if d := cmp.Diff([]string{"no Reader?", "yes Administrator?"}, tried); d != "" {
		t.Errorf("roles tried (-want +got):\n%s", d)
	}
	if got := detail(r.Findings, "role"); got != srapssim.DefaultRole {
		t.Errorf("role: want %s, got %s", srapssim.DefaultRole, got)
	}
}

// Whatever call is lost, the rehearsal leaves nothing, or names it.
func TestRehearseLosesAnyCall(t *testing.T) {
	t.Parallel()
	clean := newWorld(t, srapssim.Options{})
	clean.mustRehearse(t, snom.RehearseOptions{MAC: &phone})
	calls := len(clean.sim.Calls())
	step := 6 // a sixth of the calls; all of them in the long run
	switch {
	case testing.Short():
		step = 20
	case os.Getenv("ZEROTOUCH_TEST_FULL") == "1":
		step = 1
	}
	for i, do := range []srapssim.Do{srapssim.DoLoseRequest, srapssim.DoLoseAnswer, srapssim.DoHTML} {
		t.Run(string(do), func(t *testing.T) {
			t.Parallel()
			for n := 1 + i%step; n <= calls; n += step {
				loseCall(t, srapssim.Fault{Nth: n, Do: do})
			}
		})
	}
}

func loseCall(t *testing.T, f srapssim.Fault) {
	t.Helper()
	w := newWorld(t, srapssim.Options{})
	w.sim.AddFault(f)
	before := w.sim.State()
	r, err := w.Rehearse(t.Context(), w.reseller, snom.RehearseOptions{MAC: &phone,
		Wait: func(context.Context, time.Duration) error { return nil }})
	if d := cmp.Diff(before, w.sim.State()); d != "" && len(r.Left) == 0 {
		t.Errorf("%s of call %d (error %v): something is left and not named:\n%s\n%s", f.Do, f.Nth, err, d, r)
	}
}

// Stopped in the middle, it still removes what it made.
func TestRehearseStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := w.sim.State()
	r, err := w.Rehearse(ctx, w.reseller, snom.RehearseOptions{MAC: &phone, Tell: func(f snom.Finding) {
		if f.Name == "register_phone" {
			cancel()
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, w.sim.State()); d != "" || len(r.Left) != 0 || r.Usable {
		t.Errorf("want nothing left (-before +after):\n%s\n%s", d, r)
	}
}

// What can't be removed is named, with what a person needs to find it.
func TestRehearseNamesWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceCompanies, Do: srapssim.DoStatus, Status: 403})
	r := w.mustRehearse(t, snom.RehearseOptions{})
	children := w.sim.Companies(w.own)
	if len(children) != 1 || len(r.Left) != 1 || !strings.Contains(r.Left[0], children[0].ID) || !strings.Contains(r.String(), children[0].Name) {
		t.Errorf("want the one company named, got\n%s", r)
	}
	if !r.Usable {
		t.Error("a company that can't be deleted stops nothing")
	}
}
