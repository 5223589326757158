package bench_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fetchWorkers is how many phones ask at once.
const fetchWorkers = 8

// fetchRounds is in how many parts the two servers take turns, so that what else the
// machine does falls on both.
const fetchRounds = 10

// BenchmarkFetch has phones in service fetch their file over real sockets, from the phone
// listener, from a bare net/http handler that returns as many bytes from memory, and from
// nginx, where it is installed, that has them in a file; each in a process of its own, in
// turns. It gives what each server's process took of a processor for a thousand, how often
// the others' is in ours, and how many a second ours answered.
func BenchmarkFetch(b *testing.B) {
	pki := newFetchPKI(b)
	servers := []*apart{serveApart(b, "bare", pki), serveApart(b, "ours", pki)}
	if s := serveNginx(b, pki); s != nil {
		servers = append(servers, s)
	}
	rows := &fetchRows{nginx: len(servers) > 2}
	for _, m := range []fetchMode{
		{name: "PlainNew", at: "plain"}, {name: "PlainKept", at: "plain", keep: true},
		{name: "P256New", at: "p256"}, {name: "P256Resumed", at: "p256", resumed: true}, {name: "P256Kept", at: "p256", keep: true},
		{name: "P256ClientCertificateNew", at: "client", client: true},
		{name: "RSANew", at: "rsa"}, {name: "RSAResumed", at: "rsa", resumed: true},
	} {
		b.Run(m.name, func(b *testing.B) {
			cfg := pki.trusting()
			cfg.ServerName = "prov.example"
			if m.client {
				cfg.Certificates = []tls.Certificate{pki.phone()}
			}
			var spent, took [3]time.Duration
			for round := range fetchRounds {
				n := b.N*(round+1)/fetchRounds - b.N*round/fetchRounds
				for i, s := range servers {
					began, before := time.Now(), s.processor(b)
					s.fetch(b, m, cfg, n)
					took[i], spent[i] = took[i]+time.Since(began), spent[i]+s.processor(b)-before
				}
			}
			b.ReportMetric(0, "ns/op")
			rows.add(b, m.name, spent, took[1])
		})
	}
	fmt.Print(rows)
}

// fetchRows is the table for docs/performance.md.
type fetchRows struct {
	// nginx: it was there to be compared with.
	nginx bool
	text  map[string]string
	order []string
}

// add adds what a thousand fetches took of the bare handler, ours and nginx, or takes it in
// the place of a shorter run.
func (r *fetchRows) add(b *testing.B, name string, spent [3]time.Duration, took time.Duration) {
	each := func(i int) float64 { return spent[i].Seconds() * 1e6 / float64(b.N) }
	ratio := func(i int) float64 { return spent[i].Seconds() / spent[1].Seconds() }
	rate := float64(b.N) / took.Seconds()
	b.ReportMetric(each(0), "bare-cpu-ms/1000")
	b.ReportMetric(each(1), "ours-cpu-ms/1000")
	b.ReportMetric(ratio(0), "ratio")
	b.ReportMetric(rate, "fetches/s")
	nginx := " none | none |"
	if r.nginx {
		b.ReportMetric(each(2), "nginx-cpu-ms/1000")
		b.ReportMetric(ratio(2), "nginx-ratio")
		nginx = fmt.Sprintf(" %.0f | %.2f |", each(2), ratio(2))
	}
	if r.text == nil {
		r.text = map[string]string{}
	}
	if r.text[name] == "" {
		r.order = append(r.order, name)
	}
	r.text[name] = fmt.Sprintf("| %s | %.0f | %.0f | %.2f |%s %.0f |\n", name, each(1), each(0), ratio(0), nginx, rate)
}

func (r *fetchRows) String() string {
	text := "ms of a processor for 1,000 fetches\n| | zerotouch | bare | ratio | nginx | ratio | zerotouch, fetches/s |\n|---|---|---|---|---|---|---|\n"
	for _, name := range r.order {
		text += r.text[name]
	}
	if !r.nginx {
		text += "There is no nginx on this machine (on Debian: apt-get install nginx-light), so nothing of it here.\n"
	}
	return text
}

// fetchMode is how phones come.
type fetchMode struct {
	name, at              string
	keep, resumed, client bool
}

// apart is a server in a process of its own, and what it has said of itself.
type apart struct {
	name string
	pid  int
	// At are its addresses, Path is the phone's, and Password what it says.
	At       map[string]string
	Path     string
	Password string
}

func serveApart(b *testing.B, name string, pki *fetchPKI) *apart {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestServe(Fetches|Fleet)$")
	cmd.Env = append(os.Environ(), "ZEROTOUCH_BENCH_FETCHES="+name, "ZEROTOUCH_BENCH_FILES="+pki.dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cancel(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	s := &apart{name: name, pid: cmd.Process.Pid}
	if err == nil {
		err = json.Unmarshal(line, s)
	}
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return s
}

// fetch asks n times.
func (s *apart) fetch(b *testing.B, m fetchMode, cfg *tls.Config, n int) {
	b.Helper()
	scheme := "https://"
	if m.at == "plain" {
		scheme = "http://"
	}
	var left atomic.Int64
	left.Store(int64(n))
	var work sync.WaitGroup
	for range fetchWorkers {
		work.Go(func() {
			c := cfg.Clone()
			if m.resumed {
				c.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			}
			client := &http.Client{Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: !m.keep, MaxIdleConnsPerHost: 1}, Timeout: 30 * time.Second}
			defer client.CloseIdleConnections()
			for left.Add(-1) >= 0 {
				if err := s.one(client, scheme+s.At[m.at]+s.Path); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
}

func (s *apart) one(client *http.Client, url string) error {
	req, err := http.NewRequest(http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	req.SetBasicAuth(fetchMAC, s.Password)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || len(text) < fetchBytes {
		return fmt.Errorf("status %d, %d bytes", res.StatusCode, len(text))
	}
	return nil
}

// processor is what the server's process has taken so far, to a hundredth of a second.
func (s *apart) processor(b *testing.B) time.Duration {
	b.Helper()
	return ticks(b, s.pid, 11, 12) // in user mode, and for it in the kernel
}

// ticks adds fields of /proc/PID/stat up, counted from the state on; none of a process that
// has gone.
func ticks(b *testing.B, pid int, fields ...int) (spent time.Duration) {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	all := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+2:]))
	for _, at := range fields {
		n, err := strconv.Atoi(all[at])
		if err != nil {
			b.Fatal(err)
		}
		spent += time.Duration(n) * 10 * time.Millisecond
	}
	return spent
}
