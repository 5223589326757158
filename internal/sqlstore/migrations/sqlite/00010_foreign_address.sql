-- +goose Up

-- proof is what the last comparison of a company with ours has found, and
-- foreign_addresses how many of the addresses found are not put right yet.
ALTER TABLE link ADD COLUMN proof text;
ALTER TABLE link ADD COLUMN foreign_addresses integer NOT NULL DEFAULT 0 CHECK (foreign_addresses >= 0);

-- A phone or a profile at the vendor whose address is not ours: target is the MAC or
-- the vendor's id of the profile, host where it leads. A comparison writes its list
-- under its operation while it goes on; the link's proof names the one that counts.
CREATE TABLE foreign_address (
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    operation_id text    NOT NULL,
    target       text    NOT NULL CHECK (target <> ''),
    what         text    NOT NULL CHECK (what IN ('phone', 'profile', 'foreign_profile')),
    host         text    NOT NULL,
    found_at     integer NOT NULL,
    PRIMARY KEY (platform_id, vendor, operation_id, target),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) ON DELETE CASCADE
) STRICT;
CREATE INDEX foreign_address_by_target ON foreign_address (platform_id, vendor, target);
