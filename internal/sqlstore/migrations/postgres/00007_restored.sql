-- +goose Up

-- restored_at is set while the link comes from a backup and is not proven yet.
-- later_keys are keys at the vendor with our label and a number that was given
-- after the backup: they are named, and touched by nobody but a person.
ALTER TABLE link ADD COLUMN restored_at bigint;
ALTER TABLE link ADD COLUMN later_keys text NOT NULL DEFAULT '[]';

-- home is where the database was when this program last worked on it, as far as
-- the engine can tell; a dump that was read back is somewhere else.
ALTER TABLE installation ADD COLUMN home text NOT NULL DEFAULT '';

-- A row means that nothing is changed at the vendor, '' for all vendors.
CREATE TABLE writes_off (
    vendor text    PRIMARY KEY,
    reason text    NOT NULL CHECK (reason IN ('switched_off', 'another_copy')),
    detail text    NOT NULL,
    since  bigint NOT NULL,
    set_by text    NOT NULL,
    CHECK ((vendor = '') = (reason = 'switched_off'))
);
