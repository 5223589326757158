package provision

import (
	"regexp"
	"strings"

	"zerotouch.example/internal/ztp"
)

var (
	noncePattern = regexp.MustCompile(`^[0-9a-f]{32}$`)
	// macPattern has the spellings in which servers and phones write a MAC: plain,
	// in pairs with one kind of separator, and in three groups with dots.
	macPattern = regexp.MustCompile(`^([0-9A-Fa-f]{12}|` +
		`[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(-[0-9A-Fa-f]{2}){5}|` +
		`[0-9A-Fa-f]{4}(\.[0-9A-Fa-f]{4}){2})$`)
)

// maxRest is longer than every token, slash and MAC; what is longer is not looked at.
const maxRest = 64

// parseAddress reads "<token>/<mac>", what follows /p/ in the path as it was sent.
// Nothing escaped, nothing before, between or after is taken.
func parseAddress(rest string) (token ztp.Secret, mac ztp.MAC, ok bool) {
	if len(rest) > maxRest {
		return ztp.Secret{}, ztp.MAC{}, false
	}
	t, m, _ := strings.Cut(rest, "/")
	if !ztp.ValidToken(t) || !macPattern.MatchString(m) {
		return ztp.Secret{}, ztp.MAC{}, false
	}
	mac, err := ztp.ParseMAC(m)
	return ztp.NewSecret(t), mac, err == nil
}
