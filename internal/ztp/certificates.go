package ztp

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A phone gets all of its certificates with every file, and how many it can hold is not
// documented (facts on phones, D.5 and E.1): so few, of the size of an authority's own.
const (
	MaxCACertificates = 4
	// maxCACertificate is of its DER, in bytes: roots with RSA-4096 have some 1,400.
	maxCACertificate = 2500
	// minRSA is what every TLS library of today wants.
	minRSA = 2048
)

// CACertificate is one that a phone is told to trust.
type CACertificate struct {
	Subject, Issuer string
	NotAfter        time.Time
	// Fingerprint is the SHA-256 of the certificate, in hexadecimal with colons.
	Fingerprint string
	DER         []byte
}

// Words say which it is and until when, for people.
func (c CACertificate) Words() string {
	from := "issued by " + c.Issuer
	if c.Issuer == c.Subject {
		from = "issued by itself"
	}
	return c.Subject + ", " + from + ", until " + c.NotAfter.UTC().Format("2 Jan 2006") + ", SHA-256 " + c.Fingerprint
}

// Alarm is the step that its end has come to, as of a ServedCertificate.
func (c CACertificate) Alarm(now time.Time) (days int) {
	return ServedCertificate{NotAfter: c.NotAfter}.Alarm(now)
}

// CertificateWords say what stands in a value of kind ValueCertificates: each in a sentence
// of its own. What can't be read is said to be so.
func CertificateWords(value string) []string {
	all, why := CACertificates(value)
	if why != "" {
		return []string{"Certificates that can't be read here"}
	}
	words := make([]string, len(all))
	for i, c := range all {
		words[i] = c.Words()
	}
	return words
}

// CACertificates reads certificates of authorities in PEM. why says what is wrong, "" for
// nothing: what to do about it, in a sentence that has nothing of the text in it.
func CACertificates(text string) (all []CACertificate, why string) {
	if strings.Contains(text, "PRIVATE KEY") {
		return nil, "There is a private key in it, which is not stored and never goes to a phone. Paste the certificates alone, and treat the key as known to others if it was not meant to leave its place."
	}
	seen := map[string]bool{}
	rest := []byte(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if len(all) == MaxCACertificates {
			return nil, "It has at most " + strconv.Itoa(MaxCACertificates) + " certificates: each phone gets all of them with every file, and how many it can hold is not known. Leave those away that phones don't need."
		}
		c, why := authority(block, len(all)+1)
		if why == "" && seen[c.Fingerprint] {
			why = fmt.Sprintf("Certificate %d stands there twice.", len(all)+1)
		}
		if why != "" {
			return nil, why
		}
		seen[c.Fingerprint] = true
		all = append(all, c)
	}
	if len(all) == 0 || strings.Count(text, "-----BEGIN") != len(all) { // those that are cut short are passed over
		return nil, "It is certificates in PEM, each whole: from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."
	}
	return all, ""
}

// authority reads the certificate with that number.
func authority(block *pem.Block, n int) (_ CACertificate, why string) {
	number := "Certificate " + strconv.Itoa(n)
	if block.Type != "CERTIFICATE" {
		return CACertificate{}, "There is something else in it than certificates. Paste these alone."
	}
	if len(block.Bytes) > maxCACertificate {
		return CACertificate{}, fmt.Sprintf("%s has more than %d bytes, and each phone gets it with every file. Certificates of authorities are smaller: see that it is one.", number, maxCACertificate)
	}
	x, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return CACertificate{}, number + " can't be read. Export it anew."
	}
	if !x.BasicConstraintsValid || !x.IsCA || x.KeyUsage != 0 && x.KeyUsage&x509.KeyUsageCertSign == 0 {
		return CACertificate{}, number + " is that of no authority: it may not sign others. Take the certificate of the authority that signed it."
	}
	if key, ok := x.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < minRSA {
		return CACertificate{}, fmt.Sprintf("%s has an RSA key of less than %d bits, which can be forged.", number, minRSA)
	}
	return CACertificate{Subject: shortName(x.Subject.String()), Issuer: shortName(x.Issuer.String()), NotAfter: x.NotAfter, Fingerprint: fingerprint(x.Raw), DER: x.Raw}, ""
}

// shortName is a name as it is shown: whoever made the certificate has chosen it.
func shortName(name string) string {
	const most = 120
	text := []rune(strings.Map(func(r rune) rune {
		if isControl(r) {
			return '?'
		}
		return r
	}, name))
	if len(text) > most {
		text = append(text[:most], '…')
	}
	if len(text) == 0 {
		return "no name"
	}
	return string(text)
}

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

// pemOf is the form in which they are stored: the same certificates, the same text, and
// nothing else that stood beside them.
func pemOf(all []CACertificate) string {
	var b strings.Builder
	for _, c := range all {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.DER}))
	}
	return strings.TrimSpace(b.String())
}

// CertificateTexts are the certificates of a stored value as phones get them: the DER of
// each in base64, in one line.
func CertificateTexts(value string) (texts []string) {
	rest := []byte(value)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return texts
		}
		texts = append(texts, base64.StdEncoding.EncodeToString(block.Bytes))
	}
}

// normal is a value that was found right in the form in which it is stored.
func (i SettingInfo) normal(value Secret) Secret {
	if i.Kind != ValueCertificates || value.IsZero() {
		return value
	}
	all, _ := CACertificates(value.RevealSecret())
	return NewSecret(pemOf(all))
}

func checkCertificates(value string) string {
	_, why := CACertificates(value)
	return why
}

// RefuseEnded refuses certificates that have ended at now: no phone would trust them. It is
// given changes that SettingBook.Check has found right.
func RefuseEnded(changes []SettingChange, now time.Time) error {
	for _, c := range changes {
		if c.Unset || c.Name != SettingCACertificates {
			continue
		}
		all, _ := CACertificates(c.Value.RevealSecret())
		for i, one := range all {
			if !one.NotAfter.After(now) {
				return Invalid(string(c.Name), fmt.Sprintf("Certificate %d has ended on %s, so that no phone trusts it. Take its successor.", i+1, one.NotAfter.UTC().Format("2 Jan 2006")))
			}
		}
	}
	return nil
}

// TrustedAuthority is a certificate that phones are told to trust, and for whom.
type TrustedAuthority struct {
	CACertificate
	Scopes []SettingScope
}

// TrustedAuthorities are the certificates that stand in settings, the one that ends first
// before the others. Values that can't be read are left out.
func TrustedAuthorities(set []ScopeSettings) []TrustedAuthority {
	var all []TrustedAuthority
	at := map[string]int{}
	for _, s := range set {
		for _, one := range s.Settings {
			certificates, _ := CACertificates(one.Value)
			for _, c := range certificates {
				i, known := at[c.Fingerprint]
				if !known {
					i = len(all)
					at[c.Fingerprint], all = i, append(all, TrustedAuthority{CACertificate: c})
				}
				all[i].Scopes = append(all[i].Scopes, s.Scope)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b TrustedAuthority) int { return a.NotAfter.Compare(b.NotAfter) })
	return all
}
