CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-25 23:47:00');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-25 23:47:00');
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
INSERT INTO keyset VALUES (1, X'128801E019FE41C00EE6768E34C8121696C8A38990F9AE3DFE1F51CCEAA4A71904200B38D83AEBA87758A85509863C395014528612BF4915CECF8F6A99E7C321AFCEB662C26C611F91E46159E77CF78832CA2CDF37D8268464BB705914D55D79ECB88ECD8750C238B4E850D46CDAA495667FFFD0E83CF97A6105A3DD115CFAC0781271FFF753F24B384B38', 1795650420998, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301BAFED8A1446323E0BE6CA9A5606AC576AEE0BE02202A72388B8923D2917B0195D71629E10E82DA5B16CB3D87BAED719B9CB6DD4A37C441763260A22248991C25BCFC0CD7CA192B8144CD15190ED7C88C277AC032D20BC22ADED9B7832382754B67F8C02F1372ED33CD80D9E46EC5', X'010000004301BAFED8A1A4344E40230BD3258D67C902039B0C7AA4939D1FA365AEBB40D0E67277E6D2C004490B179E02697FA512F59AD89E030FE435853B3ABA47510163AA8332044FB09C49659BDFC951A554C503FCDBBA6E72F6771DB30B3043449CD9C3BBF3DA092B54254C55ED5E361185C084AFB055C4884E59F337B38B12326CC4', 1795650420998, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301BAFED8A1CE526668611823A87D9445F499420714A744E5DA2245E2B11BBF7CBFCF2572C2A823B9824FE4EFF6CAA98DDFEA22C71381CEF781476900D365D80C9B92484C8707473C62CCEAE6237417D73F3BDDC00FCC5071C7733F0711C80553941F90A102F0F405B2CE54AE2086DCE17E12B591CFF99AB34221E1FFAA324995063BCDCC1376EEBEE0B836141D759C509FD57E87612F5202', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301BAFED8A1321247C06E9E6231586FC9B09FCD80339715135DFD1A97D8CD69BB519B94E1759856B0208E5E11679FB028E29E388F89B4D2A957743B3B2655DCAE509368D9693F1DABA34DF52711145EFA3B1CD3563690E57D6CD2B77D1FF539676648A611C1F819F6AA4D4D92740192FB78CC0C15B60AB886EA79D67BE0E338D0B9F1C9DEBF', 1772366400000);
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
INSERT INTO platform VALUES ('xs72l5d4f6wtgxke6wttbr7hou', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('soroim3xazrshm3jufncnygr34', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('xs72l5d4f6wtgxke6wttbr7hou', 'fi4nvbdhblt4zxm6s6kfmsqqvy', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('soroim3xazrshm3jufncnygr34', 'cdcfxqaar7cqsgf3vdw53ebnka', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('xs72l5d4f6wtgxke6wttbr7hou', 'fi4nvbdhblt4zxm6s6kfmsqqvy', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301BAFED8A1FA13119C43BC4C8D466E79347D73D10FE850A389E08F9D86706447D91C15A505E4AC7687836915D14C76B0BEED24C2F74FE48A1ADCDAA787405600A830995B6A88B51CF7A01E90151150B1593E6D8BD47E7925856BF78BBE12B62975741997138F2C736E43C58557557469B7AFDAF2AE54C4A8EED374', 1772366400000);
INSERT INTO account_token VALUES ('soroim3xazrshm3jufncnygr34', 'cdcfxqaar7cqsgf3vdw53ebnka', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301BAFED8A1BE0F58FD952583F810490759A3E92325F533A5249C5CC6D376381B073F45C82B9343007F10B4BFE7886F7613B0963E6B20F1E6D46F0673522FBC25809147C461AAA8060247E8B526EF92B9879E84F931837561F55CFEC010334AB66100A56C317F6BDD53F980CC03E1430C30D46C42F2B8A3A65B3554', 1772366400000);
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
INSERT INTO link VALUES ('xs72l5d4f6wtgxke6wttbr7hou', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('soroim3xazrshm3jufncnygr34', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('xs72l5d4f6wtgxke6wttbr7hou', 'snom', 1, 'created', '', 'ck_same', X'010000004301BAFED8A18A2FA73E6365D5245A98B10A971A9438C1C9FB476ABE234E9AD7CE677699B2018CDA41FBEE4D7D0B255F6C7394D326E65FCB5312F646660A40064EE55E00C599902440F45D2489571781B50A6FBA97A1C3450A28C44DCCE47EF00BAA659E03C30E052287EC44BAE1D305C70FC7D92571D7291A3AA2C270E1812151AC649D598DFB29FE8FB98703402457CB0F83835910306DFEE278B448EDC524A2', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('xs72l5d4f6wtgxke6wttbr7hou', 'snom', 2, 'created', '', 'ck_same', X'010000004301BAFED8A1918EC2512DA3FBDE24715CF1C039807695BC88FA348886F947C7B26863555DC89460D2ECD13CD9051F8EBB6A62145E6D7B6465CF5A88F082256F3A975FDEAA8E232649F28D9DBB4B5C25F7AE90866ECD51936C4AEB8A8D6399AF158F3B1EBBB1196ECBC737C78F8DF8C846D990982E27D24C0DC604736F3AFA06EE13490B4D25DA48B4F1960C4FB5EFF2A074A500E73C1110B3C11C73948D0F9945', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('soroim3xazrshm3jufncnygr34', 'snom', 1, 'created', '', 'ck_same', X'010000004301BAFED8A17F1DA3F5939739451FF57393A959C52FF656FA902D58E6FD952F9F9443CFA057F5DB61F2E03AA6B23C5CE93C9EA711E69EB6825C8C9B49941C7A907FCE9D7F6BBEEE420083760AFC13F15152889469E630EB58AA188BBDDA796C2A152A0657F394E8D4DCC3AFC969A5FBFDEA28B2F46507E66188E2C74B1A92A31D2E9B3A538DD63658DE894D4A61187AD17A33F4F731F96181DA7BAC76E0C31A00', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('soroim3xazrshm3jufncnygr34', 'snom', 2, 'created', '', 'ck_same', X'010000004301BAFED8A1DF6BA1AEE7E354E835791EAF0137893E02B2FAA078FEB2BA1C8C7ED3D33AA5C465681F525C2DB9553977BFC24A759F43C46D42266490CF6D53F28A9BE215C5EAC5E8E76BC0BF59B03A119CB1DE3300D1CA6BE24F820DB1B9A837549F0F73C5A31BACD9171CB069B2EAA970EE3D2DED4E6B5B1A5A26371674247470E02AD77406827A41BA8486B41FCFAAA1A92BDC489FF90A51E112D2447BD70C74', NULL, 1772366400000, NULL, NULL);
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
INSERT INTO campaign VALUES ('qs63twri74sluw2vcgmkqley6q', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('qs63twri74sluw2vcgmkqley6q', 'xs72l5d4f6wtgxke6wttbr7hou', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'010000004301BAFED8A13271AF813847BE55599CE2627B71ED7CAC70967AFBACA148804EC21362DF0882D216708EDFB6CE1414CE3400BC1EC46839EDF495F8ACDBD3F9C2664AE233515BE6E0D2F680B947A4E2DE063D0C30DE0AA3468DBAE99B2DB54BD2E31CBC80ED1E4D55AEAB5DDDA0783EAE3D7033EA867507FDB8BB0323CDA54AF03D373E18523457475DC55A7267062CDF84E76775A53C168042F4AF360D', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('qs63twri74sluw2vcgmkqley6q', 'soroim3xazrshm3jufncnygr34', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'010000004301BAFED8A184EC661581C814C60806AE7346C60CB2F9B979E5ED2EDBAB3CCBF40986F11BCC5478D0575C7491311BC8326D22794EEF714760447AFB100BF61F20228F1F8017AEE437BB7B3E8E2200EA14180562626898D03406E674D33B16EA4F36CBA2924A8C69E748399D098C86B7121F65C06AAF5C1CFA4A0DD085F1459BA28CDF9BDC36575B8DABE8567B18EC21435775C162D5EBDA7CC5460629', '', NULL, NULL, NULL);
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
