package demo

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"

	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

//go:embed desk
var deskFiles embed.FS

// maxPhones is how many fit on the desk.
const maxPhones = 24

// maxDeskForm is far more than any of its forms sends.
const maxDeskForm = 4 << 10

// desk is the page where simulated phones are plugged in, booted and watched. It
// keeps nothing but the phones: what Snom and the installation hold is read anew
// for every page.
type desk struct {
	stage *stage
	page  *template.Template
	css   []byte

	mu     sync.Mutex
	phones []*pluggedIn // newest first
}

// pluggedIn is a phone on the desk with what it did at its last boot.
type pluggedIn struct {
	model string
	phone *phonesim.Phone
	last  []phonesim.Step
	// trouble is why the last boot could not be simulated to its end.
	trouble string
}

// newDesk makes the desk of a stage whose server answers, with one phone on it.
func newDesk(s *stage) (*desk, error) {
	d := &desk{stage: s}
	var err error
	if d.page, err = template.ParseFS(deskFiles, "desk/page.html"); err != nil {
		return nil, fmt.Errorf("demo desk: %w", err)
	}
	if d.css, err = deskFiles.ReadFile("desk/desk.css"); err != nil {
		return nil, fmt.Errorf("demo desk: %w", err)
	}
	_, err = d.plug(models[0])
	return d, err
}

// handler is the whole surface of the desk.
func (d *desk) handler() (http.Handler, error) {
	fonts, err := fontsOf(d.stage.at.Admin)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", d.show)
	mux.HandleFunc("GET /desk.css", d.style)
	mux.Handle("GET /fonts/{name}", fonts)
	mux.HandleFunc("POST /phones", d.plugIn)
	mux.HandleFunc("POST /phones/{mac}/boot", d.withPhone(d.boot))
	mux.HandleFunc("POST /phones/{mac}/reset", d.withPhone(d.reset))
	mux.HandleFunc("POST /phones/{mac}/unplug", d.withPhone(d.unplug))
	mux.HandleFunc("POST /credential/remove", d.removeCredential)
	mux.HandleFunc("POST /credential/restore", d.restoreCredential)
	return deskHeaders(onlyHere(http.NewCrossOriginProtection().Handler(http.MaxBytesHandler(mux, maxDeskForm)))), nil
}

// fontsOf takes the portal's fonts from the portal, so that both look alike.
func fontsOf(portal string) (http.Handler, error) {
	target, err := url.Parse(portal)
	if err != nil {
		return nil, fmt.Errorf("demo desk: %w", err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.URL.Path = "/static/fonts/" + r.In.PathValue("name")
			r.Out.Header = http.Header{} // a browser sends the portal's cookie to every port
		},
		ModifyResponse: func(r *http.Response) error {
			r.Header = http.Header{"Content-Type": r.Header["Content-Type"], "Cache-Control": {"max-age=3600"}}
			return nil
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.PathValue("name"), ".woff2") {
			http.NotFound(w, r)
			return
		}
		w.Header().Del("Cache-Control") // the portal's answer says it
		proxy.ServeHTTP(w, r)
	}), nil
}

// deskHeaders keep the page from doing anything but showing itself.
func deskHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; font-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// onlyHere refuses requests under any other name than this machine's own: a
// foreign page whose name was made to resolve to 127.0.0.1 would pass as us.
func onlyHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		ip := net.ParseIP(strings.Trim(host, "[]"))
		if !strings.EqualFold(host, "localhost") && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "The demo desk answers under this machine's own name alone.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *desk) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(d.css) // a browser that has gone needs no style
}

func (d *desk) show(w http.ResponseWriter, r *http.Request) { d.render(w, r, http.StatusOK, "") }

// render writes the page; problem says why what was asked did not happen.
func (d *desk) render(w http.ResponseWriter, r *http.Request, status int, problem string) {
	view, err := d.view(r.Context())
	if err != nil {
		http.Error(w, "The demo desk cannot read the state of the demo: "+err.Error(), http.StatusInternalServerError)
		return
	}
	view.Problem = problem
	var b bytes.Buffer
	if err := d.page.ExecuteTemplate(&b, "page.html", view); err != nil {
		http.Error(w, "The demo desk cannot write its page.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // the reader may have gone
}

var errDeskFull = errors.New("the desk is full")

// plug puts a new phone on the desk, under a MAC that nobody has.
func (d *desk) plug(model string) (*pluggedIn, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.phones) >= maxPhones {
		return nil, errDeskFull
	}
	mac := newMAC()
	for d.find(mac) != nil || mac == srapssim.DefaultForeignMAC {
		mac = newMAC()
	}
	phone, err := d.stage.newPhone(mac, model)
	if err != nil {
		return nil, err
	}
	p := &pluggedIn{model: model, phone: phone}
	d.phones = append([]*pluggedIn{p}, d.phones...)
	return p, nil
}

// find returns the phone with this MAC, or nil. Callers hold mu.
func (d *desk) find(mac string) *pluggedIn {
	i := slices.IndexFunc(d.phones, func(p *pluggedIn) bool { return p.phone.State().MAC == mac })
	if i < 0 {
		return nil
	}
	return d.phones[i]
}
