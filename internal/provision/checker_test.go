package provision_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

func template(t *testing.T, text string) ztp.URLTemplate {
	t.Helper()
	u, err := ztp.ParseURLTemplate(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func trusting(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	if c := s.Certificate(); c != nil {
		pool.AddCert(c)
	}
	return pool
}

// stands puts another handler in the place of ours.
func (w *world) stands(h http.Handler) { w.handler = &provision.Handler{Handler: h} }

// listen starts the phone listener over a world; w.handler may change later.
func (w *world) listen(t *testing.T, tls bool) *httptest.Server {
	t.Helper()
	h := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.handler.ServeHTTP(rw, r) })
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = quiet()
	if tls {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func TestCheckProvesOurOwnAddress(t *testing.T) {
	t.Parallel()
	for _, tls := range []bool{false, true} {
		w := newWorld(t)
		s := w.listen(t, tls)
		c := (&provision.Checker{Store: w.store, Now: func() time.Time { return w.now }}).WithRoots(trusting(s))
		own, err := ztp.TemplateForBase(s.URL)
		w.must(err)
		if err := c.Check(context.Background(), own); err != nil {
			t.Errorf("tls %v: %v", tls, err)
		}
	}
}

// Two replicas share a database; the check of one may reach the other.
func TestAnotherReplicaAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nonce := ztp.NewNonce()
	w.must(w.store.PutChallenge(context.Background(), nonce, "answer", noon, noon.Add(time.Minute)))
	if r := w.get("/.well-known/zerotouch/" + nonce); r.StatusCode != http.StatusOK || body(t, r) != "answer" {
		t.Errorf("status %d", r.StatusCode)
	}
	w.now = noon.Add(time.Minute)
	if diff := cmp.Diff(answer(t, w.get("/")), answer(t, w.get("/.well-known/zerotouch/"+nonce))); diff != "" {
		t.Errorf("an expired challenge is answered: %s", diff)
	}
}

func TestCheckSaysWhatWasMet(t *testing.T) {
	t.Parallel()
	const secretBody = "internal page of somebody else"
	stranger := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, secretBody) }
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		tls     bool
		// base changes the address, %s being host and port of the server.
		base      string
		untrusted bool
		want      string
	}{
		"another server":     {handler: stranger, tls: true, want: "answers the check with something else"},
		"a long answer":      {handler: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 1<<20)) }, want: "something else"},
		"a proxy without it": {handler: http.NotFound, want: "answers the check with status 404"},
		"a redirect":         {handler: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }, want: "answers with a redirect (status 302)"},
		"wrong name":         {handler: stranger, tls: true, base: "https://localhost:%s", want: "is not for the name localhost"},
		"unknown authority":  {handler: stranger, tls: true, untrusted: true, want: "from an authority that this system does not trust"},
		"no TLS":             {handler: stranger, base: "https://127.0.0.1:%s", want: "does not speak TLS"},
		"hangs up":           {handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, want: "closed the connection without an answer"},
		"hangs up in the end": {handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "32")
			panic(http.ErrAbortHandler)
		}, want: "closed the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.stands(tc.handler)
			s := w.listen(t, tc.tls)
			base := s.URL
			if tc.base != "" {
				base = fmt.Sprintf(tc.base, s.URL[strings.LastIndex(s.URL, ":")+1:])
			}
			c := (&provision.Checker{Store: w.store}).WithRoots(trusting(s))
			if tc.untrusted {
				c = c.WithRoots(x509.NewCertPool())
			}
			refused(t, c.Check(context.Background(), template(t, base+"/p/{account_token}/{mac}")), tc.want)
		})
	}
}

// refused checks code and detail, and that nothing of the answer is in either.
func refused(t *testing.T, err error, want string) {
	t.Helper()
	var e *ztp.Error
	if !errors.As(err, &e) || e.Code != ztp.CodeProvisioningURLUnreachable {
		t.Fatalf("%v is not provisioning_url_unreachable", err)
	}
	if !strings.Contains(e.Detail, want) {
		t.Errorf("detail %q, want %q in it", e.Detail, want)
	}
	if strings.Contains(err.Error(), "internal page") {
		t.Errorf("the answer is in the error: %v", err)
	}
}

// free is a loopback port where nothing listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestCheckWhereNobodyIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := &provision.Checker{Store: w.store}
	refused(t, c.Check(context.Background(), template(t, "https://"+free(t)+"/p/{account_token}/{mac}")), "connection refused")
	refused(t, c.Check(context.Background(), template(t, "https://"+free(t)+"/cfg/{account_token}/{mac}")), "connection refused")
}

// Asking a resolver would leave this machine, so its answers are given.
func TestNamesThatDoNotResolve(t *testing.T) {
	t.Parallel()
	for want, dns := range map[string]*net.DNSError{
		"does not exist in DNS": {IsNotFound: true},
		"gave no answer":        {IsTimeout: true},
		"could not be resolved": {Err: "server misbehaving"},
		"name prov.example":     {IsNotFound: true},
	} {
		refused(t, provision.Met("https://prov.example/x", &net.OpError{Op: "dial", Err: dns}), want)
	}
}

// ownTime is a store that takes no part in the time that is given for a check.
type ownTime struct{ provision.ChallengeStore }

func (s ownTime) PutChallenge(ctx context.Context, nonce, answer string, now, expires time.Time) error {
	return s.ChallengeStore.PutChallenge(context.WithoutCancel(ctx), nonce, answer, now, expires)
}

func TestCheckOfSilentServerEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts by the kernel, says nothing
	w.must(err)
	t.Cleanup(func() { _ = l.Close() })
	c := &provision.Checker{Store: ownTime{w.store}}
	for _, below := range []string{"/p/", "/cfg/"} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		refused(t, c.Check(ctx, template(t, "https://"+l.Addr().String()+below+"{account_token}/{mac}")), "did not answer")
	}
}

func TestForeignServerNeedsOnlyTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var asked bool
	w.stands(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	s := w.listen(t, true)
	foreign := template(t, s.URL+"/cfg/{account_token}/{mac}")
	c := (&provision.Checker{Store: w.store}).WithRoots(trusting(s))
	if err := c.Check(context.Background(), foreign); err != nil {
		t.Error(err)
	}
	if asked {
		t.Error("somebody else's server was asked for something")
	}
	refused(t, c.WithRoots(x509.NewCertPool()).Check(context.Background(), foreign), "authority")
	refused(t, c.Check(context.Background(), template(t, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)+"/cfg/{account_token}/{mac}")), "not for the name")
}

func TestCheckNeedsADatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.store.Close())
	err := (&provision.Checker{Store: w.store}).Check(context.Background(), template(t, "https://prov.example/p/{account_token}/{mac}"))
	if err == nil || ztp.CodeOf(err) == ztp.CodeProvisioningURLUnreachable {
		t.Errorf("a broken database is called an unreachable address: %v", err)
	}
}

func TestCheckWithoutURL(t *testing.T) {
	t.Parallel()
	err := (&provision.Checker{}).Check(context.Background(), ztp.URLTemplate{})
	if ztp.CodeOf(err) != ztp.CodeConfigurationMissing {
		t.Error(err)
	}
}

func TestOff(t *testing.T) {
	t.Parallel()
	off := provision.Off{}
	if err := off.Check(context.Background(), template(t, "https://nowhere.invalid/p/{account_token}/{mac}")); err != nil || !off.Off() {
		t.Errorf("%v, off %v", err, off.Off())
	}
}
