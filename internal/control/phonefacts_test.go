package control_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func TestPutHardware(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	put := func(key string, model, serial *string, pin *ztp.Secret) (control.EndpointResult, error) {
		return w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{
			Submission: control.Submission{Key: key}, Account: w.account.Slug, Model: model, Serial: serial, PIN: pin,
		})
	}
	text := func(s string) *string { return &s }
	secret := func(s string) *ztp.Secret { x := ztp.NewSecret(s); return &x }
	stands := func(what, model, serial, pin string) {
		t.Helper()
		e, err := w.control.Endpoint(t.Context(), admin, w.p.Slug, phone)
		w.must(err)
		got, err := w.store.PIN(t.Context(), w.p.ID, phone)
		w.must(err)
		if e.Model != model || e.Serial != serial || e.HasPIN != (pin != "") || !got.Equal(ztp.NewSecret(pin)) {
			t.Errorf("%s: model %q, serial %q, PIN kept: %v, the one given: %v", what, e.Model, e.Serial, e.HasPIN, got.Equal(ztp.NewSecret(pin)))
		}
	}
	r, err := put("one", text("D785"), text("0815/a"), secret("4711"))
	w.must(err)
	w.settle()
	stands("given", "D785", "0815/a", "4711")
	again, err := put("one", text("D785"), text("0815/a"), secret("4711"))
	w.must(err)
	if again.Operation.ID != r.Operation.ID {
		t.Error("the same request made another operation")
	}
	_, err = put("one", text("D735"), text("0815/a"), secret("4711"))
	w.wantCode(ztp.CodeIdempotencyMismatch, err)
	_, err = put("two", nil, nil, nil)
	w.must(err)
	w.settle()
	stands("left out", "D785", "0815/a", "4711")
	_, err = put("three", text(""), text(""), secret(""))
	w.must(err)
	w.settle()
	stands("taken away", "", "", "")
	before := w.mark()
	for field, ask := range map[string]func() (control.EndpointResult, error){
		"model":  func() (control.EndpointResult, error) { return put("", text("a\u202eb"), nil, nil) },
		"serial": func() (control.EndpointResult, error) { return put("", nil, text(strings.Repeat("1", 65)), nil) },
		"pin":    func() (control.EndpointResult, error) { return put("", nil, nil, secret("47 11")) },
	} {
		_, err := ask()
		w.wantCode(ztp.CodeInvalid, err)
		if e := ztp.AsError(err); len(e.Fields) != 1 || e.Fields[field] == "" || strings.Contains(e.Error(), "47 11") {
			t.Errorf("%s: %v, fields %v", field, err, e.Fields)
		}
	}
	w.nothingSince(before)
}

func TestSetSIP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	_, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug})
	w.must(err)
	w.settle()
	e, err := w.control.Endpoint(t.Context(), admin, w.p.Slug, phone)
	w.must(err)
	now := w.now().Truncate(time.Second)
	say := func(registered bool, at time.Time) (ztp.Endpoint, error) {
		return w.control.SetSIP(t.Context(), admin, w.p.Slug, phone, ztp.SIPFact{Registered: registered, At: at})
	}
	for _, c := range []struct {
		what       string
		registered bool
		at         time.Time
		want       ztp.SIPFact
	}{
		{"the first word", true, now, ztp.SIPFact{Registered: true, At: now}},
		{"an older one", false, now.Add(-time.Minute), ztp.SIPFact{Registered: true, At: now}},
		{"the same again", true, now, ztp.SIPFact{Registered: true, At: now}},
		{"a clock that is a little ahead", false, now.Add(30 * time.Second), ztp.SIPFact{Registered: false, At: now.Add(30 * time.Second)}},
	} {
		got, err := say(c.registered, c.at)
		w.must(err)
		if got.SIP != c.want || got.Version != e.Version || got.State != e.State {
			t.Errorf("%s: want %+v, got %+v of version %d, state %s", c.what, c.want, got.SIP, got.Version, got.State)
		}
	}
	for what, at := range map[string]time.Time{"no time": {}, "the future": now.Add(2 * time.Minute), "long ago": time.Unix(0, 0)} {
		_, err := say(true, at)
		if ztp.AsError(err).Fields["at"] == "" {
			t.Errorf("%s: want a refusal of at, got %v", what, err)
		}
	}
	_, err = w.control.SetSIP(t.Context(), admin, w.p.Slug, ztp.MAC{0, 4, 19, 0, 0, 9}, ztp.SIPFact{At: now})
	w.wantCode(ztp.CodeNotFound, err)
}
