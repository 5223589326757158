-- name: InsertResync :exec
INSERT INTO resync (id, platform_id, account_id, mac, state, reboot, spread, ends_at, trouble, created_at, created_by, finished_at, finished_by)
VALUES (sqlc.arg(id), sqlc.arg(platform_id), sqlc.arg(account_id), sqlc.arg(mac), sqlc.arg(state), sqlc.arg(reboot), sqlc.arg(spread), sqlc.arg(ends_at),
    sqlc.arg(trouble), sqlc.arg(created_at), sqlc.arg(created_by), sqlc.narg(finished_at), sqlc.arg(finished_by));

-- Those that are put in part by part are cancelled by nobody until the last part is there.
-- name: HoldStagedResync :execrows
UPDATE resync SET trouble = trouble
WHERE id = sqlc.arg(id) AND created_at = sqlc.arg(created_at) AND state = 'cancelled' AND finished_by = '';

-- name: StartResync :execrows
UPDATE resync SET state = 'running', trouble = '', finished_at = NULL
WHERE id = sqlc.arg(id) AND created_at = sqlc.arg(created_at) AND state = 'cancelled' AND finished_by = '';

-- name: CutResyncs :many
SELECT id FROM resync WHERE state = 'cancelled' AND finished_by = '' AND created_at < sqlc.arg(before) ORDER BY created_at, id;

-- name: EndCutResync :execrows
UPDATE resync SET finished_by = sqlc.arg(finished_by), trouble = sqlc.arg(trouble)
WHERE id = sqlc.arg(id) AND state = 'cancelled' AND finished_by = '' AND created_at < sqlc.arg(before);

-- name: CancelSomeResyncItems :execrows
UPDATE resync_item SET state = 'cancelled', ended_at = sqlc.narg(ended_at)
WHERE resync_item.resync_id = sqlc.arg(resync_id) AND resync_item.mac IN (
    SELECT i.mac FROM resync_item AS i WHERE i.resync_id = sqlc.arg(resync_id) AND i.state = 'queued' ORDER BY i.mac LIMIT CAST(sqlc.arg(max_rows) AS bigint));

-- name: GetResync :one
SELECT * FROM resync WHERE id = sqlc.arg(id);

-- name: ListResyncs :many
SELECT * FROM resync
WHERE created_at < sqlc.arg(before_created) OR (created_at = sqlc.arg(before_created) AND id < sqlc.arg(before_id))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListPlatformResyncs :many
SELECT * FROM resync
WHERE platform_id = sqlc.arg(platform_id)
  AND (created_at < sqlc.arg(before_created) OR (created_at = sqlc.arg(before_created) AND id < sqlc.arg(before_id)))
ORDER BY created_at DESC, id DESC LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListOpenResyncs :many
SELECT * FROM resync WHERE state = 'running' ORDER BY created_at DESC;

-- name: CountItemsOfResyncs :many
SELECT resync_id, state, count(*) AS n FROM resync_item WHERE resync_id IN (/*each of*/ sqlc.arg(resyncs)) GROUP BY resync_id, state;

-- name: ListResyncItems :many
SELECT * FROM resync_item WHERE resync_id = sqlc.arg(resync_id) AND mac > sqlc.arg(after_mac)
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: ListResyncItemsIn :many
SELECT * FROM resync_item WHERE resync_id = sqlc.arg(resync_id) AND state = sqlc.arg(state) AND mac > sqlc.arg(after_mac)
ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: LastResyncItem :one
SELECT resync_item.* FROM resync_item JOIN resync ON resync.id = resync_item.resync_id
WHERE resync_item.platform_id = sqlc.arg(platform_id) AND resync_item.mac = sqlc.arg(mac)
ORDER BY resync.created_at DESC, resync.id DESC LIMIT 1;

-- name: DueResyncItems :many
SELECT * FROM resync_item WHERE state = 'queued' AND due_at <= sqlc.arg(now)
ORDER BY due_at, resync_id, mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: LostResyncItems :many
SELECT * FROM resync_item WHERE state = 'sending' AND sent_at < sqlc.arg(lost)
ORDER BY sent_at, resync_id, mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: HasDueResyncItems :one
SELECT CAST(EXISTS (SELECT 1 FROM resync_item AS q WHERE q.state = 'queued' AND q.due_at <= sqlc.arg(now))
    OR EXISTS (SELECT 1 FROM resync_item AS s WHERE s.state = 'sending' AND s.sent_at < sqlc.arg(lost)) AS boolean) AS due;

-- A phone whose turn was taken by another process meanwhile is not touched.
-- name: ClaimResyncItem :execrows
UPDATE resync_item SET state = 'sending', sent_at = sqlc.arg(now), tries = tries + 1
WHERE resync_id = sqlc.arg(resync_id) AND mac = sqlc.arg(mac) AND state = sqlc.arg(state) AND tries = sqlc.arg(tries);

-- name: SaveResyncItem :exec
UPDATE resync_item SET state = sqlc.arg(state), left_out = sqlc.arg(left_out), due_at = sqlc.narg(due_at), target = sqlc.arg(target),
    status = sqlc.arg(status), note = sqlc.arg(note), ended_at = sqlc.narg(ended_at)
WHERE resync_id = sqlc.arg(resync_id) AND mac = sqlc.arg(mac) AND state = 'sending' AND sent_at = sqlc.arg(sent_at);

-- Whoever ends phones of a resync waits here for others that do, so that one sees the last.
-- name: LockResync :exec
UPDATE resync SET trouble = trouble WHERE id = sqlc.arg(id);

-- name: NoteResync :exec
UPDATE resync SET trouble = sqlc.arg(trouble) WHERE id = sqlc.arg(id) AND state = 'running' AND trouble <> sqlc.arg(trouble);

-- name: NoteOpenResyncs :exec
UPDATE resync SET trouble = sqlc.arg(trouble) WHERE state = 'running' AND trouble <> sqlc.arg(trouble);

-- name: CancelQueuedResyncItems :exec
UPDATE resync_item SET state = 'cancelled', ended_at = sqlc.narg(ended_at)
WHERE resync_id = sqlc.arg(resync_id) AND state = 'queued';

-- name: EndResync :exec
UPDATE resync SET state = 'done', finished_at = sqlc.narg(finished_at), trouble = ''
WHERE resync.id = sqlc.arg(id) AND resync.state = 'running'
  AND NOT EXISTS (SELECT 1 FROM resync_item WHERE resync_item.resync_id = resync.id AND resync_item.state IN ('queued', 'sending'));

-- name: CancelResync :execrows
UPDATE resync SET state = 'cancelled', finished_at = sqlc.narg(finished_at), finished_by = sqlc.arg(finished_by), trouble = ''
WHERE id = sqlc.arg(id) AND state = 'running';

-- One that has ended before then was begun before then, which the index by age tells.
-- name: OldResyncs :many
SELECT id FROM resync WHERE created_at < sqlc.arg(before) AND state <> 'running' AND finished_at < sqlc.arg(before)
ORDER BY created_at, id LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: DropResyncItems :execrows
DELETE FROM resync_item WHERE resync_item.resync_id = sqlc.arg(resync_id) AND resync_item.mac IN (
    SELECT i.mac FROM resync_item AS i WHERE i.resync_id = sqlc.arg(resync_id) ORDER BY i.mac LIMIT CAST(sqlc.arg(max_rows) AS bigint));

-- name: DropResync :exec
DELETE FROM resync WHERE id = sqlc.arg(id);

-- name: PhoneLines :many
SELECT setting_scope.mac, setting.name, setting.idx, setting.value
FROM setting_scope JOIN setting ON setting.scope = setting_scope.id
WHERE setting_scope.id IN (/*each of*/ sqlc.arg(scopes)) AND setting.name IN ('line_user', 'line_registrar')
ORDER BY setting_scope.id, setting.name, setting.idx;
