-- name: GetRollout :one
SELECT * FROM setting_rollout WHERE id = sqlc.arg(id);

-- name: OpenRolloutOf :one
SELECT * FROM setting_rollout WHERE scope = sqlc.arg(scope) AND state IN ('proposed', 'running', 'stopped');

-- name: ListRollouts :many
SELECT * FROM setting_rollout ORDER BY proposed_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: PageRollouts :many
SELECT * FROM setting_rollout
WHERE proposed_at < sqlc.arg(before_proposed) OR (proposed_at = sqlc.arg(before_proposed) AND id < sqlc.arg(before_id))
ORDER BY proposed_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: DropRollouts :exec
DELETE FROM setting_rollout WHERE id IN (
    SELECT r.id FROM setting_rollout AS r WHERE r.proposed_at < sqlc.arg(before) AND r.moved_at < sqlc.arg(before) AND r.state IN ('done', 'taken_back')
    ORDER BY r.proposed_at, r.id LIMIT CAST(sqlc.arg(max_rows) AS bigint));

-- name: ListOpenRollouts :many
SELECT * FROM setting_rollout WHERE state IN ('proposed', 'running', 'stopped') ORDER BY proposed_at DESC, id DESC;

-- name: InsertRollout :exec
INSERT INTO setting_rollout (id, scope, state, percent, cut, phones, in_ring, ring_at, watch, reason, proposed_at, proposed_by, moved_at, moved_by, settings_version, version)
VALUES (sqlc.arg(id), sqlc.arg(scope), sqlc.arg(state), sqlc.arg(percent), sqlc.arg(cut), sqlc.arg(phones), sqlc.arg(in_ring), sqlc.narg(ring_at),
    sqlc.arg(watch), sqlc.arg(reason), sqlc.arg(proposed_at), sqlc.arg(proposed_by), sqlc.arg(moved_at), sqlc.arg(moved_by), sqlc.arg(settings_version), 1);

-- name: UpdateRollout :execrows
UPDATE setting_rollout SET state = sqlc.arg(state), percent = sqlc.arg(percent), cut = sqlc.arg(cut), phones = sqlc.arg(phones), in_ring = sqlc.arg(in_ring),
    ring_at = sqlc.narg(ring_at), watch = sqlc.arg(watch), reason = sqlc.arg(reason), moved_at = sqlc.arg(moved_at), moved_by = sqlc.arg(moved_by),
    settings_version = sqlc.arg(settings_version), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: SetScopeRollout :exec
UPDATE setting_scope SET rollout_id = sqlc.narg(rollout_id) WHERE id = sqlc.arg(id);

-- name: ListRolloutValues :many
SELECT * FROM setting_rollout_value WHERE rollout_id = sqlc.arg(rollout_id) ORDER BY side, name, idx;

-- name: PutRolloutValue :exec
INSERT INTO setting_rollout_value (rollout_id, scope, side, name, idx, unset, secret, value, sealed, set_at, set_by)
VALUES (sqlc.arg(rollout_id), sqlc.arg(scope), sqlc.arg(side), sqlc.arg(name), sqlc.arg(idx), sqlc.arg(unset), sqlc.arg(secret), sqlc.arg(value),
    sqlc.narg(sealed), sqlc.arg(set_at), sqlc.arg(set_by))
ON CONFLICT (rollout_id, side, name, idx) DO UPDATE SET unset = excluded.unset, secret = excluded.secret, value = excluded.value,
    sealed = excluded.sealed, set_at = excluded.set_at, set_by = excluded.set_by;

-- What can't come back to anybody any more: what it has put in place by now, and what was
-- there before the one before it.
-- name: WipeFormerRollouts :exec
UPDATE setting_rollout_value SET sealed = NULL WHERE setting_rollout_value.sealed IS NOT NULL AND setting_rollout_value.rollout_id IN (
    SELECT setting_rollout.id FROM setting_rollout WHERE setting_rollout.scope = sqlc.arg(scope) AND setting_rollout.state IN ('done', 'taken_back'))
  AND (setting_rollout_value.side = 'new' OR setting_rollout_value.rollout_id <> sqlc.arg(kept));

-- name: WipeRollout :exec
UPDATE setting_rollout_value SET sealed = NULL WHERE rollout_id = sqlc.arg(rollout_id) AND sealed IS NOT NULL;

-- name: PlatformIDs :many
SELECT id FROM platform ORDER BY id;

-- name: PhonesOfPlatform :many
SELECT mac, vendor, model, first_fetched_at, fetched_at, sip_registered FROM endpoint
WHERE platform_id = sqlc.arg(platform_id) AND mac > sqlc.arg(after) AND state <> 'released'
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: PhonesOfAccount :many
SELECT mac, vendor, model, first_fetched_at, fetched_at, sip_registered FROM endpoint
WHERE platform_id = sqlc.arg(platform_id) AND account_id = sqlc.arg(account_id) AND mac > sqlc.arg(after) AND state <> 'released'
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: CountPhonesBelow :one
SELECT CAST(COALESCE(sum(n), 0) AS bigint) AS n FROM endpoint_count
WHERE state <> 'released' AND (CAST(sqlc.arg(platform_id) AS text) = '' OR platform_id = CAST(sqlc.arg(platform_id) AS text));

-- name: CountPhonesOfAccount :one
SELECT count(*) FROM endpoint WHERE platform_id = sqlc.arg(platform_id) AND account_id = CAST(sqlc.arg(account_id) AS text) AND state <> 'released';

-- name: GetSettingFreeze :one
SELECT reason, frozen_at, frozen_by FROM setting_freeze WHERE one = 1;

-- name: SetSettingFreeze :execrows
INSERT INTO setting_freeze (one, reason, frozen_at, frozen_by) VALUES (1, sqlc.arg(reason), sqlc.arg(frozen_at), sqlc.arg(frozen_by)) ON CONFLICT DO NOTHING;

-- name: LiftSettingFreeze :execrows
DELETE FROM setting_freeze WHERE one = 1;

-- name: OpenRolloutNames :many
SELECT DISTINCT name FROM setting_rollout_value WHERE NOT secret AND value <> '' AND name LIKE '%:%';

-- name: OpenRolloutValuesOf :many
SELECT rollout_id, scope, side, idx, value FROM setting_rollout_value WHERE name = sqlc.arg(name) AND NOT secret AND value <> ''
LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: SealRolloutValue :exec
UPDATE setting_rollout_value SET value = '', secret = true, sealed = sqlc.arg(sealed)
WHERE rollout_id = sqlc.arg(rollout_id) AND side = sqlc.arg(side) AND name = sqlc.arg(name) AND idx = sqlc.arg(idx) AND NOT secret AND value = sqlc.arg(value);
