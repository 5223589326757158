-- What was under way in a backup is over: it may have gone on since.

-- name: EndOperation :exec
UPDATE operation SET state = 'needs_operator', steps = sqlc.arg(steps), holds_link = sqlc.arg(holds_link), error = sqlc.arg(error),
    owner = '', lease_until = NULL, due_at = NULL, next_at = NULL, waiting = '', fence = fence + 1,
    finished_at = sqlc.arg(now), updated_at = sqlc.arg(now)
WHERE id = sqlc.arg(id);

-- name: FailWantedEndpoints :exec
UPDATE endpoint SET state = 'failed', error = sqlc.arg(error), updated_at = sqlc.arg(now), version = version + 1
WHERE state = 'wanted' AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor));

-- name: ForgetUnprovenCredentials :exec
DELETE FROM credential
WHERE state IN ('planned', 'created', 'unknown') AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor));

-- name: MarkLinksRestored :execrows
UPDATE link SET restored_at = sqlc.arg(now), checked_at = NULL, error = sqlc.arg(error), attention = sqlc.arg(attention),
    updated_at = sqlc.arg(now), version = version + 1,
    state = CASE WHEN state IN ('onboarding', 'rotating', 'disabling', 'unknown') THEN 'needs_attention' ELSE state END
WHERE nonce <> '' AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor));
