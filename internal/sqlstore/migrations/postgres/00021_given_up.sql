-- +goose Up

-- A phone that is given up for good, and not moved, leaves nothing behind on other platforms
-- either: who registers it next is somebody else, whose URL nobody learns by one of before.
-- That a phone is on its way to a platform which gives it up means that its move is taken back.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION end_phone_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM phone_contact WHERE platform_id = NEW.platform_id AND mac = NEW.mac AND (NEW.moved_to = '' OR OLD.device_token_hash = '');
    IF NEW.moved_to = '' THEN
        DELETE FROM phone_contact WHERE mac = NEW.mac AND platform_id <> NEW.platform_id
            AND NOT EXISTS (SELECT 1 FROM endpoint WHERE endpoint.mac = NEW.mac AND endpoint.moved_to = NEW.platform_id);
    END IF;
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
