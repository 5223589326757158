-- name: GetLink :one
SELECT * FROM link WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor);

-- name: ListLinks :many
SELECT * FROM link
WHERE (CAST(sqlc.arg(platform_id) AS text) = '' OR platform_id = sqlc.arg(platform_id))
  AND (CAST(sqlc.arg(vendor) AS text) = '' OR vendor = sqlc.arg(vendor))
ORDER BY platform_id, vendor;

-- name: GetLinkByCompany :one
SELECT * FROM link WHERE vendor = sqlc.arg(vendor) AND company_id = CAST(sqlc.arg(company_id) AS text);

-- name: InsertLink :execrows
INSERT INTO link (platform_id, vendor, state, nonce, company_id, company_name, profiles, next_credential, active,
    set_at, set_by, connected, address_template, address_token_id, disabled_at, disabled_by, unconfirmed, checked_at,
    error, attention, restored_at, later_keys, proof, foreign_addresses, updated_at, version)
VALUES (sqlc.arg(platform_id), sqlc.arg(vendor), sqlc.arg(state), sqlc.arg(nonce), sqlc.narg(company_id), sqlc.arg(company_name),
    sqlc.arg(profiles), sqlc.arg(next_credential), sqlc.narg(active), sqlc.narg(set_at), sqlc.arg(set_by), sqlc.arg(connected),
    sqlc.arg(address_template), sqlc.arg(address_token_id), sqlc.narg(disabled_at), sqlc.arg(disabled_by), sqlc.arg(unconfirmed),
    sqlc.narg(checked_at), sqlc.narg(error), sqlc.arg(attention), sqlc.narg(restored_at), sqlc.arg(later_keys), sqlc.narg(proof), sqlc.arg(foreign_addresses), sqlc.arg(updated_at), 1)
ON CONFLICT DO NOTHING;

-- name: UpdateLink :execrows
UPDATE link SET state = sqlc.arg(state), nonce = sqlc.arg(nonce), company_id = sqlc.narg(company_id), company_name = sqlc.arg(company_name),
    profiles = sqlc.arg(profiles), next_credential = sqlc.arg(next_credential), active = sqlc.narg(active),
    set_at = sqlc.narg(set_at), set_by = sqlc.arg(set_by), connected = sqlc.arg(connected),
    address_template = sqlc.arg(address_template), address_token_id = sqlc.arg(address_token_id),
    disabled_at = sqlc.narg(disabled_at), disabled_by = sqlc.arg(disabled_by), unconfirmed = sqlc.arg(unconfirmed),
    checked_at = sqlc.narg(checked_at), error = sqlc.narg(error), attention = sqlc.arg(attention), restored_at = sqlc.narg(restored_at), later_keys = sqlc.arg(later_keys),
    proof = sqlc.narg(proof), foreign_addresses = sqlc.arg(foreign_addresses),
    updated_at = sqlc.arg(updated_at), version = version + 1
WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND version = sqlc.arg(version);

-- name: CountAttention :many
SELECT vendor, count(*) AS n FROM link WHERE attention GROUP BY vendor;
