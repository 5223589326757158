package main

import (
	"context"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/server"
)

// withPhones adds what is known of the phones in memory, also when the database says nothing.
func withPhones(others func(context.Context) ([]server.Gauge, error), phones *provision.Handler) func(context.Context) ([]server.Gauge, error) {
	return func(ctx context.Context) ([]server.Gauge, error) {
		known, behind := phones.Known()
		remembered, bytes, left := phones.Remembered()
		own := []server.Gauge{
			{Name: "zerotouch_phones_remembered", Help: "Phones that this process serves without the database.", Value: float64(remembered)},
			{Name: "zerotouch_phones_to_remember", Help: "Phones in service that it reads from the database before they ask, -1 before that is known.", Value: float64(left)},
			{Name: "zerotouch_phone_memory_bytes", Help: "What remembered phones take in memory.", Value: float64(bytes)},
			{Name: "zerotouch_phones_in_memory", Help: "Phones that this process knows, -1 while it reads them.", Value: float64(known)},
			{Name: "zerotouch_phone_changes_behind_seconds", Help: "How long ago the database last told all changes of phones.", Value: behind.Seconds()},
		}
		all, err := others(ctx)
		return append(own, all...), err
	}
}
