package srapssim

import (
	"encoding/json"
	"net/http"
)

// profileExtra are the further fields a profile keeps (assumed).
var profileExtra = []string{"description"}

// profileView: uuid and name are from client code in production, the rest is
// assumed to mirror what is sent.
func (x *exchange) profileView(companyID string, p profile) any {
	view := map[string]any{"uuid": p.id, "name": p.name, "product_group": x.reference(p.group, theCatalogue().groupName(p.group)),
		"autoprovisioning_enabled": p.enabled, "settings_manager": settingsView(p.settings), "description": "",
		"links": map[string]string{"self": x.link(ResourceCompanies, companyID, ResourceProfiles, p.id),
			"company": x.link(ResourceCompanies, companyID)}}
	for name, raw := range p.extra {
		view[name] = raw
	}
	return view
}

// reference names another thing: by its id, or as Options.Nested says.
func (x *exchange) reference(id, name string) any {
	if x.s.opts.Nested {
		return map[string]string{"uuid": id, "name": name}
	}
	return id
}

func listProfiles(x *exchange) *answer {
	c := x.company()
	return listOf(x, c.profiles, func(p profile) any {
		if x.s.opts.BareLists {
			return map[string]string{"uuid": p.id, "name": p.name}
		}
		return x.profileView(c.info.id, p)
	})
}

func getProfile(x *exchange) *answer {
	p, ok := x.company().profiles.get(x.target.item)
	if !ok {
		return notFound()
	}
	return jsonAnswer(http.StatusOK, x.profileView(x.target.company, p))
}

// createProfile answers 201 (client code in production). Two profiles may have
// the same name (assumed).
func createProfile(x *exchange) *answer { return x.writeProfile(newID(), http.StatusCreated) }

// putProfile replaces the whole profile (assumed, as endpoints do).
func putProfile(x *exchange) *answer {
	if _, ok := x.company().profiles.get(x.target.item); !ok {
		return notFound()
	}
	return x.writeProfile(x.target.item, http.StatusOK)
}

func (x *exchange) writeProfile(id string, status int) *answer {
	c := x.company()
	if !x.mayWriteInto(c) {
		return forbidden()
	}
	fields, refusal := x.decode()
	if refusal != nil {
		return refusal
	}
	p, refusal := readProfile(id, fields)
	if refusal != nil {
		return refusal
	}
	c.profiles.put(id, p, x.now)
	return changed(jsonAnswer(status, x.profileView(c.info.id, p)))
}

func readProfile(id string, fields map[string]json.RawMessage) (profile, *answer) {
	p := profile{id: id, extra: extraFields(fields, profileExtra)}
	if refusal := requiredText(fields, "name", &p.name); refusal != nil {
		return p, refusal
	}
	if refusal := requiredText(fields, "product_group", &p.group); refusal != nil {
		return p, refusal
	}
	if !theCatalogue().hasProductGroup(p.group) {
		return p, fieldError("product_group", "Invalid product group: object does not exist.")
	}
	var refusal *answer
	if p.enabled, refusal = boolField(fields, "autoprovisioning_enabled"); refusal != nil {
		return p, refusal
	}
	p.settings, refusal = settingsField(fields)
	return p, refusal
}

// deleteProfile refuses while an endpoint uses the profile (assumed).
func deleteProfile(x *exchange) *answer {
	c := x.company()
	if _, ok := c.profiles.get(x.target.item); !ok {
		return notFound()
	}
	if !x.mayWriteInto(c) {
		return forbidden()
	}
	for _, e := range c.endpoints.all() {
		if e.profile == x.target.item {
			return detail(http.StatusConflict, "The provisioning profile is used by endpoints.")
		}
	}
	c.profiles.remove(x.target.item, x.now)
	return changed(empty(http.StatusNoContent))
}
