package server

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
)

// certificateHeaders are the beginnings of the names under which proxies forward what
// they know of a client's certificate. None gets past origin: the one that is
// configured is read there, the others could come from anybody.
var certificateHeaders = []string{"X-Ssl-", "Ssl-Client", "X-Client-Cert", "Client-Cert", "X-Tls-", "X-Forwarded-Tls-", "X-Forwarded-Client-Cert"}

// stripCertificates takes them, and the configured one, out of a request.
func stripCertificates(h http.Header, configured string) {
	for name := range h {
		for _, prefix := range certificateHeaders {
			if strings.HasPrefix(name, prefix) {
				delete(h, name)
			}
		}
	}
	if configured != "" {
		h.Del(configured)
	}
}

// forwardedCertificate reads the certificate that a trusted proxy forwards: PEM with
// its special characters escaped (nginx), or the bytes in base64 (HAProxy), with a
// colon before and after (RFC 9440). Without one the result is nil. More than one value
// was not written by the proxy alone.
func forwardedCertificate(values []string) ([]*x509.Certificate, error) {
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return nil, nil
	}
	if len(values) > 1 {
		return nil, unreadable
	}
	der, err := base64.StdEncoding.DecodeString(strings.Trim(values[0], ":"))
	if err != nil {
		text, err := url.PathUnescape(values[0])
		if err != nil {
			return nil, unreadable
		}
		block, rest := pem.Decode([]byte(text))
		if block == nil || strings.TrimSpace(string(rest)) != "" {
			return nil, unreadable
		}
		der = block.Bytes
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, unreadable
	}
	return []*x509.Certificate{cert}, nil
}
