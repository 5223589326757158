package sqlstore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// aPhone is a phone with one of each value that whoever serves phones has to open.
type aPhone struct {
	platform ztp.PlatformID
	account  ztp.AccountID
	mac      ztp.MAC
	device   ztp.Secret
}

const sipPassword = "sip-password-canary-5"

var httpPassword = ztp.NewSecret("http-password-canary-6")

// filledWithPhone is filled with such a phone beside.
func filledWithPhone(t *testing.T, s *sqlstore.Store) aPhone {
	t.Helper()
	p, a := filled(t, s)
	f := aPhone{platform: p[0], account: a[0], device: ztp.NewToken()}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	f.mac, err = ztp.ParseMAC("000413000001")
	must(err)
	must(s.SaveEndpoint(ctx, ztp.Endpoint{Platform: f.platform, Vendor: "snom", MAC: f.mac, Account: f.account, ProductGroup: "D-Series", State: ztp.EndpointWanted}))
	must(s.SetPIN(ctx, f.platform, f.mac, ztp.NewSecret("1234")))
	must(s.SetDeviceTokens(ctx, f.platform, map[ztp.MAC]ztp.Secret{f.mac: f.device}))
	_, err = s.ChangeSettings(ctx, ztp.SettingScope{Platform: f.platform, MAC: f.mac}, nil,
		[]ztp.SettingChange{{Name: "sip_password", Index: 1, Secret: true, Value: ztp.NewSecret(sipPassword)}}, "root", noon)
	must(err)
	k := ztp.Contact{Platform: f.platform, MAC: f.mac, Account: f.account, TokenID: "t1", DeviceTokenHash: ztp.HashToken(f.device)}
	must(s.SaveContact(ctx, k.WithPassword(ztp.HashToken(httpPassword), noon), httpPassword))
	return f
}

// opens wants everything of the phone to open.
func (f aPhone) opens(s *sqlstore.Store) error {
	token, err := s.OpenToken(ctx, f.platform, f.account, "t1")
	if err != nil || !token.Equal(ztp.NewSecret(provisionToken+"0")) {
		return fmt.Errorf("account token: %w", errors.Join(err, errors.New("another one")))
	}
	device, err := s.DeviceTokens(ctx, f.platform, []ztp.MAC{f.mac})
	if err != nil || !device[f.mac].Equal(f.device) {
		return fmt.Errorf("device token: %v", err)
	}
	layers, err := s.OpenSettings(ctx, ztp.SettingScope{Platform: f.platform, MAC: f.mac})
	if err != nil || len(layers[0].Settings) != 1 || !layers[0].Settings[0].Opened.Equal(ztp.NewSecret(sipPassword)) {
		return fmt.Errorf("settings: %v, %v", layers, err)
	}
	password, err := s.ContactPassword(ctx, f.platform, f.mac)
	if err != nil || !password.Equal(httpPassword) {
		return fmt.Errorf("password: %v", err)
	}
	r, found, err := s.PhoneRecord(ctx, token, f.mac)
	if err != nil || !found || !r.Password.Equal(httpPassword) {
		return fmt.Errorf("all in one question: found %v, %v", found, err)
	}
	current, err := s.OpenToken(ctx, f.platform, f.account, r.Account.TokenID)
	if err != nil || !r.Current.Equal(current) {
		return fmt.Errorf("the current token in one question: %v", err)
	}
	return nil
}

func mustSplit(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	if _, err := s.SplitPhones(ctx, root); err != nil {
		t.Fatal(err)
	}
}

// wantSplit wants everything of phones under the second key and everything else under the first.
func wantSplit(t *testing.T, s *sqlstore.Store, main, phones int64) {
	t.Helper()
	got := mustKeyStatus(t, s)
	if !got.PhonesReady || got.Phase != sqlstore.KeysSteady || got.Lost != 0 || len(got.Keys) != 2 ||
		got.Keys[0].Values != main || got.Keys[1].Values != phones || !got.Keys[1].Phones || !got.Keys[1].Primary {
		t.Errorf("want %d values under the main key and %d under that of phones, got %+v", main, phones, got)
	}
}

// What filledWithPhone writes: two account tokens and three more values of a phone; and
// the PIN and the root key of phones beside what else filled writes.
const (
	phoneValues = 2 + 3
	otherValues = filledValues - 2 + 2
)

func TestSplitPhones(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		f := filledWithPhone(t, s)
		replica := storetest.Open(t, dsn, storetest.Options{})
		ticket, err := replica.TicketKey(1)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := s.SplitPhones(ctx, root); err != nil || n != phoneValues {
			t.Fatalf("%d values sealed again, %v", n, err)
		}
		wantSplit(t, s, otherValues, phoneValues)
		for range 2 { // again it changes nothing
			if n, err := s.SplitPhones(ctx, root); err != nil || n != 0 {
				t.Errorf("again: %d values, %v", n, err)
			}
			wantOpen(t, s, replica, storetest.Open(t, dsn, storetest.Options{}))
			for _, s := range []*sqlstore.Store{s, replica, storetest.Open(t, dsn, storetest.Options{})} {
				if err := f.opens(s); err != nil {
					t.Error(err)
				}
			}
			// Both keysets go through a rotation together.
			mustRotate(t, s)
			wantSplit(t, s, otherValues, phoneValues)
		}
		if one, err := replica.TicketKey(1); err != nil || one == ticket {
			t.Errorf("session tickets still hang on the main key, %v", err)
		}
		var oldest int64
		if err := s.Raw().QueryRow("SELECT oldest FROM schema_compat").Scan(&oldest); err != nil || oldest != sqlstore.PhonesSchema {
			t.Errorf("programs that could not open what phones need may still start: oldest schema %d, %v", oldest, err)
		}
		text, id, err := s.PhonesRoot(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if key, err := keyring.ParseRoot(text); err != nil || key.ID() != id {
			t.Errorf("the root key of phones is %v, not %s: %v", key, id, err)
		}
	})
}

// Whatever the split stands at, a process that knew nothing of it reads and writes.
func TestSplitPhones_BesideAReplica(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		f := filledWithPhone(t, s)
		replica := storetest.Open(t, dsn, storetest.Options{})
		var wg sync.WaitGroup
		stop, last := make(chan struct{}), 0
		wg.Go(func() {
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := work(replica, f.platform, f.account, i); err != nil {
					t.Errorf("beside the split: %v", err)
					return
				}
				last = i
			}
		})
		mustSplit(t, s)
		for range 3 {
			mustRotate(t, s)
		}
		close(stop)
		wg.Wait()
		wantSplit(t, s, otherValues+1, phoneValues+int64(last)) // and the credential that work replaces
		if err := f.opens(replica); err != nil {
			t.Error(err)
		}
	})
}

// Killed when the keyset is there and nothing hangs on it yet: everything opens, the next
// run finishes, and so does a rotation.
func TestSplitPhones_CutShort(t *testing.T) {
	t.Parallel()
	for name, finish := range map[string]func(*testing.T, *sqlstore.Store){
		"by itself": mustSplit,
		"after a rotation": func(t *testing.T, s *sqlstore.Store) {
			mustRotate(t, s)
			mustSplit(t, s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, dsn string) {
				s := storetest.Open(t, dsn, storetest.Options{})
				f := filledWithPhone(t, s)
				if err := s.AddPhonesKey(ctx, root); err != nil {
					t.Fatal(err)
				}
				for _, s := range []*sqlstore.Store{s, storetest.Open(t, dsn, storetest.Options{})} {
					if err := f.opens(s); err != nil || mustKeyStatus(t, s).PhonesReady {
						t.Errorf("half way: %v, ready %v", err, mustKeyStatus(t, s).PhonesReady)
					}
				}
				finish(t, storetest.Open(t, dsn, storetest.Options{}))
				wantSplit(t, s, otherValues, phoneValues)
				if err := f.opens(s); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A value of a vendor that the key of phones has sealed opens nowhere: whoever takes a
// server of phones over can make none up.
func TestSplitPhones_TheirKeyOpensNothingElse(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		f := filledWithPhone(t, s)
		mustSplit(t, s)
		forged, err := s.SealAsPhones(ctx, "reseller", "snom", []byte(`{"key_id":"ck_forged","key_secret":"forged"}`))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Raw().Exec("UPDATE reseller SET sealed = $1 WHERE vendor = 'snom'", forged); err != nil {
			t.Fatal(err)
		}
		if key, _, err := s.SealedReseller(ctx, "snom"); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
			t.Errorf("a forged credential opens as %s, %v", key.ID, err)
		}
		if got := mustKeyStatus(t, s); got.Lost != 1 {
			t.Errorf("want it counted as lost, got %+v", got)
		}
		if err := f.opens(s); err != nil {
			t.Error(err)
		}
	})
}

// Whatever the main keyset has sealed after all, the same call puts right.
func TestSplitPhones_Again(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		f := filledWithPhone(t, s)
		var before []byte
		if err := s.Raw().QueryRow("SELECT password FROM phone_contact").Scan(&before); err != nil {
			t.Fatal(err)
		}
		mustSplit(t, s)
		if _, err := s.Raw().Exec("UPDATE phone_contact SET password = $1", before); err != nil {
			t.Fatal(err)
		}
		if n, err := s.SplitPhones(ctx, root); err != nil || n != 1 {
			t.Errorf("%d values sealed again, %v", n, err)
		}
		wantSplit(t, s, otherValues, phoneValues)
		if err := f.opens(s); err != nil {
			t.Error(err)
		}
	})
}

func TestSplitPhones_Refused(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		filled(t, s)
		if _, err := s.SplitPhones(ctx, ztp.Actor{Kind: ztp.ActorUser, Name: "v", Role: ztp.Viewer}); !ztp.IsCode(err, ztp.CodeNotAllowed) {
			t.Errorf("a viewer: %v", err)
		}
		if err := s.BeatReplica(ctx, ztp.Replica{ID: "old", Schema: sqlstore.PhonesSchema - 1}, time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := s.SplitPhones(ctx, root); !ztp.IsCode(err, ztp.CodeInUse) {
			t.Errorf("beside an older server: %v", err)
		}
		if _, _, err := s.PhonesRoot(ctx); !ztp.IsCode(err, ztp.CodeNotFound) {
			t.Errorf("want no root key of phones, got %v", err)
		}
		if err := s.LeaveReplica(ctx, "old"); err != nil {
			t.Fatal(err)
		}
		mustSplit(t, s)
	})
}
