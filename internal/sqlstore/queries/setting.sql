-- Of up to four scopes, '' for none. A scope that has lost all its values has a row without.
-- name: ListSettings :many
SELECT setting_scope.id, setting_scope.version, setting_scope.rollout_id, setting.name, setting.idx, setting.value, setting.sealed, setting.set_at, setting.set_by
FROM setting_scope LEFT JOIN setting ON setting.scope = setting_scope.id
WHERE setting_scope.id IN (sqlc.arg(one), sqlc.arg(two), sqlc.arg(three), sqlc.arg(four))
ORDER BY setting_scope.id, setting.name, setting.idx;

-- name: GetSettingSealed :one
SELECT sealed FROM setting WHERE scope = sqlc.arg(scope) AND name = sqlc.arg(name) AND idx = sqlc.arg(idx);

-- name: RaiseSettingScope :one
INSERT INTO setting_scope (id, platform_id, account_id, mac, version, changed_at)
VALUES (sqlc.arg(id), sqlc.narg(platform_id), sqlc.narg(account_id), sqlc.narg(mac), 1, sqlc.arg(changed_at))
ON CONFLICT (id) DO UPDATE SET version = setting_scope.version + 1, changed_at = excluded.changed_at
RETURNING version;

-- name: PutSetting :exec
INSERT INTO setting (scope, name, idx, value, sealed, set_at, set_by)
VALUES (sqlc.arg(scope), sqlc.arg(name), sqlc.arg(idx), sqlc.arg(value), sqlc.narg(sealed), sqlc.arg(set_at), sqlc.arg(set_by))
ON CONFLICT (scope, name, idx) DO UPDATE SET value = excluded.value, sealed = excluded.sealed, set_at = excluded.set_at, set_by = excluded.set_by;

-- name: DeleteSetting :exec
DELETE FROM setting WHERE scope = sqlc.arg(scope) AND name = sqlc.arg(name) AND idx = sqlc.arg(idx);

-- name: DeleteSettings :exec
DELETE FROM setting WHERE scope = sqlc.arg(scope);

-- Names of vendors' own settings that have values in the open.
-- name: OpenSettingNames :many
SELECT DISTINCT name FROM setting WHERE sealed IS NULL AND value <> '' AND name LIKE '%:%';

-- name: OpenSettingsOf :many
SELECT scope, idx, value FROM setting WHERE name = sqlc.arg(name) AND sealed IS NULL AND value <> '' LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: SealSetting :exec
UPDATE setting SET value = '', sealed = sqlc.arg(sealed)
WHERE scope = sqlc.arg(scope) AND name = sqlc.arg(name) AND idx = sqlc.arg(idx) AND sealed IS NULL AND value = sqlc.arg(value);
