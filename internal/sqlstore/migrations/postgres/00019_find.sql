-- +goose Up

-- What a phone is found by stands in endpoint_word alone: its words, and its name behind
-- a line feed, in whose order phones are listed by name. The triggers write it, but for
-- the new phones of a big file: an index by name or word has a page of its own for almost
-- each of those, so that they are put in later, many together in their order.
DROP INDEX endpoint_by_name;

-- An operation whose phones behind a MAC may be without words. saves counts when phones are
-- saved; saving is true within the transaction that does, and tells the triggers to leave
-- the words alone.
CREATE TABLE words_due (
    platform_id  text    COLLATE "C" NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    operation_id text    NOT NULL,
    after_mac    text    NOT NULL,
    saves        bigint  NOT NULL,
    saving       boolean NOT NULL,
    PRIMARY KEY (platform_id, operation_id)
);

-- +goose StatementBegin
CREATE FUNCTION words_of(fold text) RETURNS text[] IMMUTABLE LANGUAGE sql AS $$
    SELECT array_prepend(chr(10) || split_part(fold, chr(10), 1), array_remove(string_to_array(split_part(fold, chr(10), 3), ' '), ''))
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION endpoints_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_endpoints(platform_id, vendor, state, count(*)) FROM fresh GROUP BY platform_id, vendor, state;
    IF NOT EXISTS (SELECT 1 FROM words_due WHERE saving) THEN
        BEGIN
            INSERT INTO endpoint_word (platform_id, word, mac) SELECT platform_id, word, mac FROM fresh, unnest(words_of(fold)) AS word;
        EXCEPTION WHEN unique_violation THEN
            INSERT INTO endpoint_word (platform_id, word, mac) SELECT platform_id, word, mac FROM fresh, unnest(words_of(fold)) AS word
                ON CONFLICT DO NOTHING;
        END;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION endpoints_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_endpoints(platform_id, vendor, state, d) FROM (
        SELECT platform_id, vendor, state, CAST(sum(one) AS bigint) AS d FROM (
            SELECT platform_id, vendor, state, 1 AS one FROM fresh UNION ALL SELECT platform_id, vendor, state, -1 FROM gone) AS each
        GROUP BY platform_id, vendor, state) AS change WHERE d <> 0;
    IF EXISTS (SELECT fold FROM fresh EXCEPT SELECT fold FROM gone) THEN
        DELETE FROM endpoint_word w USING gone, unnest(words_of(gone.fold)) AS was
            WHERE w.platform_id = gone.platform_id AND w.word = was AND w.mac = gone.mac;
        INSERT INTO endpoint_word (platform_id, word, mac)
            SELECT platform_id, word, mac FROM fresh, unnest(words_of(fold)) AS word
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION endpoints_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_endpoints(platform_id, vendor, state, -count(*)) FROM gone GROUP BY platform_id, vendor, state;
    DELETE FROM endpoint_word w USING gone, unnest(words_of(gone.fold)) AS was
        WHERE w.platform_id = gone.platform_id AND w.word = was AND w.mac = gone.mac;
    RETURN NULL;
END $$;
-- +goose StatementEnd
INSERT INTO endpoint_word (platform_id, word, mac)
    SELECT platform_id, chr(10) || split_part(fold, chr(10), 1), mac FROM endpoint ORDER BY platform_id, split_part(fold, chr(10), 1) COLLATE "C", mac;
