package srapssim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// endpointExtra are the further fields an endpoint keeps. The warranty field
// is from client code in production, the others from the portal's data sheet;
// their spelling is assumed.
var endpointExtra = []string{"description", "warranty_exp_warning_period", "vpn_enabled", "device_management_enabled"}

// endpointView repeats what a PUT may set, with the server's default of three
// months where warranty_exp_warning_period was left out (client code in
// production: null overwrites it). registered is assumed.
func (x *exchange) endpointView(companyID string, e endpoint) any {
	view := map[string]any{"mac": e.mac, "name": e.name, "autoprovisioning_enabled": e.enabled,
		"provisioning_profile": nil, "settings_manager": settingsView(e.settings),
		"description": "", "warranty_exp_warning_period": 3, "vpn_enabled": false, "device_management_enabled": true,
		"registered": e.registered.UTC().Format(time.RFC3339),
		"links": map[string]string{"self": x.link(ResourceCompanies, companyID, ResourceEndpoints, e.mac),
			"company": x.link(ResourceCompanies, companyID)}}
	if e.profile != "" {
		view["provisioning_profile"] = x.reference(e.profile, "a profile")
	}
	for name, raw := range e.extra {
		view[name] = raw
	}
	return view
}

func listEndpoints(x *exchange) *answer {
	c := x.company()
	return listOf(x, c.endpoints, func(e endpoint) any { return x.endpointView(c.info.id, e) })
}

// getEndpoint takes the MAC in either case (client code in production). A MAC
// of another company is not found here.
func getEndpoint(x *exchange) *answer {
	e, ok := x.company().endpoints.get(strings.ToUpper(x.target.item))
	if !ok {
		return notFound()
	}
	return jsonAnswer(http.StatusOK, x.endpointView(x.target.company, e))
}

// putEndpoint creates or replaces (client code in production; 201 for the
// first and 200 for the second is assumed, "2xx both" is known). A MAC is in
// one company only, and a free one needs no proof of ownership (client code in
// production).
func putEndpoint(x *exchange) *answer {
	c := x.company()
	if !x.mayWriteInto(c) {
		return lacksPermission()
	}
	mac, refusal := checkMAC(x.target.item)
	if refusal != nil {
		return refusal
	}
	if owner, owned := x.s.state.macCompany[mac]; owned && owner != c.info.id {
		return x.s.taken()
	}
	fields, refusal := x.decode()
	if refusal != nil {
		return refusal
	}
	e, refusal := readEndpoint(c, mac, fields)
	if refusal != nil {
		return refusal
	}
	status := http.StatusCreated
	e.registered = x.now
	if old, exists := c.endpoints.get(mac); exists {
		status = http.StatusOK
		e.registered = old.registered
	}
	x.s.state.putEndpoint(c, e, x.now)
	return changed(jsonAnswer(status, x.endpointView(c.info.id, e)))
}

// checkMAC wants 12 hexadecimal digits with a Snom prefix (Snom wiki: MACs are
// validated at entry; prefixes from client code in production; text assumed).
func checkMAC(text string) (string, *answer) {
	mac := strings.ToUpper(text)
	if !macShape.MatchString(mac) {
		return "", fieldError("mac", "malformed_mac")
	}
	if !strings.HasPrefix(mac, "000413") && !strings.HasPrefix(mac, "00087B") {
		return "", fieldError("mac", "The MAC address is not one of a Snom device.")
	}
	return mac, nil
}

func readEndpoint(c *company, mac string, fields map[string]json.RawMessage) (endpoint, *answer) {
	e := endpoint{mac: mac, extra: extraFields(fields, endpointExtra)}
	var sent string
	// Every client in production sends mac in the body as well; that it is
	// required and must be the one of the path is assumed.
	if refusal := requiredText(fields, "mac", &sent); refusal != nil {
		return e, refusal
	}
	if !strings.EqualFold(sent, mac) {
		return e, fieldError("mac", "Must be the MAC address of the URL.")
	}
	var refusal *answer
	if e.name, refusal = optionalText(fields, "name"); refusal != nil {
		return e, refusal
	}
	if e.enabled, refusal = boolField(fields, "autoprovisioning_enabled"); refusal != nil {
		return e, refusal
	}
	// Optional since 2021 (client code in production).
	if e.profile, refusal = optionalText(fields, "provisioning_profile"); refusal != nil {
		return e, refusal
	}
	if _, ok := c.profiles.get(e.profile); e.profile != "" && !ok {
		return e, fieldError("provisioning_profile", "Invalid provisioning profile: object does not exist.")
	}
	e.settings, refusal = settingsField(fields)
	return e, refusal
}

// deleteEndpoint releases the MAC (client code in production). Again is 404.
func deleteEndpoint(x *exchange) *answer {
	c := x.company()
	mac := strings.ToUpper(x.target.item)
	if _, ok := c.endpoints.get(mac); !ok {
		return notFound()
	}
	if !x.mayWriteInto(c) {
		return lacksPermission()
	}
	x.s.state.removeEndpoint(c, mac, x.now)
	return changed(empty(http.StatusNoContent))
}
