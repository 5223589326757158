CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-24 00:39:39');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-24 00:39:39');
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
INSERT INTO keyset VALUES (1, X'12880135B7D939BA3ACD90D8534880753CDA2D9E26F9C59AEBE0E1A9ED77A2CE927F7069DEF01217EB69A539DBF96BBAE2DCEC9C8FC953E4E57350BE32DB42227CC92721A4A12FD6974051EDE12B0C2FD0682E89DA8B0005B37F6D57D48FCB92E9BF40516DE670944763D6DEF004D34950EFC2D613ECC1E7788148B86D6CAE610003605DD9912EA1515324', 1795480779855);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
) STRICT;
INSERT INTO installation VALUES (1, 'test', X'01000000430135C553FE2E8E9B258C3BC36AD07CE0BB8BAD320A137F77A9522CFA771331ADCBA86CEB992F9F06ACA6CF73CAB9C0B340F4C5F191D2366DE4D459D88CB35EFDD4B3F00BE796D51C82015C6650F3796FEBA21A7E157072864FCDC2218DAE08F6546103061E732DBF30A94B5F5EFAFC', X'01000000430135C553FEDC7C5C8BBD03C72FA642DE09DDB4F976F1FDB4B43402BDF1C80634221253CA97B32C169B08F97739A2844D2DC09E32536B2EDCD6ABFC84F98C096D2C6087747FA94A2AD38DB16595EF29792661318930045EC524546CF364880F92B6DC97FDBE341C3C741813CE235025E932B39E4BF65BA0B4A9B79439B56F09', 1795480779855);
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'01000000430135C553FEF2099308631307BE01A324BEC5784011A56B92EDCCD91CF4B78E446E35DB3503E6B2701802EA1812504CF09997855D5D3EBA9B99E0E51AA323D3A4D950139A89F14ECB0645341E60F856EDB9A870FAA4C5120EFC08F7B596FDD0BD625D1C02CDDB024A449BF8D9AE8E7AA9410FDFDA219116C7374738238BD6BE6449C66B708680D2AE07A89BF1A63EBB51CC72DFFDADCBBAE8', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'01000000430135C553FE5E7B951F5BAFD5549F813E5735EEFC0B959B03AAF94FA61852FA54B915D5C118E90DB2927618A28B97A00FC4FD2517401561DEA43E8188BA9E04EFC667E39F0A61345AF3F0AC85F9B86D8DFB61475C7BB96E0D88372FED1A826EFA869FAABD54AB168F83A4136315FF4B487719421E215297D7AE2B00052056DF93F5C8E83D8C', 1772366400000);
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
INSERT INTO platform VALUES ('43lvhhm66bzhq2ikwabfgply7y', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('d24ofj7bnxr3m5hjidrd7oich4', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('43lvhhm66bzhq2ikwabfgply7y', 'xamsp6qcyegp3mewuqmcyqu2ki', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('d24ofj7bnxr3m5hjidrd7oich4', '2feiopugepox74jui4vmn4olpm', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('43lvhhm66bzhq2ikwabfgply7y', 'xamsp6qcyegp3mewuqmcyqu2ki', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'01000000430135C553FEB07F0F6E1D136DEF151DBDC630D568FA1F5AF5DFFCDF32EEF5CE69D8E1363C9A556243FD8672A85B5AFA57225F7B36280DC484466C9711C793F7D067D77F572932F06339DC8445AF185B10C0745B8A42EAB5D42BE423D39DB60ECDDB4E03214F1240CC28672C69D87A64AC458A9E5E5240D1EFFCF9C2', 1772366400000);
INSERT INTO account_token VALUES ('d24ofj7bnxr3m5hjidrd7oich4', '2feiopugepox74jui4vmn4olpm', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'01000000430135C553FEB7DDD8FC2FEFB54F654CD8A85DEFFF7DC0DB8EE9C846D51433153B3D115A2F8D2596D4663AC2E9C239B2CF33F260998D748DEA6D73AC323635EEB33066834317848EFE62BC958B784C453D4010BF4899300B45FAFD22ADA36843A2ADD662F139DE9A31CE6CEC35EF9F3CF75D01291819FCE3A46A94B6', 1772366400000);
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
INSERT INTO link VALUES ('43lvhhm66bzhq2ikwabfgply7y', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
INSERT INTO link VALUES ('d24ofj7bnxr3m5hjidrd7oich4', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1);
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
INSERT INTO credential VALUES ('43lvhhm66bzhq2ikwabfgply7y', 'snom', 1, 'created', '', 'ck_same', X'01000000430135C553FECB0B606D0F0274AAE686F6EFB057B193015F111984D0A53F8D959FFB5BF30ED978DCD4E35A13EEA7ED998E468A58CD09FC1FD71770A4008712248F856E29185D08667E7B566C710AB449A4BB79AE809573920B53A5952201C3952FF94A4B32E07F75D93AFDFCB914D2113BA20BFEDA3A59D849425D45735673FB7B4EC86D3FBA43C29ECB399D7C0CCE5F7F84635206778E93ABE24B87B277E1BEB4', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('43lvhhm66bzhq2ikwabfgply7y', 'snom', 2, 'created', '', 'ck_same', X'01000000430135C553FE8312931DA43BCAF15387731D0A9BFC1D0F33A103CE359F0B86DA99297A7FBEE6D61424AEFCCB3E588A4AE5184795917120CC7B04B9B1B65838598C2948B675BC568E9A61847FED103BE34CF2E517157C2C88B665F15159F6BB1A3A1481707033F98ADA8CBD3C4A65EBFE198C93A62873C29C02C74230A19EAB481AD3BEBE4556B7B73BCEEDC0694D18C966D5847A8F56D535DF7C29D16D298A9845', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('d24ofj7bnxr3m5hjidrd7oich4', 'snom', 1, 'created', '', 'ck_same', X'01000000430135C553FEC1518A9CEE25209AF497D1AA19CCBB62A7DA67B781A1D7965B2B53BF1A6C4EF3628B0526CC733D4D49C8B1E224A4B26A2683EC1A53FF2B87AEA027CA2B183AB8D9F21CC22AFB946276E730A7592A001D4F9FFFCD8F1E7A402889EAB2422DDF24530AB62CAD56279663115157D3EBB3345495F563587886DAAACCD134ADD0F9CA8EC684950A9E51616354EA859152FCA6BAC88F94BC53210BA1DBBE', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('d24ofj7bnxr3m5hjidrd7oich4', 'snom', 2, 'created', '', 'ck_same', X'01000000430135C553FE267937EB2733B7287A75D24B5C3FD79FA5DF2CDE7BB60149BFF1313EA368ADFD6181421E14A79D3A022303EAEFED464C5A460F2A345C3E0273D979C1A163045E0B18BD864806260F317B410D24950FCD3CAA92FE75187619BF7764E955911DF9F403C8FEF09EE4365715E6D146AAFD6C8D189C61486FC736308639D089C8528B654E5D965B68543E01C42744C4E3954DC0B4CABDDF084D41EF2B78', NULL, 1772366400000, NULL, NULL);
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
