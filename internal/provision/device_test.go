package provision_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

const (
	plainTemplate = "https://prov.example/p/{account_token}/{mac}"
	ownTemplate   = "https://prov.example/p/{account_token}/{device_token}/{mac}"
)

// own gives the phone a token of its own, as the intent to write it does.
func (w *world) own(account string, m ztp.MAC) ztp.Secret {
	w.t.Helper()
	token := ztp.NewToken()
	w.must(w.store.SetDeviceTokens(context.Background(), w.accounts[account].Platform, map[ztp.MAC]ztp.Secret{m: token}))
	return token
}

// confirm records the address that the vendor has confirmed.
func (w *world) confirm(m ztp.MAC, template string) {
	w.t.Helper()
	e, err := w.store.EndpointByMAC(context.Background(), m)
	w.must(err)
	e.AddressTemplate = template
	w.must(w.store.SaveEndpoint(context.Background(), e))
}

func (w *world) ownPath(account string, device ztp.Secret, mac string) string {
	return "/p/" + w.tokens[account].RevealSecret() + "/" + device.RevealSecret() + "/" + mac
}

// settledPath is the URL in the settings of a phone.
func (w *world) settledPath(account string, device ztp.Secret, mac string) string {
	return w.ownPath(account, device, "s/"+mac)
}

func TestPhoneWithItsOwnToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	for _, template := range []string{"", ownTemplate} { // sent and not answered yet, then confirmed
		w.confirm(m, template)
		r := w.get(w.ownPath("one", device, mac))
		if text := body(t, r); r.StatusCode != http.StatusOK || !strings.Contains(text, "https://prov.example"+w.settledPath("one", device, "{mac}")) {
			t.Errorf("confirmed as %q: status %d, or its file does not name its own URL", template, r.StatusCode)
		}
	}
	// Neither a Disable nor an earlier token of the account stops it.
	earlier := w.ownPath("one", device, mac)
	w.issue("one")
	for _, state := range []ztp.EndpointState{ztp.EndpointPaused, ztp.EndpointFailed, ztp.EndpointWanted} {
		e, err := w.store.EndpointByMAC(context.Background(), m)
		w.must(err)
		e.State = state
		w.must(w.store.SaveEndpoint(context.Background(), e))
		for _, path := range []string{earlier, w.ownPath("one", device, mac)} {
			if r := w.get(path); r.StatusCode != http.StatusOK {
				t.Errorf("%s: status %d", state, r.StatusCode)
			}
		}
	}
}

func TestWrongTokenOfThePhoneIsTheSameAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m, other := w.phone("one", mac, ztp.EndpointListed), w.phone("one", "000413A11FA8", ztp.EndpointListed)
	theirs := w.phone("two", "000413A11FA9", ztp.EndpointListed)
	w.phone("one", "000413A11FAB", ztp.EndpointListed) // has no token of its own
	device, others, theirDevice := w.own("one", m), w.own("one", other), w.own("two", theirs)
	for _, x := range []ztp.MAC{m, other, theirs} {
		w.confirm(x, ownTemplate)
	}
	account := w.tokens["one"].RevealSecret()
	want := answer(t, w.get("/"))
	for name, path := range map[string]string{
		"no token of its own":              w.path("one", mac),
		"a wrong one":                      w.ownPath("one", ztp.NewToken(), mac),
		"another phone's":                  w.ownPath("one", others, mac),
		"the account's":                    w.ownPath("one", w.tokens["one"], mac),
		"a phone of another account":       w.ownPath("one", theirDevice, "000413A11FA9"),
		"right, with another account's":    w.ownPath("two", device, mac),
		"right, with an unknown account's": "/p/" + ztp.NewToken().RevealSecret() + "/" + device.RevealSecret() + "/" + mac,
		"the two exchanged":                "/p/" + device.RevealSecret() + "/" + account + "/" + mac,
		"one where the phone has none":     w.ownPath("one", ztp.NewToken(), "000413A11FAB"),
		"an unknown MAC":                   w.ownPath("one", device, "000413000001"),
		"in capitals":                      "/p/" + account + "/" + strings.ToUpper(device.RevealSecret()) + "/" + mac,
		"empty":                            "/p/" + account + "//" + mac,
		"twice":                            "/p/" + account + "/" + device.RevealSecret() + "/" + device.RevealSecret() + "/" + mac,
		"cut short":                        "/p/" + account + "/" + device.RevealSecret()[:31] + "/" + mac,
		"escaped":                          "/p/" + account + "/%61" + device.RevealSecret()[1:] + "/" + mac,
		"without a MAC":                    "/p/" + account + "/" + device.RevealSecret(),
		"without a MAC, slash":             "/p/" + account + "/" + device.RevealSecret() + "/",
	} {
		if diff := cmp.Diff(want, answer(t, w.get(path))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
	for _, secret := range []ztp.Secret{device, others, theirDevice, w.tokens["one"]} {
		if strings.Contains(w.log.String(), secret.RevealSecret()) {
			t.Error("a token is in the log")
		}
	}
}

// A phone in service from before there were tokens of its own is not left behind: its
// old URL goes on being served, with its own URL in the file, until it has come by that.
func TestPhoneMovesToItsOwnURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	w.confirm(m, plainTemplate)
	served := func(path string) string {
		t.Helper()
		r := w.get(path)
		if r.StatusCode != http.StatusOK {
			t.Fatalf("status %d", r.StatusCode)
		}
		return body(t, r)
	}
	plain := w.path("one", mac)
	served(plain)
	device := w.own("one", m)
	own := w.ownPath("one", device, "{mac}")
	for _, template := range []string{plainTemplate, ownTemplate} {
		w.confirm(m, template)
		if !strings.Contains(served(plain), own) {
			t.Errorf("confirmed as %s, the phone does not learn its own URL", template)
		}
	}
	if r := w.get(w.ownPath("one", ztp.NewToken(), mac)); r.StatusCode != http.StatusNotFound {
		t.Errorf("a wrong token: status %d", r.StatusCode)
	}
	served(plain) // nobody has come by the right one yet
	served(w.ownPath("one", device, mac))
	if diff := cmp.Diff(answer(t, w.get("/")), answer(t, w.get(plain))); diff != "" {
		t.Errorf("the old URL after the phone has come by its own: %s", diff)
	}
}

// One that has never fetched has no old URL in use.
func TestPhoneThatNeverFetchedLeavesNoOldURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	w.confirm(m, plainTemplate)
	w.own("one", m)
	if r := w.get(w.path("one", mac)); r.StatusCode != http.StatusOK {
		t.Errorf("before the vendor has confirmed its own URL: status %d", r.StatusCode)
	}
	w.confirm(m, ownTemplate)
	if diff := cmp.Diff(answer(t, w.get("/")), answer(t, w.get(w.path("one", mac)))); diff != "" {
		t.Errorf("after that: %s", diff)
	}
}

// counting notes what the store is asked, without the arguments.
type counting struct {
	provision.Store
	asked []string
}

func (c *counting) AccountByToken(ctx context.Context, token ztp.Secret) (ztp.Account, error) {
	c.asked = append(c.asked, "account")
	return c.Store.AccountByToken(ctx, token)
}

func (c *counting) EndpointByMAC(ctx context.Context, m ztp.MAC) (ztp.Endpoint, error) {
	c.asked = append(c.asked, "phone")
	return c.Store.EndpointByMAC(ctx, m)
}

func (c *counting) ContactsOfMAC(ctx context.Context, m ztp.MAC) ([]ztp.Contact, error) {
	c.asked = append(c.asked, "contacts")
	return c.Store.ContactsOfMAC(ctx, m)
}

func (c *counting) Platform(ctx context.Context, ref string) (ztp.Platform, error) {
	c.asked = append(c.asked, "platform")
	return c.Store.Platform(ctx, ref)
}

func (c *counting) DeviceTokens(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) (map[ztp.MAC]ztp.Secret, error) {
	c.asked = append(c.asked, "device")
	return c.Store.DeviceTokens(ctx, p, macs)
}

func (c *counting) PhoneRecord(ctx context.Context, t ztp.Secret, m ztp.MAC) (ztp.PhoneRecord, bool, error) {
	c.asked = append(c.asked, "record")
	return c.Store.PhoneRecord(ctx, t, m)
}

func (c *counting) ContactPassword(ctx context.Context, p ztp.PlatformID, m ztp.MAC) (ztp.Secret, error) {
	c.asked = append(c.asked, "password")
	return c.Store.ContactPassword(ctx, p, m)
}

func (c *counting) AccountTokenID(ctx context.Context, t ztp.Secret) (string, error) {
	c.asked = append(c.asked, "token id")
	return c.Store.AccountTokenID(ctx, t)
}

func (c *counting) OpenToken(ctx context.Context, p ztp.PlatformID, a ztp.AccountID, id string) (ztp.Secret, error) {
	c.asked = append(c.asked, "token")
	return c.Store.OpenToken(ctx, p, a, id)
}

func (c *counting) OpenSettings(ctx context.Context, s ...ztp.SettingScope) ([]ztp.ScopeSettings, error) {
	c.asked = append(c.asked, "settings")
	return c.Store.OpenSettings(ctx, s...)
}

// A refusal costs the same four questions whatever is wrong, or none as soon as it is in
// memory who there is, so that its time tells nothing of which phones there are.
func TestRefusalsTakeTheSameQuestions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	w.confirm(m, ownTemplate)
	store := &counting{Store: w.store}
	w.cfg.Store = store
	w.handler = w.unlearned()
	paths := map[string]string{
		"unknown MAC":             w.ownPath("one", device, "000413000001"),
		"unknown MAC, plain":      w.path("one", "000413000001"),
		"wrong token":             w.ownPath("one", ztp.NewToken(), mac),
		"no token":                w.path("one", mac),
		"unknown account's token": "/p/" + ztp.NewToken().RevealSecret() + "/" + device.RevealSecret() + "/" + mac,
		"another account's token": w.ownPath("two", device, mac),
	}
	for _, want := range [][]string{{"account", "phone", "contacts", "platform"}, nil} {
		for name, path := range paths {
			store.asked = nil
			if r := w.get(path); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s: status %d", name, r.StatusCode)
			}
			if diff := cmp.Diff(want, store.asked); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		w.handler.Tick(context.Background()) // it knows who there is from now on
	}
}
