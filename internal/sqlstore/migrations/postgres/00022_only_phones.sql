-- +goose Up

-- The keyset of what a process that serves phones alone has to open; without a row the one
-- keyset seals everything. wrapped is the keyset under a root key of its own, root that
-- root key, sealed under the main keyset: who has that one has this one too, and not the
-- other way round. It changes in the transactions that change the main one. ready_at: all
-- that belongs under it hangs on it. Nobody writes held: the right to do so lets the
-- database role of such a process lock the row, and nothing more.
CREATE TABLE phones_keyset (
    one        bigint PRIMARY KEY CHECK (one = 1),
    wrapped    bytea  NOT NULL,
    root       bytea  NOT NULL,
    root_id    text   NOT NULL CHECK (root_id <> ''),
    version    bigint NOT NULL DEFAULT 1,
    ready_at   bigint,
    held       bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL
);

-- What such a process has to tell in the audit log. It has no key for the chain, so another
-- process takes the rows from here; it can tell nothing else than what stands here.
CREATE TABLE phone_event (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          bigint NOT NULL,
    action      text   NOT NULL CHECK (action IN ('endpoint.newcomer_held', 'phones.scanned')),
    address     text   NOT NULL CHECK (length(address) <= 100),
    platform_id text   NOT NULL CHECK (length(platform_id) <= 100),
    vendor      text   NOT NULL CHECK (length(vendor) <= 100),
    target      text   NOT NULL CHECK (length(target) <= 100),
    detail      text   NOT NULL CHECK (length(detail) <= 1000)
);

-- Such processes themselves. They hold no key that anybody would have to wait for, so they
-- are none of those in replica.
CREATE TABLE phone_server (
    id             text   PRIMARY KEY,
    version        text   NOT NULL,
    schema_version bigint NOT NULL,
    started_at     bigint NOT NULL,
    seen_at        bigint NOT NULL,
    alive_until    bigint NOT NULL
);
