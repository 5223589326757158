package server

import (
	"cmp"
	"log/slog"
	"maps"
	"net/netip"
	"sort"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// mostFailures and mostOfOne bound what is remembered, in all and of one address, so
	// that nobody pushes out what others need.
	mostFailures = 1000
	mostOfOne    = 16
	// linesAMinute bounds what is logged. The first one of a kind is, the tenth, the
	// hundredth and so on.
	linesAMinute = 30
)

// handshakes remembers handshakes that went wrong, in this process.
type handshakes struct {
	now func() time.Time
	log *slog.Logger

	mu     sync.Mutex
	seen   map[ztp.HandshakeFailure]*ztp.HandshakeFailure // by what two of a kind share
	of     map[string]int                                 // kinds by whose address it is
	total  map[ztp.HandshakeReason]int
	fresh  map[ztp.HandshakeFailure]*ztp.HandshakeFailure // those since the last time they were written down
	minute time.Time
	lines  int
}

func newHandshakes(now func() time.Time, log *slog.Logger) *handshakes {
	return &handshakes{now: now, log: log, seen: map[ztp.HandshakeFailure]*ztp.HandshakeFailure{}, of: map[string]int{}, total: map[ztp.HandshakeReason]int{},
		fresh: map[ztp.HandshakeFailure]*ztp.HandshakeFailure{}}
}

// note counts one. f has neither count nor times.
func (h *handshakes) note(f ztp.HandshakeFailure) {
	now := h.now().UTC()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.total[f.Reason]++
	known := h.seen[f]
	if who := whoseText(f.Address); known == nil && h.of[who] >= mostOfOne {
		f = ztp.HandshakeFailure{Address: who, Reason: ztp.HandshakeOther, Alert: "too many kinds to be told apart"}
		known = h.seen[f]
	}
	if known == nil {
		h.makeRoom()
		known = &ztp.HandshakeFailure{}
		*known = f
		known.First = now
		h.seen[f] = known
		h.of[whoseText(f.Address)]++
	}
	known.Count++
	known.Last = now
	h.unwritten(f, ztp.HandshakeFailure{Count: 1, First: now, Last: now})
	if isRound(known.Count) && h.mayLog(now) {
		h.log.Info("TLS handshake failed", "listener", "phone", "address", f.Address, "name", f.Name, "reason", f.Reason,
			"offers", f.Offers, "alert", f.Alert, "count", known.Count)
	}
}

// whoseText is whose for an address in words, which may be none.
func whoseText(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	return whose(a).String()
}

// makeRoom forgets the kind that was not seen for the longest time.
func (h *handshakes) makeRoom() {
	if len(h.seen) < mostFailures {
		return
	}
	var oldest ztp.HandshakeFailure
	var last time.Time
	for key, f := range h.seen {
		if last.IsZero() || f.Last.Before(last) {
			oldest, last = key, f.Last
		}
	}
	delete(h.seen, oldest)
	who := whoseText(oldest.Address)
	if h.of[who]--; h.of[who] <= 0 {
		delete(h.of, who)
	}
}

func (h *handshakes) mayLog(now time.Time) bool {
	if now.Sub(h.minute) >= time.Minute || now.Before(h.minute) {
		h.minute, h.lines = now, 0
	}
	h.lines++
	return h.lines <= linesAMinute
}

// isRound reports whether n is 1, 10, 100 and so on.
func isRound(n int) bool {
	for n%10 == 0 {
		n /= 10
	}
	return n == 1
}

// list returns what is remembered, the newest first.
func (h *handshakes) list() []ztp.HandshakeFailure {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]ztp.HandshakeFailure, 0, len(h.seen))
	for _, f := range h.seen {
		all = append(all, *f)
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := all[i], all[j]
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Reason, b.Reason)) < 0
	})
	return all
}

func (h *handshakes) totals() map[ztp.HandshakeReason]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.total)
}
