package sipnotify

import (
	"bufio"
	"bytes"
)

// ReadResponse reads one message, and tells its status and the answer to its challenge.
func ReadResponse(raw []byte, c *Client) (int, string, error) {
	r, err := readMessage(bufio.NewReaderSize(bytes.NewReader(raw), most))
	if err != nil {
		return 0, "", err
	}
	_, credentials, err := c.answer(r, "sip:1@voice.example")
	return r.status, credentials, err
}
