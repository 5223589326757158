package provision_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/ztp"
)

// handset is a phone as far as it matters here: it keeps what a file says, and says its
// password when it is asked.
type handset struct {
	w *world
	// path is where it asks; from where it stands.
	path, from     string
	user, password string
	// word is what it shows, "" once it has settings.
	word string
}

func (w *world) handset(account string, device ztp.Secret, mac string) *handset {
	return &handset{w: w, path: w.ownPath(account, device, mac), from: "192.0.2.10"}
}

// fetch asks once, and once more when it is asked for its password and has one. It
// returns the last status and the file.
func (h *handset) fetch() (int, map[string]string) {
	h.w.t.Helper()
	h.w.from = h.from
	r := h.w.get(h.path)
	if r.StatusCode == http.StatusUnauthorized && h.password != "" {
		req := h.w.request(http.MethodGet, h.path)
		req.SetBasicAuth(h.user, h.password)
		r = h.w.serveTo(req)
	}
	if r.StatusCode != http.StatusOK {
		return r.StatusCode, nil
	}
	doc, err := settingsxml.Parse([]byte(body(h.w.t, r)))
	h.w.must(err)
	file := map[string]string{}
	for _, s := range doc.Document.Settings {
		file[s.Name] = s.Value
	}
	return r.StatusCode, file
}

// take keeps what the file says.
func (h *handset) take(file map[string]string) {
	if url := file[settingsxml.SettingServer]; url != "" {
		h.path = strings.Replace(strings.TrimPrefix(url, "https://prov.example"), "{mac}", mac, 1)
	}
	if file["http_client_pass"] != "" {
		h.user, h.password = file["http_client_user"], file["http_client_pass"]
	}
	h.word = file["word"]
}

// boot is a start of the phone: it follows its setting server to the end.
func (h *handset) boot() int {
	h.w.t.Helper()
	for {
		before := h.path
		status, file := h.fetch()
		h.take(file)
		if h.path == before {
			return status
		}
	}
}

func (h *handset) wants(what string, status int, word string, password bool) {
	h.w.t.Helper()
	if got := h.boot(); got != status || h.word != word || (h.password != "") != password {
		h.w.t.Errorf("%s: status %d, shows %q, has a password: %v; want %d, %q, %v", what, got, h.word, h.password != "", status, word, password)
	}
}

func (w *world) contact(account string) ztp.Contact {
	w.t.Helper()
	m, err := ztp.ParseMAC(mac)
	w.must(err)
	c, err := w.store.Contact(context.Background(), w.accounts[account].Platform, m)
	w.must(err)
	return c
}

// admit opens the phone's window again, a minute later.
func (w *world) admit(account string) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	w.must(w.store.SaveContact(context.Background(), w.contact(account).Admit("ada", w.now), ztp.Secret{}))
}

// ready is a world with one phone that the vendor redirects here.
func ready(t *testing.T) (*world, *handset) {
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	w.confirm(m, ownTemplate)
	return w, w.handset("one", device, mac)
}

const approval = "Waiting for approval"

func TestFirstContactGivesAPassword(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	phone.wants("from the box", http.StatusOK, "", true)
	c := w.contact("one")
	if c.Assurance != ztp.AssurancePassword || c.PasswordUsedAt.IsZero() || !c.Knows(netip.MustParsePrefix("192.0.2.0/24")) {
		t.Errorf("after the first start: %+v", c)
	}
	if r := w.get(phone.path); r.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Basic ") {
		t.Errorf("by its settled URL it is not asked for its password: %d", r.StatusCode)
	}
	w.now = w.now.Add(time.Hour)
	phone.from = "203.0.113.5"
	phone.wants("carried to another site", http.StatusOK, "", true)
	_, first := phone.fetch()
	_, second := phone.fetch()
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the file changes from fetch to fetch: %s", diff)
	}
	if v := w.contact("one").Version; v != 3 {
		t.Errorf("%d saves for a first contact, its confirmation and a new network", v)
	}
}

// Whoever has the URL from the vendor's portal gets nothing by it once the phone has come,
// and the phone goes on.
func TestNewcomerIsHeld(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	stranger := *phone
	stranger.from = "198.51.100.7"
	phone.wants("the phone", http.StatusOK, "", true)
	stranger.wants("the stranger", http.StatusOK, approval, false)
	phone.wants("the phone after that", http.StatusOK, "", true)
	stranger.path = phone.path
	stranger.wants("the stranger by the settled URL", http.StatusUnauthorized, "", false)
	w.now = w.now.Add(time.Minute)
	stranger.wants("and not answering", http.StatusOK, approval, false)
	page, err := w.store.ListEvents(context.Background(), ztp.EventQuery{Action: ztp.EventNewcomer})
	if err != nil || len(page.Items) != 1 || !strings.Contains(page.Items[0].Detail, "198.51.100.0/24") {
		t.Errorf("alarms %+v, %v", page.Items, err)
	}
	if c := w.contact("one"); c.AlarmedAt.IsZero() || c.Waiting != ztp.WaitingElsewhere {
		t.Errorf("the phone's row: %+v", c)
	}
}

// A stranger first, then the phone: it is the newcomer now. Admitting it gives it another
// password, and the one of the stranger ends when the phone has used that.
func TestStrangerFirst(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	stranger := *phone
	stranger.from = "198.51.100.7"
	stranger.wants("the stranger", http.StatusOK, "", true)
	phone.wants("the phone", http.StatusOK, approval, false)
	w.admit("one")
	phone.wants("the phone, admitted", http.StatusOK, "", true)
	w.now = w.now.Add(time.Minute)
	stranger.wants("the stranger after that", http.StatusOK, approval, true)
}

// Late, reset and carried away: each is in service at the poll after one click.
func TestLatePhonesNeedNoVisit(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	w.now = w.now.Add(91 * 24 * time.Hour)
	phone.wants("late", http.StatusOK, approval, false)
	list, err := w.store.ListWaiting(context.Background(), w.platforms["acme"].ID, "", 10)
	if err != nil || len(list.Items) != 1 || list.Items[0].Waiting != ztp.WaitingLate {
		t.Errorf("waiting phones: %+v, %v", list.Items, err)
	}
	w.admit("one")
	phone.wants("late and admitted", http.StatusOK, "", true)
	if c := w.contact("one"); c.Waiting != "" {
		t.Errorf("it still waits: %+v", c)
	}
	reset := *phone
	reset.path, reset.password = w.pathOf("one"), ""
	reset.wants("reset at its desk", http.StatusOK, "", true)
	if reset.password != phone.password {
		t.Error("a reset phone gets another password, and its file another tag")
	}
	reset.path, reset.password, reset.from = w.pathOf("one"), "", "203.0.113.9"
	reset.wants("reset and carried away", http.StatusOK, approval, false)
	w.admit("one")
	reset.wants("that one admitted", http.StatusOK, "", true)
}

// pathOf is the phone's URL at the vendor.
func (w *world) pathOf(account string) string {
	w.t.Helper()
	m, err := ztp.ParseMAC(mac)
	w.must(err)
	tokens, err := w.store.DeviceTokens(context.Background(), w.accounts[account].Platform, []ztp.MAC{m})
	w.must(err)
	return w.ownPath(account, tokens[m], mac)
}

// The power goes before the file is stored, or we die between the commit and the answer:
// the phone comes again as it was, and gets the same file.
func TestAnswerIsLost(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	_, first := phone.fetch()
	_, second := phone.fetch()
	if diff := cmp.Diff(first, second); diff != "" || first["http_client_pass"] == "" {
		t.Errorf("the second file is another one: %s", diff)
	}
	phone.take(second)
	phone.wants("then", http.StatusOK, "", true)
	// Another password is given out, and that answer is lost: the phone still has the first.
	w.admit("one")
	before := *phone
	again := *phone
	again.path, again.password = w.pathOf("one"), ""
	again.fetch()
	w.now = w.now.Add(time.Second)
	before.wants("with the password before", http.StatusOK, "", true)
	if before.password == phone.password {
		t.Error("it does not learn the new one")
	}
}

// Requests of one phone at once, as over two replicas, get one password. Who is told to come
// again, where all of them take longer than a look-up may, gets the same then.
func TestTwoReplicasServeOnePhone(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	req := make([]*http.Request, 8)
	for i := range req {
		req[i] = w.request(http.MethodGet, phone.path)
	}
	var all sync.WaitGroup
	got := make([]string, len(req))
	for i := range got {
		all.Go(func() {
			for range 10 {
				if got[i] = body(t, w.serveTo(req[i])); strings.Contains(got[i], "http_client_pass") {
					return
				}
			}
		})
	}
	all.Wait()
	for i, text := range got {
		if text != got[0] || !strings.Contains(text, "http_client_pass") {
			t.Errorf("request %d got another file", i)
		}
	}
}

func TestNoSecretWithoutTLS(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	w.plain = true
	phone.wants("from the box", http.StatusOK, approval, false)
	w.plain = false
	phone.wants("with TLS", http.StatusOK, "", true)
	w.plain = true
	req := w.request(http.MethodGet, phone.path)
	req.SetBasicAuth(phone.user, phone.password)
	if text := body(t, w.serveTo(req)); strings.Contains(text, "http_client") || strings.Contains(text, "/p/") {
		t.Error("a secret without TLS")
	}
}

// A phone that seems to be this machine stands behind a proxy that nobody has named: how it
// came is not known. In a demo, whose URL is one of this machine, it is the phone itself.
func TestLocalIsNotTLS(t *testing.T) {
	t.Parallel()
	for base, settled := range map[string]bool{"https://prov.example": false, "http://127.0.0.1:8081": true} {
		w := newWorld(t)
		var err error
		w.cfg.URL, err = ztp.TemplateForBase(base)
		w.must(err)
		w.cfg.Local = func(*http.Request) bool { return true }
		w.serve()
		m := w.phone("one", mac, ztp.EndpointListed)
		w.plain = true
		file := body(t, w.get(w.ownPath("one", w.own("one", m), mac)))
		if strings.Contains(file, "/s/{mac}") != settled {
			t.Errorf("%s: %s", base, file)
		}
	}
}

func TestCertificateNeedsNoWindow(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	w.now = w.now.Add(999 * 24 * time.Hour)
	w.certificate = ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA8}
	phone.wants("another phone's certificate", http.StatusOK, approval, false)
	w.certificate = ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7}
	phone.wants("its own", http.StatusOK, "", true)
	if c := w.contact("one"); c.Assurance != ztp.AssuranceCertificate {
		t.Errorf("assurance %q", c.Assurance)
	}
}

// A phone that was moved learns its new URL by the old one, until it is seen at the new.
func TestMovedPhoneIsTold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, move := range map[string]func(w *world, e ztp.Endpoint) string{
		"to another account": func(w *world, e ztp.Endpoint) string {
			e.Account = w.accounts["two"].ID
			w.must(w.store.SaveEndpoint(ctx, e))
			return "two"
		},
		"twice": func(w *world, e ztp.Endpoint) string {
			w.account("acme", "between")
			for _, to := range []string{"between", "two"} {
				e.Account = w.accounts[to].ID
				w.must(w.store.SaveEndpoint(ctx, e))
				var err error
				e, err = w.store.EndpointByMAC(ctx, e.MAC)
				w.must(err)
			}
			return "two"
		},
		"to another platform": func(w *world, e ztp.Endpoint) string {
			e.State, e.MovedTo = ztp.EndpointReleased, w.accounts["three"].Platform
			w.must(w.store.SaveEndpoint(ctx, e))
			w.phone("three", mac, ztp.EndpointWanted)
			w.own("three", e.MAC)
			return "three"
		},
	} {
		for _, came := range []string{"in service", "waiting", "never came"} {
			t.Run(name+", "+came, func(t *testing.T) {
				t.Parallel()
				w, phone := ready(t)
				switch came {
				case "in service":
					phone.wants("before", http.StatusOK, "", true)
				case "waiting":
					w.plain = true
					phone.wants("before", http.StatusOK, approval, false)
					w.plain = false
				}
				old, stranger := *phone, *phone
				e, err := w.store.EndpointByMAC(ctx, ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7})
				w.must(err)
				to := move(w, e)
				stranger.path = w.ownPath("one", ztp.NewToken(), mac)
				if status := stranger.boot(); status != http.StatusNotFound {
					t.Errorf("a wrong token at the old one: status %d", status)
				}
				status, file := phone.fetch()
				if status != http.StatusOK || file["http_client_pass"] != "" || !strings.Contains(file[settingsxml.SettingServer], w.tokens[to].RevealSecret()) {
					t.Fatalf("status %d, and the file does not name the new URL alone", status)
				}
				old.fetch() // it may come as often as it likes
				phone.take(file)
				phone.wants("at the new one", http.StatusOK, "", true)
				if diff := cmp.Diff(answer(t, w.get("/")), answer(t, w.get(old.path))); diff != "" {
					t.Errorf("the old URL after that: %s", diff)
				}
			})
		}
	}
}

// Phones in service at the upgrade have no contact. They are not asked for more than they
// can show, and are known from then on.
func TestPhoneInServiceFromBefore(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	w.must(w.store.TouchEndpoint(context.Background(), w.accounts["one"].Platform, ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7}, w.now))
	w.now = w.now.Add(400 * 24 * time.Hour)
	stranger := *phone
	phone.wants("its next fetch", http.StatusOK, "", true)
	stranger.from = "198.51.100.7"
	stranger.wants("somebody else after it", http.StatusOK, approval, false)
}

func TestUnclaimedPhonesAreNoted(t *testing.T) {
	t.Parallel()
	w, _ := ready(t)
	ctx := context.Background()
	for range 3 {
		r := w.do(http.MethodGet, w.ownPath("one", ztp.NewToken(), "000413000009"), "User-Agent", "snomD785-SIP")
		if r.StatusCode != http.StatusNotFound {
			t.Errorf("status %d", r.StatusCode)
		}
	}
	w.get("/p/" + ztp.NewToken().RevealSecret() + "/000413000008") // nobody's token
	w.must(w.handler.Flush(ctx))
	got, err := w.store.ListUnclaimed(ctx, w.platforms["acme"].ID)
	if err != nil || len(got) != 1 || got[0].MAC.Bare() != "000413000009" || got[0].Agent != "snomD785-SIP" || got[0].Account != w.accounts["one"].ID {
		t.Errorf("unclaimed: %+v, %v", got, err)
	}
}

// A scanner is answered alike, and later; phones at the same address never notice.
func TestScannerSlowsOnlyItself(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	want := answer(t, w.get("/"))
	phone.wants("before", http.StatusOK, "", true)
	for range 150 {
		phone.fetch()
		w.now = w.now.Add(time.Second)
	}
	if w.waited != 0 {
		t.Fatal("what is right counts as a failure")
	}
	for range 120 {
		if diff := cmp.Diff(want, answer(t, w.get(w.ownPath("one", ztp.NewToken(), mac)))); diff != "" {
			t.Fatal(diff)
		}
	}
	if w.waited != 20*time.Second {
		t.Errorf("120 failures were held back for %v", w.waited)
	}
	phone.wants("after", http.StatusOK, "", true)
	if w.waited != 20*time.Second {
		t.Error("the phone was held back")
	}
	page, err := w.store.ListEvents(context.Background(), ztp.EventQuery{Action: ztp.EventScanned})
	if err != nil || len(page.Items) != 1 || page.Items[0].Address != "192.0.2.10" {
		t.Errorf("alarms %+v, %v", page.Items, err)
	}
}

// While a program is alive that would answer 404 at the other URL, nobody is sent there.
func TestNoPasswordDuringAnUpgrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	older := true
	w.cfg.Older = func(context.Context) (bool, error) { return older, nil }
	w.serve()
	m := w.phone("one", mac, ztp.EndpointListed)
	h := w.handset("one", w.own("one", m), mac)
	first := h.path
	if status := h.boot(); status != http.StatusOK || h.path != first || h.password != "" || h.word != "" {
		t.Errorf("not asked yet: status %d, at %s", status, h.path)
	}
	w.handler.Look(context.Background())
	if status := h.boot(); status != http.StatusOK || h.path != first || h.password != "" || !w.contact("one").ProvenAt.IsZero() {
		t.Errorf("beside an older one: status %d, at %s", status, h.path)
	}
	older = false
	w.handler.Look(context.Background())
	if status := h.boot(); status != http.StatusOK || h.path == first || h.password == "" || w.contact("one").ProvenAt.IsZero() {
		t.Errorf("afterwards: status %d, at %s", status, h.path)
	}
}

// forgetful is a store that can't write down phones while down is set.
type forgetful struct {
	provision.Store
	down bool
}

func (f *forgetful) NoteUnclaimed(ctx context.Context, all []ztp.UnclaimedPhone) error {
	if f.down {
		return errors.New("the database is away")
	}
	return f.Store.NoteUnclaimed(ctx, all)
}

func (f *forgetful) NoteFetches(ctx context.Context, all []ztp.Fetch) error {
	if f.down {
		return errors.New("the database is away")
	}
	return f.Store.NoteFetches(ctx, all)
}

// What could not be written down is written down when that works again.
func TestNotesOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	w, _ := ready(t)
	store := &forgetful{Store: w.store, down: true}
	w.cfg.Store = store
	w.serve()
	path := w.ownPath("one", ztp.NewToken(), "000413000009")
	w.get(path)
	if err := w.handler.Flush(t.Context()); err == nil {
		t.Fatal("nothing was wrong")
	}
	store.down = false
	w.must(w.handler.Flush(t.Context()))
	if got, err := w.store.ListUnclaimed(t.Context(), w.platforms["acme"].ID); err != nil || len(got) != 1 {
		t.Errorf("unclaimed: %+v, %v", got, err)
	}
}

// ofMaker is a maker whose phones have certificates.
type ofMaker struct{ maker }

func (ofMaker) CertificateMAC(*x509.Certificate) (ztp.MAC, bool) { return ztp.MAC{}, false }
func (ofMaker) HasCertificate(model string) bool                 { return model != "320" }

// Where the bundle of authorities is there, a phone whose model has a certificate shows it,
// unless its platform asks for less.
func TestCertificateIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		bundle bool
		proof  ztp.PhoneProof
		model  string
		word   string
		less   bool
	}{
		"asked for":                    {true, ztp.ProofCertificate, "", approval, false},
		"by a platform of before":      {true, "", "D785", approval, false},
		"by a platform that asks less": {true, ztp.ProofToken, "", "", true},
		"of a model without one":       {true, ztp.ProofCertificate, "320", "", false},
		"without a bundle":             {false, ztp.ProofCertificate, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, phone := ready(t)
			w.cfg.Vendors, w.cfg.Certificates = []ztp.Vendor{ofMaker{}}, tc.bundle
			w.serve()
			p, err := w.store.Platform(t.Context(), "acme")
			w.must(err)
			p.PhoneProof = tc.proof
			w.must(w.store.UpdatePlatform(t.Context(), p))
			e, err := w.store.EndpointByMAC(t.Context(), ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7})
			w.must(err)
			e.Model = tc.model
			w.must(w.store.SaveEndpoint(t.Context(), e))
			phone.wants("without", http.StatusOK, tc.word, tc.word == "")
			if c := w.contact("one"); c.Less != tc.less {
				t.Errorf("counted as less: %v", c.Less)
			}
			w.certificate = e.MAC
			phone.wants("with it", http.StatusOK, "", true)
			if c := w.contact("one"); c.Less || c.Waiting != "" || c.Assurance != ztp.AssuranceCertificate {
				t.Errorf("then: %+v", c)
			}
		})
	}
}
