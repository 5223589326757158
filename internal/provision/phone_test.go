package provision_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/ztp"
)

const mac = "000413A11FA7"

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// answer is everything of an answer that somebody outside can compare.
func answer(t testing.TB, r *http.Response) []any {
	t.Helper()
	return []any{r.StatusCode, r.Header, body(t, r)}
}

func TestPhoneGetsItsSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone("one", mac, ztp.EndpointListed)
	for _, spelling := range []string{mac, strings.ToLower(mac), "00:04:13:A1:1F:A7", "00-04-13-a1-1f-a7", "0004.13a1.1fa7"} {
		r := w.get(w.path("one", spelling))
		text := body(t, r)
		if r.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d", spelling, r.StatusCode)
		}
		doc, err := settingsxml.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", spelling, err)
		}
		want := "https://prov.example/p/" + w.tokens["one"].RevealSecret() + "/{mac}"
		if got := doc.Document.Settings[0].Value; got != want {
			t.Error("the phone's own URL is not the one with the account's token")
		}
		if got := r.Header.Get("Content-Type"); got != "text/xml; charset=utf-8" {
			t.Errorf("Content-Type %q", got)
		}
		if r.ContentLength != int64(len(text)) || r.Header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("headers %v for %d bytes", r.Header, len(text))
		}
	}
}

func TestPhoneIsServedWhateverTheVendorSays(t *testing.T) {
	t.Parallel()
	// A Disable pauses phones at the vendor; those in service go on.
	for _, state := range []ztp.EndpointState{ztp.EndpointWanted, ztp.EndpointListed, ztp.EndpointPaused, ztp.EndpointFailed} {
		w := newWorld(t)
		w.phone("one", mac, state)
		if r := w.get(w.path("one", mac)); r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", state, r.StatusCode)
		}
	}
}

func TestEverythingElseIsOneAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone("one", mac, ztp.EndpointListed)
	w.phone("two", "000413A11FA8", ztp.EndpointListed)
	w.phone("three", "000413A11FA9", ztp.EndpointListed)
	w.phone("one", "000413A11FAA", ztp.EndpointReleased)
	token := w.tokens["one"].RevealSecret()
	want := answer(t, w.get("/"))
	if want[0] != http.StatusNotFound {
		t.Fatalf("status %v", want[0])
	}
	for name, path := range map[string]string{
		"wrong token, known MAC":              "/p/" + ztp.NewToken().RevealSecret() + "/" + mac,
		"wrong token, unknown MAC":            "/p/" + ztp.NewToken().RevealSecret() + "/000413000001",
		"right token, unknown MAC":            "/p/" + token + "/000413000001",
		"right token, MAC of another account": "/p/" + token + "/000413A11FA8",
		"right token, MAC of another tenant":  "/p/" + token + "/000413A11FA9",
		"released MAC":                        "/p/" + token + "/000413A11FAA",
		"no MAC":                              "/p/" + token,
		"empty MAC":                           "/p/" + token + "/",
		"something behind":                    "/p/" + token + "/" + mac + ".xml",
		"a slash behind":                      "/p/" + token + "/" + mac + "/",
		"a query":                             "/p/" + token + "/" + mac + "?x=1",
		"an empty query":                      "/p/" + token + "/" + mac + "?",
		"double slash":                        "/p//" + token + "/" + mac,
		"slash in front":                      "//p/" + token + "/" + mac,
		"dots":                                "/p/x/../" + token + "/" + mac,
		"escaped dots":                        "/p/%2e%2e/p/" + token + "/" + mac,
		"escaped slash":                       "/p/" + token + "%2f" + mac,
		"escaped letter":                      "/p/" + token + "/%30" + mac[1:],
		"NUL behind":                          "/p/" + token + "/" + mac + "%00",
		"token in capitals":                   "/p/" + strings.ToUpper(token) + "/" + mac,
		"prefix in capitals":                  "/P/" + token + "/" + mac,
		"the phone did not fill in":           "/p/" + token + "/%7Bmac%7D",
		"mixed separators":                    "/p/" + token + "/00:04-13:A1:1F:A7",
		"multicast":                           "/p/" + token + "/010413A11FA7",
		"all zero":                            "/p/" + token + "/000000000000",
		"long":                                "/p/" + token + "/" + strings.Repeat("0", 4000),
		"full-width digits":                   "/p/" + token + "/%EF%BC%90" + mac[1:],
		"unknown nonce":                       "/.well-known/zerotouch/" + ztp.NewNonce(),
		"no nonce":                            "/.well-known/zerotouch/",
		"the portal":                          "/sign-in",
		"the API":                             "/api/v1/platforms",
		"health":                              "/healthz",
	} {
		if diff := cmp.Diff(want, answer(t, w.get(path))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestOtherMethodsAreRefusedAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone("one", mac, ztp.EndpointListed)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, "PROPFIND"} {
		want := answer(t, w.do(method, "/"))
		if want[0] != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %v", method, want[0])
		}
		if diff := cmp.Diff(want, answer(t, w.do(method, w.path("one", mac)))); diff != "" {
			t.Errorf("%s tells what exists: %s", method, diff)
		}
	}
}

func TestPhoneThatHasItGets304(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone("one", mac, ztp.EndpointListed)
	tag := w.get(w.path("one", mac)).Header.Get("ETag")
	for _, sent := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		r := w.do(http.MethodGet, w.path("one", mac), "If-None-Match", sent)
		if r.StatusCode != http.StatusNotModified || body(t, r) != "" {
			t.Errorf("%s: status %d", sent, r.StatusCode)
		}
	}
	w.issue("one")
	if r := w.do(http.MethodGet, w.path("one", mac), "If-None-Match", tag); r.StatusCode != http.StatusOK {
		t.Errorf("after a new token: status %d, the phone would keep the old one", r.StatusCode)
	}
}

func TestEarlierTokenLeadsToTheCurrentOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone("one", mac, ztp.EndpointListed)
	old := w.issue("one")
	r := w.get("/p/" + old.RevealSecret() + "/" + mac)
	if text := body(t, r); r.StatusCode != http.StatusOK || !strings.Contains(text, w.tokens["one"].RevealSecret()) {
		t.Errorf("status %d, and the file does not name the current token", r.StatusCode)
	}
}

func TestOwnTemplateOfThePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("brand", "https://prov.brand.example/p/{account_token}/{mac}")
	w.account("brand", "four")
	w.phone("four", mac, ztp.EndpointListed)
	if text := body(t, w.get(w.path("four", mac))); !strings.Contains(text, "https://prov.brand.example/p/"+w.tokens["four"].RevealSecret()+"/{mac}") {
		t.Error("the file does not carry the platform's own address")
	}
	w.platform("foreign", "https://their.example/cfg/{account_token}/{mac}")
	w.account("foreign", "five")
	w.phone("five", "000413A11FA8", ztp.EndpointListed)
	r := w.get(w.path("five", "000413A11FA8"))
	if text := body(t, r); r.StatusCode != http.StatusOK || !strings.Contains(text, "https://their.example/cfg/"+w.tokens["five"].RevealSecret()+"/{mac}") {
		t.Errorf("a phone of somebody else's server is not told where that is: status %d, %s", r.StatusCode, text)
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	head := w.do(http.MethodHead, w.path("one", mac))
	if got := w.fetched(m); !got.IsZero() {
		t.Error("HEAD counts as a fetch")
	}
	get := w.get(w.path("one", mac))
	if diff := cmp.Diff(get.Header, head.Header); diff != "" {
		t.Error(diff)
	}
}

func (w *world) fetched(m ztp.MAC) time.Time {
	w.t.Helper()
	w.must(w.handler.Flush(context.Background()))
	e, err := w.store.EndpointByMAC(context.Background(), m)
	w.must(err)
	return e.FetchedAt
}

func TestFetchIsRecordedOnceAMinute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	for _, step := range []struct{ after, want time.Duration }{
		{0, 0}, {59 * time.Second, 0}, {60 * time.Second, 60 * time.Second}, {90 * time.Second, 60 * time.Second},
	} {
		w.now = noon.Add(step.after)
		w.get(w.path("one", mac))
		if diff := cmp.Diff(noon.Add(step.want), w.fetched(m)); diff != "" {
			t.Errorf("after %v: %s", step.after, diff)
		}
	}
}

func TestOwnTroubleIs503(t *testing.T) {
	t.Parallel()
	for name, hurt := range map[string]func(*world){
		"database away":  func(w *world) { w.away() },
		"file not made":  func(w *world) { w.cfg.Vendors = []ztp.Vendor{maker{broken: true}}; w.serve() },
		"no address set": func(w *world) { w.cfg.URL = ztp.URLTemplate{}; w.serve() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.phone("one", mac, ztp.EndpointListed)
			hurt(w)
			r := w.get(w.path("one", mac))
			if text := body(t, r); r.StatusCode != http.StatusServiceUnavailable || text == "" || r.Header.Get("Retry-After") == "" {
				t.Errorf("status %d, Retry-After %q, body %q", r.StatusCode, r.Header.Get("Retry-After"), text)
			}
			if strings.Contains(w.log.String(), w.tokens["one"].RevealSecret()) {
				t.Error("the token is in the log")
			}
		})
	}
}

func TestLogNamesThePhoneAndNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone("one", mac, ztp.EndpointListed)
	wrong := ztp.NewToken().RevealSecret()
	agent := "snomD785-SIP\r\n\x1b[31m\u202eevil " + strings.Repeat("x", 5000)
	for _, path := range []string{w.path("one", mac), "/p/" + wrong + "/" + mac} {
		w.do(http.MethodGet, path, "User-Agent", agent)
	}
	got := w.log.String()
	for _, token := range []string{wrong, w.tokens["one"].RevealSecret()} {
		if strings.Contains(got, token) {
			t.Error("a token is in the log")
		}
	}
	for _, want := range []string{"platform=acme", "account=one", "mac=00:04:13:A1:1F:A7", `reason="unknown token"`, "snomD785-SIP[31mevil"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in the log:\n%s", want, got)
		}
	}
	if strings.ContainsAny(got, "\x1b\u202e\r") || len(got) > 2000 {
		t.Errorf("the User-Agent came through: %q", got)
	}
}

// A path is served when it is right, and no path is when a query follows it.
func FuzzPathIsServedOnlyWhenRight(f *testing.F) {
	f.Add("/" + mac)
	f.Add("/00:04:13:a1:1f:a7")
	f.Add("//" + mac)
	f.Add("/../x/" + mac)
	f.Add("/" + mac + "?")
	f.Add("/?" + mac)
	f.Add("/x?/" + mac + "&x=/" + mac)
	w := newWorld(f)
	w.phone("one", mac, ztp.EndpointListed)
	f.Fuzz(func(t *testing.T, rest string) {
		path, _, asks := strings.Cut(rest, "?")
		if _, err := url.PathUnescape(path); err != nil {
			return
		}
		w.t = t
		r := w.get("/p/" + w.tokens["one"].RevealSecret() + rest)
		bare := strings.ToUpper(strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimPrefix(path, "/")))
		if right := !asks && strings.HasPrefix(path, "/") && bare == mac; r.StatusCode == http.StatusOK && !right {
			t.Errorf("%q is served", rest)
		}
	})
}
