package provision

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"slices"
	"sync"

	"zerotouch.example/internal/ztp"
)

// holdersKept is how many accounts are kept beside phones.
const holdersKept = 50_000

// known are phones whose facts and files were read before and hold still. Files are
// sealed under a key that this process alone has, so that what it leaves in memory or in
// a core file opens nothing.
type known struct {
	feed *feed
	key  cipher.AEAD

	mu sync.Mutex
	shelf
	holders map[digest]*holder
}

// newKnown remembers phones in so many bytes.
func newKnown(f *feed, most int) *known {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes are right
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return &known{feed: f, key: aead, shelf: newShelf(most), holders: map[digest]*holder{}}
}

// holder is what phones of an account have in common.
type holder struct {
	of       ztp.TokenKey
	epochs   epochs
	account  memo[ztp.Account]
	platform memo[ztp.Platform]
	current  memo[ztp.Secret]
	tokenID  memo[string]
}

// holder finds that of a token, which has to be held by somebody.
func (n *known) holder(d digest, of ztp.TokenKey) *holder {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.holders[d]
	if h == nil || !h.epochs.hold() || h.of != of {
		h = &holder{of: of, epochs: n.feed.epochsOf(ztp.SettingScope{Platform: of.Platform}, ztp.SettingScope{Platform: of.Platform, Account: of.Account})}
		if len(n.holders) >= holdersKept {
			clear(n.holders)
		}
		n.holders[d] = h
	}
	return h
}

// facts is a Store that remembers what it has said of one phone that came by one account's
// token. Everything else it asks.
type facts struct {
	Store
	token  digest
	mac    ztp.MAC
	epochs epochs
	holder *holder
	// size is what it was counted as where others find it, and at its place there.
	size, at int

	endpoint memo[ztp.Endpoint]
	contacts memo[[]ztp.Contact]
	lacks    memo[string]

	mu    sync.Mutex
	files []sealedFile // of which there is one, mostly
}

// learn takes in what was read at once. What the account's phones have in common, others use
// too: it is of the same epochs.
func (f *facts) learn(r *ztp.PhoneRecord) {
	endpoint, contacts := slim(r.Endpoint, r.Contacts)
	f.endpoint.set(endpoint)
	f.contacts.set(contacts)
	f.holder.account.set(r.Account)
	f.holder.platform.set(r.Platform)
	f.holder.current.set(r.Current)
	f.holder.tokenID.set(r.TokenID)
}

// fileKey is what a file depends on beside its phone's facts: a change of those makes new
// facts. A file with a password that was made for it alone is never kept.
type fileKey struct {
	answer  ztp.Answer
	waiting ztp.Waiting
	// plain: by a URL without a token of its own.
	plain bool
}

type sealedFile struct {
	fileKey
	text []byte
	// common are parts that were cut out of the text, in their order.
	common []commonPart
	heading
}

// facts finds what is known of a phone that comes by a token of that holder, or begins
// anew; ready: it need not be looked up.
func (n *known) facts(at address, of ztp.TokenKey, store Store) (f *facts, ready bool) {
	d := digestOf(at.accountHash)
	n.mu.Lock()
	if f = n.phones[macKey(at.mac)]; f != nil {
		if f.token == d && f.hold() {
			n.mu.Unlock()
			return f, true
		}
		n.drop(f)
	}
	n.mu.Unlock()
	f = n.blank(at.mac, of, store)
	f.token, f.holder = d, n.holder(d, of)
	return f, false
}

// blank are facts of which nothing is known, and by which token the phone comes neither.
func (n *known) blank(mac ztp.MAC, of ztp.TokenKey, store Store) *facts {
	p := of.Platform
	return &facts{Store: store, mac: mac, holder: &holder{of: of}, epochs: n.feed.epochsOf(
		ztp.SettingScope{}, ztp.SettingScope{Platform: p}, ztp.SettingScope{Platform: p, Account: of.Account}, ztp.SettingScope{Platform: p, MAC: mac})}
}

// keep lets others find the facts, and makes room for them.
func (n *known) keep(f *facts) {
	size := f.weigh()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.put(f, size)
}

// file opens the one that was made for this before.
func (n *known) file(f *facts, k fileKey) (file, bool) {
	f.mu.Lock()
	at := slices.IndexFunc(f.files, func(s sealedFile) bool { return s.fileKey == k })
	if at < 0 {
		f.mu.Unlock()
		return file{}, false
	}
	s := f.files[at]
	f.mu.Unlock()
	room := opened.Get().(*[]byte)
	text, err := n.key.Open((*room)[:0], nil, s.text, nil)
	*room = text
	if len(s.common) > 0 {
		whole := opened.Get().(*[]byte)
		*whole = withCommon((*whole)[:0], text, s.common)
		file{room: room}.sent()
		room, text = whole, *whole
	}
	return file{text: text, heading: s.heading, room: room}, err == nil
}

// opened are places for files that are being sent, which hold nothing between.
var opened = sync.Pool{New: func() any { return new([]byte) }}

// keepFile remembers one. What has changed since its facts were read is noticed whenever
// it is looked for.
func (n *known) keepFile(f *facts, k fileKey, made file) {
	own, common := cutCommon(made.text, made.common)
	s := sealedFile{fileKey: k, text: n.key.Seal(nil, nil, own, nil), common: common, heading: made.heading}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files = slices.DeleteFunc(f.files, func(s sealedFile) bool { return s.fileKey == k })
	f.files = append(f.files, s)
}

func (f *facts) EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	if mac != f.mac {
		return f.Store.EndpointByMAC(ctx, mac)
	}
	return f.endpoint.get(func() (ztp.Endpoint, error) { return f.Store.EndpointByMAC(ctx, mac) })
}

func (f *facts) ContactsOfMAC(ctx context.Context, mac ztp.MAC) ([]ztp.Contact, error) {
	if mac != f.mac {
		return f.Store.ContactsOfMAC(ctx, mac)
	}
	return f.contacts.get(func() ([]ztp.Contact, error) { return f.Store.ContactsOfMAC(ctx, mac) })
}

// AccountByToken and AccountTokenID are only asked for the token by which the phone came.
func (f *facts) AccountByToken(ctx context.Context, token ztp.Secret) (ztp.Account, error) {
	return f.holder.account.get(func() (ztp.Account, error) { return f.Store.AccountByToken(ctx, token) })
}

func (f *facts) AccountTokenID(ctx context.Context, token ztp.Secret) (string, error) {
	return f.holder.tokenID.get(func() (string, error) { return f.Store.AccountTokenID(ctx, token) })
}

func (f *facts) Platform(ctx context.Context, ref string) (ztp.Platform, error) {
	if ref != string(f.holder.of.Platform) {
		return f.Store.Platform(ctx, ref)
	}
	return f.holder.platform.get(func() (ztp.Platform, error) { return f.Store.Platform(ctx, ref) })
}

// OpenToken of the phone's account is only asked for its current one.
func (f *facts) OpenToken(ctx context.Context, p ztp.PlatformID, a ztp.AccountID, id string) (ztp.Secret, error) {
	if p != f.holder.of.Platform || a != f.holder.of.Account {
		return f.Store.OpenToken(ctx, p, a, id)
	}
	return f.holder.current.get(func() (ztp.Secret, error) { return f.Store.OpenToken(ctx, p, a, id) })
}

// memo remembers an answer that was no error.
type memo[T any] struct {
	mu sync.Mutex
	v  T
	ok bool
}

func (m *memo[T]) set(v T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.v, m.ok = v, true
}

func (m *memo[T]) get(ask func() (T, error)) (T, error) {
	m.mu.Lock()
	v, ok := m.v, m.ok
	m.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := ask()
	if err == nil {
		m.mu.Lock()
		m.v, m.ok = v, true
		m.mu.Unlock()
	}
	return v, err
}
