package restapi_test

import (
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// mustResync makes one of the phone of acme, which is in service then and has a line.
func (s *stack) mustResync() api.Resync {
	s.t.Helper()
	s.mustLine("acme", "000413000001")
	r, err := s.admin.BeginResync(s.t.Context(), "acme", api.NewResync{MACs: []string{"000413000001"}})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *stack) mustLine(slug, text string) {
	s.t.Helper()
	mac, err := ztp.ParseMAC(text)
	if err != nil {
		s.t.Fatal(err)
	}
	p, err := s.store.Platform(s.t.Context(), slug)
	if err == nil {
		err = s.store.TouchEndpoint(s.t.Context(), p.ID, mac, time.Now())
	}
	if err == nil {
		_, err = s.store.ChangeSettings(s.t.Context(), ztp.SettingScope{Platform: p.ID, MAC: mac}, nil, []ztp.SettingChange{
			{Name: ztp.SettingLineUser, Index: 1, Value: ztp.NewSecret("201")}, {Name: ztp.SettingLineRegistrar, Index: 1, Value: ztp.NewSecret("voice.example")},
		}, "ann", time.Now())
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// TestResyncs: a dry run makes nothing; what is made is listed, shown phone by phone, and
// cancelled.
func TestResyncs(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	s.mustLine("acme", "000413000001")
	for _, mac := range []string{"000413000003"} {
		if _, err := s.admin.PutEndpoint(t.Context(), "acme", mac, api.PutEndpoint{Account: "main-acme"}); err != nil {
			t.Fatal(err)
		}
	}
	plan, err := s.admin.BeginResync(t.Context(), "acme", api.NewResync{WithinSeconds: 1800, DryRun: true})
	if err != nil || plan.ID != "" || !plan.DryRun || plan.Phones != 1 || plan.SpreadSeconds != 1800 || plan.LeftOut["not_in_service"] != 1 {
		t.Fatalf("dry run: %+v, %v", plan, err)
	}
	made, err := s.admin.BeginResync(t.Context(), "acme", api.NewResync{Account: "main-acme", WithinSeconds: 1800, Reboot: true})
	if err != nil || made.State != api.ResyncRunning || made.Platform != "acme" || made.Account != "main-acme" || !made.Reboot || made.Tally["queued"] != 1 || made.Tally["left_out"] != 1 {
		t.Fatalf("made: %+v, %v", made, err)
	}
	var listed []api.Resync
	for r, err := range s.admin.Resyncs(t.Context(), "acme") {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, r)
	}
	if len(listed) != 1 || listed[0].ID != made.ID {
		t.Errorf("listed: %+v", listed)
	}
	var left []api.ResyncItem
	for i, err := range s.admin.ResyncItems(t.Context(), made.ID, "left_out") {
		if err != nil {
			t.Fatal(err)
		}
		left = append(left, i)
	}
	if len(left) != 1 || left[0].MAC != "00:04:13:00:00:03" || left[0].LeftOut != "not_in_service" {
		t.Errorf("left out: %+v", left)
	}
	ended, err := s.admin.CancelResync(t.Context(), made.ID)
	if err != nil || ended.State != api.ResyncCancelled || ended.FinishedAt == nil || ended.Tally["cancelled"] != 1 {
		t.Errorf("cancelled: %+v, %v", ended, err)
	}
	if again, err := s.admin.Resync(t.Context(), made.ID); err != nil || again.State != api.ResyncCancelled {
		t.Errorf("read again: %+v, %v", again, err)
	}
}

// TestResyncOfNobody: a list that came out empty is not all phones.
func TestResyncOfNobody(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.fill()
	s.mustLine("acme", "000413000001")
	if r, err := s.admin.BeginResync(t.Context(), "acme", api.NewResync{MACs: []string{}}); err == nil {
		t.Errorf("by the client: it is for %d phones", r.Phones)
	}
	if a := s.request(ztp.SuperAdmin, "POST", "/api/v1/platforms/acme/resyncs", `{"macs":[]}`); a.status != 422 {
		t.Errorf("by hand: %d %s", a.status, a.body)
	}
}
