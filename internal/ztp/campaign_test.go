package ztp_test

import (
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

func TestCampaignPausesWhenFailuresRise(t *testing.T) {
	t.Parallel()
	const ok, bad, asks = ztp.ItemDone, ztp.ItemFailed, ztp.ItemNeedsOperator
	for name, tc := range map[string]struct {
		ends []ztp.CampaignItemState
		want string
	}{
		"two in a row":             {[]ztp.CampaignItemState{ok, bad, bad}, ""},
		"three in a row":           {[]ztp.CampaignItemState{bad, asks, bad}, "3 operations failed one after the other."},
		"a success between":        {[]ztp.CampaignItemState{bad, bad, ok, bad, bad}, ""},
		"nothing to do is neither": {[]ztp.CampaignItemState{bad, bad, ztp.ItemAlready, ztp.ItemSkipped, bad}, "3 operations failed one after the other."},
		"a tenth of ten":           {[]ztp.CampaignItemState{bad, ok, ok, ok, ok, ok, ok, ok, ok, ok}, ""},
		"a fifth of ten":           {[]ztp.CampaignItemState{bad, ok, ok, ok, bad, ok, ok, ok, ok, ok}, "2 of 10 operations failed."},
		"a fifth of nine":          {[]ztp.CampaignItemState{bad, ok, ok, ok, bad, ok, ok, ok, ok}, ""},
	} {
		var c ztp.Campaign
		for _, s := range tc.ends {
			c = c.Counted(s)
		}
		if got := c.TooManyFailures(); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

// Whoever resumes has looked; what was before does not pause it again.
func TestCampaignResumedBeginsToCountAnew(t *testing.T) {
	t.Parallel()
	c := ztp.Campaign{State: ztp.CampaignPaused, InRow: 3, Ended: 20, Failed: 9, Reason: "x", Problem: &ztp.Problem{}, StartedAt: at}
	c, err := c.Move(ztp.CampaignRunning, at.Add(time.Hour))
	if err != nil || c.TooManyFailures() != "" || c.Reason != "" || c.Problem != nil || !c.StartedAt.Equal(at) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestCampaignBudget(t *testing.T) {
	t.Parallel()
	c := ztp.Campaign{Budget: 2, Cost: 9, NextAt: at}
	// Looked at a little late, it loses nothing; after a long rest it does not hurry.
	for late, want := range map[time.Duration]time.Duration{0: 4500 * time.Millisecond, time.Second: 4500 * time.Millisecond, time.Hour: time.Hour + 4500*time.Millisecond} {
		if got := c.Began(at.Add(late)).NextAt.Sub(at); got != want {
			t.Errorf("begun %s late: the next after %s, want %s", late, got, want)
		}
	}
	for text, want := range map[string]ztp.Budget{"2/s": 2, "0.5/s": 0.5, "30/m": 0.5, "7200/h": 2, " 1/s ": 1} {
		got, err := ztp.ParseBudget(text)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
		again, err := ztp.ParseBudget(got.String())
		if err != nil || again != got {
			t.Errorf("%q written as %q reads as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "2", "0/s", "-1/s", "2/d", "1e9/s", "2 /s", "NaN/s", "30/h"} {
		if got, err := ztp.ParseBudget(text); ztp.AsError(err).Fields["budget"] == "" {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestParseAge(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"": 0, "90d": 90 * 24 * time.Hour, "2w": 14 * 24 * time.Hour, "12h": 12 * time.Hour} {
		if got, err := ztp.ParseAge(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"90", "0d", "-1d", "d", "1.5d", "99999d", "soon"} {
		if _, err := ztp.ParseAge(text); ztp.AsError(err).Fields["older_than"] == "" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Every code of the catalogue is decided on: does it concern one platform, or all?
func TestAboutInstallation(t *testing.T) {
	t.Parallel()
	if ztp.AboutInstallation(ztp.CodeProvisioningURLUnreachable, true) || !ztp.AboutInstallation(ztp.CodeProvisioningURLUnreachable, false) {
		t.Error("an address of its own concerns one platform, that of the installation all")
	}
	for _, code := range []ztp.Code{ztp.CodeVendorKeyQuota, ztp.CodeVendorCompanyMissing, ztp.CodeProvisioningTokenMissing, ztp.CodeVendorRejected} {
		if ztp.AboutInstallation(code, false) {
			t.Errorf("%s concerns one platform", code)
		}
	}
	for _, code := range []ztp.Code{ztp.CodeResellerCredentialsRejected, ztp.CodeSecretStoreDenied, ztp.CodeVendorRoleMissing} {
		if !ztp.AboutInstallation(code, true) {
			t.Errorf("%s concerns all platforms", code)
		}
	}
}

func TestCampaignTally(t *testing.T) {
	t.Parallel()
	tally := ztp.CampaignTally{ztp.ItemPending: 3, ztp.ItemRunning: 2, ztp.ItemDone: 5, ztp.ItemFailed: 1, ztp.ItemNeedsOperator: 1, ztp.ItemSkipped: 4}
	if tally.Total() != 16 || tally.Ended() != 11 || tally.Bad() != 2 {
		t.Errorf("%d, %d, %d", tally.Total(), tally.Ended(), tally.Bad())
	}
}

// A clock that is put back does not stop a campaign for as long.
func TestCampaign_ClockPutBack(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)
	c := ztp.Campaign{Budget: 1, Cost: 10, NextAt: now}.Began(now)
	if c.Due(now.Add(9*time.Second)) || !c.Due(now.Add(10*time.Second)) {
		t.Errorf("next at %s", c.NextAt)
	}
	back := now.Add(-time.Hour)
	if !c.Due(back) {
		t.Error("it waits for an hour")
	}
	if c = c.Began(back); c.Due(back.Add(9*time.Second)) || !c.Due(back.Add(10*time.Second)) {
		t.Errorf("then next at %s", c.NextAt)
	}
}
