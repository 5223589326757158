package sraps

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	// pageSize is always sent: the default of the service was 20 and has changed
	// before. 1000 is its maximum (client code in production).
	pageSize = 1000
	// maxPages bounds a list. It is generous because the service may give pages
	// of 20 whatever was asked for.
	maxPages = 10_000
)

// list reads a collection page by page; each page is handed to yield, whose error
// ends the list and comes back as it is.
func list[T any](ctx context.Context, c *Client, k Key, target string, yield func([]T) error) error {
	next, err := firstPage(target)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for next != "" {
		if seen[next] || len(seen) >= maxPages {
			return &Error{Op: "list", Sent: true, Malformed: true, Err: errors.New("the pages of the list do not end")}
		}
		seen[next] = true
		var items []T
		if items, next, err = page[T](ctx, c, k, next); err != nil {
			return err
		}
		if err := yield(items); err != nil {
			return err
		}
	}
	return nil
}

// firstPage is the address of a collection's first page.
func firstPage(target string) (string, error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", &Error{Op: "list", Err: errors.New("no URL")}
	}
	q := u.Query()
	q.Set("page_size", strconv.Itoa(pageSize))
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// page reads one page of a collection, and where the next one is, "" after the last.
func page[T any](ctx context.Context, c *Client, k Key, target string) (items []T, next string, err error) {
	header, err := c.call(ctx, k, http.MethodGet, target, nil, &items)
	if err != nil {
		return nil, "", err
	}
	if items == nil {
		return nil, "", &Error{Op: "GET " + pathOf(target), Sent: true, Malformed: true, Err: errors.New("no list")}
	}
	next, err = c.follow(relative(target, nextLink(header)), "")
	return items, next, err
}

// pathOf is an address without its query, for errors.
func pathOf(target string) string {
	u, err := url.Parse(target)
	if err != nil {
		return "list"
	}
	return u.Path
}

// relative resolves a link against the page that carried it.
func relative(page, link string) string {
	if link == "" {
		return ""
	}
	p, err := url.Parse(page)
	if err != nil {
		return link
	}
	u, err := p.Parse(link)
	if err != nil {
		return link // follow names what is wrong with it
	}
	return u.String()
}

// all reads a collection whole.
func (c *Client) all(ctx context.Context, k Key, target string) ([]Object, error) {
	var all []Object
	err := list(ctx, c, k, target, func(page []Object) error {
		all = append(all, page...)
		return nil
	})
	return all, err
}

// nextLink returns the target of rel="next" in Link headers (RFC 8288), "" without.
func nextLink(h http.Header) string {
	for _, value := range h.Values("Link") {
		for value != "" {
			_, rest, ok := strings.Cut(value, "<")
			if !ok {
				break
			}
			target, rest, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			var params []string
			params, value = linkParams(rest)
			for _, p := range params {
				name, v, _ := strings.Cut(p, "=")
				if strings.EqualFold(strings.TrimSpace(name), "rel") && hasWord(strings.Trim(strings.TrimSpace(v), `"`), "next") {
					return strings.TrimSpace(target)
				}
			}
		}
	}
	return ""
}

// linkParams cuts the parameters of one link off, and returns the links behind
// it. Commas and semicolons inside quotes belong to the value.
func linkParams(s string) (params []string, rest string) {
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && (s[i] == ';' || s[i] == ','):
			params = append(params, s[start:i])
			start = i + 1
			if s[i] == ',' {
				return params, s[start:]
			}
		}
	}
	return append(params, s[start:]), ""
}

func hasWord(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
