package ztp

import (
	"cmp"
	"time"
)

// HandshakeReason says why a TLS handshake with a phone did not come about.
type HandshakeReason string

// The reasons. Each is found from what was offered and from the alert of the side that
// gave up.
const (
	HandshakeOldVersion    HandshakeReason = "old_version"
	HandshakeNoCipher      HandshakeReason = "no_common_cipher"
	HandshakeNotTrusted    HandshakeReason = "certificate_not_trusted"
	HandshakeClock         HandshakeReason = "certificate_out_of_time"
	HandshakeWrongName     HandshakeReason = "name_not_served"
	HandshakeNoCertificate HandshakeReason = "phone_certificate_missing"
	HandshakeNotBelieved   HandshakeReason = "phone_certificate_not_believed"
	HandshakePlainHTTP     HandshakeReason = "plain_http"
	HandshakeNotTLS        HandshakeReason = "not_tls"
	HandshakeTooSlow       HandshakeReason = "too_slow"
	HandshakeClosed        HandshakeReason = "closed"
	HandshakeOther         HandshakeReason = "other"
)

// handshakeWords is what each reason means, and what opens the way.
var handshakeWords = map[HandshakeReason]string{
	HandshakeOldVersion:    "It offers nothing newer than TLS 1.1. A newer firmware speaks TLS 1.2.",
	HandshakeNoCipher:      "No cipher suite is known to both. A chain with RSA beside that with P-256, or a newer firmware, may help.",
	HandshakeNotTrusted:    "It does not trust our certificate. Is the chain complete, its authority known to the firmware, and is it for this name?",
	HandshakeClock:         "It says that our certificate is out of time, or just bad. If it is neither, the phone's clock is wrong: give it a time server by DHCP option 42.",
	HandshakeWrongName:     "No certificate is for the name it asks for.",
	HandshakeNoCertificate: "It shows no certificate where one is required.",
	HandshakeNotBelieved:   "The certificate it shows is not believed.",
	HandshakePlainHTTP:     "It speaks plain http where TLS is spoken.",
	HandshakeNotTLS:        "It speaks something else than TLS.",
	HandshakeTooSlow:       "It did not get to the end of the handshake in time.",
	HandshakeClosed:        "It gave up without a word. Many phones do so with a certificate that they do not trust.",
	HandshakeOther:         "Something else went wrong.",
}

// HandshakeReasons lists all of them.
var HandshakeReasons = []HandshakeReason{
	HandshakeOldVersion, HandshakeNoCipher, HandshakeNotTrusted, HandshakeClock, HandshakeWrongName, HandshakeNoCertificate,
	HandshakeNotBelieved, HandshakePlainHTTP, HandshakeNotTLS, HandshakeTooSlow, HandshakeClosed, HandshakeOther,
}

// Text is what the reason means for whoever looks for a phone.
func (r HandshakeReason) Text() string { return handshakeWords[r] }

// HandshakeFailure counts handshakes that went wrong in the same way. A phone behind them
// reached us, and no log of fetches knows of it.
type HandshakeFailure struct {
	// Address is the network address of the connection, Name the host name that was asked
	// for, "" when none was.
	Address, Name string
	Reason        HandshakeReason
	// Offers is the newest version and the class of cipher suites that were offered, ""
	// when it did not come to that. Alert is the word of the side that gave up.
	Offers, Alert string
	Count         int
	First, Last   time.Time
}

// Compare orders kinds of failures, whatever their counts.
func (f HandshakeFailure) Compare(o HandshakeFailure) int {
	return cmp.Or(cmp.Compare(f.Address, o.Address), cmp.Compare(f.Name, o.Name), cmp.Compare(f.Reason, o.Reason), cmp.Compare(f.Offers, o.Offers), cmp.Compare(f.Alert, o.Alert))
}
