package srapssim

import (
	"encoding/json"
	"net/http"
	"unicode/utf8"
)

// nameLimit is the longest name that is accepted (assumed).
const nameLimit = 255

// companyView is a company on the wire. uuid, name and links.endpoints are
// from client code in production, the other links are assumed.
func (x *exchange) companyView(c companyInfo) any {
	path := []string{ResourceCompanies, c.id}
	below := func(resource string) string { return x.link(append(path, resource, "")...) }
	links := map[string]string{"self": x.link(path...), "endpoints": below(ResourceEndpoints)}
	if !x.s.opts.NoCompanyLinks {
		links[ResourceProfiles] = below(ResourceProfiles)
		links[ResourceTokens] = below(ResourceTokens)
		links[ResourceRoles] = below(ResourceRoles)
		if c.kind == KindReseller {
			links[ResourceCompanies] = below(ResourceCompanies)
		}
		if c.parent != "" {
			links["parent"] = x.link(ResourceCompanies, c.parent)
		}
	}
	return map[string]any{"uuid": c.id, "name": c.name, "type": c.kind, "country": c.country, "city": c.city, "links": links}
}

func getCompany(x *exchange) *answer {
	if !x.sees(x.target.item) {
		return notFound()
	}
	return jsonAnswer(http.StatusOK, x.companyView(x.s.state.companies[x.target.item].info))
}

// listCompanies shows a reseller's children. An end user has no such
// collection (Snom wiki: only resellers create companies).
func listCompanies(x *exchange) *answer {
	c := x.company()
	if c.info.kind != KindReseller {
		return notFound()
	}
	return listOf(x, c.children, func(c companyInfo) any {
		if x.s.opts.BareLists {
			return map[string]string{"uuid": c.id, "name": c.name}
		}
		return x.companyView(c)
	})
}

func createCompany(x *exchange) *answer {
	c := x.company()
	if c.info.kind != KindReseller {
		return notFound()
	}
	if !x.hasRole() {
		return forbidden()
	}
	fields, refusal := x.decode()
	if refusal != nil {
		return refusal
	}
	info := companyInfo{parent: c.info.id, kind: KindEndUser}
	// Snom partner how-to: the portal asks for these three; that the API
	// requires them too is assumed.
	for _, f := range []struct {
		name string
		into *string
	}{{"name", &info.name}, {"country", &info.country}, {"city", &info.city}} {
		if refusal := requiredText(fields, f.name, f.into); refusal != nil {
			return refusal
		}
	}
	if x.s.opts.UniqueCompanies {
		for _, child := range c.children.all() {
			if child.name == info.name {
				return jsonAnswer(http.StatusConflict, map[string]string{"error": "company already exists"})
			}
		}
	}
	made := x.s.state.addCompany(info, x.now)
	return changed(jsonAnswer(http.StatusCreated, x.companyView(made.info)))
}

// deleteCompany refuses while endpoints, keys or children exist (assumed).
func deleteCompany(x *exchange) *answer {
	if !x.sees(x.target.item) {
		return notFound()
	}
	c := x.s.state.companies[x.target.item]
	if !x.hasRole() || c.info.id == x.caller.key.company {
		return forbidden()
	}
	if c.endpoints.len() > 0 || c.keys.len() > 0 || c.children.len() > 0 {
		return detail(http.StatusConflict, "The company still has endpoints, API keys or companies.")
	}
	x.s.state.removeCompany(c, x.now)
	return changed(empty(http.StatusNoContent))
}

// requiredText takes a string that must be there and must not be blank.
func requiredText(fields map[string]json.RawMessage, name string, into *string) *answer {
	raw, ok := fields[name]
	if !ok {
		return fieldError(name, "This field is required.")
	}
	if json.Unmarshal(raw, into) != nil || string(raw) == "null" {
		return fieldError(name, "Not a valid string.")
	}
	if *into == "" {
		return fieldError(name, "This field may not be blank.")
	}
	if utf8.RuneCountInString(*into) > nameLimit {
		return fieldError(name, "Ensure this field has no more than 255 characters.")
	}
	return nil
}
