-- name: GetEndpoint :one
SELECT * FROM endpoint WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac);

-- name: GetEndpointByMAC :one
SELECT * FROM endpoint WHERE mac = sqlc.arg(mac) AND state <> 'released';

-- The MACs stand in one text, up to 1000 of 17 characters each: lists of values are
-- written differently for the two engines.
-- name: EndpointsByMACs :many
SELECT endpoint.*
FROM (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS ones
CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS tens
CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS hundreds
JOIN endpoint ON endpoint.platform_id = sqlc.arg(platform_id)
  AND endpoint.mac = substr(CAST(sqlc.arg(macs) AS text), CAST((ones.n + 10 * tens.n + 100 * hundreds.n) * 17 + 1 AS integer), 17);

-- The same for the up to 100 of a page: PostgreSQL starts further processes for the other.
-- name: EndpointsOfPage :many
SELECT endpoint.*
FROM (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS ones
CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS tens
JOIN endpoint ON endpoint.platform_id = sqlc.arg(platform_id)
  AND endpoint.mac = substr(CAST(sqlc.arg(macs) AS text), CAST((ones.n + 10 * tens.n) * 17 + 1 AS integer), 17);

-- name: CountEndpoints :many
SELECT state, CAST(sum(n) AS bigint) AS n FROM endpoint_count WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) GROUP BY state;

-- Phones that have another URL than the present one; proven is that of those which none is
-- confirmed of.
-- name: CountEarlierURLs :one
SELECT count(*) FROM endpoint WHERE platform_id = sqlc.arg(platform_id) AND vendor = sqlc.arg(vendor) AND state <> 'released'
  AND CASE WHEN address_template = '' THEN CAST(sqlc.arg(proven) AS text) ELSE address_template END NOT IN (sqlc.arg(own), sqlc.arg(plain));

-- name: EndpointCounts :many
SELECT vendor, state, CAST(sum(n) AS bigint) AS n FROM endpoint_count WHERE platform_id = sqlc.arg(platform_id) GROUP BY vendor, state HAVING sum(n) <> 0
ORDER BY vendor, state;

-- name: InsertEndpoint :execrows
INSERT INTO endpoint (platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by,
    address_template, address_token_id, error, created_at, confirmed_at, fetched_at, updated_at, model, serial,
    first_fetched_at, replaces, replaced_by, moved_to, found, expected_at, version)
VALUES (sqlc.arg(platform_id), sqlc.arg(mac), sqlc.arg(vendor), sqlc.narg(account_id), sqlc.arg(product_group), sqlc.arg(name),
    sqlc.arg(fold), sqlc.arg(state), sqlc.arg(want_paused), sqlc.arg(paused_by), sqlc.arg(address_template),
    sqlc.arg(address_token_id), sqlc.narg(error), sqlc.arg(created_at), sqlc.narg(confirmed_at), sqlc.narg(fetched_at),
    sqlc.arg(updated_at), sqlc.arg(model), sqlc.arg(serial), sqlc.narg(first_fetched_at), sqlc.arg(replaces), sqlc.arg(replaced_by),
    sqlc.arg(moved_to), sqlc.arg(found), sqlc.narg(expected_at), 1)
ON CONFLICT DO NOTHING;

-- name: UpdateEndpoint :execrows
UPDATE endpoint SET vendor = sqlc.arg(vendor), account_id = sqlc.narg(account_id), product_group = sqlc.arg(product_group),
    name = sqlc.arg(name), fold = sqlc.arg(fold), state = sqlc.arg(state), want_paused = sqlc.arg(want_paused),
    paused_by = sqlc.arg(paused_by), address_template = sqlc.arg(address_template), address_token_id = sqlc.arg(address_token_id),
    error = sqlc.narg(error), created_at = sqlc.arg(created_at), confirmed_at = sqlc.narg(confirmed_at),
    updated_at = sqlc.arg(updated_at), model = sqlc.arg(model), serial = sqlc.arg(serial),
    replaces = sqlc.arg(replaces), replaced_by = sqlc.arg(replaced_by),
    moved_to = sqlc.arg(moved_to), found = sqlc.arg(found), expected_at = sqlc.narg(expected_at), version = version + 1,
    fetched_at = CASE WHEN state = 'released' AND sqlc.arg(state) <> 'released' THEN NULL ELSE fetched_at END,
    first_fetched_at = CASE WHEN state = 'released' AND sqlc.arg(state) <> 'released' THEN NULL ELSE first_fetched_at END,
    sip_registered = CASE WHEN state = 'released' OR sqlc.arg(state) = 'released' THEN NULL ELSE sip_registered END,
    sip_at = CASE WHEN state = 'released' OR sqlc.arg(state) = 'released' THEN NULL ELSE sip_at END,
    pin = CASE WHEN state = 'released' OR sqlc.arg(state) = 'released' THEN NULL ELSE pin END,
    device_token = CASE WHEN state = 'released' OR sqlc.arg(state) = 'released' THEN NULL ELSE device_token END,
    device_token_hash = CASE WHEN state = 'released' OR sqlc.arg(state) = 'released' THEN '' ELSE device_token_hash END,
    plain_url = CASE WHEN state = 'released' OR sqlc.arg(state) = 'released' THEN false ELSE plain_url END
WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac) AND version = sqlc.arg(version);

-- name: TouchEndpoint :execrows
UPDATE endpoint SET fetched_at = sqlc.arg(fetched_at), first_fetched_at = COALESCE(first_fetched_at, sqlc.arg(fetched_at))
WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac);

-- name: SetEndpointSIP :execrows
UPDATE endpoint SET sip_registered = sqlc.arg(registered), sip_at = sqlc.arg(at), sip_reason = sqlc.arg(reason)
WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac) AND state <> 'released'
  AND COALESCE(sip_at, 0) < sqlc.arg(at);

-- name: SetEndpointsSIP :exec
UPDATE endpoint SET sip_registered = sqlc.arg(registered), sip_at = sqlc.arg(at), sip_reason = sqlc.arg(reason)
WHERE platform_id = sqlc.arg(platform_id) AND mac IN (/*each of*/ sqlc.arg(macs)) AND state <> 'released'
  AND COALESCE(sip_at, 0) < sqlc.arg(at);

-- name: SetEndpointPIN :execrows
UPDATE endpoint SET pin = sqlc.narg(pin)
WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac) AND state <> 'released';

-- name: LeavePlainURL :execrows
UPDATE endpoint SET plain_url = false WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac);

-- name: EndpointsOfMAC :many
SELECT * FROM endpoint WHERE (mac = sqlc.arg(mac) AND state <> 'released') OR (mac = sqlc.arg(mac) AND state = 'released') ORDER BY created_at, platform_id;

-- name: MovingEndpoints :many
SELECT * FROM endpoint WHERE moved_to <> '' ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);
