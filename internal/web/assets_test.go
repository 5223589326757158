package web_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"zerotouch.example/internal/web"
)

// The vendored htmx is byte for byte what was published as htmx.org 4.0.1.
func TestVendoredHtmx(t *testing.T) {
	t.Parallel()
	const want = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
	body, _, _, err := web.Asset("htmx-4.0.1.min.js")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("want %s, got %s", want, got)
	}
}

func TestWeights(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]int{"app.css": 10 << 10, "app.js": 2 << 10, "table.js": 1 << 10} {
		_, zipped, _, err := web.Asset(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(zipped) > limit {
			t.Errorf("%s: %d bytes compressed, the budget is %d", name, len(zipped), limit)
		}
	}
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phones(p, 26)
	b := w.as("ops@example.net")
	for _, path := range []string{"/platforms", "/platforms/brightwater", "/health", "/audit"} {
		var buf bytes.Buffer
		z := gzip.NewWriter(&buf)
		_, _ = z.Write([]byte(b.page(path).body))
		_ = z.Close()
		if buf.Len() > 15<<10 {
			t.Errorf("%s: %d bytes compressed, the budget is 15 kB", path, buf.Len())
		}
	}
}

func TestAssetsAreKeptForever(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	_, _, path, err := web.Asset("app.css")
	if err != nil {
		t.Fatal(err)
	}
	a := b.get(path)
	if got := a.header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
		t.Errorf("hashed: %q", got)
	}
	for _, m := range regexp.MustCompile(`url\("(/static/[^"]+)"\)`).FindAllStringSubmatch(a.body, -1) {
		if got := b.get(m[1]); got.status != http.StatusOK || got.header.Get("Content-Type") != "font/woff2" {
			t.Errorf("%s: %d %q", m[1], got.status, got.header.Get("Content-Type"))
		}
	}
	if strings.Contains(a.body, `url("fonts/`) {
		t.Error("the stylesheet names a font without its digest")
	}
	a = b.get("/static/app.css")
	if got := a.header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("plain: %q", got)
	}
	req, _ := http.NewRequest(http.MethodGet, w.srv.URL+"/static/app.css", nil)
	req.Header.Set("If-None-Match", a.header.Get("ETag"))
	res, err := b.c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNotModified {
		t.Errorf("want 304, got %d", res.StatusCode)
	}
	for _, name := range []string{"/static/../web.go", "/static/nothing.css", "/static/"} {
		if got := b.get(name); got.status == http.StatusOK {
			t.Errorf("%s answers 200", name)
		}
	}
}

// Every pair of colours that stands on another is readable, in both themes.
func TestContrast(t *testing.T) {
	t.Parallel()
	css, _, _, err := web.Asset("app.css")
	if err != nil {
		t.Fatal(err)
	}
	tokens := colours(string(css))
	pairs := 0
	check := func(front, back string, least float64) {
		pairs++
		f, okF := tokens[front]
		b, okB := tokens[back]
		if !okF || !okB {
			t.Errorf("no token %q or %q", front, back)
			return
		}
		for i, theme := range []string{"light", "dark"} {
			if c := contrast(f[i], b[i]); c < least {
				t.Errorf("%s on %s, %s: %.2f, want %.1f", front, back, theme, c, least)
			}
		}
	}
	for _, back := range []string{"paper", "surface", "sunken", "raised", "ok-t", "warn-t", "err-t", "busy-t", "off-t"} {
		for _, front := range []string{"ink", "ink-2", "ink-3", "link"} {
			check(front, back, 4.5)
		}
	}
	for _, kind := range []string{"ok", "warn", "err", "busy", "off"} {
		for _, back := range []string{"surface", "raised", kind + "-t"} {
			check(kind, back, 4.5)
		}
	}
	check("on-act", "act", 4.5)
	check("on-danger", "danger-b", 4.5)
	check("bar-ink", "bar", 4.5)
	check("bar-2", "bar", 4.5)
	check("on-lamp", "lamp", 4.5)
	for _, back := range []string{"paper", "surface", "raised", "sunken", "err-t", "warn-t"} {
		check("edge", back, 3)
	}
	check("lamp", "bar", 3)
	check("busy", "sunken", 3)
	if pairs < 60 {
		t.Errorf("only %d pairs were looked at", pairs)
	}
}

// colours reads the tokens, each in its light and its dark value.
func colours(css string) map[string][2]string {
	out := map[string][2]string{}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)`).FindAllStringSubmatch(css, -1) {
		out[m[1]] = [2]string{m[2], m[3]}
	}
	for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(css, -1) {
		out[m[1]] = [2]string{m[2], m[2]}
	}
	return out
}

// contrast is the ratio of WCAG 2.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + .05) / (math.Min(x, y) + .05)
}

func luminance(hex string) float64 {
	channel := func(i int) float64 {
		n, err := strconv.ParseUint(hex[i:i+2], 16, 8)
		if err != nil {
			panic(err)
		}
		v := float64(n) / 255
		if v <= .04045 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*channel(1) + .7152*channel(3) + .0722*channel(5)
}

// The stylesheet and the script reach nobody else, and no page has a style or a
// script of its own, which the policy would refuse.
func TestNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"app.css", "app.js", "table.js"} {
		body, _, _, err := web.Asset(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(body), "http://www.w3.org/2000/svg", "")
		if strings.Contains(text, "http://") || strings.Contains(text, "https://") || strings.Contains(text, "@import") {
			t.Errorf("%s names another address", name)
		}
	}
}
