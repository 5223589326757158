package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/access"
	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

const (
	vendor = "snom"
	// userName is who signs in, tokenName the command line.
	userName, tokenName = "demo", "demo-cli"
	// tokenLife is longer than anybody lets a demo run.
	tokenLife = 30 * 24 * time.Hour
	// startTimeout bounds the server's start, PostgreSQL's migrations included.
	startTimeout = 60 * time.Second
	// stopTimeout is how long the server may take to stop before that is an error.
	stopTimeout = 20 * time.Second
)

// operator is in whose name the demo does what the local verbs do.
var operator = ztp.Actor{Kind: ztp.ActorLocal, Name: "demo", Role: ztp.SuperAdmin}

// stage is everything the story is played on: a simulated Snom, somebody's office
// network, a voice service, a store, and the running server.
type stage struct {
	cfg    Config
	dir    string
	sim    *srapssim.Server
	snom   *site
	office *site
	voice  *voice
	store  *sqlstore.Store
	// reseller is the credential that Snom knows; whether the installation has it
	// is another matter.
	reseller ztp.APIKey
	password ztp.Secret
	token    ztp.Secret
	client   *api.Client
	at       Addresses

	stopServer context.CancelFunc
	served     chan error
	closers    []func() error
}

// setUp makes a stage without a server, from listeners that are open already. The
// stage owns them from here on, also after an error.
func setUp(ctx context.Context, cfg Config, snom, office net.Listener, opts srapssim.Options) (_ *stage, err error) {
	s := &stage{cfg: cfg, sim: srapssim.New(opts)}
	s.snom = newSite(snom, s.sim.Handler())
	s.office = newSite(office, officeNetwork())
	s.closers = append(s.closers, s.office.close, func() error { s.sim.Close(); return s.snom.close() })
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.voice, err = openVoice(ctx); err != nil {
		return nil, fmt.Errorf("demo: open the voice service: %w", err)
	}
	s.closers = append(s.closers, s.voice.close)
	if err := s.folder(); err != nil {
		return nil, err
	}
	account := s.sim.Resellers()[0]
	s.reseller = ztp.APIKey{ID: account.KeyID, Secret: ztp.NewSecret(s.sim.SecretOf(account.KeyID))}
	if cfg.Database == "" {
		s.cfg.Database = filepath.Join(s.dir, "zerotouch.db")
	}
	s.store, err = sqlstore.Open(ctx, sqlstore.Config{
		DSN: s.cfg.Database, RootKey: sqlstore.KeyFile(filepath.Join(s.dir, "zerotouch.key")),
		Installation: Installation, Migrate: true,
	})
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	s.closers = append(s.closers, s.store.Close)
	return s, s.people(ctx)
}

// folder makes the data directory, or takes an empty one.
func (s *stage) folder() (err error) {
	if s.cfg.DataDir == "" {
		if s.dir, err = os.MkdirTemp("", "zerotouch-demo-"); err != nil {
			return fmt.Errorf("demo: make a folder: %w", err)
		}
		s.closers = append([]func() error{func() error { return os.RemoveAll(s.dir) }}, s.closers...)
		return nil
	}
	s.dir = s.cfg.DataDir
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("demo: make the folder: %w", err)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("demo: look into the folder: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("demo: %s is not empty. The simulated Snom forgets everything when it stops, so a demo begins with an empty folder: "+
			"remove what is in it, or name another one", s.dir)
	}
	return nil
}

// people makes who may sign in and what the command line signs with.
func (s *stage) people(ctx context.Context) (err error) {
	a := access.New(access.Config{Store: s.store})
	s.password = ztp.NewSecret(readable(ztp.NewToken().RevealSecret()))
	if err := a.AddUser(ctx, operator, userName, ztp.SuperAdmin, s.password); err != nil {
		return fmt.Errorf("demo: add the user: %w", err)
	}
	if s.token, err = a.AddToken(ctx, operator, tokenName, ztp.SuperAdmin, time.Now().Add(tokenLife)); err != nil {
		return fmt.Errorf("demo: add the token: %w", err)
	}
	return nil
}

// readable makes a password that can be typed from a screen: four groups of four
// of the 32 letters and digits, 80 random bits.
func readable(random string) string {
	return random[:4] + "-" + random[4:8] + "-" + random[8:12] + "-" + random[12:16]
}

// serve starts the product and returns when it answers.
func (s *stage) serve(ctx context.Context, listen Listen, start Start) error {
	start.Env = map[string]string{
		"ZEROTOUCH_DATA_DIR":         s.dir,
		"ZEROTOUCH_DATABASE":         s.cfg.Database,
		"ZEROTOUCH_INSTALLATION":     Installation,
		"ZEROTOUCH_ADMIN_LISTEN":     listen.Admin,
		"ZEROTOUCH_PHONE_LISTEN":     listen.Phone,
		"ZEROTOUCH_OPS_LISTEN":       listen.Ops,
		"ZEROTOUCH_PROVISIONING_URL": "http://" + listen.Phone,
		"ZEROTOUCH_SNOM_BASE_URL":    s.snom.url + srapssim.APIPrefix,
		"ZEROTOUCH_SNOM_RATE":        "0",
		"ZEROTOUCH_SIP_PROXY":        "sip:" + s.voice.at,
	}
	ready := make(chan Addresses, 1)
	start.Ready = func(a Addresses) { ready <- a }
	run, stop := context.WithCancel(ctx)
	s.stopServer, s.served = stop, make(chan error, 1)
	go func() { s.served <- s.cfg.Serve(run, start) }()
	late := time.NewTimer(startTimeout)
	defer late.Stop()
	select {
	case s.at = <-ready:
	case err := <-s.served:
		s.ended()
		if err == nil && ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("demo: start the server: %w", orStopped(err))
	case <-late.C:
		return fmt.Errorf("demo: the server did not answer within %s", startTimeout)
	case <-ctx.Done():
		return ctx.Err()
	}
	c, err := api.New(s.at.Admin, s.token.RevealSecret(), api.WithUserAgent("zerotouch-demo"))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	s.client = c
	return nil
}

// ended notes that the server has stopped, so that nobody waits for it again.
func (s *stage) ended() {
	s.stopServer()
	s.stopServer = nil
}

func orStopped(err error) error {
	if err == nil {
		return errors.New("it stopped by itself")
	}
	return err
}

// close stops the server first, then what it uses, in reverse.
func (s *stage) close() error {
	var errs []error
	if s.stopServer != nil {
		s.stopServer()
		late := time.NewTimer(stopTimeout)
		defer late.Stop()
		select {
		case err := <-s.served:
			errs = append(errs, err)
		case <-late.C:
			errs = append(errs, fmt.Errorf("demo: the server did not stop within %s", stopTimeout))
		}
	}
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	return errors.Join(errs...)
}

// seed puts the reseller credential into the installation, as `zerotouch
// reseller set` does beside a running server.
func (s *stage) seed(ctx context.Context) error {
	return reseller.Set(ctx, s.store, operator, vendor, s.reseller, time.Now())
}

// seeded reports whether the installation has the reseller credential.
func (s *stage) seeded(ctx context.Context) (bool, error) {
	_, err := reseller.Status(ctx, s.store, operator, vendor)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return false, nil
	}
	return err == nil, err
}

// unseed removes it again; Snom still knows it.
func (s *stage) unseed(ctx context.Context) error {
	return reseller.Remove(ctx, s.store, operator, vendor, time.Now())
}

// newPhone takes a phone out of its box, on the office network.
func (s *stage) newPhone(mac, model string) (*phonesim.Phone, error) {
	return phonesim.New(phonesim.Options{
		MAC: mac, Model: model, FactoryServer: s.snom.url,
		PnP: func(context.Context) (string, error) { return s.office.url + officePath, nil },
	})
}

// site is a handler on a listener.
type site struct {
	url    string
	server *http.Server
}

// headerTimeout is for whoever connects to a site and says nothing.
const headerTimeout = 5 * time.Second

func newSite(l net.Listener, h http.Handler) *site {
	s := &site{url: "http://" + l.Addr().String(), server: &http.Server{Handler: h, ReadHeaderTimeout: headerTimeout}}
	go func() { _ = s.server.Serve(l) }() // always ErrServerClosed: close is the one end
	return s
}

func (s *site) close() error { return s.server.Close() }
