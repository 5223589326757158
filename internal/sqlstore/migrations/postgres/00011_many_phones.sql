-- +goose Up

-- What a phone is, what it has told us and where it comes from. pin is sealed, and so
-- is device_token, the part of its own URL at the vendor that nobody can guess;
-- device_token_hash finds it. sip_registered is what the voice service said last, null
-- while it has said nothing. replaces and replaced_by are MACs of the same platform.
-- moved_to is the platform that a move under way brings the phone to. found: taken over
-- from the vendor with an address that zerotouch has never written.
ALTER TABLE endpoint ADD COLUMN model text NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN serial text NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN pin bytea;
ALTER TABLE endpoint ADD COLUMN device_token_hash text NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN device_token bytea CHECK ((device_token IS NOT NULL) = (device_token_hash <> ''));
ALTER TABLE endpoint ADD COLUMN first_fetched_at bigint;
ALTER TABLE endpoint ADD COLUMN sip_registered boolean;
ALTER TABLE endpoint ADD COLUMN sip_at bigint CHECK ((sip_at IS NOT NULL) = (sip_registered IS NOT NULL));
ALTER TABLE endpoint ADD COLUMN replaces text NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN replaced_by text NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN moved_to text NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN found boolean NOT NULL DEFAULT false;

-- Operations for many phones of one link run one after the other.
CREATE UNIQUE INDEX operation_many ON operation (platform_id, vendor)
    WHERE kind IN ('import', 'sync', 'bulk') AND state NOT IN ('done', 'failed', 'needs_operator');

-- The phones that an operation for many brings to what their rows say (write) or gives
-- up (release). sent: the call may have gone out, and takes effect by the deadline at
-- the latest. written: the vendor took it, and is to confirm it. line is the row of the
-- file that it comes from.
CREATE TABLE operation_item (
    operation_id text    NOT NULL,
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    mac          text    NOT NULL CHECK (length(mac) = 17),
    action       text    NOT NULL CHECK (action IN ('write', 'release')),
    state        text    NOT NULL CHECK (state IN ('queued', 'sent', 'written', 'done', 'failed', 'cancelled')),
    deadline     bigint,
    line         bigint  NOT NULL CHECK (line >= 0),
    error        text,
    updated_at   bigint  NOT NULL,
    PRIMARY KEY (operation_id, mac),
    FOREIGN KEY (operation_id, platform_id, vendor) REFERENCES operation (id, platform_id, vendor) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    CHECK (deadline IS NOT NULL OR state <> 'sent')
);
CREATE INDEX operation_item_state ON operation_item (operation_id, state, mac);
CREATE INDEX operation_item_line ON operation_item (operation_id, line);

-- plain_url: the phone has fetched at an address without its device token, from before it
-- had one, and not at its own since. That address stays served until it has.
ALTER TABLE endpoint ADD COLUMN plain_url boolean NOT NULL DEFAULT false;
