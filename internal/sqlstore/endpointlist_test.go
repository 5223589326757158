package sqlstore_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	gocmp "github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

// However a list is filtered, sorted and searched, and from whatever index it is read:
// its pages together have the phones that are asked for, each once, in the order asked
// for. Half of the stores look at so few rows that they take every way there is.
func TestListEndpoints_AsAsked(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same phones each time
		phones := somePhones(t, s, r)
		for i := range 240 {
			s.Scan([]int{25, 1000}[i%2])
			q := someQuery(r, phones)
			got := allPages(t, s, q)
			want := slices.DeleteFunc(slices.Clone(phones), func(e ztp.Endpoint) bool { return !asks(q, e) })
			slices.SortFunc(want, func(a, b ztp.Endpoint) int { return sorts(q.Sort, a, b) })
			if q.Text != "" && i%2 == 0 { // in the order in which it is found
				slices.SortFunc(got, func(a, b ztp.Endpoint) int { return sorts(q.Sort, a, b) })
			}
			if diff := gocmp.Diff(macsOf(want), macsOf(got)); diff != "" {
				t.Fatalf("%s: %+v: %s", engine, q, diff)
			}
		}
	}
}

// Each filter leaves what it should in every order.
func TestListEndpoints_EveryFilterInEveryOrder(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		s.Scan(25)
		phones := somePhones(t, s, rand.New(rand.NewPCG(7, 11))) //nolint:gosec // the same phones each time
		a := phones[0].Account
		for _, q := range []ztp.EndpointQuery{
			{Account: a}, {Model: "D785"}, {Account: a, Model: "D785"}, {Found: true}, {State: ztp.EndpointListed, Model: "D785"}, {Held: true, Account: a, Found: true},
		} {
			q.Platform, q.Limit = phones[0].Platform, 20
			for _, q.Sort = range ztp.EndpointSorts {
				want := slices.DeleteFunc(slices.Clone(phones), func(e ztp.Endpoint) bool { return !asks(q, e) })
				slices.SortFunc(want, func(a, b ztp.Endpoint) int { return sorts(q.Sort, a, b) })
				if diff := gocmp.Diff(macsOf(want), macsOf(allPages(t, s, q))); diff != "" || len(want) == 0 {
					t.Errorf("%s: %+v: %s", engine, q, diff)
				}
			}
		}
		if models, err := s.ListModels(ctx, phones[0].Platform, 10); err != nil || !slices.Equal(models, []string{"D7-85", "D785"}) {
			t.Errorf("%s: models %q, %v", engine, models, err)
		}
		if models, err := s.ListModels(ctx, phones[0].Platform, 1); err != nil || len(models) != 1 {
			t.Errorf("%s: models %q, %v", engine, models, err)
		}
	}
}

// The counts are those of the rows, whatever was done to them.
func TestCountEndpoints_AreThoseOfTheRows(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		r := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // the same phones each time
		phones := somePhones(t, s, r)
		for i := range phones {
			if r.IntN(3) > 0 {
				continue
			}
			phones[i].State, phones[i].Version = ztp.EndpointStates[r.IntN(5)], 1
			if err := s.SaveEndpoint(ctx, phones[i]); err != nil {
				t.Fatal(err)
			}
		}
		want := ztp.EndpointCounts{}
		for _, e := range phones {
			switch {
			case e.Vendor != "snom":
			case e.State == ztp.EndpointWanted:
				want.Wanted++
			case e.State == ztp.EndpointListed:
				want.Listed++
			case e.State == ztp.EndpointPaused:
				want.Paused++
			case e.State == ztp.EndpointFailed:
				want.Failed++
			}
		}
		if got, err := s.CountEndpoints(ctx, phones[0].Platform, "snom"); err != nil || got != want {
			t.Errorf("%s: want %+v, got %+v, %v", engine, want, got, err)
		}
	}
}

// A phone that got another name is found by that, and no longer by the old one.
func TestListEndpoints_AfterARename(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		s.Scan(1)
		p := fewPhones(t, s)
		e, err := s.Endpoint(ctx, p, ztp.MAC{0, 4, 0x13, 0, 0, 1})
		if err != nil {
			t.Fatal(err)
		}
		e.Name, e.Serial = "Lobby, near Straße 9", "X-77"
		if err := s.SaveEndpoint(ctx, e); err != nil {
			t.Fatal(err)
		}
		for text, want := range map[string]int{"straß": 1, "LOBBY 9": 1, "x77": 0, "77": 1, "desk 1": 0, "desk": 3, "phone1": 3, "near lob": 1, "-": 0} {
			if got := allPages(t, s, ztp.EndpointQuery{Platform: p, Text: text}); len(got) != want {
				t.Errorf("%s: %q: want %d, got %v", engine, text, want, macsOf(got))
			}
		}
	}
}

func macsOf(all []ztp.Endpoint) (macs []string) {
	for _, e := range all {
		macs = append(macs, e.MAC.String())
	}
	return macs
}

func allPages(t *testing.T, s *sqlstore.Store, q ztp.EndpointQuery) (all []ztp.Endpoint) {
	t.Helper()
	for {
		page, err := s.ListEndpoints(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all
		}
	}
}

func asks(q ztp.EndpointQuery, e ztp.Endpoint) bool {
	text := strings.ToUpper(strings.NewReplacer(":", "", "-", "", " ", "").Replace(q.Text))
	byMAC := len(text) >= 4 && strings.Contains(e.MAC.Bare(), text)
	words := func(s string) []string {
		return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	byWords := !slices.ContainsFunc(words(q.Text), func(term string) bool {
		return !slices.ContainsFunc(words(e.Name+" "+e.Model+" "+e.Serial), func(w string) bool { return strings.HasPrefix(w, term) })
	})
	return (q.Vendor == "" || e.Vendor == q.Vendor) && (q.State == "" || e.State == q.State) && (q.Account == "" || e.Account == q.Account) && (q.Model == "" || e.Model == q.Model) &&
		(!q.Held || q.State != "" || e.State != ztp.EndpointReleased) && (!q.Found || e.Found) && (q.Text == "" || byMAC || byWords)
}

func sorts(by ztp.EndpointSort, a, b ztp.Endpoint) int {
	key, down := strings.CutPrefix(string(by), "-")
	var c int
	switch ztp.EndpointSort(key) {
	case ztp.SortName:
		c = cmp.Compare(strings.ToLower(a.Name)+"\n", strings.ToLower(b.Name)+"\n")
	case ztp.SortState:
		c = cmp.Compare(a.State, b.State)
	case ztp.SortFetched:
		c = a.FetchedAt.Compare(b.FetchedAt)
	}
	if c = cmp.Or(c, a.MAC.Compare(b.MAC)); down {
		return -c
	}
	return c
}

func someQuery(r *rand.Rand, phones []ztp.Endpoint) ztp.EndpointQuery {
	q := ztp.EndpointQuery{Platform: phones[0].Platform, Sort: ztp.EndpointSorts[r.IntN(len(ztp.EndpointSorts))], Limit: 4 + r.IntN(40), Held: r.IntN(2) == 0}
	e := phones[r.IntN(len(phones))]
	switch r.IntN(5) {
	case 0:
		q.State = e.State
	case 1:
		q.Account = e.Account
	case 2:
		q.Vendor, q.Found = e.Vendor, r.IntN(2) == 0
	case 3:
		q.State, q.Account, q.Vendor = e.State, e.Account, e.Vendor
	}
	bare, words := e.MAC.Bare(), strings.Fields(e.Name+" "+e.Model+" "+e.Serial)
	switch at := r.IntN(9); r.IntN(5) {
	case 0:
		q.Text = bare[at : at+4+r.IntN(9-at)]
	case 1:
		q.Text = strings.ToLower(e.MAC.String()[3*(at/2):])
	case 2:
		q.Text = words[r.IntN(len(words))]
		q.Text = q.Text[:1+r.IntN(len(q.Text))]
	case 3:
		q.Text = words[r.IntN(len(words))] + " " + words[r.IntN(len(words))][:1]
	}
	return q
}

// somePhones are those of one platform; another one has some like them.
func somePhones(t *testing.T, s *sqlstore.Store, r *rand.Rand) []ztp.Endpoint {
	t.Helper()
	makers := []ztp.MAC{{0x00, 0x04, 0x13}, {0x00, 0x15, 0x65}, {0x04, 0x13, 0xA1}}
	names := []string{"Desk", "Lobby (east)", "Anna Schmidt", "Desk Desktop", "schmidt", "1234", "a04"}
	macs := map[ztp.MAC]bool{}
	var phones []ztp.Endpoint
	for n, slug := range []string{"other", "acme"} {
		p := ztp.PlatformID(ztp.NewID())
		phones = nil
		err := s.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: slug, Name: slug, CreatedAt: noon, UpdatedAt: noon})
		for _, a := range []string{"a", "b"} {
			if err == nil {
				err = s.CreateAccount(ctx, ztp.Account{ID: ztp.AccountID(slug + a), Platform: p, Slug: a, Name: a, CreatedAt: noon, UpdatedAt: noon})
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		for len(phones) < 50+100*n {
			mac := makers[r.IntN(3)]
			mac[3], mac[4], mac[5] = byte(r.IntN(2))*0x13, byte(r.IntN(3))*0x41, byte(r.IntN(256))
			if macs[mac] {
				continue
			}
			macs[mac] = true
			phones = append(phones, ztp.Endpoint{
				Platform: p, Vendor: []ztp.VendorName{"snom", "snom", "yealink"}[r.IntN(3)], MAC: mac, Account: ztp.AccountID(slug + []string{"a", "a", "a", "b"}[r.IntN(4)]),
				Name: fmt.Sprint(names[r.IntN(len(names))], []string{"", " 4", "-04", "/a1"}[r.IntN(4)]), Model: []string{"", "D785", "D7-85"}[r.IntN(3)],
				Serial: fmt.Sprint(r.IntN(3), "A", r.IntN(40)), State: ztp.EndpointStates[r.IntN(5)], Found: r.IntN(6) == 0, CreatedAt: noon, UpdatedAt: noon,
			})
		}
		if _, err := s.SaveEndpoints(ctx, p, phones); err != nil {
			t.Fatal(err)
		}
		for i := range phones {
			if at := noon.Add(time.Duration(r.IntN(9)) * time.Minute); r.IntN(2) == 0 {
				phones[i].FetchedAt = at
				if err := s.TouchEndpoint(ctx, p, phones[i].MAC, at); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return phones
}

// What somebody looks up everywhere is found on the platform that holds it, once.
func TestFindEndpoints(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		r := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // the same phones each time
		phones := somePhones(t, s, r)
		for range 60 {
			q := ztp.EndpointQuery{Held: true, Text: someQuery(r, phones).Text}
			if q.Text == "" {
				continue
			}
			found, more, err := s.FindEndpoints(ctx, q.Text, 1000)
			if err != nil || more {
				t.Fatal(more, err)
			}
			found = slices.DeleteFunc(found, func(e ztp.Endpoint) bool { return e.Platform != phones[0].Platform })
			want := slices.DeleteFunc(slices.Clone(phones), func(e ztp.Endpoint) bool { return !asks(q, e) })
			slices.SortFunc(found, func(a, b ztp.Endpoint) int { return a.MAC.Compare(b.MAC) })
			slices.SortFunc(want, func(a, b ztp.Endpoint) int { return a.MAC.Compare(b.MAC) })
			if diff := gocmp.Diff(macsOf(want), macsOf(found)); diff != "" {
				t.Fatalf("%s: %q: %s", engine, q.Text, diff)
			}
		}
		if found, more, err := s.FindEndpoints(ctx, "0004", 2); len(found) != 2 || !more || err != nil {
			t.Errorf("%s: %v, %v, %v", engine, macsOf(found), more, err)
		}
	}
}
