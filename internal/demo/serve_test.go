package demo_test

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/demo"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/restapi"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// serving runs the product in this process as the command line does, with its log
// going to w. Tests break it by wrapping its parts.
type serving struct {
	log io.Writer
	// reseller and vendor replace parts, unless nil.
	reseller func(ztp.ResellerSource) ztp.ResellerSource
	vendor   func(*snom.Vendor) ztp.Vendor
}

func (v serving) serve(ctx context.Context, start demo.Start) (err error) {
	log := slog.New(slog.NewTextHandler(v.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	store, err := sqlstore.Open(ctx, sqlstore.Config{
		DSN: start.Env["ZEROTOUCH_DATABASE"], Installation: start.Env["ZEROTOUCH_INSTALLATION"], Exclusive: true, Log: log,
		RootKey: sqlstore.KeyFile(filepath.Join(start.Env["ZEROTOUCH_DATA_DIR"], "zerotouch.key")),
	})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	url, err := ztp.TemplateForBase(start.Env["ZEROTOUCH_PROVISIONING_URL"])
	if err != nil {
		return err
	}
	sraps, err := snom.New(snom.Config{BaseURL: start.Env["ZEROTOUCH_SNOM_BASE_URL"], AllowPrivate: true})
	if err != nil {
		return err
	}
	vendors := []ztp.Vendor{sraps}
	if v.vendor != nil {
		vendors[0] = v.vendor(sraps)
	}
	var source ztp.ResellerSource = reseller.Sealed{Store: store}
	if v.reseller != nil {
		source = v.reseller(source)
	}
	work := orchestrator.New(orchestrator.Config{Store: store, Vendors: vendors, Reseller: source, Installation: demo.Installation, URL: url, Log: log})
	use := control.New(control.Config{Store: store, Vendors: vendors, Reseller: source, Address: &provision.Checker{Store: store},
		Installation: demo.Installation, URL: url, Wake: work.Wake, Log: log})
	s, err := v.surfaces(start, use, store, vendors, url, log)
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return work.Run(ctx) })
	g.Go(func() error { return s.Run(ctx) })
	start.Ready(demo.Addresses{Admin: "http://" + s.AdminAddr(), Phone: "http://" + s.PhoneAddr(), Ops: "http://" + s.OpsAddr()})
	return g.Wait()
}

func (v serving) surfaces(start demo.Start, use *control.Control, store *sqlstore.Store, vendors []ztp.Vendor, url ztp.URLTemplate, log *slog.Logger) (*server.Server, error) {
	who := access.New(access.Config{Store: store, PlainHTTP: true, Polls: web.IsPoll, Log: log})
	portal, err := web.New(web.Config{Control: use, Access: who, Installation: demo.Installation, Log: log,
		Notice: web.Notice{SignIn: start.SignIn}, ExtraNav: []web.NavLink{{Title: "Demo desk", Href: start.DeskURL}}})
	if err != nil {
		return nil, err
	}
	phones, err := provision.New(provision.Config{Store: store, Vendors: vendors, URL: url, Log: log})
	if err != nil {
		return nil, err
	}
	return server.New(server.Config{
		Admin:  server.Listener{Address: start.Env["ZEROTOUCH_ADMIN_LISTEN"]},
		Phone:  server.Listener{Address: start.Env["ZEROTOUCH_PHONE_LISTEN"]},
		Ops:    server.Listener{Address: start.Env["ZEROTOUCH_OPS_LISTEN"]},
		API:    restapi.New(restapi.Config{Control: use, Authenticate: who.Authenticate, Log: log}),
		Portal: portal, Phones: phones, Log: log,
	})
}
