package sqlstore_test

import (
	"fmt"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// The figures that matter: what a phone, a page and an idle worker cost.
func BenchmarkSQLite(b *testing.B) {
	s := storetest.SQLite(b)
	p, a := benchFill(b, s)
	mac, _ := ztp.ParseMAC("000413000001")
	token := ztp.NewSecret("token")
	for name, run := range map[string]func(i int) error{
		"Platform":       func(int) error { _, err := s.Platform(ctx, string(p)); return err },
		"AccountByToken": func(int) error { _, err := s.AccountByToken(ctx, token); return err },
		"EndpointByMAC":  func(int) error { _, err := s.EndpointByMAC(ctx, mac); return err },
		"OpenCredential": func(int) error { _, err := s.OpenCredential(ctx, p, "snom", 1); return err },
		"ListEndpoints":  func(int) error { _, err := s.ListEndpoints(ctx, ztp.EndpointQuery{Platform: p}); return err },
		"TouchEndpoint":  func(int) error { return s.TouchEndpoint(ctx, p, mac, noon) },
		"IdleClaim": func(int) error {
			if _, err := s.ClaimOperation(ctx, "w", time.Minute, ztp.ClaimAny); !ztp.IsCode(err, ztp.CodeNotFound) {
				return fmt.Errorf("want nothing due, got %w", err)
			}
			return nil
		},
		"AppendEvent": func(int) error {
			return s.AppendEvent(ctx, ztp.Event{At: noon, Actor: "ada", Action: "x", Platform: p, Target: string(a), Outcome: ztp.OutcomeOK})
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				if err := run(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What a phone's first fetch after a start asks: one question, opened, with 34 settings in four
// scopes, four of them secrets.
func BenchmarkPhoneRecord(b *testing.B) {
	for name, s := range map[string]*sqlstore.Store{"SQLite": storetest.SQLite(b), "PostgreSQL": storetest.Open(b, pgtest.DSN(b), storetest.Options{})} {
		p, a := benchFill(b, s)
		mac, _ := ztp.ParseMAC("000413000001")
		e := ztp.Endpoint{Platform: p, Account: a, MAC: mac}
		benchPhone(b, s, e)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				r, found, err := s.PhoneRecord(ctx, ztp.NewSecret("token"), mac)
				if err != nil || !found {
					b.Fatal(found, err)
				}
				if layers, err := r.Settings(ctx); err != nil || len(layers[3].Settings) != 7 {
					b.Fatal(layers, err)
				}
			}
		})
	}
}

// benchPhone gives a phone 34 settings in its scopes, and a contact.
func benchPhone(b testing.TB, s *sqlstore.Store, e ztp.Endpoint) {
	b.Helper()
	for i, scope := range e.SettingScopes() {
		var changes []ztp.SettingChange
		for n := range 9 - 2*(i/3) {
			changes = append(changes, ztp.SettingChange{Name: ztp.SettingName(fmt.Sprint("setting_name_", n)), Index: n, Value: ztp.NewSecret("some value of it"), Secret: n == 3})
		}
		if _, err := s.ChangeSettings(ctx, scope, nil, changes, "ada@example.com", noon); err != nil {
			b.Fatal(err)
		}
	}
	device, password := ztp.NewToken(), ztp.NewToken()
	if err := s.SetDeviceTokens(ctx, e.Platform, map[ztp.MAC]ztp.Secret{e.MAC: device}); err != nil {
		b.Fatal(err)
	}
	c := ztp.Contact{Platform: e.Platform, MAC: e.MAC, Account: e.Account, DeviceTokenHash: ztp.HashToken(device), Assurance: ztp.AssurancePassword, ProvenAt: noon}
	if err := s.SaveContact(ctx, c.WithPassword(ztp.HashToken(password), noon), password); err != nil {
		b.Fatal(err)
	}
}

func benchFill(b *testing.B, s *sqlstore.Store) (ztp.PlatformID, ztp.AccountID) {
	b.Helper()
	p, a := ztp.PlatformID(ztp.NewID()), ztp.AccountID(ztp.NewID())
	err := s.Tx(ctx, func(s ztp.Store) error {
		if err := s.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: "acme", Name: "Acme", CreatedAt: noon, UpdatedAt: noon}); err != nil {
			return err
		}
		if err := s.CreateAccount(ctx, ztp.Account{ID: a, Platform: p, Slug: "main", Name: "A", CreatedAt: noon, UpdatedAt: noon}); err != nil {
			return err
		}
		if err := s.IssueToken(ctx, p, a, "t", ztp.NewSecret("token"), noon); err != nil {
			return err
		}
		if err := s.SaveLink(ctx, ztp.Link{Platform: p, Vendor: "snom", State: ztp.LinkOnboarding, UpdatedAt: noon}); err != nil {
			return err
		}
		c := ztp.Credential{Platform: p, Vendor: "snom", Number: 1, CreatedAt: noon}
		if err := s.PlanCredential(ctx, c); err != nil {
			return err
		}
		c.State, c.VendorID = ztp.CredentialCreated, "ck_1"
		if err := s.SealCredential(ctx, c, ztp.NewSecret("secret"), ztp.CredentialPlanned); err != nil {
			return err
		}
		for i := range 2000 {
			mac, err := ztp.ParseMAC(fmt.Sprintf("00041300%04x", i))
			if err != nil {
				return err
			}
			if err := s.SaveEndpoint(ctx, ztp.Endpoint{
				Platform: p, Vendor: "snom", MAC: mac, Account: a, State: ztp.EndpointListed, CreatedAt: noon, UpdatedAt: noon,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return p, a
}

// What was read each second of a resync of 100,000 phones, half of which were told, and what is
// read now.
func BenchmarkResync(b *testing.B) {
	for name, s := range map[string]*sqlstore.Store{"SQLite": storetest.SQLite(b), "PostgreSQL": storetest.Open(b, pgtest.DSN(b), storetest.Options{})} {
		p, _ := benchFill(b, s)
		r := benchResync(b, s, p)
		b.Run(name+"/Counted", func(b *testing.B) {
			for range b.N {
				if one, err := s.Resync(ctx, r.ID); err != nil || one.Tally[ztp.ResyncItemTold] != 50_000 {
					b.Fatal(one, err)
				}
			}
		})
		b.Run(name+"/Head", func(b *testing.B) {
			for range b.N {
				if one, err := s.ResyncHead(ctx, r.ID); err != nil || one.Tally != nil {
					b.Fatal(one, err)
				}
			}
		})
	}
}

func benchResync(b *testing.B, s *sqlstore.Store, p ztp.PlatformID) ztp.Resync {
	b.Helper()
	r := ztp.Resync{ID: "large", Platform: p, State: ztp.ResyncCancelled, EndsAt: noon, CreatedAt: noon, FinishedAt: noon}
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	items := make([]ztp.ResyncItem, 100_000)
	for n := range items {
		items[n] = ztp.ResyncItem{MAC: ztp.MAC{0, 4, 0x13, byte(n >> 16), byte(n >> 8), byte(n)}, State: ztp.ResyncItemTold, DueAt: noon}
		if n%2 == 0 {
			items[n].State = ztp.ResyncItemQueued
		}
	}
	must(s.CreateResync(ctx, r, items[:ztp.ResyncPart]))
	for at := ztp.ResyncPart; at < len(items); at += ztp.ResyncPart {
		must(s.AddResyncItems(ctx, r, items[at:min(at+ztp.ResyncPart, len(items))]))
	}
	return r
}
