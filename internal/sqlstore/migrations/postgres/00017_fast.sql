-- +goose Up

-- What has changed of what phones get, for processes that have it in memory: see
-- ztp.PhoneFeedStore. what is the id that the thing has, or would have, in setting_scope.
-- tx is the transaction: those before the oldest one that is open have all ended. Triggers
-- write it, whichever program changes something, and rows go after a while. Whatever else
-- comes to decide what a phone gets has to be told here too.
CREATE TABLE phone_change (
    tx   bigint NOT NULL DEFAULT CAST(CAST(pg_current_xact_id() AS text) AS bigint),
    what text   COLLATE "C" NOT NULL,
    at   bigint NOT NULL DEFAULT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)
);
CREATE INDEX phone_change_by_tx ON phone_change (tx);

-- +goose StatementBegin
CREATE FUNCTION endpoints_told_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phone_change (what) SELECT 'endpoint/' || platform_id || '/' || mac FROM fresh;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER endpoints_told_new AFTER INSERT ON endpoint REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION endpoints_told_new();

-- +goose StatementBegin
CREATE FUNCTION tell_endpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || COALESCE(NEW.platform_id, OLD.platform_id) || '/' || COALESCE(NEW.mac, OLD.mac));
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER endpoint_told_gone AFTER DELETE ON endpoint FOR EACH ROW EXECUTE FUNCTION tell_endpoint();
-- When it last fetched decides nothing, but whether it ever has does.
CREATE TRIGGER endpoint_told AFTER UPDATE ON endpoint FOR EACH ROW
    WHEN ((NEW.state = 'released') <> (OLD.state = 'released') OR NEW.account_id IS DISTINCT FROM OLD.account_id OR NEW.vendor <> OLD.vendor
        OR NEW.product_group <> OLD.product_group OR NEW.name <> OLD.name OR NEW.model <> OLD.model OR NEW.serial <> OLD.serial
        OR NEW.address_template <> OLD.address_template OR NEW.device_token_hash <> OLD.device_token_hash OR NEW.plain_url <> OLD.plain_url
        OR NEW.created_at <> OLD.created_at OR NEW.expected_at IS DISTINCT FROM OLD.expected_at OR (NEW.fetched_at IS NULL) <> (OLD.fetched_at IS NULL))
    EXECUTE FUNCTION tell_endpoint();

CREATE TRIGGER phone_contact_told_new AFTER INSERT OR DELETE ON phone_contact FOR EACH ROW EXECUTE FUNCTION tell_endpoint();
-- A value that is sealed again stays the same one.
CREATE TRIGGER phone_contact_told AFTER UPDATE ON phone_contact FOR EACH ROW
    WHEN (NEW.version <> OLD.version) EXECUTE FUNCTION tell_endpoint();

-- +goose StatementBegin
CREATE FUNCTION tell_setting_scope() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phone_change (what) VALUES (COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER setting_scope_told AFTER INSERT OR UPDATE OR DELETE ON setting_scope FOR EACH ROW EXECUTE FUNCTION tell_setting_scope();

-- +goose StatementBegin
CREATE FUNCTION tell_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || COALESCE(NEW.platform_id, OLD.platform_id) || '/' || COALESCE(NEW.id, OLD.id));
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER account_told AFTER UPDATE ON account FOR EACH ROW
    WHEN (NEW.token_id IS DISTINCT FROM OLD.token_id OR NEW.slug <> OLD.slug) EXECUTE FUNCTION tell_account();
CREATE TRIGGER account_told_gone AFTER DELETE ON account FOR EACH ROW EXECUTE FUNCTION tell_account();
-- +goose StatementBegin
CREATE FUNCTION tell_account_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || COALESCE(NEW.platform_id, OLD.platform_id) || '/' || COALESCE(NEW.account_id, OLD.account_id));
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER account_token_told AFTER INSERT OR DELETE ON account_token FOR EACH ROW EXECUTE FUNCTION tell_account_token();

-- +goose StatementBegin
CREATE FUNCTION tell_platform() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phone_change (what) VALUES ('platform/' || NEW.id);
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER platform_told AFTER UPDATE ON platform FOR EACH ROW
    WHEN (NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS DISTINCT FROM OLD.home_since)
    EXECUTE FUNCTION tell_platform();
