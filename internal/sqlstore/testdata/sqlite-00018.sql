CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (13, 12, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (14, 13, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (15, 14, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (16, 15, 1, '2026-11-26 12:42:19');
INSERT INTO goose_db_version VALUES (17, 18, 1, '2026-11-26 12:42:19');
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
INSERT INTO keyset VALUES (1, X'128801038DAC0453186278862E81ECDE8398E4716449B0AEBCC8C87DCDE9D4B86518B42702E3800DD7823384B48DE012CD559505676DAACEE3186021B65A8B0EA594584C8FD536B0D58AC0224AF9D478BB7695E2DD0DAC63F90109B8F10D7E45CDD6F6F69B0D552181A08D6B9447230AC710C56047DAB108A0022A941DDD3FFC39D0745D2549FA8755B9F2', 1795696939657, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'01000000430135C8B3BF68198E33D4ABFDBD160E4914822705B086750BEC2337772478496617AF9709C8242EC2C37EAFD76EE9710C2CAD66DAD027519968397199B24B31931BD26B455F432CC05EFD24464F9A4E375B2FB6131E07CC88F55551496C00A4226967F93BC528E1DCC56290E09085CE', X'01000000430135C8B3BFA1ED281150ED59695F9B4B4CE397414B7898769C2ABAADD8853503505FFEB926C4B2BEF05FA4D39A23DA04BE18ECF16425A197E9FECC34ED6D8E3B3AE91FCA23050417997CBC43A2467D14BDD576CF96BE541A047CA8D2F6FE2A8D481D1FC6086E560155FBD87A6F9D86991A5E7F4D388A5C12C1F8441CD83824', 1795696939657, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'01000000430135C8B3BF4F5BECE1A0B1EB886AAF53AFEBABAB740DB02FDC9C27C4062CBDC3A75EE54E28FA41446D195C90ECA50A87A8BAFB16A803D40C5A3695C42792DF3608A86AF2CCFDE85E8E451B5B41DE9777DC25BB66102050B4DDAD611338BE8FD9BD5524F0C08E46ED515151FB4DF396BD83D005D3BDE3F9F24430FE75949224FB2357F2D971D1A877FB1BC8E1336846B4863C8D67B99C4B3D', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'01000000430135C8B3BF24BA6BFCDF0301193C86278FB9E903C48862F75C89243594B47CA0A46B07313263FF6EBA7ACEB88772153C05D41FC3CA7C1B0C964023C600661F880BBE9521E15F32A1C6913EE02564462224224CFCC505D4F06BD72D6E481EC991C336DC7ACFF9992D7A279441113AD6AB850486CA356683616271DFCDD20E20069CB83938A3', 1772366400000);
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
    version         integer NOT NULL CHECK (version > 0), home_since integer,
    FOREIGN KEY (id, primary_account) REFERENCES account (platform_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO platform VALUES ('fsb6e2tivdp5wgl3qngq2l6wym', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL);
INSERT INTO platform VALUES ('6bi26swqcdckehnagaq3tm5gva', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL);
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
INSERT INTO account VALUES ('fsb6e2tivdp5wgl3qngq2l6wym', 'mtfh5hhmb27gzr4xvx5ohsduam', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('6bi26swqcdckehnagaq3tm5gva', 'avcl4g6z7sramvfggo5xer3xrm', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('fsb6e2tivdp5wgl3qngq2l6wym', 'mtfh5hhmb27gzr4xvx5ohsduam', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'01000000430135C8B3BF6135BB44A51A72157309F8950865761F7C2EEE43EAF6F1CB54E01DAF15BF8F6A5B560A0DB8DFCCCDF59E19E69B43415909FE4B300A8355DE8C68F3ADC36D6BA78348E56EB04F130B5EBB810274BB7CD14BF2BDFDCEB5FA449E7CE354E60A758CBBC85253272A31185732E54C85C2D87C43EB64E3C5A3', 1772366400000, NULL);
INSERT INTO account_token VALUES ('6bi26swqcdckehnagaq3tm5gva', 'avcl4g6z7sramvfggo5xer3xrm', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'01000000430135C8B3BF28BCA0F28689CC94821C8145EFC5C0FF20CEF30D796B32520020C0BF012F3B833B1EF6BBECEB6E2F9D1320E408D3495B621F133921E8D971E9E978402C91F3C25C458FCE19B7843EE5706E9548D0C08576225D4D0EE2E2D55884AC5FF2CA0163B36E9FE9E3F28B898E656E561F5833949BB30D0ED619', 1772366400000, NULL);
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
INSERT INTO link VALUES ('fsb6e2tivdp5wgl3qngq2l6wym', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('6bi26swqcdckehnagaq3tm5gva', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('fsb6e2tivdp5wgl3qngq2l6wym', 'snom', 1, 'created', '', 'ck_same', X'01000000430135C8B3BF53543CFC4F65CFCC8E2D666B6920945DDEDB6CA41B563A3C2606929F3ED2F3731A1A069DF2D6C5E63BFD578B7E95F874678C550E5C645C4A5F17D6303146BED457FA18D8ED36CD271520357BA429225879BA78E4BD0DA136075020297A96FA7D20FDD6C8FD424FBCB39A7B6BB65B26E0F262C94535F1FA2AA141256DD1FF584AABAB5B4CF3DA4011089AF507D15912F52CDB93C350C3B82E45B5C3', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('fsb6e2tivdp5wgl3qngq2l6wym', 'snom', 2, 'created', '', 'ck_same', X'01000000430135C8B3BF9B2CDB80BFF919691B6B039A14FE695DC0C4BE1FEEA30F4C7B1BB5D71F471010696C4ACC2FBBF23A4FA066EBA44BFD79C175813481611629B9DF02036C60FC0F0518388B1BD7FD28BBA721394387509E0EA70333622B0D603746B920ADECC2920F86669A0535B1AB65A4A7E34DC0D69CC5430E477BC23D1D6A5CB6CA9A174E2945C334DF5DF6453F3BACF5342371D96164E3270681E29EEB0CE6ED', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('6bi26swqcdckehnagaq3tm5gva', 'snom', 1, 'created', '', 'ck_same', X'01000000430135C8B3BFA20FC712BAF5EC97207BB6A649D492F3A57C4B51B3488BC29A175693A562B1C93A53F7752F63E9B0879840EF8F1A0A7BFFE0DDD13167D65E85A5C2E1528699E4E31F6A782ADF28DB9216A145CA5F20E81CD13FF1370E6CB64BE02E8E79421417964B0C547DE2F229FE0DA57D4B217147F42EC8D02F6379CA990516C885362F65F90C401027EF6503EE338F89130DF0E5CA1752A6BCB6E794EE9D7B', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('6bi26swqcdckehnagaq3tm5gva', 'snom', 2, 'created', '', 'ck_same', X'01000000430135C8B3BFCD820F318C09058BE796F4403307B11ED92A178F43DDBEA37A9120246D9E967231C318834362EEBF448FEB2A60F8DE8E23CB2611C3BE78145F1BABF4CC0CC13A9546410B7DC0CC435501A6AC3FCFCD71985ECAF51B0E3D3AB894DB51E60D124699771BACBB19F008D322FE918243B4BEE93FB2DACF77581D2D2FB45EA7940CA0C7730741B617DF9CBCA53A151FA151EE2430C192C5FF2DF68620A9', NULL, 1772366400000, NULL, NULL);
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
INSERT INTO campaign VALUES ('etoxqsikqitufiukz3xczjrnqy', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('etoxqsikqitufiukz3xczjrnqy', 'fsb6e2tivdp5wgl3qngq2l6wym', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'01000000430135C8B3BFD4D2E85D8C1F623D73F04E498E64B506C89920D9D52ABF0BE552F8B6B690FA8E3B353BFA05B5606C56B3FD627813A66BFA7F21E7953D8DB74ED2B086884DFF71525F720798B0BEA262FA9FACF7A1D8A2640AB6CC6344436D4841A9438158D75098F93EFACF018237C7E42A468D4230EE8EA89D1A1E71CCF2983FADD456FD5A457DF0CC133BF43A4794EC28F956E1B1CA2BA4EEA0000999', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('etoxqsikqitufiukz3xczjrnqy', '6bi26swqcdckehnagaq3tm5gva', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'01000000430135C8B3BFB61A71AEB42CD8FCAA4AECBC17D2D1DBA9FA207288E2FF2D7D6901F467560481A277BF379BA8CF36BF9DCA5924A28926CEDD10A8FD16FCE5E3694CBCCD564EAD9FF9919C18DC5184AE4A3E326CEDE74E0F39D5C0BF1E7B1FF6A0C9FE0E58B22CD6018390A72761B07F106C7EC4C971B8263410AA3BA41D22E64873166AA5A4204868EA1990DB819954791658967DCACE5FAFC4653B4EAA', '', NULL, NULL, NULL);
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
    changed_at  integer NOT NULL,
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
    version           integer NOT NULL CHECK (version > 0),
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
CREATE INDEX endpoint_by_name ON endpoint (platform_id, fold);
CREATE INDEX endpoint_by_fetch ON endpoint (platform_id, COALESCE(fetched_at, 0), mac);
CREATE INDEX endpoint_found ON endpoint (platform_id, mac) WHERE found;
CREATE INDEX endpoint_given_up ON endpoint (mac) WHERE state = 'released';
CREATE INDEX endpoint_by_end ON endpoint (substr(mac, 10));
CREATE TRIGGER endpoint_inserted AFTER INSERT ON endpoint
BEGIN
    INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (NEW.platform_id, NEW.vendor, NEW.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER endpoint_moved AFTER UPDATE OF vendor, state ON endpoint WHEN OLD.state <> NEW.state OR OLD.vendor <> NEW.vendor
BEGIN
    UPDATE endpoint_count SET n = n - 1 WHERE platform_id = OLD.platform_id AND vendor = OLD.vendor AND state = OLD.state;
    INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (NEW.platform_id, NEW.vendor, NEW.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER endpoint_renamed AFTER UPDATE OF fold ON endpoint WHEN OLD.fold <> NEW.fold
BEGIN
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']'));
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER endpoint_deleted AFTER DELETE ON endpoint
BEGIN
    UPDATE endpoint_count SET n = n - 1 WHERE platform_id = OLD.platform_id AND vendor = OLD.vendor AND state = OLD.state;
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']'));
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
CREATE TRIGGER phone_contact_ended AFTER UPDATE OF state ON endpoint WHEN NEW.state = 'released' AND OLD.state <> 'released'
BEGIN
    DELETE FROM phone_contact WHERE platform_id = NEW.platform_id AND mac = NEW.mac AND (NEW.moved_to = '' OR proven_at IS NULL);
    UPDATE phone_contact SET password = NULL, password_hash = '', previous_hash = '', alarmed_at = NULL,
        waiting = '', waiting_since = NULL, waiting_at = NULL, waiting_network = '', waiting_agent = '', version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
CREATE INDEX phone_unclaimed_newest ON phone_unclaimed (platform_id, last_at, mac);
CREATE INDEX phone_unclaimed_by_mac ON phone_unclaimed (mac);
CREATE TRIGGER phone_fetch_of_another_life AFTER UPDATE OF state ON endpoint WHEN OLD.state = 'released' AND NEW.state <> 'released'
BEGIN
    DELETE FROM phone_fetch WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
    DELETE FROM phone_refused WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
CREATE INDEX phone_handshake_newest ON phone_handshake (at);
