package sqlstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"zerotouch.example/internal/ztp"
)

// channel is the name under which processes on one database hear each other.
const channel = "zerotouch"

// relisten is the wait before a lost connection is made again.
const relisten = 5 * time.Second

// listener hands over hints until its connection is lost.
type listener func(ctx context.Context, hear func(ztp.Hint)) error

// Listen hands over the hints of other processes, and of this one, until ctx ends.
// Some get lost, so whoever listens looks by itself too.
func (s *Store) Listen(ctx context.Context, hear func(ztp.Hint)) {
	if s.listen == nil {
		<-ctx.Done()
		return
	}
	for ctx.Err() == nil {
		_ = s.listen(ctx, hear) // the database tells of itself elsewhere
		select {
		case <-ctx.Done():
		case <-time.After(relisten):
		}
	}
}

func listenPostgres(cfg *pgx.ConnConfig) listener {
	return func(ctx context.Context, hear func(ztp.Hint)) error {
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
			return err
		}
		for {
			n, err := conn.WaitForNotification(ctx)
			if err != nil {
				return err
			}
			hear(ztp.Hint(n.Payload))
		}
	}
}
