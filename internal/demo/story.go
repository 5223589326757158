package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// The people of the story: brightwater has an account from the start, kestrel has
// none. The phone belongs to brightwater.
const (
	brightwater = "brightwater"
	kestrel     = "kestrel"
	account     = "harbour-clinic"
	phoneMAC    = "000413A11FA7"
)

// story is a stage with what has happened on it so far.
type story struct {
	*stage
	phone *phonesim.Phone
	// redirect is where brightwater's profile leads, token included, and ownURL where
	// its phone is sent, with the phone's own token in it.
	redirect, ownURL string
	// company and key are what brightwater has at Snom, other is what kestrel has,
	// as it stood when it was last meant to change.
	company, key string
	other        []byte
	// traced is what the phone did in this step.
	traced []phonesim.Step
}

func newStory(s *stage) *story { return &story{stage: s} }

// steps is the story.
var steps = []step{
	{"Start", (*story).start},
	{"Two platforms", (*story).twoPlatforms},
	{"Onboard without a reseller credential", (*story).credentialMissing},
	{"Seed the reseller credential, no restart", (*story).credentialSeeded},
	{"Onboard", (*story).onboard},
	{"Onboard again", (*story).alreadyOnboarded},
	{"Onboard a platform without an account", (*story).tokenMissing},
	{"Create its first account, then Onboard, no restart", (*story).tokenIssued},
	{"Register a phone", (*story).register},
	{"First boot", (*story).firstBoot},
	{"Rotate", (*story).rotate},
	{"Factory reset and boot", (*story).resetBoot},
	{"Disable", (*story).disable},
	{"The phone in service restarts", (*story).stillServed},
	{"Factory reset while disabled", (*story).fallsBack},
	{"Onboard once more", (*story).onboardAgain},
	{"Factory reset, redirected again", (*story).redirectedAgain},
	{"Audit log", (*story).audit},
	{"No secret in what was written", (*story).secrets},
}

// children are the companies that Snom has below the reseller's.
func (s *story) children() []srapssim.Company {
	return s.sim.Companies(s.sim.Resellers()[0].CompanyID)
}

// child returns one of them.
func (s *story) child(id string) (srapssim.Company, error) {
	for _, c := range s.children() {
		if c.ID == id {
			return c, nil
		}
	}
	return srapssim.Company{}, fmt.Errorf("snom has no company %q", id)
}

// asked counts the calls that reached Snom's API, phones told apart from servers.
func (s *story) asked() (byServers, byPhones int) {
	for _, c := range s.sim.Calls() {
		if c.Resource == srapssim.ResourcePhone {
			byPhones++
		} else {
			byServers++
		}
	}
	return byServers, byPhones
}

// finish follows an operation to its end; any end but done is an error.
func (s *story) finish(ctx context.Context, a api.Answer, err error) (api.Operation, error) {
	if err != nil {
		return api.Operation{}, err
	}
	if a.Operation == nil {
		return api.Operation{}, errors.New("the API answered that there is nothing to do")
	}
	op := *a.Operation
	for !op.Final() {
		if op, err = s.client.WaitOperation(ctx, op.ID, stepTimeout/6); err != nil {
			return op, err
		}
	}
	if op.State == api.OperationDone {
		return op, nil
	}
	if op.Error != nil {
		return op, fmt.Errorf("the operation ended as %s: %w", op.State, &api.Error{Problem: *op.Error})
	}
	return op, fmt.Errorf("the operation ended as %s", op.State)
}

// boot lets the phone start and keeps what it did for showing.
func (s *story) boot(ctx context.Context) (phonesim.Trace, error) {
	t, err := s.phone.Boot(ctx)
	s.traced = t.Steps
	return t, err
}

// did lists steps of a trace as name=result.
func did(t phonesim.Trace) string {
	var words []string
	for _, st := range t.Steps {
		words = append(words, st.Step+"="+string(st.Result))
	}
	return strings.Join(words, " ")
}

// others checks that nothing of the other platform moved, at Snom and here.
func (s *story) others(ctx context.Context, f *findings) error {
	now, err := s.otherPlatform(ctx)
	if err != nil {
		return err
	}
	f.expect(bytes.Equal(s.other, now), "the other platform is not byte for byte as it was")
	return nil
}

// otherPlatform is everything that Snom and the API know of kestrel.
func (s *story) otherPlatform(ctx context.Context) ([]byte, error) {
	link, err := s.client.Link(ctx, kestrel, vendor)
	if err != nil {
		return nil, err
	}
	company, err := s.child(link.CompanyID)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Link    api.Link
		Company srapssim.Company
	}{link, company})
}

// owned checks what is promised of a platform that is onboarded: the company is
// Snom's, holds exactly one key, ours and live, and a profile that leads here.
func (s *story) owned(f *findings, link api.Link, redirect string) (srapssim.Company, error) {
	f.expect(link.State == api.LinkConfigured, "the link is %s, not configured", link.State)
	f.expect(link.Error == nil, "the link still shows an error")
	f.expect(link.Credential != nil && !link.Credential.SetAt.IsZero(), "the link does not say when the credential was set")
	company, err := s.child(link.CompanyID)
	if err != nil {
		return company, err
	}
	f.expect(len(company.Keys) == 1, "Snom has %d keys of the company, not 1", len(company.Keys))
	f.expect(len(company.Keys) == 0 || !company.Keys[0].Disabled, "the key is not live")
	f.expect(slices.ContainsFunc(company.Profiles, func(p srapssim.Profile) bool {
		return p.Enabled && p.Settings[srapssim.DeskSettingServerID].Value == redirect
	}), "no enabled profile of the company leads to the provisioning URL")
	return company, nil
}

// at writes a time as the story shows it.
func at(t time.Time) string { return t.UTC().Format("15:04:05 UTC") }
