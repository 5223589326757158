-- +goose Up

-- A change of settings that touches many phones: what it says stands in
-- setting_rollout_value, and goes to the phones of a ring, whose place is at most cut, until
-- it is done and everybody's. watch is what is seen in the ring, as JSON.
CREATE TABLE setting_rollout (
    id               text    PRIMARY KEY,
    scope            text    NOT NULL REFERENCES setting_scope (id) ON DELETE CASCADE,
    state            text    NOT NULL CHECK (state IN ('proposed', 'running', 'stopped', 'done', 'taken_back')),
    percent          integer NOT NULL CHECK (percent BETWEEN 0 AND 100),
    cut              integer NOT NULL,
    phones           integer NOT NULL CHECK (phones >= 0),
    in_ring          integer NOT NULL CHECK (in_ring >= 0),
    ring_at          integer,
    watch            text    NOT NULL,
    reason           text    NOT NULL,
    proposed_at      integer NOT NULL,
    proposed_by      text    NOT NULL,
    moved_at         integer NOT NULL,
    moved_by         text    NOT NULL,
    settings_version integer NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    CHECK (state <> 'proposed' OR percent = 0)
) STRICT;
CREATE UNIQUE INDEX setting_rollout_open ON setting_rollout (scope) WHERE state IN ('proposed', 'running', 'stopped');
CREATE INDEX setting_rollout_by_scope ON setting_rollout (scope, proposed_at, id);
CREATE INDEX setting_rollout_by_age ON setting_rollout (proposed_at, id);

-- What it says ('new'), and once it is done what stood there before ('former'). unset: no
-- value. A secret has sealed as long as the value may still be needed.
CREATE TABLE setting_rollout_value (
    rollout_id text    NOT NULL REFERENCES setting_rollout (id) ON DELETE CASCADE,
    scope      text    NOT NULL,
    side       text    NOT NULL CHECK (side IN ('new', 'former')),
    name       text    NOT NULL CHECK (name <> ''),
    idx        integer NOT NULL CHECK (idx >= 0),
    unset      integer NOT NULL CHECK (unset IN (0, 1)),
    secret     integer NOT NULL CHECK (secret IN (0, 1)),
    value      text    NOT NULL CHECK (value = '' OR (NOT secret AND NOT unset)),
    sealed     blob    CHECK (sealed IS NULL OR (secret AND NOT unset)),
    set_at     integer NOT NULL,
    set_by     text    NOT NULL,
    PRIMARY KEY (rollout_id, side, name, idx)
) STRICT;

-- The one that has begun in the scope and is neither done nor taken back, if any.
ALTER TABLE setting_scope ADD COLUMN rollout_id text;

-- While there is a row, no change of settings goes out.
CREATE TABLE setting_freeze (
    one       integer PRIMARY KEY CHECK (one = 1),
    reason    text    NOT NULL,
    frozen_at integer NOT NULL,
    frozen_by text    NOT NULL
) STRICT;
