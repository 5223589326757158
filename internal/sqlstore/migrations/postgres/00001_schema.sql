-- +goose Up

-- The oldest schema whose programs still work with this one. Every migration
-- that such a program could not live with raises it.
CREATE TABLE schema_compat (
    one    bigint PRIMARY KEY CHECK (one = 1),
    oldest bigint NOT NULL
);
INSERT INTO schema_compat (one, oldest) VALUES (1, 1);

CREATE TABLE keyset (
    one        bigint PRIMARY KEY CHECK (one = 1),
    wrapped    bytea  NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE installation (
    one        bigint PRIMARY KEY CHECK (one = 1),
    name       text   NOT NULL CHECK (name <> ''),
    canary     bytea  NOT NULL,
    audit_key  bytea  NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
);

CREATE TABLE reseller (
    vendor text   PRIMARY KEY,
    sealed bytea  NOT NULL,
    set_at bigint NOT NULL
);

CREATE TABLE challenge (
    nonce      text   PRIMARY KEY,
    answer     text   NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE platform (
    id              text   COLLATE "C" PRIMARY KEY,
    slug            text   NOT NULL UNIQUE,
    name            text   NOT NULL,
    name_fold       text   COLLATE "C" NOT NULL,
    external_id     text   UNIQUE,
    url_template    text   NOT NULL,
    primary_account text,
    created_at      bigint NOT NULL,
    updated_at      bigint NOT NULL,
    version         bigint NOT NULL CHECK (version > 0)
);
CREATE INDEX platform_by_name ON platform (name_fold, id);

CREATE TABLE account (
    platform_id  text   COLLATE "C" NOT NULL REFERENCES platform (id),
    id           text   COLLATE "C" NOT NULL UNIQUE,
    slug         text   NOT NULL,
    name         text   NOT NULL,
    external_id  text,
    token_id     text,
    token_set_at bigint,
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    version      bigint NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, id),
    UNIQUE (platform_id, slug),
    UNIQUE (platform_id, external_id),
    CHECK ((token_id IS NULL) = (token_set_at IS NULL))
);
CREATE INDEX account_by_age ON account (platform_id, created_at, id);
ALTER TABLE platform ADD CONSTRAINT platform_primary FOREIGN KEY (id, primary_account)
    REFERENCES account (platform_id, id) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE account_token (
    platform_id text   COLLATE "C" NOT NULL,
    account_id  text   COLLATE "C" NOT NULL,
    id          text   NOT NULL,
    hash        text   NOT NULL UNIQUE,
    sealed      bytea  NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (platform_id, account_id, id),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id)
);
ALTER TABLE account ADD CONSTRAINT account_current_token FOREIGN KEY (platform_id, id, token_id)
    REFERENCES account_token (platform_id, account_id, id) DEFERRABLE INITIALLY DEFERRED;

-- active_state never changes: with it the foreign key says that the credential
-- which a link names is an active one, at every commit.
CREATE TABLE link (
    platform_id      text    COLLATE "C" NOT NULL REFERENCES platform (id),
    vendor           text    COLLATE "C" NOT NULL CHECK (vendor <> ''),
    state            text    NOT NULL CHECK (state IN ('not_configured', 'onboarding', 'configured', 'rotating', 'disabling', 'unknown', 'needs_attention')),
    nonce            text    NOT NULL,
    company_id       text    CHECK (company_id <> ''),
    company_name     text    NOT NULL,
    profiles         text    NOT NULL,
    next_credential  bigint  NOT NULL CHECK (next_credential > 0),
    active           bigint  CHECK (active < next_credential),
    active_state     text    NOT NULL DEFAULT 'active' CHECK (active_state = 'active'),
    set_at           bigint,
    set_by           text    NOT NULL,
    connected        boolean NOT NULL,
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    disabled_at      bigint,
    disabled_by      text    NOT NULL,
    unconfirmed      boolean NOT NULL,
    checked_at       bigint,
    error            text,
    updated_at       bigint  NOT NULL,
    version          bigint  NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, vendor),
    CHECK (active IS NULL OR state NOT IN ('not_configured', 'onboarding')),
    CHECK (active IS NOT NULL OR state <> 'configured')
);
CREATE UNIQUE INDEX link_company ON link (vendor, company_id) WHERE company_id IS NOT NULL;

CREATE TABLE credential (
    platform_id text   COLLATE "C" NOT NULL,
    vendor      text   COLLATE "C" NOT NULL,
    number      bigint NOT NULL CHECK (number > 0),
    state       text   NOT NULL CHECK (state IN ('planned', 'created', 'active', 'retiring', 'revoked', 'unknown', 'orphan')),
    label       text   NOT NULL,
    vendor_id   text   NOT NULL,
    sealed      bytea,
    deadline    bigint,
    created_at  bigint NOT NULL,
    verified_at bigint,
    revoked_at  bigint,
    PRIMARY KEY (platform_id, vendor, number),
    UNIQUE (platform_id, vendor, number, state),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) DEFERRABLE INITIALLY DEFERRED,
    CHECK (state <> 'active' OR (verified_at IS NOT NULL AND vendor_id <> '')),
    CHECK ((sealed IS NOT NULL) = (state IN ('created', 'active', 'retiring')))
);
CREATE UNIQUE INDEX credential_active ON credential (platform_id, vendor) WHERE state = 'active';
CREATE INDEX credential_loose ON credential (created_at) WHERE state IN ('orphan', 'retiring', 'unknown');
ALTER TABLE link ADD CONSTRAINT link_active FOREIGN KEY (platform_id, vendor, active, active_state)
    REFERENCES credential (platform_id, vendor, number, state) DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE endpoint (
    platform_id      text    COLLATE "C" NOT NULL REFERENCES platform (id),
    mac              text    COLLATE "C" NOT NULL CHECK (length(mac) = 17),
    vendor           text    COLLATE "C" NOT NULL CHECK (vendor <> ''),
    account_id       text    COLLATE "C",
    product_group    text    NOT NULL,
    name             text    NOT NULL,
    fold             text    NOT NULL,
    state            text    NOT NULL CHECK (state IN ('wanted', 'listed', 'paused', 'failed', 'released')),
    want_paused      boolean NOT NULL,
    paused_by        text    NOT NULL,
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    error            text,
    created_at       bigint  NOT NULL,
    confirmed_at     bigint,
    fetched_at       bigint,
    updated_at       bigint  NOT NULL,
    version          bigint  NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, mac),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id),
    CHECK (account_id IS NOT NULL OR state = 'released')
);
CREATE UNIQUE INDEX endpoint_holder ON endpoint (mac) WHERE state <> 'released';
CREATE INDEX endpoint_by_link ON endpoint (platform_id, vendor, state);
CREATE INDEX endpoint_by_account ON endpoint (platform_id, account_id);

-- due_at is when a worker may take the operation: its lease's end while it runs,
-- next_at while it waits.
CREATE TABLE operation (
    id              text    COLLATE "C" PRIMARY KEY,
    kind            text    NOT NULL CHECK (kind <> ''),
    platform_id     text    COLLATE "C" NOT NULL REFERENCES platform (id),
    vendor          text    COLLATE "C" NOT NULL,
    mac             text    NOT NULL,
    state           text    NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'unknown', 'done', 'failed', 'needs_operator')),
    steps           text    NOT NULL,
    holds_link      boolean NOT NULL,
    params          text    NOT NULL,
    data            text    NOT NULL,
    asked_by        text    NOT NULL,
    actor           text    NOT NULL,
    idempotency_key text    NOT NULL,
    body_hash       text    NOT NULL,
    waiting         text    NOT NULL,
    next_at         bigint,
    attempt         bigint  NOT NULL,
    error           text,
    owner           text    NOT NULL,
    lease_until     bigint,
    due_at          bigint,
    fence           bigint  NOT NULL,
    created_at      bigint  NOT NULL,
    started_at      bigint,
    finished_at     bigint,
    updated_at      bigint  NOT NULL,
    CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'failed', 'needs_operator'))),
    CHECK ((due_at IS NULL) = (state IN ('done', 'failed', 'needs_operator'))),
    CHECK ((lease_until IS NOT NULL) = (state = 'running')),
    CHECK ((owner <> '') = (state = 'running')),
    CHECK (next_at IS NOT NULL OR state NOT IN ('waiting', 'unknown'))
);
CREATE UNIQUE INDEX operation_link ON operation (platform_id, vendor)
    WHERE holds_link AND state NOT IN ('done', 'failed', 'needs_operator');
CREATE UNIQUE INDEX operation_endpoint ON operation (platform_id, vendor, mac)
    WHERE mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator');
CREATE UNIQUE INDEX operation_key ON operation (asked_by, idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX operation_due ON operation (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX operation_recent ON operation (created_at, id);
CREATE INDEX operation_by_link ON operation (platform_id, vendor, created_at, id);

-- The head row is locked by whoever appends, so that numbers have no gaps.
CREATE TABLE event_head (
    one  bigint PRIMARY KEY CHECK (one = 1),
    seq  bigint NOT NULL,
    hash text   NOT NULL
);
INSERT INTO event_head (one, seq, hash) VALUES (1, 0, '');

CREATE TABLE event (
    seq          bigint PRIMARY KEY,
    at           bigint NOT NULL,
    hash         text   NOT NULL UNIQUE,
    actor        text   NOT NULL,
    address      text   NOT NULL,
    action       text   NOT NULL CHECK (action <> ''),
    platform_id  text   NOT NULL,
    vendor       text   NOT NULL,
    target       text   NOT NULL,
    operation_id text   NOT NULL,
    outcome      text   NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    code         text   NOT NULL,
    detail       text   NOT NULL,
    request_id   text   NOT NULL,
    fold         text   NOT NULL
);
CREATE INDEX event_by_platform ON event (platform_id, seq);

-- +goose StatementBegin
CREATE FUNCTION event_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_stays();

CREATE TABLE person (
    name          text   COLLATE "C" PRIMARY KEY,
    role          text   NOT NULL CHECK (role IN ('super-admin', 'viewer')),
    password_hash text   NOT NULL,
    created_at    bigint NOT NULL,
    updated_at    bigint NOT NULL
);

CREATE TABLE session (
    hash       text   PRIMARY KEY,
    person     text   NOT NULL,
    data       bytea  NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE api_token (
    name       text   COLLATE "C" PRIMARY KEY,
    hash       text   NOT NULL UNIQUE,
    role       text   NOT NULL CHECK (role IN ('super-admin', 'viewer')),
    created_at bigint NOT NULL,
    expires_at bigint,
    used_at    bigint
);
