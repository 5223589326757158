package bench_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/phonesim"
)

// phonesBase is where phones of replicas ask. Nobody looks the name up: dial leads it to
// the replicas.
const phonesBase = "https://prov.example"

// replicas are real servers on one real PostgreSQL database, a fleet of phones, and what
// stands between: a balancer that leads each connection to the next server that takes it.
type replicas struct {
	b           *testing.B
	pki         *fetchPKI
	pg          *pgtest.Server
	db          *sql.DB
	program     string
	dsn, keys   string
	all         []*replica
	connections atomic.Uint64
	phones      []phonesim.FleetPhone
}

// replica is one server, which can be started again at the same address.
type replica struct {
	dir, phone string
	cmd        *exec.Cmd
}

// startReplicas starts so many servers with so many phones, of which the first ones have
// come before, and beside which there are others that nobody asks for.
func startReplicas(b *testing.B, servers, phones, known, others int) *replicas {
	b.Helper()
	pg, err := pgtest.Start(nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pg.Stop)
	r := &replicas{b: b, pki: newFetchPKI(b), pg: pg, dsn: pg.DSN(b), keys: filepath.Join(b.TempDir(), "zerotouch.key")}
	r.program, _ = build(b)
	r.pki.must(os.WriteFile(r.keys, []byte("zerotouch-root-key-1:"+strings.Repeat("A", 43)+"=\n"), 0o600))
	store, err := sqlstore.Open(context.Background(), sqlstore.Config{DSN: r.dsn, RootKey: storetest.RootKey, Installation: "bench", Migrate: true})
	r.pki.must(err)
	if others > 0 {
		t := &tables{b: b, store: store}
		t.seed(0, others)
		t.ownTokens("pgx", r.dsn)
	}
	r.pki.fleet(store, phones, known)
	r.phones = r.pki.phonesAt(phonesBase)
	r.db, err = sql.Open("pgx", r.dsn)
	r.pki.must(err)
	b.Cleanup(func() { _ = r.db.Close() })
	_, err = r.db.Exec("VACUUM ANALYZE") // as it does by itself in time
	r.pki.must(err)
	for range servers {
		s := &replica{dir: b.TempDir(), phone: freeAddress(b)}
		r.all = append(r.all, s)
		r.start(s)
	}
	for _, s := range r.all {
		r.right(s)
	}
	return r
}

// start starts a server, again or for the first time.
func (r *replicas) start(s *replica) {
	r.b.Helper()
	cmd := exec.Command(r.program, "serve")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "ZEROTOUCH_DATA_DIR=" + s.dir, "ZEROTOUCH_KEY_FILE=" + r.keys, "ZEROTOUCH_DATABASE=" + r.dsn,
		"ZEROTOUCH_INSTALLATION=bench", "ZEROTOUCH_PHONE_RATE=0", "ZEROTOUCH_PROVISIONING_URL=" + phonesBase, "ZEROTOUCH_ADMIN_LISTEN=127.0.0.1:0", "ZEROTOUCH_OPS_LISTEN=127.0.0.1:0",
		"ZEROTOUCH_PHONE_LISTEN=" + s.phone, "ZEROTOUCH_PHONE_TLS_CERT=" + r.pki.file("p256.crt"), "ZEROTOUCH_PHONE_TLS_KEY=" + r.pki.file("p256.key")}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	r.pki.must(err)
	cmd.Stdout, cmd.Stderr = log, log
	r.pki.must(cmd.Start())
	_ = log.Close() // the server has its own descriptor
	s.cmd = cmd
	r.b.Cleanup(func() { r.end(cmd, syscall.SIGKILL) })
}

// end ends a server and waits until it is gone.
func (r *replicas) end(cmd *exec.Cmd, how syscall.Signal) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Signal(how)
		_ = cmd.Wait()
	}
}

// right waits until a server has given the first phone its file, and returns how long that
// took.
func (r *replicas) right(s *replica) time.Duration {
	r.b.Helper()
	began := time.Now()
	client := r.client(s.dial, false)
	for r.fetch(client, r.phones[0]) != http.StatusOK {
		if time.Since(began) > time.Minute {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			r.b.Fatalf("no right answer within a minute\n%s", log[max(0, len(log)-4000):])
		}
		time.Sleep(2 * time.Millisecond) // nothing tells of it
	}
	return time.Since(began)
}

// dial is the balancer. Connections come from two hundred addresses, since one has some
// 28,000 ports a minute; all are of the network from which the phones have come before.
func (r *replicas) dial(ctx context.Context, network, _ string) (conn net.Conn, err error) {
	n := r.connections.Add(1)
	d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+n%200))}}
	for i := range uint64(len(r.all)) {
		if conn, err = d.DialContext(ctx, network, r.all[(n+i)%uint64(len(r.all))].phone); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func (s *replica) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, s.phone)
}

func (r *replicas) client(dial func(context.Context, string, string) (net.Conn, error), keep bool) *http.Client {
	tr := &http.Transport{DialContext: dial, DisableKeepAlives: !keep, MaxIdleConnsPerHost: 256}
	tr.TLSClientConfig = r.pki.trusting()
	r.b.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 10 * time.Second}
}

// What fetch returns beside a status.
const (
	noAnswer = 0
	// foreignFile is not this phone's.
	foreignFile = -1
	// noRetryAfter is a 503 that does not say when to come back.
	noRetryAfter = -2
)

// fetch asks as a phone in service that says its password, and returns the status.
func (r *replicas) fetch(client *http.Client, p phonesim.FleetPhone) int {
	req, err := http.NewRequest(http.MethodGet, strings.Replace(p.URL, "{mac}", p.MAC, 1), http.NoBody)
	r.pki.must(err)
	req.SetBasicAuth(p.User, p.Password)
	res, err := client.Do(req)
	if err != nil {
		return noAnswer
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return noAnswer
	case res.StatusCode == http.StatusOK && !strings.Contains(string(text), ">"+p.MAC+"<"): // the user of its line
		return foreignFile
	case res.StatusCode == http.StatusServiceUnavailable && res.Header.Get("Retry-After") == "":
		return noRetryAfter
	}
	return res.StatusCode
}

// processor is what the servers that run have taken so far.
func (r *replicas) processor() (spent time.Duration) {
	for _, s := range r.all {
		spent += ticks(r.b, s.cmd.Process.Pid, 11, 12)
	}
	return spent
}

// database is what PostgreSQL has taken so far, with its connections that have ended, and
// how many transactions it has seen.
func (r *replicas) database() (spent time.Duration, transactions int) {
	r.b.Helper()
	folder, _, _ := strings.Cut(strings.TrimPrefix(r.dsn, "host="), " ")
	text, err := os.ReadFile(filepath.Join(folder, "data", "postmaster.pid"))
	r.pki.must(err)
	first, _, _ := strings.Cut(string(text), "\n")
	main, err := strconv.Atoi(first)
	r.pki.must(err)
	spent = ticks(r.b, main, 11, 12, 13, 14)
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", main, main))
	r.pki.must(err)
	for _, f := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(f)
		r.pki.must(err)
		spent += ticks(r.b, pid, 11, 12)
	}
	r.pki.must(r.db.QueryRow("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&transactions))
	return spent, transactions
}

// asked is one request of an open loop: when it was due, how long its answer took from
// then on, and its status.
type asked struct {
	due, took time.Duration
	status    int
}

// openLoop has ask called at a fixed rate, whatever becomes of the calls before: each is
// measured from when it was due, so that one that is late for others counts as late.
func openLoop(rate int, last time.Duration, ask func(i int) (status int)) []asked {
	all := make([]asked, int(last.Seconds()*float64(rate)))
	done := make(chan struct{})
	began := time.Now()
	for i := range all {
		due := time.Duration(i) * time.Second / time.Duration(rate)
		time.Sleep(due - time.Since(began)) // the rate is what is asked for
		go func() {
			status := ask(i)
			all[i] = asked{due, time.Since(began) - due, status}
			done <- struct{}{}
		}()
	}
	for range all {
		<-done
	}
	return all
}

// within is how long that share of those that were right took, in milliseconds.
func within(all []asked, share float64) float64 {
	var took []time.Duration
	for _, a := range all {
		if a.status == http.StatusOK {
			took = append(took, a.took)
		}
	}
	if slices.Sort(took); len(took) == 0 {
		return 0
	}
	return float64(took[min(int(share*float64(len(took))), len(took)-1)].Microseconds()) / 1000
}

// statuses counts answers.
func statuses(all []asked) map[int]int {
	n := map[int]int{}
	for _, a := range all {
		n[a.status]++
	}
	return n
}
