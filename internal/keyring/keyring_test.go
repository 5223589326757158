package keyring_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zerotouch.example/internal/keyring"
)

// place is associated data as the store gives it.
var place = []string{"v1", "production", "vendor-credential", "p1", "snom", "1"}

func mustRoot(t *testing.T) *keyring.Root {
	t.Helper()
	root, err := keyring.CreateFile(filepath.Join(t.TempDir(), "zerotouch.key"))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func mustNew(t *testing.T, root *keyring.Root) (*keyring.Keyring, []byte) {
	t.Helper()
	k, wrapped, err := keyring.New(root)
	if err != nil {
		t.Fatal(err)
	}
	return k, wrapped
}

func mustSeal(t *testing.T, k *keyring.Keyring, ad []string, plaintext string) []byte {
	t.Helper()
	sealed, err := k.Seal(ad, []byte(plaintext))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantMismatch(t *testing.T, got []byte, err error) {
	t.Helper()
	if !errors.Is(err, keyring.ErrMismatch) || got != nil {
		t.Errorf("want ErrMismatch and nothing opened, got %q, %v", got, err)
	}
}

func TestSeal(t *testing.T) {
	t.Parallel()
	k, _ := mustNew(t, mustRoot(t))

	t.Run("OpensUnderTheSamePlace", func(t *testing.T) {
		t.Parallel()
		for _, want := range []string{"", "s", "a vendor secret", string(make([]byte, 100_000))} {
			got, err := k.Open(place, mustSeal(t, k, place, want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]byte(want), got); diff != "" {
				t.Error(diff)
			}
		}
	})
	t.Run("NeverTheSameBytesTwice", func(t *testing.T) {
		t.Parallel()
		if bytes.Equal(mustSeal(t, k, place, "same"), mustSeal(t, k, place, "same")) {
			t.Error("two seals of one value are equal")
		}
	})
	t.Run("DoesNotContainThePlaintext", func(t *testing.T) {
		t.Parallel()
		if bytes.Contains(mustSeal(t, k, place, "plain-words-1"), []byte("plain-words-1")) {
			t.Error("the plaintext is readable in the sealed value")
		}
	})
	t.Run("RefusedWithoutAPlace", func(t *testing.T) {
		t.Parallel()
		if _, err := k.Seal(nil, []byte("x")); err == nil {
			t.Error("sealed without associated data")
		}
		if _, err := k.Open(nil, mustSeal(t, k, place, "x")); err == nil {
			t.Error("opened without associated data")
		}
	})
}

// A row edited by someone who can write to the database must not open elsewhere.
func TestOpen_OtherPlaces(t *testing.T) {
	t.Parallel()
	k, _ := mustNew(t, mustRoot(t))
	sealed := mustSeal(t, k, place, "secret")
	others := map[string][]string{
		"other installation": {"v1", "staging", "vendor-credential", "p1", "snom", "1"},
		"other purpose":      {"v1", "production", "reseller", "p1", "snom", "1"},
		"other platform":     {"v1", "production", "vendor-credential", "p2", "snom", "1"},
		"other vendor":       {"v1", "production", "vendor-credential", "p1", "yealink", "1"},
		"other number":       {"v1", "production", "vendor-credential", "p1", "snom", "2"},
		"other format":       {"v2", "production", "vendor-credential", "p1", "snom", "1"},
		"swapped elements":   {"v1", "production", "vendor-credential", "snom", "p1", "1"},
		"moved boundary":     {"v1", "production", "vendor-credentialp1", "", "snom", "1"},
		"one fewer":          place[:5],
		"one more":           append(append([]string{}, place...), ""),
		"joined":             {"v1productionvendor-credentialp1snom1"},
	}
	for name, ad := range others {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := k.Open(ad, sealed)
			wantMismatch(t, got, err)
		})
	}
}

func TestOpen_Damaged(t *testing.T) {
	t.Parallel()
	k, _ := mustNew(t, mustRoot(t))
	sealed := mustSeal(t, k, place, "secret")
	for cut := range sealed {
		got, err := k.Open(place, sealed[:cut])
		wantMismatch(t, got, err)
	}
	for at := range sealed {
		flipped := bytes.Clone(sealed)
		flipped[at] ^= 0x40
		got, err := k.Open(place, flipped)
		wantMismatch(t, got, err)
	}
	got, err := k.Open(place, append(bytes.Clone(sealed), 0))
	wantMismatch(t, got, err)
}

func TestOpen_OtherKeyset(t *testing.T) {
	t.Parallel()
	root := mustRoot(t)
	one, _ := mustNew(t, root)
	two, _ := mustNew(t, root)
	got, err := two.Open(place, mustSeal(t, one, place, "secret"))
	wantMismatch(t, got, err)
}

func TestUnwrap(t *testing.T) {
	t.Parallel()
	root, other := mustRoot(t), mustRoot(t)
	k, wrapped := mustNew(t, root)
	sealed := mustSeal(t, k, place, "secret")

	t.Run("OpensWhatWasSealedBefore", func(t *testing.T) {
		t.Parallel()
		again, err := keyring.Unwrap(root, wrapped)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Open(place, sealed)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff("secret", string(got)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("WrongRootKey", func(t *testing.T) {
		t.Parallel()
		if _, err := keyring.Unwrap(other, wrapped); !errors.Is(err, keyring.ErrMismatch) {
			t.Errorf("want ErrMismatch, got %v", err)
		}
	})
	t.Run("Damaged", func(t *testing.T) {
		t.Parallel()
		for cut := range wrapped {
			if _, err := keyring.Unwrap(root, wrapped[:cut]); err == nil {
				t.Errorf("opened %d of %d bytes", cut, len(wrapped))
			}
		}
	})
	// The root key is replaced without sealing a single value again.
	t.Run("UnderANewRootKey", func(t *testing.T) {
		t.Parallel()
		moved, err := k.Wrap(other)
		if err != nil {
			t.Fatal(err)
		}
		again, err := keyring.Unwrap(other, moved)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.Open(place, sealed); err != nil {
			t.Error(err)
		}
	})
}

func TestCanary(t *testing.T) {
	t.Parallel()
	root := mustRoot(t)
	k, _ := mustNew(t, root)
	stranger, _ := mustNew(t, root)
	here := []string{"production"}
	canary, err := k.SealCanary(here)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.OpenCanary(here, canary); err != nil {
		t.Error(err)
	}
	refused := map[string]error{
		"other keyset":       stranger.OpenCanary(here, canary),
		"other installation": k.OpenCanary([]string{"staging"}, canary),
		"missing":            k.OpenCanary(here, nil),
		"an ordinary value":  k.OpenCanary(here, mustSeal(t, k, here, "zerotouch canary")),
	}
	for name, err := range refused {
		if !errors.Is(err, keyring.ErrMismatch) {
			t.Errorf("%s: want ErrMismatch, got %v", name, err)
		}
	}
	got, err := k.Open(here, canary)
	wantMismatch(t, got, err)
}

// Counting values per key is how a later rotation knows that it is done.
func TestKeyIDs(t *testing.T) {
	t.Parallel()
	root := mustRoot(t)
	before, _ := mustNew(t, root)
	old := mustSeal(t, before, place, "old")
	after := mustRotate(t, before)
	wrapped, err := after.Wrap(root)
	if err != nil {
		t.Fatal(err)
	}
	if after, err = keyring.Unwrap(root, wrapped); err != nil {
		t.Fatal(err)
	}
	fresh := mustSeal(t, after, place, "new")

	want := []uint32{mustKeyID(t, fresh), mustKeyID(t, old)}
	if diff := cmp.Diff(want, after.KeyIDs()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]uint32{mustKeyID(t, old)}, before.KeyIDs()); diff != "" {
		t.Error(diff)
	}
	if got, err := after.Open(place, old); err != nil || string(got) != "old" {
		t.Errorf("the new keyset does not open an old value: %q, %v", got, err)
	}
	got, err := before.Open(place, fresh)
	wantMismatch(t, got, err)
}

func mustRotate(t *testing.T, k *keyring.Keyring) *keyring.Keyring {
	t.Helper()
	staged, id, err := k.Add()
	if err != nil {
		t.Fatal(err)
	}
	after, err := staged.Promote(id)
	if err != nil {
		t.Fatal(err)
	}
	return after
}

// A key is there before it seals, and what it sealed opens before and after the
// old one is withdrawn.
func TestRotateSteps(t *testing.T) {
	t.Parallel()
	before, _ := mustNew(t, mustRoot(t))
	old := mustSeal(t, before, place, "old")
	staged, id, err := before.Add()
	if err != nil {
		t.Fatal(err)
	}
	if mustKeyID(t, mustSeal(t, staged, place, "x")) == id {
		t.Error("a key that was only added seals")
	}
	promoted, err := staged.Promote(id)
	if err != nil {
		t.Fatal(err)
	}
	fresh := mustSeal(t, promoted, place, "new")
	if mustKeyID(t, fresh) != id {
		t.Error("the promoted key does not seal")
	}
	if before.Has(fresh) || !staged.Has(fresh) || !promoted.Has(old) || promoted.Has(old[:5]) {
		t.Error("Has does not tell which keyset has the key of a value")
	}
	for _, k := range []*keyring.Keyring{staged, promoted} {
		for _, sealed := range [][]byte{old, fresh} {
			if _, err := k.Open(place, sealed); err != nil {
				t.Error(err)
			}
		}
	}
	last, err := promoted.Withdraw()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint32{id}, last.KeyIDs()); diff != "" {
		t.Error(diff)
	}
	if _, err := last.Open(place, fresh); err != nil {
		t.Error(err)
	}
	got, err := last.Open(place, old)
	wantMismatch(t, got, err)
	if _, err := last.Promote(before.KeyIDs()[0]); err == nil {
		t.Error("promoted a key that is not there")
	}
}

func mustKeyID(t *testing.T, sealed []byte) uint32 {
	t.Helper()
	id, err := keyring.KeyIDOf(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Two different lists never have one byte form.
func TestEncode_IsUnambiguous(t *testing.T) {
	t.Parallel()
	list := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune{'a', 0, 1}), 0, 3, -1), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		a, b := list.Draw(t, "a"), list.Draw(t, "b")
		same := bytes.Equal(keyring.Encode(a[0], a[1:]...), keyring.Encode(b[0], b[1:]...))
		if same != cmp.Equal(a, b) {
			t.Fatalf("%q and %q: equal bytes %v", a, b, same)
		}
	})
}

// No bytes from outside may open, panic, or give an id where nothing was sealed.
func FuzzOpen(f *testing.F) {
	root, err := keyring.CreateFile(filepath.Join(f.TempDir(), "zerotouch.key"))
	if err != nil {
		f.Fatal(err)
	}
	k, wrapped, err := keyring.New(root)
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := k.Seal(place, []byte("secret"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{})
	f.Add([]byte{1, 0, 0, 0, 5, 1, 0, 0, 0, 1})
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1})
	f.Add(sealed)
	f.Add(wrapped)
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := k.Open([]string{"nobody sealed here"}, b); !errors.Is(err, keyring.ErrMismatch) {
			t.Errorf("opened %q, %v", got, err)
		}
		if _, err := keyring.KeyIDOf(b); err != nil && !errors.Is(err, keyring.ErrMismatch) {
			t.Error(err)
		}
		_, _ = keyring.Unwrap(root, b) // must not panic; the seed corpus holds one that opens
	})
}
