-- name: InsertPhoneEvent :exec
INSERT INTO phone_event (at, action, address, platform_id, vendor, target, detail)
VALUES (sqlc.arg(at), sqlc.arg(action), sqlc.arg(address), sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(target), sqlc.arg(detail));

-- name: TakePhoneEvents :many
DELETE FROM phone_event WHERE id IN (SELECT e.id FROM phone_event e ORDER BY e.id LIMIT CAST(sqlc.arg(max_rows) AS bigint)) RETURNING *;

-- name: BeatPhoneServer :exec
INSERT INTO phone_server (id, version, schema_version, started_at, seen_at, alive_until)
VALUES (sqlc.arg(id), sqlc.arg(version), sqlc.arg(schema_version), sqlc.arg(now), sqlc.arg(now), sqlc.arg(alive_until))
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, alive_until = excluded.alive_until;

-- name: ListPhoneServers :many
SELECT * FROM phone_server WHERE alive_until > CAST(sqlc.arg(since) AS bigint) ORDER BY started_at, id;

-- name: DeletePhoneServer :exec
DELETE FROM phone_server WHERE id = sqlc.arg(id);

-- name: DropPhoneServers :exec
DELETE FROM phone_server WHERE alive_until <= CAST(sqlc.arg(before) AS bigint);
