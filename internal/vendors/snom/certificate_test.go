package snom_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"testing"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// A certificate tells a MAC by its whole common name, or none.
func TestCertificateMAC(t *testing.T) {
	t.Parallel()
	var v ztp.CertificateReader = &snom.Vendor{}
	for cn, want := range map[string]string{
		"000413A11FA7": "00:04:13:A1:1F:A7", "000413a11fa7": "00:04:13:A1:1F:A7",
		"": "", "Snom D785": "", "000413A11FA7 ": "", "000413A11FA70": "", "x000413A11FA7": "", "00:04:13:A1:1F:A7": "",
		"000000000000": "", "010413A11FA7": "", "000413A11FA7\n": "", "０00413A11FA7": "",
	} {
		mac, ok := v.CertificateMAC(&x509.Certificate{Subject: pkix.Name{CommonName: cn}})
		if ok != (want != "") || ok && mac.String() != want {
			t.Errorf("%q: %s, %v; want %q", cn, mac, ok, want)
		}
	}
}

func TestOldModelsHaveNoCertificate(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]bool{"": true, "D785": true, "snom D385": true, "720": true, "snom320": false, "360": false} {
		if got := (*snom.Vendor)(nil).HasCertificate(model); got != want {
			t.Errorf("%q: %v", model, got)
		}
	}
}

// Whatever a certificate calls itself, it is for a phone only when its name is the bare MAC.
func FuzzCertificateName(f *testing.F) {
	for _, s := range []string{"000413A11FA7", "000413a11fa7", "00:04:13:A1:1F:A7", "000413A11FA7\x00", " 000413A11FA7", "snomD785", "010413A11FA7", "０00413A11FA7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		mac, ok := (*snom.Vendor)(nil).CertificateMAC(&x509.Certificate{Subject: pkix.Name{CommonName: name}})
		if ok != (strings.EqualFold(mac.Bare(), name) && !mac.IsZero()) {
			t.Errorf("%q is taken for %s: %v", name, mac, ok)
		}
	})
}
