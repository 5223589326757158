package server

import (
	"errors"
	"runtime"
	"time"
)

const (
	// turnsOfOne is how many handshakes are worked on at once for each processor.
	turnsOfOne = 2
	// turnPatience is how long a connection waits for its turn. A phone that waits longer
	// than 5 s may give up for good, and its handshake would be in vain.
	turnPatience = 3 * time.Second
)

// errNoTurn is told of one that has waited in vain.
var errNoTurn = errors.New("no turn within 3 seconds, more phones come than this machine can greet")

// turns bounds the handshakes that are worked on at once, in the order in which they came.
// When more come than there are processors for, all would else be worked on at once and be
// done when their phones have given up, and none would be served. A turn is taken from the
// hello of the phone to our answer, which is where the work is, so that nobody holds one who
// is slow.
type turns struct {
	taken    chan struct{}
	patience time.Duration
}

func newTurns() *turns {
	return &turns{taken: make(chan struct{}, turnsOfOne*runtime.GOMAXPROCS(0)), patience: turnPatience}
}

// take waits for a turn, and reports whether it came in time.
func (t *turns) take() bool {
	select {
	case t.taken <- struct{}{}:
		return true
	default:
	}
	patience := time.NewTimer(t.patience)
	defer patience.Stop()
	select {
	case t.taken <- struct{}{}:
		return true
	case <-patience.C:
		return false
	}
}

// give lets the next one have the turn.
func (t *turns) give() { <-t.taken }
