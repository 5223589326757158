package api

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"mime"
	"net"
	"net/http"
	"strings"
	"syscall"
	"unicode"
)

// Trouble is the kind of a NoAnswer.
type Trouble string

const (
	// TroubleNobody: nothing listens at the address.
	TroubleNobody Trouble = "nobody"
	// TroubleName: the address has a host name that leads nowhere.
	TroubleName Trouble = "name"
	// TroubleTime: no answer came in time.
	TroubleTime Trouble = "time"
	// TroubleTLS: the server cannot be trusted, or speaks plain http where https was
	// expected, or the other way round.
	TroubleTLS Trouble = "tls"
	// TroubleOther: something else answers at the address, such as a proxy.
	TroubleOther Trouble = "other"
	// TroubleNetwork is every other failure on the way.
	TroubleNetwork Trouble = "network"
)

// NoAnswer is a request without an answer of zerotouch: nobody was there, the
// connection ended, or something else answered. Sent again under the same
// IdempotencyKey a change is still one.
type NoAnswer struct {
	// Server is the address that was asked, as it was given to New; Op is method and path.
	Server, Op string
	Kind       Trouble
	// Reason says in words what is wrong.
	Reason string
	// Status is that of whatever answered, 0 when nothing did.
	Status int
	// MayHaveArrived: a request that changes something was sent, and nobody knows
	// whether it was carried out.
	MayHaveArrived bool
	Err            error
}

func (e *NoAnswer) Error() string {
	return e.Op + ": can't reach zerotouch at " + e.Server + ": " + e.Reason
}

// Unwrap returns what ended the request, such as the end of its context.
func (e *NoAnswer) Unwrap() error { return e.Err }

func (c *Client) noAnswer(in call, err error) *NoAnswer {
	e := &NoAnswer{Server: c.base.String(), Op: in.method + " " + in.path, Err: err}
	e.Kind, e.Reason = trouble(err)
	var dial *net.OpError
	began := !(errors.As(err, &dial) && dial.Op == "dial") && e.Kind != TroubleTLS && e.Kind != TroubleName
	e.MayHaveArrived = began && in.method != http.MethodGet
	return e
}

func trouble(err error) (Trouble, string) {
	var (
		name    *net.DNSError
		host    x509.HostnameError
		issuer  x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		timeout net.Error
	)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return TroubleNobody, "nothing listens there"
	case errors.As(err, &name) && name.IsNotFound:
		return TroubleName, "there is no host of this name"
	case errors.As(err, &name):
		return TroubleName, "the name of the host cannot be looked up"
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return TroubleTLS, "it speaks plain http, and the address begins with https://"
	case errors.As(err, &host):
		return TroubleTLS, "its certificate is for another name"
	case errors.As(err, &issuer):
		return TroubleTLS, "its certificate was issued by somebody whom this machine does not trust"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return TroubleTLS, "its certificate is out of date, or this machine's clock is wrong"
	case errors.As(err, &verify):
		return TroubleTLS, "its certificate is not accepted: " + verify.Err.Error()
	case errors.As(err, &timeout) && timeout.Timeout():
		return TroubleTime, "no answer came in time"
	}
	return TroubleNetwork, err.Error()
}

// elsewhere is an answer that cannot be one of zerotouch. Its body is not repeated,
// unless it is a short text beside a refusal.
func (c *Client) elsewhere(in call, resp *http.Response, body []byte) *NoAnswer {
	e := &NoAnswer{Server: c.base.String(), Op: in.method + " " + in.path, Kind: TroubleOther, Reason: "what answers there is not zerotouch", Status: resp.StatusCode}
	e.MayHaveArrived = in.method != http.MethodGet && resp.StatusCode < 400
	if resp.StatusCode == http.StatusBadRequest && bytes.Contains(body, []byte("HTTP request to an HTTPS server")) { // of Go's own server
		e.Kind, e.Reason = TroubleTLS, "it speaks https, and the address begins with http://"
		return e
	}
	if resp.StatusCode != http.StatusOK {
		e.Reason += "; it answers " + resp.Status
	}
	if to, err := resp.Location(); err == nil {
		e.Reason += " and sends to " + to.Scheme + "://" + to.Host
	}
	if said := shortText(resp, body); said != "" {
		e.Reason += ": " + said
	}
	return e
}

func shortText(resp *http.Response, body []byte) string {
	const longest = 200
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	text := strings.TrimSpace(string(body))
	if resp.StatusCode < 400 || kind != "text/plain" || len(text) > longest || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return text
}
