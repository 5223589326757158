-- name: InsertCampaign :execrows
INSERT INTO campaign (id, kind, vendor, state, budget, cost, older_than, asked_by, actor, idempotency_key, body_hash, reason, problem,
    next_at, in_row, ended, failed, left_companies, created_at, started_at, finished_at, updated_at, version)
VALUES (sqlc.arg(id), sqlc.arg(kind), sqlc.arg(vendor), sqlc.arg(state), sqlc.arg(budget), sqlc.arg(cost), sqlc.arg(older_than),
    sqlc.arg(asked_by), sqlc.arg(actor), sqlc.arg(idempotency_key), sqlc.arg(body_hash), sqlc.arg(reason), sqlc.narg(problem),
    sqlc.arg(next_at), 0, 0, 0, sqlc.arg(left_companies), sqlc.arg(created_at), sqlc.narg(started_at), sqlc.narg(finished_at),
    sqlc.arg(updated_at), 1)
ON CONFLICT DO NOTHING;

-- name: GetCampaign :one
SELECT * FROM campaign WHERE id = sqlc.arg(id);

-- name: GetCampaignByKey :one
SELECT * FROM campaign WHERE asked_by = sqlc.arg(asked_by) AND idempotency_key = sqlc.arg(idempotency_key) AND idempotency_key <> '';

-- name: ListCampaigns :many
SELECT * FROM campaign
WHERE (created_at < sqlc.arg(before_created) OR (created_at = sqlc.arg(before_created) AND id < sqlc.arg(before_id)))
  AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- Of each vendor there is one at most.
-- name: ListOpenCampaigns :many
SELECT * FROM campaign
WHERE finished_at IS NULL AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor))
ORDER BY vendor;

-- name: CountCampaignItems :many
SELECT state, count(*) AS n FROM campaign_item WHERE campaign_id = sqlc.arg(campaign_id) GROUP BY state;

-- name: UpdateCampaign :execrows
UPDATE campaign SET state = sqlc.arg(state), actor = sqlc.arg(actor), reason = sqlc.arg(reason), problem = sqlc.narg(problem), next_at = sqlc.arg(next_at),
    in_row = sqlc.arg(in_row), ended = sqlc.arg(ended), failed = sqlc.arg(failed), started_at = sqlc.narg(started_at),
    finished_at = sqlc.narg(finished_at), updated_at = sqlc.arg(updated_at), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: PauseCampaigns :exec
UPDATE campaign SET state = 'paused', reason = sqlc.arg(reason), problem = sqlc.arg(problem), updated_at = sqlc.arg(now), version = version + 1
WHERE state = 'running' AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor));

-- name: InsertCampaignItem :exec
INSERT INTO campaign_item (campaign_id, platform_id, vendor, position, state, operation_id, attempt, company_id, key_id, sealed, note,
    problem, started_at, finished_at)
VALUES (sqlc.arg(campaign_id), sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(position), sqlc.arg(state), sqlc.narg(operation_id),
    sqlc.arg(attempt), sqlc.arg(company_id), sqlc.arg(key_id), sqlc.narg(sealed), sqlc.arg(note), sqlc.narg(problem),
    sqlc.narg(started_at), sqlc.narg(finished_at));

-- name: GetCampaignItem :one
SELECT * FROM campaign_item
WHERE campaign_id = sqlc.arg(campaign_id) AND platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor);

-- name: ListCampaignItems :many
SELECT * FROM campaign_item
WHERE campaign_id = sqlc.arg(campaign_id) AND position > sqlc.arg(after) AND (CAST(sqlc.arg(state) AS text) = '' OR state = sqlc.arg(state))
ORDER BY position LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: UpdateCampaignItem :execrows
UPDATE campaign_item SET state = sqlc.arg(state), operation_id = sqlc.narg(operation_id), attempt = sqlc.arg(attempt), note = sqlc.arg(note),
    problem = sqlc.narg(problem), started_at = sqlc.narg(started_at), finished_at = sqlc.narg(finished_at),
    sealed = CASE WHEN CAST(sqlc.arg(wipe) AS boolean) THEN NULL ELSE sealed END
WHERE campaign_id = sqlc.arg(campaign_id) AND platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND state = sqlc.arg(from_state);

-- name: CancelCampaignItems :exec
UPDATE campaign_item SET state = 'cancelled', finished_at = sqlc.arg(now), sealed = NULL
WHERE campaign_id = sqlc.arg(campaign_id) AND state = 'pending';
