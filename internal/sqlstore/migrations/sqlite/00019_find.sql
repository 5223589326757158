-- +goose Up

-- What a phone is found by stands in endpoint_word alone: its words, and its name behind
-- a line feed, in whose order phones are listed by name. The triggers write it, but for
-- the new phones of a big file: an index by name or word has a page of its own for almost
-- each of those, so that they are put in later, many together in their order.
DROP INDEX endpoint_by_name;
INSERT INTO endpoint_word (platform_id, word, mac)
    SELECT platform_id, char(10) || substr(fold, 1, instr(fold, char(10)) - 1), mac FROM endpoint ORDER BY 1, 2, 3;

-- An operation whose phones behind a MAC may be without words. saves counts when phones are
-- saved; saving is true within the transaction that does, and tells the triggers to leave
-- the words alone.
CREATE TABLE words_due (
    platform_id  text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    operation_id text    NOT NULL,
    after_mac    text    NOT NULL,
    saves        integer NOT NULL,
    saving       integer NOT NULL CHECK (saving IN (0, 1)),
    PRIMARY KEY (platform_id, operation_id)
) STRICT;

DROP TRIGGER endpoint_inserted;
DROP TRIGGER endpoint_renamed;
DROP TRIGGER endpoint_deleted;
-- +goose StatementBegin
CREATE TRIGGER endpoint_inserted AFTER INSERT ON endpoint
BEGIN
    INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (NEW.platform_id, NEW.vendor, NEW.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER endpoint_worded AFTER INSERT ON endpoint WHEN NOT EXISTS (SELECT 1 FROM words_due WHERE saving)
BEGIN
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
    INSERT INTO endpoint_word (platform_id, word, mac) VALUES (NEW.platform_id, char(10) || substr(NEW.fold, 1, instr(NEW.fold, char(10)) - 1), NEW.mac)
        ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER endpoint_renamed AFTER UPDATE OF fold ON endpoint WHEN OLD.fold <> NEW.fold
BEGIN
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']')
        UNION ALL SELECT char(10) || substr(OLD.fold, 1, instr(OLD.fold, char(10)) - 1));
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
    INSERT INTO endpoint_word (platform_id, word, mac) VALUES (NEW.platform_id, char(10) || substr(NEW.fold, 1, instr(NEW.fold, char(10)) - 1), NEW.mac)
        ON CONFLICT DO NOTHING;
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER endpoint_deleted AFTER DELETE ON endpoint
BEGIN
    UPDATE endpoint_count SET n = n - 1 WHERE platform_id = OLD.platform_id AND vendor = OLD.vendor AND state = OLD.state;
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']')
        UNION ALL SELECT char(10) || substr(OLD.fold, 1, instr(OLD.fold, char(10)) - 1));
END;
-- +goose StatementEnd
