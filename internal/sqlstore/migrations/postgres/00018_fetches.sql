-- +goose Up

-- What phones have asked for, and what they got: the newest few of each. A row with the
-- address holds no token. reason says why a phone waits.
CREATE TABLE phone_fetch (
    platform_id text    COLLATE "C" NOT NULL,
    mac         text    COLLATE "C" NOT NULL CHECK (length(mac) = 17),
    at          bigint  NOT NULL,
    result      text    NOT NULL CHECK (result <> ''),
    reason      text    NOT NULL,
    address     text    NOT NULL,
    agent       text    NOT NULL,
    bytes       bigint  NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (platform_id, mac, at, result, reason),
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE
);

-- Requests for a phone that got nothing: one row for each reason, whoever asks how often.
CREATE TABLE phone_refused (
    platform_id text    COLLATE "C" NOT NULL,
    mac         text    COLLATE "C" NOT NULL CHECK (length(mac) = 17),
    reason      text    NOT NULL CHECK (reason <> ''),
    first_at    bigint  NOT NULL,
    at          bigint  NOT NULL,
    times       bigint  NOT NULL CHECK (times > 0),
    address     text    NOT NULL,
    agent       text    NOT NULL,
    PRIMARY KEY (platform_id, mac, reason),
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE
);

-- A phone that is registered again begins another life, whichever program does it.
-- +goose StatementBegin
CREATE FUNCTION forget_phone_fetches() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM phone_fetch WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
    DELETE FROM phone_refused WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER phone_fetch_of_another_life AFTER UPDATE OF state ON endpoint
    FOR EACH ROW WHEN (OLD.state = 'released' AND NEW.state <> 'released') EXECUTE FUNCTION forget_phone_fetches();

-- How many fetches of a platform's phones came to what, by the hour, of the last days.
-- hour is its beginning.
CREATE TABLE phone_traffic (
    platform_id text    COLLATE "C" NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    hour        bigint  NOT NULL,
    result      text    NOT NULL CHECK (result <> ''),
    fetches     bigint  NOT NULL CHECK (fetches > 0),
    PRIMARY KEY (platform_id, hour, result)
);

-- TLS handshakes with phones that went wrong, at any process: the newest kinds of them.
CREATE TABLE phone_handshake (
    address  text    NOT NULL,
    name     text    NOT NULL,
    reason   text    NOT NULL CHECK (reason <> ''),
    offers   text    NOT NULL,
    alert    text    NOT NULL,
    first_at bigint  NOT NULL,
    at       bigint  NOT NULL,
    times    bigint  NOT NULL CHECK (times > 0),
    PRIMARY KEY (address, name, reason, offers, alert)
);
CREATE INDEX phone_handshake_newest ON phone_handshake (at);

-- Why a phone is not registered, as the voice service says; '' when it has not said.
ALTER TABLE endpoint ADD COLUMN sip_reason text NOT NULL DEFAULT '';
