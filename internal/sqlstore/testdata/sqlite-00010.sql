CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 20:24:05');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 20:24:05');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 20:24:05');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 20:24:05');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 20:24:05');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 20:24:05');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-25 20:24:06');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-25 20:24:06');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-25 20:24:06');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-25 20:24:06');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-25 20:24:06');
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
INSERT INTO keyset VALUES (1, X'128801B42074D844C0EC6E3D0FAFF8B71047EB3370E98F6644AEF3155DEFEADCED74B855D2476AFFCED252EB352BDADD9307F1FC5CAC8C18AEDF72C6E9E03B5FF56D1BA9D8A39AE611846A306C390CE1C9B6D95DA643C67F0A769BEC8E12DBF1FD9E5A8D08464AAEBAB028B0086D16F5A1E2C5AC973A5FBE42B671DBC771D7FA1F3C0755A6383A153F3E46', 1795638246060, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301A787646024440A0341AD57868A1B7C2E16512F3D72542E92AA05E02E443810BE77C20F3DC60BF36CAAD9F1FA3BF35FC5DE7A12D7DA9575C14B746196751FA02E66BEAFD1DD5C6B9E7379E16441AA7B53E0E67C7DA6CA70A696302E8BB1F0676D12AD0CDFCEB0EB2BA8D49477975A', X'010000004301A7876460FCFA83E840771A24E0BD9E54D8EA3BD895683B9CDDCE65A7565F4FD240558677A448D07D1B16979A7E9E3089BED30219F536F9F0CAE74D979775D849537DFDD305E09C11B5084AAEF580EC6AB887D412DFD82B915A8984B524BF7304241D3AAC8AD2FE05FCD8A5CC45A7E01099818FE468C1AA2AE97C4207D75B', 1795638246060, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301A78764607F899BFE006EA3759000F757C0464C25A4537B95FF9A0F06210D6F4859127CBCB0ECD729BCBAD0C49EE0E61B6D73C13A2824FDD280C1EDCDAD6B07D760FB03B253CF4D8F0B6F46C8C7993E97EE315FA6F690A140F9A72996D263056C44D3D3317110C5328265C2008BACA4980578E9F0847D1FE4D051EC5C91B7215D8A209CFC4014D054EC406BBF02B43C2EB0FCB7939A84FC', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301A78764604662B4C206393C8521DCCC6F7CBE1ECF542974768DB6B0A28CFA230EE1A313A463BAF295A6704566EB923118857D1F6E9004D3A6F4E3212ADC3F4ADCEBF29175ADD1FBE55F51FAA5F9D5DB3561E4CCE2394C830C0A11B8C87E721CCD163BA881D106ED85E26DF83CB461ECFB499DE62130A953D498BB55DAADC0C7E7D2579973', 1772366400000);
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
INSERT INTO platform VALUES ('l7vlyiqv5o4ekpjvgoebn7txzy', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
INSERT INTO platform VALUES ('ohrnyojgqgakoss6c6ljlhohq4', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1);
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
INSERT INTO account VALUES ('l7vlyiqv5o4ekpjvgoebn7txzy', '6kncpy3alwe7cct5npkrzbb67m', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('ohrnyojgqgakoss6c6ljlhohq4', 'kmcwb7xdryalutjbsbij77whi4', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('l7vlyiqv5o4ekpjvgoebn7txzy', '6kncpy3alwe7cct5npkrzbb67m', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301A787646060BCA928BD22553B2235EA41134E7CA5BD607344091559A6E5CFFE4349CD286D330764BF165E9F3C13BC445943C59D4715013DDB29A38E05745E0FC6393469FFFAE97E15EB9C52FF3B9C1A6CA3CBF9C18D6B2B7A27A7037853982C74DCA7E642C9C3C73D384DD4E7776C2F69EF33D39804BFB8431142', 1772366400000);
INSERT INTO account_token VALUES ('ohrnyojgqgakoss6c6ljlhohq4', 'kmcwb7xdryalutjbsbij77whi4', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301A78764601A1F3F47F175A9B51CA2568C619A7A50E2BD62216E356D70F0362F49201C0A4E921BEABA14071C831529F84138C50CD1FB82E169F678A504944A3CD0E60A7F6FCA4FFDF1733374C28067212ECFD234539D05B130A2F0BF4862DC257E13C9651FC1F0059EFB81FCEDC83C65ABF04533235B71033FAA4E', 1772366400000);
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
INSERT INTO link VALUES ('l7vlyiqv5o4ekpjvgoebn7txzy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('ohrnyojgqgakoss6c6ljlhohq4', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('l7vlyiqv5o4ekpjvgoebn7txzy', 'snom', 1, 'created', '', 'ck_same', X'010000004301A7876460F3DA96C436D8EC0566C26761CE26BF14B0D565C0A6B2D5F676C0300AFEB742BDDAB6AAC0F83FE880BEB8636C0E871609F8658DB2BE63CD71E526774363E93D7E2EBDB7CC99D307930CC74B438D47094422B38C8672B21FF891B8AB1AC641C68F9426F07152F7C26A6AC684CFEA6B953C576026EBC9D5EBFB9DB5A11FA3B5B3740230D43A6F24EEC56011692F913671669B55F66CFDA45FA82DE2F5', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('l7vlyiqv5o4ekpjvgoebn7txzy', 'snom', 2, 'created', '', 'ck_same', X'010000004301A78764601226E2387A0E0185B6198F7195878D06D0DC8C5FBDA290FA8CBEB85D46D0864F47434398C406124393E052D0D27D8F1C8436F7BF3FB6C2EF1D8DA76F21DF837A9A3C030FC1F792468F936F337943396E68A2B29988F6E0EE968FB7B0F4B089A9E2E8D2D3D54366191B1D08DF91633E26705785A2C58C4717D984A1AB80C8A1D32520E1B3A64F2B715EC6DAB52BAD2E73FB10FD957B21F7BA3DC672', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ohrnyojgqgakoss6c6ljlhohq4', 'snom', 1, 'created', '', 'ck_same', X'010000004301A7876460E78130A1FEB8D217877C323668166D5811206033674DA8659E9A1A1BB0001C681406395D91204C8DB9CD02FE8453DEF17B49305588E788D0ADE4CA9BD87F726EB241D7991017780D58B4882B5704192F56F3477FE04D6F9C53C9AB1E0EF91E1D96AA0BB6675CF1CBA2F4A6CC498C94A27F661A16090910656CE0ABD1BCD674391E5184A9AA21FF2A6724B46A494729B8CF2080DE8888D25E628C0A', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ohrnyojgqgakoss6c6ljlhohq4', 'snom', 2, 'created', '', 'ck_same', X'010000004301A78764608CEA068B542C636A6D969A732CE7FFBB092A80E4AE607FDDEBA546109872374576BDD02AE0EB867F05E6332FE88BF9BCAFF8017CC77AAD2B3F3E20007EEBDA3D29E19B010705C80047A24ACB7AEB84E319675C6CEAA4F2970CAF6B9EB87BB61046C93687580EC3FB5E7A72282CE92857D057348BE740FEBD0BD480A7FEC36911DAA1231103C20E68C12076E6971C26D75B86E45FF5326F45388175', NULL, 1772366400000, NULL, NULL);
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
INSERT INTO campaign VALUES ('yjvmjit43q5a6hebftetwqftfq', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('yjvmjit43q5a6hebftetwqftfq', 'l7vlyiqv5o4ekpjvgoebn7txzy', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'010000004301A78764608BDE91ED660C147F6DE16D530FD7922D5100F3A8134C9FD5A3B86B27F04FB968FA0F5EEF6F3603E900F1264D0FB49146311A84A18B3ACD4D02DB4F84451DE6299F1528E9EC4421688C060CB0FD333A8EA42C0478317DA6131FB27E51AC41510D697CB9887E7C2B00B0CB76ACE2E467513BD490CEB7285021812B2CA9F9B70B20BADCB2CC55ADD025817A8D6CB716B084E654F2EB1409BD', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('yjvmjit43q5a6hebftetwqftfq', 'ohrnyojgqgakoss6c6ljlhohq4', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'010000004301A7876460307BAD9DC1EBFDF6A600EFE85F2DA690CC8197DDDC63B08D3A46789F1BA9EC3BFC97267F2CAC585D729734E576462DEDA18AA434EA7ED394A4760975441970CE1F00AE75F7788353305DA32EAC5F60C4994955FDFF2B8121682082318A2AA221BE1EF4E27F0D297AC3AE1AC28E573063786BCD3DD16E30B252AE0B8B4C1568C482AA13ADDBC43FD7E198279E0F78C45EE00B65A36BE80F', '', NULL, NULL, NULL);
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
