package srapssim

import (
	"bytes"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// hugeBody is more than any client should be willing to read.
const hugeBody = 9 << 20

const webPage = "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>\n"

// replaces reports whether the fault puts its own answer in place of the real
// one.
func (f *Fault) replaces() bool {
	return f != nil && (f.Do == DoStatus || f.Do == DoHTML || f.Do == DoRedirect)
}

// hangUp closes the connection without a word.
func (s *Server) hangUp(q *request) {
	s.noteFault(q)
	panic(http.ErrAbortHandler)
}

func (s *Server) noteFault(q *request) Call {
	return s.journal.update(q.call, func(c *Call) {
		if q.fault != nil {
			c.Fault = string(q.fault.Do)
		}
	})
}

// deliver spoils the answer as the fault says, signs it and writes it.
func (s *Server) deliver(w http.ResponseWriter, q *request, who caller, a *answer) {
	if q.losesAnswer(a) {
		s.hangUp(q)
	}
	a = s.spoil(q, a)
	s.noteFault(q)
	call := s.journal.update(q.call, func(c *Call) { c.Status = a.status })
	s.hooks.answering(call)
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	// The injected clock shows: clients compare Date where ts is missing.
	header.Set("Date", s.opts.Now().UTC().Format(http.TimeFormat))
	if who.key.id != "" && !s.opts.NoServerAuth && !q.fault.replaces() {
		header.Set("Server-Authorization", who.serverAuthorization(header.Get("Content-Type"), a.body))
	}
	if a.status != http.StatusNoContent {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if q.fault != nil && q.fault.Do == DoTruncate {
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body)
}

// losesAnswer: no answer follows lose_answer and apply_late, not even a
// refusal, nor truncate where there is no body to break off in its middle.
func (q *request) losesAnswer(a *answer) bool {
	f := q.fault
	return f != nil && (f.Do == DoLoseAnswer || f.Do == DoApplyLate || f.Do == DoTruncate && len(a.body) < 2)
}

// spoil returns the answer that is really sent.
func (s *Server) spoil(q *request, a *answer) *answer {
	f := q.fault
	if f == nil {
		return a
	}
	switch f.Do {
	case DoStatus:
		return f.statusAnswer()
	case DoHTML:
		a = empty(http.StatusOK)
		a.header.Set("Content-Type", "text/html; charset=utf-8")
		a.body = []byte(webPage)
	case DoRedirect:
		a = empty(http.StatusFound)
		a.header.Set("Location", s.opts.RedirectTo+q.r.URL.RequestURI())
	case DoHuge:
		body := a.body
		if a.status == http.StatusNoContent {
			a.status = http.StatusOK
		}
		// Still JSON: only its size is wrong.
		a.body = append(bytes.Repeat([]byte(" "), hugeBody), body...)
	}
	return a
}

func (f *Fault) statusAnswer() *answer {
	a := empty(f.Status)
	switch {
	case f.Body != "":
		a.header.Set("Content-Type", jsonType)
		a.body = []byte(f.Body)
	case f.Status >= 300:
		a = detail(f.Status, http.StatusText(f.Status))
	}
	if f.Status == http.StatusNoContent || f.Status == http.StatusNotModified {
		a.body = nil
	}
	if f.RetryAfter != 0 {
		a.header.Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	return a
}

func tooMany(wait time.Duration) *answer {
	a := detail(http.StatusTooManyRequests, "Request was throttled.")
	a.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return a
}

// limiter is a bucket of one second's calls over all keys (assumed: no limit
// is documented).
type limiter struct {
	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// over takes a token and returns 0, or how long to wait for the next one.
func (l *limiter) over(rate float64, now time.Time) time.Duration {
	if rate == 0 {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	burst := math.Max(1, rate)
	if l.last.IsZero() {
		l.tokens = burst
	} else if passed := now.Sub(l.last).Seconds(); passed > 0 {
		l.tokens = math.Min(burst, l.tokens+passed*rate)
	}
	l.last = now
	if l.tokens < 1 {
		return time.Duration((1 - l.tokens) / rate * float64(time.Second))
	}
	l.tokens--
	return 0
}

func (l *limiter) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = time.Time{}
}

// late holds back what apply_late has promised.
type late struct {
	mu      sync.Mutex
	pending []*heldCall
}

type heldCall struct {
	run   func()
	timer *time.Timer // nil: waits for ReleaseLate
}

func (l *late) hold(delay time.Duration, run func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &heldCall{run: run}
	l.pending = append(l.pending, h)
	if delay > 0 {
		h.timer = time.AfterFunc(delay, func() { l.release(h) })
	}
}

// release runs the given call, or all where none is given, in the order of
// arrival and each once.
func (l *late) release(only *heldCall) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kept []*heldCall
	ran := 0
	for _, h := range l.pending {
		if only != nil && h != only {
			kept = append(kept, h)
			continue
		}
		if h.timer != nil {
			h.timer.Stop()
		}
		h.run()
		ran++
	}
	l.pending = kept
	return ran
}

func (l *late) drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.pending {
		if h.timer != nil {
			h.timer.Stop()
		}
	}
	l.pending = nil
}

// ReleaseLate carries out everything that apply_late holds back and returns
// how many calls that were.
func (s *Server) ReleaseLate() int { return s.late.release(nil) }

// hooks are the test's look at the moment of a call.
type hooks struct {
	mu               sync.Mutex
	onCall, onAnswer func(Call)
}

func (h *hooks) called(c Call) {
	h.mu.Lock()
	f := h.onCall
	h.mu.Unlock()
	if f != nil {
		f(c)
	}
}

func (h *hooks) answering(c Call) {
	h.mu.Lock()
	f := h.onAnswer
	h.mu.Unlock()
	if f != nil {
		f(c)
	}
}

// OnCall sets the function that is called when a request has arrived and
// before anything is carried out, also for requests that a fault will lose. It
// may call any method of the server. nil removes it.
func (s *Server) OnCall(f func(Call)) {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.onCall = f
}

// OnAnswer sets the function that is called before an answer is written, with
// the call's outcome; not where no answer is sent. nil removes it.
func (s *Server) OnAnswer(f func(Call)) {
	s.hooks.mu.Lock()
	defer s.hooks.mu.Unlock()
	s.hooks.onAnswer = f
}
