package ztp_test

import (
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// Whoever wants to retire a token is told what keeps it, and until when.
func TestTokenNeeded(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 11, 1, 8, 30, 0, 0, time.UTC)
	used := made.Add(48 * time.Hour)
	for name, tt := range map[string]struct {
		use  ztp.TokenUse
		want string
	}{
		"current":        {ztp.TokenUse{Current: true}, "It is the current one."},
		"at the vendor":  {ztp.TokenUse{Entries: 3, Profiles: 1}, "At the vendor it still stands in phones: 3, profiles: 1. Use Update address first."},
		"one phone":      {ztp.TokenUse{CreatedAt: made, UsedAt: used, Phones: 1}, "1 phone has last come by it, the latest on 2026-11-03."},
		"phones":         {ztp.TokenUse{CreatedAt: made, UsedAt: used, Phones: 2}, "2 phones have last come by it, the latest on 2026-11-03."},
		"used":           {ztp.TokenUse{CreatedAt: made, UsedAt: used}, "It was issued or used less than 30 days ago. Unless it is used again it can be retired from 3 Dec 2026, 08:30 UTC on."},
		"never used":     {ztp.TokenUse{CreatedAt: made}, "It was issued or used less than 30 days ago. Unless it is used again it can be retired from 1 Dec 2026, 08:30 UTC on."},
		"quiet for long": {ztp.TokenUse{CreatedAt: made.AddDate(-1, 0, 0), UsedAt: made.AddDate(-1, 0, 0), Phones: 1}, ""},
	} {
		if got := tt.use.Needed(made.AddDate(0, 0, 20)); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
