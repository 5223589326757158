-- +goose Up

-- The provisioning URL, without its tokens, that was last proven for the platform and has gone
-- to a vendor since: the address_template of a link. Phones of which no vendor has confirmed
-- one are told this, and new ones are registered with it, until another one is proven. Triggers
-- write it, whichever program writes the link.
ALTER TABLE platform ADD COLUMN proven_template text NOT NULL DEFAULT '';
UPDATE platform SET proven_template = COALESCE((SELECT address_template FROM link
    WHERE link.platform_id = platform.id AND address_template <> '' ORDER BY vendor LIMIT 1), '');
-- +goose StatementBegin
CREATE FUNCTION prove_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE platform SET proven_template = NEW.address_template WHERE id = NEW.platform_id;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER link_address_new AFTER INSERT ON link FOR EACH ROW
    WHEN (NEW.address_template <> '') EXECUTE FUNCTION prove_template();
CREATE TRIGGER link_address_written AFTER UPDATE ON link FOR EACH ROW
    WHEN (NEW.address_template <> '' AND NEW.address_template <> OLD.address_template) EXECUTE FUNCTION prove_template();

DROP TRIGGER platform_told ON platform;
CREATE TRIGGER platform_told AFTER UPDATE ON platform FOR EACH ROW
    WHEN (NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS DISTINCT FROM OLD.home_since
        OR NEW.phone_proof <> OLD.phone_proof OR NEW.proven_template <> OLD.proven_template)
    EXECUTE FUNCTION tell_platform();
