package srapssim

import (
	"encoding/json"
	"net/http"
	"time"
)

// tokenView is an access key on the wire. links.company is from client code
// in production, the rest is assumed. The secret is never part of it.
func (x *exchange) tokenView(k key) map[string]any {
	view := map[string]any{"id": k.id, "name": k.name, "role": nil, "enabled": !k.disabled,
		"created": k.created.UTC().Format(time.RFC3339),
		// No trailing slash here: clients append /endpoints/… (client code in production).
		"links": map[string]string{"self": x.link(ResourceTokens, k.id), "company": x.link(ResourceCompanies, k.company)}}
	if k.role != "" {
		view["role"] = k.role
	}
	return view
}

// findToken shows a key to its own company and those above; to others it does
// not exist (assumed).
func (x *exchange) findToken() (key, *answer) {
	k, ok := x.s.state.key(x.target.item)
	if !ok || !x.sees(k.company) {
		return key{}, notFound()
	}
	return k, nil
}

// getToken also works for a key without a role (Snom partner how-to: reading
// needs none).
func getToken(x *exchange) *answer {
	k, refusal := x.findToken()
	if refusal != nil {
		return refusal
	}
	return jsonAnswer(http.StatusOK, x.tokenView(k))
}

// deleteToken takes effect at once and leaves the company's endpoints alone:
// phones never see a key (assumed). Deleting again is 404.
func deleteToken(x *exchange) *answer {
	k, refusal := x.findToken()
	if refusal != nil {
		return refusal
	}
	if !x.mayManageKeysOf(x.s.state.companies[k.company]) {
		return forbidden()
	}
	x.s.state.removeKey(k.id, x.now)
	return changed(empty(http.StatusNoContent))
}

func listTokens(x *exchange) *answer {
	return listOf(x, x.company().keys, func(k key) any { return x.tokenView(k) })
}

// createToken answers with the secret, which is shown here alone. A key made
// without a role reads and cannot write (Snom partner how-to). Names need not
// be unique (assumed).
func createToken(x *exchange) *answer {
	c := x.company()
	if !x.mayManageKeysOf(c) {
		return forbidden()
	}
	fields, refusal := x.decode()
	if refusal != nil {
		return refusal
	}
	k := key{id: newKeyID(), secret: newID(), company: c.info.id, created: x.now}
	if refusal := requiredText(fields, "name", &k.name); refusal != nil {
		return refusal
	}
	if raw, ok := fields["role"]; ok && string(raw) != "null" {
		if json.Unmarshal(raw, &k.role) != nil || x.s.state.roleByID(k.role).id == "" {
			return fieldError("role", "Invalid role: object does not exist.")
		}
	}
	if quota := x.s.opts.KeyQuota; quota > 0 && c.keys.len() >= quota {
		// Assumed: no limit is documented.
		return jsonAnswer(http.StatusConflict, map[string]string{"error": "key quota exceeded: delete an API key first"})
	}
	x.s.state.addKey(c, k, x.now)
	x.s.issued = append(x.s.issued, k.secret)
	view := x.tokenView(k)
	view["key"] = k.secret
	return changed(jsonAnswer(http.StatusCreated, view))
}

// listRoles shows the same roles for every company (assumed).
func listRoles(x *exchange) *answer {
	roles := fixedList(x.s.state.roles, func(r role) string { return r.id })
	return listOf(x, roles, func(r role) any { return map[string]string{"uuid": r.id, "name": r.name} })
}
