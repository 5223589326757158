package bench_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var nginxAt = flag.String("nginx", "", "the nginx that is compared with; looked for on the PATH and in /usr/sbin when empty")

// nginxConf is one process without a master, which answers as Debian's nginx does by its
// defaults: files by sendfile, TLS 1.2 and 1.3, session tickets, a line in the log for each
// request. Connections that are kept are kept for good, as in Go.
const nginxConf = `daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 768; }
http {
  access_log /dev/null;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000000;
  ssl_protocols TLSv1.2 TLSv1.3;
  types {}
  default_type "text/xml; charset=utf-8";
  root .;
%s}
`

// serveNginx has nginx serve as many bytes as the bare handler, as a file, by the same
// certificates. It returns nil where there is no nginx, which is no failure.
func serveNginx(b *testing.B, pki *fetchPKI) *apart {
	b.Helper()
	program := *nginxAt
	for _, at := range []string{"nginx", "/usr/sbin/nginx"} {
		if found, err := exec.LookPath(at); program == "" && err == nil {
			program = found
		}
	}
	if program == "" {
		return nil
	}
	dir := b.TempDir()
	s := &apart{name: "nginx", At: map[string]string{}, Path: "/" + fetchMAC + ".xml"}
	servers := ""
	for _, at := range fetchListeners {
		s.At[at] = freeAddress(b)
		servers += pki.nginxServer(at, s.At[at])
	}
	pki.must(os.WriteFile(filepath.Join(dir, fetchMAC+".xml"), bareFile(), 0o644))
	pki.must(os.WriteFile(filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, nginxConf, servers), 0o644))
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "-e", "stderr", "-p", dir, "-c", "nginx.conf")
	said := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = said, said
	pki.must(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	b.Cleanup(func() { cancel(); <-ended })
	s.pid = cmd.Process.Pid
	for _, at := range s.At {
		s.answers(b, at, ended, said)
	}
	return s
}

// answers waits until somebody listens there, or the program has ended.
func (s *apart) answers(b *testing.B, at string, ended chan error, said fmt.Stringer) {
	b.Helper()
	for {
		conn, err := net.Dial("tcp", at)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err // for who cleans up
			b.Fatalf("%s: %v\n%s", s.name, err, said)
		case <-time.After(2 * time.Millisecond): // nothing tells of it
		}
	}
}

// nginxServer is one listener in the words of nginx.
func (p *fetchPKI) nginxServer(at, address string) string {
	if at == "plain" {
		return fmt.Sprintf("  server { listen %s; }\n", address)
	}
	key, clients := keyOf(at), ""
	if at == "client" {
		clients = fmt.Sprintf(" ssl_verify_client optional; ssl_client_certificate %s;", p.file("ca.crt"))
	}
	return fmt.Sprintf("  server { listen %s ssl; ssl_certificate %s; ssl_certificate_key %s;%s }\n", address, p.file(key+".crt"), p.file(key+".key"), clients)
}
