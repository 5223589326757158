-- name: ListPhoneItems :many
SELECT * FROM operation_item
WHERE operation_id = sqlc.arg(operation_id) AND mac > sqlc.arg(after_mac)
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListPhoneItemsIn :many
SELECT * FROM operation_item
WHERE operation_id = sqlc.arg(operation_id) AND state = sqlc.arg(state) AND mac > sqlc.arg(after_mac)
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: GetPhoneItem :one
SELECT * FROM operation_item WHERE operation_id = sqlc.arg(operation_id) AND mac = sqlc.arg(mac);

-- name: CountPhoneItems :many
SELECT state, CAST(sum(n) AS bigint) AS n FROM operation_item_count WHERE operation_id = sqlc.arg(operation_id) GROUP BY state HAVING sum(n) <> 0;

-- name: SavePhoneItem :execrows
UPDATE operation_item SET state = sqlc.arg(state), deadline = sqlc.narg(deadline), error = sqlc.narg(error), updated_at = sqlc.arg(updated_at)
WHERE operation_id = sqlc.arg(operation_id) AND mac = sqlc.arg(mac) AND state <> 'cancelled' AND CAST(sqlc.arg(from_states) AS text) LIKE '%,' || state || ',%';

-- name: CancelPhoneItems :execrows
UPDATE operation_item SET state = 'cancelled', updated_at = sqlc.arg(updated_at)
WHERE operation_id = sqlc.arg(operation_id) AND state = 'queued';

-- name: FailPhoneItems :exec
UPDATE operation_item SET state = 'failed', error = sqlc.narg(error), updated_at = sqlc.arg(updated_at)
WHERE operation_id = sqlc.arg(operation_id) AND state IN ('sent', 'written');

-- name: MarkUnwrittenEndpoints :exec
UPDATE endpoint SET error = sqlc.narg(error), updated_at = sqlc.arg(updated_at), version = version + 1
WHERE endpoint.platform_id = sqlc.arg(platform_id) AND endpoint.state IN ('listed', 'paused') AND endpoint.error IS NULL AND endpoint.mac IN (
    SELECT i.mac FROM operation_item AS i WHERE i.operation_id = sqlc.arg(operation_id) AND i.action = 'write' AND i.state IN ('failed', 'cancelled')
      AND COALESCE(endpoint.confirmed_at, 0) < i.updated_at);

-- name: FailUnwrittenEndpoints :exec
UPDATE endpoint SET state = 'failed', error = sqlc.narg(error), updated_at = sqlc.arg(updated_at), version = version + 1
WHERE endpoint.platform_id = sqlc.arg(platform_id) AND endpoint.state = 'wanted' AND endpoint.confirmed_at IS NULL AND endpoint.mac IN (
    SELECT i.mac FROM operation_item AS i WHERE i.operation_id = sqlc.arg(operation_id) AND i.action = 'write' AND i.state IN ('failed', 'cancelled'));
