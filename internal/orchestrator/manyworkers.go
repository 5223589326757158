package orchestrator

import (
	"context"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// manyWorkers takes up operations for many phones, each with a worker of its own, until
// ctx ends and the last one has handed over.
func (o *Orchestrator) manyWorkers(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	free := make(chan struct{}, o.cfg.Many)
	poll := time.NewTicker(o.cfg.Poll)
	defer poll.Stop()
	for ctx.Err() == nil {
		select {
		case free <- struct{}{}:
		case <-ctx.Done():
			return
		}
		op, err := o.claim(ctx, ztp.ClaimMany)
		if err != nil && ctx.Err() == nil {
			o.cfg.Log.Error("operation for many phones not taken up", "err", err)
		}
		if op != nil && err == nil {
			work.Go(func() {
				defer func() { <-free }()
				if err := o.carryOut(ctx, *op); err != nil && ctx.Err() == nil {
					o.cfg.Log.Error("operation interrupted", "err", err)
				}
			})
			continue
		}
		<-free
		select {
		case <-o.many:
		case <-poll.C:
		case <-ctx.Done():
		}
	}
}
