package srapssim

import (
	"slices"
	"sort"
	"time"
)

// historyLimit is how many changes of one list can be undone for a stale
// answer. More would only cost memory when 200,000 endpoints are registered.
const historyLimit = 1024

// list holds objects by id in the order of their creation. Values are never
// changed in place, so that a clone may share them. Page, get and put cost the
// same at any size; remove moves pointers.
type list[T any] struct {
	byID    map[string]*entry[T]
	order   []*entry[T]
	nextSeq int
	history []change[T]
}

type entry[T any] struct {
	seq   int
	id    string
	value T
}

// change remembers what stood under an id before: nil where nothing did.
type change[T any] struct {
	at     time.Time
	id     string
	before *entry[T]
}

// fixedList is for what never changes: it has no history, so it is never stale.
func fixedList[T any](values []T, id func(T) string) *list[T] {
	l := &list[T]{}
	for _, v := range values {
		l.put(id(v), v, time.Time{})
	}
	l.history = nil
	return l
}

func (l *list[T]) len() int { return len(l.order) }

func (l *list[T]) get(id string) (T, bool) {
	if e, ok := l.byID[id]; ok {
		return e.value, true
	}
	var zero T
	return zero, false
}

// put adds the object or replaces it in its place.
func (l *list[T]) put(id string, value T, now time.Time) {
	if l.byID == nil {
		l.byID = map[string]*entry[T]{}
	}
	old := l.byID[id]
	l.remember(id, old, now)
	if old != nil {
		e := &entry[T]{seq: old.seq, id: id, value: value}
		l.order[l.position(old)] = e
		l.byID[id] = e
		return
	}
	e := &entry[T]{seq: l.nextSeq, id: id, value: value}
	l.nextSeq++
	l.order = append(l.order, e)
	l.byID[id] = e
}

// remove reports whether there was anything to remove.
func (l *list[T]) remove(id string, now time.Time) bool {
	old, ok := l.byID[id]
	if !ok {
		return false
	}
	l.remember(id, old, now)
	at := l.position(old)
	l.order = slices.Delete(l.order, at, at+1)
	delete(l.byID, id)
	return true
}

func (l *list[T]) position(e *entry[T]) int {
	return sort.Search(len(l.order), func(i int) bool { return l.order[i].seq >= e.seq })
}

func (l *list[T]) remember(id string, before *entry[T], now time.Time) {
	if len(l.history) >= 2*historyLimit {
		l.history = slices.Clone(l.history[len(l.history)-historyLimit:])
	}
	l.history = append(l.history, change[T]{at: now, id: id, before: before})
}

// page returns the values from offset on, at most n.
func (l *list[T]) page(offset, n int) []T {
	end := min(offset+n, len(l.order))
	if offset >= end {
		return nil
	}
	values := make([]T, 0, end-offset)
	for _, e := range l.order[offset:end] {
		values = append(values, e.value)
	}
	return values
}

func (l *list[T]) all() []T { return l.page(0, len(l.order)) }

// before returns the list as it was at the given time, or, when the time is
// zero, before its last change. It goes back at least historyLimit changes.
func (l *list[T]) before(at time.Time) *list[T] {
	undo := len(l.history)
	if at.IsZero() {
		undo = max(0, undo-1)
	} else {
		for undo > 0 && l.history[undo-1].at.After(at) {
			undo--
		}
	}
	was := l.clone()
	for i := len(l.history) - 1; i >= undo; i-- {
		ch := l.history[i]
		if ch.before == nil {
			delete(was.byID, ch.id)
		} else {
			was.byID[ch.id] = ch.before
		}
	}
	was.order = was.order[:0]
	for _, e := range was.byID {
		was.order = append(was.order, e)
	}
	sort.Slice(was.order, func(i, j int) bool { return was.order[i].seq < was.order[j].seq }) // slices would be compiled for each T
	return was
}

// clone copies the containers and shares the values.
func (l *list[T]) clone() *list[T] {
	c := &list[T]{byID: make(map[string]*entry[T], len(l.byID)), nextSeq: l.nextSeq}
	for id, e := range l.byID {
		c.byID[id] = e
	}
	c.order = slices.Clone(l.order)
	c.history = slices.Clone(l.history)
	return c
}
