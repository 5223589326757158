package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/alecthomas/kong"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/campaign"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/pace"
	"zerotouch.example/internal/resync"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// serveCmd runs the server until it is told to stop.
type serveCmd struct {
	settings
	JSON bool `name:"json" help:"Write the log as JSON."`
}

func (cmd *serveCmd) Run(e *env) error {
	log := slog.New(server.CalmOf(server.NewLines(e.stderr, cmd.JSON, slog.LevelInfo)))
	return serve(e.ctx, cmd.settings, log, hooks{})
}

// serveWith is serve with settings as the environment would give them, for a demo.
func serveWith(ctx context.Context, environ []string, log *slog.Logger, h hooks) error {
	var cmd struct {
		Serve serveCmd `cmd:""`
	}
	k, err := kong.New(&cmd, kong.Resolvers(fromEnvironment(lookUp(environ))))
	if err != nil {
		return err
	}
	if _, err := k.Parse([]string{"serve"}); err != nil {
		return err
	}
	if err := checkEnvironment(k.Model, environ); err != nil {
		return err
	}
	return serve(ctx, cmd.Serve.settings, log, h)
}

// hooks are what a demo adds to the product, and nothing else does.
type hooks struct {
	notice web.Notice
	nav    []web.NavLink
	// reseller stands before where reseller credentials come from; nil for nothing.
	reseller func(ztp.ResellerSource) ztp.ResellerSource
	// ready is called once, when all listeners answer.
	ready func(addresses)
}

// serve builds every part, in the order in which they need each other, and stops
// them in reverse.
func serve(ctx context.Context, s settings, log *slog.Logger, h hooks) (err error) {
	noDumps()
	cfg, err := s.parse()
	if err != nil {
		return err
	}
	// What the adapters refuse, and a busy port, is told before the database is made or
	// brought up to date.
	vendors, err := cfg.vendors()
	if err != nil {
		return err
	}
	at := cfg.listen.config()
	at.Log, at.PhoneClients.MAC = log, certificateMAC(vendors)
	open, err := server.Listen(at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, open.Close()) }()
	if cfg.onlyPhones {
		return servePhones(ctx, s, cfg, parts{open: open, vendors: vendors, log: log, hooks: h})
	}
	store, err := s.open(ctx, storeMode{exclusive: true, migrate: cfg.migrate}, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	log.Info("database open", "database", s.place(), "installation", s.Installation)
	calls := cfg.shareCalls(store)
	if vendors, err = cfg.vendors(); err != nil {
		return err
	}
	source := cfg.reseller(store)
	if h.reseller != nil {
		source = h.reseller(source)
	}
	work := orchestrator.New(orchestrator.Config{
		Store: store, Vendors: vendors, Reseller: source, Installation: s.Installation, URL: cfg.url, Now: store.Now, Log: log,
		Version: version(), Schema: sqlstore.SchemaVersion(), Alone: store.Engine() == "sqlite",
	})
	ctl := control.New(control.Config{
		Store: store, Vendors: vendors, Reseller: source, Address: cfg.checker(store), Companies: work.Companies, RotateEvery: cfg.rotateEvery,
		Installation: s.Installation, URL: cfg.url, SIPProxy: cfg.shown(), Wake: work.Wake, Listeners: open.State, Now: store.Now, Log: log,
	})
	runs := campaign.New(campaign.Config{
		Store: store, Door: ctl, Vendors: buildVendors, RotateEvery: cfg.rotateEvery, Now: store.Now, Log: log,
	})
	sender, hangUp := cfg.sender()
	defer hangUp()
	tells := resync.New(resync.Config{Store: store, Sender: sender, Now: store.Now, Log: log})
	acc := access.New(access.Config{
		Store: store, PlainHTTP: !cfg.listen.secure, Polls: web.IsPoll, Caller: server.Caller, Now: store.Now, Log: log,
	})
	srv, phones, err := cfg.server(parts{open: open, store: store, vendors: vendors, control: ctl, access: acc, log: log, hooks: h})
	if err != nil {
		return err
	}
	hintAtFirstUser(ctx, store, log)
	announce(cfg, srv, log, h)
	return runAll(ctx, srv, work.Run, runs.Run, tells.Run, phones.Run,
		func(ctx context.Context) { listen(ctx, store, work, calls) },
		func(ctx context.Context) { open.NoteHandshakes(ctx, store.NoteHandshakes) },
		func(ctx context.Context) { store.FollowKeys(ctx, log) },
		func(ctx context.Context) { takeEvents(ctx, store, log) })
}

// runAll runs server, work and what stands beside them until ctx ends or the
// server fails. The work is handed over at once, not only when the server has
// answered its last request: another replica goes on with it, or the next start.
func runAll(ctx context.Context, srv *server.Server, work func(context.Context) error, others ...func(context.Context)) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	for _, run := range others {
		beside.Go(func() { run(ctx) })
	}
	worked := make(chan error, 1)
	go func() { worked <- work(ctx) }()
	err := srv.Run(ctx)
	stop()
	err = errors.Join(err, <-worked)
	beside.Wait()
	return err
}

// listen takes the hints of other replicas until ctx ends; calls is nil where there
// can be none.
func listen(ctx context.Context, store *sqlstore.Store, work *orchestrator.Orchestrator, calls *pace.Pacer) {
	if calls == nil {
		return
	}
	var looking sync.WaitGroup
	looking.Go(func() { calls.Run(ctx) })
	store.Listen(ctx, func(h ztp.Hint) {
		work.Hear(h)
		calls.Hear(ctx, h)
	})
	looking.Wait()
}
