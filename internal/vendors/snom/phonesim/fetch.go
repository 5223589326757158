package phonesim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

// maxIndexDepth is how deep an index may name another index (assumed).
const maxIndexDepth = 2

// outcome is what came of one request.
type outcome struct {
	answered bool  // the server answered, whatever it said
	good     bool  // a well-formed file came, and of an index every file
	err      error // the phone itself cannot go on
}

// get makes one request, takes over the settings in the answer and says so in the trace.
func (r *run) get(ctx context.Context, step string, u *url.URL, depth int) outcome {
	if r.requests++; r.requests > maxRequests {
		r.emit(r.step(step, u.String(), Failed, fmt.Sprintf("more than %d requests in one boot", maxRequests)))
		return outcome{}
	}
	body, status, err := r.phone.fetch(ctx, u)
	s := r.step(step, u.String(), Failed, "")
	s.Status = status
	var file settingsxml.File
	if err == nil {
		file, err = settingsxml.Parse(body)
	}
	if err != nil {
		s.Detail = brief(err)
		r.emit(s)
		return outcome{answered: status != 0}
	}
	if file.Index != nil {
		return r.follow(ctx, s, u, file.Index, depth)
	}
	if err := r.take(s, file.Document.Settings); err != nil {
		return outcome{answered: true, err: err}
	}
	return outcome{answered: true, good: true}
}

// take stores the settings of one file before anything else is asked: a phone that loses power now knows its new
// setting server at the next boot.
func (r *run) take(s Step, settings []settingsxml.Setting) error {
	p := r.phone
	before := r.server()
	p.mu.Lock()
	taken := p.flash.apply(settings)
	p.mu.Unlock()
	after := r.server()
	s.Result, s.Detail = OK, settingsText(taken)
	if left := len(settings) - taken; left > 0 {
		s.Detail += fmt.Sprintf(", %d left as they were", left)
	}
	switch {
	case !sameServer(before, after):
		s.Result = Redirected
		s.Detail += ", setting_server is now " + p.id.redact(after)
	case s.Step == stepRedirection && p.isFactory(after):
		s.Result = Nothing
		s.Detail += ", no other setting server"
	}
	r.emit(s)
	if len(settings) == 0 {
		return nil
	}
	return p.save()
}

// follow fetches the files of an index in order (wiki). The index is good when every file is (assumed).
func (r *run) follow(ctx context.Context, s Step, base *url.URL, index []string, depth int) outcome {
	if depth >= maxIndexDepth {
		s.Detail = "an index inside an index inside an index"
		r.emit(s)
		return outcome{answered: true}
	}
	s.Result, s.Detail = OK, fmt.Sprintf("index of %d", len(index))
	r.emit(s)
	all := outcome{answered: true, good: true}
	for _, address := range index {
		ref, err := base.Parse(r.phone.id.expand(address))
		if err == nil {
			ref, err = parseHTTP(ref.String())
		}
		if err != nil {
			r.emit(Step{Step: s.Step, Result: Failed, Detail: "the index has an address in it that is not a valid URL"})
			all.good = false
			continue
		}
		one := r.get(ctx, s.Step, ref, depth+1)
		all.good = all.good && one.good
		if one.err != nil || ctx.Err() != nil {
			return outcome{answered: true, err: one.err}
		}
	}
	return all
}

// fetch makes the HTTP request. Only 200 counts; a redirect is not followed (what phones do with one is not
// documented, so a server that relies on it must not look good here). Where the server asks for Basic credentials
// and earlier settings brought some, the request is repeated with them, never to the redirection service.
func (p *Phone) fetch(ctx context.Context, u *url.URL) (body []byte, status int, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout, errTimeout)
	defer cancel()
	resp, err := p.send(ctx, u, false)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && p.hasPassword(u, resp) {
		resp.Body.Close()
		resp, err = p.send(ctx, u, true)
	}
	if err != nil {
		return nil, 0, cause(ctx, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode, refusal(resp.StatusCode)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, settingsxml.MaxSize+1))
	if err != nil {
		return nil, resp.StatusCode, fmt.Errorf("the answer broke off: %w", cause(ctx, err))
	}
	return body, resp.StatusCode, nil
}

var errTimeout = errors.New("no answer in time")

// cause prefers "no answer in time" to the transport's way of saying it.
func cause(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errTimeout) {
		return errTimeout
	}
	return err
}

// send uses the transport directly: no redirects, no cookies, and no error text with the URL in it.
func (p *Phone) send(ctx context.Context, u *url.URL, withPassword bool) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, errors.New("not a valid URL")
	}
	req.Header.Set("User-Agent", p.id.userAgent())
	if withPassword {
		p.mu.Lock()
		user, _ := p.flash.get(settingHTTPUser)
		pass, _ := p.flash.get(settingHTTPPass)
		p.mu.Unlock()
		req.SetBasicAuth(user, pass)
	}
	return p.transport.RoundTrip(req)
}

// hasPassword reports whether a repeat with the stored http_client_user and http_client_pass makes sense (code).
func (p *Phone) hasPassword(u *url.URL, resp *http.Response) bool {
	scheme, _, _ := strings.Cut(resp.Header.Get("WWW-Authenticate"), " ")
	home, err := url.Parse(p.factory)
	p.mu.Lock()
	defer p.mu.Unlock()
	user, _ := p.flash.get(settingHTTPUser)
	return user != "" && strings.EqualFold(scheme, "Basic") && err == nil && !strings.EqualFold(home.Host, u.Host)
}

func refusal(status int) error {
	if status >= 300 && status < 400 {
		return errors.New("answered a redirect, which phones are not known to follow")
	}
	return fmt.Errorf("answered %s", strings.TrimSpace(fmt.Sprint(status, " ", http.StatusText(status))))
}
