package sqlstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

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
)

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

func credentialPlace(p ztp.PlatformID, v ztp.VendorName, n int) place {
	return place{forCredential, p, v, strconv.Itoa(n)}
}

func tokenPlace(p ztp.PlatformID, a ztp.AccountID, tokenID string) place {
	return place{forToken, p, "", string(a) + "/" + tokenID}
}

func canaryData(installation string) []string { return []string{sealFormat, installation} }

func (s *shared) seal(p place, plain []byte) ([]byte, error) {
	defer clear(plain)
	return s.keys.Seal(p.data(s.installation), plain)
}

// open gives back what was sealed; whatever does not open is an alarm.
func (s *shared) open(p place, sealed []byte) ([]byte, error) {
	plain, err := s.keys.Open(p.data(s.installation), sealed)
	if errors.Is(err, keyring.ErrMismatch) {
		return nil, &ztp.Error{
			Code:   ztp.CodeSealingKeyMismatch,
			Detail: fmt.Sprintf("A stored value (%s) does not open.", p.purpose),
			Err:    fmt.Errorf("%s %s/%s/%s: %w", p.purpose, p.platform, p.vendor, p.row, err),
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

func (s *shared) sealKey(p place, k ztp.APIKey) ([]byte, error) {
	plain, err := json.Marshal(sealedKey{k.ID, k.Secret.RevealSecret(), k.Role})
	if err != nil {
		return nil, err
	}
	return s.seal(p, plain)
}

func (s *shared) openKey(p place, sealed []byte) (ztp.APIKey, error) {
	plain, err := s.open(p, sealed)
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
