package srapssim

import (
	"slices"
	"sync"
	"time"
)

// Call is one request that arrived. Secrets are never part of it.
type Call struct {
	Seq      int       `json:"seq"`
	Time     time.Time `json:"time"`
	Method   string    `json:"method"`
	Path     string    `json:"path"`               // with the query
	Resource string    `json:"resource,omitempty"` // a Resource… name; empty for an unknown path
	Company  string    `json:"company,omitempty"`  // id of the company concerned, where it is known on arrival
	Item     string    `json:"item,omitempty"`     // id or MAC of a single item
	Name     string    `json:"name,omitempty"`     // "name" in the body
	KeyID    string    `json:"key_id,omitempty"`   // who says to have made it; proven unless Status is 400 or 401, or a fault came first
	Applied  bool      `json:"applied"`            // the state was changed by it
	Status   int       `json:"status"`             // what was answered; 0: nothing, or not yet
	Fault    string    `json:"fault,omitempty"`    // the Do of the fault that hit it
}

// Mutation reports whether the call was meant to change something.
func (c Call) Mutation() bool { return isMutation(c.Method) }

// journal keeps the calls in the order of their arrival.
type journal struct {
	mu    sync.Mutex
	keep  int
	total int
	calls []*Call
}

// add gives the call its number and returns the record and a copy to show.
func (j *journal) add(c Call) (*Call, Call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total++
	c.Seq = j.total
	if len(j.calls) >= 2*j.keep {
		j.calls = slices.Clone(j.calls[len(j.calls)-j.keep:])
	}
	kept := &c
	j.calls = append(j.calls, kept)
	return kept, c
}

// update changes a recorded call and returns how it reads now.
func (j *journal) update(c *Call, f func(*Call)) Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	f(c)
	return *c
}

func (j *journal) list(wanted func(Call) bool) []Call {
	j.mu.Lock()
	defer j.mu.Unlock()
	recent := j.calls[max(0, len(j.calls)-j.keep):]
	calls := make([]Call, 0, len(recent))
	for _, c := range recent {
		if wanted(*c) {
			calls = append(calls, *c)
		}
	}
	return calls
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls, j.total = nil, 0
}
