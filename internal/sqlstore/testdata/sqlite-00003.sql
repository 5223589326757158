CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 16:55:40');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 16:55:40');
INSERT INTO goose_db_version VALUES (3, 3, 1, '2026-11-25 16:55:40');
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
INSERT INTO keyset VALUES (1, X'1288011AD854603E9C3784A5C50DC694BD326458EAEF18178D277DA4F4B817C957176BED527EAFD58A6A9E06129600CFF0B1C9CE195ACB0F0308F4C12BB8CA4B099BB7E19B6DAB4E1B7C5EF146BBA1F7BEFB0DF6729DAF0889E777F22B2A58C939C89E78774D009DA3868781DA0AE1FBD11028989F92DA8536BF5C345B58050E685769C4F356B4E91517BE', 1795625740645);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'0100000043011FD9AA10D6E68F9289DCD3B91812BF931C6BE9FA90226709435EF2D519A52537DB524A26403F5D67BA5CC1F03FE432C0AB67F63CD6520FB2D984CCA944F8356568F05EAD5E5FE9A4F46FF3DDF65E87F03329F02996C064C6A2ECC479FB5D12B5DBF60BCC61C31F8D4DC8090DCCBD', X'0100000043011FD9AA104FAE1274D3C41E2A88715AE6F251AA412E2C95CBF6709D2FB7B6741D5C69A78EF04089BFE5681A1D28899FB6FBFA90F55BB2BE4DA51D752BACFA700710C02DE2084F7A74BBACA9EACD56BE00A50C1858528F65EAB4F541AF42A7AEA001716D568935269A19AEDFA1A3AD38976837D4D2C92B2C6C87766740A01A', 1795625740645);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'0100000043011FD9AA106F9ACB88365E5C9DCEE7454F6C8549413A88C58C0DF7A300F82B5C6BDD66CF06C3BE8FCC0CC328FFD544698D67FDF0F51D48D111FF3406A228AA1BC82DD8BBCBC69E179E597B6347F10084033E007098510D27356C64D976706BE15027F3EC8C357109D669A30738B3EF72B746FE536EAAC73C073C62AB2D14C261C604F4BE93191396A223A499B18CEC65172A83859CA2F9D3', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'0100000043011FD9AA10DA42318CE67A2E2BE36993469AB9AA784C4C85A63025EB4CDC7D463766FC519190786F22E5D2C93EE2C2CF800DAA53A5FB147493FE65791AC3CF441C5DBDCE0A8DCF8EF5BFD4C37A7ED355D0E246A66FB5F957CDA4611AFEBFAEB26F93E499F9A3F0E2EAF815AD2821D98796EAE107491A37F8BDC477E78155FD4E17BC54B00C', 1772366400000);
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
INSERT INTO platform VALUES ('6i6rjs5nnpacqnmzqdby3zolmy', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('a7a2etew7ekvbatgvasacyrkaa', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('6i6rjs5nnpacqnmzqdby3zolmy', 'zfwphxwj373p7ngqbe4nuqfcju', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('a7a2etew7ekvbatgvasacyrkaa', 'lfy5k356unmjuahemsgflz3gy4', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('6i6rjs5nnpacqnmzqdby3zolmy', 'zfwphxwj373p7ngqbe4nuqfcju', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'0100000043011FD9AA106E5DFCCE0913AE2CC9414CB91DFBB970BEE4C7930B3190C44CBBC79EC8B9E25EBFABC91174F8503EF079EE6B68AC1DAFAD68943EACEF806573991F2100FB4F3EE8ED808979AC8ED8CB3F1D38F25097FFEF168499DE9C6BECC93356EBD75C23D355217AF20546E5B29C0A671A8C6473823DD4D195C1BD', 1772366400000);
INSERT INTO account_token VALUES ('a7a2etew7ekvbatgvasacyrkaa', 'lfy5k356unmjuahemsgflz3gy4', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'0100000043011FD9AA10577F94091FD5E6CF3D9280F206D7D8C3E7F793A7055389C6C913034456CE4FB808DABEC2FFB7FCEFFB1523057C41BFB1CF0461C0D0F5C825C1F5808BD55CA396517D6622AD88284680CCE972B8960870AFC23825D24CC7621A7D40079B5F37E13F2A59F0761B825D4862213D2023EA11E01455F6DDE8', 1772366400000);
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
INSERT INTO link VALUES ('6i6rjs5nnpacqnmzqdby3zolmy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
INSERT INTO link VALUES ('a7a2etew7ekvbatgvasacyrkaa', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
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
INSERT INTO credential VALUES ('6i6rjs5nnpacqnmzqdby3zolmy', 'snom', 1, 'created', '', 'ck_same', X'0100000043011FD9AA104D69ACF55C24EB11A14A2BF2C7170376499F6CA935E6044B016DD95CE6BD7DBB1D029E6D44348D80D4EBB388389FB8E457FCA5BC59A3E08C915512C6463ED01483C03608DDC08D6BB048C786177C5CF52407C3AB2F2836B36D6D8116CDB5A3F78AD0F7DF87273E16BA6CE52D0C797722E454FE7369016CF6A45A86584A083D5BD4768DA4BE77C861649E87BA0D01B4A6676E5BD1300E3236C8C475', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('6i6rjs5nnpacqnmzqdby3zolmy', 'snom', 2, 'created', '', 'ck_same', X'0100000043011FD9AA10F35D07A67A5F308AE3C959472A5F26D74BE29431DFC76AC81194A382632E8B78845300DAF2A3366F87368D36DE0F4F449C843EBA33AD2D6A2A8408BD9D6D4D4DC9483492CA6A51405745FA53B27389271E136C90FF270EF7F08328D59A0FF82F54E0A4F1160FF9862874E3D70DE170021DE6DD237ADC0AE60FB0C17549EA249362297C5A0CF393FCD729BF636662F91272514B98F2E3F858636E97', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('a7a2etew7ekvbatgvasacyrkaa', 'snom', 1, 'created', '', 'ck_same', X'0100000043011FD9AA10786ACD7DC266984585DB90602E94FF420CD631EA4F0D345427EA3880E402C5128381EE0382CA27EF7E1076EAA2233014747E121E85A4D2FDFE20EC9355E843E20956E0696F7B665CC86AEAB5EDEEDC65D6B9B8109E16B294CDDC3505379A665F56C12E9041784CA4C7D3CDBAF204650FDE184D4574D6D07A9FFD8B06CC40D79CFB4A47CABE598E88B5CCABD64E0C5020472A2F26D339EF9DFE1BF2', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('a7a2etew7ekvbatgvasacyrkaa', 'snom', 2, 'created', '', 'ck_same', X'0100000043011FD9AA102C4A80C473634AA851F573E772A9ADCBDFF0C1BE3AAF22C01742C79E8FCF05A63A9B66BD3D9B8C6878C509645E7EB5F8E6E658072C45896BA3FEE10BC5EB6D3A8762A39107B21E544C7C7D20064876D1EC4B68893408F6A5AB912AF4D15BD0BF1B9DC9D48AB96366BF145D317DCE1489D08B442F4821F8B41B8EFC142F3571B78C18BAFC4A7210F28B925F0DD6FAA9AF3BCD5D01CF19A4C0CC7920', NULL, 1772366400000, NULL, NULL);
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
CREATE VIEW rival AS
SELECT w.id AS operation_id, h.lease_until AS until
FROM operation w JOIN operation h ON h.platform_id = w.platform_id AND h.vendor = w.vendor AND h.id <> w.id
WHERE w.works_keys AND h.works_keys AND h.state = 'running'
UNION ALL
SELECT w.id AS operation_id, 9223372036854775807 AS until
FROM operation w JOIN operation h ON h.platform_id = w.platform_id AND h.vendor = w.vendor
WHERE w.works_keys AND NOT w.holds_link AND h.holds_link AND h.state NOT IN ('done', 'failed', 'needs_operator');
