package server_test

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/server"
)

// forHosts is a certificate for these names.
func forHosts(t *testing.T, rsa bool, names ...string) *issued {
	t.Helper()
	return issue(t, x509.Certificate{DNSNames: names}, rsa, nil)
}

// greet shakes hands and returns what the listener showed.
func greet(t *testing.T, address string, cfg *tls.Config) tls.ConnectionState {
	t.Helper()
	cfg.InsecureSkipVerify = true
	c, err := tls.Dial("tcp", address, cfg)
	must(t, err)
	defer func() { _ = c.Close() }()
	return c.ConnectionState()
}

// Each phone is shown a certificate that is for the name it asked and that it can use,
// the cheap one first.
func TestCertificateIsChosen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	// The files' names put RSA first: the order is not the alphabet's.
	forHosts(t, true, "prov.example").write(t, dir, "a-rsa")
	forHosts(t, false, "prov.example").write(t, dir, "b-p256")
	forHosts(t, false, "*.brand.example").write(t, dir, "c-brand")
	cfg := config(&lines{})
	cfg.Phone = server.Listener{Address: "127.0.0.1:0", CertFile: dir}
	s := mustNew(t, cfg)
	start(t, s)
	onlyRSA := []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	for _, tt := range []struct {
		does    string
		offer   *tls.Config
		name    string
		wantRSA bool
	}{
		{"asks by name", &tls.Config{ServerName: "prov.example"}, "prov.example", false},
		{"cannot do ECDSA", &tls.Config{ServerName: "prov.example", MaxVersion: tls.VersionTLS12, CipherSuites: onlyRSA}, "prov.example", true},
		{"asks for a platform's name", &tls.Config{ServerName: "acme.brand.example"}, "*.brand.example", false},
		{"names nothing", &tls.Config{}, "prov.example", false},
		{"names nothing and cannot do ECDSA", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: onlyRSA}, "prov.example", true},
		{"asks for a name that nobody has", &tls.Config{ServerName: "other.example"}, "prov.example", false},
		{"asks for a platform's name without ECDSA", &tls.Config{ServerName: "acme.brand.example", MaxVersion: tls.VersionTLS12, CipherSuites: onlyRSA}, "prov.example", true},
	} {
		leaf := greet(t, s.PhoneAddr(), tt.offer).PeerCertificates[0]
		if leaf.DNSNames[0] != tt.name || (leaf.PublicKeyAlgorithm == x509.RSA) != tt.wantRSA {
			t.Errorf("%s: %s with %s; want %s, RSA %v", tt.does, leaf.DNSNames[0], leaf.PublicKeyAlgorithm, tt.name, tt.wantRSA)
		}
	}
}

// A folder is read again: a new pair is shown, one that does not fit keeps what it had
// and is told, and one that is gone is gone.
func TestFolderOfCertificatesChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	forHosts(t, false, "one.example").write(t, dir, "one")
	log := &lines{}
	cfg := config(log)
	cfg.Phone = server.Listener{Address: "127.0.0.1:0", CertFile: dir}
	var passed atomic.Int64
	began := time.Now()
	cfg.Now = func() time.Time { return began.Add(time.Duration(passed.Load())) }
	open, err := server.Listen(cfg)
	must(t, err)
	cfg.Open = open
	s := mustNew(t, cfg)
	start(t, s)
	names := func() (all []string) {
		passed.Add(int64(server.LookEvery))
		for _, c := range open.State().Certificates {
			all = append(all, c.Listener+" "+c.Names[0]+" "+c.Key)
		}
		return all
	}
	forHosts(t, true, "two.example").write(t, dir, "two")
	if diff := cmp.Diff([]string{"phone one.example P-256", "phone two.example RSA-2048"}, names()); diff != "" {
		t.Error(diff)
	}
	must(t, os.WriteFile(filepath.Join(dir, "two.crt"), []byte("half"), 0o600))
	forHosts(t, false, "three.example").write(t, dir, "three")
	if diff := cmp.Diff([]string{"phone one.example P-256", "phone three.example P-256", "phone two.example RSA-2048"}, names()); diff != "" {
		t.Error(diff)
	}
	if tr := open.State().Troubles; len(tr) != 1 || tr[0].Listener != "phone" || !strings.Contains(tr[0].Detail, "two.crt") || !tr[0].Since.Equal(cfg.Now()) {
		t.Errorf("troubles %+v", tr)
	}
	r, err := http.Get("http://" + s.OpsAddr() + "/metrics")
	must(t, err)
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	must(t, err)
	for _, want := range []string{`zerotouch_listener_files_unusable{listener="phone"} 1`, `zerotouch_certificate_expires_timestamp_seconds{key="P-256",listener="phone",names="one.example"} 1.`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	must(t, os.Remove(filepath.Join(dir, "two.crt")))
	if diff := cmp.Diff([]string{"phone one.example P-256", "phone three.example P-256"}, names()); diff != "" {
		t.Error(diff)
	}
	if tr := open.State().Troubles; len(tr) != 0 {
		t.Errorf("troubles %+v after the file has gone", tr)
	}
}

// What a start cannot use is told with the setting's name, and nothing is opened.
func TestCertificatesThatNoStartTakes(t *testing.T) {
	t.Parallel()
	dir, empty := t.TempDir(), t.TempDir()
	at := forHosts(t, false, "one.example").write(t, dir, "one")
	other := forHosts(t, false, "two.example").write(t, empty, "two")
	must(t, os.Remove(other.CertFile))
	for what, tt := range map[string]struct{ cert, key, want string }{
		"no key":           {at.CertFile, "", "belong together"},
		"no certificate":   {"", at.KeyFile, "belong together"},
		"another's key":    {at.CertFile, other.KeyFile, "ZEROTOUCH_PHONE_TLS_CERT"},
		"one key for two":  {at.CertFile + "," + at.CertFile, at.KeyFile, "2 certificates and 1 keys"},
		"an empty folder":  {empty, "", "NAME.crt"},
		"a file not there": {filepath.Join(dir, "none.crt"), at.KeyFile, "no such file"},
	} {
		cfg := config(&lines{})
		cfg.Phone = server.Listener{Address: "127.0.0.1:0", CertFile: tt.cert, KeyFile: tt.key}
		if open, err := server.Listen(cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", what, err, tt.want)
			if err == nil {
				_ = open.Close()
			}
		}
	}
}

// The end of a certificate is told at 30, 14 and 7 days, each once.
func TestExpiryIsTold(t *testing.T) {
	t.Parallel()
	log := &lines{}
	cfg := config(log)
	began := time.Now()
	cfg.Phone = issue(t, x509.Certificate{DNSNames: []string{"prov.example"}, NotAfter: began.Add(40 * 24 * time.Hour)}, false, nil).write(t, t.TempDir(), "one")
	var passed time.Duration
	cfg.Now = func() time.Time { return began.Add(passed) }
	open, err := server.Listen(cfg)
	must(t, err)
	t.Cleanup(func() { _ = open.Close() })
	var got []string
	for _, day := range []int{1, 9, 11, 12, 25, 27, 34, 41} {
		passed = time.Duration(day) * 24 * time.Hour
		state := open.State()
		got = append(got, fmt.Sprint(day, ":", state.Certificates[0].Alarm(cfg.Now()), " ", len(log.records(t, "TLS certificate ends soon"))))
	}
	want := []string{"1:0 0", "9:0 0", "11:30 1", "12:30 1", "25:30 1", "27:14 2", "34:7 3", "41:7 3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A phone resumes its session at another process of the installation, until the key is
// too old.
func TestSessionsResumeAtAnotherReplica(t *testing.T) {
	t.Parallel()
	at := forHosts(t, false, "prov.example").write(t, t.TempDir(), "one")
	began := time.Unix(1_900_000_000, 0)
	var passed atomic.Int64
	replica := func(installation string) string {
		cfg := config(&lines{})
		cfg.Phone = at
		cfg.TicketKey = func(period int64) ([32]byte, error) { return sha256.Sum256(fmt.Append(nil, installation, period)), nil }
		cfg.Now = func() time.Time { return began.Add(time.Duration(passed.Load())) }
		s := mustNew(t, cfg)
		start(t, s)
		return s.PhoneAddr()
	}
	one, two, foreign := replica("ours"), replica("ours"), replica("theirs")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		phone := &tls.Config{ServerName: "prov.example", MaxVersion: version, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		for _, step := range []struct {
			address string
			later   time.Duration
			want    bool
		}{
			{one, 0, false}, {two, 0, true}, {two, 25 * time.Hour, true}, {one, 24 * time.Hour, true},
			{foreign, 0, false}, {one, 0, false}, {two, 48 * time.Hour, false},
		} {
			passed.Add(int64(step.later))
			if got := fetchOnce(t, step.address, phone).DidResume; got != step.want {
				t.Errorf("version %x, %+v: resumed %v", version, step, got)
			}
		}
	}
}

// fetchOnce makes one request on a connection of its own.
func fetchOnce(t *testing.T, address string, cfg *tls.Config) tls.ConnectionState {
	t.Helper()
	cfg.InsecureSkipVerify = true
	tr := &http.Transport{TLSClientConfig: cfg, DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	r, err := tr.RoundTrip(httptest.NewRequest(http.MethodGet, "https://"+address+"/", nil))
	must(t, err)
	defer func() { _ = r.Body.Close() }()
	_, err = io.ReadAll(r.Body) // the ticket comes with it
	must(t, err)
	return *r.TLS
}

// Whoever speaks plain http where TLS is spoken is told, and sees nothing of a handler.
func TestPlainHTTPAtTLS(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.Phone = forHosts(t, false, "prov.example").write(t, t.TempDir(), "one")
	s := mustNew(t, cfg)
	start(t, s)
	r, err := http.Get("http://" + s.PhoneAddr() + "/p/x")
	must(t, err)
	defer func() { _ = r.Body.Close() }()
	if text, _ := io.ReadAll(r.Body); r.StatusCode != http.StatusBadRequest || string(text) != "This address speaks https.\n" {
		t.Errorf("%d %q", r.StatusCode, text)
	}
}
