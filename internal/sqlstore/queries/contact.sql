-- name: GetContact :one
SELECT * FROM phone_contact WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac);

-- name: ContactsOfMAC :many
SELECT * FROM phone_contact WHERE mac = sqlc.arg(mac) ORDER BY platform_id;

-- name: InsertContact :execrows
INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, proven_at, networks, admitted_at,
    admitted_until, admitted_by, password, password_hash, password_at, password_used_at, previous_hash, alarmed_at, waiting,
    waiting_since, waiting_at, waiting_network, waiting_agent, less, former, admitted_network, visitors, other_visits, version)
VALUES (sqlc.arg(platform_id), sqlc.arg(mac), sqlc.arg(device_token_hash), sqlc.arg(account_id), sqlc.arg(token_id), sqlc.arg(assurance),
    sqlc.narg(proven_at), sqlc.arg(networks), sqlc.narg(admitted_at), sqlc.narg(admitted_until), sqlc.arg(admitted_by), sqlc.narg(password),
    sqlc.arg(password_hash), sqlc.narg(password_at), sqlc.narg(password_used_at), sqlc.arg(previous_hash), sqlc.narg(alarmed_at),
    sqlc.arg(waiting), sqlc.narg(waiting_since), sqlc.narg(waiting_at), sqlc.arg(waiting_network), sqlc.arg(waiting_agent),
    sqlc.arg(less), sqlc.arg(former), sqlc.arg(admitted_network), sqlc.arg(visitors), sqlc.arg(other_visits), 1)
ON CONFLICT DO NOTHING;

-- A save without a new password keeps the sealed one; one of another life has none.
-- name: UpdateContact :execrows
UPDATE phone_contact SET device_token_hash = sqlc.arg(device_token_hash), account_id = sqlc.arg(account_id), token_id = sqlc.arg(token_id),
    assurance = sqlc.arg(assurance), proven_at = sqlc.narg(proven_at), networks = sqlc.arg(networks), admitted_at = sqlc.narg(admitted_at),
    admitted_until = sqlc.narg(admitted_until), admitted_by = sqlc.arg(admitted_by),
    password = CASE WHEN sqlc.arg(password_hash) = '' THEN NULL ELSE COALESCE(sqlc.narg(password), password) END,
    password_hash = sqlc.arg(password_hash), password_at = sqlc.narg(password_at), password_used_at = sqlc.narg(password_used_at),
    previous_hash = sqlc.arg(previous_hash), alarmed_at = sqlc.narg(alarmed_at), waiting = sqlc.arg(waiting),
    waiting_since = sqlc.narg(waiting_since), waiting_at = sqlc.narg(waiting_at), waiting_network = sqlc.arg(waiting_network),
    waiting_agent = sqlc.arg(waiting_agent), less = sqlc.arg(less), former = sqlc.arg(former), admitted_network = sqlc.arg(admitted_network),
    visitors = sqlc.arg(visitors), other_visits = sqlc.arg(other_visits), version = version + 1
WHERE platform_id = sqlc.arg(platform_id) AND mac = sqlc.arg(mac) AND version = sqlc.arg(version);

-- name: ForgetFormerContacts :exec
DELETE FROM phone_contact WHERE mac = sqlc.arg(mac) AND platform_id <> sqlc.arg(platform_id);

-- name: ListWaiting :many
SELECT * FROM phone_contact WHERE platform_id = sqlc.arg(platform_id) AND waiting <> ''
  AND (waiting_since > sqlc.arg(after_since) OR (waiting_since = sqlc.arg(after_since) AND mac > sqlc.arg(after_mac)))
ORDER BY waiting_since, mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: CountWaiting :many
SELECT platform_id, count(*) AS phones FROM phone_contact WHERE waiting <> '' GROUP BY platform_id ORDER BY platform_id;

-- name: CountAlarmed :many
SELECT platform_id, count(*) AS phones FROM phone_contact WHERE alarmed_at IS NOT NULL GROUP BY platform_id ORDER BY platform_id;

-- name: CountLess :many
SELECT platform_id, count(*) AS phones FROM phone_contact WHERE less GROUP BY platform_id ORDER BY platform_id;

-- name: NoteUnclaimed :exec
INSERT INTO phone_unclaimed (platform_id, mac, account_id, first_at, last_at, network, agent)
SELECT sqlc.arg(platform_id), sqlc.arg(mac), account.id, sqlc.arg(seen_at), sqlc.arg(seen_at), sqlc.arg(network), sqlc.arg(agent)
FROM account WHERE account.platform_id = sqlc.arg(platform_id) AND account.id = sqlc.arg(account_id)
ON CONFLICT (platform_id, mac) DO UPDATE SET account_id = excluded.account_id, last_at = excluded.last_at, network = excluded.network, agent = excluded.agent;

-- name: TrimUnclaimed :exec
DELETE FROM phone_unclaimed WHERE phone_unclaimed.platform_id = sqlc.arg(platform_id) AND mac IN (
    SELECT o.mac FROM phone_unclaimed AS o WHERE o.platform_id = sqlc.arg(platform_id) ORDER BY o.last_at DESC, o.mac DESC LIMIT 1000 OFFSET sqlc.arg(keep));

-- name: ListUnclaimed :many
SELECT phone_unclaimed.* FROM phone_unclaimed WHERE phone_unclaimed.platform_id = sqlc.arg(platform_id)
  AND NOT EXISTS (SELECT 1 FROM endpoint WHERE endpoint.mac = phone_unclaimed.mac AND endpoint.state <> 'released')
ORDER BY phone_unclaimed.last_at DESC, phone_unclaimed.mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: AccountTokenOf :one
SELECT account_token.id FROM account_token WHERE account_token.hash = sqlc.arg(hash);

-- name: AccountTokens :many
SELECT account_token.id, account_token.created_at, account_token.used_at,
    (SELECT count(*) FROM endpoint WHERE endpoint.platform_id = account_token.platform_id AND endpoint.account_id = account_token.account_id
        AND endpoint.address_token_id = account_token.id AND endpoint.state <> 'released') AS entries,
    (SELECT count(*) FROM link WHERE link.platform_id = account_token.platform_id AND link.address_token_id = account_token.id) AS profiles,
    (SELECT count(*) FROM phone_contact WHERE phone_contact.platform_id = account_token.platform_id AND phone_contact.account_id = account_token.account_id
        AND phone_contact.token_id = account_token.id) AS phones
FROM account_token WHERE account_token.platform_id = sqlc.arg(platform_id) AND account_token.account_id = sqlc.arg(account_id)
ORDER BY account_token.created_at DESC, account_token.id;

-- name: TouchAccountToken :execrows
UPDATE account_token SET used_at = sqlc.arg(used_at)
WHERE platform_id = sqlc.arg(platform_id) AND account_id = sqlc.arg(account_id) AND id = sqlc.arg(id) AND COALESCE(used_at, 0) < sqlc.arg(used_at);

-- name: RetireAccountToken :execrows
DELETE FROM account_token WHERE account_token.platform_id = sqlc.arg(platform_id) AND account_token.account_id = sqlc.arg(account_id) AND account_token.id = sqlc.arg(id)
  AND NOT EXISTS (SELECT 1 FROM account WHERE account.platform_id = sqlc.arg(platform_id) AND account.id = sqlc.arg(account_id) AND account.token_id = sqlc.arg(id));
