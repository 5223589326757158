-- +goose Up

-- What has changed of what phones get, for processes that have it in memory: see
-- ztp.PhoneFeedStore. what is the id that the thing has, or would have, in setting_scope.
-- tx is in the order of commits. Triggers write it, whichever program changes something,
-- and rows go after a while. Whatever else comes to decide what a phone gets has to be
-- told here too.
CREATE TABLE phone_change (
    tx   integer PRIMARY KEY AUTOINCREMENT,
    what text    NOT NULL,
    at   integer NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS integer))
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER endpoint_told_new AFTER INSERT ON endpoint
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER endpoint_told_gone AFTER DELETE ON endpoint
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || OLD.platform_id || '/' || OLD.mac);
END;
-- +goose StatementEnd
-- When it last fetched decides nothing, but whether it ever has does.
-- +goose StatementBegin
CREATE TRIGGER endpoint_told AFTER UPDATE ON endpoint
WHEN (NEW.state = 'released') <> (OLD.state = 'released') OR NEW.account_id IS NOT OLD.account_id OR NEW.vendor <> OLD.vendor
    OR NEW.product_group <> OLD.product_group OR NEW.name <> OLD.name OR NEW.model <> OLD.model OR NEW.serial <> OLD.serial
    OR NEW.address_template <> OLD.address_template OR NEW.device_token_hash <> OLD.device_token_hash OR NEW.plain_url <> OLD.plain_url
    OR NEW.created_at <> OLD.created_at OR NEW.expected_at IS NOT OLD.expected_at OR (NEW.fetched_at IS NULL) <> (OLD.fetched_at IS NULL)
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER phone_contact_told_new AFTER INSERT ON phone_contact
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER phone_contact_told_gone AFTER DELETE ON phone_contact
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || OLD.platform_id || '/' || OLD.mac);
END;
-- +goose StatementEnd
-- A value that is sealed again stays the same one.
-- +goose StatementBegin
CREATE TRIGGER phone_contact_told AFTER UPDATE ON phone_contact WHEN NEW.version <> OLD.version
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER setting_scope_told_new AFTER INSERT ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER setting_scope_told AFTER UPDATE ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER setting_scope_told_gone AFTER DELETE ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (OLD.id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER account_told AFTER UPDATE ON account WHEN NEW.token_id IS NOT OLD.token_id OR NEW.slug <> OLD.slug
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || NEW.platform_id || '/' || NEW.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER account_told_gone AFTER DELETE ON account
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || OLD.platform_id || '/' || OLD.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER account_token_told_new AFTER INSERT ON account_token
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || NEW.platform_id || '/' || NEW.account_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER account_token_told_gone AFTER DELETE ON account_token
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || OLD.platform_id || '/' || OLD.account_id);
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER platform_told AFTER UPDATE ON platform
WHEN NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS NOT OLD.home_since
BEGIN
    INSERT INTO phone_change (what) VALUES ('platform/' || NEW.id);
END;
-- +goose StatementEnd
