package phonesim

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// Result says how a step ended.
type Result string

const (
	// OK is an answer that was taken over.
	OK Result = "ok"
	// Redirected is OK with another setting server in the answer.
	Redirected Result = "redirected"
	// Nothing is a source that had nothing to offer.
	Nothing Result = "nothing"
	// Failed is no answer, or one that does not count.
	Failed Result = "failed"
)

// The names of steps. The last step of every trace is "boot" or "resync" and sums it up.
const (
	stepRedirection   = "redirection"    // asked the redirection service
	stepSettingServer = "setting_server" // asked the setting server that redirection or an earlier boot left
	stepPnP           = "pnp"
	stepDHCP          = "dhcp"
	stepTR69          = "tr69"
	stepOrder         = "order" // started over with another provisioning_order
	stepBoot          = "boot"
	stepResync        = "resync"
)

// Step is one thing the phone did. Printed in any way it shows URL, not RawURL.
type Step struct {
	// Step is what was done: redirection, setting_server, pnp, dhcp, tr69, order, boot, resync.
	Step string
	// URL is the address asked, with everything hidden that may be an account token; "" when nothing was asked.
	URL string
	// Result says how it ended.
	Result Result
	// Status is the HTTP status of the answer; 0 without one.
	Status int
	// Detail is what came of it or what went wrong, in words.
	Detail string

	raw string
}

// RawURL is the address as it was asked, account token and all.
func (s Step) RawURL() string { return s.raw }

// String is the step in one line.
func (s Step) String() string {
	status, where := "-", ""
	if s.Status != 0 {
		status = strconv.Itoa(s.Status)
	}
	if s.URL != "" {
		where = s.URL + "  "
	}
	return oneLine(fmt.Sprintf("%-14s  %-10s  %-3s  %s%s", s.Step, s.Result, status, where, s.Detail))
}

// GoString is String.
func (s Step) GoString() string { return s.String() }

// MarshalJSON writes the fields step, url, result, status and detail.
func (s Step) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Step   string `json:"step"`
		URL    string `json:"url"`
		Result Result `json:"result"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{s.Step, s.URL, s.Result, s.Status, oneLine(s.Detail)})
}

// Trace is what one boot or resync did.
type Trace struct {
	// Steps are in the order they happened.
	Steps []Step `json:"steps"`
	// Source is what provided the phone with settings: "redirection", "pnp", "dhcp", or "" when nothing did.
	// "redirection" means a setting server other than the redirection service, found now or at an earlier boot.
	Source string `json:"source"`
}

// Err is nil when the phone found its settings, else it says what stood in the way.
func (t Trace) Err() error {
	if t.Source != "" {
		return nil
	}
	return fmt.Errorf("the phone is not provisioned (%s)", t.cause())
}

// cause is the first step that failed, or where none did the first that had nothing
// to offer.
func (t Trace) cause() string {
	for _, result := range []Result{Failed, Nothing} {
		for _, s := range t.Steps {
			if s.Result == result && s.Step != stepBoot && s.Step != stepResync {
				return s.Step + ": " + oneLine(s.Detail)
			}
		}
	}
	return "nothing was asked"
}

// WriteText writes one line per step.
func (t Trace) WriteText(w io.Writer) error {
	for _, s := range t.Steps {
		if _, err := fmt.Fprintln(w, s); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes one JSON object per step and line.
func (t Trace) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	for _, s := range t.Steps {
		if err := enc.Encode(s); err != nil {
			return err
		}
	}
	return nil
}

// longestDetail bounds what an error of a server or a stand-in can put into a trace.
const longestDetail = 300

// oneLine keeps whatever a server sent from breaking the line or driving a terminal.
func oneLine(s string) string {
	return strings.TrimRight(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s), " ")
}

// brief is the text of an error, short enough for a trace.
func brief(err error) string {
	r := []rune(err.Error())
	if len(r) > longestDetail {
		r = append(r[:longestDetail], '…')
	}
	return string(r)
}
