-- +goose Up

-- Telling phones of a platform by SIP to look for their settings again. spread and the
-- times are milliseconds; trouble is what keeps it from going on. mac is set when it is for
-- one phone, account_id when it is for an account's.
CREATE TABLE resync (
    id          text COLLATE "C" PRIMARY KEY,
    platform_id text COLLATE "C" NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    account_id  text COLLATE "C" NOT NULL,
    mac         text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL CHECK (state IN ('running', 'done', 'cancelled')),
    reboot      boolean NOT NULL,
    spread      bigint NOT NULL CHECK (spread >= 0),
    ends_at     bigint NOT NULL,
    trouble     text COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL,
    created_by  text COLLATE "C" NOT NULL,
    finished_at bigint,
    finished_by text COLLATE "C" NOT NULL,
    CHECK ((finished_at IS NULL) = (state = 'running'))
);
CREATE INDEX resync_by_platform ON resync (platform_id, created_at, id);
CREATE INDEX resync_by_age ON resync (created_at, id);
CREATE INDEX resync_open ON resync (created_at) WHERE state = 'running';

-- The phones of it. status is that of the SIP answer; target the address that was told.
CREATE TABLE resync_item (
    resync_id   text COLLATE "C" NOT NULL REFERENCES resync (id) ON DELETE CASCADE,
    mac         text COLLATE "C" NOT NULL,
    platform_id text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'sending', 'told', 'came', 'not_registered', 'no_answer', 'refused', 'unsent', 'left_out', 'cancelled')),
    left_out    text COLLATE "C" NOT NULL CHECK ((left_out <> '') = (state = 'left_out')),
    due_at      bigint,
    tries       bigint NOT NULL CHECK (tries >= 0),
    target      text COLLATE "C" NOT NULL,
    status      bigint NOT NULL,
    note        text COLLATE "C" NOT NULL,
    sent_at     bigint,
    ended_at    bigint,
    PRIMARY KEY (resync_id, mac),
    CHECK (state NOT IN ('queued', 'sending') OR due_at IS NOT NULL),
    CHECK (state <> 'sending' OR sent_at IS NOT NULL)
);
CREATE INDEX resync_item_due ON resync_item (due_at) WHERE state = 'queued';
CREATE INDEX resync_item_sending ON resync_item (sent_at) WHERE state = 'sending';
CREATE INDEX resync_item_by_state ON resync_item (resync_id, state, mac);
CREATE INDEX resync_item_by_phone ON resync_item (platform_id, mac);
