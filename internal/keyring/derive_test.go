package keyring_test

import (
	"testing"

	"zerotouch.example/internal/keyring"
)

// Every process with the keyset derives the same, for each purpose something else,
// and nothing that another keyset would.
func TestDerive(t *testing.T) {
	t.Parallel()
	root, _, err := keyring.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	ring, wrapped, err := keyring.New(root)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := keyring.Unwrap(root, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := keyring.New(root)
	if err != nil {
		t.Fatal(err)
	}
	derive := func(k *keyring.Keyring, purpose ...string) [32]byte {
		t.Helper()
		d, err := k.Derive(purpose...)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	mine := derive(ring, "tickets", "1")
	if derive(elsewhere, "tickets", "1") != mine {
		t.Error("another process with the same keyset derives something else")
	}
	for what, got := range map[string][32]byte{
		"another period": derive(ring, "tickets", "2"), "other words": derive(ring, "tickets1"), "another keyset": derive(other, "tickets", "1"),
	} {
		if got == mine {
			t.Errorf("%s gives the same", what)
		}
	}
	if _, err := ring.Derive(); err == nil {
		t.Error("derived without a purpose")
	}
}
