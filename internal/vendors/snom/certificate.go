package snom

import (
	"crypto/x509"
	"regexp"

	"zerotouch.example/internal/ztp"
)

// bareMAC is how Snom writes the MAC of a phone into the common name of its
// certificate; the case is not the same in all.
var bareMAC = regexp.MustCompile(`^[0-9A-Fa-f]{12}$`)

// CertificateMAC reads the MAC that a phone's certificate is for, from its common
// name. A certificate for any phone of a model has none. Whether the certificate is to
// be believed is not its question.
func (*Vendor) CertificateMAC(cert *x509.Certificate) (ztp.MAC, bool) {
	if !bareMAC.MatchString(cert.Subject.CommonName) {
		return ztp.MAC{}, false
	}
	mac, err := ztp.ParseMAC(cert.Subject.CommonName)
	return mac, err == nil
}

// withoutCertificate are the old 3xx (Snom wiki: every phone but those has one).
var withoutCertificate = regexp.MustCompile(`^3\d\d$`)

// HasCertificate reports whether phones of a model have a device certificate.
func (*Vendor) HasCertificate(name string) bool {
	return !withoutCertificate.MatchString(bareModel(name))
}
