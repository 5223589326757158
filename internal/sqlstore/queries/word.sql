-- name: OweWords :exec
INSERT INTO words_due (platform_id, operation_id, after_mac, saves, saving) VALUES (sqlc.arg(platform_id), sqlc.arg(operation_id), '', 1, true)
ON CONFLICT (platform_id, operation_id) DO UPDATE SET saves = words_due.saves + 1, saving = true;

-- name: WordsOwed :exec
UPDATE words_due SET saving = false WHERE platform_id = sqlc.arg(platform_id) AND operation_id = sqlc.arg(operation_id);

-- name: GetWordsDue :one
SELECT after_mac, saves FROM words_due WHERE platform_id = sqlc.arg(platform_id) AND operation_id = sqlc.arg(operation_id);

-- name: MoveWordsDue :exec
UPDATE words_due SET after_mac = sqlc.arg(to_mac)
WHERE platform_id = sqlc.arg(platform_id) AND operation_id = sqlc.arg(operation_id) AND after_mac = sqlc.arg(after_mac);

-- name: EndWordsDue :exec
DELETE FROM words_due WHERE platform_id = sqlc.arg(platform_id) AND operation_id = sqlc.arg(operation_id) AND saves = sqlc.arg(saves);

-- name: ListWordsLeft :many
SELECT platform_id, operation_id FROM words_due WHERE NOT EXISTS (
    SELECT 1 FROM operation o WHERE o.id = words_due.operation_id AND o.state NOT IN ('done', 'failed', 'needs_operator'));
