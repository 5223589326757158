package access

import (
	"net/netip"
	"sync"
	"time"
)

// How long tries to sign in have to rest after failures. There is no hard
// lock-out: whoever knows the password gets in after the rest, and somebody
// else's failures from another address put no rest on this one.
const (
	// freeTries may fail for one account from one address before the first rest;
	// freeTriesOfAddress for all accounts together, since offices share addresses.
	freeTries          = 5
	freeTriesOfAddress = 30
	// firstRest doubles with every further failure, up to longestRest.
	firstRest   = 5 * time.Second
	longestRest = 5 * time.Minute
	// forgetAfter is the calm after which earlier failures no longer count.
	forgetAfter = 15 * time.Minute
	// maxRests bounds the table; a flood of addresses then pushes others out.
	maxRests = 20000
)

// rests remembers failed tries, in memory: a restart forgets them, which costs
// an attacker more than it gives.
type rests struct {
	mu   sync.Mutex
	rows map[string]*rest
}

type rest struct {
	tries int
	last  time.Time
	until time.Time
}

func newRests() *rests { return &rests{rows: map[string]*rest{}} }

// try counts a try of the account from the address as failed, before its outcome
// is known, so that parallel tries cannot slip through; succeeded takes it back.
// It returns how long to wait first, 0 when the try may be made. One that has to
// wait is not counted.
func (r *rests) try(account, address string, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	ofAccount, ofAddress := r.row(accountKey(account, address), now), r.row(addressKey(address), now)
	if wait := max(ofAccount.until.Sub(now), ofAddress.until.Sub(now)); wait > 0 {
		return wait
	}
	ofAccount.count(freeTries, now)
	ofAddress.count(freeTriesOfAddress, now)
	return 0
}

// succeeded forgets the account's failures from the address, and takes the one
// try back that was counted for the address.
func (r *rests) succeeded(account, address string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.rows, accountKey(account, address))
	row := r.row(addressKey(address), now)
	row.tries = max(0, row.tries-1)
	if row.tries < freeTriesOfAddress {
		row.until = time.Time{}
	}
}

// takeBack takes one try back that was made and came to nothing: whether the password was
// right is not known, since the database was away.
func (r *rests) takeBack(account, address string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, key := range []string{accountKey(account, address), addressKey(address)} {
		row := r.row(key, now)
		row.tries, row.until = max(0, row.tries-1), time.Time{}
	}
}

func (t *rest) count(free int, now time.Time) {
	t.tries++
	t.last = now
	if over := t.tries - free; over >= 0 {
		t.until = now.Add(min(firstRest<<min(over, 16), longestRest))
	}
}

// row returns the row of the key, a fresh one when the last is forgotten.
func (r *rests) row(key string, now time.Time) *rest {
	row, ok := r.rows[key]
	if ok && now.Sub(row.last) < forgetAfter {
		return row
	}
	if !ok && len(r.rows) >= maxRests {
		r.makeRoom(now)
	}
	row = &rest{last: now}
	r.rows[key] = row
	return row
}

// makeRoom drops what is forgotten anyway, or else a few rows of any.
func (r *rests) makeRoom(now time.Time) {
	for key, row := range r.rows {
		if now.Sub(row.last) >= forgetAfter {
			delete(r.rows, key)
		}
	}
	for key := range r.rows {
		if len(r.rows) < maxRests-100 {
			return
		}
		delete(r.rows, key)
	}
}

func accountKey(account, address string) string { return account + "\x00" + network(address) }
func addressKey(address string) string          { return "\x00" + network(address) }

// network is the address itself for IPv4, and its /64 for IPv6, where one
// customer has that many addresses to try from.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	p, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
