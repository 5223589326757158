package phonesim

import (
	"cmp"
	"container/heap"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

// FleetPhone is one of many: its provisioning URL, {mac} in it or not, and the password of later fetches, if any. One
// without a URL asks the redirection service first.
type FleetPhone struct{ MAC, URL, User, Password string }

// FleetOptions says which phones start, and when. Such a phone only fetches: it keeps nothing but what is counted, so
// that a hundred thousand fit into little memory.
type FleetOptions struct {
	// Count phones start; Phone returns the one with a number from 0.
	Count int
	Phone func(i int) (FleetPhone, error)
	// Factory is the redirection service, "" where every phone has a URL.
	Factory string
	// Served, if any, is told what a phone knows that was served: where it asks from then on, and its password. It
	// is called from many goroutines.
	Served func(i int, p FleetPhone)
	// Boot is how they start, "" as after a power cut; Over is when the last one does.
	Boot string
	Over time.Duration
	// Sources is from how many addresses of this machine loopback addresses are asked; 0 is one.
	Sources int
	// Fetches is how often each asks; Reuse does so on one connection.
	Fetches int
	Reuse   bool
	// Tries is how often one in service asks in all before it gives up, RetryAfter the time between (both assumed:
	// nothing is published). One that comes from the box asks once: where that gives it no settings, it turns to its
	// own network, and asks again when it is next started (Snom's page of settings from setting_server).
	Tries      int
	RetryAfter time.Duration
	// Polls is how often a phone that is held asks again, each time when its file says; it stays held after the last.
	Polls int
	// Again, if any, says instead of both when a phone asks again after its try with a number from 1; again: false gives
	// it up.
	Again func(i, try int) (after time.Duration, again bool)
	// Answered, if any, is told of each request of a phone how long its answer took from the first packet on and its
	// status, 0 without one. It is called from many goroutines.
	Answered func(i, status int, took time.Duration)
	// Dial, if any, connects instead of the name or address in a URL, as a balancer in front of the servers would.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds one request, 0 is ten seconds; Open is how many connections there are at once at most.
	Timeout time.Duration
	Open    int
	// Roots are the authorities that the phones trust; nil are the system's.
	Roots *x509.CertPool
	// Hosts may be asked besides loopback addresses.
	Hosts []string
}

// FleetReport is what came of them. A phone is in one of Served, Held, Wrong and Lost.
type FleetReport struct {
	Phones int `json:"phones"`
	// Served have all their settings; Held were told to wait (their file names no setting server); Wrong got a
	// file that is none, or that is another phone's; Lost never got one.
	Served int `json:"served"`
	Held   int `json:"held"`
	Wrong  int `json:"wrong"`
	Lost   int `json:"lost"`
	// Requests counts all, Retried phones that had to ask again.
	Requests int `json:"requests"`
	Retried  int `json:"retried"`
	// Answers counts answers by status; "none" are requests without one.
	Answers map[string]int `json:"answers"`
	// Milliseconds from a phone's start until it had its settings, and until the last one had, from the first start.
	P50  int64 `json:"p50_ms"`
	P95  int64 `json:"p95_ms"`
	P99  int64 `json:"p99_ms"`
	Max  int64 `json:"max_ms"`
	Last int64 `json:"last_ms"`
}

// Good reports whether every phone got what is right.
func (r FleetReport) Good() bool { return r.Wrong == 0 && r.Lost == 0 }

// fleet is one run.
type fleet struct {
	o         FleetOptions
	transport *http.Transport
	began     time.Time

	mu     sync.Mutex
	report FleetReport
	took   []time.Duration
	due    dueList
	freed  chan struct{} // a phone has ended or waits again
}

// dueList is a heap of what is to be asked, the earliest first.
type dueList []due

type due struct {
	at, start time.Duration
	phone     int
	try       int
	// polls counts those of a phone that is held, which asks by url, and again after every; boxed is one ex works.
	polls int
	url   string
	every time.Duration
	boxed bool
}

func (d dueList) Len() int           { return len(d) }
func (d dueList) Less(i, j int) bool { return d[i].at < d[j].at }
func (d dueList) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }
func (d *dueList) Push(x any)        { *d = append(*d, x.(due)) }
func (d *dueList) Pop() any          { x := (*d)[len(*d)-1]; *d = (*d)[:len(*d)-1]; return x }

// RunFleet starts the phones and waits for the last one, or for ctx: who has no settings by then is lost.
func RunFleet(ctx context.Context, o FleetOptions) (FleetReport, error) {
	if o.Count < 1 || o.Phone == nil || o.Fetches < 1 || o.Tries < 1 || o.Open < 1 || o.Over < 0 || o.RetryAfter < 0 {
		return FleetReport{}, errors.New("a fleet has phones that ask at least once")
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Again == nil {
		o.Again = func(_, try int) (time.Duration, bool) { return o.RetryAfter, try < o.Tries }
	}
	f := &fleet{o: o, transport: newTransport(Options{Roots: o.Roots}), began: time.Now(), freed: make(chan struct{}, 1)}
	f.transport.DisableKeepAlives = !o.Reuse
	if from(f.transport, o.Sources); o.Dial != nil {
		f.transport.DialContext = o.Dial
	}
	f.report = FleetReport{Phones: o.Count, Answers: map[string]int{}}
	for i := range o.Count {
		at := startOf(o.Boot, o.Over)
		f.due = append(f.due, due{at: at, start: at, phone: i})
	}
	heap.Init(&f.due)
	err := f.run(ctx)
	f.report.Lost = o.Count - f.report.Served - f.report.Held - f.report.Wrong
	f.percentiles()
	return f.report, err
}

// run hands out what is due. A phone that waits costs an entry of the list, no goroutine.
func (f *fleet) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	open := make(chan struct{}, f.o.Open)
	busy := 0
	var all sync.WaitGroup
	defer all.Wait()
	for {
		f.mu.Lock()
		busy = len(open)
		wait, left := time.Hour, len(f.due)
		if left > 0 {
			wait = f.due[0].at - time.Since(f.began)
		}
		f.mu.Unlock()
		if left == 0 && busy == 0 {
			return nil
		}
		if left > 0 && wait <= 0 {
			select {
			case open <- struct{}{}:
			case <-ctx.Done():
				return ended(ctx)
			}
			f.mu.Lock()
			next := heap.Pop(&f.due).(due)
			f.mu.Unlock()
			all.Go(func() {
				if err := f.ask(ctx, next); err != nil {
					cancel(err)
				}
				<-open
				select {
				case f.freed <- struct{}{}:
				default:
				}
			})
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-f.freed:
		case <-ctx.Done():
			timer.Stop()
			return ended(ctx)
		}
		timer.Stop()
	}
}

// ended is nil when the time is over: the report tells who is lost.
func ended(ctx context.Context) error {
	if err := context.Cause(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// ask lets one phone fetch, and plans its next try. An error ends the fleet.
func (f *fleet) ask(ctx context.Context, d due) error {
	p, err := f.o.Phone(d.phone)
	if err != nil {
		return err
	}
	id, err := newIdentity(Options{MAC: p.MAC})
	if err != nil {
		return err
	}
	if d.url != "" {
		p.URL = d.url
	}
	d.boxed = p.URL == ""
	ctx = context.WithValue(ctx, phoneNumber{}, d.phone)
	tr := f.transport
	if f.o.Reuse {
		tr = f.transport.Clone()
		defer tr.CloseIdleConnections()
	}
	u, err := f.first(ctx, tr, id, &p)
	if err != nil {
		return err
	}
	if u == nil {
		f.settle(d, none, nil)
		return nil
	}
	d.url = p.URL
	outcome, asked := "", false
	var body []byte
	for range f.o.Fetches {
		if outcome, body = f.fetch(ctx, tr, id, u, p, &asked); outcome != served {
			break
		}
		u = f.follow(id, u, &p, learn(body))
	}
	if outcome == served && f.o.Served != nil {
		f.o.Served(d.phone, p)
	}
	f.settle(d, outcome, body)
	return nil
}

// first is where a phone asks first, which it takes up where the redirection service tells it; nil when that tells
// none. An error ends the fleet.
func (f *fleet) first(ctx context.Context, tr *http.Transport, id identity, p *FleetPhone) (u *url.URL, err error) {
	if p.URL == "" {
		if p.URL, err = f.redirect(ctx, tr, id); err != nil || p.URL == "" {
			return nil, err
		}
	}
	return f.target(id, p.URL)
}

// follow takes up what a phone has learnt, and returns where it asks next: as before where the fleet may not ask there.
func (f *fleet) follow(id identity, u *url.URL, p *FleetPhone, learnt FleetPhone) *url.URL {
	if learnt.Password != "" {
		p.User, p.Password = learnt.User, learnt.Password
	}
	next, err := parseHTTP(id.expand(learnt.URL))
	if err != nil || !f.allowed(next) {
		return u
	}
	p.URL = learnt.URL
	return next
}

func (f *fleet) allowed(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() || slices.Contains(f.o.Hosts, u.Hostname())
}

// What comes of a fetch.
const (
	served = "served"
	held   = "held"
	wrong  = "wrong"
	none   = "none"
)

// fetch makes one request, with the password where it is asked for or was before, and returns the file of a phone that is
// served. That a phone says its password unasked once it was asked is assumed.
func (f *fleet) fetch(ctx context.Context, tr *http.Transport, id identity, u *url.URL, p FleetPhone, asked *bool) (string, []byte) {
	ctx, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	phone, says := &Phone{id: id, transport: tr, flash: newFlash()}, FleetPhone{}
	if *asked {
		says = p
	}
	resp, err := f.send(ctx, phone, u, says)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && p.Password != "" && !*asked {
		resp.Body.Close()
		*asked = true
		resp, err = f.send(ctx, phone, u, p)
	}
	if err != nil {
		return none, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, settingsxml.MaxSize+1))
	switch {
	case err != nil || resp.StatusCode != http.StatusOK:
		return none, nil
	default:
		return judge(body, id), body
	}
}

func (f *fleet) send(ctx context.Context, phone *Phone, u *url.URL, p FleetPhone) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", phone.id.userAgent())
	if p.Password != "" {
		req.SetBasicAuth(p.User, p.Password)
	}
	began, status := time.Now(), 0
	resp, err := phone.transport.RoundTrip(req)
	if err == nil {
		status = resp.StatusCode
	}
	if i, known := ctx.Value(phoneNumber{}).(int); known && f.o.Answered != nil {
		f.o.Answered(i, status, time.Since(began))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report.Requests++
	if err != nil {
		f.report.Answers[none]++
		return nil, err
	}
	f.report.Answers[strconv.Itoa(resp.StatusCode)]++
	return resp, nil
}

// judge says what a file is to the phone that got it. One that names no setting server holds it: the phone keeps what it
// has and asks again.
func judge(body []byte, id identity) string {
	file, err := settingsxml.Parse(body)
	if err != nil || len(file.Document.Settings) == 0 {
		return wrong
	}
	result := held
	for _, s := range file.Document.Settings {
		if s.Name != settingsxml.SettingServer {
			continue
		}
		last := s.Value[strings.LastIndexByte(s.Value, '/')+1:]
		if mac, err := parseMAC(id.expand(last)); err == nil && mac != id.mac {
			return wrong
		}
		result = served
	}
	return result
}

// settle counts what came of a phone, or plans its next try.
func (f *fleet) settle(d due, outcome string, body []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Since(f.began)
	next := due{start: d.start, phone: d.phone, try: d.try + 1, url: d.url}
	if d.polls > 0 { // it was counted as held, and goes on to ask
		f.report.Held--
		if outcome == none {
			outcome = held
		}
	}
	switch outcome {
	case served:
		f.report.Served++
		f.took = append(f.took, now-d.start)
		f.report.Last = max(f.report.Last, now.Milliseconds())
	case held:
		f.report.Held++
		if d.polls < f.o.Polls {
			next.every = cmp.Or(period(body), d.every, time.Minute)
			next.at, next.try, next.polls = now+next.every, d.try, d.polls+1
			heap.Push(&f.due, next)
		}
	case wrong:
		f.report.Wrong++
	default:
		if after, again := f.o.Again(d.phone, d.try+1); again && !d.boxed {
			if d.try == 0 {
				f.report.Retried++
			}
			next.at = now + after
			heap.Push(&f.due, next)
		}
	}
}

func (f *fleet) percentiles() {
	slices.Sort(f.took)
	at := func(share float64) int64 {
		if len(f.took) == 0 {
			return 0
		}
		return f.took[min(int(share*float64(len(f.took))), len(f.took)-1)].Milliseconds()
	}
	f.report.P50, f.report.P95, f.report.P99, f.report.Max = at(.5), at(.95), at(.99), at(1)
}
