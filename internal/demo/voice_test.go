package demo

import (
	"testing"

	"zerotouch.example/internal/sipnotify"
)

// TestVoiceHandsTheWordOn: a phone with a line is told, and looks for its settings at once;
// nobody else is registered.
func TestVoiceHandsTheWordOn(t *testing.T) {
	t.Parallel()
	v, err := openVoice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{stage: &stage{snom: &site{url: "http://127.0.0.1:1"}, office: &site{url: "http://127.0.0.1:1"}}}
	p, err := d.plug(models[0])
	if err != nil {
		t.Fatal(err)
	}
	line := 1
	if err := p.phone.UserSet("user_name", &line, "anna berg"); err != nil {
		t.Fatal(err)
	}
	proxy, err := sipnotify.ParseProxy("sip:" + v.at)
	if err != nil {
		t.Fatal(err)
	}
	c := sipnotify.New(sipnotify.Config{Proxy: proxy})
	defer c.Close()
	tell := func(user string) int {
		to, err := sipnotify.NewAddress(user, "voice.example")
		if err != nil {
			t.Fatal(err)
		}
		status, err := c.Notify(t.Context(), to, sipnotify.CheckSync)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	if status := tell("anna berg"); status != 404 {
		t.Errorf("before there is a desk: %d", status)
	}
	v.serveDesk(d)
	if status := tell("somebody"); status != 404 {
		t.Errorf("somebody else: %d", status)
	}
	if status := tell("anna berg"); status != 200 {
		t.Errorf("the phone: %d", status)
	}
	v.sip.Close() // and with it the call that told the phone
	v.busy.Wait()
	if err := v.close(); err != nil {
		t.Fatal(err)
	}
	if len(p.last) == 0 || p.phone.State().Boots != 0 {
		t.Errorf("it did not look, or restarted: %+v", p.last)
	}
}
