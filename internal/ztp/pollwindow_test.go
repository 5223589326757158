package ztp_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// A window is warned of when the phones below it ask faster than is planned for, with the
// figure and a window that is wide enough, which then is not warned of.
func TestCrowdedWindow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		window string
		phones int
		says   []string // nil for no warning
	}{
		"Default":       {"01:00-05:00", 100_000, nil},
		"Off":           {"off", 1_000_000, nil},
		"FewPhones":     {"02:00-02:01", 1800, nil},
		"OneTooMany":    {"02:00-02:01", 1801, []string{"within 1 min", "2 min wide", "02:00-02:02"}},
		"Narrow":        {"02:00-02:10", 100_000, []string{"up to 100000 phones", "within 10 min", "167 a second", "56 min wide at least, such as 02:00-02:56"}},
		"OverMidnight":  {"23:55-00:05", 100_000, []string{"within 10 min", "such as 23:55-00:51"}},
		"DefaultForAll": {"01:00-05:00", 1_000_000, []string{"within 4 h", "69 a second", "9 h 16 min wide at least"}},
		"NoneIsEnough":  {"01:00-05:00", 3_000_000, []string{"No window is wide enough"}},
	} {
		got := ztp.CrowdedWindow(tc.window, tc.phones)
		if (got == "") != (tc.says == nil) {
			t.Errorf("%s: %q", name, got)
		}
		for _, want := range tc.says {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", name, got, want)
			}
		}
		if _, wide, ok := strings.Cut(got, "such as "); ok {
			if again := ztp.CrowdedWindow(strings.TrimSuffix(wide, "."), tc.phones); again != "" {
				t.Errorf("%s: what it suggests: %s", name, again)
			}
		}
	}
}
