package resync

import "context"

// Settle waits for the answers to what was begun, and commits them.
func (r *Runner) Settle(ctx context.Context) error {
	r.being.Wait()
	return r.record(ctx)
}
