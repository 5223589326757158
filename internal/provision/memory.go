package provision

import (
	"sync"
	"time"
)

// memory remembers when something was, for so long and for so many: the oldest ones are
// forgotten first. It belongs to one process, and nothing goes wrong when it is empty.
type memory[K comparable] struct {
	keep time.Duration
	most int

	mu    sync.Mutex
	at    map[K]time.Time
	order []K
}

func newMemory[K comparable](keep time.Duration, most int) *memory[K] {
	return &memory[K]{keep: keep, most: most, at: map[K]time.Time{}}
}

// put notes that k was now.
func (m *memory[K]) put(k K, now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.at[k]; !ok {
		if len(m.order) >= m.most {
			delete(m.at, m.order[0])
			m.order = m.order[1:]
		}
		m.order = append(m.order, k)
	}
	m.at[k] = now
}

// age tells how long ago k was, false when that is forgotten.
func (m *memory[K]) age(k K, now time.Time) (time.Duration, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, ok := m.at[k]
	age := now.Sub(at)
	return age, ok && age < m.keep
}

// drop forgets k. Its place is free when its turn comes.
func (m *memory[K]) drop(k K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.at[k]; ok {
		m.at[k] = time.Time{}
	}
}
