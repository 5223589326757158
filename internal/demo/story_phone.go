package demo

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

func (s *story) register(ctx context.Context) (string, error) {
	a, err := s.client.PutEndpoint(ctx, brightwater, phoneMAC, api.PutEndpoint{Account: account})
	if _, err = s.finish(ctx, a, err); err != nil {
		return "", err
	}
	var f findings
	e, err := s.redirected(ctx, &f)
	if err != nil {
		return "", err
	}
	if s.phone, err = s.newPhone(phoneMAC, "D785"); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s belongs to %s and is registered; Snom redirects it to its own provisioning URL", e.MAC, e.Account), f.err()
}

// redirected checks at Snom and here that brightwater's phone is sent to us.
func (s *story) redirected(ctx context.Context, f *findings) (api.Endpoint, error) {
	e, err := s.client.Endpoint(ctx, brightwater, phoneMAC)
	if err != nil {
		return e, err
	}
	link, err := s.client.Link(ctx, brightwater, vendor)
	if err != nil {
		return e, err
	}
	f.expect(e.State == "listed" && !e.Paused, "the phone is %s, not listed", e.State)
	f.expect(link.Endpoints == api.EndpointCounts{Listed: 1}, "the link counts %+v", link.Endpoints)
	at := s.sim.Endpoints(s.company)
	f.expect(len(at) == 1 && at[0].MAC == phoneMAC && at[0].Enabled, "Snom does not have exactly this phone, enabled, in the company")
	if len(at) == 1 && s.ownURL == "" && withoutOwnToken(at[0].Redirect) == s.redirect {
		s.ownURL = at[0].Redirect
	}
	f.expect(len(at) == 1 && at[0].Redirect == s.ownURL, "Snom redirects it somewhere else")
	return e, nil
}

// ownToken is the part of a phone's URL that nobody can guess.
var ownToken = regexp.MustCompile(`/([a-z2-7]{32})/\{mac\}$`)

// withoutOwnToken is the URL of a phone with the account's token alone, "" when it has
// none of its own.
func withoutOwnToken(url string) string {
	if !ownToken.MatchString(url) {
		return ""
	}
	return ownToken.ReplaceAllString(url, "/{mac}")
}

// settled is the URL at the vendor of the one that a phone with its settings has.
func settled(url string) string { return strings.Replace(url, "/s/{mac}", "/{mac}", 1) }

// home boots the phone from the state it is in and expects it to find us by way
// of Snom.
func (s *story) home(ctx context.Context) (string, error) {
	_, before := s.asked()
	trace, err := s.boot(ctx)
	if err != nil {
		return "", err
	}
	_, after := s.asked()
	var f findings
	f.expect(trace.Source == "redirection", "the phone was provisioned by %q, not by redirection", trace.Source)
	f.expect(after > before, "it never asked Snom")
	state := s.phone.State()
	f.expect(settled(state.SettingServer) == s.ownURL, "it remembers another setting server")
	e, err := s.client.Endpoint(ctx, brightwater, phoneMAC)
	if err != nil {
		return "", err
	}
	f.expect(e.FetchedAt != nil, "we do not know that it fetched its settings")
	return "asked Snom, was redirected, got its settings from us and remembers us", f.err()
}

func (s *story) firstBoot(ctx context.Context) (string, error) { return s.home(ctx) }

func (s *story) resetBoot(ctx context.Context) (string, error) {
	if err := s.phone.FactoryReset(); err != nil {
		return "", err
	}
	if !s.phone.State().Factory {
		return "", fmt.Errorf("the reset phone does not start at the redirection service")
	}
	return s.home(ctx)
}

// stillServed: what Disable did at Snom means nothing to a phone that knows us.
func (s *story) stillServed(ctx context.Context) (string, error) {
	_, before := s.asked()
	trace, err := s.boot(ctx)
	if err != nil {
		return "", err
	}
	_, after := s.asked()
	var f findings
	f.expect(trace.Source == "redirection", "the phone was provisioned by %q", trace.Source)
	f.expect(after == before, "it asked Snom")
	f.expect(settled(s.phone.State().SettingServer) == s.ownURL, "it forgot its setting server")
	return "served by us as before, Snom was not asked", f.err()
}

// fallsBack: after a reset Snom has nothing for a paused phone.
func (s *story) fallsBack(ctx context.Context) (string, error) {
	if err := s.phone.FactoryReset(); err != nil {
		return "", err
	}
	trace, err := s.boot(ctx)
	if err != nil {
		return "", err
	}
	var f findings
	f.expect(trace.Source == "pnp", "the phone was provisioned by %q, not by its own network (%s)", trace.Source, did(trace))
	f.expect(s.phone.State().Factory, "it remembers a setting server that it found locally")
	name, _ := s.phone.State().Value("phone_name", nil)
	f.expect(name == officeName, "its settings are not the office's")
	return "Snom has nothing for it, so it takes what its own network offers (PnP); it will ask Snom again", f.err()
}

func (s *story) redirectedAgain(ctx context.Context) (string, error) { return s.resetBoot(ctx) }

// onboardAgain takes up what Disable left.
func (s *story) onboardAgain(ctx context.Context) (string, error) {
	a, err := s.client.Onboard(ctx, brightwater, vendor)
	op, err := s.finish(ctx, a, err)
	if err != nil {
		return "", err
	}
	if err := s.quiet(ctx); err != nil {
		return "", err
	}
	link, err := s.client.Link(ctx, brightwater, vendor)
	if err != nil {
		return "", err
	}
	var f findings
	f.expect(strings.Contains(op.Outcome, "taken up again") && strings.Contains(op.Outcome, "1 paused phone is redirected again"), "the outcome reads %q", op.Outcome)
	company, err := s.owned(&f, link, s.redirect)
	if err != nil {
		return "", err
	}
	f.expect(company.ID == s.company, "it is another company than before")
	f.expect(len(s.children()) == 2, "Snom has %d companies below the reseller, not 2", len(s.children()))
	if _, err := s.redirected(ctx, &f); err != nil {
		return "", err
	}
	if err := s.others(ctx, &f); err != nil {
		return "", err
	}
	return "same company taken up, one new live key, the paused phone is redirected again", f.err()
}

// quiet waits until no operation of brightwater is open: phones may be resumed by
// one of their own.
func (s *story) quiet(ctx context.Context) error {
	for op, err := range s.client.Operations(ctx, api.OperationFilter{Platform: brightwater, Open: true}) {
		if err != nil {
			return err
		}
		if _, err := s.finish(ctx, api.Answer{Operation: &op}, nil); err != nil {
			return err
		}
	}
	return nil
}

// mine are the keys of a company that carry our label.
func mine(keys []srapssim.Key) (n int) {
	for _, k := range keys {
		if len(k.Name) > 3 && k.Name[:3] == "zt:" {
			n++
		}
	}
	return n
}
