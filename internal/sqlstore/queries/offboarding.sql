-- name: InsertOffboarding :execrows
INSERT INTO offboarding (id, platform_id, slug, name, state, keep_phones, parts, asked_by, idempotency_key, body_hash, created_at, finished_at, version)
VALUES (sqlc.arg(id), sqlc.arg(platform_id), sqlc.arg(slug), sqlc.arg(name), sqlc.arg(state), sqlc.arg(keep_phones), sqlc.arg(parts),
    sqlc.arg(asked_by), sqlc.arg(idempotency_key), sqlc.arg(body_hash), sqlc.arg(created_at), sqlc.narg(finished_at), 1)
ON CONFLICT DO NOTHING;

-- name: GetOffboarding :one
SELECT * FROM offboarding WHERE id = sqlc.arg(id);

-- name: GetOffboardingByKey :one
SELECT * FROM offboarding WHERE asked_by = sqlc.arg(asked_by) AND idempotency_key = sqlc.arg(idempotency_key) AND idempotency_key <> '';

-- name: ListOffboardings :many
SELECT * FROM offboarding
WHERE (created_at < sqlc.arg(before_created) OR (created_at = sqlc.arg(before_created) AND id < sqlc.arg(before_id)))
  AND (CAST(sqlc.arg(platform_id) AS text) = '' OR platform_id = sqlc.arg(platform_id))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: UpdateOffboarding :execrows
UPDATE offboarding SET state = sqlc.arg(state), parts = sqlc.arg(parts), finished_at = sqlc.narg(finished_at), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: StopOffboardings :exec
UPDATE offboarding SET state = 'stopped', finished_at = CAST(sqlc.arg(now) AS bigint), version = version + 1 WHERE state = 'running'
  AND EXISTS (SELECT 1 FROM operation o WHERE o.platform_id = offboarding.platform_id AND o.kind = 'offboard' AND o.state = 'needs_operator'
    AND o.created_at >= offboarding.created_at AND (CAST(sqlc.arg(vendor) AS text) = '' OR o.vendor = sqlc.arg(vendor)));

-- name: SendPhonesHome :exec
UPDATE platform SET home_since = sqlc.narg(home_since) WHERE id = sqlc.arg(id);

-- name: CountHome :one
SELECT count(*) FROM endpoint
WHERE endpoint.platform_id = sqlc.arg(platform_id) AND fetched_at >= CAST(sqlc.arg(since) AS bigint);

-- name: AddReleaseItems :execrows
INSERT INTO operation_item (operation_id, platform_id, vendor, mac, action, state, deadline, line, error, updated_at)
SELECT CAST(sqlc.arg(operation_id) AS text), e.platform_id, e.vendor, e.mac, 'release', 'queued', NULL, 0, NULL, CAST(sqlc.arg(updated_at) AS bigint)
FROM endpoint AS e WHERE e.platform_id = sqlc.arg(platform_id) AND e.vendor = sqlc.arg(vendor) AND e.state <> 'released'
ON CONFLICT DO NOTHING;

-- Of an operation that nobody works on: the same conditions as for claiming it.
-- name: EndWaitingOperation :execrows
UPDATE operation SET state = 'failed', works_keys = false, holds_link = false, error = sqlc.arg(error), waiting = '', next_at = NULL, due_at = NULL,
    finished_at = CAST(sqlc.arg(now) AS bigint), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND state IN ('queued', 'waiting');
