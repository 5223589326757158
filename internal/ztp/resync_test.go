package ztp_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

func resyncItems(t *testing.T, n int) []ztp.ResyncItem {
	t.Helper()
	items := make([]ztp.ResyncItem, n)
	for i := range items {
		mac, err := ztp.ParseMAC(fmt.Sprintf("000413%06x", i))
		if err != nil {
			t.Fatal(err)
		}
		items[i] = ztp.ResyncItem{MAC: mac, State: ztp.ResyncItemQueued}
	}
	return items
}

// TestResyncSpreadsOut: over the time that was chosen, evenly, neighbours apart, and never
// more in a second than may come at once.
func TestResyncSpreadsOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		phones       int
		within, over time.Duration
	}{
		{1000, 30 * time.Minute, 30 * time.Minute}, {1000, 0, 20 * time.Second}, {1, 0, 20 * time.Millisecond}, {5000, time.Second, 100 * time.Second},
		{1_000_000, 24 * time.Hour, 24 * time.Hour},
	} {
		if over := ztp.ResyncSpread(c.phones, c.within); over != c.over {
			t.Fatalf("%d phones within %s: over %s, want %s", c.phones, c.within, over, c.over)
		}
		if c.phones > 10_000 {
			continue
		}
		r := ztp.Resync{ID: "r", CreatedAt: at, Spread: c.over}
		items := resyncItems(t, c.phones)
		items = append(items, ztp.ResyncItem{State: ztp.ResyncItemLeftOut})
		r.SpreadOut(items, r.CreatedAt)
		if left := items[c.phones]; !left.DueAt.IsZero() {
			t.Errorf("one that is left out is due at %s", left.DueAt)
		}
		items = items[:c.phones]
		ordered := slices.IsSortedFunc(items, func(a, b ztp.ResyncItem) int { return a.DueAt.Compare(b.DueAt) })
		if ordered && c.phones > 1 {
			t.Errorf("%d phones go in the order of their addresses", c.phones)
		}
		slices.SortFunc(items, func(a, b ztp.ResyncItem) int { return a.DueAt.Compare(b.DueAt) })
		if !items[0].DueAt.Equal(at) || !items[c.phones-1].DueAt.Before(at.Add(c.over)) {
			t.Errorf("%d phones within %s: from %s to %s", c.phones, c.over, items[0].DueAt, items[c.phones-1].DueAt)
		}
		for i := ztp.ResyncRate; i < len(items); i++ {
			if d := items[i].DueAt.Sub(items[i-ztp.ResyncRate].DueAt); d < time.Second-time.Millisecond {
				t.Fatalf("%d phones within %s", ztp.ResyncRate, d)
			}
		}
	}
}

func TestResyncAnswers(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]ztp.ResyncItemState{
		200: "told", 202: "told", 404: "not_registered", 410: "not_registered", 480: "not_registered", 604: "not_registered", 408: "no_answer",
		302: "refused", 403: "refused", 489: "refused", 500: "refused", 503: "refused", 603: "refused",
	} {
		i, err := ztp.ResyncItem{State: ztp.ResyncItemSending, Note: "before"}.Answered(status, at)
		if err != nil || i.State != want || i.Status != status || i.Note != "" || !i.EndedAt.Equal(at) {
			t.Errorf("%d: %+v, %v", status, i, err)
		}
	}
}

// TestResyncTriesTheProxyAgain: each wait is longer, and there is an end.
func TestResyncTriesTheProxyAgain(t *testing.T) {
	t.Parallel()
	var waits []time.Duration
	i, now := ztp.ResyncItem{State: ztp.ResyncItemQueued}, at
	for i.State == ztp.ResyncItemQueued {
		i.State, i.Tries = ztp.ResyncItemSending, i.Tries+1
		var err error
		if i, err = i.NotReached("no route", now); err != nil {
			t.Fatal(err)
		}
		if i.State == ztp.ResyncItemQueued {
			waits = append(waits, i.DueAt.Sub(now))
			now = i.DueAt
		}
	}
	m := time.Minute
	if want := []time.Duration{m / 2, m, 2 * m, 4 * m, 8 * m, 10 * m, 10 * m}; !slices.Equal(waits, want) {
		t.Errorf("waits %v, want %v", waits, want)
	}
	if i.State != ztp.ResyncItemUnsent || i.Note != "no route" || !i.EndedAt.Equal(now) {
		t.Errorf("in the end: %+v", i)
	}
}

func TestSIPLine(t *testing.T) {
	t.Parallel()
	set := func(s ...ztp.Setting) ztp.EffectiveSettings {
		return ztp.ResolveSettings(ztp.ScopeSettings{Settings: s})
	}
	user := func(line int, v string) ztp.Setting {
		return ztp.Setting{Name: ztp.SettingLineUser, Index: line, Value: v}
	}
	registrar := func(line int, v string) ztp.Setting {
		return ztp.Setting{Name: ztp.SettingLineRegistrar, Index: line, Value: v}
	}
	for name, c := range map[string]struct {
		is   ztp.EffectiveSettings
		want string
	}{
		"nothing":             {set(), "@ no_line"},
		"no user":             {set(registrar(0, "voice")), "@ no_line"},
		"an empty user":       {set(registrar(0, "voice"), user(1, "")), "@ no_line"},
		"no registrar":        {set(user(1, "201")), "@ no_registrar"},
		"one for all lines":   {set(registrar(0, "voice"), user(3, "203")), "203@voice "},
		"the first with both": {set(registrar(2, "voice"), user(1, "201"), user(2, "202")), "202@voice "},
	} {
		u, host, left := c.is.SIPLine()
		if got := u + "@" + host + " " + string(left); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestSpreadText(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "at once", 400 * time.Millisecond: "at once", 40 * time.Second: "over 40s", 30 * time.Minute: "over 30m",
		2 * time.Hour: "over 2h", 10*time.Hour + 10*time.Minute: "over 10h10m", time.Hour + 20*time.Second: "over 1h0m20s", 24 * time.Hour: "over 24h",
	} {
		if got := ztp.SpreadText(d); got != want {
			t.Errorf("%s: %s", d, got)
		}
	}
}
