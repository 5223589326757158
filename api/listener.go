package api

import (
	"context"
	"time"
)

// Listeners is what the process that answers knows of its own listeners. Other
// processes of the installation may have files of their own.
type Listeners struct {
	PhoneCertificates bool          `json:"phone_certificates" doc:"Certificates of phones are asked for and believed"`
	Certificates      []Certificate `json:"certificates" nullable:"false" doc:"Certificates that they show"`
	Troubles          []FileTrouble `json:"troubles" nullable:"false" doc:"Files that have changed and cannot be used, so that what was read before stays in use"`
}

// Certificate is a certificate that a listener shows.
type Certificate struct {
	Listener string    `json:"listener" doc:"admin, phone, phone-client or ops"`
	Names    []string  `json:"names" nullable:"false" doc:"Host names and addresses that it is for"`
	Key      string    `json:"key" doc:"Kind of its key, such as P-256 or RSA-2048"`
	NotAfter time.Time `json:"not_after" doc:"Its end"`
	Alarm    int       `json:"alarm" enum:"0,7,14,30" doc:"0 while its end is far, else the days that are left at most; 7 also after its end"`
}

// FileTrouble is a file of a listener that cannot be used.
type FileTrouble struct {
	Listener string    `json:"listener"`
	Detail   string    `json:"detail" doc:"What is wrong, with the name of the file"`
	Since    time.Time `json:"since"`
}

// HandshakeFailure counts TLS handshakes with phones that went wrong in the same way.
type HandshakeFailure struct {
	Address string    `json:"address" doc:"Network address that the connection came from"`
	Name    string    `json:"name" doc:"Host name that was asked for; empty when none was"`
	Reason  string    `json:"reason" enum:"old_version,no_common_cipher,certificate_not_trusted,certificate_out_of_time,name_not_served,phone_certificate_missing,phone_certificate_not_believed,plain_http,not_tls,too_slow,closed,other"`
	Text    string    `json:"text" doc:"What the reason means, and what opens the way"`
	Offers  string    `json:"offers" doc:"Newest version and class of cipher suites that were offered"`
	Alert   string    `json:"alert" doc:"Word of the side that gave up"`
	Count   int       `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// HandshakeFailures returns those of every process, the newest first.
func (c *Client) HandshakeFailures(ctx context.Context) (List[HandshakeFailure], error) {
	return get[List[HandshakeFailure]](ctx, c, path("health", "handshakes"))
}

// Authority is a certificate that phones are told to trust.
type Authority struct {
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Fingerprint string    `json:"fingerprint" doc:"SHA-256, in hexadecimal with colons"`
	NotAfter    time.Time `json:"not_after" doc:"Its end"`
	Alarm       int       `json:"alarm" enum:"0,7,14,30" doc:"0 while its end is far, else the days that are left at most; 7 also after its end"`
	Platforms   []string  `json:"platforms" nullable:"false" doc:"Slugs of the platforms in whose settings it stands, in whichever layer"`
	Everywhere  bool      `json:"everywhere" doc:"It stands in the settings of the installation"`
}
