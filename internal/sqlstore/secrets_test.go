package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

const (
	resellerSecret   = "reseller-secret-canary-1"
	credentialSecret = "credential-secret-canary-2"
	provisionToken   = "provisioning-token-canary-3"
	campaignSecret   = "campaign-secret-canary-4"
)

// filled holds one of each sealed value, for two platforms with the same numbers.
func filled(t *testing.T, s *sqlstore.Store) (platforms [2]ztp.PlatformID, accounts [2]ztp.AccountID) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.SetReseller(ctx, "snom", ztp.APIKey{ID: "ck_r", Secret: ztp.NewSecret(resellerSecret)}, noon))
	must(s.SetReseller(ctx, "yealink", ztp.APIKey{ID: "ck_y", Secret: ztp.NewSecret("other")}, noon))
	for i := range platforms {
		p, a := ztp.PlatformID(ztp.NewID()), ztp.AccountID(ztp.NewID())
		platforms[i], accounts[i] = p, a
		must(s.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: fmt.Sprint("p", i), Name: "P", CreatedAt: noon, UpdatedAt: noon}))
		must(s.CreateAccount(ctx, ztp.Account{ID: a, Platform: p, Slug: "main", Name: "A", CreatedAt: noon, UpdatedAt: noon}))
		must(s.IssueToken(ctx, p, a, "t1", ztp.NewSecret(provisionToken+fmt.Sprint(i)), noon))
		must(s.SaveLink(ctx, ztp.Link{Platform: p, Vendor: "snom", State: ztp.LinkOnboarding, NextCredential: 3, UpdatedAt: noon}))
		for n := 1; n <= 2; n++ {
			c := ztp.Credential{Platform: p, Vendor: "snom", Number: n, CreatedAt: noon}
			must(s.PlanCredential(ctx, c))
			c.State, c.VendorID = ztp.CredentialCreated, "ck_same"
			must(s.SealCredential(ctx, c, ztp.NewSecret(credentialSecret+fmt.Sprint(i, n)), ztp.CredentialPlanned))
		}
	}
	c := ztp.Campaign{ID: ztp.CampaignID(ztp.NewID()), Kind: ztp.KindAdopt, Vendor: "snom", State: ztp.CampaignPaused, Budget: 1, Cost: 9,
		NextAt: noon, CreatedAt: noon, UpdatedAt: noon}
	var items []ztp.CampaignItem
	keys := map[ztp.PlatformID]ztp.APIKey{}
	for i, p := range platforms {
		items = append(items, ztp.CampaignItem{Campaign: c.ID, Platform: p, Vendor: "snom", Position: i, State: ztp.ItemPending, KeyID: "ck_same"})
		keys[p] = ztp.APIKey{ID: "ck_same", Secret: ztp.NewSecret(campaignSecret + fmt.Sprint(i))}
	}
	must(s.CreateCampaign(ctx, c, items, keys))
	return platforms, accounts
}

func wantUnreadable(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, secret := range []string{resellerSecret, credentialSecret, provisionToken, campaignSecret} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds %s… in the open", where, secret[:10])
		}
	}
}

func TestSecrets_UnreadableInFiles(t *testing.T) {
	t.Parallel()
	path := storetest.File(t, storetest.Options{})
	s := storetest.Open(t, path, storetest.Options{})
	filled(t, s)
	wal := false
	for name, text := range snapshot(t, filepath.Dir(path)) {
		wantUnreadable(t, name, text)
		wal = wal || strings.HasSuffix(name, "-wal") && bytes.Contains(text, []byte("ck_same"))
	}
	if !wal {
		t.Error("the journal was not there to be searched")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range snapshot(t, filepath.Dir(path)) {
		wantUnreadable(t, name, text)
	}
}

func TestSecrets_UnreadableInPostgres(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, pgtest.DSN(t), storetest.Options{})
	filled(t, s)
	for _, table := range []string{"reseller", "credential", "account_token", "installation", "keyset", "event", "campaign", "campaign_item"} {
		rows, err := s.Raw().Query("SELECT CAST(x AS text) FROM " + table + " x")
		if err != nil {
			t.Fatal(err)
		}
		var all string
		for rows.Next() {
			var row string
			if err := rows.Scan(&row); err != nil {
				t.Fatal(err)
			}
			all += row
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		wantUnreadable(t, table, []byte(all))
		for _, secret := range []string{resellerSecret, credentialSecret, provisionToken, campaignSecret} { // bytea prints as hex
			if strings.Contains(all, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s holds %s… in the open", table, secret[:10])
			}
		}
	}
}

// A sealed value that is moved to any other row, or whose row is given another
// name, does not open there.
func TestSecrets_SwappedValuesDoNotOpen(t *testing.T) {
	t.Parallel()
	for engine, dsn := range map[string]string{"sqlite": storetest.File(t, storetest.Options{}), "postgres": pgtest.DSN(t)} {
		t.Run(engine, func(t *testing.T) {
			s := storetest.Open(t, dsn, storetest.Options{})
			p, a := filled(t, s)
			sealed := func(table, where string) string { return "(SELECT sealed FROM " + table + " WHERE " + where + ")" }
			credential := func(i, n int) string { return fmt.Sprintf("platform_id = '%s' AND number = %d", p[i], n) }
			open := func() error { _, err := s.OpenCredential(ctx, p[0], "snom", 1); return err }
			reseller := func() error { _, _, err := s.SealedReseller(ctx, "snom"); return err }
			pasted := func() error {
				c, err := s.ListCampaigns(ctx, ztp.CampaignQuery{})
				if err == nil {
					_, err = s.OpenCampaignKey(ctx, c.Items[0].ID, p[0], "snom")
				}
				return err
			}
			token := func() error { _, err := s.OpenToken(ctx, p[0], a[0], "t1"); return err }
			for name, tc := range map[string]struct {
				change string
				open   func() error
			}{
				"another number":                {"UPDATE credential SET sealed = " + sealed("credential", credential(0, 2)) + " WHERE " + credential(0, 1), open},
				"another platform":              {"UPDATE credential SET sealed = " + sealed("credential", credential(1, 1)) + " WHERE " + credential(0, 1), open},
				"another purpose":               {"UPDATE credential SET sealed = " + sealed("reseller", "vendor = 'snom'") + " WHERE " + credential(0, 1), open},
				"another key id":                {"UPDATE credential SET vendor_id = 'ck_other' WHERE " + credential(0, 1), open},
				"another table":                 {"UPDATE credential SET sealed = " + sealed("keysets", "1 = 1") + " WHERE " + credential(0, 1), open},
				"another vendor":                {"UPDATE reseller SET sealed = " + sealed("reseller", "vendor = 'yealink'") + " WHERE vendor = 'snom'", reseller},
				"another account":               {fmt.Sprintf("UPDATE account_token SET sealed = %s WHERE account_id = '%s'", sealed("account_token", fmt.Sprintf("account_id = '%s'", a[1])), a[0]), token},
				"a value cut short":             {"UPDATE reseller SET sealed = substr(sealed, 1, 40) WHERE vendor = 'snom'", reseller},
				"another platform's pasted key": {fmt.Sprintf("UPDATE campaign_item SET sealed = %s WHERE platform_id = '%s'", sealed("campaign_item", fmt.Sprintf("platform_id = '%s'", p[1])), p[0]), pasted},
				"an emptied account":            {fmt.Sprintf("UPDATE account_token SET sealed = substr(sealed, 1, 0) WHERE account_id = '%s'", a[0]), token},
			} {
				t.Run(name, func(t *testing.T) {
					if err := tc.open(); err != nil {
						t.Fatalf("before: %v", err)
					}
					tampered(t, s, strings.ReplaceAll(tc.change, "FROM keysets", "FROM (SELECT wrapped AS sealed FROM keyset) k"), func() {
						if err := tc.open(); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
							t.Errorf("want sealing_key_mismatch, got %v", err)
						}
					})
				})
			}
		})
	}
}

// tampered runs check while a change is in force, then takes the change back.
func tampered(t *testing.T, s *sqlstore.Store, change string, check func()) {
	t.Helper()
	keep := []string{"credential", "reseller", "account_token", "campaign_item"}
	for _, table := range keep {
		mustExec(t, s.Raw(), "CREATE TABLE kept_"+table+" AS SELECT * FROM "+table)
	}
	mustExec(t, s.Raw(), change)
	check()
	mustExec(t, s.Raw(), "UPDATE reseller SET sealed = (SELECT k.sealed FROM kept_reseller k WHERE k.vendor = reseller.vendor)")
	mustExec(t, s.Raw(), "UPDATE account_token SET sealed = (SELECT k.sealed FROM kept_account_token k WHERE k.account_id = account_token.account_id)")
	mustExec(t, s.Raw(), "UPDATE campaign_item SET sealed = (SELECT k.sealed FROM kept_campaign_item k WHERE k.platform_id = campaign_item.platform_id)")
	for _, column := range []string{"sealed", "vendor_id"} {
		mustExec(t, s.Raw(), "UPDATE credential SET "+column+" = (SELECT k."+column+" FROM kept_credential k WHERE k.platform_id = credential.platform_id AND k.number = credential.number)")
	}
	for _, table := range keep {
		mustExec(t, s.Raw(), "DROP TABLE kept_"+table)
	}
}

func mustExec(t *testing.T, conn *sql.DB, statement string) {
	t.Helper()
	if _, err := conn.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
