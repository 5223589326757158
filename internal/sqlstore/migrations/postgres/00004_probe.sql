-- +goose Up

-- The row that is written to learn whether the database takes writes.
CREATE TABLE probe (
    one    bigint PRIMARY KEY CHECK (one = 1),
    filler bytea NOT NULL
);
