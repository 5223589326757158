package demo

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// start looks whether the server is up, and whether it began quietly.
func (s *story) start(ctx context.Context) (string, error) {
	var f findings
	for _, path := range []string{"/healthz", "/readyz"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.at.Ops+path, nil)
		if err != nil {
			return "", err
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return "", err
		}
		f.expect(res.StatusCode == http.StatusOK, "%s answers %d", path, res.StatusCode)
		if err := res.Body.Close(); err != nil {
			return "", err
		}
	}
	health, err := s.client.Health(ctx)
	if err != nil {
		return "", err
	}
	calls, _ := s.asked()
	f.expect(health.Installation == Installation, "the installation is %q", health.Installation)
	f.expect(health.ProvisioningURLCheck == "on", "provisioning URLs are not proven before they are sent")
	f.expect(calls == 0, "%d calls to Snom before anybody asked", calls)
	return fmt.Sprintf("installation %s answers at %s, no call to Snom yet", health.Installation, s.at.Admin), f.err()
}

func (s *story) twoPlatforms(ctx context.Context) (string, error) {
	if _, err := s.client.CreatePlatform(ctx, api.NewPlatform{Slug: brightwater, Name: "Brightwater Voice"}); err != nil {
		return "", err
	}
	if _, err := s.client.CreatePlatform(ctx, api.NewPlatform{Slug: kestrel, Name: "Kestrel Telecom"}); err != nil {
		return "", err
	}
	a, err := s.client.CreateAccount(ctx, brightwater, api.NewAccount{Slug: account, Name: "Harbour Clinic"})
	if err != nil {
		return "", err
	}
	s.redirect = s.at.Phone + "/p/" + a.Token.Reveal() + "/{mac}"
	var f findings
	f.expect(a.HasToken && a.Token != "", "the account got no provisioning token")
	f.expect(a.Primary, "the first account with a token is not the primary one")
	return "Brightwater Voice with the account Harbour Clinic, Kestrel Telecom without one", f.err()
}

// refused presses Onboard and expects a refusal before anything was sent: nothing
// at Snom, no operation, and the error kept on the row.
func (s *story) refused(ctx context.Context, platform string, code ztp.Code) (string, error) {
	var f findings
	before, _ := s.asked()
	_, err := s.client.Onboard(ctx, platform, vendor)
	var said *api.Error
	if !errors.As(err, &said) {
		return "", fmt.Errorf("onboard was not refused (%w)", orAnswered(err))
	}
	want := ztp.Lookup(code)
	f.expect(said.Code == string(code), "the code is %s, not %s", said.Code, code)
	f.expect(said.Title == want.Title, "the title is %q", said.Title)
	f.expect(said.Status == want.Status, "the status is %d", said.Status)
	link, err := s.client.Link(ctx, platform, vendor)
	if err != nil {
		return "", err
	}
	f.expect(link.State == api.LinkNotConfigured, "the link is %s", link.State)
	f.expect(link.Error != nil && link.Error.Code == string(code), "the row does not keep the error")
	for op, err := range s.client.Operations(ctx, api.OperationFilter{Platform: platform}) {
		if err != nil {
			return "", err
		}
		f.expect(false, "an operation was made: %s", op.Kind)
	}
	after, _ := s.asked()
	f.expect(after == before, "%d calls were made to Snom", after-before)
	return fmt.Sprintf("%d %q; nothing sent, nothing changed", said.Status, said.Title), f.err()
}

func orAnswered(err error) error {
	if err == nil {
		return errors.New("it was accepted")
	}
	return err
}

func (s *story) credentialMissing(ctx context.Context) (string, error) {
	return s.refused(ctx, brightwater, ztp.CodeResellerCredentialsMissing)
}

func (s *story) credentialSeeded(ctx context.Context) (string, error) {
	if err := s.seed(ctx); err != nil {
		return "", err
	}
	health, err := s.client.Health(ctx)
	if err != nil {
		return "", err
	}
	var f findings
	for _, v := range health.Vendors {
		if v.Name == vendor {
			f.expect(v.Reseller == nil, "Health still says that something is wrong with the credential")
			f.expect(v.ResellerKeyID == s.reseller.ID, "Health names another key")
		}
	}
	return "the same server sees it at once", f.err()
}

func (s *story) onboard(ctx context.Context) (string, error) {
	a, err := s.client.Onboard(ctx, brightwater, vendor)
	if _, err = s.finish(ctx, a, err); err != nil {
		return "", err
	}
	link, err := s.client.Link(ctx, brightwater, vendor)
	if err != nil {
		return "", err
	}
	var f findings
	company, err := s.owned(&f, link, s.redirect)
	if err != nil {
		return "", err
	}
	f.expect(len(s.children()) == 1, "Snom has %d companies below the reseller, not 1", len(s.children()))
	if err := f.err(); err != nil {
		return "", err
	}
	s.company, s.key = company.ID, company.Keys[0].ID
	return fmt.Sprintf("Configured, company %s, set at %s by %s; one company, one live key, one profile at Snom",
		link.CompanyID, at(link.Credential.SetAt), link.Credential.SetBy), nil
}

func (s *story) alreadyOnboarded(ctx context.Context) (string, error) {
	var f findings
	before, err := s.client.Link(ctx, brightwater, vendor)
	if err != nil {
		return "", err
	}
	callsBefore, _ := s.asked()
	a, err := s.client.Onboard(ctx, brightwater, vendor)
	if err != nil {
		return "", err
	}
	callsAfter, _ := s.asked()
	f.expect(a.AlreadyOnboarded && a.Operation == nil, "the answer is not Already onboarded")
	f.expect(a.Link != nil && a.Link.CompanyID == before.CompanyID, "the answer names another company")
	f.expect(a.Link != nil && a.Link.Credential != nil && a.Link.Credential.SetAt.Equal(before.Credential.SetAt), "the last-set time moved")
	f.expect(callsAfter == callsBefore, "%d calls were made to Snom", callsAfter-callsBefore)
	f.expect(len(s.children()) == 1, "Snom has %d companies now", len(s.children()))
	return fmt.Sprintf("Already onboarded, same company, same time; Snom counts %d calls before and after", callsAfter), f.err()
}

func (s *story) tokenMissing(ctx context.Context) (string, error) {
	return s.refused(ctx, kestrel, ztp.CodeProvisioningTokenMissing)
}

func (s *story) tokenIssued(ctx context.Context) (string, error) {
	account, err := s.client.CreateAccount(ctx, kestrel, api.NewAccount{Name: "Kestrel Head Office"})
	if err != nil {
		return "", err
	}
	a, err := s.client.Onboard(ctx, kestrel, vendor)
	if _, err = s.finish(ctx, a, err); err != nil {
		return "", err
	}
	link, err := s.client.Link(ctx, kestrel, vendor)
	if err != nil {
		return "", err
	}
	var f findings
	if _, err := s.owned(&f, link, s.at.Phone+"/p/"+account.Token.Reveal()+"/{mac}"); err != nil {
		return "", err
	}
	f.expect(link.CompanyID != s.company, "both platforms have the same company")
	f.expect(len(s.children()) == 2, "Snom has %d companies below the reseller, not 2", len(s.children()))
	if s.other, err = s.otherPlatform(ctx); err != nil {
		return "", err
	}
	return "Configured, company " + link.CompanyID, f.err()
}
