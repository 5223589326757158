package sqlstore_test

import (
	"testing"

	"zerotouch.example/internal/sqlstore/storetest"
)

// Two processes on one database make the same keys of session tickets, one for each
// period.
func TestTicketKeysAreShared(t *testing.T) {
	t.Parallel()
	dsn := storetest.File(t, storetest.Options{})
	one, two := storetest.Open(t, dsn, storetest.Options{}), storetest.Open(t, dsn, storetest.Options{})
	a, err := one.TicketKey(7)
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.TicketKey(7)
	if err != nil || a != b {
		t.Errorf("the other process has another key (%v)", err)
	}
	if c, err := one.TicketKey(8); err != nil || c == a {
		t.Errorf("the next period has the same key (%v)", err)
	}
}
