package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/ztp"
)

// sealFormat is the first element of all associated data.
const sealFormat = "v1"

// purpose keeps values of different kinds apart.
type purpose string

const (
	forCredential purpose = "vendor-credential"
	forReseller   purpose = "reseller"
	forToken      purpose = "provisioning-token"
	forAudit      purpose = "audit-chain"
	forCampaign   purpose = "campaign-key"
	forPIN        purpose = "endpoint-pin"
	forDevice     purpose = "device-token"
	forSetting    purpose = "setting"
	forPassword   purpose = "phone-password"
	forRollout    purpose = "setting-rollout"
	forPhonesRoot purpose = "phones-root-key"
)

// ofPhones: whoever serves phones has to open these, and only these.
func (p purpose) ofPhones() bool {
	switch p {
	case forToken, forDevice, forSetting, forRollout, forPassword:
		return true
	}
	return false
}

// place says where a sealed value belongs; it opens nowhere else.
type place struct {
	purpose  purpose
	platform ztp.PlatformID
	vendor   ztp.VendorName
	row      string
}

func (p place) data(installation string) []string {
	return []string{sealFormat, installation, string(p.purpose), string(p.platform), string(p.vendor), p.row}
}

// String names the value for people; none of it is secret.
func (p place) String() string {
	return fmt.Sprintf("%s %s/%s/%s", p.purpose, p.platform, p.vendor, p.row)
}

func credentialPlace(p ztp.PlatformID, v ztp.VendorName, n int) place {
	return place{forCredential, p, v, strconv.Itoa(n)}
}

func resellerPlace(v ztp.VendorName) place { return place{purpose: forReseller, vendor: v} }

func tokenPlace(p ztp.PlatformID, a ztp.AccountID, tokenID string) place {
	return place{forToken, p, "", string(a) + "/" + tokenID}
}

func campaignPlace(id ztp.CampaignID, p ztp.PlatformID, v ztp.VendorName) place {
	return place{forCampaign, p, v, string(id)}
}

func pinPlace(p ztp.PlatformID, mac string) place { return place{forPIN, p, "", mac} }

func devicePlace(p ztp.PlatformID, mac string) place { return place{forDevice, p, "", mac} }

// settingPlace takes the platform out of the scope's id, which has it.
func settingPlace(scope, name, index string) place {
	_, rest, _ := strings.Cut(scope, "/")
	p, _, _ := strings.Cut(rest, "/")
	return place{forSetting, ztp.PlatformID(p), "", scope + "/" + name + "/" + index}
}

// rolloutPlace binds a value that is on its way to its rollout, too.
func rolloutPlace(scope, rollout, side, name, index string) place {
	p := settingPlace(scope, name, index)
	p.purpose, p.row = forRollout, rollout+"/"+side+"/"+p.row
	return p
}

func passwordPlace(p ztp.PlatformID, mac string) place { return place{forPassword, p, "", mac} }

func canaryData(installation string) []string { return []string{sealFormat, installation} }

// seal works in a transaction alone: see sealing.
func (s *Store) seal(ctx context.Context, p place, plain []byte) ([]byte, error) {
	defer clear(plain)
	ring, err := s.sealing(ctx, p.purpose)
	if err != nil {
		return nil, err
	}
	return ring.Seal(p.data(s.installation), plain)
}

// opened reads a sealed value and opens it; whatever does not open is an alarm.
func (s *Store) opened(ctx context.Context, p place, read func() ([]byte, error)) ([]byte, error) {
	for try := 1; ; try++ {
		sealed, err := read()
		if err != nil {
			return nil, err
		}
		ring := s.held.Load().opening(p.purpose, sealed)
		if ring != nil || try == openTries {
			return s.openWith(ring, p, sealed)
		}
		if _, _, err := s.load(ctx); err != nil {
			return nil, err
		}
	}
}

func (s *shared) openWith(ring *keyring.Keyring, p place, sealed []byte) ([]byte, error) {
	var plain []byte
	err := keyring.ErrMismatch // of a key that this process does not have
	if ring != nil {
		plain, err = ring.Open(p.data(s.installation), sealed)
	}
	if errors.Is(err, keyring.ErrMismatch) {
		return nil, &ztp.Error{
			Code:   ztp.CodeSealingKeyMismatch,
			Detail: fmt.Sprintf("A stored value (%s) does not open.", p.purpose),
			Err:    fmt.Errorf("%s: %w", p, err),
		}
	}
	return plain, err
}

// sealedKey is the plain form of a key pair. The id is sealed with the secret, so
// that the two cannot be mixed with those of another row.
type sealedKey struct {
	ID     string `json:"key_id"`
	Secret string `json:"key_secret"`
	Role   string `json:"role,omitempty"`
}

func (s *Store) sealKey(ctx context.Context, p place, k ztp.APIKey) ([]byte, error) {
	plain, err := json.Marshal(sealedKey{k.ID, k.Secret.RevealSecret(), k.Role})
	if err != nil {
		return nil, err
	}
	return s.seal(ctx, p, plain)
}

func (s *Store) openedKey(ctx context.Context, p place, read func() ([]byte, error)) (ztp.APIKey, error) {
	plain, err := s.opened(ctx, p, read)
	if err != nil {
		return ztp.APIKey{}, err
	}
	defer clear(plain)
	var k sealedKey
	if json.Unmarshal(plain, &k) != nil { // its text would repeat the value
		return ztp.APIKey{}, ztp.Errorf(ztp.CodeSealingKeyMismatch, "A stored value (%s) is not a key.", p.purpose)
	}
	return ztp.APIKey{ID: k.ID, Secret: ztp.NewSecret(k.Secret), Role: k.Role}, nil
}
