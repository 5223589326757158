CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-25 20:16:05');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-25 20:16:05');
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
INSERT INTO keyset VALUES (1, X'12880121F530ACF3CB113CB917FAFD0295765928899A87FF8B32D0C54717B98E71486B73A98E5C904E60BF2DBC7EE1685028F0C5F7BADDDA49F739F726F92C5F2A96A8B6AF978DAAD3138E1F8584265E65915F15B90ADAFAFAA25834E4BCDC98D2F1987C2F7B048021220EBACDE1C50D8F004EE8644130C329726BA96A336E460664A82DF054D70922FEA0', 1795637765754, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301BDCE4B8BB12CE41EE43612BC8346FCDF2AE3FF3373A6D7B9A6CE02F82D04F507C807AFF1AF9CF409BBD4834563B3CC1FAFAFC33A48D04F92C6FF25EC500B5DEA39F8C47290094AE94F21B9EFCDC6628F8DCB21F5A8CA02377F7B170F935F061F846A04CB4B2801FDE2B288734FB5', X'010000004301BDCE4B8B2F19EA7D924DA654E104135642672FBA0BCE8423E227EABCFA93CF4E4CEFE3E69FECA38C463F73684B00E6D6B226DD98F7CB38A3665ACFACD08E23633C008D123821E5D8339F6F7E5C93A86156F82212305772F1EBB3456EAFFDE4DCC27EF3A26568A9F7DE69611C093E934920D3A2FC95AC17997E2DD98F636F', 1795637765754, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301BDCE4B8B2D46213E6A79075DDE2D09FA4F6F566B91A016B8C453E246F0046BC822C27281570386F42C5B88F45D7CC86E2A2EA569099BFD2A76592FDF573462629277880C1B3032A1820B0CD8BECD4EB4D1CA40997F9E2920E5CF81D007ED2D6454E90856AA75C0122D06C9F8F38E20C14E9017594EA5A3B7DBE2074E9A85DDF064EA8CB8C6E61085706AC308EDED94BC9D599BCE057639', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301BDCE4B8BA69C58AE8AC8841C3CAB72DC8BCB80479051F0BB564DEAEF33B54B153F21A96F152FECE5439B36C9A3D433FCF0E353D42CF698DF419AD7D287527F45D9F35C3E039A50521D2168DDDD3E59391AB72FC9BA4573F2A4FA6CDD90868049FD602C43526FB3AA0EF98AC2D5A24DCC5955375BE370E6F422E3A7CDCF250EA71DD5DE0D', 1772366400000);
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
INSERT INTO platform VALUES ('6p22gxeapwnwygx36ruuihan4i', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('r7mroxicb5n3g5vfehf7vosz74', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('6p22gxeapwnwygx36ruuihan4i', 'gprsbx6t5akreeqxuaklob5dkm', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('r7mroxicb5n3g5vfehf7vosz74', 'i7yz2shzkrca5l4x7ckharquvi', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('6p22gxeapwnwygx36ruuihan4i', 'gprsbx6t5akreeqxuaklob5dkm', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301BDCE4B8BB7B906F4E7DBB672096091D5D2592DFDD95DAC36F89760ACE66FB198DAF64FDBBF59FF5EB4EF05B6D51ABA7DDE5AA752F730DFD478932378A65172880DD4FB4AB27D98876CC310B5826F74530A22A7FE21D042556BFA50D65B580BD33B1B0CC9FF4405D3FDFECF617E3A80FF6053E141D843C6CB806E', 1772366400000);
INSERT INTO account_token VALUES ('r7mroxicb5n3g5vfehf7vosz74', 'i7yz2shzkrca5l4x7ckharquvi', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301BDCE4B8B673B1F5B376AA6C63A8F3501B793C9014FB33851B91FC43C321AF2F1183E647B63F1D862E55A8FCB1A7ACD44AEA34A3E278D06EFD947EDA41FD0CD6AC02FCE1C6F5D8ED6B939FCD654635FEBE136749E6BED5780805C99935DBA654337D9B257FF8FF67E0DC70AFBB8B0A9D9A578B7D793237675880B', 1772366400000);
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
INSERT INTO link VALUES ('6p22gxeapwnwygx36ruuihan4i', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]');
INSERT INTO link VALUES ('r7mroxicb5n3g5vfehf7vosz74', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]');
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
INSERT INTO credential VALUES ('6p22gxeapwnwygx36ruuihan4i', 'snom', 1, 'created', '', 'ck_same', X'010000004301BDCE4B8B6CAE7E4E12E049C62EF64052475189BB8D366D24FA73D0250921608DF51FB0B1984E8A5CC6ECFB8A3382631588E7346F80A750A7C0156CD766A732EFDE791A50295009592E77A68AECD3A772BA4A4125E690DDFF81378A61A13391ED198B0252C852D0254F57B41F2401AF24F4AC6D6F889858429A9FD08DEDE8B7598819C1220A8820C3FBEE315D096EE5FDBAD9A27A821298C44158709C7E91FE', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('6p22gxeapwnwygx36ruuihan4i', 'snom', 2, 'created', '', 'ck_same', X'010000004301BDCE4B8BC36AD51561FFFD5F3A67720FEAA523306DAFAFADD7CA012678D3540C41F86D7FA8C414E76695FA756A5D5057BBE45ABE7B18CCCBC4134A2399A5F29FAA2CC4B483F22147033A5D9A257BA4018F02A272C9334DF99C4259DB175FD01F5126BB6ED9237E3BC0D5BAC47B34BE47834BD9052E7282D2784CC3D6EBD098C9C0E679E627CCE5C6EEE01BF02F4BCD7B3B8A681FEA494211ADC4984B30C3C2', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('r7mroxicb5n3g5vfehf7vosz74', 'snom', 1, 'created', '', 'ck_same', X'010000004301BDCE4B8BF765575027C4766B9DFC78EE4BCBE49FF001B7706B091BA8A05D1708B41AEC971DD325D318EF430F1347D41F2F84BB57840E4E877DA978764FC3685057CBFA4CC7A6FB7C1627BABEE61618B7CDDAFCFC925C37EF05F505030A8B4E6C94C7D1F11E2FEFD9DE8958564806488F96E9E953D757DAE404344F84FCA74545CB7B6240D0568BCF1687C0B33E45EED9E07DB6175FFA462623D6755AD740E6', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('r7mroxicb5n3g5vfehf7vosz74', 'snom', 2, 'created', '', 'ck_same', X'010000004301BDCE4B8B6714F27A363D84475BB987C3C2BED8B26B4CF5DDCC775800A6B215CF8FA4555F5B79001658C0869CA6F75A7928F95186394AE2D9C33837F4581BB01BCC36A8A2124A7BD8ECFF8F81BB7F03BFF53CB4047FEC5DB0F7640DD16601CC85931F9D4E85EA711759D7CCAEB3B6F0160C0B3161028ACEE43CDCE75DE9C546FCC8F4BED671CFBCCB39B0ECCAA5B3EA7418C673345CE39EF87A8DFD0E95ECD0', NULL, 1772366400000, NULL, NULL);
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
INSERT INTO campaign VALUES ('bdkjuooi3vx3chyybp3ajlygh4', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('bdkjuooi3vx3chyybp3ajlygh4', '6p22gxeapwnwygx36ruuihan4i', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'010000004301BDCE4B8BB35732C09DEC7F000B98D056FFC1D0A8CD6C4FF9A167BA68E751A62AC54AE42204DC7245D5699A2B15EBA4335C7C9A6ACB81D86BC41F25D8C3DE42F4272CB721FE417F1DE8E2144AFB4123D95210EDD9FE8D64CA0F2DB3A2951E24B9969026A1244496FE8FE24C08A40F508D444435A0147F0A1C406F406E7BE17871048AC2320F1586420217E8DB50F313841CE46ACE06C2A0FCAC880B', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('bdkjuooi3vx3chyybp3ajlygh4', 'r7mroxicb5n3g5vfehf7vosz74', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'010000004301BDCE4B8BEDF730C579D4F1A18B5A626AB1C5FC9BA7DB92A4B5A60D301EA64769C9D3ABD718E7D439F805E827BE2F4C350FE0540596D4AC48AEA9DFB108A7A8141CFB517057E8709972A54A1292C883F9848BFDB7387A45B9E8DACC35CE967EEF3921F04C501AFC753F209584109A7B728AC553F4204ED860AB53360F651F782F9A7640F40C76394DDE7535D5E3C6C988DFF8441C0BE0FFDC3C51BC', '', NULL, NULL, NULL);
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
