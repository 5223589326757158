// Package sraps is a client for the REST API of Snom SRAPS, the redirection
// service of Snom. It signs with Hawk, follows links to hosts it was told to trust,
// reads lists page by page, and says of every failure what is known about it.
//
// It knows no type of zerotouch, keeps no state but clock offsets, retries
// nothing (but Hawk's one clock correction) and logs nothing. What the calls mean
// is decided in package snom. Start reading at Client; assumed.go holds the calls
// that nobody documents in public.
package sraps

import (
	"log/slog"
	"regexp"
	"time"
)

// Limits of every call.
const (
	connectTimeout = 5 * time.Second
	// CallTimeout bounds one call in all, connection included.
	CallTimeout = 20 * time.Second
	maxAnswer   = 8 << 20
)

// DefaultBaseURL is the live service (client code in production since 2025).
const DefaultBaseURL = "https://api.sraps.snom.com" + BasePath

// BasePath is how the path of every base URL ends, unless a gateway moves the service.
const BasePath = "/api/v1/"

// knownHosts may appear in links of the live service: the same API answers under
// an older name (client code in production).
var knownHosts = []string{"api.sraps.snom.com", "secure-provisioning.snom.com"}

// idShape is what ids look like at most; stricter would be a guess (client code
// in production has seen one form of several).
var idShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Key is an access key: id and secret. It prints as its id, shortened.
type Key struct {
	ID     string
	Secret string
}

func (k Key) String() string {
	if len(k.ID) > 9 {
		return k.ID[:9] + "…"
	}
	return k.ID
}

// GoString hides the secret from %#v too.
func (k Key) GoString() string { return k.String() }

// LogValue hides it from slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
