package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"math/big"
	"time"
)

// checkLife is how long the certificate of a check counts, and checkSkew how far the clocks of
// two processes may differ.
const (
	checkLife = time.Minute
	checkSkew = time.Minute
)

// CheckCertificate is what a process of this installation shows when it looks whether the
// provisioning URL leads here: where phones have to show a certificate, it would not get in
// else. It is believed by every process with the same TicketKey, for a minute, and says of no
// phone that it is that one.
func CheckCertificate(ticket func(period int64) ([32]byte, error), now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	mark, err := checkMark(ticket, public)
	if err != nil {
		return nil, err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "address check", SerialNumber: mark},
		NotBefore: now.Add(-checkSkew), NotAfter: now.Add(checkLife), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// checkMark tells a key that this installation has made from all others.
func checkMark(ticket func(period int64) ([32]byte, error), public []byte) (string, error) {
	secret, err := ticket(0) // a period in which nobody makes tickets
	if err != nil {
		return "", fmt.Errorf("certificate of the address check: %w", err)
	}
	m := hmac.New(sha256.New, secret[:])
	_, _ = m.Write([]byte("zerotouch address check\n")) // never fails
	_, _ = m.Write(public)
	return hex.EncodeToString(m.Sum(nil)), nil
}

// isCheck reports whether a connection is made by a check of this installation. That the other
// side has the key of its certificate is what the handshake has shown.
func (p *phoneTLS) isCheck(shown []*x509.Certificate) bool {
	if len(shown) != 1 || shown[0].Subject.SerialNumber == "" || p.now().After(shown[0].NotAfter.Add(checkSkew)) || p.now().Before(shown[0].NotBefore.Add(-checkSkew)) {
		return false
	}
	mark, err := checkMark(p.ticket, shown[0].RawSubjectPublicKeyInfo)
	return err == nil && hmac.Equal([]byte(mark), []byte(shown[0].Subject.SerialNumber))
}
