package ztp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

func TestParseCompanies(t *testing.T) {
	t.Parallel()
	plain := []ztp.CompanyPair{{Line: 2, CompanyID: "c1", Platform: "acme"}, {Line: 3, CompanyID: "c2", Platform: "other"}}
	for name, tc := range map[string]struct {
		file string
		want []ztp.CompanyPair
	}{
		"as documented":      {"company_id,platform\nc1,acme\nc2,other\n", plain},
		"from a spreadsheet": {"\ufeffcompany_id;platform\r\nc1;acme\r\nc2;other\r\n;\r\n\r\n", plain},
		"tabs, quotes":       {"Company_ID\tPlatform\n\"c1\"\tacme\nc2\t other \n", plain},
		"keys, other order": {"key_secret,platform,company_id,key_id\ns3cr3t-1,acme,c1,ck_1\n,other,c2,\n", []ztp.CompanyPair{
			{Line: 2, CompanyID: "c1", Platform: "acme", Key: ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret("s3cr3t-1")}},
			{Line: 3, CompanyID: "c2", Platform: "other"}}},
		"short line": {"company_id,platform,key_id,key_secret\nc1,acme\nc2,other,,\n", plain},
	} {
		got, err := ztp.ParseCompanies([]byte(tc.file))
		if diff := cmp.Diff(tc.want, got, cmp.Comparer(ztp.Secret.Equal)); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestParseCompanies_Wrong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ file, field, want string }{
		"empty":            {"", "csv", "empty"},
		"header only":      {"company_id,platform\n", "csv", "no lines"},
		"no header":        {"c1,acme\n", "csv", "unknown name"},
		"column twice":     {"company_id,platform,platform\nc1,a,b", "csv", "twice"},
		"column missing":   {"company_id,key_id\nc1,a", "csv", "platform"},
		"too many columns": {"company_id,platform\nc1,acme\nc2,other,more\n", "line 3", "3 columns"},
		"torn quotes":      {"company_id,platform\nc1,\"acme\nc2,other\n", "line 3", "quotation"},
		"UTF-16":           {"\xff\xfec\x00", "csv", "UTF-8"},
		"too many lines":   {"company_id,platform\n" + strings.Repeat("c,a\n", ztp.MaxCompanyPairs+1), "csv", "5001"},
	} {
		got, err := ztp.ParseCompanies([]byte(tc.file))
		if text := ztp.AsError(err).Fields[tc.field]; got != nil || !strings.Contains(text, tc.want) {
			t.Errorf("%s: %v, %v", name, got, ztp.AsError(err).Fields)
		}
	}
}

// Whatever comes in, there is a result or a refusal that repeats no value.
func FuzzParseCompanies(f *testing.F) {
	f.Add([]byte("company_id,platform,key_id,key_secret\nc1,acme,ck_1,topsecret"))
	f.Add([]byte("\ufeffcompany_id;platform\r\n\"c1;acme"))
	f.Fuzz(func(t *testing.T, file []byte) {
		pairs, err := ztp.ParseCompanies(file)
		if (err == nil) == (len(pairs) == 0) {
			t.Errorf("%d pairs and %v", len(pairs), err)
		}
		if err != nil && len(ztp.AsError(err).Fields) == 0 {
			t.Errorf("it does not say where: %v", err)
		}
	})
}
