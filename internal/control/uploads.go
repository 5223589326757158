package control

import (
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// How many files are read at once: a check of a full one takes some 40 MB of memory and a
// connection to the database.
const (
	maxUploads         = 4
	maxPlatformUploads = 2
	// uploadWait is when somebody who was sent away may ask again.
	uploadWait = 30 * time.Second
)

// uploads are the files that this process is reading, by platform. What another replica
// reads takes that one's memory.
type uploads struct {
	lock sync.Mutex
	of   map[ztp.PlatformID]int
	all  int
}

// begin admits a file before a byte of it is read; end is called when it has been.
func (u *uploads) begin(p ztp.PlatformID) (end func(), err error) {
	u.lock.Lock()
	defer u.lock.Unlock()
	detail := ""
	switch {
	case u.of[p] >= maxPlatformUploads:
		detail = ztp.Counted(u.of[p], "file", "files") + " of this platform are being read already. Send this one when one of them is done."
	case u.all >= maxUploads:
		detail = ztp.Counted(u.all, "file", "files") + " of other platforms are being read at this moment. Send this one again in a minute."
	}
	if detail != "" {
		return nil, &ztp.Error{Code: ztp.CodeTooManyRequests, Detail: detail, RetryAfter: uploadWait}
	}
	if u.of == nil {
		u.of = map[ztp.PlatformID]int{}
	}
	u.of[p]++
	u.all++
	return func() { u.ended(p) }, nil
}

func (u *uploads) ended(p ztp.PlatformID) {
	u.lock.Lock()
	defer u.lock.Unlock()
	u.all--
	if u.of[p]--; u.of[p] == 0 {
		delete(u.of, p)
	}
}
