package provision

import (
	"math/rand/v2"
	"unique"

	"zerotouch.example/internal/ztp"
)

const (
	// phoneMemory is what phones' facts and files take at most where nobody has said.
	phoneMemory = 256 << 20
	// factsSize is what is known of a phone without its files, places in maps and garbage of allocation included; BenchmarkMemory measures it.
	factsSize = 2000
	// lookedAt is among how many one is picked to give way.
	lookedAt = 8
)

// shelf holds facts of phones up to so many bytes. When it is full, one picked at random
// gives way, or first one that counts no longer: phones come round in turn, after a power cut
// or night after night, and whoever made those give way that came longest ago would lose each
// one just before it comes again. Its owner holds a lock.
type shelf struct {
	most, size int
	phones     map[uint64]*facts
	all        []*facts
}

func newShelf(most int) shelf { return shelf{most: most, phones: map[uint64]*facts{}} }

// put takes facts in, in the place of what there was of the phone, or counts them anew.
func (s *shelf) put(f *facts, size int) {
	key := macKey(f.mac)
	if old := s.phones[key]; old != f {
		if old != nil {
			s.drop(old)
		}
		s.phones[key], f.at, f.size = f, len(s.all), 0
		s.all = append(s.all, f)
	}
	s.size += size - f.size
	f.size = size
	for s.size > s.most && len(s.all) > 1 {
		s.drop(s.loser(f))
	}
}

// loser is who gives way, which is not the one that has just come.
func (s *shelf) loser(last *facts) (loser *facts) {
	for range lookedAt {
		f := s.all[rand.IntN(len(s.all))]
		switch {
		case f == last:
		case !f.hold():
			return f
		case loser == nil:
			loser = f
		}
	}
	if loser == nil { // only with very few of them
		loser = s.all[(last.at+1)%len(s.all)]
	}
	return loser
}

// drop takes facts out that are in.
func (s *shelf) drop(f *facts) {
	end := len(s.all) - 1
	s.all[f.at] = s.all[end]
	s.all[f.at].at = f.at
	s.all[end] = nil
	s.all = s.all[:end]
	s.size -= f.size
	delete(s.phones, macKey(f.mac))
}

// keepIfRoom is keep where nobody has to give way; false when there is no room.
func (n *known) keepIfRoom(f *facts) bool {
	size := f.weigh()
	n.mu.Lock()
	defer n.mu.Unlock()
	if old := n.phones[macKey(f.mac)]; old != nil && old.hold() || n.size+size > n.most {
		return false
	}
	n.put(f, size)
	return true
}

// tidied is how many are looked at in one go.
const tidied = 1000

// tidy drops those that count no longer.
func (n *known) tidy() {
	for i, done := 0, false; !done; {
		n.mu.Lock()
		for looked := 0; looked < tidied && i < len(n.all); looked++ {
			if n.all[i].hold() {
				i++
			} else {
				n.drop(n.all[i]) // the last one takes its place
			}
		}
		done = i >= len(n.all)
		n.mu.Unlock()
	}
}

// without are those of all that are not remembered, in the place of all.
func (n *known) without(all []due) []due {
	left := all[:0]
	for len(all) > 0 {
		some := all[:min(len(all), tidied)]
		n.mu.Lock()
		for _, d := range some {
			if n.phones[macKey(d.mac)] == nil {
				left = append(left, d)
			}
		}
		n.mu.Unlock()
		all = all[len(some):]
	}
	return left
}

func (n *known) room() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return max(0, n.most-n.size)
}

// hold reports whether nothing has changed since.
func (f *facts) hold() bool { return f.epochs.hold() && f.holder.epochs.hold() }

func (f *facts) weigh() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := factsSize
	for _, s := range f.files {
		size += cap(s.text)
	}
	return size
}

// slim lets texts that many phones have, or one has twice, be there once.
func slim(e ztp.Endpoint, all []ztp.Contact) (ztp.Endpoint, []ztp.Contact) {
	e.Platform, e.Account, e.Vendor, e.State = once(e.Platform), once(e.Account), once(e.Vendor), once(e.State)
	e.AddressTemplate, e.AddressTokenID, e.ProductGroup, e.Model = once(e.AddressTemplate), once(e.AddressTokenID), once(e.ProductGroup), once(e.Model)
	for i := range all {
		c := &all[i]
		c.Platform, c.Account, c.TokenID, c.Assurance = once(c.Platform), once(c.Account), once(c.TokenID), once(c.Assurance)
		if c.DeviceTokenHash == e.DeviceTokenHash {
			c.DeviceTokenHash = e.DeviceTokenHash
		}
	}
	return e, all
}

func once[T ~string](text T) T { return unique.Make(text).Value() }
