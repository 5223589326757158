package sqlstore

import (
	"context"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// ClaimSubmission inserts m, or returns what the actor has submitted under the key.
// A transaction that has inserted it and not ended is waited for: on PostgreSQL by
// the unique index, on SQLite there is no other.
func (s *Store) ClaimSubmission(ctx context.Context, m ztp.Submission) (earlier ztp.Submission, fresh bool, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().InsertSubmission(ctx, db.InsertSubmissionParams{
			AskedBy: m.Actor, IdempotencyKey: m.Key, BodyHash: m.BodyHash, PlatformID: string(m.Platform),
			AccountID: string(m.Account), TokenID: m.TokenID, Existed: m.Existed, CreatedAt: ms(m.At),
		})
		if fresh = n > 0; err != nil || fresh {
			return s.fail(err, "submission")
		}
		earlier, err = t.Submission(ctx, m.Actor, m.Key)
		return err
	})
	return earlier, fresh, err
}

// Submission finds what the actor has submitted under the key.
func (s *Store) Submission(ctx context.Context, actor, key string) (ztp.Submission, error) {
	r, err := s.queries().GetSubmission(ctx, db.GetSubmissionParams{AskedBy: actor, IdempotencyKey: key})
	if err != nil {
		return ztp.Submission{}, s.fail(err, "submission")
	}
	return ztp.Submission{
		Actor: r.AskedBy, Key: r.IdempotencyKey, BodyHash: r.BodyHash, Platform: ztp.PlatformID(r.PlatformID),
		Account: ztp.AccountID(r.AccountID), TokenID: r.TokenID, Existed: r.Existed, At: instant(r.CreatedAt),
	}, nil
}

// DropSubmissions forgets those made until then.
func (s *Store) DropSubmissions(ctx context.Context, until time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		return s.fail(q.DropSubmissions(ctx, ms(until)), "submissions")
	})
}
