package provision_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// What is cut out of a file is put in again where it was.
func TestCommon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		whole string
		texts []string
		own   string
	}{
		{"abc", nil, "abc"}, {"", []string{"x"}, ""}, {"<ONE><TWO>", []string{"ONE", "TWO"}, "<><>"}, {"ONETWO", []string{"ONE", "TWO"}, ""},
		{"TWO ONE", []string{"ONE", "TWO"}, "TWO "}, {"ONE ONE", []string{"ONE"}, " ONE"},
	} {
		own, back := provision.CutAndBack([]byte("before "), []byte(c.whole), c.texts)
		if own != c.own || back != "before "+c.whole {
			t.Errorf("%q without %q is %q, and back %q", c.whole, c.texts, own, back)
		}
	}
}

// TestCertificatesInMemory: a phone gets the same file from memory, with the certificates that
// its layers say, and these take no room of its own.
func TestCertificatesInMemory(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../vendors/snom/testdata/authority.pem")
	if err != nil {
		t.Fatal(err)
	}
	base64 := ztp.CertificateTexts(string(text))[0]
	w := newWorld(t)
	v, err := snom.New(snom.Config{})
	w.must(err)
	w.cfg.Vendors = []ztp.Vendor{v}
	w.serve()
	m := w.phone("one", mac, ztp.EndpointListed)
	h := w.handset("one", w.own("one", m), mac)
	w.confirm(m, ownTemplate)
	_, file := h.fetch()
	h.user, h.password = file["http_client_user"], file["http_client_pass"]
	h.path = w.settledOf(h.path, mac)
	fetched := func(certificate bool) (size int) {
		t.Helper()
		first := answer(t, h.ask(""))
		if diff := cmp.Diff(first, answer(t, h.ask(""))); diff != "" {
			t.Errorf("from memory it is another file: %s", diff)
		}
		r := h.ask("")
		if got := body(t, r); r.StatusCode != http.StatusOK || strings.Contains(got, `<certificate type="base64">`+base64+"</certificate>") != certificate {
			t.Errorf("status %d, certificate %t:\n%s", r.StatusCode, certificate, got)
		}
		return w.handler.Size()
	}
	h.ask("")
	before := fetched(false)
	w.set(ztp.SettingScope{}, "ca_certificates="+string(text))
	w.handler.Tick(context.Background())
	if after := fetched(true); after-before >= len(base64)/2 {
		t.Errorf("a phone took %d bytes and takes %d, with a certificate of %d", before, after, len(base64))
	}
	w.set(ztp.SettingScope{Platform: w.accounts["one"].Platform, MAC: m}, "ca_certificates=")
	w.handler.Tick(context.Background())
	fetched(false)
}
