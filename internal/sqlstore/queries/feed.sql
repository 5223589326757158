-- name: PhoneChanges :many
SELECT tx, what FROM phone_change WHERE tx >= sqlc.arg(since) ORDER BY tx LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: PrunePhoneChanges :execrows
DELETE FROM phone_change WHERE phone_change.at < sqlc.arg(before) AND phone_change.tx IN (
    SELECT o.tx FROM phone_change AS o ORDER BY o.tx LIMIT CAST(sqlc.arg(max_rows) AS bigint));

-- name: PhoneKeys :many
SELECT mac, account_id, device_token_hash, address_template, plain_url, vendor, model, product_group, fetched_at FROM endpoint
WHERE state <> 'released' AND mac > sqlc.arg(after) ORDER BY mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: PhoneKeysOf :many
SELECT mac, account_id, device_token_hash, address_template, plain_url, vendor, model, product_group, fetched_at FROM endpoint
WHERE state <> 'released' AND mac IN (/*each of*/ sqlc.arg(macs));

-- Phones with a contact of a former life, or with URLs of before they were moved.
-- name: FormerPhones :many
SELECT DISTINCT c.mac FROM phone_contact AS c WHERE c.mac > sqlc.arg(after) AND (c.former <> '' OR c.proven_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM endpoint AS e WHERE e.platform_id = c.platform_id AND e.mac = c.mac AND e.state <> 'released'
      AND e.account_id = c.account_id AND e.device_token_hash = c.device_token_hash))
ORDER BY c.mac LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- name: FormerPhonesOf :many
SELECT c.mac, c.account_id, c.device_token_hash, c.proven_at, c.former FROM phone_contact AS c WHERE c.mac IN (/*each of*/ sqlc.arg(macs)) AND (c.former <> '' OR c.proven_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM endpoint AS e WHERE e.platform_id = c.platform_id AND e.mac = c.mac AND e.state <> 'released'
      AND e.account_id = c.account_id AND e.device_token_hash = c.device_token_hash));

-- name: TokenKeys :many
SELECT t.hash, t.platform_id, t.account_id, a.slug AS account_slug, p.slug AS platform_slug, p.home_since
FROM account_token AS t JOIN account AS a ON a.platform_id = t.platform_id AND a.id = t.account_id JOIN platform AS p ON p.id = t.platform_id
WHERE t.hash > sqlc.arg(after) ORDER BY t.hash LIMIT CAST(sqlc.arg(max_rows) AS bigint);

-- Of an account, or of all of a platform.
-- name: TokenKeysOf :many
SELECT t.hash, t.platform_id, t.account_id, a.slug AS account_slug, p.slug AS platform_slug, p.home_since
FROM account_token AS t JOIN account AS a ON a.platform_id = t.platform_id AND a.id = t.account_id JOIN platform AS p ON p.id = t.platform_id
WHERE t.platform_id = sqlc.arg(platform_id) AND (t.account_id = sqlc.arg(account_id) OR sqlc.arg(account_id) = '');

-- A token of its own is of one life of one phone, so no phone is touched that has begun
-- another one since.
-- name: TouchEndpoints :exec
UPDATE endpoint SET fetched_at = sqlc.arg(fetched_at), first_fetched_at = COALESCE(first_fetched_at, sqlc.arg(fetched_at))
WHERE platform_id = sqlc.arg(platform_id) AND mac IN (/*each of*/ sqlc.arg(macs)) AND device_token_hash IN (/*each of*/ sqlc.arg(hashes))
  AND (fetched_at IS NULL OR fetched_at < sqlc.arg(fetched_at));

-- All that serving a phone takes which has come before. Its settings, and the changes of them
-- that are on their way, are one text each: as rows, each would have all the rest beside it.
-- name: PhoneRecord :many
SELECT sqlc.embed(endpoint), sqlc.embed(phone_contact), sqlc.embed(account), sqlc.embed(platform), used.id AS used_id, latest.sealed AS latest_sealed,
    CAST(/*settings*/ '' AS text) AS settings, CAST(/*rollouts*/ '' AS text) AS rollouts
FROM account_token AS used
JOIN account ON account.platform_id = used.platform_id AND account.id = used.account_id
JOIN account_token AS latest ON latest.platform_id = account.platform_id AND latest.account_id = account.id AND latest.id = account.token_id
JOIN platform ON platform.id = used.platform_id
JOIN endpoint ON endpoint.mac = sqlc.arg(mac) AND endpoint.state <> 'released'
JOIN phone_contact ON phone_contact.mac = endpoint.mac
WHERE used.hash = sqlc.arg(hash)
ORDER BY phone_contact.platform_id;
