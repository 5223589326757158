-- +goose Up

-- version counts every change of the row, so that each process sees by it whether
-- the keyset it holds is still the one to seal with. phase is how far a rotation
-- of the keyset has come. root_id tells root keys apart, for people. Where a key
-- service encrypts the root key, kms_key names its key and root_sealed is what
-- came of it.
ALTER TABLE keyset ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE keyset ADD COLUMN phase text NOT NULL DEFAULT 'steady' CHECK (phase IN ('steady', 'distributing', 'resealing'));
ALTER TABLE keyset ADD COLUMN root_id text NOT NULL DEFAULT '';
ALTER TABLE keyset ADD COLUMN kms_key text NOT NULL DEFAULT '';
ALTER TABLE keyset ADD COLUMN root_sealed bytea CHECK ((root_sealed IS NOT NULL) = (kms_key <> ''));

-- The same keyset under a second root key, while the root key is being changed:
-- each process opens the one that its configuration has the root key of.
CREATE TABLE keyset_copy (
    one         bigint PRIMARY KEY CHECK (one = 1),
    wrapped     bytea  NOT NULL,
    root_id     text   NOT NULL CHECK (root_id <> ''),
    kms_key     text   NOT NULL,
    root_sealed bytea,
    created_at  bigint NOT NULL,
    CHECK ((root_sealed IS NOT NULL) = (kms_key <> ''))
);
