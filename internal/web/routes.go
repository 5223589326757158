package web

import (
	"net/http"

	"zerotouch.example/internal/ztp"
)

// routes is the whole surface of the portal.
func (p *portal) routes(mux *http.ServeMux) {
	open := func(pattern string, h page) { mux.Handle(pattern, p.open(h)) }
	in := func(pattern string, h page) { mux.Handle(pattern, p.signedIn(h)) }

	open("GET /static/{name...}", p.static)
	open("GET /sign-in", p.signInPage)
	open("POST /sign-in", p.signIn)
	in("POST /sign-out", p.signOut)

	in("GET /{$}", p.home)
	in("GET /platforms", p.platforms)
	in("GET /platforms/new", p.newPlatform)
	in("POST /platforms", p.createPlatform)
	in("GET /platforms/{p}", p.platform)
	in("GET /platforms/{p}/edit", p.editPlatform)
	in("POST /platforms/{p}/edit", p.updatePlatform)
	in("GET /platforms/{p}/remove", p.confirmRemovePlatform)
	in("POST /platforms/{p}/remove", p.removePlatform)
	in("GET /platforms/{p}/offboard", p.askOffboard)
	in("POST /platforms/{p}/offboard", p.offboard)

	in("GET /platforms/{p}/ztp/{vendor}/row", p.row)
	in("GET /platforms/{p}/ztp/{vendor}/proof", p.proof)
	in("GET /platforms/{p}/ztp/{vendor}/sync", p.sync)
	in("POST /platforms/{p}/ztp/{vendor}/sync", p.askSync)
	in("GET /platforms/{p}/ztp/{vendor}/sync/{verb}", p.askDrifts)
	in("POST /platforms/{p}/ztp/{vendor}/sync/{verb}", p.changeDrifts)
	in("GET /platforms/{p}/ztp/{vendor}/{action}", p.confirm)
	in("POST /platforms/{p}/ztp/{vendor}/{action}", p.act)

	in("GET /platforms/{p}/accounts/new", p.newAccount)
	in("POST /platforms/{p}/accounts", p.createAccount)
	in("GET /platforms/{p}/accounts/{a}", p.account)
	in("POST /platforms/{p}/accounts/{a}", p.renameAccount)
	in("GET /platforms/{p}/accounts/{a}/tokens/{id}/retire", p.askRetire)
	in("POST /platforms/{p}/accounts/{a}/tokens/{id}/retire", p.retireToken)
	in("GET /platforms/{p}/accounts/{a}/{action}", p.confirmAccount)
	in("POST /platforms/{p}/accounts/{a}/{action}", p.changeAccount)

	in("GET /platforms/{p}/phones", p.phoneList)
	in("GET /platforms/{p}/phones-picked", p.askBulk)
	in("POST /platforms/{p}/phones-picked", p.changePicked)
	in("GET /platforms/{p}/phones/new", p.newPhone)
	in("POST /platforms/{p}/phones", p.registerPhone)
	in("GET /platforms/{p}/phones/{mac}", p.phone)
	in("POST /platforms/{p}/phones/{mac}", p.updatePhone)
	in("GET /platforms/{p}/phones/{mac}/preview", p.previewPhone)
	in("GET /platforms/{p}/phones/{mac}/contact/{action}", p.askContact)
	in("POST /platforms/{p}/phones/{mac}/contact/{action}", p.changeContact)
	in("GET /platforms/{p}/phones/{mac}/explain", p.explainPhone)
	in("GET /platforms/{p}/phones/{mac}/{action}", p.confirmPhone)
	in("POST /platforms/{p}/phones/{mac}/{action}", p.changePhone)

	in("GET /platforms/{p}/resync", p.askResync)
	in("POST /platforms/{p}/resync", p.beginResync)
	in("GET /resyncs/{id}", p.resync)
	in("GET /resyncs/{id}/cancel", p.askCancelResync)
	in("POST /resyncs/{id}/cancel", p.cancelResync)
	in("GET /platforms/{p}/traffic", p.traffic)
	in("GET /platforms/{p}/waiting", p.waiting)
	in("GET /platforms/{p}/waiting/{mac}/admit", p.askAdmit)
	in("POST /platforms/{p}/waiting/{mac}/{action}", p.changeWaiting)

	in("GET /operations/{id}", p.many)
	in("GET /operations/{id}/{action}", p.askMoveMany)
	in("POST /operations/{id}/{action}", p.moveMany)
	in("GET /platforms/{p}/phones.csv", p.exportPhones)
	in("GET /platforms/{p}/import", p.newImport)
	in("POST /platforms/{p}/import", p.checkImport)
	in("GET /imports/{id}", p.importByID)
	in("GET /imports/{id}/results.csv", p.importResults)
	in("POST /imports/{id}/start", p.startImport)
	in("POST /imports/{id}/remove", p.removeImport)
	in("GET /phones/{mac}", p.mac)
	in("GET /offboardings", p.offboardings)
	in("GET /offboardings/{id}", p.offboarding)
	in("GET /offboardings/{id}/cancel", p.askCancelOffboarding)
	in("POST /offboardings/{id}/cancel", p.cancelOffboarding)

	in("GET /vendors", p.vendors)
	in("GET /vendors/{vendor}/reconciliation", p.reconciliation)
	in("POST /vendors/{vendor}/reconciliation", p.reconcile)
	in("GET /vendors/{vendor}/reconciliation/{row}/{verb}", p.askRow)
	in("POST /vendors/{vendor}/reconciliation/{row}/{verb}", p.changeRow)
	in("GET /vendors/{vendor}/campaigns/{kind}", p.askCampaign)
	in("POST /vendors/{vendor}/campaigns/{kind}", p.beginCampaign)
	in("GET /campaigns", p.campaigns)
	in("GET /campaigns/{id}", p.campaign)
	in("GET /campaigns/{id}/{action}", p.askMoveCampaign)
	in("POST /campaigns/{id}/{action}", p.moveCampaign)
	in("GET /health", p.health)
	in("GET /vendor-writes/{to}", p.askVendorWrites)
	in("POST /vendor-writes/{to}", p.setVendorWrites)
	in("GET /setting-rollouts", p.rollouts)
	in("GET /setting-rollouts/{id}/{to}", p.askRollout)
	in("POST /setting-rollouts/{id}/{to}", p.moveRollout)
	in("GET /setting-freeze/{to}", p.askFreeze)
	in("POST /setting-freeze/{to}", p.setFreeze)
	in("GET /audit", p.audit)
	in("GET /settings", p.settings)
	in("POST /settings/theme", p.setTheme)
	for _, path := range settingRoutes { // the layers of the settings of phones
		in("GET "+path, p.phoneSettings)
		in("GET "+path+"/{group}", p.editSettings)
		in("POST "+path+"/{group}", p.changeSettings)
	}

	mux.Handle("/", p.open(p.nowhere(mux)))
}

// handler puts the chain around the routes: headers first, so that refusals
// carry them too, then what needs no session, the guard against foreign origins, then the session.
func (p *portal) handler() (http.Handler, error) {
	mux := http.NewServeMux()
	p.routes(mux)
	guard := http.NewCrossOriginProtection()
	if origin := originOf(p.cfg.AdminURL); origin != "" {
		if err := guard.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	guard.SetDenyHandler(p.open(func(http.ResponseWriter, *http.Request) error {
		return &ztp.Error{Code: ztp.CodeNotAllowed, Case: ztp.CaseForeignSite}
	}))
	known := p.cfg.Access.Middleware(guard.Handler(limitBody(mux)), p.fail)
	outer := http.NewServeMux()
	outer.Handle("GET /static/{name...}", p.open(p.static)) // also for the page that says that the database is away
	outer.Handle("/", known)
	return p.headers(outer), nil
}

// nowhere answers what no route takes: 405 where another method would be, else 404.
func (p *portal) nowhere(mux *http.ServeMux) page {
	return func(w http.ResponseWriter, r *http.Request) error {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			probe := r.Clone(r.Context())
			probe.Method = method
			if _, pattern := mux.Handler(probe); method != r.Method && pattern != "/" {
				w.Header().Set("Allow", method)
				return ztp.Errorf(ztp.CodeMethodNotAllowed, "It takes %s.", method)
			}
		}
		return ztp.NotFound("page")
	}
}
