-- name: InsertInstallation :exec
INSERT INTO installation (one, name, canary, audit_key, created_at)
VALUES (1, sqlc.arg(name), sqlc.arg(canary), sqlc.arg(audit_key), sqlc.arg(created_at));

-- name: GetInstallation :one
SELECT * FROM installation;

-- name: PinAccount :execrows
INSERT INTO vendor_account (vendor, company_id) VALUES (sqlc.arg(vendor), sqlc.arg(company_id))
ON CONFLICT DO NOTHING;

-- name: GetPinnedAccount :one
SELECT company_id FROM vendor_account WHERE vendor = sqlc.arg(vendor);

-- name: SetReseller :exec
INSERT INTO reseller (vendor, sealed, set_at) VALUES (sqlc.arg(vendor), sqlc.arg(sealed), sqlc.arg(set_at))
ON CONFLICT (vendor) DO UPDATE SET sealed = excluded.sealed, set_at = excluded.set_at;

-- name: GetReseller :one
SELECT * FROM reseller WHERE vendor = sqlc.arg(vendor);

-- name: DeleteReseller :execrows
DELETE FROM reseller WHERE vendor = sqlc.arg(vendor);

-- name: PutChallenge :exec
INSERT INTO challenge (nonce, answer, expires_at) VALUES (sqlc.arg(nonce), sqlc.arg(answer), sqlc.arg(expires_at))
ON CONFLICT (nonce) DO UPDATE SET answer = excluded.answer, expires_at = excluded.expires_at;

-- name: DropChallenges :exec
DELETE FROM challenge WHERE expires_at <= sqlc.arg(now);

-- name: GetChallenge :one
SELECT answer FROM challenge WHERE nonce = sqlc.arg(nonce) AND expires_at > sqlc.arg(now);

-- name: Probe :exec
INSERT INTO probe (one, filler) VALUES (1, sqlc.arg(filler))
ON CONFLICT (one) DO UPDATE SET filler = excluded.filler;

-- name: GetHome :one
SELECT home FROM installation;

-- name: SetHome :exec
UPDATE installation SET home = sqlc.arg(home);

-- name: PutWritesOff :execrows
INSERT INTO writes_off (vendor, reason, detail, since, set_by)
VALUES (sqlc.arg(vendor), sqlc.arg(reason), sqlc.arg(detail), sqlc.arg(since), sqlc.arg(set_by))
ON CONFLICT DO NOTHING;

-- name: ListWritesOff :many
SELECT * FROM writes_off ORDER BY vendor;

-- name: DeleteWritesOff :execrows
DELETE FROM writes_off WHERE vendor = sqlc.arg(vendor);
