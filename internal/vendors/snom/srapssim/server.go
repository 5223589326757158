package srapssim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxBody is the longest request body that is read (assumed).
const maxBody = 1 << 20

// Server is one simulated SRAPS. It is safe for concurrent use. Close it when
// apply_late faults or latency may still be waiting.
type Server struct {
	opts    Options
	first   *state // for Reset
	nonces  nonces
	faults  faults
	journal journal
	late    late
	limiter limiter
	hooks   hooks
	done    chan struct{}
	close   sync.Once

	mu     sync.Mutex // guards what follows
	state  *state
	issued []string // every secret ever given out
}

// New makes a server with its first companies. It panics on options that
// Options.Check refuses.
func New(opts Options) *Server {
	if err := opts.Check(); err != nil {
		panic("srapssim: options: " + err.Error())
	}
	s := &Server{opts: opts.withDefaults(), done: make(chan struct{})}
	s.state = firstState(s.opts)
	s.first = s.state.clone()
	s.journal.keep = s.opts.KeepCalls
	for _, id := range s.state.order {
		for _, k := range s.state.companies[id].keys.all() {
			s.issued = append(s.issued, k.secret)
		}
	}
	return s
}

// Close ends pauses and drops what apply_late holds back.
func (s *Server) Close() {
	s.close.Do(func() { close(s.done) })
	s.late.drop()
}

// Handler serves the API under APIPrefix and, everywhere else, phones on their
// first boot.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// request is what arrived, read in full.
type request struct {
	r      *http.Request
	body   []byte
	target target
	known  bool // the path names something
	phone  bool
	at     time.Time
	call   *Call
	fault  *Fault
}

// serve is the life of a call: record it, tell the hook, find its fault, wait,
// carry it out, answer. Losing a request and losing an answer are different
// truths, and only here can they be told apart.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	q := &request{r: r, body: body, at: s.opts.Now(), phone: !strings.HasPrefix(r.URL.Path, APIPrefix)}
	if !q.phone {
		q.target, q.known = parseTarget(r.URL.Path)
	}
	var call Call
	q.call, call = s.journal.add(s.arrival(q))
	s.hooks.called(call)
	if err != nil {
		s.refuseBody(w, q, err)
		return
	}
	q.fault = s.faults.due(call, q.target.list)
	s.pause(q.fault)
	who, a := s.perform(q)
	if a == nil {
		s.hangUp(q) // does not return
	}
	s.deliver(w, q, who, a)
}

// readBody copes with a nil body, which requests without a connection have.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
}

// arrival is the record of a call before anything is known of its fate.
func (s *Server) arrival(q *request) Call {
	c := Call{Time: q.at, Method: q.r.Method, Path: q.r.URL.RequestURI(), Resource: q.target.resource,
		Company: q.target.company, Item: q.target.item}
	h, _ := parseHawk(q.r.Header.Get("Authorization"))
	c.KeyID = h.id
	switch {
	case q.phone:
		c.Resource, c.KeyID = ResourcePhone, ""
	case q.target.resource == ResourceTokens && q.target.item != "":
		s.mu.Lock()
		c.Company = s.state.keyCompany[q.target.item]
		s.mu.Unlock()
	case q.target.resource == ResourceCompanies && q.target.item != "":
		c.Company = q.target.item
	}
	if isMutation(c.Method) {
		var named struct {
			Name string `json:"name"`
		}
		if json.Unmarshal(q.body, &named) == nil {
			c.Name = named.Name
		}
	}
	return c
}

func (s *Server) refuseBody(w http.ResponseWriter, q *request, err error) {
	var tooLarge *http.MaxBytesError
	if !errors.As(err, &tooLarge) {
		s.hangUp(q) // the client broke off: there is nobody to answer
	}
	s.deliver(w, q, caller{}, detail(http.StatusRequestEntityTooLarge, "The request is too large."))
}

// pause waits for latency and for a fault that is to be slow. The call is
// carried out even if the client has left: it has arrived.
func (s *Server) pause(f *Fault) {
	wait := s.opts.Latency
	if f != nil && f.Do != DoApplyLate && f.Do != DoStale {
		wait += time.Duration(f.Delay)
	}
	if wait <= 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.done:
	}
}

// perform returns the truthful answer, or nil where none will be sent.
func (s *Server) perform(q *request) (caller, *answer) {
	f := q.fault
	if f != nil && (f.Do == DoLoseRequest || f.replaces() && !f.Applied) {
		if f.Do == DoLoseRequest {
			return caller{}, nil
		}
		return caller{}, empty(http.StatusNoContent) // deliver puts the fault's answer in its place
	}
	if q.phone {
		return caller{}, s.phoneAnswer(q.r)
	}
	if wait := s.limiter.over(s.opts.Rate, q.at); wait > 0 {
		return caller{}, tooMany(wait)
	}
	if !q.known {
		return caller{}, notFound()
	}
	who, refusal := s.authenticate(q.r, q.body)
	if refusal != nil {
		return caller{}, refusal
	}
	if f != nil && f.Do == DoApplyLate {
		s.late.hold(time.Duration(f.Delay), func() { s.carryOut(q, who) })
		return who, nil
	}
	return who, s.carryOut(q, who)
}

// carryOut changes the state, or reads it, and notes in the journal whether
// anything changed.
func (s *Server) carryOut(q *request, who caller) *answer {
	x := &exchange{s: s, caller: who, target: q.target, method: q.r.Method, path: q.r.URL.Path, query: q.r.URL.Query(),
		contentType: q.r.Header.Get("Content-Type"), body: q.body, base: s.linkBase(q.r), now: s.opts.Now(), fault: q.fault}
	s.mu.Lock()
	a := x.dispatch()
	s.mu.Unlock()
	if a.changed {
		s.journal.update(q.call, func(c *Call) { c.Applied = true })
	}
	return a
}

// linkBase carries the host that was called (recorded answer) unless
// Options.LinkHost names another one.
func (s *Server) linkBase(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	return scheme + "://" + orElse(s.opts.LinkHost, r.Host)
}
