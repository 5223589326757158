package snom_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
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
