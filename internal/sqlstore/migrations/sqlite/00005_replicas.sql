-- +goose Up

-- A process that works on this database; alive while alive_until has not passed.
-- Calls with the key of a link that it began before settled_at have all ended.
CREATE TABLE replica (
    id             text   PRIMARY KEY CHECK (id <> ''),
    version        text   NOT NULL,
    schema_version integer NOT NULL,
    started_at     integer NOT NULL,
    seen_at        integer NOT NULL,
    alive_until    integer NOT NULL,
    settled_at     integer NOT NULL
) STRICT;

-- What is done once per period, whoever does it.
CREATE TABLE duty (
    name     text   PRIMARY KEY CHECK (name <> ''),
    taken_at integer NOT NULL
) STRICT;

-- The calls to a vendor that all processes share: the next free place at its rate,
-- and until when it has asked for silence.
CREATE TABLE pace (
    vendor       text   PRIMARY KEY CHECK (vendor <> ''),
    free_at      integer NOT NULL,
    paused_until integer NOT NULL
) STRICT;

CREATE INDEX operation_running ON operation (platform_id, vendor) WHERE state = 'running';

-- Operations that work on a link's keys or profile run one at a time per link, whichever
-- process they run in. A program of schema 1 does not write the column: what it queues
-- waits for the others, which is safe.
ALTER TABLE operation ADD COLUMN works_keys integer NOT NULL DEFAULT 1 CHECK (works_keys IN (0, 1));
UPDATE operation SET works_keys = 0 WHERE mac <> '';

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
