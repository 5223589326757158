package sraps

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// places remembers where things are, as the service's links told it: links do not
// change, and asking for them each time would double the calls.
type places struct {
	companies sync.Map // company id → Object
	items     sync.Map // collection name + "/" + id → Object, of which only links are kept
}

// remember keeps an object's links as they came: a list of all companies is read for
// the sake of one, so they are looked into when they are needed.
func (c *Client) remember(collection string, o Object, field string) {
	if id := o.Text(field); idShape.MatchString(id) {
		c.places.items.Store(collection+"/"+id, Object{"links": o["links"]})
	}
}

// rememberCompany also takes what a list or a create shows of a company for its own
// entry, unless that may tell more links: else each would be asked for by itself.
func (c *Client) rememberCompany(o Object) {
	c.remember("companies", o, "uuid")
	if id := o.Text("uuid"); o.Link("tokens") != "" && idShape.MatchString(id) {
		c.places.companies.Store(id, Object{"uuid": o["uuid"], "links": o["links"]})
	}
}

// remembered is where a thing said it is, if it did and that may be followed.
func (c *Client) remembered(collection, id string) (string, bool) {
	o, ok := c.places.items.Load(collection + "/" + id)
	if !ok {
		return "", false
	}
	self, err := c.follow(o.(Object).Link("self"), "")
	return self, err == nil && self != ""
}

// entry returns the company's own entry with its links, from memory if possible.
func (c *Client) entry(ctx context.Context, k Key, id string) (Object, error) {
	if o, ok := c.places.companies.Load(id); ok {
		return o.(Object), nil
	}
	return c.Company(ctx, k, id)
}

// Company reads a company with its links: at the place that was learnt, else at
// companies/{uuid}, else where the key's own entry and the list of children lead.
func (c *Client) Company(ctx context.Context, k Key, id string) (Object, error) {
	c.places.companies.Delete(id)
	target, known := c.remembered("companies", id)
	if !known {
		target = c.at("companies/" + url.PathEscape(id))
	}
	o, err := c.companyAt(ctx, k, target)
	if err == nil && o.Text("uuid") == id {
		return o, nil
	}
	if err != nil && (known || !IsNotFound(err)) {
		return nil, err
	}
	if found, ferr := c.searchCompany(ctx, k, id); ferr == nil {
		return found, nil
	} else if !IsNotFound(ferr) {
		return nil, ferr
	}
	if err == nil {
		err = &Error{Op: "GET companies", Status: http.StatusOK, Sent: true, Malformed: true, Err: errors.New("another company was answered")}
	}
	return nil, err
}

// companyAt reads a company's entry and remembers its links.
func (c *Client) companyAt(ctx context.Context, k Key, target string) (Object, error) {
	var o Object
	if _, err := c.call(ctx, k, http.MethodGet, target, nil, &o); err != nil {
		return nil, err
	}
	if o.Text("uuid") == "" {
		return nil, &Error{Op: "GET companies", Status: http.StatusOK, Sent: true, Malformed: true, Err: errors.New("the answer names no company")}
	}
	c.places.companies.Store(o.Text("uuid"), o)
	c.remember("companies", o, "uuid")
	return o, nil
}

// searchCompany finds a company that is not at the usual path: the key's own, or
// one of its children. Not found is an error 404.
func (c *Client) searchCompany(ctx context.Context, k Key, id string) (Object, error) {
	own, err := c.ownEntry(ctx, k)
	if err != nil || own.Text("uuid") == id {
		return own, err
	}
	absent := &Error{Op: "GET companies", Status: http.StatusNotFound, Sent: true}
	link, err := c.follow(own.Link("companies"), "")
	if err != nil || link == "" {
		return nil, absent
	}
	children, err := c.all(ctx, k, link)
	if err != nil {
		return nil, err
	}
	for _, o := range children {
		c.remember("companies", o, "uuid")
		if o.Text("uuid") != id {
			continue
		}
		if target, ok := c.remembered("companies", id); ok {
			return c.companyAt(ctx, k, target)
		}
	}
	return nil, absent
}

// ownEntry reads the company of the key that signs, by the link of its token.
func (c *Client) ownEntry(ctx context.Context, k Key) (Object, error) {
	link, err := c.ownLink(ctx, k)
	if err != nil {
		return nil, err
	}
	return c.companyAt(ctx, k, link)
}

// ownLink is where the entry of the key that signs says its company is.
func (c *Client) ownLink(ctx context.Context, k Key) (string, error) {
	t, err := c.Token(ctx, k, k.ID)
	if err != nil {
		return "", err
	}
	link, err := c.follow(t.Link("company"), "")
	if err == nil && link == "" {
		err = &Error{Op: "GET tokens", Status: http.StatusOK, Sent: true, Malformed: true, Err: errors.New("the key names no company")}
	}
	return link, err
}

// OwnCompany returns the id of the company whose key signs. One call where the
// link shows it by its usual path, else two.
func (c *Client) OwnCompany(ctx context.Context, k Key) (string, error) {
	link, err := c.ownLink(ctx, k)
	if err != nil {
		return "", err
	}
	if u, err := url.Parse(link); err == nil {
		if id, ok := strings.CutPrefix(u.Path, c.base.Path+"companies/"); ok && usualID.MatchString(id) {
			if self, known := c.remembered("companies", id); !known || self != link { // else more links of it may be known
				here := Object{}
				here.Set("links", map[string]string{"self": link})
				c.places.items.Store("companies/"+id, here)
			}
			return id, nil
		}
	}
	o, err := c.companyAt(ctx, k, link)
	if err != nil {
		return "", err
	}
	return o.Text("uuid"), nil
}

// usualID is the form of every uuid that was seen (recorded answers); a link that
// ends in anything else is asked what it is.
var usualID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// collection returns the URL of a company's collection: the link of that name in
// the company's entry (the underscore form is seen too), else {company}/name/.
func (c *Client) collection(ctx context.Context, k Key, company, name string) (string, error) {
	o, err := c.entry(ctx, k, company)
	if err != nil {
		return "", err
	}
	base, ok := c.remembered("companies", company)
	if !ok {
		base = c.at("companies/" + url.PathEscape(company))
	}
	return c.follow(o.Link(name, strings.ReplaceAll(name, "-", "_")), strings.TrimRight(base, "/")+"/"+name+"/")
}

// item returns the URL of one thing in a company's collection: its own link where
// it was seen, else the collection's URL and the id.
func (c *Client) item(ctx context.Context, k Key, company, collection, id string) (string, error) {
	if u, ok := c.remembered(collection, id); ok {
		return u, nil
	}
	base, err := c.collection(ctx, k, company, collection)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", &Error{Op: "link", Malformed: true, Err: errors.New("no URL")}
	}
	u.RawQuery = ""
	return strings.TrimRight(u.String(), "/") + "/" + url.PathEscape(id), nil
}
