package storetest

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// New makes a fresh, empty store of the installation "test". clock, unless nil,
// replaces the database's.
type New func(t *testing.T, clock func() time.Time) ztp.Store

// Run shows that a store behaves as ztp.Store promises.
func Run(t *testing.T, newStore New) {
	for _, part := range []struct {
		name  string
		tests map[string]func(*env)
	}{
		{"Installation", installationTests}, {"Platform", platformTests}, {"Account", accountTests}, {"Link", linkTests}, {"LinkFact", linkFactTests},
		{"Credential", credentialTests}, {"Endpoint", endpointTests}, {"PhoneFact", phoneFactTests}, {"Setting", settingTests}, {"Rollout", rolloutTests}, {"Resync", resyncTests}, {"Contact", contactTests}, {"Fetch", fetchTests}, {"PhoneFeed", feedTests}, {"Exposure", exposureTests}, {"Operation", operationTests}, {"PhoneItem", phoneItemTests}, {"Offboarding", offboardingTests}, {"Import", importTests}, {"Drift", driftTests}, {"TwoPhones", twoPhonesTests}, {"Submission", submissionTests},
		{"Event", eventTests}, {"Access", accessTests}, {"Restore", restoreTests}, {"Campaign", campaignTests}, {"Tx", txTests},
		{"Reconciliation", reconciliationTests}, {"Replica", replicaTests}, {"Rival", keyTests},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			for name, test := range part.tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					clock := &handClock{at: start}
					test(&env{T: t, Store: newStore(t, clock.now), ctx: context.Background(), clock: clock, newStore: newStore})
				})
			}
		})
	}
}

// start is when tests begin; it has no part below a millisecond.
var start = time.Date(2026, 3, 1, 12, 30, 15, 123e6, time.UTC)

const vendor = ztp.VendorName("snom")

// handClock stands still until a test moves it.
type handClock struct {
	sync.Mutex
	at time.Time
}

func (c *handClock) now() time.Time { c.Lock(); defer c.Unlock(); return c.at }

func (c *handClock) pass(d time.Duration) { c.Lock(); defer c.Unlock(); c.at = c.at.Add(d) }

// env is what one test works with.
type env struct {
	*testing.T
	ztp.Store
	ctx      context.Context
	clock    *handClock
	newStore New
}

func (e *env) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// wantCode wants an *ztp.Error with the code.
func (e *env) wantCode(code ztp.Code, err error) {
	e.Helper()
	if !ztp.IsCode(err, code) {
		e.Errorf("want %s, got %v", code, err)
	}
}

// wantField wants invalid, naming the field.
func (e *env) wantField(field string, err error) {
	e.Helper()
	if !ztp.IsCode(err, ztp.CodeInvalid) || ztp.AsError(err).Fields[field] == "" {
		e.Errorf("want invalid with the field %q, got %v", field, err)
	}
}

// wantRefused wants any error: a rule of the schema that no caller should ever meet.
func (e *env) wantRefused(why string, err error) {
	e.Helper()
	if err == nil {
		e.Errorf("want it refused: %s", why)
	}
}

// same compares, secrets included.
func same[T any](e *env, want, got T) {
	e.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(ztp.Secret.Equal), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
		e.Errorf("-want +got\n%s", diff)
	}
}

func (e *env) platform(slug string) ztp.Platform {
	e.Helper()
	p := ztp.Platform{
		ID: ztp.PlatformID(ztp.NewID()), Slug: slug, Name: strings.ToUpper(slug[:1]) + slug[1:] + " Telecom",
		PhoneProof: ztp.ProofCertificate, CreatedAt: start, UpdatedAt: start,
	}
	e.must(e.CreatePlatform(e.ctx, p))
	p.Version = 1
	return p
}

func (e *env) account(p ztp.Platform, slug string) ztp.Account {
	e.Helper()
	a := ztp.Account{ID: ztp.AccountID(ztp.NewID()), Platform: p.ID, Slug: slug, Name: "Customer " + slug, CreatedAt: start, UpdatedAt: start}
	e.must(e.CreateAccount(e.ctx, a))
	a.Version = 1
	return a
}

// link saves a link in onboarding, with room for credentials.
func (e *env) link(p ztp.Platform) ztp.Link {
	e.Helper()
	l, err := e.Link(e.ctx, p.ID, vendor)
	e.must(err)
	l.State, l.Nonce, l.NextCredential, l.UpdatedAt = ztp.LinkOnboarding, ztp.NewNonce(), 10, start
	e.must(e.SaveLink(e.ctx, l))
	l.Version = 1
	return l
}

// credential plans number n of the link.
func (e *env) credential(l ztp.Link, n int) ztp.Credential {
	e.Helper()
	c := ztp.Credential{
		Platform: l.Platform, Vendor: l.Vendor, Number: n, State: ztp.CredentialPlanned,
		Label: l.Labels("test").Key(n), Deadline: start.Add(time.Minute), CreatedAt: start,
	}
	e.must(e.PlanCredential(e.ctx, c))
	return c
}

// sealed brings number n to created, with a secret.
func (e *env) sealed(l ztp.Link, n int, secret string) ztp.Credential {
	e.Helper()
	c := e.credential(l, n)
	c.State, c.VendorID, c.Sealed = ztp.CredentialCreated, "ck_"+secret, true
	e.must(e.SealCredential(e.ctx, c, ztp.NewSecret(secret), ztp.CredentialPlanned))
	return c
}

// active brings number n to active and lets the link name it, in one commit.
func (e *env) active(l *ztp.Link, n int, secret string) ztp.Credential {
	e.Helper()
	c := e.sealed(*l, n, secret)
	c.State, c.VerifiedAt = ztp.CredentialActive, start
	l.State, l.Active, l.SetAt, l.SetBy, l.CompanyID = ztp.LinkConfigured, n, start, "ada", "company-"+string(l.Platform)
	e.must(e.Tx(e.ctx, func(s ztp.Store) error {
		if err := s.MoveCredential(e.ctx, c, ztp.CredentialCreated); err != nil {
			return err
		}
		return s.SaveLink(e.ctx, *l)
	}))
	l.Version++
	return c
}

func (e *env) endpoint(a ztp.Account, mac string) ztp.Endpoint {
	e.Helper()
	ep := ztp.Endpoint{
		Platform: a.Platform, Vendor: vendor, MAC: e.mac(mac), Account: a.ID, ProductGroup: "D-Series", Name: "Desk " + mac[len(mac)-2:],
		State: ztp.EndpointWanted, CreatedAt: start, UpdatedAt: start,
	}
	e.must(e.SaveEndpoint(e.ctx, ep))
	ep.Version = 1
	return ep
}

func (e *env) mac(s string) ztp.MAC {
	e.Helper()
	m, err := ztp.ParseMAC(s)
	e.must(err)
	return m
}

func (e *env) newOperation(p ztp.Platform, kind ztp.OperationKind) ztp.Operation {
	return ztp.Operation{
		ID: ztp.OperationID(ztp.NewID()), Kind: kind, Platform: p.ID, Vendor: vendor, State: ztp.OperationQueued,
		Steps: ztp.StepsOf(kind, ztp.OperationParams{}), HoldsLink: kind.ChangesLink(),
		Actor: ztp.Actor{Kind: ztp.ActorUser, Name: "ada", Role: ztp.SuperAdmin}, CreatedAt: e.clock.now(), UpdatedAt: e.clock.now(),
	}
}

func (e *env) operation(p ztp.Platform, kind ztp.OperationKind) ztp.Operation {
	e.Helper()
	o := e.newOperation(p, kind)
	e.must(e.CreateOperation(e.ctx, o))
	return o
}

// pages walks a list to its end and gives all items, checking that pages are full.
func pages[T any](e *env, size int, read func(cursor string) (ztp.Page[T], error)) (all []T) {
	e.Helper()
	for cursor := ""; ; {
		page, err := read(cursor)
		e.must(err)
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		if len(page.Items) != size {
			e.Fatalf("a page of %d before the last, want %d", len(page.Items), size)
		}
		if cursor = page.Next; len(all) > 10000 {
			e.Fatal("the list does not end")
		}
	}
}
