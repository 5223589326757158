package provision_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// spy notes for which MACs the store is asked.
type spy struct {
	provision.Store
	asked []ztp.MAC
}

func (s *spy) EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	s.asked = append(s.asked, mac)
	return s.Store.EndpointByMAC(ctx, mac)
}

// With an unknown token one look-up is made all the same, but never for the MAC
// that was asked for: a row that is found takes longer than none, which would tell
// who has which phone.
func TestUnknownTokenLearnsNothingOfTheMAC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &spy{Store: w.store}
	w.cfg.Store = s
	w.handler = w.unlearned()
	r := httptest.NewRecorder()
	w.handler.ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/p/"+strings.Repeat("b", 32)+"/000413A11FA7", nil))
	if r.Code != http.StatusNotFound {
		t.Errorf("want 404, got %d", r.Code)
	}
	if len(s.asked) != 1 || !s.asked[0].IsZero() {
		t.Errorf("want one look-up of no phone's MAC, got %v", s.asked)
	}
}
