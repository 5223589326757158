package demo

import (
	"context"
	"net/url"
	"strings"
	"sync"

	"zerotouch.example/internal/sipsim"
)

// voice is the voice service of the demo: a SIP proxy at which every phone on the desk
// that has a line counts as registered, and which hands it the word to look again.
type voice struct {
	sip  sipsim.Server
	at   string
	ctx  context.Context
	stop context.CancelFunc
	busy sync.WaitGroup

	mu   sync.Mutex
	desk *desk // nil before there is one
}

// openVoice listens on this machine.
func openVoice(ctx context.Context) (*voice, error) {
	v := &voice{}
	v.ctx, v.stop = context.WithCancel(context.WithoutCancel(ctx))
	v.sip.Phone = v.hand
	var err error
	v.at, err = v.sip.Listen("udp", "127.0.0.1:0", nil)
	return v, err
}

// close waits for phones that are looking.
func (v *voice) close() error {
	v.stop()
	v.sip.Close()
	v.busy.Wait()
	return nil
}

func (v *voice) serveDesk(d *desk) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.desk = d
}

// hand gives a NOTIFY to the phone that it is for: the phone answers, and looks then.
func (v *voice) hand(r sipsim.Request) int {
	v.mu.Lock()
	d := v.desk
	v.mu.Unlock()
	user, _, _ := strings.Cut(strings.TrimPrefix(r.URI, "sip:"), "@")
	user, err := url.PathUnescape(user)
	if err != nil || d == nil {
		return 404
	}
	p := d.lineOf(user)
	switch {
	case p == nil:
		return 404
	case !strings.HasPrefix(r.Header.Get("Event"), "check-sync"):
		return 489
	}
	v.busy.Go(func() { d.look(v.ctx, p, strings.Contains(r.Header.Get("Event"), "reboot=true")) })
	return 200
}

// lineOf is the phone on the desk with a line of that user.
func (d *desk) lineOf(user string) *pluggedIn {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.phones {
		for _, s := range p.phone.State().Settings {
			if s.Name == "user_name" && s.Value == user {
				return p
			}
		}
	}
	return nil
}

// look lets a phone look for its settings, or start, and keeps what came of it.
func (d *desk) look(ctx context.Context, p *pluggedIn, reboot bool) {
	do := p.phone.Resync
	if reboot {
		do = p.phone.Boot
	}
	trace, err := do(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	p.last, p.trouble = trace.Steps, ""
	if err != nil {
		p.trouble = err.Error()
	}
}
