-- name: InsertOperation :execrows
INSERT INTO operation (id, kind, platform_id, vendor, mac, also_platform_id, also_mac, state, steps, holds_link, works_keys, params, data, asked_by, actor,
    idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at,
    finished_at, updated_at)
VALUES (sqlc.arg(id), sqlc.arg(kind), sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(mac), sqlc.arg(also_platform_id), sqlc.arg(also_mac), sqlc.arg(state), sqlc.arg(steps),
    sqlc.arg(holds_link), sqlc.arg(works_keys), sqlc.arg(params), sqlc.arg(data), sqlc.arg(asked_by), sqlc.arg(actor), sqlc.arg(idempotency_key),
    sqlc.arg(body_hash), sqlc.arg(waiting), sqlc.narg(next_at), sqlc.arg(attempt), sqlc.narg(error), sqlc.arg(owner),
    sqlc.narg(lease_until), sqlc.narg(due_at), sqlc.arg(fence), sqlc.arg(created_at), sqlc.narg(started_at),
    sqlc.narg(finished_at), sqlc.arg(updated_at))
ON CONFLICT DO NOTHING;

-- name: GetOperation :one
SELECT * FROM operation WHERE id = sqlc.arg(id);

-- name: GetOperationByKey :one
SELECT * FROM operation WHERE asked_by = sqlc.arg(asked_by) AND idempotency_key = sqlc.arg(idempotency_key) AND idempotency_key <> '';

-- name: GetOpenOperation :one
SELECT * FROM operation WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor)
  AND holds_link AND state NOT IN ('done', 'failed', 'needs_operator');

-- name: GetOpenEndpointOperation :one
SELECT * FROM operation WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND mac = sqlc.arg(mac)
  AND mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator');

-- name: GetOpenOperationAlso :one
SELECT * FROM operation WHERE also_platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND also_mac = sqlc.arg(mac)
  AND also_mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator');

-- name: GetOpenOperationForMany :one
SELECT * FROM operation WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor)
  AND kind IN ('import', 'sync', 'bulk') AND state NOT IN ('done', 'failed', 'needs_operator');

-- The open operation that is to give up a phone, of many.
-- name: GetOpenOperationReleasing :one
SELECT operation.* FROM operation JOIN operation_item i ON i.operation_id = operation.id AND i.mac = sqlc.arg(mac)
WHERE operation.platform_id = sqlc.arg(platform_id) AND operation.vendor = sqlc.arg(vendor)
  AND operation.kind IN ('import', 'sync', 'bulk') AND operation.state NOT IN ('done', 'failed', 'needs_operator')
  AND i.action = 'release' AND i.state IN ('queued', 'sent');

-- Somebody looks at one link, and at what is newer than an operation of it.
-- name: GetOperationResuming :one
SELECT * FROM operation
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND created_at >= sqlc.arg(since)
  AND kind = 'bulk' AND params LIKE CAST(sqlc.arg(pattern) AS text)
ORDER BY created_at, id LIMIT 1;

-- name: ListOperationsOfPhones :many
SELECT * FROM operation
WHERE due_at IS NOT NULL AND vendor = sqlc.arg(vendor) AND mac <> ''
  AND (platform_id = sqlc.arg(platform_id) OR also_platform_id = sqlc.arg(platform_id));

-- Each list of operations has an index in its order; what is left to be told apart stands
-- after the range.
-- name: ListOperations :many
SELECT * FROM operation
WHERE created_at <= sqlc.arg(before_created) AND (created_at < sqlc.arg(before_created) OR id < sqlc.arg(before_id))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListPlatformOperations :many
SELECT * FROM operation
WHERE platform_id = sqlc.arg(platform_id) AND created_at <= sqlc.arg(before_created) AND (created_at < sqlc.arg(before_created) OR id < sqlc.arg(before_id))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListVendorOperations :many
SELECT * FROM operation
WHERE vendor = sqlc.arg(vendor) AND created_at <= sqlc.arg(before_created) AND (created_at < sqlc.arg(before_created) OR id < sqlc.arg(before_id))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListLinkOperations :many
SELECT * FROM operation
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND created_at <= sqlc.arg(before_created) AND (created_at < sqlc.arg(before_created) OR id < sqlc.arg(before_id))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListPhoneOperations :many
SELECT * FROM operation
WHERE mac = sqlc.arg(mac) AND mac <> '' AND created_at <= sqlc.arg(before_created) AND (created_at < sqlc.arg(before_created) OR id < sqlc.arg(before_id))
  AND (CAST(sqlc.arg(platform_id) AS text) = '' OR platform_id = sqlc.arg(platform_id))
  AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- Those that are not final are few and have an index; the plus keeps SQLite from
-- walking through everything that ever was by the index on created_at.
-- name: ListOpenOperations :many
SELECT * FROM operation
WHERE due_at IS NOT NULL
  AND (+created_at < sqlc.arg(before_created) OR (created_at = sqlc.arg(before_created) AND id < sqlc.arg(before_id)))
  AND (CAST(sqlc.arg(platform_id) AS text) = '' OR platform_id = sqlc.arg(platform_id) OR (mac <> '' AND also_platform_id = sqlc.arg(platform_id)))
  AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor))
  AND (CAST(sqlc.arg(mac) AS text) = '' OR mac = sqlc.arg(mac) OR also_mac = sqlc.arg(mac))
ORDER BY +created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: PeekDueOperation :one
SELECT o.id FROM operation o
WHERE o.due_at <= CAST(sqlc.arg(now) AS bigint) AND (NOT o.works_keys OR NOT EXISTS (
    SELECT 1 FROM key_holder h WHERE h.platform_id = o.platform_id AND h.vendor = o.vendor AND h.operation_id <> o.id
      AND h.until > CAST(sqlc.arg(now) AS bigint) AND NOT (h.rests AND o.holds_link)))
  AND (CAST(sqlc.arg(which) AS text) = '' OR (CAST(sqlc.arg(which) AS text) = 'many') = (o.kind IN ('import', 'sync', 'bulk')))
ORDER BY o.due_at, o.id LIMIT 1;

-- name: ClaimOperation :one
UPDATE operation SET state = 'running', owner = sqlc.arg(owner), lease_until = sqlc.arg(lease_until), due_at = sqlc.arg(lease_until),
    fence = fence + 1, next_at = NULL, waiting = '', started_at = COALESCE(started_at, sqlc.arg(now)), updated_at = sqlc.arg(now)
WHERE operation.id = (
    SELECT o.id FROM operation o
    WHERE o.id = sqlc.arg(id) AND o.due_at <= CAST(sqlc.arg(now) AS bigint) AND (NOT o.works_keys OR NOT EXISTS (
        SELECT 1 FROM key_holder h WHERE h.platform_id = o.platform_id AND h.vendor = o.vendor AND h.operation_id <> o.id
          AND h.until > CAST(sqlc.arg(now) AS bigint) AND NOT (h.rests AND o.holds_link))))
RETURNING *;

-- name: SaveOperation :execrows
UPDATE operation SET state = sqlc.arg(state), steps = sqlc.arg(steps), holds_link = sqlc.arg(holds_link), works_keys = sqlc.arg(works_keys), data = sqlc.arg(data),
    waiting = sqlc.arg(waiting), next_at = sqlc.narg(next_at), attempt = sqlc.arg(attempt), error = sqlc.narg(error),
    owner = CASE WHEN sqlc.arg(state) = 'running' THEN owner ELSE '' END,
    lease_until = sqlc.narg(lease_until), due_at = sqlc.narg(due_at), finished_at = sqlc.narg(finished_at), updated_at = sqlc.arg(updated_at)
WHERE id = sqlc.arg(id) AND fence = sqlc.arg(fence) AND state = 'running';

-- name: WakeOperation :execrows
UPDATE operation SET next_at = sqlc.arg(now), due_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND state IN ('waiting', 'unknown');

-- name: EndLeases :execrows
UPDATE operation SET lease_until = sqlc.arg(now), due_at = sqlc.arg(now) WHERE state = 'running';

-- name: EndLease :execrows
UPDATE operation SET lease_until = sqlc.arg(now), due_at = sqlc.arg(now)
WHERE id = sqlc.arg(id) AND fence = sqlc.arg(fence) AND state = 'running';
