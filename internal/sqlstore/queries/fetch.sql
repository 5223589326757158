-- name: ListFetches :many
SELECT * FROM phone_fetch WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac) ORDER BY at DESC, result, reason LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListRefused :many
SELECT * FROM phone_refused WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac) ORDER BY at DESC, reason;

-- name: CountTraffic :exec
INSERT INTO phone_traffic (platform_id, hour, result, fetches) SELECT platform.id, sqlc.arg(hour), sqlc.arg(result), sqlc.arg(fetches)
FROM platform WHERE platform.id = sqlc.arg(platform_id)
ON CONFLICT (platform_id, hour, result) DO UPDATE SET fetches = phone_traffic.fetches + excluded.fetches;

-- name: ForgetTraffic :exec
DELETE FROM phone_traffic WHERE platform_id = sqlc.arg(platform_id) AND hour < sqlc.arg(before);

-- name: ListTraffic :many
SELECT * FROM phone_traffic WHERE platform_id = sqlc.arg(platform_id) AND hour >= sqlc.arg(since) ORDER BY hour, result;

-- name: NoteHandshake :exec
INSERT INTO phone_handshake (address, name, reason, offers, alert, first_at, at, times)
VALUES (sqlc.arg(address), sqlc.arg(name), sqlc.arg(reason), sqlc.arg(offers), sqlc.arg(alert), sqlc.arg(first_at), sqlc.arg(at), sqlc.arg(times))
ON CONFLICT (address, name, reason, offers, alert) DO UPDATE SET times = phone_handshake.times + excluded.times,
    at = CASE WHEN excluded.at > phone_handshake.at THEN excluded.at ELSE phone_handshake.at END;

-- name: TrimHandshakes :exec
DELETE FROM phone_handshake WHERE phone_handshake.at < COALESCE((SELECT o.at FROM phone_handshake AS o ORDER BY o.at DESC LIMIT 1 OFFSET sqlc.arg(keep)), 0);

-- name: ListHandshakes :many
SELECT * FROM phone_handshake ORDER BY at DESC, address, name, reason, offers, alert LIMIT CAST(sqlc.arg(max_rows) AS bigint);
