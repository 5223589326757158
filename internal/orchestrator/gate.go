package orchestrator

import (
	"sync"

	"zerotouch.example/internal/ztp"
)

// gates keeps, per link, what must not happen at the same time in this process.
type gates struct {
	mu sync.Mutex
	m  map[string]*gate
}

// gate guards one link. use is held shared while a call with the link's key is
// in flight, so that taking it exclusively means that all of them have ended.
// change is held by the one operation that works on the link's keys.
type gate struct {
	use    sync.RWMutex
	change sync.Mutex
}

func (g *gates) of(p ztp.PlatformID, v ztp.VendorName) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.m == nil {
		g.m = map[string]*gate{}
	}
	k := string(p) + "/" + string(v)
	if g.m[k] == nil {
		g.m[k] = &gate{}
	}
	return g.m[k]
}

// drain returns when every call that was in flight with the link's key has ended.
// Calls are bounded by their own time limit, so this is too.
func (g *gate) drain() {
	g.use.Lock()
	//lint:ignore SA2001 only the moment without users matters
	g.use.Unlock()
}
