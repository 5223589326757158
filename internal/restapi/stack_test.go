package restapi_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/access"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/restapi"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// stack is the API on a real store, with real access and real use cases. Nothing
// works on the operations that it queues, unless a test does.
type stack struct {
	t       testing.TB
	store   *sqlstore.Store
	url     string
	log     *logBuffer
	admin   *api.Client
	viewer  *api.Client
	tokens  map[ztp.Role]string
	handler http.Handler
}

// card is a vendor of which only the declaration is asked here; any other call
// would be a nil call, since the API never reaches a vendor.
type card struct {
	ztp.Vendor
	ztp.CompanyKeeper
}

// lostNonce is that of a company of a platform that nobody here knows.
var lostNonce = strings.Repeat("0123456789abcdef", 2)

// ListCompanies: one is of a lost database of this installation, two carry one label,
// one is somebody's own.
func (card) ListCompanies(context.Context, ztp.APIKey) ([]ztp.VendorCompany, error) {
	label := func(name, nonce string) string {
		return ztp.Labels{Installation: storetest.Installation, Nonce: nonce}.Company(name)
	}
	twice := strings.Repeat("f", 32)
	return []ztp.VendorCompany{
		{ID: "c-lost", Name: label("Lost & Found", lostNonce)}, {ID: "c-one", Name: label("Twin", twice)},
		{ID: "c-two", Name: label("Twin", twice)}, {ID: "c-own", Name: "Somebody"},
	}, nil
}

func (card) Describe() ztp.VendorInfo {
	return ztp.VendorInfo{
		Name: "snom", Title: "Snom", Service: "Snom SRAPS", CanCreateCompanies: true, Labels: true,
		OUIs: []string{"000413"}, ProductGroups: []string{"D-Series"}, KnownProductGroups: []string{"D-Series", "M-Series"},
	}
}

// RenderSettings shows what it was given.
func (card) RenderSettings(p ztp.PhoneSettings) ([]byte, string, error) {
	password, _ := p.Values.At(ztp.SettingLinePassword, 1)
	return []byte("<" + p.URL.RevealSecret() + " " + password.Opened.RevealSecret() + ">"), "text/xml; charset=utf-8", nil
}

// reachable is an address that needs no proof.
type reachable struct{}

func (reachable) Check(context.Context, ztp.URLTemplate) error { return nil }

func newStack(t testing.TB) *stack {
	t.Helper()
	s := &stack{t: t, store: storetest.SQLite(t), log: &logBuffer{}, tokens: map[ztp.Role]string{}}
	template, err := ztp.TemplateForBase("https://prov.example")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(s.log, nil))
	orch := orchestrator.New(orchestrator.Config{Store: s.store, Vendors: []ztp.Vendor{card{}}, Reseller: reseller.Sealed{Store: s.store}})
	c := control.New(control.Config{
		Store: s.store, Vendors: []ztp.Vendor{card{}}, Reseller: reseller.Sealed{Store: s.store}, Companies: orch.Companies,
		SIPProxy: "sip:proxy.example;transport=udp", Address: reachable{}, Installation: storetest.Installation, URL: template, Log: log,
	})
	a := access.New(access.Config{Store: s.store, Log: log})
	s.handler = restapi.New(restapi.Config{Control: c, Authenticate: a.Authenticate, Version: "test", Log: log})
	server := httptest.NewServer(s.handler)
	t.Cleanup(server.Close)
	s.url = server.URL
	local := ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin}
	for _, role := range []ztp.Role{ztp.SuperAdmin, ztp.Viewer} {
		token, err := a.AddToken(t.Context(), local, string(role), role, time.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		s.tokens[role] = token.RevealSecret()
	}
	s.admin, s.viewer = s.client(s.tokens[ztp.SuperAdmin]), s.client(s.tokens[ztp.Viewer])
	return s
}

func (s *stack) client(token string) *api.Client {
	s.t.Helper()
	c, err := api.New(s.url, token)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// mustReseller puts a reseller credential in place.
func (s *stack) mustReseller() {
	s.t.Helper()
	key := ztp.APIKey{ID: "ck_reseller", Secret: ztp.NewSecret("reseller-secret-value")}
	if err := s.store.SetReseller(s.t.Context(), "snom", key, time.Now()); err != nil {
		s.t.Fatal(err)
	}
}

// mustPlatform makes a platform with an account that has a token.
func (s *stack) mustPlatform(slug string) (api.Platform, api.Account) {
	s.t.Helper()
	p, err := s.admin.CreatePlatform(s.t.Context(), api.NewPlatform{Name: "Platform " + slug, Slug: slug})
	if err != nil {
		s.t.Fatal(err)
	}
	a, err := s.admin.CreateAccount(s.t.Context(), slug, api.NewAccount{Name: "Account of " + slug, Slug: "main-" + slug})
	if err != nil {
		s.t.Fatal(err)
	}
	return p, a
}

// mustConfigure does in the store what a whole Onboard ends with.
func (s *stack) mustConfigure(p api.Platform) {
	s.t.Helper()
	ctx, now := s.t.Context(), time.Now().UTC().Truncate(time.Millisecond)
	id := ztp.PlatformID(p.ID)
	err := s.store.Tx(ctx, func(st ztp.Store) error {
		l, err := st.Link(ctx, id, "snom")
		if err != nil {
			return err
		}
		l.State, l.Nonce, l.CompanyID, l.NextCredential, l.UpdatedAt = ztp.LinkOnboarding, ztp.NewNonce(), "c-"+p.Slug, 2, now
		if err := st.SaveLink(ctx, l); err != nil {
			return err
		}
		c := ztp.Credential{Platform: id, Vendor: "snom", Number: 1, State: ztp.CredentialPlanned, Deadline: now, CreatedAt: now}
		if err := st.PlanCredential(ctx, c); err != nil {
			return err
		}
		c.State, c.VendorID = ztp.CredentialCreated, "ck_"+p.Slug
		if err := st.SealCredential(ctx, c, ztp.NewSecret("platform-secret-value"), ztp.CredentialPlanned); err != nil {
			return err
		}
		c.State, c.VerifiedAt = ztp.CredentialActive, now
		if err := st.MoveCredential(ctx, c, ztp.CredentialCreated); err != nil {
			return err
		}
		if l, err = st.Link(ctx, id, "snom"); err != nil {
			return err
		}
		l.State, l.Active, l.SetAt, l.SetBy, l.UpdatedAt = ztp.LinkConfigured, 1, now, "token:super-admin", now
		return st.SaveLink(ctx, l)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// mustEnd takes the next operation up and ends it.
func (s *stack) mustEnd(state ztp.OperationState, problem *ztp.Problem) {
	s.t.Helper()
	ctx := s.t.Context()
	op, err := s.store.ClaimOperation(ctx, "test", time.Minute, ztp.ClaimAny)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range op.Steps {
		op.Steps[i].State, op.Steps[i].At = ztp.StepDone, time.Now()
	}
	op.Error, op.HoldsLink = problem, false
	if op, err = op.Move(state, time.Now()); err != nil {
		s.t.Fatal(err)
	}
	if err := s.store.SaveOperation(ctx, op, time.Minute); err != nil {
		s.t.Fatal(err)
	}
}

// answer is what came back of a bare request.
type answer struct {
	status int
	header http.Header
	body   string
}

// request sends a request as it is, without the client's care.
func (s *stack) request(role ztp.Role, method, path, body string, headers ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token := s.tokens[role]; token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// logBuffer collects log lines of several goroutines.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
