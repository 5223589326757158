package orchestrator_test

import (
	"database/sql"
	"testing"

	"zerotouch.example/internal/ztp"
)

// TestExchangedValues puts the sealed keys of two platforms in each other's rows by
// hand. Whatever needs one stops with an alarm and asks the vendor nothing with it; a
// new key makes it right.
func TestExchangedValues(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindCheck, ztp.KindUpdateAddress, ztp.KindRegister} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{})
			w.press(ztp.KindOnboard)
			first, key := w.p, w.activeKey()
			w.p, w.account = w.another("Second Voice")
			w.press(ztp.KindOnboard)
			second := w.activeKey()
			w.exchange(first.ID, w.p.ID)

			mark := w.mark()
			w.mustEnd(w.run(kind), ztp.OperationNeedsOperator, ztp.CodeSealingKeyMismatch)
			for _, c := range w.calls(mark) {
				if c.KeyID == key || c.KeyID == second {
					t.Errorf("%s %s is signed by a key that does not open", c.Method, c.Path)
				}
			}
			w.mustChange(mark)
			w.press(ztp.KindRotate)
			w.press(kind)
			w.mustStates(ztp.CredentialRevoked, ztp.CredentialActive)
		})
	}
}

// exchange swaps the sealed values of the first credentials of two platforms.
func (w *world) exchange(a, b ztp.PlatformID) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.file+"?_pragma=busy_timeout(5000)")
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	sealed := map[ztp.PlatformID][]byte{}
	for _, p := range []ztp.PlatformID{a, b} {
		var v []byte
		if err := db.QueryRow("SELECT sealed FROM credential WHERE platform_id = ? AND number = 1", string(p)).Scan(&v); err != nil {
			w.t.Fatal(err)
		}
		sealed[p] = v
	}
	for to, from := range map[ztp.PlatformID]ztp.PlatformID{a: b, b: a} {
		if _, err := db.Exec("UPDATE credential SET sealed = ? WHERE platform_id = ? AND number = 1", sealed[from], string(to)); err != nil {
			w.t.Fatal(err)
		}
	}
}
