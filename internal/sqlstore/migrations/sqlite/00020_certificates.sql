-- +goose Up

-- What a phone whose model has a device certificate has to show: that, or less.
ALTER TABLE platform ADD COLUMN phone_proof text NOT NULL DEFAULT 'certificate' CHECK (phone_proof IN ('certificate', 'token'));
DROP TRIGGER platform_told;
-- +goose StatementBegin
CREATE TRIGGER platform_told AFTER UPDATE ON platform
WHEN NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS NOT OLD.home_since OR NEW.phone_proof <> OLD.phone_proof
BEGIN
    INSERT INTO phone_change (what) VALUES ('platform/' || NEW.id);
END;
-- +goose StatementEnd

-- The phone was last served without the certificate that was to be expected of it.
ALTER TABLE phone_contact ADD COLUMN less integer NOT NULL DEFAULT 0 CHECK (less IN (0, 1));
CREATE INDEX phone_contact_less ON phone_contact (platform_id) WHERE less;

-- The URLs that were the phone's before it was moved: an account and a device token's
-- hash a line. By them it is told its present one, until it has come by that.
ALTER TABLE phone_contact ADD COLUMN former text NOT NULL DEFAULT '';
-- +goose StatementBegin
CREATE TRIGGER phone_contact_moved AFTER UPDATE OF account_id ON endpoint
WHEN NEW.account_id <> OLD.account_id AND NEW.device_token_hash <> '' AND NEW.device_token_hash = OLD.device_token_hash
    AND NEW.state <> 'released' AND OLD.state <> 'released'
BEGIN
    INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
        previous_hash, waiting, waiting_network, waiting_agent, former, version)
    VALUES (NEW.platform_id, NEW.mac, NEW.device_token_hash, '', '', '', '', '', '', '', '', '', '', '', 1)
    ON CONFLICT DO NOTHING;
    UPDATE phone_contact SET former = former || OLD.account_id || ' ' || OLD.device_token_hash || char(10), version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
-- +goose StatementEnd
DROP TRIGGER phone_contact_ended;
-- +goose StatementBegin
CREATE TRIGGER phone_contact_ended AFTER UPDATE OF state ON endpoint WHEN NEW.state = 'released' AND OLD.state <> 'released'
BEGIN
    DELETE FROM phone_contact WHERE platform_id = NEW.platform_id AND mac = NEW.mac AND (NEW.moved_to = '' OR OLD.device_token_hash = '');
    INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
        previous_hash, waiting, waiting_network, waiting_agent, former, version)
    SELECT NEW.platform_id, NEW.mac, OLD.device_token_hash, '', '', '', '', '', '', '', '', '', '', '', 1
    WHERE NEW.moved_to <> '' AND OLD.device_token_hash <> '' AND OLD.account_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    UPDATE phone_contact SET password = NULL, password_hash = '', previous_hash = '', alarmed_at = NULL, less = false,
        waiting = '', waiting_since = NULL, waiting_at = NULL, waiting_network = '', waiting_agent = '',
        former = former || COALESCE(OLD.account_id || ' ' || OLD.device_token_hash || char(10), ''), version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
-- +goose StatementEnd
