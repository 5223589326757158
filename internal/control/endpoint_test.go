package control_test

import (
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// TestPutNamesWhatItDoes: a PUT that changes the pause alone is a pause or a
// resume in the operation and in the audit log, as from the portal; repeated under
// its key it is the same operation.
func TestPutNamesWhatItDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	yes, no, name := true, false, "Lobby"
	for _, tc := range []struct {
		what   string
		name   *string
		paused *bool
		want   ztp.OperationKind
	}{
		{"a new one", &name, nil, ztp.KindRegister},
		{"paused", nil, &yes, ztp.KindPause},
		{"paused as it is", nil, &yes, ztp.KindPause},
		{"paused as it is, with the name that it has", &name, &yes, ztp.KindRegister},
		{"resumed, with the name that it has", &name, &no, ztp.KindResume},
		{"redirected as it is", nil, &no, ztp.KindResume},
		{"renamed and paused", new(string), &yes, ztp.KindRegister},
	} {
		req := control.EndpointRequest{
			Submission: control.Submission{Key: tc.what}, Account: w.account.Slug, Name: tc.name, Paused: tc.paused,
		}
		r, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, req)
		w.must(err)
		if r.Operation.Kind != tc.want {
			t.Errorf("%s: want %s, got %s", tc.what, tc.want, r.Operation.Kind)
		}
		again, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, req)
		w.must(err)
		if again.Operation.ID != r.Operation.ID {
			t.Errorf("%s: the same request made another operation", tc.what)
		}
		w.settle()
	}
	e, err := w.control.Endpoint(t.Context(), admin, w.p.Slug, phone)
	w.must(err)
	if e.State != ztp.EndpointPaused || e.Name != "" {
		t.Errorf("got %+v", e)
	}
	events, err := w.control.Events(t.Context(), admin, ztp.EventQuery{Action: "endpoint.pause.asked", Limit: 10})
	w.must(err)
	if len(events.Items) != 2 {
		t.Errorf("want both pauses in the audit log, got %+v", events.Items)
	}
}
