package restapi_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestRebuild: what is shown is what may be named; nothing else is taken up, and asked
// for twice it is done once.
func TestRebuild(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustReseller()
	ctx := t.Context()
	seen, err := s.admin.Rebuild(ctx, "snom")
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, c := range seen.Companies {
		states[c.CompanyID] = c.State
	}
	want := map[string]string{"c-lost": api.RebuildNew, "c-one": api.RebuildAmbiguous, "c-two": api.RebuildAmbiguous}
	if d := cmp.Diff(want, states); d != "" || seen.Others != 1 || len(seen.NotKnown) == 0 {
		t.Errorf("%d others, %v (-want +got):\n%s", seen.Others, seen.NotKnown, d)
	}
	for name, ids := range map[string][]string{
		"none": {}, "ambiguous": {"c-lost", "c-one"}, "somebody's": {"c-lost", "c-own"}, "not there": {"c-lost", "c-nowhere"}, "no id": {"c-lost", "a b"},
	} {
		_, err := s.admin.StartRebuild(ctx, "snom", api.StartRebuild{Companies: ids})
		var refused *api.Error
		if !errors.As(err, &refused) || refused.Code != "invalid" || refused.Fields["companies"] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.admin.Platform(ctx, "lost-found"); err == nil {
		t.Fatal("a refused request took a company up")
	}
	for range 2 {
		got, err := s.admin.StartRebuild(ctx, "snom", api.StartRebuild{Companies: []string{"c-lost", "c-lost"}})
		if err != nil || len(got.Companies) != 1 || got.Companies[0].Platform != "lost-found" || got.Companies[0].State != api.RebuildRunning {
			t.Fatalf("%+v, %v", got.Companies, err)
		}
		op, err := s.admin.Operation(ctx, got.Companies[0].Operation)
		if err != nil || op.Kind != string(ztp.KindRebuild) || op.Platform != "lost-found" {
			t.Errorf("%+v, %v", op, err)
		}
	}
	n := 0
	for _, err := range s.admin.Operations(ctx, api.OperationFilter{Platform: "lost-found"}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d operations", n)
	}
}
