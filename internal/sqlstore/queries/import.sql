-- name: InsertImport :exec
INSERT INTO import (id, platform_id, vendor, state, file, encoding, separator, ignored, tally, mode, operation_id, actor, created_at, expires_at, version)
VALUES (sqlc.arg(id), sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(state), sqlc.arg(file), sqlc.arg(encoding), sqlc.arg(separator), sqlc.arg(ignored),
    sqlc.arg(tally), sqlc.arg(mode), sqlc.arg(operation_id), sqlc.arg(actor), sqlc.arg(created_at), sqlc.arg(expires_at), 1);

-- name: GetImport :one
SELECT * FROM import WHERE id = sqlc.arg(id);

-- name: ListImports :many
SELECT * FROM import WHERE platform_id = sqlc.arg(platform_id)
  AND (created_at < sqlc.arg(before_created) OR (created_at = sqlc.arg(before_created) AND id < sqlc.arg(before_id)))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: UpdateImport :execrows
UPDATE import SET state = sqlc.arg(state), encoding = sqlc.arg(encoding), separator = sqlc.arg(separator), ignored = sqlc.arg(ignored),
    tally = sqlc.arg(tally), mode = sqlc.arg(mode), operation_id = sqlc.arg(operation_id), expires_at = sqlc.arg(expires_at), version = version + 1
WHERE id = sqlc.arg(id) AND version = sqlc.arg(version);

-- name: CancelImport :exec
UPDATE import SET cancelled_at = sqlc.narg(at) WHERE id = sqlc.arg(id) AND cancelled_at IS NULL;

-- name: ListExpiredImports :many
SELECT id FROM import WHERE expires_at <= sqlc.arg(until)
  AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = import.operation_id AND o.state NOT IN ('done', 'failed', 'needs_operator'))
ORDER BY id;

-- One that nobody can start any more, since its rows go away a part at a time.
-- name: ExpireImport :execrows
UPDATE import SET expires_at = 0, version = version + 1 WHERE import.id = sqlc.arg(id)
  AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = import.operation_id AND o.state NOT IN ('done', 'failed', 'needs_operator'));

-- name: DeleteImportRows :execrows
DELETE FROM import_row WHERE import_id = sqlc.arg(import_id) AND line <= sqlc.arg(up_to);

-- name: NextImportLine :one
SELECT line FROM import_row WHERE import_id = sqlc.arg(import_id) ORDER BY line LIMIT 1;

-- name: DeleteImport :execrows
DELETE FROM import WHERE id = sqlc.arg(id);

-- name: ListImportRows :many
SELECT sqlc.embed(r), i.state, i.error FROM import_row r
LEFT JOIN operation_item i ON i.operation_id = sqlc.arg(operation_id) AND i.mac = r.mac
WHERE r.import_id = sqlc.arg(import_id) AND r.line > sqlc.arg(after)
ORDER BY r.line LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListImportRowsOf :many
SELECT sqlc.embed(r), i.state, i.error FROM import_row r
LEFT JOIN operation_item i ON i.operation_id = sqlc.arg(operation_id) AND i.mac = r.mac
WHERE r.import_id = sqlc.arg(import_id) AND r.outcome = sqlc.arg(outcome) AND r.line > sqlc.arg(after)
ORDER BY r.line LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListImportRowsIn :many
SELECT sqlc.embed(r), i.state, i.error FROM operation_item i
JOIN import_row r ON r.import_id = sqlc.arg(import_id) AND r.line = i.line
WHERE i.operation_id = sqlc.arg(operation_id) AND i.state = sqlc.arg(state) AND i.mac > sqlc.arg(after_mac)
ORDER BY i.mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: CountImportRows :many
SELECT outcome, count(*) AS n FROM import_row WHERE import_id = sqlc.arg(import_id) GROUP BY outcome;

-- name: SettleImportRow :execrows
UPDATE import_row SET outcome = sqlc.arg(outcome), changes = sqlc.arg(changes), faults = sqlc.arg(faults)
WHERE import_id = sqlc.arg(import_id) AND line = sqlc.arg(line);

-- name: ListImportPlaces :many
SELECT line, mac FROM import_row
WHERE import_id = sqlc.arg(import_id) AND line > sqlc.arg(after) AND line <= sqlc.arg(up_to) AND outcome IN ('new', 'change', 'unchanged')
ORDER BY line LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: LastImportLine :one
SELECT CAST(COALESCE((SELECT line FROM import_row WHERE import_id = sqlc.arg(import_id) ORDER BY line DESC LIMIT 1), 0) AS bigint) AS line;
