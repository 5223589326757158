package server

import (
	"crypto/tls"
	"errors"
	"io"
)

// plainHTTP finds the connection of somebody who speaks plain http where TLS is spoken.
func plainHTTP(err error) (tls.RecordHeaderError, bool) {
	var first tls.RecordHeaderError
	if !errors.As(err, &first) || first.Conn == nil {
		return first, false
	}
	switch string(first.RecordHeader[:]) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "PATCH", "DELET", "TRACE", "CONNE":
		return first, true
	}
	return first, false
}

// answerPlain tells whoever speaks plain http, as net/http would.
func answerPlain(err error) {
	if first, ok := plainHTTP(err); ok {
		_, _ = io.WriteString(first.Conn, "HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\nThis address speaks https.\n")
	}
}
