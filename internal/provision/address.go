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

// plainMAC is the first of the spellings, which nearly all phones use.
func plainMAC(s string) bool { return len(s) == 12 && strings.Trim(s, "0123456789ABCDEFabcdef") == "" }

// settledPart stands before the MAC in the URL of a phone that has its settings.
const settledPart = "s/"

// maxRest is longer than all tokens, slashes and a MAC; what is longer is not looked at.
const maxRest = 96

// address is what a phone's path says. device is zero in one without the phone's own
// token. The hashes are those of both, also of one that is zero.
type address struct {
	account, device         ztp.Secret
	accountHash, deviceHash string
	mac                     ztp.MAC
	settled                 bool
}

func (a address) way() ztp.Way {
	switch {
	case a.settled:
		return ztp.WaySettled
	case a.device.IsZero():
		return ztp.WayPlain
	}
	return ztp.WayFirst
}

// parseAddress reads "<account token>/<device token>/s/<mac>", "<account token>/<device
// token>/<mac>" or "<account token>/<mac>", what follows /p/ in the path as it was sent.
// Nothing escaped, nothing before, between or after is taken.
func parseAddress(rest string) (a address, ok bool) {
	if len(rest) > maxRest {
		return a, false
	}
	t, m, _ := strings.Cut(rest, "/")
	if d, after, own := strings.Cut(m, "/"); own {
		if !ztp.ValidToken(d) {
			return a, false
		}
		a.device = ztp.NewSecret(d)
		m, a.settled = strings.CutPrefix(after, settledPart)
	}
	if !ztp.ValidToken(t) || !plainMAC(m) && !macPattern.MatchString(m) {
		return a, false
	}
	mac, err := ztp.ParseMAC(m)
	a.account, a.mac = ztp.NewSecret(t), mac
	a.accountHash, a.deviceHash = ztp.HashToken(a.account), ztp.HashToken(a.device)
	return a, err == nil
}
