package srapssim

import (
	"net/http"
	"slices"
	"strings"
)

// APIPrefix is where the API lies (client code in production). Everything
// outside it is a phone.
const APIPrefix = "/api/v1/"

// Names of resources, in Call.Resource and Fault.Resource.
const (
	ResourceSettings      = "settings"
	ResourceSettingGroups = "setting-groups"
	ResourceProductGroups = "product-groups"
	ResourceTokens        = "tokens"
	ResourceCompanies     = "companies"
	ResourceRoles         = "roles"
	ResourceProfiles      = "provisioning-profiles"
	ResourceEndpoints     = "endpoints"
	ResourcePhone         = "phone"
)

// target is what a path names: a collection or one item, below a company or
// not.
type target struct {
	resource string
	company  string // id in the path; empty for what lies at the top
	item     string
	list     bool
}

// place is a target without its ids.
type place struct {
	resource string
	below    bool // below a company
	list     bool
}

type operation func(x *exchange) *answer

// operations is the whole API. Sources: client code in production for
// settings, product-groups, GET tokens/{id}, GET companies/{uuid}, profiles
// (GET, POST) and endpoints; recorded answers for single settings and setting
// groups; the rest (children, keys, roles, PUT and DELETE of profiles, deleting
// companies) is assumed.
var operations = map[place]map[string]operation{
	{ResourceSettings, false, true}:       {http.MethodGet: listSettings},
	{ResourceSettings, false, false}:      {http.MethodGet: getSetting},
	{ResourceSettingGroups, false, false}: {http.MethodGet: getSettingGroup},
	{ResourceProductGroups, false, true}:  {http.MethodGet: listProductGroups},
	{ResourceProductGroups, false, false}: {http.MethodGet: getProductGroup},
	{ResourceTokens, false, false}:        {http.MethodGet: getToken, http.MethodDelete: deleteToken},
	{ResourceCompanies, false, false}:     {http.MethodGet: getCompany, http.MethodDelete: deleteCompany},
	{ResourceCompanies, true, true}:       {http.MethodGet: listCompanies, http.MethodPost: createCompany},
	{ResourceTokens, true, true}:          {http.MethodGet: listTokens, http.MethodPost: createToken},
	{ResourceRoles, true, true}:           {http.MethodGet: listRoles},
	{ResourceProfiles, true, true}:        {http.MethodGet: listProfiles, http.MethodPost: createProfile},
	{ResourceProfiles, true, false}:       {http.MethodGet: getProfile, http.MethodPut: putProfile, http.MethodDelete: deleteProfile},
	{ResourceEndpoints, true, true}:       {http.MethodGet: listEndpoints},
	{ResourceEndpoints, true, false}:      {http.MethodGet: getEndpoint, http.MethodPut: putEndpoint, http.MethodDelete: deleteEndpoint},
}

// parseTarget applies the slash rules (client code in production): collections
// end in a slash, single items do not. The wrong form is not found; what SRAPS
// does there is unknown, and nobody may rely on a redirect.
func parseTarget(path string) (target, bool) {
	rest, ok := strings.CutPrefix(path, APIPrefix)
	if !ok {
		return target{}, false
	}
	parts := strings.Split(rest, "/")
	list := parts[len(parts)-1] == ""
	if list {
		parts = parts[:len(parts)-1]
	}
	if slices.Contains(parts, "") {
		return target{}, false
	}
	t := target{list: list}
	if len(parts) >= 3 && parts[0] == ResourceCompanies {
		t.company = parts[1]
		parts = parts[2:]
	}
	switch {
	case len(parts) == 1 && list:
		t.resource = parts[0]
	case len(parts) == 2 && !list:
		t.resource, t.item = parts[0], parts[1]
	default:
		return target{}, false
	}
	_, known := operations[t.place()]
	return t, known
}

func (t target) place() place { return place{t.resource, t.company != "", t.list} }

// allowedMethods lists what may be done at a place, OPTIONS included.
func (s *Server) allowedMethods(p place) []string {
	methods := []string{http.MethodOptions}
	for m := range operations[p] {
		if m == http.MethodPost && s.createMode(p) != CreateWorks || s.keysByPortalOnly(p, m) {
			continue
		}
		methods = append(methods, m)
	}
	slices.Sort(methods)
	return methods
}

// createMode is the capability switch that rules a place.
func (s *Server) createMode(p place) Create {
	switch {
	case p == place{ResourceCompanies, true, true}:
		return s.opts.CreateCompanies
	case p == place{ResourceTokens, true, true}:
		return s.opts.CreateKeys
	}
	return CreateWorks
}

func (s *Server) keysByPortalOnly(p place, method string) bool {
	return s.opts.KeyWrites == KeyWritesPortal && p.resource == ResourceTokens && isMutation(method)
}

func isMutation(method string) bool {
	return slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}, method)
}

// dispatch finds and runs the operation. Server.mu is held.
func (x *exchange) dispatch() *answer {
	p := x.target.place()
	mode := x.s.createMode(p)
	if mode == CreateAbsent {
		return notFound()
	}
	if x.target.company != "" && !x.sees(x.target.company) {
		return notFound()
	}
	switch {
	case x.method == http.MethodOptions:
		return describe(x)
	case x.method == http.MethodPost && mode == CreateNotFound:
		return notFound()
	case x.method == http.MethodPost && mode == CreateNotAllowed,
		x.s.keysByPortalOnly(p, x.method),
		operations[p][x.method] == nil:
		return methodNotAllowed(x.method, x.s.allowedMethods(p))
	}
	return operations[p][x.method](x)
}
