-- name: GetPhoneSync :one
SELECT * FROM phone_sync WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor);

-- name: ListPhoneSyncs :many
SELECT * FROM phone_sync WHERE vendor = sqlc.arg(vendor) ORDER BY platform_id;

-- name: PutPhoneSync :exec
INSERT INTO phone_sync (platform_id, vendor, operation_id, began_at, complete_at, by_whom, pages, phones, matching, left_out, counts)
VALUES (sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(operation_id), sqlc.arg(began_at), sqlc.arg(complete_at), sqlc.arg(by_whom),
    sqlc.arg(pages), sqlc.arg(phones), sqlc.arg(matching), sqlc.arg(left_out), sqlc.arg(counts))
ON CONFLICT (platform_id, vendor) DO UPDATE SET operation_id = excluded.operation_id, began_at = excluded.began_at,
    complete_at = excluded.complete_at, by_whom = excluded.by_whom, pages = excluded.pages, phones = excluded.phones,
    matching = excluded.matching, left_out = excluded.left_out, counts = excluded.counts;

-- Holds the row until the commit: whoever counts at the same time waits.
-- name: HoldPhoneSync :one
UPDATE phone_sync SET counts = counts WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) RETURNING *;

-- name: SetPhoneSyncCounts :exec
UPDATE phone_sync SET counts = sqlc.arg(counts) WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor);

-- A phone that is missing in one company and was found unknown in that of another
-- platform has moved there.
-- name: MoveDrifts :exec
UPDATE phone_drift SET class = 'moved_away', elsewhere = (
    SELECT min(o.platform_id) FROM phone_drift o JOIN phone_sync s ON s.operation_id = o.operation_id
    WHERE o.mac = phone_drift.mac AND o.class = 'unknown_here' AND o.vendor = phone_drift.vendor AND o.platform_id <> phone_drift.platform_id)
WHERE phone_drift.operation_id = sqlc.arg(operation_id) AND phone_drift.class = 'missing_there' AND EXISTS (
    SELECT 1 FROM phone_drift o JOIN phone_sync s ON s.operation_id = o.operation_id
    WHERE o.mac = phone_drift.mac AND o.class = 'unknown_here' AND o.vendor = phone_drift.vendor AND o.platform_id <> phone_drift.platform_id);

-- Lists of other platforms in which a phone is missing that this list has found.
-- name: ListsMissing :many
SELECT s.platform_id, s.operation_id FROM phone_sync s
WHERE s.vendor = sqlc.arg(vendor) AND s.platform_id <> sqlc.arg(platform_id) AND EXISTS (
    SELECT 1 FROM phone_drift d JOIN phone_drift o ON o.mac = d.mac
    WHERE d.operation_id = s.operation_id AND d.class = 'missing_there' AND d.picked_by = ''
      AND o.operation_id = sqlc.arg(found_by) AND o.class = 'unknown_here')
ORDER BY s.platform_id;

-- What somebody has picked is left to whoever did.
-- name: MoveMissing :execrows
UPDATE phone_drift SET class = 'moved_away', elsewhere = sqlc.arg(elsewhere)
WHERE phone_drift.operation_id = sqlc.arg(operation_id) AND phone_drift.class = 'missing_there' AND phone_drift.picked_by = '' AND EXISTS (
    SELECT 1 FROM phone_drift o WHERE o.operation_id = sqlc.arg(found_by) AND o.mac = phone_drift.mac AND o.class = 'unknown_here');

-- name: OldDriftList :one
SELECT d.operation_id FROM phone_drift d
WHERE d.platform_id = sqlc.arg(platform_id) AND d.vendor = sqlc.arg(vendor) AND d.operation_id <> sqlc.arg(but)
  AND NOT EXISTS (SELECT 1 FROM phone_sync s WHERE s.platform_id = d.platform_id AND s.vendor = d.vendor AND s.operation_id = d.operation_id)
LIMIT 1;

-- name: DropDrifts :exec
DELETE FROM phone_drift WHERE phone_drift.operation_id = sqlc.arg(operation_id) AND phone_drift.mac IN (
    SELECT d.mac FROM phone_drift d WHERE d.operation_id = sqlc.arg(operation_id) ORDER BY d.mac LIMIT CAST(sqlc.arg(max_rows) AS bigint));

-- name: ListDrifts :many
SELECT * FROM phone_drift WHERE operation_id = sqlc.arg(operation_id) AND mac > sqlc.arg(after_mac)
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListDriftsIn :many
SELECT * FROM phone_drift WHERE operation_id = sqlc.arg(operation_id) AND class = sqlc.arg(class) AND mac > sqlc.arg(after_mac)
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListDriftsPicked :many
SELECT * FROM phone_drift WHERE picked_by = sqlc.arg(picked_by) AND picked_by <> '' AND mac > sqlc.arg(after_mac)
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: CountDrifts :many
SELECT class, count(*) AS n FROM phone_drift WHERE operation_id = sqlc.arg(operation_id) GROUP BY class;

-- name: CountDriftsIn :one
SELECT (SELECT count(*) FROM phone_drift d WHERE d.operation_id = sqlc.arg(operation_id) AND d.class = sqlc.arg(class)) AS n,
    (SELECT count(*) FROM phone_drift o WHERE o.operation_id = sqlc.arg(operation_id) AND o.class = sqlc.arg(class) AND o.account_id = '') AS without_account;

-- name: GetDrift :one
SELECT * FROM phone_drift WHERE operation_id = sqlc.arg(operation_id) AND mac = sqlc.arg(mac);

-- name: PickDriftsIn :execrows
UPDATE phone_drift SET picked_by = sqlc.arg(picked_by) WHERE operation_id = sqlc.arg(operation_id) AND class = sqlc.arg(class);

-- name: PickDrift :execrows
UPDATE phone_drift SET picked_by = sqlc.arg(picked_by) WHERE operation_id = sqlc.arg(operation_id) AND mac = sqlc.arg(mac);

-- name: SettleDrifts :many
DELETE FROM phone_drift WHERE picked_by = sqlc.arg(picked_by) AND picked_by <> '' AND mac <= sqlc.arg(last_mac) RETURNING class;

-- name: SettleDoneDrifts :many
DELETE FROM phone_drift WHERE picked_by = sqlc.arg(picked_by) AND picked_by <> '' AND EXISTS (
    SELECT 1 FROM operation_item i WHERE i.operation_id = sqlc.arg(picked_by) AND i.mac = phone_drift.mac AND i.state = 'done')
RETURNING class;

-- Findings that an operation has picked and not made items of yet.
-- name: UnpickDrifts :execrows
UPDATE phone_drift SET picked_by = '' WHERE picked_by = sqlc.arg(picked_by) AND picked_by <> '' AND NOT EXISTS (
    SELECT 1 FROM operation_item i WHERE i.operation_id = sqlc.arg(picked_by) AND i.mac = phone_drift.mac);

-- Holds them until the commit: whoever takes them back waits, or was first.
-- name: HoldPickedDrifts :many
UPDATE phone_drift SET picked_by = picked_by
WHERE operation_id = sqlc.arg(operation_id) AND picked_by = sqlc.arg(picked_by) AND mac >= sqlc.arg(first_mac) AND mac <= sqlc.arg(last_mac)
RETURNING mac;

-- Phones that are unknown here but for the row that was made to give them up.
-- name: ForgetUnreleased :exec
UPDATE endpoint SET state = 'released', error = NULL, paused_by = '', sip_registered = NULL, sip_at = NULL, updated_at = sqlc.arg(updated_at), version = version + 1
WHERE endpoint.platform_id = sqlc.arg(platform_id) AND endpoint.vendor = sqlc.arg(vendor) AND endpoint.state IN ('listed', 'paused') AND endpoint.mac IN (
    SELECT i.mac FROM operation_item i JOIN phone_sync s ON s.platform_id = sqlc.arg(platform_id) AND s.vendor = sqlc.arg(vendor)
    JOIN phone_drift d ON d.operation_id = s.operation_id AND d.mac = i.mac
    WHERE i.operation_id = sqlc.arg(operation_id) AND i.action = 'release' AND i.state = 'cancelled' AND d.class = 'unknown_here'
      AND endpoint.updated_at <= i.updated_at);
