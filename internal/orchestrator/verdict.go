package orchestrator

import (
	"errors"
	"math/rand/v2"
	"time"

	"zerotouch.example/internal/ztp"
)

// A step returns nil when it is done, or one of these, or a vendor's error.

// rest ends this turn: the operation goes on by itself at until.
type rest struct {
	until  time.Time
	reason string
	// unknown: something was sent and its outcome has to be read.
	unknown bool
	// counts as a try of the current step.
	try bool
}

func (r *rest) Error() string { return "rests until " + r.until.Format(time.RFC3339) + ": " + r.reason }

// end ends the operation without success.
type end struct {
	err error
	// operator: a person has to decide.
	operator bool
}

func (e *end) Error() string { return "ends: " + e.err.Error() }
func (e *end) Unwrap() error { return e.err }

func fail(err error) error          { return &end{err: err} }
func needsOperator(err error) error { return &end{err: err, operator: true} }

// storeError is a failure of our own database: the run stops on the spot, as if
// killed, since nothing more can be recorded.
type storeError struct{ err error }

func (e *storeError) Error() string { return "store: " + e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// isStoreError reports whether an error tells nothing about the vendor: a failure
// of our own database, or that nothing was sent since the process is being stopped
// or vendor writes are off.
func isStoreError(err error) bool {
	var s *storeError
	return errors.As(err, &s) || errors.Is(err, errStopped) || errors.Is(err, errHeld)
}

// effectOf is what is known of a failed mutating call.
func effectOf(err error) ztp.Effect { return ztp.VendorErrorOf(err).Effect }

// keyRefused reports whether the vendor refuses the key itself. A clock that is
// off is refused in the same words, and says nothing of the key.
func keyRefused(err error) bool {
	v := ztp.VendorErrorOf(err)
	return err != nil && v.Unauthorized && v.Code != ztp.CodeClockSkew
}

// refusedForGood reports whether the vendor, or what we know, definitely said no:
// neither our own database, nor something that passes.
func refusedForGood(err error) bool {
	var stop *end
	if errors.As(err, &stop) {
		return true
	}
	v := ztp.VendorErrorOf(err)
	return !isStoreError(err) && v.Effect == ztp.EffectRefused && !v.Temporary
}

// The delays before a step is tried again, before jitter. After the last one the
// operation ends with the error: somebody waits at a page for it.
var retryDelays = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second}

// The delays before something already begun is tried again, where giving up
// leaves a mess: about two minutes in all.
var patientDelays = []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, 60 * time.Second}

const (
	// minRetryAfter is the wait when none is named.
	minRetryAfter = time.Second
	// maxRetryAfter caps an absurd Retry-After.
	maxRetryAfter = 5 * time.Minute
	// maxLimited is how long an operation lets itself be put off in all.
	maxLimited = 15 * time.Minute
)

func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.5 + rand.Float64()))
}

// delay returns the wait before try number attempt (from 1), or false after the last.
func delay(delays []time.Duration, attempt int) (time.Duration, bool) {
	if attempt < 1 || attempt > len(delays) {
		return 0, false
	}
	return delays[attempt-1], true
}
