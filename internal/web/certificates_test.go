package web_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// Certificates are pasted as they are, shown by what is in them, and a key that came along is
// neither kept nor shown again.
func TestCertificatesOfAuthorities(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../vendors/snom/testdata/authority.pem")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.phone(w.onboarded("Brightwater"), "000413A27F10")
	b := w.as("ops@example.net")
	const path, phone, secret = "/platforms/brightwater/settings", "/platforms/brightwater/phones/000413a27f10", "c2VjcmV0LWtleQ=="
	key := "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n"
	a := b.save(path+"/device", map[string]string{"ca_certificates": string(file) + key})
	if a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, secret) || !strings.Contains(a.body, "There is a private key in it") {
		t.Errorf("a key: %d\n%s", a.status, a.body)
	}
	pasted := strings.ReplaceAll("# our root\n"+string(file), "\n", "\r\n")
	if a := b.save(path+"/device", map[string]string{"ca_certificates": pasted}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %v", a.status, texts(a.doc, ".field-err"))
	}
	all, _ := ztp.CACertificates(string(file))
	for _, at := range []string{path, phone + "/settings"} {
		got := valueOf(t, b.page(at).doc, "Trusted authorities")
		for _, want := range []string{`CN=Example Root \<1\>`, "issued by itself", "until 3 Nov 2126", all[0].Fingerprint} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q lacks %q", at, got, want)
			}
		}
		if strings.Contains(got, "BEGIN") || strings.Contains(b.page(at).body, "BEGIN") {
			t.Errorf("%s shows all of it", at)
		}
	}
	form := b.page(path + "/device")
	there := one(t, form.doc, "textarea[name=ca_certificates]").FirstChild.Data
	if there != strings.TrimSpace(string(file)) {
		t.Errorf("the form has %q", there)
	}
	// As a browser sends what is there, nothing is changed.
	same := map[string]string{"ca_certificates": strings.ReplaceAll(there, "\n", "\r\n"), "language": "de"}
	if a := b.save(path+"/device", same); a.status != http.StatusSeeOther {
		t.Errorf("%d", a.status)
	}
	if log := b.page("/audit").body; strings.Count(log, "set ca_certificates") != 1 || strings.Contains(log, secret) || !strings.Contains(log, "set language") {
		t.Error("the audit log does not tell what was changed")
	}
	if preview := b.page(phone + "/preview").body; !strings.Contains(preview, ztp.CertificateTexts(string(file))[0][:40]) {
		t.Error("the preview does not show it")
	}
}

// Health tells when authorities end, at 30, 14 and 7 days, and whose phones trust them.
func TestAuthoritiesOnHealth(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	acme := []control.PlatformView{{Platform: ztp.Platform{ID: "p1", Slug: "acme"}}}
	for _, c := range []struct {
		days             int
		kind, text, word string
	}{
		{40, "ok", "2 certificates", ""}, {30, "warn", "Ends within 30 days", ""}, {13, "warn", "Ends within 14 days", ""}, {6, "err", "Ends within 7 days", ""}, {-1, "err", "Has ended", "refused by phones"},
	} {
		first := ztp.TrustedAuthority{CACertificate: ztp.CACertificate{Subject: "CN=`x`", Issuer: "CN=y", Fingerprint: "AB:CD", NotAfter: now.AddDate(0, 0, c.days)},
			Scopes: []ztp.SettingScope{{}, {Platform: "p1"}, {Platform: "p1", Account: "a"}}}
		later := first
		later.NotAfter = now.AddDate(9, 0, 0)
		kind, text, lines := web.DrawAuthorities(control.Health{Now: now, Authorities: []ztp.TrustedAuthority{first, later}}, acme)
		if kind != c.kind || text != c.text || len(lines) != 2 || !strings.Contains(lines[0], "\"CN='x', issued by CN=y") || !strings.Contains(lines[0], "Set for the installation, `acme`.") || !strings.Contains(lines[0], c.word) {
			t.Errorf("%d days: %s %s %q", c.days, kind, text, lines)
		}
	}
	if kind, text, lines := web.DrawAuthorities(control.Health{Now: now}, acme); kind != "ok" || text != "None" || len(lines) != 1 {
		t.Errorf("%s %s %q", kind, text, lines)
	}
}
