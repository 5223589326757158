package snom

import (
	"cmp"
	"context"
	"sync"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// role chooses the role of a new key: what the reseller credential names, else
// the configuration, else the only one there is.
func (v *Vendor) role(ctx context.Context, by ztp.APIKey, company string) (string, error) {
	want := cmp.Or(by.Role, v.cfg.Role)
	asked := by.ID + "/" + want
	if id := v.roles.of(asked, v.cfg.Now()); id != "" {
		return id, nil
	}
	all, err := v.client.Roles(ctx, wire(by), company)
	if err != nil && !sraps.IsNotOffered(err) {
		return "", read(err)
	}
	var names []string
	for _, o := range all {
		if want != "" && (o.Text("name") == want || o.Text("uuid") == want) || want == "" && len(all) == 1 {
			id := o.Text("uuid")
			v.roles.note(asked, company, id, v.cfg.Now())
			return id, nil
		}
		names = append(names, o.Text("name"))
	}
	if want != "" && len(all) == 0 {
		return want, nil // no list is offered: taken at its word
	}
	return "", roleMissing(want, names)
}

// roles remembers the role that keys get. Whether companies share their roles is not
// documented: only when two of them have shown the same one, the others are not asked,
// for a day, and until a key is refused.
type roles struct {
	mu    sync.Mutex
	found map[string]foundRole // by reseller key and wanted role
}

type foundRole struct {
	id, company string
	shared      bool
	at          time.Time
}

// of is the role that companies share, "" when that is not known.
func (r *roles) of(asked string, now time.Time) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.found[asked]
	if !f.shared || now.Sub(f.at) >= catalogueAge {
		return ""
	}
	return f.id
}

func (r *roles) note(asked, company, id string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.found == nil {
		r.found = map[string]foundRole{}
	}
	before := r.found[asked]
	r.found[asked] = foundRole{id: id, company: company, at: now, shared: before.id == id && before.company != company && id != ""}
}

func (r *roles) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = nil
}
