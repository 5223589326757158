package ztp_test

import (
	"testing"

	"zerotouch.example/internal/ztp"
)

// TestEveryStateHasItsWords: none shows the name of its constant, and within one
// machine no two states look alike.
func TestEveryStateHasItsWords(t *testing.T) {
	t.Parallel()
	words := map[string][]string{}
	for _, s := range ztp.LinkStates {
		words["link"] = append(words["link"], s.Title())
	}
	for _, s := range ztp.EndpointStates {
		words["endpoint"] = append(words["endpoint"], s.Title())
	}
	for _, s := range ztp.OperationStates {
		words["operation"] = append(words["operation"], s.Title())
	}
	for _, o := range ztp.EventOutcomes {
		words["outcome"] = append(words["outcome"], ztp.OutcomeTitle(o))
	}
	for machine, titles := range words {
		seen := map[string]bool{}
		for _, w := range titles {
			if w == "" || w[0] < 'A' || w[0] > 'Z' || seen[w] {
				t.Errorf("%s: %q is no word of its own", machine, w)
			}
			seen[w] = true
		}
	}
	if got := ztp.LinkState("of_tomorrow").Title(); got != "of tomorrow" {
		t.Errorf("a state of a newer server: %q", got)
	}
}

// TestTitleOfAPhone: a wish that the vendor has not confirmed is on its way.
func TestTitleOfAPhone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		e    ztp.Endpoint
		want string
	}{
		{ztp.Endpoint{State: ztp.EndpointWanted}, "Waiting"},
		{ztp.Endpoint{State: ztp.EndpointListed}, "Registered"},
		{ztp.Endpoint{State: ztp.EndpointListed, WantPaused: true}, "Pausing"},
		{ztp.Endpoint{State: ztp.EndpointPaused, WantPaused: true}, "Paused"},
		{ztp.Endpoint{State: ztp.EndpointPaused}, "Resuming"},
		{ztp.Endpoint{State: ztp.EndpointPaused, PausedBy: "a-disable"}, "Paused"},
	} {
		if got := tc.e.Title(); got != tc.want {
			t.Errorf("%+v: want %s, got %s", tc.e, tc.want, got)
		}
	}
}

// TestParseWords takes what people read and what programs read.
func TestParseWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]ztp.EndpointState{
		"": "", "listed": ztp.EndpointListed, "Registered": ztp.EndpointListed, "waiting": ztp.EndpointWanted, "wanted": ztp.EndpointWanted,
	} {
		if got, err := ztp.ParseEndpointState(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if _, err := ztp.ParseEndpointState("nonsense"); ztp.AsError(err).Fields["state"] == "" {
		t.Errorf("nonsense: %v", err)
	}
	for text, want := range map[string]string{"": "", "ok": "ok", "done": "ok", "Failed": "failed"} {
		if got, err := ztp.ParseOutcome(text); got != want || err != nil {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if _, err := ztp.ParseOutcome("fine"); ztp.AsError(err).Fields["outcome"] == "" {
		t.Errorf("fine: %v", err)
	}
}
