CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 17:23:52');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 17:23:52');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 17:23:52');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 17:23:52');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 17:23:52');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 17:23:52');
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
INSERT INTO keyset VALUES (1, X'128801B3E0E42DD71487C2AB8789F0BDC2C0A12ADF02B892F0C4561CDB77460F282B0AFA71E16EB5FB5309953D7C86B20CE531A1C047A8B628F94B60B7D6DA80E7A203A30137BB36602A2C82FF132481321694FD26FD15909003A86A2EC88298BA4B97202635E3ED83A2319A4E7D4887C4AA3C9118A2271C5D889464A6E75A51C384AC619B9F79C42B7404', 1795627432415);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'0100000043019B9E3FD1D846901CF7899D6AB05425956228C49B2030619718481490A72A3EE3BFF13421F39CB5C8957930350803DAAE9DEBD5EC58C67D9B67F847FD1EE3A151F50E53D2262FFD9BAFFB1B72D6B2DDC532F2FC5538C8BC98392FE31D0318DF3B5F272CC64ECF788B07F8B1F31337', X'0100000043019B9E3FD12C105329E3AD5665E22A002AAFB49EFE49B3805B505626CA89E815B2AB952588133289A37AE2AC36AACF3768BB36643FE75CE0A8CEDD0B547DCA264A57FCFB3359C4A9F15629E740C44461AE852A4C7DAD2CCE356AFB48F349974DBD0FC45FE734322FE54DB88AF168583634E163DFD3B6F7496F4816C26443A7', 1795627432415);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'0100000043019B9E3FD1C5D51C34D539C0AD048DEB985A2C8349A997EDF4FD50B8B474FC10233426BEC9788FEC598A9D0E7E353C6CE77D77C83794AA900E56583ADC21543821944A17AD562BE51B624A3ADB267EBCFC4E424B5F66CF0B64C8CAC5AE17AC8287B910EFB6AE50F26C7A91B70DF061DB9A38F1238AD7B3A9A490EBA06141BC3349B3EDE0AB1C183C3EB56D5CB2B9FF85EA7F9825AE9F5F9F', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'0100000043019B9E3FD1A880F1DCEAC623746A61BB37FA137B062635F01AE32079132607ABFF4E8EAAD2F0946D45D4579B25C5D89A1A529AA56A61B784CF914D29A84858DF2733731C54E89D5D8216B6C72B6BCF8014D6E5F4966FEA470F0DFB4774BD5726FE988EA886A2FB726522E113B53398CCDDA928FE85D366BB08E77F300002ECF0962D412BAB', 1772366400000);
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
INSERT INTO platform VALUES ('mrbl5prbdvtgf2iesadck2hwgy', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('ddrw5uocu5r5nqk3yeknkyhfie', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('mrbl5prbdvtgf2iesadck2hwgy', 'dpi35nuptdnngpznatqami6q6i', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('ddrw5uocu5r5nqk3yeknkyhfie', 'nrfgdedxtqiarz37fqq32wsvdq', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('mrbl5prbdvtgf2iesadck2hwgy', 'dpi35nuptdnngpznatqami6q6i', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'0100000043019B9E3FD18B67A79286D57DED12E907BB0FD58152309870BE0906FE10B8C012141327EA20A4E159F9E1797D4EDBAC3D4AA3F693B518419D9ECB1F67D031A45F6879430CCC582AF9E297870128BFF494E18BB4FD6F991E21714A98D31EEC8746B34525EA7844883B7D654F1E3A6E7C22C853DB2157FCBE768CCF84', 1772366400000);
INSERT INTO account_token VALUES ('ddrw5uocu5r5nqk3yeknkyhfie', 'nrfgdedxtqiarz37fqq32wsvdq', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'0100000043019B9E3FD1DB6D27725B7D24D65EDB50A5477B7E75FB67525B6608FF95E3345C8D2BEA55C9C43EAA3C35D37FB268C72E9CBB4E8DB26FE666656D4496FD6FF1B1E8406C02557B3ECDA487F3F27F7257AD4E7B3251B17BCCDDED4A340AF502C089569A8EDFF784AA6C35F2F242CEBE49362D078631BBA21979B6A69F', 1772366400000);
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
INSERT INTO link VALUES ('mrbl5prbdvtgf2iesadck2hwgy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
INSERT INTO link VALUES ('ddrw5uocu5r5nqk3yeknkyhfie', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
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
INSERT INTO credential VALUES ('mrbl5prbdvtgf2iesadck2hwgy', 'snom', 1, 'created', '', 'ck_same', X'0100000043019B9E3FD15F21E063B85993D78B37B59EA7FA63E2E1E0F4269652BFD3E170D23F0F2D998EE9EAB732998C4C055790E0CBF314D9E8CD7E62442BEDAB3737DF024C32B2F34FE926B732AD2FDDDFDFF7F181FB83D609A65E6E7C395FC5A11062CB40AF0DC22C0F4B9CF79CE0EA5317A7D85D19970E8A2775FA6CE05E615264847235C20485FCD337B84A274CDCA2A609598D98FAA474B9807AB1FC68D9377EC927', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('mrbl5prbdvtgf2iesadck2hwgy', 'snom', 2, 'created', '', 'ck_same', X'0100000043019B9E3FD13502CD9035EB0773A1B570591DD19E145769811F3523BA44A9E6F534E2E11739C01F64BB287978AC5F5C8E1A6E2DE9A26C54255784A6F1912FD582D607A9384F20D97391C2A1C4E5C96F7C973F1496E3537C0359AFAB1BA0D1D5D8267AE30DC988BA9EFB0AABBB7581A78A59124F18E53C4D2587BBCE8A3E4638E61F91FD5EB5C36A1391F1E2A3D85AFC72779B7F3A4E24EB3A73108A8F8CF2EB8D', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ddrw5uocu5r5nqk3yeknkyhfie', 'snom', 1, 'created', '', 'ck_same', X'0100000043019B9E3FD1BD78F1D6B53F1B9F022FEF2A77F531CA26A67E2299AD42BAB4858E56A40BE5C098923A8159BFEB27FF0B91214DB312F0393110FC04D24EDFCACDFB1E6B16094CB8D33B8BDDC20C829D5FB0DDBDE4DF93046B1B00F0C0621457F54EFE71DF41479831EE79E5DA9AE0BCD4A07D6F20387C416C3C768F2D24383A48CFF25E6F8FA28633B3AF2478DE1002DF7D93286C717E23CBD9F8111A219F719F3E', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ddrw5uocu5r5nqk3yeknkyhfie', 'snom', 2, 'created', '', 'ck_same', X'0100000043019B9E3FD10D3CAB0101D318DAF9328D0C2C94C69AD97FB0D99E1742C1E3FCCB3FFDA0ED76D5C6772B88B2C2C1A1D2DE48CD06FBACEED7B7C273A4E63D940CABF2BBF858AF22CF12385F3E7B35F02F40DD8874B579735A4061E2A9B1483399E8DE05C2FDFF9AADFE3A8E5208B2E61017F4E894D31AF526EDABAFB4D464FC6DD4BED997DF96102330AA5258DBDECC7B3B4DA86684F16B8210904C40815AEEAC8B', NULL, 1772366400000, NULL, NULL);
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
    updated_at      integer NOT NULL, works_keys integer NOT NULL DEFAULT 1 CHECK (works_keys IN (0, 1)),
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
CREATE TABLE submission (
    asked_by        text NOT NULL,
    idempotency_key text NOT NULL CHECK (idempotency_key <> ''),
    body_hash       text NOT NULL,
    platform_id     text NOT NULL,
    account_id      text NOT NULL,
    token_id        text NOT NULL,
    existed         integer NOT NULL CHECK (existed IN (0, 1)),
    created_at      integer NOT NULL,
    PRIMARY KEY (asked_by, idempotency_key)
) STRICT;
CREATE TABLE probe (
    one    integer PRIMARY KEY CHECK (one = 1),
    filler blob NOT NULL
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
CREATE INDEX link_attention ON link (vendor) WHERE attention;
CREATE INDEX submission_by_age ON submission (created_at);
CREATE INDEX operation_running ON operation (platform_id, vendor) WHERE state = 'running';
CREATE VIEW key_holder AS
SELECT o.platform_id, o.vendor, o.id AS operation_id, o.lease_until AS until, false AS rests
FROM operation o
WHERE o.state = 'running' AND o.works_keys
UNION ALL
SELECT o.platform_id, o.vendor, o.id AS operation_id, 9223372036854775807 AS until, true AS rests
FROM operation o
WHERE o.holds_link AND o.state NOT IN ('done', 'failed', 'needs_operator');
