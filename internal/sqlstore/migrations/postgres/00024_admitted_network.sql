-- +goose Up

-- For whom the phone's window was opened again, by the network that they come from; '' for
-- whoever comes.
ALTER TABLE phone_contact ADD COLUMN admitted_network text NOT NULL DEFAULT '';

-- The first networks that wait by its URL, one a line: network, reason, first and last time
-- in milliseconds, and what they say they are. other_visits counts visits from others.
ALTER TABLE phone_contact ADD COLUMN visitors text NOT NULL DEFAULT '';
ALTER TABLE phone_contact ADD COLUMN other_visits bigint NOT NULL DEFAULT 0;
