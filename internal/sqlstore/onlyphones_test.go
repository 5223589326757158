package sqlstore_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// roles are of the whole server, so each test has its own.
var roles atomic.Int64

// phonesRole makes a database user for a process that serves phones alone, without any
// rights yet, and says how it connects.
func phonesRole(t *testing.T, s *sqlstore.Store, dsn string) (role, as string) {
	t.Helper()
	role = fmt.Sprintf("Phones %d", roles.Add(1)) // a name that has to be quoted
	mustExec(t, s.Raw(), fmt.Sprintf(`CREATE ROLE "%s" LOGIN`, role))
	t.Cleanup(func() {
		if _, err := s.Raw().Exec(fmt.Sprintf(`DROP OWNED BY "%[1]s"; DROP ROLE "%[1]s"`, role)); err != nil {
			t.Error(err)
		}
	})
	return role, strings.Replace(dsn, "user=ztp", "user='"+role+"'", 1)
}

// onlyPhones is the configuration of such a process, with the root key of phones in a file.
func onlyPhones(t *testing.T, s *sqlstore.Store, as string) sqlstore.Config {
	t.Helper()
	text, _, err := s.PhonesRoot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "phones.key")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config(as)
	cfg.RootKey, cfg.OnlyPhones = sqlstore.KeyFile(file), true
	return cfg
}

// split is a database that is ready for such a process, with its store.
func split(t *testing.T) (s, phones *sqlstore.Store, f aPhone) {
	t.Helper()
	dsn := pgtest.DSN(t)
	s = storetest.Open(t, dsn, storetest.Options{})
	f = filledWithPhone(t, s)
	mustSplit(t, s)
	role, as := phonesRole(t, s, dsn)
	if _, err := s.GrantPhones(ctx, role, false); err != nil {
		t.Fatal(err)
	}
	phones = mustOpen(t, onlyPhones(t, s, as))
	return s, phones, f
}

// What phones get opens, and whatever is not theirs is refused by the database, and would
// open with no key at hand.
func TestOnlyPhones_OpensWhatPhonesGet(t *testing.T) {
	t.Parallel()
	s, phones, f := split(t)
	if err := f.opens(phones); err != nil {
		t.Error(err)
	}
	for name, ask := range map[string]func(s *sqlstore.Store) error{
		"vendor credential":   func(s *sqlstore.Store) error { _, err := s.OpenCredential(ctx, f.platform, "snom", 1); return err },
		"reseller credential": func(s *sqlstore.Store) error { _, _, err := s.SealedReseller(ctx, "snom"); return err },
		"users":               func(s *sqlstore.Store) error { _, err := s.ListUsers(ctx); return err },
		"audit log":           func(s *sqlstore.Store) error { _, err := s.VerifyEvents(ctx); return err },
		"root key of phones":  func(s *sqlstore.Store) error { _, _, err := s.PhonesRoot(ctx); return err },
	} {
		var refused *pgconn.PgError
		if err := ask(phones); !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: want it refused by PostgreSQL, got %v", name, err)
		}
	}
	// The PIN lies in the phone's row, so its sealed form can be read, and is not theirs to open.
	if _, err := phones.PIN(ctx, f.platform, f.mac); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		t.Errorf("a PIN opens: %v", err)
	}
	if err := phones.SetPIN(ctx, f.platform, f.mac, ztp.NewSecret("1")); err == nil {
		t.Error("a PIN was sealed without a key for it")
	}
	one, err := s.TicketKey(7)
	if other, oerr := phones.TicketKey(7); err != nil || oerr != nil || one != other {
		t.Errorf("session tickets of one process are none of the other's: %v, %v", err, oerr)
	}
}

// The process writes what phones bring about, in the right place and under the right key,
// through a rotation of the keys that it hears nothing of.
func TestOnlyPhones_Writes(t *testing.T) {
	t.Parallel()
	s, phones, f := split(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	mustRotate(t, s)
	k, err := phones.Contact(ctx, f.platform, f.mac)
	must(err)
	fresh := ztp.NewSecret("another-http-password")
	must(phones.SaveContact(ctx, k.WithPassword(ztp.HashToken(fresh), noon), fresh))
	mustRotate(t, s)
	if got, err := s.ContactPassword(ctx, f.platform, f.mac); err != nil || !got.Equal(fresh) {
		t.Errorf("the password that it gave is another one: %v", err)
	}
	must(phones.TouchEndpoint(ctx, f.platform, f.mac, noon))
	must(phones.TouchEndpoints(ctx, []ztp.FetchedPhone{{Platform: f.platform, MAC: f.mac, DeviceTokenHash: ztp.HashToken(f.device)}}, noon.Add(time.Hour)))
	must(phones.LeavePlainURL(ctx, f.platform, f.mac))
	must(phones.TouchAccountToken(ctx, f.platform, f.account, "t1", noon))
	for range ztp.MaxFetches + 2 {
		noon := noon.Add(time.Duration(roles.Add(1)) * time.Second)
		must(phones.NoteFetches(ctx, []ztp.Fetch{
			{Platform: f.platform, MAC: f.mac, At: noon, Result: ztp.FetchSettings},
			{MAC: f.mac, At: noon, FirstAt: noon, Times: 1, Result: ztp.FetchRefused, Reason: "token"},
		}))
	}
	other, err := ztp.ParseMAC("0004130000ff")
	must(err)
	must(phones.NoteUnclaimed(ctx, []ztp.UnclaimedPhone{{Platform: f.platform, Account: f.account, MAC: other, LastAt: noon}}))
	must(phones.NoteHandshakes(ctx, []ztp.HandshakeFailure{{Reason: ztp.HandshakeOldVersion, Last: noon, First: noon, Count: 1}}))
	must(phones.Ready(ctx))
	if _, err := phones.PrunePhoneChanges(ctx, noon); err != nil {
		t.Error(err)
	}
	for name, read := range map[string]func() error{
		"feed": func() error { _, err := phones.PhoneFeedEnd(ctx); return err },
		"changes": func() error {
			all, err := phones.PhoneChanges(ctx, 0, 1000)
			if err == nil && len(all) == 0 {
				err = errors.New("none")
			}
			return err
		},
		"keys":     func() error { _, err := phones.PhoneKeys(ctx, ztp.MAC{}, 10); return err },
		"many":     func() error { _, err := phones.PhonesInService(ctx, []ztp.MAC{f.mac}); return err },
		"former":   func() error { _, err := phones.FormerPhones(ctx, ztp.MAC{}, 10); return err },
		"keys of":  func() error { _, _, err := phones.PhoneKeysOf(ctx, []ztp.MAC{f.mac}); return err },
		"tokens":   func() error { _, err := phones.TokenKeys(ctx, "", 10); return err },
		"of":       func() error { _, err := phones.TokenKeysOf(ctx, f.platform, ""); return err },
		"replicas": func() error { _, _, err := phones.ListReplicas(ctx, 0); return err },
	} {
		if err := read(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Events of such a process come into the chain by another one, each once, and it can tell
// no other ones.
func TestOnlyPhones_Events(t *testing.T) {
	t.Parallel()
	s, phones, f := split(t)
	before, err := s.VerifyEvents(ctx)
	if err != nil {
		t.Fatal(err)
	}
	told := ztp.Event{At: noon, Actor: "user/somebody", Action: ztp.EventNewcomer, Platform: f.platform, Vendor: "snom", Target: f.mac.String(), Detail: "from 192.0.2.0/24"}
	if err := phones.AppendEvent(ctx, told); err != nil {
		t.Fatal(err)
	}
	if err := phones.Tx(ctx, func(t ztp.Store) error {
		return errors.Join(t.AppendEvent(ctx, ztp.Event{At: noon, Action: ztp.EventScanned}), errCrash)
	}); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	told.Action = "user.added"
	if err := phones.AppendEvent(ctx, told); err == nil {
		t.Error("it may tell of anything")
	}
	if _, err := phones.Raw().Exec("INSERT INTO phone_event (at, action, address, platform_id, vendor, target, detail) VALUES (1, 'user.added', '', '', '', '', '')"); err == nil {
		t.Error("and so may whoever has its role")
	}
	for want := range []int{1, 0} {
		if n, err := s.TakePhoneEvents(ctx); err != nil || n != 1-want {
			t.Errorf("%d events taken, %v", n, err)
		}
	}
	after, err := s.VerifyEvents(ctx)
	if err != nil || after != before+1 {
		t.Errorf("want one more than %d events, got %d, %v", before, after, err)
	}
	page, err := s.ListEvents(ctx, ztp.EventQuery{Action: ztp.EventNewcomer})
	if err != nil || len(page.Items) != 1 {
		t.Fatal(page, err)
	}
	e := page.Items[0]
	want := ztp.Event{Seq: e.Seq, Hash: e.Hash, At: noon, Actor: ztp.System("phones").String(), Action: ztp.EventNewcomer, Platform: f.platform,
		Vendor: "snom", Target: f.mac.String(), Outcome: ztp.OutcomeRefused, Detail: "from 192.0.2.0/24"}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

// Whoever has the role can't put a time into the audit log that nobody can read: it stays
// there for ever.
func TestOnlyPhones_EventsOfAnotherTime(t *testing.T) {
	t.Parallel()
	s, phones, _ := split(t)
	mustExec(t, phones.Raw(), `INSERT INTO phone_event (at, action, address, platform_id, vendor, target, detail)
		SELECT at, 'phones.scanned', '', '', '', '', '' FROM unnest(ARRAY[9223372036854775807, -9223372036854775808]) AS at`)
	if n, err := s.TakePhoneEvents(ctx); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	page, err := s.ListEvents(ctx, ztp.EventQuery{Action: ztp.EventScanned})
	if err != nil || len(page.Items) != 2 {
		t.Fatal(page, err)
	}
	if _, err := json.Marshal(page.Items); err != nil {
		t.Error(err)
	}
}

// Nor into a phone's row, which would take the list of its platform's phones along.
func TestOnlyPhones_PhoneOfAnotherTime(t *testing.T) {
	t.Parallel()
	s, phones, f := split(t)
	mustExec(t, phones.Raw(), `UPDATE endpoint SET fetched_at = 9223372036854775807`)
	e, err := s.Endpoint(ctx, f.platform, f.mac)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := json.Marshal(e.FetchedAt); err != nil {
		t.Error(err)
	}
}

// allPrivileges are what PostgreSQL knows of on tables.
var allPrivileges = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}

// Every table, every column and every privilege: the role has exactly those that are listed.
func TestOnlyPhones_Role(t *testing.T) {
	t.Parallel()
	s, phones, _ := split(t)
	var got []string
	for _, table := range column(t, s.Raw(), "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() UNION SELECT viewname FROM pg_views WHERE schemaname = current_schema()") {
		for _, privilege := range allPrivileges {
			if may(t, phones.Raw(), "has_table_privilege($1, $2)", table, privilege) {
				got = append(got, table+" "+privilege)
				continue
			}
			if !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "REFERENCES"}, privilege) {
				continue
			}
			for _, c := range column(t, s.Raw(), "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '"+table+"'") {
				if may(t, phones.Raw(), "has_column_privilege($1, $3, $2)", table, privilege, c) {
					got = append(got, table+" "+privilege+" "+c)
				}
			}
		}
	}
	want := sqlstore.PhonesGrant()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// And indeed: every column with something sealed that is not of phones.
	for _, c := range []string{"credential.sealed", "reseller.sealed", "campaign_item.sealed", "import_row.pin", "installation.audit_key", "installation.canary",
		"keyset.wrapped", "keyset.root_sealed", "keyset_copy.wrapped", "phones_keyset.root", "person.password_hash", "session.data", "api_token.hash", "event.detail"} {
		table, name, _ := strings.Cut(c, ".")
		_, err := phones.Raw().Exec("SELECT " + name + " FROM " + table)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" {
			t.Errorf("%s: want it refused, got %v", c, err)
		}
	}
}

func may(t *testing.T, conn *sql.DB, function string, args ...any) (yes bool) {
	t.Helper()
	if err := conn.QueryRow("SELECT "+function, args...).Scan(&yes); err != nil {
		t.Fatal(function, args, err)
	}
	return yes
}

// Every start that is refused says how to get there, and changes nothing.
func TestOnlyPhones_StartsRefused(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{})
	filled(t, s)
	role, as := phonesRole(t, s, dsn)
	grant := func() {
		t.Helper()
		if _, err := s.GrantPhones(ctx, role, false); err != nil {
			t.Fatal(err)
		}
	}
	cfg := config(as)
	cfg.OnlyPhones = true
	refused := func(words ...string) {
		t.Helper()
		_, err := sqlstore.Open(ctx, cfg)
		wantStartError(t, err, "", words...)
	}
	refused("lacks a right", "zerotouch database grant-phones")
	grant()
	refused("not yet as a whole", "zerotouch key phones")
	if err := s.AddPhonesKey(ctx, root); err != nil {
		t.Fatal(err)
	}
	refused("not yet as a whole", "again, if it was cut short")
	mustSplit(t, s)
	refused("not that of the phones", "--to-file") // with the main root key
	cfg = onlyPhones(t, s, as)
	cfg.RootKey = sqlstore.KeyFile(filepath.Join(t.TempDir(), "none"))
	refused("missing", "zerotouch key phones")
	cfg = onlyPhones(t, s, as)
	cfg.Installation = "other"
	refused(`"other"`)
	cfg.Installation = "test"
	mustExec(t, s.Raw(), fmt.Sprintf(`GRANT SELECT (hash) ON api_token TO "%s"`, role))
	refused(`"api_token"`, "user of its own")
	mustExec(t, s.Raw(), "CREATE VIEW window_to_keys AS SELECT * FROM reseller") // it reads with its owner's rights
	for _, more := range []struct{ right, on, word string }{
		{"SELECT", "window_to_keys", `"window_to_keys"`},
		{"UPDATE", "platform", `"platform"`}, {"UPDATE (mac)", "endpoint", `"endpoint"`}, {"SELECT (audit_key)", "installation", `"installation"`},
		{"SELECT (root)", "phones_keyset", `"phones_keyset"`}, {"DELETE", "event", `"event"`}, {"TRIGGER", "setting", `"setting"`},
		{"CREATE", "SCHEMA " + column(t, s.Raw(), "SELECT current_schema()")[0], "REVOKE CREATE"},
	} {
		grant()
		mustExec(t, s.Raw(), fmt.Sprintf(`GRANT %s ON %s TO "%s"`, more.right, more.on, role))
		refused(more.word, "must not")
	}
	grant()
	mustExec(t, s.Raw(), "GRANT INSERT ON setting TO PUBLIC")
	refused(`"setting"`, "PUBLIC")
	mustExec(t, s.Raw(), "REVOKE INSERT ON setting FROM PUBLIC")
	mustExec(t, s.Raw(), "GRANT SELECT ON window_to_keys TO PUBLIC; ALTER EXTENSION plpgsql ADD VIEW window_to_keys") // as that of an extension
	t.Cleanup(func() { mustExec(t, s.Raw(), "ALTER EXTENSION plpgsql DROP VIEW window_to_keys") })
	if err := mustOpen(t, cfg).Ready(ctx); err != nil {
		t.Error(err)
	}
	mustExec(t, s.Raw(), fmt.Sprintf(`REVOKE UPDATE (plain_url) ON endpoint FROM "%s"`, role))
	refused(`"endpoint"`, "again after each upgrade")
	owner := onlyPhones(t, s, dsn)
	_, err := sqlstore.Open(ctx, owner)
	wantStartError(t, err, "", "must not", "user of its own")

	lite := onlyPhones(t, s, storetest.File(t, storetest.Options{}))
	_, err = sqlstore.Open(ctx, lite)
	wantStartError(t, err, "", "SQLite", "without --only phones")
	if _, err := s.GrantPhones(ctx, "nobody of this name", false); !ztp.IsCode(err, ztp.CodeInvalid) {
		t.Errorf("a role that is not there: %v", err)
	}
}

// The user that owns the tables, which a server that does everything has, keeps its rights:
// they are not taken by a slip of the pen, and without them it serves no phones alone.
func TestGrantPhones_LeavesTheOwnerAlone(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{})
	filled(t, s)
	mustSplit(t, s)
	role, as := phonesRole(t, s, dsn)
	if _, err := s.GrantPhones(ctx, role, false); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Raw(), fmt.Sprintf(`ALTER TABLE api_token OWNER TO "%[1]s"; REVOKE ALL ON api_token FROM "%[1]s"`, role))
	_, err := s.GrantPhones(ctx, role, false)
	var e *ztp.Error
	if !errors.As(err, &e) || e.Code != ztp.CodeInvalid || !strings.Contains(fmt.Sprint(e.Fields), "CREATE ROLE") {
		t.Errorf("granted to an owner: %v", err)
	}
	_, err = sqlstore.Open(ctx, onlyPhones(t, s, as))
	wantStartError(t, err, "", `"api_token"`, "user of its own")
	mustExec(t, s.Raw(), "ALTER TABLE api_token OWNER TO CURRENT_USER")
	if _, err := s.GrantPhones(ctx, "ztp", false); !ztp.IsCode(err, ztp.CodeInvalid) {
		t.Errorf("granted to the user of this server: %v", err)
	}
}

// The key file of phones is exchanged: the one of before opens nothing, whoever runs with
// it goes on with what it holds, and after a rotation with nothing.
func TestOnlyPhones_AnotherKeyFile(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{})
	if err := s.RenewPhonesRoot(ctx, root); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("before there is one: %v", err)
	}
	f := filledWithPhone(t, s)
	mustSplit(t, s)
	role, as := phonesRole(t, s, dsn)
	if _, err := s.GrantPhones(ctx, role, false); err != nil {
		t.Fatal(err)
	}
	stolen := onlyPhones(t, s, as)
	running := mustOpen(t, stolen)
	if err := s.RenewPhonesRoot(ctx, root); err != nil {
		t.Fatal(err)
	}
	_, err := sqlstore.Open(ctx, stolen)
	wantStartError(t, err, ztp.CodeSealingKeyMismatch, "not that of the phones")
	if err := f.opens(running); err != nil {
		t.Errorf("one that runs does not go on: %v", err)
	}
	renewed := mustOpen(t, onlyPhones(t, s, as))
	mustRotate(t, s)
	for _, s := range []*sqlstore.Store{s, renewed} {
		if err := f.opens(s); err != nil {
			t.Error(err)
		}
	}
	if _, err := running.ContactPassword(ctx, f.platform, f.mac); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		t.Errorf("the key of before opens what was sealed since: %v", err)
	}
}

// Others see that it is there, and nobody waits for it.
func TestOnlyPhones_IsSeen(t *testing.T) {
	t.Parallel()
	s, phones, _ := split(t)
	if err := phones.BeatPhoneServer(ctx, ztp.Replica{ID: "edge", Version: "v1", Schema: 22}, time.Minute); err != nil {
		t.Fatal(err)
	}
	all, err := s.ListPhoneServers(ctx, 0)
	if err != nil || len(all) != 1 || all[0].ID != "edge" || !all[0].OnlyPhones || all[0].SeenAt.IsZero() {
		t.Errorf("got %+v, %v", all, err)
	}
	if replicas, _, err := s.ListReplicas(ctx, 0); err != nil || len(replicas) != 0 {
		t.Errorf("it counts as one that holds keys: %+v, %v", replicas, err)
	}
	if err := phones.LeavePhoneServer(ctx, "edge"); err != nil {
		t.Fatal(err)
	}
	if all, err = s.ListPhoneServers(ctx, 0); err != nil || len(all) != 0 {
		t.Errorf("it is still there: %+v, %v", all, err)
	}
}
