-- +goose Up

-- The row that is written to learn whether the database takes writes.
CREATE TABLE probe (
    one    integer PRIMARY KEY CHECK (one = 1),
    filler blob NOT NULL
) STRICT;
