package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// moreActions are those of TestKill and what else a person or a customer's system asks
// for, on a vendor whose state a test may change by hand.
func moreActions(sim *srapssim.Server, s *snom) map[string]action {
	more := maps.Clone(actions)
	more["Register"] = action{
		begin: onboarded,
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.PutEndpoint(ctx, slug, mac(slug, 2), api.PutEndpoint{Account: "main"}, opts...)
		},
		keys: 1, phones: oneMore,
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Endpoints: api.EndpointCounts{Listed: 3}},
	}
	more["Release"] = action{
		begin: onboarded,
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.ReleaseEndpoint(ctx, slug, mac(slug, 0), opts...)
		},
		keys: 1, phones: func(_ string, before, _ []srapssim.Endpoint) []srapssim.Endpoint { return before[1:] },
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Endpoints: api.EndpointCounts{Listed: 1}},
	}
	made := map[string]api.Connect{} // by platform: the key that a person made in the vendor's portal
	more["Connect"] = action{
		begin: func(t *testing.T, _ *installation, slug string) {
			t.Helper()
			id, secret := sim.AddKey(sim.AddCompany(sim.Resellers()[0].CompanyID, slug), "by hand", srapssim.DefaultRole)
			made[slug] = api.Connect{KeyID: id, KeySecret: api.Secret(secret)}
		},
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.Connect(ctx, slug, "snom", made[slug], opts...)
		},
		keys: 1, link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Connected: true},
	}
	more["Offboard"] = action{
		begin: onboarded,
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			o, err := c.Offboard(ctx, slug, api.Offboard{}, opts...)
			if err != nil {
				return api.Answer{}, err
			}
			op, err := c.Operation(ctx, o.Vendors[0].Operation)
			return api.Answer{Operation: &op}, err
		},
		keys: 0, leaves: true, link: api.Link{State: api.LinkNotConfigured},
	}
	more["Adopt"] = adopting(sim)
	more["Fix"] = fixing(sim, s)
	more["Rebuild"] = rebuilding(s)
	return more
}

// adopting takes up a company that a person made by hand, with a key and a phone in it,
// which stay as they are and are named.
func adopting(sim *srapssim.Server) action {
	made := map[string]string{} // companies by platform
	return action{
		begin: func(_ *testing.T, _ *installation, slug string) {
			made[slug] = sim.AddCompany(sim.Resellers()[0].CompanyID, slug)
			sim.AddKey(made[slug], "by hand", srapssim.DefaultRole)
			sim.PutEndpoint(made[slug], srapssim.Endpoint{MAC: mac(slug, 0), Name: "by hand", Enabled: true})
		},
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			return c.Adopt(ctx, slug, "snom", made[slug], opts...)
		},
		keys: 2, phones: asBefore, says: "foreign_key_found",
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}},
	}
}

// fixing puts right what a comparison has found: somebody has deleted the profile. What
// was changed a moment ago is not judged, so that many platforms are got ready at once.
func fixing(sim *srapssim.Server, s *snom) action {
	rows := map[string]string{} // of the report, by platform
	return action{
		begin: func(t *testing.T, in *installation, slug string) {
			t.Helper()
			if rows[slug] == "" {
				found(t, in, rows, spoilt(t, in, sim, s, slug))
			}
		},
		ask: func(ctx context.Context, c *api.Client, slug string, opts ...api.CallOption) (api.Answer, error) {
			a, err := c.ActOnRow(ctx, "snom", rows[slug], "fix", api.RowRequest{}, opts...)
			return api.Answer{Operation: a.Operation}, err
		},
		// What a check has found stands there until the next one.
		keys: 1, phones: inNewProfile, says: "vendor_rejected", again: wellAgain, makesPlatform: true,
		link: api.Link{State: api.LinkNeedsAttention, Credential: &api.Credential{}, Endpoints: api.EndpointCounts{Listed: 2}},
	}
}

// wellAgain has the platform checked, and wants nothing to be said any more.
func wellAgain(t *testing.T, in *installation, slug string) {
	t.Helper()
	a, err := in.client.Check(t.Context(), slug, "snom")
	in.done(t, a, err)
	if l, err := in.client.Link(t.Context(), slug, "snom"); err != nil || l.State != api.LinkConfigured || l.Error != nil {
		t.Errorf("%s is put right, and says: %+v, %+v, %v", slug, l, l.Error, err)
	}
}

// spoilt are the platform and those with the next numbers, and one more, the last, all
// without their profiles.
func spoilt(t *testing.T, in *installation, sim *srapssim.Server, s *snom, first string) (last string) {
	t.Helper()
	const many = 40
	name, number, _ := strings.Cut(first, "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	for i := range many + 1 {
		if last = fmt.Sprintf("%s-%d", name, n+i); i == many {
			last = "last-" + number
		}
		in.platform(t, last)
		onboarded(t, in, last)
		c := s.companies(t, last)[0]
		sim.DeleteProfile(c.ID, c.Profiles[0].ID)
	}
	return last
}

// found compares all as soon as the last one is judged, keeps which rows can be put
// right, and waits for the checks that this asks for.
func found(t *testing.T, in *installation, rows map[string]string, last string) {
	t.Helper()
	every(t, time.Second, last+" is judged", settled, func() bool { return len(fixable(t, in, last)) > 0 })
	maps.Copy(rows, fixable(t, in, ""))
	in.quiet(t, "")
}

// fixable compares a platform, or all for "", and returns which rows can be put right.
func fixable(t *testing.T, in *installation, slug string) map[string]string {
	t.Helper()
	if err := compare(t.Context(), in.client, slug); err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for row, err := range in.client.ReconciliationRows(t.Context(), "snom", api.ReconciliationFilter{Platform: slug}) {
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(row.Offers, "fix") {
			rows[row.Platform] = row.ID
		}
	}
	return rows
}

// compare has a platform compared with the vendor, or all for "", and waits until that
// is complete.
func compare(ctx context.Context, c *api.Client, slug string) error {
	_, err := c.Reconcile(ctx, "snom", api.Reconcile{Platform: slug})
	for err == nil {
		var r api.Reconciliation
		if r, err = c.Reconciliation(ctx, "snom", slug, 30*time.Second); err == nil && r.State == "idle" {
			if r.Error != nil {
				return fmt.Errorf("compared without a result: %+v", r.Error)
			}
			return nil
		}
	}
	return err
}

// quiet waits until nothing is open any more, of one platform or of all for "".
func (in *installation) quiet(t *testing.T, slug string) {
	t.Helper()
	until(t, "nothing is open", settled, func() bool {
		for _, err := range in.client.Operations(t.Context(), api.OperationFilter{Platform: slug, Open: true}) {
			if err != nil {
				t.Fatal(err)
			}
			return false
		}
		return true
	})
}

// inNewProfile are the phones of before in a profile that was made since.
func inNewProfile(_ string, before, now []srapssim.Endpoint) []srapssim.Endpoint {
	want := slices.Clone(before)
	for i := range min(len(want), len(now)) {
		want[i].Profile, want[i].Extra = now[i].Profile, now[i].Extra
	}
	return want
}

// rebuilding takes up companies of an installation of the same name, of which nothing is
// left but what is at the vendor.
func rebuilding(s *snom) action {
	var lost *installation
	companies := map[string]string{} // by platform
	return action{
		begin: func(t *testing.T, in *installation, slug string) {
			t.Helper()
			if lost == nil {
				lost = lostOne(t, in, s)
			}
			lost.platform(t, slug)
			onboarded(t, lost, slug)
			companies[slug] = s.companies(t, slug)[0].ID
		},
		ask: func(ctx context.Context, c *api.Client, slug string, _ ...api.CallOption) (api.Answer, error) {
			r, err := c.StartRebuild(ctx, "snom", api.StartRebuild{Companies: []string{companies[slug]}, RevokeOldKeys: true})
			if err != nil {
				return api.Answer{}, err
			}
			for op, err := range c.Operations(ctx, api.OperationFilter{Platform: r.Companies[0].Platform}) { // the newest first
				if err != nil || op.Kind == "rebuild" {
					return api.Answer{Operation: &op}, err
				}
			}
			return api.Answer{}, nil
		},
		keys: 1, phones: asBefore, says: "database_restored", again: onceRebuilt(companies), makesPlatform: true,
		link: api.Link{State: api.LinkConfigured, Credential: &api.Credential{}, Endpoints: api.EndpointCounts{Listed: 2}},
	}
}

// onceRebuilt asks for the rebuild once more, and wants nothing to be left to do and one
// platform for the company.
func onceRebuilt(companies map[string]string) func(t *testing.T, in *installation, slug string) {
	return func(t *testing.T, in *installation, slug string) {
		t.Helper()
		r, err := in.client.StartRebuild(t.Context(), "snom", api.StartRebuild{Companies: []string{companies[slug]}})
		if err != nil || len(r.Companies) != 1 || r.Companies[0].State != api.RebuildKnown || r.Companies[0].Platform != slug {
			t.Errorf("%s: rebuilt again: %+v, %v", slug, r.Companies, err)
		}
	}
}

// lostOne is an installation with the name and the provisioning URL of the other.
func lostOne(t *testing.T, of *installation, s *snom) *installation {
	t.Helper()
	lost := newInstallation(t, "", s.base)
	lost.server.signal(t, syscall.SIGTERM)
	lost.env = append(lost.env, "ZEROTOUCH_PROVISIONING_URL="+of.phone, "ZEROTOUCH_PROVISIONING_URL_CHECK=off")
	lost.start(t)
	lost.seed(t, s)
	return lost
}

// oneMore has the phone that was registered behind those of before.
func oneMore(slug string, before, now []srapssim.Endpoint) []srapssim.Endpoint {
	added := srapssim.Endpoint{MAC: mac(slug, 2), Enabled: true}
	if len(now) > len(before) {
		last := now[len(before)]
		added.Profile, added.Settings, added.Extra, added.Name = last.Profile, last.Settings, last.Extra, last.Name
	}
	return append(slices.Clone(before), added)
}
