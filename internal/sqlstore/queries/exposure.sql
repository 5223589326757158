-- name: InsertForeignAddress :exec
INSERT INTO foreign_address (platform_id, vendor, operation_id, target, what, host, found_at)
VALUES (sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(operation_id), sqlc.arg(target), sqlc.arg(what), sqlc.arg(host), sqlc.arg(found_at))
ON CONFLICT DO NOTHING;

-- name: GetForeignAddress :one
SELECT * FROM foreign_address
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND operation_id = sqlc.arg(operation_id) AND target = sqlc.arg(target);

-- name: ListForeignAddresses :many
SELECT * FROM foreign_address
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND operation_id = sqlc.arg(operation_id) AND target > sqlc.arg(after_target)
ORDER BY target LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: CountForeignAddresses :one
SELECT count(*) FROM foreign_address
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND operation_id = sqlc.arg(operation_id);

-- name: DropForeignAddresses :exec
DELETE FROM foreign_address
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND operation_id = sqlc.arg(operation_id);

-- name: SettleForeignAddress :execrows
DELETE FROM foreign_address WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND target = sqlc.arg(target);

-- name: SettleForeignProfiles :execrows
DELETE FROM foreign_address WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND what = 'profile';
