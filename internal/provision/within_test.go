package provision

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A bound that nobody waits for makes nothing; one that somebody waits for ends in time,
// with its parent, and with the answer, and so do those that are made of it.
func TestWithin(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	unused := newWithin(parent, time.Hour)
	unused.end()
	if unused.waited != nil {
		t.Error("nobody has waited")
	}
	if <-unused.Done(); !errors.Is(unused.Err(), context.Canceled) {
		t.Errorf("after its end: %v", unused.Err())
	}
	late := newWithin(parent, time.Nanosecond)
	defer late.end()
	if <-late.Done(); !errors.Is(late.Err(), context.DeadlineExceeded) {
		t.Errorf("after its time: %v", late.Err())
	}
	with := newWithin(parent, time.Hour)
	defer with.end()
	if at, ok := with.Deadline(); !ok || time.Until(at) > time.Hour {
		t.Errorf("deadline %v, %v", at, ok)
	}
	below, done := context.WithCancel(with)
	defer done()
	cancel()
	<-below.Done()
	if !errors.Is(with.Err(), context.Canceled) {
		t.Errorf("after its parent: %v", with.Err())
	}
}
