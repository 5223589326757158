package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/campaign"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/restapi"
	"zerotouch.example/internal/resync"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){
		// The program itself, as a process of its own.
		"zerotouch": main,
	})
}

// tests are this package's, with a PostgreSQL server for those that ask for one.
type tests struct{ m *testing.M }

func (t tests) Run() int { return pgtest.Main(t.m, nil) }

func parseRemote(e *env, args []string) error {
	var root struct{ remoteCommands }
	k, err := kong.New(&root, kong.Name("zerotouch"), kong.Writers(e.stdout, e.stderr))
	if err != nil {
		return err
	}
	c, err := k.Parse(args)
	if err != nil {
		return err
	}
	return c.Run(e)
}

// TestScripts runs sessions of the command line against a server with a real
// store. What the orchestrator would do to an operation, a script says.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: func(e *testscript.Env) error { return setUp(t, e) },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "next": next, "seed": seed, "compares": compares, "syncs": syncs, "work": work, "rollout": rollout, "inservice": inService, "newest": newest,
		},
	})
}

// quickExit spares processes under the race detector the second that they sleep at their
// end, in case another thread is about to report something: a script ends hundreds of them.
func quickExit(e *testscript.Env) { e.Setenv("GORACE", "atexit_sleep_ms=10") }

// session is the server of one script.
type session struct {
	store *sqlstore.Store
	// queued gets a value for every operation that is queued.
	queued chan struct{}
	// work is how operations end by themselves; nil while a script says it of each.
	work atomic.Pointer[[]string]
}

type card struct {
	ztp.Vendor
	ztp.EndpointRegistrar
}

func (card) Describe() ztp.VendorInfo {
	return ztp.VendorInfo{Name: "snom", Title: "Snom", CanCreateCompanies: true, OUIs: []string{"000413", "00087B"}, ProductGroups: []string{"D-Series"}}
}

type reachable struct{}

func (reachable) Check(context.Context, ztp.URLTemplate) error { return nil }

// companies are those of the reseller: one of a lost database of this installation, two
// with one label, and four that people made.
type companies struct{ source ztp.ResellerSource }

func (c companies) list(ctx context.Context, v ztp.VendorName) ([]ztp.VendorCompany, error) {
	if _, err := c.source.Reseller(ctx, v); err != nil {
		return nil, err
	}
	label := func(name, nonce string) string {
		return ztp.Labels{Installation: storetest.Installation, Nonce: nonce}.Company(name)
	}
	lost, twice := strings.Repeat("0123456789abcdef", 2), strings.Repeat("f", 32)
	return []ztp.VendorCompany{
		{ID: "c-lost", Name: label("Lost & Found", lost)}, {ID: "c-one", Name: label("Twin", twice)}, {ID: "c-two", Name: label("Twin", twice)},
		{ID: "c-own", Name: "Somebody"}, {ID: "c1", Name: "Delta"}, {ID: "c2", Name: "Echo"}, {ID: "c9", Name: "Somebody else"},
	}, nil
}

func setUp(t *testing.T, e *testscript.Env) error {
	quickExit(e)
	s := &session{store: storetest.SQLite(t), queued: make(chan struct{}, 100)}
	template, err := ztp.TemplateForBase("https://prov.example")
	if err != nil {
		return err
	}
	c := control.New(control.Config{
		Store: s.store, Vendors: []ztp.Vendor{card{}}, Reseller: reseller.Sealed{Store: s.store}, Address: reachable{}, Companies: companies{reseller.Sealed{Store: s.store}}.list,
		Installation: storetest.Installation, URL: template, Wake: func() { s.queued <- struct{}{} }, SIPProxy: "sip:proxy.example;transport=udp",
	})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { campaign.New(campaign.Config{Store: s.store, Door: c}).Run(ctx) })
	running.Go(func() { resync.New(resync.Config{Store: s.store, Sender: everybody{}}).Run(ctx) })
	e.Defer(func() { stop(); running.Wait() })
	a := access.New(access.Config{Store: s.store})
	server := httptest.NewServer(restapi.New(restapi.Config{Control: c, Authenticate: a.Authenticate, Version: "test"}))
	e.Defer(server.Close)
	local := ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin}
	for name, role := range map[string]ztp.Role{"ZEROTOUCH_TOKEN": ztp.SuperAdmin, "VIEWER_TOKEN": ztp.Viewer} {
		token, err := a.AddToken(context.Background(), local, string(role), role, time.Now().Add(time.Hour))
		if err != nil {
			return err
		}
		e.Setenv(name, token.RevealSecret())
	}
	e.Setenv("ZEROTOUCH_URL", server.URL)
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	e.Defer(elsewhere.Close)
	e.Setenv("ELSEWHERE_URL", elsewhere.URL)
	e.Values["session"] = s
	return nil
}

// exits runs a command and compares its exit code: exits 4 zerotouch onboard …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("want exit code %s, got %d", args[0], got)
	}
}

// seed puts the reseller credential in place: seed reseller; or ends what is open
// and makes a link configured: seed configured PLATFORM; or does to a configured one
// what a check does that finds the key refused: seed attention PLATFORM; or finds
// another copy: seed copy.
func seed(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("session").(*session)
	switch {
	case len(args) == 1 && args[0] == "reseller":
		ts.Check(s.store.SetReseller(context.Background(), "snom", ztp.APIKey{ID: "ck_r", Secret: ztp.NewSecret("12345678")}, time.Now()))
	case len(args) == 1 && args[0] == "copy":
		_, err := s.store.SwitchWritesOff(context.Background(), ztp.WritesOff{Vendor: "snom", Reason: ztp.WritesAnotherCopy, Since: time.Now(), By: "system:test"})
		ts.Check(err)
	case len(args) == 2 && args[0] == "configured":
		ts.Check(configure(s.store, args[1]))
	case len(args) == 2 && args[0] == "attention":
		ts.Check(attention(s.store, args[1]))
	default:
		ts.Fatalf("usage: seed reseller | seed copy | seed configured PLATFORM | seed attention PLATFORM")
	}
}

// next lets the operation that is queued next end: next done | next failed CODE |
// next unknown | next found, a reconciliation with something that is not ours.
func next(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("session").(*session)
	if len(args) == 0 {
		ts.Fatalf("usage: next STATE [CODE]")
	}
	ended := make(chan error, 1)
	go func() {
		select {
		case <-s.queued:
			ended <- end(s.store, args)
		case <-time.After(startTimeout):
			ended <- errors.New("no operation was queued")
		}
	}()
	ts.Defer(func() { ts.Check(<-ended) })
}

// work lets every operation end as it is queued, from now on: work done | work failed CODE.
func work(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("session").(*session)
	first := s.work.Swap(&args) == nil
	if !first {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-s.queued:
				if err := end(s.store, *s.work.Load()); err != nil {
					ts.Logf("work: %v", err)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	ts.Defer(func() { stop(); <-ended })
}

// end takes the next operation up and brings it into the state.
func end(store *sqlstore.Store, args []string) error {
	ctx := context.Background()
	op, err := store.ClaimOperation(ctx, "test", time.Minute, ztp.ClaimAny)
	if err != nil {
		return err
	}
	state, found := ztp.OperationState(args[0]), args[0] == "found"
	if found {
		state = ztp.OperationDone
	}
	if op.Step(ztp.StepCompareURLs) != nil && state == ztp.OperationDone {
		if err := compared(store, &op, found); err != nil {
			return err
		}
	}
	for i := range op.Steps {
		op.Steps[i].State, op.Steps[i].At = ztp.StepDone, time.Now()
	}
	op.Steps[0].Note = "seen \x1b[31mred"
	if state.Final() {
		op.HoldsLink = false
	} else {
		op.NextAt, op.Waiting = time.Now().Add(time.Hour), "no answer came"
	}
	if len(args) > 1 {
		op.Error = &ztp.Problem{Code: ztp.Code(args[1]), At: time.Now(), RequestID: "r1"}
		if op.Error.Code == ztp.CodeVendorCompanyAmbiguous {
			op.Error.Companies = []ztp.VendorCompany{{ID: "c-1", Name: "One"}, {ID: "c-2", Name: "Two"}}
			op.Error.Keys = []ztp.VendorKey{{ID: "ck_theirs"}}
		}
	}
	if op, err = op.Move(state, time.Now()); err != nil {
		return err
	}
	if op.Kind == ztp.KindOffboard && state.Final() {
		if err := receipt(store, op); err != nil {
			return err
		}
	}
	return store.SaveOperation(ctx, op, time.Minute)
}

// receipt does in the store what an off-boarding ends with.
func receipt(store *sqlstore.Store, op ztp.Operation) error {
	ctx := context.Background()
	o, err := store.Offboarding(ctx, op.Params.Offboarding)
	if err != nil {
		return err
	}
	p := o.Part(op.Vendor)
	p.State, p.Problem, p.EndedAt = ztp.OffboardingStopped, op.Error, time.Now()
	if op.State == ztp.OperationDone {
		p.State, p.Released, p.KeysRevoked, p.ProfilesOff = ztp.OffboardingDone, p.Phones, p.Keys, 1
		p.ForeignKeys = []ztp.VendorKey{{ID: "ck_theirs", Name: "made by \x1b[31mhand"}}
	}
	if o, err = o.Ended(time.Now()); err != nil {
		return err
	}
	return store.SaveOffboarding(ctx, o)
}

// compared does in the store what a reconciliation ends with.
func compared(store *sqlstore.Store, op *ztp.Operation, found bool) error {
	ctx := context.Background()
	proof := &ztp.ExposureProof{At: time.Now(), Operation: op.ID, EndpointsCompared: 12, ProfilesCompared: 1}
	if found {
		proof.ForeignKeys, proof.ForeignURLs, proof.Listed = 1, 2, 2
		op.Data.Foreign = []ztp.VendorKey{{ID: "ck_theirs", Name: "made by \x1b[31mhand"}}
		for _, a := range []ztp.ForeignAddress{
			{Target: "00:04:13:C0:FF:EE", What: ztp.ForeignPhone, Host: "elsewhere.example", FoundAt: proof.At},
			{Target: "p-1", What: ztp.ForeignProfile, Host: "elsewhere.example", FoundAt: proof.At},
		} {
			op.Data.ForeignEndpoints = append(op.Data.ForeignEndpoints, a.Target)
			if err := store.AddForeignAddress(ctx, op.Platform, op.Vendor, op.ID, a); err != nil {
				return err
			}
		}
	}
	l, err := store.Link(ctx, op.Platform, op.Vendor)
	if err != nil {
		return err
	}
	l.Proof, l.ForeignAddresses = proof, proof.ForeignURLs
	op.Data.Proof = proof
	return store.SaveLink(ctx, l)
}

// configure does in the store what a whole Onboard ends with.
func configure(store *sqlstore.Store, platform string) error {
	ctx, now := context.Background(), time.Now().UTC().Truncate(time.Millisecond)
	return store.Tx(ctx, func(s ztp.Store) error {
		p, err := s.Platform(ctx, platform)
		if err != nil {
			return err
		}
		l, err := s.Link(ctx, p.ID, "snom")
		if err != nil {
			return err
		}
		l.State, l.Nonce, l.CompanyID, l.NextCredential, l.UpdatedAt = ztp.LinkOnboarding, ztp.NewNonce(), "c-"+p.Slug, 2, now
		if err := s.SaveLink(ctx, l); err != nil {
			return err
		}
		c := ztp.Credential{Platform: p.ID, Vendor: "snom", Number: 1, State: ztp.CredentialPlanned, Deadline: now, CreatedAt: now}
		if err := s.PlanCredential(ctx, c); err != nil {
			return err
		}
		c.State, c.VendorID = ztp.CredentialCreated, "ck_1"
		if err := s.SealCredential(ctx, c, ztp.NewSecret("12345678"), ztp.CredentialPlanned); err != nil {
			return err
		}
		c.State, c.VerifiedAt = ztp.CredentialActive, now
		if err := s.MoveCredential(ctx, c, ztp.CredentialCreated); err != nil {
			return err
		}
		if l, err = s.Link(ctx, p.ID, "snom"); err != nil {
			return err
		}
		l.State, l.Active, l.SetAt, l.SetBy = ztp.LinkConfigured, 1, now, "anna"
		if err := s.SaveLink(ctx, l); err != nil {
			return fmt.Errorf("save the link: %w", err)
		}
		return nil
	})
}

// attention does in the store what a check ends with that finds the key refused.
func attention(store *sqlstore.Store, platform string) error {
	ctx := context.Background()
	p, err := store.Platform(ctx, platform)
	if err != nil {
		return err
	}
	l, err := store.Link(ctx, p.ID, "snom")
	if err != nil {
		return err
	}
	l.State, l.Error = ztp.LinkNeedsAttention, &ztp.Problem{Code: ztp.CodeVendorKeyRejected, At: time.Now()}
	return store.SaveLink(ctx, l)
}

// compares lets the reconciliation that is asked for next find these rows: compares
// PLATFORM:REASON:OBJECT…; or come to no result: compares fails CODE.
func compares(ts *testscript.TestScript, _ bool, args []string) {
	s := ts.Value("session").(*session)
	ended := make(chan error, 1)
	go func() {
		select {
		case <-s.queued:
			ended <- reconciled(s.store, args)
		case <-time.After(startTimeout):
			ended <- errors.New("no comparison was asked for")
		}
	}()
	ts.Defer(func() { ts.Check(<-ended) })
}

func reconciled(store *sqlstore.Store, args []string) error {
	ctx, now := context.Background(), time.Now().UTC().Truncate(time.Millisecond)
	r, err := store.ClaimReconciliation(ctx, "test", time.Minute)
	if err != nil {
		return err
	}
	if len(args) == 2 && args[0] == "fails" {
		r.Run, r.Error = "", &ztp.Problem{Code: ztp.Code(args[1]), At: now}
		return store.SaveReconciliation(ctx, r, time.Minute)
	}
	var rows []ztp.ReconciliationRow
	for _, arg := range args {
		part := strings.Split(arg, ":")
		row := ztp.ReconciliationRow{Vendor: "snom", Kind: ztp.RowCompany, Reason: ztp.RowReason(part[1]), CompanyID: part[2], Name: "a \x1b[31mname", SeenAt: now}
		if len(part) > 3 {
			row.Name = part[3]
		}
		if part[0] != "" {
			p, err := store.Platform(ctx, part[0])
			if err != nil {
				return err
			}
			l, err := store.Link(ctx, p.ID, "snom")
			if err != nil {
				return err
			}
			row.Platform, row.CompanyID, row.ObjectID = p.ID, "c-"+p.Slug, part[2]
			if kind, _, _ := strings.Cut(part[1], "_"); kind != "company" && kind != "matches" {
				row.Kind, row.Number = ztp.RowKind(kind), l.Active
			}
		}
		rows = append(rows, row.WithID())
	}
	return store.CompleteReconciliation(ctx, r, rows, 3)
}
