package ztp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

var certNoon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// authority makes a certificate, as change says, and its key, both in PEM.
func authority(t testing.TB, change func(*x509.Certificate)) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Root", Organization: []string{"Example"}},
		NotBefore: certNoon.Add(-time.Hour), NotAfter: certNoon.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(c)
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return inPEM("CERTIFICATE", der), inPEM("PRIVATE KEY", text)
}

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// weak is an authority with an RSA key that can be forged.
const weakBits = 1024

func weak(t *testing.T) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, weakBits)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: certNoon.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	return inPEM("CERTIFICATE", der)
}

// TestCACertificates: certificates of authorities are taken, in one form whatever stood
// beside them, and nothing else is; what is said of it has nothing of the text in it.
func TestCACertificates(t *testing.T) {
	t.Parallel()
	one, key := authority(t, nil)
	two, _ := authority(t, func(c *x509.Certificate) { c.KeyUsage = 0 })
	got, err := set(whole, "ca_certificates", "subject=/CN=x\r\n"+strings.ReplaceAll(one, "\n", "\r\n")+"\n# and\n"+two+"\n\n")
	if err != nil || got[0].Secret || got[0].Value.RevealSecret() != strings.TrimSpace(one+two) {
		t.Fatalf("%v, %+v", err, got)
	}
	if again, err := set(whole, "ca_certificates", got[0].Value.RevealSecret()); err != nil || again[0].Value.RevealSecret() != got[0].Value.RevealSecret() {
		t.Errorf("what is stored is not taken again: %v", err)
	}
	if empty, err := set(aPhone, "ca_certificates", ""); err != nil || empty[0].Value.RevealSecret() != "" {
		t.Errorf("none, whatever farther layers say: %v", err)
	}
	leaf, _ := authority(t, func(c *x509.Certificate) { c.IsCA = false })
	signs, _ := authority(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
	large, _ := authority(t, func(c *x509.Certificate) { c.Subject.CommonName = strings.Repeat("long ", 600) })
	var five string
	for range 5 {
		c, _ := authority(t, nil)
		five += c
	}
	for name, c := range map[string]struct{ text, want string }{
		"a key":             {key, "private key"},
		"a key behind":      {one + key, "private key"},
		"a key cut short":   {one + key[:40], "private key"},
		"an old key":        {one + inPEM("RSA PRIVATE KEY", []byte("x")), "private key"},
		"of a server":       {one + leaf, "Certificate 2 is that of no authority"},
		"may not sign":      {signs, "Certificate 1 is that of no authority"},
		"too large":         {large, "more than 2500 bytes"},
		"too many":          {five, "at most 4 certificates"},
		"twice":             {one + one, "twice"},
		"weak":              {weak(t), "less than 2048 bits"},
		"a request":         {inPEM("CERTIFICATE REQUEST", []byte("x")), "something else"},
		"no certificate":    {inPEM("CERTIFICATE", []byte("x")), "can't be read"},
		"cut short":         {one + two[:200], "each whole"},
		"the first one cut": {one[:200] + "\n" + two, "each whole"},
		"a word":            {"canary", "each whole"},
		"DER":               {base64.StdEncoding.EncodeToString([]byte("canary")), "each whole"},
	} {
		_, err := set(whole, "ca_certificates", c.text)
		said := ztp.AsError(err).Fields["ca_certificates"]
		if !ztp.IsCode(err, ztp.CodeInvalid) || !strings.Contains(said, c.want) || strings.Contains(said, "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCACertificates_Words: a certificate is told by what it says, and when it ends.
func TestCACertificates_Words(t *testing.T) {
	t.Parallel()
	one, _ := authority(t, func(c *x509.Certificate) { c.Subject.CommonName = "Evil\nRoot \u202e" })
	all, why := ztp.CACertificates(one)
	if why != "" || len(all) != 1 {
		t.Fatal(why)
	}
	c := all[0]
	if want := fmt.Sprintf("%s, issued by itself, until 2 Jan 2036, SHA-256 %s", c.Subject, c.Fingerprint); ztp.CertificateWords(one)[0] != want ||
		strings.ContainsAny(want, "\n\u202e") || !strings.Contains(c.Subject, "Evil") || len(c.Fingerprint) != 32*3-1 {
		t.Errorf("%q", want)
	}
	for days, want := range map[int]int{40: 0, 30: 30, 15: 30, 14: 14, 3: 7, -1: 7} {
		if got := c.Alarm(c.NotAfter.AddDate(0, 0, -days)); got != want {
			t.Errorf("%d days before its end the alarm is %d, want %d", days, got, want)
		}
	}
	change := []ztp.SettingChange{{Name: "language"}, {Name: "ca_certificates", Value: ztp.NewSecret(one)}}
	if err := ztp.RefuseEnded(change, c.NotAfter.Add(-time.Second)); err != nil {
		t.Error(err)
	}
	if err := ztp.RefuseEnded(change, c.NotAfter); !strings.Contains(ztp.AsError(err).Fields["ca_certificates"], "has ended on 2 Jan 2036") {
		t.Errorf("one that has ended: %v", err)
	}
	change[1].Unset = true
	if err := ztp.RefuseEnded(change, c.NotAfter); err != nil {
		t.Errorf("one that has ended can't be taken away: %v", err)
	}
	const tenant ztp.Role = "tenant" // no such role yet
	if _, err := book.Check(tenant, whole, change[1:]); !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("set by anybody: %v", err)
	}
}

// FuzzCACertificates: whatever is taken is read by the library again, as the same.
func FuzzCACertificates(f *testing.F) {
	one, key := authority(f, nil)
	for _, seed := range []string{one, key, one + one, one[:100], "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, why := ztp.CACertificates(text)
		if why != "" {
			return
		}
		checked, err := set(whole, "ca_certificates", text)
		if err != nil {
			t.Fatal(err)
		}
		texts := ztp.CertificateTexts(checked[0].Value.RevealSecret())
		if len(texts) != len(all) || strings.Contains(checked[0].Value.RevealSecret(), "KEY") {
			t.Fatalf("%d certificates become %d", len(all), len(texts))
		}
		for i, one := range texts {
			der, err := base64.StdEncoding.DecodeString(one)
			if err != nil {
				t.Fatal(err)
			}
			if x, err := x509.ParseCertificate(der); err != nil || !x.IsCA || string(x.Raw) != string(all[i].DER) {
				t.Errorf("certificate %d: %v", i+1, err)
			}
		}
	})
}
