CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (13, 12, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (14, 13, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (15, 14, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (16, 15, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (17, 16, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (18, 17, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (19, 18, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (20, 19, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (21, 20, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (22, 21, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (23, 22, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (24, 23, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (25, 24, 1, '2026-11-26 21:18:09');
INSERT INTO goose_db_version VALUES (26, 25, 1, '2026-11-26 21:18:09');
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
INSERT INTO keyset VALUES (1, X'128801515285F7D802132C29BBDD3DA6C652C717DDE4749D9B814805DC5FEC484093EDB41098DDE5B14DEFE6FC96152FBEA734A04F8BFD9568D396AFD3BC0AB54A021D8D310FB70B47E8338ED17653ED6FF59B92DFBAA75AE2539B687FCC6BFFFC4AA7CF23BD8789BAF600A7875CF64FA356BDBBC2FECADBAE8E787511A1260E493330DA67A7536B9E76B8', 1795727889245, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'01000000430116E6AA2D335997A17375F167D168BF237F2A2E849D8F1D27DA5F7829197732C70C8E2AC88A3BC10888AA67D33BA65F2492AAA52D440A2C6D75E6923BA320855BBCC83CE15D6C3572D2E494C88FD51D33E8E5BF8E2D60E5BB9DB2C80CBF2F3773DCDC58BC6B85249DA182374A46FD', X'01000000430116E6AA2D688EBCEF248619796137C1662BAECD8E351EE5865C474E68D18392E1ABBEB499A497BC15FEAC2B1A3E7DF58C484D32AEEFF207F35D374B822484570C6F12EBFF90E468B216F871CEB83DC6213579A2593411C7BE15372A67E5F420488D3A816B882394FDFAFAC45F5B13C7551835B1F7FD10C1CB63050153CA19', 1795727889245, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'01000000430116E6AA2DF2EA78A9C9B9B2F66D30950277C12CEEA279515EBA7FCFB3BA7677D0B8CDBA62E04FAE1A847B8E3759BECAEBC00BADE2FB47474CBA806A82228FF35012B4424806241B5B5E7718A08B823C997DAE066AC403408402A86241D42C00571DCB3AB4632C0DAF314354344BD440C4FA09D2943121D16C69D33491AC14445B80B1076DFBB4426827CDDC3D40DA44CC35CCBB6414F8B3', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'01000000430116E6AA2D423612C99A25E53F2E636A8F44D24853C0582AC148B039F6CA3E924AE992D9F78AC550FCC1E6FEC3F46929270EB7260E5C59D47083956187837F1E98C0363907B404C621D3252B622BED56F077966133E94B81F477335F4D6FEF2C650DBB8370242FA2F3B7ED1276B2DC7B9393D17B491F8344EF0FBD0227969EB5CEC84E068C', 1772366400000);
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
    version         integer NOT NULL CHECK (version > 0), home_since integer, phone_proof text NOT NULL DEFAULT 'certificate' CHECK (phone_proof IN ('certificate', 'token')), proven_template text NOT NULL DEFAULT '',
    FOREIGN KEY (id, primary_account) REFERENCES account (platform_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO platform VALUES ('lsvt5v6bummqhfv4o2pfrymopu', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL, 'certificate', '');
INSERT INTO platform VALUES ('6uyams3me3wahgmbuful74n3jy', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL, 'certificate', '');
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
INSERT INTO account VALUES ('lsvt5v6bummqhfv4o2pfrymopu', 'yytqkbqwyvqdmzf54cdwvnexui', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('6uyams3me3wahgmbuful74n3jy', 'pc6svlgvfgfbfcjajv3gsexo3u', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
CREATE TABLE account_token (
    platform_id text    NOT NULL,
    account_id  text    NOT NULL,
    id          text    NOT NULL,
    hash        text    NOT NULL UNIQUE,
    sealed      blob    NOT NULL,
    created_at  integer NOT NULL, used_at integer,
    PRIMARY KEY (platform_id, account_id, id),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id)
) STRICT;
INSERT INTO account_token VALUES ('lsvt5v6bummqhfv4o2pfrymopu', 'yytqkbqwyvqdmzf54cdwvnexui', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'01000000430116E6AA2D186A8B76722A68E372DECD8369271AE03DF4923D41E8B7A5BB6EAFBFBB8694CCAF8EC982831323A16BB6543276BF0991487FCAA2F4F9D3BD4135BADA13E54E742A16E265D28C2E2C3C4435B69B4724C5D41B27463D3A8073C1EB4E378D356B929B416E1B8C0377A901F989D9740175D8E1573545404C', 1772366400000, NULL);
INSERT INTO account_token VALUES ('6uyams3me3wahgmbuful74n3jy', 'pc6svlgvfgfbfcjajv3gsexo3u', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'01000000430116E6AA2D7FCED09015207486A9FBCE57C4DDB1CD835AC5A018D9644D41172331CF4D4015363C3F90EFF00F247FA9837BF4AFFF252DDA31D6E2F2E6E163609AF3A4C7286ED1823086213AAC605EA21D09BF84FF942EE0B6688C3C5C6CF80F026A61BD6E9DA2C43A3463A463591B0A700C71C6AF8908944DE3067A', 1772366400000, NULL);
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
    version          integer NOT NULL CHECK (version > 0), attention integer NOT NULL DEFAULT 0 CHECK (attention IN (0, 1)), restored_at integer, later_keys text NOT NULL DEFAULT '[]', proof text, foreign_addresses integer NOT NULL DEFAULT 0 CHECK (foreign_addresses >= 0),
    PRIMARY KEY (platform_id, vendor),
    CHECK (active IS NULL OR state NOT IN ('not_configured', 'onboarding')),
    CHECK (active IS NOT NULL OR state <> 'configured'),
    FOREIGN KEY (platform_id, vendor, active, active_state) REFERENCES credential (platform_id, vendor, number, state) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO link VALUES ('lsvt5v6bummqhfv4o2pfrymopu', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('6uyams3me3wahgmbuful74n3jy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('lsvt5v6bummqhfv4o2pfrymopu', 'snom', 1, 'created', '', 'ck_same', X'01000000430116E6AA2D8A0F2256758FDA94496552AF8D5813C3FD8643B3E20E84023C90867AB946AFB9E2D16BC86868A260779746446A7B6EBCC574713B4EDE68176F981DB5553F9F93285B558F937A01448AD781B8BFEB505C2269DD435704928E23C918CBE46E8FF09084B282EBA001A046C9BE2155CF96A090F5C5B8E65A7E2A29F258BE64A23D359FD664E209E1F32D627A676DFBB6ECD87938A9A95B165A71770AAA', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('lsvt5v6bummqhfv4o2pfrymopu', 'snom', 2, 'created', '', 'ck_same', X'01000000430116E6AA2D5C765E94816DABCBA4F42AB04845C091C5E8F352ECEDE3797EEC96E942BB55FBFDF4594A74F910779CBEBE8A64391FE2C7288D553C38151F45C43B8C2CC9910C3F036DD94ABF561F00B027BAFA3C543380823577A598E76C0AAC08A7523A0FC624D48F7335FAEEACD24AFEDC30D15302CE71F898E2D94FF74DF13EA8EE8C0FC6FD6BF4409F5F9B62D3D6AF6FB2B3E003213CBD59B9F0B02774BE9B', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('6uyams3me3wahgmbuful74n3jy', 'snom', 1, 'created', '', 'ck_same', X'01000000430116E6AA2D5C0EBAB499AB464B31C817E30D9AD15198A87AB8986748B7447ECFA6F5DE7F5B427D7B032720D588BDB9488E12DF09DE8C4B06419259B51F67862A041B1673E3CA170E17E98649644424C88DC51CCE12FAC0C9017D6DD06916A9C2E413E0FE1052854E23DF2FDA6C43D4070B708574394672B4A4BACE2B1824190BF43E401A41B8A58AE30641F42F55FAB00393B8B8FF5803ACFB9E44F3D04007C2', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('6uyams3me3wahgmbuful74n3jy', 'snom', 2, 'created', '', 'ck_same', X'01000000430116E6AA2DCA088FB91646244CE5ED77C50FD1614287804DDD08236D8C35F1A1E6FE933FD39E2CD25F28074B6EDFAE671BED9988FF44BE61386E9F0227D35BF7C4FA1D89E7DD87AE8D996B369F0F5B35F5C7276AE753DC72BD4129A964C047AE5BBCA100E0E516545B9597BB1B8DBEBA38F67BB1AC1A51C98F5A72CB3B4F0D61D08C4AFC6DFD27FEBDD32C9307267E6C38D9C4010641AAADCAB98FDE5D506886', NULL, 1772366400000, NULL, NULL);
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
    version          integer NOT NULL CHECK (version > 0), model text NOT NULL DEFAULT '', serial text NOT NULL DEFAULT '', pin blob, device_token_hash text NOT NULL DEFAULT '', device_token blob CHECK ((device_token IS NOT NULL) = (device_token_hash <> '')), first_fetched_at integer, sip_registered integer CHECK (sip_registered IN (0, 1)), sip_at integer CHECK ((sip_at IS NOT NULL) = (sip_registered IS NOT NULL)), replaces text NOT NULL DEFAULT '', replaced_by text NOT NULL DEFAULT '', moved_to text NOT NULL DEFAULT '', found integer NOT NULL DEFAULT 0 CHECK (found IN (0, 1)), plain_url integer NOT NULL DEFAULT 0 CHECK (plain_url IN (0, 1)), expected_at integer, sip_reason text NOT NULL DEFAULT '',
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
    updated_at      integer NOT NULL, works_keys integer NOT NULL DEFAULT 1 CHECK (works_keys IN (0, 1)), also_platform_id text NOT NULL DEFAULT '', also_mac text NOT NULL DEFAULT '',
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
CREATE TABLE reconciliation (
    vendor         text NOT NULL CHECK (vendor <> ''),
    scope          text NOT NULL,
    platform_id    text REFERENCES platform (id) ON DELETE CASCADE,
    run            text    NOT NULL,
    asked_at       integer,
    asked_by       text    NOT NULL,
    started_at     integer,
    done           integer NOT NULL,
    total          integer NOT NULL,
    attempt        integer NOT NULL,
    waiting        text    NOT NULL,
    owner          text    NOT NULL,
    fence          integer NOT NULL,
    due_at         integer,
    error          text,
    complete_since integer,
    complete_at    integer,
    complete_by    text    NOT NULL,
    not_ours       integer NOT NULL,
    PRIMARY KEY (vendor, scope),
    CHECK (scope = COALESCE(platform_id, '')),
    CHECK ((run = '') = (due_at IS NULL)),
    CHECK (owner = '' OR run <> ''),
    CHECK ((complete_since IS NULL) = (complete_at IS NULL))
) STRICT;
CREATE TABLE reconciliation_row (
    vendor      text NOT NULL CHECK (vendor <> ''),
    id          text NOT NULL CHECK (id <> ''),
    platform_id text,
    place       integer NOT NULL,
    class       text    NOT NULL CHECK (class IN ('ours_only', 'changed', 'theirs_only', 'not_judged', 'matching', 'not_ours')),
    kind        text    NOT NULL CHECK (kind IN ('company', 'key', 'profile')),
    reason      text    NOT NULL,
    company_id  text    NOT NULL,
    object_id   text    NOT NULL,
    number      integer NOT NULL,
    name        text    NOT NULL,
    detail      text    NOT NULL,
    seen_at     integer NOT NULL,
    PRIMARY KEY (vendor, id),
    CHECK (platform_id IS NOT NULL OR kind = 'company'),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) ON DELETE CASCADE
) STRICT;
CREATE TABLE campaign (
    id              text    PRIMARY KEY,
    kind            text    NOT NULL CHECK (kind IN ('onboard', 'rotate', 'adopt')),
    vendor          text    NOT NULL CHECK (vendor <> ''),
    state           text    NOT NULL CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
    budget          real NOT NULL CHECK (budget > 0),
    cost            integer NOT NULL CHECK (cost > 0),
    older_than      integer NOT NULL,
    asked_by        text    NOT NULL,
    actor           text    NOT NULL,
    idempotency_key text    NOT NULL,
    body_hash       text    NOT NULL,
    reason          text    NOT NULL,
    problem         text,
    next_at         integer NOT NULL,
    in_row          integer NOT NULL,
    ended           integer NOT NULL,
    failed          integer NOT NULL,
    left_companies  text    NOT NULL,
    created_at      integer NOT NULL,
    started_at      integer,
    finished_at     integer,
    updated_at      integer NOT NULL,
    version         integer NOT NULL CHECK (version > 0),
    UNIQUE (id, vendor),
    CHECK (finished_at IS NULL OR state IN ('done', 'cancelled')),
    CHECK (finished_at IS NOT NULL OR state <> 'done')
) STRICT;
INSERT INTO campaign VALUES ('6uf2xeof3m52ud2ypt5xrndagq', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
CREATE TABLE campaign_item (
    campaign_id  text    NOT NULL,
    platform_id  text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    vendor       text    NOT NULL,
    position     integer NOT NULL,
    state        text    NOT NULL CHECK (state IN ('pending', 'running', 'done', 'already', 'failed', 'needs_operator', 'skipped', 'cancelled')),
    operation_id text,
    attempt      integer NOT NULL,
    company_id   text    NOT NULL,
    key_id       text    NOT NULL,
    sealed       blob,
    note         text    NOT NULL,
    problem      text,
    started_at   integer,
    finished_at  integer,
    PRIMARY KEY (campaign_id, platform_id, vendor),
    UNIQUE (campaign_id, position),
    FOREIGN KEY (campaign_id, vendor) REFERENCES campaign (id, vendor),
    FOREIGN KEY (operation_id, platform_id, vendor) REFERENCES operation (id, platform_id, vendor) DEFERRABLE INITIALLY DEFERRED,
    CHECK (sealed IS NULL OR state IN ('pending', 'running')),
    CHECK (key_id <> '' OR sealed IS NULL),
    CHECK (operation_id IS NOT NULL OR state NOT IN ('done', 'needs_operator')),
    CHECK ((finished_at IS NULL) = (state IN ('pending', 'running')))
) STRICT;
INSERT INTO campaign_item VALUES ('6uf2xeof3m52ud2ypt5xrndagq', 'lsvt5v6bummqhfv4o2pfrymopu', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'01000000430116E6AA2DDD5157FA7915FA713E2C60CAC29F00A3808B733018BD811B3D2BA50CE2176B4A7E2AF99249C53A9309A72B5B7333B3557EA6D59D83CBA089D49053B90ABE9BBA75F5261ABB8BB76B217C12BB39427D0AF87462C173D10EECD4B57B1E79ED0071AEE366A28B88CA0378A69ACA3170F2D376E15BB82E6BEBFC9DBBBD6CE6D7D600C9AC26DD05785843BA56C64CDC38E6520A78066DC4C34D', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('6uf2xeof3m52ud2ypt5xrndagq', '6uyams3me3wahgmbuful74n3jy', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'01000000430116E6AA2D8F81694E6B351A39282FCDC88294611D1558A1D33B4E8B289F9BF28A5FBBDC4B622225F7199F9B6A27983E6667676D3D604F5B2703C8DBA0AA6DA1C8D3A309B9C00ED7EBBE4BB99352133D57E3B2A262AEE0C83E083A9F9175ACA7C884DD09363B9BF5D5DF13E3634DC7A0CA14DA484F5F0208333BF685505EDDB3B12F93477B4C10C91B8F209C0F0BA57AC6BD529C5D9D7EED52E6C3A1', '', NULL, NULL, NULL);
CREATE TABLE foreign_address (
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    operation_id text    NOT NULL,
    target       text    NOT NULL CHECK (target <> ''),
    what         text    NOT NULL CHECK (what IN ('phone', 'profile', 'foreign_profile')),
    host         text    NOT NULL,
    found_at     integer NOT NULL,
    PRIMARY KEY (platform_id, vendor, operation_id, target),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) ON DELETE CASCADE
) STRICT;
CREATE TABLE operation_item (
    operation_id text    NOT NULL,
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    mac          text    NOT NULL CHECK (length(mac) = 17),
    action       text    NOT NULL CHECK (action IN ('write', 'release')),
    state        text    NOT NULL CHECK (state IN ('queued', 'sent', 'written', 'done', 'failed', 'cancelled')),
    deadline     integer,
    line         integer NOT NULL CHECK (line >= 0),
    error        text,
    updated_at   integer NOT NULL,
    PRIMARY KEY (operation_id, mac),
    FOREIGN KEY (operation_id, platform_id, vendor) REFERENCES operation (id, platform_id, vendor) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    CHECK (deadline IS NOT NULL OR state <> 'sent')
) STRICT;
CREATE TABLE import (
    id           text    PRIMARY KEY,
    platform_id  text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    vendor       text    NOT NULL,
    state        text    NOT NULL CHECK (state IN ('reading', 'ready', 'started')),
    file         text    NOT NULL,
    encoding     text    NOT NULL,
    separator    text    NOT NULL,
    ignored      text    NOT NULL,
    tally        text    NOT NULL,
    mode         text    NOT NULL CHECK (mode IN ('', 'all_or_nothing', 'skip_invalid')),
    operation_id text    NOT NULL,
    actor        text    NOT NULL,
    created_at   integer NOT NULL,
    expires_at   integer NOT NULL,
    version      integer NOT NULL CHECK (version > 0), cancelled_at integer,
    CHECK ((operation_id <> '') = (state = 'started')),
    CHECK ((mode <> '') = (state = 'started'))
) STRICT;
CREATE TABLE import_row (
    import_id     text    NOT NULL REFERENCES import (id) ON DELETE CASCADE,
    line          integer NOT NULL CHECK (line > 0),
    platform_id   text    NOT NULL,
    mac           text    NOT NULL CHECK (mac = '' OR length(mac) = 17),
    written       text    NOT NULL,
    account_id    text    NOT NULL,
    account_ref   text    NOT NULL,
    product_group text    NOT NULL,
    model         text    NOT NULL,
    name          text    NOT NULL,
    serial        text    NOT NULL,
    pin           blob,
    has_pin       integer NOT NULL CHECK (has_pin IN (0, 1)),
    outcome       text    NOT NULL CHECK (outcome IN ('new', 'change', 'unchanged', 'taken', 'invalid')),
    changes       text    NOT NULL,
    faults        text    NOT NULL,
    PRIMARY KEY (import_id, line),
    CHECK (mac <> '' OR outcome = 'invalid'),
    CHECK (pin IS NULL OR has_pin)
) STRICT;
CREATE TABLE phone_sync (
    platform_id  text    NOT NULL,
    vendor       text    NOT NULL,
    operation_id text    NOT NULL,
    began_at     integer NOT NULL,
    complete_at  integer NOT NULL,
    by_whom      text    NOT NULL,
    pages        integer NOT NULL,
    phones       integer NOT NULL,
    matching     integer NOT NULL,
    left_out     integer NOT NULL,
    counts       text    NOT NULL,
    PRIMARY KEY (platform_id, vendor),
    FOREIGN KEY (platform_id, vendor) REFERENCES link (platform_id, vendor) ON DELETE CASCADE
) STRICT;
CREATE TABLE phone_drift (
    operation_id     text    NOT NULL,
    platform_id      text    NOT NULL,
    vendor           text    NOT NULL,
    mac              text    NOT NULL CHECK (length(mac) = 17),
    class            text    NOT NULL CHECK (class IN ('missing_there', 'unknown_here', 'other_url', 'changed', 'moved_away')),
    differs          text    NOT NULL,
    host             text    NOT NULL,
    name             text    NOT NULL,
    product_group    text    NOT NULL,
    enabled          integer NOT NULL CHECK (enabled IN (0, 1)),
    account_id       text    NOT NULL,
    address_template text    NOT NULL,
    address_token_id text    NOT NULL,
    elsewhere        text    NOT NULL,
    found_at         integer NOT NULL,
    picked_by        text    NOT NULL,
    PRIMARY KEY (operation_id, mac),
    FOREIGN KEY (operation_id, platform_id, vendor) REFERENCES operation (id, platform_id, vendor) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE TABLE endpoint_count (
    platform_id text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    vendor      text    NOT NULL,
    state       text    NOT NULL,
    part        integer NOT NULL DEFAULT 0,
    n           integer NOT NULL,
    PRIMARY KEY (platform_id, vendor, state, part)
) STRICT;
CREATE TABLE endpoint_word (
    platform_id text NOT NULL,
    word        text NOT NULL,
    mac         text NOT NULL,
    PRIMARY KEY (platform_id, word, mac)
) STRICT, WITHOUT ROWID;
CREATE TABLE operation_item_count (
    operation_id text    NOT NULL REFERENCES operation (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    state        text    NOT NULL,
    part         integer NOT NULL DEFAULT 0,
    n            integer NOT NULL,
    PRIMARY KEY (operation_id, state, part)
) STRICT;
CREATE TABLE offboarding (
    id              text    PRIMARY KEY,
    platform_id     text    NOT NULL,
    slug            text    NOT NULL,
    name            text    NOT NULL,
    state           text    NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'cancelled')),
    keep_phones     integer NOT NULL CHECK (keep_phones IN (0, 1)),
    parts           text    NOT NULL,
    asked_by        text    NOT NULL,
    idempotency_key text    NOT NULL,
    body_hash       text    NOT NULL,
    created_at      integer NOT NULL,
    finished_at     integer,
    version         integer NOT NULL CHECK (version > 0),
    CHECK ((finished_at IS NULL) = (state = 'running'))
) STRICT;
CREATE TABLE setting_scope (
    id          text    PRIMARY KEY,
    platform_id text    REFERENCES platform (id) ON DELETE CASCADE,
    account_id  text,
    mac         text,
    version     integer NOT NULL CHECK (version > 0),
    changed_at  integer NOT NULL, rollout_id text,
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id) ON DELETE CASCADE,
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE,
    CHECK (account_id IS NULL OR mac IS NULL),
    CHECK (platform_id IS NOT NULL OR (account_id IS NULL AND mac IS NULL))
) STRICT;
CREATE TABLE setting (
    scope  text    NOT NULL REFERENCES setting_scope (id) ON DELETE CASCADE,
    name   text    NOT NULL CHECK (name <> ''),
    idx    integer NOT NULL CHECK (idx >= 0),
    value  text    NOT NULL,
    sealed blob    CHECK (sealed IS NULL OR value = ''),
    set_at integer NOT NULL,
    set_by text    NOT NULL,
    PRIMARY KEY (scope, name, idx)
) STRICT;
CREATE TABLE phone_contact (
    platform_id       text    NOT NULL,
    mac               text    NOT NULL CHECK (length(mac) = 17),
    device_token_hash text    NOT NULL CHECK (device_token_hash <> ''),
    account_id        text    NOT NULL,
    token_id          text    NOT NULL,
    assurance         text    NOT NULL CHECK (assurance IN ('', 'A', 'B', 'C', 'D')),
    proven_at         integer,
    networks          text    NOT NULL,
    admitted_at       integer,
    admitted_until    integer,
    admitted_by       text    NOT NULL,
    password          blob,
    password_hash     text    NOT NULL,
    password_at       integer,
    password_used_at  integer,
    previous_hash     text    NOT NULL,
    alarmed_at        integer,
    waiting           text    NOT NULL,
    waiting_since     integer,
    waiting_at        integer,
    waiting_network   text    NOT NULL,
    waiting_agent     text    NOT NULL,
    version           integer NOT NULL CHECK (version > 0), less integer NOT NULL DEFAULT 0 CHECK (less IN (0, 1)), former text NOT NULL DEFAULT '', admitted_network text NOT NULL DEFAULT '', visitors text NOT NULL DEFAULT '', other_visits integer NOT NULL DEFAULT 0,
    PRIMARY KEY (platform_id, mac),
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE,
    CHECK ((password IS NOT NULL) = (password_hash <> '')),
    CHECK ((admitted_until IS NULL) = (admitted_at IS NULL)),
    CHECK ((waiting_since IS NOT NULL) = (waiting <> '') AND (waiting_at IS NOT NULL) = (waiting <> ''))
) STRICT;
CREATE TABLE phone_unclaimed (
    platform_id text    NOT NULL,
    mac         text    NOT NULL CHECK (length(mac) = 17),
    account_id  text    NOT NULL,
    first_at    integer NOT NULL,
    last_at     integer NOT NULL,
    network     text    NOT NULL,
    agent       text    NOT NULL,
    PRIMARY KEY (platform_id, mac),
    FOREIGN KEY (platform_id, account_id) REFERENCES account (platform_id, id) ON DELETE CASCADE
) STRICT;
CREATE TABLE setting_rollout (
    id               text    PRIMARY KEY,
    scope            text    NOT NULL REFERENCES setting_scope (id) ON DELETE CASCADE,
    state            text    NOT NULL CHECK (state IN ('proposed', 'running', 'stopped', 'done', 'taken_back')),
    percent          integer NOT NULL CHECK (percent BETWEEN 0 AND 100),
    cut              integer NOT NULL,
    phones           integer NOT NULL CHECK (phones >= 0),
    in_ring          integer NOT NULL CHECK (in_ring >= 0),
    ring_at          integer,
    watch            text    NOT NULL,
    reason           text    NOT NULL,
    proposed_at      integer NOT NULL,
    proposed_by      text    NOT NULL,
    moved_at         integer NOT NULL,
    moved_by         text    NOT NULL,
    settings_version integer NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    CHECK (state <> 'proposed' OR percent = 0)
) STRICT;
CREATE TABLE setting_rollout_value (
    rollout_id text    NOT NULL REFERENCES setting_rollout (id) ON DELETE CASCADE,
    scope      text    NOT NULL,
    side       text    NOT NULL CHECK (side IN ('new', 'former')),
    name       text    NOT NULL CHECK (name <> ''),
    idx        integer NOT NULL CHECK (idx >= 0),
    unset      integer NOT NULL CHECK (unset IN (0, 1)),
    secret     integer NOT NULL CHECK (secret IN (0, 1)),
    value      text    NOT NULL CHECK (value = '' OR (NOT secret AND NOT unset)),
    sealed     blob    CHECK (sealed IS NULL OR (secret AND NOT unset)),
    set_at     integer NOT NULL,
    set_by     text    NOT NULL,
    PRIMARY KEY (rollout_id, side, name, idx)
) STRICT;
CREATE TABLE setting_freeze (
    one       integer PRIMARY KEY CHECK (one = 1),
    reason    text    NOT NULL,
    frozen_at integer NOT NULL,
    frozen_by text    NOT NULL
) STRICT;
CREATE TABLE phone_change (
    tx   integer PRIMARY KEY AUTOINCREMENT,
    what text    NOT NULL,
    at   integer NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS integer))
) STRICT;
INSERT INTO phone_change VALUES (1, 'account/lsvt5v6bummqhfv4o2pfrymopu/yytqkbqwyvqdmzf54cdwvnexui', 1795727890951);
INSERT INTO phone_change VALUES (2, 'account/lsvt5v6bummqhfv4o2pfrymopu/yytqkbqwyvqdmzf54cdwvnexui', 1795727890951);
INSERT INTO phone_change VALUES (3, 'account/6uyams3me3wahgmbuful74n3jy/pc6svlgvfgfbfcjajv3gsexo3u', 1795727890953);
INSERT INTO phone_change VALUES (4, 'account/6uyams3me3wahgmbuful74n3jy/pc6svlgvfgfbfcjajv3gsexo3u', 1795727890953);
CREATE TABLE phone_fetch (
    platform_id text    NOT NULL,
    mac         text    NOT NULL CHECK (length(mac) = 17),
    at          integer NOT NULL,
    result      text    NOT NULL CHECK (result <> ''),
    reason      text    NOT NULL,
    address     text    NOT NULL,
    agent       text    NOT NULL,
    bytes       integer NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (platform_id, mac, at, result, reason),
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE phone_refused (
    platform_id text    NOT NULL,
    mac         text    NOT NULL CHECK (length(mac) = 17),
    reason      text    NOT NULL CHECK (reason <> ''),
    first_at    integer NOT NULL,
    at          integer NOT NULL,
    times       integer NOT NULL CHECK (times > 0),
    address     text    NOT NULL,
    agent       text    NOT NULL,
    PRIMARY KEY (platform_id, mac, reason),
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE phone_traffic (
    platform_id text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    hour        integer NOT NULL,
    result      text    NOT NULL CHECK (result <> ''),
    fetches     integer NOT NULL CHECK (fetches > 0),
    PRIMARY KEY (platform_id, hour, result)
) STRICT, WITHOUT ROWID;
CREATE TABLE phone_handshake (
    address  text    NOT NULL,
    name     text    NOT NULL,
    reason   text    NOT NULL CHECK (reason <> ''),
    offers   text    NOT NULL,
    alert    text    NOT NULL,
    first_at integer NOT NULL,
    at       integer NOT NULL,
    times    integer NOT NULL CHECK (times > 0),
    PRIMARY KEY (address, name, reason, offers, alert)
) STRICT, WITHOUT ROWID;
CREATE TABLE words_due (
    platform_id  text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    operation_id text    NOT NULL,
    after_mac    text    NOT NULL,
    saves        integer NOT NULL,
    saving       integer NOT NULL CHECK (saving IN (0, 1)),
    PRIMARY KEY (platform_id, operation_id)
) STRICT;
CREATE TABLE phones_keyset (
    one        integer PRIMARY KEY CHECK (one = 1),
    wrapped    blob   NOT NULL,
    root       blob   NOT NULL,
    root_id    text   NOT NULL CHECK (root_id <> ''),
    version    integer NOT NULL DEFAULT 1,
    ready_at   integer,
    held       integer NOT NULL DEFAULT 0,
    created_at integer NOT NULL
) STRICT;
CREATE TABLE phone_event (
    id          integer PRIMARY KEY AUTOINCREMENT,
    at          integer NOT NULL,
    action      text   NOT NULL CHECK (action IN ('endpoint.newcomer_held', 'phones.scanned')),
    address     text   NOT NULL CHECK (length(address) <= 100),
    platform_id text   NOT NULL CHECK (length(platform_id) <= 100),
    vendor      text   NOT NULL CHECK (length(vendor) <= 100),
    target      text   NOT NULL CHECK (length(target) <= 100),
    detail      text   NOT NULL CHECK (length(detail) <= 1000)
) STRICT;
CREATE TABLE phone_server (
    id             text   PRIMARY KEY,
    version        text   NOT NULL,
    schema_version integer NOT NULL,
    started_at     integer NOT NULL,
    seen_at        integer NOT NULL,
    alive_until    integer NOT NULL
) STRICT;
CREATE TABLE resync (
    id          text    PRIMARY KEY,
    platform_id text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    account_id  text    NOT NULL,
    mac         text    NOT NULL,
    state       text    NOT NULL CHECK (state IN ('running', 'done', 'cancelled')),
    reboot      integer NOT NULL CHECK (reboot IN (0, 1)),
    spread      integer NOT NULL CHECK (spread >= 0),
    ends_at     integer NOT NULL,
    trouble     text    NOT NULL,
    created_at  integer NOT NULL,
    created_by  text    NOT NULL,
    finished_at integer,
    finished_by text    NOT NULL,
    CHECK ((finished_at IS NULL) = (state = 'running'))
) STRICT;
CREATE TABLE resync_item (
    resync_id   text    NOT NULL REFERENCES resync (id) ON DELETE CASCADE,
    mac         text    NOT NULL,
    platform_id text    NOT NULL,
    state       text    NOT NULL CHECK (state IN ('queued', 'sending', 'told', 'came', 'not_registered', 'no_answer', 'refused', 'unsent', 'left_out', 'cancelled')),
    left_out    text    NOT NULL CHECK ((left_out <> '') = (state = 'left_out')),
    due_at      integer,
    tries       integer NOT NULL CHECK (tries >= 0),
    target      text    NOT NULL,
    status      integer NOT NULL,
    note        text    NOT NULL,
    sent_at     integer,
    ended_at    integer,
    PRIMARY KEY (resync_id, mac),
    CHECK (state NOT IN ('queued', 'sending') OR due_at IS NOT NULL),
    CHECK (state <> 'sending' OR sent_at IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX platform_by_name ON platform (name_fold, id);
CREATE INDEX account_by_age ON account (platform_id, created_at, id);
CREATE UNIQUE INDEX link_company ON link (vendor, company_id) WHERE company_id IS NOT NULL;
CREATE UNIQUE INDEX credential_active ON credential (platform_id, vendor) WHERE state = 'active';
CREATE INDEX credential_loose ON credential (created_at) WHERE state IN ('orphan', 'retiring', 'unknown');
CREATE UNIQUE INDEX endpoint_holder ON endpoint (mac) WHERE state <> 'released';
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
CREATE INDEX reconciliation_due ON reconciliation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX reconciliation_row_place ON reconciliation_row (vendor, place, id);
CREATE INDEX reconciliation_row_link ON reconciliation_row (platform_id, vendor) WHERE platform_id IS NOT NULL;
CREATE UNIQUE INDEX campaign_open ON campaign (vendor) WHERE finished_at IS NULL;
CREATE UNIQUE INDEX campaign_key ON campaign (asked_by, idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX campaign_recent ON campaign (created_at, id);
CREATE UNIQUE INDEX operation_tenant ON operation (id, platform_id, vendor);
CREATE INDEX campaign_item_open ON campaign_item (campaign_id, position) WHERE state IN ('pending', 'running');
CREATE INDEX campaign_item_platform ON campaign_item (platform_id);
CREATE INDEX foreign_address_by_target ON foreign_address (platform_id, vendor, target);
CREATE UNIQUE INDEX operation_many ON operation (platform_id, vendor)
    WHERE kind IN ('import', 'sync', 'bulk') AND state NOT IN ('done', 'failed', 'needs_operator');
CREATE INDEX operation_item_state ON operation_item (operation_id, state, mac);
CREATE INDEX import_by_platform ON import (platform_id, created_at, id);
CREATE INDEX import_expires ON import (expires_at);
CREATE INDEX import_row_outcome ON import_row (import_id, outcome, line);
CREATE INDEX phone_drift_class ON phone_drift (operation_id, class, mac);
CREATE INDEX phone_drift_link ON phone_drift (platform_id, vendor, operation_id);
CREATE INDEX phone_drift_mac ON phone_drift (mac) WHERE class = 'unknown_here';
CREATE INDEX phone_drift_picked ON phone_drift (picked_by, mac) WHERE picked_by <> '';
CREATE UNIQUE INDEX operation_also ON operation (also_platform_id, vendor, also_mac)
    WHERE also_mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator');
CREATE INDEX endpoint_moving ON endpoint (mac) WHERE moved_to <> '';
CREATE INDEX event_by_target ON event (target, seq) WHERE target <> '';
CREATE INDEX endpoint_by_state ON endpoint (platform_id, vendor, state, mac);
CREATE INDEX endpoint_by_account ON endpoint (platform_id, account_id, mac);
CREATE INDEX endpoint_by_fetch ON endpoint (platform_id, COALESCE(fetched_at, 0), mac);
CREATE INDEX endpoint_found ON endpoint (platform_id, mac) WHERE found;
CREATE INDEX endpoint_given_up ON endpoint (mac) WHERE state = 'released';
CREATE INDEX endpoint_by_end ON endpoint (substr(mac, 10));
CREATE TRIGGER endpoint_moved AFTER UPDATE OF vendor, state ON endpoint WHEN OLD.state <> NEW.state OR OLD.vendor <> NEW.vendor
BEGIN
    UPDATE endpoint_count SET n = n - 1 WHERE platform_id = OLD.platform_id AND vendor = OLD.vendor AND state = OLD.state;
    INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (NEW.platform_id, NEW.vendor, NEW.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER operation_item_inserted AFTER INSERT ON operation_item
BEGIN
    INSERT INTO operation_item_count (operation_id, state, n) VALUES (NEW.operation_id, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER operation_item_moved AFTER UPDATE OF state ON operation_item WHEN OLD.state <> NEW.state
BEGIN
    UPDATE operation_item_count SET n = n - 1 WHERE operation_id = OLD.operation_id AND state = OLD.state;
    INSERT INTO operation_item_count (operation_id, state, n) VALUES (NEW.operation_id, NEW.state, 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE UNIQUE INDEX offboarding_open ON offboarding (platform_id) WHERE state = 'running';
CREATE UNIQUE INDEX offboarding_key ON offboarding (asked_by, idempotency_key) WHERE idempotency_key <> '';
CREATE INDEX offboarding_by_platform ON offboarding (platform_id, created_at, id);
CREATE INDEX offboarding_by_time ON offboarding (created_at, id);
CREATE INDEX endpoint_by_model ON endpoint (platform_id, model, mac) WHERE model <> '';
CREATE INDEX operation_by_platform ON operation (platform_id, created_at, id);
CREATE INDEX operation_by_vendor ON operation (vendor, created_at, id);
CREATE INDEX operation_by_mac ON operation (mac, created_at, id) WHERE mac <> '';
CREATE INDEX phone_drift_ownerless ON phone_drift (operation_id, class) WHERE account_id = '';
CREATE INDEX setting_scope_by_account ON setting_scope (platform_id, account_id);
CREATE INDEX setting_scope_by_mac ON setting_scope (platform_id, mac);
CREATE TRIGGER endpoint_settings_gone AFTER UPDATE OF state ON endpoint WHEN NEW.state = 'released' AND OLD.state <> 'released'
BEGIN
    DELETE FROM setting WHERE scope = 'endpoint/' || NEW.platform_id || '/' || NEW.mac;
    UPDATE setting_scope SET version = version + 1, changed_at = NEW.updated_at WHERE id = 'endpoint/' || NEW.platform_id || '/' || NEW.mac;
END;
CREATE INDEX phone_contact_by_mac ON phone_contact (mac);
CREATE INDEX phone_contact_waiting ON phone_contact (platform_id, waiting_since, mac) WHERE waiting <> '';
CREATE INDEX phone_contact_alarmed ON phone_contact (platform_id) WHERE alarmed_at IS NOT NULL;
CREATE INDEX phone_contact_token ON phone_contact (platform_id, account_id, token_id);
CREATE INDEX phone_unclaimed_newest ON phone_unclaimed (platform_id, last_at, mac);
CREATE INDEX phone_unclaimed_by_mac ON phone_unclaimed (mac);
CREATE UNIQUE INDEX setting_rollout_open ON setting_rollout (scope) WHERE state IN ('proposed', 'running', 'stopped');
CREATE INDEX setting_rollout_by_scope ON setting_rollout (scope, proposed_at, id);
CREATE INDEX setting_rollout_by_age ON setting_rollout (proposed_at, id);
CREATE TRIGGER endpoint_told_new AFTER INSERT ON endpoint
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER endpoint_told_gone AFTER DELETE ON endpoint
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || OLD.platform_id || '/' || OLD.mac);
END;
CREATE TRIGGER endpoint_told AFTER UPDATE ON endpoint
WHEN (NEW.state = 'released') <> (OLD.state = 'released') OR NEW.account_id IS NOT OLD.account_id OR NEW.vendor <> OLD.vendor
    OR NEW.product_group <> OLD.product_group OR NEW.name <> OLD.name OR NEW.model <> OLD.model OR NEW.serial <> OLD.serial
    OR NEW.address_template <> OLD.address_template OR NEW.device_token_hash <> OLD.device_token_hash OR NEW.plain_url <> OLD.plain_url
    OR NEW.created_at <> OLD.created_at OR NEW.expected_at IS NOT OLD.expected_at OR (NEW.fetched_at IS NULL) <> (OLD.fetched_at IS NULL)
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER phone_contact_told_new AFTER INSERT ON phone_contact
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER phone_contact_told_gone AFTER DELETE ON phone_contact
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || OLD.platform_id || '/' || OLD.mac);
END;
CREATE TRIGGER phone_contact_told AFTER UPDATE ON phone_contact WHEN NEW.version <> OLD.version
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER setting_scope_told_new AFTER INSERT ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (NEW.id);
END;
CREATE TRIGGER setting_scope_told AFTER UPDATE ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (NEW.id);
END;
CREATE TRIGGER setting_scope_told_gone AFTER DELETE ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (OLD.id);
END;
CREATE TRIGGER account_told AFTER UPDATE ON account WHEN NEW.token_id IS NOT OLD.token_id OR NEW.slug <> OLD.slug
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || NEW.platform_id || '/' || NEW.id);
END;
CREATE TRIGGER account_told_gone AFTER DELETE ON account
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || OLD.platform_id || '/' || OLD.id);
END;
CREATE TRIGGER account_token_told_new AFTER INSERT ON account_token
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || NEW.platform_id || '/' || NEW.account_id);
END;
CREATE TRIGGER account_token_told_gone AFTER DELETE ON account_token
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || OLD.platform_id || '/' || OLD.account_id);
END;
CREATE TRIGGER phone_fetch_of_another_life AFTER UPDATE OF state ON endpoint WHEN OLD.state = 'released' AND NEW.state <> 'released'
BEGIN
    DELETE FROM phone_fetch WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
    DELETE FROM phone_refused WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
CREATE INDEX phone_handshake_newest ON phone_handshake (at);
CREATE TRIGGER endpoint_inserted AFTER INSERT ON endpoint
BEGIN
    INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (NEW.platform_id, NEW.vendor, NEW.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER endpoint_worded AFTER INSERT ON endpoint WHEN NOT EXISTS (SELECT 1 FROM words_due WHERE saving)
BEGIN
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
    INSERT INTO endpoint_word (platform_id, word, mac) VALUES (NEW.platform_id, char(10) || substr(NEW.fold, 1, instr(NEW.fold, char(10)) - 1), NEW.mac)
        ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER endpoint_renamed AFTER UPDATE OF fold ON endpoint WHEN OLD.fold <> NEW.fold
BEGIN
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']')
        UNION ALL SELECT char(10) || substr(OLD.fold, 1, instr(OLD.fold, char(10)) - 1));
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
    INSERT INTO endpoint_word (platform_id, word, mac) VALUES (NEW.platform_id, char(10) || substr(NEW.fold, 1, instr(NEW.fold, char(10)) - 1), NEW.mac)
        ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER endpoint_deleted AFTER DELETE ON endpoint
BEGIN
    UPDATE endpoint_count SET n = n - 1 WHERE platform_id = OLD.platform_id AND vendor = OLD.vendor AND state = OLD.state;
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']')
        UNION ALL SELECT char(10) || substr(OLD.fold, 1, instr(OLD.fold, char(10)) - 1));
END;
CREATE INDEX phone_contact_less ON phone_contact (platform_id) WHERE less;
CREATE TRIGGER phone_contact_moved AFTER UPDATE OF account_id ON endpoint
WHEN NEW.account_id <> OLD.account_id AND NEW.device_token_hash <> '' AND NEW.device_token_hash = OLD.device_token_hash
    AND NEW.state <> 'released' AND OLD.state <> 'released'
BEGIN
    INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
        previous_hash, waiting, waiting_network, waiting_agent, former, version)
    VALUES (NEW.platform_id, NEW.mac, NEW.device_token_hash, '', '', '', '', '', '', '', '', '', '', '', 1)
    ON CONFLICT DO NOTHING;
    UPDATE phone_contact SET former = former || OLD.account_id || ' ' || OLD.device_token_hash || char(10), version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
CREATE TRIGGER phone_contact_ended AFTER UPDATE OF state ON endpoint WHEN NEW.state = 'released' AND OLD.state <> 'released'
BEGIN
    DELETE FROM phone_contact WHERE platform_id = NEW.platform_id AND mac = NEW.mac AND (NEW.moved_to = '' OR OLD.device_token_hash = '');
    DELETE FROM phone_contact WHERE mac = NEW.mac AND platform_id <> NEW.platform_id AND NEW.moved_to = ''
        AND NOT EXISTS (SELECT 1 FROM endpoint WHERE endpoint.mac = NEW.mac AND endpoint.moved_to = NEW.platform_id);
    INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
        previous_hash, waiting, waiting_network, waiting_agent, former, version)
    SELECT NEW.platform_id, NEW.mac, OLD.device_token_hash, '', '', '', '', '', '', '', '', '', '', '', 1
    WHERE NEW.moved_to <> '' AND OLD.device_token_hash <> '' AND OLD.account_id IS NOT NULL
    ON CONFLICT DO NOTHING;
    UPDATE phone_contact SET password = NULL, password_hash = '', previous_hash = '', alarmed_at = NULL, less = false,
        waiting = '', waiting_since = NULL, waiting_at = NULL, waiting_network = '', waiting_agent = '',
        former = former || COALESCE(OLD.account_id || ' ' || OLD.device_token_hash || char(10), ''), version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
CREATE INDEX resync_by_platform ON resync (platform_id, created_at, id);
CREATE INDEX resync_by_age ON resync (created_at, id);
CREATE INDEX resync_open ON resync (created_at) WHERE state = 'running';
CREATE INDEX resync_item_due ON resync_item (due_at) WHERE state = 'queued';
CREATE INDEX resync_item_sending ON resync_item (sent_at) WHERE state = 'sending';
CREATE INDEX resync_item_by_state ON resync_item (resync_id, state, mac);
CREATE INDEX resync_item_by_phone ON resync_item (platform_id, mac);
CREATE TRIGGER link_address_new AFTER INSERT ON link WHEN NEW.address_template <> ''
BEGIN
    UPDATE platform SET proven_template = NEW.address_template WHERE id = NEW.platform_id;
END;
CREATE TRIGGER link_address_written AFTER UPDATE ON link WHEN NEW.address_template <> '' AND NEW.address_template <> OLD.address_template
BEGIN
    UPDATE platform SET proven_template = NEW.address_template WHERE id = NEW.platform_id;
END;
CREATE TRIGGER platform_told AFTER UPDATE ON platform
WHEN NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS NOT OLD.home_since OR NEW.phone_proof <> OLD.phone_proof
    OR NEW.proven_template <> OLD.proven_template
BEGIN
    INSERT INTO phone_change (what) VALUES ('platform/' || NEW.id);
END;
