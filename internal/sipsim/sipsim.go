// Package sipsim is a small SIP proxy with registered phones, for the demo and for tests:
// it takes NOTIFY over UDP, TCP or TLS, asks for a digest where it is told to, loses messages
// on request, and hands each event to the phone that it is for.
//
// It reads and writes SIP by itself and imports nothing of the client, so that the two do not
// share a mistake. Where it goes by an RFC the line says which. Start at Listen.
package sipsim

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
)

// Request is a NOTIFY that has come.
type Request struct {
	// URI is whom it is for, as it stands in the first line.
	URI       string
	Header    textproto.MIMEHeader
	Transport string
}

// Server is the proxy. Set its fields before Listen.
type Server struct {
	// Phone says what the phone behind an address answers: a status, 0 for nothing at all.
	// Nil answers 404 to everybody.
	Phone func(r Request) int
	// User and Password are asked for when User is set, by each of Asks in its turn: by one
	// proxy that wants MD5 when that is nil. Together: those that follow each other and ask
	// alike do so in one answer, as a proxy that forks hands it on.
	User, Password string
	Asks           []Ask
	Together       bool
	// Lose says whether the nth message, from 1 on, is lost on its way; nil loses none.
	Lose func(n int) bool
	// Trying: a 100 comes before the final answer.
	Trying bool
	// Before is what is sent before the answer to the nth request that was not lost, or in the
	// place of one where the phone says nothing; nil for nothing.
	Before func(n int) []byte

	lock   sync.Mutex
	seen   []Request
	count  int
	stale  map[int]int // how many nonces of an Ask were too old
	closed bool
	closes []io.Closer
	open   sync.WaitGroup
}

// Listen begins to take messages, by udp, tcp or tls, and returns the address.
func (s *Server) Listen(transport, address string, cert *tls.Certificate) (string, error) {
	if transport == "udp" {
		at, err := net.ListenPacket("udp", address)
		if err != nil {
			return "", err
		}
		s.keep(at)
		s.open.Go(func() { s.packets(at) })
		return at.LocalAddr().String(), nil
	}
	at, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	s.keep(at)
	if cert != nil {
		at = tls.NewListener(at, &tls.Config{Certificates: []tls.Certificate{*cert}, MinVersion: tls.VersionTLS12})
	}
	s.open.Go(func() { s.accept(at, transport) })
	return at.Addr().String(), nil
}

// Close ends it, with all connections.
func (s *Server) Close() {
	s.lock.Lock()
	s.closed = true
	for _, c := range s.closes {
		_ = c.Close()
	}
	s.lock.Unlock()
	s.open.Wait()
}

// Seen are the requests that were not lost, each retransmission too.
func (s *Server) Seen() []Request {
	s.lock.Lock()
	defer s.lock.Unlock()
	return append([]Request(nil), s.seen...)
}

// keep lets Close end it, also when that was called before.
func (s *Server) keep(c io.Closer) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.closes = append(s.closes, c)
	if s.closed {
		_ = c.Close()
	}
}

func (s *Server) packets(at net.PacketConn) {
	buffer := make([]byte, 64<<10)
	for {
		n, from, err := at.ReadFrom(buffer)
		if err != nil {
			return
		}
		in := bufio.NewReader(bytes.NewReader(buffer[:n]))
		s.take(in, "udp", func(b []byte) { _, _ = at.WriteTo(b, from) })
	}
}

func (s *Server) accept(at net.Listener, transport string) {
	for {
		c, err := at.Accept()
		if err != nil {
			return
		}
		s.keep(c)
		s.open.Go(func() {
			defer c.Close()
			in := bufio.NewReader(c)
			for s.take(in, transport, func(b []byte) { _, _ = c.Write(b) }) {
			}
		})
	}
}

// take reads one request and answers it; false when there is none.
func (s *Server) take(in *bufio.Reader, transport string, reply func([]byte)) bool {
	text := textproto.NewReader(in)
	first, err := text.ReadLine()
	if err != nil {
		return false
	}
	header, err := text.ReadMIMEHeader()
	if err != nil {
		return false
	}
	length, _ := strconv.Atoi(header.Get("Content-Length"))
	if _, err := io.CopyN(io.Discard, in, int64(length)); err != nil {
		return false
	}
	words := strings.Split(first, " ")
	if len(words) != 3 || words[2] != "SIP/2.0" {
		return false
	}
	if s.lost() {
		return true
	}
	r := Request{URI: words[1], Header: header, Transport: transport}
	s.lock.Lock()
	s.seen = append(s.seen, r)
	n := len(s.seen)
	s.lock.Unlock()
	status, more := s.judge(words[0], r)
	if s.Before != nil {
		if first := s.Before(n); len(first) > 0 {
			reply(first)
		}
	}
	if s.Trying && status >= 200 {
		reply(answer(r, 100, ""))
	}
	if status != 0 {
		reply(answer(r, status, more))
	}
	return true
}

func (s *Server) lost() bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.count++
	return s.Lose != nil && s.Lose(s.count)
}

// judge is what becomes of a request. RFC 6665 (section 8.2) wants Event and
// Subscription-State, RFC 3261 (8.1.1) the others.
func (s *Server) judge(method string, r Request) (status int, more string) {
	if method != "NOTIFY" {
		return 405, "Allow: NOTIFY\r\n"
	}
	for _, name := range []string{"Via", "From", "To", "Call-Id", "Cseq", "Max-Forwards", "Contact", "Event", "Subscription-State"} {
		if r.Header.Get(name) == "" {
			return 400, ""
		}
	}
	if status, more := s.asked(r); status != 0 {
		return status, more
	}
	if s.Phone == nil {
		return 404, ""
	}
	return s.Phone(r), ""
}

// answer copies what RFC 3261 (section 8.2.6.2) says is copied.
func answer(r Request, status int, more string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %d Simulated\r\n", status)
	for _, via := range r.Header["Via"] {
		fmt.Fprintf(&b, "Via: %s\r\n", via)
	}
	tag := ""
	if status > 100 {
		tag = ";tag=sim"
	}
	fmt.Fprintf(&b, "From: %s\r\nTo: %s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n%sContent-Length: 0\r\n\r\n",
		r.Header.Get("From"), r.Header.Get("To"), tag, r.Header.Get("Call-Id"), r.Header.Get("Cseq"), more)
	return b.Bytes()
}
