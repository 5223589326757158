CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 16:09:12');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 16:09:12');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 16:09:12');
CREATE TABLE schema_compat (
    one    integer PRIMARY KEY CHECK (one = 1),
    oldest integer NOT NULL
) STRICT;
INSERT INTO schema_compat VALUES (1, 1);
CREATE TABLE keyset (
    one        integer PRIMARY KEY CHECK (one = 1),
    wrapped    blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO keyset VALUES (1, X'128801DB6F0AD8D72ED9B29EBA346F8A1589FD60445707DB7B4124D43265B3E7FA9FA102DA7F26F52DA4E10A4FE5C5CC7CFC9E1453C87D7612E2CCDBADBBA669A94A71747AEFDB4C366F2A274EB706A40D378B4993844D69C554F4AEE37AE7FA4483C912DE5E0208FB75657891AE75E4EB593C53A180B9144B16B2CC6BBCD3C29292CC375F21E61BA74CDA', 1795622952978);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301D1B3AAC07BBDBCB49A9D6B88DE68538B69C4B6B8DAE2C81EC7CCD92A22E4F3CCD31392F92251257D4F254D584B177552B244F4F39A5824080E5388C2A265B49039394459BD317C9975C1C5584CE696EB7147D7908CCD4589C8C246AE331B9F88D276575047F9F5B210F13B6158B0', X'010000004301D1B3AAC04B32FF7A3CCE6C5EE173AE6AF7158F31F2DC665B08804FF21B1886F9CC59A85597230F7026717F933354B29B8751EBC697BB7CA7B2E3DD1A094C6F8C90D082D44F6D54B589D0A13000F854030B074C9CFEC78CE20118348E37B1D49E34279E56ADE82521B99D6DC58919F8A4F431E1EA91C2761723137F3245E0', 1795622952978);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301D1B3AAC0875F3BDA08536C0F408655310A61DE4BDC471FF5BDBBB7114E080C55DFA3F463454FBE2FF054DB0C33A9AFE612D898FE280A0DE338138039138B92B08FFD17D65E1962478DC5D1C1D2178B0A2165DF368DF50E801602903F512A06D0685C399D8F15D05A911C3CE097C747EAAD34716C5574151040E05A1150C458F32A5218796A1DD345A98892C749A7D9CFB6B27F10587394', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301D1B3AAC0B18DA04E799C0D7D79538C1BA5637504B7EBFC14CA08C193438915FAE99053B715586F2830CD83B5BE333053E7735E1FC0148ECFB94B352BE8155602DA59DB407B1886BB850C02A31FD2C03548A4A1DB6ABA8C165DCB345C3FC35A016CBD378B5607A7EC41C42CC54A9523CB706F8D82E41A9067F73CD97F5BCB4DEF6B11AF13', 1772366400000);
CREATE TABLE challenge (
    nonce      text    PRIMARY KEY,
    answer     text    NOT NULL,
    expires_at integer NOT NULL
) STRICT;
CREATE TABLE platform (
    id              text    PRIMARY KEY,
    slug            text    NOT NULL UNIQUE,
    name            text    NOT NULL,
    name_fold       text    NOT NULL,
    external_id     text    UNIQUE,
    url_template    text    NOT NULL,
    primary_account text,
    created_at      integer NOT NULL,
    updated_at      integer NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    FOREIGN KEY (id, primary_account) REFERENCES account (platform_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO platform VALUES ('j5iltskiguhhxmt4wucr2fzvxy', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('g7qxel4lbhk7wgo2llsbvwpjla', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
CREATE TABLE account (
    platform_id  text    NOT NULL REFERENCES platform (id),
    id           text    NOT NULL UNIQUE,
    slug         text    NOT NULL,
    name         text    NOT NULL,
    external_id  text,
    token_id     text,
    token_set_at integer,
    created_at   integer NOT NULL,
    updated_at   integer NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, id),
    UNIQUE (platform_id, slug),
    UNIQUE (platform_id, external_id),
    CHECK ((token_id IS NULL) = (token_set_at IS NULL)),
    FOREIGN KEY (platform_id, id, token_id) REFERENCES account_token (platform_id, account_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO account VALUES ('j5iltskiguhhxmt4wucr2fzvxy', 'ek2uqtfs4x7styeuafkom7k6ki', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('g7qxel4lbhk7wgo2llsbvwpjla', 'onfpr4d5omrkk5emcjenbaewju', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
CREATE TABLE account_token (
    platform_id text    NOT NULL,
    account_id  text    NOT NULL,
    id          text    NOT NULL,
    hash        text    NOT NULL UNIQUE,
    sealed      blob    NOT NULL,
    created_at  integer NOT NULL,
    PRIMARY KEY (platform_id, account_id, id),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id)
) STRICT;
INSERT INTO account_token VALUES ('j5iltskiguhhxmt4wucr2fzvxy', 'ek2uqtfs4x7styeuafkom7k6ki', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301D1B3AAC0CA735E27A3EB640B771697FFAAE8AC5D9DE1E112828E6AC8FA2CA3A03E8392B9C384ACA710193B4FCC348A93CB033548BA114575DCCCE0DF4B2160CFEA37AA409B6DE12A3E50E47E1D427FCAF4394ADAA589DD58A3924163D182D0E2836E916ABEB4A2666F441A6EF6D07CB16A2F54833C643D6BDC6A', 1772366400000);
INSERT INTO account_token VALUES ('g7qxel4lbhk7wgo2llsbvwpjla', 'onfpr4d5omrkk5emcjenbaewju', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301D1B3AAC03A30CFBC911A1EDB37C0F7C2C3BB4CBB92018FB27A09474F570A07AD59D100F20844F0DCB6BC2646E5AF45E11C68B2231B0C4423F1DAAFF985E538A134A130024EE708024CD63716558EAF35700CF4D0A5472CC32E6B93907189A321E9A2EFD35A93F3789A96F8D3705AECBA94AA19AAAF0F53BDBC85', 1772366400000);
CREATE TABLE link (
    platform_id      text    NOT NULL REFERENCES platform (id),
    vendor           text    NOT NULL CHECK (vendor <> ''),
    state            text    NOT NULL CHECK (state IN ('not_configured', 'onboarding', 'configured', 'rotating', 'disabling', 'unknown', 'needs_attention')),
    nonce            text    NOT NULL,
    company_id       text    CHECK (company_id <> ''),
    company_name     text    NOT NULL,
    profiles         text    NOT NULL,
    next_credential  integer NOT NULL CHECK (next_credential > 0),
    active           integer CHECK (active < next_credential),
    active_state     text    NOT NULL DEFAULT 'active' CHECK (active_state = 'active'),
    set_at           integer,
    set_by           text    NOT NULL,
    connected        integer NOT NULL CHECK (connected IN (0, 1)),
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    disabled_at      integer,
    disabled_by      text    NOT NULL,
    unconfirmed      integer NOT NULL CHECK (unconfirmed IN (0, 1)),
    checked_at       integer,
    error            text,
    updated_at       integer NOT NULL,
    version          integer NOT NULL CHECK (version > 0), attention integer NOT NULL DEFAULT 0 CHECK (attention IN (0, 1)),
    PRIMARY KEY (platform_id, vendor),
    CHECK (active IS NULL OR state NOT IN ('not_configured', 'onboarding')),
    CHECK (active IS NOT NULL OR state <> 'configured'),
    FOREIGN KEY (platform_id, vendor, active, active_state) REFERENCES credential (platform_id, vendor, number, state) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO link VALUES ('j5iltskiguhhxmt4wucr2fzvxy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
INSERT INTO link VALUES ('g7qxel4lbhk7wgo2llsbvwpjla', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
CREATE TABLE credential (
    platform_id text    NOT NULL,
    vendor      text    NOT NULL,
    number      integer NOT NULL CHECK (number > 0),
    state       text    NOT NULL CHECK (state IN ('planned', 'created', 'active', 'retiring', 'revoked', 'unknown', 'orphan')),
    label       text    NOT NULL,
    vendor_id   text    NOT NULL,
    sealed      blob,
    deadline    integer,
    created_at  integer NOT NULL,
    verified_at integer,
    revoked_at  integer,
    PRIMARY KEY (platform_id, vendor, number),
    UNIQUE (platform_id, vendor, number, state),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) DEFERRABLE INITIALLY DEFERRED,
    CHECK (state <> 'active' OR (verified_at IS NOT NULL AND vendor_id <> '')),
    CHECK ((sealed IS NOT NULL) = (state IN ('created', 'active', 'retiring')))
) STRICT;
INSERT INTO credential VALUES ('j5iltskiguhhxmt4wucr2fzvxy', 'snom', 1, 'created', '', 'ck_same', X'010000004301D1B3AAC0DF62721548175F4A0E11713738FA77E28CB84F05D82FD1C319EE7F56BC3C8CBE546AF977621A607436E9023349CAFE670E7BD71989F38CF1DAA5840597AF7F88EAB23BCD1E0B0940C79C9279032AC57923BD8726123942F75F34B31327591BFCE3DD3C9B0A5F305B21F7A2FF8C9FBAA6B3CBA2EE745DB5A3031793A2E1A911E56D3C84A5892661D6EC590A67900B39B6DF2E6AF220671C7FAB7E40', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('j5iltskiguhhxmt4wucr2fzvxy', 'snom', 2, 'created', '', 'ck_same', X'010000004301D1B3AAC0D704D2EA9CCCF1671C025382C76A882AF1D0C5CA9ADA71F23517117DD1448B9D83BF0CE0B8D90870ABBC77057ABD45BBED0F48141113B959D41E305EFD21AAEBDD76A7B4E2ACA52F2778165AA8EE121A130C1207FDFFE088FE953D1C96FEE21FE13C03FBAA51BCFB2F0074FD5A2E5F9CD29479C036E0CDB01BB9D5E95D69DC6A515FEE1162AD3DB61EE2113A29A0A3FE2A08D261B93CCAEC04D112', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('g7qxel4lbhk7wgo2llsbvwpjla', 'snom', 1, 'created', '', 'ck_same', X'010000004301D1B3AAC014B3CB9816A34ED9DC739BEEBA0B9ABE44A7C05B399711AEF6FFD9BDAAE85D4172C617114AE25FAE830C1CD5DD6B9FFAE9BF334B1C5965B42E0FFC54E86CA530B24A1EC522B34A4A8FBABB93522BC5038B9F2F9E9FF44C5ED3CC3C0C9BC11352552F207B7C4E952F718217B25BF1CF931E201889E070AF0CB2ED1E0A121D55B07B111B7A3C4E7559210C6C25DB208A5ED4E9806D3F58962624E6C5', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('g7qxel4lbhk7wgo2llsbvwpjla', 'snom', 2, 'created', '', 'ck_same', X'010000004301D1B3AAC05C99BA4AF1D77FB245CC54A2F0D911DE28A4F66E6357B6CA9DFEB4CA1C43EF36F335CBD24946933A3987A2BC04EF7B700FADBD177E0930A48E7CC036517A81003C657FD3812E21AD81194FAAA89D78BE9D45D1C51A7196CADACB385D3CC495A0385506AEAE8B8FCFD2FE0FEBE32F0AF10ECBA363BED51AC20B42FAEFC56F53BA9C67BD6E1B3AB513EFED2406DD9A68A2D81CE41F90E168F3D353A8', NULL, 1772366400000, NULL, NULL);
CREATE TABLE endpoint (
    platform_id      text    NOT NULL REFERENCES platform (id),
    mac              text    NOT NULL CHECK (length(mac) = 17),
    vendor           text    NOT NULL CHECK (vendor <> ''),
    account_id       text,
    product_group    text    NOT NULL,
    name             text    NOT NULL,
    fold             text    NOT NULL,
    state            text    NOT NULL CHECK (state IN ('wanted', 'listed', 'paused', 'failed', 'released')),
    want_paused      integer NOT NULL CHECK (want_paused IN (0, 1)),
    paused_by        text    NOT NULL,
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    error            text,
    created_at       integer NOT NULL,
    confirmed_at     integer,
    fetched_at       integer,
    updated_at       integer NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, mac),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id),
    CHECK (account_id IS NOT NULL OR state = 'released')
) STRICT;
CREATE TABLE operation (
    id              text    PRIMARY KEY,
    kind            text    NOT NULL CHECK (kind <> ''),
    platform_id     text    NOT NULL REFERENCES platform (id),
    vendor          text    NOT NULL,
    mac             text    NOT NULL,
    state           text    NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'unknown', 'done', 'failed', 'needs_operator')),
    steps           text    NOT NULL,
    holds_link      integer NOT NULL CHECK (holds_link IN (0, 1)),
    params          text    NOT NULL,
    data            text    NOT NULL,
    asked_by        text    NOT NULL,
    actor           text    NOT NULL,
    idempotency_key text    NOT NULL,
    body_hash       text    NOT NULL,
    waiting         text    NOT NULL,
    next_at         integer,
    attempt         integer NOT NULL,
    error           text,
    owner           text    NOT NULL,
    lease_until     integer,
    due_at          integer,
    fence           integer NOT NULL,
    created_at      integer NOT NULL,
    started_at      integer,
    finished_at     integer,
    updated_at      integer NOT NULL,
    CHECK ((finished_at IS NOT NULL) = (state IN ('done', 'failed', 'needs_operator'))),
    CHECK ((due_at IS NULL) = (state IN ('done', 'failed', 'needs_operator'))),
    CHECK ((lease_until IS NOT NULL) = (state = 'running')),
    CHECK ((owner <> '') = (state = 'running')),
    CHECK (next_at IS NOT NULL OR state NOT IN ('waiting', 'unknown'))
) STRICT;
CREATE TABLE event_head (
    one  integer PRIMARY KEY CHECK (one = 1),
    seq  integer NOT NULL,
    hash text    NOT NULL
) STRICT;
INSERT INTO event_head VALUES (1, 0, '');
CREATE TABLE event (
    seq          integer PRIMARY KEY,
    at           integer NOT NULL,
    hash         text    NOT NULL UNIQUE,
    actor        text    NOT NULL,
    address      text    NOT NULL,
    action       text    NOT NULL CHECK (action <> ''),
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    target       text    NOT NULL,
    operation_id text    NOT NULL,
    outcome      text    NOT NULL CHECK (outcome IN ('ok', 'refused', 'failed')),
    code         text    NOT NULL,
    detail       text    NOT NULL,
    request_id   text    NOT NULL,
    fold         text    NOT NULL
) STRICT;
CREATE TABLE person (
    name          text    PRIMARY KEY,
    role          text    NOT NULL CHECK (role IN ('super-admin', 'viewer')),
    password_hash text    NOT NULL,
    created_at    integer NOT NULL,
    updated_at    integer NOT NULL
) STRICT;
CREATE TABLE session (
    hash       text    PRIMARY KEY,
    person     text    NOT NULL,
    data       blob    NOT NULL,
    expires_at integer NOT NULL
) STRICT;
CREATE TABLE api_token (
    name       text    PRIMARY KEY,
    hash       text    NOT NULL UNIQUE,
    role       text    NOT NULL CHECK (role IN ('super-admin', 'viewer')),
    created_at integer NOT NULL,
    expires_at integer,
    used_at    integer
) STRICT;
CREATE INDEX platform_by_name ON platform (name_fold, id);
CREATE INDEX account_by_age ON account (platform_id, created_at, id);
CREATE UNIQUE INDEX link_company ON link (vendor, company_id) WHERE company_id IS NOT NULL;
CREATE UNIQUE INDEX credential_active ON credential (platform_id, vendor) WHERE state = 'active';
CREATE INDEX credential_loose ON credential (created_at) WHERE state IN ('orphan', 'retiring', 'unknown');
CREATE UNIQUE INDEX endpoint_holder ON endpoint (mac) WHERE state <> 'released';
CREATE INDEX endpoint_by_link ON endpoint (platform_id, vendor, state);
CREATE INDEX endpoint_by_account ON endpoint (platform_id, account_id);
CREATE UNIQUE INDEX operation_link ON operation (platform_id, vendor)
    WHERE holds_link AND state NOT IN ('done', 'failed', 'needs_operator');
CREATE UNIQUE INDEX operation_endpoint ON operation (platform_id, vendor, mac)
    WHERE mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator');
CREATE UNIQUE INDEX operation_key ON operation (asked_by, idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX operation_due ON operation (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX operation_recent ON operation (created_at, id);
CREATE INDEX operation_by_link ON operation (platform_id, vendor, created_at, id);
CREATE INDEX event_by_platform ON event (platform_id, seq);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_end ON session (expires_at);
CREATE INDEX link_attention ON link (vendor) WHERE attention;
