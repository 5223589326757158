-- What serving these phones takes that have come before, but for their settings; by the
-- account's latest token, and by the one that they were last served by.
-- name: PhonesInService :many
SELECT sqlc.embed(endpoint), sqlc.embed(phone_contact), sqlc.embed(account), sqlc.embed(platform),
    latest.hash AS latest_hash, latest.sealed AS latest_sealed, COALESCE(used.hash, '') AS used_hash
FROM endpoint
JOIN phone_contact ON phone_contact.mac = endpoint.mac
JOIN account ON account.platform_id = endpoint.platform_id AND account.id = endpoint.account_id
JOIN account_token AS latest ON latest.platform_id = account.platform_id AND latest.account_id = account.id AND latest.id = account.token_id
JOIN platform ON platform.id = endpoint.platform_id
LEFT JOIN account_token AS used ON used.platform_id = phone_contact.platform_id AND used.account_id = phone_contact.account_id AND used.id = phone_contact.token_id
WHERE endpoint.mac IN (/*each of*/ sqlc.arg(macs)) AND endpoint.state <> 'released'
ORDER BY endpoint.mac, phone_contact.platform_id;

-- ListSettings of any number of scopes.
-- name: ListSettingsOf :many
SELECT setting_scope.id, setting_scope.version, setting_scope.rollout_id, setting.name, setting.idx, setting.value, setting.sealed, setting.set_at, setting.set_by
FROM setting_scope LEFT JOIN setting ON setting.scope = setting_scope.id
WHERE setting_scope.id IN (/*each of*/ sqlc.arg(ids))
ORDER BY setting_scope.id, setting.name, setting.idx;
