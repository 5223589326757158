-- name: BeatReplica :exec
INSERT INTO replica (id, version, schema_version, started_at, seen_at, alive_until, settled_at)
VALUES (sqlc.arg(id), sqlc.arg(version), sqlc.arg(schema_version), sqlc.arg(now), sqlc.arg(now), sqlc.arg(alive_until), sqlc.arg(settled_at))
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, alive_until = excluded.alive_until, settled_at = excluded.settled_at;

-- name: ListReplicas :many
SELECT * FROM replica WHERE alive_until > CAST(sqlc.arg(since) AS bigint) ORDER BY started_at, id;

-- name: DeleteReplica :exec
DELETE FROM replica WHERE id = sqlc.arg(id);

-- name: DropReplicas :exec
DELETE FROM replica WHERE alive_until <= CAST(sqlc.arg(before) AS bigint);

-- name: TakeDuty :execrows
INSERT INTO duty (name, taken_at) VALUES (sqlc.arg(name), sqlc.arg(now))
ON CONFLICT (name) DO UPDATE SET taken_at = excluded.taken_at WHERE duty.taken_at <= CAST(sqlc.arg(due) AS bigint);

-- name: DropDuties :exec
DELETE FROM duty WHERE taken_at <= CAST(sqlc.arg(before) AS bigint);

-- name: TakePlaces :one
INSERT INTO pace (vendor, free_at, paused_until)
VALUES (sqlc.arg(vendor), CAST(sqlc.arg(earliest) AS bigint) + CAST(sqlc.arg(take) AS bigint), 0)
ON CONFLICT (vendor) DO UPDATE SET free_at = CAST(sqlc.arg(take) AS bigint)
    + CASE WHEN pace.free_at < CAST(sqlc.arg(earliest) AS bigint) THEN CAST(sqlc.arg(earliest) AS bigint) ELSE pace.free_at END
RETURNING free_at, paused_until;

-- name: PauseCalls :exec
INSERT INTO pace (vendor, free_at, paused_until) VALUES (sqlc.arg(vendor), 0, CAST(sqlc.arg(until) AS bigint))
ON CONFLICT (vendor) DO UPDATE SET paused_until = excluded.paused_until WHERE pace.paused_until < excluded.paused_until;

-- name: GetPause :one
SELECT paused_until FROM pace WHERE vendor = sqlc.arg(vendor);
