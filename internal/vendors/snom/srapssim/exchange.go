package srapssim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// exchange is one authenticated call while Server.mu is held.
type exchange struct {
	s           *Server
	caller      caller
	target      target
	method      string
	path        string
	query       url.Values
	contentType string
	body        []byte
	base        string // scheme and host for links
	now         time.Time
	fault       *Fault // stale and duplicate change what a list shows
}

// sees reports whether the caller's company is that company or stands above
// it. Everything else answers 404 as if it did not exist (assumed).
func (x *exchange) sees(companyID string) bool {
	if _, ok := x.s.state.companies[companyID]; !ok {
		return false
	}
	return x.s.state.below(companyID, x.caller.key.company)
}

// company is the one in the path; dispatch has checked that it is visible.
func (x *exchange) company() *company { return x.s.state.companies[x.target.company] }

// hasRole reports whether the key may write at all.
func (x *exchange) hasRole() bool { return x.s.state.roleByID(x.caller.key.role).writes }

// mayWriteInto reports whether the key may write profiles and endpoints of the
// company in the path: its own always, a child's when Options.ChildWrites says
// so (unproven either way).
func (x *exchange) mayWriteInto(c *company) bool {
	if !x.hasRole() {
		return false
	}
	return c.info.id == x.caller.key.company || x.s.opts.ChildWrites
}

// mayManageKeysOf follows Options.KeyWrites.
func (x *exchange) mayManageKeysOf(c *company) bool {
	if !x.hasRole() {
		return false
	}
	own := c.info.id == x.caller.key.company
	return !own || c.info.kind == KindReseller || x.s.opts.KeyWrites == KeyWritesFamily
}

// link makes an absolute URL (recorded answer: links are absolute and carry
// the host that was called).
func (x *exchange) link(parts ...string) string { return x.base + APIPrefix + strings.Join(parts, "/") }

// decode reads a JSON object into a map of raw fields.
func (x *exchange) decode() (map[string]json.RawMessage, *answer) {
	if x.contentType != "" {
		mediaType, _, err := mime.ParseMediaType(x.contentType)
		if err != nil || mediaType != jsonType {
			return nil, detail(http.StatusUnsupportedMediaType, fmt.Sprintf("Unsupported media type %q in request.", x.contentType))
		}
	}
	dec := json.NewDecoder(bytes.NewReader(x.body))
	var fields map[string]json.RawMessage
	if err := dec.Decode(&fields); err != nil || fields == nil {
		return nil, detail(http.StatusBadRequest, "JSON parse error: an object is expected")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, detail(http.StatusBadRequest, "JSON parse error: extra data")
	}
	return fields, nil
}

// listOf answers a collection: a bare array and an RFC 8288 Link to the next
// page (client code in production). A page too far is not found, as Django
// REST framework does it (assumed).
func listOf[T any](x *exchange, l *list[T], render func(T) any) *answer {
	if x.fault != nil && x.fault.Do == DoStale {
		at := time.Time{}
		if x.fault.Delay > 0 {
			at = x.now.Add(-time.Duration(x.fault.Delay))
		}
		l = l.before(at)
	}
	size := x.s.opts.PageSize
	if !x.s.opts.FixedPages {
		size = pageSize(x.query.Get("page_size"), size)
	}
	page, ok := pageNumber(x.query.Get("page"))
	pages := max(1, (l.len()+size-1)/size)
	if !ok || page > pages {
		return detail(http.StatusNotFound, "Invalid page.")
	}
	items := make([]any, 0, size)
	for _, value := range l.page((page-1)*size, size) {
		items = append(items, render(value))
	}
	if x.fault != nil && x.fault.Do == DoDuplicate && len(items) > 0 {
		items = append(items, items[len(items)-1])
	}
	a := jsonAnswer(http.StatusOK, items)
	var links []string
	if page > 1 {
		links = append(links, x.pageLink(page-1, "prev"))
	}
	if page < pages {
		links = append(links, x.pageLink(page+1, "next"))
	}
	if len(links) > 0 {
		a.header.Set("Link", strings.Join(links, ", "))
	}
	return a
}

// pageLink keeps the query of the call, so that its page_size goes on.
func (x *exchange) pageLink(page int, rel string) string {
	q := url.Values{}
	for name, values := range x.query {
		q[name] = values
	}
	q.Set("page", strconv.Itoa(page))
	return fmt.Sprintf(`<%s%s?%s>; rel="%s"`, x.base, x.path, q.Encode(), rel)
}

// pageSize falls back to the default for nonsense and stops at the maximum, as
// Django REST framework does (assumed).
func pageSize(text string, fallback int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fallback
	}
	return min(n, MaxPageSize)
}

func pageNumber(text string) (int, bool) {
	if text == "" {
		return 1, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 1
}
