-- +goose Up

-- A phone's account says its platform, and is a foreign key to it: the platform need not
-- be looked up once more for each phone. A phone without account was given up; it goes
-- with its platform, whose removal deletes phones first.
ALTER TABLE endpoint DROP CONSTRAINT endpoint_platform_id_fkey;

-- A new phone has no words yet, and the program keeps each of them once. To look for each
-- beforehand takes as long as to insert it; where one is there, it is looked for after all.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION endpoints_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_endpoints(platform_id, vendor, state, count(*)) FROM fresh GROUP BY platform_id, vendor, state;
    BEGIN
        INSERT INTO endpoint_word (platform_id, word, mac)
            SELECT platform_id, word, mac FROM fresh, unnest(string_to_array(split_part(fold, chr(10), 3), ' ')) AS word WHERE word <> '';
    EXCEPTION WHEN unique_violation THEN
        INSERT INTO endpoint_word (platform_id, word, mac)
            SELECT platform_id, word, mac FROM fresh, unnest(string_to_array(split_part(fold, chr(10), 3), ' ')) AS word WHERE word <> ''
            ON CONFLICT DO NOTHING;
    END;
    RETURN NULL;
END $$;
-- +goose StatementEnd
