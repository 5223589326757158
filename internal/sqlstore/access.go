package sqlstore

import (
	"context"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func userOf(r db.Person) (ztp.User, error) {
	return ztp.User{
		Name: r.Name, Role: ztp.Role(r.Role), PasswordHash: r.PasswordHash,
		CreatedAt: instant(r.CreatedAt), UpdatedAt: instant(r.UpdatedAt),
	}, nil
}

// CreateUser inserts; a used name is invalid with the field name.
func (s *Store) CreateUser(ctx context.Context, u ztp.User) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.InsertPerson(ctx, db.InsertPersonParams{
			Name: u.Name, Role: string(u.Role), PasswordHash: u.PasswordHash, CreatedAt: ms(u.CreatedAt), UpdatedAt: ms(u.UpdatedAt),
		})
		if err == nil && n == 0 {
			return ztp.Invalid("name", "There is a user of this name already.")
		}
		return s.fail(err, "user")
	})
}

// User finds one by name.
func (s *Store) User(ctx context.Context, name string) (ztp.User, error) {
	row, err := s.queries().GetPerson(ctx, name)
	if err != nil {
		return ztp.User{}, s.fail(err, "user")
	}
	return userOf(row)
}

// ListUsers returns all users by name.
func (s *Store) ListUsers(ctx context.Context) ([]ztp.User, error) {
	rows, err := s.queries().ListPersons(ctx)
	if err != nil {
		return nil, s.fail(err, "users")
	}
	return mapRows(rows, userOf)
}

// UpdateUser writes role and password hash; the last one to write wins.
func (s *Store) UpdateUser(ctx context.Context, u ztp.User) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.UpdatePerson(ctx, db.UpdatePersonParams{
			Role: string(u.Role), PasswordHash: u.PasswordHash, UpdatedAt: ms(u.UpdatedAt), Name: u.Name,
		})
		return s.hit(n, err, "user")
	})
}

// DeleteUser removes the user and ends all sessions of it.
func (s *Store) DeleteUser(ctx context.Context, name string) error {
	return s.change(ctx, func(q *db.Queries) error {
		if err := q.DeleteSessionsOf(ctx, name); err != nil {
			return s.fail(err, "sessions")
		}
		n, err := q.DeletePerson(ctx, name)
		return s.hit(n, err, "user")
	})
}

// SaveSession writes data under a hashed session id, and forgets expired sessions.
func (s *Store) SaveSession(ctx context.Context, hash, user string, data []byte, expires time.Time) error {
	if data == nil {
		data = []byte{}
	}
	return s.change(ctx, func(q *db.Queries) error {
		if err := q.DropSessions(ctx, ms(s.Now())); err != nil {
			return s.fail(err, "sessions")
		}
		err := q.SaveSession(ctx, db.SaveSessionParams{Hash: hash, Person: user, Data: data, ExpiresAt: ms(expires)})
		return s.fail(err, "session")
	})
}

// RenewSession writes a session that is still there.
func (s *Store) RenewSession(ctx context.Context, hash string, data []byte, expires time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.RenewSession(ctx, db.RenewSessionParams{Hash: hash, Data: data, ExpiresAt: ms(expires)})
		return s.hit(n, err, "session")
	})
}

// Session returns the data of a session that has not expired by now.
func (s *Store) Session(ctx context.Context, hash string, now time.Time) ([]byte, error) {
	data, err := s.queries().GetSession(ctx, db.GetSessionParams{Hash: hash, Now: ms(now)})
	return data, s.fail(err, "session")
}

// DeleteSession ends a session; one that is not there is ended already.
func (s *Store) DeleteSession(ctx context.Context, hash string) error {
	return s.change(ctx, func(q *db.Queries) error { return s.fail(q.DeleteSession(ctx, hash), "session") })
}

// DeleteSessionsOf ends all sessions of a user, of which there may be none.
func (s *Store) DeleteSessionsOf(ctx context.Context, user string) error {
	return s.change(ctx, func(q *db.Queries) error { return s.fail(q.DeleteSessionsOf(ctx, user), "sessions") })
}

func apiTokenOf(r db.ApiToken) (ztp.APIToken, error) {
	return ztp.APIToken{
		Name: r.Name, Role: ztp.Role(r.Role), CreatedAt: instant(r.CreatedAt),
		ExpiresAt: instantOrZero(r.ExpiresAt), UsedAt: instantOrZero(r.UsedAt),
	}, nil
}

// CreateAPIToken inserts; a used name is invalid with the field name.
func (s *Store) CreateAPIToken(ctx context.Context, t ztp.APIToken, hash string) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.InsertAPIToken(ctx, db.InsertAPITokenParams{
			Name: t.Name, Hash: hash, Role: string(t.Role), CreatedAt: ms(t.CreatedAt), ExpiresAt: msOrNull(t.ExpiresAt),
		})
		if err == nil && n == 0 {
			return ztp.Invalid("name", "There is a token of this name already. Revoke it first or choose another name.")
		}
		return s.fail(err, "API token")
	})
}

// APIToken finds a token by hash, whether expired or not.
func (s *Store) APIToken(ctx context.Context, hash string) (ztp.APIToken, error) {
	row, err := s.queries().GetAPIToken(ctx, hash)
	if err != nil {
		return ztp.APIToken{}, s.fail(err, "API token")
	}
	return apiTokenOf(row)
}

// ListAPITokens returns all tokens by name.
func (s *Store) ListAPITokens(ctx context.Context) ([]ztp.APIToken, error) {
	rows, err := s.queries().ListAPITokens(ctx)
	if err != nil {
		return nil, s.fail(err, "API tokens")
	}
	return mapRows(rows, apiTokenOf)
}

// DeleteAPIToken revokes a token at once.
func (s *Store) DeleteAPIToken(ctx context.Context, name string) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.DeleteAPIToken(ctx, name)
		return s.hit(n, err, "API token")
	})
}

// TouchAPIToken records that a token was used.
func (s *Store) TouchAPIToken(ctx context.Context, name string, at time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.TouchAPIToken(ctx, db.TouchAPITokenParams{UsedAt: msOrNull(at), Name: name})
		return s.hit(n, err, "API token")
	})
}
