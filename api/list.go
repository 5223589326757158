package api

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is how many items the iterators ask for at once.
const pageSize = 200

// page asks for one page of a list.
func page[T any](ctx context.Context, c *Client, in call, cursor string, limit int) (List[T], error) {
	q := url.Values{}
	for k, v := range in.query {
		q[k] = v
	}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	if limit > 0 {
		q.Set("limit", strconv.Itoa(limit))
	}
	in.method, in.query = http.MethodGet, q
	var out List[T]
	_, err := c.do(ctx, in, &out)
	return out, err
}

// all yields every item of a list, page by page. After an error it ends.
func all[T any](ctx context.Context, c *Client, in call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for cursor := ""; ; {
			l, err := page[T](ctx, c, in, cursor, pageSize)
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, item := range l.Items {
				if !yield(item, nil) {
					return
				}
			}
			if cursor = l.Next; cursor == "" {
				return
			}
		}
	}
}

// query makes the parameters of a list from pairs of name and value; empty values are left out.
func query(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

// Platforms yields platforms by name whose name or slug contains text.
func (c *Client) Platforms(ctx context.Context, text string) iter.Seq2[Platform, error] {
	return all[Platform](ctx, c, call{path: path("platforms"), query: query("q", text)})
}

// Accounts yields the platform's accounts, oldest first.
func (c *Client) Accounts(ctx context.Context, platform string) iter.Seq2[Account, error] {
	return all[Account](ctx, c, call{path: path("platforms", platform, "accounts")})
}

// Endpoints yields the platform's phones by MAC, or as the filter sorts them.
func (c *Client) Endpoints(ctx context.Context, platform string, f EndpointFilter) iter.Seq2[Endpoint, error] {
	q := query("q", f.Text, "state", f.State, "account", f.Account, "vendor", f.Vendor, "model", f.Model, "sort", f.Sort)
	if f.Found {
		q.Set("found", "true")
	}
	return all[Endpoint](ctx, c, call{path: path("platforms", platform, "endpoints"), query: q})
}

// Operations yields operations, newest first.
func (c *Client) Operations(ctx context.Context, f OperationFilter) iter.Seq2[Operation, error] {
	q := query("platform", f.Platform, "vendor", f.Vendor, "mac", f.MAC)
	if f.Open {
		q.Set("open", "true")
	}
	return all[Operation](ctx, c, call{path: path("operations"), query: q})
}

// Events yields the audit log, newest first.
func (c *Client) Events(ctx context.Context, f EventFilter) iter.Seq2[Event, error] {
	q := query("platform", f.Platform, "vendor", f.Vendor, "actor", f.Actor, "action", f.Action, "outcome", f.Outcome, "q", f.Text)
	return all[Event](ctx, c, call{path: path("audit"), query: q})
}

// ForeignAddresses yields what the last proof of a link has found and is not put
// right yet.
func (c *Client) ForeignAddresses(ctx context.Context, platform, vendor string) iter.Seq2[ForeignAddress, error] {
	return all[ForeignAddress](ctx, c, call{path: path("platforms", platform, "vendors", vendor, "foreign-addresses")})
}

// Links returns the platform's rows, one for every vendor.
func (c *Client) Links(ctx context.Context, platform string) ([]Link, error) {
	l, err := page[Link](ctx, c, call{path: path("platforms", platform, "vendors")}, "", 0)
	return l.Items, err
}

// Vendors returns the vendors that the server supports.
func (c *Client) Vendors(ctx context.Context) ([]Vendor, error) {
	l, err := page[Vendor](ctx, c, call{path: path("vendors")}, "", 0)
	return l.Items, err
}
