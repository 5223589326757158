package ztp

// PhoneProof is what a platform asks of phones whose model has a device certificate.
type PhoneProof string

const (
	// ProofCertificate: such a phone has to show it.
	ProofCertificate PhoneProof = "certificate"
	// ProofToken: its own token and password are enough.
	ProofToken PhoneProof = "token"
)

// PhoneProofs lists them all, the default first.
var PhoneProofs = []PhoneProof{ProofCertificate, ProofToken}

var proofTitles = map[PhoneProof]string{
	ProofCertificate: "Device certificate where the model has one", ProofToken: "Own token and password",
}

// Title is the proof for people.
func (p PhoneProof) Title() string { return titleOf(proofTitles, p) }

// Certificate reports whether a device certificate is asked for.
func (p PhoneProof) Certificate() bool { return p != ProofToken }

// ValidatePhoneProof returns an *Error with code invalid for what is none.
func ValidatePhoneProof(p PhoneProof) error {
	if p == ProofCertificate || p == ProofToken {
		return nil
	}
	return Invalid("phone_proof", "This is certificate, or token for less.")
}

// LessCounts is how much there is with less than a device certificate: platforms that
// ask for less, and phones by platform that were last served without the one that was
// to be expected of them.
type LessCounts struct {
	Platforms int
	Phones    map[PlatformID]int
}

// Total is how many phones these are.
func (c LessCounts) Total() (n int) {
	for _, of := range c.Phones {
		n += of
	}
	return n
}

// needsCertificate reports whether a phone that has proven itself by less has to wait.
// Who was proven without one goes on; who has shown one shows it each time, unless
// somebody has admitted it since.
func (c Contact) needsCertificate(e Endpoint, level Assurance, v Visit) bool {
	proven := c.Assurance == AssurancePassword || c.Assurance == AssuranceNetwork
	return level != AssuranceCertificate && !proven && !c.AdmittedFrom(v.Network, v.At) && !c.InService(e)
}

// FormerURL is a URL that was a phone's own: the account whose token it carries, and the
// hash of the phone's.
type FormerURL struct {
	Account   AccountID
	TokenHash string
}

// Had reports whether the phone has come by this URL, or was to before it was moved.
func (c Contact) Had(account AccountID, tokenHash string) bool {
	own := c.Account == account && sameHash(c.DeviceTokenHash, tokenHash) && !c.ProvenAt.IsZero()
	for _, f := range c.Former {
		own = own || f.Account == account && sameHash(f.TokenHash, tokenHash)
	}
	return own
}
