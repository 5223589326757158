package orchestrator_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// meanwhile changes what rows of the file are about, as far as they are not taken yet: a
// phone is renamed, a MAC that was free is registered here, another one elsewhere.
func meanwhile(w *world) {
	w.t.Helper()
	ctx := context.Background()
	switch e, err := w.base.Endpoint(ctx, w.p.ID, w.macOf("000413000002")); {
	case err != nil:
		w.t.Fatal(err)
	case e.Name == "old":
		e.Name = "newer"
		if err := w.base.SaveEndpoint(ctx, e); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := w.base.EndpointByMAC(ctx, w.macOf("000413000005")); ztp.IsCode(err, ztp.CodeNotFound) {
		w.here(ztp.Endpoint{Platform: w.p.ID, Account: w.account.ID, MAC: w.macOf("000413000005"), Name: "mine"})
	}
	if _, err := w.base.EndpointByMAC(ctx, w.macOf(lateMAC)); ztp.IsCode(err, ztp.CodeNotFound) {
		w.elsewhere(lateMAC)
	}
}

// TestImportRows_Meanwhile: rows are judged before the commit that takes them. What has
// changed by then is judged once more, before each commit that it may come before.
func TestImportRows_Meanwhile(t *testing.T) {
	t.Parallel()
	for name, postgres := range map[string]bool{"sqlite": false, "postgres": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			importings[0].meanwhile(t, postgres)
		})
	}
}

func (s importing) meanwhile(t *testing.T, postgres bool) {
	from, id := s.start(t, postgres)
	clean := newWorld(t, worldOptions{from: from, postgres: postgres})
	clean.finish(s.begin(t, clean, id), nil)
	changed, taken := 0, 0
	first, last := 1, clean.store.n
	if postgres {
		first, last = 2, 2 // that of the first part
	}
	for n := first; n <= last; n++ {
		w := newWorld(t, worldOptions{from: from, postgres: postgres})
		op := s.begin(t, w, id)
		hookedCommit("meanwhile", meanwhile).arm(w, n)
		w.finish(op, nil)
		v, err := w.control.Import(t.Context(), admin, id)
		if err != nil {
			t.Fatal(err)
		}
		if v.Run.State != ztp.OperationDone || v.Phones.Total() != v.Tally.Writes() || v.Run.Data.Import.New != v.Tally[ztp.RowNew] {
			t.Errorf("before commit %d: %s, phones %v, rows %v, %+v", n, v.Run.State, v.Phones, v.Tally, v.Run.Data.Import)
		}
		names := map[string]string{}
		for _, mac := range []string{"000413000002", "000413000005"} {
			e, err := w.base.Endpoint(t.Context(), w.p.ID, w.macOf(mac))
			if err != nil {
				t.Fatal(err)
			}
			names[mac] = e.Name
		}
		if d := cmp.Diff(map[string]string{"000413000002": "new", "000413000005": "phone 1"}, names); d != "" {
			t.Errorf("before commit %d: names (-want +got):\n%s", n, d)
		}
		changed, taken = changed+v.Tally[ztp.RowChange]-s.tally[ztp.RowChange], taken+v.Tally[ztp.RowTaken]-s.tally[ztp.RowTaken]
	}
	if changed == 0 || taken == 0 {
		t.Errorf("%d phones were here and %d elsewhere by then, want some of either", changed, taken)
	}
}
