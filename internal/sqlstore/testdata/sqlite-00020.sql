CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-26 12:47:45');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-26 12:47:46');
INSERT INTO goose_db_version VALUES (13, 12, 1, '2026-11-26 12:47:46');
INSERT INTO goose_db_version VALUES (14, 13, 1, '2026-11-26 12:47:46');
INSERT INTO goose_db_version VALUES (15, 14, 1, '2026-11-26 12:47:46');
INSERT INTO goose_db_version VALUES (16, 15, 1, '2026-11-26 12:47:46');
INSERT INTO goose_db_version VALUES (17, 20, 1, '2026-11-26 12:47:46');
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
INSERT INTO keyset VALUES (1, X'1288010DCB22112A3CEFCE2CEE1A54816DD616092F01E7576E430B43A14330A67A0124373A1C31AA27430C46733D8FE19559D8AD0C9B53484364013D43D2EF5C90C1715EEEBB85D19A42A36E9F552608C4E713F1F0CFA510BE3690C165FF6C175F16EC5C9EDA48BDCFEF59CAB6CB5292F40EA7FD981C77D9BB73114B19EEC3CFC2A23C8AB8C72A2EA45FC5', 1795697266132, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'0100000043012DFFC3C4F7B52E9DEB8A16D58124AD1593392F8CF62052FC0599C912F00362A0B7A9993EB2361D04C3B213604E44741F77B864A33429CFDC1AEFC9918D723CEEE8880E2BFB9A1032C25F159C34F651E7C87829D280A07F6C7F6657271939A4B6DC7089EC825F1440B59FD47BE06A', X'0100000043012DFFC3C4C24487A32A7C9D5734EC8E4777F6492D9E297A1FCFCEE60E8C77071E8849F130BA8B80528C061B46224FD108B8A1C5A9B19881B8CC666E0493879BDF30DB6F27A0CD5B2D1346504646A4CDFC481A73220B9E3FB8B0A7210927E5FA419916081C614A4BA41D6AB290E223FEC4E86D35AEE768D096C5C39C959348', 1795697266132, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'0100000043012DFFC3C4EB6B18C3D30B3B157DAB21E2F42DECECFB0C0E8DF0382B2016A056BDAB7217E7C731EA2908BC79243725CB738564B17FD29847361F207BDAF3B2A62B36DC2961414533B26889BAD3F14B3783BD9BAF9210BE4C57D886451D86C83B1B53F9AAA8FAA8C4FB61F146DE374DACFE8C25E2880CBF3A679DD0794CF663806234FCE4DA56B1F75D1B4350F4F077DB2794F80EAF3E7D66', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'0100000043012DFFC3C41CC94E8FB9AFBF454A8CB5B8F5EBF6963A6959E0E8D5BE7A58621AEC8C3234A6B0E068A7C4F73419C683DF0047BD76F3EF0524DF835151E9C87223695BBBDC2CF1CDEEA2723DEF468712C18AD174D47DB1E2CE52D291E626BE30D8C270A8005A62F3EFB8DD2680D2A23499F24482CD22F4FDC018BF68CF1D51EDB414B96DFAC9', 1772366400000);
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
    version         integer NOT NULL CHECK (version > 0), home_since integer, phone_proof text NOT NULL DEFAULT 'certificate' CHECK (phone_proof IN ('certificate', 'token')),
    FOREIGN KEY (id, primary_account) REFERENCES account (platform_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO platform VALUES ('ztbbnxccz7zhuu5g4wadd5ex3q', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL, 'certificate');
INSERT INTO platform VALUES ('3zrpqmorxw7mug7el6rackg7rm', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL, 'certificate');
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
INSERT INTO account VALUES ('ztbbnxccz7zhuu5g4wadd5ex3q', '4twx4deetyoxzc4stzl44lflti', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('3zrpqmorxw7mug7el6rackg7rm', 'qfn6jt6ilep7prhveb6jea3sde', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('ztbbnxccz7zhuu5g4wadd5ex3q', '4twx4deetyoxzc4stzl44lflti', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'0100000043012DFFC3C4C7D7C66BC64DF810F575807CEB0AC8EEB7DBC56BD92EE8CC590D6923795E1C6C3F6F2AD6A51A113A2163E34C3B70F8F2F9AA443BB5F27C0F3C3638664FA37F25FBAEDDB13DE93FF218EC303DD68DF549AA6C4A2021CF408BF5D2765D5B97D0BA665A9BB3E1E26DFE20171E3B036EC6289474F00199BB', 1772366400000, NULL);
INSERT INTO account_token VALUES ('3zrpqmorxw7mug7el6rackg7rm', 'qfn6jt6ilep7prhveb6jea3sde', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'0100000043012DFFC3C4F2E85951E79E8CE8C0905E24A720DBC489C74E78E2942D745391B1826C4F46F742B7D06578AF83A4D11F8448728957C321203AB71D3A17D159BBB5C2F2DE4929B3783125CD993FCC5903C88C715A377BC968A561BE5E3A4EE2CAE692EEEAC07E56FA5C23FE15967A14C49367DC806AC15F1070D164F6', 1772366400000, NULL);
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
INSERT INTO link VALUES ('ztbbnxccz7zhuu5g4wadd5ex3q', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('3zrpqmorxw7mug7el6rackg7rm', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('ztbbnxccz7zhuu5g4wadd5ex3q', 'snom', 1, 'created', '', 'ck_same', X'0100000043012DFFC3C4541793A91D4F3D2AED535A57527554DEC60B8F8326E7135C4D4BF2E0AAB73D10B92C33FB2EAB118C95C1A99948EB9D5990170ECE8195E0F132D68F9C2DC2D8CA0880B0796017EE318758377147D7E9165A5044304CB597027C83AF44D537ADFA3BEDF0A5F0193E7BE43ED8535B264B96B7CFEB5EBB3BDE44B356CCDA6A2BC2E9B6C0234E8D95EC1C1902C5679F486D7AEB7C352C32261244C0AE09', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ztbbnxccz7zhuu5g4wadd5ex3q', 'snom', 2, 'created', '', 'ck_same', X'0100000043012DFFC3C4BEA4A49A9925D95D468D87AC93B2CE6F07AD806D8286AFE0210C43A62719EFFE6D9AF1E9DB45325F0F4B837A1C7F9A0C3E40C175ABD12B6B84D225A81B9858D5AD9789950444C2087519453AAD225A16F798C273672E955E125AB62A8EE2F1A0EE42AF9902724465A5295885A87EA1F2F0E162C161544DE71BF3DE4AAED56670B14EADF795AD25B409B4B3923EFD13630588925C9B39B11C980E87', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('3zrpqmorxw7mug7el6rackg7rm', 'snom', 1, 'created', '', 'ck_same', X'0100000043012DFFC3C40A6211C9B594B715F15EEF7CC8F4347CA6F544DBA49DC85C8BF314B410CA29EA4CE3C70FE70582D66D384E83689AE4F12C5F4A53EA5D66B10F900F2F36985C97091F78868A224A468B2697946196F6B17E6F2E6472156BE4771A78EFE95554F23B85CEAF974349426700E46462AE851915930B352B4A4F77DCCFFF83C8321AAAE05726AD1238E10D32011C91812029B2222FDED82B987E26183123', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('3zrpqmorxw7mug7el6rackg7rm', 'snom', 2, 'created', '', 'ck_same', X'0100000043012DFFC3C41C20D9560043FA95DBCF33F8F353698AC2A742A002FC426CC30DCB89415DA15D185DB36538430156182DF011C58C0DE7EEF32E97E5E27415436D4E26FA4B1A0FA0AEDA40F7D794CF2173171C708B67AE57C283088989B6C5D10DB19BFAA996526426D0D5DC79A5930CA7591A9D92355517DAEF01E24AAC01E3FB7C2E10C7238452B1BC99B591B003E38EC35517CCEBF66A64C7BF5623CCD064C9E1', NULL, 1772366400000, NULL, NULL);
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
    version          integer NOT NULL CHECK (version > 0), model text NOT NULL DEFAULT '', serial text NOT NULL DEFAULT '', pin blob, device_token_hash text NOT NULL DEFAULT '', device_token blob CHECK ((device_token IS NOT NULL) = (device_token_hash <> '')), first_fetched_at integer, sip_registered integer CHECK (sip_registered IN (0, 1)), sip_at integer CHECK ((sip_at IS NOT NULL) = (sip_registered IS NOT NULL)), replaces text NOT NULL DEFAULT '', replaced_by text NOT NULL DEFAULT '', moved_to text NOT NULL DEFAULT '', found integer NOT NULL DEFAULT 0 CHECK (found IN (0, 1)), plain_url integer NOT NULL DEFAULT 0 CHECK (plain_url IN (0, 1)), expected_at integer,
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
INSERT INTO campaign VALUES ('ahiwplo26hlbc6q4z7p4x63gcu', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('ahiwplo26hlbc6q4z7p4x63gcu', 'ztbbnxccz7zhuu5g4wadd5ex3q', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'0100000043012DFFC3C40801B77352F12C6A9EA092C9D186B977DFEE479F0B9687AC073E1BA7714D9085736BCF0C8DEBC74E2261A9ADB056F83C3A9B1C0AAA3BEE36DDB2764DCCB2919F8213B6EF526107BCAE11F01C7D29C08E2AAEA0E96070ECC21E6881153DD8B540F8CCCDED0BF32F8483339041C7FD50E27CF4D89089CA67D188AFF1CB74077F793F2FBB7679F1922290FFF5AC7A9675B5068E630901FC09', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('ahiwplo26hlbc6q4z7p4x63gcu', '3zrpqmorxw7mug7el6rackg7rm', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'0100000043012DFFC3C4FD97A4602D278A860D79EA9FDEDAA3589533A3505F364411D335BF4657E861DC13C8F34E6D0CD31FBB2214CC6831DDBD8A72AABFBD598791E323BFA47B5B3DAFDA2377628B21E74932F3EFCA0AA2021B5CE87955D1FEE5192C3B7B0DEE882FB44D7FA8771680390BB97C3EA5BB8CBB32D32BF974171B7C14C3F795308F8F54BBC93E6F35F0E80BB3031085C7649521F88DE8E0BA624396', '', NULL, NULL, NULL);
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
    version           integer NOT NULL CHECK (version > 0), less integer NOT NULL DEFAULT 0 CHECK (less IN (0, 1)), former text NOT NULL DEFAULT '',
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
CREATE INDEX phone_unclaimed_newest ON phone_unclaimed (platform_id, last_at, mac);
CREATE INDEX phone_unclaimed_by_mac ON phone_unclaimed (mac);
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
