package sraps_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
)

// oracleCases is how many random requests are compared in each direction; fewer
// under -short, which is what the race detector runs with.
func oracleCases() int {
	if testing.Short() {
		return 300
	}
	return 3000
}

// oracle is the reference implementation of Hawk in a Node process.
type oracle struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Scanner
}

type question struct {
	Ask           string `json:"ask"`
	ID            string `json:"id"`
	Key           string `json:"key"`
	Method        string `json:"method"`
	URL           string `json:"url"`
	Target        string `json:"target"`
	TS            int64  `json:"ts"`
	Nonce         string `json:"nonce"`
	Ext           string `json:"ext"`
	Payload       string `json:"payload"`
	ContentType   string `json:"contentType"`
	Authorization string `json:"authorization"`
	Skew          int64  `json:"skew"`
	Answer        string `json:"answer"`
	AnswerType    string `json:"answerType"`
	AnswerExt     string `json:"answerExt"`
}

type oracleAnswer struct {
	Header    string `json:"header"`
	Error     string `json:"error"`
	Challenge string `json:"challenge"`
}

// startOracle needs node and the npm packages of e2e/. Without them the test is
// skipped, except where everything has to be proven (ZEROTOUCH_TEST_FULL=1).
func startOracle(t *testing.T) *oracle {
	t.Helper()
	missing := t.Skipf
	if os.Getenv("ZEROTOUCH_TEST_FULL") == "1" {
		missing = t.Fatalf
	}
	modules := os.Getenv("ZEROTOUCH_TEST_NODE_MODULES")
	if modules == "" {
		modules = filepath.Join("..", "..", "..", "..", "e2e", "node_modules")
	}
	if _, err := os.Stat(filepath.Join(modules, "hawk", "package.json")); err != nil {
		missing("the reference implementation of Hawk is not there (npm ci in e2e/ fetches it): %v", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		missing("node is not installed: %v", err)
	}
	cmd := exec.Command(node, filepath.Join("testdata", "hawk-oracle.mjs"), filepath.Dir(modules))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("oracle: %v", err)
		}
	})
	return &oracle{t: t, in: in, out: bufio.NewScanner(out)}
}

// ask sends all questions and returns the answers in their order.
func (o *oracle) ask(questions []question) []oracleAnswer {
	o.t.Helper()
	go func() {
		enc := json.NewEncoder(o.in)
		enc.SetEscapeHTML(false)
		for _, q := range questions {
			if enc.Encode(q) != nil {
				return // the reader below reports it
			}
		}
	}()
	answers := make([]oracleAnswer, len(questions))
	for i := range answers {
		if !o.out.Scan() {
			o.t.Fatalf("the oracle stopped after %d of %d answers: %v", i, len(questions), o.out.Err())
		}
		if err := json.Unmarshal(o.out.Bytes(), &answers[i]); err != nil {
			o.t.Fatal(err)
		}
	}
	return answers
}

// text returns up to n characters of an alphabet.
func text(r *rand.Rand, alphabet string, n int) string {
	all := []rune(alphabet)
	out := make([]rune, r.IntN(n+1))
	for i := range out {
		out[i] = all[r.IntN(len(all))]
	}
	return string(out)
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
	// extChars are what the reference server takes in attributes.
	extChars = letters + " !#$%&'()*+,./:;<=>?@[]^`{|}~"
)

// randomCase makes a request up. Every shape that SRAPS has seen is in it: with
// and without body, port, query, parameters of the content type.
func randomCase(r *rand.Rand) sraps.Signature {
	scheme := []string{"http", "https"}[r.IntN(2)]
	host := []string{"api.sraps.snom.com", "Example.COM", "127.0.0.1", "h"}[r.IntN(4)]
	port := []string{"", ":80", ":443", ":8443"}[r.IntN(4)]
	raw := scheme + "://" + host + port + "/" + url.PathEscape(text(r, letters+" ~é%", 12))
	for range r.IntN(4) {
		raw += "/" + text(r, letters+".~", 10)
	}
	if r.IntN(2) == 0 {
		raw += "?" + url.Values{"page_size": {text(r, letters+"%& =+é/", 6)}, "b": {text(r, letters, 3)}}.Encode()
	}
	s := sraps.Signature{
		Key:    sraps.Key{ID: "ck_" + text(r, letters, 40), Secret: "s" + text(r, letters+"+/=!é", 60)},
		Method: []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "patch"}[r.IntN(6)],
		TS:     fmt.Sprint(1 + r.Int64N(4_000_000_000)),
		Nonce:  "n" + text(r, letters, 20),
		URL:    mustURL(raw),
	}
	if r.IntN(2) == 0 {
		s.ContentType = []string{"application/json", "Application/JSON; charset=utf-8", "text/plain", ""}[r.IntN(4)]
		s.Payload = "{" + text(r, letters+"{}\":,\n é", 200)
	}
	if r.IntN(4) == 0 {
		s.Ext = text(r, extChars, 30)
	}
	return s
}

func ask(what string, s sraps.Signature) question {
	var ts int64
	_, _ = fmt.Sscan(s.TS, &ts)
	return question{
		Ask: what, ID: s.Key.ID, Key: s.Key.Secret, Method: s.Method, URL: s.URL.String(), Target: s.URL.RequestURI(),
		TS: ts, Nonce: s.Nonce, Ext: s.Ext, Payload: s.Payload, ContentType: s.ContentType,
		Authorization: s.Header(), Skew: 1 << 40,
	}
}

// TestHawk_Reference compares with the reference implementation in both directions.
func TestHawk_Reference(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	t.Run("HeaderIsTheSame", func(t *testing.T) {
		t.Parallel()
		referenceHeaders(t, rand.New(rand.NewPCG(seed, 1)))
	})
	t.Run("ServerTakesOurs", func(t *testing.T) {
		t.Parallel()
		referenceServer(t, rand.New(rand.NewPCG(seed, 2)))
	})
	t.Run("ServerRefusesTampered", func(t *testing.T) {
		t.Parallel()
		referenceRefuses(t, rand.New(rand.NewPCG(seed, 3)))
	})
	t.Run("WeVerifyItsClock", func(t *testing.T) {
		t.Parallel()
		referenceClock(t, rand.New(rand.NewPCG(seed, 4)))
	})
}

func referenceHeaders(t *testing.T, r *rand.Rand) {
	var cases []sraps.Signature
	var questions []question
	for i := range oracleCases() {
		s := randomCase(r)
		if i%8 == 0 { // what has to be escaped; no server takes it
			s.Ext = text(r, extChars+`"\`, 30)
		}
		cases = append(cases, s)
		questions = append(questions, ask("header", s))
	}
	for i, a := range startOracle(t).ask(questions) {
		if want, got := a.Header, cases[i].Header(); want != got {
			t.Fatalf("case %d %s %s\nwant %s %s\ngot  %s", i, cases[i].Method, cases[i].URL, want, a.Error, got)
		}
	}
}

// forServer makes a case up for the reference server, which misreads https on port
// 80 (it takes the port for the default one) and, other than the reference
// client, signs an IPv6 address with its brackets.
func forServer(r *rand.Rand) sraps.Signature {
	s := randomCase(r)
	if s.URL.Scheme == "https" && s.URL.Port() == "80" {
		s.URL.Host = "[::1]:8443"
	}
	return s
}

// referenceServer also verifies the reference's Server-Authorization with ours,
// and that ours refuses it when anything under it changed.
func referenceServer(t *testing.T, r *rand.Rand) {
	var cases []sraps.Signature
	var questions []question
	for range oracleCases() {
		s := forServer(r)
		q := ask("authenticate", s)
		q.Answer, q.AnswerType = "["+text(r, letters+"{}\":,é", 100), "application/json"
		if r.IntN(3) == 0 {
			q.AnswerExt = "x" + text(r, extChars, 20)
		}
		cases = append(cases, s)
		questions = append(questions, q)
	}
	for i, a := range startOracle(t).ask(questions) {
		s, q := cases[i], questions[i]
		if a.Error != "" {
			t.Fatalf("case %d: the reference refuses %s\n%s %s: %s", i, s.Header(), s.Method, s.URL, a.Error)
		}
		if err := s.Verify(a.Header, q.AnswerType, q.Answer); err != nil {
			t.Fatalf("case %d: we refuse the reference's %s: %v", i, a.Header, err)
		}
		other := s
		other.Nonce += "x"
		forgeries := map[string]error{
			"other body":    s.Verify(a.Header, q.AnswerType, q.Answer+" "),
			"other type":    s.Verify(a.Header, "text/html", q.Answer),
			"other request": other.Verify(a.Header, q.AnswerType, q.Answer),
			"other mac":     s.Verify(flip(a.Header, `mac="`), q.AnswerType, q.Answer),
		}
		for what, err := range forgeries {
			if err == nil {
				t.Fatalf("case %d: %s is not noticed in %s", i, what, a.Header)
			}
		}
	}
}

// flip changes the first character after a mark.
func flip(header, mark string) string {
	before, after, ok := strings.Cut(header, mark)
	if !ok || after == "" {
		return header + "x"
	}
	c := "A"
	if after[0] == 'A' {
		c = "B"
	}
	return before + mark + c + after[1:]
}

func referenceRefuses(t *testing.T, r *rand.Rand) {
	var questions []question
	for i := range oracleCases() {
		s := forServer(r)
		q := ask("authenticate", s)
		switch i % 5 {
		case 0:
			q.Target += "x"
		case 1:
			q.Method = "HEAD"
		case 2:
			q.Key += "x"
		case 3:
			q.Authorization = flip(q.Authorization, `mac="`)
		case 4:
			if q.Payload == "" {
				q.Authorization = strings.Replace(q.Authorization, `ts="`, `ts="1`, 1)
			} else {
				q.Payload += "x"
			}
		}
		questions = append(questions, q)
	}
	for i, a := range startOracle(t).ask(questions) {
		if a.Error == "" {
			t.Fatalf("case %d: the reference takes a tampered request: %+v", i, questions[i])
		}
	}
}

// referenceClock: the clock in its 401 for stale requests verifies with our key,
// and with no other.
func referenceClock(t *testing.T, r *rand.Rand) {
	var cases []sraps.Signature
	var questions []question
	for range oracleCases() {
		s := forServer(r)
		s.TS = "1353832234" // long ago
		q := ask("authenticate", s)
		q.Skew = 60
		cases = append(cases, s)
		questions = append(questions, q)
	}
	before := time.Now().Add(-time.Minute)
	for i, a := range startOracle(t).ask(questions) {
		at, ok := sraps.StaleTimestamp(a.Challenge, cases[i].Key)
		if !ok || at.Before(before) {
			t.Fatalf("case %d: %q (%s) does not verify: %v", i, a.Challenge, a.Error, at)
		}
		other := cases[i].Key
		other.Secret += "x"
		if _, ok := sraps.StaleTimestamp(a.Challenge, other); ok {
			t.Fatalf("case %d: %q verifies with another key", i, a.Challenge)
		}
	}
}
