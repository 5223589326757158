-- name: LinksOf :many
SELECT * FROM link WHERE platform_id IN (/*each of*/ sqlc.arg(platforms));

-- name: OpenOperationsOf :many
SELECT * FROM operation WHERE platform_id IN (/*each of*/ sqlc.arg(platforms))
  AND holds_link AND state NOT IN ('done', 'failed', 'needs_operator');

-- name: EndpointCountsOf :many
SELECT platform_id, vendor, state, n FROM endpoint_count WHERE platform_id IN (/*each of*/ sqlc.arg(platforms));

-- name: PhoneSyncsOf :many
SELECT * FROM phone_sync WHERE platform_id IN (/*each of*/ sqlc.arg(platforms));

-- name: LooseCredentialsOf :many
SELECT * FROM credential WHERE platform_id IN (/*each of*/ sqlc.arg(platforms)) AND state IN ('orphan', 'retiring', 'unknown')
ORDER BY platform_id, vendor, number;

-- name: PrimaryAccountsOf :many
SELECT account.* FROM platform JOIN account ON account.platform_id = platform.id AND account.id = platform.primary_account
WHERE platform.id IN (/*each of*/ sqlc.arg(platforms));

-- name: AccountSlugs :many
SELECT platform_id, id, slug FROM account WHERE platform_id IN (/*each of*/ sqlc.arg(platforms)) AND id IN (/*each of*/ sqlc.arg(ids));

-- name: EndpointsHeld :many
SELECT * FROM endpoint WHERE mac IN (/*each of*/ sqlc.arg(macs)) AND state <> 'released';

-- name: WaitingOf :many
SELECT * FROM phone_contact WHERE mac IN (/*each of few*/ sqlc.arg(macs)) AND waiting <> '';
