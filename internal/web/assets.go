package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"sort"
	"strings"

	"zerotouch.example/internal/ztp"
)

//go:embed static
var staticFiles embed.FS

// asset is one file under /static/.
type asset struct {
	kind       string
	body, gzip []byte
	// forever: the name carries the content's digest, so browsers may keep it.
	forever bool
	tag     string
}

// assets holds every file twice: under a name with its digest, which pages use,
// and under its plain name, for whoever links to it from elsewhere.
type assets struct {
	files map[string]asset
	// hashed maps a plain name to the path with the digest.
	hashed map[string]string
}

var assetTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// loadAssets reads the embedded files. Stylesheets come last, since they name
// fonts by their hashed paths.
func loadAssets() (*assets, error) {
	a := &assets{files: map[string]asset{}, hashed: map[string]string{}}
	var names []string
	err := fs.WalkDir(staticFiles, "static", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(name, "static/"))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	sort.SliceStable(names, func(i, j int) bool { return path.Ext(names[i]) != ".css" && path.Ext(names[j]) == ".css" })
	for _, name := range names {
		body, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			return nil, err
		}
		if err := a.add(name, body); err != nil {
			return nil, err
		}
	}
	return a, nil
}

var cssURL = regexp.MustCompile(`url\("(fonts/[^"]+)"\)`)

func (a *assets) add(name string, body []byte) error {
	ext := path.Ext(name)
	kind, ok := assetTypes[ext]
	if !ok {
		return fmt.Errorf("web: asset %s has no known type", name)
	}
	if ext == ".css" {
		body = cssURL.ReplaceAllFunc(body, func(m []byte) []byte {
			return []byte(`url("` + a.hashed[string(cssURL.FindSubmatch(m)[1])] + `")`)
		})
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:6])
	f := asset{kind: kind, body: body, tag: `"` + digest + `"`}
	if ext != ".woff2" {
		f.gzip = gzipped(body)
	}
	a.files[name] = f
	f.forever = true
	hashed := strings.TrimSuffix(name, ext) + "." + digest + ext
	a.files[hashed] = f
	a.hashed[name] = "/static/" + hashed
	return nil
}

func gzipped(b []byte) []byte {
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression) // the level is valid
	_, _ = z.Write(b)                                       // a buffer takes everything
	_ = z.Close()
	return buf.Bytes()
}

// static serves an asset. Hashed names never change, so they are kept for a year.
func (p *portal) static(w http.ResponseWriter, r *http.Request) error {
	f, ok := p.assets.files[r.PathValue("name")]
	if !ok {
		return ztp.NotFound("file")
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("ETag", f.tag)
	if f.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	if r.Header.Get("If-None-Match") == f.tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := f.body
	if f.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = f.gzip
		}
	}
	_, err := w.Write(body)
	if err != nil {
		return nil // the reader went away
	}
	return nil
}

// acceptsGzip reads Accept-Encoding as far as it matters here.
func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(name, "gzip") && strings.ReplaceAll(q, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
