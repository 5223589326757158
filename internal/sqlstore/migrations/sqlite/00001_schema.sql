-- +goose Up

-- The oldest schema whose programs still work with this one. Every migration
-- that such a program could not live with raises it.
CREATE TABLE schema_compat (
    one    integer PRIMARY KEY CHECK (one = 1),
    oldest integer NOT NULL
) STRICT;
INSERT INTO schema_compat (one, oldest) VALUES (1, 1);

CREATE TABLE keyset (
    one        integer PRIMARY KEY CHECK (one = 1),
    wrapped    blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;

CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;

CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;

CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;

CREATE TABLE challenge (
    nonce      text    PRIMARY KEY,
    answer     text    NOT NULL,
    expires_at integer NOT NULL
) STRICT;

CREATE TABLE platform (
    id              text    PRIMARY KEY,
    slug            text    NOT NULL UNIQUE,
    name            text    NOT NULL,
    name_fold       text    NOT NULL,
    external_id     text    UNIQUE,
    url_template    text    NOT NULL,
    primary_account text,
    created_at      integer NOT NULL,
    updated_at      integer NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    FOREIGN KEY (id, primary_account) REFERENCES account (platform_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX platform_by_name ON platform (name_fold, id);

CREATE TABLE account (
    platform_id  text    NOT NULL REFERENCES platform (id),
    id           text    NOT NULL UNIQUE,
    slug         text    NOT NULL,
    name         text    NOT NULL,
    external_id  text,
    token_id     text,
    token_set_at integer,
    created_at   integer NOT NULL,
    updated_at   integer NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, id),
    UNIQUE (platform_id, slug),
    UNIQUE (platform_id, external_id),
    CHECK ((token_id IS NULL) = (token_set_at IS NULL)),
    FOREIGN KEY (platform_id, id, token_id) REFERENCES account_token (platform_id, account_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX account_by_age ON account (platform_id, created_at, id);

CREATE TABLE account_token (
    platform_id text    NOT NULL,
    account_id  text    NOT NULL,
    id          text    NOT NULL,
    hash        text    NOT NULL UNIQUE,
    sealed      blob    NOT NULL,
    created_at  integer NOT NULL,
    PRIMARY KEY (platform_id, account_id, id),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id)
) STRICT;

-- active_state never changes: with it the foreign key says that the credential
-- which a link names is an active one, at every commit.
CREATE TABLE link (
    platform_id      text    NOT NULL REFERENCES platform (id),
    vendor           text    NOT NULL CHECK (vendor <> ''),
    state            text    NOT NULL CHECK (state IN ('not_configured', 'onboarding', 'configured', 'rotating', 'disabling', 'unknown', 'needs_attention')),
    nonce            text    NOT NULL,
    company_id       text    CHECK (company_id <> ''),
    company_name     text    NOT NULL,
    profiles         text    NOT NULL,
    next_credential  integer NOT NULL CHECK (next_credential > 0),
    active           integer CHECK (active < next_credential),
    active_state     text    NOT NULL DEFAULT 'active' CHECK (active_state = 'active'),
    set_at           integer,
    set_by           text    NOT NULL,
    connected        integer NOT NULL CHECK (connected IN (0, 1)),
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    disabled_at      integer,
    disabled_by      text    NOT NULL,
    unconfirmed      integer NOT NULL CHECK (unconfirmed IN (0, 1)),
    checked_at       integer,
    error            text,
    updated_at       integer NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, vendor),
    CHECK (active IS NULL OR state NOT IN ('not_configured', 'onboarding')),
    CHECK (active IS NOT NULL OR state <> 'configured'),
    FOREIGN KEY (platform_id, vendor, active, active_state) REFERENCES credential (platform_id, vendor, number, state) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE UNIQUE INDEX link_company ON link (vendor, company_id) WHERE company_id IS NOT NULL;

CREATE TABLE credential (
    platform_id text    NOT NULL,
    vendor      text    NOT NULL,
    number      integer NOT NULL CHECK (number > 0),
    state       text    NOT NULL CHECK (state IN ('planned', 'created', 'active', 'retiring', 'revoked', 'unknown', 'orphan')),
    label       text    NOT NULL,
    vendor_id   text    NOT NULL,
    sealed      blob,
    deadline    integer,
    created_at  integer NOT NULL,
    verified_at integer,
    revoked_at  integer,
    PRIMARY KEY (platform_id, vendor, number),
    UNIQUE (platform_id, vendor, number, state),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) DEFERRABLE INITIALLY DEFERRED,
    CHECK (state <> 'active' OR (verified_at IS NOT NULL AND vendor_id <> '')),
    CHECK ((sealed IS NOT NULL) = (state IN ('created', 'active', 'retiring')))
) STRICT;
CREATE UNIQUE INDEX credential_active ON credential (platform_id, vendor) WHERE state = 'active';
CREATE INDEX credential_loose ON credential (created_at) WHERE state IN ('orphan', 'retiring', 'unknown');

CREATE TABLE endpoint (
    platform_id      text    NOT NULL REFERENCES platform (id),
    mac              text    NOT NULL CHECK (length(mac) = 17),
    vendor           text    NOT NULL CHECK (vendor <> ''),
    account_id       text,
    product_group    text    NOT NULL,
    name             text    NOT NULL,
    fold             text    NOT NULL,
    state            text    NOT NULL CHECK (state IN ('wanted', 'listed', 'paused', 'failed', 'released')),
    want_paused      integer NOT NULL CHECK (want_paused IN (0, 1)),
    paused_by        text    NOT NULL,
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    error            text,
    created_at       integer NOT NULL,
    confirmed_at     integer,
    fetched_at       integer,
    updated_at       integer NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, mac),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id),
    CHECK (account_id IS NOT NULL OR state = 'released')
) STRICT;
CREATE UNIQUE INDEX endpoint_holder ON endpoint (mac) WHERE state <> 'released';
CREATE INDEX endpoint_by_link ON endpoint (platform_id, vendor, state);
CREATE INDEX endpoint_by_account ON endpoint (platform_id, account_id);

-- due_at is when a worker may take the operation: its lease's end while it runs,
-- next_at while it waits.
CREATE TABLE operation (
    id              text    PRIMARY KEY,
    kind            text    NOT NULL CHECK (kind <> ''),
    platform_id     text    NOT NULL REFERENCES platform (id),
    vendor          text    NOT NULL,
    mac             text    NOT NULL,
    state           text    NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'unknown', 'done', 'failed', 'needs_operator')),
    steps           text    NOT NULL,
    holds_link      integer NOT NULL CHECK (holds_link IN (0, 1)),
    params          text    NOT NULL,
    data            text    NOT NULL,
    asked_by        text    NOT NULL,
    actor           text    NOT NULL,
    idempotency_key text    NOT NULL,
    body_hash       text    NOT NULL,
    waiting         text    NOT NULL,
    next_at         integer,
    attempt         integer NOT NULL,
    error           text,
    owner           text    NOT NULL,
    lease_until     integer,
    due_at          integer,
    fence           integer NOT NULL,
    created_at      integer NOT NULL,
    started_at      integer,
    finished_at     integer,
    updated_at      integer NOT NULL,
    CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'failed', 'needs_operator'))),
    CHECK ((due_at IS NULL) = (state IN ('done', 'failed', 'needs_operator'))),
    CHECK ((lease_until IS NOT NULL) = (state = 'running')),
    CHECK ((owner <> '') = (state = 'running')),
    CHECK (next_at IS NOT NULL OR state NOT IN ('waiting', 'unknown'))
) STRICT;
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
    one  integer PRIMARY KEY CHECK (one = 1),
    seq  integer NOT NULL,
    hash text    NOT NULL
) STRICT;
INSERT INTO event_head (one, seq, hash) VALUES (1, 0, '');

CREATE TABLE event (
    seq          integer PRIMARY KEY,
    at           integer NOT NULL,
    hash         text    NOT NULL UNIQUE,
    actor        text    NOT NULL,
    address      text    NOT NULL,
    action       text    NOT NULL CHECK (action <> ''),
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    target       text    NOT NULL,
    operation_id text    NOT NULL,
    outcome      text    NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    code         text    NOT NULL,
    detail       text    NOT NULL,
    request_id   text    NOT NULL,
    fold         text    NOT NULL
) STRICT;
CREATE INDEX event_by_platform ON event (platform_id, seq);

-- +goose StatementBegin
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

CREATE TABLE person (
    name          text    PRIMARY KEY,
    role          text    NOT NULL CHECK (role IN ('super-admin', 'viewer')),
    password_hash text    NOT NULL,
    created_at    integer NOT NULL,
    updated_at    integer NOT NULL
) STRICT;

CREATE TABLE session (
    hash       text    PRIMARY KEY,
    person     text    NOT NULL,
    data       blob    NOT NULL,
    expires_at integer NOT NULL
) STRICT;
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE api_token (
    name       text    PRIMARY KEY,
    hash       text    NOT NULL UNIQUE,
    role       text    NOT NULL CHECK (role IN ('super-admin', 'viewer')),
    created_at integer NOT NULL,
    expires_at integer,
    used_at    integer
) STRICT;
