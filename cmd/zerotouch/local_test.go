package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"zerotouch.example/internal/awscall/mototest"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/web"
)

// TestLocalScripts runs sessions of what works on a server's host: the server
// itself, the local verbs beside it, and the simulators.
func TestLocalScripts(t *testing.T) {
	t.Parallel()
	localScripts(t, "testdata/local", nil)
}

// TestKMSScripts runs those of an installation whose root key AWS KMS encrypts.
func TestKMSScripts(t *testing.T) {
	t.Parallel()
	endpoint := mototest.Start(t)
	key := mustMakeKMSKey(t, endpoint)
	localScripts(t, "testdata/kms", map[string]string{
		"ZEROTOUCH_KMS_KEY": key, "ZEROTOUCH_KMS_ENDPOINT": endpoint,
		"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example-only",
	})
}

// mustMakeKMSKey has KMS make a key and returns its ARN.
func mustMakeKMSKey(t *testing.T, endpoint string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "TrentService.CreateKey")
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	// The stand-in tells from it which service is asked.
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/eu-central-1/kms/aws4_request, SignedHeaders=host, Signature=00")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var made struct{ KeyMetadata struct{ Arn string } }
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil || made.KeyMetadata.Arn == "" {
		t.Fatalf("no key was made: %s, %v", resp.Status, err)
	}
	return made.KeyMetadata.Arn
}

func localScripts(t *testing.T, dir string, environ map[string]string) {
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(e *testscript.Env) error {
			quickExit(e)
			for name, value := range environ {
				e.Setenv(name, value)
			}
			e.Values["started"] = &started{}
			for _, name := range []string{"ADMIN", "PHONE", "OPS"} { // a start that is to be refused must not meet a busy port
				e.Setenv("ZEROTOUCH_"+name+"_LISTEN", "127.0.0.1:0")
			}
			e.Defer(func() { e.Values["started"].(*started).stopAll() })
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %s", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "start": startProgram, "end": stopProgram, "get": get, "busy": busy, "postgres": postgres(t), "role": role, "give": give, "withtoken": withToken,
		},
	})
}

// started are the programs that a script runs in the background, by name.
type started struct {
	mu      sync.Mutex
	running map[string]*program
}

// program is one of them. The log is complete when ended is closed.
type program struct {
	cmd   *exec.Cmd
	mu    sync.Mutex
	log   bytes.Buffer
	ended chan struct{}
	err   error
}

func (s *started) stopAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.running {
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// startTimeout is far more than any start takes, beside many others on a slow machine too.
const startTimeout = time.Minute

// answers finds in the output of serve and sim where they listen.
var answers = map[string]*regexp.Regexp{
	"serve":  regexp.MustCompile(`msg=serving admin=(?P<ADMIN>\S+) phone=(?P<PHONE>\S+) ops=(?P<OPS>\S+)`),
	"phones": regexp.MustCompile(`msg="serving phones alone" phone=(?P<PHONES>\S+) ops=(?P<PHONES_OPS>\S+)`),
	"sim":    regexp.MustCompile(`Simulated SRAPS: (?P<SRAPS>\S+)/api/v1/\nControl port: (?P<CONTROL>\S+)\n(?s:.*)\n`),
}

// startProgram starts the program in the background and waits until it answers:
// start serve ARGS… sets $ADMIN, $PHONE and $OPS, with --only in ARGS $PHONES and
// $PHONES_OPS, and is called phones then; start sim snom ARGS… sets $SRAPS
// and $CONTROL. Ports are free ones unless the arguments say otherwise.
func startProgram(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || answers[args[0]] == nil {
		ts.Fatalf("usage: start serve|sim ARGS…")
	}
	all, name := ts.Value("started").(*started), args[0]
	if slices.Contains(args, "--only") {
		name = "phones"
	}
	p := &program{ended: make(chan struct{})}
	extra := []string{"--admin-listen", "127.0.0.1:0", "--phone-listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"}
	if args[0] == "sim" {
		extra = []string{"--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"}
	}
	path, err := lookPath(ts.Getenv("PATH"), "zerotouch")
	ts.Check(err)
	p.cmd = exec.Command(path, append(args, extra...)...)
	p.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TESTSCRIPT_COMMAND", "ZEROTOUCH_DATA_DIR", "ZEROTOUCH_DATABASE", "ZEROTOUCH_INSTALLATION", "SSL_CERT_FILE"} {
		if v := ts.Getenv(name); v != "" {
			p.cmd.Env = append(p.cmd.Env, name+"="+v)
		}
	}
	found := make(chan []string, 1)
	out, in := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = in, in
	go p.read(out, answers[name], found)
	ts.Check(p.cmd.Start())
	go func() { p.err = p.cmd.Wait(); _ = in.Close(); close(p.ended) }()
	all.mu.Lock()
	if all.running == nil {
		all.running = map[string]*program{}
	}
	all.running[name] = p
	all.mu.Unlock()
	select {
	case values := <-found:
		for i, name := range answers[name].SubexpNames()[1:] {
			ts.Setenv(name, values[i+1])
		}
	case <-p.ended:
		ts.Fatalf("%s ended: %v\n%s", args[0], p.err, p.text())
	case <-time.After(startTimeout):
		ts.Fatalf("%s does not answer\n%s", args[0], p.text())
	}
}

func lookPath(path, name string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return filepath.Join(dir, name), nil
		}
	}
	return "", fmt.Errorf("no %s in %s", name, path)
}

func (p *program) read(out io.Reader, want *regexp.Regexp, found chan []string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.mu.Lock()
		fmt.Fprintln(&p.log, lines.Text())
		values := want.FindStringSubmatch(p.log.String())
		p.mu.Unlock()
		if values != nil && found != nil {
			found <- values
			found = nil
		}
	}
}

func (p *program) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// stopProgram ends a program kindly, wants exit code 0 and keeps its output in a
// file for grep: end serve FILE. With kill it is killed: end serve FILE kill.
func stopProgram(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: end serve|sim FILE [kill]")
	}
	all := ts.Value("started").(*started)
	all.mu.Lock()
	p := all.running[args[0]]
	delete(all.running, args[0])
	all.mu.Unlock()
	sig := syscall.SIGTERM
	if len(args) > 2 {
		sig = syscall.SIGKILL
	}
	ts.Check(p.cmd.Process.Signal(sig))
	select {
	case <-p.ended:
	case <-time.After(startTimeout):
		ts.Fatalf("%s does not stop", args[0])
	}
	if sig == syscall.SIGTERM && p.err != nil {
		ts.Fatalf("%s: %v\n%s", args[0], p.err, p.text())
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(p.text()), 0o600))
}

// get fetches a URL and wants a status and, with a third argument, a pattern in
// the body: get 200 URL PATTERN.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: get STATUS URL [PATTERN]")
	}
	r, err := http.Get(args[1])
	ts.Check(err)
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	ts.Check(err)
	if fmt.Sprint(r.StatusCode) != args[0] {
		ts.Fatalf("status %d, want %s", r.StatusCode, args[0])
	}
	if len(args) > 2 && !regexp.MustCompile(args[2]).Match(body) {
		ts.Fatalf("no %q in %q", args[2], body)
	}
}

// busy listens at a free port for the rest of the script, and sets the variable to
// its address: busy NAME.
func busy(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	ts.Setenv(args[0], l.Addr().String())
}

// postgres is a command that sets the variable to the address of a fresh
// PostgreSQL database: postgres NAME.
func postgres(t *testing.T) func(ts *testscript.TestScript, neg bool, args []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) { ts.Setenv(args[0], pgtest.DSN(t)) }
}

// role makes a user of the PostgreSQL database in $ZEROTOUCH_DATABASE, without a right to
// anything, and sets a variable to its address of the database: role NAME VARIABLE.
func role(ts *testscript.TestScript, _ bool, args []string) {
	dsn := ts.Getenv("ZEROTOUCH_DATABASE")
	conn, err := sql.Open("pgx", dsn)
	ts.Check(err)
	ts.Defer(func() {
		_, err := conn.Exec(fmt.Sprintf(`DROP OWNED BY "%[1]s"; DROP ROLE "%[1]s"`, args[0]))
		ts.Check(errors.Join(err, conn.Close()))
	})
	_, err = conn.Exec(fmt.Sprintf(`CREATE ROLE "%s" LOGIN`, args[0]))
	ts.Check(err)
	ts.Setenv(args[1], strings.Replace(dsn, "user=ztp", "user="+args[0], 1))
}

// give makes a file or folder another user's: give PATH. Only root can.
func give(ts *testscript.TestScript, _ bool, args []string) {
	const nobody = 65534
	ts.Check(os.Chown(ts.MkAbs(args[0]), nobody, nobody))
}

// TestServeWith: a demo starts the server in its own process, hears where it
// listens, and stops it.
func TestServeWith(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	free := "127.0.0.1:0"
	environ := []string{"ZEROTOUCH_DATA_DIR=" + t.TempDir(), "ZEROTOUCH_ADMIN_LISTEN=" + free, "ZEROTOUCH_PHONE_LISTEN=" + free, "ZEROTOUCH_OPS_LISTEN=" + free}
	var status int
	err := serveWith(ctx, environ, slog.New(slog.DiscardHandler), hooks{
		notice: web.Notice{SignIn: "Sign in as `demo`."}, nav: []web.NavLink{{Title: "Demo desk", Href: "http://127.0.0.1:1"}},
		ready: func(a addresses) {
			go func() {
				defer stop()
				if r, err := http.Get(a.admin + "/sign-in"); err == nil {
					status = r.StatusCode
					_ = r.Body.Close()
				}
			}()
		},
	})
	if err != nil || status != http.StatusOK {
		t.Errorf("status %d, %v", status, err)
	}
	if err := serveWith(ctx, append(environ, "ZEROTOUCH_SLIP=1"), slog.New(slog.DiscardHandler), hooks{}); exitCode(err) != exitUsage {
		t.Errorf("a slip is not told: %v", err)
	}
}

// TestMistakesAreAllTold: who corrects a configuration hears of everything at once.
func TestMistakesAreAllTold(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"config"}, []string{
		"ZEROTOUCH_INSTALLATION=Über", "ZEROTOUCH_KMS_ENDPOINT=kms.example", "ZEROTOUCH_MIGRATE=maybe", "ZEROTOUCH_ADMIN_URL=http://zerotouch.example", "ZEROTOUCH_TRUSTED_PROXIES=10.0.0.0/33, x",
		"ZEROTOUCH_PROVISIONING_URL=http://prov.example", "ZEROTOUCH_PROVISIONING_URL_CHECK=no", "ZEROTOUCH_RESELLER_SOURCE=vault",
		"ZEROTOUCH_SNOM_BASE_URL=ftp://x", "ZEROTOUCH_SNOM_RATE=fast", "ZEROTOUCH_VENDOR_PROXY=http://user:pr0xy@",
	}, strings.NewReader(""), &stdout, &stderr)
	if code != exitUsage || stdout.Len() > 0 {
		t.Errorf("exit code %d, printed %q", code, stdout.String())
	}
	for _, name := range []string{"INSTALLATION", "KMS_ENDPOINT", "MIGRATE", "ADMIN_URL", "TRUSTED_PROXIES", "PROVISIONING_URL", "PROVISIONING_URL_CHECK",
		"RESELLER_SOURCE", "SNOM_BASE_URL", "SNOM_RATE", "VENDOR_PROXY"} {
		if !strings.Contains(stderr.String(), "\n  ZEROTOUCH_"+name+": ") {
			t.Errorf("nothing about %s", name)
		}
	}
	if strings.Contains(stderr.String(), "pr0xy") {
		t.Error("a password is in the message")
	}
}

// TestSettingsAreThoseOfTheContract: names are what scripts and charts rely on.
func TestSettingsAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`DATA_DIR DATABASE KEY_FILE KMS_KEY KMS_ENDPOINT INSTALLATION ONLY PHONE_KEY_FILE MIGRATE ADMIN_LISTEN PHONE_LISTEN OPS_LISTEN ADMIN_URL
		ADMIN_TLS_CERT ADMIN_TLS_KEY PHONE_TLS_CERT PHONE_TLS_KEY
		PHONE_CLIENT_CA PHONE_CLIENT_DENY PHONE_CLIENT_LISTEN PHONE_CLIENT_NAMES PHONE_CLIENT_HEADER PHONE_MEMORY PHONE_RATE OPS_TLS_CERT OPS_TLS_KEY TRUSTED_PROXIES
		PROVISIONING_URL PROVISIONING_URL_CHECK RESELLER_SOURCE SSM_PREFIX SSM_ENDPOINT VENDOR_PROXY
		SNOM_BASE_URL SNOM_LINK_HOSTS SNOM_RATE SNOM_ROLE SNOM_PRODUCT_GROUPS COMPANY_COUNTRY COMPANY_CITY
		SIP_PROXY SIP_FROM SIP_USER SIP_PASSWORD_FILE SIP_REALM ROTATE_EVERY URL TOKEN`)
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"config"}, nil, strings.NewReader(""), &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	var got []string
	for line := range strings.Lines(stdout.String()) {
		if name, ok := strings.CutPrefix(strings.Fields(line)[0], envPrefix); ok {
			got = append(got, name)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("want %v\ngot  %v", want, got)
	}
	if documented := settingsOfTheManual(t); strings.Join(documented, " ") != strings.Join(want, " ") {
		t.Errorf("the table in docs/operations.md: want %v\ngot  %v", want, documented)
	}
}

// settingsOfTheManual are the names in the table of all settings, in its order.
func settingsOfTheManual(t *testing.T) (names []string) {
	t.Helper()
	manual, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(manual), "\n## Settings\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		if row, ok := strings.CutPrefix(line, "| `"+envPrefix); ok {
			name, _, _ := strings.Cut(row, "`")
			names = append(names, name)
		}
	}
	return names
}

func TestEnvironmentOfKubernetes(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{
		"ZEROTOUCH_SERVICE_HOST": true, "ZEROTOUCH_SERVICE_PORT": true, "ZEROTOUCH_SERVICE_PORT_HTTPS": true, "ZEROTOUCH_PORT": true,
		"ZEROTOUCH_PORT_8080_TCP": true, "ZEROTOUCH_PORT_8080_TCP_ADDR": true, "ZEROTOUCH_PHONES_SERVICE_HOST": true,
		"ZEROTOUCH_PHONES_PORT": true, "ZEROTOUCH_PHONES_PORT_443_TCP_PROTO": true, "ZEROTOUCH_TOKEN": true, "ZEROTOUCH_DATA_DIR": true,
		"ZEROTOUCH_PORTS": false, "ZEROTOUCH_SERVICE": false, "ZEROTOUCH_DATADIR": false, "ZEROTOUCH_data_dir": false, "ZEROTOUCH_": false,
	} {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), []string{"config"}, []string{name + "=planted-value"}, strings.NewReader(""), &stdout, &stderr)
		if (code == exitDone) != known || code != exitDone && !strings.Contains(stderr.String(), name) {
			t.Errorf("%s: exit code %d, %s", name, code, stderr.String())
		}
		if !known && strings.Contains(stderr.String(), "planted-value") {
			t.Errorf("%s: its value is in the message", name)
		}
	}
}

func TestRedactAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"zerotouch-data/zerotouch.db":              "zerotouch-data/zerotouch.db",
		"postgres://zt@db.example/zt":              "postgres://zt@db.example/zt",
		"postgres://zt:s3cret@db.example/zt":       "postgres://zt:redacted@db.example/zt",
		"postgres://db.example/zt?password=s3cr":   "postgres://db.example/zt?password=redacted",
		"postgres://zt:s3%zz@db":                   "[redacted]",
		"host=db user=zt password=s3cret dbname=z": "host=db user=zt password=redacted dbname=z",
		"host=db password = 's3 \\' cret' user=x":  "host=db password=redacted user=x",
		"host=db sslpassword=s3cret":               "host=db sslpassword=redacted",
		"http://user:s3cret@proxy.example:3128":    "http://user:redacted@proxy.example:3128",
	} {
		if got := redactAddress(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestParseLife(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for in, want := range map[string]time.Duration{"90d": 90 * day, "2w": 14 * day, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute,
		"": 0, "0d": 0, "-1d": 0, "-5h": 0, "90": 0, "d": 0, "99999d": 0, "soon": 0} {
		got, err := parseLife(in)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %v, %v", in, got, err)
		}
	}
}

// TestPasswordsAreAskedTwice: on a terminal nobody sees what is typed.
func TestPasswordsAreAskedTwice(t *testing.T) {
	t.Parallel()
	// Without a file descriptor readSecret takes the next line of this reader.
	for input, ok := range map[string]bool{"a long password\na long password\n": true, "a long password\nanother one here\n": false} {
		e := &env{stdin: &lineReader{lines: strings.SplitAfter(input, "\n")}, stderr: io.Discard, isTerminal: true}
		got, err := newPassword(e)
		if (err == nil) != ok || ok && got.RevealSecret() != "a long password" {
			t.Errorf("%q: %v", input, err)
		}
	}
}

// lineReader hands out a line per read, as a terminal does.
type lineReader struct{ lines []string }

func (r *lineReader) Read(b []byte) (int, error) {
	if len(r.lines) == 0 {
		return 0, errors.New("nothing left")
	}
	n := copy(b, r.lines[0])
	r.lines = r.lines[1:]
	return n, nil
}

// withToken puts the token in a file into the environment: withtoken FILE.
func withToken(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv("ZEROTOUCH_TOKEN", strings.TrimSpace(ts.ReadFile(args[0])))
}
