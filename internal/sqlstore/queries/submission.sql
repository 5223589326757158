-- name: InsertSubmission :execrows
INSERT INTO submission (asked_by, idempotency_key, body_hash, platform_id, account_id, token_id, existed, created_at)
VALUES (sqlc.arg(asked_by), sqlc.arg(idempotency_key), sqlc.arg(body_hash), sqlc.arg(platform_id), sqlc.arg(account_id),
    sqlc.arg(token_id), sqlc.arg(existed), sqlc.arg(created_at))
ON CONFLICT DO NOTHING;

-- name: GetSubmission :one
SELECT * FROM submission WHERE asked_by = sqlc.arg(asked_by) AND idempotency_key = sqlc.arg(idempotency_key);

-- name: DropSubmissions :exec
DELETE FROM submission WHERE created_at <= sqlc.arg(until);
