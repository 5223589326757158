-- +goose Up

-- A process that works on this database; alive while alive_until has not passed.
-- Calls with the key of a link that it began before settled_at have all ended.
CREATE TABLE replica (
    id             text   COLLATE "C" PRIMARY KEY CHECK (id <> ''),
    version        text   NOT NULL,
    schema_version bigint NOT NULL,
    started_at     bigint NOT NULL,
    seen_at        bigint NOT NULL,
    alive_until    bigint NOT NULL,
    settled_at     bigint NOT NULL
);

-- What is done once per period, whoever does it.
CREATE TABLE duty (
    name     text   COLLATE "C" PRIMARY KEY CHECK (name <> ''),
    taken_at bigint NOT NULL
);

-- The calls to a vendor that all processes share: the next free place at its rate,
-- and until when it has asked for silence.
CREATE TABLE pace (
    vendor       text   COLLATE "C" PRIMARY KEY CHECK (vendor <> ''),
    free_at      bigint NOT NULL,
    paused_until bigint NOT NULL
);

CREATE INDEX operation_running ON operation (platform_id, vendor) WHERE state = 'running';

-- Operations that work on a link's keys or profile run one at a time per link, whichever
-- process they run in. A program of schema 1 does not write the column: what it queues
-- waits for the others, which is safe.
ALTER TABLE operation ADD COLUMN works_keys boolean NOT NULL DEFAULT true;
UPDATE operation SET works_keys = false WHERE mac <> '';

-- These have the keys of a link, until when: an operation that works on them until its
-- lease ends, and one that changes the link between its steps too.
CREATE VIEW key_holder AS
SELECT o.platform_id, o.vendor, o.id AS operation_id, o.lease_until AS until, false AS rests
FROM operation o
WHERE o.state = 'running' AND o.works_keys
UNION ALL
SELECT o.platform_id, o.vendor, o.id AS operation_id, 9223372036854775807 AS until, true AS rests
FROM operation o
WHERE o.holds_link AND o.state NOT IN ('done', 'failed', 'needs_operator');
