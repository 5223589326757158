package provision

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// lookupTimeout bounds all questions to the database for one phone. A phone
	// that waits longer than 5 s may give up for good until its next start.
	lookupTimeout = 4 * time.Second
	// touchEvery is how exactly "last fetched" is kept, so that a phone in a loop
	// costs no write per request.
	touchEvery = time.Minute
)

// errNotHere: this phone gets no file here, for a reason that only the log tells.
type errNotHere string

func (e errNotHere) Error() string { return string(e) }

// caller is a phone that asks, and what is known of it so far.
type caller struct {
	at       address
	account  ztp.Account
	endpoint ztp.Endpoint
	platform ztp.Platform
	// secrets: it came by its own token, over a connection that nobody reads.
	secrets bool
}

// phone answers /p/<rest>.
func (s *server) phone(w http.ResponseWriter, r *http.Request, rest string) {
	at, ok := parseAddress(rest)
	if !ok {
		notHere(w)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), lookupTimeout)
	defer cancel()
	c := &caller{at: at, secrets: r.TLS != nil && !at.device.IsZero()}
	err := s.identify(ctx, c)
	var f file
	if err == nil {
		f, err = s.settings(ctx, c)
	}
	log := s.cfg.Log.With("mac", at.mac.String(), "platform", c.platform.Slug, "account", c.account.Slug,
		"user_agent", cleanAgent(r.UserAgent()), "request_id", s.cfg.RequestID(r.Context()))
	var refused errNotHere
	switch {
	case errors.As(err, &refused):
		log.Info("phone not served", "reason", string(refused))
		notHere(w)
	case err != nil:
		log.Error("phone not served", "err", err)
		notNow(w)
	default:
		s.touch(ctx, log, r, c)
		log.Info("phone served", "status", f.send(w, r))
	}
}

// identify finds whose token, whose MAC and which platform these are. All questions are
// always asked, so that an unknown token takes no other time than an unknown MAC; with an
// unknown token the second is for a MAC that nobody has, so that the time tells
// nothing about the one that was asked for.
func (s *server) identify(ctx context.Context, c *caller) error {
	account, aerr := s.cfg.Store.AccountByToken(ctx, c.at.account)
	unknownToken := ztp.IsCode(aerr, ztp.CodeNotFound)
	mac := c.at.mac
	if unknownToken {
		mac = ztp.MAC{}
	}
	endpoint, eerr := s.cfg.Store.EndpointByMAC(ctx, mac)
	unknownMAC := ztp.IsCode(eerr, ztp.CodeNotFound)
	admitted := endpoint.Admits(c.at.device) // asked of no phone too, so that it takes the same time
	p, perr := s.cfg.Store.Platform(ctx, string(account.Platform))
	switch {
	case aerr != nil && !unknownToken:
		return aerr
	case eerr != nil && !unknownMAC:
		return eerr
	case unknownToken:
		return errNotHere("unknown token")
	case perr != nil:
		return perr
	}
	c.account, c.platform = account, p
	switch {
	case !p.HomeSince.IsZero() && (unknownMAC || endpoint.Platform != p.ID):
		return s.formerPhone(ctx, c)
	case unknownMAC:
		return errNotHere("MAC not registered")
	case endpoint.Platform != account.Platform || endpoint.Account != account.ID:
		return errNotHere("MAC of another account")
	case !admitted && c.at.device.IsZero():
		return errNotHere("address without the phone's own token")
	case !admitted:
		return errNotHere("wrong token of the phone")
	}
	c.endpoint = endpoint
	return nil
}

// formerPhone identifies one that its platform has given up and that still comes. It has
// no token of its own any more, and gets no secret: only where to ask from now on.
func (s *server) formerPhone(ctx context.Context, c *caller) error {
	e, err := s.cfg.Store.Endpoint(ctx, c.platform.ID, c.at.mac)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return errNotHere("MAC not registered")
	case err != nil:
		return err
	case e.Account != c.account.ID:
		return errNotHere("MAC of another account")
	}
	c.endpoint = e
	return nil
}

// settings renders the file: while the platform sends its phones home, where that is.
func (s *server) settings(ctx context.Context, c *caller) (file, error) {
	renderer, ok := s.renderers[c.endpoint.Vendor]
	if !ok {
		return file{}, errNotHere("no settings for phones of this vendor")
	}
	wanted := ztp.SettingsFor(c.endpoint)
	wanted.Home, wanted.Secrets = !c.platform.HomeSince.IsZero(), c.secrets
	if !wanted.Home {
		if err := s.resolve(ctx, c, &wanted); err != nil {
			return file{}, err
		}
	}
	text, kind, err := renderer.RenderSettings(wanted)
	if ztp.IsCode(err, ztp.CodeNotRendered) {
		return file{}, errNotHere("the model reads another format: " + ztp.AsError(err).Detail)
	}
	if err != nil {
		return file{}, err
	}
	if len(text) == 0 {
		return file{}, errors.New("the settings file came out empty")
	}
	return newFile(text, kind), nil
}

// resolve finds what counts for the phone. Secrets are opened for those alone that get
// them.
func (s *server) resolve(ctx context.Context, c *caller, wanted *ztp.PhoneSettings) (err error) {
	if wanted.URL, err = s.ownURL(ctx, c); err != nil {
		return err
	}
	read := s.cfg.Store.Settings
	if c.secrets {
		read = s.cfg.Store.OpenSettings
	}
	layers, err := read(ctx, c.endpoint.SettingScopes()...)
	wanted.Values = ztp.ResolveSettings(layers...)
	return err
}

// ownURL is the URL at which the phone is to come from now on. It carries the account's
// current token and the phone's own, so that a phone that still has an earlier URL moves on.
func (s *server) ownURL(ctx context.Context, c *caller) (ztp.Secret, error) {
	template := ztp.TemplateFor(c.platform, s.cfg.URL)
	switch {
	case template.IsZero():
		return ztp.Secret{}, errors.New("no provisioning URL is configured")
	case !template.ServedHere():
		return ztp.Secret{}, errNotHere("the platform's phones are served elsewhere")
	}
	token, err := s.cfg.Store.OpenToken(ctx, c.platform.ID, c.account.ID, c.account.TokenID)
	if err != nil {
		return ztp.Secret{}, err
	}
	if c.endpoint.DeviceTokenHash == "" {
		return template.ForProfile().Fill(token), nil
	}
	device := c.at.device
	if device.IsZero() {
		tokens, err := s.cfg.Store.DeviceTokens(ctx, c.platform.ID, []ztp.MAC{c.at.mac})
		if err != nil {
			return ztp.Secret{}, err
		}
		if device = tokens[c.at.mac]; device.IsZero() {
			return ztp.Secret{}, errNotHere("released meanwhile")
		}
	}
	return template.ForPhone().FillPhone(token, device), nil
}

// touch records the fetch. A phone gets its file whether that works or not.
func (s *server) touch(ctx context.Context, log *slog.Logger, r *http.Request, c *caller) {
	if c.endpoint.PlainURL && !c.at.device.IsZero() {
		if err := s.cfg.Store.LeavePlainURL(ctx, c.platform.ID, c.at.mac); err != nil {
			log.Warn("coming by its own URL not recorded", "err", err)
		}
	}
	now := s.now()
	known := now.Sub(c.endpoint.FetchedAt) < touchEvery && !c.endpoint.FetchedAt.Before(c.platform.HomeSince)
	if r.Method != http.MethodGet || known {
		return
	}
	if err := s.cfg.Store.TouchEndpoint(ctx, c.platform.ID, c.at.mac, now); err != nil {
		log.Warn("fetch not recorded", "err", err)
	}
}
