package bench_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/ztp"
)

var (
	attackUnknown = flag.Int("unknown", 1000, "requests a second for phones that are not there")
	attackFrom    = flag.Int("addresses", 1000, "from so many addresses")
	attackSlow    = flag.Int("slow", 5000, "slow connections beside them")
	attackPhones  = flag.Int("phones-served", 500, "phones that fetch meanwhile, or behind one address")
	attackFor     = flag.Duration("attack", 30*time.Second, "how long")
	attackNice    = flag.Int("nice-attackers", 0, "how far those who attack stand back for server and phones; 19 is as if they had cores of their own")
)

// BenchmarkAttack has phones in service fetch alone, and then once more while others ask
// for phones that are not there, from many addresses of this machine and from a process of
// their own, and while slow connections are held open. It ends by itself.
func BenchmarkAttack(b *testing.B) {
	s, phones, pki := servedFleet(b, *attackPhones)
	alone := reboot(b, s, pki, phones, *attackFor)
	asked, before := s.asked(b), s.processor(b)
	others := attackApart(b, s.At["plain"], phones[0].URL)
	began := time.Now()
	during := reboot(b, s, pki, phones, *attackFor)
	took := time.Since(began)
	told, open := others(b)
	b.Logf("alone: %+v\nduring: %+v", alone, during)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(alone.P99), "p99-ms-alone")
	b.ReportMetric(float64(during.P50), "p50-ms")
	b.ReportMetric(float64(during.P99), "p99-ms")
	b.ReportMetric(float64(during.Served), "served")
	b.ReportMetric(float64(during.Held+during.Wrong+during.Lost), "not-served")
	b.ReportMetric(float64(told)/took.Seconds(), "unknown/s")
	b.ReportMetric(float64(open), "slow-open")
	b.ReportMetric(float64(s.asked(b)-asked), "questions")
	b.ReportMetric((s.processor(b)-before).Seconds()/took.Seconds(), "processors")
}

// attackApart begins an attack in another process, and returns what ends it and tells how
// many answers there were, and how many slow connections were open in the end.
func attackApart(b *testing.B, at, path string) (end func(b *testing.B) (told, open int)) {
	b.Helper()
	cmd := exec.Command("nice", "-n", fmt.Sprint(*attackNice), os.Args[0], "-test.run", "^TestAttackApart$", //nolint:gosec // ourselves
		fmt.Sprintf("-unknown=%d", *attackUnknown), fmt.Sprintf("-addresses=%d", *attackFrom), fmt.Sprintf("-slow=%d", *attackSlow))
	cmd.Env = append(os.Environ(), "ZEROTOUCH_BENCH_ATTACK="+at+" "+path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	return func(b *testing.B) (told, open int) {
		b.Helper()
		_ = in.Close()
		if _, err := fmt.Fscan(out, &told, &open); err != nil {
			b.Fatal(err)
		}
		_ = cmd.Wait()
		return told, open
	}
}

// TestAttackApart is no test: BenchmarkAttack starts it as another process, which attacks
// until its input ends.
func TestAttackApart(*testing.T) {
	a := &attack{}
	if _, err := fmt.Sscan(os.Getenv("ZEROTOUCH_BENCH_ATTACK"), &a.at, &a.path); err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), *attackFor+10*time.Minute)
	defer cancel()
	for i := range *attackFrom {
		go a.ask(ctx, i)
	}
	for i := range *attackSlow {
		go a.hold(ctx, i)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	fmt.Println(a.told.Load(), a.open.Load())
}

// BenchmarkOneAddress has an office behind one address start three times, and once more
// beside somebody who scans from the same address.
func BenchmarkOneAddress(b *testing.B) {
	s, phones, pki := servedFleet(b, *attackPhones)
	refused, served := 0, 0
	for range 3 {
		r := reboot(b, s, pki, phones, *attackFor)
		served += r.Served
		for status, n := range r.Answers {
			if status != "200" && status != "401" {
				refused += n
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), *attackFor+time.Minute)
	defer cancel()
	a := &attack{at: s.At["plain"], path: phones[0].URL, same: true}
	var scan sync.WaitGroup
	scan.Go(func() { a.ask(ctx, 0) })
	beside := reboot(b, s, pki, phones, *attackFor)
	cancel()
	scan.Wait()
	b.Logf("beside a scan: %+v", beside)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(served), "served")
	b.ReportMetric(float64(refused), "refused")
	b.ReportMetric(float64(beside.Served), "served-beside-scan")
	b.ReportMetric(float64(beside.P99), "p99-ms-beside-scan")
	b.ReportMetric(float64(a.told.Load()), "scanned")
}

// servedFleet is a process with so many phones in service, all of which it knows.
func servedFleet(b *testing.B, n int) (*apart, []phonesim.FleetPhone, *fetchPKI) {
	b.Helper()
	pki := newFetchPKI(b)
	b.Setenv("ZEROTOUCH_BENCH_FLEET", fmt.Sprint(n))
	s := serveApart(b, "fleet", pki)
	phones := pki.fleetPhones(s)
	reboot(b, s, pki, phones, 5*time.Second)
	return s, phones, pki
}

// reboot has the phones start within a time.
func reboot(b *testing.B, s *apart, pki *fetchPKI, phones []phonesim.FleetPhone, over time.Duration) phonesim.FleetReport {
	b.Helper()
	r, err := phonesim.RunFleet(context.Background(), phonesim.FleetOptions{Count: len(phones), Over: over, Fetches: 1, Tries: 1,
		Open: 2000, Roots: pki.roots(), Phone: func(i int) (phonesim.FleetPhone, error) { return phones[i], nil }})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// attack is what asks for what is not there.
type attack struct {
	at, path string
	// same: from the phones' address, as fast as it is answered.
	same bool
	// told counts answers, open connections that are held.
	told, open atomic.Int64
}

// dial connects from one of many addresses of this machine.
func (a *attack) dial(ctx context.Context, i int) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	if !a.same {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 1, byte(i>>8), byte(i))}
	}
	return d.DialContext(ctx, "tcp", a.at)
}

// ask asks for phones that are not there, each time for another one, half of them by the
// token of an account.
func (a *attack) ask(ctx context.Context, i int) {
	every := time.Duration(0)
	if !a.same {
		every = time.Second * time.Duration(*attackFrom) / time.Duration(*attackUnknown)
	}
	account := strings.Split(a.path, "/")[4]
	for ctx.Err() == nil {
		conn, err := a.dial(ctx, i)
		if err != nil {
			wait(ctx, time.Second)
			continue
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		for in := bufio.NewReader(conn); err == nil; {
			token := account
			if rand.IntN(2) == 0 {
				token = ztp.NewToken().RevealSecret()
			}
			began := time.Now()
			if _, err = fmt.Fprintf(conn, "GET /p/%s/%s/00041399%04X HTTP/1.1\r\nHost: prov.example\r\n\r\n", token, ztp.NewToken().RevealSecret(), rand.IntN(1<<16)); err != nil {
				break
			}
			var res *http.Response
			if res, err = http.ReadResponse(in, nil); err == nil {
				_, _ = io.Copy(io.Discard, res.Body)
				a.told.Add(1)
				wait(ctx, every-time.Since(began))
			}
		}
		stop()
		_ = conn.Close()
	}
}

// hold opens connections that ask for nothing whole.
func (a *attack) hold(ctx context.Context, i int) {
	wait(ctx, rand.N(5*time.Second))
	for ctx.Err() == nil {
		conn, err := a.dial(ctx, i)
		if err != nil {
			wait(ctx, time.Second)
			continue
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		a.open.Add(1)
		_, _ = conn.Write([]byte("GET /p/"))
		_, _ = conn.Read(make([]byte, 1)) // until it is cut
		a.open.Add(-1)
		stop()
		_ = conn.Close()
	}
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// questions counts how often phones are looked up in the database.
type questions struct {
	provision.Store
	n atomic.Int64
}

func (q *questions) AccountByToken(ctx context.Context, token ztp.Secret) (ztp.Account, error) {
	q.n.Add(1)
	return q.Store.AccountByToken(ctx, token)
}

func (q *questions) EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	q.n.Add(1)
	return q.Store.EndpointByMAC(ctx, mac)
}

// told serves the number, and returns where.
func (q *questions) told(p *fetchPKI) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	go func() {
		_ = (&http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, q.n.Load()) })}).Serve(l)
	}()
	return l.Addr().String()
}

// asked is how often the process has looked phones up.
func (s *apart) asked(b *testing.B) int {
	b.Helper()
	res, err := http.Get("http://" + s.At["asked"])
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// fleetPhones are the phones of a process that serves a fleet, which has written them down.
func (p *fetchPKI) fleetPhones(s *apart) (phones []phonesim.FleetPhone) {
	return p.phonesAt("https://" + s.At["p256"])
}

// phonesAt are the phones of fleet.json with that base before their paths.
func (p *fetchPKI) phonesAt(base string) (phones []phonesim.FleetPhone) {
	text, err := os.ReadFile(p.file("fleet.json"))
	p.must(err)
	p.must(json.Unmarshal(text, &phones))
	for i := range phones {
		phones[i].URL = base + phones[i].URL
	}
	return phones
}
