CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 16:17:44');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 16:17:44');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 16:17:44');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 16:17:44');
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
INSERT INTO keyset VALUES (1, X'128801F1BA322607F62A97071F9223E9EE342AECF3A02D97AD1110C665EF4224BA245B883576D13F648DCE20E784E27A57FAF26F3CFEE5A6C82AB5D0AA698C03381FB4F68884DDA73A055EE2BA07DAEB6F2F96E950D4990D9F19A8BF01F278075AEE3C2147FDB0EC9B607692BDC1E3D3FD0F2C6C2A7724796CA9727B31632AA7FB241F500348B1385B9749', 1795623464823);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'01000000430123C73DA4B919750A0E8908FCD83D73C5064B453EEB92155107B1A1CF8068CD019A0CA11DF18B5553A54326CABAA216B1562BF3FADF39F2955B6CD549C5101939875B14CAFE52CEA3B5363943EABA081BCF32BBADC19909E06E668A88E907F8769E389A37875C4CAC818C116513B2', X'01000000430123C73DA48929EE7E0C349ABFC58AE69E19C7D8414853272202589E2811D5338128D2948FB03C4D620061BDEFC2CC1630CA2066293B711E16A2E8382C97F0460F6A451E53E71612C4981D6A046FB31D9FD2F8164AD418498EDC8130B39ABAE324476BD3976777B0960171413B17CEF935CA01D9DC196C0F079FABCD71C69A', 1795623464823);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'01000000430123C73DA439582332690E2692D0810F10789E063E8A80AE4BD62BA1980564EB841345B79924F0045F1EF94C617751962577F0D586D86A7DBF95DF8CE26F5D94A88E8E357CAB5FDB5AC50F653D68329F03B59F53179097C0F23008C3C5E22F4085EEED5F9D038CB4B3C6540D5B6EB62CF9554C2CD4E955ED20FDF19B21C72DE5ABFFB9C5C314B5D6D000CE35BEB020038491132917D05795', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'01000000430123C73DA4A0C8A2315FF4B7C994338CCAF846ED3F764A260F73B1DCAC623D1BAF5AAE2596C85A796AFD553FBF047EA5514A34B6027F2E17AB93264EA5AF387820B39B07DBFBE9DEA12164D660BDC75B25898FB599FC1B5B134BC779965D5270039C165C09198EFB3DD0351E34E3A9417739EA62049DDF001BD6AFA85A0A154F71C89323FF', 1772366400000);
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
INSERT INTO platform VALUES ('citxcl3yi4ygsyfpldelrvwrbq', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('kpr74vylav5u2nhd45gk52q65m', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('citxcl3yi4ygsyfpldelrvwrbq', 'uhkx4hp52otj6eq3e7ytvlxkp4', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('kpr74vylav5u2nhd45gk52q65m', '46fpo255xvibnxmdhb24in3vjq', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('citxcl3yi4ygsyfpldelrvwrbq', 'uhkx4hp52otj6eq3e7ytvlxkp4', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'01000000430123C73DA4A0F2380403A51C0DCBC48F5A0A7094593433AD54F14AEEB4102B6AF876F2BEAE8E1F028707331C86509489750F6652DD76796663C611457A7EF045B0D68364A839ACFAF3D470D66DC9BE963F6A83D41C7F23B2419B0F89DDC6933A2B4401AEC0B8ECEE85C4EFB8CBB950BC0A47EA46D39B3AD8E27A10', 1772366400000);
INSERT INTO account_token VALUES ('kpr74vylav5u2nhd45gk52q65m', '46fpo255xvibnxmdhb24in3vjq', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'01000000430123C73DA44EB9CAAA0AC7FD366FB8B672A710A0E2ABF4DAB56129C141972448768A813E8EFB22B33BD16D544A7958BFC1E0312475726229A5D62461771B3E4CCCDB0653D3DB3755308461D40B7F2C48B163AEFD2AEDB1369F70D507A5443F1D2EF975A590AE3EDD8D32731BB896FCFC03FDBF32D1B6EB09F43EC3', 1772366400000);
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
INSERT INTO link VALUES ('citxcl3yi4ygsyfpldelrvwrbq', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
INSERT INTO link VALUES ('kpr74vylav5u2nhd45gk52q65m', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
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
INSERT INTO credential VALUES ('citxcl3yi4ygsyfpldelrvwrbq', 'snom', 1, 'created', '', 'ck_same', X'01000000430123C73DA48FFCE98FD6927E687F1D299B3E33433F33B92CE84DD79E303A602CBDE404A44713C564145FE0A97C08B64CEAAFE3FB66C95EC23ABB2090881781E3ACCC6DEAD70E69B2086B8A9A364B7BF98888A272E83A30928C79922DE40F224C599CA143B0223E19FA9179F6BFF1CCE3C329BDDAFC74A8930E76E463DD3FA9556DA7195608475ABEEED7B60095E64A69122E23559CA8C223AFFE0C1FC05E9E8F', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('citxcl3yi4ygsyfpldelrvwrbq', 'snom', 2, 'created', '', 'ck_same', X'01000000430123C73DA43A536E6304BB007CD055DA7A19CA363DBC5BCB88509A4E48E1E81CD0FD24229D741A5E6ABEF5C22CAFE11CFD31589746E556D0D65260071B8A11A2B22EB23E07CD5DA519BEC5B7D8157B3818CDE9F2E7EF4E0B0935DE1EF65F8FCC0D3A86824C29FACB1227BB8121B407DD707FA93D1311877A064D07D966CCC53F7EB1245110A5686DB7B51F6ACFF2C42BD732394BE1DDD452C9040492D7059D68', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('kpr74vylav5u2nhd45gk52q65m', 'snom', 1, 'created', '', 'ck_same', X'01000000430123C73DA444A2C15E05D1478103E43F411BA4A31A20757D65E2026F0796F5A0AD4E910FF7BAF61DE9144EAE246A1EEE4CEF9A304F23057C19D80BD14F8DF9A3465F15EE81FD3EE6A8B74C900018BFDB970F8432B215F1F9118E702A63398EF9CDF2C00EF40C3CD1911FC78985B7C5125FA4DE67254666C5D203E4131D326964C9591E67DC9E31B4EC5D5BA347BF2158C46894B2F1058CFC8302215B34808759', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('kpr74vylav5u2nhd45gk52q65m', 'snom', 2, 'created', '', 'ck_same', X'01000000430123C73DA4CC1AE4CC6DFAFDCA77D73DD560C22E3385D3F6DF07A7B568C44D237A4DCCECF2D795971E0623D49981B2A4EDDA5A1AD692A685B1174DA37C5D1D0B3F17320F9032A305C741A30560F9178F0CF9BA93F42CE20C1F341448C32F2DF07AE3732593F1B42D9930B141317554575A24CB38E4C43E91FA2119DA44413E8878096B2AF1A3370C8FBCFCF3A2568E8930190739DA513BF655F4D818F9E52F43', NULL, 1772366400000, NULL, NULL);
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
