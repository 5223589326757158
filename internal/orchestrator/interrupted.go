package orchestrator

import (
	"context"
	"errors"

	"zerotouch.example/internal/ztp"
)

// maxReturns is how often in a row an operation that our own database interrupts is
// taken up again at once. What fails oftener is no passing trouble, and each try may
// ask the vendor; from then on it has the pace of its leases.
const maxReturns = 5

// interruption is an operation of this process that a failure of our own database
// has ended in the middle: it is running, under our fence, and nobody works on it.
type interruption struct {
	fence int64
	times int
	// open until the operation was returned, or is another's by now.
	open bool
}

// ran takes note of how a run ended.
func (o *Orchestrator) ran(op ztp.Operation, err error) {
	var failed *storeError
	o.mu.Lock()
	defer o.mu.Unlock()
	if !errors.As(err, &failed) {
		delete(o.interrupted, op.ID)
		return
	}
	x := o.interrupted[op.ID]
	x.fence, x.times = op.Fence, x.times+1
	x.open = x.times <= maxReturns
	o.interrupted[op.ID] = x
}

// returnInterrupted makes due what this process could not go on with. Its lease would
// bring it back too, but the database may work again long before. As long as it does
// not, the operations stay for the next look.
func (o *Orchestrator) returnInterrupted(ctx context.Context) {
	for id, x := range o.openInterruptions() {
		err := o.cfg.Store.ReturnOperation(ctx, id, x.fence)
		if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return
		}
		o.mu.Lock()
		if now := o.interrupted[id]; now.fence == x.fence {
			now.open = false
			o.interrupted[id] = now
		}
		o.mu.Unlock()
	}
}

func (o *Orchestrator) openInterruptions() map[ztp.OperationID]interruption {
	o.mu.Lock()
	defer o.mu.Unlock()
	var open map[ztp.OperationID]interruption
	for id, x := range o.interrupted {
		if x.open {
			if open == nil {
				open = map[ztp.OperationID]interruption{}
			}
			open[id] = x
		}
	}
	return open
}
