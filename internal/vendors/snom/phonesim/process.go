package phonesim

import (
	"context"
	"fmt"
	"strings"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

const (
	// factoryOrder is the provisioning order ex works (wiki, provisioning_order).
	factoryOrder = "redirection:stop pnp:stop dhcp:stop tr69:stop"

	// maxRequests and maxRestarts end a boot that servers keep going in circles (assumed).
	maxRequests = 50
	maxRestarts = 3
)

// source is one entry of the provisioning order.
type source struct {
	name string
	stop bool // end here after success; else go on regardless
}

// parseOrder reads a provisioning order such as "redirection:stop dhcp:proceed".
func parseOrder(s string) ([]source, bool) {
	var order []source
	for _, word := range strings.Fields(s) {
		name, mode, _ := strings.Cut(word, ":")
		if name == "" || mode != "stop" && mode != "proceed" {
			return nil, false
		}
		order = append(order, source{name, mode == "stop"})
	}
	return order, len(order) > 0
}

// settingServer is where the phone asks: the stored value, else the one ex works. Callers hold mu.
func (p *Phone) settingServer() string {
	if v, ok := p.flash.get(settingsxml.SettingServer); ok {
		return v
	}
	return p.factory
}

// isFactory reports whether a setting server is the redirection service, however it got there.
func (p *Phone) isFactory(server string) bool { return sameServer(server, p.factory) }

// provision is one boot or resync from start to end.
func (p *Phone) provision(ctx context.Context, kind string) (Trace, error) {
	select {
	case p.busy <- struct{}{}:
		defer func() { <-p.busy }()
	case <-ctx.Done():
		return Trace{}, ctx.Err()
	}
	if p.ownTLS != nil {
		defer p.ownTLS.CloseIdleConnections()
	}
	if kind == stepBoot {
		p.mu.Lock()
		p.flash.dropVolatile()
		p.flash.boots++
		p.mu.Unlock()
	}
	r := &run{phone: p}
	err := r.process(ctx)
	if err != nil {
		return r.trace, err
	}
	p.mu.Lock()
	p.flash.lastBoot, p.flash.lastSource = p.now(), r.trace.Source
	p.mu.Unlock()
	if r.trace.Source == "" {
		r.emit(Step{Step: kind, Result: Failed, Detail: "not provisioned (" + r.trace.cause() + "); the next boot tries again"})
	} else {
		r.emit(Step{Step: kind, Result: OK, Detail: r.provisioned()})
	}
	return r.trace, p.save()
}

// provisioned says by what the phone was provisioned, and whether that was to wait.
func (r *run) provisioned() string {
	if wait := r.phone.State().Waits(); wait > 0 {
		return "waits with holding settings by " + r.trace.Source + ", and would ask again after " + wait.String()
	}
	return "provisioned by " + r.trace.Source
}

// run is the state of one boot: nothing in it survives.
type run struct {
	phone    *Phone
	trace    Trace
	requests int
	restart  bool // provisioning_order was changed by the last answer, setting_server was not
}

func (r *run) emit(s Step) {
	r.trace.Steps = append(r.trace.Steps, s)
	if r.phone.onStep != nil {
		r.phone.onStep(s)
	}
}

// process works through the provisioning order. A changed order starts it over at once, unless the setting server
// changed with it (wiki).
func (r *run) process(ctx context.Context) error {
	for restarts := 0; ; restarts++ {
		if err := r.walk(ctx, restarts < maxRestarts); err != nil {
			return err
		}
		if !r.restart {
			return nil
		}
		r.emit(Step{Step: stepOrder, Result: OK, Detail: "provisioning_order changed: starting over"})
	}
}

// walk tries the sources in order until one that says stop is successful. It returns early with r.restart set.
func (r *run) walk(ctx context.Context, mayRestart bool) error {
	r.restart, r.trace.Source = false, ""
	for _, s := range r.order() {
		ok, err := r.try(ctx, s.name)
		if err != nil {
			return err
		}
		if ok && r.trace.Source == "" {
			r.trace.Source = s.name
		}
		if r.restart && mayRestart {
			return nil
		}
		r.restart = false
		if ok && s.stop {
			return nil
		}
	}
	return nil
}

// order is the stored provisioning order; one that cannot be read counts as the one ex works (assumed).
func (r *run) order() []source {
	r.phone.mu.Lock()
	stored, ok := r.phone.flash.get(settingOrder)
	r.phone.mu.Unlock()
	if ok {
		if order, ok := parseOrder(stored); ok {
			return order
		}
		r.emit(Step{Step: stepOrder, Result: Failed, Detail: "provisioning_order is not readable: using the one ex works"})
	}
	order, _ := parseOrder(factoryOrder)
	return order
}

// try asks one source and reports whether it was successful. Errors end the boot.
func (r *run) try(ctx context.Context, name string) (bool, error) {
	switch name {
	case stepRedirection:
		return r.redirection(ctx)
	case stepPnP:
		return r.local(ctx, name, r.phone.pnp)
	case stepDHCP:
		return r.local(ctx, name, r.phone.dhcp)
	case stepTR69:
		r.emit(Step{Step: name, Result: Nothing, Detail: "no server is set up"})
	default:
		// Sister models know more sources, such as dhcp114.
		r.emit(Step{Step: oneLine(name), Result: Nothing, Detail: "not known to this phone"})
	}
	return false, nil
}

// redirection asks the setting server and follows it from server to server. It is successful only when a setting
// server other than the redirection service answered (wiki). The setting server is stored the moment it is
// received, so a phone whose new server was down asks that one at its next boot, and the redirection service again
// only after a factory reset (wiki).
func (r *run) redirection(ctx context.Context) (bool, error) {
	var asked []string
	for {
		server := r.server()
		home := r.phone.isFactory(server)
		step := stepSettingServer
		if home {
			step = stepRedirection
		}
		if server == "" {
			r.emit(Step{Step: step, Result: Nothing, Detail: "setting_server is empty"})
			return false, nil
		}
		for _, before := range asked {
			if sameServer(before, server) {
				r.emit(r.step(step, server, Failed, "the setting servers point at each other"))
				return false, nil
			}
		}
		asked = append(asked, server)
		ok, err := r.ask(ctx, step, server)
		if err != nil || !ok {
			return false, err
		}
		if sameServer(r.server(), server) {
			return !home, nil
		}
	}
}

// local asks what the phone found on its network. The URL found is not stored as setting server, so the next boot
// asks the redirection service first again (wiki). Success is any settings file; a setting server in it is asked
// at once, without changing that (wiki).
func (r *run) local(ctx context.Context, name string, discover Discover) (bool, error) {
	address := ""
	if discover != nil {
		found, err := discover(ctx)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			r.emit(Step{Step: name, Result: Failed, Detail: brief(err)})
			return false, nil
		}
		address = strings.TrimSpace(found)
	}
	if address == "" {
		r.emit(Step{Step: name, Result: Nothing, Detail: "nobody answered"})
		return false, nil
	}
	before := r.server()
	ok, err := r.ask(ctx, name, address)
	if err != nil || !ok {
		return false, err
	}
	if after := r.server(); !sameServer(before, after) && !sameServer(after, address) {
		if _, err := r.redirection(ctx); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (r *run) server() string {
	r.phone.mu.Lock()
	defer r.phone.mu.Unlock()
	return r.phone.settingServer()
}

// ask makes the requests that belong to one configured URL, the general one first, so that what is said for this
// phone wins. One good file is enough. When nothing answers at all, the second request is left out (assumed).
func (r *run) ask(ctx context.Context, step, template string) (bool, error) {
	addresses, err := r.phone.id.requests(template)
	if err != nil {
		r.emit(r.step(step, template, Failed, err.Error()))
		return false, nil
	}
	serverBefore := r.server()
	orderBefore := r.storedOrder()
	good := false
	for _, u := range addresses {
		got := r.get(ctx, step, u, 0)
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if got.err != nil {
			return false, got.err
		}
		good = good || got.good
		if !got.answered {
			break
		}
	}
	if r.storedOrder() != orderBefore && sameServer(r.server(), serverBefore) {
		r.restart = true
	}
	return good, nil
}

func (r *run) storedOrder() string {
	r.phone.mu.Lock()
	defer r.phone.mu.Unlock()
	if v, ok := r.phone.flash.get(settingOrder); ok {
		return v
	}
	return factoryOrder
}

// step fills in an address in both forms.
func (r *run) step(name, address string, result Result, detail string) Step {
	return Step{Step: name, URL: r.phone.id.redact(address), Result: result, Detail: detail, raw: address}
}

// settingsText counts settings in words.
func settingsText(n int) string {
	if n == 1 {
		return "1 setting"
	}
	return fmt.Sprintf("%d settings", n)
}
