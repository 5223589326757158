package sraps

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Every call in this file is ASSUMED: the service offers something of the kind
// (its reference is only shown inside its portal), and nobody documents the shape
// in public. Where the company's answer gives a link, it is followed; else the
// path is guessed by the rules of the proven calls. `zerotouch vendor probe snom`
// and `zerotouch vendor rehearse snom` tell what the live service really does.

// Children lists the companies below a reseller's own.
func (c *Client) Children(ctx context.Context, k Key, own string) ([]Object, error) {
	target, err := c.collection(ctx, k, own, "companies")
	if err != nil {
		return nil, err
	}
	all, err := c.all(ctx, k, target)
	for _, o := range all {
		c.rememberCompany(o)
	}
	return all, err
}

// CreateCompany makes a company below a reseller's own. Name, country and city are
// what the portal's own form asks for.
func (c *Client) CreateCompany(ctx context.Context, k Key, own, name, country, city string) (Object, error) {
	target, err := c.collection(ctx, k, own, "companies")
	if err != nil {
		return nil, notSent(err)
	}
	var made Object
	body := map[string]string{"name": name, "country": country, "city": city}
	_, err = c.call(ctx, k, http.MethodPost, target, body, &made)
	if err == nil && made.Text("uuid") == "" {
		err = &Error{Op: "POST companies", Status: http.StatusCreated, Sent: true, Malformed: true, Err: errors.New("the answer names no company")}
	}
	if err == nil {
		c.rememberCompany(made)
	}
	return made, err
}

// notSent marks the failure of a read that comes before a write: the write
// itself never left.
func notSent(err error) error {
	if e, ok := AsError(err); ok {
		before := *e
		before.Op, before.Sent = "before writing: "+e.Op, false
		return &before
	}
	return err
}

// Tokens lists the keys of a company.
func (c *Client) Tokens(ctx context.Context, k Key, company string) ([]Object, error) {
	target, err := c.collection(ctx, k, company, "tokens")
	if err != nil {
		return nil, err
	}
	all, err := c.all(ctx, k, target)
	for _, o := range all {
		named(o)
		c.remember("tokens", o, "id")
	}
	return all, err
}

// named gives a key its id under the name id: whether the service calls it that or
// uuid, as it does with everything else, is not documented.
func named(token Object) {
	if id := token.Text("uuid"); token.Text("id") == "" && id != "" {
		token.Set("id", id)
	}
}

// CreateToken makes a key with a role. The secret is in this answer alone.
func (c *Client) CreateToken(ctx context.Context, k Key, company, name, role string) (id, secret string, err error) {
	target, err := c.collection(ctx, k, company, "tokens")
	if err != nil {
		return "", "", notSent(err)
	}
	var made Object
	_, err = c.call(ctx, k, http.MethodPost, target, map[string]string{"name": name, "role": role}, &made)
	if err != nil {
		return "", "", err
	}
	named(made)
	id, secret = made.Text("id"), cmp.Or(made.Text("key"), made.Text("secret"))
	if id == "" || secret == "" {
		return "", "", &Error{Op: "POST tokens", Status: http.StatusCreated, Sent: true, Malformed: true, Err: errors.New("the answer lacks id or secret")}
	}
	c.remember("tokens", made, "id")
	return id, secret, nil
}

// DeleteToken ends a key: by the link under which the company's list shows it,
// else at tokens/{id}. A wrong path would answer 404 like a key that is gone, so
// the list comes first; where there is none, the usual path is the only one left.
func (c *Client) DeleteToken(ctx context.Context, k Key, company, id string) error {
	target, ok := c.remembered("tokens", id)
	if !ok {
		if _, err := c.Tokens(ctx, k, company); err != nil && !IsNotOffered(err) {
			return notSent(err)
		}
		if target, ok = c.remembered("tokens", id); !ok {
			target = c.at("tokens/" + url.PathEscape(id))
		}
	}
	_, err := c.call(ctx, k, http.MethodDelete, target, nil, nil)
	return err
}

// Roles lists the roles that a key of the company may have.
func (c *Client) Roles(ctx context.Context, k Key, company string) ([]Object, error) {
	target, err := c.collection(ctx, k, company, "roles")
	if err != nil {
		return nil, err
	}
	return c.all(ctx, k, target)
}

// profile is where a profile is. One that was never listed is looked up first:
// a guessed path that is wrong would look like a profile that is gone.
func (c *Client) profile(ctx context.Context, k Key, company, id string) (string, error) {
	if _, seen := c.places.items.Load(profiles + "/" + id); !seen {
		if _, err := c.Profiles(ctx, k, company); err != nil {
			return "", err
		}
	}
	return c.item(ctx, k, company, profiles, id)
}

// Profile reads one profile with its settings.
func (c *Client) Profile(ctx context.Context, k Key, company, id string) (Object, error) {
	target, err := c.profile(ctx, k, company, id)
	if err != nil {
		return nil, err
	}
	var o Object
	_, err = c.call(ctx, k, http.MethodGet, target, nil, &o)
	return o, object(o, err)
}

// PutProfile replaces a profile; what is left out falls back to defaults.
func (c *Client) PutProfile(ctx context.Context, k Key, company, id string, o Object) error {
	target, err := c.profile(ctx, k, company, id)
	if err != nil {
		return notSent(err)
	}
	_, err = c.call(ctx, k, http.MethodPut, target, o, nil)
	return err
}

// DeleteProfile removes a profile.
func (c *Client) DeleteProfile(ctx context.Context, k Key, company, id string) error {
	target, err := c.profile(ctx, k, company, id)
	if err != nil {
		return notSent(err)
	}
	_, err = c.call(ctx, k, http.MethodDelete, target, nil, nil)
	return err
}

// DeleteCompany removes a company, which the service may refuse while anything is
// in it. Only a rehearsal does this.
func (c *Client) DeleteCompany(ctx context.Context, k Key, id string) error {
	target, ok := c.remembered("companies", id)
	if !ok {
		target = c.at("companies/" + url.PathEscape(id))
	}
	_, err := c.call(ctx, k, http.MethodDelete, target, nil, nil)
	if err == nil {
		c.places.companies.Delete(id)
	}
	return err
}
