-- name: NextEvent :one
UPDATE event_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, hash;

-- name: SetEventHead :exec
UPDATE event_head SET hash = sqlc.arg(hash) WHERE one = 1;

-- name: GetEventHead :one
SELECT seq, hash FROM event_head WHERE one = 1;

-- name: InsertEvent :exec
INSERT INTO event (seq, at, hash, actor, address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold)
VALUES (sqlc.arg(seq), sqlc.arg(at), sqlc.arg(hash), sqlc.arg(actor), sqlc.arg(address), sqlc.arg(action), sqlc.arg(platform_id),
    sqlc.arg(vendor), sqlc.arg(target), sqlc.arg(operation_id), sqlc.arg(outcome), sqlc.arg(code), sqlc.arg(detail), sqlc.arg(request_id), sqlc.arg(fold));

-- name: ListEvents :many
SELECT * FROM event WHERE seq < sqlc.arg(before_seq) AND seq >= sqlc.arg(from_seq)
  AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor))
  AND (CAST(sqlc.arg(actor) AS text) = '' OR actor = sqlc.arg(actor))
  AND (CAST(sqlc.arg(action) AS text) = '' OR action = sqlc.arg(action))
  AND (CAST(sqlc.arg(outcome) AS text) = '' OR outcome = sqlc.arg(outcome))
  AND (CAST(sqlc.arg(needle) AS text) = '' OR replace(fold, sqlc.arg(needle), '') <> fold)
ORDER BY seq DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListPlatformEvents :many
SELECT * FROM event WHERE platform_id = sqlc.arg(platform_id) AND seq < sqlc.arg(before_seq)
  AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor))
  AND (CAST(sqlc.arg(actor) AS text) = '' OR actor = sqlc.arg(actor))
  AND (CAST(sqlc.arg(action) AS text) = '' OR action = sqlc.arg(action))
  AND (CAST(sqlc.arg(outcome) AS text) = '' OR outcome = sqlc.arg(outcome))
  AND (CAST(sqlc.arg(needle) AS text) = '' OR replace(fold, sqlc.arg(needle), '') <> fold)
ORDER BY seq DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: EventsOfTarget :many
SELECT * FROM event WHERE target = sqlc.arg(target) AND target <> '' AND seq < sqlc.arg(before_seq)
ORDER BY seq DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: EventsFrom :many
SELECT * FROM event WHERE seq > sqlc.arg(after_seq) ORDER BY seq LIMIT CAST(sqlc.arg(max_rows) AS bigint);
