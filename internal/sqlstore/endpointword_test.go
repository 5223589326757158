package sqlstore_test

import (
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

// A word that should not be there keeps no phone from being registered, and the other
// words of the same phones are there all the same.
func TestSaveEndpoints_StrayWord(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		p, a := ztp.PlatformID(ztp.NewID()), ztp.AccountID(ztp.NewID())
		err := s.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: "acme", Name: "Acme", CreatedAt: noon, UpdatedAt: noon})
		if err == nil {
			err = s.CreateAccount(ctx, ztp.Account{ID: a, Platform: p, Slug: "main", Name: "Main", CreatedAt: noon, UpdatedAt: noon})
		}
		if err == nil {
			_, err = s.Raw().Exec("INSERT INTO endpoint_word (platform_id, word, mac) VALUES ($1, 'east', '00:04:13:00:00:01')", string(p))
		}
		if err != nil {
			t.Fatal(engine, err)
		}
		var phones []ztp.Endpoint
		for n := range byte(3) {
			phones = append(phones, ztp.Endpoint{
				Platform: p, Vendor: "snom", MAC: ztp.MAC{0x00, 0x04, 0x13, 0x00, 0x00, n + 1}, Account: a, Name: "Lobby east", Model: "D785",
				State: ztp.EndpointWanted, CreatedAt: noon, UpdatedAt: noon,
			})
		}
		if _, err := s.SaveEndpoints(ctx, p, phones); err != nil {
			t.Fatal(engine, err)
		}
		for _, word := range []string{"east", "d785"} {
			page, err := s.ListEndpoints(ctx, ztp.EndpointQuery{Platform: p, Text: word, Limit: 10})
			if err != nil || len(page.Items) != len(phones) {
				t.Errorf("%s: %d phones with %s, %v", engine, len(page.Items), word, err)
			}
		}
		n, err := s.CountEndpoints(ctx, p, "snom")
		if err != nil || n.Wanted != len(phones) {
			t.Errorf("%s: %+v, %v", engine, n, err)
		}
	}
}

// New phones of a file get their words together, and later: until then they are found by
// MAC. A phone that is renamed or removed meanwhile, and one that somebody registers, is
// found as ever.
func TestTakeEndpoints_WordsLater(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		s.Scan(1)
		p := fewPhones(t, s) // Desk 0 to Desk 3
		op, taken := takePhones(t, s, p)
		want := func(when string, by map[string]int) {
			t.Helper()
			for text, n := range by {
				if got := allPages(t, s, ztp.EndpointQuery{Platform: p, Text: text}); len(got) != n {
					t.Errorf("%s, %s: %q: want %d, got %v", engine, when, text, n, macsOf(got))
				}
			}
		}
		want("words due", map[string]int{"lobby": 0, "east": 0, "desk": 4, "000413010002": 1})
		e := taken[0]
		e.Version, e.Name = 1, "Attic"
		if err := s.SaveEndpoint(ctx, e); err != nil {
			t.Fatal(engine, err)
		}
		want("renamed", map[string]int{"attic": 1, "lobby": 0})
		if err := s.PutLeftWords(ctx); err != nil {
			t.Fatal(engine, err)
		}
		want("the operation runs", map[string]int{"east": 0})
		for _, want := range []bool{true, false, false} {
			if more, err := s.PutWords(ctx, p, op.ID); more != want || err != nil {
				t.Fatal(engine, more, err)
			}
		}
		want("words put in", map[string]int{"lobby": 2, "east": 2, "attic": 1, "desk": 4})
		byName := allPages(t, s, ztp.EndpointQuery{Platform: p, Sort: "-name"})
		if len(byName) != 7 || byName[0].Name != "Lobby east" || byName[6].Name != "Attic" {
			t.Errorf("%s: by name: %v", engine, macsOf(byName))
		}
		e.Version, e.MAC, e.Name = 0, ztp.MAC{0, 4, 0x13, 1, 0, 9}, "Lobby west"
		if _, err := s.SaveEndpoints(ctx, p, []ztp.Endpoint{e}); err != nil {
			t.Fatal(engine, err)
		}
		want("afterwards", map[string]int{"west": 1})
	}
}

// What an operation has left that ended before it put the words in is put in all the same.
func TestPutLeftWords(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		s.Scan(1)
		p := fewPhones(t, s)
		op, _ := takePhones(t, s, p)
		_, err := s.Raw().Exec("UPDATE operation SET state = 'failed', finished_at = 1, due_at = NULL WHERE id = $1", string(op.ID))
		if err == nil {
			err = s.PutLeftWords(ctx)
		}
		if err != nil {
			t.Fatal(engine, err)
		}
		if got := allPages(t, s, ztp.EndpointQuery{Platform: p, Text: "east"}); len(got) != 3 {
			t.Errorf("%s: got %v", engine, macsOf(got))
		}
	}
}

// takePhones has an operation that runs take three phones.
func takePhones(t *testing.T, s *sqlstore.Store, p ztp.PlatformID) (ztp.Operation, []ztp.Endpoint) {
	t.Helper()
	op := ztp.Operation{
		ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindImport, Platform: p, Vendor: "snom", State: ztp.OperationQueued, Actor: ztp.System("test"),
		Steps: []ztp.Step{{Name: ztp.StepSaveRows, State: ztp.StepPending}}, CreatedAt: noon, UpdatedAt: noon,
	}
	var phones []ztp.Endpoint
	var items []ztp.PhoneItem
	for n := range byte(3) {
		mac := ztp.MAC{0, 4, 0x13, 1, 0, n + 1}
		phones = append(phones, ztp.Endpoint{Platform: p, Vendor: "snom", MAC: mac, Account: "a", Name: "Lobby east", State: ztp.EndpointWanted, CreatedAt: noon, UpdatedAt: noon})
		items = append(items, ztp.PhoneItem{Operation: op.ID, MAC: mac, Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, UpdatedAt: noon})
	}
	err := s.CreateOperation(ctx, op)
	if err == nil {
		err = s.Tx(ctx, func(tx ztp.Store) error {
			if _, err := tx.TakeEndpoints(ctx, p, op.ID, phones); err != nil {
				return err
			}
			return tx.AddPhoneItems(ctx, p, "snom", items)
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return op, phones
}
