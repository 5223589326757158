package campaign_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// scene is a campaign from a start state.
type scene struct {
	kind    ztp.OperationKind
	prepare func(w *world)
	request func(w *world) control.CampaignRequest
	want    []string
}

var scenes = map[string]scene{
	"onboard": {ztp.KindOnboard, func(w *world) { w.platforms(2) },
		func(*world) control.CampaignRequest { return onboardAll }, []string{"platform-1 done", "platform-2 done"}},
	"rotate": {ztp.KindRotate, func(w *world) { w.platforms(2); w.whole(onboardAll) },
		func(*world) control.CampaignRequest { return control.CampaignRequest{Kind: ztp.KindRotate, Budget: 2} },
		[]string{"platform-1 done", "platform-2 done"}},
	"connect": {ztp.KindConnect, func(w *world) { w.platforms(2) },
		func(w *world) control.CampaignRequest {
			r := control.CampaignRequest{Kind: ztp.KindAdopt, Budget: 2}
			for i := range 2 {
				name := fmt.Sprintf("by hand %d", i+1)
				company := w.sim.AddCompany(w.own(), name)
				id, secret := w.sim.AddKey(company, "by hand", srapssim.DefaultRole)
				r.Companies = append(r.Companies, ztp.CompanyPair{CompanyID: company, Platform: fmt.Sprintf("platform-%d", i+1), Key: ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}})
			}
			return r
		}, []string{"platform-1 done", "platform-2 done"}},
	"adopt": {ztp.KindAdopt, func(w *world) { w.platforms(2) },
		func(w *world) control.CampaignRequest {
			for i := range 2 {
				w.sim.AddCompany(w.own(), fmt.Sprintf("Platform %d", i+1))
			}
			return control.CampaignRequest{Kind: ztp.KindAdopt, Budget: 2}
		}, []string{"platform-1 done", "platform-2 done"}},
}

// state is a world at rest, to begin others from; on PostgreSQL one at a time can begin.
type state struct {
	kept     *storetest.Kept
	postgres bool
	vendor   srapssim.Snapshot
	at       time.Time
	slugs    map[ztp.PlatformID]string
}

// start brings a world into the start state, once for all that begin in it.
func (s scene) start(t *testing.T, postgres bool) *state {
	t.Helper()
	w, o := bareWorld(t), storetest.Options{}
	o.Clock = w.clock.now
	file := ""
	if postgres {
		file = pgtest.DSN(t)
	} else {
		file = storetest.File(t, o)
	}
	store := storetest.Open(t, file, o)
	w.base = store
	w.begin(srapssim.Options{})
	s.prepare(w)
	w.must(store.Close())
	st := &state{postgres: postgres, vendor: w.sim.Snapshot(), at: w.clock.now().Add(time.Minute), slugs: w.slugs}
	if postgres {
		st.kept = storetest.KeepAt(t, o, pgtest.Keep(t, file))
		return st
	}
	text, err := os.ReadFile(file)
	w.must(err)
	st.kept = storetest.Keep(t, o, text)
	return st
}

// begun is a world in the start state, with a fresh count of commits.
func (st *state) begun(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.clock.t = st.at
	for id, slug := range st.slugs {
		w.slugs[id] = slug
	}
	w.base, _ = st.kept.Open(t, w.clock.now)
	w.from = st
	w.begin(srapssim.Options{})
	return w
}
