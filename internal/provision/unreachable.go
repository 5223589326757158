package provision

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"zerotouch.example/internal/ztp"
)

// unreachable is the refusal; detail is a sentence for people.
func unreachable(detail string, err error) error {
	return &ztp.Error{Code: ztp.CodeProvisioningURLUnreachable, Detail: detail, Err: err}
}

// met says in words what was met on the way to base. An error of an unlisted
// kind stays in the log and says only that it failed.
func met(base *url.URL, err error) error {
	at := net.JoinHostPort(base.Hostname(), port(base))
	for _, say := range []func(string, string, error) string{nameTrouble, certificateTrouble, wayTrouble} {
		if detail := say(base.Hostname(), at, err); detail != "" {
			return unreachable(detail, err)
		}
	}
	return unreachable(fmt.Sprintf("The connection to %s failed.", at), err)
}

func nameTrouble(host, _ string, err error) string {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return ""
	case dns.IsNotFound:
		return fmt.Sprintf("The name %s does not exist in DNS.", host)
	case dns.IsTimeout:
		return fmt.Sprintf("DNS gave no answer for %s in time.", host)
	}
	return fmt.Sprintf("The name %s could not be resolved.", host)
}

func certificateTrouble(host, at string, err error) string {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &name):
		return fmt.Sprintf("The certificate of %s is not for the name %s.", at, host)
	case errors.As(err, &authority):
		return fmt.Sprintf("The certificate of %s is from an authority that this system does not trust. Phones have to trust it too; for an authority of your own set SSL_CERT_FILE.", at)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("The certificate of %s has expired or is not valid yet.", at)
	case errors.As(err, &invalid):
		return fmt.Sprintf("The certificate of %s is not valid for a server.", at)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return fmt.Sprintf("%s does not speak TLS.", at)
	case errors.As(err, &alert):
		return fmt.Sprintf("%s ended the TLS handshake.", at)
	}
	return ""
}

func wayTrouble(_, at string, err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, errNotLoopback):
		return fmt.Sprintf("Plain http is only taken for a loopback address, and %s is none.", at)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("Nothing listens at %s (connection refused).", at)
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return fmt.Sprintf("There is no way from this server to %s.", at)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("%s did not answer within %d seconds.", at, int(checkTimeout.Seconds()))
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return fmt.Sprintf("%s closed the connection without an answer.", at)
	}
	return ""
}
