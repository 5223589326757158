CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 16:25:57');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 16:25:57');
INSERT INTO goose_db_version VALUES (3, 3, 1, '2026-11-25 16:25:57');
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
INSERT INTO keyset VALUES (1, X'128801244B2B173D4D5F3C21B199118DEDE0A82205FA4CAB7EFA3088EC0D07F2BC53CF6D117D9B2F1FAECE23DE2C52D097015F2DA49E7B8C4F2842DCD9F22127145DFC94D834221060117491D2B6C65BBD7F1658F9AC2165A750005FC608F4E6D89CC745BC2FAE42BC0AD8E6625E971EFB2D054C90C203343E253FA54697EBBB61B6E9281BCF7589D610EA', 1795623957388);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'0100000043013CE5D291715C801CAC03683277E4AA12EDE55B815335EFDE444E03C80451F269465E53D6415C6326A201F74B7548C3F81B2E1FFD1E6FACDFEC3862724870DAA0BA6B767143A5E11C8FEC93F177DC55EE55D81C00B4E3A6EBF6C00FDA7A1FD79A4C6D5ECAC9C19B346344742B52AC', X'0100000043013CE5D29168F6A4EC5500245E876E82E8BAAD866BF7E449DA37E1B58301834959BA04DE89F5C5D56AE7DAC8EB99402007C1F188A9BA844D3C0161B6399BA58638929EA25C268BA460A3564A37143938E235AA25E6C7D5EBFB8AFBD349ED293ADD02149B801BF01B44155874E545310FAFA8CAE67D7E4295C4E89BBB0C37A7', 1795623957388);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'0100000043013CE5D291AB62969FC8885052952758FD8C845B2F5F7CE98C0CAD4012B1B2CABDBFD500F05EF622F251A5BB5EFE98A53C536AEF8FEC8581D23F92EBEB7F2882AD1F7F0EB5E66B5DDF93FC99A4C052B5865AFA9C54FDAAC1657B29D83C4041147C7FF16B6CE901E14BCAB642CDC0CA245FDFDF9FD8353DA309EED0C380A9290E7BA5666E883FFCFC9DF1ADDB9844A8650A72B9527C1DA2EB', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'0100000043013CE5D291713A01043D4A69BD9CFEC6B162EB7881C76E06E7B428A6899FE4207CCBE3A3281D41C164BD6DD8AB3C9EE773540E8CBC816BF49148B663BC35F39D6C6BCCC0170597B9575B75B441DA1AA7619B805DCF7F3C6CE76F86FD0ACBDA8AF8907B23A4E8A3570C6F7095C3600A1D9D3CA0D5F4C6B160FF0383303DAB94C01F51DD581F', 1772366400000);
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
INSERT INTO platform VALUES ('ke6kqka3yawriiht4wiotmwsny', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('at57jcvqgaecjx3u4d2zrbtfyq', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('ke6kqka3yawriiht4wiotmwsny', 'dzn7xxvy3ohkvsnvksxl6xerde', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('at57jcvqgaecjx3u4d2zrbtfyq', 'mdazqiqjwtrl5tz2dxz2iw3oqq', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('ke6kqka3yawriiht4wiotmwsny', 'dzn7xxvy3ohkvsnvksxl6xerde', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'0100000043013CE5D2912E99FB9EFBB596E7A146063AB04CC7BB9EC6F4015391607520174261D2FF159CDD7E1C85C74DDAADDDC64847FDFC5286372AA74C8AECCD3A00157A607486FF87ED4DD3B451A36530D9C920E339826B0F9F105D60C8E936E69BBB4AA5ED0FAD0934C0E35B2350F7B63BF3B188C8E50D4BB7E24340FDE6', 1772366400000);
INSERT INTO account_token VALUES ('at57jcvqgaecjx3u4d2zrbtfyq', 'mdazqiqjwtrl5tz2dxz2iw3oqq', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'0100000043013CE5D291E5B7FBBD9414E196DEB1D1B3DA88BD43615E7FEB0C6F8BC09C409352CA94718BBF863FE4C3F88A7319F47B1399AF98CF81DFA1CF3B18F2DFA5AD4575E7E4EE67C4B4E652303B1A61619E26FC4FB9DA82BD7AF930CBF73B6550D61CE0E35E79323FDE99039A38C3A6CDA94BC538899A5BB08E73D3D37F', 1772366400000);
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
    version          integer NOT NULL CHECK (version > 0),
    PRIMARY KEY (platform_id, vendor),
    CHECK (active IS NULL OR state NOT IN ('not_configured', 'onboarding')),
    CHECK (active IS NOT NULL OR state <> 'configured'),
    FOREIGN KEY (platform_id, vendor, active, active_state) REFERENCES credential (platform_id, vendor, number, state) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO link VALUES ('ke6kqka3yawriiht4wiotmwsny', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
INSERT INTO link VALUES ('at57jcvqgaecjx3u4d2zrbtfyq', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
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
INSERT INTO credential VALUES ('ke6kqka3yawriiht4wiotmwsny', 'snom', 1, 'created', '', 'ck_same', X'0100000043013CE5D29195DA15837E775166CD3BA2CB3A8EF5674A032D4704F5F8C59D63D65602A22F7883B4EF6F3AAEB934E2460ACF30BC7043655F60C805A7EF20F0CC692A9350295A3D4487AAECF70FAF6A9C26DB898352A51F33FE7419B7D7652FD773FA537623381F0CAA7B561CDE8A9B1908B1FBB8229D142683A5F354DC33AD12045959FE772EE4FB61D662FCB0F1DE51033A210B5FF4C65BB5504D81253F8026FF', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ke6kqka3yawriiht4wiotmwsny', 'snom', 2, 'created', '', 'ck_same', X'0100000043013CE5D2916B5F34390AB5929B0988A3BA4BC59522F21681966362C399C96DD52BCDB3A3330C2C34D659D36592524AA42FCFF8CF61D94F92B1188660EA281127468C38919673DA3A4BA0FB7E899EBA1FC7F5790B787DE490F67BE57F59B2F65F42308A0464E3F79ED46EE93642402606D325B133D3F55DF20EBB3404F16401EEE53253974EB5B8C0AA11B47F372D89CEBEE36E85FCBC581FD15048B72FF77FF7', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('at57jcvqgaecjx3u4d2zrbtfyq', 'snom', 1, 'created', '', 'ck_same', X'0100000043013CE5D291A1E1A06624B3745B51E24FDCC380FAB83F0E6FAC421198A9439271165DE6C113B72C75537A5CC2B00873086349FA3907BE2F7C4C2092130642800C541393EBC17CAC5C1B9581DAADC95C96EF6673853F28A5FABB47D27F4F7165759254B2DDFDA7D0CC306C0A740CB764DC3F19A5683BEA967E3920F825684532CE352F0C2C12741B8E742D4C4B0967AD34446588CF77D47F1710597B8A3A0B0AF5', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('at57jcvqgaecjx3u4d2zrbtfyq', 'snom', 2, 'created', '', 'ck_same', X'0100000043013CE5D291DA055C635A7E95F308B60A3D8157945439741F86D16941AD77CD4BF0345E36E11376C690351DC2930AF7A0B78E8252D80C1AABCAADFC62751F79B37E937EF0182E1C0AF62A04C946FBF19F0134D5630484E8C0510DD61AD89B760857A03AD56428EC5E7334385C5895122A69986D216984CD42CD23A448EBB9C343FBCCFD3F44A6C23946A96BE94576D0DB60AAD25878733FEAE880297D346EAA44', NULL, 1772366400000, NULL, NULL);
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
CREATE TABLE replica (
    id             text   PRIMARY KEY CHECK (id <> ''),
    version        text   NOT NULL,
    schema_version integer NOT NULL,
    started_at     integer NOT NULL,
    seen_at        integer NOT NULL,
    alive_until    integer NOT NULL,
    settled_at     integer NOT NULL
) STRICT;
CREATE TABLE duty (
    name     text   PRIMARY KEY CHECK (name <> ''),
    taken_at integer NOT NULL
) STRICT;
CREATE TABLE pace (
    vendor       text   PRIMARY KEY CHECK (vendor <> ''),
    free_at      integer NOT NULL,
    paused_until integer NOT NULL
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
CREATE INDEX operation_running ON operation (platform_id, vendor) WHERE state = 'running';
CREATE VIEW key_worker AS
SELECT o.id, o.platform_id, o.vendor, o.state, o.holds_link, o.lease_until FROM operation o
WHERE o.mac = '' OR (o.kind = 'release' AND EXISTS (
    SELECT 1 FROM link l WHERE l.platform_id = o.platform_id AND l.vendor = o.vendor AND l.active IS NULL));
CREATE VIEW rival AS
SELECT w.id AS operation_id, h.lease_until AS until
FROM key_worker w JOIN key_worker h ON h.platform_id = w.platform_id AND h.vendor = w.vendor AND h.id <> w.id
WHERE h.state = 'running'
UNION ALL
SELECT w.id AS operation_id, 9223372036854775807 AS until
FROM key_worker w JOIN operation h ON h.platform_id = w.platform_id AND h.vendor = w.vendor
WHERE NOT w.holds_link AND h.holds_link AND h.state NOT IN ('done', 'failed', 'needs_operator');
