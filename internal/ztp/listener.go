package ztp

import "time"

// ServedCertificate is a certificate that a listener of ours shows.
type ServedCertificate struct {
	// Listener is admin, phone, phone-client or ops.
	Listener string
	// Names are the host names and addresses it is for, the first one first.
	Names []string
	// Key is its kind, such as P-256 or RSA-2048.
	Key      string
	NotAfter time.Time
}

// expiryDays are the days before its end at which a certificate is an alarm, each
// louder than the one before.
var expiryDays = [...]int{30, 14, 7}

// Alarm is the step that a certificate's end has come to: 0 while it is far, else 30,
// 14 or 7, the days that are left at most. One that has ended stays at 7.
func (c ServedCertificate) Alarm(now time.Time) (days int) {
	for _, d := range expiryDays {
		if c.NotAfter.Sub(now) <= time.Duration(d)*24*time.Hour {
			days = d
		}
	}
	return days
}

// FileTrouble is a file of a listener that changed and cannot be used, so that what
// was read before goes on being used.
type FileTrouble struct {
	Listener string
	// Detail says what is wrong, with the file's name.
	Detail string
	Since  time.Time
}

// ListenerState is what the listeners know of their certificates and files.
type ListenerState struct {
	Certificates []ServedCertificate
	// Clients: certificates of phones are asked for and believed.
	Clients  bool
	Troubles []FileTrouble
	// Handshakes are those with phones that went wrong, the newest first.
	Handshakes []HandshakeFailure
}
