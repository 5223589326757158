-- name: InsertPlatform :execrows
INSERT INTO platform (id, slug, name, name_fold, external_id, url_template, primary_account, phone_proof, created_at, updated_at, version)
VALUES (sqlc.arg(id), sqlc.arg(slug), sqlc.arg(name), sqlc.arg(name_fold), sqlc.narg(external_id), sqlc.arg(url_template),
    sqlc.narg(primary_account), sqlc.arg(phone_proof), sqlc.arg(created_at), sqlc.arg(updated_at), 1)
ON CONFLICT DO NOTHING;

-- name: GetPlatform :one
SELECT * FROM platform WHERE id = sqlc.arg(ref) OR slug = sqlc.arg(ref)
ORDER BY CASE WHEN id = sqlc.arg(ref) THEN 0 ELSE 1 END LIMIT 1;

-- name: GetPlatformByExternalID :one
SELECT * FROM platform WHERE external_id = CAST(sqlc.arg(external_id) AS text);

-- name: ListPlatforms :many
SELECT * FROM platform
WHERE (name_fold > sqlc.arg(after_name) OR (name_fold = sqlc.arg(after_name) AND id > sqlc.arg(after_id)))
  AND (CAST(sqlc.arg(needle) AS text) = '' OR replace(name_fold, sqlc.arg(needle), '') <> name_fold OR replace(slug, sqlc.arg(needle), '') <> slug)
ORDER BY name_fold, id LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: UpdatePlatform :execrows
UPDATE platform SET name = sqlc.arg(name), name_fold = sqlc.arg(name_fold), external_id = sqlc.narg(external_id),
    url_template = sqlc.arg(url_template), primary_account = sqlc.narg(primary_account), phone_proof = sqlc.arg(phone_proof),
    updated_at = sqlc.arg(updated_at), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: CountLessProof :one
SELECT count(*) FROM platform WHERE phone_proof <> 'certificate';

-- name: PlatformInUse :one
SELECT
    (SELECT count(*) FROM link WHERE link.platform_id = sqlc.arg(id) AND company_id IS NOT NULL) AS companies,
    (SELECT CAST(COALESCE(sum(n), 0) AS bigint) FROM endpoint_count WHERE endpoint_count.platform_id = sqlc.arg(id) AND state <> 'released') AS endpoints,
    (SELECT count(*) FROM operation WHERE operation.platform_id = sqlc.arg(id) AND finished_at IS NULL) AS operations;

-- name: DeletePlatformOperations :exec
DELETE FROM operation WHERE platform_id = sqlc.arg(platform_id);

-- name: DeletePlatformEndpoints :exec
DELETE FROM endpoint WHERE platform_id = sqlc.arg(platform_id);

-- name: DeletePlatformCredentials :exec
DELETE FROM credential WHERE platform_id = sqlc.arg(platform_id);

-- name: DeletePlatformLinks :exec
DELETE FROM link WHERE platform_id = sqlc.arg(platform_id);

-- name: UnsetPlatformAccounts :exec
UPDATE account SET token_id = NULL, token_set_at = NULL WHERE platform_id = sqlc.arg(platform_id);

-- name: DeletePlatformTokens :exec
DELETE FROM account_token WHERE platform_id = sqlc.arg(platform_id);

-- name: UnsetPlatformPrimary :exec
UPDATE platform SET primary_account = NULL WHERE id = sqlc.arg(id);

-- name: DeletePlatformAccounts :exec
DELETE FROM account WHERE platform_id = sqlc.arg(platform_id);

-- name: DeletePlatform :execrows
DELETE FROM platform WHERE id = sqlc.arg(id);
