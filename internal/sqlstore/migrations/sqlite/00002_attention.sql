-- +goose Up

-- attention repeats what the link's state and error say, so that every page can
-- count what needs somebody without reading all links.
ALTER TABLE link ADD COLUMN attention integer NOT NULL DEFAULT 0 CHECK (attention IN (0, 1));
UPDATE link SET attention = TRUE
WHERE state IN ('needs_attention', 'unknown') OR error LIKE '%"code":"foreign_key_found"%';
CREATE INDEX link_attention ON link (vendor) WHERE attention;
