CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 16:14:44');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 16:14:44');
INSERT INTO goose_db_version VALUES (3, 3, 1, '2026-11-25 16:14:44');
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
INSERT INTO keyset VALUES (1, X'128801C199C5F17466815C74477020BA7C9904BCD5EA1152C66CC8098ECACD4B15B284BFAB7AB199006290F055F6B7A13C8BF9D378AD1A9C02AB69BB6139C3C74C5FDE255D61C079FE092C50F4FD7F61D4C3A41FA1156E2A490D560D102009B6516395D200FA72F8EE548945C479D2CE80C70DCF7367348B8ED2CEC0BD7722D39E30255A2413D5CE4E7E19', 1795623284784);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301A1EF8C830139C7A0B6BA86F6312A92AC97EFAAF947A224180A669B736E2C66768492207653C8CE047488CB2B58A0A24F57D0711F60DBEEFAC162A1C9D0BD7E914807E38B4D7F7E399831AFDB1CB3B6CB4C3D8B83112E51A1E100D96DDD59C81A12AF35862E27BE310F0527719B4F', X'010000004301A1EF8C834D3BBDE2891C37B35A7E3E3554E543B5D0B1CF105AE7397A3ADC4662AF28ED6D832B4440EA5B6988AFA58470D88FAC3AA6BB3BBD4611D6C7ACC3607908999775572F77161F62AF9107641D9C8C6D37A509DB2FBF8FC13AEE2971A11F143CD85DF9C0E5BC8944CE183E02BF96EBC29D02482968050421A3A6FAB4', 1795623284784);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301A1EF8C83FACA11B78B962F54A9858560443A54C6C795F71E2BF7D214A130FC5DC8B6737BC1E28688FEAFB73A333F011662BB29373D85F9B77AE4751923163E19911C0585B5EF33CB41DE85B481C292F0706AAD6DB2A3113818C6644D30C932E8B8AAE59F33E10476D634A7904F340A5BE388E084ADF5F38FB7F156EAB99A9AA03F530463DB08F657F6867E44C42010D6F07F8FFE7E3D5E', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301A1EF8C83FC0C26CDD4D778EE991E5B4E1D3C773D71B1CD7D11D254DEE7CC93002A39E7D6C40ABEAD97EAD529126F9707281964B94DFCCDAF9775C49704D18DC5040BA48023AB350C42BF63C92E8B606C0DC5DD1B7FA6F8D6E0CECFF4693F6E21DF3C49915F5A63E71F167F5E46F3A2EBFFDD131CB0D3D14356DC9C69F5175EAE1E9B69B0', 1772366400000);
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
INSERT INTO platform VALUES ('ourbqbpy6jyaddr5hp7ej2tksy', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('dh3uam5xakvhwjamgyt5cjuj3i', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('ourbqbpy6jyaddr5hp7ej2tksy', '2e3ug5cjydwrobceuiy7wp6kqu', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('dh3uam5xakvhwjamgyt5cjuj3i', 'ox57ljsv57tcjlufujc2yplw4q', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('ourbqbpy6jyaddr5hp7ej2tksy', '2e3ug5cjydwrobceuiy7wp6kqu', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301A1EF8C831677BBDB4AA7AFA6F174EA318D31B230D4C69327C057B5BFB79480A8FC269F1C273C85B7A595E37397F2888C77EEEC57AB4EF1F33D0F2569A49F909A74D7FF812F15C6B4DC96D40ACF910AE8DD1DE476B271A218FB89E4488497BFE38F4EB629C3AC9A9C5D1B8EB122BCF59C298E71A7A84A73E4977A', 1772366400000);
INSERT INTO account_token VALUES ('dh3uam5xakvhwjamgyt5cjuj3i', 'ox57ljsv57tcjlufujc2yplw4q', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301A1EF8C83231F4F09CAABDA633919FFCB3067F2F9130C53A081FE39DD742761F5AEDB12BF26DED41DB448EC4685F38EAC81889A2DBFAC53D122706B3E03C4B9EB30D158518D24EAC6DF1BB44BD20A1E175F3F4C11191B6040BE6F042B01855463F6687ABE4EF3654E5B492D91772FB74E6F31618C3214B00CFB93', 1772366400000);
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
INSERT INTO link VALUES ('ourbqbpy6jyaddr5hp7ej2tksy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
INSERT INTO link VALUES ('dh3uam5xakvhwjamgyt5cjuj3i', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
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
INSERT INTO credential VALUES ('ourbqbpy6jyaddr5hp7ej2tksy', 'snom', 1, 'created', '', 'ck_same', X'010000004301A1EF8C83013AFDC694A5866F53163B54C3C861762F42E5925550B4BE8B51CAD860AF186E2DE0D64C44894D346E10EAF3A6D42D82E785E0C31B45958134DBAA3BC858F5E761FAA733987AABEBFEAC18426AF769002F3335C69DB4FFA2093C0B0EBD1E6E7CE27B19A06197172FCAF84BD63480518B2803373B2E90400368D01B4BF9D1D772D37E0B721BB444630CF4F41084B03C785BAAF19F22F43890E75E16', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ourbqbpy6jyaddr5hp7ej2tksy', 'snom', 2, 'created', '', 'ck_same', X'010000004301A1EF8C83610B140CB10A09BC20E764959D3845E0069685C21F6D2897662DE881F57350AF607E6D901AB3BAE3749ADF15A012826952CBCC54B0377F84DE9EF064932353740C300E3C3C6B79E98C5C6D0135F474356E180E69360F443061898784A73BDE7006CAF3ECA0460E30B3D06AE4F9B65B381769896EC8FB83F2106E809F9192C8A418CFDA1FB86DB7E104362C808752AC8B94B0B9D4BC372BC284C775', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('dh3uam5xakvhwjamgyt5cjuj3i', 'snom', 1, 'created', '', 'ck_same', X'010000004301A1EF8C83A0E34CCEBCB60F52E5757FE67BD723E7A8FCFB1B8969CF5C770473653E9E4C889DFDA8A9B19928B4A3D93E26F2EC070D100C4FCC776A801CA1652CACB9412AC27D2FDFD7C0CBA2D77874BB8325DCABAC923067CF5FC1AADDA985656C83DE395669B6C2CF5FAFA6EF90AFE8260918AC92B2E485DEFFF11AD9EE44D41E8608B60A2CB2961DA51F01A60A81186FB4223E0B845124246848483CF213FD', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('dh3uam5xakvhwjamgyt5cjuj3i', 'snom', 2, 'created', '', 'ck_same', X'010000004301A1EF8C835ED07469F63ACEEA8B375AEDA515BCF2FE2371D952D099EF3C9F36DCEF776C75681BF312243414AD3B0C07B569E6550DCE701147038B1642FB80F27D7F4F9486B763E90CE675FF4318E01416D46A6F445111A4571D6BD9487ADA39C110AB2F2E6032178E6057931B5D6CA144E0CB3BC58A1E457085611AD168C942E44E7B12B02E7ABB6D946CD32408A1AEFAEB9B2E294C3CE8ED6CF616248B398D', NULL, 1772366400000, NULL, NULL);
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
    updated_at      integer NOT NULL,
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
CREATE VIEW key_worker AS
SELECT o.id, o.platform_id, o.vendor, o.state, o.holds_link, o.lease_until FROM operation o
WHERE o.mac = '' OR (o.kind = 'release' AND EXISTS (
    SELECT 1 FROM link l WHERE l.platform_id = o.platform_id AND l.vendor = o.vendor AND l.active IS NULL));
CREATE VIEW rival AS
SELECT w.id AS operation_id, h.lease_until AS until
FROM key_worker w JOIN key_worker h ON h.platform_id = w.platform_id AND h.vendor = w.vendor AND h.id <> w.id
WHERE h.state = 'running'
UNION ALL
SELECT w.id AS operation_id, 9223372036854775807 AS until
FROM key_worker w JOIN operation h ON h.platform_id = w.platform_id AND h.vendor = w.vendor
WHERE NOT w.holds_link AND h.holds_link AND h.state NOT IN ('done', 'failed', 'needs_operator');
