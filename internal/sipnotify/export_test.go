package sipnotify

import (
	"bufio"
	"bytes"
	"net"
	"time"
)

// DialWithin bounds the connection to the proxy. Call it before there is anything to send.
func (c *Client) DialWithin(d time.Duration) { c.within = d }

// Over makes the client send over this connection as over UDP: each write is a message.
func (c *Client) Over(n net.Conn) {
	c.conn = &conn{Conn: n, local: "192.0.2.1:5060", done: make(chan struct{}), waiting: map[string]chan response{}}
	go c.conn.read()
}

// ReadResponse reads one message, and tells its status and the answers to its challenges.
func ReadResponse(raw []byte, c *Client) (int, string, error) {
	r, err := readMessage(bufio.NewReaderSize(bytes.NewReader(raw), most))
	if err != nil {
		return 0, "", err
	}
	answers, err := c.answer(nil, r, "sip:1@voice.example")
	text := ""
	for _, a := range answers {
		text += a.text
	}
	return r.status, text, err
}
