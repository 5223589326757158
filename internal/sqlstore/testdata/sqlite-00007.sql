CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 17:49:02');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 17:49:02');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 17:49:02');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 17:49:02');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 17:49:02');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 17:49:02');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-25 17:49:02');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-25 17:49:02');
CREATE TABLE schema_compat (
    one    integer PRIMARY KEY CHECK (one = 1),
    oldest integer NOT NULL
) STRICT;
INSERT INTO schema_compat VALUES (1, 1);
CREATE TABLE keyset (
    one        integer PRIMARY KEY CHECK (one = 1),
    wrapped    blob    NOT NULL,
    created_at integer NOT NULL
, version integer NOT NULL DEFAULT 1, phase text NOT NULL DEFAULT 'steady' CHECK (phase IN ('steady', 'distributing', 'resealing')), root_id text NOT NULL DEFAULT '', kms_key text NOT NULL DEFAULT '', root_sealed blob CHECK ((root_sealed IS NOT NULL) = (kms_key <> ''))) STRICT;
INSERT INTO keyset VALUES (1, X'128801894225BA9AB3AC4889FDB023EED5D8EED2B56425F77EC2A85C6B2CD00E26C67EAA72868C8443DD746CF1D5825D523CCBD5AD6528E65C4468EF2C71607FC35519F1B780EE74C74A450209AB5198247F090F660283482E28D5544ECC6FCC851F350677A76A15D03D6F59F3491C8919AD7E7AB4E6AF07AEDC5382C700303A93CE1B55F79F0E1DD857F8', 1795628942832, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'0100000043016567A7FCDC39786DB77E10B0CA1F4F4FAC4742ACD86F58E4788F0FAB0EA26943DB7911817F80DDDAE04D97BFEE0A01728D45B9CC9F17E446929D4E15F12A399F4506CF80B2B8A85270F52C67FD07EC8E2D30942AFB22313F5D54693477FA72FABEC444C021909AC7154AA58F30DA', X'0100000043016567A7FC4459B5556286A88B7B53F063BC3B70796C4EAEC8EA9D3CD4F21CA13997DB456254A8B994DA6513155F07493227FC44A007680946E66E3C6782997B4BB49C66534769C8D85D79FBC6C0A289EA02DA8EB0976F91E4C1495301B20DFB1AFD619E2C92DD6DEB587CBD57CFC22B3FD1AFB4A4A3340386C804C5985955', 1795628942832, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'0100000043016567A7FCBA920DFB6FABEF198F6936D76F00F6EDCC3964DB588EEF746B21FCA5B45008C735594E5BD3769F5D1067C4A180F25B70252EDC8CC578742BE1A6A16744D08B91551D0D534518B7F3D012D8CD7B5C2A8F9A2A2834EDD7DA48FD8A012BCF3F7FBC546048C454AA3BBF3B3985C63C555107BFCD22F855CB3B3FCC3800F435DA2EB6F191333188745D868D2264D8A1FB8383DBA7A6', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'0100000043016567A7FC5D89EFEF81AB667C1BFB8D6BEDAA143D7F3253E0F1EAC8407201A09024B04A8A3C687D8C5CAFF087021CB143E67B659F539839580635399A32956EEF657DFDE181BEAF21B4753347F1F9059C2175F2FEFE00CD88AF8F906BE52616B0A20C5F090F74183A9036502D27A349EC98BC13CAF9C82AF201CC032C8DC01A565E73070E', 1772366400000);
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
INSERT INTO platform VALUES ('iwviorts4m227gqx3sl4fit72q', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('lkzz5r5yuymvcqc37pukzbflca', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('iwviorts4m227gqx3sl4fit72q', 'k5hap3o5sh3fdq7qd3ydfnass4', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('lkzz5r5yuymvcqc37pukzbflca', 'nejd3r653cua2de6ew4klvkcte', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('iwviorts4m227gqx3sl4fit72q', 'k5hap3o5sh3fdq7qd3ydfnass4', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'0100000043016567A7FC414C5FB9DD83BD7A5A3015842459AA4BB494A01A0A242CDE2B735C91F797A252380B1CBA31A60991CD78FF127FE1E17D266D5BA8A43C749D46E80904C7F1EDAE42AD0F0B3E1E7CDD1AEE70F4A8AD25C6F0D3D4A4820C396C7F253BEF9351D7EAF3285C8B4FEAA774EBCAAF65077777C03F771C3DED7E', 1772366400000);
INSERT INTO account_token VALUES ('lkzz5r5yuymvcqc37pukzbflca', 'nejd3r653cua2de6ew4klvkcte', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'0100000043016567A7FCA71EB96A04BBBEBC3216184DC20BCA73287B163EAE33C7702FB4D4B48A785769AA2AE843BE24B78076FCD416D118CB04F440D24D5C0BACF469090FB9E3EE55D09B664D4FD8AB9FAC939D6F41CBD8D717781B82B490918B903F8066659F48A87B576901BEF966DCA0894062255FF9A93F860969E16729', 1772366400000);
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
    version          integer NOT NULL CHECK (version > 0), attention integer NOT NULL DEFAULT 0 CHECK (attention IN (0, 1)), restored_at integer, later_keys text NOT NULL DEFAULT '[]',
    PRIMARY KEY (platform_id, vendor),
    CHECK (active IS NULL OR state NOT IN ('not_configured', 'onboarding')),
    CHECK (active IS NOT NULL OR state <> 'configured'),
    FOREIGN KEY (platform_id, vendor, active, active_state) REFERENCES credential (platform_id, vendor, number, state) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO link VALUES ('iwviorts4m227gqx3sl4fit72q', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]');
INSERT INTO link VALUES ('lkzz5r5yuymvcqc37pukzbflca', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]');
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
INSERT INTO credential VALUES ('iwviorts4m227gqx3sl4fit72q', 'snom', 1, 'created', '', 'ck_same', X'0100000043016567A7FCD48A052DE136BD13168220E5CF5BD7F8B9A048B04203C59AE0AB4FE10738081F7427F026798CB108876D791104168FF5670844DB1FBD1CA00DF8CBFAA7DA2BF187E2E76E80957BE2D71AD81880F611F115CECF448BE0BE0735E44E0CEDEA7CDD0762A36932954A4B269B1509214A9525B8266324E752017CBAE94117F825E90519447201390CBDF9FC072593B43006F5EA374F40C9E2D8C718CC57', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('iwviorts4m227gqx3sl4fit72q', 'snom', 2, 'created', '', 'ck_same', X'0100000043016567A7FC83E227D2F6B2E0EEC0ACF50977E7F70B8DAC122779EC9A080A9F809A43E65555C40A30659AC25BC0230E7073413F589C1FAA7397630210AA10D089B57A7D3C67FE9ECA36575A6003430A1D3B24B23D1AA3107BFA4A335E4B70DA2B49D507C1FD4C8356295F1EC441E2978A3E9F389A693B5B160530C2FF7AE37F9CB8540DFA5B5194BA8E14CAEDF2C061A11676981EEEECFD68C207D9FA76803BD2', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('lkzz5r5yuymvcqc37pukzbflca', 'snom', 1, 'created', '', 'ck_same', X'0100000043016567A7FC097C09DAA14A0CA7BB013C51D68911CE341839FA3E78B6444DDEB1E81FEF37294F51DFEEB66DBAB9F0935049967D59F6578EC0362A4072336E81EBFFCF04E06EC1521005356D95CFBFDAF3C2EADB04A8A6D16F8F455B6BF9A40EFB69FA614A55DB0C67FAB61D80A14ED190C5A3F49BA7C20801868741C83A9CC2F47490A068BDA23F2C4C1A9773EB5835ADEBF0B22BB87A77F21CF5ED7F26717823', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('lkzz5r5yuymvcqc37pukzbflca', 'snom', 2, 'created', '', 'ck_same', X'0100000043016567A7FC96AC9E29598A28686AF633D40D41C7CCEDE9FC28F5C24D714F90684B47409011329984AD96ABC7F5E5E957D15FC6F381E32C05523213904CBD8F67410C70B13F6F766BC526113B013992335718FB181E334EEAD804B0EFED9712835AEA71A040D446DB65C4786E0BC294B734E9895700E9398347C43842DC1AF24C805D8F073ED0B160651177A46C0E6BADA48070C3DCF6DB3535E8DE206F2E8BE0', NULL, 1772366400000, NULL, NULL);
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
CREATE TABLE keyset_copy (
    one         integer PRIMARY KEY CHECK (one = 1),
    wrapped     blob    NOT NULL,
    root_id     text    NOT NULL CHECK (root_id <> ''),
    kms_key     text    NOT NULL,
    root_sealed blob,
    created_at  integer NOT NULL,
    CHECK ((root_sealed IS NOT NULL) = (kms_key <> ''))
) STRICT;
CREATE TABLE writes_off (
    vendor text    PRIMARY KEY,
    reason text    NOT NULL CHECK (reason IN ('switched_off', 'another_copy')),
    detail text    NOT NULL,
    since  integer NOT NULL,
    set_by text    NOT NULL,
    CHECK ((vendor = '') = (reason = 'switched_off'))
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
