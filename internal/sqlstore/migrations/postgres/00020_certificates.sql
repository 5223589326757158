-- +goose Up

-- What a phone whose model has a device certificate has to show: that, or less.
ALTER TABLE platform ADD COLUMN phone_proof text NOT NULL DEFAULT 'certificate' CHECK (phone_proof IN ('certificate', 'token'));
DROP TRIGGER platform_told ON platform;
CREATE TRIGGER platform_told AFTER UPDATE ON platform FOR EACH ROW
    WHEN (NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS DISTINCT FROM OLD.home_since
        OR NEW.phone_proof <> OLD.phone_proof)
    EXECUTE FUNCTION tell_platform();

-- The phone was last served without the certificate that was to be expected of it.
ALTER TABLE phone_contact ADD COLUMN less boolean NOT NULL DEFAULT false;
CREATE INDEX phone_contact_less ON phone_contact (platform_id) WHERE less;

-- The URLs that were the phone's before it was moved: an account and a device token's
-- hash a line. By them it is told its present one, until it has come by that.
ALTER TABLE phone_contact ADD COLUMN former text NOT NULL DEFAULT '';
-- +goose StatementBegin
CREATE FUNCTION move_phone_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
        previous_hash, waiting, waiting_network, waiting_agent, former, version)
    VALUES (NEW.platform_id, NEW.mac, NEW.device_token_hash, '', '', '', '', '', '', '', '', '', '', '', 1)
    ON CONFLICT DO NOTHING;
    UPDATE phone_contact SET former = former || OLD.account_id || ' ' || OLD.device_token_hash || chr(10), version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
    RETURN NULL;
END $$;
CREATE TRIGGER phone_contact_moved AFTER UPDATE OF account_id ON endpoint
    FOR EACH ROW WHEN (NEW.account_id <> OLD.account_id AND NEW.device_token_hash <> '' AND NEW.device_token_hash = OLD.device_token_hash
        AND NEW.state <> 'released' AND OLD.state <> 'released') EXECUTE FUNCTION move_phone_contact();
CREATE OR REPLACE FUNCTION end_phone_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM phone_contact WHERE platform_id = NEW.platform_id AND mac = NEW.mac AND (NEW.moved_to = '' OR OLD.device_token_hash = '');
    IF NEW.moved_to <> '' AND OLD.device_token_hash <> '' AND OLD.account_id IS NOT NULL THEN
        INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
            previous_hash, waiting, waiting_network, waiting_agent, former, version)
        VALUES (NEW.platform_id, NEW.mac, OLD.device_token_hash, '', '', '', '', '', '', '', '', '', '', '', 1)
        ON CONFLICT DO NOTHING;
    END IF;
    UPDATE phone_contact SET password = NULL, password_hash = '', previous_hash = '', alarmed_at = NULL, less = false,
        waiting = '', waiting_since = NULL, waiting_at = NULL, waiting_network = '', waiting_agent = '',
        former = former || COALESCE(OLD.account_id || ' ' || OLD.device_token_hash || chr(10), ''), version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
    RETURN NULL;
END $$;
-- +goose StatementEnd
