package sqlstore_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// PIN and device token are sealed where they lie, open nowhere else, and go through a
// rotation of the keys.
func TestSecrets_OfPhones(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		p, a := filled(t, s)
		macs, tokens := []ztp.MAC{}, map[ztp.MAC]ztp.Secret{}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for i := range 2 {
			mac, err := ztp.ParseMAC(fmt.Sprintf("0004130000%02x", i))
			must(err)
			must(s.SaveEndpoint(ctx, ztp.Endpoint{Platform: p[0], Vendor: "snom", MAC: mac, Account: a[0], ProductGroup: "D-Series", State: ztp.EndpointWanted}))
			must(s.SetPIN(ctx, p[0], mac, ztp.NewSecret(fmt.Sprint("pin-in-the-open-", i))))
			macs, tokens[mac] = append(macs, mac), ztp.NewToken()
		}
		must(s.SetDeviceTokens(ctx, p[0], tokens))
		wantPhoneSecretsHidden(t, s, dsn, tokens)
		mustRotate(t, s)
		for i, mac := range macs {
			got, err := s.DeviceTokens(ctx, p[0], macs)
			must(err)
			pin, err := s.PIN(ctx, p[0], mac)
			must(err)
			if !got[mac].Equal(tokens[mac]) || !pin.Equal(ztp.NewSecret(fmt.Sprint("pin-in-the-open-", i))) {
				t.Errorf("%s: token or PIN is another after a rotation of the keys", mac)
			}
		}
		for name, change := range map[string]string{
			"another phone's token": "device_token = (SELECT x.device_token FROM endpoint x WHERE x.mac = '" + macs[1].String() + "')",
			"a PIN as the token":    "device_token = pin",
		} {
			_, err := s.Raw().Exec("UPDATE endpoint SET " + change + " WHERE mac = '" + macs[0].String() + "'")
			must(err)
			if _, err := s.DeviceTokens(ctx, p[0], macs[:1]); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
				t.Errorf("%s: want sealing_key_mismatch, got %v", name, err)
			}
		}
		_, err := s.Raw().Exec("UPDATE endpoint SET pin = (SELECT x.pin FROM endpoint x WHERE x.mac = '" + macs[1].String() + "') WHERE mac = '" + macs[0].String() + "'")
		must(err)
		if _, err := s.PIN(ctx, p[0], macs[0]); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
			t.Errorf("another phone's PIN: want sealing_key_mismatch, got %v", err)
		}
	})
}

// wantPhoneSecretsHidden searches the rows, and the files where there are any.
func wantPhoneSecretsHidden(t *testing.T, s *sqlstore.Store, dsn string, tokens map[ztp.MAC]ztp.Secret) {
	t.Helper()
	secrets := []string{"pin-in-the-open"}
	for _, token := range tokens {
		secrets = append(secrets, token.RevealSecret())
	}
	text := map[string][]byte{}
	if filepath.IsAbs(dsn) {
		text = snapshot(t, filepath.Dir(dsn))
	} else {
		text["endpoint"] = []byte(strings.Join(column(t, s.Raw(), "SELECT CAST(x AS text) FROM endpoint x"), "\n"))
	}
	found := 0
	for name, bytes := range text {
		found += strings.Count(string(bytes), "00:04:13:00:00:01")
		for _, secret := range secrets {
			if strings.Contains(string(bytes), secret) || strings.Contains(string(bytes), fmt.Sprintf("%x", secret)) {
				t.Errorf("%s holds %s… in the open", name, secret[:6])
			}
		}
	}
	if found == 0 {
		t.Error("the phones' rows were not there to be searched")
	}
}
