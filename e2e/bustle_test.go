package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// bustle is an installation at which many buttons are pressed while things break, and
// what everybody was promised meanwhile. It draws from its own source of randomness,
// so that a seed tells the story.
type bustle struct {
	sim *srapssim.Server
	all []*installation // the replicas; the first one serves the phones
	// rooms are the platforms.
	rooms []room

	mu      sync.Mutex
	clients []*api.Client
	// promised are the operations that an answer has named, by idempotency key.
	promised map[string]promise
	// refused counts refusals by code.
	refused map[string]int
}

// room is a platform with one account.
type room struct{ slug, url string }

// promise is an operation that an answer has named, and how to ask for it again.
type promise struct {
	id  string
	ask func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error)
}

func newBustle(t *testing.T, sim *srapssim.Server, platforms int, all ...*installation) *bustle {
	t.Helper()
	b := &bustle{sim: sim, all: all, promised: map[string]promise{}, refused: map[string]int{}}
	for _, in := range all {
		b.clients = append(b.clients, in.client)
	}
	for i := range platforms {
		slug := fmt.Sprintf("acme-%d", i+1)
		if _, err := all[0].client.CreatePlatform(t.Context(), api.NewPlatform{Slug: slug, Name: slug}); err != nil {
			t.Fatal(err)
		}
		a, err := all[0].client.CreateAccount(t.Context(), slug, api.NewAccount{Slug: "main", Name: "Main"})
		if err != nil {
			t.Fatal(err)
		}
		b.rooms = append(b.rooms, room{slug, all[0].phone + "/p/" + a.Token.Reveal() + "/{mac}"})
	}
	return b
}

// phones is how many MACs a platform has to play with.
const phones = 5

// draw picks what is pressed next: the buttons of a row, and the phones of it.
func (b *bustle) draw(rnd *rand.Rand) func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error) {
	slug := b.rooms[rnd.IntN(len(b.rooms))].slug
	address := mac(slug, rnd.IntN(phones))
	paused := rnd.IntN(3) == 0
	switch n := rnd.IntN(20); {
	case n < 5:
		return func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error) {
			return c.Onboard(ctx, slug, "snom", opts...)
		}
	case n < 9:
		return func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error) {
			return c.Rotate(ctx, slug, "snom", api.Rotate{}, opts...)
		}
	case n < 11:
		return func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error) {
			return c.Disable(ctx, slug, "snom", api.Disable{}, opts...)
		}
	case n < 12:
		return func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error) {
			return c.Check(ctx, slug, "snom", opts...)
		}
	case n < 18:
		return func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error) {
			return c.PutEndpoint(ctx, slug, address, api.PutEndpoint{Account: "main", Paused: &paused}, opts...)
		}
	}
	return func(ctx context.Context, c *api.Client, opts ...api.CallOption) (api.Answer, error) {
		return c.ReleaseEndpoint(ctx, slug, address, opts...)
	}
}

// press has some hands press buttons, until stop is called.
func (b *bustle) press(t *testing.T, seed uint64) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var hands sync.WaitGroup
	for hand := range 4 {
		rnd := rand.New(rand.NewPCG(seed, uint64(hand))) //nolint:gosec // no secret
		hands.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				b.once(ctx, b.draw(rnd), fmt.Sprintf("hand %d, %d", hand, n), rnd)
				select {
				case <-ctx.Done():
				case <-time.After(time.Duration(rnd.IntN(20)) * time.Millisecond): // nobody presses faster
				}
			}
		})
	}
	return func() { cancel(); hands.Wait() }
}

// once presses a button, and again as long as there is no answer, as people do.
func (b *bustle) once(ctx context.Context, ask func(context.Context, *api.Client, ...api.CallOption) (api.Answer, error), key string, rnd *rand.Rand) {
	for range 20 {
		b.mu.Lock()
		c := b.clients[rnd.IntN(len(b.clients))]
		b.mu.Unlock()
		a, err := ask(ctx, c, api.IdempotencyKey(key))
		var refused *api.Error
		switch {
		case err == nil && a.Operation != nil:
			b.mu.Lock()
			b.promised[key] = promise{a.Operation.ID, ask}
			b.mu.Unlock()
			return
		case errors.As(err, &refused):
			b.mu.Lock()
			b.refused[refused.Code]++
			b.mu.Unlock()
			if refused.Code != "internal" {
				return
			}
		case err == nil || ctx.Err() != nil:
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// more reports, once called again, whether n more operations were promised.
func (b *bustle) more(n int) func() bool {
	count := func() int {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.promised)
	}
	want := count() + n
	return func() bool { return count() >= want }
}

// healed is how long everything may take to end once nothing breaks any more: a lease,
// the time after which absence counts, and the tries of what was put off.
const healed = 3 * time.Minute

// heal waits until everything has ended, and then puts every platform in order as a
// person would: Onboard what is not, and rotate.
func (b *bustle) heal(t *testing.T) {
	t.Helper()
	b.quiet(t, func(op api.Operation) bool { return op.MAC == "" }) // phones may wait for an Onboard
	for _, r := range b.rooms {
		b.putInOrder(t, r.slug)
	}
	b.quiet(t, func(api.Operation) bool { return true })
}

func (b *bustle) quiet(t *testing.T, counts func(api.Operation) bool) {
	t.Helper()
	var open []string
	defer func() {
		if t.Failed() {
			t.Log(strings.Join(open, "\n"))
		}
	}()
	until(t, "everything has ended", healed, func() bool {
		open = open[:0]
		for op, err := range b.all[0].client.Operations(t.Context(), api.OperationFilter{Open: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if counts(op) {
				open = append(open, fmt.Sprintf("%+v", op))
			}
		}
		return len(open) == 0
	})
}

// putInOrder does what the row offers until the platform has a fresh key.
func (b *bustle) putInOrder(t *testing.T, slug string) {
	t.Helper()
	c := b.all[0].client
	for try := 0; ; try++ {
		l, err := c.Link(t.Context(), slug, "snom")
		if err != nil {
			t.Fatal(err)
		}
		var a api.Answer
		if l.Credential == nil {
			a, err = c.Onboard(t.Context(), slug, "snom")
		} else {
			a, err = c.Rotate(t.Context(), slug, "snom", api.Rotate{})
		}
		op := b.all[0].outcome(t, asked(t, a, err).ID, healed)
		if op.State == api.OperationDone && op.Kind == "rotate" {
			return
		}
		if try == 3 || op.State != api.OperationDone {
			t.Errorf("%s: %s ends as %s, %+v; the row before: %+v", slug, op.Kind, op.State, op.Error, l)
			return
		}
	}
}

// compare sets what the API says against the vendor's truth.
func (b *bustle) compare(t *testing.T) {
	t.Helper()
	c := b.all[0].client
	b.kept(t, c)
	companies := b.sim.Companies(b.sim.Resellers()[0].CompanyID)
	if len(companies) != len(b.rooms) {
		t.Errorf("want %d companies, got %d", len(b.rooms), len(companies))
	}
	for _, r := range b.rooms {
		i := slices.IndexFunc(companies, func(c srapssim.Company) bool { return strings.HasPrefix(c.Name, r.slug+" [zt:") })
		if i < 0 {
			t.Errorf("%s has no company", r.slug)
			continue
		}
		b.compareOne(t, c, r, companies[i])
	}
	b.all[0].verb(t, "", "audit", "verify")
}

// kept checks that every operation that an answer named is there, has ended, and is
// what its key asks for.
func (b *bustle) kept(t *testing.T, c *api.Client) {
	t.Helper()
	states := map[string]int{}
	for key, p := range b.promised {
		op, err := c.Operation(t.Context(), p.id)
		if err != nil || !op.Final() {
			t.Errorf("%q: operation %s: %+v, %v", key, p.id, op, err)
			continue
		}
		states[op.Kind+" "+op.State]++
		a, err := p.ask(t.Context(), c, api.IdempotencyKey(key))
		if err == nil && a.Operation != nil && a.Operation.Kind == "check" {
			continue // a Check takes up what is open, whatever that is
		}
		if err != nil || a.Operation == nil || a.Operation.ID != p.id {
			t.Errorf("%q: asked again: %+v, %v; before it was %+v", key, a.Operation, err, op)
		}
	}
	t.Logf("%d operations %v, refused %v", len(b.promised), states, b.refused)
}

// ownToken is the end of a phone's URL, which no two phones share.
var ownToken = regexp.MustCompile(`/[a-z2-7]{32}/\{mac\}$`)

func (b *bustle) compareOne(t *testing.T, c *api.Client, r room, at srapssim.Company) {
	t.Helper()
	l, err := c.Link(t.Context(), r.slug, "snom")
	if err != nil {
		t.Fatal(err)
	}
	if l.State != api.LinkConfigured || l.CompanyID != at.ID || l.Error != nil || len(l.LooseKeys)+len(l.LaterKeys) != 0 || l.Credential == nil {
		t.Errorf("%s: %+v; company %s", r.slug, l, at.ID)
		return
	}
	if len(at.Keys) != 1 || !strings.HasSuffix(at.Keys[0].Name, fmt.Sprintf(":%d", l.Credential.Number)) {
		t.Errorf("%s: want key %d alone, got %+v", r.slug, l.Credential.Number, at.Keys)
	}
	if len(at.Profiles) != 1 {
		t.Errorf("%s: want one profile, got %+v", r.slug, at.Profiles)
	}
	type phone struct {
		Redirected bool
		URL        string
	}
	here, there, own := map[string]phone{}, map[string]phone{}, map[string]bool{}
	for e, err := range c.Endpoints(t.Context(), r.slug, api.EndpointFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		switch e.State {
		case "listed", "paused":
			here[strings.ReplaceAll(e.MAC, ":", "")] = phone{e.State == "listed", r.url}
		case "released":
		default:
			t.Logf("%s: %s is %s, %+v", r.slug, e.MAC, e.State, e.Error)
		}
	}
	for _, e := range at.Endpoints {
		url := ""
		for _, s := range e.Settings {
			url = s.Value
		}
		there[e.MAC] = phone{e.Enabled, ownToken.ReplaceAllString(url, "/{mac}")}
		if token := ownToken.FindString(url); token == "" || own[token] {
			t.Errorf("%s: %s has no token of its own in its address", r.slug, e.MAC)
		} else {
			own[token] = true
		}
	}
	if diff := cmp.Diff(here, there); diff != "" {
		t.Errorf("%s: phones here (-) and at the vendor (+):\n%s", r.slug, diff)
	}
}
