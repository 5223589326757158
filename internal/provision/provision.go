// Package provision serves phones: it answers which settings file the phone with
// a certain MAC gets, at <provisioning URL>/p/<account token>/<device token>/<mac>,
// and proves that a provisioning URL leads here before it is sent to a vendor.
//
// A valid account token, a MAC registered for its account and that phone's own token
// get the file; everything else gets one and the same 404, so that nobody learns what
// exists by asking. A phone from before there were tokens of their own is served
// without, until it has come by its own URL. Trouble on this side is 503 and never an empty or a partial file, since
// a phone would believe that. Secrets are in the file of a phone alone that came by its own
// token over TLS.
// Nothing here changes a platform, and neither a Disable nor a paused phone stops it.
//
// Start reading at routes.go, then phone.go; checker.go proves addresses.
package provision

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"zerotouch.example/internal/ztp"
)

// Store is what is asked to serve phones.
type Store interface {
	AccountByToken(ctx context.Context, token ztp.Secret) (ztp.Account, error)
	EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error)
	Platform(ctx context.Context, ref string) (ztp.Platform, error)
	Endpoint(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Endpoint, error)
	OpenToken(ctx context.Context, p ztp.PlatformID, id ztp.AccountID, tokenID string) (ztp.Secret, error)
	DeviceTokens(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) (map[ztp.MAC]ztp.Secret, error)
	Settings(ctx context.Context, scopes ...ztp.SettingScope) ([]ztp.ScopeSettings, error)
	OpenSettings(ctx context.Context, scopes ...ztp.SettingScope) ([]ztp.ScopeSettings, error)
	LeavePlainURL(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) error
	TouchEndpoint(ctx context.Context, p ztp.PlatformID, mac ztp.MAC, at time.Time) error
	Challenge(ctx context.Context, nonce string, now time.Time) (string, error)
}

// Config is what New needs. Store is required.
type Config struct {
	Store Store
	// Vendors are those of this build. One that is no ztp.SettingsRenderer has no
	// settings file here, so its phones get the 404.
	Vendors []ztp.Vendor
	// URL is the template of the installation's provisioning URL; zero when none
	// is configured.
	URL ztp.URLTemplate
	// RequestID returns the id under which a request is logged; may be nil.
	RequestID func(context.Context) string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
}

// server answers phones.
type server struct {
	cfg       Config
	renderers map[ztp.VendorName]ztp.SettingsRenderer
}

// New returns the handler of the phone listener.
func New(cfg Config) (http.Handler, error) {
	if cfg.Store == nil {
		return nil, errors.New("provision: Store is required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.RequestID == nil {
		cfg.RequestID = func(context.Context) string { return "" }
	}
	s := &server{cfg: cfg, renderers: map[ztp.VendorName]ztp.SettingsRenderer{}}
	for _, v := range cfg.Vendors {
		if r, ok := v.(ztp.SettingsRenderer); ok {
			s.renderers[v.Describe().Name] = r
		}
	}
	return s.routes(), nil
}

// now is the clock cut to the store's resolution.
func (s *server) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Millisecond) }
