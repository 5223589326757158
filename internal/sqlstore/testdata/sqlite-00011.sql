CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-26 00:59:52');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-26 00:59:52');
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
INSERT INTO keyset VALUES (1, X'1288016704653718D9F266C683D0B03E7446DA37175F50AFFE0D8C97193A8013EE2139210D1BFCEF19F82F5C5F024F8C41A0AA2A5E5A0E4AA9DEA73426C3CC25653CCCF2D36DE362C22B3FFBDD321C5CB6018373E545F1C9F03DDE8984637F0D8169EA113615482BA11D2D1DA1B70FD6CB11893DD38580B40423D97F7BD84F0213A3D850A87863CCF05069', 1795654792320, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'01000000430188148F2FBD7022AC2DA5F7BF52955F266E018D3A0B97786FA4BE40F1B8EF142B446356275540025A8106B290F8E6A76F9B1F8907B51A71479547D496F2EA375E37FA3AB18AB4E97CE8D48A9C0B66357533E12494E0A97158F2DFF60121810368F24CA2BE84DDD4BF76F45581448E', X'01000000430188148F2F3B12B738F7498810D522EA2794F306DBF9BBB8407C7FEF865108C30961077199AC107A531A9EC9139AC0C38A2B6A590D2B9DD08DFB2D8BCA9EB9A5719D5427F681E439FC402B8DE8127545FE7B4B1B912D7E4DCFAB238CD65BE24D35AF9526D6CEB2EFE83681B078B0684C502787536D7822C63B8AEEABD50E40', 1795654792320, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'01000000430188148F2FE4C8D74D7931EA16A297D7200E6970F0799EEC216B3B04F13B088827DE185CD01D480AE5FDD3D33B5A63DC0CE02FE554D6DDC97D3B9A06468F94C9B09A96074C6EA4ABC2D321652C2F99145B9B4BFE4FF26C17CDB432158727A5E8D550BF60D52B3BFE028FC68F1850FFB8F88E9E26E58645452530B24D3767416069755A7E1DF2070F1C55458EDE6D2366B842AE3666401574', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'01000000430188148F2FC50DDA314E8CD1E30CB3361DC341EAC2366BADFAF74EEF65BFE48CD33D81837DE155F16E5D0571D18B58D378CF42A19256A959D16BAC008CF5F35462179586595CC3F0D7125FFD2C6C9E8B5DD6116973C02689007D8F1FCBD539243E1A365BE61693F834595B9C8C9070A8007B1308F64B42120F59646A3B3A1D5E7D925B9009', 1772366400000);
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
INSERT INTO platform VALUES ('ymkhuwvncluyroanv7kxkzyn5a', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('es4wsfr2346e47mlsnssxjrfum', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('ymkhuwvncluyroanv7kxkzyn5a', '2m54hmchyhy4i2i2zdrikrnpii', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('es4wsfr2346e47mlsnssxjrfum', '4lh3ywjpdwlpypgoga3s3czfeq', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('ymkhuwvncluyroanv7kxkzyn5a', '2m54hmchyhy4i2i2zdrikrnpii', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'01000000430188148F2F7F657316D7DEC65DD3F2D1411252DD666CD024570C3B8A0DCC1C3CA36A164242E941E661272DA9CF897C99A2E2650E3BDFD38327FBEC0B65CD35AE7EFFEE894C715C48CF9FF450832B5293876B2098B96167460898E23EFD72063D9504EB1CC305591160EE7C9516DB92E0C1A34FF01BFF9CBE5FEF66', 1772366400000);
INSERT INTO account_token VALUES ('es4wsfr2346e47mlsnssxjrfum', '4lh3ywjpdwlpypgoga3s3czfeq', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'01000000430188148F2FCEE18293D4D51962ED6A6A9F4CB7A87DC332324097A880C35BC11C33504E16EB25E0E0D910E3367BB5F6FDE2E19A40462551A39E9509D5E5CE5F8CAC21B4F5D8C2DF9A46DB29380E4155DB3A6EAC372EAC297D9B88CFC666897AACBC0C31EDB3E95CE74D2BD235CCF46BE0A2F05D46C11C4635407A29', 1772366400000);
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
INSERT INTO link VALUES ('ymkhuwvncluyroanv7kxkzyn5a', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('es4wsfr2346e47mlsnssxjrfum', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('ymkhuwvncluyroanv7kxkzyn5a', 'snom', 1, 'created', '', 'ck_same', X'01000000430188148F2F9961E5515725D2243175760BF0D02031E7AD12C796D207951207549B68576CB4369FBC5FA11D7BD41D73F56CC4BCDF8AF66E9D6F937FAC5042F1BF7472278B6BF345E049EF65D6FA25F21D9DF53A82DE774C9D8BAADAD65184038719C4ABA4728BD8C213EFDFFD3734B4082DD0833EA3E0B1C641505A2DFC12F5DD95E9E697F8960C1BE7F9D0E67D92DA42ACADC9FCFC2E09545186E686D5CF914D', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ymkhuwvncluyroanv7kxkzyn5a', 'snom', 2, 'created', '', 'ck_same', X'01000000430188148F2FDB5DAD2A69FF60B0548A0DD13BC3100499D1E57BC7831E4500CA6DE0F03CB1FEDCC5ABC9B410744C438ECB0597BA7058F2D88B6B098457011999821F2527F380117059B147CD8D9D56910EEB054B4A2E146D552587019589AD32AE5BBCDDD6CDB0FF19E8E1DA5AEAFA810E87B7A32891579C44CF3C1FD49EC34F713C944FF36279BA281459A6E9344AE64B79F1680257483F9869C8077746F9DBA3', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('es4wsfr2346e47mlsnssxjrfum', 'snom', 1, 'created', '', 'ck_same', X'01000000430188148F2F8BD52B39724F2D4D22936934015944FC2FD1F3656CA38E3EA813472C9C1BA170AE23AF436319F50DBF8647AD6DC8111CE81DFD631B46FCC777AED11376E016A7A79143DFE355903C1D7EEFABC45A88300D43D8EC5F83532CBD0AA8AEDB1974DBA0DA3E4920C38ED42C28A47E653B95F7A10A0217A2080F964AD2A1743377687B1D6181AE1D1662B6B3DD04E4683E8D09EE9A672B24277EC3C02B4A', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('es4wsfr2346e47mlsnssxjrfum', 'snom', 2, 'created', '', 'ck_same', X'01000000430188148F2FAB4460746CD7185750077895710DB31A2236D343DD5B8FD1F8596016183F321704B6334BACB8E1224946DE790991939CBF813D28EA09D39FAA97181CE36D0D78A6BF0E65440EF1BEF34B3DCEFB17E2BEBFD0131089F091686B34320A1A12237B70EC7AB7976518B2A1E06E84CDBADBDD93DAD39637FC2359398FB1C1443EE0AB7872C3C0CD806E52D1044D7339833BB91164D6BD3E8B247FCE597A', NULL, 1772366400000, NULL, NULL);
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
    version          integer NOT NULL CHECK (version > 0), model text NOT NULL DEFAULT '', serial text NOT NULL DEFAULT '', pin blob, device_token_hash text NOT NULL DEFAULT '', device_token blob CHECK ((device_token IS NOT NULL) = (device_token_hash <> '')), first_fetched_at integer, sip_registered integer CHECK (sip_registered IN (0, 1)), sip_at integer CHECK ((sip_at IS NOT NULL) = (sip_registered IS NOT NULL)), replaces text NOT NULL DEFAULT '', replaced_by text NOT NULL DEFAULT '', moved_to text NOT NULL DEFAULT '', found integer NOT NULL DEFAULT 0 CHECK (found IN (0, 1)), plain_url integer NOT NULL DEFAULT 0 CHECK (plain_url IN (0, 1)),
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
INSERT INTO campaign VALUES ('vuidsjctd7joi53lsspeojxl3u', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('vuidsjctd7joi53lsspeojxl3u', 'ymkhuwvncluyroanv7kxkzyn5a', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'01000000430188148F2F8F9BACB6D60A833CEF666E2BDBDF824091F809FC3A35D842F7DB306860A463D2764C2FE154E414490B864DBFAB3DB361F34F3D750C56371E69647C59F6713AFC7595BA93A1AD8E379A7AE80E74F004D63DF7756D3C8E5210CE635DDAEA41E19E9F9FFACB266DA5375B63625A81994E643CDDDECC6CC108A6A628E8F2800638D19C50A64C0657C8206F2293C8032245E7AB35F55E726494', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('vuidsjctd7joi53lsspeojxl3u', 'es4wsfr2346e47mlsnssxjrfum', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'01000000430188148F2F43054B3F0BFA59801EA39A2D2CD970AA96B7F2E9C3035B29F621F24A7F5F2D4B6665F6F8CC74E293AD6EF95BE9D45B21E52CF73EEF2D9220B8FEBB43995880925437CAAAA25E023FB1668D78C7E3910D2D3BE27CDB88B24D43C5B059D00198E035CE4EC6097EB8950508C1D2D58F883BC7D17A4CCE714404F3D68F498F4167263DDBE635F3199FCD1199317DE7A98E60CE63310C691259', '', NULL, NULL, NULL);
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
    version      integer NOT NULL CHECK (version > 0),
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
CREATE INDEX import_by_platform ON import (platform_id, created_at, id);
CREATE INDEX import_expires ON import (expires_at);
CREATE INDEX import_row_outcome ON import_row (import_id, outcome, line);
CREATE INDEX phone_drift_class ON phone_drift (operation_id, class, mac);
CREATE INDEX phone_drift_link ON phone_drift (platform_id, vendor, operation_id);
CREATE INDEX phone_drift_mac ON phone_drift (mac) WHERE class = 'unknown_here';
CREATE INDEX phone_drift_picked ON phone_drift (picked_by, mac) WHERE picked_by <> '';
CREATE UNIQUE INDEX operation_also ON operation (also_platform_id, vendor, also_mac)
    WHERE also_mac <> '' AND state NOT IN ('done', 'failed', 'needs_operator');
CREATE INDEX endpoint_by_mac ON endpoint (mac);
CREATE INDEX endpoint_moving ON endpoint (mac) WHERE moved_to <> '';
CREATE INDEX event_by_target ON event (target, seq) WHERE target <> '';
