package srapssim

import (
	"net/http"
	"slices"
	"sync"
)

// settingView has the fields of a recorded answer (client code in production).
func (x *exchange) settingView(d settingDef) any {
	return map[string]any{
		"uuid": d.id, "name": d.name, "param_name": d.param, "description": "", "section": d.section,
		"group": d.group, "product_groups": d.groups, "field_type": d.fieldType, "choices": nil,
		"default_value": "", "attrs": []string{"perm"}, "multiple": false, "sortable": false, "fkey": false,
		"indexed":          map[string]any{"enabled": false, "start": 1, "default_size": 1, "max_size": 1},
		"uses_permissions": d.usesPermissions, "no_profiles": false,
		"links": map[string]string{"self": x.link(ResourceSettings, d.id), "group": x.link(ResourceSettingGroups, d.group)},
	}
}

// settingsList and shortList are shared by all servers and never change.
var (
	settingsList = sync.OnceValue(func() *list[settingDef] { return listed(theCatalogue().settings) })
	shortList    = sync.OnceValue(func() *list[settingDef] {
		return listed(slices.DeleteFunc(slices.Clone(theCatalogue().settings), func(d settingDef) bool { return d.param != "setting_server" }))
	})
)

func listed(settings []settingDef) *list[settingDef] {
	return fixedList(settings, func(d settingDef) string { return d.id })
}

func listSettings(x *exchange) *answer {
	if x.s.opts.ShortCatalogue {
		return listOf(x, shortList(), x.settingView)
	}
	return listOf(x, settingsList(), x.settingView)
}

func getSetting(x *exchange) *answer {
	d, ok := theCatalogue().byID[x.target.item]
	if !ok {
		return notFound()
	}
	return jsonAnswer(http.StatusOK, x.settingView(d))
}

func getSettingGroup(x *exchange) *answer {
	for _, g := range theCatalogue().groups {
		if g.id == x.target.item {
			return jsonAnswer(http.StatusOK, map[string]any{"uuid": g.id, "name": g.name,
				"links": map[string]string{"self": x.link(ResourceSettingGroups, g.id)}})
		}
	}
	return notFound()
}

func (x *exchange) productGroupView(g productGroup) any {
	return map[string]any{"uuid": g.id, "name": g.name,
		"links": map[string]string{"self": x.link(ResourceProductGroups, g.id)}}
}

func listProductGroups(x *exchange) *answer {
	groups := fixedList(theCatalogue().productGroups, func(g productGroup) string { return g.id })
	return listOf(x, groups, x.productGroupView)
}

func getProductGroup(x *exchange) *answer {
	for _, g := range theCatalogue().productGroups {
		if g.id == x.target.item {
			return jsonAnswer(http.StatusOK, x.productGroupView(g))
		}
	}
	return notFound()
}
