-- name: InsertPerson :execrows
INSERT INTO person (name, role, password_hash, created_at, updated_at)
VALUES (sqlc.arg(name), sqlc.arg(role), sqlc.arg(password_hash), sqlc.arg(created_at), sqlc.arg(updated_at))
ON CONFLICT DO NOTHING;

-- name: GetPerson :one
SELECT * FROM person WHERE name = sqlc.arg(name);

-- name: ListPersons :many
SELECT * FROM person ORDER BY name;

-- name: UpdatePerson :execrows
UPDATE person SET role = sqlc.arg(role), password_hash = sqlc.arg(password_hash), updated_at = sqlc.arg(updated_at) WHERE name = sqlc.arg(name);

-- name: DeletePerson :execrows
DELETE FROM person WHERE name = sqlc.arg(name);

-- name: SaveSession :exec
INSERT INTO session (hash, person, data, expires_at) VALUES (sqlc.arg(hash), sqlc.arg(person), sqlc.arg(data), sqlc.arg(expires_at))
ON CONFLICT (hash) DO UPDATE SET person = excluded.person, data = excluded.data, expires_at = excluded.expires_at;

-- name: RenewSession :execrows
UPDATE session SET data = sqlc.arg(data), expires_at = sqlc.arg(expires_at) WHERE hash = sqlc.arg(hash);

-- name: DropSessions :exec
DELETE FROM session WHERE expires_at <= sqlc.arg(now);

-- name: GetSession :one
SELECT data FROM session WHERE hash = sqlc.arg(hash) AND expires_at > sqlc.arg(now);

-- name: DeleteSession :exec
DELETE FROM session WHERE hash = sqlc.arg(hash);

-- name: DeleteSessionsOf :exec
DELETE FROM session WHERE person = sqlc.arg(person);

-- name: InsertAPIToken :execrows
INSERT INTO api_token (name, hash, role, created_at, expires_at)
VALUES (sqlc.arg(name), sqlc.arg(hash), sqlc.arg(role), sqlc.arg(created_at), sqlc.narg(expires_at))
ON CONFLICT DO NOTHING;

-- name: GetAPIToken :one
SELECT * FROM api_token WHERE hash = sqlc.arg(hash);

-- name: ListAPITokens :many
SELECT * FROM api_token ORDER BY name;

-- name: DeleteAPIToken :execrows
DELETE FROM api_token WHERE name = sqlc.arg(name);

-- name: TouchAPIToken :execrows
UPDATE api_token SET used_at = sqlc.arg(used_at) WHERE name = sqlc.arg(name);
