package restapi

import (
	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// What the document says of requests that make something without an operation.
const (
	onceADay = "Repeated under the same Idempotency-Key within 24 hours, it makes nothing more and is answered as at first, with what it made as that is now; not_found when that was removed since."
	onceMore = onceADay + " The provisioning token is shown again then, since the answer that showed it may have been lost; each time is in the audit log."
)

// admitAPhone is said of opening a window, retireAToken of ending a token.
const (
	admitAPhone = "Who waits by the phone's URL in the named network gets its settings at the next fetch, within 72 hours; a phone that comes from another one by then waits once more. " +
		"The HTTP password and the networks from before end with that: where the URL is in use by a phone that has proven itself, make sure that it is the newcomer who is to have it. " +
		"Without a network it is for the one that waits. `form_outdated` when nobody waits from there any more."
	holdAPhone   = "It keeps what it has, and gets nothing new until the hold is ended or the phone is admitted. A phone that is held already is answered as it is."
	aNewPassword = "The one that it has counts until it has come with the new one. in_use while it has none, or has not taken up the last one yet."
	retireAToken = "in_use with the numbers while phones, vendor entries or profiles still have it, or one came by it within 30 days; `force` ends it all the same, and a phone that comes by it then gets a 404."
)

// moveAPhone is said of a change that a phone in service notices.
const moveAPhone = "With another `account` the phone moves there: from then on its earlier provisioning URL, which names the former account, " +
	"tells it its new one until it is seen there, and then answers 404."

// shortPages is said of the list of phones.
const shortPages = "A page looks at about a thousand phones at most, so that it is quick in a list of any length: it may have fewer than its limit, or none. " +
	"More may follow as long as there is `next`."

// theLaterWord is said of what the voice service tells.
const theLaterWord = "Of two words the one with the later `at` stands, in whatever order they come; the answer has the one that stands. " +
	"Nothing is sent to the vendor, and the phone's wish and state there stay as they are."

// replaceAPhone and moveToAPlatform are said of what holds two phones.
const (
	replaceAPhone = "The new phone keeps account, product group, name and model of the old one. It is registered first; only then the old one is released, or paused. " +
		"When the new one is refused, nothing has changed about the old one."
	moveToAPlatform = "The phone is given up in this platform's company and registered in the other's, with that account's address. When the other one can't have it, it is registered again here. " +
		"Where neither is possible the operation needs an operator and health names the MAC (`endpoint_unowned`). A phone in service keeps its settings and is told its new address by the earlier one until it is seen there."
)

// aCampaign is said of what makes one.
const aCampaign = "It makes ordinary operations, one after the other, within its budget of vendor calls; of each vendor one campaign is open at a time. " +
	"With `dry_run` nothing is made, and the answer is 200 with what would happen to each platform. " +
	"An adoption takes `companies`, or matches companies and platforms by their names; it reads the list of companies at the vendor, also for a dry run. " +
	"Repeated under the same Idempotency-Key, it makes nothing more and is answered with the campaign as it is now."

// aFile is said of a file of phones.
const aFile = "The body is the file itself, with Content-Type: text/csv; its first line names the columns: mac,account,product_group,model,name,serial,pin. " +
	"mac and account have to be there, in any order; an empty value leaves what is there. Commas, semicolons and tabs are recognised, and so are UTF-8, UTF-16 and Windows-1252. " +
	"A file has at most 512 MB, 2,000,000 rows and 16,384 bytes a line; more is too_large, and nothing of it is kept. " +
	"The check can be started for 24 hours; then it is removed."

// givesUp is said of an off-boarding.
const givesUp = "In this order, each step when the one before is over: phones are sent home (a phone that fetches its settings here is told to ask its maker's redirection service again), given up, then profiles are deleted, then keys revoked. " +
	"For each vendor one operation of kind `offboard`; it goes on after a restart. A phone that the vendor refuses to give up stops it before profile and keys; asked for again, it takes up what is left. " +
	"200 with `nothing` when there is nothing to give up. While something of the platform is under way it is operation_running; what only waits is ended."

// takeUp is said of a rebuild.
const takeUp = "Each company becomes a platform, and an operation of kind `rebuild` makes a new key in it and reads accounts and phones back. " +
	"No phone notices. A company that is here already is answered as it is and not touched; 200 when no operation is under way. " +
	"An id without a label of this installation, or one of several companies with the same label, is refused, and then none is taken up."

// routes is the whole surface below /api/v1.
func (s *server) routes() {
	read(s, route{method: "GET", path: "/platforms", id: "list-platforms", summary: "Platforms by name"}, s.listPlatforms)
	write(s, route{method: "POST", path: "/platforms", id: "create-platform", summary: "Create a platform; 200 when its external_id exists", more: onceADay, status: 201, also: map[int]any{200: api.Platform{}}}, s.createPlatform)
	read(s, route{method: "GET", path: "/platforms/{p}", id: "get-platform", summary: "One platform with its links"}, s.platform)
	write(s, route{method: "PATCH", path: "/platforms/{p}", id: "update-platform", summary: "Change a platform"}, s.updatePlatform)
	write(s, route{method: "DELETE", path: "/platforms/{p}", id: "delete-platform", summary: "Remove a platform that has nothing left at any vendor"}, s.deletePlatform)

	read(s, route{method: "GET", path: "/platforms/{p}/offboard", id: "preview-offboard", summary: "What an off-boarding would give up at each vendor, in its order; no vendor is asked"}, s.offboardPreview)
	write(s, route{method: "POST", path: "/platforms/{p}/offboard", id: "offboard-platform", summary: "Give up everything that the platform has at its vendors", more: givesUp, status: 202, also: map[int]any{200: api.Offboarding{}}}, s.offboard)
	read(s, route{method: "GET", path: "/offboardings", id: "list-offboardings", summary: "Off-boardings, newest first; they outlive their platforms"}, s.listOffboardings)
	read(s, route{method: "GET", path: "/offboardings/{id}", id: "get-offboarding", summary: "How an off-boarding stands, and in the end its receipt"}, s.offboarding)
	write(s, route{method: "POST", path: "/offboardings/{id}/cancel", id: "cancel-offboarding", summary: "Leave the phones as they are that are not given up yet, and profile and key with them"}, s.cancelOffboarding)

	read(s, route{method: "GET", path: "/platforms/{p}/accounts", id: "list-accounts", summary: "The platform's accounts, oldest first"}, s.listAccounts)
	write(s, route{method: "POST", path: "/platforms/{p}/accounts", id: "create-account", summary: "Create an account; its provisioning token is shown in this answer alone", more: onceMore, status: 201, also: map[int]any{200: api.Account{}}}, s.createAccount)
	read(s, route{method: "GET", path: "/platforms/{p}/accounts/{a}", id: "get-account", summary: "One account"}, s.account)
	write(s, route{method: "PATCH", path: "/platforms/{p}/accounts/{a}", id: "update-account", summary: "Change an account, or make it the primary one"}, s.updateAccount)
	write(s, route{method: "DELETE", path: "/platforms/{p}/accounts/{a}", id: "delete-account", summary: "Remove an account that nothing uses"}, s.deleteAccount)
	write(s, route{method: "POST", path: "/platforms/{p}/accounts/{a}/token", id: "issue-token", summary: "Issue a new provisioning token; it is shown in this answer alone", more: onceMore}, s.issueToken)

	read(s, route{method: "GET", path: "/platforms/{p}/accounts/{a}/tokens", id: "list-tokens", summary: "The account's provisioning tokens that are served, the newest first, and who still has them"}, s.accountTokens)
	write(s, route{method: "POST", path: "/platforms/{p}/accounts/{a}/token/retire", id: "retire-token", summary: "End an earlier provisioning token", more: retireAToken}, s.retireToken)

	read(s, route{method: "GET", path: "/platforms/{p}/vendors", id: "list-links", summary: "What the platform has at every vendor"}, s.links)
	read(s, route{method: "GET", path: "/platforms/{p}/vendors/{v}", id: "get-link", summary: "What the platform has at one vendor"}, s.link)
	write(s, action("onboard", "Make company, key and profile at the vendor", api.Answer{}), s.onboard)
	write(s, action("rotate", "Replace the key", nil), s.rotate)
	write(s, action("disable", "End the link: revoke the keys, pause the phones", api.Answer{}), s.disable)
	write(s, action("connect", "Bring a key that was made in the vendor's portal", nil), s.connect)
	write(s, action("check", "Read at the vendor how things are; with exposed, compare every address with ours", nil), s.check)
	write(s, action("adopt", "Take up a company at the vendor", nil), s.adopt)
	write(s, action("revoke-key", "Remove a key that is not the one in force", nil), s.revokeKey)
	read(s, route{method: "GET", path: "/platforms/{p}/vendors/{v}/foreign-addresses", id: "list-foreign-addresses", summary: "Endpoints and profiles whose URL is not ours, as the last proof or a check found them and not put right yet"}, s.foreignAddresses)
	write(s, action("fix-address", "Put one of the foreign addresses right; nothing is deleted", nil), s.fixAddress)
	write(s, askSync, s.sync)
	read(s, route{method: "GET", path: "/platforms/{p}/vendors/{v}/sync", id: "get-sync", summary: "What the last complete sync of the link's phones has found"}, s.phoneSync)
	read(s, route{method: "GET", path: "/platforms/{p}/vendors/{v}/sync/rows", id: "list-sync-rows", summary: "Phones that differ, by MAC"}, s.drifts)
	write(s, onDrifts("adopt", "Register phones that are unknown here as the vendor has them; nothing is sent"), s.onDrifts(ztp.DriftAdopt))
	write(s, onDrifts("fix", "Write phones to the vendor as they are registered here"), s.onDrifts(ztp.DriftFix))
	write(s, onDrifts("release", "Give the MACs of phones up at the vendor"), s.onDrifts(ztp.DriftRelease))
	write(s, action("update-address", "Give the vendor the present provisioning URL", nil), s.updateAddress)

	read(s, route{method: "GET", path: "/platforms/{p}/endpoints", id: "list-endpoints", summary: "The platform's phones by MAC, or as asked for", more: shortPages}, s.listEndpoints)
	read(s, route{method: "GET", path: "/platforms/{p}/endpoints/{mac}", id: "get-endpoint", summary: "One phone"}, s.endpoint)
	write(s, route{method: "PUT", path: "/platforms/{p}/endpoints/{mac}", id: "put-endpoint", summary: "Register a phone, or change a registered one", more: moveAPhone, status: 202}, s.putEndpoint)
	write(s, route{method: "PUT", path: "/platforms/{p}/endpoints/{mac}/sip", id: "put-endpoint-sip", summary: "The voice service tells whether a phone is registered there", more: theLaterWord}, s.putSIP)
	s.contactRoutes()
	read(s, route{method: "GET", path: "/platforms/{p}/endpoints/{mac}/explain", id: "explain-endpoint", summary: "Why a phone is in service, or is not, and what opens the first closed gate", more: theGates}, s.explain)
	read(s, route{method: "GET", path: "/platforms/{p}/endpoints/{mac}/fetches", id: "list-fetches", summary: "What a phone has asked for and what it got, the newest first", more: whatWasSeen}, s.fetches)
	read(s, route{method: "GET", path: "/platforms/{p}/waiting", id: "list-waiting", summary: "Phones that get holding settings, the longest first"}, s.waiting)
	read(s, route{method: "GET", path: "/platforms/{p}/traffic", id: "get-traffic", summary: "How many fetches of the platform's phones came to what, by the hour, in the last seven days"}, s.traffic)
	read(s, route{method: "GET", path: "/platforms/{p}/unclaimed", id: "list-unclaimed", summary: "Phones that came by a URL of the platform and are registered nowhere, the newest first"}, s.unclaimed)
	write(s, route{method: "DELETE", path: "/platforms/{p}/endpoints/{mac}", id: "release-endpoint", summary: "Give the MAC up at the vendor", status: 202}, s.releaseEndpoint)
	write(s, route{method: "POST", path: "/platforms/{p}/endpoints/{mac}/replace", id: "replace-endpoint", summary: "Put a new phone in this one's place", more: replaceAPhone, status: 202}, s.replaceEndpoint)
	write(s, route{method: "POST", path: "/platforms/{p}/endpoints/{mac}/move", id: "move-endpoint", summary: "Move a phone to another platform", more: moveToAPlatform, status: 202}, s.moveEndpoint)
	read(s, route{method: "GET", path: "/endpoints", id: "find-endpoints", summary: "Who has a phone: a search over all platforms", more: "Looks among phones that are not released, at about a thousand of them at most; more: there are others, which a longer text would leave."}, s.findEndpoints)
	s.settingRoutes()
	read(s, route{method: "GET", path: "/macs/{mac}", id: "get-mac", summary: "Who has a MAC, and its life over all platforms"}, s.mac)

	write(s, route{method: "PUT", path: "/platforms/{p}/sip-registrations", id: "put-sip-registrations", summary: "The voice service tells of many phones whether they are registered there", more: theLaterWord + " A row that is refused hinders no other.", body: maxSIPBody}, s.putSIPs)
	write(s, route{method: "POST", path: "/platforms/{p}/endpoints/bulk", id: "bulk-endpoints", summary: "Pause, resume or release many phones in one operation", more: "All of them are changed, or with an unknown one none. Of each platform and vendor one operation for many phones is open at a time.", status: 202, body: maxBulkBody}, s.bulkEndpoints)
	write(s, route{method: "POST", path: "/platforms/{p}/imports", id: "check-import", summary: "Send a file of phones and see what would happen to each row; no phone is changed", more: aFile, status: 201, file: true}, s.checkImport)
	read(s, route{method: "GET", path: "/platforms/{p}/imports", id: "list-imports", summary: "The platform's imports, newest first, without their operations"}, s.listImports)
	read(s, route{method: "GET", path: "/platforms/{p}/export", id: "export-phones", summary: "The platform's phones as CSV, in the format that imports take; PINs stay empty", csv: true}, s.exportPhones)
	read(s, route{method: "GET", path: "/imports/{id}", id: "get-import", summary: "One import with its operation"}, s.importByID)
	read(s, route{method: "GET", path: "/imports/{id}/rows", id: "list-import-rows", summary: "The rows of an import by line"}, s.importRows)
	read(s, route{method: "GET", path: "/imports/{id}/results", id: "get-import-results", summary: "What became of each row, as CSV: line, mac, outcome, state, error", csv: true}, s.importResults)
	write(s, route{method: "POST", path: "/imports/{id}/start", id: "start-import", summary: "Take the rows of an import; repeated in the same mode it is the same operation", status: 202}, s.startImport)
	write(s, route{method: "DELETE", path: "/imports/{id}", id: "remove-import", summary: "Remove an import with its rows; what it did stays"}, s.removeImport)

	read(s, route{method: "GET", path: "/operations", id: "list-operations", summary: "Operations, newest first"}, s.listOperations)
	read(s, route{method: "GET", path: "/operations/{id}", id: "get-operation", summary: "One operation; with wait, when it has ended"}, s.operation)
	read(s, route{method: "GET", path: "/operations/{id}/items", id: "list-operation-items", summary: "What became of each phone of an import or of a change of many phones"}, s.phoneItems)
	write(s, route{method: "POST", path: "/operations/{id}/cancel", id: "cancel-operation", summary: "Leave undone what an import or a change of many phones has not sent yet; what was sent comes to its end"}, s.cancelOperation)
	write(s, route{method: "POST", path: "/operations/{id}/resume", id: "resume-operation", summary: "Take up, in a new operation, the phones that an ended one has left undone or that were refused", status: 202}, s.resumeOperation)
	write(s, route{method: "POST", path: "/vendors/{v}/campaigns", id: "create-campaign", summary: "Do the same on many platforms of a vendor", more: aCampaign, status: 201, body: maxCampaign, also: map[int]any{200: api.Campaign{}}}, s.createCampaign)
	read(s, route{method: "GET", path: "/campaigns", id: "list-campaigns", summary: "Campaigns, newest first"}, s.listCampaigns)
	read(s, route{method: "GET", path: "/campaigns/{id}", id: "get-campaign", summary: "One campaign with its tally"}, s.campaign)
	read(s, route{method: "GET", path: "/campaigns/{id}/items", id: "list-campaign-items", summary: "What became of each platform in a campaign"}, s.campaignItems)
	write(s, route{method: "POST", path: "/campaigns/{id}/pause", id: "pause-campaign", summary: "Begin nothing more; what was begun comes to its end"}, s.pauseCampaign)
	write(s, route{method: "POST", path: "/campaigns/{id}/resume", id: "resume-campaign", summary: "Go on, or start a campaign that waits for that"}, s.resumeCampaign)
	write(s, route{method: "POST", path: "/campaigns/{id}/cancel", id: "cancel-campaign", summary: "Leave undone what was not begun; pasted keys that were not used are wiped"}, s.cancelCampaign)
	read(s, route{method: "GET", path: "/audit", id: "list-events", summary: "The audit log, newest first"}, s.listEvents)
	read(s, route{method: "GET", path: "/vendors", id: "list-vendors", summary: "The vendors that this server supports"}, s.listVendors)
	read(s, route{method: "GET", path: "/vendors/{v}/rebuild", id: "preview-rebuild", summary: "What a rebuild would take up after the database was lost; asks the vendor and changes nothing"}, s.rebuildPreview)
	write(s, route{method: "POST", path: "/vendors/{v}/rebuild", id: "start-rebuild", summary: "Take up companies that carry this installation's label", more: takeUp, status: 202, also: map[int]any{200: api.Rebuild{}}}, s.startRebuild)
	write(s, route{method: "POST", path: "/vendors/{v}/reconcile", id: "reconcile", summary: "Compare companies, keys and profiles with the vendor's", more: "It only reads at the vendor. A comparison that is under way already is the answer too.", status: 202}, s.reconcile)
	read(s, route{method: "GET", path: "/vendors/{v}/reconciliation", id: "get-reconciliation", summary: "How the comparison stands; with wait, when no run is under way"}, s.reconciliation)
	read(s, route{method: "GET", path: "/vendors/{v}/reconciliation/rows", id: "list-reconciliation-rows", summary: "What the last complete comparison found, what differs first"}, s.reconciliationRows)
	write(s, onRow("fix", "Run the operation that repairs what a row has found"), s.onRow(control.RowFix))
	write(s, onRow("adopt", "Take a company of a row up as a platform's"), s.onRow(control.RowAdopt))
	write(s, onRow("release", "Let the record here go of what a row names; nothing is sent"), s.onRow(control.RowRelease))
	read(s, route{method: "GET", path: "/vendor-writes", id: "get-vendor-writes", summary: "Whether anything is changed at vendors"}, s.vendorWrites)
	write(s, route{method: "PUT", path: "/vendor-writes", id: "set-vendor-writes", summary: "Switch changes at vendors on or off, in the whole installation"}, s.setVendorWrites)
	read(s, route{method: "GET", path: "/health", id: "get-health", summary: "State of the installation; no vendor is asked"}, s.health)
	read(s, route{method: "GET", path: "/health/handshakes", id: "list-handshake-failures", summary: "TLS handshakes with phones that went wrong, at any process, the newest first"}, s.handshakeFailures)
}

// askSync compares the phones of a link.
var askSync = route{method: "POST", path: "/platforms/{p}/vendors/{v}/sync", id: "sync", summary: "Compare every phone with the vendor's list", status: 202,
	more: "It only reads at the vendor and changes no phone here. A sync that is open already is the answer too; while an import or a bulk of the link is open, it is operation_running."}

// onDrifts is something about findings of a sync: 202 with the operation, or 200 with
// what would be done, or where there is nothing to do.
func onDrifts(verb, summary string) route {
	return route{method: "POST", path: "/platforms/{p}/vendors/{v}/sync/" + verb, id: "sync-" + verb, summary: summary, status: 202,
		more: "Name a class of findings, or phones. With `dry_run` nothing is done: the answer says what would be.", also: map[int]any{200: api.DriftAnswer{}}}
}

// onRow is something about a row of a reconciliation: 202 with the operation, or 200 with
// what was done here alone or would be done.
func onRow(verb, summary string) route {
	return route{method: "POST", path: "/vendors/{v}/reconciliation/rows/{row}/" + verb, id: verb + "-row", summary: summary, status: 202,
		more: "With `dry_run` nothing is done: the answer says what would be.", also: map[int]any{200: api.RowAnswer{}}}
}

// action is a change of a link: 202 with the operation, or at once where there is
// nothing to do.
func action(verb, summary string, atOnce any) route {
	r := route{method: "POST", path: "/platforms/{p}/vendors/{v}/" + verb, id: verb, summary: summary, status: 202}
	if atOnce != nil {
		r.also = map[int]any{200: atOnce}
	}
	return r
}
