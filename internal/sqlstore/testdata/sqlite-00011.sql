CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-25 23:21:26');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-25 23:21:26');
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
INSERT INTO keyset VALUES (1, X'1288013ADFA682621CE85EC3D94AF94B512D1F7BE8D6EC24F47E099E581188F57989B435F7F03F364029A507C4078DEBF46C56AC33C10D9FDCC638EB7A9DC38F4F73017E8A8469C1670223B91B2F841D2B25526AD40F138BA57B4E32D065953909CA0F74A422A7DAFB181BDF87B83C3B9415E4AE07BE727220B8209E4C48676020995BB2ADDCB6EBDC3EF6', 1795648886971, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'0100000043019F11B48F177D152DF4C6B3710C64B62BF7E6A718A00F267B0B056B6D3175302BAAD5530F2FFC72D90E86C21046858F4E2709CDBEED5C79123AA98C55F3A8C440EE13632A0B35FFDEC5D834053A335A5179D96382C7F870C3DE0E7F2998BC3958CFA8A9E2068B58793A69A7141115', X'0100000043019F11B48F1C6BDA9C1FEEA491AC0281C0A31326B8384C4138946ED57E568C8BFB0E5759B45EDB5174EDA38715BB48CEE793008C6F5BB6AE1FD6C9262E5AD73454938E1C3609953349F4F80C3401A43DD603459C529337F8A80B9D1156BBA588C64A6B36819D07B45D2137A0160AD965507E6EBA690A7BDDB14A3EE9EEAB11', 1795648886971, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'0100000043019F11B48F19153955C4E0A73E7FBB3A6D335EFF9C44AB36980886F429E44BBF7B92F2CCB95288C54184600971C9BF76C07BC47C13DBE47BBD126F3A3D0266C6C35747D4F1903331678DC89D01CA97C41B9261A0A6EA1E225BD473A71DD28520325C66D621CFA92F60E56CB9E84DA218E7BC1BE9D69F77303B59B7DFD9112633455B4AEB8A6D7D08BD79E29069FBAADE046058E05C697590', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'0100000043019F11B48F9676AA701C4582B4B0288A826F3E31DD7EC51B1C8D1188824F0380BCDF9E643751A3FAE1B396EDB18DCE35CEF73CEB81723174C6EE9346FBB9B6BFED933665D392DBAF36BC9EB91FB58BBA94CD7AF86743540B736DF09D64D7ABB35A478B284E166BDCB2E160851D1906A96CC4C351889A7DA862C5FC46A1B688F99E7C782C11', 1772366400000);
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
INSERT INTO platform VALUES ('me5kocrmdodbtvzwh2ues7cjou', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('fsg7sz7ve5gq74ewbkh3kbovae', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('me5kocrmdodbtvzwh2ues7cjou', 'ieh2no436skbnsnjmjig7ffkre', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('fsg7sz7ve5gq74ewbkh3kbovae', 'uowkmftbhkt6w3v7c7pcwuk72i', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('me5kocrmdodbtvzwh2ues7cjou', 'ieh2no436skbnsnjmjig7ffkre', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'0100000043019F11B48F0442A0BC438E997D309B3DE7072B8710BC3D6DB4DFB968B84ED4A6BC76D3327D1349480DC3272CBC1BA4E17E648FB326F949EECA9A3C643FC30C39A969C7368AC0240744DA89907B7FFD04CD325162C63FE96B4AD413B780223D55E2FD3AA76916F4E9FC8B6FA31E51EA741502742762EFE75CC15451', 1772366400000);
INSERT INTO account_token VALUES ('fsg7sz7ve5gq74ewbkh3kbovae', 'uowkmftbhkt6w3v7c7pcwuk72i', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'0100000043019F11B48FFFF74ED13073AFFC5D13E920C98E4B7F71B44674378210C6099A967E55550FE7A8B1D79EDB6322107858CD818B425A0CFF1E31A524CD87C235BEAC4A449781D0A8616FBE9F3C069C627C29A94416CC62A7E493A841897A7E46E94B220F75681AF88ACA1B5A7EB50311D63D65188D8D232E347CF9D00E', 1772366400000);
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
INSERT INTO link VALUES ('me5kocrmdodbtvzwh2ues7cjou', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('fsg7sz7ve5gq74ewbkh3kbovae', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('me5kocrmdodbtvzwh2ues7cjou', 'snom', 1, 'created', '', 'ck_same', X'0100000043019F11B48FADBC3776CE7696E6E279568EBC421FAEA4D9BE4F92B63D537C7E09C9C6C7170280496DB436734CB87348DC80AE78B4BB570DCC84ABEBE305F659C6A88AB50BA8889A635A194F4B483FBEA17B0A352D34890979B96F1FD343BA782B0797DB6E3A1FE32872C42E71AD96CB95B43C769DE27141F38FD577E03B105E6A91CF5DF9DE80096E49800AC8D96AC8CA9790B617AC0BC772C0B6BAF5D3D2648B', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('me5kocrmdodbtvzwh2ues7cjou', 'snom', 2, 'created', '', 'ck_same', X'0100000043019F11B48F89BACC095377333E3AEA136DBB4CB0D81CDE1F04CA91FDB9A0D22CED88297040E5C66A37B8AA629B7CD719C286CC9B4FD7265EC3758CCBCB5C6CEB21E354739E780DD8C037761113C157D31F2129DF9E8DBCA6AE06E955A445023FC3B6934A4D5669EE0F71AE1E6429C6ABB474EF71C92587D0575DDDE1D0A5BE87A24FE93950C03C03DE751B42FA342FB2A70DA0B108569C18FD0FF0E6E1589600', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('fsg7sz7ve5gq74ewbkh3kbovae', 'snom', 1, 'created', '', 'ck_same', X'0100000043019F11B48F2DBA6B9AEC16EC3213FD687161B5E119DB9C103D853F89DF40D910EC3E1B025D9B5BC03FC71AAE1AE9E0E21192C02D61C91D6B45DE7966D0C1AFC7C7B0D1733F641F02A06040DAFF1E80F72A5B6BFBB14250F82F2EFBBE66D577C563C25ABE6975B898717AC976BC10985ED1580D50CD624A6600735F22991C371240E4DBADDFEB21D4462A945AABEEF73CBA8F7D736B5E1DE20E929FA6972CC94B', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('fsg7sz7ve5gq74ewbkh3kbovae', 'snom', 2, 'created', '', 'ck_same', X'0100000043019F11B48FA88498DA3B2567E127816FC7AFC2E703871D4314723172BCB4758FBFDFD942CE8042BC59F8078BF1F398726C7580D003C46F7DE1CE05897D898976E32914472EFEC08FBE42C0E0DCE2EE31E42D54E216CC513604C902E0C0AC4DDD97EF9A7E1E0D1B2D8F6E14068E207811AC629FB76DFC9C8B638DF4856030FDDDEA19FEECB45BBEBFBD60B3E36C2E2754399E186A8B6573F06FAFD3F7044EC6AE', NULL, 1772366400000, NULL, NULL);
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
    version          integer NOT NULL CHECK (version > 0), model text NOT NULL DEFAULT '', serial text NOT NULL DEFAULT '', pin blob, device_token_hash text NOT NULL DEFAULT '', device_token blob CHECK ((device_token IS NOT NULL) = (device_token_hash <> '')), first_fetched_at integer, sip_registered integer CHECK (sip_registered IN (0, 1)), sip_at integer CHECK ((sip_at IS NOT NULL) = (sip_registered IS NOT NULL)), replaces text NOT NULL DEFAULT '', replaced_by text NOT NULL DEFAULT '', moved_to text NOT NULL DEFAULT '', found integer NOT NULL DEFAULT 0 CHECK (found IN (0, 1)),
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
INSERT INTO campaign VALUES ('cevtrzup5sybc2auidpxyfsrpe', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('cevtrzup5sybc2auidpxyfsrpe', 'me5kocrmdodbtvzwh2ues7cjou', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'0100000043019F11B48FE10DAF92532D91D5EB6703C1FE5C703923342D8DA0872A035740CD2217DE548001B216C20F5D03364A219C445F809BE187E54F86948055FBADA12DE643B0D8DA9F20E2BF42A18F12CAC0BFC1DF472F9E744D0A477D1D0C0C9C6186AE8AC87457029D4EA0111A832EC00F6767F96789AE93F54168CDF18487D2BCBA3B9AAD9986CE85431358115BFA978FEA25ABBAC3B7FCE0E8836A9BCD', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('cevtrzup5sybc2auidpxyfsrpe', 'fsg7sz7ve5gq74ewbkh3kbovae', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'0100000043019F11B48FE02188CD1042A617EC48CCB2984F337F0B675EAA9091ECBD856994251D4995E22842CBC38852CCFA9E2978E3B04AF5610F7C6B13150BE82220776C9D2FC79E98B41EBB0CFC557B49BD095672876762E4D038E4069C440ADC5910699C3D4181CF2AC86D0BF405AF3BAE4E327FCCA4D3B40FC6E715E197C8561B41418CC071E99E8956473EE6BE305D39382181DEE8229A9D300DD66519CA', '', NULL, NULL, NULL);
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
CREATE INDEX operation_item_line ON operation_item (operation_id, line);
