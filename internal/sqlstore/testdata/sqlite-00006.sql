CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 17:37:09');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 17:37:09');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 17:37:09');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 17:37:09');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 17:37:09');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 17:37:09');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-25 17:37:09');
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
INSERT INTO keyset VALUES (1, X'128801DE0F3C36AA685DB91822E5C88F17FB8683ABE47D974542C32C00731A29C5AB3039CA8F2F7060802BFF25B2BBC5F3972085E6DA82D6A644B083933DE981CBE256824A7AFBBC67A040A6BDC67E2D8D16BB8EF6A2C5BB584D2336A831A8064D800BDAC0866CB3B1A0B3B035D046219435DED8254D0E6C44D1C295BA2AB3AC65D37849089890CE0EC967', 1795628229650, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301BB87B7BF9F7F92D119E8EDDD467773458D997C6AFBE4A13E33329CFE021F96E9F330CE7BDAF07EA4FFADC1902828A0619F45D0D65AC460535D3CED9F7868F9B57B2E76B52D23D45859A26D8D803478AAD4711AB0265566B39DA828ED40036D6C900CD3889387A076249A15F9433F', X'010000004301BB87B7BFB9A0E90D861407958BADE6002D3B53636954426EC6635D176E01C0BFBBF63EB9485C8F747E77230450F96E984BB2220F08231CC9EE0A148E3F9DC55D9D5D6477E0A1397DBEAE420561A8C5A81D8BA7D93D0993EFBC7D1883AED282ACA528A0802237EEF767192AF59D131B9A741CA66ACDA9A2B0D4D0A15D17F8', 1795628229650);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301BB87B7BFB75DC615195ED5849FA23813339740570703DDE0B85B080D3E6F96E13BDB622AA91BC300635047F933F4001D257CA29AEC30950D019820691B38898696BD98002FB175858FC283980F3D55BCF97B7B178A058639BE8F6D4F0D30E48555C46DA6B94DABB69C769FA6359EA165BFBF29FC54D9308A2330FFFF09FD32BC6B5AFDB9B0A72393FF287CC2BB88BD85DDFAF51E4FA361', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301BB87B7BF07B49518973C1EB4D117AF1D1562E84B1C11351B11A1C03DB76D9D82EF2594CA95675972F25A306D2F7BAD65BA63564E537A36B179BA5DF6CBFD7295BC82FBD1C730868C56D0DA171933784D7D0BEE2DFFEC5D24F0B675FAFF270F6C5D9A0D9A23D77047627EA6BC6DB7F9D3109DB87045EA1755961C4FFF2BDC5F68F46D7FAB', 1772366400000);
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
INSERT INTO platform VALUES ('znm45kdn2v3kgpu56v7obisryy', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('a4sv4dxukduw3f5kqka7qdg5li', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('znm45kdn2v3kgpu56v7obisryy', 'g3vxytmwbdanby2d3t6ygj6jcu', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('a4sv4dxukduw3f5kqka7qdg5li', 'wigiafna2g6qk24qnps3uox4na', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('znm45kdn2v3kgpu56v7obisryy', 'g3vxytmwbdanby2d3t6ygj6jcu', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301BB87B7BFB4A9B89B89DE701FB92D81BE1A5EC14F1D5BA4929067BF97DFBED53B8D4A80B8AB145389BF08AB62A28C823354840A2B170A0978A9F9B105DD02DB3D29C70F18488C7475E8E26BAC462CC6211F8B6836031D99254FD341C0A3A0D14017D32BC7F995B4C95A6842E74C5CF2894598FB22E94C2A8F9674', 1772366400000);
INSERT INTO account_token VALUES ('a4sv4dxukduw3f5kqka7qdg5li', 'wigiafna2g6qk24qnps3uox4na', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301BB87B7BF950FF7E5D5D71CD36A80EAD38BDDA366FD7EC5DCA6E419707DDE29FC38D0D19C8F678710E34CC1EDFEB5FF1A35C01421404C58C8CE805C7889169FB3F1FC7E59C4D52D6C37A47AEF851BC1ED0F4E48A1EA3B1227A1DF0146A959D58C03B89978D26D75F75F78EBCDE26306E5DF56D4177541B92398F5', 1772366400000);
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
    version          integer NOT NULL CHECK (version > 0), attention integer NOT NULL DEFAULT 0 CHECK (attention IN (0, 1)),
    PRIMARY KEY (platform_id, vendor),
    CHECK (active IS NULL OR state NOT IN ('not_configured', 'onboarding')),
    CHECK (active IS NOT NULL OR state <> 'configured'),
    FOREIGN KEY (platform_id, vendor, active, active_state) REFERENCES credential (platform_id, vendor, number, state) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO link VALUES ('znm45kdn2v3kgpu56v7obisryy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
INSERT INTO link VALUES ('a4sv4dxukduw3f5kqka7qdg5li', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
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
INSERT INTO credential VALUES ('znm45kdn2v3kgpu56v7obisryy', 'snom', 1, 'created', '', 'ck_same', X'010000004301BB87B7BF6DAD178636DEBF3C38C7DCE58428557E46F978965B1F3288803AC1ADB3D9DE5E7A3F6AEBFEE5ABAE0D766A0DF29E20352A2F36BE814870F7E2E945289F799652D80560B08E7ED8DCB828290BC69C8C5A7BE0A19DD4469B2EAA9552E2BF2D2AA1F8C7B5B281CC3C7037D56C11559F28FF8C91DC6DB64F0C08B80F686DCDF4C6F16DB82680F6DDD0B797B5D952A2FACEF502DFD9241818635A6F041B', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('znm45kdn2v3kgpu56v7obisryy', 'snom', 2, 'created', '', 'ck_same', X'010000004301BB87B7BF64E26A00E3661212AB87C03FC0C26AF099377924CE1B7C51D568DB54216A5A6C63402C77DB8D228FF125B8496D772616B6EC3CC3E996E0161EB107D5AA05EED823A0528B5E2B0F643F6E936C878ACBAD0CE3A1D574F213251435DC8B12D1FE6496BAE293C63A5772008B88F3C86606691D2DA149E898C22D3BB1876177CAF6BB8E4E33547FBC75BD6388175C3504FAD54EF63CBCA5189FEAE43F56', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('a4sv4dxukduw3f5kqka7qdg5li', 'snom', 1, 'created', '', 'ck_same', X'010000004301BB87B7BF224ED1B639A1E421B2E61AD5687AC717649330DDC3C6A9F6E76A4B691222E6A2841C5253540459335AF39D7BB30E2208E18D7D1572F61010E690460EE0F1ED10B6C6F79335E5EB6444FA587F5004D7DC888F2D7EFDF532B9FF91FAC6B403B2559DFC6689A731CC19577C4AE611A1415B0FDBD4D6CD40CF76CEF5DB5117C73BCFD688730854D8BF0EF49318261FDCC56D005444AE68BA0E485C53F0', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('a4sv4dxukduw3f5kqka7qdg5li', 'snom', 2, 'created', '', 'ck_same', X'010000004301BB87B7BF89FB22B759F32CD1269A353E74FCA2CCF61BD8D096F8FB20263DC8DE068E94B4C0A2C2CD890EB1DFEE358875647E32D665DD9AA2ED6A53324547176FB4739161AE330EB65CB559F3E01C07E67B4072A7E96F24A09205BD1D63217E2CDFA21AF5DC1532C791B7F9AB68742D797ED3133E5BD14233015D0B8BE481FACD830EC111386EDD734975F5B77621C0C6A207C855065A684B4F12D1210D0472', NULL, 1772366400000, NULL, NULL);
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
