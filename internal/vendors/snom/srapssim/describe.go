package srapssim

import (
	"net/http"
	"slices"
	"strings"
)

// postField is one entry of what OPTIONS tells about a POST.
type postField struct {
	Type     string `json:"type"`
	Required bool   `json:"required"`
	ReadOnly bool   `json:"read_only"`
	Label    string `json:"label"`
}

// postFields are what a POST takes, by collection.
var postFields = map[string]map[string]postField{
	ResourceCompanies: {"name": {"string", true, false, "Name"}, "country": {"string", true, false, "Country"},
		"city": {"string", true, false, "City"}, "uuid": {"string", false, true, "Uuid"}},
	ResourceTokens: {"name": {"string", true, false, "Name"}, "role": {"field", false, false, "Role"},
		"id": {"string", false, true, "Id"}, "key": {"string", false, true, "Key"}},
	ResourceProfiles: {"name": {"string", true, false, "Name"}, "product_group": {"field", true, false, "Product group"},
		"autoprovisioning_enabled": {"boolean", false, false, "Autoprovisioning enabled"},
		"settings_manager":         {"nested object", false, false, "Settings manager"},
		"uuid":                     {"string", false, true, "Uuid"}},
}

// describe answers OPTIONS with the metadata of Django REST framework
// (assumed: SRAPS looks like it).
func describe(x *exchange) *answer {
	allowed := x.s.allowedMethods(x.target.place())
	view := map[string]any{"name": title(x.target), "description": "",
		"renders": []string{jsonType}, "parses": []string{jsonType}}
	if slices.Contains(allowed, http.MethodPost) && x.s.createMode(x.target.place()) == CreateWorks {
		view["actions"] = map[string]any{"POST": postFields[x.target.resource]}
	}
	a := jsonAnswer(http.StatusOK, view)
	a.header.Set("Allow", strings.Join(allowed, ", "))
	return a
}

func title(t target) string {
	words := strings.ReplaceAll(t.resource, "-", " ")
	words = strings.ToUpper(words[:1]) + words[1:]
	if t.list {
		return words + " List"
	}
	return words + " Instance"
}
