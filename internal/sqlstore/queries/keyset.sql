-- name: InsertKeyset :exec
INSERT INTO keyset (one, wrapped, created_at, root_id, kms_key, root_sealed)
VALUES (1, sqlc.arg(wrapped), sqlc.arg(created_at), sqlc.arg(root_id), sqlc.arg(kms_key), sqlc.narg(root_sealed));

-- name: GetKeyset :one
SELECT keyset.*, keyset_copy.wrapped AS copy_wrapped, keyset_copy.root_id AS copy_root_id,
    keyset_copy.kms_key AS copy_kms_key, keyset_copy.root_sealed AS copy_root_sealed
FROM keyset LEFT JOIN keyset_copy ON keyset_copy.one = keyset.one;

-- name: GetKeysetVersion :one
SELECT version FROM keyset;

-- Every change of the keyset begins with this one, which locks the row.
-- name: NextKeyset :execrows
UPDATE keyset SET version = version + 1 WHERE version = sqlc.arg(version);

-- name: SetKeyset :exec
UPDATE keyset SET wrapped = sqlc.arg(wrapped), phase = sqlc.arg(phase);

-- name: InsertKeysetCopy :exec
INSERT INTO keyset_copy (one, wrapped, root_id, kms_key, root_sealed, created_at)
VALUES (1, sqlc.arg(wrapped), sqlc.arg(root_id), sqlc.arg(kms_key), sqlc.narg(root_sealed), sqlc.arg(created_at));

-- name: PromoteKeysetCopy :exec
UPDATE keyset SET
    wrapped = (SELECT c.wrapped FROM keyset_copy c), root_id = (SELECT c.root_id FROM keyset_copy c),
    kms_key = (SELECT c.kms_key FROM keyset_copy c), root_sealed = (SELECT c.root_sealed FROM keyset_copy c);

-- name: DeleteKeysetCopy :exec
DELETE FROM keyset_copy;

-- name: RaiseOldestSchema :exec
UPDATE schema_compat SET oldest = sqlc.arg(oldest) WHERE oldest < sqlc.arg(oldest);

-- name: GetPhonesKeyset :one
SELECT wrapped, root, root_id, version, ready_at FROM phones_keyset;

-- What a process that serves phones alone may read of it.
-- name: GetOwnKeyset :one
SELECT wrapped, version, ready_at FROM phones_keyset;

-- name: GetPhonesKeysetVersion :one
SELECT version FROM phones_keyset;

-- name: InsertPhonesKeyset :exec
INSERT INTO phones_keyset (one, wrapped, root, root_id, created_at)
VALUES (1, sqlc.arg(wrapped), sqlc.arg(root), sqlc.arg(root_id), sqlc.arg(created_at));

-- Whoever seals with it holds the row until the commit.
-- name: NextPhonesKeyset :exec
UPDATE phones_keyset SET version = version + 1;

-- name: SetPhonesKeyset :exec
UPDATE phones_keyset SET wrapped = sqlc.arg(wrapped);

-- name: SetPhonesRoot :exec
UPDATE phones_keyset SET wrapped = sqlc.arg(wrapped), root = sqlc.arg(root), root_id = sqlc.arg(root_id);

-- name: SetPhonesReady :exec
UPDATE phones_keyset SET ready_at = sqlc.arg(ready_at) WHERE ready_at IS NULL;
