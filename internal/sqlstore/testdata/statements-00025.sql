-- name: DeleteAPIToken :execrows
DELETE FROM api_token WHERE name = $1
;
-- name: DeletePerson :execrows
DELETE FROM person WHERE name = $1
;
-- name: DeleteSession :exec
DELETE FROM session WHERE hash = $1
;
-- name: DeleteSessionsOf :exec
DELETE FROM session WHERE person = $1
;
-- name: DropSessions :exec
DELETE FROM session WHERE expires_at <= $1
;
-- name: GetAPIToken :one
SELECT name, hash, role, created_at, expires_at, used_at FROM api_token WHERE hash = $1
;
-- name: GetPerson :one
SELECT name, role, password_hash, created_at, updated_at FROM person WHERE name = $1
;
-- name: GetSession :one
SELECT data FROM session WHERE hash = $1 AND expires_at > $2
;
-- name: InsertAPIToken :execrows
INSERT INTO api_token (name, hash, role, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
;
-- name: InsertPerson :execrows
INSERT INTO person (name, role, password_hash, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
;
-- name: ListAPITokens :many
SELECT name, hash, role, created_at, expires_at, used_at FROM api_token ORDER BY name
;
-- name: ListPersons :many
SELECT name, role, password_hash, created_at, updated_at FROM person ORDER BY name
;
-- name: RenewSession :execrows
UPDATE session SET data = $1, expires_at = $2 WHERE hash = $3
;
-- name: SaveSession :exec
INSERT INTO session (hash, person, data, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (hash) DO UPDATE SET person = excluded.person, data = excluded.data, expires_at = excluded.expires_at
;
-- name: TouchAPIToken :execrows
UPDATE api_token SET used_at = $1 WHERE name = $2
;
-- name: UpdatePerson :execrows
UPDATE person SET role = $1, password_hash = $2, updated_at = $3 WHERE name = $4
;
-- name: AccountInUse :one
SELECT
    (SELECT count(*) FROM endpoint WHERE endpoint.platform_id = $1 AND account_id = CAST($2 AS text) AND state <> 'released') AS endpoints,
    (SELECT count(*) FROM platform WHERE platform.id = $1 AND primary_account = CAST($2 AS text)) AS primaries
;
-- name: DeleteAccount :execrows
DELETE FROM account WHERE platform_id = $1 AND id = $2
;
-- name: DeleteAccountTokens :exec
DELETE FROM account_token WHERE platform_id = $1 AND account_id = $2
;
-- name: GetAccount :one
SELECT platform_id, id, slug, name, external_id, token_id, token_set_at, created_at, updated_at, version FROM account WHERE platform_id = $1 AND (id = $2 OR slug = $2)
ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END LIMIT 1
;
-- name: GetAccountByExternalID :one
SELECT platform_id, id, slug, name, external_id, token_id, token_set_at, created_at, updated_at, version FROM account WHERE platform_id = $1 AND external_id = CAST($2 AS text)
;
-- name: GetAccountByToken :one
SELECT account.platform_id, account.id, account.slug, account.name, account.external_id, account.token_id, account.token_set_at, account.created_at, account.updated_at, account.version FROM account_token
JOIN account ON account.platform_id = account_token.platform_id AND account.id = account_token.account_id
WHERE account_token.hash = $1
;
-- name: GetAccountToken :one
SELECT sealed FROM account_token
WHERE platform_id = $1 AND account_id = $2 AND id = $3
;
-- name: InsertAccount :execrows
INSERT INTO account (platform_id, id, slug, name, external_id, created_at, updated_at, version)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, 1)
ON CONFLICT DO NOTHING
;
-- name: InsertAccountToken :execrows
INSERT INTO account_token (platform_id, account_id, id, hash, sealed, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
;
-- name: ListAccounts :many
SELECT platform_id, id, slug, name, external_id, token_id, token_set_at, created_at, updated_at, version FROM account WHERE platform_id = $1
  AND (created_at > $2 OR (created_at = $2 AND id > $3))
ORDER BY created_at, id LIMIT CAST($4 AS bigint)
;
-- name: SetAccountToken :execrows
UPDATE account SET token_id = $1, token_set_at = $2, updated_at = $2, version = version + 1
WHERE platform_id = $3 AND id = $4
;
-- name: UnsetAccountToken :exec
UPDATE account SET token_id = NULL, token_set_at = NULL WHERE platform_id = $1 AND id = $2
;
-- name: UnsetReleasedEndpoints :exec
UPDATE endpoint SET account_id = NULL
WHERE platform_id = $1 AND account_id = CAST($2 AS text) AND state = 'released'
;
-- name: UpdateAccount :execrows
UPDATE account SET name = $1, external_id = $2, updated_at = $3, version = version + 1
WHERE platform_id = $4 AND id = $5 AND version = $6
;
-- name: CancelCampaignItems :exec
UPDATE campaign_item SET state = 'cancelled', finished_at = $1, sealed = NULL
WHERE campaign_id = $2 AND state = 'pending'
;
-- name: CountCampaignItems :many
SELECT state, count(*) AS n FROM campaign_item WHERE campaign_id = $1 GROUP BY state
;
-- name: GetCampaign :one
SELECT id, kind, vendor, state, budget, cost, older_than, asked_by, actor, idempotency_key, body_hash, reason, problem, next_at, in_row, ended, failed, left_companies, created_at, started_at, finished_at, updated_at, version FROM campaign WHERE id = $1
;
-- name: GetCampaignByKey :one
SELECT id, kind, vendor, state, budget, cost, older_than, asked_by, actor, idempotency_key, body_hash, reason, problem, next_at, in_row, ended, failed, left_companies, created_at, started_at, finished_at, updated_at, version FROM campaign WHERE asked_by = $1 AND idempotency_key = $2 AND idempotency_key <> ''
;
-- name: GetCampaignItem :one
SELECT campaign_id, platform_id, vendor, position, state, operation_id, attempt, company_id, key_id, sealed, note, problem, started_at, finished_at FROM campaign_item
WHERE campaign_id = $1 AND platform_id = $2 AND vendor = $3
;
-- name: InsertCampaign :execrows
INSERT INTO campaign (id, kind, vendor, state, budget, cost, older_than, asked_by, actor, idempotency_key, body_hash, reason, problem,
    next_at, in_row, ended, failed, left_companies, created_at, started_at, finished_at, updated_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7,
    $8, $9, $10, $11, $12, $13,
    $14, 0, 0, 0, $15, $16, $17, $18,
    $19, 1)
ON CONFLICT DO NOTHING
;
-- name: InsertCampaignItem :exec
INSERT INTO campaign_item (campaign_id, platform_id, vendor, position, state, operation_id, attempt, company_id, key_id, sealed, note,
    problem, started_at, finished_at)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14)
;
-- name: ListCampaignItems :many
SELECT campaign_id, platform_id, vendor, position, state, operation_id, attempt, company_id, key_id, sealed, note, problem, started_at, finished_at FROM campaign_item
WHERE campaign_id = $1 AND position > $2 AND (CAST($3 AS text) = '' OR state = $3)
ORDER BY position LIMIT CAST($4 AS bigint)
;
-- name: ListCampaigns :many
SELECT id, kind, vendor, state, budget, cost, older_than, asked_by, actor, idempotency_key, body_hash, reason, problem, next_at, in_row, ended, failed, left_companies, created_at, started_at, finished_at, updated_at, version FROM campaign
WHERE (created_at < $1 OR (created_at = $1 AND id < $2))
  AND (CAST($3 AS text) = '' OR vendor = $3)
ORDER BY created_at DESC, id DESC LIMIT CAST($4 AS bigint)
;
-- name: ListOpenCampaigns :many
SELECT id, kind, vendor, state, budget, cost, older_than, asked_by, actor, idempotency_key, body_hash, reason, problem, next_at, in_row, ended, failed, left_companies, created_at, started_at, finished_at, updated_at, version FROM campaign
WHERE finished_at IS NULL AND (CAST($1 AS text) = '' OR vendor = $1)
ORDER BY vendor
;
-- name: PauseCampaigns :exec
UPDATE campaign SET state = 'paused', reason = $1, problem = $2, updated_at = $3, version = version + 1
WHERE state = 'running' AND (CAST($4 AS text) = '' OR vendor = $4)
;
-- name: UpdateCampaign :execrows
UPDATE campaign SET state = $1, actor = $2, reason = $3, problem = $4, next_at = $5,
    in_row = $6, ended = $7, failed = $8, started_at = $9,
    finished_at = $10, updated_at = $11, version = version + 1
WHERE id = $12 AND version = $13
;
-- name: UpdateCampaignItem :execrows
UPDATE campaign_item SET state = $1, operation_id = $2, attempt = $3, note = $4,
    problem = $5, started_at = $6, finished_at = $7,
    sealed = CASE WHEN CAST($8 AS boolean) THEN NULL ELSE sealed END
WHERE campaign_id = $9 AND platform_id = $10 AND vendor = $11 AND state = $12
;
-- name: AccountTokenOf :one
SELECT account_token.id FROM account_token WHERE account_token.hash = $1
;
-- name: AccountTokens :many
SELECT account_token.id, account_token.created_at, account_token.used_at,
    (SELECT count(*) FROM endpoint WHERE endpoint.platform_id = account_token.platform_id AND endpoint.account_id = account_token.account_id
        AND endpoint.address_token_id = account_token.id AND endpoint.state <> 'released') AS entries,
    (SELECT count(*) FROM link WHERE link.platform_id = account_token.platform_id AND link.address_token_id = account_token.id) AS profiles,
    (SELECT count(*) FROM phone_contact WHERE phone_contact.platform_id = account_token.platform_id AND phone_contact.account_id = account_token.account_id
        AND phone_contact.token_id = account_token.id) AS phones
FROM account_token WHERE account_token.platform_id = $1 AND account_token.account_id = $2
ORDER BY account_token.created_at DESC, account_token.id
;
-- name: ContactsOfMAC :many
SELECT platform_id, mac, device_token_hash, account_id, token_id, assurance, proven_at, networks, admitted_at, admitted_until, admitted_by, password, password_hash, password_at, password_used_at, previous_hash, alarmed_at, waiting, waiting_since, waiting_at, waiting_network, waiting_agent, version, less, former, admitted_network, visitors, other_visits FROM phone_contact WHERE mac = $1 ORDER BY platform_id
;
-- name: CountAlarmed :many
SELECT platform_id, count(*) AS phones FROM phone_contact WHERE alarmed_at IS NOT NULL GROUP BY platform_id ORDER BY platform_id
;
-- name: CountLess :many
SELECT platform_id, count(*) AS phones FROM phone_contact WHERE less GROUP BY platform_id ORDER BY platform_id
;
-- name: CountWaiting :many
SELECT platform_id, count(*) AS phones FROM phone_contact WHERE waiting <> '' GROUP BY platform_id ORDER BY platform_id
;
-- name: ForgetFormerContacts :exec
DELETE FROM phone_contact WHERE mac = $1 AND platform_id <> $2
;
-- name: GetContact :one
SELECT platform_id, mac, device_token_hash, account_id, token_id, assurance, proven_at, networks, admitted_at, admitted_until, admitted_by, password, password_hash, password_at, password_used_at, previous_hash, alarmed_at, waiting, waiting_since, waiting_at, waiting_network, waiting_agent, version, less, former, admitted_network, visitors, other_visits FROM phone_contact WHERE platform_id = $1 AND mac = $2
;
-- name: InsertContact :execrows
INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, proven_at, networks, admitted_at,
    admitted_until, admitted_by, password, password_hash, password_at, password_used_at, previous_hash, alarmed_at, waiting,
    waiting_since, waiting_at, waiting_network, waiting_agent, less, former, admitted_network, visitors, other_visits, version)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17,
    $18, $19, $20, $21, $22,
    $23, $24, $25, $26, $27, 1)
ON CONFLICT DO NOTHING
;
-- name: ListUnclaimed :many
SELECT phone_unclaimed.platform_id, phone_unclaimed.mac, phone_unclaimed.account_id, phone_unclaimed.first_at, phone_unclaimed.last_at, phone_unclaimed.network, phone_unclaimed.agent FROM phone_unclaimed WHERE phone_unclaimed.platform_id = $1
  AND NOT EXISTS (SELECT 1 FROM endpoint WHERE endpoint.mac = phone_unclaimed.mac AND endpoint.state <> 'released')
ORDER BY phone_unclaimed.last_at DESC, phone_unclaimed.mac LIMIT CAST($2 AS bigint)
;
-- name: ListWaiting :many
SELECT platform_id, mac, device_token_hash, account_id, token_id, assurance, proven_at, networks, admitted_at, admitted_until, admitted_by, password, password_hash, password_at, password_used_at, previous_hash, alarmed_at, waiting, waiting_since, waiting_at, waiting_network, waiting_agent, version, less, former, admitted_network, visitors, other_visits FROM phone_contact WHERE platform_id = $1 AND waiting <> ''
  AND (waiting_since > $2 OR (waiting_since = $2 AND mac > $3))
ORDER BY waiting_since, mac LIMIT CAST($4 AS bigint)
;
-- name: NoteUnclaimed :exec
INSERT INTO phone_unclaimed (platform_id, mac, account_id, first_at, last_at, network, agent)
SELECT $1, $2, account.id, $3, $3, $4, $5
FROM account WHERE account.platform_id = $1 AND account.id = $6
ON CONFLICT (platform_id, mac) DO UPDATE SET account_id = excluded.account_id, last_at = excluded.last_at, network = excluded.network, agent = excluded.agent
;
-- name: RetireAccountToken :execrows
DELETE FROM account_token WHERE account_token.platform_id = $1 AND account_token.account_id = $2 AND account_token.id = $3
  AND NOT EXISTS (SELECT 1 FROM account WHERE account.platform_id = $1 AND account.id = $2 AND account.token_id = $3)
;
-- name: TouchAccountToken :execrows
UPDATE account_token SET used_at = $1
WHERE platform_id = $2 AND account_id = $3 AND id = $4 AND COALESCE(used_at, 0) < $1
;
-- name: TrimUnclaimed :exec
DELETE FROM phone_unclaimed WHERE phone_unclaimed.platform_id = $1 AND mac IN (
    SELECT o.mac FROM phone_unclaimed AS o WHERE o.platform_id = $1 ORDER BY o.last_at DESC, o.mac DESC LIMIT 1000 OFFSET $2)
;
-- name: UpdateContact :execrows
UPDATE phone_contact SET device_token_hash = $1, account_id = $2, token_id = $3,
    assurance = $4, proven_at = $5, networks = $6, admitted_at = $7,
    admitted_until = $8, admitted_by = $9,
    password = CASE WHEN $10 = '' THEN NULL ELSE COALESCE($11, password) END,
    password_hash = $10, password_at = $12, password_used_at = $13,
    previous_hash = $14, alarmed_at = $15, waiting = $16,
    waiting_since = $17, waiting_at = $18, waiting_network = $19,
    waiting_agent = $20, less = $21, former = $22, admitted_network = $23,
    visitors = $24, other_visits = $25, version = version + 1
WHERE platform_id = $26 AND mac = $27 AND version = $28
;
-- name: GetCredential :one
SELECT platform_id, vendor, number, state, label, vendor_id, sealed, deadline, created_at, verified_at, revoked_at FROM credential WHERE platform_id = $1 AND vendor = $2 AND number = $3
;
-- name: InsertCredential :execrows
INSERT INTO credential (platform_id, vendor, number, state, label, vendor_id, deadline, created_at)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8)
ON CONFLICT DO NOTHING
;
-- name: ListCredentials :many
SELECT platform_id, vendor, number, state, label, vendor_id, sealed, deadline, created_at, verified_at, revoked_at FROM credential WHERE platform_id = $1 AND vendor = $2 ORDER BY number
;
-- name: LooseCredentials :many
SELECT platform_id, vendor, number, state, label, vendor_id, sealed, deadline, created_at, verified_at, revoked_at FROM credential WHERE state IN ('orphan', 'retiring', 'unknown')
ORDER BY created_at, platform_id, vendor, number LIMIT CAST($1 AS bigint)
;
-- name: MoveCredential :execrows
UPDATE credential SET state = $1, vendor_id = $2, deadline = $3,
    verified_at = $4, revoked_at = $5,
    sealed = CASE WHEN CAST($6 AS boolean) THEN NULL ELSE sealed END
WHERE platform_id = $7 AND vendor = $8 AND number = $9 AND state = $10
;
-- name: SealCredential :execrows
UPDATE credential SET state = $1, vendor_id = $2, sealed = $3, deadline = $4,
    verified_at = $5, revoked_at = $6
WHERE platform_id = $7 AND vendor = $8 AND number = $9 AND state = $10
;
-- name: CountDrifts :many
SELECT class, count(*) AS n FROM phone_drift WHERE operation_id = $1 GROUP BY class
;
-- name: CountDriftsIn :one
SELECT (SELECT count(*) FROM phone_drift d WHERE d.operation_id = $1 AND d.class = $2) AS n,
    (SELECT count(*) FROM phone_drift o WHERE o.operation_id = $1 AND o.class = $2 AND o.account_id = '') AS without_account
;
-- name: DropDrifts :exec
DELETE FROM phone_drift WHERE phone_drift.operation_id = $1 AND phone_drift.mac IN (
    SELECT d.mac FROM phone_drift d WHERE d.operation_id = $1 ORDER BY d.mac LIMIT CAST($2 AS bigint))
;
-- name: ForgetUnreleased :exec
UPDATE endpoint SET state = 'released', error = NULL, paused_by = '', sip_registered = NULL, sip_at = NULL, updated_at = $1, version = version + 1
WHERE endpoint.platform_id = $2 AND endpoint.vendor = $3 AND endpoint.state IN ('listed', 'paused') AND endpoint.mac IN (
    SELECT i.mac FROM operation_item i JOIN phone_sync s ON s.platform_id = $2 AND s.vendor = $3
    JOIN phone_drift d ON d.operation_id = s.operation_id AND d.mac = i.mac
    WHERE i.operation_id = $4 AND i.action = 'release' AND i.state = 'cancelled' AND d.class = 'unknown_here'
      AND endpoint.updated_at <= i.updated_at)
;
-- name: GetDrift :one
SELECT operation_id, platform_id, vendor, mac, class, differs, host, name, product_group, enabled, account_id, address_template, address_token_id, elsewhere, found_at, picked_by FROM phone_drift WHERE operation_id = $1 AND mac = $2
;
-- name: GetPhoneSync :one
SELECT platform_id, vendor, operation_id, began_at, complete_at, by_whom, pages, phones, matching, left_out, counts FROM phone_sync WHERE platform_id = $1 AND vendor = $2
;
-- name: HoldPhoneSync :one
UPDATE phone_sync SET counts = counts WHERE platform_id = $1 AND vendor = $2 RETURNING platform_id, vendor, operation_id, began_at, complete_at, by_whom, pages, phones, matching, left_out, counts
;
-- name: HoldPickedDrifts :many
UPDATE phone_drift SET picked_by = picked_by
WHERE operation_id = $1 AND picked_by = $2 AND mac >= $3 AND mac <= $4
RETURNING mac
;
-- name: ListDrifts :many
SELECT operation_id, platform_id, vendor, mac, class, differs, host, name, product_group, enabled, account_id, address_template, address_token_id, elsewhere, found_at, picked_by FROM phone_drift WHERE operation_id = $1 AND mac > $2
ORDER BY mac LIMIT CAST($3 AS bigint)
;
-- name: ListDriftsIn :many
SELECT operation_id, platform_id, vendor, mac, class, differs, host, name, product_group, enabled, account_id, address_template, address_token_id, elsewhere, found_at, picked_by FROM phone_drift WHERE operation_id = $1 AND class = $2 AND mac > $3
ORDER BY mac LIMIT CAST($4 AS bigint)
;
-- name: ListDriftsPicked :many
SELECT operation_id, platform_id, vendor, mac, class, differs, host, name, product_group, enabled, account_id, address_template, address_token_id, elsewhere, found_at, picked_by FROM phone_drift WHERE picked_by = $1 AND picked_by <> '' AND mac > $2
ORDER BY mac LIMIT CAST($3 AS bigint)
;
-- name: ListPhoneSyncs :many
SELECT platform_id, vendor, operation_id, began_at, complete_at, by_whom, pages, phones, matching, left_out, counts FROM phone_sync WHERE vendor = $1 ORDER BY platform_id
;
-- name: ListsMissing :many
SELECT s.platform_id, s.operation_id FROM phone_sync s
WHERE s.vendor = $1 AND s.platform_id <> $2 AND EXISTS (
    SELECT 1 FROM phone_drift d JOIN phone_drift o ON o.mac = d.mac
    WHERE d.operation_id = s.operation_id AND d.class = 'missing_there' AND d.picked_by = ''
      AND o.operation_id = $3 AND o.class = 'unknown_here')
ORDER BY s.platform_id
;
-- name: MoveDrifts :exec
UPDATE phone_drift SET class = 'moved_away', elsewhere = (
    SELECT min(o.platform_id) FROM phone_drift o JOIN phone_sync s ON s.operation_id = o.operation_id
    WHERE o.mac = phone_drift.mac AND o.class = 'unknown_here' AND o.vendor = phone_drift.vendor AND o.platform_id <> phone_drift.platform_id)
WHERE phone_drift.operation_id = $1 AND phone_drift.class = 'missing_there' AND EXISTS (
    SELECT 1 FROM phone_drift o JOIN phone_sync s ON s.operation_id = o.operation_id
    WHERE o.mac = phone_drift.mac AND o.class = 'unknown_here' AND o.vendor = phone_drift.vendor AND o.platform_id <> phone_drift.platform_id)
;
-- name: MoveMissing :execrows
UPDATE phone_drift SET class = 'moved_away', elsewhere = $1
WHERE phone_drift.operation_id = $2 AND phone_drift.class = 'missing_there' AND phone_drift.picked_by = '' AND EXISTS (
    SELECT 1 FROM phone_drift o WHERE o.operation_id = $3 AND o.mac = phone_drift.mac AND o.class = 'unknown_here')
;
-- name: OldDriftList :one
SELECT d.operation_id FROM phone_drift d
WHERE d.platform_id = $1 AND d.vendor = $2 AND d.operation_id <> $3
  AND NOT EXISTS (SELECT 1 FROM phone_sync s WHERE s.platform_id = d.platform_id AND s.vendor = d.vendor AND s.operation_id = d.operation_id)
LIMIT 1
;
-- name: PickDrift :execrows
UPDATE phone_drift SET picked_by = $1 WHERE operation_id = $2 AND mac = $3
;
-- name: PickDriftsIn :execrows
UPDATE phone_drift SET picked_by = $1 WHERE operation_id = $2 AND class = $3
;
-- name: PutPhoneSync :exec
INSERT INTO phone_sync (platform_id, vendor, operation_id, began_at, complete_at, by_whom, pages, phones, matching, left_out, counts)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11)
ON CONFLICT (platform_id, vendor) DO UPDATE SET operation_id = excluded.operation_id, began_at = excluded.began_at,
    complete_at = excluded.complete_at, by_whom = excluded.by_whom, pages = excluded.pages, phones = excluded.phones,
    matching = excluded.matching, left_out = excluded.left_out, counts = excluded.counts
;
-- name: SetPhoneSyncCounts :exec
UPDATE phone_sync SET counts = $1 WHERE platform_id = $2 AND vendor = $3
;
-- name: SettleDoneDrifts :many
DELETE FROM phone_drift WHERE picked_by = $1 AND picked_by <> '' AND EXISTS (
    SELECT 1 FROM operation_item i WHERE i.operation_id = $1 AND i.mac = phone_drift.mac AND i.state = 'done')
RETURNING class
;
-- name: SettleDrifts :many
DELETE FROM phone_drift WHERE picked_by = $1 AND picked_by <> '' AND mac <= $2 RETURNING class
;
-- name: UnpickDrifts :execrows
UPDATE phone_drift SET picked_by = '' WHERE picked_by = $1 AND picked_by <> '' AND NOT EXISTS (
    SELECT 1 FROM operation_item i WHERE i.operation_id = $1 AND i.mac = phone_drift.mac)
;
-- name: CountEarlierURLs :one
SELECT count(*) FROM endpoint WHERE platform_id = $1 AND vendor = $2 AND state <> 'released'
  AND CASE WHEN address_template = '' THEN CAST($3 AS text) ELSE address_template END NOT IN ($4, $5)
;
-- name: CountEndpoints :many
SELECT state, CAST(sum(n) AS bigint) AS n FROM endpoint_count WHERE platform_id = $1 AND vendor = $2 GROUP BY state
;
-- name: EndpointCounts :many
SELECT vendor, state, CAST(sum(n) AS bigint) AS n FROM endpoint_count WHERE platform_id = $1 GROUP BY vendor, state HAVING sum(n) <> 0
ORDER BY vendor, state
;
-- name: EndpointsByMACs :many
SELECT endpoint.platform_id, endpoint.mac, endpoint.vendor, endpoint.account_id, endpoint.product_group, endpoint.name, endpoint.fold, endpoint.state, endpoint.want_paused, endpoint.paused_by, endpoint.address_template, endpoint.address_token_id, endpoint.error, endpoint.created_at, endpoint.confirmed_at, endpoint.fetched_at, endpoint.updated_at, endpoint.version, endpoint.model, endpoint.serial, endpoint.pin, endpoint.device_token_hash, endpoint.device_token, endpoint.first_fetched_at, endpoint.sip_registered, endpoint.sip_at, endpoint.replaces, endpoint.replaced_by, endpoint.moved_to, endpoint.found, endpoint.plain_url, endpoint.expected_at, endpoint.sip_reason
FROM (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS ones
CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS tens
CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS hundreds
JOIN endpoint ON endpoint.platform_id = $1
  AND endpoint.mac = substr(CAST($2 AS text), CAST((ones.n + 10 * tens.n + 100 * hundreds.n) * 17 + 1 AS integer), 17)
;
-- name: EndpointsOfMAC :many
SELECT platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by, address_template, address_token_id, error, created_at, confirmed_at, fetched_at, updated_at, version, model, serial, pin, device_token_hash, device_token, first_fetched_at, sip_registered, sip_at, replaces, replaced_by, moved_to, found, plain_url, expected_at, sip_reason FROM endpoint WHERE (mac = $1 AND state <> 'released') OR (mac = $1 AND state = 'released') ORDER BY created_at, platform_id
;
-- name: EndpointsOfPage :many
SELECT endpoint.platform_id, endpoint.mac, endpoint.vendor, endpoint.account_id, endpoint.product_group, endpoint.name, endpoint.fold, endpoint.state, endpoint.want_paused, endpoint.paused_by, endpoint.address_template, endpoint.address_token_id, endpoint.error, endpoint.created_at, endpoint.confirmed_at, endpoint.fetched_at, endpoint.updated_at, endpoint.version, endpoint.model, endpoint.serial, endpoint.pin, endpoint.device_token_hash, endpoint.device_token, endpoint.first_fetched_at, endpoint.sip_registered, endpoint.sip_at, endpoint.replaces, endpoint.replaced_by, endpoint.moved_to, endpoint.found, endpoint.plain_url, endpoint.expected_at, endpoint.sip_reason
FROM (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS ones
CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9) AS tens
JOIN endpoint ON endpoint.platform_id = $1
  AND endpoint.mac = substr(CAST($2 AS text), CAST((ones.n + 10 * tens.n) * 17 + 1 AS integer), 17)
;
-- name: GetEndpoint :one
SELECT platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by, address_template, address_token_id, error, created_at, confirmed_at, fetched_at, updated_at, version, model, serial, pin, device_token_hash, device_token, first_fetched_at, sip_registered, sip_at, replaces, replaced_by, moved_to, found, plain_url, expected_at, sip_reason FROM endpoint WHERE platform_id = $1 AND mac = $2
;
-- name: GetEndpointByMAC :one
SELECT platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by, address_template, address_token_id, error, created_at, confirmed_at, fetched_at, updated_at, version, model, serial, pin, device_token_hash, device_token, first_fetched_at, sip_registered, sip_at, replaces, replaced_by, moved_to, found, plain_url, expected_at, sip_reason FROM endpoint WHERE mac = $1 AND state <> 'released'
;
-- name: InsertEndpoint :execrows
INSERT INTO endpoint (platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by,
    address_template, address_token_id, error, created_at, confirmed_at, fetched_at, updated_at, model, serial,
    first_fetched_at, replaces, replaced_by, moved_to, found, expected_at, version)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11,
    $12, $13, $14, $15, $16,
    $17, $18, $19, $20, $21, $22,
    $23, $24, $25, 1)
ON CONFLICT DO NOTHING
;
-- name: LeavePlainURL :execrows
UPDATE endpoint SET plain_url = false WHERE platform_id = $1 AND mac = $2
;
-- name: MovingEndpoints :many
SELECT platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by, address_template, address_token_id, error, created_at, confirmed_at, fetched_at, updated_at, version, model, serial, pin, device_token_hash, device_token, first_fetched_at, sip_registered, sip_at, replaces, replaced_by, moved_to, found, plain_url, expected_at, sip_reason FROM endpoint WHERE moved_to <> '' ORDER BY mac LIMIT CAST($1 AS bigint)
;
-- name: SetEndpointPIN :execrows
UPDATE endpoint SET pin = $1
WHERE platform_id = $2 AND mac = $3 AND state <> 'released'
;
-- name: SetEndpointSIP :execrows
UPDATE endpoint SET sip_registered = $1, sip_at = $2, sip_reason = $3
WHERE platform_id = $4 AND mac = $5 AND state <> 'released'
  AND COALESCE(sip_at, 0) < $2
;
-- name: SetEndpointsSIP :exec
UPDATE endpoint SET sip_registered = $1, sip_at = $2, sip_reason = $3
WHERE platform_id = $4 AND mac IN (/*each of*/ $5) AND state <> 'released'
  AND COALESCE(sip_at, 0) < $2
;
-- name: TouchEndpoint :execrows
UPDATE endpoint SET fetched_at = $1, first_fetched_at = COALESCE(first_fetched_at, $1)
WHERE platform_id = $2 AND mac = $3
;
-- name: UpdateEndpoint :execrows
UPDATE endpoint SET vendor = $1, account_id = $2, product_group = $3,
    name = $4, fold = $5, state = $6, want_paused = $7,
    paused_by = $8, address_template = $9, address_token_id = $10,
    error = $11, created_at = $12, confirmed_at = $13,
    updated_at = $14, model = $15, serial = $16,
    replaces = $17, replaced_by = $18,
    moved_to = $19, found = $20, expected_at = $21, version = version + 1,
    fetched_at = CASE WHEN state = 'released' AND $6 <> 'released' THEN NULL ELSE fetched_at END,
    first_fetched_at = CASE WHEN state = 'released' AND $6 <> 'released' THEN NULL ELSE first_fetched_at END,
    sip_registered = CASE WHEN state = 'released' OR $6 = 'released' THEN NULL ELSE sip_registered END,
    sip_at = CASE WHEN state = 'released' OR $6 = 'released' THEN NULL ELSE sip_at END,
    pin = CASE WHEN state = 'released' OR $6 = 'released' THEN NULL ELSE pin END,
    device_token = CASE WHEN state = 'released' OR $6 = 'released' THEN NULL ELSE device_token END,
    device_token_hash = CASE WHEN state = 'released' OR $6 = 'released' THEN '' ELSE device_token_hash END,
    plain_url = CASE WHEN state = 'released' OR $6 = 'released' THEN false ELSE plain_url END
WHERE platform_id = $22 AND mac = $23 AND version = $24
;
-- name: EventsFrom :many
SELECT seq, at, hash, actor, address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold FROM event WHERE seq > $1 ORDER BY seq LIMIT CAST($2 AS bigint)
;
-- name: EventsOfTarget :many
SELECT seq, at, hash, actor, address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold FROM event WHERE target = $1 AND target <> '' AND seq < $2
ORDER BY seq DESC LIMIT CAST($3 AS bigint)
;
-- name: GetEventHead :one
SELECT seq, hash FROM event_head WHERE one = 1
;
-- name: InsertEvent :exec
INSERT INTO event (seq, at, hash, actor, address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold)
VALUES ($1, $2, $3, $4, $5, $6, $7,
    $8, $9, $10, $11, $12, $13, $14, $15)
;
-- name: ListEvents :many
SELECT seq, at, hash, actor, address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold FROM event WHERE seq < $1 AND seq >= $2
  AND (CAST($3 AS text) = '' OR vendor = $3)
  AND (CAST($4 AS text) = '' OR actor = $4)
  AND (CAST($5 AS text) = '' OR action = $5)
  AND (CAST($6 AS text) = '' OR outcome = $6)
  AND (CAST($7 AS text) = '' OR replace(fold, $7, '') <> fold)
ORDER BY seq DESC LIMIT CAST($8 AS bigint)
;
-- name: ListPlatformEvents :many
SELECT seq, at, hash, actor, address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold FROM event WHERE platform_id = $1 AND seq < $2
  AND (CAST($3 AS text) = '' OR vendor = $3)
  AND (CAST($4 AS text) = '' OR actor = $4)
  AND (CAST($5 AS text) = '' OR action = $5)
  AND (CAST($6 AS text) = '' OR outcome = $6)
  AND (CAST($7 AS text) = '' OR replace(fold, $7, '') <> fold)
ORDER BY seq DESC LIMIT CAST($8 AS bigint)
;
-- name: NextEvent :one
UPDATE event_head SET seq = seq + 1 WHERE one = 1 RETURNING seq, hash
;
-- name: SetEventHead :exec
UPDATE event_head SET hash = $1 WHERE one = 1
;
-- name: CountForeignAddresses :one
SELECT count(*) FROM foreign_address
WHERE platform_id = $1 AND vendor = $2 AND operation_id = $3
;
-- name: DropForeignAddresses :exec
DELETE FROM foreign_address
WHERE platform_id = $1 AND vendor = $2 AND operation_id = $3
;
-- name: GetForeignAddress :one
SELECT platform_id, vendor, operation_id, target, what, host, found_at FROM foreign_address
WHERE platform_id = $1 AND vendor = $2 AND operation_id = $3 AND target = $4
;
-- name: InsertForeignAddress :exec
INSERT INTO foreign_address (platform_id, vendor, operation_id, target, what, host, found_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
;
-- name: ListForeignAddresses :many
SELECT platform_id, vendor, operation_id, target, what, host, found_at FROM foreign_address
WHERE platform_id = $1 AND vendor = $2 AND operation_id = $3 AND target > $4
ORDER BY target LIMIT CAST($5 AS bigint)
;
-- name: SettleForeignAddress :execrows
DELETE FROM foreign_address WHERE platform_id = $1 AND vendor = $2 AND target = $3
;
-- name: SettleForeignProfiles :execrows
DELETE FROM foreign_address WHERE platform_id = $1 AND vendor = $2 AND what = 'profile'
;
-- name: FormerPhones :many
SELECT DISTINCT c.mac FROM phone_contact AS c WHERE c.mac > $1 AND (c.former <> '' OR c.proven_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM endpoint AS e WHERE e.platform_id = c.platform_id AND e.mac = c.mac AND e.state <> 'released'
      AND e.account_id = c.account_id AND e.device_token_hash = c.device_token_hash))
ORDER BY c.mac LIMIT CAST($2 AS bigint)
;
-- name: FormerPhonesOf :many
SELECT c.mac, c.account_id, c.device_token_hash, c.proven_at, c.former FROM phone_contact AS c WHERE c.mac IN (/*each of*/ $1) AND (c.former <> '' OR c.proven_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM endpoint AS e WHERE e.platform_id = c.platform_id AND e.mac = c.mac AND e.state <> 'released'
      AND e.account_id = c.account_id AND e.device_token_hash = c.device_token_hash))
;
-- name: PhoneChanges :many
SELECT tx, what FROM phone_change WHERE tx >= $1 ORDER BY tx LIMIT CAST($2 AS bigint)
;
-- name: PhoneKeys :many
SELECT mac, account_id, device_token_hash, address_template, plain_url, vendor, model, product_group, fetched_at FROM endpoint
WHERE state <> 'released' AND mac > $1 ORDER BY mac LIMIT CAST($2 AS bigint)
;
-- name: PhoneKeysOf :many
SELECT mac, account_id, device_token_hash, address_template, plain_url, vendor, model, product_group, fetched_at FROM endpoint
WHERE state <> 'released' AND mac IN (/*each of*/ $1)
;
-- name: PhoneRecord :many
SELECT endpoint.platform_id, endpoint.mac, endpoint.vendor, endpoint.account_id, endpoint.product_group, endpoint.name, endpoint.fold, endpoint.state, endpoint.want_paused, endpoint.paused_by, endpoint.address_template, endpoint.address_token_id, endpoint.error, endpoint.created_at, endpoint.confirmed_at, endpoint.fetched_at, endpoint.updated_at, endpoint.version, endpoint.model, endpoint.serial, endpoint.pin, endpoint.device_token_hash, endpoint.device_token, endpoint.first_fetched_at, endpoint.sip_registered, endpoint.sip_at, endpoint.replaces, endpoint.replaced_by, endpoint.moved_to, endpoint.found, endpoint.plain_url, endpoint.expected_at, endpoint.sip_reason, phone_contact.platform_id, phone_contact.mac, phone_contact.device_token_hash, phone_contact.account_id, phone_contact.token_id, phone_contact.assurance, phone_contact.proven_at, phone_contact.networks, phone_contact.admitted_at, phone_contact.admitted_until, phone_contact.admitted_by, phone_contact.password, phone_contact.password_hash, phone_contact.password_at, phone_contact.password_used_at, phone_contact.previous_hash, phone_contact.alarmed_at, phone_contact.waiting, phone_contact.waiting_since, phone_contact.waiting_at, phone_contact.waiting_network, phone_contact.waiting_agent, phone_contact.version, phone_contact.less, phone_contact.former, phone_contact.admitted_network, phone_contact.visitors, phone_contact.other_visits, account.platform_id, account.id, account.slug, account.name, account.external_id, account.token_id, account.token_set_at, account.created_at, account.updated_at, account.version, platform.id, platform.slug, platform.name, platform.name_fold, platform.external_id, platform.url_template, platform.primary_account, platform.created_at, platform.updated_at, platform.version, platform.home_since, platform.phone_proof, platform.proven_template, used.id AS used_id, latest.sealed AS latest_sealed,
    CAST(/*settings*/ '' AS text) AS settings, CAST(/*rollouts*/ '' AS text) AS rollouts
FROM account_token AS used
JOIN account ON account.platform_id = used.platform_id AND account.id = used.account_id
JOIN account_token AS latest ON latest.platform_id = account.platform_id AND latest.account_id = account.id AND latest.id = account.token_id
JOIN platform ON platform.id = used.platform_id
JOIN endpoint ON endpoint.mac = $1 AND endpoint.state <> 'released'
JOIN phone_contact ON phone_contact.mac = endpoint.mac
WHERE used.hash = $2
ORDER BY phone_contact.platform_id
;
-- name: PrunePhoneChanges :execrows
DELETE FROM phone_change WHERE phone_change.at < $1 AND phone_change.tx IN (
    SELECT o.tx FROM phone_change AS o ORDER BY o.tx LIMIT CAST($2 AS bigint))
;
-- name: TokenKeys :many
SELECT t.hash, t.platform_id, t.account_id, a.slug AS account_slug, p.slug AS platform_slug, p.home_since
FROM account_token AS t JOIN account AS a ON a.platform_id = t.platform_id AND a.id = t.account_id JOIN platform AS p ON p.id = t.platform_id
WHERE t.hash > $1 ORDER BY t.hash LIMIT CAST($2 AS bigint)
;
-- name: TokenKeysOf :many
SELECT t.hash, t.platform_id, t.account_id, a.slug AS account_slug, p.slug AS platform_slug, p.home_since
FROM account_token AS t JOIN account AS a ON a.platform_id = t.platform_id AND a.id = t.account_id JOIN platform AS p ON p.id = t.platform_id
WHERE t.platform_id = $1 AND (t.account_id = $2 OR $2 = '')
;
-- name: TouchEndpoints :exec
UPDATE endpoint SET fetched_at = $1, first_fetched_at = COALESCE(first_fetched_at, $1)
WHERE platform_id = $2 AND mac IN (/*each of*/ $3) AND device_token_hash IN (/*each of*/ $4)
  AND (fetched_at IS NULL OR fetched_at < $1)
;
-- name: CountTraffic :exec
INSERT INTO phone_traffic (platform_id, hour, result, fetches) SELECT platform.id, $1, $2, $3
FROM platform WHERE platform.id = $4
ON CONFLICT (platform_id, hour, result) DO UPDATE SET fetches = phone_traffic.fetches + excluded.fetches
;
-- name: ForgetTraffic :exec
DELETE FROM phone_traffic WHERE platform_id = $1 AND hour < $2
;
-- name: ListFetches :many
SELECT platform_id, mac, at, result, reason, address, agent, bytes FROM phone_fetch WHERE platform_id = $1 AND mac = $2 ORDER BY at DESC, result, reason LIMIT CAST($3 AS bigint)
;
-- name: ListHandshakes :many
SELECT address, name, reason, offers, alert, first_at, at, times FROM phone_handshake ORDER BY at DESC, address, name, reason, offers, alert LIMIT CAST($1 AS bigint)
;
-- name: ListRefused :many
SELECT platform_id, mac, reason, first_at, at, times, address, agent FROM phone_refused WHERE platform_id = $1 AND mac = $2 ORDER BY at DESC, reason
;
-- name: ListTraffic :many
SELECT platform_id, hour, result, fetches FROM phone_traffic WHERE platform_id = $1 AND hour >= $2 ORDER BY hour, result
;
-- name: NoteHandshake :exec
INSERT INTO phone_handshake (address, name, reason, offers, alert, first_at, at, times)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (address, name, reason, offers, alert) DO UPDATE SET times = phone_handshake.times + excluded.times,
    at = CASE WHEN excluded.at > phone_handshake.at THEN excluded.at ELSE phone_handshake.at END
;
-- name: TrimHandshakes :exec
DELETE FROM phone_handshake WHERE phone_handshake.at < COALESCE((SELECT o.at FROM phone_handshake AS o ORDER BY o.at DESC LIMIT 1 OFFSET $1), 0)
;
-- name: CancelImport :exec
UPDATE import SET cancelled_at = $1 WHERE id = $2 AND cancelled_at IS NULL
;
-- name: CountImportRows :many
SELECT outcome, count(*) AS n FROM import_row WHERE import_id = $1 GROUP BY outcome
;
-- name: DeleteImport :execrows
DELETE FROM import WHERE id = $1
;
-- name: DeleteImportRows :execrows
DELETE FROM import_row WHERE import_id = $1 AND line <= $2
;
-- name: ExpireImport :execrows
UPDATE import SET expires_at = 0, version = version + 1 WHERE import.id = $1
  AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = import.operation_id AND o.state NOT IN ('done', 'failed', 'needs_operator'))
;
-- name: GetImport :one
SELECT id, platform_id, vendor, state, file, encoding, separator, ignored, tally, mode, operation_id, actor, created_at, expires_at, version, cancelled_at FROM import WHERE id = $1
;
-- name: InsertImport :exec
INSERT INTO import (id, platform_id, vendor, state, file, encoding, separator, ignored, tally, mode, operation_id, actor, created_at, expires_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
    $9, $10, $11, $12, $13, $14, 1)
;
-- name: LastImportLine :one
SELECT CAST(COALESCE((SELECT line FROM import_row WHERE import_id = $1 ORDER BY line DESC LIMIT 1), 0) AS bigint) AS line
;
-- name: ListExpiredImports :many
SELECT id FROM import WHERE expires_at <= $1
  AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = import.operation_id AND o.state NOT IN ('done', 'failed', 'needs_operator'))
ORDER BY id
;
-- name: ListImportPlaces :many
SELECT line, mac FROM import_row
WHERE import_id = $1 AND line > $2 AND line <= $3 AND outcome IN ('new', 'change', 'unchanged')
ORDER BY line LIMIT CAST($4 AS bigint)
;
-- name: ListImportRows :many
SELECT r.import_id, r.line, r.platform_id, r.mac, r.written, r.account_id, r.account_ref, r.product_group, r.model, r.name, r.serial, r.pin, r.has_pin, r.outcome, r.changes, r.faults, i.state, i.error FROM import_row r
LEFT JOIN operation_item i ON i.operation_id = $1 AND i.mac = r.mac
WHERE r.import_id = $2 AND r.line > $3
ORDER BY r.line LIMIT CAST($4 AS bigint)
;
-- name: ListImportRowsIn :many
SELECT r.import_id, r.line, r.platform_id, r.mac, r.written, r.account_id, r.account_ref, r.product_group, r.model, r.name, r.serial, r.pin, r.has_pin, r.outcome, r.changes, r.faults, i.state, i.error FROM operation_item i
JOIN import_row r ON r.import_id = $1 AND r.line = i.line
WHERE i.operation_id = $2 AND i.state = $3 AND i.mac > $4
ORDER BY i.mac LIMIT CAST($5 AS bigint)
;
-- name: ListImportRowsOf :many
SELECT r.import_id, r.line, r.platform_id, r.mac, r.written, r.account_id, r.account_ref, r.product_group, r.model, r.name, r.serial, r.pin, r.has_pin, r.outcome, r.changes, r.faults, i.state, i.error FROM import_row r
LEFT JOIN operation_item i ON i.operation_id = $1 AND i.mac = r.mac
WHERE r.import_id = $2 AND r.outcome = $3 AND r.line > $4
ORDER BY r.line LIMIT CAST($5 AS bigint)
;
-- name: ListImports :many
SELECT id, platform_id, vendor, state, file, encoding, separator, ignored, tally, mode, operation_id, actor, created_at, expires_at, version, cancelled_at FROM import WHERE platform_id = $1
  AND (created_at < $2 OR (created_at = $2 AND id < $3))
ORDER BY created_at DESC, id DESC LIMIT CAST($4 AS bigint)
;
-- name: NextImportLine :one
SELECT line FROM import_row WHERE import_id = $1 ORDER BY line LIMIT 1
;
-- name: SettleImportRow :execrows
UPDATE import_row SET outcome = $1, changes = $2, faults = $3
WHERE import_id = $4 AND line = $5
;
-- name: UpdateImport :execrows
UPDATE import SET state = $1, encoding = $2, separator = $3, ignored = $4,
    tally = $5, mode = $6, operation_id = $7, expires_at = $8, version = version + 1
WHERE id = $9 AND version = $10
;
-- name: ListSettingsOf :many
SELECT setting_scope.id, setting_scope.version, setting_scope.rollout_id, setting.name, setting.idx, setting.value, setting.sealed, setting.set_at, setting.set_by
FROM setting_scope LEFT JOIN setting ON setting.scope = setting_scope.id
WHERE setting_scope.id IN (/*each of*/ $1)
ORDER BY setting_scope.id, setting.name, setting.idx
;
-- name: PhonesInService :many
SELECT endpoint.platform_id, endpoint.mac, endpoint.vendor, endpoint.account_id, endpoint.product_group, endpoint.name, endpoint.fold, endpoint.state, endpoint.want_paused, endpoint.paused_by, endpoint.address_template, endpoint.address_token_id, endpoint.error, endpoint.created_at, endpoint.confirmed_at, endpoint.fetched_at, endpoint.updated_at, endpoint.version, endpoint.model, endpoint.serial, endpoint.pin, endpoint.device_token_hash, endpoint.device_token, endpoint.first_fetched_at, endpoint.sip_registered, endpoint.sip_at, endpoint.replaces, endpoint.replaced_by, endpoint.moved_to, endpoint.found, endpoint.plain_url, endpoint.expected_at, endpoint.sip_reason, phone_contact.platform_id, phone_contact.mac, phone_contact.device_token_hash, phone_contact.account_id, phone_contact.token_id, phone_contact.assurance, phone_contact.proven_at, phone_contact.networks, phone_contact.admitted_at, phone_contact.admitted_until, phone_contact.admitted_by, phone_contact.password, phone_contact.password_hash, phone_contact.password_at, phone_contact.password_used_at, phone_contact.previous_hash, phone_contact.alarmed_at, phone_contact.waiting, phone_contact.waiting_since, phone_contact.waiting_at, phone_contact.waiting_network, phone_contact.waiting_agent, phone_contact.version, phone_contact.less, phone_contact.former, phone_contact.admitted_network, phone_contact.visitors, phone_contact.other_visits, account.platform_id, account.id, account.slug, account.name, account.external_id, account.token_id, account.token_set_at, account.created_at, account.updated_at, account.version, platform.id, platform.slug, platform.name, platform.name_fold, platform.external_id, platform.url_template, platform.primary_account, platform.created_at, platform.updated_at, platform.version, platform.home_since, platform.phone_proof, platform.proven_template,
    latest.hash AS latest_hash, latest.sealed AS latest_sealed, COALESCE(used.hash, '') AS used_hash
FROM endpoint
JOIN phone_contact ON phone_contact.mac = endpoint.mac
JOIN account ON account.platform_id = endpoint.platform_id AND account.id = endpoint.account_id
JOIN account_token AS latest ON latest.platform_id = account.platform_id AND latest.account_id = account.id AND latest.id = account.token_id
JOIN platform ON platform.id = endpoint.platform_id
LEFT JOIN account_token AS used ON used.platform_id = phone_contact.platform_id AND used.account_id = phone_contact.account_id AND used.id = phone_contact.token_id
WHERE endpoint.mac IN (/*each of*/ $1) AND endpoint.state <> 'released'
ORDER BY endpoint.mac, phone_contact.platform_id
;
-- name: DeleteReseller :execrows
DELETE FROM reseller WHERE vendor = $1
;
-- name: DeleteWritesOff :execrows
DELETE FROM writes_off WHERE vendor = $1
;
-- name: DropChallenges :exec
DELETE FROM challenge WHERE expires_at <= $1
;
-- name: GetChallenge :one
SELECT answer FROM challenge WHERE nonce = $1 AND expires_at > $2
;
-- name: GetHome :one
SELECT home FROM installation
;
-- name: GetInstallation :one
SELECT one, name, canary, audit_key, created_at, home FROM installation
;
-- name: GetPinnedAccount :one
SELECT company_id FROM vendor_account WHERE vendor = $1
;
-- name: GetReseller :one
SELECT vendor, sealed, set_at FROM reseller WHERE vendor = $1
;
-- name: InsertInstallation :exec
INSERT INTO installation (one, name, canary, audit_key, created_at)
VALUES (1, $1, $2, $3, $4)
;
-- name: ListWritesOff :many
SELECT vendor, reason, detail, since, set_by FROM writes_off ORDER BY vendor
;
-- name: PinAccount :execrows
INSERT INTO vendor_account (vendor, company_id) VALUES ($1, $2)
ON CONFLICT DO NOTHING
;
-- name: Probe :exec
INSERT INTO probe (one, filler) VALUES (1, $1)
ON CONFLICT (one) DO UPDATE SET filler = excluded.filler
;
-- name: PutChallenge :exec
INSERT INTO challenge (nonce, answer, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (nonce) DO UPDATE SET answer = excluded.answer, expires_at = excluded.expires_at
;
-- name: PutWritesOff :execrows
INSERT INTO writes_off (vendor, reason, detail, since, set_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
;
-- name: SetHome :exec
UPDATE installation SET home = $1
;
-- name: SetReseller :exec
INSERT INTO reseller (vendor, sealed, set_at) VALUES ($1, $2, $3)
ON CONFLICT (vendor) DO UPDATE SET sealed = excluded.sealed, set_at = excluded.set_at
;
-- name: CancelPhoneItems :execrows
UPDATE operation_item SET state = 'cancelled', updated_at = $1
WHERE operation_id = $2 AND state = 'queued'
;
-- name: CountPhoneItems :many
SELECT state, CAST(sum(n) AS bigint) AS n FROM operation_item_count WHERE operation_id = $1 GROUP BY state HAVING sum(n) <> 0
;
-- name: FailPhoneItems :exec
UPDATE operation_item SET state = 'failed', error = $1, updated_at = $2
WHERE operation_id = $3 AND state IN ('sent', 'written')
;
-- name: FailUnwrittenEndpoints :exec
UPDATE endpoint SET state = 'failed', error = $1, updated_at = $2, version = version + 1
WHERE endpoint.platform_id = $3 AND endpoint.state = 'wanted' AND endpoint.confirmed_at IS NULL AND endpoint.mac IN (
    SELECT i.mac FROM operation_item AS i WHERE i.operation_id = $4 AND i.action = 'write' AND i.state IN ('failed', 'cancelled'))
;
-- name: GetPhoneItem :one
SELECT operation_id, platform_id, vendor, mac, action, state, deadline, line, error, updated_at FROM operation_item WHERE operation_id = $1 AND mac = $2
;
-- name: ListPhoneItems :many
SELECT operation_id, platform_id, vendor, mac, action, state, deadline, line, error, updated_at FROM operation_item
WHERE operation_id = $1 AND mac > $2
ORDER BY mac LIMIT CAST($3 AS bigint)
;
-- name: ListPhoneItemsIn :many
SELECT operation_id, platform_id, vendor, mac, action, state, deadline, line, error, updated_at FROM operation_item
WHERE operation_id = $1 AND state = $2 AND mac > $3
ORDER BY mac LIMIT CAST($4 AS bigint)
;
-- name: MarkUnwrittenEndpoints :exec
UPDATE endpoint SET error = $1, updated_at = $2, version = version + 1
WHERE endpoint.platform_id = $3 AND endpoint.state IN ('listed', 'paused') AND endpoint.error IS NULL AND endpoint.mac IN (
    SELECT i.mac FROM operation_item AS i WHERE i.operation_id = $4 AND i.action = 'write' AND i.state IN ('failed', 'cancelled')
      AND COALESCE(endpoint.confirmed_at, 0) < i.updated_at)
;
-- name: SavePhoneItem :execrows
UPDATE operation_item SET state = $1, deadline = $2, error = $3, updated_at = $4
WHERE operation_id = $5 AND mac = $6 AND state <> 'cancelled' AND CAST($7 AS text) LIKE '%,' || state || ',%'
;
-- name: DeleteKeysetCopy :exec
DELETE FROM keyset_copy
;
-- name: GetKeyset :one
SELECT keyset.one, keyset.wrapped, keyset.created_at, keyset.version, keyset.phase, keyset.root_id, keyset.kms_key, keyset.root_sealed, keyset_copy.wrapped AS copy_wrapped, keyset_copy.root_id AS copy_root_id,
    keyset_copy.kms_key AS copy_kms_key, keyset_copy.root_sealed AS copy_root_sealed
FROM keyset LEFT JOIN keyset_copy ON keyset_copy.one = keyset.one
;
-- name: GetKeysetVersion :one
SELECT version FROM keyset
;
-- name: GetOwnKeyset :one
SELECT wrapped, version, ready_at FROM phones_keyset
;
-- name: GetPhonesKeyset :one
SELECT wrapped, root, root_id, version, ready_at FROM phones_keyset
;
-- name: GetPhonesKeysetVersion :one
SELECT version FROM phones_keyset
;
-- name: InsertKeyset :exec
INSERT INTO keyset (one, wrapped, created_at, root_id, kms_key, root_sealed)
VALUES (1, $1, $2, $3, $4, $5)
;
-- name: InsertKeysetCopy :exec
INSERT INTO keyset_copy (one, wrapped, root_id, kms_key, root_sealed, created_at)
VALUES (1, $1, $2, $3, $4, $5)
;
-- name: InsertPhonesKeyset :exec
INSERT INTO phones_keyset (one, wrapped, root, root_id, created_at)
VALUES (1, $1, $2, $3, $4)
;
-- name: NextKeyset :execrows
UPDATE keyset SET version = version + 1 WHERE version = $1
;
-- name: NextPhonesKeyset :exec
UPDATE phones_keyset SET version = version + 1
;
-- name: PromoteKeysetCopy :exec
UPDATE keyset SET
    wrapped = (SELECT c.wrapped FROM keyset_copy c), root_id = (SELECT c.root_id FROM keyset_copy c),
    kms_key = (SELECT c.kms_key FROM keyset_copy c), root_sealed = (SELECT c.root_sealed FROM keyset_copy c)
;
-- name: RaiseOldestSchema :exec
UPDATE schema_compat SET oldest = $1 WHERE oldest < $1
;
-- name: SetKeyset :exec
UPDATE keyset SET wrapped = $1, phase = $2
;
-- name: SetPhonesKeyset :exec
UPDATE phones_keyset SET wrapped = $1
;
-- name: SetPhonesReady :exec
UPDATE phones_keyset SET ready_at = $1 WHERE ready_at IS NULL
;
-- name: SetPhonesRoot :exec
UPDATE phones_keyset SET wrapped = $1, root = $2, root_id = $3
;
-- name: CountAttention :many
SELECT vendor, count(*) AS n FROM link WHERE attention GROUP BY vendor
;
-- name: GetLink :one
SELECT platform_id, vendor, state, nonce, company_id, company_name, profiles, next_credential, active, active_state, set_at, set_by, connected, address_template, address_token_id, disabled_at, disabled_by, unconfirmed, checked_at, error, updated_at, version, attention, restored_at, later_keys, proof, foreign_addresses FROM link WHERE platform_id = $1 AND vendor = $2
;
-- name: GetLinkByCompany :one
SELECT platform_id, vendor, state, nonce, company_id, company_name, profiles, next_credential, active, active_state, set_at, set_by, connected, address_template, address_token_id, disabled_at, disabled_by, unconfirmed, checked_at, error, updated_at, version, attention, restored_at, later_keys, proof, foreign_addresses FROM link WHERE vendor = $1 AND company_id = CAST($2 AS text)
;
-- name: InsertLink :execrows
INSERT INTO link (platform_id, vendor, state, nonce, company_id, company_name, profiles, next_credential, active,
    set_at, set_by, connected, address_template, address_token_id, disabled_at, disabled_by, unconfirmed, checked_at,
    error, attention, restored_at, later_keys, proof, foreign_addresses, updated_at, version)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12,
    $13, $14, $15, $16, $17,
    $18, $19, $20, $21, $22, $23, $24, $25, 1)
ON CONFLICT DO NOTHING
;
-- name: ListLinks :many
SELECT platform_id, vendor, state, nonce, company_id, company_name, profiles, next_credential, active, active_state, set_at, set_by, connected, address_template, address_token_id, disabled_at, disabled_by, unconfirmed, checked_at, error, updated_at, version, attention, restored_at, later_keys, proof, foreign_addresses FROM link
WHERE (CAST($1 AS text) = '' OR platform_id = $1)
  AND (CAST($2 AS text) = '' OR vendor = $2)
ORDER BY platform_id, vendor
;
-- name: UpdateLink :execrows
UPDATE link SET state = $1, nonce = $2, company_id = $3, company_name = $4,
    profiles = $5, next_credential = $6, active = $7,
    set_at = $8, set_by = $9, connected = $10,
    address_template = $11, address_token_id = $12,
    disabled_at = $13, disabled_by = $14, unconfirmed = $15,
    checked_at = $16, error = $17, attention = $18, restored_at = $19, later_keys = $20,
    proof = $21, foreign_addresses = $22,
    updated_at = $23, version = version + 1
WHERE platform_id = $24 AND vendor = $25 AND version = $26
;
-- name: AddReleaseItems :execrows
INSERT INTO operation_item (operation_id, platform_id, vendor, mac, action, state, deadline, line, error, updated_at)
SELECT CAST($1 AS text), e.platform_id, e.vendor, e.mac, 'release', 'queued', NULL, 0, NULL, CAST($2 AS bigint)
FROM endpoint AS e WHERE e.platform_id = $3 AND e.vendor = $4 AND e.state <> 'released'
ON CONFLICT DO NOTHING
;
-- name: CountHome :one
SELECT count(*) FROM endpoint
WHERE endpoint.platform_id = $1 AND fetched_at >= CAST($2 AS bigint)
;
-- name: EndWaitingOperation :execrows
UPDATE operation SET state = 'failed', works_keys = false, holds_link = false, error = $1, waiting = '', next_at = NULL, due_at = NULL,
    finished_at = CAST($2 AS bigint), updated_at = $2
WHERE id = $3 AND state IN ('queued', 'waiting')
;
-- name: GetOffboarding :one
SELECT id, platform_id, slug, name, state, keep_phones, parts, asked_by, idempotency_key, body_hash, created_at, finished_at, version FROM offboarding WHERE id = $1
;
-- name: GetOffboardingByKey :one
SELECT id, platform_id, slug, name, state, keep_phones, parts, asked_by, idempotency_key, body_hash, created_at, finished_at, version FROM offboarding WHERE asked_by = $1 AND idempotency_key = $2 AND idempotency_key <> ''
;
-- name: InsertOffboarding :execrows
INSERT INTO offboarding (id, platform_id, slug, name, state, keep_phones, parts, asked_by, idempotency_key, body_hash, created_at, finished_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7,
    $8, $9, $10, $11, $12, 1)
ON CONFLICT DO NOTHING
;
-- name: ListOffboardings :many
SELECT id, platform_id, slug, name, state, keep_phones, parts, asked_by, idempotency_key, body_hash, created_at, finished_at, version FROM offboarding
WHERE (created_at < $1 OR (created_at = $1 AND id < $2))
  AND (CAST($3 AS text) = '' OR platform_id = $3)
ORDER BY created_at DESC, id DESC LIMIT CAST($4 AS bigint)
;
-- name: SendPhonesHome :exec
UPDATE platform SET home_since = $1 WHERE id = $2
;
-- name: StopOffboardings :exec
UPDATE offboarding SET state = 'stopped', finished_at = CAST($1 AS bigint), version = version + 1 WHERE state = 'running'
  AND EXISTS (SELECT 1 FROM operation o WHERE o.platform_id = offboarding.platform_id AND o.kind = 'offboard' AND o.state = 'needs_operator'
    AND o.created_at >= offboarding.created_at AND (CAST($2 AS text) = '' OR o.vendor = $2))
;
-- name: UpdateOffboarding :execrows
UPDATE offboarding SET state = $1, parts = $2, finished_at = $3, version = version + 1
WHERE id = $4 AND version = $5
;
-- name: AccountSlugs :many
SELECT platform_id, id, slug FROM account WHERE platform_id IN (/*each of*/ $1) AND id IN (/*each of*/ $2)
;
-- name: EndpointCountsOf :many
SELECT platform_id, vendor, state, n FROM endpoint_count WHERE platform_id IN (/*each of*/ $1)
;
-- name: EndpointsHeld :many
SELECT platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by, address_template, address_token_id, error, created_at, confirmed_at, fetched_at, updated_at, version, model, serial, pin, device_token_hash, device_token, first_fetched_at, sip_registered, sip_at, replaces, replaced_by, moved_to, found, plain_url, expected_at, sip_reason FROM endpoint WHERE mac IN (/*each of*/ $1) AND state <> 'released'
;
-- name: LinksOf :many
SELECT platform_id, vendor, state, nonce, company_id, company_name, profiles, next_credential, active, active_state, set_at, set_by, connected, address_template, address_token_id, disabled_at, disabled_by, unconfirmed, checked_at, error, updated_at, version, attention, restored_at, later_keys, proof, foreign_addresses FROM link WHERE platform_id IN (/*each of*/ $1)
;
-- name: LooseCredentialsOf :many
SELECT platform_id, vendor, number, state, label, vendor_id, sealed, deadline, created_at, verified_at, revoked_at FROM credential WHERE platform_id IN (/*each of*/ $1) AND state IN ('orphan', 'retiring', 'unknown')
ORDER BY platform_id, vendor, number
;
-- name: OpenOperationsOf :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation WHERE platform_id IN (/*each of*/ $1)
  AND holds_link AND state NOT IN ('done', 'failed', 'needs_operator')
;
-- name: PhoneSyncsOf :many
SELECT platform_id, vendor, operation_id, began_at, complete_at, by_whom, pages, phones, matching, left_out, counts FROM phone_sync WHERE platform_id IN (/*each of*/ $1)
;
-- name: PrimaryAccountsOf :many
SELECT account.platform_id, account.id, account.slug, account.name, account.external_id, account.token_id, account.token_set_at, account.created_at, account.updated_at, account.version FROM platform JOIN account ON account.platform_id = platform.id AND account.id = platform.primary_account
WHERE platform.id IN (/*each of*/ $1)
;
-- name: BeatPhoneServer :exec
INSERT INTO phone_server (id, version, schema_version, started_at, seen_at, alive_until)
VALUES ($1, $2, $3, $4, $4, $5)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, alive_until = excluded.alive_until
;
-- name: DeletePhoneServer :exec
DELETE FROM phone_server WHERE id = $1
;
-- name: DropPhoneServers :exec
DELETE FROM phone_server WHERE alive_until <= CAST($1 AS bigint)
;
-- name: InsertPhoneEvent :exec
INSERT INTO phone_event (at, action, address, platform_id, vendor, target, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7)
;
-- name: ListPhoneServers :many
SELECT id, version, schema_version, started_at, seen_at, alive_until FROM phone_server WHERE alive_until > CAST($1 AS bigint) ORDER BY started_at, id
;
-- name: TakePhoneEvents :many
DELETE FROM phone_event WHERE id IN (SELECT e.id FROM phone_event e ORDER BY e.id LIMIT CAST($1 AS bigint)) RETURNING id, at, action, address, platform_id, vendor, target, detail
;
-- name: ClaimOperation :one
UPDATE operation SET state = 'running', owner = $1, lease_until = $2, due_at = $2,
    fence = fence + 1, next_at = NULL, waiting = '', started_at = COALESCE(started_at, $3), updated_at = $3
WHERE operation.id = (
    SELECT o.id FROM operation o
    WHERE o.id = $4 AND o.due_at <= CAST($3 AS bigint) AND (NOT o.works_keys OR NOT EXISTS (
        SELECT 1 FROM key_holder h WHERE h.platform_id = o.platform_id AND h.vendor = o.vendor AND h.operation_id <> o.id
          AND h.until > CAST($3 AS bigint) AND NOT (h.rests AND o.holds_link))))
RETURNING id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac
;
-- name: EndLease :execrows
UPDATE operation SET lease_until = $1, due_at = $1
WHERE id = $2 AND fence = $3 AND state = 'running'
;
-- name: EndLeases :execrows
UPDATE operation SET lease_until = $1, due_at = $1 WHERE state = 'running'
;
-- name: GetOpenEndpointOperation :one
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation WHERE platform_id = $1 AND vendor = $2 AND mac = $3
  AND mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator')
;
-- name: GetOpenOperation :one
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation WHERE platform_id = $1 AND vendor = $2
  AND holds_link AND state NOT IN ('done', 'failed', 'needs_operator')
;
-- name: GetOpenOperationAlso :one
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation WHERE also_platform_id = $1 AND vendor = $2 AND also_mac = $3
  AND also_mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator')
;
-- name: GetOpenOperationForMany :one
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation WHERE platform_id = $1 AND vendor = $2
  AND kind IN ('import', 'sync', 'bulk') AND state NOT IN ('done', 'failed', 'needs_operator')
;
-- name: GetOpenOperationReleasing :one
SELECT operation.id, operation.kind, operation.platform_id, operation.vendor, operation.mac, operation.state, operation.steps, operation.holds_link, operation.params, operation.data, operation.asked_by, operation.actor, operation.idempotency_key, operation.body_hash, operation.waiting, operation.next_at, operation.attempt, operation.error, operation.owner, operation.lease_until, operation.due_at, operation.fence, operation.created_at, operation.started_at, operation.finished_at, operation.updated_at, operation.works_keys, operation.also_platform_id, operation.also_mac FROM operation JOIN operation_item i ON i.operation_id = operation.id AND i.mac = $1
WHERE operation.platform_id = $2 AND operation.vendor = $3
  AND operation.kind IN ('import', 'sync', 'bulk') AND operation.state NOT IN ('done', 'failed', 'needs_operator')
  AND i.action = 'release' AND i.state IN ('queued', 'sent')
;
-- name: GetOperation :one
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation WHERE id = $1
;
-- name: GetOperationByKey :one
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation WHERE asked_by = $1 AND idempotency_key = $2 AND idempotency_key <> ''
;
-- name: GetOperationResuming :one
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE platform_id = $1 AND vendor = $2 AND created_at >= $3
  AND kind = 'bulk' AND params LIKE CAST($4 AS text)
ORDER BY created_at, id LIMIT 1
;
-- name: InsertOperation :execrows
INSERT INTO operation (id, kind, platform_id, vendor, mac, also_platform_id, also_mac, state, steps, holds_link, works_keys, params, data, asked_by, actor,
    idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at,
    finished_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
    $10, $11, $12, $13, $14, $15, $16,
    $17, $18, $19, $20, $21, $22,
    $23, $24, $25, $26, $27,
    $28, $29)
ON CONFLICT DO NOTHING
;
-- name: ListLinkOperations :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE platform_id = $1 AND vendor = $2 AND created_at <= $3 AND (created_at < $3 OR id < $4)
ORDER BY created_at DESC, id DESC LIMIT CAST($5 AS bigint)
;
-- name: ListOpenOperations :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE due_at IS NOT NULL
  AND (+created_at < $1 OR (created_at = $1 AND id < $2))
  AND (CAST($3 AS text) = '' OR platform_id = $3 OR (mac <> '' AND also_platform_id = $3))
  AND (CAST($4 AS text) = '' OR vendor = $4)
  AND (CAST($5 AS text) = '' OR mac = $5 OR also_mac = $5)
ORDER BY +created_at DESC, id DESC LIMIT CAST($6 AS bigint)
;
-- name: ListOperations :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE created_at <= $1 AND (created_at < $1 OR id < $2)
ORDER BY created_at DESC, id DESC LIMIT CAST($3 AS bigint)
;
-- name: ListOperationsOfPhones :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE due_at IS NOT NULL AND vendor = $1 AND mac <> ''
  AND (platform_id = $2 OR also_platform_id = $2)
;
-- name: ListPhoneOperations :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE mac = $1 AND mac <> '' AND created_at <= $2 AND (created_at < $2 OR id < $3)
  AND (CAST($4 AS text) = '' OR platform_id = $4)
  AND (CAST($5 AS text) = '' OR vendor = $5)
ORDER BY created_at DESC, id DESC LIMIT CAST($6 AS bigint)
;
-- name: ListPlatformOperations :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE platform_id = $1 AND created_at <= $2 AND (created_at < $2 OR id < $3)
ORDER BY created_at DESC, id DESC LIMIT CAST($4 AS bigint)
;
-- name: ListVendorOperations :many
SELECT id, kind, platform_id, vendor, mac, state, steps, holds_link, params, data, asked_by, actor, idempotency_key, body_hash, waiting, next_at, attempt, error, owner, lease_until, due_at, fence, created_at, started_at, finished_at, updated_at, works_keys, also_platform_id, also_mac FROM operation
WHERE vendor = $1 AND created_at <= $2 AND (created_at < $2 OR id < $3)
ORDER BY created_at DESC, id DESC LIMIT CAST($4 AS bigint)
;
-- name: PeekDueOperation :one
SELECT o.id FROM operation o
WHERE o.due_at <= CAST($1 AS bigint) AND (NOT o.works_keys OR NOT EXISTS (
    SELECT 1 FROM key_holder h WHERE h.platform_id = o.platform_id AND h.vendor = o.vendor AND h.operation_id <> o.id
      AND h.until > CAST($1 AS bigint) AND NOT (h.rests AND o.holds_link)))
  AND (CAST($2 AS text) = '' OR (CAST($2 AS text) = 'many') = (o.kind IN ('import', 'sync', 'bulk')))
ORDER BY o.due_at, o.id LIMIT 1
;
-- name: SaveOperation :execrows
UPDATE operation SET state = $1, steps = $2, holds_link = $3, works_keys = $4, data = $5,
    waiting = $6, next_at = $7, attempt = $8, error = $9,
    owner = CASE WHEN $1 = 'running' THEN owner ELSE '' END,
    lease_until = $10, due_at = $11, finished_at = $12, updated_at = $13
WHERE id = $14 AND fence = $15 AND state = 'running'
;
-- name: WakeOperation :execrows
UPDATE operation SET next_at = $1, due_at = $1
WHERE id = $2 AND state IN ('waiting', 'unknown')
;
-- name: CountLessProof :one
SELECT count(*) FROM platform WHERE phone_proof <> 'certificate'
;
-- name: DeletePlatform :execrows
DELETE FROM platform WHERE id = $1
;
-- name: DeletePlatformAccounts :exec
DELETE FROM account WHERE platform_id = $1
;
-- name: DeletePlatformCredentials :exec
DELETE FROM credential WHERE platform_id = $1
;
-- name: DeletePlatformEndpoints :exec
DELETE FROM endpoint WHERE platform_id = $1
;
-- name: DeletePlatformLinks :exec
DELETE FROM link WHERE platform_id = $1
;
-- name: DeletePlatformOperations :exec
DELETE FROM operation WHERE platform_id = $1
;
-- name: DeletePlatformTokens :exec
DELETE FROM account_token WHERE platform_id = $1
;
-- name: GetPlatform :one
SELECT id, slug, name, name_fold, external_id, url_template, primary_account, created_at, updated_at, version, home_since, phone_proof, proven_template FROM platform WHERE id = $1 OR slug = $1
ORDER BY CASE WHEN id = $1 THEN 0 ELSE 1 END LIMIT 1
;
-- name: GetPlatformByExternalID :one
SELECT id, slug, name, name_fold, external_id, url_template, primary_account, created_at, updated_at, version, home_since, phone_proof, proven_template FROM platform WHERE external_id = CAST($1 AS text)
;
-- name: InsertPlatform :execrows
INSERT INTO platform (id, slug, name, name_fold, external_id, url_template, primary_account, phone_proof, created_at, updated_at, version)
VALUES ($1, $2, $3, $4, $5, $6,
    $7, $8, $9, $10, 1)
ON CONFLICT DO NOTHING
;
-- name: ListPlatforms :many
SELECT id, slug, name, name_fold, external_id, url_template, primary_account, created_at, updated_at, version, home_since, phone_proof, proven_template FROM platform
WHERE (name_fold > $1 OR (name_fold = $1 AND id > $2))
  AND (CAST($3 AS text) = '' OR replace(name_fold, $3, '') <> name_fold OR replace(slug, $3, '') <> slug)
ORDER BY name_fold, id LIMIT CAST($4 AS bigint)
;
-- name: PlatformInUse :one
SELECT
    (SELECT count(*) FROM link WHERE link.platform_id = $1 AND company_id IS NOT NULL) AS companies,
    (SELECT CAST(COALESCE(sum(n), 0) AS bigint) FROM endpoint_count WHERE endpoint_count.platform_id = $1 AND state <> 'released') AS endpoints,
    (SELECT count(*) FROM operation WHERE operation.platform_id = $1 AND finished_at IS NULL) AS operations
;
-- name: UnsetPlatformAccounts :exec
UPDATE account SET token_id = NULL, token_set_at = NULL WHERE platform_id = $1
;
-- name: UnsetPlatformPrimary :exec
UPDATE platform SET primary_account = NULL WHERE id = $1
;
-- name: UpdatePlatform :execrows
UPDATE platform SET name = $1, name_fold = $2, external_id = $3,
    url_template = $4, primary_account = $5, phone_proof = $6,
    updated_at = $7, version = version + 1
WHERE id = $8 AND version = $9
;
-- name: AskReconciliation :execrows
INSERT INTO reconciliation (vendor, scope, platform_id, run, asked_at, asked_by, started_at, done, total, attempt, waiting, owner, fence,
    due_at, error, complete_since, complete_at, complete_by, not_ours)
SELECT $1, $2, $3, $4, CAST($5 AS bigint), $6, NULL,
    0, 0, 0, '', '', 0, CAST($5 AS bigint), NULL, NULL, NULL, '', 0
WHERE NOT EXISTS (SELECT 1 FROM reconciliation o WHERE o.vendor = $1 AND o.scope = '' AND o.run <> '')
ON CONFLICT (vendor, scope) DO UPDATE SET run = excluded.run, asked_at = excluded.asked_at, asked_by = excluded.asked_by,
    started_at = NULL, done = 0, total = 0, attempt = 0, waiting = '', due_at = excluded.due_at
WHERE reconciliation.run = ''
;
-- name: ClaimReconciliation :one
UPDATE reconciliation SET owner = $1, fence = fence + 1, due_at = $2, waiting = '', done = 0, total = 0,
    started_at = COALESCE(started_at, $3)
WHERE vendor = $4 AND scope = $5 AND due_at <= CAST($3 AS bigint)
RETURNING vendor, scope, platform_id, run, asked_at, asked_by, started_at, done, total, attempt, waiting, owner, fence, due_at, error, complete_since, complete_at, complete_by, not_ours
;
-- name: CompleteReconciliation :execrows
UPDATE reconciliation SET run = '', owner = '', due_at = NULL, waiting = '', attempt = 0, error = NULL, done = $1, total = $2,
    complete_since = started_at, complete_at = $3, complete_by = asked_by, not_ours = $4
WHERE vendor = $5 AND scope = $6 AND fence = $7 AND owner <> ''
;
-- name: CountReconciliationRows :many
SELECT class, count(*) AS n FROM reconciliation_row
WHERE vendor = $1 AND (CAST($2 AS text) = '' OR platform_id = $2) GROUP BY class
;
-- name: DropReconciliationRows :exec
DELETE FROM reconciliation_row WHERE vendor = $1 AND (platform_id IS NULL OR seen_at <= CAST($2 AS bigint))
;
-- name: DropReconciliationRowsOf :exec
DELETE FROM reconciliation_row WHERE vendor = $1 AND platform_id = $2
;
-- name: EndReconciliationLeases :exec
UPDATE reconciliation SET due_at = $1 WHERE owner <> ''
;
-- name: GetReconciliation :one
SELECT vendor, scope, platform_id, run, asked_at, asked_by, started_at, done, total, attempt, waiting, owner, fence, due_at, error, complete_since, complete_at, complete_by, not_ours FROM reconciliation WHERE vendor = $1 AND scope = $2
;
-- name: GetReconciliationRow :one
SELECT vendor, id, platform_id, place, class, kind, reason, company_id, object_id, number, name, detail, seen_at FROM reconciliation_row WHERE vendor = $1 AND id = $2
;
-- name: InsertReconciliationRow :exec
INSERT INTO reconciliation_row (vendor, id, platform_id, place, class, kind, reason, company_id, object_id, number, name, detail, seen_at)
VALUES ($1, $2, $3, $4, $5, $6, $7,
    $8, $9, $10, $11, $12, $13)
ON CONFLICT (vendor, id) DO NOTHING
;
-- name: ListReconciled :many
SELECT DISTINCT platform_id FROM reconciliation_row WHERE vendor = $1 AND platform_id IS NOT NULL
;
-- name: ListReconciliationRows :many
SELECT vendor, id, platform_id, place, class, kind, reason, company_id, object_id, number, name, detail, seen_at FROM reconciliation_row
WHERE vendor = $1
  AND (place > $2 OR (place = $2 AND id > $3))
  AND (CAST($4 AS text) = '' OR platform_id = $4)
  AND (CAST($5 AS text) = '' OR class = $5)
ORDER BY place, id LIMIT CAST($6 AS bigint)
;
-- name: PeekDueReconciliation :one
SELECT vendor, scope FROM reconciliation WHERE due_at <= CAST($1 AS bigint) ORDER BY due_at LIMIT 1
;
-- name: SaveReconciliation :execrows
UPDATE reconciliation SET run = $1, done = $2, total = $3, attempt = $4,
    waiting = $5, owner = $6, due_at = $7, error = $8
WHERE vendor = $9 AND scope = $10 AND fence = $11 AND owner <> ''
;
-- name: BeatReplica :exec
INSERT INTO replica (id, version, schema_version, started_at, seen_at, alive_until, settled_at)
VALUES ($1, $2, $3, $4, $4, $5, $6)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, alive_until = excluded.alive_until, settled_at = excluded.settled_at
;
-- name: DeleteReplica :exec
DELETE FROM replica WHERE id = $1
;
-- name: DropDuties :exec
DELETE FROM duty WHERE taken_at <= CAST($1 AS bigint)
;
-- name: DropReplicas :exec
DELETE FROM replica WHERE alive_until <= CAST($1 AS bigint)
;
-- name: GetPause :one
SELECT paused_until FROM pace WHERE vendor = $1
;
-- name: ListReplicas :many
SELECT id, version, schema_version, started_at, seen_at, alive_until, settled_at FROM replica WHERE alive_until > CAST($1 AS bigint) ORDER BY started_at, id
;
-- name: PauseCalls :exec
INSERT INTO pace (vendor, free_at, paused_until) VALUES ($1, 0, CAST($2 AS bigint))
ON CONFLICT (vendor) DO UPDATE SET paused_until = excluded.paused_until WHERE pace.paused_until < excluded.paused_until
;
-- name: TakeDuty :execrows
INSERT INTO duty (name, taken_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET taken_at = excluded.taken_at WHERE duty.taken_at <= CAST($3 AS bigint)
;
-- name: TakePlaces :one
INSERT INTO pace (vendor, free_at, paused_until)
VALUES ($1, CAST($2 AS bigint) + CAST($3 AS bigint), 0)
ON CONFLICT (vendor) DO UPDATE SET free_at = CAST($3 AS bigint)
    + CASE WHEN pace.free_at < CAST($2 AS bigint) THEN CAST($2 AS bigint) ELSE pace.free_at END
RETURNING free_at, paused_until
;
-- name: EndOperation :exec

UPDATE operation SET state = 'needs_operator', steps = $1, holds_link = $2, error = $3,
    owner = '', lease_until = NULL, due_at = NULL, next_at = NULL, waiting = '', fence = fence + 1,
    finished_at = $4, updated_at = $4
WHERE id = $5
;
-- name: FailWantedEndpoints :exec
UPDATE endpoint SET state = 'failed', error = $1, updated_at = $2, version = version + 1
WHERE state = 'wanted' AND (CAST($3 AS text) = '' OR vendor = $3)
;
-- name: ForgetUnprovenCredentials :exec
DELETE FROM credential
WHERE state IN ('planned', 'created', 'unknown') AND (CAST($1 AS text) = '' OR vendor = $1)
;
-- name: MarkLinksRestored :execrows
UPDATE link SET restored_at = $1, checked_at = NULL, error = $2, attention = $3,
    updated_at = $1, version = version + 1,
    state = CASE WHEN state IN ('onboarding', 'rotating', 'disabling', 'unknown') THEN 'needs_attention' ELSE state END
WHERE nonce <> '' AND (CAST($4 AS text) = '' OR vendor = $4)
;
-- name: CancelQueuedResyncItems :exec
UPDATE resync_item SET state = 'cancelled', ended_at = $1
WHERE resync_id = $2 AND state = 'queued'
;
-- name: CancelResync :execrows
UPDATE resync SET state = 'cancelled', finished_at = $1, finished_by = $2, trouble = ''
WHERE id = $3 AND state = 'running'
;
-- name: CancelSomeResyncItems :execrows
UPDATE resync_item SET state = 'cancelled', ended_at = $1
WHERE resync_item.resync_id = $2 AND resync_item.mac IN (
    SELECT i.mac FROM resync_item AS i WHERE i.resync_id = $2 AND i.state = 'queued' ORDER BY i.mac LIMIT CAST($3 AS bigint))
;
-- name: ClaimResyncItem :execrows
UPDATE resync_item SET state = 'sending', sent_at = $1, tries = tries + 1
WHERE resync_id = $2 AND mac = $3 AND state = $4 AND tries = $5
;
-- name: CountItemsOfResyncs :many
SELECT resync_id, state, count(*) AS n FROM resync_item WHERE resync_id IN (/*each of*/ $1) GROUP BY resync_id, state
;
-- name: CutResyncs :many
SELECT id FROM resync WHERE state = 'cancelled' AND finished_by = '' AND created_at < $1 ORDER BY created_at, id
;
-- name: DropResync :exec
DELETE FROM resync WHERE id = $1
;
-- name: DropResyncItems :execrows
DELETE FROM resync_item WHERE resync_item.resync_id = $1 AND resync_item.mac IN (
    SELECT i.mac FROM resync_item AS i WHERE i.resync_id = $1 ORDER BY i.mac LIMIT CAST($2 AS bigint))
;
-- name: DueResyncItems :many
SELECT resync_id, mac, platform_id, state, left_out, due_at, tries, target, status, note, sent_at, ended_at FROM resync_item WHERE state = 'queued' AND due_at <= $1
ORDER BY due_at, resync_id, mac LIMIT CAST($2 AS bigint)
;
-- name: EndCutResync :execrows
UPDATE resync SET finished_by = $1, trouble = $2
WHERE id = $3 AND state = 'cancelled' AND finished_by = '' AND created_at < $4
;
-- name: EndResync :exec
UPDATE resync SET state = 'done', finished_at = $1, trouble = ''
WHERE resync.id = $2 AND resync.state = 'running'
  AND NOT EXISTS (SELECT 1 FROM resync_item WHERE resync_item.resync_id = resync.id AND resync_item.state IN ('queued', 'sending'))
;
-- name: GetResync :one
SELECT id, platform_id, account_id, mac, state, reboot, spread, ends_at, trouble, created_at, created_by, finished_at, finished_by FROM resync WHERE id = $1
;
-- name: HasDueResyncItems :one
SELECT CAST(EXISTS (SELECT 1 FROM resync_item AS q WHERE q.state = 'queued' AND q.due_at <= $1)
    OR EXISTS (SELECT 1 FROM resync_item AS s WHERE s.state = 'sending' AND s.sent_at < $2) AS boolean) AS due
;
-- name: HoldStagedResync :execrows
UPDATE resync SET trouble = trouble
WHERE id = $1 AND created_at = $2 AND state = 'cancelled' AND finished_by = ''
;
-- name: InsertResync :exec
INSERT INTO resync (id, platform_id, account_id, mac, state, reboot, spread, ends_at, trouble, created_at, created_by, finished_at, finished_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
    $9, $10, $11, $12, $13)
;
-- name: LastResyncItem :one
SELECT resync_item.resync_id, resync_item.mac, resync_item.platform_id, resync_item.state, resync_item.left_out, resync_item.due_at, resync_item.tries, resync_item.target, resync_item.status, resync_item.note, resync_item.sent_at, resync_item.ended_at FROM resync_item JOIN resync ON resync.id = resync_item.resync_id
WHERE resync_item.platform_id = $1 AND resync_item.mac = $2
ORDER BY resync.created_at DESC, resync.id DESC LIMIT 1
;
-- name: ListOpenResyncs :many
SELECT id, platform_id, account_id, mac, state, reboot, spread, ends_at, trouble, created_at, created_by, finished_at, finished_by FROM resync WHERE state = 'running' ORDER BY created_at DESC
;
-- name: ListPlatformResyncs :many
SELECT id, platform_id, account_id, mac, state, reboot, spread, ends_at, trouble, created_at, created_by, finished_at, finished_by FROM resync
WHERE platform_id = $1
  AND (created_at < $2 OR (created_at = $2 AND id < $3))
ORDER BY created_at DESC, id DESC LIMIT CAST($4 AS bigint)
;
-- name: ListResyncItems :many
SELECT resync_id, mac, platform_id, state, left_out, due_at, tries, target, status, note, sent_at, ended_at FROM resync_item WHERE resync_id = $1 AND mac > $2
ORDER BY mac LIMIT CAST($3 AS bigint)
;
-- name: ListResyncItemsIn :many
SELECT resync_id, mac, platform_id, state, left_out, due_at, tries, target, status, note, sent_at, ended_at FROM resync_item WHERE resync_id = $1 AND state = $2 AND mac > $3
ORDER BY mac LIMIT CAST($4 AS bigint)
;
-- name: ListResyncs :many
SELECT id, platform_id, account_id, mac, state, reboot, spread, ends_at, trouble, created_at, created_by, finished_at, finished_by FROM resync
WHERE created_at < $1 OR (created_at = $1 AND id < $2)
ORDER BY created_at DESC, id DESC LIMIT CAST($3 AS bigint)
;
-- name: LockResync :exec
UPDATE resync SET trouble = trouble WHERE id = $1
;
-- name: LostResyncItems :many
SELECT resync_id, mac, platform_id, state, left_out, due_at, tries, target, status, note, sent_at, ended_at FROM resync_item WHERE state = 'sending' AND sent_at < $1
ORDER BY sent_at, resync_id, mac LIMIT CAST($2 AS bigint)
;
-- name: NoteOpenResyncs :exec
UPDATE resync SET trouble = $1 WHERE state = 'running' AND trouble <> $1
;
-- name: NoteResync :exec
UPDATE resync SET trouble = $1 WHERE id = $2 AND state = 'running' AND trouble <> $1
;
-- name: OldResyncs :many
SELECT id FROM resync WHERE created_at < $1 AND state <> 'running' AND finished_at < $1
ORDER BY created_at, id LIMIT CAST($2 AS bigint)
;
-- name: PhoneLines :many
SELECT setting_scope.mac, setting.name, setting.idx, setting.value
FROM setting_scope JOIN setting ON setting.scope = setting_scope.id
WHERE setting_scope.id IN (/*each of*/ $1) AND setting.name IN ('line_user', 'line_registrar')
ORDER BY setting_scope.id, setting.name, setting.idx
;
-- name: SaveResyncItem :exec
UPDATE resync_item SET state = $1, left_out = $2, due_at = $3, target = $4,
    status = $5, note = $6, ended_at = $7
WHERE resync_id = $8 AND mac = $9 AND state = 'sending' AND sent_at = $10
;
-- name: StartResync :execrows
UPDATE resync SET state = 'running', trouble = '', finished_at = NULL
WHERE id = $1 AND created_at = $2 AND state = 'cancelled' AND finished_by = ''
;
-- name: CountPhonesBelow :one
SELECT CAST(COALESCE(sum(n), 0) AS bigint) AS n FROM endpoint_count
WHERE state <> 'released' AND (CAST($1 AS text) = '' OR platform_id = CAST($1 AS text))
;
-- name: CountPhonesOfAccount :one
SELECT count(*) FROM endpoint WHERE platform_id = $1 AND account_id = CAST($2 AS text) AND state <> 'released'
;
-- name: DropRollouts :exec
DELETE FROM setting_rollout WHERE id IN (
    SELECT r.id FROM setting_rollout AS r WHERE r.proposed_at < $1 AND r.moved_at < $1 AND r.state IN ('done', 'taken_back')
    ORDER BY r.proposed_at, r.id LIMIT CAST($2 AS bigint))
;
-- name: GetRollout :one
SELECT id, scope, state, percent, cut, phones, in_ring, ring_at, watch, reason, proposed_at, proposed_by, moved_at, moved_by, settings_version, version FROM setting_rollout WHERE id = $1
;
-- name: GetSettingFreeze :one
SELECT reason, frozen_at, frozen_by FROM setting_freeze WHERE one = 1
;
-- name: InsertRollout :exec
INSERT INTO setting_rollout (id, scope, state, percent, cut, phones, in_ring, ring_at, watch, reason, proposed_at, proposed_by, moved_at, moved_by, settings_version, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
    $9, $10, $11, $12, $13, $14, $15, 1)
;
-- name: LiftSettingFreeze :execrows
DELETE FROM setting_freeze WHERE one = 1
;
-- name: ListOpenRollouts :many
SELECT id, scope, state, percent, cut, phones, in_ring, ring_at, watch, reason, proposed_at, proposed_by, moved_at, moved_by, settings_version, version FROM setting_rollout WHERE state IN ('proposed', 'running', 'stopped') ORDER BY proposed_at DESC, id DESC
;
-- name: ListRolloutValues :many
SELECT rollout_id, scope, side, name, idx, unset, secret, value, sealed, set_at, set_by FROM setting_rollout_value WHERE rollout_id = $1 ORDER BY side, name, idx
;
-- name: ListRollouts :many
SELECT id, scope, state, percent, cut, phones, in_ring, ring_at, watch, reason, proposed_at, proposed_by, moved_at, moved_by, settings_version, version FROM setting_rollout ORDER BY proposed_at DESC, id DESC LIMIT CAST($1 AS bigint)
;
-- name: OpenRolloutNames :many
SELECT DISTINCT name FROM setting_rollout_value WHERE NOT secret AND value <> '' AND name LIKE '%:%'
;
-- name: OpenRolloutOf :one
SELECT id, scope, state, percent, cut, phones, in_ring, ring_at, watch, reason, proposed_at, proposed_by, moved_at, moved_by, settings_version, version FROM setting_rollout WHERE scope = $1 AND state IN ('proposed', 'running', 'stopped')
;
-- name: OpenRolloutValuesOf :many
SELECT rollout_id, scope, side, idx, value FROM setting_rollout_value WHERE name = $1 AND NOT secret AND value <> ''
LIMIT CAST($2 AS bigint)
;
-- name: PageRollouts :many
SELECT id, scope, state, percent, cut, phones, in_ring, ring_at, watch, reason, proposed_at, proposed_by, moved_at, moved_by, settings_version, version FROM setting_rollout
WHERE proposed_at < $1 OR (proposed_at = $1 AND id < $2)
ORDER BY proposed_at DESC, id DESC LIMIT CAST($3 AS bigint)
;
-- name: PhonesOfAccount :many
SELECT mac, vendor, model, first_fetched_at, fetched_at, sip_registered FROM endpoint
WHERE platform_id = $1 AND account_id = $2 AND mac > $3 AND state <> 'released'
ORDER BY mac LIMIT CAST($4 AS bigint)
;
-- name: PhonesOfPlatform :many
SELECT mac, vendor, model, first_fetched_at, fetched_at, sip_registered FROM endpoint
WHERE platform_id = $1 AND mac > $2 AND state <> 'released'
ORDER BY mac LIMIT CAST($3 AS bigint)
;
-- name: PlatformIDs :many
SELECT id FROM platform ORDER BY id
;
-- name: PutRolloutValue :exec
INSERT INTO setting_rollout_value (rollout_id, scope, side, name, idx, unset, secret, value, sealed, set_at, set_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
    $9, $10, $11)
ON CONFLICT (rollout_id, side, name, idx) DO UPDATE SET unset = excluded.unset, secret = excluded.secret, value = excluded.value,
    sealed = excluded.sealed, set_at = excluded.set_at, set_by = excluded.set_by
;
-- name: SealRolloutValue :exec
UPDATE setting_rollout_value SET value = '', secret = true, sealed = $1
WHERE rollout_id = $2 AND side = $3 AND name = $4 AND idx = $5 AND NOT secret AND value = $6
;
-- name: SetScopeRollout :exec
UPDATE setting_scope SET rollout_id = $1 WHERE id = $2
;
-- name: SetSettingFreeze :execrows
INSERT INTO setting_freeze (one, reason, frozen_at, frozen_by) VALUES (1, $1, $2, $3) ON CONFLICT DO NOTHING
;
-- name: UpdateRollout :execrows
UPDATE setting_rollout SET state = $1, percent = $2, cut = $3, phones = $4, in_ring = $5,
    ring_at = $6, watch = $7, reason = $8, moved_at = $9, moved_by = $10,
    settings_version = $11, version = version + 1
WHERE id = $12 AND version = $13
;
-- name: WipeFormerRollouts :exec
UPDATE setting_rollout_value SET sealed = NULL WHERE setting_rollout_value.sealed IS NOT NULL AND setting_rollout_value.rollout_id IN (
    SELECT setting_rollout.id FROM setting_rollout WHERE setting_rollout.scope = $1 AND setting_rollout.state IN ('done', 'taken_back'))
  AND (setting_rollout_value.side = 'new' OR setting_rollout_value.rollout_id <> $2)
;
-- name: WipeRollout :exec
UPDATE setting_rollout_value SET sealed = NULL WHERE rollout_id = $1 AND sealed IS NOT NULL
;
-- name: DeleteSetting :exec
DELETE FROM setting WHERE scope = $1 AND name = $2 AND idx = $3
;
-- name: DeleteSettings :exec
DELETE FROM setting WHERE scope = $1
;
-- name: GetSettingSealed :one
SELECT sealed FROM setting WHERE scope = $1 AND name = $2 AND idx = $3
;
-- name: ListSettings :many
SELECT setting_scope.id, setting_scope.version, setting_scope.rollout_id, setting.name, setting.idx, setting.value, setting.sealed, setting.set_at, setting.set_by
FROM setting_scope LEFT JOIN setting ON setting.scope = setting_scope.id
WHERE setting_scope.id IN ($1, $2, $3, $4)
ORDER BY setting_scope.id, setting.name, setting.idx
;
-- name: OpenSettingNames :many
SELECT DISTINCT name FROM setting WHERE sealed IS NULL AND value <> '' AND name LIKE '%:%'
;
-- name: OpenSettingsOf :many
SELECT scope, idx, value FROM setting WHERE name = $1 AND sealed IS NULL AND value <> '' LIMIT CAST($2 AS bigint)
;
-- name: PutSetting :exec
INSERT INTO setting (scope, name, idx, value, sealed, set_at, set_by)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (scope, name, idx) DO UPDATE SET value = excluded.value, sealed = excluded.sealed, set_at = excluded.set_at, set_by = excluded.set_by
;
-- name: RaiseSettingScope :one
INSERT INTO setting_scope (id, platform_id, account_id, mac, version, changed_at)
VALUES ($1, $2, $3, $4, 1, $5)
ON CONFLICT (id) DO UPDATE SET version = setting_scope.version + 1, changed_at = excluded.changed_at
RETURNING version
;
-- name: SealSetting :exec
UPDATE setting SET value = '', sealed = $1
WHERE scope = $2 AND name = $3 AND idx = $4 AND sealed IS NULL AND value = $5
;
-- name: DropSubmissions :exec
DELETE FROM submission WHERE created_at <= $1
;
-- name: GetSubmission :one
SELECT asked_by, idempotency_key, body_hash, platform_id, account_id, token_id, existed, created_at FROM submission WHERE asked_by = $1 AND idempotency_key = $2
;
-- name: InsertSubmission :execrows
INSERT INTO submission (asked_by, idempotency_key, body_hash, platform_id, account_id, token_id, existed, created_at)
VALUES ($1, $2, $3, $4, $5,
    $6, $7, $8)
ON CONFLICT DO NOTHING
;
-- name: EndWordsDue :exec
DELETE FROM words_due WHERE platform_id = $1 AND operation_id = $2 AND saves = $3
;
-- name: GetWordsDue :one
SELECT after_mac, saves FROM words_due WHERE platform_id = $1 AND operation_id = $2
;
-- name: ListWordsLeft :many
SELECT platform_id, operation_id FROM words_due WHERE NOT EXISTS (
    SELECT 1 FROM operation o WHERE o.id = words_due.operation_id AND o.state NOT IN ('done', 'failed', 'needs_operator'))
;
-- name: MoveWordsDue :exec
UPDATE words_due SET after_mac = $1
WHERE platform_id = $2 AND operation_id = $3 AND after_mac = $4
;
-- name: OweWords :exec
INSERT INTO words_due (platform_id, operation_id, after_mac, saves, saving) VALUES ($1, $2, '', 1, true)
ON CONFLICT (platform_id, operation_id) DO UPDATE SET saves = words_due.saves + 1, saving = true
;
-- name: WordsOwed :exec
UPDATE words_due SET saving = false WHERE platform_id = $1 AND operation_id = $2