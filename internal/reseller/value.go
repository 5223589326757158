package reseller

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"zerotouch.example/internal/ztp"
)

// Bounds of a key secret. Vendors' secrets are opaque; these only tell a secret
// from an empty line or a whole file pasted by mistake.
const (
	minSecret = 8
	maxSecret = 512
)

// Validate says what is wrong with a credential before anything is written: invalid
// with the fields key_id, key_secret and role.
func Validate(k ztp.APIKey) error { return ztp.InvalidFields(wrongFields(k)) }

// wrongFields says what is wrong with a credential, by field. It never repeats a
// value.
func wrongFields(k ztp.APIKey) map[string]string {
	fields := map[string]string{}
	if !ztp.ValidKeyID(k.ID) {
		fields["key_id"] = "A key id has 1 to 128 characters: letters, digits, _ and -."
	}
	if !validSecret(k.Secret.RevealSecret()) {
		fields["key_secret"] = "A key secret has 8 to 512 printable ASCII characters and no space at its ends."
	}
	if k.Role != "" && !ztp.ValidName(k.Role) {
		fields["role"] = "A role has at most 120 characters, no control characters and no space at its ends."
	}
	return fields
}

func validSecret(s string) bool {
	if len(s) < minSecret || len(s) > maxSecret || strings.TrimSpace(s) != s {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r > 0x7e })
}

// The ways in which a stored value can be wrong. They are written here, not taken
// from the JSON decoder, whose errors quote pieces of what it reads.
var (
	errNotObject = errors.New(`the value is not a JSON object with "key_id" and "key_secret"`)
	errField     = errors.New(`the value has a field other than "key_id", "key_secret" and "role"`)
	errTwice     = errors.New("the value has the same field twice")
	errNotString = errors.New("a field of the value is not a string")
	errTrailing  = errors.New("something follows the JSON object")
)

// parseValue reads {"key_id","key_secret","role"?}. The error says what is wrong
// without repeating any of it.
func parseValue(value string) (ztp.APIKey, error) {
	fields, err := parseFields(value)
	if err != nil {
		return ztp.APIKey{}, err
	}
	key := ztp.APIKey{ID: fields["key_id"], Secret: ztp.NewSecret(fields["key_secret"]), Role: fields["role"]}
	for _, name := range []string{"key_id", "key_secret", "role"} {
		if why, wrong := wrongFields(key)[name]; wrong {
			return ztp.APIKey{}, errors.New("its field \"" + name + "\" is not right: " + strings.TrimSuffix(why, "."))
		}
	}
	return key, nil
}

// parseFields reads one JSON object of strings with the known names, exactly
// spelled and once each.
func parseFields(value string) (map[string]string, error) {
	d := json.NewDecoder(strings.NewReader(value))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errNotObject
	}
	fields := map[string]string{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errNotObject
		}
		n := name.(string) // the decoder yields nothing else as a name
		if n != "key_id" && n != "key_secret" && n != "role" {
			return nil, errField
		}
		if _, twice := fields[n]; twice {
			return nil, errTwice
		}
		v, err := d.Token()
		if err != nil {
			return nil, errNotObject
		}
		s, ok := v.(string)
		if !ok {
			return nil, errNotString
		}
		fields[n] = s
	}
	if _, err := d.Token(); err != nil {
		return nil, errNotObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return fields, nil
}
