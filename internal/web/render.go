package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/ztp"
)

//go:embed templates
var templateFiles embed.FS

// pageSet is every page, parsed with the layout and all partials into a set of
// its own.
type pageSet map[string]*template.Template

func parsePages(funcs template.FuncMap) (pageSet, error) {
	base, err := template.New("").Funcs(funcs).ParseFS(templateFiles, "templates/*.html", "templates/partials/*.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templateFiles, "templates/pages/*.html")
	if err != nil {
		return nil, err
	}
	set := pageSet{}
	for _, f := range files {
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, f)
		}
		if err != nil {
			return nil, err
		}
		set[strings.TrimSuffix(path.Base(f), ".html")] = t
	}
	return set, nil
}

// basePage is what the layout needs; every page's struct embeds it.
type basePage struct {
	// Title is the page's own part of the title.
	Title string
	// Nav is the current entry of the main navigation.
	Nav          string
	Installation string
	Version      string
	// Theme is "light", "dark", or "" for the system's.
	Theme string
	// NoKeys is "off" where single keys are to do nothing.
	NoKeys    string
	SignedIn  bool
	Actor     ztp.Actor
	CanChange bool
	// Attention is how many links need somebody.
	Attention int
	Extra     []NavLink
	Notice    string
	// WritesOff says why nothing is changed at vendors; every page shows it.
	WritesOff []string
}

// navItem is one entry of the main navigation.
type navItem struct {
	Title, Href string
	Current     bool
}

// current is how the layout asks any page where it is.
func (b basePage) current() string { return b.Nav }

func navOf(page any) string {
	if b, ok := page.(interface{ current() string }); ok {
		return b.current()
	}
	return ""
}

// Role is the reader's, as pages call it.
func (b basePage) Role() string {
	if b.Actor.Role == ztp.SuperAdmin {
		return "Super-admin"
	}
	return "Viewer"
}

// base fills what the layout needs.
func (p *portal) base(r *http.Request, nav, title string) basePage {
	b := basePage{
		Title: title, Nav: nav, Installation: p.cfg.Installation, Version: p.cfg.Version,
		Theme: themeOf(r), NoKeys: keysOf(r), Extra: p.cfg.ExtraNav, Notice: p.cfg.Notice.SignIn,
	}
	a, ok := access.ActorFrom(r.Context())
	if !ok {
		return b
	}
	b.SignedIn, b.Actor, b.CanChange, b.Notice = true, a, a.MayChange(), p.cfg.Notice.Pages
	b.Attention = p.attention(r, a)
	if off, err := p.ctl.VendorWrites(r.Context(), a); err == nil {
		b.WritesOff = p.writesOffLines(off)
	} else {
		p.cfg.Log.Warn("vendor writes not shown", "err", err)
	}
	return b
}

// attention counts the links that need somebody, 0 where that fails: a page is
// not worth less without it.
func (p *portal) attention(r *http.Request, a ztp.Actor) int {
	n, err := p.ctl.Attention(r.Context(), a)
	if err != nil {
		p.cfg.Log.Warn("attention not counted", "err", err)
	}
	return n
}

// render writes a whole page.
func (p *portal) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	return p.renderBlock(w, r, status, name, "layout", data)
}

// renderBlock writes one named block of a page. It is executed into a buffer
// first: a mistake in a template never leaves half a page behind.
func (p *portal) renderBlock(w http.ResponseWriter, r *http.Request, status int, name, block string, data any) error {
	t, ok := p.pages[name]
	if !ok {
		return fmt.Errorf("web: no page %q", name)
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, block, data); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Add("Vary", "HX-Request, Cookie, Accept-Encoding")
	body := buf.Bytes()
	if acceptsGzip(r) && len(body) > 1024 {
		h.Set("Content-Encoding", "gzip")
		body = gzipped(body)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader went away
	return nil
}

// funcs are the template functions. They only say things; none fetches anything.
func (p *portal) funcs() template.FuncMap {
	return template.FuncMap{
		"icon":    icon,
		"rich":    rich,
		"wrap":    wrapID,
		"num":     thousands,
		"seconds": func(d time.Duration) string { return thousands(int(d.Seconds())) + " s" },
		"asset":   func(name string) string { return p.assets.hashed[name] },
		"when":    func(t time.Time) moment { return momentOf(t, p.cfg.Now()) },
		"exact":   func(t time.Time) moment { return exactMoment(t, p.cfg.Now()) },
		"day":     func(t time.Time) string { return t.UTC().Format("2 Jan 2006") },
		"copyable": func(value, what string) copyable {
			return copyable{Value: value, What: what}
		},
		"pair":    pairClass,
		"outcome": ztp.OutcomeTitle,
		"navItem": func(b any, key, title, href string) navItem {
			return navItem{title, href, navOf(b) == key}
		},
	}
}
