package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/alecthomas/kong"

	"zerotouch.example/internal/demo"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// demoCmd shows the whole story on one machine. It takes no setting from the
// environment, so that it never meets an installation that somebody works with.
type demoCmd struct {
	Walkthrough bool   `help:"Play the story in the terminal, one line per step, and end; exit code 0 if all was as promised."`
	DataDir     string `placeholder:"DIR" help:"Empty folder to keep the data in; a temporary one, removed at the end, when left out."`
	Database    string `placeholder:"PATH|URL" help:"Empty SQLite file or postgres:// database; a file in the data folder when left out."`
	AdminListen string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Portal and API (${default})."`
	PhoneListen string `default:"127.0.0.1:8081" placeholder:"ADDR" help:"Phones (${default})."`
	OpsListen   string `default:"127.0.0.1:8082" placeholder:"ADDR" help:"Health and metrics (${default})."`
	DeskListen  string `default:"127.0.0.1:8083" placeholder:"ADDR" help:"The demo desk, where phones are plugged in (${default})."`
	SnomListen  string `default:"127.0.0.1:7700" placeholder:"ADDR" help:"The simulated Snom (${default})."`
	Verbose     bool   `short:"v" help:"Also write the server's log, to standard error."`
	JSON        bool   `name:"json" help:"Print JSON: how to get in, or each step of the walkthrough, one object a line."`
}

func (cmd *demoCmd) Run(e *env, c *kong.Context) error {
	if cmd.Walkthrough {
		if err := refuseListen(c); err != nil {
			return err
		}
	}
	level := slog.LevelError
	if cmd.Verbose {
		level = slog.LevelInfo
	}
	cfg := demo.Config{
		Serve: serveDemo(newLog(e.stderr, level)), Out: e.stdout, JSON: cmd.JSON, DataDir: cmd.DataDir, Database: cmd.Database,
		Listen: demo.Listen{Admin: cmd.AdminListen, Phone: cmd.PhoneListen, Ops: cmd.OpsListen, Desk: cmd.DeskListen, Snom: cmd.SnomListen},
	}
	if !cmd.Walkthrough {
		return demo.Run(e.ctx, cfg)
	}
	err := demo.Walkthrough(e.ctx, cfg)
	var step *demo.StepError
	if errors.As(err, &step) { // what went wrong stands in the output
		return fmt.Errorf("the walkthrough failed at the step %q", step.Step)
	}
	return err
}

// refuseListen refuses addresses that the walkthrough, which takes free ports,
// would leave out in silence.
func refuseListen(c *kong.Context) error {
	var given []string
	for _, p := range c.Path {
		if p.Flag != nil && !p.Resolved && strings.HasSuffix(p.Flag.Name, "-listen") {
			given = append(given, "--"+p.Flag.Name)
		}
	}
	if len(given) > 0 {
		return usagef("--walkthrough takes free ports by itself; leave out %s.", strings.Join(given, ", "))
	}
	return nil
}

// serveDemo is serve as the demo calls it.
func serveDemo(log *slog.Logger) func(context.Context, demo.Start) error {
	return func(ctx context.Context, start demo.Start) error {
		h := hooks{
			notice: web.Notice{SignIn: start.SignIn},
			ready: func(a addresses) {
				start.Ready(demo.Addresses{Admin: a.admin, Phone: a.phone, Ops: a.ops})
			},
		}
		if start.DeskURL != "" {
			h.nav = []web.NavLink{{Title: "Demo desk", Href: start.DeskURL}}
			h.reseller = func(s ztp.ResellerSource) ztp.ResellerSource { return atDesk{s, start.DeskURL} }
		}
		var environ []string
		for name, value := range start.Env {
			environ = append(environ, name+"="+value)
		}
		return serveWith(ctx, environ, log, h)
	}
}

// atDesk names the demo desk where the credential is missing: whoever plays has no
// secret for the command that puts it in place elsewhere.
type atDesk struct {
	ztp.ResellerSource
	desk string
}

func (s atDesk) Reseller(ctx context.Context, v ztp.VendorName) (ztp.APIKey, error) {
	key, err := s.ResellerSource.Reseller(ctx, v)
	if ztp.IsCode(err, ztp.CodeResellerCredentialsMissing) {
		err = ztp.Errorf(ztp.CodeResellerCredentialsMissing, "Press Restore the credential on the demo desk, %s.", s.desk)
	}
	return key, err
}

func (s atDesk) Where(ztp.VendorName) string { return s.desk }
