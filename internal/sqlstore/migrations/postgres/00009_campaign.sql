-- +goose Up

-- A run of the same operation over many platforms of one vendor. Of each vendor one
-- is open at a time. cost is how many vendor calls one operation counts as.
CREATE TABLE campaign (
    id              text    PRIMARY KEY,
    kind            text    NOT NULL CHECK (kind IN ('onboard', 'rotate', 'adopt')),
    vendor          text    NOT NULL CHECK (vendor <> ''),
    state           text    NOT NULL CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
    budget          double precision NOT NULL CHECK (budget > 0),
    cost            bigint NOT NULL CHECK (cost > 0),
    older_than      bigint NOT NULL,
    asked_by        text    NOT NULL,
    actor           text    NOT NULL,
    idempotency_key text    NOT NULL,
    body_hash       text    NOT NULL,
    reason          text    NOT NULL,
    problem         text,
    next_at         bigint NOT NULL,
    in_row          bigint NOT NULL,
    ended           bigint NOT NULL,
    failed          bigint NOT NULL,
    left_companies  text    NOT NULL,
    created_at      bigint NOT NULL,
    started_at      bigint,
    finished_at     bigint,
    updated_at      bigint NOT NULL,
    version         bigint NOT NULL CHECK (version > 0),
    UNIQUE (id, vendor),
    CHECK (finished_at IS NULL OR state IN ('done', 'cancelled')),
    CHECK (finished_at IS NOT NULL OR state <> 'done')
);
CREATE UNIQUE INDEX campaign_open ON campaign (vendor) WHERE finished_at IS NULL;
CREATE UNIQUE INDEX campaign_key ON campaign (asked_by, idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX campaign_recent ON campaign (created_at, id);

-- The operation of an item is one of the same platform at the same vendor.
CREATE UNIQUE INDEX operation_tenant ON operation (id, platform_id, vendor);

-- sealed is a pasted key that waits to be used.
CREATE TABLE campaign_item (
    campaign_id  text    NOT NULL,
    platform_id  text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    vendor       text    NOT NULL,
    position     bigint NOT NULL,
    state        text    NOT NULL CHECK (state IN ('pending', 'running', 'done', 'already', 'failed', 'needs_operator', 'skipped', 'cancelled')),
    operation_id text,
    attempt      bigint NOT NULL,
    company_id   text    NOT NULL,
    key_id       text    NOT NULL,
    sealed       bytea,
    note         text    NOT NULL,
    problem      text,
    started_at   bigint,
    finished_at  bigint,
    PRIMARY KEY (campaign_id, platform_id, vendor),
    UNIQUE (campaign_id, position),
    FOREIGN KEY (campaign_id, vendor) REFERENCES campaign (id, vendor),
    FOREIGN KEY (operation_id, platform_id, vendor) REFERENCES operation (id, platform_id, vendor) DEFERRABLE INITIALLY DEFERRED,
    CHECK (sealed IS NULL OR state IN ('pending', 'running')),
    CHECK (key_id <> '' OR sealed IS NULL),
    CHECK (operation_id IS NOT NULL OR state NOT IN ('done', 'needs_operator')),
    CHECK ((finished_at IS NULL) = (state IN ('pending', 'running')))
);
CREATE INDEX campaign_item_open ON campaign_item (campaign_id, position) WHERE state IN ('pending', 'running');
CREATE INDEX campaign_item_platform ON campaign_item (platform_id);
