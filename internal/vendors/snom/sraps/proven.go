package sraps

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// The calls that public clients of the live service are known to make. Single
// items have no trailing slash, collections have one (client code in production).

// Token reads the entry of a key, signed by k. links.company says whose it is.
func (c *Client) Token(ctx context.Context, k Key, id string) (Object, error) {
	var o Object
	_, err := c.call(ctx, k, http.MethodGet, c.at("tokens/"+url.PathEscape(id)), nil, &o)
	return o, object(o, err)
}

// object turns a null answer into an error.
func object(o Object, err error) error {
	if err == nil && o == nil {
		return &Error{Sent: true, Malformed: true, Err: errors.New("no object")}
	}
	return err
}

// ProductGroups lists the families of phones.
func (c *Client) ProductGroups(ctx context.Context, k Key) ([]Object, error) {
	return c.all(ctx, k, c.at("product-groups/"))
}

// Setting is one entry of the catalogue of settings, as far as it is needed.
type Setting struct {
	UUID      string `json:"uuid"`
	ParamName string `json:"param_name"`
	Section   string `json:"section"`
	// ProductGroups are ids, plain or in objects.
	ProductGroups []json.RawMessage `json:"product_groups"`
}

// Settings lists the catalogue of settings, more than a thousand entries.
func (c *Client) Settings(ctx context.Context, k Key) ([]Setting, error) {
	var all []Setting
	err := list(ctx, c, k, c.at("settings/"), func(page []Setting) error {
		all = append(all, page...)
		return nil
	})
	return all, err
}

// Endpoints reads one page of a company's phones: the first one for "", else the one
// that the call before named. next is "" after the last.
func (c *Client) Endpoints(ctx context.Context, k Key, company, at string) (phones []Object, next string, err error) {
	if at == "" {
		if at, err = c.collection(ctx, k, company, "endpoints"); err == nil {
			at, err = firstPage(at)
		}
	} else {
		at, err = c.follow(at, "") // it may have been kept for a while
	}
	if err != nil {
		return nil, "", err
	}
	return page[Object](ctx, c, k, at)
}

// endpoint is where a phone is: the collection's URL and the bare MAC (client code
// in production appends it).
func (c *Client) endpoint(ctx context.Context, k Key, company, mac string) (string, error) {
	return c.item(ctx, k, company, "endpoints", mac)
}

// Endpoint reads one phone; not found when this company does not have it.
func (c *Client) Endpoint(ctx context.Context, k Key, company, mac string) (Object, error) {
	target, err := c.endpoint(ctx, k, company, mac)
	if err != nil {
		return nil, err
	}
	var o Object
	_, err = c.call(ctx, k, http.MethodGet, target, nil, &o)
	return o, object(o, err)
}

// PutEndpoint makes or replaces a phone; what is left out falls back to defaults.
func (c *Client) PutEndpoint(ctx context.Context, k Key, company, mac string, o Object) error {
	target, err := c.endpoint(ctx, k, company, mac)
	if err != nil {
		return notSent(err)
	}
	_, err = c.call(ctx, k, http.MethodPut, target, o, nil)
	return err
}

// DeleteEndpoint gives a MAC up.
func (c *Client) DeleteEndpoint(ctx context.Context, k Key, company, mac string) error {
	target, err := c.endpoint(ctx, k, company, mac)
	if err != nil {
		return notSent(err)
	}
	_, err = c.call(ctx, k, http.MethodDelete, target, nil, nil)
	return err
}

const profiles = "provisioning-profiles"

// Profiles lists the provisioning profiles of a company.
func (c *Client) Profiles(ctx context.Context, k Key, company string) ([]Object, error) {
	target, err := c.collection(ctx, k, company, profiles)
	if err != nil {
		return nil, err
	}
	all, err := c.all(ctx, k, target)
	for _, o := range all {
		c.remember(profiles, o, "uuid")
	}
	return all, err
}

// CreateProfile makes a profile and returns it (201, client code in production).
func (c *Client) CreateProfile(ctx context.Context, k Key, company string, o Object) (Object, error) {
	target, err := c.collection(ctx, k, company, profiles)
	if err != nil {
		return nil, notSent(err)
	}
	var made Object
	if _, err = c.call(ctx, k, http.MethodPost, target, o, &made); err != nil {
		return nil, err
	}
	if made.Text("uuid") == "" {
		return nil, &Error{Op: "POST provisioning-profiles", Status: http.StatusCreated, Sent: true, Malformed: true, Err: errors.New("the answer names no profile")}
	}
	c.remember(profiles, made, "uuid")
	return made, nil
}
