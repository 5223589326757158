package server

import (
	"net/http"
	"sync"
)

// mostGathered is how much of an answer is held back to be sent at once.
const mostGathered = 64 << 10

// gathered is what was written to a phone's connection and waits for the rest of its answer.
// net/http writes an answer in pieces of 4 KiB and more, and TLS in records that begin small:
// each would be a call of the system and a packet of its own, which costs more than
// everything else that is done for a phone that is known.
type gathered struct {
	mu   sync.Mutex
	on   bool
	room *[]byte // nil while it is empty
}

// rooms are places for answers, which hold nothing between: without TLS of our own, behind a
// proxy, these are files in the open.
var rooms = sync.Pool{New: func() any { return new([]byte) }}

// Write keeps p for later while an answer is made, and sends it else.
func (g *guest) Write(p []byte) (int, error) {
	o := &g.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.on {
		return g.Conn.Write(p)
	}
	if o.room == nil {
		o.room = rooms.Get().(*[]byte)
	}
	*o.room = append(*o.room, p...)
	if len(*o.room) < mostGathered {
		return len(p), nil
	}
	return len(p), g.send()
}

// send sends what waits. The lock is held.
func (g *guest) send() error {
	room := g.out.room
	if room == nil {
		return nil
	}
	g.out.room = nil
	_, err := g.Conn.Write(*room)
	clear(*room)
	*room = (*room)[:0]
	rooms.Put(room)
	return err
}

// gather holds back what is written to g, which may be nil, until gatheredAll.
func (g *guest) gather() {
	if g == nil {
		return
	}
	g.out.mu.Lock()
	defer g.out.mu.Unlock()
	g.out.on = true
}

// gatheredAll sends the answer that has been written, if there is one. What can't be sent is
// found out by net/http when it reads on or closes the connection.
func (g *guest) gatheredAll(answer *recorder) {
	if g == nil {
		return
	}
	if f, ok := answer.ResponseWriter.(http.Flusher); ok && answer.status != 0 {
		f.Flush()
	}
	g.out.mu.Lock()
	defer g.out.mu.Unlock()
	g.out.on = false
	_ = g.send()
}
