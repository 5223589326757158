package main

import (
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// A phone that the vendor has given up is called released, one that it never had is not.
func TestPhoneState(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for want, p := range map[string]api.Endpoint{
		"Released":     {State: string(ztp.EndpointReleased), ConfirmedAt: &now},
		"Removed here": {State: string(ztp.EndpointReleased)},
	} {
		if got := phoneState(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// A list says of a phone that waits why, beside what the vendor has confirmed.
func TestListedState(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for want, waits := range map[string]string{
		"Registered": "",
		"Registered, waits: Came after its window had closed": string(ztp.WaitingLate),
		"Registered, waits: for a reason of tomorrow":         "for_a_reason_of_tomorrow",
	} {
		if got := listedState(api.Endpoint{State: string(ztp.EndpointListed), ConfirmedAt: &now, Waits: waits}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
