-- name: InsertAccount :execrows
INSERT INTO account (platform_id, id, slug, name, external_id, created_at, updated_at, version)
VALUES (sqlc.arg(platform_id), sqlc.arg(id), sqlc.arg(slug), sqlc.arg(name), sqlc.narg(external_id),
    sqlc.arg(created_at), sqlc.arg(updated_at), 1)
ON CONFLICT DO NOTHING;

-- name: GetAccount :one
SELECT * FROM account WHERE platform_id = sqlc.arg(platform_id) AND (id = sqlc.arg(ref) OR slug = sqlc.arg(ref))
ORDER BY CASE WHEN id = sqlc.arg(ref) THEN 0 ELSE 1 END LIMIT 1;

-- name: GetAccountByExternalID :one
SELECT * FROM account WHERE platform_id = sqlc.arg(platform_id) AND external_id = CAST(sqlc.arg(external_id) AS text);

-- name: ListAccounts :many
SELECT * FROM account WHERE platform_id = sqlc.arg(platform_id)
  AND (created_at > sqlc.arg(after_created) OR (created_at = sqlc.arg(after_created) AND id > sqlc.arg(after_id)))
ORDER BY created_at, id LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: UpdateAccount :execrows
UPDATE account SET name = sqlc.arg(name), external_id = sqlc.narg(external_id), updated_at = sqlc.arg(updated_at), version = version + 1
WHERE platform_id = sqlc.arg(platform_id) AND id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: AccountInUse :one
SELECT
    (SELECT count(*) FROM endpoint WHERE endpoint.platform_id = sqlc.arg(platform_id) AND account_id = CAST(sqlc.arg(id) AS text) AND state <> 'released') AS endpoints,
    (SELECT count(*) FROM platform WHERE platform.id = sqlc.arg(platform_id) AND primary_account = CAST(sqlc.arg(id) AS text)) AS primaries;

-- name: UnsetReleasedEndpoints :exec
UPDATE endpoint SET account_id = NULL
WHERE platform_id = sqlc.arg(platform_id) AND account_id = CAST(sqlc.arg(account_id) AS text) AND state = 'released';

-- name: UnsetAccountToken :exec
UPDATE account SET token_id = NULL, token_set_at = NULL WHERE platform_id = sqlc.arg(platform_id) AND id = sqlc.arg(id);

-- name: DeleteAccountTokens :exec
DELETE FROM account_token WHERE platform_id = sqlc.arg(platform_id) AND account_id = sqlc.arg(account_id);

-- name: DeleteAccount :execrows
DELETE FROM account WHERE platform_id = sqlc.arg(platform_id) AND id = sqlc.arg(id);

-- name: InsertAccountToken :execrows
INSERT INTO account_token (platform_id, account_id, id, hash, sealed, created_at)
VALUES (sqlc.arg(platform_id), sqlc.arg(account_id), sqlc.arg(id), sqlc.arg(hash), sqlc.arg(sealed), sqlc.arg(created_at))
ON CONFLICT DO NOTHING;

-- name: SetAccountToken :execrows
UPDATE account SET token_id = sqlc.arg(token_id), token_set_at = sqlc.arg(token_set_at), updated_at = sqlc.arg(token_set_at), version = version + 1
WHERE platform_id = sqlc.arg(platform_id) AND id = sqlc.arg(id);

-- name: GetAccountToken :one
SELECT sealed FROM account_token
WHERE platform_id = sqlc.arg(platform_id) AND account_id = sqlc.arg(account_id) AND id = sqlc.arg(id);

-- name: GetAccountByToken :one
SELECT account.* FROM account_token
JOIN account ON account.platform_id = account_token.platform_id AND account.id = account_token.account_id
WHERE account_token.hash = sqlc.arg(hash);
