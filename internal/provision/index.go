package provision

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// index is who there is, in about 40 bytes for each phone: enough to say that somebody is
// not there without asking the database. Whoever may be there is looked up all the same;
// nothing here decides that somebody is right.
type index struct {
	mu       sync.RWMutex
	accounts []tokenHolder
	places   map[ztp.AccountID]uint32
	tokens   map[digest]uint32
	phones   map[uint64]indexed
	// former are URLs of before phones were moved, by which they may also come.
	former map[uint64][]indexed
	// kinds are what phones are: an indexed one says where its kind stands, 0 for none.
	kinds     []ztp.PhoneKind
	kindPlace map[ztp.PhoneKind]uint8
}

// indexed is a phone without pointers, so that a million of them cost no collection.
type indexed struct {
	token   uint64 // the beginning of the hash of its own; 0 without one
	account uint32
	// day is when it was last served, in days since 1970 and roughly; 0 only of one that
	// never was.
	day   uint16
	kind  uint8
	plain bool
}

// tokenHolder is an account with the tokens that lead to it.
type tokenHolder struct {
	ztp.TokenKey
	tokens []digest
}

// digest is half of the hash of an account's token.
type digest [16]byte

func digestOf(hash string) (d digest) {
	_, _ = hex.Decode(d[:], []byte(hash[:min(len(hash), 2*len(d))])) // what is no hash is nobody's
	return d
}

func tokenMark(hash string) uint64 {
	d := digestOf(hash)
	return binary.BigEndian.Uint64(d[:8])
}

func macKey(m ztp.MAC) uint64 {
	var b [8]byte
	copy(b[2:], m[:])
	return binary.BigEndian.Uint64(b[:])
}

func macOf(key uint64) (m ztp.MAC) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], key)
	copy(m[:], b[2:])
	return m
}

func newIndex() *index {
	return &index{places: map[ztp.AccountID]uint32{}, tokens: map[digest]uint32{}, phones: map[uint64]indexed{}, former: map[uint64][]indexed{},
		kinds: make([]ztp.PhoneKind, 1), kindPlace: map[ztp.PhoneKind]uint8{}}
}

// kind is where one stands, 0 when there are too many.
func (x *index) kind(k ztp.PhoneKind) uint8 {
	at, ok := x.kindPlace[k]
	if !ok && len(x.kinds) <= math.MaxUint8 {
		at = uint8(len(x.kinds)) //nolint:gosec // just compared
		k = ztp.PhoneKind{Vendor: ztp.VendorName(strings.Clone(string(k.Vendor))), Model: strings.Clone(k.Model), ProductGroup: strings.Clone(k.ProductGroup)}
		x.kinds, x.kindPlace[k] = append(x.kinds, k), at
	}
	return at
}

// dayOf is at least 1 of any time that is one.
func dayOf(t time.Time) uint16 {
	if t.IsZero() {
		return 0
	}
	return uint16(max(1, min(math.MaxUint16, t.Unix()/(24*60*60)))) //nolint:gosec // just bounded
}

// place is where an account stands; it has a place from the first time that it is named.
func (x *index) place(a ztp.AccountID) uint32 {
	at, ok := x.places[a]
	if !ok {
		at = uint32(len(x.accounts)) //nolint:gosec // there are not as many accounts
		x.accounts = append(x.accounts, tokenHolder{TokenKey: ztp.TokenKey{Account: a}})
		x.places[a] = at
	}
	return at
}

// renewPhones has of these MACs what is given, and nothing else.
func (x *index) renewPhones(macs []ztp.MAC, keys []ztp.PhoneKey, former []ztp.FormerPhone) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, m := range macs {
		delete(x.phones, macKey(m))
		delete(x.former, macKey(m))
	}
	for _, k := range keys {
		p := indexed{account: x.place(k.Account), plain: k.Plain, day: dayOf(k.FetchedAt), kind: x.kind(k.PhoneKind)}
		if k.DeviceTokenHash != "" {
			p.token = tokenMark(k.DeviceTokenHash)
		}
		x.phones[macKey(k.MAC)] = p
	}
	for _, u := range former {
		at := macKey(u.MAC)
		x.former[at] = append(x.former[at], indexed{account: x.place(u.Account), token: tokenMark(u.TokenHash)})
	}
}

// renewTokens has of an account, or of all of a platform when a is "", what is given and
// nothing else.
func (x *index) renewTokens(p ztp.PlatformID, a ztp.AccountID, keys []ztp.TokenKey) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for at := range x.accounts {
		h := &x.accounts[at]
		if a != "" && h.Account != a || a == "" && h.Platform != p {
			continue
		}
		for _, d := range h.tokens {
			delete(x.tokens, d)
		}
		h.tokens = nil
	}
	x.putTokens(keys)
}

func (x *index) putTokens(keys []ztp.TokenKey) {
	for _, k := range keys {
		at, d := x.place(k.Account), digestOf(k.Hash)
		x.accounts[at].TokenKey = k
		x.accounts[at].tokens = append(x.accounts[at].tokens, d)
		x.tokens[d] = at
	}
}

// sighting is what the index says of an address.
type sighting struct {
	// holder is the account of the token, without ids when nobody has it.
	holder ztp.TokenKey
	// registered: somebody has the MAC.
	registered bool
	// own: its account is the token's.
	own bool
	// maybe: it may be right, so it is looked up.
	maybe bool
	// first: it is a phone by its own token that has nothing from here yet; kind is what it
	// is then, zero when that is not known.
	first bool
	kind  ztp.PhoneKind
}

// look does the same for every address, so that its time tells nothing.
func (x *index) look(at address) (s sighting) {
	token, device := digestOf(at.accountHash), tokenMark(at.deviceHash)
	x.mu.RLock()
	defer x.mu.RUnlock()
	place, held := x.tokens[token]
	phone, registered := x.phones[macKey(at.mac)]
	former := slices.Contains(x.former[macKey(at.mac)], indexed{account: place, token: device})
	if held {
		s.holder = x.accounts[place].TokenKey
	}
	right := phone.token == device
	if at.device.IsZero() {
		right = phone.plain
	}
	s.registered, s.own = registered, registered && held && phone.account == place
	s.maybe = held && (s.holder.Home || former || s.own && right)
	s.first = s.own && right && !s.holder.Home && !at.device.IsZero() && !at.settled && phone.day == 0
	if s.first {
		s.kind = x.kinds[phone.kind]
	}
	return s
}
