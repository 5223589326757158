CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 16:33:44');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 16:33:44');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 16:33:44');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 16:33:44');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 16:33:44');
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
INSERT INTO keyset VALUES (1, X'128801BA94065DD026ABE30DB3D547E92E1D2AEAA78B98F86BCBAB908513551D68A7C98430C11CB5A10F17BB982F766580CFD8302E4115FB5159A9B3A0B2E7D5D2A5984328FF00AD29C0E79C9C8A36E7D2A478F85C9A2A5199D7792B3F4D77730F6DD97B11A254AFE85D60519D62147B5E70D0D9B401AB00BB6C60786CBEEF178CFD54F195CBBC3A9D135B', 1795624424203);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301338798B266EDEAEFF46F83FDE9843E8412F6C9A8B06A1FDA87837C9CF05F6E6CCC8C528D7C31B0FA3EC722FFED9E776DA95D6EDCB32EFA08BDE79A0037EFD839653D0995449C06D99880D3EC2D0F382418BC49A1C1858A9147BBB8F3B461F878CB26D2C491A0C802EFA4712D9470', X'010000004301338798B2858CC902F865B4E25C620B59160D97CA0B1A9EB4C26F128474E898FAB3C493DD433C4B9DEAC122A9E12356E8C5E584948E4D90355D9FDB3A3AEB3DB1A77C055896A55B306E6F84232DF4F4139879DA8ECE898BFB9AC619F1FCBEE0EF26AF22B3172F01E6BDF9D9696C0128AE58133FCEA622A50A3DCCFD554883', 1795624424203);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301338798B284DDB38E56DEDAA7CB639ADC9712F1F90F799C6BDC9A1EE386B26541CC76351BA31DDB6ABD3D31B68D03926DC726B1D49FE322C6B53A6525B0AAD3D5306AB0F7834B7127792407DCF63FB6BEBA6569701C523B7081065361900473F63A9067CCD13F4B20F9D65B2FC17EC869A1DB0E77FF2EB48111FE8B0A9B71E97CC3A20DCA2F90BA9EDF2F0CD7CA3000FB6042B55C15DC3E', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301338798B2D771431331D8B89A0857E7C93CA9ABECBB80049DD87C9D73CA274E796D5A6C5CA6F179580BCB85A470CAF407E97AAD4CAEDF8A3AA078C98F1D09B2B1C9EB0306874AD6AD1FF96576D91F3A740EA613D56F8A63A6EB0F8D0DBABB1BA424E24D85BF3D775DFEE3FF2A87E784FE2221E85CA8F2250BCE317B27980FF8F73C192784', 1772366400000);
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
INSERT INTO platform VALUES ('widbckuqcvf2z5ut5gwhvntahe', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('thf6nothgslpnfeubf522m3vgu', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('widbckuqcvf2z5ut5gwhvntahe', 'ca247st4vwgxhl3wmze6m6j4ia', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('thf6nothgslpnfeubf522m3vgu', 'uggsw5dqms4w5ovhybgg7cjr3m', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('widbckuqcvf2z5ut5gwhvntahe', 'ca247st4vwgxhl3wmze6m6j4ia', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301338798B22F5583A0E8CA9EE71AD9BF98BB22E1EEA1C2882CD679CD43DF7CB479A53B42FE6856BF22D93CD84EB354290CC5CFEC01D495C36BEEB0D3D1C9E07C3ED071CA8D358A8AEB4779D2B3A680B48C85A8F31571041CF289DB76DFDCD7D41605AC3CD05D6BC5344AA854ABD5F52F1200F91EA89278DBDEEB91', 1772366400000);
INSERT INTO account_token VALUES ('thf6nothgslpnfeubf522m3vgu', 'uggsw5dqms4w5ovhybgg7cjr3m', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301338798B2F050C138D28181BBEBB40E66B59B8213A4DB0E508B3DD0C07CFA000E6B7435E260E7C8E670BE3855576C2E510134F2C1DB36D981C3A322DE1F03CC5F7D34FF23453CC52D8C0EB506A6BB48766F60790E90A557BD77A7555101AF68C88E5B5568E29AEBA5EB3D7529A5DCC5870C79A81BF4EF245186BE', 1772366400000);
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
INSERT INTO link VALUES ('widbckuqcvf2z5ut5gwhvntahe', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
INSERT INTO link VALUES ('thf6nothgslpnfeubf522m3vgu', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0);
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
INSERT INTO credential VALUES ('widbckuqcvf2z5ut5gwhvntahe', 'snom', 1, 'created', '', 'ck_same', X'010000004301338798B29E2D4C45F68E2D063A6D72EBEFF74908B8A9762894A250D6808CA8565EC8ADE2AEBB0C242298D4B647A519332621652A26BDA896185004EDFD522C9C463E4C4B4C1FB3BF7963061625448F51A05BEBCE739C78426751F8D790108A38594D3C20E19B2E4AE6F29C28A48D22D082D3AD6BC6D5A14CB538FBFA3CC0F83D2CE2F82D26B41433FC0201F9F90E2DC003B04BD1F6097E7588FE70700D01A5', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('widbckuqcvf2z5ut5gwhvntahe', 'snom', 2, 'created', '', 'ck_same', X'010000004301338798B2339DCACE0643B1500C9979CFF2363AC147EF3E9B140FB9FB688797F41D2BC244F398DAADA0B5A1042B86D9A044BC3DA847200CD8016EC14A90A860451C1E4A6B4098323450CD626C7A85129581964765D1336957DCB70B0BA0C0597166959D3C87CDFCA3EBED0FFE0089B572C1F5E44E294AFE58CD011DE5E40CC1D87B28AD62B33B8AC529F071A3D4BBC486BEDC794498D4879DE6FF21020890AB', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('thf6nothgslpnfeubf522m3vgu', 'snom', 1, 'created', '', 'ck_same', X'010000004301338798B2E87D0CFAEE556A4A725EE69B34722B9E04DB0928D60507399883E50CF89FA584515280AEDA77E745BA7B1CA3B2CE429AB144AE0422189E4C5A11EA28728D16004A5AAB06D0AD19819A748668B26ECC76413836ECD26ED4BD0D7A90603018369AB0D7B4558E2E36CD498C32A945D4461D6E370238F60B58E9CEFBFE56BC39CD2539DE56B548B91AAAAE29862CB95C8F42ED3ED8BDF2032DF3C7E89F', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('thf6nothgslpnfeubf522m3vgu', 'snom', 2, 'created', '', 'ck_same', X'010000004301338798B269D8E11A7F304F1CF75C357614904A27BE596296CCBBC4563C7F655151E7DDFF53A8D2B470891D2A1AF9AABC80603DC581D3C9352915CEB7C552DA0DF4E1FEC1CCA266696D4E579A14F427B762641D4EEDA3651E5700D8F4416CC8044F761EB0FA63EA8F852C7D15A1F1303B1184AB9DCB6006335A823F69E709420408273F2C45E325B85557906B0C626C4706844CD16DB142DDE97EC9B5207BAC', NULL, 1772366400000, NULL, NULL);
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
