package bench_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// freeAddress is a loopback address that was free a moment ago.
func freeAddress(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// build makes the binary as `make build` does and returns its path and size.
func build(b *testing.B) (string, int64) {
	b.Helper()
	bin := filepath.Join(b.TempDir(), "zerotouch")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", bin, "zerotouch.example/cmd/zerotouch")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	return bin, info.Size()
}

// BenchmarkStart starts the real server on a database that exists, until its
// first answer, and reads its resident memory then.
func BenchmarkStart(b *testing.B) {
	bin, size := build(b)
	data := b.TempDir()
	var took time.Duration
	var rss int
	for i := -1; i < b.N; i++ { // the first start makes the database
		d, memory := start(b, bin, data)
		if i >= 0 {
			took, rss = took+d, rss+memory
		}
	}
	n := float64(b.N)
	b.ReportMetric(float64(took.Microseconds())/1000/n, "ms-to-first-answer")
	b.ReportMetric(float64(rss)/1024/n, "MiB-resident")
	b.ReportMetric(float64(size)/1e6, "MB-binary")
	b.ReportMetric(0, "ns/op")
}

// start runs serve until it has answered, and returns how long that took and the
// resident memory in KiB.
func start(b *testing.B, bin, data string) (time.Duration, int) {
	b.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ops := freeAddress(b)
	cmd := exec.CommandContext(ctx, bin, "serve", "--data-dir", data,
		"--admin-listen", freeAddress(b), "--phone-listen", freeAddress(b), "--ops-listen", ops)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for ctx.Err() == nil {
		res, err := http.Get("http://" + ops + "/healthz")
		if err == nil {
			_ = res.Body.Close()
			break
		}
	}
	took := time.Since(began)
	memory := resident(b, cmd.Process.Pid)
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		b.Fatalf("serve: %v", err)
	}
	return took, memory
}

func resident(b *testing.B, pid int) int {
	b.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range strings.Split(string(status), "\n") {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kib, err := strconv.Atoi(f[1])
			if err != nil {
				b.Fatal(err)
			}
			return kib
		}
	}
	b.Fatal("no VmRSS")
	return 0
}
