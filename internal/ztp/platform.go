package ztp

import "time"

// Platform is a white-label tenant of the voice service.
type Platform struct {
	ID PlatformID
	// Slug never changes after creation.
	Slug string
	Name string
	// ExternalID is the caller's own id, unique when set. Creating again with the
	// same one returns the existing platform.
	ExternalID string
	// URLTemplate replaces the installation's provisioning URL when set. It holds
	// {account_token} and {mac} once each.
	URLTemplate string
	// ProvenTemplate is the URL that was last proven and has gone to a vendor, without its
	// tokens; "" before that. The store alone sets it, whenever a link's AddressTemplate is
	// saved.
	ProvenTemplate string
	// Primary is the account whose URL the profile at the vendor carries; "" until
	// an account has a token.
	Primary AccountID
	// HomeSince: from then on its phones are sent home, that is told to ask their maker's
	// redirection service again; zero while they are served.
	HomeSince time.Time
	// PhoneProof is what its phones have to show; "" is ProofCertificate.
	PhoneProof PhoneProof
	CreatedAt  time.Time
	UpdatedAt  time.Time
	// Version grows with every update; UpdatePlatform refuses an older one.
	Version int64
}

// Account is a customer of a platform. Its provisioning token is part of the
// provisioning URL of its phones.
type Account struct {
	ID         AccountID
	Platform   PlatformID
	Slug       string
	Name       string
	ExternalID string
	// TokenID names the current provisioning token, "" without one. The value
	// itself is sealed in the store and never part of this struct.
	TokenID    string
	TokenSetAt time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

// HasToken reports whether the account has a provisioning token.
func (a Account) HasToken() bool { return a.TokenID != "" }

// ValidateNames checks slug, name and external id of a platform or account.
// It returns an *Error with code invalid, one field per mistake, or nil.
func ValidateNames(slug, name, externalID string) error {
	fields := map[string]string{}
	if !ValidSlug(slug) {
		fields["slug"] = slugRemedy(slug)
	}
	if !ValidName(name) {
		fields["name"] = "A name has 1 to 120 characters, no control characters and no space at its ends."
	}
	if externalID != "" && (!ValidName(externalID)) {
		fields["external_id"] = "An external id has at most 120 characters and no control characters."
	}
	return InvalidFields(fields)
}

func slugRemedy(slug string) string {
	const form = "1 to 40 characters: a-z, 0-9 and dashes, not starting with a dash."
	switch slug {
	case "": // nobody gave one
		return "No slug can be made from this name. Give one of " + form
	case "new":
		return `"new" is reserved. Choose another slug.`
	}
	return "A slug has " + form
}

// ValidateURLTemplate checks a platform's own template. "" is valid: the
// installation's provisioning URL is used. One with the host of that and a path at which
// nobody is served is not: it would pass for somebody else's server, and lead phones nowhere.
func ValidateURLTemplate(t string, installation URLTemplate) error {
	if t == "" {
		return nil
	}
	own, err := ParseURLTemplate(t)
	if err == nil && !own.ServedHere() && installation.ServedHere() && own.sameHost(installation) {
		return Invalid("url_template", "This is the host of the installation's provisioning URL, which serves phones at "+installation.String()+" alone. Write that path, or name another host.")
	}
	return err
}
