package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"zerotouch.example/internal/ztp"
)

// claim is the first thing in the transaction of a request that makes something
// without an operation. It returns what the same request has made before, or nil
// when this one is to make m; idempotency_mismatch when the key came with another
// request. Of parallel ones the others wait here for the outcome of the first.
func (c *Control) claim(ctx context.Context, s ztp.Store, a ztp.Actor, sub Submission, m ztp.Submission) (*ztp.Submission, error) {
	if sub.Key == "" {
		return nil, nil
	}
	op, err := s.OperationByKey(ctx, a.String(), sub.Key)
	if err == nil {
		return nil, &ztp.Error{Code: ztp.CodeIdempotencyMismatch, Operation: &op}
	}
	if !ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, err
	}
	m.Actor, m.Key, m.At = a.String(), sub.Key, c.now()
	earlier, fresh, err := s.ClaimSubmission(ctx, m)
	switch {
	case err != nil, fresh:
		return nil, err
	case earlier.BodyHash != m.BodyHash:
		return nil, &ztp.Error{Code: ztp.CodeIdempotencyMismatch}
	}
	return &earlier, nil
}

// create makes something that may have an external id, in one transaction. Who finds at its
// end that another request has made what has that id looks once more, and has that then.
func (c *Control) create(ctx context.Context, externalID string, f func(ztp.Store) error) error {
	err := c.cfg.Store.Tx(ctx, f)
	if err != nil && externalID != "" && ztp.AsError(err).Fields["external_id"] != "" {
		return c.cfg.Store.Tx(ctx, f)
	}
	return err
}

// madeAgain returns the account that an earlier submission made, and its token: the
// answer that showed it may have been lost, and whoever sends the request again has
// no other way to it than making another one.
func (c *Control) madeAgain(ctx context.Context, s ztp.Store, a ztp.Actor, m ztp.Submission) (ztp.Account, ztp.Secret, error) {
	acc, err := s.Account(ctx, m.Platform, string(m.Account))
	if err != nil || m.TokenID == "" {
		return acc, ztp.Secret{}, removedSince(err)
	}
	token, err := s.OpenToken(ctx, m.Platform, m.Account, m.TokenID)
	if err != nil {
		return acc, token, err
	}
	return acc, token, s.AppendEvent(ctx, c.event(a, "account.token_shown_again", m.Platform, "", acc.Slug))
}

// removedSince words a not_found of what an earlier request has made.
func removedSince(err error) error {
	if !ztp.IsCode(err, ztp.CodeNotFound) {
		return err
	}
	what := ztp.AsError(err).What
	return &ztp.Error{Code: ztp.CodeNotFound, What: what, Detail: "The " + what + " that this request made was removed since."}
}

// digest tells two requests apart.
func digest(request ...any) string {
	b, _ := json.Marshal(request)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
