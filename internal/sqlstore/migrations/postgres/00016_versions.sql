-- +goose Up

-- A change of settings that touches many phones: what it says stands in
-- setting_rollout_value, and goes to the phones of a ring, whose place is at most cut, until
-- it is done and everybody's. watch is what is seen in the ring, as JSON.
CREATE TABLE setting_rollout (
    id               text   COLLATE "C" PRIMARY KEY,
    scope            text   COLLATE "C" NOT NULL REFERENCES setting_scope (id) ON DELETE CASCADE,
    state            text   COLLATE "C" NOT NULL CHECK (state IN ('proposed', 'running', 'stopped', 'done', 'taken_back')),
    percent          bigint NOT NULL CHECK (percent BETWEEN 0 AND 100),
    cut              bigint NOT NULL,
    phones           bigint NOT NULL CHECK (phones >= 0),
    in_ring          bigint NOT NULL CHECK (in_ring >= 0),
    ring_at          bigint,
    watch            text   COLLATE "C" NOT NULL,
    reason           text   COLLATE "C" NOT NULL,
    proposed_at      bigint NOT NULL,
    proposed_by      text   COLLATE "C" NOT NULL,
    moved_at         bigint NOT NULL,
    moved_by         text   COLLATE "C" NOT NULL,
    settings_version bigint NOT NULL,
    version          bigint NOT NULL CHECK (version > 0),
    CHECK (state <> 'proposed' OR percent = 0)
);
CREATE UNIQUE INDEX setting_rollout_open ON setting_rollout (scope) WHERE state IN ('proposed', 'running', 'stopped');
CREATE INDEX setting_rollout_by_scope ON setting_rollout (scope, proposed_at, id);
CREATE INDEX setting_rollout_by_age ON setting_rollout (proposed_at, id);

-- What it says ('new'), and once it is done what stood there before ('former'). unset: no
-- value. A secret has sealed as long as the value may still be needed.
CREATE TABLE setting_rollout_value (
    rollout_id text   COLLATE "C" NOT NULL REFERENCES setting_rollout (id) ON DELETE CASCADE,
    scope      text   COLLATE "C" NOT NULL,
    side       text   COLLATE "C" NOT NULL CHECK (side IN ('new', 'former')),
    name       text   COLLATE "C" NOT NULL CHECK (name <> ''),
    idx        bigint NOT NULL CHECK (idx >= 0),
    unset      boolean NOT NULL,
    secret     boolean NOT NULL,
    value      text   COLLATE "C" NOT NULL CHECK (value = '' OR (NOT secret AND NOT unset)),
    sealed     bytea   CHECK (sealed IS NULL OR (secret AND NOT unset)),
    set_at     bigint NOT NULL,
    set_by     text   COLLATE "C" NOT NULL,
    PRIMARY KEY (rollout_id, side, name, idx)
);

-- The one that has begun in the scope and is neither done nor taken back, if any.
ALTER TABLE setting_scope ADD COLUMN rollout_id text COLLATE "C";

-- While there is a row, no change of settings goes out.
CREATE TABLE setting_freeze (
    one       bigint PRIMARY KEY CHECK (one = 1),
    reason    text   COLLATE "C" NOT NULL,
    frozen_at bigint NOT NULL,
    frozen_by text   COLLATE "C" NOT NULL
);
