package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// snomLatency makes the simulator answer as slowly as a service far away, so that
// one can see an operation in flight.
const snomLatency = 120 * time.Millisecond

// Run starts everything, prints how to get in, and keeps it running until ctx
// ends. A busy port is an error that names it, before anything was started.
func Run(ctx context.Context, cfg Config) (err error) {
	cfg.Listen = cfg.Listen.withDefaults()
	d, err := openDoors(cfg.Listen)
	if err != nil {
		return err
	}
	s, err := setUp(ctx, cfg, d.snom, d.office, srapssim.Options{Latency: snomLatency})
	if err != nil {
		return errors.Join(err, d.desk.Close())
	}
	defer func() { err = errors.Join(err, s.close()) }()
	start := Start{DeskURL: "http://" + d.desk.Addr().String(), SignIn: signIn}
	if err := s.furnish(ctx, d.listen, start); err != nil {
		if err = errors.Join(err, d.desk.Close()); ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return nil // stopped while it was starting
		}
		return err
	}
	if err := s.openDesk(d.desk); err != nil {
		return err
	}
	if err := s.welcome(start.DeskURL); err != nil {
		return err
	}
	return s.wait(ctx)
}

// wait keeps everything running until ctx ends or the server stops by itself.
func (s *stage) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case err := <-s.served:
		s.ended()
		if err != nil || ctx.Err() == nil {
			return fmt.Errorf("demo: the server stopped: %w", orStopped(err))
		}
	}
	return s.print(map[string]bool{"stopping": true}, "\nStopping.\n")
}

// signIn stands on the sign-in page. The password is for whoever started the demo,
// not for everybody who can reach the port.
const signIn = "This is a demo. User name and password stand in the terminal where it was started."

// furnish brings the installation to where the demo begins.
func (s *stage) furnish(ctx context.Context, listen Listen, start Start) error {
	if err := s.seed(ctx); err != nil {
		return fmt.Errorf("demo: put the reseller credential in place: %w", err)
	}
	if err := s.serve(ctx, listen, start); err != nil {
		return err
	}
	return s.platforms(ctx)
}

// openDesk serves the desk on its listener, which it owns from here on.
func (s *stage) openDesk(l net.Listener) error {
	desk, err := newDesk(s)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s.voice.serveDesk(desk)
	h, err := desk.handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	s.closers = append(s.closers, newSite(l, h).close)
	return nil
}

// welcome prints how to get in. The reseller credential is not among it.
func (s *stage) welcome(deskURL string) error {
	object := map[string]string{
		"portal": s.at.Admin, "user": userName, "password": s.password.RevealSecret(), "desk": deskURL,
		"url": s.at.Admin, "token": s.token.RevealSecret(), "data_dir": s.cfg.DataDir,
	}
	return s.print(object, `zerotouch demo: the portal, a simulated Snom and simulated phones. Nothing leaves this machine.

  Portal      %s
  Sign in as  %s
  Password    %s
  Demo desk   %s   (plug in phones, boot, reset and watch them)

For the command line, in another terminal:

  export ZEROTOUCH_URL=%s
  export ZEROTOUCH_TOKEN=%s

Open the portal, choose Brightwater Voice and press Onboard. Ctrl-C stops the demo%s.
`, s.at.Admin, userName, s.password.RevealSecret(), deskURL, s.at.Admin, s.token.RevealSecret(), s.leaves())
}

// leaves says what is left behind.
func (s *stage) leaves() string {
	if s.cfg.DataDir == "" {
		return " and leaves nothing behind"
	}
	return "; its data stays in " + s.dir
}

// cast are the platforms of the demo; one of them has no account yet, so that one
// can meet that error.
var cast = []struct{ slug, name, account string }{
	{"brightwater", "Brightwater Voice", "Harbour Clinic"},
	{"norddial", "Norddial", "Stadtwerke Hafenstadt"},
	{"kestrel", "Kestrel Telecom", ""},
}

// platforms makes the platforms and accounts.
func (s *stage) platforms(ctx context.Context) error {
	for _, p := range cast {
		if _, err := s.client.CreatePlatform(ctx, api.NewPlatform{Slug: p.slug, Name: p.name}); err != nil {
			return fmt.Errorf("demo: make the platform %s: %w", p.name, err)
		}
		if p.account == "" {
			continue
		}
		if _, err := s.client.CreateAccount(ctx, p.slug, api.NewAccount{Name: p.account}); err != nil {
			return fmt.Errorf("demo: make the account %s: %w", p.account, err)
		}
	}
	return nil
}
