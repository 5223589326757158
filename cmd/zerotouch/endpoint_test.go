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
