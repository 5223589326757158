-- +goose Up

-- The provisioning URL, without its tokens, that was last proven for the platform and has gone
-- to a vendor since: the address_template of a link. Phones of which no vendor has confirmed
-- one are told this, and new ones are registered with it, until another one is proven. Triggers
-- write it, whichever program writes the link.
ALTER TABLE platform ADD COLUMN proven_template text NOT NULL DEFAULT '';
UPDATE platform SET proven_template = COALESCE((SELECT address_template FROM link
    WHERE link.platform_id = platform.id AND address_template <> '' ORDER BY vendor LIMIT 1), '');
-- +goose StatementBegin
CREATE TRIGGER link_address_new AFTER INSERT ON link WHEN NEW.address_template <> ''
BEGIN
    UPDATE platform SET proven_template = NEW.address_template WHERE id = NEW.platform_id;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER link_address_written AFTER UPDATE ON link WHEN NEW.address_template <> '' AND NEW.address_template <> OLD.address_template
BEGIN
    UPDATE platform SET proven_template = NEW.address_template WHERE id = NEW.platform_id;
END;
-- +goose StatementEnd

DROP TRIGGER platform_told;
-- +goose StatementBegin
CREATE TRIGGER platform_told AFTER UPDATE ON platform
WHEN NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS NOT OLD.home_since OR NEW.phone_proof <> OLD.phone_proof
    OR NEW.proven_template <> OLD.proven_template
BEGIN
    INSERT INTO phone_change (what) VALUES ('platform/' || NEW.id);
END;
-- +goose StatementEnd
