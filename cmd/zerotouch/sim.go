package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

type simCmd struct {
	Snom simSnomCmd `cmd:"" help:"Simulate Snom SRAPS, and what factory-fresh phones ask it."`
}

// simSnomCmd serves the simulator until it is told to stop. The key file holds the
// secret of the reseller's key as its first line; a missing one is made with a
// fresh secret and mode 0600, so that it can be given to `reseller set` as it is.
type simSnomCmd struct {
	Listen      string        `default:"127.0.0.1:7700" placeholder:"ADDR" help:"Address of the service (${default})."`
	Control     string        `default:"127.0.0.1:7701" placeholder:"ADDR" help:"Address of the control port: /state, /calls, /faults, /reset (${default})."`
	KeyID       string        `name:"key-id" default:"ck_reseller" placeholder:"ID" help:"Id of the reseller's key (${default})."`
	KeyFile     string        `name:"key-file" required:"" placeholder:"FILE" help:"File whose first line is the secret of that key; made with a fresh one when missing."`
	ChildWrites string        `name:"child-writes" default:"no" enum:"yes,no" placeholder:"yes|no" help:"Whether the reseller's key may write below its children (${default})."`
	Latency     time.Duration `placeholder:"TIME" help:"Added to every answer, such as 50ms."`
	Rate        float64       `placeholder:"N" help:"Calls a second before it answers 429; 0 for no limit."`
	PageSize    int           `name:"page-size" default:"20" placeholder:"N" help:"Length of a page where none is asked for (${default})."`
	JSON        bool          `name:"json" help:"Print the addresses as JSON."`
}

func (cmd *simSnomCmd) Run(e *env) error {
	if !isLoopbackAddress(cmd.Control) {
		return usagef("--control asks nobody who they are; give it a loopback address such as 127.0.0.1:7701.")
	}
	opts := srapssim.Options{
		Resellers:   []srapssim.Reseller{{KeyID: cmd.KeyID, Secret: "read below"}},
		ChildWrites: cmd.ChildWrites == "yes", Latency: cmd.Latency, Rate: cmd.Rate, PageSize: cmd.PageSize,
	}
	if err := opts.Check(); err != nil {
		return usagef("%v", err)
	}
	if cmd.PageSize == 0 { // to the library that is the default
		return usagef("page size 0: must be 1 to %d", srapssim.MaxPageSize)
	}
	var err error
	made := false
	if opts.Resellers[0].Secret, made, err = simSecret(cmd.KeyFile); err != nil {
		return err
	}
	sim := srapssim.New(opts)
	defer sim.Close()
	service, err := simListen(cmd.Listen, "--listen")
	if err != nil {
		return err
	}
	defer func() { _ = service.Close() }() // closed twice after a clean stop
	control, err := simListen(cmd.Control, "--control")
	if err != nil {
		return err
	}
	defer func() { _ = control.Close() }()
	if err := cmd.announce(e, service.Addr(), control.Addr(), made); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(e.ctx)
	serveUntil(ctx, g, service, sim.Handler())
	serveUntil(ctx, g, control, sim.ControlHandler())
	return g.Wait()
}

// announce says where it listens, what ZEROTOUCH_SNOM_BASE_URL is to be, and whether
// the key file was made now: in the wrong folder nobody has its secret yet.
func (cmd *simSnomCmd) announce(e *env, service, control net.Addr, made bool) error {
	base, port := "http://"+service.String()+srapssim.APIPrefix, "http://"+control.String()
	if cmd.JSON {
		return printJSON(e.stdout, map[string]any{"base_url": base, "control_url": port, "key_id": cmd.KeyID, "key_file": cmd.KeyFile, "key_file_made": made})
	}
	where := "is in " + clean(cmd.KeyFile)
	if made {
		where = "was made now, in " + clean(absolute(cmd.KeyFile))
	}
	_, err := fmt.Fprintf(e.stdout, "Simulated SRAPS: %s\nControl port: %s\nReseller key %s; its secret %s\n", base, port, clean(cmd.KeyID), where)
	return err
}

// simListen opens a listener of the simulator.
func simListen(address, flag string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; choose another address by %s", err, flag)
	}
	return l, nil
}

// serveUntil serves until ctx ends.
func serveUntil(ctx context.Context, g *errgroup.Group, l net.Listener, h http.Handler) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	g.Go(func() error {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error { <-ctx.Done(); return s.Close() })
}

// simSecret reads the first line of the file, or makes the file and says so.
func simSecret(path string) (secret string, made bool, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		var b [32]byte
		_, _ = rand.Read(b[:]) // never fails: it ends the program instead
		secret = hex.EncodeToString(b[:])
		_, err = io.WriteString(f, secret+"\n")
		return secret, true, errors.Join(err, f.Close())
	}
	if !errors.Is(err, fs.ErrExist) {
		return "", false, err
	}
	f, err = os.Open(path)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, maxSecret))
	if err != nil {
		return "", false, err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimRight(line, "\r"); len(line) < 8 {
		return "", false, usagef("%s: its first line is the key's secret, of at least 8 characters.", path)
	}
	return line, false, nil
}
