CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (7, 6, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (8, 7, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (9, 8, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (10, 9, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (11, 10, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (12, 11, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (13, 12, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (14, 13, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (15, 14, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (16, 15, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (17, 16, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (18, 17, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (19, 18, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (20, 19, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (21, 20, 1, '2026-11-26 14:08:41');
INSERT INTO goose_db_version VALUES (22, 21, 1, '2026-11-26 14:08:41');
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
INSERT INTO keyset VALUES (1, X'12880127A2BA1798FB517CB440359BF80BD85B08930730966F1145F32273A5D8E7191D6A8B6A6756867D228A6D7CD41B6D7499C248A77E22070B5E3AD587FCDC24B61EB578E5E6BA6B8693738195AF0AA2ACF41BFA8C3841FBAAFE732B1B2B220B27F65C64ECD7415829324B391C149E12D9C9D42BDA1E9D92B67CA3264496871C78B26D9B27C48A811408', 1795702121559, 1, 'steady', '22e18ef9', '', NULL);
CREATE TABLE installation (
    one        integer PRIMARY KEY CHECK (one = 1),
    name       text    NOT NULL CHECK (name <> ''),
    canary     blob    NOT NULL,
    audit_key  blob    NOT NULL,
    created_at integer NOT NULL
, home text NOT NULL DEFAULT '') STRICT;
INSERT INTO installation VALUES (1, 'test', X'010000004301F7D0DDB123197323D1BF267FCC30AA235092ABB43C5AC82D10DEE70A8E3634BCE759A2C9304B9BE4A25C39616AD1A5B0CA2F326AFD7DB9C0BCC740DCAD5C9DCC783B387B61760FAB7F57FEB535F6BB9E9F047182ABACAC2B340576FF7661E5090E1C0FB88ABB65FA9E84C1C68BE4', X'010000004301F7D0DDB102F196B2D91A17E4DF1A8E3D827583CF01F3E65748453A111885E5B383166E0AFCD74628A5388BE514B4EE10F53A5D4D337ABBED188D0AE740E2D95CF23A8C46A6A76606CC2119C9888B9F04ED274C1E449EA4045A3973D66A83F452BE054CFA41BED206F2FA846CC299114A51DFA7C006402B1A2771D30DEC58', 1795702121559, '');
CREATE TABLE vendor_account (
    vendor     text PRIMARY KEY,
    company_id text NOT NULL CHECK (company_id <> '')
) STRICT;
CREATE TABLE reseller (
    vendor text    PRIMARY KEY,
    sealed blob    NOT NULL,
    set_at integer NOT NULL
) STRICT;
INSERT INTO reseller VALUES ('snom', X'010000004301F7D0DDB1E4E3CD871F41A9038EF07A71CF05D2EF2CAFCD0814D6DDABC25D18237CA625589916D434D78752B39DABE86D7528EBA688532A43DE0FD721F1C3577182D72CE6F8AF91C8EDACDFAD83CA7D0F82C7079C6657E7ABB6B591C16873B8C742D0519C7E45606790B0A5CD8C8D6E4747CAE9B075CA40F81B9E7E61413F0FE107538360CB93F67F0D23B845EDB366F5D00AE67AA302B9', 1772366400000);
INSERT INTO reseller VALUES ('yealink', X'010000004301F7D0DDB1B56A1A0C28F461A5647E334033F3C8823D159921311269EED7A4C38534BFA16307B7CA24FB82415CDD39625D5DC0E9EAB96126E7E98458D786F2BBBB3D4581343AFF3981802DD88DB7723C0EC8A5CFD90A0063C22F9C28BFC824E287B667C74BEBF4E3EB6A89F6BB6A7B5DD1B84DC61AB7D58AE200EC3F540069FA8D17305194', 1772366400000);
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
INSERT INTO platform VALUES ('tua3dfg7b2gfosf4pja2yfjhpm', 'p0', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL, 'certificate');
INSERT INTO platform VALUES ('ortsze3ssrjt7oyp4w5tw3dy4m', 'p1', 'P', 'p', NULL, '', NULL, 1772366400000, 1772366400000, 1, NULL, 'certificate');
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
INSERT INTO account VALUES ('tua3dfg7b2gfosf4pja2yfjhpm', '3xu5dunr3kon3pfjykfc6edguq', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
INSERT INTO account VALUES ('ortsze3ssrjt7oyp4w5tw3dy4m', 'yxtrqln74b3ctjgrtlligograq', 'main', 'A', NULL, 't1', 1772366400000, 1772366400000, 1772366400000, 2);
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
INSERT INTO account_token VALUES ('tua3dfg7b2gfosf4pja2yfjhpm', '3xu5dunr3kon3pfjykfc6edguq', 't1', 'cd2a88a25e184c663a6af1a2c6e946a4c45efc8d67b3568e99ac3a904d4e6ac2', X'010000004301F7D0DDB10FD9621D668DC42BC113AAAFC790DC860C191F3531B0F59AD1EC28B417937B488C4B0DB98C29A2BDC5C5DDC21B19D42253CFE70805E9A9B0C901FE94BC53297D41CC2C3BD4EDA08DA00E7854856333EA847271EE62CE2CD5DB31BBA2B242C2CD7459E408AA3C2B6D31DA278C009AEDC9D4A0D9B440E3', 1772366400000, NULL);
INSERT INTO account_token VALUES ('ortsze3ssrjt7oyp4w5tw3dy4m', 'yxtrqln74b3ctjgrtlligograq', 't1', 'd99e3af6883f7cfa5cb463e5212be1a671cdbaa8201c4b7e973869e94e01db76', X'010000004301F7D0DDB1ACF7D31C8C5BB277BA7C4A6877AF491079ECF94DDFAE2B647AC2B678D60D5F64960E4681B318C3A2C56A4E5A57DAB0DA49488CE504E7DC12E9314DBE149016C6873E85E5AAF4D4F5C18684198E80E52CBC0AC388CD7D2F0A31D1B4CD43A001425E51E5C94A06637E0E538DB34FC0593830D32BAFDA16', 1772366400000, NULL);
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
INSERT INTO link VALUES ('tua3dfg7b2gfosf4pja2yfjhpm', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
INSERT INTO link VALUES ('ortsze3ssrjt7oyp4w5tw3dy4m', 'snom', 'onboarding', '', NULL, '', '{}', 3, NULL, 'active', NULL, '', 0, '', '', NULL, '', 0, NULL, NULL, 1772366400000, 1, 0, NULL, '[]', NULL, 0);
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
INSERT INTO credential VALUES ('tua3dfg7b2gfosf4pja2yfjhpm', 'snom', 1, 'created', '', 'ck_same', X'010000004301F7D0DDB16E4F06DF316E98F6DAD32723D5D26E7569F6DF299DFF00D72618778A465B91B2BFC3308ABEDA6C85DFC2428DBAF89852946422D00B444891197D385143CE3E4C161AC298C3EB626AAA17755056101937A2C73A3A6E9E28F0B6852497BF31C04A2BC46026C76277BEE98D75E6D56ABAAB6F67750A95F6ABF4BB530E8412B86F880413D4E79749E68C87EFB2982FEC839794C7FDD78207ECFF958167', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('tua3dfg7b2gfosf4pja2yfjhpm', 'snom', 2, 'created', '', 'ck_same', X'010000004301F7D0DDB1ADF05216C29CAB1B0625F0A4106606BD686C2D960DC2C27C81DD94C280D90D080D05FB40F438F6D4522AD8F3094701A70B9D4B5FB2B26E6AEBCF56C764F0BE658180330B9901345E441CCE20B9CAD665CD8797AFDF745C63CDD467EF988E18EDCB03526AA2C177176B313F9A7679B472BFB1F6ACE81DC76DF77278D0553DBF8550CAFF20B65AB9E2291F0013D09DFC0C135FDD6B50D0456A9A203A', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ortsze3ssrjt7oyp4w5tw3dy4m', 'snom', 1, 'created', '', 'ck_same', X'010000004301F7D0DDB17836D8EFA04F8CA5A72BF670B4089EFC66641B64D34725A14C4FB6C7AEC8455ED952B60120E26538951B441E91D15EC7583600C4FCA842DDB219DE992E90FD3CB212DC47B9331249FC9E8D025055C917FD25EEDAD051902BD26C064EA9E57762D375DCC8B90DEB4B8D946F818F7AF87033EF2844AAD006A43890DEA70E699FC0530AC20488FBCEDCA94FE888AF4293ABFD7911C080F05123E8E0A0', NULL, 1772366400000, NULL, NULL);
INSERT INTO credential VALUES ('ortsze3ssrjt7oyp4w5tw3dy4m', 'snom', 2, 'created', '', 'ck_same', X'010000004301F7D0DDB1400361AC7B0BFC685F50531966724CFF21733BE82DFAD8A6F21F6280FF46B0622FAC6AEA1CEC94FBBE64A3788026489B32E07969587A82B40B17162A78398035864900F4720717EE28D9F87A2D7572352BDA04C36098647EBB0BB15ECF72ACC4F46493BB8A9AFD6E8EA997B0FEE1A811B350347EC7EFFA14FB0D05A09EBC37EB645B7B3E6102F819C4637F67E9EC925A2C9E53509937775FBBB1A7', NULL, 1772366400000, NULL, NULL);
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
    version          integer NOT NULL CHECK (version > 0), model text NOT NULL DEFAULT '', serial text NOT NULL DEFAULT '', pin blob, device_token_hash text NOT NULL DEFAULT '', device_token blob CHECK ((device_token IS NOT NULL) = (device_token_hash <> '')), first_fetched_at integer, sip_registered integer CHECK (sip_registered IN (0, 1)), sip_at integer CHECK ((sip_at IS NOT NULL) = (sip_registered IS NOT NULL)), replaces text NOT NULL DEFAULT '', replaced_by text NOT NULL DEFAULT '', moved_to text NOT NULL DEFAULT '', found integer NOT NULL DEFAULT 0 CHECK (found IN (0, 1)), plain_url integer NOT NULL DEFAULT 0 CHECK (plain_url IN (0, 1)), expected_at integer, sip_reason text NOT NULL DEFAULT '',
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
INSERT INTO campaign VALUES ('ubz253spvhj3kpsvdqfwlqecyq', 'adopt', 'snom', 'paused', 1.0, 9, 0, '', '{"Kind":"","Name":"","Role":"","Address":"","RequestID":""}', '', '', '', NULL, 1772366400000, 0, 0, 0, 'null', 1772366400000, NULL, NULL, 1772366400000, 1);
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
INSERT INTO campaign_item VALUES ('ubz253spvhj3kpsvdqfwlqecyq', 'tua3dfg7b2gfosf4pja2yfjhpm', 'snom', 0, 'pending', NULL, 0, '', 'ck_same', X'010000004301F7D0DDB16166119D101D276DA835925361B67F830516491BBD713FB87643D0B1744B4A8764FCD27CD2827F0E647BE38121BBAD2FFBF9770358C2DB81757E65D16983535307610D83ACF5AFFF74D0E147E192F3EFA106A24FC7015627F0ADDB3E36D6765254715FC1966058ABD88D36A7EC56B1C1E543E6568A07BB25604A40031303675BA31B99161A9EE3269071118B3EDE8ECAE7C305D21DFBB8', '', NULL, NULL, NULL);
INSERT INTO campaign_item VALUES ('ubz253spvhj3kpsvdqfwlqecyq', 'ortsze3ssrjt7oyp4w5tw3dy4m', 'snom', 1, 'pending', NULL, 0, '', 'ck_same', X'010000004301F7D0DDB1EC66C765317FF17D5A1D929773D562051EA0CE46FBAC8633CB92F81BC742CCF6CC95E8F949AEC361239863F78C56ABD625FB2470306BEDD3B63D36F43433521F88F255B152FF96BEC53B43C9393D434DF4E90A739822EF284DF41DD01E69AE886418C51715FD431A5A156CA1298ADE50CE3D547C9A8D56AA64B23D1AF038E3B9080282A6D8EB8084742B94B0F4FE4A0657313A56DB83E0', '', NULL, NULL, NULL);
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
CREATE TABLE phone_change (
    tx   integer PRIMARY KEY AUTOINCREMENT,
    what text    NOT NULL,
    at   integer NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS integer))
) STRICT;
INSERT INTO phone_change VALUES (1, 'account/tua3dfg7b2gfosf4pja2yfjhpm/3xu5dunr3kon3pfjykfc6edguq', 1795702121579);
INSERT INTO phone_change VALUES (2, 'account/tua3dfg7b2gfosf4pja2yfjhpm/3xu5dunr3kon3pfjykfc6edguq', 1795702121579);
INSERT INTO phone_change VALUES (3, 'account/ortsze3ssrjt7oyp4w5tw3dy4m/yxtrqln74b3ctjgrtlligograq', 1795702121580);
INSERT INTO phone_change VALUES (4, 'account/ortsze3ssrjt7oyp4w5tw3dy4m/yxtrqln74b3ctjgrtlligograq', 1795702121580);
CREATE TABLE phone_fetch (
    platform_id text    NOT NULL,
    mac         text    NOT NULL CHECK (length(mac) = 17),
    at          integer NOT NULL,
    result      text    NOT NULL CHECK (result <> ''),
    reason      text    NOT NULL,
    address     text    NOT NULL,
    agent       text    NOT NULL,
    bytes       integer NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (platform_id, mac, at, result, reason),
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE phone_refused (
    platform_id text    NOT NULL,
    mac         text    NOT NULL CHECK (length(mac) = 17),
    reason      text    NOT NULL CHECK (reason <> ''),
    first_at    integer NOT NULL,
    at          integer NOT NULL,
    times       integer NOT NULL CHECK (times > 0),
    address     text    NOT NULL,
    agent       text    NOT NULL,
    PRIMARY KEY (platform_id, mac, reason),
    FOREIGN KEY (platform_id, mac) REFERENCES endpoint (platform_id, mac) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE phone_traffic (
    platform_id text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    hour        integer NOT NULL,
    result      text    NOT NULL CHECK (result <> ''),
    fetches     integer NOT NULL CHECK (fetches > 0),
    PRIMARY KEY (platform_id, hour, result)
) STRICT, WITHOUT ROWID;
CREATE TABLE phone_handshake (
    address  text    NOT NULL,
    name     text    NOT NULL,
    reason   text    NOT NULL CHECK (reason <> ''),
    offers   text    NOT NULL,
    alert    text    NOT NULL,
    first_at integer NOT NULL,
    at       integer NOT NULL,
    times    integer NOT NULL CHECK (times > 0),
    PRIMARY KEY (address, name, reason, offers, alert)
) STRICT, WITHOUT ROWID;
CREATE TABLE words_due (
    platform_id  text    NOT NULL REFERENCES platform (id) ON DELETE CASCADE,
    operation_id text    NOT NULL,
    after_mac    text    NOT NULL,
    saves        integer NOT NULL,
    saving       integer NOT NULL CHECK (saving IN (0, 1)),
    PRIMARY KEY (platform_id, operation_id)
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
CREATE INDEX endpoint_by_fetch ON endpoint (platform_id, COALESCE(fetched_at, 0), mac);
CREATE INDEX endpoint_found ON endpoint (platform_id, mac) WHERE found;
CREATE INDEX endpoint_given_up ON endpoint (mac) WHERE state = 'released';
CREATE INDEX endpoint_by_end ON endpoint (substr(mac, 10));
CREATE TRIGGER endpoint_moved AFTER UPDATE OF vendor, state ON endpoint WHEN OLD.state <> NEW.state OR OLD.vendor <> NEW.vendor
BEGIN
    UPDATE endpoint_count SET n = n - 1 WHERE platform_id = OLD.platform_id AND vendor = OLD.vendor AND state = OLD.state;
    INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (NEW.platform_id, NEW.vendor, NEW.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
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
CREATE UNIQUE INDEX setting_rollout_open ON setting_rollout (scope) WHERE state IN ('proposed', 'running', 'stopped');
CREATE INDEX setting_rollout_by_scope ON setting_rollout (scope, proposed_at, id);
CREATE INDEX setting_rollout_by_age ON setting_rollout (proposed_at, id);
CREATE TRIGGER endpoint_told_new AFTER INSERT ON endpoint
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER endpoint_told_gone AFTER DELETE ON endpoint
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || OLD.platform_id || '/' || OLD.mac);
END;
CREATE TRIGGER endpoint_told AFTER UPDATE ON endpoint
WHEN (NEW.state = 'released') <> (OLD.state = 'released') OR NEW.account_id IS NOT OLD.account_id OR NEW.vendor <> OLD.vendor
    OR NEW.product_group <> OLD.product_group OR NEW.name <> OLD.name OR NEW.model <> OLD.model OR NEW.serial <> OLD.serial
    OR NEW.address_template <> OLD.address_template OR NEW.device_token_hash <> OLD.device_token_hash OR NEW.plain_url <> OLD.plain_url
    OR NEW.created_at <> OLD.created_at OR NEW.expected_at IS NOT OLD.expected_at OR (NEW.fetched_at IS NULL) <> (OLD.fetched_at IS NULL)
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER phone_contact_told_new AFTER INSERT ON phone_contact
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER phone_contact_told_gone AFTER DELETE ON phone_contact
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || OLD.platform_id || '/' || OLD.mac);
END;
CREATE TRIGGER phone_contact_told AFTER UPDATE ON phone_contact WHEN NEW.version <> OLD.version
BEGIN
    INSERT INTO phone_change (what) VALUES ('endpoint/' || NEW.platform_id || '/' || NEW.mac);
END;
CREATE TRIGGER setting_scope_told_new AFTER INSERT ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (NEW.id);
END;
CREATE TRIGGER setting_scope_told AFTER UPDATE ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (NEW.id);
END;
CREATE TRIGGER setting_scope_told_gone AFTER DELETE ON setting_scope
BEGIN
    INSERT INTO phone_change (what) VALUES (OLD.id);
END;
CREATE TRIGGER account_told AFTER UPDATE ON account WHEN NEW.token_id IS NOT OLD.token_id OR NEW.slug <> OLD.slug
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || NEW.platform_id || '/' || NEW.id);
END;
CREATE TRIGGER account_told_gone AFTER DELETE ON account
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || OLD.platform_id || '/' || OLD.id);
END;
CREATE TRIGGER account_token_told_new AFTER INSERT ON account_token
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || NEW.platform_id || '/' || NEW.account_id);
END;
CREATE TRIGGER account_token_told_gone AFTER DELETE ON account_token
BEGIN
    INSERT INTO phone_change (what) VALUES ('account/' || OLD.platform_id || '/' || OLD.account_id);
END;
CREATE TRIGGER phone_fetch_of_another_life AFTER UPDATE OF state ON endpoint WHEN OLD.state = 'released' AND NEW.state <> 'released'
BEGIN
    DELETE FROM phone_fetch WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
    DELETE FROM phone_refused WHERE platform_id = NEW.platform_id AND mac = NEW.mac;
END;
CREATE INDEX phone_handshake_newest ON phone_handshake (at);
CREATE TRIGGER endpoint_inserted AFTER INSERT ON endpoint
BEGIN
    INSERT INTO endpoint_count (platform_id, vendor, state, n) VALUES (NEW.platform_id, NEW.vendor, NEW.state, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER endpoint_worded AFTER INSERT ON endpoint WHEN NOT EXISTS (SELECT 1 FROM words_due WHERE saving)
BEGIN
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
    INSERT INTO endpoint_word (platform_id, word, mac) VALUES (NEW.platform_id, char(10) || substr(NEW.fold, 1, instr(NEW.fold, char(10)) - 1), NEW.mac)
        ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER endpoint_renamed AFTER UPDATE OF fold ON endpoint WHEN OLD.fold <> NEW.fold
BEGIN
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']')
        UNION ALL SELECT char(10) || substr(OLD.fold, 1, instr(OLD.fold, char(10)) - 1));
    INSERT INTO endpoint_word (platform_id, word, mac)
        SELECT NEW.platform_id, value, NEW.mac FROM json_each('[' || replace(json_quote(substr(NEW.fold, instr(NEW.fold, char(10)) + 19)), ' ', '","') || ']') WHERE value <> ''
        ON CONFLICT DO NOTHING;
    INSERT INTO endpoint_word (platform_id, word, mac) VALUES (NEW.platform_id, char(10) || substr(NEW.fold, 1, instr(NEW.fold, char(10)) - 1), NEW.mac)
        ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER endpoint_deleted AFTER DELETE ON endpoint
BEGIN
    UPDATE endpoint_count SET n = n - 1 WHERE platform_id = OLD.platform_id AND vendor = OLD.vendor AND state = OLD.state;
    DELETE FROM endpoint_word WHERE platform_id = OLD.platform_id AND mac = OLD.mac AND word IN (
        SELECT value FROM json_each('[' || replace(json_quote(substr(OLD.fold, instr(OLD.fold, char(10)) + 19)), ' ', '","') || ']')
        UNION ALL SELECT char(10) || substr(OLD.fold, 1, instr(OLD.fold, char(10)) - 1));
END;
CREATE TRIGGER platform_told AFTER UPDATE ON platform
WHEN NEW.slug <> OLD.slug OR NEW.url_template <> OLD.url_template OR NEW.home_since IS NOT OLD.home_since OR NEW.phone_proof <> OLD.phone_proof
BEGIN
    INSERT INTO phone_change (what) VALUES ('platform/' || NEW.id);
END;
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
    DELETE FROM phone_contact WHERE mac = NEW.mac AND platform_id <> NEW.platform_id AND NEW.moved_to = ''
        AND NOT EXISTS (SELECT 1 FROM endpoint WHERE endpoint.mac = NEW.mac AND endpoint.moved_to = NEW.platform_id);
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
