package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"zerotouch.example/api"
)

func (s *story) rotate(ctx context.Context) (string, error) {
	before, err := json.Marshal(s.sim.Endpoints(s.company))
	if err != nil {
		return "", err
	}
	profiles, err := json.Marshal(s.sim.Profiles(s.company))
	if err != nil {
		return "", err
	}
	was, err := s.client.Link(ctx, brightwater, vendor)
	if err != nil {
		return "", err
	}
	a, err := s.client.Rotate(ctx, brightwater, vendor, api.Rotate{})
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
	f.expect(link.CompanyID == s.company, "the company id changed")
	f.expect(len(company.Keys) == 0 || company.Keys[0].ID != s.key, "the old key is still in force")
	f.expect(link.Credential != nil && link.Credential.Number > was.Credential.Number && link.Credential.SetAt.After(was.Credential.SetAt),
		"the credential's number or time did not move")
	after, err := json.Marshal(company.Endpoints)
	if err != nil {
		return "", err
	}
	f.expect(bytes.Equal(before, after), "the registrations changed")
	after, err = json.Marshal(company.Profiles)
	if err != nil {
		return "", err
	}
	f.expect(bytes.Equal(profiles, after), "the profile changed")
	if err := s.others(ctx, &f); err != nil {
		return "", err
	}
	return fmt.Sprintf("company unchanged, key %d in force, the old one revoked, one live key; registrations byte for byte the same",
		link.Credential.Number), f.err()
}

func (s *story) disable(ctx context.Context) (string, error) {
	a, err := s.client.Disable(ctx, brightwater, vendor, api.Disable{})
	if _, err = s.finish(ctx, a, err); err != nil {
		return "", err
	}
	link, err := s.client.Link(ctx, brightwater, vendor)
	if err != nil {
		return "", err
	}
	company, err := s.child(s.company)
	if err != nil {
		return "", err
	}
	var f findings
	f.expect(link.State == api.LinkNotConfigured, "the link is %s", link.State)
	f.expect(link.DisabledAt != nil, "the row does not say since when")
	f.expect(link.CompanyID == s.company, "the company is forgotten")
	f.expect(link.Credential == nil, "there is a credential left here")
	f.expect(link.Endpoints == api.EndpointCounts{Paused: 1}, "the link counts %+v", link.Endpoints)
	f.expect(len(company.Keys) == 0, "Snom still has %d keys, %d of them ours", len(company.Keys), mine(company.Keys))
	f.expect(len(company.Endpoints) == 1 && !company.Endpoints[0].Enabled, "Snom does not have the phone paused")
	for _, p := range company.Profiles {
		f.expect(!p.Enabled, "the profile %s still redirects", p.Name)
	}
	if err := s.others(ctx, &f); err != nil {
		return "", err
	}
	return "Snom has no key of ours left, the phone is paused and stays ours; the other platform is byte for byte as it was", f.err()
}

// audit: everything that was done or refused stands in the log, with who asked.
func (s *story) audit(ctx context.Context) (string, error) {
	seen, count := map[string]int{}, 0
	for e, err := range s.client.Events(ctx, api.EventFilter{Vendor: vendor}) {
		if err != nil {
			return "", err
		}
		verb, _, _ := strings.Cut(e.Action, ".")
		seen[verb+" "+e.Outcome]++
		count++
	}
	var f findings
	for _, want := range []string{"onboard refused", "onboard ok", "rotate ok", "disable ok"} {
		f.expect(seen[want] > 0, "the audit log has no %q", want)
	}
	return fmt.Sprintf("%d rows about Snom, the refusals among them", count), f.err()
}

// secrets searches every file of the installation for every secret that Snom ever
// gave out and for those that we made.
func (s *story) secrets(context.Context) (string, error) {
	hidden := append(s.sim.Secrets(), s.token.RevealSecret(), s.password.RevealSecret(), accountToken(s.redirect))
	if own := ownToken.FindStringSubmatch(s.ownURL); own != nil {
		hidden = append(hidden, own[1])
	}
	var (
		f     findings
		files int
	)
	err := filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, secret := range hidden {
			f.expect(!bytes.Contains(text, []byte(secret)), "%s holds a secret in the open", d.Name())
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("searched %s for %d secrets, none found", plural(files, "file"), len(hidden)), f.err()
}

// accountToken is the part of a provisioning URL that nobody else may know.
func accountToken(redirect string) string {
	_, rest, _ := strings.Cut(redirect, "/p/")
	token, _, _ := strings.Cut(rest, "/")
	return token
}

// plural counts things in words.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
