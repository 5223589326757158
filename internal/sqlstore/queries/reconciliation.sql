-- name: GetReconciliation :one
SELECT * FROM reconciliation WHERE vendor = sqlc.arg(vendor) AND scope = sqlc.arg(scope);

-- A run that is open for all platforms answers for each of them too.
-- name: AskReconciliation :execrows
INSERT INTO reconciliation (vendor, scope, platform_id, run, asked_at, asked_by, started_at, done, total, attempt, waiting, owner, fence,
    due_at, error, complete_since, complete_at, complete_by, not_ours)
SELECT sqlc.arg(vendor), sqlc.arg(scope), sqlc.narg(platform_id), sqlc.arg(run), CAST(sqlc.arg(now) AS bigint), sqlc.arg(asked_by), NULL,
    0, 0, 0, '', '', 0, CAST(sqlc.arg(now) AS bigint), NULL, NULL, NULL, '', 0
WHERE NOT EXISTS (SELECT 1 FROM reconciliation o WHERE o.vendor = sqlc.arg(vendor) AND o.scope = '' AND o.run <> '')
ON CONFLICT (vendor, scope) DO UPDATE SET run = excluded.run, asked_at = excluded.asked_at, asked_by = excluded.asked_by,
    started_at = NULL, done = 0, total = 0, attempt = 0, waiting = '', due_at = excluded.due_at
WHERE reconciliation.run = '';

-- name: PeekDueReconciliation :one
SELECT vendor, scope FROM reconciliation WHERE due_at <= CAST(sqlc.arg(now) AS bigint) ORDER BY due_at LIMIT 1;

-- name: ClaimReconciliation :one
UPDATE reconciliation SET owner = sqlc.arg(owner), fence = fence + 1, due_at = sqlc.arg(lease_until), waiting = '', done = 0, total = 0,
    started_at = COALESCE(started_at, sqlc.arg(now))
WHERE vendor = sqlc.arg(vendor) AND scope = sqlc.arg(scope) AND due_at <= CAST(sqlc.arg(now) AS bigint)
RETURNING *;

-- name: SaveReconciliation :execrows
UPDATE reconciliation SET run = sqlc.arg(run), done = sqlc.arg(done), total = sqlc.arg(total), attempt = sqlc.arg(attempt),
    waiting = sqlc.arg(waiting), owner = sqlc.arg(owner), due_at = sqlc.narg(due_at), error = sqlc.narg(error)
WHERE vendor = sqlc.arg(vendor) AND scope = sqlc.arg(scope) AND fence = sqlc.arg(fence) AND owner <> '';

-- name: CompleteReconciliation :execrows
UPDATE reconciliation SET run = '', owner = '', due_at = NULL, waiting = '', attempt = 0, error = NULL, done = sqlc.arg(done), total = sqlc.arg(total),
    complete_since = started_at, complete_at = sqlc.arg(complete_at), complete_by = asked_by, not_ours = sqlc.arg(not_ours)
WHERE vendor = sqlc.arg(vendor) AND scope = sqlc.arg(scope) AND fence = sqlc.arg(fence) AND owner <> '';

-- name: EndReconciliationLeases :exec
UPDATE reconciliation SET due_at = sqlc.arg(now) WHERE owner <> '';

-- What somebody compared anew since the run began stays.
-- name: DropReconciliationRows :exec
DELETE FROM reconciliation_row WHERE vendor = sqlc.arg(vendor) AND (platform_id IS NULL OR seen_at <= CAST(sqlc.arg(since) AS bigint));

-- name: DropReconciliationRowsOf :exec
DELETE FROM reconciliation_row WHERE vendor = sqlc.arg(vendor) AND platform_id = sqlc.arg(platform_id);

-- name: ListReconciled :many
SELECT DISTINCT platform_id FROM reconciliation_row WHERE vendor = sqlc.arg(vendor) AND platform_id IS NOT NULL;

-- name: InsertReconciliationRow :exec
INSERT INTO reconciliation_row (vendor, id, platform_id, place, class, kind, reason, company_id, object_id, number, name, detail, seen_at)
VALUES (sqlc.arg(vendor), sqlc.arg(id), sqlc.narg(platform_id), sqlc.arg(place), sqlc.arg(class), sqlc.arg(kind), sqlc.arg(reason),
    sqlc.arg(company_id), sqlc.arg(object_id), sqlc.arg(number), sqlc.arg(name), sqlc.arg(detail), sqlc.arg(seen_at))
ON CONFLICT (vendor, id) DO NOTHING;

-- name: CountReconciliationRows :many
SELECT class, count(*) AS n FROM reconciliation_row
WHERE vendor = sqlc.arg(vendor) AND (CAST(sqlc.arg(platform_id) AS text) = '' OR platform_id = sqlc.arg(platform_id)) GROUP BY class;

-- name: ListReconciliationRows :many
SELECT * FROM reconciliation_row
WHERE vendor = sqlc.arg(vendor)
  AND (place > sqlc.arg(after_place) OR (place = sqlc.arg(after_place) AND id > sqlc.arg(after_id)))
  AND (CAST(sqlc.arg(platform_id) AS text) = '' OR platform_id = sqlc.arg(platform_id))
  AND (CAST(sqlc.arg(class) AS text) = '' OR class = sqlc.arg(class))
ORDER BY place, id LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: GetReconciliationRow :one
SELECT * FROM reconciliation_row WHERE vendor = sqlc.arg(vendor) AND id = sqlc.arg(id);
