package provision

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"zerotouch.example/internal/ztp"
)

const (
	// fetchesKept is how many fetches are noted between two writes; a power cut of
	// hundreds of thousands of phones is written down as far as that goes. refusedKept is
	// how many phones and reasons of refusals are, which a scan fills at once.
	fetchesKept = 20_000
	refusedKept = 1_000
)

// fetches are what is to be written into the log of fetches. A crash loses those since the
// last write.
type fetches struct {
	mu       sync.Mutex
	answered []ztp.Fetch
	refused  map[refused]ztp.Fetch
	// phones tells of each phone what of it is in answered: one that asks all day takes no
	// place from others.
	phones map[place]*noted
	// lost is how many found no place.
	lost int
}

type refused struct {
	mac ztp.MAC
	why string
}

// noted is what is noted of one phone: how many, and where the last one of each kind is.
type noted struct {
	n    int
	last map[came]int
}

type came struct {
	result ztp.FetchResult
	reason string
}

func newFetches() *fetches {
	n := &fetches{}
	n.begin(0)
	return n
}

// begin empties the notes, with room for as many answers as there may come.
func (n *fetches) begin(room int) {
	n.answered, n.refused = make([]ztp.Fetch, 0, room), map[refused]ztp.Fetch{}
	n.phones, n.lost = make(map[place]*noted, room), 0
}

// note keeps one until it is written.
func (n *fetches) note(f ztp.Fetch) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch k := (refused{f.MAC, f.Reason}); {
	case f.Result == ztp.FetchRefused:
		before, known := n.refused[k]
		if !known && len(n.refused) >= refusedKept {
			n.lost++
			return
		}
		if known {
			f = both(before, f)
		}
		n.refused[k] = f
	default:
		n.noteAnswered(f)
	}
}

// noteAnswered keeps as many of a phone as the log has of it; further ones take the place of
// the last that came to the same, and are counted there.
func (n *fetches) noteAnswered(f ztp.Fetch) {
	phone := n.phones[place{f.Platform, f.MAC}]
	if phone == nil {
		phone = &noted{last: map[came]int{}}
	}
	k := came{f.Result, f.Reason}
	at, again := phone.last[k]
	switch {
	case again && phone.n >= ztp.MaxFetches:
		n.answered[at] = both(n.answered[at], f)
	case len(n.answered) >= fetchesKept:
		n.lost++
	default:
		phone.last[k] = len(n.answered)
		phone.n++
		n.answered, n.phones[place{f.Platform, f.MAC}] = append(n.answered, f), phone
	}
}

// both are two that came to the same, counted with the later one. What is noted again since
// it could not be written is the earlier one.
func both(a, b ztp.Fetch) ztp.Fetch {
	if a.At.After(b.At) {
		a, b = b, a
	}
	b.FirstAt, b.Times = a.FirstAt, a.Times+b.Times
	return b
}

// take empties the notes.
func (n *fetches) take() (all []ztp.Fetch, lost int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	all, lost = n.answered, n.lost
	for _, f := range n.refused {
		all = append(all, f)
	}
	n.begin(len(all))
	return all, lost
}

// writeFetches writes down what was asked for. After an error all of it is noted still, as
// far as there is place.
func (h *Handler) writeFetches(ctx context.Context) error {
	all, lost := h.s.fetches.take()
	if lost > 0 {
		h.s.cfg.Log.Warn("more fetches than the log takes", "left_out", lost)
	}
	err := h.s.cfg.Store.NoteFetches(ctx, all)
	if err != nil {
		for _, f := range all {
			h.s.fetches.note(f)
		}
	}
	return err
}

// saw notes what a request came to. Nothing is asked and nothing is written for it here. Of
// nobody's phone there is no log: a scan would leave no place for others.
func (s *server) saw(c *caller, f ztp.Fetch) {
	if c.nobody {
		return
	}
	f.MAC, f.At, f.Times, f.Address, f.Agent = c.at.mac, s.now(), 1, c.from, c.agent
	f.FirstAt = f.At
	if f.Result != ztp.FetchRefused {
		if f.Platform = c.endpoint.Platform; f.Platform == "" {
			f.Platform = c.seenOn
		}
		if f.Platform == "" {
			return // there was trouble before it was known whose it is
		}
	}
	s.fetches.note(f)
}

// sent is what came of a file.
func sent(verdict ztp.Verdict, r *http.Request, status int, f file) ztp.Fetch {
	seen := ztp.Fetch{Result: ztp.FetchSettings, Reason: string(verdict.Waiting)}
	switch {
	case verdict.Answer == ztp.AnswerHolding:
		seen.Result = ztp.FetchHolding
	case verdict.Answer == ztp.AnswerURL:
		seen.Result = ztp.FetchURL
	case status == http.StatusNotModified: // the others have not got their settings by it
		seen.Result, seen.Reason = ztp.FetchUnchanged, ""
	}
	if status == http.StatusOK && r.Method == http.MethodGet {
		seen.Bytes = len(f.text)
	}
	return seen
}

// refusal names why somebody gets the 404.
func refusal(err errNotHere) ztp.Fetch {
	why, known := refusals[err]
	switch {
	case known:
	case strings.HasPrefix(string(err), string(errOtherFormat)):
		why = ztp.RefusedFormat
	default:
		why = ztp.RefusedOther
	}
	return ztp.Fetch{Result: ztp.FetchRefused, Reason: string(why)}
}

// The reasons that the log of fetches tells apart.
const (
	errUnknownToken = errNotHere("unknown token")
	errOtherAccount = errNotHere("MAC of another account")
	errNoDevice     = errNotHere("address without the phone's own token")
	errWrongDevice  = errNotHere("wrong token of the phone")
	errNoFormat     = errNotHere("no settings for phones of this vendor")
	errOtherFormat  = errNotHere("the model reads another format: ")
)

var refusals = map[errNotHere]ztp.Refusal{
	errUnknownToken: ztp.RefusedToken, errOtherAccount: ztp.RefusedAccount, errNoDevice: ztp.RefusedNoDevice, errWrongDevice: ztp.RefusedDevice,
	errNoFormat: ztp.RefusedFormat,
}
