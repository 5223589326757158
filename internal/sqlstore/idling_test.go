package sqlstore_test

import (
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// A process that is frozen in a transaction holds the end of the audit log, which
// every change needs. PostgreSQL throws it out, so that the others go on.
func TestIdleInTransaction(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "15s", " idle_in_transaction_session_timeout=100": "100ms"} {
		dsn := pgtest.DSN(t) + text
		s := storetest.Open(t, dsn, storetest.Options{})
		var got string
		if err := s.Raw().QueryRowContext(ctx, "SHOW idle_in_transaction_session_timeout").Scan(&got); err != nil || got != want {
			t.Errorf("want %s, got %q, %v", want, got, err)
		}
		if text == "" {
			continue
		}
		frozen, written := make(chan struct{}), make(chan error, 1)
		go func() {
			written <- s.Tx(ctx, func(tx ztp.Store) error {
				if err := tx.AppendEvent(ctx, ztp.Event{At: noon, Action: "frozen", Outcome: ztp.OutcomeOK}); err != nil {
					return err
				}
				<-frozen
				return nil
			})
		}()
		other := storetest.Open(t, dsn, storetest.Options{})
		done := make(chan error, 1)
		go func() { done <- other.AppendEvent(ctx, ztp.Event{At: noon, Action: "other", Outcome: ztp.OutcomeOK}) }()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Error("whoever is frozen keeps everybody from writing")
		}
		close(frozen)
		<-written // it went through before the other, or was thrown out
	}
}
