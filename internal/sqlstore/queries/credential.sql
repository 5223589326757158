-- name: InsertCredential :execrows
INSERT INTO credential (platform_id, vendor, number, state, label, vendor_id, deadline, created_at)
VALUES (sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(number), sqlc.arg(state), sqlc.arg(label), sqlc.arg(vendor_id),
    sqlc.narg(deadline), sqlc.arg(created_at))
ON CONFLICT DO NOTHING;

-- name: GetCredential :one
SELECT * FROM credential WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND number = sqlc.arg(number);

-- name: ListCredentials :many
SELECT * FROM credential WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) ORDER BY number;

-- name: SealCredential :execrows
UPDATE credential SET state = sqlc.arg(state), vendor_id = sqlc.arg(vendor_id), sealed = sqlc.arg(sealed), deadline = sqlc.narg(deadline),
    verified_at = sqlc.narg(verified_at), revoked_at = sqlc.narg(revoked_at)
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND number = sqlc.arg(number) AND state = sqlc.arg(from_state);

-- name: MoveCredential :execrows
UPDATE credential SET state = sqlc.arg(state), vendor_id = sqlc.arg(vendor_id), deadline = sqlc.narg(deadline),
    verified_at = sqlc.narg(verified_at), revoked_at = sqlc.narg(revoked_at),
    sealed = CASE WHEN CAST(sqlc.arg(wipe) AS boolean) THEN NULL ELSE sealed END
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND number = sqlc.arg(number) AND state = sqlc.arg(from_state);

-- name: LooseCredentials :many
SELECT * FROM credential WHERE state IN ('orphan', 'retiring', 'unknown')
ORDER BY created_at, platform_id, vendor, number LIMIT CAST(sqlc.arg(max_rows) AS bigint);
