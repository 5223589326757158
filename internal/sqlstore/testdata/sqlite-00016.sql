CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-26 12:51:51');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (13, 12, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (14, 13, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (15, 14, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (16, 15, 1, '2026-11-26 12:51:52');
INSERT INTO goose_db_version VALUES (17, 16, 1, '2026-11-26 12:51:52');
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
INSERT INTO keyset VALUES (1, X'12880144069BD94BF102B96910C0810A2CBC80CD06EDEBA7F8CD40EE24E8EB9AC1D0FFBFDC1F4652809EC4B5B483848116CB5FE7E8213087340D6342B45950F130D4722F8A66C76CDE891EC590C87DD31914E1D725E6051C3F9EF8BC854270D5759E8B4F10E531390E80D113B996ACD9462A8F21CED3B809C8C233094FD83C5E0BAE52A9A5712408D92CE3', 1795697512061, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'01000000430183F7CBE1A4FD6CE3FB9F2C4455EC5FB79D06F3A370E80897D8FD3547F61DF03814AB5BB566A275671D27141E5346B5CC77FB3A34C4518DB6E9C23468A06F4DCCC41FCBE04B5077BC1AF4818C9E187EB396528A2168D96F202AB796505237F5801C7ACFCFD02B2D26EE01ECFB1360', X'01000000430183F7CBE187DD0711097E21C318FB7A0EFFFA49126510C559D7FC829C753F93BF3EFED526CA9FD1547292C58C2E2B0A7839E01800B76A31389C14809F489C586B51A3FD08A94E6387B1E9C786D359D6C36DE7762989340B7489EECE7C113D84C471453445D3B292ED15E5421188CD9C6FF87F0DCDA7BE0BA1C0BF1D03BB83', 1795697512061, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'01000000430183F7CBE1A3EB060260FA1B89CC96AEAB72CD0441E37F1052B3491393E78A2378C78DB3A0B122B1E6C5D6C437EFF995532996DEA4A088DC325083EB79C7B605621FE5ECC93AC69AF38FD103C3A4173268EB10C7452A99FB1BF08B1423D43C289189580D1DDAC7B48D0F58299C56F1ECA19DE758DE920CCC4A1ACB096073E11028CA8A6D082EA0E692EEEAF1B5E2F2A2A507E4355DAA45D6', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'01000000430183F7CBE143199E5D3409242A6BDB2660A65072694EC02B66B5CA13B158FB7933727C0FB47B367D47605F68919720EA7506178548AAB6DAED61DDD8319689F0161364B28BA166DA8579BC65D685F65C298D17B0EC0367A9340B6DBB04A2FC5B049EE554CEBE696A2421C7B47D2C47A16BDBC9C347328784102776B4DD7CD73843A0400DF7', 1772366400000);
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
    version         integer NOT NULL CHECK (version > 0), home_since integer,
    FOREIGN KEY (id, primary_account) REFERENCES account (platform_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
INSERT INTO platform VALUES ('m6l2dfu2tipfxdwt3g64sbb6oy', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL);
INSERT INTO platform VALUES ('3gcj2pubjxp66pdof3i7nlhvee', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL);
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
INSERT INTO account VALUES ('m6l2dfu2tipfxdwt3g64sbb6oy', 'm4q5nbe6qx6lg3acolhlgcocre', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('3gcj2pubjxp66pdof3i7nlhvee', '6wfy3u2ogzwkhzpsvsl6s47exq', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('m6l2dfu2tipfxdwt3g64sbb6oy', 'm4q5nbe6qx6lg3acolhlgcocre', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'01000000430183F7CBE1DE8487612C85108C12221DF407C13828AE99FB85EFF6663C5D081F677FCC2AE6EA27B48042CCE2EDDD94E8415232147E6DA05CAF55E8D86B9D3DD5FC0E6BDF724C22990DDE2BB2DDB95C633286F9CFDC73173F49BFBD81135B38CA10EDEB8BD476EE6F876AD389B03F30A997691A08C2F3BC1D6ABBD9', 1772366400000, NULL);
INSERT INTO account_token VALUES ('3gcj2pubjxp66pdof3i7nlhvee', '6wfy3u2ogzwkhzpsvsl6s47exq', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'01000000430183F7CBE12858CE1470AFD4B2F294C3A3F4A739ED5438D25A7BCFEBD9C3ED0EEFF9582636D9EFE9C02B9F0A6ADD1046802CBF9064CA509A5C2CCF72A4D2CD59C45B449FD841AD97154F805BFA35D111DB65DB1C8C022C330E26947A6F0821B73FDC04FEF8517D60878C57D8D7668C6ACE5A90EFAD9A2C7E927F36', 1772366400000, NULL);
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
INSERT INTO link VALUES ('m6l2dfu2tipfxdwt3g64sbb6oy', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('3gcj2pubjxp66pdof3i7nlhvee', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('m6l2dfu2tipfxdwt3g64sbb6oy', 'snom', 1, 'created', '', 'ck_same', X'01000000430183F7CBE1683846E53DCEF9C499F711EE9983414F77E500654EC919D470DB53965F4B59C7B7B449F9A8D9762E6DBAF513D106B63714ECD5FEFA7E266AA25CFDE3E336690B69D69C93F49A45A4D78DCE84AD9494D4BEF2E690C124D5AE6FA312F46BE8A6BB8074B945CAE6F5D7247C89530AB10B481BF4207C90026C70C8691D057C2EF04484462FC4CAD9CBEEDAE986C78E79413BAFB6E7E5DF25CF22A6CC19', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('m6l2dfu2tipfxdwt3g64sbb6oy', 'snom', 2, 'created', '', 'ck_same', X'01000000430183F7CBE14B6FCA5FBE9D079125CD02A7DFD5EA191809DEF38957046B5CE75246C0A1D8B9D1E989023AB7B76A22F1E18CF85F0D3DB814158BE0382683927FB6A2FF5BF15DFA88A953C49A1B27D5F5DA5673AFFEB5E9EB61F1F783CDB49A66C05F3CAED21CA750304F4E445023BDF493551D2A02C4448CCBFF35B87898AA207DFC0D438BB8C4875723823686E41C1CC2CA1A652E8658677D33F34C9F710AB8D7', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('3gcj2pubjxp66pdof3i7nlhvee', 'snom', 1, 'created', '', 'ck_same', X'01000000430183F7CBE14A82FF80D2FD3D44DF860BC11ECF783FBCB11BA5EB91BF2EFB7FA8483D2D1CCB23B91D86B4E8B72E6C1609B8467DCAEFD3572A1B8AD69B807D37BBD3F22B82945D014F82EED093424A08CF82A130E9D3D05EF416F7D9B48FD33C7A96A8C1A721D9F03244C44D2D6E72A3591D13FF488C47ACC3EA7F3238D1BFF8FF5C68AD38545595BB86998E68C5CC1BD3C831D62D601068D87898D503EE51A84D', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('3gcj2pubjxp66pdof3i7nlhvee', 'snom', 2, 'created', '', 'ck_same', X'01000000430183F7CBE1BC00BEE0F867495AD219244B0DC325B394F43B73FABA0BD09F859E5B65A2AF65FD45059022C9524E17380C2CE51FB285CD9FF988B535793D332826F5BCF195139339ACD1C9E03B4D1ED5B0816CD250CAEA49CC846ABF5AEFD74A4124B084A0A82BCF84C54A54CB90CFA771BCE3CA50AEB9B580915D4D4C699FE83A684394C187248E1F2F3465FAEFE2D198638690657226E76C5956C520619181CC', NULL, 1772366400000, NULL, NULL);
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
INSERT INTO campaign VALUES ('auty3cythnjmfht6f724hkcs3y', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('auty3cythnjmfht6f724hkcs3y', 'm6l2dfu2tipfxdwt3g64sbb6oy', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'01000000430183F7CBE1E07F1C441E79A8769D9FA4ED90309C245EB2C69D047FB0A6BFD24489C89A65331768BBA2FFE0BFB205346D5A9F63E94313844F900DBD648C86E834DB20ED41B26DB42E305E5EAA6B14D626A03D7792E126F42A2F90FDB47E5CAA535DD5BA506284EC1A536EE5C5247013568525D76A844A70D08DC21A2A38F6FD15FD026CD97ED09D855BEB3AA0AA5B8D687B147E623CB11EFC4D9AD208', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('auty3cythnjmfht6f724hkcs3y', '3gcj2pubjxp66pdof3i7nlhvee', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'01000000430183F7CBE1100DF8EAAD4DD56B25107463D2EBA54D93179A43667608FD24EA24E9FD92D064BB016ABAE6AAD55316D592CEEEF9F2CFBFEEC89D84D4126DE3343BA84AFF5F2EEC91B9E64034A9C16AF4AF1C91560E3AD8A1D0074F826132873E25CA9F72E59877CF8B3726D67D9E641BB2451026FF1E6856B5A70EF5F5DF022B781935B0123D3C94BB73F32E99CB9FF5729B239642626C5F5CB04D8AB3', '', NULL, NULL, NULL);
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
    changed_at  integer NOT NULL, rollout_id text,
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
    version           integer NOT NULL CHECK (version > 0),
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
CREATE TABLE setting_rollout (
    id               text    PRIMARY KEY,
    scope            text    NOT NULL REFERENCES setting_scope (id) ON DELETE CASCADE,
    state            text    NOT NULL CHECK (state IN ('proposed', 'running', 'stopped', 'done', 'taken_back')),
    percent          integer NOT NULL CHECK (percent BETWEEN 0 AND 100),
    cut              integer NOT NULL,
    phones           integer NOT NULL CHECK (phones >= 0),
    in_ring          integer NOT NULL CHECK (in_ring >= 0),
    ring_at          integer,
    watch            text    NOT NULL,
    reason           text    NOT NULL,
    proposed_at      integer NOT NULL,
    proposed_by      text    NOT NULL,
    moved_at         integer NOT NULL,
    moved_by         text    NOT NULL,
    settings_version integer NOT NULL,
    version          integer NOT NULL CHECK (version > 0),
    CHECK (state <> 'proposed' OR percent = 0)
) STRICT;
CREATE TABLE setting_rollout_value (
    rollout_id text    NOT NULL REFERENCES setting_rollout (id) ON DELETE CASCADE,
    scope      text    NOT NULL,
    side       text    NOT NULL CHECK (side IN ('new', 'former')),
    name       text    NOT NULL CHECK (name <> ''),
    idx        integer NOT NULL CHECK (idx >= 0),
    unset      integer NOT NULL CHECK (unset IN (0, 1)),
    secret     integer NOT NULL CHECK (secret IN (0, 1)),
    value      text    NOT NULL CHECK (value = '' OR (NOT secret AND NOT unset)),
    sealed     blob    CHECK (sealed IS NULL OR (secret AND NOT unset)),
    set_at     integer NOT NULL,
    set_by     text    NOT NULL,
    PRIMARY KEY (rollout_id, side, name, idx)
) STRICT;
CREATE TABLE setting_freeze (
    one       integer PRIMARY KEY CHECK (one = 1),
    reason    text    NOT NULL,
    frozen_at integer NOT NULL,
    frozen_by text    NOT NULL
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
CREATE TRIGGER phone_contact_ended AFTER UPDATE OF state ON endpoint WHEN NEW.state = 'released' AND OLD.state <> 'released'
BEGIN
    DELETE FROM phone_contact WHERE platform_id = NEW.platform_id AND mac = NEW.mac AND (NEW.moved_to = '' OR proven_at IS NULL);
    UPDATE phone_contact SET password = NULL, password_hash = '', previous_hash = '', alarmed_at = NULL,
        waiting = '', waiting_since = NULL, waiting_at = NULL, waiting_network = '', waiting_agent = '', version = version + 1
    WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
CREATE INDEX phone_unclaimed_newest ON phone_unclaimed (platform_id, last_at, mac);
CREATE INDEX phone_unclaimed_by_mac ON phone_unclaimed (mac);
CREATE UNIQUE INDEX setting_rollout_open ON setting_rollout (scope) WHERE state IN ('proposed', 'running', 'stopped');
CREATE INDEX setting_rollout_by_scope ON setting_rollout (scope, proposed_at, id);
CREATE INDEX setting_rollout_by_age ON setting_rollout (proposed_at, id);
