CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 17:07:00');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 17:07:00');
INSERT INTO goose_db_version VALUES (3, 3, 1, '2026-11-25 17:07:00');
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
INSERT INTO keyset VALUES (1, X'1288015DA756AF3D67905CA7F7DEB0400A2B64DB7606F77336EB58EB8011EF84737175402D00B991602C43DF558FFB7337EB16ED6AC66C6981DA0902D1E8AFDD1FE5C16C8E72656E0757B6BB342F03F8D151AAAF536F324A5B8030C5C5011730B4AE5781ECD6C799A74609DE85898439B629FEFDF6636B5CFAC79362F2DC316740A827A29E9CDF404D6399', 1795626420839);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301EC17BD9255A3A594371092AA495C3256B7C9504533EA29382D299403FF8B1A428027950265B23DAD6EE4DC3B1511503627D846DA5181598BE6ADCBACD78F06AB9CC2B62CF65ECA641237C65DC1BEB2FC1AE42AA59321D30564C30282F017BA2329BAE2B005CB5034857131158126', X'010000004301EC17BD9210BECFA809501A9647D8DC38271889F9127ABE1D4C999DE83E2178F699AD6C5CC396DD49CE53020DF00ECE957EAA818528D5AE9B1F084955919E6B6A5CB16277E55E2E118D4F66355A71D19BA3B807628893C6058FD1BEA76FE551A49C7BA3D66FDC58C98513EE4AA59537813CD52438A65958E80B3D2E01D5FB', 1795626420839);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301EC17BD9269AEEDA506E5D59EA56F8B7A5E42FCF8E2AC3D5B1B21A12314BCE238F358F89E4F11AE614BF608E49F883DD9D2EC199222384C3DF02AB3B76FE76637642915580B061A1441A806FDAC64C003BFB5138D1851045F887A8FF66DAF948CB039907621F0404FE3D8BC4A11B233D67875F1FC1DCD99767B0338D899F6A340F076878EE8E4F06B675A62E87FF7D26F1E64355DA0736A', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301EC17BD927901ACE81C90A65F4591E880E184FDCBFBD869570CE5FFC27A40A2BDA8421096C29CD9CE1080DA7D400B6AF393101F17DBF7A9FA4565451AF4F50B9097F296677612E648DE8A8DA3BF687848963221A07BB49BBF5A07A38E4A8A7083E5E75BBD677CFF48BA5F6DC4CE56C9DA753EC11A7101A17061F314D5D6E325D05A3DDF78', 1772366400000);
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
INSERT INTO platform VALUES ('rzumj56eg4sw4mewhvsfpsi4de', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('7mij6a7pcyu65rakksqg2yxo4i', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('rzumj56eg4sw4mewhvsfpsi4de', '7akmxkys35kgkrjy4pskydcsqi', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('7mij6a7pcyu65rakksqg2yxo4i', 'yjc4byioiz7f3dvi7p72ytatm4', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('rzumj56eg4sw4mewhvsfpsi4de', '7akmxkys35kgkrjy4pskydcsqi', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301EC17BD9233F7CD67303C73E55D851572B50F9681F64BDCA8116299FEC2E287D16A0B7F4830992764CE1BCD4E8CE4BA096A5FEE897CDDB0DE418F49096B19B842885D5FB4B4B5EDDF10DF9504F001E1757801C5FB86531C77582CA73A164F9E98984913FEA1F9E87DE97B1E716C5704344C499E682EFE01D2D9F0', 1772366400000);
INSERT INTO account_token VALUES ('7mij6a7pcyu65rakksqg2yxo4i', 'yjc4byioiz7f3dvi7p72ytatm4', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301EC17BD923612416C247B56764DABD9F979D2FB180E2C139940F2612D52152F7F9F99682C3643178BC0768D12904C4F961DF109EA1721DD86661309E3A15753BFD4B4FD15C058BAB87804B77B41C833D93AAC1A23548AE27DAEBA062307251DC4026E222BC72E152F968BB9DFE8305A0B10728ED8CDD3FC6F16E1', 1772366400000);
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
INSERT INTO link VALUES ('rzumj56eg4sw4mewhvsfpsi4de', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
INSERT INTO link VALUES ('7mij6a7pcyu65rakksqg2yxo4i', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
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
INSERT INTO credential VALUES ('rzumj56eg4sw4mewhvsfpsi4de', 'snom', 1, 'created', '', 'ck_same', X'010000004301EC17BD922D8629CA629133D106C7DE3FC57BC7D45EB22C4B22FCFF93CC410D8A7921B3DDA628E3B16C379C407756BD45A90DCB598CE7E37BA5382A1B9273F4DE1E305CB945126C05481AB9B3B455B9824953BEBE83C2523493B82C30626467EEDE335DAE659A2A8968E32BD38963E6714ECF2C0175FC2AA8726D706739F931B78CC173EE1911A0A7B1C4CE6FEBDE8464D44BF83CF490A1EAD4189AE09CEF0D', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('rzumj56eg4sw4mewhvsfpsi4de', 'snom', 2, 'created', '', 'ck_same', X'010000004301EC17BD9268B7CF3EC333716471ACE6EB1D25CB1791E923B26BF1EF7AC8B8658E28BFC532CD46FB44FFFF45AC56A23001440D870C2609F2C4706BD36A4658DB0F179450CB193552D99553B3851DAEFCE4325A8CCD21D4F993A166AEF05C1BD57E97B8EF02B5CFDF8692E20FAECA1093F5E8CB3BCB6B32E0EFDFA761C785E20462377986351157E2514A04DED073F667B766B1142ACC7F8CE45D28BE7706A08C', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('7mij6a7pcyu65rakksqg2yxo4i', 'snom', 1, 'created', '', 'ck_same', X'010000004301EC17BD92C0A61C53E5935AE5AA1F423BFBF457F841768D56DC79534DB0248289F83290C4DF9ADDBB5B634698AAE78426D2DEE6ED23E985B493DF2DF36DD156BF338DCBB253B5F818D2ED2F7334166FF827B55465AD3186739FC337F88646EF84D133E9C35505953E6D11F29D7B5F3C6E0B4A943CD52943EF096ABF01D6AD37ED04F4106525567717489B7A5FB4AAD27810E84F67963E60824C5B170C8D683E', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('7mij6a7pcyu65rakksqg2yxo4i', 'snom', 2, 'created', '', 'ck_same', X'010000004301EC17BD921A596C7C2A4BFCF7863F7C325709F4914F56E652CE21F94AF54D4BF08A41C2E4735C8B4F1EAA55DBD684501F4352FC08714BAA45B5F37C4680D0D51504EA96E752817EB0A49E25F5675D5102D1D21FED10BF75C0FBB0E72175F47679A5EE277DC29288D3F4EDBA4F3FA32962C3378E836FEC6DCB70E1497025E7955AE4208712CD7F7E6FBBCAD33CE44B8E3C5A4E0D7C8A7C57EE0DE9FD58176E71', NULL, 1772366400000, NULL, NULL);
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
CREATE VIEW key_holder AS
SELECT o.platform_id, o.vendor, o.id AS operation_id, o.lease_until AS until, false AS rests
FROM operation o
WHERE o.state = 'running' AND o.works_keys
UNION ALL
SELECT o.platform_id, o.vendor, o.id AS operation_id, 9223372036854775807 AS until, true AS rests
FROM operation o
WHERE o.holds_link AND o.state NOT IN ('done', 'failed', 'needs_operator');
