package ztp_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

var ringAt = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// office is so many phones that came an hour before ringAt and are registered.
func office(n int) []ztp.ScopePhone {
	phones := make([]ztp.ScopePhone, n)
	for i := range phones {
		phones[i] = ztp.ScopePhone{
			MAC: ztp.MAC{0x00, 0x04, 0x13, byte(i >> 16), byte(i >> 8), byte(i)}, Vendor: "snom", Model: "D785",
			FirstFetchedAt: ringAt.Add(-30 * 24 * time.Hour), FetchedAt: ringAt.Add(-time.Hour), SIPRegistered: true,
		}
	}
	return phones
}

// each hands them over at once.
func each(phones []ztp.ScopePhone) ztp.EachPhone {
	return func(f func([]ztp.ScopePhone) bool) error { f(phones); return nil }
}

// ring is the ring of so many percent of the phones.
func ring(t *testing.T, r ztp.Rollout, percent int, phones []ztp.ScopePhone) ztp.RolloutCount {
	t.Helper()
	c, err := r.CountRing(percent, ringAt, each(phones))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// changed counts the phones to which the scope says something new.
func changed(r ztp.Rollout, phones []ztp.ScopePhone) int {
	l := ztp.ScopeSettings{Settings: []ztp.Setting{{Name: "language", Value: "de"}}, Next: &ztp.NextSettings{
		Rollout: r.ID, Cut: r.Cut, Changes: []ztp.NextSetting{{Setting: ztp.Setting{Name: "language", Value: "en"}}},
	}}
	n := 0
	for _, p := range phones {
		if ztp.SettingsOfPhone(p.MAC, l).Text("language", 0) == "en" {
			n++
		}
	}
	return n
}

// A change for ten thousand phones touches one percent of them, then ten, and never one
// more; whoever has it keeps it.
func TestRingsAreExact(t *testing.T) {
	t.Parallel()
	for range 5 { // each with another order of the phones
		r, phones := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), State: ztp.RolloutProposed}, office(10_000)
		first := map[ztp.MAC]bool{}
		for _, want := range []struct{ percent, phones, earlier int }{{1, 100, 0}, {10, 1000, 100}} {
			c := ring(t, r, want.percent, phones)
			var err error
			if r, err = r.Advance(c, "ann", ringAt); err != nil {
				t.Fatal(err)
			}
			if got := changed(r, phones); got != want.phones || r.InRing != want.phones || r.Phones != 10_000 {
				t.Errorf("%d %%: %d phones have it, %d of %d are said to", want.percent, got, r.InRing, r.Phones)
			}
			for _, p := range phones {
				in := ztp.RolloutPlace(r.ID, p.MAC) <= r.Cut
				if first[p.MAC] && !in {
					t.Errorf("%s is in a ring no more", p.MAC)
				}
				first[p.MAC] = in
			}
			before := ztp.PhoneSigns{Ring: want.phones, Others: 10_000 - want.phones, Registered: want.phones, Earlier: want.earlier, EarlierRegistered: want.earlier}
			if diff := cmp.Diff(before, r.Watch.Before); diff != "" {
				t.Error(diff)
			}
		}
		fewer := ring(t, r, 10, phones[:50]) // others were given up meanwhile
		if fewer.Cut < r.Cut {
			t.Error("a ring has shrunk")
		}
	}
	r := ztp.Rollout{ID: "x"}
	for n, want := range map[int]int{0: 0, 21: 1, 199: 1, 200: 2} {
		if c := ring(t, r, 1, office(n)); c.InRing != want || n == 0 && c.Cut != 0 {
			t.Errorf("the first ring of %d phones: %+v", n, c)
		}
	}
}

func TestNextSettings(t *testing.T) {
	t.Parallel()
	all := ztp.NextSettings{Rollout: "x", Cut: 1<<63 - 1, Changes: []ztp.NextSetting{
		{Setting: ztp.Setting{Name: "language", Value: "en"}}, {Setting: ztp.Setting{Name: "line_registrar", Index: 2}, Unset: true},
		{Setting: ztp.Setting{Name: "ntp_server", Value: "a"}}, {Setting: ztp.Setting{Name: "tone_scheme"}, Unset: true},
	}}
	l := ztp.ScopeSettings{Settings: []ztp.Setting{{Name: "language", Value: "de"}, {Name: "line_registrar", Value: "all"}, {Name: "line_registrar", Index: 2, Value: "two"}}}
	l.Next = &all
	e := ztp.SettingsOfPhone(aPhone.MAC, l, ztp.ScopeSettings{Scope: aPhone, Settings: []ztp.Setting{{Name: "ntp_server", Value: "own"}}})
	got := []string{e.Text("language", 0), e.Text("line_registrar", 2), e.Text("ntp_server", 0)}
	if diff := cmp.Diff([]string{"en", "all", "own"}, got); diff != "" {
		t.Error(diff)
	}
	if l.Settings[0].Value != "de" || len(l.Settings) != 3 {
		t.Error("what counts for one phone has changed what counts for others")
	}
	if e := ztp.ResolveSettings(l); e.Text("language", 0) != "de" {
		t.Error("what is on its way counts for all")
	}
}

// TestEarlierRingsAreWatched: those that had the change first are not lost among nine times as
// many that have it since today.
func TestEarlierRingsAreWatched(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		harm    func(*ztp.ScopePhone)
		again   bool // the same ring is begun once more, so that it is watched as it is now
		stopped string
	}{
		"All well":           {harm: func(*ztp.ScopePhone) {}},
		"They stay away":     {harm: func(p *ztp.ScopePhone) { p.FetchedAt = ringAt }, stopped: "since the ring before, only 0 of 10 have asked for settings within 26 hours"},
		"They unregister":    {harm: func(p *ztp.ScopePhone) { p.SIPRegistered = false }, stopped: "since the ring before, 0 are registered at the voice service; 10 were before they had it"},
		"Which somebody saw": {harm: func(p *ztp.ScopePhone) { p.SIPRegistered = false }, again: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			phones := office(1000)
			r := ztp.Rollout{ID: "r", State: ztp.RolloutProposed}
			first := ring(t, r, 1, phones)
			advance := func(percent int) {
				t.Helper()
				var err error
				if r, err = r.Advance(ring(t, r, percent, phones), "ann", ringAt); err != nil {
					t.Fatal(err)
				}
			}
			advance(1)
			advance(10)
			at := ringAt.Add(day)
			for i := range phones {
				p := &phones[i]
				if p.FetchedAt = at; ztp.RolloutPlace(r.ID, p.MAC) <= first.Cut {
					tc.harm(p)
				}
			}
			if tc.again {
				advance(10)
			}
			var why string
			for _, at := range []time.Time{at, ringAt.Add(27 * time.Hour)} {
				var err error
				if r, err = r.Look(at, each(phones)); err != nil {
					t.Fatal(err)
				}
				if _, why = r.Judge(at); why != "" {
					break
				}
			}
			if (why == "") != (tc.stopped == "") || !strings.Contains(why, tc.stopped) {
				t.Errorf("%q; seen %+v", why, r.Watch)
			}
		})
	}
}

// TestRolloutJudge has a row for each way in which a ring ends, and each way in which it
// goes on being watched.
func TestRolloutJudge(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	// at the time after the ring began: so many of the ring's and of the others have come,
	// and so many of the ring's are registered
	type look struct {
		after           time.Duration
		ring, others    int
		registered      int
		advance         bool
		stopped         string
		neverWereInRing int
	}
	for name, looks := range map[string][]look{
		"All well": {
			{after: time.Minute, ring: 0, others: 0, registered: 100}, {after: day, ring: 95, others: 900, registered: 100},
			{after: day + time.Minute, ring: 0, registered: 100}, {after: 2 * day, ring: 90, others: 80, registered: 100},
			{after: 2*day + 2*time.Hour, ring: 0, registered: 100}, {after: 3 * day, ring: 90, others: 80, registered: 100, advance: true},
		},
		"Asking often": {{after: 10 * time.Minute, ring: 100, registered: 95}, {after: 20 * time.Minute, ring: 100, registered: 95},
			{after: 131 * time.Minute, ring: 100, registered: 95}, {after: 141 * time.Minute, ring: 100, registered: 95, advance: true}},
		"Nobody comes a third time": {{after: time.Hour, ring: 100, registered: 100}, {after: day, ring: 100, others: 900, registered: 100},
			{after: 2 * day, ring: 3, others: 700, registered: 100}, {after: day + 26*time.Hour, ring: 3, others: 700, registered: 100, stopped: "Only 3 of 100 phones of the ring have asked for settings within 26 hours"}},
		"They fall after the second": {{after: time.Hour, ring: 100, registered: 100}, {after: day, ring: 100, registered: 100}, {after: day + 10*time.Minute, registered: 10, stopped: "10 are registered"}},
		"Registrations fall":         {{after: time.Hour, ring: 100, registered: 89, stopped: "89 are registered at the voice service; 100 were"}},
		"They fall after spread":     {{after: time.Hour, ring: 100, registered: 100}, {after: 2 * time.Hour, registered: 10, stopped: "10 are registered"}},
		"Nobody comes again":         {{after: time.Hour, ring: 100, registered: 100}, {after: 20 * time.Hour, ring: 3, others: 810, registered: 100, stopped: "Only 3 of 100 phones of the ring have asked"}},
		"Nobody gets it":             {{after: 20 * time.Hour, ring: 0, others: 900, registered: 100, stopped: "Only 0 of 100"}},
		"The others neither":         {{after: 20 * time.Hour, ring: 0, others: 100, registered: 100}, {after: 26 * time.Hour, ring: 0, others: 100, registered: 100, stopped: "within 26 hours"}},
		"Some do not come again":     {{after: time.Hour, ring: 100, registered: 100}, {after: 27 * time.Hour, ring: 89, others: 500, registered: 100, stopped: "Only 89 of 100 phones of the ring have asked for settings within 26 hours"}},
		"Nobody to tell":             {{after: 25 * time.Hour, neverWereInRing: 100}, {after: 26 * time.Hour, neverWereInRing: 100, stopped: "nothing can be told"}},
		"New phones prove nothing":   {{after: 26 * time.Hour, ring: 0, neverWereInRing: 50, others: 0, registered: 100, stopped: "Only 0 of 100"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			phones := office(1000)
			r := ztp.Rollout{ID: "r", State: ztp.RolloutProposed}
			if looks[0].neverWereInRing == 100 {
				for i := range phones {
					phones[i].FetchedAt, phones[i].FirstFetchedAt, phones[i].SIPRegistered = time.Time{}, time.Time{}, false
				}
			}
			r, err := r.Advance(ring(t, r, 10, phones), "ann", ringAt)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range looks {
				at, inRing, others, registered, fresh := ringAt.Add(l.after), l.ring, l.others, l.registered, l.neverWereInRing
				for i := range phones {
					p := &phones[i]
					in := ztp.RolloutPlace(r.ID, p.MAC) <= r.Cut
					switch {
					case in && inRing > 0:
						p.FetchedAt, inRing = at, inRing-1
					case in && fresh > 0:
						p.FirstFetchedAt, p.FetchedAt, fresh = at, at, fresh-1
					case !in && others > 0:
						p.FetchedAt, others = at, others-1
					}
					if in {
						p.SIPRegistered, registered = registered > 0, registered-1
					}
				}
				if r, err = r.Look(at, each(phones)); err != nil {
					t.Fatal(err)
				}
				advance, why := r.Judge(at)
				if advance != l.advance || (why == "") != (l.stopped == "") || !strings.Contains(why, l.stopped) {
					t.Errorf("after %v: advance %v, %q; seen %+v", l.after, advance, why, r.Watch)
				}
			}
		})
	}
}

// How far a change is, is told in phones; of one that is taken back, that no phone has it and
// how many had.
func TestRolloutReach(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]ztp.Rollout{
		"0 of 46 phones":                            {State: ztp.RolloutProposed, Phones: 46},
		"1 of 46 phones, ring 1 %":                  {State: ztp.RolloutRunning, Percent: 1, Phones: 46, InRing: 1},
		"4 of 46 phones, ring 10 %":                 {State: ztp.RolloutStopped, Percent: 10, Phones: 46, InRing: 4},
		"46 of 46 phones":                           {State: ztp.RolloutDone, Percent: 100, Phones: 46, InRing: 46},
		"1 of 1 phone":                              {State: ztp.RolloutDone, Percent: 100, Phones: 1, InRing: 1},
		"no phone any more; 46 of 46 phones had it": {State: ztp.RolloutTakenBack, Percent: 100, Phones: 46, InRing: 46},
		"no phone; none of 46 phones had it":        {State: ztp.RolloutTakenBack, Phones: 46},
	} {
		if got := r.Reach(strconv.Itoa); got != want {
			t.Errorf("%s at %d %%: %q, want %q", r.State, r.Percent, got, want)
		}
	}
}
