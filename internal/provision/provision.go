// Package provision serves phones: it answers which settings file the phone with
// a certain MAC gets, at <provisioning URL>/p/<account token>/<device token>/<mac>,
// and proves that a provisioning URL leads here before it is sent to a vendor.
//
// What is not a valid account token, a MAC registered for its account and that phone's own
// token gets one and the same 404, so that nobody learns what exists by asking. What a
// phone with the right token gets is decided in ztp.Decide alone: its settings with an HTTP
// password of its own, by which it proves itself from then on; or holding settings, without
// a secret, that let it come again. Trouble on this side is 503 and never an empty or a
// partial file, since a phone would believe that.
// Nothing here changes a platform, and neither a Disable nor a paused phone stops it.
//
// Who the phones are, and what was read and made for one before, is kept in memory and true
// by a feed of changes; nothing is decided there.
//
// Start reading at routes.go, then phone.go; recall.go and feed.go have what is in memory,
// checker.go proves addresses.
package provision

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

// Store is what is asked to serve phones.
type Store interface {
	AccountByToken(ctx context.Context, token ztp.Secret) (ztp.Account, error)
	EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error)
	Platform(ctx context.Context, ref string) (ztp.Platform, error)
	Account(ctx context.Context, p ztp.PlatformID, ref string) (ztp.Account, error)
	ContactsOfMAC(ctx context.Context, mac ztp.MAC) ([]ztp.Contact, error)
	ContactPassword(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Secret, error)
	AccountTokenID(ctx context.Context, token ztp.Secret) (string, error)
	TouchAccountToken(ctx context.Context, p ztp.PlatformID, a ztp.AccountID, id string, at time.Time) error
	NoteFetches(ctx context.Context, all []ztp.Fetch) error
	NoteUnclaimed(ctx context.Context, all []ztp.UnclaimedPhone) error
	AppendEvent(ctx context.Context, e ztp.Event) error
	// Tx is where a contact is saved with its event.
	Tx(ctx context.Context, f func(ztp.Store) error) error
	Endpoint(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Endpoint, error)
	OpenToken(ctx context.Context, p ztp.PlatformID, id ztp.AccountID, tokenID string) (ztp.Secret, error)
	DeviceTokens(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) (map[ztp.MAC]ztp.Secret, error)
	OpenSettings(ctx context.Context, scopes ...ztp.SettingScope) ([]ztp.ScopeSettings, error)
	LeavePlainURL(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) error
	TouchEndpoint(ctx context.Context, p ztp.PlatformID, mac ztp.MAC, at time.Time) error
	Challenge(ctx context.Context, nonce string, now time.Time) (string, error)
	ztp.PhoneFeedStore
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
	// Address is where a request comes from, behind proxies; its connection's when nil.
	Address func(*http.Request) string
	// Secure reports whether a request came over TLS; nil asks the connection. Local: it
	// comes from this machine, which is as good where the URL of phones is one of this machine.
	Secure, Local func(*http.Request) bool
	// Certificate is the MAC in the verified certificate of a phone, zero without one; nil
	// knows none.
	Certificate func(*http.Request) ztp.MAC
	// Certificates: the bundle is there by which certificates of phones are believed.
	Certificates bool
	// Older reports whether a process is alive that does not know the URL of a phone with a
	// password yet, during an upgrade: then no phone is sent there. nil knows of none.
	Older func(context.Context) (bool, error)
	// Memory is how many bytes what is remembered of phones takes at most; 256 MiB when 0.
	Memory int64
	// Rate is how often a phone gets its settings within a minute at most: 60 when 0, and
	// below 0 without a limit.
	Rate int
	// Wait lets a while pass; nil does.
	Wait func(context.Context, time.Duration)
	// Tell gives the line that is logged of a request what came of it, and reports whether
	// there is such a line; nil has none, and a line of its own is logged here.
	Tell func(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) bool
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
	budget    *budget
	notes     *notes
	fetches   *fetches
	asked     *memory[asking]
	// early: an older process is alive, as far as is known.
	early atomic.Bool
	feed  *feed
	known *known
	slots *slots
	pace  *pace
	// patience is lookupTimeout, but in tests.
	patience time.Duration
	// remembering is Run's.
	remembering remembering
}

// Handler answers the phone listener. Its Run writes down what it notes meanwhile.
type Handler struct {
	http.Handler
	s *server
}

// phonesAsked is how many phones are remembered that were asked for their password.
const phonesAsked = 20_000

// New returns the handler of the phone listener.
func New(cfg Config) (*Handler, error) {
	if cfg.Store == nil {
		return nil, errors.New("provision: Store is required")
	}
	cfg.fill()
	s := &server{
		cfg: cfg, renderers: map[ztp.VendorName]ztp.SettingsRenderer{}, budget: newBudget(), notes: newNotes(), fetches: newFetches(),
		asked: newMemory[asking](askedKept, phonesAsked), slots: newSlots(lookUps), pace: &pace{most: cfg.Rate}, patience: lookupTimeout,
	}
	s.feed = newFeed(cfg.Store, s.now, cfg.Log)
	s.known = newKnown(s.feed, int(cfg.Memory))
	s.remembering.left.Store(-1)
	s.early.Store(cfg.Older != nil) // until Run has asked
	for _, v := range cfg.Vendors {
		if r, ok := v.(ztp.SettingsRenderer); ok {
			s.renderers[v.Describe().Name] = r
		}
	}
	return &Handler{s.routes(), s}, nil
}

// fill puts in what a zero value stands for.
func (cfg *Config) fill() {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Tell == nil {
		cfg.Tell = func(context.Context, slog.Level, string, ...slog.Attr) bool { return false }
	}
	if cfg.RequestID == nil {
		cfg.RequestID = func(context.Context) string { return "" }
	}
	if cfg.Address == nil {
		cfg.Address = func(r *http.Request) string { return r.RemoteAddr }
	}
	if cfg.Secure == nil {
		cfg.Secure = func(r *http.Request) bool { return r.TLS != nil }
	}
	if cfg.Local == nil {
		cfg.Local = func(r *http.Request) bool {
			at, err := netip.ParseAddrPort(r.RemoteAddr)
			return err == nil && at.Addr().Unmap().IsLoopback()
		}
	}
	if cfg.Certificate == nil {
		cfg.Certificate = func(*http.Request) ztp.MAC { return ztp.MAC{} }
	}
	if cfg.Wait == nil {
		cfg.Wait = wait
	}
	if cfg.Memory == 0 {
		cfg.Memory = phoneMemory
	}
	if cfg.Rate == 0 {
		cfg.Rate = settingsAMinute
	}
}

// now is the clock cut to the store's resolution.
func (s *server) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Millisecond) }
