package provision

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// caller is a phone that asks, and what is known of it so far. account and platform are
// those of its URL, endpoint and contact those of whoever has the MAC.
type caller struct {
	at   address
	from netip.Addr
	// agent is what it says that it is.
	agent    string
	account  ztp.Account
	platform ztp.Platform
	endpoint ztp.Endpoint
	contact  ztp.Contact
	// home is the phone's platform, which is not that of its URL where it was moved.
	home ztp.Platform
	// nobody: no platform has the MAC.
	nobody bool
	// seenOn is the platform whose account memory has the phone by, "" where it has none.
	seenOn ztp.PlatformID
	// moved: the URL was the phone's before it was moved.
	moved bool
	// right: the phone was found, and came by its own token. trouble is why it gets holding
	// settings all the same.
	right   bool
	trouble error
	// current is the account's token for the phone's URL, tokenID names the one in its URL.
	current ztp.Secret
	tokenID string
	// template is that of the URL which it is told.
	template ztp.URLTemplate
	// values are the phone's settings with their secrets, once they were read.
	values *ztp.EffectiveSettings

	// store is where to ask: the database, or facts where there are some. away: what is in
	// memory may be old, and nothing is written.
	store Store
	facts *facts
	away  bool
	// record is what one question has told, once it was read: with secrets, and for this
	// answer alone.
	record *ztp.PhoneRecord
	read   bool
	// slot: it holds one. learnt: its facts are whole.
	slot, learnt bool
	// tenant is whom the slot counts for.
	tenant string
}

// callers are places for those whose request is answered, which hold nothing between: one is
// larger than everything else that a phone takes that is in memory.
var callers = sync.Pool{New: func() any { return new(caller) }}

// gone gives the caller's place back. Nothing keeps c itself.
func (c *caller) gone() {
	*c = caller{}
	callers.Put(c)
}

// forget lets all that was found be asked anew: what is in memory is older.
func (c *caller) forget(store Store) {
	c.store, c.facts, c.record, c.contact, c.moved, c.right, c.values = store, nil, nil, ztp.Contact{}, false, false, nil
}

// identify finds whose token, whose MAC and which platform these are. All questions are
// always asked, so that an unknown token takes no other time than an unknown MAC; with an
// unknown token the others are for a MAC that nobody has, so that the time tells
// nothing about the one that was asked for.
func (s *server) identify(ctx context.Context, c *caller) error {
	account, aerr := c.store.AccountByToken(ctx, c.at.account)
	unknownToken := ztp.IsCode(aerr, ztp.CodeNotFound)
	mac := c.at.mac
	if unknownToken {
		mac = ztp.MAC{}
	}
	endpoint, eerr := c.store.EndpointByMAC(ctx, mac)
	unknownMAC := ztp.IsCode(eerr, ztp.CodeNotFound)
	contacts, cerr := c.store.ContactsOfMAC(ctx, mac)
	admitted := endpoint.Admits(c.at.device) // asked of no phone too, so that it takes the same time
	p, perr := c.store.Platform(ctx, string(account.Platform))
	switch {
	case aerr != nil && !unknownToken:
		return aerr
	case eerr != nil && !unknownMAC:
		return eerr
	case cerr != nil:
		return cerr
	case unknownToken:
		s.budget.wrong.put(c.at.accountHash, s.now())
		return errUnknownToken
	case perr != nil:
		return perr
	}
	c.account, c.platform, c.endpoint = account, p, endpoint
	switch {
	case !p.HomeSince.IsZero() && (unknownMAC || endpoint.Platform != p.ID):
		return s.formerPhone(ctx, c)
	case unknownMAC:
		c.nobody = true
		return errUnclaimed
	}
	c.moved = c.know(contacts)
	switch {
	case c.moved:
		return nil
	case endpoint.Platform != account.Platform || endpoint.Account != account.ID:
		return errOtherAccount
	case !admitted && c.at.device.IsZero():
		return errNoDevice
	case !admitted:
		return errWrongDevice
	}
	c.right = true
	return nil
}

// know takes what is known of the phone's present life, and reports whether it has come
// by the URL that it had before it was moved.
func (c *caller) know(contacts []ztp.Contact) (moved bool) {
	for _, k := range contacts {
		own := k.Of(c.endpoint)
		if own {
			c.contact = k
		} else if k.Platform == c.endpoint.Platform && k.MAC == c.endpoint.MAC {
			c.contact = ztp.Contact{Version: k.Version, Former: k.Former} // a new life takes the row of the former one
		}
		here := own && c.endpoint.Account == c.account.ID
		if k.Platform == c.account.Platform && !here && k.Had(c.account.ID, c.at.deviceHash) {
			moved = true
		}
	}
	return moved
}

// formerPhone identifies one that its platform has given up and that still comes. It has
// no token of its own any more, and gets no secret: only where to ask from now on.
func (s *server) formerPhone(ctx context.Context, c *caller) error {
	e, err := c.store.Endpoint(ctx, c.platform.ID, c.at.mac)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return errUnclaimed
	case err != nil:
		return err
	case e.Account != c.account.ID:
		return errOtherAccount
	}
	c.endpoint = e
	return nil
}

// where is the address that a request comes from.
func (s *server) where(r *http.Request) netip.Addr {
	text := s.cfg.Address(r)
	at, err := netip.ParseAddr(text)
	if err != nil {
		both, _ := netip.ParseAddrPort(text)
		at = both.Addr()
	}
	return at.Unmap().WithZone("")
}

// asking is a phone that was asked for its password from a network.
type asking struct {
	place
	network netip.Prefix
}

const (
	// A phone that was asked for its password says it at once. One that has not after
	// askedFor has none; askedKept later it is asked again.
	askedFor  = 10 * time.Second
	askedKept = time.Hour
)

// visit is what has come, as far as it was verified.
func (s *server) visit(r *http.Request, c *caller) ztp.Visit {
	now := s.now()
	v := ztp.Visit{
		At: now, Way: c.at.way(), Right: !c.at.device.IsZero(), Secure: s.secure(r, c), Certificate: s.cfg.Certificate(r),
		Network: ztp.NetworkOf(c.from), Agent: c.agent, TokenID: c.tokenID, Moved: c.goes(), Ready: true,
		Due: s.cfg.Certificates && s.hasCertificate(c.endpoint), Required: c.home.PhoneProof.Certificate(),
	}
	v.Password = c.contact.CheckPassword(said(r, c.at.mac))
	age, asked := s.asked.age(c.asking(v), now)
	v.Asked = asked && age >= askedFor
	return v
}

// goes reports whether all that it gets here is where to go: it was moved, or is served by
// somebody else's server by now. One that is sent home has no template, and is counted.
func (c *caller) goes() bool {
	return c.moved || !c.template.IsZero() && !c.template.ServedHere()
}

// hasCertificate reports whether the phone's model has a device certificate.
func (s *server) hasCertificate(e ztp.Endpoint) bool {
	for _, v := range s.cfg.Vendors {
		if r, ok := v.(ztp.CertificateReader); ok && v.Describe().Name == e.Vendor {
			return r.HasCertificate(e.Model)
		}
	}
	return false
}

// secure: over TLS, or by a URL of this machine and from here, as in a demo. Of a phone with
// another URL that seems to be here, some proxy has hidden where it is and how it came.
func (s *server) secure(r *http.Request, c *caller) bool {
	return s.cfg.Secure(r) || c.template.Plain() && s.cfg.Local(r)
}

func (c *caller) asking(v ztp.Visit) asking {
	return asking{place{c.endpoint.Platform, c.endpoint.MAC}, v.Network}
}

// said is the password that the phone has said, zero when it has said none. One that is
// said for another phone is as good as a wrong one.
func said(r *http.Request, mac ztp.MAC) ztp.Secret {
	user, password, ok := r.BasicAuth()
	switch {
	case !ok && r.Header.Get("Authorization") == "":
		return ztp.Secret{}
	case !ok, password == "", user != ztp.PhoneUser(mac):
		return ztp.NewSecret("-") // which none is
	}
	return ztp.NewSecret(password)
}
