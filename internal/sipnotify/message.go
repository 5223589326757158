package sipnotify

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// message is a NOTIFY as it goes out; each transaction of it has a branch of its own.
type message struct {
	cfg          *Config
	to           Address
	event, local string
	callID, tag  string
	cseq         int
	answers      []credential // to challenges
}

func (m message) uri() string { return m.to.String() }

// encode writes the message. Every part is checked or escaped where it was made, so no line
// ends where it should not.
func (m message) encode(branch string) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\r\n", args...) }
	transport := strings.ToUpper(m.cfg.Proxy.Transport)
	line("NOTIFY %s SIP/2.0", m.uri())
	line("Via: SIP/2.0/%s %s;branch=%s;rport", transport, m.local, branch)
	line("Max-Forwards: 70")
	line("From: <%s>;tag=%s", m.cfg.From, m.tag)
	line("To: <%s>", m.uri())
	line("Call-ID: %s", m.callID)
	line("CSeq: %d NOTIFY", m.cseq)
	line("Contact: <sip:%s;transport=%s>", m.local, m.cfg.Proxy.Transport)
	line("Event: %s", m.event)
	line("Subscription-State: terminated") // required by RFC 6665; there is no subscription
	for _, a := range m.answers {
		line("%s: %s", a.header, a.text)
	}
	line("User-Agent: %s", m.cfg.Agent)
	line("Content-Length: 0")
	line("")
	return b.Bytes()
}

// response is the little of an answer that counts.
type response struct {
	status     int
	branch     string
	challenges []string // of WWW-Authenticate or Proxy-Authenticate, as status says
}

const (
	// most is how long the head of a message may be.
	most = 64 << 10
	// mostSkipped is the longest body that is read over, to come to the next message: many
	// share a connection, and all would lose it.
	mostSkipped = 16 << 20
)

var errForeign = errors.New("no answer to a NOTIFY")

// readMessage reads one message of a stream, with its body, or of a datagram. errForeign is
// something that is whole and none of our business.
func readMessage(in *bufio.Reader) (response, error) {
	start, left := "", most
	for start == "" { // empty lines keep a connection open
		var err error
		if start, err = readLine(in, &left); err != nil {
			return response{}, err
		}
	}
	var headers []string
	for {
		l, err := readLine(in, &left)
		switch {
		case err != nil:
			return response{}, err
		case l == "":
			return finish(in, start, headers)
		case (l[0] == ' ' || l[0] == '\t') && len(headers) > 0: // goes on with the one before
			headers[len(headers)-1] += " " + strings.TrimSpace(l)
		default:
			headers = append(headers, l)
		}
	}
}

func readLine(in *bufio.Reader, left *int) (string, error) {
	l, err := in.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	if *left -= len(l); *left < 0 {
		return "", errors.New("a message that does not end")
	}
	return strings.TrimRight(string(l), "\r\n"), nil
}

// finish reads over the body, of which nothing is of interest, and makes of the head what it is.
func finish(in *bufio.Reader, start string, headers []string) (response, error) {
	var r response
	method, body, told := "", 0, false
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch name {
		case "content-length", "l":
			n, err := strconv.Atoi(value)
			if err != nil || n < 0 || n > mostSkipped || told && n != body {
				return r, errors.New("a body of which it is not known where it ends, or that is too long")
			}
			body, told = n, true
		case "via", "v":
			if r.branch == "" { // the topmost is ours
				r.branch = branchOf(value)
			}
		case "cseq":
			_, method, _ = strings.Cut(value, " ")
		case "www-authenticate", "proxy-authenticate":
			r.challenges = append(r.challenges, name[:5]+value)
		}
	}
	if _, err := io.CopyN(io.Discard, in, int64(body)); err != nil {
		return r, err
	}
	version, rest, _ := strings.Cut(start, " ")
	code, _, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if version != "SIP/2.0" || err != nil || status < 100 || status > 699 || r.branch == "" || strings.TrimSpace(method) != "NOTIFY" {
		return r, errForeign
	}
	r.status = status
	r.challenges = challengesOf(status, r.challenges)
	return r, nil
}

func branchOf(via string) string {
	first, _, _ := strings.Cut(via, ",")
	for param := range strings.SplitSeq(first, ";") {
		name, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(name), "branch") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// challengesOf are those of the header that belongs to the status; each was marked with the
// first five letters of its header's name.
func challengesOf(status int, marked []string) (of []string) {
	want := map[int]string{401: "www-a", 407: "proxy"}[status]
	for _, c := range marked {
		if c[:5] == want {
			of = append(of, c[5:])
		}
	}
	return of
}
