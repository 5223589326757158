package restapi_test

import (
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestTakenNamesTheHolderToSuperAdminsAlone: the other platform's phone is refused, and
// only who may move it learns from where.
func TestTakenNamesTheHolderToSuperAdminsAlone(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	const path = "/api/v1/platforms/acme/endpoints/000413000002"
	taken := problemIn(t, s.request(ztp.SuperAdmin, "PUT", path, `{"account":"main-acme"}`))
	if taken.Code != "endpoint_taken" || taken.Holder != "other" || strings.Contains(taken.Detail, "other") {
		t.Errorf("got %+v", taken)
	}
	if denied := problemIn(t, s.request(ztp.Viewer, "PUT", path, `{"account":"main-acme"}`)); denied.Code != "not_allowed" || denied.Holder != "" {
		t.Errorf("got %+v", denied)
	}
	taken = problemIn(t, s.request(ztp.SuperAdmin, "POST", "/api/v1/platforms/acme/endpoints/000413000001/replace", `{"new_mac":"000413000002"}`))
	if taken.Code != "endpoint_taken" {
		t.Errorf("a replacement by it: %+v", taken)
	}
	if e, err := s.admin.Endpoint(t.Context(), "acme", "000413000001"); err != nil || e.ReplacedBy != "" || e.State != "wanted" {
		t.Errorf("the old phone is %+v (%v)", e, err)
	}
}

// TestKeptHolderIsForSuperAdmins: the same of a refusal that a row keeps.
func TestKeptHolderIsForSuperAdmins(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	other, err := s.store.Platform(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	acme, err := s.store.Platform(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.store.Endpoint(t.Context(), acme.ID, mustMAC(t, "000413000001"))
	if err != nil {
		t.Fatal(err)
	}
	e.State, e.Error = ztp.EndpointFailed, &ztp.Problem{Code: ztp.CodeEndpointTaken, Holder: other.ID}
	if err := s.store.SaveEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		who  *api.Client
		want string
	}{{s.admin, "other"}, {s.viewer, ""}} {
		got, err := c.who.Endpoint(t.Context(), "acme", "000413000001")
		if err != nil || got.Error == nil || got.Error.Holder != c.want {
			t.Errorf("want holder %q, got %+v (%v)", c.want, got.Error, err)
		}
		life, err := c.who.MAC(t.Context(), "00-04-13-00-00-01", "")
		if err != nil || len(life.Phones) != 1 || life.Phones[0].Platform != "acme" || life.Phones[0].Endpoint.Error.Holder != c.want {
			t.Errorf("want holder %q, got %+v (%v)", c.want, life, err)
		}
		if len(life.Operations) != 1 || len(life.Life) != 1 || life.Life[0].What != "endpoint.register.asked" || life.Life[0].Operation == "" {
			t.Errorf("its life is %+v, under way %+v", life.Life, life.Operations)
		}
	}
}

func mustMAC(t *testing.T, s string) ztp.MAC {
	t.Helper()
	m, err := ztp.ParseMAC(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
