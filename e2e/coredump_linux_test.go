package e2e_test

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

var phonesReady = regexp.MustCompile(`msg="serving phones alone" phone=(\S+) ops=(\S+)`)

// edge is a server of phones alone beside one that does everything, each started so that a
// core file can be had of it.
type edge struct {
	in     *installation
	sim    *srapssim.Server
	vendor string
	dsn    string
	// dir is where its core file comes to lie, and key its key file.
	dir, key string
	phones   *process
	url, ops string
	pin      string
}

const (
	edgeMAC     = "000413A27F10"
	edgePIN     = "sip-password-4d0e5b3f9a"
	edgeRole    = "phones_e2e"
	edgeAccount = "main"
)

// TestOnlyPhones_CoreDump serves phones by a process of their own, takes a core file of it
// and finds in there what phones get, and no secret of a vendor or reseller, nor any key
// that opens one. The same search finds those in the process that does everything.
func TestOnlyPhones_CoreDump(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	e := newEdge(t)
	e.serves(t)

	theirs := map[string][]byte{"SIP password": []byte(e.pin)}
	for i, key := range keysOf(t, e.key, e.wrapped(t, "phones_keyset")) {
		theirs[fmt.Sprintf("key %d of phones", i+1)] = key
	}
	hidden := map[string][]byte{"root key": rootKey(t, filepath.Join(e.in.dir, "zerotouch.key")), "reseller secret": []byte(resellerOfEdge)}
	for i, key := range keysOf(t, filepath.Join(e.in.dir, "zerotouch.key"), e.wrapped(t, "keyset")) {
		hidden[fmt.Sprintf("key %d of the main keyset", i+1)] = key
	}
	for i, secret := range e.sim.Secrets() {
		hidden[fmt.Sprintf("vendor secret %d", i+1)] = []byte(secret)
	}
	if len(theirs) != 2 || len(hidden) < 5 {
		t.Fatalf("only %d and %d secrets to search for; the story did not go as meant", len(theirs), len(hidden))
	}

	edge := core(t, e.phones, e.dir)
	for what, secret := range theirs {
		if !inMemory(edge, secret) {
			t.Errorf("%s is not in the memory of the server of phones: is this a core file of it?", what)
		}
	}
	for what, secret := range hidden {
		if inMemory(edge, secret) {
			t.Errorf("%s is in the memory of the server of phones", what)
		}
	}
	all := core(t, e.in.server, e.dir)
	for _, what := range []string{"key 1 of the main keyset"} {
		if !inMemory(all, hidden[what]) {
			t.Errorf("%s is not found in the server that has it, so the search finds nothing", what)
		}
	}
	found := slices.ContainsFunc(e.sim.Secrets(), func(secret string) bool { return inMemory(all, []byte(secret)) })
	if !found {
		t.Error("no vendor secret is found in the server that has just used them, so the search finds none")
	}
}

const resellerOfEdge = "the secret of the reseller's key"

// newEdge sets it up as the manual says.
func newEdge(t *testing.T) *edge {
	t.Helper()
	sim, _, s := newSnomHere(t, srapssim.Options{})
	e := &edge{sim: sim, vendor: strings.TrimSuffix(s.base, srapssim.APIPrefix), dsn: pgtest.DSN(t), dir: t.TempDir(), pin: edgePIN}
	path := filepath.Join(e.dir, "zerotouch")
	cmd := exec.Command("go", "build", "-ldflags", "-X main.dumps=allowed", "-o", path, "zerotouch.example/cmd/zerotouch")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	e.in = newInstallationOf(t, path, e.dsn, s.base)
	e.in.seed(t, s)
	e.role(t)
	e.key = filepath.Join(e.dir, "phones.key")
	e.in.verb(t, "", "key", "phones", "--to-file", e.key)
	e.in.verb(t, "", "database", "grant-phones", edgeRole)
	phone, ops := freeAddress(t), freeAddress(t)
	e.url, e.ops = "http://"+phone, "http://"+ops
	e.phones = e.dumpable(t, phonesReady, []string{
		"ZEROTOUCH_ONLY=phones", "ZEROTOUCH_DATABASE=" + strings.Replace(e.dsn, "user=ztp", "user="+edgeRole, 1), "ZEROTOUCH_INSTALLATION=e2e",
		"ZEROTOUCH_PHONE_KEY_FILE=" + e.key, "ZEROTOUCH_PHONE_LISTEN=" + phone, "ZEROTOUCH_OPS_LISTEN=" + ops, "ZEROTOUCH_PROVISIONING_URL=" + e.url,
	})
	// Phones are told to come there, and whether that address leads here is proven through it.
	e.in.server.signal(t, syscall.SIGTERM)
	e.in.env = append(e.in.env, "ZEROTOUCH_PROVISIONING_URL="+e.url)
	e.in.server = e.dumpable(t, serveReady, e.in.env)
	return e
}

// dumpable starts serve with a core limit, where its core file may lie.
func (e *edge) dumpable(t *testing.T, ready *regexp.Regexp, env []string) *process {
	t.Helper()
	p, _ := startProgram(t, "/bin/sh", ready, append(env, "GOTRACEBACK=crash"),
		"-c", `ulimit -c unlimited && cd "$0" && exec "$@"`, e.dir, e.in.program, "serve")
	return p
}

func (e *edge) open(t *testing.T) *sql.DB {
	t.Helper()
	conn, err := sql.Open("pgx", e.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// role makes the database user.
func (e *edge) role(t *testing.T) {
	t.Helper()
	conn := e.open(t)
	if _, err := conn.Exec("CREATE ROLE " + edgeRole + " LOGIN"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := conn.Exec("DROP OWNED BY " + edgeRole + "; DROP ROLE " + edgeRole); err != nil {
			t.Error(err)
		}
	})
}

// serves has a phone find its way to the server of phones and get its settings there, has a
// scan be told in the audit log, and the vendor's key be replaced meanwhile.
func (e *edge) serves(t *testing.T) {
	t.Helper()
	e.in.platform(t, "brightwater")
	a, err := e.in.client.Onboard(t.Context(), "brightwater", "snom")
	e.in.done(t, a, err)
	a, err = e.in.client.PutEndpoint(t.Context(), "brightwater", edgeMAC, api.PutEndpoint{Account: edgeAccount})
	e.in.done(t, a, err)
	pin, user, registrar := api.Secret(e.pin), api.Secret("1001"), api.Secret("sip.example.com")
	_, err = e.in.client.PutSettings(t.Context(), api.SettingsOf{Platform: "brightwater", MAC: edgeMAC}, api.PutSettings{Settings: []api.PutSetting{
		{Name: "line_user", Index: 1, Value: &user}, {Name: "line_registrar", Index: 1, Value: &registrar}, {Name: "line_password", Index: 1, Value: &pin},
	}})
	if err != nil {
		t.Fatal(err)
	}
	phone, err := phonesim.New(phonesim.Options{MAC: edgeMAC, FactoryServer: e.vendor})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		// What another process has written is known there within a second.
		until(t, "the phone finds its settings", startTimeout, func() bool {
			trace, err := phone.Boot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return trace.Source == "redirection"
		})
		a, err := e.in.client.Rotate(t.Context(), "brightwater", "snom", api.Rotate{})
		e.in.done(t, a, err)
		e.in.verb(t, "", "key", "rotate", "--wait", "0s")
	}
	got := false
	for _, s := range phone.State().Settings {
		got = got || s.Value == e.pin
	}
	if !got {
		t.Fatal("the phone has its settings, and no SIP password")
	}
	e.noted(t)
}

// noted wants what happened at the server of phones seen at the other one.
func (e *edge) noted(t *testing.T) {
	t.Helper()
	for range 100 {
		r, err := http.Get(e.url + "/p/" + strings.Repeat("a", 32) + "/000413A11FA7") //nolint:noctx // loopback
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
		if r.StatusCode != http.StatusNotFound {
			t.Fatalf("a wrong token: %s", r.Status)
		}
	}
	until(t, "the scan is in the audit log", startTimeout, func() bool {
		for ev, err := range e.in.client.Events(t.Context(), api.EventFilter{Action: "phones.scanned"}) {
			if err != nil {
				t.Fatal(err)
			}
			return ev.Actor != ""
		}
		return false
	})
	until(t, "the fetches are in the log of the phone", startTimeout, func() bool {
		n := 0
		for f, err := range e.in.client.Fetches(t.Context(), "brightwater", edgeMAC) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Result == "settings" || f.Result == "unchanged" {
				n++
			}
		}
		return n > 1
	})
	h, err := e.in.client.Health(t.Context())
	if err != nil || len(h.Replicas) != 2 || h.Replicas[0].OnlyPhones || !h.Replicas[1].OnlyPhones || !h.Replicas[1].Live {
		t.Errorf("want a server that does everything and one of phones, got %+v, %v", h.Replicas, err)
	}
	for path, want := range map[string]int{"/readyz": http.StatusOK, "/metrics": http.StatusOK, "/api/v1/platforms": http.StatusNotFound} {
		r, err := http.Get(e.ops + path) //nolint:noctx // loopback
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("%s: %s", path, r.Status)
		}
	}
}

// wrapped is a keyset as it lies in the database.
func (e *edge) wrapped(t *testing.T, table string) (b []byte) {
	t.Helper()
	if err := e.open(t).QueryRow("SELECT wrapped FROM " + table).Scan(&b); err != nil {
		t.Fatal(err)
	}
	return b
}

// rootKey are the bytes of the key in a key file.
func rootKey(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, encoded, _ := strings.Cut(strings.TrimSpace(string(text)), ":")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) != 32 {
		t.Fatalf("%s holds no root key: %v", file, err)
	}
	return key
}

// keysOf opens a keyset by hand and returns the bytes of its keys.
func keysOf(t *testing.T, file string, wrapped []byte) (keys [][]byte) {
	t.Helper()
	root, err := subtle.NewAESGCM(rootKey(t, file))
	if err != nil {
		t.Fatal(err)
	}
	const name = "zerotouch-keyset-1"
	handle, err := keyset.ReadWithAssociatedData(keyset.NewBinaryReader(bytes.NewReader(wrapped)), root, append(binary.BigEndian.AppendUint32(nil, uint32(len(name))), name...))
	if err != nil {
		t.Fatal(err)
	}
	for i := range handle.Len() {
		entry, err := handle.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, entry.Key().(*aesgcm.Key).KeyBytes().Data(insecuresecretdataaccess.Token{}))
	}
	return keys
}

// core ends a process with a core file and returns what is in it. Where the machine gives
// core files away, it is what the process can read of its own memory, which is the same.
func core(t *testing.T, p *process, dir string) []byte {
	t.Helper()
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	if strings.ContainsAny(string(pattern), "|/%") {
		return memory(t, p.cmd.Process.Pid)
	}
	p.signal(t, syscall.SIGABRT)
	files, err := filepath.Glob(filepath.Join(dir, strings.TrimSpace(string(pattern))+"*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("want a core file, got %q, %v\n%s", files, err, p.log.String())
	}
	text, err := os.ReadFile(files[0])
	if err := errors.Join(err, os.Remove(files[0])); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("\x7fELF")) {
		t.Fatalf("%s, %d bytes, is no core file", files[0], len(text))
	}
	return text
}

// memory are all parts of a process's memory that can be read and written.
func memory(t *testing.T, pid int) (all []byte) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mem.Close() }()
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		part := make([]byte, to-from)
		if n, err := mem.ReadAt(part, from); err == nil || errors.Is(err, io.EOF) {
			all = append(all, part[:n]...)
		}
	}
	return all
}

// inMemory looks for a secret as it is, and as the usual encodings write it.
func inMemory(memory, secret []byte) bool {
	for _, form := range []string{string(secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), base64.StdEncoding.EncodeToString(secret)} {
		if bytes.Contains(memory, []byte(form)) {
			return true
		}
	}
	return false
}
