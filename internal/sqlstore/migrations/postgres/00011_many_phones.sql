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

-- plain_url: the phone has fetched at an address without its device token, from before it
-- had one, and not at its own since. That address stays served until it has.
ALTER TABLE endpoint ADD COLUMN plain_url boolean NOT NULL DEFAULT false;

-- A file of phones for a link, and its rows. Checking it changes nothing; the operation
-- of an import goes through the rows.
CREATE TABLE import (
    id           text    COLLATE "C" PRIMARY KEY,
    platform_id  text    COLLATE "C" NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    vendor       text    COLLATE "C" NOT NULL,
    state        text    NOT NULL CHECK (state IN ('reading', 'ready', 'started')),
    file         text    NOT NULL,
    encoding     text    NOT NULL,
    separator    text    NOT NULL,
    ignored      text    NOT NULL,
    tally        text    NOT NULL,
    mode         text    NOT NULL CHECK (mode IN ('', 'all_or_nothing', 'skip_invalid')),
    operation_id text    COLLATE "C" NOT NULL,
    actor        text    NOT NULL,
    created_at   bigint  NOT NULL,
    expires_at   bigint  NOT NULL,
    version      bigint  NOT NULL CHECK (version > 0),
    CHECK ((operation_id <> '') = (state = 'started')),
    CHECK ((mode <> '') = (state = 'started'))
);
CREATE INDEX import_by_platform ON import (platform_id, created_at, id);
CREATE INDEX import_expires ON import (expires_at);

-- mac is '' where the file has none that can be read; written is what it has then. pin is
-- sealed like that of the phone, and wiped when the phone has it.
CREATE TABLE import_row (
    import_id     text    COLLATE "C" NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    line          bigint  NOT NULL CHECK (line > 0),
    platform_id   text    COLLATE "C" NOT NULL,
    mac           text    COLLATE "C" NOT NULL CHECK (mac = '' OR length(mac) = 17),
    written       text    NOT NULL,
    account_id    text    COLLATE "C" NOT NULL,
    account_ref   text    NOT NULL,
    product_group text    NOT NULL,
    model         text    NOT NULL,
    name          text    NOT NULL,
    serial        text    NOT NULL,
    pin           bytea,
    has_pin       boolean NOT NULL,
    outcome       text    NOT NULL CHECK (outcome IN ('new', 'change', 'unchanged', 'taken', 'invalid')),
    changes       text    NOT NULL,
    faults        text    NOT NULL,
    PRIMARY KEY (import_id, line),
    CHECK (mac <> '' OR outcome = 'invalid'),
    CHECK (pin IS NULL OR has_pin)
);
CREATE INDEX import_row_outcome ON import_row (import_id, outcome, line);

-- The last complete sync of a link: its list of findings is that of the operation, and
-- counts tells how many of them are left, by class.
CREATE TABLE phone_sync (
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    operation_id text    NOT NULL,
    began_at     bigint  NOT NULL,
    complete_at  bigint  NOT NULL,
    by_whom      text    NOT NULL,
    pages        bigint  NOT NULL,
    phones       bigint  NOT NULL,
    matching     bigint  NOT NULL,
    left_out     bigint  NOT NULL,
    counts       text    NOT NULL,
    PRIMARY KEY (platform_id, vendor),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) ON DELETE CASCADE
);

-- A phone that a sync has found to differ. A sync writes its list under its operation
-- before phone_sync names that. differs, name, product_group and enabled are about what
-- the vendor has; host is that of an address that is not ours. account_id, template and
-- token are of an address that is. picked_by is the operation that does something about
-- it.
CREATE TABLE phone_drift (
    operation_id     text    NOT NULL,
    platform_id      text    NOT NULL,
    vendor           text    NOT NULL,
    mac              text    NOT NULL CHECK (length(mac) = 17),
    class            text    NOT NULL CHECK (class IN ('missing_there', 'unknown_here', 'other_url', 'changed', 'moved_away')),
    differs          text    NOT NULL,
    host             text    NOT NULL,
    name             text    NOT NULL,
    product_group    text    NOT NULL,
    enabled          boolean NOT NULL,
    account_id       text    NOT NULL,
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    elsewhere        text    NOT NULL,
    found_at         bigint  NOT NULL,
    picked_by        text    NOT NULL,
    PRIMARY KEY (operation_id, mac),
    FOREIGN KEY (operation_id, platform_id, vendor) REFERENCES operation (id, platform_id, vendor) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX phone_drift_class ON phone_drift (operation_id, class, mac);
CREATE INDEX phone_drift_link ON phone_drift (platform_id, vendor, operation_id);
CREATE INDEX phone_drift_mac ON phone_drift (mac) WHERE class = 'unknown_here';
CREATE INDEX phone_drift_picked ON phone_drift (picked_by, mac) WHERE picked_by <> '';
-- The second phone that an operation holds: the old one of a replace, or the same MAC in
-- the platform that it is moved to. No other operation of that phone begins meanwhile.
ALTER TABLE operation ADD COLUMN also_platform_id text NOT NULL DEFAULT '';
ALTER TABLE operation ADD COLUMN also_mac text NOT NULL DEFAULT '';
CREATE UNIQUE INDEX operation_also ON operation (also_platform_id, vendor, also_mac)
    WHERE also_mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator');

-- The life of a MAC over all platforms: who has it or had it, and what was done with it.
-- Those on the move have somebody to look after them until they have arrived.
CREATE INDEX endpoint_by_mac ON endpoint (mac);
CREATE INDEX endpoint_moving ON endpoint (mac) WHERE moved_to <> '';
CREATE INDEX event_by_target ON event (target, seq) WHERE target <> '';

-- cancelled_at: the operation of the import was cancelled. Rows that were not saved by
-- then stay out.
ALTER TABLE import ADD COLUMN cancelled_at bigint;
-- Lists of phones by each of their orders: each ends in the MAC, so that a page begins
-- where the one before it ended. The last three digits of a MAC are what is read from a
-- phone. Those given up are few, and the others have endpoint_holder.
DROP INDEX endpoint_by_link;
DROP INDEX endpoint_by_account;
DROP INDEX endpoint_by_mac;
CREATE INDEX endpoint_by_state ON endpoint (platform_id, vendor, state, mac);
CREATE INDEX endpoint_by_account ON endpoint (platform_id, account_id, mac);
-- The column keeps its collation: a process of the program before this one has plans for it.
CREATE INDEX endpoint_by_name ON endpoint (platform_id, fold COLLATE "C");
CREATE INDEX endpoint_by_fetch ON endpoint (platform_id, COALESCE(fetched_at, 0), mac);
CREATE INDEX endpoint_found ON endpoint (platform_id, mac) WHERE found;
CREATE INDEX endpoint_given_up ON endpoint (mac) WHERE state = 'released';
CREATE INDEX endpoint_by_end ON endpoint (substr(mac, 10));

-- How many phones there are, by vendor and state: the sum over the parts. The triggers
-- alone write it, and none waits for another transaction: a part that somebody holds is
-- left alone and another one taken, or made.
CREATE TABLE endpoint_count (
    platform_id text   COLLATE "C" NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    vendor      text   COLLATE "C" NOT NULL,
    state       text   COLLATE "C" NOT NULL,
    part        bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    n           bigint NOT NULL,
    PRIMARY KEY (platform_id, vendor, state, part)
);
INSERT INTO endpoint_count (platform_id, vendor, state, n) SELECT platform_id, vendor, state, count(*) FROM endpoint GROUP BY platform_id, vendor, state;
-- +goose StatementBegin
CREATE FUNCTION count_endpoints(p text, v text, s text, d bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE endpoint_count c SET n = c.n + d WHERE c.platform_id = p AND c.vendor = v AND c.state = s AND c.part = (
        SELECT o.part FROM endpoint_count o WHERE o.platform_id = p AND o.vendor = v AND o.state = s LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (p, v, s, d);
    END IF;
END $$;
-- +goose StatementEnd

-- The words that a phone is found by, but for the one that its name begins with, which
-- endpoint_by_name has. They are the third line of fold; the first two are the name and
-- the MAC. The triggers alone write it.
CREATE TABLE endpoint_word (
    platform_id text COLLATE "C" NOT NULL,
    word        text COLLATE "C" NOT NULL,
    mac         text COLLATE "C" NOT NULL,
    PRIMARY KEY (platform_id, word, mac)
);

-- +goose StatementBegin
CREATE FUNCTION endpoints_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_endpoints(platform_id, vendor, state, count(*)) FROM fresh GROUP BY platform_id, vendor, state;
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT platform_id, word, mac FROM fresh, unnest(string_to_array(split_part(fold, chr(10), 3), ' ')) AS word WHERE word <> ''
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER endpoints_inserted AFTER INSERT ON endpoint REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION endpoints_inserted();
-- +goose StatementBegin
CREATE FUNCTION endpoints_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_endpoints(platform_id, vendor, state, d) FROM (
        SELECT platform_id, vendor, state, CAST(sum(one) AS bigint) AS d FROM (
            SELECT platform_id, vendor, state, 1 AS one FROM fresh UNION ALL SELECT platform_id, vendor, state, -1 FROM gone) AS each
        GROUP BY platform_id, vendor, state) AS change WHERE d <> 0;
    IF EXISTS (SELECT fold FROM fresh EXCEPT SELECT fold FROM gone) THEN
        DELETE FROM endpoint_word w USING gone, unnest(string_to_array(split_part(gone.fold, chr(10), 3), ' ')) AS was
            WHERE w.platform_id = gone.platform_id AND w.word = was AND w.mac = gone.mac;
        INSERT INTO endpoint_word (platform_id, word, mac)
            SELECT platform_id, word, mac FROM fresh, unnest(string_to_array(split_part(fold, chr(10), 3), ' ')) AS word WHERE word <> ''
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER endpoints_updated AFTER UPDATE ON endpoint REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION endpoints_updated();
-- +goose StatementBegin
CREATE FUNCTION endpoints_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_endpoints(platform_id, vendor, state, -count(*)) FROM gone GROUP BY platform_id, vendor, state;
    DELETE FROM endpoint_word w USING gone, unnest(string_to_array(split_part(gone.fold, chr(10), 3), ' ')) AS was
        WHERE w.platform_id = gone.platform_id AND w.word = was AND w.mac = gone.mac;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER endpoints_deleted AFTER DELETE ON endpoint REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION endpoints_deleted();

UPDATE endpoint SET fold = split_part(fold, chr(10), 1) || chr(10) || split_part(fold, chr(10), 2) || chr(10)
    || translate(split_part(fold, chr(10), 1), '-.,()', '     ');

-- How many phones an operation for many has in which state; like endpoint_count. Its
-- phones go with it.
CREATE TABLE operation_item_count (
    operation_id text   NOT NULL REFERENCES operation (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    state        text   NOT NULL,
    part         bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
    n            bigint NOT NULL,
    PRIMARY KEY (operation_id, state, part)
);
-- +goose StatementBegin
CREATE FUNCTION count_operation_items(op text, s text, d bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE operation_item_count c SET n = c.n + d WHERE c.operation_id = op AND c.state = s AND c.part = (
        SELECT o.part FROM operation_item_count o WHERE o.operation_id = op AND o.state = s LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        INSERT INTO operation_item_count (operation_id, state, n) VALUES (op, s, d);
    END IF;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION operation_items_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_operation_items(operation_id, state, count(*)) FROM fresh GROUP BY operation_id, state;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER operation_items_inserted AFTER INSERT ON operation_item REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION operation_items_inserted();
-- +goose StatementBegin
CREATE FUNCTION operation_items_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_operation_items(operation_id, state, d) FROM (
        SELECT operation_id, state, CAST(sum(one) AS bigint) AS d FROM (
            SELECT operation_id, state, 1 AS one FROM fresh UNION ALL SELECT operation_id, state, -1 FROM gone) AS each
        GROUP BY operation_id, state) AS change WHERE d <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER operation_items_updated AFTER UPDATE ON operation_item REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION operation_items_updated();
-- Off-boardings of platforms, each with what became of it at every vendor: the receipt,
-- which stays when the platform is removed. home_since: from then on the platform's
-- phones are told to ask their maker's redirection service again.
ALTER TABLE platform ADD COLUMN home_since bigint;
CREATE TABLE offboarding (
    id              text    COLLATE "C" PRIMARY KEY,
    platform_id     text    COLLATE "C" NOT NULL,
    slug            text    NOT NULL,
    name            text    NOT NULL,
    state           text    NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'cancelled')),
    keep_phones     boolean NOT NULL,
    parts           text    NOT NULL,
    asked_by        text    COLLATE "C" NOT NULL,
    idempotency_key text    COLLATE "C" NOT NULL,
    body_hash       text    NOT NULL,
    created_at      bigint  NOT NULL,
    finished_at     bigint,
    version         bigint  NOT NULL CHECK (version > 0),
    CHECK ((finished_at IS NULL) = (state = 'running'))
);
CREATE UNIQUE INDEX offboarding_open ON offboarding (platform_id) WHERE state = 'running';
CREATE UNIQUE INDEX offboarding_key ON offboarding (asked_by, idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX offboarding_by_platform ON offboarding (platform_id, created_at, id);
CREATE INDEX offboarding_by_time ON offboarding (created_at, id);
